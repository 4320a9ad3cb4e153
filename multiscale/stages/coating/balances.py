"""What the coater must hand on, told apart from how the film is laid.

The film is laid from the slurry's mass fractions and density. The balances come from the recipe,
the components' densities and the volume fractions, so that neither side repeats the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from multiscale.coupling.stage import Balance
from multiscale.records import Formulation, WetFilm


def _solvent_volume_mass(i: Mapping[str, Any]) -> float:
    """Solvent per wet film volume, from what the solids leave of it."""
    return float(i["formulation"].solvent_density * (1.0 - i["suspension"].solid_fraction))


def _fine_volume_mass(i: Mapping[str, Any]) -> float:
    """Additive and binder per wet film volume, from the volume between the active particles."""
    recipe: Formulation = i["formulation"]
    mass = recipe.additive_mass_fraction + np.sum(recipe.binder_mass_fraction)
    volume = recipe.additive_mass_fraction / recipe.additive_density + np.sum(
        recipe.binder_mass_fraction / recipe.binder_density
    )
    if volume == 0.0:
        return 0.0
    fraction = i["suspension"].solid_fraction - i["suspension"].active_fraction
    return float(fraction * mass / volume)


def _solids_per_solvent(i: Mapping[str, Any]) -> float:
    solids: float = i["formulation"].solids_mass_fraction
    return solids / (1.0 - solids)


def _parts(whole: Formulation | WetFilm, kind: str) -> float:
    """Sum of active material, additive and binder."""
    active, additive, binder = (
        getattr(whole, f"{part}_{kind}") for part in ("active", "additive", "binder")
    )
    return float(active + additive + np.sum(binder))


CONSERVED = (
    Balance(
        "solvent per wet film volume", "kg/m^3", _solvent_volume_mass,
        lambda f: f.solvent_mass / f.thickness,
    ),
    Balance(
        "additive and binder per wet film volume", "kg/m^3", _fine_volume_mass,
        lambda f: (f.additive_mass + np.sum(f.binder_mass)) / f.thickness,
    ),
    Balance(
        "active material per solvent", "1",
        lambda i: _solids_per_solvent(i) * i["formulation"].active_mass_fraction,
        lambda f: f.active_mass / f.solvent_mass,
    ),
    Balance(
        "additive per solvent", "1",
        lambda i: _solids_per_solvent(i) * i["formulation"].additive_mass_fraction,
        lambda f: f.additive_mass / f.solvent_mass,
    ),
    Balance(
        "dry coating per solvent", "1", _solids_per_solvent,
        lambda f: f.loading / f.solvent_mass,
    ),
    Balance(
        "active material, additive and binder per dry coating", "1",
        lambda i: _parts(i["formulation"], "mass_fraction"),
        lambda f: _parts(f, "mass") / f.loading,
    ),
)  # fmt: skip
