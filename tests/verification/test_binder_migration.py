"""Binder transport in the liquid of a drying film: cases C6 to C11, C20."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from drying_case import cathode
from hypothesis import given, settings
from hypothesis import strategies as st

from multiscale.fem.fitted import fitted
from multiscale.fem.interval import graded_points
from multiscale.materials.binder import binder
from multiscale.stages.drying import Film1D, limits
from multiscale.stages.drying.binders import carry
from multiscale.stages.drying.binding import Binding
from multiscale.stages.drying.column import uniform_column
from multiscale.stages.drying.evaporation import Air
from multiscale.stages.drying.history import solve_history
from multiscale.stages.drying.migration import Profile, cell_means, migrate
from multiscale.stages.drying.setup import Portion, diffusivity, film_of

# Reference: two independent solves (Chebyshev and finite volumes) that agree to 1e-4.
PECLET = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0)
C6 = (
    (1.06719, 0.96754), (1.36315, 0.84645), (1.79801, 0.71200),
    (2.86206, 0.50492), (6.69652, 0.30522), (13.59818, 0.28597),
)  # fmt: skip
C7 = (
    (1.05102, 0.97513), (1.27214, 0.87987), (1.58947, 0.76918),
    (2.36196, 0.57789), (5.25000, 0.31949), (10.53727, 0.27412),
)  # fmt: skip
CASES = [("C6", 0.3, 0.6, Pe, *r) for Pe, r in zip(PECLET, C6, strict=True)]
CASES += [("C7", 0.25, 0.55, Pe, *r) for Pe, r in zip(PECLET, C7, strict=True)]


def shrink(
    Pe: float, phi_0: float, phi_max: float, cells: int = 200, steps: int = 400
) -> tuple[Profile, float]:
    """Font's limit in units of h_0 and h_0/E; also the mean of c over c_0 at the end."""

    def kappa(t: np.ndarray) -> np.ndarray:
        h = 1 - t
        return (1 - phi_0 / h) ** 1.5 / h / Pe

    times = np.linspace(0, 1 - phi_0 / phi_max, steps + 1)
    profile = migrate(times, lambda t: 1 - t - phi_0, kappa, 1.0, cells)
    return profile, (1 - phi_0) / (phi_0 / phi_max - phi_0)


@pytest.mark.parametrize(("case", "phi_0", "phi_max", "Pe", "top", "foil"), CASES)
def test_c6_c7_profile_at_the_end_of_shrinkage(case, phi_0, phi_max, Pe, top, foil) -> None:
    profile, mean = shrink(Pe, phi_0, phi_max)
    assert profile.c[-1] / mean == pytest.approx(top, rel=1e-3), case
    assert profile.c[0] / mean == pytest.approx(foil, rel=1e-3), case


def test_c6_c7_mean_rises_as_the_liquid_shrinks() -> None:
    for phi_0, phi_max, expected in ((0.3, 0.6, 3.5), (0.25, 0.55, 3.66667)):
        profile, mean = shrink(1.0, phi_0, phi_max)
        assert mean == pytest.approx(expected, rel=1e-5)
        assert np.trapezoid(profile.c, profile.xi) == pytest.approx(mean, rel=1e-10)


def test_c8_slow_drying_gives_the_parabola() -> None:
    profile, mean = shrink(0.01, 0.3, 0.6)
    phi_l, h = 0.4, 0.5
    expected = limits.slow_drying_profile(profile.xi, 1.0, phi_l**1.5 / h / 0.01)
    spread = (profile.c[-1] - profile.c[0]) / mean
    assert spread == pytest.approx(expected[-1] - expected[0], rel=0.01)
    assert spread == pytest.approx(0.009890, rel=1e-3)
    np.testing.assert_allclose(profile.c / mean, expected, atol=1e-4)


