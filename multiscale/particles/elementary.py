"""Elementary functions that the compiler turns into vector instructions.

A call of the C library's `log` or `atan` keeps LLVM from vectorising the loop around it; these are
polynomials behind a reduction of the argument, without a branch.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from multiscale.particles.law import INLINE

_MANTISSA = np.int64(0x000FFFFFFFFFFFFF)
_ONE = np.int64(0x3FF0000000000000)  # the bits of 1.0
_MAGIC = np.int64(0x4330000000000000)  # the bits of 2^52: an integer below it, or-ed in, adds up
_MAGIC_BIAS = 4503599627370496.0 + 1023.0
_LN2 = math.log(2.0)
_SQRT2 = math.sqrt(2.0)


@njit(**INLINE)
def log(x):  # type: ignore[no-untyped-def]
    """Give ln x of a normal, positive x to 2e-11 absolute.

    x = 2^e m with m in [1/sqrt 2, sqrt 2); ln m = 2 artanh t with t = (m - 1)/(m + 1).
    """
    bits = np.float64(x).view(np.int64)
    e = np.int64((bits >> 52) | _MAGIC).view(np.float64) - _MAGIC_BIAS
    m = np.int64((bits & _MANTISSA) | _ONE).view(np.float64)
    high = m > _SQRT2
    m = 0.5 * m if high else m
    e = e + 1.0 if high else e
    t = (m - 1.0) / (m + 1.0)
    q = t * t
    s = 1.0 + q * (1 / 3 + q * (1 / 5 + q * (1 / 7 + q * (1 / 9 + q * (1 / 11)))))
    return e * _LN2 + 2.0 * t * s


@njit(**INLINE)
def arctan(x):  # type: ignore[no-untyped-def]
    """Give arctan x of x in [0, 3] to 1e-9 absolute.

    The angle is quartered by t = tan(angle/2) = x/(1 + sqrt(1 + x^2)), twice; then the series.
    """
    t = x / (1.0 + math.sqrt(1.0 + x * x))
    t = t / (1.0 + math.sqrt(1.0 + t * t))
    q = -t * t
    s = 1 / 9 + q * (1 / 11 + q * (1 / 13 + q * (1 / 15)))
    return 4.0 * t * (1.0 + q * (1 / 3 + q * (1 / 5 + q * (1 / 7 + q * s))))
