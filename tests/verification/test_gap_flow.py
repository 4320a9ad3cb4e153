"""Lubrication of the coating gap against closed solutions."""

from math import pi

import numpy as np
import pytest

from multiscale.stages.coating.gap_flow import flux, pressure_gradient
from multiscale.stages.coating.knife import knife_film
from multiscale.stages.coating.slot_bead import Die, low_flow_limit, steady_thickness

SLURRY = (3.0, 8.0, 0.55)


def test_b8_plane_poiseuille_flow_of_a_herschel_bulkley_fluid() -> None:
    q = flux(-4e4 / 0.05, 0.0, 1e-3, *SLURRY)
    assert q == pytest.approx(1.577938e-4, rel=1e-6)


def test_nothing_flows_below_the_yield_stress() -> None:
    assert flux(-5.9e3, 0.0, 1e-3, *SLURRY) == 0.0


def test_newtonian_flux_is_couette_plus_poiseuille() -> None:
    u, h, mu = 0.05, 2e-4, 0.7
    for slope in (-3e7, -1e3, 0.0, 1e3, 3e7):
        exact = u * h / 2 - slope * h**3 / (12 * mu)
        assert flux(slope, u, h, 0.0, mu, 1.0) == pytest.approx(exact, rel=1e-9)


def test_a_bracket_that_starts_on_the_root_is_kept() -> None:
    assert flux(0.0, 1.0, 1.0, 0.0, 1.0, 1.0) == pytest.approx(0.5, abs=1e-12)


@pytest.mark.parametrize("n", [0.3, 0.55, 1.0])
def test_b12_couette_flow_carries_half_for_any_fluid(n: float) -> None:
    u, h = 0.05, 2e-4
    assert flux(0.0, u, h, 3.0, 8.0, n) / (u * h) == pytest.approx(0.5, abs=1e-8)


@pytest.mark.parametrize("share", [-0.4, 0.0, 0.2, 0.499999, 0.5, 0.6, 0.9, 3.0])
@pytest.mark.parametrize("tau_y", [0.0, 30.0])
def test_pressure_gradient_inverts_the_flux(share: float, tau_y: float) -> None:
    u, h, law = 0.05, 2e-4, (8.0, 0.55)
    slope = pressure_gradient(share * u * h, u, h, tau_y, *law)
    assert flux(slope, u, h, tau_y, *law) == pytest.approx(share * u * h, abs=1e-9 * u * h)


def test_closed_flux_agrees_with_the_integrated_velocity() -> None:
    """A slow twin: the velocity profile from the stress by the trapezoidal rule."""
    u, h, slope, (tau_y, k, n) = 0.05, 2e-4, 4e6, SLURRY
    y = np.linspace(0.0, h, 20001)

    def profile(a: float) -> np.ndarray:
        tau = a + slope * y
        rate = np.sign(tau) * (np.maximum(np.abs(tau) - tau_y, 0.0) / k) ** (1 / n)
        steps = 0.5 * (rate[1:] + rate[:-1]) * np.diff(y)
        return u + np.concatenate([[0.0], np.cumsum(steps)])

    low, high = -5e3, -slope * h / 2
    for _ in range(80):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if profile(middle)[-1] < 0.0 else (low, middle)
    assert flux(slope, u, h, *SLURRY) == pytest.approx(np.trapezoid(profile(low), y), rel=1e-6)


def test_b11_newtonian_film_under_a_knife() -> None:
    film = knife_film(1e-4, 5e-3, 0.05, 0.0, 0.0, 1.0, 1.0)
    assert film.ratio == pytest.approx(0.612874, abs=1e-6)
    assert film.outlet == pytest.approx(0.47513, abs=1e-5)


def test_knife_film_of_a_yield_stress_fluid_states_its_error() -> None:
    film = knife_film(1e-4, 5e-3, 0.05, 0.0, *SLURRY)
    assert 0.6129 < film.ratio < 0.8  # thinning spares the rising pressure: thicker than Newtonian
    assert film.error < 1e-3


def test_a_dam_thickens_the_knife_film() -> None:
    ratios = [knife_film(1e-4, 5e-3, 0.05, p, *SLURRY).ratio for p in (0.0, 300.0, 600.0)]
    assert ratios[0] < ratios[1] < ratios[2]


@pytest.mark.parametrize(
    ("ca", "limit"), [(0.01, 0.03016), (0.1, 0.12614), (0.3, 0.23092), (1.0, 0.40120)]
)
def test_b13_low_flow_limit(ca: float, limit: float) -> None:
    assert low_flow_limit(ca) == pytest.approx(limit, abs=1e-4)


def _newtonian_die(ca: float, speed: float = 0.5, sigma: float = 0.04) -> Die:
    return Die(2e-4, 1e-3, 1e-3, pi / 3, pi / 3, 0.0, sigma, 0.0, ca * sigma / speed, 1.0)


@pytest.mark.parametrize(
    ("ca", "thin", "thick"), [(0.05, 0.3433, 0.7477), (0.5, 0.5207, 0.9949), (5.0, 0.5217, 1.0096)]
)
def test_b14_slot_die_window(ca: float, thin: float, thick: float) -> None:
    die = _newtonian_die(ca)
    assert steady_thickness(0.0, 0.5, die) / die.gap == pytest.approx(thin, abs=1e-4)
    assert steady_thickness(1e-3, 0.5, die) / die.gap == pytest.approx(thick, abs=1e-4)


def test_window_at_high_capillary_number_is_half_to_half_times_lip_ratio() -> None:
    """1/2 <= t/H <= (1 + L_U/L_D)/2 without menisci; the lower end for any fluid."""
    die = _newtonian_die(1e6)
    assert steady_thickness(0.0, 0.5, die) / die.gap == pytest.approx(0.5, abs=5e-3)
    assert steady_thickness(1e-3, 0.5, die) / die.gap == pytest.approx(1.0, abs=5e-3)
    thick = Die(2e-4, 1e-3, 1e-3, pi / 3, pi / 3, 0.0, 1e-9, 30.0, 500.0, 0.5)
    assert steady_thickness(0.0, 0.5, thick) / thick.gap == pytest.approx(0.5, abs=5e-3)