def test_c9_fast_drying_leaves_the_bulk_untouched() -> None:
    profile, _ = shrink(200.0, 0.3, 0.6, cells=400, steps=800)
    assert profile.c[0] == pytest.approx(1.0, abs=1e-6)
    L, dried = 0.2, 0.5
    top = profile.xi >= 0.9
    excess = np.trapezoid(L * (profile.c[top] - 1), profile.xi[top])
    assert excess == pytest.approx(dried, rel=0.005)


@settings(max_examples=12, deadline=None)
@given(Pe=st.floats(1e-2, 1e5), share=st.floats(0.3, 0.98), c_max=st.floats(1.2, 20.0))
def test_c10_binder_mass_is_kept_and_fits(Pe: float, share: float, c_max: float) -> None:
    """Pores empty at constant room until a share of what they take is binder."""
    times = np.linspace(0, 0.7 * share, 61)
    room = np.full(1, 0.7 * c_max)
    profile = migrate(
        times, lambda t: 0.7 - t, lambda t: (0.7 - t) ** 1.5 / Pe, 1.0, 40, lambda t: room + 0 * t
    )
    assert profile.mass() == pytest.approx(0.7, rel=1e-10)
    assert profile.N.max() < 0.7 * c_max
    # A node beside a skin thinner than a cell may undershoot; what the record holds does not.
    assert cell_means(profile.xi, profile.N, np.linspace(0, 1, 11)).min() > 0


def test_c11_pore_emptying_follows_the_same_law() -> None:
    """With h fixed and L = eps S h, the same kappa gives the same profile."""
    Pe, phi_0, phi_max = 2.0, 0.3, 0.6
    eps, h = 0.7, 1.0  # S falls from 1 to 2/7

    def saturation(t: np.ndarray) -> np.ndarray:
        return 1 - t / (eps * h)

    def kappa(t: np.ndarray) -> np.ndarray:
        shrinking = 1 - t
        D = (1 - phi_0 / shrinking) ** 1.5 / shrinking / Pe / (eps * saturation(t)) ** 1.5 * h
        return D * (eps * saturation(t)) ** 1.5 / h

    times = np.linspace(0, 1 - phi_0 / phi_max, 401)
    emptied = migrate(times, lambda t: eps * saturation(t) * h, kappa, 1.0, 200)
    shrunk, _ = shrink(Pe, phi_0, phi_max)
    np.testing.assert_allclose(emptied.c, shrunk.c, rtol=1e-8)


def test_c11_stage_empties_pores_by_that_law() -> None:
    """The stage carries binder with lambda = eps S h and kappa = D (eps S)^1.5/h once pores empty.

    Pure solvent leaves even pores at constant E and temperature until S = 2/7.
    """
    options, E = Film1D(dispersion=0.0, cells=100), 1e-6
    wet = film_of(*cathode(), options)
    film = replace(wet, initial_solvent=wet.solvent_at_packing, heat_capacity=1e12)
    h, eps = film.dry_height, 1 - film.packing
    end = eps * h * (1 - 2 / 7) / E
    history = solve_history(
        film, [Air(film.initial_temperature, 0.0, 0.0, 0.0)], [1.01 * end], 1e-11,
        (film.solvent_at_packing,), rate=lambda m, T, gas: E * film.liquid_density,
    )  # fmt: skip
    portion = Portion(binder("PVDF"), 0.004, 1800.0, 0.0)
    column, times = uniform_column(history, 0.0, options.cells), np.linspace(0, end, 201)
    carried = carry(column, portion, times, options, lambda done: None)
    D = diffusivity(portion.binder, film.solvent, 1.0, np.array([film.initial_temperature]))

    def saturation(t: np.ndarray) -> np.ndarray:
        return 1 - E * t / (eps * h)

    expected = migrate(
        times, lambda t: eps * saturation(t) * h, lambda t: D * (eps * saturation(t)) ** 1.5 / h,
        1 / (eps * h), options.cells,
    )  # fmt: skip
    assert np.ptp(expected.c) > 0.1 * expected.c.mean()
    np.testing.assert_allclose(carried.c, expected.c, rtol=1e-8)


