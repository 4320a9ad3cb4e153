"""Adhesion of the coating to its foil, from the binder that is left there.

    F/B = sum_i k_i w_i^p,   w_i = (binder over dry mass) within one grain of the foil

An empirical proxy, not a fracture model: k and p have to be fitted to peel tests of one chemistry
on one foil. What the relation states is the trend, less hold with less binder beside the foil.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from multiscale.records.record import FloatArray
from multiscale.stages.drying.setup import Portion


def peel_force(
    portions: Sequence[Portion], relative: FloatArray, solids_mass: float, exponent: float
) -> float:
    """Give the force per width of a 90 degree peel test, N/m.

    Args:
        portions: the binders.
        relative: each binder's mass beside the foil over its mean, shape (binder,).
        solids_mass: of the dry coating, kg/m^2.
        exponent: p.
    """
    k = np.array([p.binder.adhesion for p in portions])
    content = np.array([p.mass for p in portions]) / solids_mass * relative
    return float(k @ np.maximum(content, 0.0) ** exponent)
