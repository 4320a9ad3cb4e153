"""Flux of free binder that is crowded by all binder around it, gelled and adsorbed included.

Its chains have the chemical potential ln c + mu(theta), theta = binder/capacity:

    J = F c - kappa (dc/dx + c dmu/dx),   mu = 1/(1 - theta) - ln(1 - theta)

Where all binder is free and theta in proportion to c this is F c - kappa Z' dc/dx with the osmotic
compressibility Z' = d/dtheta [theta/(1 - theta)] = 1/(1 - theta)^2 of [Routh2004]. Where something
else fills the room mu drives the free chains away from there, however few they are.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from multiscale.fem.fitted import fitted
from multiscale.records.record import FloatArray


class Crowded(NamedTuple):
    """Flux along the edges of a mesh, G = v (c_l + c_r)/2 - kappa (c_r - c_l)/width.

    A Newton step d changes it by v (d_l + d_r)/2 - kappa (d_r - d_l)/width + left d_l - right d_r.

    Attributes:
        v: velocity of the free chains, F - kappa dmu/dx.
        kappa: diffusivity, fitted to it.
        left, right: how G follows the crowding at both ends.
    """

    v: FloatArray
    kappa: FloatArray
    left: FloatArray
    right: FloatArray


class Ends(NamedTuple):
    """The two ends of each edge."""

    left: FloatArray
    right: FloatArray


def potential(theta: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give mu and its derivative (2 - theta)/(1 - theta)^2 at theta < 1."""
    free = 1 - theta
    return 1 / free - np.log(free), (1 + free) / free**2


def crowded(
    kappa: FloatArray, F: FloatArray, width: FloatArray, c: Ends, theta: Ends, per_c: Ends
) -> Crowded:
    """Give the flux of each edge and what a Newton step makes of it.

    Args:
        kappa: diffusivity of dilute binder, m/s.
        F: flow of the solution, m/s.
        width: of the edges.
        c: binder per volume of solution, kg/m^3.
        theta: share of its room that binder fills.
        per_c: dtheta/dc.
    """
    (mu_l, slope_l), (mu_r, slope_r) = potential(theta.left), potential(theta.right)
    v = F - kappa * (mu_r - mu_l) / width
    spread, by_kappa = fitted(kappa, v, width)
    # The fitted diffusivity is homogeneous of degree 1 in kappa and v.
    by_v = (spread - kappa * by_kappa) / np.where(v == 0, 1.0, v)
    answer = (0.5 * (c.left + c.right) - by_v * (c.right - c.left) / width) * kappa / width
    return Crowded(v, spread, answer * slope_l * per_c.left, answer * slope_r * per_c.right)
