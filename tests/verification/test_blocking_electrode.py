"""Electrode tortuosity: charging without reaction against exact and published numbers."""

import numpy as np
import pytest

from multiscale.voxels.blocking import charging, interface_source
from multiscale.voxels.laplace import NotConverged, conduct, faces_of_cells, strength
from multiscale.voxels.transmission_line import low_frequency_resistance, transmission_line
from tests.voxel_images import blobs

CUBE = (1.0, 1.0, 1.0)
EVERYWHERE = (True, True)


@pytest.mark.parametrize(
    ("omega_rc", "published"),
    [
        (0.01, 0.333333 - 100.00022j),
        (1.0, 0.331238 - 1.022013j),
        (10.0, 0.227274 - 0.217406j),
    ],
)
def test_case_12_transmission_line(omega_rc, published):
    """R coth(g)/g, g = sqrt(i w R C): 1e-6; the same from 100 unequal layers to 1e-12."""
    whole = transmission_line(np.array([omega_rc]), np.ones(1), np.ones(1))[0]
    assert whole == pytest.approx(published, rel=1e-6, abs=5e-7)
    g = np.sqrt(1j * omega_rc)
    assert whole == pytest.approx(np.cosh(g) / np.sinh(g) / g, rel=1e-12)
    share = np.random.default_rng(1).random(100)
    share /= share.sum()
    layered = transmission_line(np.array([omega_rc]), share, share)[0]
    assert layered == pytest.approx(whole, rel=1e-12)


def test_low_frequency_limit_of_layers():
    """Re Z(w -> 0) of random layers is what their charging current dissipates."""
    rng = np.random.default_rng(2)
    r, c = rng.random(30), rng.random(30)
    omega = 1e-3 / (r.sum() * c.sum())
    assert transmission_line(np.array([omega]), r, c)[0].real == pytest.approx(
        low_frequency_resistance(r, c), rel=1e-6
    )


@pytest.mark.parametrize("shape", [(1, 1, 1), (7, 3, 4), (40, 6, 5)])
@pytest.mark.parametrize("edges", [CUBE, (1.0, 1.3, 0.8)])
def test_homogeneous_medium_has_tau_e_of_tau(shape, edges):
    """Exact on any voxels: D_e = D to 1e-10, a third of R_ion each."""
    found = charging(np.full(shape, 0.37), edges, EVERYWHERE, np.ones(shape),
                     residual_tolerance=1e-13)  # fmt: skip
    assert found.conductivity == pytest.approx(0.37, rel=1e-10)
    assert found.reached == 1


def test_layers_are_a_transmission_line():
    """Layers of any conductivity and interface: the exact low-frequency limit to 1e-10."""
    rng = np.random.default_rng(3)
    d, c = rng.random(12) + 0.1, rng.random(12)
    cells = np.broadcast_to(d[:, None, None], (12, 4, 5)).copy()
    source = np.broadcast_to(c[:, None, None], cells.shape).copy()
    found = charging(cells, CUBE, EVERYWHERE, source, residual_tolerance=1e-13)
    exact = 12 / (3 * low_frequency_resistance(1 / d, c))
    assert found.conductivity == pytest.approx(exact, rel=1e-10)


def test_case_13_pores():
    """A straight pore has tau_e = 1 (TauFactor's test: 0.986), one closed at 75 % of the depth
    0.75^2 = 0.5625 where its end takes no charge (0.594 with an end that does)."""
    n = 100
    straight = np.zeros((n, 1, 20))
    straight[:, :, :5] = 1
    found = charging(straight, CUBE, EVERYWHERE, straight, residual_tolerance=1e-12)
    assert 0.25 / found.conductivity == pytest.approx(1, abs=1e-9)
    closed = straight.copy()
    closed[:25] = 0
    found = charging(closed, CUBE, EVERYWHERE, closed, residual_tolerance=1e-12)
    assert 0.25 * 0.75 / found.conductivity == pytest.approx(0.5625, rel=1e-9)
    # A steady current would find it closed: only tau_e knows dead ends.
    assert not faces_of_cells(closed, CUBE, EVERYWHERE)[0, 1].any()


