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
            "stoichiometry limits (NMC622: 4.3 to 3.0 V against lithium); 1C empties it in an "
            "hour, so that a full cell, which delivers less, is emptied faster than its rate says",
            low=0,
            display="mAh/cm^2",
        ),
    ]
    counter_ratio: Annotated[
        float,
        scalar(
            "1",
            "nominal capacity of the full cell's other electrode over that of the electrode under "
            "study (N/P for a cathode)",
            low=0,
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
            "full-cell discharge capacity; its error, like that of all results of the cell: of "
            "the mesh, plus half the spread that the transport properties' errors make",
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
    capacity_error: Annotated[
        FloatArray,
        profile(
            "coulomb/m^2",
            "error of the full-cell capacity at each rate",
            "rate",
            low=0,
            display="mAh/cm^2",
        ),
    ]
    energy_error: Annotated[
        FloatArray,
        profile(
            "J/m^2",
            "error of the full-cell energy at each rate",
            "rate",
            low=0,
            display="mWh/cm^2",
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
    salt_low: Annotated[
        FloatArray,
        profile(
            "mol/m^3",
            "least salt concentration in the full cell during the discharge",
            "rate",
            computed=True,
            display="mol/L",
        ),
    ]
    salt_high: Annotated[
        FloatArray,
        profile(
            "mol/m^3",
            "largest salt concentration in the full cell during the discharge",
            "rate",
            low=0,
            computed=True,
            display="mol/L",
        ),
    ]
    active_mass: Annotated[
        float,
        scalar(
            "kg/m^2",
            "active material that the discretised electrode holds",
            low=0,
            display="g/m^2",
        ),
    ]
    volume_closure: Annotated[
        float,
        scalar("1", "largest |electrolyte + active + inactive - 1| over the thickness", low=0),
    ]
    bpx: Annotated[str, text("the full cell as a BPX document (JSON)")]
