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
        gel_concentration: mean binder per volume of solution at which it sets once the solids
            rest, kg/m^3.
        packing: volume fraction in its solution at which no more of it fits.
        mobile_fraction: share that moves with the liquid; the rest sits on the solids.
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
    packing: float
    mobile_fraction: float
    chi: float | None


# Dissolved: the chains overlap, so that the network of a mesh size s diffuses together, with
# kT/(6 pi mu s), about 1e-10 m^2/s for a few nanometres [deGennes1979]; a free coil of 20 nm would
# have 6.5e-12. SBR: a 150 nm latex has 3e-13 m^2/s in a medium of 10 mPa s (Stokes, Einstein);
# charged spheres repel each other and spread faster. Spheres touch at 64 % by volume.
# Mobile fractions: so that the default cases' top/bottom ratio falls into the range 1.5 to 2.5.
BINDERS = {
    b.name: b
    for b in (
        Binder("PVDF", 1780.0, 1.12e3, 1e-10, 1e-12, 1e-10, 250.0, 1.0, 0.3, 0.25),
        Binder("CMC", 1590.0, 1.35e3, 1e-10, 1e-12, 1e-10, 100.0, 1.0, 0.2, 0.45),
        Binder("SBR", 1000.0, 1.90e3, 1e-12, 1e-13, 1e-12, 640.0, 0.64, 0.1, None),
    )
}


def binder(name: str) -> Binder:
    """Find a binder by its name.

    Raises:
        CaseError: it is not known.
    """
    return lookup("binder", BINDERS, name)
