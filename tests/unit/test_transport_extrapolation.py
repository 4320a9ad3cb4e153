"""Bounds and the step to zero voxel edge of the transport stage, in closed form."""

from dataclasses import replace

import numpy as np
import pytest

from multiscale.errors import StageFailed
from multiscale.stages.transport import Voxels
from multiscale.stages.transport.bounds import hashin_shtrikman_excess, wiener
from multiscale.stages.transport.extrapolation import extrapolated
from multiscale.stages.transport.problem import Transport
from multiscale.stages.transport.values import best


def test_bounds_in_closed_form():
    """Case 9: Hashin-Shtrikman for one insulator, attained by laminates of two conductors."""
    eps = 0.4
    phases, d = np.array([eps, 1 - eps]), np.array([1.0, 0.0])
    best = 2 * eps / (3 - eps)
    assert hashin_shtrikman_excess(phases, d, np.full(3, best)) == pytest.approx(0, abs=1e-12)
    assert hashin_shtrikman_excess(phases, d, np.full(3, best * 1.01)) > 1e-3
    half, ten = np.array([0.5, 0.5]), np.array([10.0, 1.0])
    laminate = np.array([5.5, 5.5, 20 / 11])
    assert hashin_shtrikman_excess(half, ten, laminate) == pytest.approx(0, abs=1e-12)
    assert wiener(half, ten) == pytest.approx((20 / 11, 5.5))
    assert wiener(phases, d)[0] == 0


def pair(fine, coarse, ceiling=None, mismatch=0.0):
    """Four equal layers, on voxels and on voxels of twice the edge."""
    layers = np.full(4, fine)
    return Transport(
        conductivity=fine,
        layers=layers,
        percolating=1.0,
        flux_mismatch=mismatch,
        ceiling=np.ones(4) if ceiling is None else np.full(4, ceiling),
        coarse=coarse,
        coarse_layers=np.full(4, coarse),
        error=2 * abs(fine - coarse),
        layers_error=np.full(4, 2 * abs(fine - coarse)),
    )


def test_extrapolation_in_closed_form():
    """First order: 0.3 and 0.24 go to 0.36; the error is the step."""
    found = extrapolated(pair(0.3, 0.24))
    assert found.conductivity == pytest.approx(0.36)
    assert found.error == pytest.approx(0.06)
    assert found.layers == pytest.approx(0.36)
    assert found.layers_error == pytest.approx(0.06)


@pytest.mark.parametrize(
    "t",
    [
        pair(0.3, 0.0),  # the paths break on voxels of twice the edge
        pair(0.3, 0.14),
        pair(0.3, 0.46),
        pair(0.3, 0.299, mismatch=0.01),  # nothing but the iteration's error
        pair(0.3, 0.25, ceiling=0.34),  # above the layers' phases side by side
        pair(0.0, 0.0),
    ],
)
def test_what_does_not_extrapolate_stays_with_its_larger_error(t):
    assert extrapolated(t) is t
    assert t.error == 2 * abs(t.conductivity - t.coarse)


def test_extrapolated_layers_keep_below_their_ceiling():
    """A layer without resistance to lose keeps its value; the series makes the whole."""
    d = np.array([0.2, 0.5])
    t = replace(
        pair(1 / (1 / d).mean(), 0.25), layers=d, ceiling=np.array([0.6, 0.5]),
        coarse_layers=d, layers_error=d,
    )  # fmt: skip
    found = extrapolated(t)
    assert found.layers[1] == pytest.approx(0.5)
    assert 0.2 < found.layers[0] < 0.6
    assert 1 / (1 / found.layers).mean() == pytest.approx(found.conductivity, rel=1e-12)


def test_extrapolation_beyond_the_bound_is_dropped():
    """Porosity 0.3: Hashin-Shtrikman allows 2/9 in all directions, the layers alone 0.3."""
    fraction, d = np.array([0.3, 0.7]), np.array([1.0, 0.0])
    solved = [pair(0.2, 0.15, ceiling=0.3)] * 3
    assert best("electrolyte", fraction, d, solved, Voxels()) is solved
    within = [pair(0.2, 0.19, ceiling=0.3)] * 3
    assert best("electrolyte", fraction, d, within, Voxels())[0].conductivity > 0.2
    assert best("electrolyte", fraction, d, within, Voxels(extrapolate=False)) is within
    with pytest.raises(StageFailed, match="Hashin-Shtrikman"):
        best("electrolyte", fraction, d, [pair(0.25, 0.24, ceiling=0.3)] * 3, Voxels())
