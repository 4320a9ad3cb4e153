"""Liquid between solids at rest against a manufactured solution (C20 for the Richards form)."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from multiscale.fem import forms
from multiscale.records.record import FloatArray
from multiscale.stages.drying.emptying import Pores, liquid_flux
from multiscale.stages.drying.layers import Layers

ONE = np.ones(1)
PORES = Pores(1.0, 0.5 * ONE, ONE, ONE, residual=0.1, index=2.0)  # h, eps, k, p_e of 1
MU = 5.0


def spread(S: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give D and dD/dS: F = -D dS/dxi, D = (k p_e/(mu h)) S_e^(2 + 1/n)/(n (1 - S_r))."""
    n, free = PORES.index, 1 - PORES.residual
    S_e, power = (S - PORES.residual) / free, 2 + 1 / PORES.index
    scale = 1 / (MU * PORES.height * n * free)
    return scale * S_e**power, scale * power / free * S_e ** (power - 1)


def manufactured_error(cells: int, steps: int, end: float = 1.0) -> float:
    """L2 error against S = 0.6 + 0.2 exp(-t) cos(pi xi), which nothing leaves."""
    layers = Layers(np.linspace(0.0, 1.0, cells + 1))
    xi, tau = layers.xi, end / steps
    pores = replace(PORES, **{k: np.full(xi.size, getattr(PORES, k)[0]) for k in VARIED})
    room = pores.height * pores.porosity

    def wave(t: float) -> FloatArray:
        return 0.2 * math.exp(-t) * np.cos(np.pi * xi)

    S = 0.6 + wave(0.0)
    for t in np.linspace(tau, end, steps):
        slope = -0.2 * np.pi * math.exp(-t) * np.sin(np.pi * xi)
        D, dD = spread(0.6 + wave(t))
        source = -room * wave(t) - dD * slope**2 + D * np.pi**2 * wave(t)
        flux = liquid_flux(layers, pores, MU)
        ahead = layers.step(tau, room * S, S, lambda u: (room * u, room), flux, tau * source)
        assert ahead is not None
        S = ahead
    return math.sqrt(layers.weight @ (S - 0.6 - wave(end)) ** 2)


VARIED = ("porosity", "permeability", "entry_pressure")


def test_c20_liquid_converges_at_order_one_in_space_and_time() -> None:
    """Upwind in space, backward Euler in time; both are halved together, then time alone."""
    forms.start()
    together = [manufactured_error(n, n) for n in (80, 160, 320)]
    assert np.log2(np.divide(together[:-1], together[1:])) == pytest.approx([1, 1], abs=0.1)
    in_time = [manufactured_error(1600, n) for n in (5, 10, 20)]
    assert np.log2(np.divide(in_time[:-1], in_time[1:])) == pytest.approx([1, 1], abs=0.1)
