"""Random numbers that depend on what they are for, not on who asks or when: Philox 4x32-10.

A counter-based generator has no state: it scrambles a counter with a key, ten rounds of two
32-bit products each. The counter holds the time step and the identities of the two particles, so
that every rank, and either particle of a pair, gets the same numbers. [Salmon2011]

One call gives 128 bits: six uniform numbers of 21 bits. They are uniform and not normal: of the
noise in an equation of motion only the first two moments count as the step goes to zero, and after
the many steps in which a velocity relaxes their sum is normal [DunwegPaul1991]; a normal number
would cost a logarithm and a cosine.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from multiscale.particles.law import INLINE

_MASK = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)

_BITS = 21
_FIELD = np.uint64((1 << _BITS) - 1)
_STEP1, _STEP2 = np.uint64(_BITS), np.uint64(2 * _BITS)
_LEFT, _ODD = np.uint64(1), np.uint64(1)
_MAGIC = np.uint64(0x4330000000000000)  # the bits of 2^52: an integer below it, or-ed in, adds up
_MAGIC_CENTRE = float(2**52 + 2**_BITS)
_SCALE = math.sqrt(3.0 / (4.0**_BITS - 1.0))  # the odd numbers up to 2^21 get the variance 1


@njit(**INLINE)
def philox(c0, c1, c2, c3, k0, k1):  # type: ignore[no-untyped-def]
    """Scramble a counter of four 32-bit words with a key of two (all held in uint64)."""
    for _ in range(10):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0, c1, c2, c3 = (
            (p1 >> _HALF) ^ c1 ^ k0,
            p1 & _MASK,
            (p0 >> _HALF) ^ c3 ^ k1,
            p0 & _MASK,
        )
        k0 = (k0 + _W0) & _MASK
        k1 = (k1 + _W1) & _MASK
    return c0, c1, c2, c3


@njit(**INLINE)
def centred(bits):  # type: ignore[no-untyped-def]
    """Turn the low 21 bits into a number of mean 0 and variance 1, uniform in (-sqrt 3, sqrt 3)."""
    odd = ((bits & _FIELD) << _LEFT) | _ODD
    return _SCALE * (np.uint64(odd | _MAGIC).view(np.float64) - _MAGIC_CENTRE)


@njit(**INLINE)
def noise(seed, stream, step, first, second):  # type: ignore[no-untyped-def]
    """Give six independent numbers of mean 0 and variance 1, uniform in (-sqrt 3, sqrt 3).

    Args:
        seed, stream: key; which realisation, and which use (0 to 2^32 - 1 each).
        step: number of the time step.
        first, second: identities, of which 32 bits count.
    """
    step = np.uint64(step)
    r0, r1, r2, r3 = philox(
        np.uint64(first) & _MASK,
        np.uint64(second) & _MASK,
        step & _MASK,
        step >> _HALF,
        np.uint64(seed),
        np.uint64(stream),
    )
    low, high = (r0 << _HALF) | r1, (r2 << _HALF) | r3
    return (
        centred(low),
        centred(low >> _STEP1),
        centred(low >> _STEP2),
        centred(high),
        centred(high >> _STEP1),
        centred(high >> _STEP2),
    )
