"""Forces at an instant, law by law: what the next step would use, without taking it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multiscale.particles.bond_kernel import SUMS, bond_pass
from multiscale.particles.bonds import Bonds
from multiscale.particles.layout import IMAGE_SHIFT, INDEX_MASK, Clock

if TYPE_CHECKING:
    from multiscale.particles.simulation import Simulation

Floats = NDArray[np.float64]
Index = NDArray[np.int64]
MASK, SHIFT = INDEX_MASK, IMAGE_SHIFT
FN, FX, MX, STORED, LOST = 0, 1, 4, 7, 8  # places in a `Response`


@dataclass(frozen=True)
class Contacts:
    """Responses of the pair laws to the pairs of the inner list, and to the near walls.

    Attributes:
        i, j: local indices of the pair; j may be a ghost, shape (pairs,).
        branch: x_i - x_j [m], shape (pairs, 3).
        overlap: delta [m], negative: a gap, shape (pairs,).
        response: fields of `Response` of each law, shape (laws, 9, pairs).
        wall_particle, wall: particle and wall near each other, shape (near,).
        wall_response: fields of `Response` of all laws, then the overlap, shape (near, 10).
    """

    i: Index
    j: Index
    branch: Floats
    overlap: Floats
    response: Floats
    wall_particle: Index
    wall: Index
    wall_response: Floats

    def force(self, law: int | None = None) -> Floats:
        """Give the force on i of one law, or of all [N], shape (pairs, 3)."""
        r = self.response.sum(axis=0) if law is None else self.response[law]
        normal = self.branch / np.linalg.norm(self.branch, axis=1)[:, None]
        return np.asarray(r[FN, :, None] * normal + r[FX : FX + 3].T)


def contacts(sim: Simulation) -> Contacts:
    """Ask the laws about all pairs and near walls of this rank, as they stand.

    Args:
        sim: its lists must be up to date: it has taken a step, or `rebuild` was called.
    """
    s, t, step = sim.state, sim.lists, sim.step
    sim.place_images()
    laws = sum(1 for law in sim.laws if hasattr(law.kind, "history"))
    branch = np.empty((t.pairs, 3))
    response = np.zeros((laws, 9, t.pairs))
    sim.kernel.respond_to_pairs(
        0, t.pairs, t.I, t.J, t.K, t.H, s.X, s.V, s.G, sim.tables, t.SH, t.SV, step,
        sim.time_step, branch, response, False,
    )  # fmt: skip
    walls = np.empty((t.near, 10))
    sim.kernel.respond_to_walls(
        t.near, s.X, s.V, s.A, s.G, sim.tables, len(sim.types), sim.walls, t.WI, t.WJ, t.WH, step,
        sim.time_step, walls,
    )  # fmt: skip
    i, j = t.I[: t.pairs].astype(np.int64), (t.J[: t.pairs] & MASK).astype(np.int64)
    touching = s.X[i, 3] + s.X[j, 3] - np.linalg.norm(branch, axis=1)
    return Contacts(
        i,
        j,
        branch,
        touching,
        response,
        t.WI[: t.near].astype(np.int64),
        t.WJ[: t.near].astype(np.int64),
        walls,
    )


def bonds_now(sim: Simulation) -> tuple[Floats, Floats, Floats]:
    """Give the forces of this rank's bonds on particles and walls, and their sums.

    Shapes (n + g, 8), (walls, 4) and (13,); see `bond_pass`.
    """
    s = sim.state
    force, on_walls, sums = np.zeros((len(s.X), 8)), np.zeros((len(sim.walls), 4)), np.zeros(SUMS)
    if sim.bonds is None or sim.ends is None or not len(sim.bonds):
        return force, on_walls, sums
    kept = Bonds(sim.bonds.ids, sim.bonds.material, sim.bonds.values.copy())
    i, j, code, ranges, materials, rest, moving, _, _ = sim.bond_arguments
    step = 0.0 if sim.at_rest else sim.time_step
    bond_pass(
        s.X, s.V, force, s.n, step, sim.lists.SH, sim.walls, on_walls, sim.time_step, i, j, code,
        ranges, materials, rest if sim.at_rest else moving, kept.values, sums,
    )  # fmt: skip
    return force, on_walls, sums


def body_forces(sim: Simulation) -> Floats:
    """Give the body laws' force [N] and torque/r [N] on the own particles, shape (n, 6)."""
    s = sim.state
    total = np.zeros((s.n, 6))
    sim.kernel.act_on_bodies(
        s.n, s.X, s.V, s.A, s.G, sim.body_tables, sim.step, sim.clock[Clock.TIME], sim.time_step,
        total,
    )  # fmt: skip
    return total


def forces(sim: Simulation, found: Contacts) -> Floats:
    """Give force [N] and torque/r [N] on the own particles, shape (n, 6)."""
    s, total = sim.state, body_forces(sim)
    _add_pairs(s.n, found.i, found.j, found.branch, found.response, s.X, total)
    _add_walls(found.wall_particle, found.wall, found.wall_response, sim.walls, s.X, total)
    bound = bonds_now(sim)[0]
    total[:, :3] += bound[: s.n, :3]
    total[:, 3:] += bound[: s.n, 4:7]
    return total


@njit(cache=True, error_model="numpy")
def _add_pairs(n, i, j, branch, response, X, total):  # type: ignore[no-untyped-def]
    for e in range(i.size):
        r = response[:, :, e].sum(axis=0)
        d = branch[e]
        size = np.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2])
        normal = d / size
        s = size / (X[i[e], 3] + X[j[e], 3])
        f = r[1:4]
        g = s * np.array(
            [
                normal[1] * f[2] - normal[2] * f[1],
                normal[2] * f[0] - normal[0] * f[2],
                normal[0] * f[1] - normal[1] * f[0],
            ]
        )
        total[i[e], :3] += r[0] * normal + f
        total[i[e], 3:] += r[4:7] / X[i[e], 3] - g
        if j[e] < n:
            total[j[e], :3] -= r[0] * normal + f
            total[j[e], 3:] -= r[4:7] / X[j[e], 3] + g


@njit(cache=True, error_model="numpy")
def _add_walls(i, w, response, W, X, total):  # type: ignore[no-untyped-def]
    for e in range(i.size):
        r = response[e]
        radius = X[i[e], 3]
        normal = W[w[e], :3]
        s = (radius - r[9]) / radius
        f = r[1:4]
        g = s * np.array(
            [
                normal[1] * f[2] - normal[2] * f[1],
                normal[2] * f[0] - normal[0] * f[2],
                normal[0] * f[1] - normal[1] * f[0],
            ]
        )
        total[i[e], :3] += r[0] * normal + f
        total[i[e], 3:] += r[4:7] / radius - g
