"""The coating as it leaves the dryer."""

from dataclasses import dataclass, field
from typing import Annotated

import numpy as np

from multiscale.records.record import FloatArray, Record, profile, scalar, text


@dataclass(frozen=True)
class DryCoating(Record):
    """Dried coating and the history of its drying. z = 0 at the foil."""

    thickness: Annotated[
        float, scalar("m", "coating thickness", low=1e-7, high=5e-3, computed=True, display="um")
    ]
    porosity: Annotated[
        float, scalar("1", "pore fraction, all pores", low=0.05, high=0.95, computed=True)
    ]
    solid_fraction: Annotated[
        FloatArray,
        profile("1", "solid fraction, all binder included", "z", low=0, high=1, computed=True),
    ]
    active_mass: Annotated[
        float, scalar("kg/m^2", "active material", low=0, high=10, display="g/m^2")
    ]
    additive_mass: Annotated[
        float, scalar("kg/m^2", "conductive additive", low=0, high=10, display="g/m^2")
    ]
    binder_mass: Annotated[
        FloatArray,
        profile("kg/m^2", "each binder", "binder", low=0, high=10, computed=True, display="g/m^2"),
    ]
    solvent_mass: Annotated[
        float,
        scalar(
            "kg/m^2",
            "solvent left at the dryer's end",
            low=0,
            high=10,
            computed=True,
            display="g/m^2",
        ),
    ]
    evaporated_mass: Annotated[
        float,
        scalar("kg/m^2", "solvent evaporated", low=0, high=10, computed=True, display="g/m^2"),
    ]
    residual_solvent: Annotated[
        float,
        scalar(
            "1",
            "solvent left per mass of dry coating, a lower bound below some hundred ppm: "
            "diffusion inside the binder is left out",
            low=0,
            computed=True,
            display="ppm",
        ),
    ]
    z: Annotated[
        FloatArray,
        profile(
            "1",
            "height over coating thickness, cell centres, z = 0 at the foil",
            "z",
            low=0,
            high=1,
        ),
    ]
    binder: Annotated[
        FloatArray,
        profile(
            "1",
            "each binder's local mass over its mean through the thickness",
            "binder",
            "z",
            low=0,
            computed=True,
        ),
    ]
    binder_ratio: Annotated[
        FloatArray,
        profile(
            "1",
            "each binder: content of the top tenth of the thickness over that of the bottom tenth",
            "binder",
            low=0,
            computed=True,
        ),
    ]
    binder_mobile: Annotated[
        FloatArray,
        profile(
            "1",
            "share of each binder that moves with the liquid until it gels or adsorbs",
            "binder",
            low=0,
            high=1,
        ),
    ]
    binder_gelled: Annotated[
        FloatArray,
        profile("1", "share of each binder that gelled", "binder", low=0, computed=True),
    ]
    binder_adsorbed: Annotated[
        FloatArray,
        profile(
            "1", "share of each binder adsorbed on solids and foil", "binder", low=0, computed=True
        ),
    ]
    gel_point: Annotated[
        FloatArray,
        profile(
            "s",
            "time at which each binder first gels anywhere; where it does not, the time at which "
            "the liquid stops flowing",
            "binder",
            low=0,
            computed=True,
        ),
    ]
    adhesion: Annotated[
        float,
        scalar(
            "N/m", "peel force per width, from the binder beside the foil", low=0, computed=True
        ),
    ]
    binder_setting: Annotated[
        FloatArray,
        profile(
            "s",
            "time at which 99 % of what moves of each binder has set, or the liquid stops flowing",
            "binder",
            low=0,
            computed=True,
        ),
    ]
    binder_spread: Annotated[
        FloatArray,
        profile(
            "m^2/s",
            "diffusivity of each binder in the film",
            "binder",
            "time",
            low=0,
            computed=True,
        ),
    ]
    dispersion_length: Annotated[
        float, scalar("m", "dispersivity of the flow between the grains", low=0, display="um")
    ]
    moment: Annotated[
        FloatArray,
        profile(
            "s",
            "times of the profiles below, at even shares of the solvent lost; the last is the exit",
            "moment",
            low=0,
        ),
    ]
    solids_course: Annotated[
        FloatArray,
        profile(
            "1",
            "solid fraction at these times, all binder included",
            "moment",
            "z",
            low=0,
            high=1,
            computed=True,
        ),
    ]
    saturation_course: Annotated[
        FloatArray,
        profile(
            "1",
            "share of the room beside solids and bound binder that solvent and mobile binder fill",
            "moment",
            "z",
            low=0,
            computed=True,
        ),
    ]
    binder_course: Annotated[
        FloatArray,
        profile(
            "1",
            "each binder's local mass over its mean at these times",
            "binder",
            "moment",
            "z",
            low=0,
            computed=True,
        ),
    ]
    time: Annotated[FloatArray, profile("s", "time since entering the dryer", "time", low=0)]
    height: Annotated[
        FloatArray, profile("m", "coating height", "time", low=0, computed=True, display="um")
    ]
    film_temperature: Annotated[
        FloatArray,
        profile("K", "film temperature", "time", low=200, high=600, computed=True, display="degC"),
    ]
    solvent_history: Annotated[
        FloatArray,
        profile("kg/m^2", "solvent in the coating", "time", low=0, computed=True, display="g/m^2"),
    ]
    evaporation_rate: Annotated[
        FloatArray,
        profile("kg/m^2/s", "evaporation rate", "time", low=-1, computed=True, display="g/m^2/s"),
    ]
    shrinkage_end: Annotated[
        float,
        scalar(
            "s",
            "time at which air enters the pores and the film stops shrinking",
            low=0,
            computed=True,
        ),
    ]
    cut_off: Annotated[
        float,
        scalar(
            "s",
            "time at which liquid no longer reaches the surface; the residence time where it "
            "always does",
            low=0,
            computed=True,
        ),
    ]
    film_tension: Annotated[
        FloatArray,
        profile(
            "Pa", "mean tension in the plane of the film", "time", computed=True, display="kPa"
        ),
    ]
    crack_margin: Annotated[
        float,
        scalar(
            "1",
            "thickness at which a film of bare spheres may crack over that of the coating",
            low=0,
            computed=True,
        ),
    ]
    solids_peclet: Annotated[
        float,
        scalar("1", "fall of the surface over spreading of the solids, Pe", computed=True),
    ]
    settling_number: Annotated[
        float,
        scalar("1", "settling of a grain over fall of the surface, N_s", computed=True),
    ]
    yield_number: Annotated[
        float,
        scalar(
            "1",
            "yield stress over the weight of a grain, Y",
            computed=True,
        ),
    ]
    yield_limit: Annotated[float, scalar("1", "Y above which no grain settles", low=0)]
    regime: Annotated[
        str, text("how the solids dry: uniform, evaporation (a skin) or sedimentation")
    ]
    drying_time: Annotated[
        float,
        scalar(
            "s",
            "time at which the residual solvent meets its limit; the residence "
            "time where it is above at the exit",
            low=0,
            computed=True,
        ),
    ]
    drying_rate: Annotated[
        float,
        scalar("kg/m^2/s", "mean evaporation rate until then", computed=True, display="g/m^2/s"),
    ]
    residence_time: Annotated[float, scalar("s", "time in the dryer", low=0)]
    zone_end: Annotated[FloatArray, profile("s", "time at which each zone ends", "zone", low=0)]
    air_temperature: Annotated[
        FloatArray,
        profile("K", "air temperature of each zone", "zone", low=250, high=600, display="degC"),
    ]
    heat_in: Annotated[
        float,
        scalar(
            "J/m^2", "heat that air and radiators gave to the web", computed=True, display="kJ/m^2"
        ),
    ]
    heat_latent: Annotated[
        float, scalar("J/m^2", "heat carried off by the vapour", computed=True, display="kJ/m^2")
    ]
    heat_sensible: Annotated[
        float,
        scalar("J/m^2", "heat kept by the web and its coating", computed=True, display="kJ/m^2"),
    ]
    exhaust_air: Annotated[
        float, scalar("kg/m^2", "fresh air drawn through the dryer per coated area", low=0)
    ]
    exhaust_heat: Annotated[
        float, scalar("J/m^2", "heat given to that air above ambient", low=0, display="kJ/m^2")
    ]
    web_speed: Annotated[float, scalar("m/s", "web speed", low=1e-5, high=10, display="m/min")]
    width: Annotated[float, scalar("m", "coated width", low=1e-3, high=5)]
    foil: Annotated[str, text("foil material")]
    foil_thickness: Annotated[
        float, scalar("m", "foil thickness", low=1e-6, high=1e-3, display="um")
    ]
    edge_position: Annotated[
        FloatArray,
        profile(
            "m",
            "distance from the coating's edge; empty, as all that follows, where the edge was not "
            "looked at",
            "edge",
            low=0,
            display="mm",
        ),
    ] = field(default_factory=lambda: np.zeros(0))
    edge_height: Annotated[
        FloatArray,
        profile("m", "dry coating height", "edge", low=0, computed=True, display="um"),
    ] = field(default_factory=lambda: np.zeros(0))
    edge_loading: Annotated[
        FloatArray,
        profile("kg/m^2", "dry coating per area", "edge", low=0, computed=True, display="g/m^2"),
    ] = field(default_factory=lambda: np.zeros(0))
    edge_packed: Annotated[
        FloatArray, profile("s", "end of the film's shrinkage", "edge", low=0, computed=True)
    ] = field(default_factory=lambda: np.zeros(0))
    edge_dry: Annotated[
        FloatArray,
        profile(
            "s", "time at which the residual solvent meets its limit", "edge", low=0, computed=True
        ),
    ] = field(default_factory=lambda: np.zeros(0))
    edge_saturation: Annotated[
        FloatArray,
        profile(
            "1",
            "share of the pores filled when the middle of the web stops shrinking; below 1 air has "
            "entered",
            "edge",
            computed=True,
        ),
    ] = field(default_factory=lambda: np.zeros(0))
    edge_binder: Annotated[
        FloatArray,
        profile(
            "1",
            "each binder's share of the dry mass over that of the wet film",
            "binder",
            "edge",
            low=0,
            computed=True,
        ),
    ] = field(default_factory=lambda: np.zeros((0, 0)))
    edge_binder_ratio: Annotated[
        FloatArray,
        profile(
            "1",
            "each binder: content of the top tenth of the thickness over that of the bottom tenth",
            "binder",
            "edge",
            low=0,
            computed=True,
        ),
    ] = field(default_factory=lambda: np.zeros((0, 0)))
    edge_section: Annotated[
        FloatArray,
        profile(
            "1",
            "each binder's local mass over its mean through the thickness there",
            "binder",
            "edge",
            "z",
            computed=True,
        ),
    ] = field(default_factory=lambda: np.zeros((0, 0, 0)))
