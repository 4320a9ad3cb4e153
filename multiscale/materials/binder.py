"""Binders: how they move in the liquid while a film dries, and how they hold on to solvent.

Diffusivities and gel concentrations are priors, not measurements: see docs/explanation/drying.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from multiscale.materials.lookup import lookup


@dataclass(frozen=True)
class Binder:
    """A polymer: dissolved (PVDF, CMC), a latex (SBR), or a powder that shear draws out (PTFE).

    Attributes:
        name: as in the case file.
        density: of the dry polymer, kg/m^3.
        heat_capacity: of the dry polymer, J/(kg K).
        diffusivity: in the liquid at 25 degC, m^2/s.
        diffusivity_low, diffusivity_high: ends of its log-uniform prior, m^2/s.
        gel_concentration: c_g, binder per volume of solution above which it gels, kg/m^3.
        gel_low, gel_high: ends of its uniform prior, kg/m^3.
        gel_rate: k_g, at which what exceeds c_g gels, 1/s; prior a factor of ten either way.
        film_temperature: above which a latex coalesces, K; None: the binder dissolves.
        packing: volume fraction in its solution at which no more of it fits.
        mobile_fraction: share that moves with the liquid until it gels or adsorbs; the rest is
            bound in the network of the slurry.
        chi: Flory-Huggins parameter with its usual solvent; None where it does not dissolve, so
            that it does not lower the solvent's activity.
        adhesion: peel force per width at a binder content of 1 beside the foil, N/m; a factor of
            three either way.
        fibrillates: shear draws it into fibrils; it neither dissolves nor gels nor spreads, and a
            slurry of it does not dry as the others do.
    """

    name: str
    density: float
    heat_capacity: float
    diffusivity: float
    diffusivity_low: float
    diffusivity_high: float
    gel_concentration: float
    gel_low: float
    gel_high: float
    gel_rate: float
    film_temperature: float | None
    packing: float
    mobile_fraction: float
    chi: float | None
    adhesion: float
    fibrillates: bool = False


# Diffusivity. Dissolved: the chains overlap, so that the network of a mesh size s diffuses
# together, with kT/(6 pi mu s), about 1e-10 m^2/s for a few nanometres [deGennes1979]; a free coil
# of 20 nm would have 6.5e-12. SBR: a 150 nm latex has 3e-13 m^2/s in a medium of 10 mPa s (Stokes,
# Einstein); charged spheres repel each other and spread faster. Spheres touch at 64 % by volume.
# Gel concentration, rate, film-forming temperature: orders of magnitude, from memory.
# Mobile fractions: so that the default cases' top/bottom ratio falls into the range 1.5 to 2.5.
# Adhesion: 20 N/m of a usual electrode; CMC hardly holds copper, SBR does [Hofmann2025].
BINDERS = {
    b.name: b
    for b in (
        Binder(
            name="PVDF",
            density=1780.0,
            heat_capacity=1.12e3,
            diffusivity=1e-10,
            diffusivity_low=1e-12,
            diffusivity_high=1e-10,
            gel_concentration=250.0,
            gel_low=150.0,
            gel_high=400.0,
            gel_rate=0.1,
            film_temperature=None,
            packing=1.0,
            mobile_fraction=0.15,
            chi=0.25,
            adhesion=1000.0,
        ),
        Binder(
            name="CMC",
            density=1590.0,
            heat_capacity=1.35e3,
            diffusivity=1e-10,
            diffusivity_low=1e-12,
            diffusivity_high=1e-10,
            gel_concentration=100.0,
            gel_low=50.0,
            gel_high=200.0,
            gel_rate=0.1,
            film_temperature=None,
            packing=1.0,
            mobile_fraction=0.25,
            chi=0.45,
            adhesion=300.0,
        ),
        Binder(
            name="SBR",
            density=1000.0,
            heat_capacity=1.90e3,
            diffusivity=1e-12,
            diffusivity_low=1e-13,
            diffusivity_high=1e-12,
            gel_concentration=500.0,
            gel_low=400.0,
            gel_high=600.0,
            gel_rate=0.1,
            film_temperature=278.15,
            packing=0.64,
            mobile_fraction=0.1,
            chi=None,
            adhesion=1000.0,
        ),
        # 2130 to 2230 kg/m^3 by its crystallinity, 1.0 kJ/(kg K), melts at 327 degC [Netzsch].
        Binder(
            name="PTFE",
            density=2160.0,
            heat_capacity=1.0e3,
            diffusivity=0.0,
            diffusivity_low=0.0,
            diffusivity_high=0.0,
            gel_concentration=math.inf,
            gel_low=math.inf,
            gel_high=math.inf,
            gel_rate=0.0,
            film_temperature=600.15,
            packing=0.64,
            mobile_fraction=0.0,
            chi=None,
            adhesion=0.0,
            fibrillates=True,
        ),
    )
}


def binder(name: str) -> Binder:
    """Find a binder by its name.

    Raises:
        CaseError: it is not known.
    """
    return lookup("binder", BINDERS, name)
