"""Tension of the drying film and the thickness beyond which it may crack.

The liquid between the grains is under suction: Sigma where the pores are full, S p_c where they
empty. The foil does not let the film shrink sideways, so that the mean of the suction over the
thickness is the film's tension, about. A film cracks when that relieves more energy than it costs
[Tirumkudulu2005]:

    h_c = 0.41 [G M phi_m R^3/(2 sigma)]^(1/2)

A bound for bare spheres; binder and additive between them are left out.
"""

from __future__ import annotations

import math

import numpy as np

from multiscale.records.record import FloatArray
from multiscale.stages.drying.column import Column
from multiscale.stages.drying.emptying import Pores
from multiscale.stages.drying.skeleton import Skeleton

LAST_FLOWING = 0.01  # S_e
CONTACTS = 6  # M, of a grain in a random packing


def film_tension(column: Column, skeleton: Skeleton, pores: Pores, t: FloatArray) -> FloatArray:
    """Give the film's tension at times t (s), Pa, shape (t.size,).

    Args:
        column: solids and liquid.
        skeleton: of the grains.
        pores: of the film at rest.
        t: s.
    """
    S = column.saturation(t)
    # All binder counts as solid where the solids carry stress.
    film = column.history.film
    packed = film.solids_volume / (film.solids_volume - column.moving)
    full = skeleton.stress(packed * column.solids(t))[0]
    # What no longer flows hangs in bridges; their suction is that of the last liquid that did.
    flowing = pores.residual + LAST_FLOWING * (1 - pores.residual)
    emptied = S * pores.suction(np.maximum(S, flowing))[0]
    tension = np.where((t < column.entry)[:, None], full, emptied)
    return np.asarray(column.mean(tension))


def critical_thickness(
    modulus: float, close_packing: float, diameter: float, tension: float
) -> float:
    """Give h_c, m, beyond which a film of spheres may crack.

    Args:
        modulus: shear modulus G of the grains, Pa.
        close_packing: phi_m.
        diameter: 2 R, m.
        tension: surface tension sigma, N/m.
    """
    R = 0.5 * diameter
    return 0.41 * math.sqrt(modulus * CONTACTS * close_packing * R**3 / (2 * tension))
