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
        oil_absorption: liquid that the open structure of the aggregates holds, m^3/kg; 290 ml per
            100 g by data sheets of conductive blacks, from memory.
        aggregate_diameter: of what mixing does not break up any more, m; 0.1 to 0.3 um, from
            memory.
    """

    name: str
    density: float
    primary_diameter: float
    specific_surface: float
    oil_absorption: float
    aggregate_diameter: float


ADDITIVES: dict[str, Additive] = {
    a.name: a for a in (Additive("carbon black", 1900.0, 40e-9, 62e3, 2.9e-3, 0.2e-6),)
}


def additive(name: str) -> Additive:
    """Find a conductive additive by its name.

    Raises:
        CaseError: it is not known.
    """
    return lookup("conductive additive", ADDITIVES, name)
