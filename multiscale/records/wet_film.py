"""The film as it leaves the coater."""

from dataclasses import dataclass
from typing import Annotated

from multiscale.records.record import FloatArray, Record, profile, scalar, text


@dataclass(frozen=True)
class WetFilm(Record):
    """Wet film on the foil, one side. Areal masses are per coated area."""

    thickness: Annotated[
        float, scalar("m", "wet film thickness", low=1e-6, high=5e-3, computed=True, display="um")
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
    solvent_mass: Annotated[float, scalar("kg/m^2", "solvent", low=0, high=10, display="g/m^2")]
    loading: Annotated[
        float,
        scalar(
            "kg/m^2", "dry coat weight, all solids", low=0, high=10, computed=True, display="g/m^2"
        ),
    ]
    temperature: Annotated[
        float, scalar("K", "film temperature at the coater", low=250, high=400, display="degC")
    ]
    web_speed: Annotated[float, scalar("m/s", "web speed", low=1e-5, high=10, display="m/min")]
    width: Annotated[float, scalar("m", "coated width", low=1e-3, high=5)]
    foil: Annotated[str, text("foil material, a name known to multiscale.materials")]
    foil_thickness: Annotated[
        float, scalar("m", "foil thickness", low=1e-6, high=1e-3, display="um")
    ]
    gap: Annotated[float, scalar("m", "coating gap", low=1e-6, high=5e-3, display="um")]
    shear_rate: Annotated[float, scalar("1/s", "nominal shear rate in the gap, U/H", low=0)]
    window_low: Annotated[float, scalar("1", "smallest stable thickness/gap", low=0, computed=True)]
    window_high: Annotated[float, scalar("1", "largest stable thickness/gap", low=0, computed=True)]
    window: Annotated[
        str,
        text(
            "where the setting lies: ok, outside, air-entrainment, swelling or not-assessed, "
            "with reason"
        ),
    ]