def manufactured_error(cells: int, steps: int) -> float:
    """L2 error against c = 1 + exp(-t) cos(pi xi)/2 with L = 1 - 0.4 t, E = 0.4, kappa = 0.1."""
    E, K, end = 0.4, 0.1, 1.0
    xi = graded_points(cells)
    width = np.diff(xi)
    weight = 0.5 * (np.append(width, 0) + np.append(0, width))

    def exact(t: float) -> np.ndarray:
        return 1 + 0.5 * np.exp(-t) * np.cos(np.pi * xi)

    def source(t: float, xi: np.ndarray) -> np.ndarray:
        wave, slope = (0.5 * np.exp(-t) * f(np.pi * xi) for f in (np.cos, np.sin))
        rate = -E * (1 + wave) - (1 - 0.4 * t) * wave
        flux = E * (1 + wave) - E * xi * np.pi * slope + K * np.pi**2 * wave
        nodal = rate + flux
        nodal[-1] -= E * (1 + wave[-1]) / weight[-1]  # the solution's flux through the surface
        return nodal

    profile = migrate(
        np.linspace(0, end, steps + 1),
        lambda t: 1 - 0.4 * t,
        lambda t: np.full(t.size, K),
        exact(0.0),
        cells,
        source=source,
    )
    return float(np.sqrt(np.trapezoid((profile.c - exact(end)) ** 2, profile.xi)))


def order(errors: list[float]) -> float:
    """Slope of log error over log of a resolution that doubles."""
    return float(-np.polyfit(np.arange(len(errors)), np.log2(errors), 1)[0])


def test_c20_second_order_in_space() -> None:
    errors = [manufactured_error(cells, 1000) for cells in (10, 20, 40, 80)]
    assert order(errors) == pytest.approx(2.0, abs=0.1)


def test_c20_second_order_in_time() -> None:
    errors = [manufactured_error(1600, steps) for steps in (2, 4, 8, 16)]
    assert order(errors) == pytest.approx(2.0, abs=0.1)


PACKED = [(2.0, 0.3), (4.0, 0.4), (4.0, 0.6)]


def pack(
    Pe: float,
    c_max: float,
    end: float,
    cells: int = 400,
    steps: int = 800,
    binding: Binding | None = None,
) -> Profile:
    """A solution that starts with c = 1, L = 1 and loses E = 1 until it is 1 - end thick."""
    return migrate(
        np.linspace(0, end, steps + 1),
        lambda t: 1 - t,
        lambda t: np.full(t.size, 1 / Pe),
        1.0,
        cells,
        lambda t: c_max * (1 - t),
        binding=binding,
    )


@pytest.mark.parametrize("rate", [1.0, 1e4])
@pytest.mark.parametrize(("c_max", "end"), PACKED)
def test_c12_layer_packed_with_gel_is_as_thick(c_max: float, end: float, rate: float) -> None:
    """Gelled or not, binder fills its room and no more, and the layer holds what came up.

    The room shrinks with the solution, so that gel is pressed on. Nothing spreads: D/100 in gel.
    """
    gels = Binding(gel_concentration=1.5, gel_rate=lambda t: rate)
    profile = pack(3000.0, c_max, end, cells=200, steps=200, binding=gels)
    room = c_max * (1 - end)
    delta = end / (c_max - 1) / (1 - end)
    middle = np.interp(0.5 * (1 - end + room), profile.total, profile.xi)
    assert 1 - middle == pytest.approx(delta, rel=0.01)
    assert profile.total[profile.xi > middle + 0.05].min() > 0.98 * room
    assert profile.total.max() < room and profile.c.min() >= 0
    assert profile.gelled.max() > 0.05 * room
    assert profile.mass() == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize(("c_max", "end"), PACKED)
