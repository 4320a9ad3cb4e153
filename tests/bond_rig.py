"""A few bonded spheres in a small leapfrog integrator with the engine's arrays."""

from dataclasses import dataclass, field

import numpy as np
from numba import njit

from multiscale.particles.bond_ends import locate
from multiscale.particles.bond_kernel import BROKEN, ELASTIC, FRACTURE, SUMS, VISCOUS, bond_pass
from multiscale.particles.bond_material import BondMaterial, step_tables
from multiscale.particles.bond_rates import stable_step
from multiscale.particles.bonds import make_bonds

BINDER = dict(young=2e9, poisson=0.25)
TOUGH = BondMaterial(**BINDER, tensile_strength=np.inf, shear_strength=np.inf)
# Shares and times of the binder in [Olsson].
PRONY = dict(shares=(0.5, 0.065, 0.057), times=(1e-3, 211.0, 4807.0))
NO_IMAGES = np.zeros((27, 3))
NO_WALLS = np.zeros((0, 8)), np.zeros((0, 4))


@njit
def leapfrog(steps, dt, drag, X, V, F, angle, load, held, n, SH, i, j, code, ranges, table, prony,
             values, sums):  # fmt: skip
    """Kick, drift, kick; give the work of the loads and of the held particles' motion."""
    work = 0.0
    keep = np.exp(-drag * dt)
    walls, on_walls = np.zeros((0, 8)), np.zeros((0, 4))
    for _ in range(steps):
        for p in range(n):
            for a in range(3):
                if held[p]:
                    work -= 0.5 * dt * (F[p, a] * V[p, a] + F[p, 4 + a] * V[p, 4 + a])
                else:
                    V[p, a] += 0.5 * dt * V[p, 3] * F[p, a]
                    V[p, 4 + a] += 1.25 * dt * V[p, 3] * F[p, 4 + a]
                    work += dt * (load[p, a] * V[p, a] + load[p, 4 + a] * V[p, 4 + a])
                X[p, a] += dt * V[p, a]
                angle[p, a] += dt * V[p, 4 + a] / X[p, 3]
        F[:] = load
        bond_pass(
            X, V, F, n, dt, SH, walls, on_walls, dt, i, j, code, ranges, table, prony, values, sums
        )  # fmt: skip
        for p in range(n):
            for a in range(3):
                if held[p]:
                    work -= 0.5 * dt * (F[p, a] * V[p, a] + F[p, 4 + a] * V[p, 4 + a])
                else:
                    V[p, a] = keep * (V[p, a] + 0.5 * dt * V[p, 3] * F[p, a])
                    V[p, 4 + a] = keep * (V[p, 4 + a] + 1.25 * dt * V[p, 3] * F[p, 4 + a])
    return work


