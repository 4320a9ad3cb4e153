"""Draw docs/figures/bonds.png: a bonded beam, a relaxing bond, films pulled off their ground.

Run: python docs/figures/bonds.py (half a minute).
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from multiscale.particles.binder import bind
from multiscale.particles.bond_ends import Ends, locate
from multiscale.particles.bond_kernel import BROKEN, SUMS, bond_pass
from multiscale.particles.bond_material import BondMaterial, step_tables
from multiscale.particles.bond_rates import stable_step
from multiscale.particles.bonds import Bonds, make_bonds

R, DENSITY = 5e-6, 4700.0
BINDER = BondMaterial(2e9, 0.25, 20e6, 20e6)
OLSSON = BondMaterial(2e9, 0.25, 20e6, 20e6, (0.5, 0.065, 0.057), (1e-3, 211.0, 4807.0))


class Body:
    """Bonded spheres and a leapfrog integrator."""

    def __init__(self, x: np.ndarray, bonds: Bonds, material: BondMaterial, H: np.ndarray) -> None:
        n = len(x)
        self.X = np.column_stack([x, np.full(n, R)])
        self.V, self.F, self.load = np.zeros((n, 8)), np.zeros((n, 8)), np.zeros((n, 8))
        self.V[:, 7] = DENSITY * 4 / 3 * np.pi * R**3
        self.V[:, 3] = 1 / self.V[:, 7]
        self.held = np.zeros(n, bool)
        self.material, self.sums = material, np.zeros(SUMS)
        images = [H @ (k % 3 - 1, k // 3 % 3 - 1, k // 9 - 1) for k in range(27)]
        self.images = np.array(images)
        self.bonds: Bonds
        self.ends: Ends
        self.bonds, self.ends = locate(bonds, np.arange(n), self.X, n, H, (True, True, False), 1.0)
        self.stable = stable_step(self.bonds, self.ends, self.X, self.V, n, [material])

    def step(self, dt: float, drag: float = 0.0) -> None:
        """Kick the free spheres, drift all, find the bonds' forces."""
        kick = dt * self.V[:, 3:4] * ~self.held[:, None]
        keep = np.where(self.held, 1.0, np.exp(-drag * dt))[:, None]
        self.V[:, :3] = keep * (self.V[:, :3] + kick * self.F[:, :3])
        self.V[:, 4:7] = keep * (self.V[:, 4:7] + 2.5 * kick * self.F[:, 4:7])
        self.X[:, :3] += dt * self.V[:, :3]
        self.F[:] = self.load
        bond_pass(
            self.X, self.V, self.F, len(self.X), dt, self.images, np.zeros((0, 8)),
            np.zeros((0, 4)), dt, *self.ends,
            *step_tables([self.material], dt), self.bonds.values, self.sums,
        )  # fmt: skip


def beam(n: int, material: BondMaterial) -> Body:
    """Touching spheres in a row, bonds from centre to centre."""
    x = np.zeros((n, 3))
    x[:, 0] = 2 * R * np.arange(n)
    ids = np.column_stack([np.arange(n - 1), np.arange(1, n)])
    return Body(x, make_bonds(ids, np.diff(x, axis=0), R, 2 * R, branches=4), material, np.eye(3))


def main() -> None:
    """Three panels."""
    figure, (bent, relaxed, pulled) = plt.subplots(1, 3, figsize=(9.6, 3.2), layout="constrained")
    draw_cantilever(bent)
    draw_relaxation(relaxed)
    draw_pull(pulled)
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=90)


