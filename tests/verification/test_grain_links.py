"""Conduction past and through spheres whose surfaces cut the voxels, against series."""

import numpy as np
import pytest

from multiscale.voxels.diffusion import diffuse
from multiscale.voxels.link_shares import link_shares

ALONE = (False, False, False)


def cubic(phi: float, ratio: float) -> float:
    """Conductivity of a simple cubic lattice of spheres over that of what is around [Sangani1983].

    With L_i = (k - 1)/(k + 2i/(2i - 1)), up to phi^(22/3).
    """
    one, two, three, four, five = ((ratio - 1) / (ratio + 2 * i / (2 * i - 1)) for i in range(1, 6))
    bottom = -1 / one + phi
    bottom += (
        1.305 * two * phi ** (10 / 3)
        * (1 + 0.231 * three * phi ** (11 / 3)) / (1 - 0.405 * two * phi ** (7 / 3))
    )  # fmt: skip
    bottom += 0.0723 * three * phi ** (14 / 3) + 0.153 * four * phi**6
    return 1 - 3 * phi / (bottom + 0.0105 * five * phi ** (22 / 3))


def lattice(phi: float, ratio: float, n: int) -> float:
    """One cell of the lattice, driven between planes that halve the gaps between spheres."""
    radius, around = (3 * phi / (4 * np.pi)) ** (1 / 3), np.ones((n, n, n), np.float32)
    middle, edge = np.full((1, 3), 0.5), np.full(3, 1 / n)
    share = link_shares(middle, np.array([radius]), (n, n, n), edge, ALONE, ALONE, around, ratio)
    return diffuse(around, tuple(edge), (False, False), share).conductivity


def test_series_for_insulators() -> None:
    """Of section 4.2: 0.857112 at 10 % of insulating spheres."""
    assert cubic(0.1, 0.0) == pytest.approx(0.857112, abs=1e-6)


@pytest.mark.parametrize("ratio", [0.1, 0.3, 3.0, 10.0])
@pytest.mark.parametrize("phi", [0.1, 0.3, 0.45])
def test_lattices_of_spheres(phi: float, ratio: float) -> None:
    """Within 1 % at 7 to 11 voxels per diameter; staircases err by up to 7 % there."""
    assert lattice(phi, ratio, 12) == pytest.approx(cubic(phi, ratio), rel=0.01)


@pytest.mark.parametrize("ratio", [0.1, 10.0])
def test_twice_as_fine(ratio: float) -> None:
    """Within 0.15 % at 20 voxels per diameter."""
    assert lattice(0.3, ratio, 24) == pytest.approx(cubic(0.3, ratio), rel=1.5e-3)


@pytest.mark.parametrize(
    ("ratio", "axis", "thick"), [(10.0, 0, 0.37), (10.0, 1, 0.5), (0.1, 0, 0.5), (0.1, 1, 10 / 24)]
)
def test_layers(ratio: float, axis: int, thick: float) -> None:
    """Exact wherever better ones across the flux and worse ones along it end; others at halves."""
    n, around = (8, 6, 4), np.full((8, 6, 4), 2.0, np.float32)
    form = np.full(3, 1e-4)  # a disc 100 boxes in radius
    form[axis] = 4 / thick**2
    edge, middle = np.array([1 / 8, 1 / 6, 1 / 4]), np.full((1, 3), 0.5)
    share = link_shares(middle, np.diag(form)[None], n, edge, ALONE, ALONE, around, 2 * ratio)
    found = diffuse(around, tuple(edge), (False, False), share).conductivity
    series = 2 / (thick / ratio + 1 - thick)
    assert found == pytest.approx((series, 2 * ratio * thick + 2 * (1 - thick))[axis], rel=1e-4)
