"""Particles as a user gives and gets them, and as the engine holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
_SPARE = 1.1  # rows for forces over need: the lists change


@dataclass(frozen=True)
class Particles:
    """Spheres, one row each, in the order of their identities.

    Attributes:
        position: centres [m], shape (n, 3).
        radius: [m], shape (n,).
        mass: [kg], shape (n,); or give `density` to `spheres`.
        type: index of the type of each, shape (n,).
        velocity: [m/s], shape (n, 3).
        spin: angular velocity omega [rad/s], shape (n, 3).
        id: global identities, not negative, shape (n,).
    """

    position: Floats
    radius: Floats
    mass: Floats
    type: NDArray[np.int8]
    velocity: Floats
    spin: Floats
    id: Integers
    types: tuple[str, ...] = ("solid",)

    def __len__(self) -> int:
        return len(self.radius)

    @property
    def volume(self) -> float:
        """Volume of all spheres [m3]."""
        return float(np.sum(4 / 3 * np.pi * self.radius**3))


def spheres(
    position: Any,
    radius: Any,
    *,
    density: float | Mapping[str, float] = 1.0,
    type: Sequence[str] | None = None,
    mass: Any = None,
    velocity: Any = None,
    spin: Any = None,
) -> Particles:
    """Make particles of arrays; one value stands for all.

    Args:
        position: centres [m], shape (n, 3).
        radius: [m].
        density: [kg/m3], of all or of each type; `mass` [kg] instead, where it is fictitious.
        type: name of the type of each particle; None: all are "solid".
        velocity: [m/s], shape (n, 3). None: at rest.
        spin: [rad/s], shape (n, 3). None: none.

    Raises:
        ValueError: shapes do not match, or a density for a type is missing.
    """
    x = np.array(position, float).reshape(-1, 3)
    n = len(x)
    names = ("solid",) if type is None else tuple(dict.fromkeys(type))
    kind = np.zeros(n, np.int8)
    if type is not None:
        kind = np.array([names.index(t) for t in type], np.int8)
    r = np.broadcast_to(np.asarray(radius, float), (n,)).copy()
    if mass is None:
        values = density if isinstance(density, Mapping) else dict.fromkeys(names, density)
        rho = np.array([values[t] for t in names])
        mass = rho[kind] * 4 / 3 * np.pi * r**3
    return Particles(
        x,
        r,
        np.broadcast_to(np.asarray(mass, float), (n,)).copy(),
        kind,
        np.zeros((n, 3)) if velocity is None else np.array(velocity, float).reshape(n, 3),
        np.zeros((n, 3)) if spin is None else np.array(spin, float).reshape(n, 3),
        np.arange(n, dtype=np.int64),
        names,
    )


@dataclass
class State:
    """The hot arrays of one rank; see `layout`. Rows beyond n are ghosts.

    P holds what a law keeps for each particle and moves along with it; the first column is then the
    radius as it was made. Most laws keep nothing: P has no columns.
    """

    n: int
    X: Floats
    V: Floats
    A: NDArray[np.int8]
    G: Integers
    class_: NDArray[np.int8]
    P: Floats = field(init=False)
    F: Floats = field(init=False)
    tail: int = field(init=False)
    X0: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.P = np.empty((len(self.X), 0))
        self.renew()

    @property
    def ghosts(self) -> int:
        return len(self.X) - self.n

    @property
    def solid_volume(self) -> float:
        """Volume of the own spheres as they were made [m3]; their radii may have grown since."""
        r = (self.P[:, 0] if self.P.shape[1] else self.X[:, 3])[: self.n]
        return float(np.sum(r**3)) * 4 / 3 * np.pi

    def drop(self) -> None:
        """Give back the memory of what holds nothing between two list builds."""
        self.F, self.X0 = np.empty((0, 8)), np.empty((0, 3))

    def renew(self) -> None:
        """Make the arrays that hold nothing between two list builds."""
        self.F, self.tail = np.zeros((1, 8)), self.n
        self.X0 = self.X[: self.n, :3].copy()

    def hold_forces(self, ring: int, tail: int) -> None:
        """Have rows for forces: a ring, one for each particle from `tail` on, one for ghosts."""
        if ring + self.n - tail >= self.n:
            ring, tail = max(ring, self.n), self.n
        self.tail, rows = tail, ring + self.n - tail + 1
        if len(self.F) < rows:
            self.F = np.zeros((min(int(_SPARE * rows), max(rows, self.n + 1)), 8))

    def keep_ghosts(self, stays: NDArray[np.bool_]) -> None:
        """Drop the other ghosts, shape (ghosts,)."""
        n, kept = self.n, self.n + np.flatnonzero(stays)
        for name in ("X", "V", "A", "G", "class_", "P"):
            rows = getattr(self, name)
            rows[n : n + len(kept)] = rows[kept]
            setattr(self, name, rows[: n + len(kept)])


def to_state(particles: Particles, size_class: NDArray[np.int8]) -> State:
    """Lay particles out for the engine."""
    n = len(particles)
    X = np.empty((n, 4))
    X[:, :3], X[:, 3] = particles.position, particles.radius
    V = np.empty((n, 8))
    V[:, :3], V[:, 3] = particles.velocity, 1.0 / particles.mass
    V[:, 4:7], V[:, 7] = particles.spin * particles.radius[:, None], particles.mass
    return State(n, X, V, particles.type.copy(), particles.id.copy(), size_class)


def to_particles(state: State, types: tuple[str, ...]) -> Particles:
    """Give a rank's own particles, in the order of their identities."""
    order = np.argsort(state.G[: state.n])
    X, V = state.X[order], state.V[order]
    return Particles(
        X[:, :3].copy(),
        X[:, 3].copy(),
        V[:, 7].copy(),
        state.A[order],
        V[:, :3].copy(),
        V[:, 4:7] / X[:, 3:],
        state.G[order],
        types,
    )
