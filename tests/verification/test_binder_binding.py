"""Binder that gels and adsorbs on its way, in solution that is spread unevenly (C10, C20)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from multiscale.fem.interval import graded_points
from multiscale.stages.drying.binding import (
    FLOOR,
    Binding,
    dissolve,
    follow,
    nodal_weights,
    press,
)
from multiscale.stages.drying.migration import Profile, migrate

K = 0.1  # kappa of the manufactured solutions
RATE = 0.7  # k_g


def uneven(t: np.ndarray, cells: int) -> np.ndarray:
    """A solution that sinks and rises in a film that loses none: its nodal masses add up to 1."""
    xi = graded_points(cells)
    lam = 1 + 0.4 * np.sin(3 * t)[:, None] * np.cos(np.pi * xi)
    return lam / (lam @ nodal_weights(xi))[:, None]


def test_uniform_solution_stays_uniform_however_it_flows() -> None:
    profile = migrate(
        np.linspace(0, 2, 81), lambda t: uneven(t, 50), lambda t: np.full(t.size, K), 3.0, 50
    )
    np.testing.assert_allclose(profile.c, 3.0, rtol=1e-12)
    assert profile.mass() == pytest.approx(3.0, rel=1e-12)


def test_without_binding_it_is_the_same_to_the_last_bit() -> None:
    def solve(binding: Binding | None) -> Profile:
        times = np.linspace(0, 0.5, 41)
        return migrate(times, lambda t: 0.7 - t, lambda t: 0.3 + 0 * t, 1.0, 40, binding=binding)

    assert solve(None).c.tobytes() == solve(Binding()).c.tobytes()


def manufactured_error(cells: int, steps: int, binding: Binding) -> float:
    """L2 error against c = 1 + exp(-t) cos(pi xi)/2 where lambda = 1 + 0.3 exp(-t) cos(pi xi)."""
    xi, end = graded_points(cells), 1.0

    def wave(t: float) -> np.ndarray:
        return np.exp(-t) * np.cos(np.pi * xi)

    def lam(t: np.ndarray) -> np.ndarray:
        return np.array([1 + 0.3 * wave(float(ti)) for ti in t])

    def source(t: float, xi: np.ndarray) -> np.ndarray:
        w, dw = wave(t), -np.pi * np.exp(-t) * np.sin(np.pi * xi)
        c, dc, ddc, L = 1 + 0.5 * w, 0.5 * dw, -0.5 * np.pi**2 * w, 1 + 0.3 * w
        F, dF = -0.3 * dw / np.pi**2, 0.3 * w
        q, slope = np.ones_like(c), np.zeros_like(c)
        if binding.slows:
            x = 1 - c / binding.gel_concentration
            root = np.sqrt(x**2 + 4 * FLOOR**2)
            q = FLOOR + (1 - FLOOR) * 0.5 * (x + root)
            slope = -(q - FLOOR) / root / binding.gel_concentration
        gels = binding.gel_rate(t) * L * np.maximum(c - binding.gel_concentration, 0)
        return -0.3 * w * c - 0.5 * w * L + dF * c + F * dc - K * (slope * dc**2 + q * ddc) + gels

    profile = migrate(
        np.linspace(0, end, steps + 1), lam, lambda t: np.full(t.size, K), 1 + 0.5 * wave(0.0),
        cells, source=source, binding=binding,
    )  # fmt: skip
    return float(np.sqrt(np.trapezoid((profile.c - 1 - 0.5 * wave(end)) ** 2, xi)))


GELS = Binding(gel_concentration=0.3, gel_rate=lambda t: RATE, slows=False)
SLOWS = Binding(gel_concentration=2.0)


def order(errors: list[float]) -> float:
    """Slope of log error over log of a resolution that doubles."""
    return float(-np.polyfit(np.arange(len(errors)), np.log2(errors), 1)[0])


@pytest.mark.parametrize("binding", [GELS, SLOWS], ids=["gels", "slows"])
def test_c20_second_order_in_space(binding: Binding) -> None:
    errors = [manufactured_error(cells, 400, binding) for cells in (10, 20, 40)]
    assert order(errors) == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("binding", [GELS, SLOWS], ids=["gels", "slows"])
def test_c20_second_order_in_time(binding: Binding) -> None:
    errors = [manufactured_error(800, steps, binding) for steps in (4, 8, 16)]
    assert order(errors) == pytest.approx(2.0, abs=0.1)


def still(binding: Binding, end: float, c: float = 1.0, steps: int = 400) -> Profile:
    """A film in which nothing flows."""
    return migrate(
        np.linspace(0, end, steps + 1), lambda t: np.ones(t.size), lambda t: np.ones(t.size), c, 20,
        binding=binding,
    )  # fmt: skip


def test_still_film_gels_down_to_its_gel_concentration() -> None:
    """c = c_g + (c_0 - c_g) exp(-k_g t), and what it lost has gelled."""
    profile = still(Binding(gel_concentration=0.4, gel_rate=lambda t: RATE), 2.0)
    expected = 0.4 + 0.6 * math.exp(-2 * RATE)
    np.testing.assert_allclose(profile.c, expected, rtol=1e-5)
    np.testing.assert_allclose(profile.gelled, 1 - expected, rtol=1e-5)
    assert profile.gel_point == 0.0


def test_polymer_that_never_moves_counts_towards_the_gel_point() -> None:
    """It alone exceeds c_g: all that moves gels, 99 % of it at ln(100)/k_g."""
    profile = still(
        Binding(gel_concentration=2.0, gel_rate=lambda t: RATE, bound=3.0), 10.0, steps=2000
    )
    assert profile.setting == pytest.approx(math.log(100) / RATE, rel=1e-4)


def test_gel_point_is_located() -> None:
    """c = 1/(1 - t) everywhere reaches 2 at t = 0.5, between two steps."""
    profile = migrate(
        np.linspace(0, 0.8, 98), lambda t: 1 - t, lambda t: np.full(t.size, 1e6), 1.0, 20,
        binding=Binding(gel_concentration=2.0, slows=False),
    )  # fmt: skip
    assert profile.gel_point == pytest.approx(0.5, abs=1e-4)


def test_fast_exchange_follows_the_isotherm() -> None:
    room = np.full(21, 0.8)
    profile = migrate(
        np.linspace(0, 0.6, 301), lambda t: 1 - t, lambda t: np.full(t.size, 1e4), 0.5, 20,
        binding=Binding(affinity=2.0, exchange=1e4, room=room),
    )  # fmt: skip
    np.testing.assert_allclose(
        profile.adsorbed, 0.8 * 2 * profile.c / (1 + 2 * profile.c), rtol=1e-3
    )
    assert profile.mass() == pytest.approx(0.5 + 0.8 * 0.5, rel=1e-12)


def test_adsorbed_layer_is_as_slow_as_its_exchange() -> None:
    """It stays what it was while the solution thickens."""
    room = np.full(21, 0.8)
    binding = Binding(affinity=2.0, exchange=1e-6, room=room)
    profile = migrate(
        np.linspace(0, 0.6, 101), lambda t: 1 - t, lambda t: np.full(t.size, 1e4), 0.5, 20,
        binding=binding,
    )  # fmt: skip
    np.testing.assert_allclose(profile.adsorbed, binding.equilibrium(np.full(21, 0.5)), rtol=1e-5)


@pytest.mark.parametrize("total", [0.1, 1.0, 30.0])
def test_binder_is_shared_out_at_equilibrium(total: float) -> None:
    for affinity in (0.0, 1e-9, 3.0, 1e6):
        c = dissolve(total, 0.7, 0.5, affinity)
        a = 0.5 * affinity * c / (1 + affinity * c)
        assert 0.7 * c + a == pytest.approx(total, rel=1e-9)


def test_what_is_bound_moves_with_the_solids() -> None:
    xi = graded_points(40)
    solids = [1 + s * np.cos(np.pi * xi) for s in (0.0, 0.3)]
    moved = [s / (nodal_weights(xi) @ s) for s in solids]
    np.testing.assert_allclose(follow(xi, 2 * moved[0], *moved), 2 * moved[1], rtol=1e-12)
    heap = np.exp(-50 * (xi - 0.5) ** 2)
    assert nodal_weights(xi) @ follow(xi, heap, *moved) == pytest.approx(
        nodal_weights(xi) @ heap, rel=1e-13
    )


def test_gel_that_no_longer_fits_is_pressed_into_the_layers_below() -> None:
    """And up again from the foil; no layer holds more than its room, and mass is kept."""
    weight = nodal_weights(graded_points(5))
    room = np.full((3, 6), 2.0)
    gel = np.array([[0.0, 1, 1, 1, 1, 9], [8, 0, 0, 0, 0, 0], [2, 2, 2, 2, 2, 2]])
    held = press(weight, gel, room)
    np.testing.assert_allclose(held @ weight, gel @ weight, rtol=1e-14)
    assert (held <= room * (1 + 1e-14)).all()
    np.testing.assert_allclose(held[0, [0, 1, 2, 5]], [0, 1, 1, 2])
    np.testing.assert_allclose(held[1, 0], 2.0)
    assert (np.diff(held[1]) <= 0).all()
    assert (held[2] == gel[2]).all()


def test_c10_mass_is_kept_with_everything_at_once() -> None:
    """Gel, adsorption, packing and solids that move, in a film that dries fast."""
    xi = graded_points(50)

    def solids(t: np.ndarray) -> np.ndarray:
        density = 1 + 0.2 * t[:, None] * np.cos(np.pi * xi)
        return density / (density @ nodal_weights(xi))[:, None]

    room = np.full(51, 0.2)
    room[0] += 0.01 / nodal_weights(xi)[0]
    binding = Binding(2.0, lambda t: 1.0, 5.0, 0.5, room, bound=0.3)
    profile = migrate(
        np.linspace(0, 0.8, 81),
        lambda t: (1 - t)[:, None] * (1 + 0.1 * t[:, None] * np.cos(np.pi * xi)),
        lambda t: np.full(t.size, 0.2),
        1.0,
        50,
        capacity=lambda t: np.full(t.size, 6.0),
        dispersivity=lambda t: np.full(t.size, 0.05),
        binding=binding,
        solids=solids,
    )
    start = 1.0 + nodal_weights(xi) @ binding.equilibrium(np.ones(51))
    assert profile.mass() == pytest.approx(start, rel=1e-12)
    assert 0 < profile.gelled.max() and profile.total.max() < 6.0
    assert (profile.c > 0).all()
