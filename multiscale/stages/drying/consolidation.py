"""Solids of the shrinking film: settling, osmotic pressure, and a network that yields.

On xi = z/h the thickness density h phi of the solids obeys, with the film's rate of fall E,

    d(h phi)/dt + d/dxi [xi E phi - (k phi/mu) (1/h dSigma/dxi + drho g phi)] = 0,

zero flux at foil and surface: one degenerate nonlinear diffusion, which is Routh and Zimmerman's
film where Sigma is osmotic and a consolidation front where it is a yield stress [Routh2004,
Buscall1987]. Fluxes: central for the fall of the surface, Engquist and Osher's for settling, the
mean mobility for the stress, which spreads by no less than upwinding would (`solids_flux`): of
order 2 where the mesh resolves the profile, without overshoot where it does not. Steps follow the
change of phi; air entry ends them, located by root finding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from multiscale.errors import StageFailed
from multiscale.records.record import FloatArray
from multiscale.stages.drying.layers import Flux, Layers, Thickness
from multiscale.stages.drying.skeleton import SETTLES_FASTEST

Scalar = Callable[[float], float]
SMALLEST_STEP = 1e-9  # of the longest


class Resistance(Protocol):
    """What the solids resist with; see `skeleton.Skeleton`."""

    @property
    def close_packing(self) -> float: ...

    def mobility(self, phi: FloatArray) -> tuple[FloatArray, FloatArray]: ...

    def stress(self, phi: FloatArray) -> tuple[FloatArray, FloatArray]: ...

    def weight(self) -> float: ...

    def air_entry(self, phi: FloatArray) -> FloatArray: ...


@dataclass(frozen=True)
class Consolidation:
    """Solids over time.

    Attributes:
        times: s.
        phi: at the nodes, shape (times, nodes).
        entry: time at which air enters, s; the last time where it does not.
        entered: whether it does.
    """

    times: FloatArray
    phi: FloatArray
    entry: float
    entered: bool


def consolidate(
    layers: Layers,
    skeleton: Resistance,
    phi: FloatArray,
    end: float,
    height: Scalar,
    viscosity: Scalar,
    steps: int,
    change: float = 0.02,
) -> Consolidation:
    """Follow the solids until air enters the pores, or to the end.

    Args:
        layers: mesh of the thickness.
        skeleton: what the solids resist with.
        phi: solid fraction at the start, at the nodes.
        end: s.
        height: h(t), m.
        viscosity: mu(t) of the liquid, Pa s.
        steps: least number of time steps.
        change: largest change of phi that a step aims at.

    Raises:
        StageFailed: a step finds no solution at any length.
    """
    longest = end / steps
    t, tau = 0.0, 0.1 * longest
    times, states = [t], [phi]
    while t < end * (1 - 1e-12):
        tau = min(tau, longest, end - t)
        ahead = advance(layers, skeleton, phi, t, tau, height, viscosity)
        moved = np.inf if ahead is None else float(np.abs(ahead - phi).max())
        if ahead is None or moved > 2 * change:
            tau *= 0.5
            if tau < SMALLEST_STEP * longest:
                raise StageFailed(
                    f"the solids find no place at {t:.4g} s of drying, {phi[-1]:.3f} of the volume "
                    "at the surface; raise drying.solids.close_packing or lower its exponent"
                )
            continue
        if margin(skeleton, ahead) >= 0:
            tau, ahead = _locate(layers, skeleton, phi, t, tau, height, viscosity)
            return Consolidation(
                np.array([*times, t + tau]), np.array([*states, ahead]), t + tau, True
            )
        t, phi = t + tau, ahead
        times.append(t)
        states.append(phi)
        tau *= min(2.0, 0.9 * change / max(moved, 1e-12))
    return Consolidation(np.array(times), np.array(states), t, False)


def margin(skeleton: Resistance, phi: FloatArray) -> float:
    """Give Sigma - p_e at the surface over p_e: at 0 the liquid's suction draws in air.

    The network at the surface carries all of the liquid's suction, as the film bears no load.
    """
    top = phi[-1:]
    return float((skeleton.stress(top)[0] / np.maximum(skeleton.air_entry(top), 1e-300) - 1)[0])


def advance(
    layers: Layers,
    skeleton: Resistance,
    phi: FloatArray,
    t: float,
    tau: float,
    height: Scalar,
    viscosity: Scalar,
) -> FloatArray | None:
    """Take one step from phi at t; None where it finds no solution. Arguments as `consolidate`."""
    before, after = height(t), height(t + tau)
    fall = (before - after) / tau
    flux = solids_flux(layers, skeleton, after, fall, viscosity(t + tau))
    guess = np.minimum(phi * before / after, 0.5 * (phi + skeleton.close_packing))
    ones = np.ones_like(phi)
    return layers.step(
        tau,
        before * phi,
        guess,
        lambda u: (after * u, after * ones),
        flux,
        bounds=(-1e-9, skeleton.close_packing),
    )


def solids_flux(
    layers: Thickness,
    skeleton: Resistance,
    h: FloatArray | float,
    E: FloatArray | float,
    mu: FloatArray | float,
) -> Flux:
    """Give the flux of solids through the cells as a function of phi at the nodes.

    For one film, or for columns side by side: phi of shape (nodes, columns), the rest (columns,).

    Central differences overshoot where a cell's stress spreads less than the fall carries; there
    the fall's own upwind spreading stands in, which is larger [Spalding1972]:

        G = xi E (phi_l + phi_r)/2 - larger of [k phi/(mu h) dSigma/dxi, |xi E| (phi_r - phi_l)/2]

    Args:
        layers: mesh of the thickness.
        skeleton: what the solids resist with.
        h: height, m.
        E: rate of fall of the surface, m/s.
        mu: viscosity, Pa s.
    """
    carried = 0.5 * layers.middle * E
    upwind = np.abs(carried)
    drag = 1 / (mu * h * layers.width)
    sinking = skeleton.weight() / mu

    def flux(phi: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        K, dK = skeleton.mobility(phi)
        S, dS = skeleton.stress(phi)
        mean, rise = 0.5 * (K[1:] + K[:-1]), np.diff(S, axis=0)
        by_stress, by_upwind = drag * mean * rise, upwind * np.diff(phi, axis=0)
        # Sigma rises with phi: both spread downhill, and the larger is that of larger size.
        resolved = np.abs(by_stress) >= np.abs(by_upwind)
        spread = np.where(resolved, by_stress, by_upwind)
        from_below = np.where(resolved, drag * (0.5 * dK[:-1] * rise - mean * dS[:-1]), -upwind)
        from_above = np.where(resolved, drag * (0.5 * dK[1:] * rise + mean * dS[1:]), upwind)
        G = carried * (phi[:-1] + phi[1:]) - spread
        left, right = carried - from_below, carried - from_above
        if skeleton.weight():
            down, below, above = _settling(skeleton, phi)
            G, left, right = G - sinking * down, left - sinking * below, right - sinking * above
        return G, left, right

    return flux


def _settling(skeleton: Resistance, phi: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give what settles through the cells, phi (k phi), and its derivatives below and above.

    Where more solids settle faster the cell above decides, where they hinder the one below.
    """
    peak = np.full(1, SETTLES_FASTEST)
    most = float((peak * skeleton.mobility(peak)[0])[0])
    K, dK = skeleton.mobility(phi)
    f, slope = phi * K, K + phi * dK
    thin = phi < SETTLES_FASTEST
    from_above = np.where(thin, f, most)
    from_below = np.where(thin, most, f)
    return (
        from_above[1:] + from_below[:-1] - most,
        np.where(thin, 0.0, slope)[:-1],
        np.where(thin, slope, 0.0)[1:],
    )


def _locate(
    layers: Layers,
    skeleton: Resistance,
    phi: FloatArray,
    t: float,
    tau: float,
    height: Scalar,
    viscosity: Scalar,
) -> tuple[float, FloatArray]:
    """Find the step at whose end air enters, and phi there."""
    from scipy.optimize import brentq

    def state(length: float) -> FloatArray:
        ahead = advance(layers, skeleton, phi, t, length, height, viscosity)
        if ahead is None:
            raise StageFailed(
                f"the solids find no place as air enters at {t:.4g} s of drying; "
                "raise drying.solids.close_packing"
            )
        return ahead

    low = 1e-9 * tau
    if margin(skeleton, phi) >= 0:
        return low, state(low)
    found = float(brentq(lambda s: margin(skeleton, state(s)), low, tau, xtol=1e-9 * tau))
    return found, state(found)
