"""Solids and liquid of the drying film against exact solutions: cases C12 to C17 and C21."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest

from multiscale.records.record import FloatArray
from multiscale.stages.drying.consolidation import advance, consolidate, solids_flux
from multiscale.stages.drying.emptying import Pores, empty, liquid_flux
from multiscale.stages.drying.layers import Layers
from multiscale.stages.drying.skeleton import GRAVITY, PowerLawSkeleton, hindrance


@dataclass(frozen=True)
class PowerLaw:
    """k phi = mobility phi^p and Sigma = stiffness phi: D = mobility stiffness phi^p."""

    power: float = 0.0
    stiffness: float = 1.0
    close_packing: float = 1e9

    def mobility(self, phi: FloatArray) -> tuple[FloatArray, FloatArray]:
        phi = np.maximum(phi, 0.0)
        slope = self.power * phi ** (self.power - 1) if self.power else 0 * phi
        return phi**self.power, slope

    def stress(self, phi: FloatArray) -> tuple[FloatArray, FloatArray]:
        return self.stiffness * phi, self.stiffness * np.ones_like(phi)

    def weight(self) -> float:
        return 0.0

    def air_entry(self, phi: FloatArray) -> FloatArray:
        return np.full_like(phi, np.inf)


def even(cells: int) -> Layers:
    return Layers(np.linspace(0, 1, cells + 1))


def test_c12_packed_layer_grows_from_the_surface_to_the_foil() -> None:
    """C12: delta = phi_0 E t/(phi_m - phi_0) within a cell, at the foil at h_0(1 - phi_0/phi_m)/E.

    A network that is nearly rigid at phi_m = 0.6 and slack below, no weight.
    """
    h_0, E, phi_0, phi_m = 1e-4, 1e-6, 0.3, 0.6
    skeleton = PowerLawSkeleton(5e-6, 0.0, 300.0, 0.66, 1e30, 0.5995, 60.0, 1e4)
    layers = even(200)
    found = consolidate(
        layers,
        skeleton,
        np.full(201, phi_0),
        50.5,
        lambda t: h_0 - E * t,
        lambda t: 1e-3,
        100,
        0.05,
    )
    steps = np.searchsorted(found.times, [10.0, 20.0, 30.0, 40.0, 46.0])
    for time, phi in zip(found.times[steps], found.phi[steps], strict=True):
        h = h_0 - E * time
        excess = phi_0 * E * time / (phi_m - phi_0)
        above = int(np.argmax(phi > 0.45))
        front = np.interp(0.45, phi[above - 1 : above + 1], layers.xi[above - 1 : above + 1])
        assert h * (1 - front) == pytest.approx(excess, rel=0.01, abs=h / 200)
        assert phi[: above - 2] == pytest.approx(phi_0, abs=2e-3)
        assert phi[above + 2 :] == pytest.approx(phi_m, rel=0.01)
        assert h * layers.weight @ phi == pytest.approx(h_0 * phi_0, rel=1e-12)
    at_foil = np.interp(0.45, found.phi[:, 0], found.times)
    assert at_foil == pytest.approx(h_0 * (1 - phi_0 / phi_m) / E, rel=0.01)


@pytest.mark.parametrize("peclet", [0.001, 0.01, 0.05])
def test_c13_slow_drying_keeps_the_solids_even(peclet: float) -> None:
    """C13: phi/mean = 1 + (E h/D)(xi^2/2 - 1/6) at small Pe."""
    h_0, phi_0, stiffness = 1e-4, 0.3, 1.0
    E = peclet * stiffness / h_0
    layers = even(200)
    end = 0.2 * h_0 / E
    found = consolidate(
        layers, PowerLaw(0.0, stiffness), np.full(201, phi_0), end, lambda t: h_0 - E * t,
        lambda t: 1.0, 200,
    )  # fmt: skip
    phi, h = found.phi[-1], h_0 - E * end
    # D is constant here, and the film quasi-steady: phi - mean = phi (E h/D)(xi^2/2 - 1/6).
    expected = E * h / stiffness * (layers.xi**2 / 2 - 1 / 6)
    relative = phi / (layers.weight @ phi) - 1
    assert np.ptp(relative) == pytest.approx(np.ptp(expected), rel=0.01)
    assert relative == pytest.approx(expected, abs=0.01 * np.ptp(expected))


def test_c14_clear_interface_of_a_settling_suspension() -> None:
    """C14: below clear liquid the interface falls at U_0 K(phi_0) = 0.5015 U_0 for 0.1."""
    phi_0, d, drho, mu, h = 0.1, 1e-5, 1000.0, 1e-3, 1e-3
    skeleton = PowerLawSkeleton(d, drho, 300.0, 0.64, 1e30, 0.6, 4.0, 1.0)
    U_0 = drho * GRAVITY * d**2 / (18 * mu)
    layers, phi = even(400), np.full(401, phi_0)
    heights = []
    times = np.linspace(0, 0.5 * h / U_0, 401)
    for before, after in pairwise(times):
        ahead = advance(layers, skeleton, phi, before, after - before, lambda t: h, lambda t: mu)
        assert ahead is not None
        phi = ahead
        top = int(np.argmax(phi[200:] < 0.5 * phi_0)) + 200
        heights.append(
            h * np.interp(-0.5 * phi_0, -phi[top - 1 : top + 1], layers.xi[top - 1 : top + 1])
        )
    late = slice(100, None)
    speed = -np.polyfit(times[1:][late], heights[late], 1)[0]
    assert hindrance(np.array([phi_0]))[0][0] == pytest.approx(0.5015, abs=5e-5)
    assert speed / U_0 == pytest.approx(0.5015, rel=0.01)
    assert layers.weight @ phi == pytest.approx(phi_0, rel=1e-12)
    assert phi.min() > -1e-12


def test_c15_linear_consolidation_drains_as_terzaghi_says() -> None:
    """C15: degree of consolidation at T_v = 0.05, 0.197, 0.848 is 0.2523, 0.5003, 0.9000.

    Excess pressure in a layer that drains at its top: u = 0 there, by a capacity without bound.
    """
    layers = even(200)
    flux = solids_flux(layers, PowerLaw(), 1.0, 0.0, 1.0)
    capacity = np.ones(201)
    capacity[-1] = 1e12
    u, t, tau = np.ones(201), 0.0, 1e-6
    u[-1] = 0.0
    for target, degree in ((0.05, 0.2523), (0.197, 0.5003), (0.848, 0.9000)):
        while t < target - 1e-12:
            tau = min(1.02 * tau, 4e-4, target - t)
            ahead = layers.step(tau, capacity * u, u, lambda v: (capacity * v, capacity), flux)
            assert ahead is not None
            u, t = ahead, t + tau
        assert 1 - layers.weight @ u == pytest.approx(degree, rel=0.002)


def barenblatt(x: FloatArray, t: float) -> FloatArray:
    """Solution of u_t = (u^2)_xx: t^(-1/3) (C - x^2/(12 t^(2/3)))_+, with C = 1/12."""
    return t ** (-1 / 3) * np.maximum(1 / 12 - x**2 / (12 * t ** (2 / 3)), 0.0)


def test_c16_degenerate_diffusion_spreads_as_barenblatt_says() -> None:
    """C16: L1 error of order 1 at least, support growing as t^(1/3); u_t = (u^2)_xx.

    Steps shorten as the square of the cells, so that the order is that of the mesh.
    """
    errors: list[float] = []
    times = (1.0, 4.0)
    for cells in (50, 100, 200):
        layers = even(cells)
        x, u, t = 4 * layers.xi, barenblatt(4 * layers.xi, 1.0), 1.0
        flux = solids_flux(layers, PowerLaw(1.0, 2.0), 4.0, 0.0, 1.0)
        steps, reached = cells**2 // 50, []
        for _ in range(steps):
            tau = (times[1] - times[0]) / steps
            ahead = layers.step(tau, 4 * u, u, lambda v: (4 * v, np.full_like(v, 4.0)), flux)
            assert ahead is not None
            u, t = ahead, t + tau
            reached.append((t, np.interp(-1e-4, -u, x)))
        errors.append(4 * layers.weight @ np.abs(u - barenblatt(x, t)))
        assert u.min() > -1e-12
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert (orders >= 1).all(), (errors, orders)
    # On the finest mesh, where the support is 50 to 80 cells wide; it ends at t^(1/3).
    time, front = np.array(reached).T
    assert front[-1] == pytest.approx(4 ** (1 / 3), rel=0.02)
    assert np.polyfit(np.log(time), np.log(front), 1)[0] == pytest.approx(1 / 3, abs=0.01)


@dataclass(frozen=True)
class Manufactured:
    """Solids phi = 1/2 + e^(-t) cos(pi xi)/4 of a falling film, k phi = phi^2, Sigma = phi."""

    E: float = 0.1
    skeleton: PowerLaw = PowerLaw(2.0, 1.0)

    def height(self, t: float) -> float:
        return 1 - self.E * t

    def phi(self, xi: FloatArray, t: float) -> FloatArray:
        return 0.5 + 0.25 * math.exp(-t) * np.cos(np.pi * xi)

    def source(self, xi: FloatArray, t: float) -> FloatArray:
        """Give d(h phi)/dt + d/dxi [xi E phi - phi^2 phi'/h]."""
        wave = 0.25 * math.exp(-t)
        phi, h = self.phi(xi, t), self.height(t)
        slope, bend = -np.pi * wave * np.sin(np.pi * xi), -(np.pi**2) * wave * np.cos(np.pi * xi)
        kept = -self.E * phi - h * wave * np.cos(np.pi * xi)
        return kept + self.E * (phi + xi * slope) - (2 * phi * slope**2 + phi**2 * bend) / h

    def error(self, cells: int, steps: int, end: float = 0.5) -> float:
        """Give the L2 error at the end; the surface's flux, xi E phi there, is let through."""
        layers, tau = even(cells), end / steps
        xi, phi = layers.xi, self.phi(layers.xi, 0.0)
        for n in range(steps):
            t = (n + 1) * tau
            h, added = self.height(t), tau * self.source(xi, t)
            # The film's solids do not cross its surface; the manufactured ones do, by xi E phi.
            added[-1] -= tau * self.E * self.phi(xi, t)[-1] / layers.weight[-1]
            ahead = layers.step(
                tau,
                self.height(t - tau) * phi,
                phi,
                lambda v, h=h: (h * v, np.full_like(v, h)),
                solids_flux(layers, self.skeleton, h, self.E, 1.0),
                added,
            )
            assert ahead is not None
            phi = ahead
        return math.sqrt(layers.weight @ (phi - self.phi(xi, end)) ** 2)


def test_manufactured_solids_converge_at_order_two_in_space_and_one_in_time() -> None:
    """C20's claim for the solids: order 2 on the mesh, order 1 of backward Euler in time."""
    film = Manufactured()
    # Steps shorten as the square of the cells: both then give order 2.
    in_space = [film.error(n, n * n // 5) for n in (10, 20, 40)]
    assert np.log2(np.divide(in_space[:-1], in_space[1:])) == pytest.approx([2, 2], abs=0.1)
    in_time = [film.error(200, n) for n in (10, 20, 40)]
    assert np.log2(np.divide(in_time[:-1], in_time[1:])) == pytest.approx([1, 1], abs=0.1)


@pytest.mark.parametrize(
    ("stefan", "expected"), [(0.1, 0.220016), (0.5, 0.464786), (1.0, 0.620063), (2.0, 0.800601)]
)
def test_c17_front_of_the_one_phase_stefan_problem(stefan: float, expected: float) -> None:
    """C17: s = 2 lambda sqrt(t) by the same forms on a layer that grows, within 1e-3.

    u is 1 at the wall and 0 at the front, by capacities without bound; ds/dt = -St du/dx there.
    """
    layers = even(200)
    inner = np.ones(201)
    inner[[0, -1]] = 0.0
    held = 1e9 * (1 - inner)
    # A front that starts 5 % off forgets that as 1/t.
    t, s, tau = 1e-3, 1.05 * 2 * expected * math.sqrt(1e-3), 5e-6
    u, ds = 1 - layers.xi, 0.0
    while t < 1.0 - 1e-12:
        tau = min(3e-3 * t, 1.0 - t)
        for _ in range(3):
            after = s + ds
            flux = solids_flux(layers, PowerLaw(), after, -ds / tau, 1.0)
            content = inner * after + held
            ahead = layers.step(
                tau, (inner * s + held) * u, u, lambda v, c=content: (c * v, c), flux
            )
            assert ahead is not None
            # To second order at the front.
            slope = (4 * ahead[-2] - ahead[-3]) / (2 * layers.width[-1])
            ds = stefan * slope / after * tau
        u, t, s = ahead, t + tau, s + ds
    assert s / (2 * math.sqrt(t)) == pytest.approx(expected, rel=1e-3)


def _celia() -> tuple[float, float, float, float, float]:
    """Residual and full water content, alpha (1/m), n, conductivity (m/s) of the 1990 column."""
    return 0.102, 0.368, 3.35, 2.0, 9.22e-5


def _celia_content(psi: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Water content of van Genuchten, and its derivative by the head."""
    low, full, alpha, n, _ = _celia()
    m, a = 1 - 1 / n, (alpha * np.abs(psi)) ** n
    theta = low + (full - low) * (1 + a) ** -m
    return theta, (full - low) * m * n * a / np.abs(psi) * (1 + a) ** (-m - 1)


def _celia_conductivity(psi: FloatArray) -> tuple[FloatArray, FloatArray]:
    _, _, alpha, n, K = _celia()
    m = 1 - 1 / n

    def k(psi: FloatArray) -> FloatArray:
        a = alpha * np.abs(psi)
        return K * (1 - a ** (n - 1) * (1 + a**n) ** -m) ** 2 / (1 + a**n) ** (m / 2)

    step = 1e-6 * np.abs(psi)
    return k(psi), (k(psi + step) - k(psi - step)) / (2 * step)


def test_c21_infiltration_column_keeps_its_mass() -> None:
    """C21: Celia's column of 1 m, -10 m below -0.75 m, for a day: mass ratio 1 within 1e-6.

    The wetting front stands about 0.6 m deep at the end of the day, as published.
    """
    layers = even(100)
    psi, wet = np.full(101, -10.0), -0.75
    psi[-1] = wet
    hold = np.ones(101)
    start = _celia_content(psi)[0]
    taken, t, tau = 0.0, 0.0, 10.0

    def content(u: FloatArray) -> tuple[FloatArray, FloatArray]:
        theta, slope = _celia_content(np.minimum(u, -1e-3))
        # The head at the top is given, by a capacity without bound.
        return np.append(theta[:-1], 1e9 * u[-1]), np.append(slope[:-1], 1e9) * hold

    def flux(u: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        u = np.minimum(u, -1e-3)
        K, dK = _celia_conductivity(u)
        mean, gradient = 0.5 * (K[1:] + K[:-1]), np.diff(u) / layers.width + 1
        return (
            -mean * gradient,
            -0.5 * dK[:-1] * gradient + mean / layers.width,
            -0.5 * dK[1:] * gradient - mean / layers.width,
        )

    while t < 86400 - 1e-6:
        tau = min(tau, 300.0, 86400 - t)
        ahead = layers.step(tau, content(psi)[0], psi, content, flux, bounds=(-20.0, 0.0))
        if ahead is None:
            tau *= 0.5
            continue
        psi, t = ahead, t + tau
        taken -= tau * float(flux(psi)[0][-1])
        tau *= 1.3
    gained = layers.weight[:-1] @ (_celia_content(psi)[0] - start)[:-1]
    assert gained / taken == pytest.approx(1, abs=1e-6)
    front = float(layers.xi[np.argmax(psi > -5.0)])
    assert 0.3 < front < 0.5


def test_pores_empty_evenly_while_capillarity_is_strong() -> None:
    """S stays even and the flux is E xi where p_c exceeds Darcy's loss by far (C11)."""
    layers, h, eps = even(100), 9e-5, 0.5
    n = np.ones(101)
    pores = Pores(h, eps * n, 1e-13 * n, 3e4 * n, 0.1, 4.0)
    E = 1e-6
    room = h * eps
    found = empty(layers, pores, 0.0, 30.0, lambda t: room - E * t, lambda t: 1e-3, 50)
    for t, S in zip(found.times, found.saturation, strict=True):
        assert layers.weight @ S * room == pytest.approx(room - E * t, rel=1e-11)
        assert np.ptp(S) < 2e-3
    assert not found.cut_off
    S = found.saturation[found.times.size // 2]
    q = liquid_flux(layers, pores, 1e-3)(S)[0]
    assert q == pytest.approx(E * layers.middle, rel=2e-2)


def test_slow_pores_lose_their_surface_first() -> None:
    """Where Darcy's loss exceeds capillarity the surface dries while the foil is wet."""
    layers, n = even(100), np.ones(101)
    pores = Pores(9e-5, 0.5 * n, 1e-17 * n, 3e4 * n, 0.1, 4.0)
    found = empty(layers, pores, 0.0, 30.0, lambda t: 4.5e-5 - 1e-6 * t, lambda t: 1e-2, 50)
    S, end = found.saturation[-1], found.times[-1]
    assert found.cut_off and end < 20
    assert S[0] > 0.5 and S[-1] == pytest.approx(pores.residual, abs=2e-3)
    assert (np.diff(S) <= 0).all()
    assert layers.weight @ S * 4.5e-5 == pytest.approx(4.5e-5 - 1e-6 * end, rel=1e-10)
