"""How many particles of which size: a species becomes runs of equal radii."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from multiscale.case.psd import classes_from_percentiles, read_classes
from multiscale.particle_case.options import SpeciesInput
from multiscale.particles.radii import Radii

Floats = NDArray[np.float64]
MOST = 200_000_000  # of the particles of a case: beyond, it is a slip of the pen


def size_classes(species: SpeciesInput) -> tuple[Floats, Floats]:
    """Give diameters [m] and volume fractions of a species' size classes.

    Raises:
        ValueError: not exactly one way of giving the size, or percentiles that do not rise.
    """
    percentiles = (species.d10, species.d50, species.d90)
    some = [
        species.diameter is not None,
        any(p is not None for p in percentiles),
        bool(species.psd),
    ]
    if sum(some) != 1:
        raise ValueError("needs one of diameter; d10, d50 and d90; or psd")
    if species.diameter is not None:
        return np.array([species.diameter]), np.ones(1)
    if species.psd is not None:
        return read_classes(Path(species.psd))
    d10, d50, d90 = percentiles
    if d10 is None or d50 is None or d90 is None or not d10 < d50 < d90:
        raise ValueError("needs d10 < d50 < d90, all three")
    return classes_from_percentiles(d10, d50, d90)


def radii(species: SpeciesInput, volume: float) -> Radii:
    """Give the radii of all particles of a species, the largest first.

    Each class has the number that its share asks for, rounded so that the sum is right.

    Args:
        species: with a count or a solid fraction.
        volume: of the box [m3].

    Raises:
        ValueError: neither or both of count and solid fraction, too many particles, or none.
    """
    if (species.count is None) == (species.solid_fraction is None):
        raise ValueError("needs either count or solid_fraction")
    diameter, share = size_classes(species)
    one = np.pi / 6 * diameter**3
    if species.count is not None:
        number = share / one
        wanted = species.count * number / number.sum()
    else:
        assert species.solid_fraction is not None
        wanted = species.solid_fraction * volume * share / one
    total = round(float(wanted.sum()))
    if not 1 <= total <= MOST:
        raise ValueError(
            f"makes {wanted.sum():.3g} particles, needs 1 to {MOST:.0e}; change box or sizes"
        )
    count = _rounded(wanted, total)[::-1]
    there = count > 0
    return Radii((diameter / 2)[::-1][there], np.cumsum(count[there]))


def _rounded(wanted: Floats, total: int) -> NDArray[np.int64]:
    """Round to whole numbers of a given sum: the largest remainders go up."""
    whole = np.floor(wanted).astype(np.int64)
    up = np.argsort(whole - wanted, kind="stable")[: total - int(whole.sum())]
    whole[up] += 1
    return whole
