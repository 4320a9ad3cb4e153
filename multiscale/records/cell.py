"""What the electrode does in a cell."""

from dataclasses import dataclass
from typing import Annotated

from multiscale.records.record import FloatArray, Record, profile, scalar, text


@dataclass(frozen=True)
class CellPerformance(Record):
    """Discharge of the electrode against lithium (half) and in a full cell, per electrode area."""

    c_rate: Annotated[
        FloatArray,
        profile("1/h", "discharge rates, relative to the nominal capacity", "rate", low=0),
    ]
    nominal_capacity: Annotated[
        float,
        scalar(
            "coulomb/m^2",
            "capacity of the active material between its "
            "stoichiometry limits; 1C empties it in an hour",
            low=0,
            display="mAh/cm^2",
        ),
    ]
    half_capacity: Annotated[
        FloatArray,
        profile(
            "coulomb/m^2",
            "half-cell discharge capacity",
            "rate",
            low=0,
            computed=True,
            display="mAh/cm^2",
        ),
    ]
    half_energy: Annotated[
        FloatArray,
        profile(
            "J/m^2", "half-cell discharge energy", "rate", low=0, computed=True, display="mWh/cm^2"
        ),
    ]
    capacity: Annotated[
        FloatArray,
        profile(
            "coulomb/m^2",
            "full-cell discharge capacity",
            "rate",
            low=0,
            computed=True,
            display="mAh/cm^2",
        ),
    ]
    energy: Annotated[
        FloatArray,
        profile(
            "J/m^2", "full-cell discharge energy", "rate", low=0, computed=True, display="mWh/cm^2"
        ),
    ]
    depth: Annotated[
        FloatArray,
        profile(
            "1", "charge passed over the capacity delivered at this rate", "depth", low=0, high=1
        ),
    ]
    half_voltage: Annotated[
        FloatArray,
        profile("V", "half-cell voltage", "rate", "depth", low=-1, high=6, computed=True),
    ]
    voltage: Annotated[
        FloatArray,
        profile("V", "full-cell voltage", "rate", "depth", low=-1, high=6, computed=True),
    ]
    volume_closure: Annotated[
        float,
        scalar("1", "largest |electrolyte + active + inactive - 1| over the thickness", low=0),
    ]
    bpx: Annotated[str, text("the full cell as a BPX document (JSON)")]
