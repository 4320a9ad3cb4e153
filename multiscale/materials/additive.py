"""Conductive additives."""

from __future__ import annotations

from dataclasses import dataclass

from multiscale.materials.lookup import lookup


@dataclass(frozen=True)
class Additive:
    """A powder that conducts electrons.

    Attributes:
        name: as in the case file.
        density: of the carbon, kg/m^3.
        primary_diameter: of the primary particles that fuse to aggregates, m.
        specific_surface: as nitrogen adsorption gives it, m^2/kg; 62 m^2/g by data sheets.
    """

    name: str
    density: float
    primary_diameter: float
    specific_surface: float


ADDITIVES: dict[str, Additive] = {
    a.name: a for a in (Additive("carbon black", 1900.0, 40e-9, 62e3),)
}


def additive(name: str) -> Additive:
    """Find a conductive additive by its name.

    Raises:
        CaseError: it is not known.
    """
    return lookup("conductive additive", ADDITIVES, name)