@dataclass
class Rig:
    """Spheres at `x` (n, 3) with radii and masses, bonded as given; `held` ones move as told."""

    x: np.ndarray
    r: np.ndarray
    pairs: np.ndarray
    neck: float | np.ndarray
    length: float | np.ndarray
    materials: list = field(default_factory=lambda: [TOUGH])
    density: float = 4700.0
    kind: int | np.ndarray = 0
    H: np.ndarray = field(default_factory=lambda: np.eye(3))
    wrap: tuple = (False, False, False)
    ids: np.ndarray | None = None

    def __post_init__(self):
        n = len(self.x)
        self.ids = np.arange(n) if self.ids is None else self.ids
        self.X, self.V, self.F = np.zeros((n, 4)), np.zeros((n, 8)), np.zeros((n, 8))
        self.X[:, :3], self.X[:, 3] = self.x, self.r
        self.V[:, 7] = self.density * 4 / 3 * np.pi * self.X[:, 3] ** 3
        self.V[:, 3] = 1 / self.V[:, 7]
        self.angle, self.load = np.zeros((n, 3)), np.zeros((n, 8))
        self.held = np.zeros(n, bool)
        self.sums, self.work = np.zeros(SUMS), 0.0
        axis = self.x[self.pairs[:, 1]] - self.x[self.pairs[:, 0]]
        L = np.diag(self.H)
        for a in (2, 1, 0):  # upper triangular: the last row first
            if self.wrap[a]:
                axis = axis - np.round(axis[:, a] / L[a])[:, None] * self.H[:, a]
        tables = step_tables(self.materials, 0.0)
        self.bonds = make_bonds(
            self.ids[self.pairs], axis, self.neck, self.length,
            branches=tables[1].shape[1], material=self.kind,
        )  # fmt: skip
        self.find()
        self.images = np.array(
            [self.H @ (k % 3 - 1, k // 3 % 3 - 1, k // 9 - 1) for k in range(27)]
        )
        self.step(0.0)

    def find(self):
        self.bonds, self.ends = locate(
            self.bonds, self.ids, self.X, len(self.X), self.H, self.wrap, np.inf,
            len(self.materials),
        )  # fmt: skip

    def step(self, dt):
        """Pass the bonds once, as they are."""
        self.F[:] = self.load
        bond_pass(
            self.X, self.V, self.F, len(self.X), dt, self.images, *NO_WALLS, dt, *self.ends,
            *step_tables(self.materials, dt), self.bonds.values, self.sums,
        )  # fmt: skip

    def run(self, steps, dt, drag=0.0):
        self.work += leapfrog(
            steps, dt, drag, self.X, self.V, self.F, self.angle, self.load, self.held,
            len(self.X), self.images, *self.ends, *step_tables(self.materials, dt),
            self.bonds.values, self.sums,
        )  # fmt: skip

    def move(self, dt, v=(0, 0, 0), omega=(0, 0, 0), steps=1, of=-1):
        """Hold everything and move one particle."""
        self.held[:] = True
        self.V[:, :3] = self.V[:, 4:7] = 0.0
        self.V[of, :3], self.V[of, 4:7] = v, np.multiply(omega, self.X[of, 3])
        self.run(steps, dt)

    @property
    def stable(self):
        return stable_step(self.bonds, self.ends, self.X, self.V, len(self.X), self.materials)

    @property
    def kinetic(self):
        """1/2 m v^2 + 1/2 I omega^2, and I omega^2 = 2/5 m u^2."""
        m, v, u = self.V[:, 7], self.V[:, :3], self.V[:, 4:7]
        return 0.5 * (m @ (v**2).sum(1) + 0.4 * m @ (u**2).sum(1))

    @property
    def energy(self):
        return self.kinetic + self.sums[[ELASTIC, VISCOUS, FRACTURE]].sum()

    @property
    def broken(self):
        return self.sums[BROKEN]

    @property
    def angular_momentum(self):
        m = self.V[:, 7:8]
        orbit = np.cross(self.X[:, :3], m * self.V[:, :3])
        return (orbit + 0.4 * m * self.X[:, 3:4] * self.V[:, 4:7]).sum(0)


def chain(n, r=5e-6, neck=None, **more):
    """n touching spheres along x with bonds from centre to centre."""
    x = np.zeros((n, 3))
    x[:, 0] = 2 * r * np.arange(n)
    pairs = np.column_stack([np.arange(n - 1), np.arange(1, n)])
    return Rig(x, np.full(n, r), pairs, neck or r, 2 * r, **more)


def cluster(n, seed, r=(2e-6, 6e-6), wet=1.3, **more):
    """n spheres of several sizes around the origin, and bonds between neighbours."""
    rng = np.random.default_rng(seed)
    radius = rng.uniform(*r, n)
    x = np.zeros((n, 3))
    for p in range(1, n):  # each touches an earlier one, at a place that is free
        while True:
            way = rng.normal(size=3)
            at = rng.integers(p)
            x[p] = x[at] + way / np.linalg.norm(way) * (radius[at] + radius[p])
            if (np.linalg.norm(x[:p] - x[p], axis=1) > 0.999 * (radius[:p] + radius[p])).all():
                break
    i, j = np.triu_indices(n, 1)
    close = np.linalg.norm(x[i] - x[j], axis=1) < wet * (radius[i] + radius[j])
    pairs = np.column_stack([i[close], j[close]])
    neck = rng.uniform(0.3, 0.8, len(pairs)) * np.minimum(*radius[pairs.T])
    return Rig(x, radius, pairs, neck, rng.uniform(0.3, 1.0, len(pairs)) * neck, **more)