def test_c12_packed_layer_grows_downward_from_the_surface(c_max: float, end: float) -> None:
    """Pe to infinity: thickness delta = c_0 E t/(c_max - c_0) in the liquid, untouched below."""
    profile = pack(3000.0, c_max, end)
    delta = end / (c_max - 1)
    front = 1 - delta / (1 - end)
    middle = np.interp(0.5 * (1 + c_max), profile.c, profile.xi)
    assert 1 - middle == pytest.approx(1 - front, rel=0.01)
    below, above = profile.xi < front - 0.05, profile.xi > front + 0.05
    np.testing.assert_allclose(profile.c[below], 1.0, rtol=1e-3)
    np.testing.assert_allclose(profile.c[above], c_max, rtol=0.01)
    assert profile.c.max() < c_max
    assert profile.mass() == pytest.approx(1.0, rel=1e-10)


def test_packed_layer_in_quasi_steady_state() -> None:
    """In the packed layer kappa Z' dc/dxi = E c_max: the pressure is a straight line."""
    profile = pack(3000.0, 4.0, 0.6)
    pressure = 4.0 * profile.c / (4.0 - profile.c) / 3000.0
    deep = profile.xi > 0.7
    slope = np.polyfit(profile.xi[deep], pressure[deep], 1)[0]
    assert slope == pytest.approx(4.0, rel=0.01)


def test_dispersion_bounds_the_skin_of_what_does_not_diffuse() -> None:
    """Quasi-steady top layer, kappa = a E: c - 1 falls as exp(-(1 - xi)/a), 1/a = h/(a d)."""
    a, end = 0.02, 0.4
    profile = migrate(
        np.linspace(0, end, 801), lambda t: 1 - t, lambda t: 0 * t, 1.0, 400,
        dispersivity=lambda t: np.full(t.size, a),
    )  # fmt: skip
    top = profile.xi > 1 - 2 * a
    slope = np.polyfit(profile.xi[top], np.log(profile.c[top] - 1), 1)[0]
    assert slope == pytest.approx(1 / a, rel=0.1)
    assert profile.mass() == pytest.approx(1.0, rel=1e-10)


@pytest.mark.parametrize("grid", ["cells", "steps"])
def test_packing_is_of_second_order(grid: str) -> None:
    """Differences of successive refinements at Pe = 20, with the full nonlinearity."""

    def at(n: int) -> np.ndarray:
        profile = pack(20.0, 3.0, 0.5, **({"cells": 320, "steps": 320} | {grid: n}))
        return cell_means(profile.xi, profile.c, np.linspace(0, 1, 11))

    levels = [at(n) for n in (40, 80, 160, 320)]
    jumps = [float(np.abs(b - a).max()) for a, b in pairwise(levels)]
    assert order(jumps) == pytest.approx(2.0, abs=0.3)


def test_fitted_diffusivity_limits() -> None:
    width, one = np.array([0.1]), np.array([1.0])

    def value(kappa: float, velocity: float) -> float:
        return float(fitted(kappa * one, velocity * one, width)[0][0])

    assert value(1.0, 1e-9) == pytest.approx(1.0, rel=1e-15)
    assert value(1.0, 1.0) == pytest.approx(1 + 0.01 / 12, rel=1e-5)
    assert value(0.0, 2.0) == pytest.approx(0.1)


@pytest.mark.parametrize("kappa", [1e-4, 0.02, 0.1, 1.0, 100.0])
def test_derivative_of_the_fitted_diffusivity(kappa: float) -> None:
    width, velocity = np.array([0.1]), np.array([1.0])
    step = 1e-5 * kappa
    above, below = (fitted(np.array([k]), velocity, width)[0] for k in (kappa + step, kappa - step))
    slope = fitted(np.array([kappa]), velocity, width)[1]
    assert slope == pytest.approx((above - below) / (2 * step), rel=1e-5, abs=1e-8)


def test_cell_means_are_exact() -> None:
    xi = graded_points(7)
    means = cell_means(xi, 2 + 3 * xi, np.array([0.0, 0.25, 0.6, 1.0]))
    np.testing.assert_allclose(means, 2 + 3 * np.array([0.125, 0.425, 0.8]), rtol=1e-14)