@pytest.mark.parametrize(
    ("depth", "exact", "published"), [(100, 1.0025, 0.986), (75, 0.602, 0.594)]
)
def test_case_13_as_taufactor_defines_it(depth, exact, published):
    """Pores of 10 of 100 voxels whose walls charge, open through and closed at 75 %: within 1 %.

    By hand, slender: the current I(s) = (w + 2 s)/(w + 2 l) from a charged end on, or s/l, along
    the pore, and q^2 w l/3 across it. TauFactor divides by a ladder of N whole resistors, whose
    Re Z(0) is that of the line times 1 + 3/(2 N) + 1/(2 N^2).
    """
    n, width = 100, 10
    label = np.ones((n, 1, n), np.uint8)
    label[n - depth :, :, 45 : 45 + width] = 0
    source = interface_source(label, CUBE, (False, True, False), 1, np.array([1.0, 0.0]))
    if depth == n:
        q, along = 1 / (2 * depth), depth / 3
    else:
        q = 1 / (width + 2 * depth)
        along = (1 - (q * width) ** 3) / (6 * q)
    slender = 3 * (depth / n) * (along + q**2 * width**2 * depth / 3) / n
    assert slender == pytest.approx(exact, abs=5e-4)
    pore = (label == 0).astype(float)
    found = charging(pore, CUBE, (True, False), source, residual_tolerance=1e-12)
    tau_e = pore.mean() / found.conductivity
    assert tau_e == pytest.approx(slender, rel=1.5e-3)
    assert tau_e / (1 + 3 / (2 * n) + 1 / (2 * n**2)) == pytest.approx(published, rel=0.003)


def test_pores_that_the_separator_does_not_reach_take_no_charge():
    d = np.ones((10, 4, 4))
    d[4] = 0
    found = charging(d, CUBE, EVERYWHERE, np.ones(d.shape), residual_tolerance=1e-12)
    assert found.reached == pytest.approx(0.5)
    assert found.conductivity == pytest.approx(2.0, rel=1e-9)  # half as deep
    none = charging(np.zeros((4, 4, 4)), CUBE, EVERYWHERE, np.ones((4, 4, 4)))
    assert (none.conductivity, none.reached) == (0, 0)


def test_uniform_pores_have_nearly_the_tau_of_a_steady_current():
    """Statistically uniform pores of many diameters' depth: both within 10 %."""
    pore = blobs((64, 24, 24), 1.5, 4) < 0.6
    d = pore.astype(float)
    source = interface_source((~pore).astype(np.uint8), CUBE, (False, True, True), 1,
                              np.array([1.0, 0.0]))  # fmt: skip
    charged = charging(d, CUBE, EVERYWHERE, source)
    faces = faces_of_cells(d, CUBE, EVERYWHERE)
    from multiscale.voxels.percolation import percolating

    faces = faces_of_cells(np.where(percolating(pore, EVERYWHERE), d, 0.0), CUBE, EVERYWHERE)
    steady = conduct(faces, EVERYWHERE, strength=strength(CUBE)).conductivity
    assert charged.conductivity == pytest.approx(steady, rel=0.1)


def test_interface_by_faces():
    """A charged plane between two layers, a mirror at the ends of axis 0, weights by phase."""
    label = np.array([1, 0, 2, 2], np.uint8)[:, None, None]
    source = interface_source(label, (2.0, 3.0, 5.0), (False, True, True), 1,
                              np.array([1.0, 0.0, 0.5]))  # fmt: skip
    assert source[:, 0, 0] == pytest.approx([0, 15, 0, 0])
    around = interface_source(label, (2.0, 3.0, 5.0), (True, True, True), 1,
                              np.array([1.0, 0.0, 0.5]))  # fmt: skip
    assert around[:, 0, 0] == pytest.approx([0, 15, 0, 7.5])


def test_no_convergence_is_an_error():
    d = (blobs((16, 16, 16), 1.5, 4) < 0.6).astype(float)
    with pytest.raises(NotConverged, match="after 1 iterations"):
        charging(d, CUBE, EVERYWHERE, d, residual_tolerance=1e-12, iteration_limit=1)
