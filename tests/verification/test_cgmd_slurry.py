"""Densities of slurries published with the coarse-grained force field, computed again.

Two sources, both in the public repository Cheviax/Manufacturing-Model-Codes, from which figures
alone are taken: the box of the thick slurry after its 13 million steps, and the table of densities
that the authors' search for parameters [Lombardo2020] has left. Their units are 1e-9 J/m, kPa,
1e12 1/(m s) and g/cm3.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.cgmd_slurry import Slurry, packed

# Volume of active material per domain: 52,907 um3 to 9,463 domains in the box of the thick slurry;
# 62.3879 ng at 4.65 g/cm3 to 2,383 domains in the formula of the density of the search.
THICK, SEARCH = 52_907e-18 / 9463, 62.3879e-12 / 4650 / 2383
BOX = 26.890846906**2 * 161.345081438 * 1e-18 / 9463  # of the thick slurry, per domain [m3]


def slurry(
    active: float,
    sigma: float,
    domain: float,
    density: float,
    kn: float,
    damping: float,
    friction: float,
    particle_volume: float = SEARCH,
) -> Slurry:
    """Take a set of parameters from the authors' units to SI."""
    return Slurry(
        active * 1e-9,
        sigma,
        domain * 1e-9,
        density * 1e3,
        kn * 1e3,
        damping * 1e12,
        friction,
        particle_volume,
    )


DECK = slurry(0.01, 0.88, 0.001, 0.002, 8.0, 30.0, 0.015, THICK)
# The authors' best set, and three far from it.
SEARCHED = {
    "best": (slurry(0.0280144, 0.855126, 0.0174665, 0.005, 8.05968, 32.7771, 0.015528), 2.16052),
    "dense": (
        slurry(0.384347, 0.985669, 0.0130661, 0.155133, 5.78048, 22.4446, 0.00552732),
        4.22271,
    ),
    "stiff": (slurry(0.183027, 0.882091, 0.01097, 0.194691, 28.6572, 53.5317, 0.0111005), 2.19076),
    "light": (slurry(0.014967, 0.819672, 0.0001, 0.005, 6.47974, 28.6762, 0.017688), 2.41907),
}


@pytest.mark.slow
def test_the_thick_slurry_fills_the_published_box() -> None:
    """Its volume per domain; another start, a wider box and other damping agree far better."""
    found = [packed(DECK), packed(DECK, seed=2, edges=(44e-6,) * 3)]
    found.append(packed(DECK, ease=0.03, step=20e-9))
    volume = np.array([each.volume for each in found])
    print("thick:", volume * 1e18, (volume / BOX - 1).round(5))
    assert volume == pytest.approx(BOX, rel=0.003)
    assert np.ptp(volume) < 0.002 * BOX
    for each in found:
        assert each.kinetic < 1e-6  # at rest
        assert np.abs(np.diag(each.stress) / np.trace(each.stress) - 1 / 3).max() < 0.003


@pytest.mark.slow
@pytest.mark.parametrize("name", SEARCHED)
def test_densities_of_the_authors_search(name: str) -> None:
    """From 2.2 to 4.2 g/cm3 by one force field, whose stiffness ranges over a factor of five."""
    of, published = SEARCHED[name]
    found = packed(of, edges=((50e-6 if of.kn > 20e3 else 40e-6),) * 3)
    density = 1e-3 * of.density_at(found.volume)
    print(f"{name}: {density:.4f} g/cm3, published {published}, {density / published - 1:+.4f}")
    assert density == pytest.approx(published, rel=0.01)
