"""Current-collector foils. Values at room temperature [CRC]."""

from __future__ import annotations

from dataclasses import dataclass

from multiscale.materials.lookup import lookup


@dataclass(frozen=True)
class Foil:
    """A metal foil.

    Attributes:
        name: as in the case file.
        density: kg/m^3.
        heat_capacity: J/(kg K).
        conductivity: of heat, W/(m K).
    """

    name: str
    density: float
    heat_capacity: float
    conductivity: float


FOILS = {f.name: f for f in (Foil("Al", 2700.0, 897.0, 237.0), Foil("Cu", 8960.0, 385.0, 401.0))}


def foil(name: str) -> Foil:
    """Find a foil by its name.

    Raises:
        CaseError: it is not known.
    """
    return lookup("foil", FOILS, name)
