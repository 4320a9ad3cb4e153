"""The electrode as it leaves the calender."""

from dataclasses import dataclass
from typing import Annotated

from multiscale.records.record import FloatArray, Record, profile, scalar, text


@dataclass(frozen=True)
class Electrode(Record):
    """Calendered coating on its foil, one side, after spring-back."""

    thickness: Annotated[
        float,
        scalar(
            "m", "coating thickness without foil", low=1e-7, high=5e-3, computed=True, display="um"
        ),
    ]
    porosity: Annotated[
        float, scalar("1", "pore fraction, all pores", low=0.02, high=0.95, computed=True)
    ]
    density: Annotated[
        float,
        scalar(
            "kg/m^3",
            "coating density without foil",
            low=100,
            high=8000,
            computed=True,
            display="g/cm^3",
        ),
    ]
    active_mass: Annotated[
        float, scalar("kg/m^2", "active material", low=0, high=10, display="g/m^2")
    ]
    additive_mass: Annotated[
        float, scalar("kg/m^2", "conductive additive", low=0, high=10, display="g/m^2")
    ]
    binder_mass: Annotated[
        FloatArray, profile("kg/m^2", "each binder", "binder", low=0, high=10, display="g/m^2")
    ]
    solvent_mass: Annotated[
        float, scalar("kg/m^2", "solvent still in the coating", low=0, high=10, display="g/m^2")
    ]
    elongation: Annotated[float, scalar("1", "web length after over before", low=0.9, high=1.2)]
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
        FloatArray, profile("1", "each binder's local mass over its mean", "binder", "z", low=0)
    ]
    line_load: Annotated[
        float,
        scalar(
            "N/m", "roll force per coated width", low=0, high=1e8, computed=True, display="N/mm"
        ),
    ]
    gap: Annotated[
        float, scalar("m", "loaded roll gap, foil subtracted", low=0, computed=True, display="um")
    ]
    set_gap: Annotated[
        float,
        scalar(
            "m",
            "gap to be set on the machine, foil subtracted; negative where the mill's "
            "stretch exceeds the coating",
            computed=True,
            display="um",
        ),
    ]
    peak_pressure: Annotated[
        float, scalar("Pa", "largest pressure in the nip", low=0, computed=True, display="MPa")
    ]
    springback: Annotated[
        float,
        scalar(
            "1",
            "thickness after the nip over the loaded gap, minus 1",
            low=0,
            computed=True,
            display="percent",
        ),
    ]
    roll_flattening: Annotated[
        float, scalar("1", "flattened over nominal roll radius (Hitchcock)", low=1, computed=True)
    ]
    nip_length: Annotated[
        float,
        scalar("m", "length of contact on the entry side", low=0, computed=True, display="mm"),
    ]
    roll_work: Annotated[
        float, scalar("J/m^2", "mechanical work of the rolls per coated area", low=0, computed=True)
    ]
    nip_thickness: Annotated[
        FloatArray,
        profile(
            "m",
            "coating thickness along the last nip, from entry over the gap to the point of release",
            "nip",
            low=0,
            computed=True,
            display="um",
        ),
    ]
    nip_pressure: Annotated[
        FloatArray,
        profile("Pa", "pressure along the last nip", "nip", low=0, computed=True, display="MPa"),
    ]
    roll_temperature: Annotated[
        float, scalar("K", "roll temperature", low=250, high=500, display="degC")
    ]
    web_speed: Annotated[
        float, scalar("m/s", "web speed in the calender", low=1e-5, high=10, display="m/min")
    ]
    width: Annotated[float, scalar("m", "coated width", low=1e-3, high=5)]
    foil: Annotated[str, text("foil material")]
    foil_thickness: Annotated[
        float, scalar("m", "foil thickness", low=1e-6, high=1e-3, display="um")
    ]
    coated_sides: Annotated[
        float,
        scalar(
            "1",
            "coated sides of the foil, 1 or 2; masses and thickness are of one side, gaps of all",
            low=1,
            high=2,
        ),
    ] = 2.0
