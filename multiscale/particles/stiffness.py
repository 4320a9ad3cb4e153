"""How stiff laws of force are, asked of the laws themselves: any law, in all directions.

Two spheres have six relative motions: along the normal n, two slips s, a twist and two rollings
theta about axes across n. To small ones a law answers with forces F and couples M at the contact,

    (F, M) = -S (s, theta) - D (s', theta')

and a force and a couple at the contact set the two spheres into relative motion by

    (s'', theta'') = W (F, M),   W = [1/m_i + 1/m_j + l_i^2/J_i + l_j^2/J_j    -(l_i/J_i - l_j/J_j)]
                                     [-(l_i/J_i - l_j/J_j)                      1/J_i + 1/J_j      ]

with the levers l = r and J = 2/5 m r^2. The largest eigenvalues of S W and D W are the rates of the
pair; along n they are the law's stiffness and resistance times 1/m_i + 1/m_j. For like spheres slip
counts 7/2 times as much as approach. What this means for the time step is told in `limits`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from multiscale.particles.law import PairLaw
from multiscale.particles.layout import HOME, IMAGE_SHIFT
from multiscale.particles.limits import NEIGHBOURS, Rates

if TYPE_CHECKING:
    from multiscale.particles.kernel import Kernel

Floats = NDArray[np.float64]
OVERLAP = 0.05  # the deepest one that is expected, over the smaller radius
_GAP = 1e-6  # the nearest one, likewise
_SMALL = 1e-8  # a small motion, likewise
_INSTANT = 1e-6  # of a time step, in which a slip stretches no spring
_MOST = 4000  # places at which body laws are asked
FN, FY, MX, MZ = 0, 2, 4, 6  # places in a `Response`


def of_pair_laws(
    kernel: Kernel,
    laws: Sequence[PairLaw],
    tables: tuple[Floats, ...],
    radius: Floats,
    mass: Floats,
    time_step: float,
) -> list[Rates]:
    """Give the rates of each pair law, of a particle among its neighbours.

    The law is asked about the lightest particles of each two types, pressed together by `OVERLAP`,
    and then parted again by a gap of a millionth of the smaller radius. Along the normal it is
    asked both to press on and to give way, as a contact that has yielded is stiffer then.

    Args:
        kernel: compiled laws.
        laws: pair laws, in the kernel's order.
        tables: their tables.
        radius: of the smallest particle of each type [m], shape (types,).
        mass: of the lightest particle of each type [kg], shape (types,).
        time_step: at which the laws are asked [s].
    """
    if not laws:
        return []
    pairs = _Pairs(kernel, tables, radius, mass)
    most = np.zeros((len(laws), 4, len(pairs.least)))
    for depth in (OVERLAP * pairs.least, -_GAP * pairs.least):
        most = np.maximum(most, _rates(pairs, depth, time_step))
    return [
        Rates(NEIGHBOURS * np.maximum(k, kn), NEIGHBOURS * np.maximum(c, cn), kn, cn)
        for kn, cn, k, c in most
    ]


class _Motion(NamedTuple):
    """A relative velocity of i and j: along n = e_x, slip along y, twist, rolling about z."""

    along: float = 0.0
    slip: float = 0.0
    twist: float = 0.0
    roll: float = 0.0


class _Pairs:
    """One pair of each two types, i to the right of j, with the history of its contact."""

    def __init__(
        self, kernel: Kernel, tables: tuple[Floats, ...], radius: Floats, mass: Floats
    ) -> None:
        self.kernel, self.tables = kernel, tables
        i, j = (k.ravel() for k in np.indices((len(radius), len(radius))))
        self.ri, self.rj, self.mi, self.mj = radius[i], radius[j], mass[i], mass[j]
        self.least = np.minimum(self.ri, self.rj)
        self.history = np.zeros((kernel.history, len(i)))

    def ask(
        self, overlap: Floats, motion: _Motion, scale: Floats, dt: float, keep: bool = False
    ) -> Floats:
        """Give the laws' responses to a motion [times scale m/s], shape (laws, 9, pairs)."""
        n = len(self.ri)
        X, V = np.zeros((2 * n, 4)), np.zeros((2 * n, 8))
        X[:, 3] = np.concatenate([self.ri, self.rj])
        V[:, 7] = np.concatenate([self.mi, self.mj])
        V[:, 3] = 1.0 / V[:, 7]
        X[:n, 0] = self.ri + self.rj - overlap
        V[:n, 0], V[:n, 1] = motion.along * scale, motion.slip * scale
        V[:n, 4] = motion.twist * scale * self.ri / self.least
        # Both surfaces move alike where they touch: rolling without slip.
        surface = motion.roll * scale / self.least * self.ri * self.rj / (self.ri + self.rj)
        V[:n, 6], V[n:, 6] = surface, -surface
        I, J = np.arange(n, dtype=np.int32), np.arange(n, 2 * n, dtype=np.int32)
        still, out = np.zeros((27, 3)), np.zeros((len(self.tables), 9, n))
        history = self.history if keep else self.history.copy()
        self.kernel.respond_to_pairs(
            0, n, I, J | np.int32(HOME << IMAGE_SHIFT), np.arange(n, dtype=np.uint8), history, X, V,
             np.arange(2 * n), self.tables, still, still, 0, dt, np.zeros((n, 3)), out, keep,
        )  # fmt: skip
        return out


