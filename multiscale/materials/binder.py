"""Binders: how they move in the liquid while a film dries, and how they hold on to solvent.

Diffusivities and gel concentrations are priors, not measurements: see docs/explanation/drying.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from multiscale.materials.lookup import lookup


@dataclass(frozen=True)
class Binder:
    """A polymer, dissolved (PVDF, CMC) or as a latex (SBR).

    Attributes:
        name: as in the case file.
        density: of the dry polymer, kg/m^3.
        heat_capacity: of the dry polymer, J/(kg K).
        diffusivity: in the liquid at 25 degC, m^2/s.
        diffusivity_low, diffusivity_high: ends of its log-uniform prior, m^2/s.
        gel_concentration: binder per liquid volume above which it stops moving, kg/m^3.
        chi: Flory-Huggins parameter with its usual solvent; None where it does not dissolve, so
            that it does not lower the solvent's activity.
    """

    name: str
    density: float
    heat_capacity: float
    diffusivity: float
    diffusivity_low: float
    diffusivity_high: float
    gel_concentration: float
    chi: float | None


# PVDF: chosen inside its prior together with the drying stage's mobile fraction, so that the
# profile reacts to the drying rate; a free coil of 20 nm in neat NMP would have 6.5e-12 m^2/s.
# SBR: Stokes-Einstein of a 150 nm latex in a medium of 10 mPa s; it stops where the spheres touch,
# 64 % by volume.
BINDERS = {
    b.name: b
    for b in (
        Binder("PVDF", 1780.0, 1.12e3, 1e-10, 1e-12, 1e-10, 250.0, 0.25),
        Binder("CMC", 1590.0, 1.35e3, 1e-11, 1e-12, 1e-10, 100.0, 0.45),
        Binder("SBR", 1000.0, 1.90e3, 3e-13, 1e-13, 1e-12, 640.0, None),
    )
}


def binder(name: str) -> Binder:
    """Find a binder by its name.

    Raises:
        CaseError: it is not known.
    """
    return lookup("binder", BINDERS, name)
