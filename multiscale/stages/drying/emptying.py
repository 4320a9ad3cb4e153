"""Pores that empty: Darcy flow of the solution under capillarity, in a skeleton that rests.

    h eps dS/dt + dF/dxi = 0,   F = -(k k_rl/mu) d(-p_c)/dxi / h                    [Richards1931]
    p_c = p_e S_e^(-1/n),  k_rl = S_e^(3 + 2/n),  S_e = (S - S_r)/(1 - S_r)         [Brooks1964]

with p_e of the pores at each height: finer pores keep their liquid longer. The unknown is S, whose
content is linear in it, so that mass is kept whatever Newton's method leaves. The solvent leaves at
the surface as long as liquid reaches it. Once the saturation there falls to S_r it is cut off, and
what is left dries where it is: `Film.dry_layer` has the vapour's way out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from multiscale.errors import StageFailed
from multiscale.records.record import FloatArray
from multiscale.stages.drying.consolidation import SMALLEST_STEP, Scalar
from multiscale.stages.drying.layers import Flux, Layers, Thickness
from multiscale.stages.drying.skeleton import Skeleton

LOCATED = 1e-3  # of S, within which the cut-off of the surface is found
NEARLY_RESIDUAL = 1e-3  # S_e below which p_c goes on along its tangent


@dataclass(frozen=True)
class Pores:
    """Pores of the film at rest, or of columns side by side: (nodes, columns) for (nodes,).

    Attributes:
        height: h, m.
        porosity: eps beside the resting solids, at the nodes.
        permeability: k, m^2, at the nodes.
        entry_pressure: p_e, Pa, at the nodes.
        residual: S_r, saturation below which liquid is no longer connected.
        index: n of the pores' size distribution; large where they are alike.
    """

    height: FloatArray | float
    porosity: FloatArray
    permeability: FloatArray
    entry_pressure: FloatArray
    residual: float
    index: float

    def effective(self, S: FloatArray) -> FloatArray:
        """Give S_e, not below where p_c is continued."""
        return np.maximum((S - self.residual) / (1 - self.residual), NEARLY_RESIDUAL)

    def suction(self, S: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give p_c, Pa, and its derivative by S."""
        S_e = self.effective(S)
        p_c = self.entry_pressure * S_e ** (-1 / self.index)
        slope = -p_c / (self.index * S_e * (1 - self.residual))
        beyond = (S - self.residual) / (1 - self.residual) - S_e
        return p_c + slope * (1 - self.residual) * beyond, slope

    def conductance(self, S: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give k k_rl, m^2, and its derivative by S."""
        S_e = self.effective(S)
        power = 3 + 2 / self.index
        k = self.permeability * S_e**power
        return k, np.where(S_e > NEARLY_RESIDUAL, power * k / S_e / (1 - self.residual), 0.0)


@dataclass(frozen=True)
class Emptying:
    """Liquid over time.

    Attributes:
        times: s.
        saturation: at the nodes, shape (times, nodes).
        cut_off: whether the surface lost its liquid; that ends the last step.
    """

    times: FloatArray
    saturation: FloatArray
    cut_off: bool


def pores_of(
    skeleton: Skeleton,
    phi: FloatArray,
    porosity: FloatArray,
    height: FloatArray | float,
    residual: float,
    index: float,
) -> Pores:
    """Find the pores between solids at rest.

    Args:
        skeleton: grains.
        phi: solid fraction, all binder included, at the nodes.
        porosity: eps, what the solution can fill, at the nodes.
        height: m.
        residual: S_r.
        index: n.
    """
    entry = skeleton.air_entry(phi)
    return Pores(height, porosity, skeleton.permeability(phi), entry, residual, index)


def empty(
    layers: Layers,
    pores: Pores,
    start: float,
    end: float,
    liquid: Scalar,
    viscosity: Scalar,
    steps: int,
    change: float = 0.02,
) -> Emptying:
    """Follow the liquid from full pores to the end, or until the surface is cut off.

    Args:
        layers: mesh of the thickness.
        pores: at rest.
        start: s.
        end: s.
        liquid: thickness of all solution in the film, m, over time; what it loses evaporates.
        viscosity: mu(t), Pa s.
        steps: least number of time steps.
        change: largest change of S that a step aims at.

    Raises:
        StageFailed: a step finds no solution at any length.
    """
    room = pores.height * pores.porosity
    S, t = np.full_like(room, liquid(start) / float(layers.weight @ room)), start

    def advance(tau: float) -> FloatArray | None:
        loss = np.zeros_like(room)
        loss[-1] = (liquid(t) - liquid(t + tau)) / layers.weight[-1]
        flux = liquid_flux(layers, pores, viscosity(t + tau))
        return layers.step(tau, room * S, S, lambda u: (room * u, room), flux, source=-loss)

    longest = (end - start) / steps
    tau = 0.01 * longest
    times, states = [t], [S]
    while t < end * (1 - 1e-12):
        tau = min(tau, longest, end - t)
        ahead = advance(tau)
        moved = np.inf if ahead is None else float(np.abs(ahead - S).max())
        below = 0.0 if ahead is None else pores.residual - float(ahead[-1])
        if ahead is None or moved > 2 * change or below > LOCATED:
            # A step that would pass the cut-off is cut where its tangent meets it.
            share = 0.5
            if ahead is not None and below > LOCATED and moved < 4 * change:
                share = float((S[-1] - pores.residual) / (S[-1] - ahead[-1]))
            tau *= min(max(share, 0.1), 0.9)
            if tau < SMALLEST_STEP * longest:
                raise StageFailed(
                    f"the liquid finds no way through the pores at {t:.4g} s of drying; "
                    "raise drying.steps"
                )
            continue
        t, S = t + tau, ahead
        times.append(t)
        states.append(S)
        if below > -LOCATED:
            return Emptying(np.array(times), np.array(states), True)
        tau *= min(2.0, 0.9 * change / max(moved, 1e-12))
    return Emptying(np.array(times), np.array(states), False)


def liquid_flux(layers: Thickness, pores: Pores, mu: FloatArray | float) -> Flux:
    """Give the flux of liquid through the cells as a function of S at the nodes.

    For one film, or for columns side by side: S of shape (nodes, columns), mu (columns,).

    Args:
        layers: mesh of the thickness.
        pores: at rest.
        mu: viscosity, Pa s.
    """
    drag = 1 / (mu * pores.height * layers.width)

    def flux(S: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        p, dp = pores.suction(S)
        k, dk = pores.conductance(S)
        rise = -np.diff(p, axis=0)  # of the liquid's pressure
        # What leaves a layer is what that layer lets pass: a dried layer gives nothing.
        up = rise < 0
        mean = np.where(up, k[:-1], k[1:])
        G = -drag * mean * rise
        left = -drag * (np.where(up, dk[:-1], 0.0) * rise + mean * dp[:-1])
        right = -drag * (np.where(up, 0.0, dk[1:]) * rise - mean * dp[1:])
        return G, left, right

    return flux
