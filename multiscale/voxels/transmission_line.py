"""Impedance of layers in series that conduct ions along and store charge: a transmission line."""

from __future__ import annotations

from typing import Any

import numpy as np

type Array = np.ndarray[Any, np.dtype[np.float64]]
type Complex = np.ndarray[Any, np.dtype[np.complex128]]


def transmission_line(omega: Array, resistance: Array, capacitance: Array) -> Complex:
    """Compute the impedance of a blocking electrode, seen from the separator.

    With Z' what lies between a layer and the foil, and Y = 1/Z' (0 at the foil),

        g = sqrt(i w R C),    z = R / g,    Z = z (1 + z Y tanh g) / (z Y + tanh g)

    which is exact for a uniform layer; for one layer it is R coth(g)/g [deLevie1963].

    Args:
        omega: angular frequencies [1/s], positive.
        resistance: ionic resistance of each layer, foil first [Ohm m^2].
        capacitance: double layer of each layer [F/m^2].

    Returns:
        Z at each frequency [Ohm m^2].
    """
    admittance = np.zeros(np.shape(omega), complex)
    for r, c in zip(resistance, capacitance, strict=True):
        g = np.sqrt(1j * np.asarray(omega) * r * c)
        z, t = r / g, np.tanh(g)
        admittance = (z * admittance + t) / (z * (1 + z * admittance * t))
    return np.asarray(1 / admittance)


def low_frequency_resistance(resistance: Array, capacitance: Array) -> float:
    """Compute Re Z(w -> 0) of the same electrode: the current I grows from the foil on.

        R_0 = sum_l R_l (I_l^2 + I_l I_l+1 + I_l+1^2)/3,    I_l+1 - I_l = C_l / sum C

    Args:
        resistance, capacitance: as for `transmission_line`.
    """
    i = np.concatenate(([0.0], np.cumsum(capacitance))) / np.sum(capacitance)
    low, high = i[:-1], i[1:]
    return float((resistance * (low**2 + low * high + high**2) / 3).sum())
