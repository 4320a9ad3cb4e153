"""The coating as it leaves the dryer."""

from dataclasses import dataclass
from typing import Annotated

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
        profile("1", "share of each binder that moves with the liquid", "binder", low=0, high=1),
    ]
    binder_setting: Annotated[
        FloatArray,
        profile("s", "time at which each binder stops moving", "binder", low=0, computed=True),
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
    shrinkage_end: Annotated[float, scalar("s", "end of film shrinkage", low=0, computed=True)]
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
