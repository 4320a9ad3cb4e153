"""What is weighed into the mixer."""

from dataclasses import dataclass
from typing import Annotated

from multiscale.records.record import FloatArray, Record, profile, scalar, text


@dataclass(frozen=True)
class Formulation(Record):
    """Slurry recipe by mass. Fractions of the solids sum to 1."""

    solvent: Annotated[str, text("solvent, a name known to multiscale.materials")]
    binders: Annotated[str, text("binder names, comma separated, in the order of axis 'binder'")]
    additive: Annotated[str, text("conductive additive")]
    solids_mass_fraction: Annotated[
        float, scalar("1", "solids in the slurry, by mass; 1 in a dry mix", low=0.05, high=1)
    ]
    active_mass_fraction: Annotated[
        float, scalar("1", "active material in the solids, by mass", low=0.5, high=1)
    ]
    additive_mass_fraction: Annotated[
        float, scalar("1", "conductive additive in the solids, by mass", low=0, high=0.3)
    ]
    binder_mass_fraction: Annotated[
        FloatArray, profile("1", "each binder in the solids, by mass", "binder", low=0, high=0.3)
    ]
    additive_density: Annotated[
        float, scalar("kg/m^3", "density of the additive", low=500, high=8000)
    ]
    binder_density: Annotated[
        FloatArray, profile("kg/m^3", "density of each binder", "binder", low=500, high=4000)
    ]
    solvent_density: Annotated[
        float, scalar("kg/m^3", "density of the solvent at 25 degC", low=500, high=2000)
    ]