def _rates(pairs: _Pairs, depth: Floats, dt: float) -> Floats:
    """Give k and c along n and the largest of the other motions, shape (laws, 4, pairs)."""
    still, small = _Motion(), _SMALL * pairs.least
    pairs.ask(depth, still, small, dt, keep=True)
    rest = pairs.ask(depth, still, small, dt)
    deeper = pairs.ask(depth + small, still, small, dt) - rest
    freer = rest - pairs.ask(depth - small, still, small, dt)
    nearing = pairs.ask(depth, _Motion(along=-1.0), small / dt, dt) - rest
    W = 1.0 / pairs.mi + 1.0 / pairs.mj
    k = np.maximum(deeper, freer)[:, FN] / small * W
    c = nearing[:, FN] / (small / dt) * W
    across = _across(pairs, depth, dt)
    return np.stack([k, c, *across], axis=1).clip(0.0)


def _across(pairs: _Pairs, depth: Floats, dt: float) -> tuple[Floats, Floats]:
    """Give the largest k and c of slip, rolling and twist, each of shape (laws, pairs)."""
    small, instant = _SMALL * pairs.least, _INSTANT * dt
    speed = small / dt
    matrices = []
    for motion in (_Motion(slip=1.0), _Motion(roll=1.0), _Motion(twist=1.0)):
        # A spring answers to the way, a damper to the speed, in a time step of any length.
        damped = pairs.ask(depth, motion, speed, instant) - pairs.ask(
            depth, _Motion(), speed, instant
        )
        whole = pairs.ask(depth, motion, speed, dt) - pairs.ask(depth, _Motion(), speed, dt)
        # Of a roll and a twist the unit is speed over the smaller radius.
        unit = speed if motion.slip else speed / pairs.least
        matrices.append((-(whole - damped) / (unit * dt), -damped / unit))
    (slip_k, slip_c), (roll_k, roll_c), (twist_k, twist_c) = matrices
    inertia_i, inertia_j = 0.4 * pairs.mi * pairs.ri**2, 0.4 * pairs.mj * pairs.rj**2
    turning = 1.0 / inertia_i + 1.0 / inertia_j
    W = np.empty((len(pairs.ri), 2, 2))
    W[:, 0, 0] = 1.0 / pairs.mi + 1.0 / pairs.mj
    W[:, 0, 0] += pairs.ri**2 / inertia_i + pairs.rj**2 / inertia_j
    W[:, 0, 1] = W[:, 1, 0] = -(pairs.ri / inertia_i - pairs.rj / inertia_j)
    W[:, 1, 1] = turning

    def largest(slip: Floats, roll: Floats, twist: Floats) -> Floats:
        S = np.stack([slip[:, [FY, MZ]], roll[:, [FY, MZ]]], axis=-1)  # (laws, 2, pairs, 2)
        found = np.linalg.eigvals(S.transpose(0, 2, 1, 3) @ W).real.max(axis=-1)
        return np.maximum(found, twist[:, MX] * turning)

    return largest(slip_k, roll_k, twist_k), largest(slip_c, roll_c, twist_c)


def of_body_laws(
    kernel: Kernel,
    tables: tuple[Floats, ...],
    radius: Floats,
    mass: Floats,
    low: Floats,
    high: Floats,
    time_step: float,
) -> Rates:
    """Give the rates of all body laws together, for each pair of types.

    They are asked about the lightest particle of each type, at places from one corner of the box
    to the opposite one, an eighth of a radius apart.

    Args:
        kernel: compiled laws.
        tables: of the body laws.
        radius: of the smallest particle of each type [m], shape (types,).
        mass: of the lightest particle of each type [kg], shape (types,).
        low, high: corners of the box [m], shape (3,).
        time_step: at which the laws are asked [s].
    """
    step = 0.125 * float(radius.min())
    places = int(min(np.abs(high - low).max() / step, _MOST)) + 1
    kind = np.repeat(np.arange(len(radius), dtype=np.int8), places)
    X, V = np.empty((len(kind), 4)), np.zeros((len(kind), 8))
    X[:, :3] = np.tile(np.linspace(low, high, places), (len(radius), 1))
    X[:, 3], V[:, 7] = radius[kind], mass[kind]
    V[:, 3] = 1.0 / V[:, 7]
    small = _SMALL * X[:, 3]

    def ask(X: Floats, V: Floats) -> Floats:
        out = np.zeros((len(kind), 6))
        ids = np.arange(len(kind))
        kernel.act_on_bodies(len(kind), X, V, kind, ids, tables, 0, 0.0, time_step, out)
        return out

    rest, k, c = ask(X, V), np.zeros(len(kind)), np.zeros(len(kind))
    for a in range(3):
        moved, faster, turning = X.copy(), V.copy(), V.copy()
        moved[:, a] += small
        faster[:, a] += small / time_step
        turning[:, 4 + a] += small / time_step
        k = np.maximum(k, (rest - ask(moved, V))[:, a] / small)
        c = np.maximum(c, (rest - ask(X, faster))[:, a] / (small / time_step))
        c = np.maximum(c, 2.5 * (rest - ask(X, turning))[:, 3 + a] / (small / time_step))
    # Of each type the largest, and of a pair of types the larger.
    by_type = [(each * V[:, 3]).reshape(len(radius), places).max(axis=1) for each in (k, c)]
    return Rates(*(np.maximum.outer(each, each).ravel() for each in by_type))
