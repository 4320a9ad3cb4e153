"""Starts for tests of the particle engine."""

from mpi4py import MPI

import numpy as np

from multiscale import particles as dem


def loose(n: int, fraction: float, seed: int = 1, spread: float = 0.0):
    """Place n spheres of mean radius 1/2 at random in a periodic cube without overlaps.

    Returns centres, radii and the cube's edge; particles are pushed apart until none overlap.
    """
    rng = np.random.default_rng(seed)
    r = 0.5 * (1 + spread * rng.uniform(-1, 1, n))
    edge = float((np.sum(4 / 3 * np.pi * r**3) / fraction) ** (1 / 3))
    x = rng.random((n, 3)) * edge
    from scipy.spatial import cKDTree

    for _ in range(5000):
        x %= edge
        i, j = cKDTree(x, boxsize=edge).query_pairs(2 * r.max() * 1.001, output_type="ndarray").T
        d = x[i] - x[j]
        d -= edge * np.rint(d / edge)
        size = np.linalg.norm(d, axis=1)
        depth = 1.0005 * (r[i] + r[j]) - size
        if depth.max(initial=0.0) <= 2e-4:
            return x, r, edge
        push = d / size[:, None] * (0.55 * depth.clip(0.0))[:, None]
        for a in range(3):
            x[:, a] += np.bincount(i, push[:, a], n) - np.bincount(j, push[:, a], n)
    raise AssertionError("the spheres do not fit")


def on_root(comm: MPI.Intracomm, particles: dem.Particles) -> dem.Particles:
    """Let rank 0 give all particles and the others none."""
    if comm.rank == 0:
        return particles
    return dem.spheres(np.empty((0, 3)), np.empty(0))


def collected(sim: dem.Simulation) -> np.ndarray:
    """Give x, v, omega of all particles in the order of their ids on rank 0, shape (N, 9)."""
    every = sim.comm.gather(sim.particles())
    if sim.comm.rank:
        return np.empty((0, 9))
    ids = np.concatenate([p.id for p in every])
    rows = np.concatenate([np.hstack([p.position, p.velocity, p.spin]) for p in every])
    return rows[np.argsort(ids)]


def benchmark_law(friction: float = 0.5, gamma: float = 100.0) -> dem.Law:
    """The law of the benchmark: E = 1000, nu = 1/4."""
    return dem.laws.granular_hertz(
        kn=2000 / (3 * (1 - 0.25**2)),
        kt=4 * 400 / (2 - 0.25),
        gamma_n=gamma,
        gamma_t=0.5 * gamma,
        friction=friction,
    )
