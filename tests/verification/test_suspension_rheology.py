"""Crowding, packing and flow-curve fit against published and analytic numbers."""

from math import cos, exp, pi

import numpy as np
import pytest

from multiscale.stages.slurry.crowding import (
    boyer,
    krieger_dougherty,
    maron_pierce,
    rate_amplification,
    stress_amplification,
)
from multiscale.stages.slurry.flow_curve import Suspended, shear_stress
from multiscale.stages.slurry.herschel_bulkley import fit, stress
from multiscale.stages.slurry.packing import random_close_packing


@pytest.mark.parametrize(
    ("phi", "eta_r"), [(0.2, 1.821), (0.4, 4.803), (0.5, 11.378), (0.55, 23.073)]
)
def test_b3_krieger_dougherty(phi: float, eta_r: float) -> None:
    assert krieger_dougherty(phi, 0.64) == pytest.approx(eta_r, abs=1e-3)


@pytest.mark.parametrize(("phi", "eta_r"), [(0.4, 7.111), (0.5, 20.898)])
def test_b4_maron_pierce(phi: float, eta_r: float) -> None:
    assert maron_pierce(phi, 0.64) == pytest.approx(eta_r, abs=1e-3)


@pytest.mark.parametrize(("phi", "eta_r"), [(0.3, 3.313), (0.4, 7.394), (0.5, 31.885)])
def test_b4_boyer(phi: float, eta_r: float) -> None:
    assert boyer(phi, 0.585) == pytest.approx(eta_r, abs=1e-3)


def test_dilute_crowding_has_einsteins_slope() -> None:
    for law in (krieger_dougherty, boyer):
        assert (law(1e-6, 0.6) - 1.0) / 1e-6 == pytest.approx(2.5, rel=1e-5)


def test_b9_noise_free_parameters_come_back() -> None:
    rate = np.geomspace(0.1, 1e3, 25)
    found = fit(rate, stress(rate, 3.0, 8.0, 0.55))
    assert (found.yield_stress, found.consistency, found.flow_index) == pytest.approx(
        (3.0, 8.0, 0.55), rel=1e-8
    )
    assert found.misfit < 1e-10


def test_b9_confidence_covers_the_truth() -> None:
    """With 5 % noise the 95 % interval holds n in 93 to 97 % of 200 replicates."""
    rate, rng, held = np.geomspace(0.1, 1e3, 25), np.random.default_rng(2), 0
    tau = stress(rate, 3.0, 8.0, 0.55)
    quantile = 2.074  # Student's t, 22 degrees of freedom
    for _ in range(200):
        found = fit(rate, tau * np.exp(0.05 * rng.standard_normal(rate.size)))
        held += abs(found.flow_index - 0.55) < quantile * found.flow_index_error / np.sqrt(22)
    assert 186 <= held <= 194


def test_b10_power_law_through_two_points() -> None:
    rate = np.array([18.0, 125.0])
    found = fit(rate, rate * np.array([6.2, 2.2]), yields=False)
    assert found.flow_index == pytest.approx(0.46536, abs=1e-4)
    assert found.consistency == pytest.approx(29.074, rel=1e-4)


def test_equal_spheres_pack_randomly_to_0_6435() -> None:
    assert random_close_packing(np.array([1e-5]), np.ones(1)) == pytest.approx(0.6435, abs=1e-3)


@pytest.mark.parametrize("sigma", [0.2, 0.4, 0.6, 1.0])
def test_lognormal_spheres_pack_as_published(sigma: float) -> None:
    """The closed fit of [Farr2013] to the packing of log-normal spheres."""
    edges = np.linspace(-3.0, 3.0, 122)
    middle = (edges[1:] + edges[:-1]) / 2
    weight = np.exp(-(middle**2) / 2)
    packed = random_close_packing(1e-5 * np.exp(sigma * middle), weight / weight.sum())
    published = (
        1.0
        - 0.57 * exp(-sigma)
        + 0.2135 * exp(-0.57 * sigma / 0.2135)
        + 0.0019 * (cos(2 * pi * (1 - exp(-0.75 * sigma**0.7 - 0.025 * sigma**4))) - 1)
    )
    assert packed == pytest.approx(published, abs=0.004)


def test_packing_does_not_depend_on_the_unit_of_length() -> None:
    d, v = np.array([2.0, 5.0, 9.0]), np.array([0.2, 0.5, 0.3])
    assert random_close_packing(d, v) == pytest.approx(random_close_packing(1e-6 * d, v), rel=1e-9)


def _suspended(tau_0: float) -> Suspended:
    return Suspended(0.3, krieger_dougherty(0.3, 0.64), 1e-3, 0.2, 0.0, 1.0, tau_0)


def test_newtonian_medium_gives_eta_m_times_eta_r() -> None:
    rate, s = np.geomspace(1e-2, 1e4, 13), _suspended(0.0)
    np.testing.assert_allclose(shear_stress(rate, s), 0.2 * s.eta_r * rate, rtol=1e-13)


def test_yield_stress_is_amplified_as_by_chateau() -> None:
    s = _suspended(7.0)
    assert s.yield_stress == pytest.approx(7.0 * np.sqrt(s.eta_r * 0.7))
    assert shear_stress(np.array([1e-14]), s)[0] == pytest.approx(s.yield_stress, rel=1e-5)
    assert rate_amplification(s.eta_r, 0.3) * stress_amplification(s.eta_r, 0.3) == pytest.approx(
        s.eta_r
    )


def test_a_yield_stress_that_does_not_show_is_left_out() -> None:
    rate = np.geomspace(1.0, 1e3, 25)
    found = fit(rate, 8.0 * rate**0.55 * (1.0 - 1e-3 / rate))  # bends the wrong way
    assert found.yield_stress == 0.0
    assert found.flow_index == pytest.approx(0.55, abs=1e-3)