def draw_cantilever(axes: plt.Axes) -> None:
    """Deflection along a beam of 20 bonds under a load at its end."""
    n = 20
    length, E, G = 2 * R * n, BINDER.young, BINDER.shear_modulus
    A, I = np.pi * R**2, np.pi * R**4 / 4
    P = 3e-3 * E * I / length**2
    body = beam(n + 1, BINDER)
    body.held[0] = True
    body.load[-1, 1] = P
    slowest = 3.52 * np.sqrt(E * I / (body.V[0, 7] / (2 * R)) / length**4)
    dt = 0.9 * body.stable
    for _ in range(int(8 / slowest / dt)):
        body.step(dt, 2 * slowest)
    x = np.linspace(0, length, 100)
    y = P * x**2 * (3 * length - x) / (6 * E * I) + P * x / (G * A)
    axes.plot(x / length, y / length * 1e3, label="beam with shear")
    axes.plot(body.X[:, 0] / length, body.X[:, 1] / length * 1e3, "k.", label="bonded spheres")
    axes.set(xlabel="x / L", ylabel="deflection / L, 10⁻³", title="cantilever, 20 bonds")
    axes.legend(fontsize=7, frameon=False)


def draw_relaxation(axes: plt.Axes) -> None:
    """Force of a bond that is held stretched."""
    body = beam(2, OLSSON)
    body.held[:] = True
    body.V[1, 0] = 1e-4
    body.step(1e-7)
    start, time, seen = body.F[0, 0], 0.0, []
    body.V[:] = 0.0
    times = np.geomspace(1e-5, 1e5, 25)
    for t in times:
        body.step(t - time)
        time = t
        seen.append(body.F[0, 0] / start)
    t = np.geomspace(1e-5, 1e5, 300)
    pairs = zip(OLSSON.shares, OLSSON.times, strict=True)
    axes.semilogx(t, 1 - sum(a * (1 - np.exp(-t / tau)) for a, tau in pairs), label="series")
    axes.semilogx(times, seen, "k.", label="bond, any step")
    axes.set(xlabel="t / s", ylabel="F / F(0)", title="relaxation", ylim=(0, 1.05))
    axes.legend(fontsize=7, frameon=False)


def draw_pull(axes: plt.Axes) -> None:
    """Stress over strain of films with the same binder, even or migrated to the top."""
    edge, high = 5, 8
    rng = np.random.default_rng(1)
    grid = np.stack(np.meshgrid(*map(np.arange, (edge, edge, high)), indexing="ij"), -1)
    x = (grid.reshape(-1, 3) + 0.5) * 2.06 * R + rng.uniform(-0.15, 0.15, (edge**2 * high, 3)) * R
    H = np.diag([2.06 * R * edge, 2.06 * R * edge, 1.0])
    top, bottom = x[:, 2] > 2.06 * R * (high - 1), x[:, 2] < 2.06 * R
    edges = np.linspace(0, 2.06 * R * high, 5)
    volume = 0.05 * len(x) * 4 / 3 * np.pi * R**3
    for share, name in (((1, 1, 1, 1), "even"), ((0.4, 0.7, 1.2, 1.7), "migrated up")):
        bonds = bind(
            x, np.full(len(x), R), np.arange(len(x)), H, (True, True, False), gap=0.5 * R,
            volume=volume, profile=(edges, share), branches=1,
        )  # fmt: skip
        body = Body(x, bonds, BINDER, H)
        body.held[:] = top | bottom
        speed, dt = 0.01, 0.8 * body.stable
        body.V[top, 2] = speed
        strain, stress, height = [], [], 2.06 * R * (high - 1)
        while not strain or strain[-1] < 0.0008:
            for _ in range(20):
                body.step(dt, 1e7)
            strain.append((body.X[top, 2] - x[top, 2]).mean() / height)
            stress.append(body.F[bottom, 2].sum() / (H[0, 0] * H[1, 1]))
        axes.plot(np.multiply(strain, 100), np.divide(stress, 1e6), label=name)
        print(name, "peak", max(stress) / 1e6, "MPa", body.sums[BROKEN], "of", len(bonds), "broken")
    axes.set(xlabel="strain / %", ylabel="stress at the ground / MPa", title="a film pulled off")
    axes.legend(fontsize=7, frameon=False)


if __name__ == "__main__":
    main()
