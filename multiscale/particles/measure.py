"""Stress, coordination, fabric and energy of a simulation at an instant, over all ranks.

    sigma = -(1/V) sum_pairs (x_i - x_j) x F_ij - (1/V) sum_i m_i v'_i x v'_i

F_ij is the force on i; tension is positive, so that the pressure is -tr(sigma)/3. The pairs' part
is split by law; v' is relative to the affine motion. Positions and forces are those of t_n, and so
are the velocities: v(t_n) = v(t_n - dt/2) + dt/2 F/m.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mpi4py import MPI

import numpy as np
from numpy.typing import NDArray

from multiscale.particles.bond_kernel import ELASTIC, FRACTURE, VISCOUS
from multiscale.particles.box import lattice, lattice_rate
from multiscale.particles.contacts import STORED, Contacts, bonds_now, contacts, forces
from multiscale.particles.energy import Energy, body_work, box_work, off_box
from multiscale.particles.layout import Clock, Frame

if TYPE_CHECKING:
    from multiscale.particles.simulation import Simulation

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Measure:
    """What a simulation is like at an instant.

    Attributes:
        volume: of the box, or between the plates [m3].
        solid_fraction: volume of the spheres, as they were made, over it.
        stress: stress by law, "walls", "bonds" and "kinetic", tension positive [Pa], each (3, 3).
        coordination: contacts per particle, Z; those with walls not counted.
        backbone: Z of the particles left when those with too few contacts are taken away, again
            and again.
        rattlers: share of the particles taken away.
        fabric: mean n x n of the contacts, trace 1, shape (3, 3).
        overlap: deepest overlap over the smaller radius, of particles.
        wall_force: force on each wall [N], shape (walls, 3).
        energy: see `Energy`.
    """

    step: int
    time: float
    volume: float
    solid_fraction: float
    stress: Mapping[str, Floats]
    coordination: float
    backbone: float
    rattlers: float
    fabric: Floats
    overlap: float
    wall_force: Floats
    energy: Energy

    @property
    def total_stress(self) -> Floats:
        """Sum of all parts of the stress [Pa], shape (3, 3)."""
        return np.sum(list(self.stress.values()), axis=0)

    @property
    def pressure(self) -> float:
        """-tr(sigma)/3 [Pa]."""
        return -float(np.trace(self.total_stress)) / 3


def measure(sim: Simulation, *, least_contacts: int = 4) -> Measure:
    """Measure a simulation. Collective.

    Args:
        sim: it is left as it is.
        least_contacts: a particle of the backbone has at least so many: 4 without friction, 2 or 3
            with friction.
    """
    s, comm = sim.state, sim.comm
    found = contacts(sim)
    force = forces(sim, found)
    kick = 0.0 if sim.at_rest else 0.5 * sim.time_step
    velocity = s.V[: s.n, :3] + kick * s.V[: s.n, 3:4] * force[:, :3]
    spin = s.V[: s.n, 4:7] + 2.5 * kick * s.V[: s.n, 3:4] * force[:, 3:]
    owned_pair = np.where(found.j < s.n, 1.0, 0.5)
    touching = found.overlap > 0
    normal = found.branch[touching] / np.linalg.norm(found.branch[touching], axis=1)[:, None]
    weight = owned_pair[touching]
    count = np.bincount(found.i[touching], minlength=s.n).astype(float)
    count += np.bincount(found.j[touching & (found.j < s.n)], minlength=s.n)[: s.n]
    backbone, kept = _backbone(sim, found, touching, least_contacts)
    smaller = np.minimum(s.X[found.i, 3], s.X[found.j, 3])
    mass = s.V[: s.n, 7]
    _, bonds_on_walls, bond_sums = bonds_now(sim)
    wall_force = _wall_force(sim, found) + bonds_on_walls[:, :3]
    sums = comm.allreduce(
        np.concatenate(
            [
                [
                    0.5 * float(mass @ np.sum(off_box(sim, velocity) ** 2, axis=1)),
                    0.2 * float(mass @ np.sum(spin**2, axis=1)),
                    float(owned_pair @ found.response[:, STORED].sum(axis=0))
                    + float(found.wall_response[:, STORED].sum()),
                    bond_sums[ELASTIC],
                    sim.clock[Clock.LOST],
                    sim.bond_sums[VISCOUS] + sim.bond_sums[FRACTURE],
                    sim.wall_force[:, 3].sum(),
                    box_work(sim, found, owned_pair, bond_sums[:9].reshape(3, 3)),
                    body_work(sim, velocity, spin),
                    count.sum(),
                    weight.sum(),
                    backbone,
                    kept,
                    s.solid_volume,
                ],
                ((weight[:, None] * normal).T @ normal).ravel(),
                wall_force.ravel(),
            ]
        )
    )
    deepest = (found.overlap / smaller).max(initial=0.0)
    stress = _stress(sim, found, owned_pair, velocity, bond_sums)
    return Measure(
        sim.step,
        sim.time,
        sim.volume,
        float(sums[13]) / sim.volume,
        stress,
        float(sums[9]) / sim.total,
        float(sums[11] / sums[12]) if sums[12] else 0.0,
        1.0 - float(sums[12]) / sim.total,
        sums[14:23].reshape(3, 3) / max(sums[10], 1e-300),
        float(comm.allreduce(deepest, MPI.MAX)),
        sums[23:].reshape(-1, 3),
        Energy(*(float(v) for v in sums[:9])),
    )


def _stress(
    sim: Simulation, found: Contacts, share: Floats, velocity: Floats, bond_sums: Floats
) -> dict[str, Floats]:
    s = sim.state
    h = lattice(sim.frame)
    gradient = lattice_rate(sim.frame) @ np.linalg.inv(h)
    off = velocity - (s.X[: s.n, :3] - sim.frame[Frame.LOW]) @ gradient.T
    names = [law.name for law in sim.laws if hasattr(law.kind, "history")]
    parts: dict[str, Floats] = {}
    for k, name in enumerate(names):
        virial = (share[:, None] * found.branch).T @ found.force(k)
        parts[name] = parts.get(name, np.zeros((3, 3))) + virial
    normal = sim.walls[found.wall, :3]
    r = found.wall_response
    arm = (s.X[found.wall_particle, 3] - r[:, 9])[:, None] * normal
    parts["walls"] = arm.T @ (r[:, :1] * normal + r[:, 1:4])
    if sim.bonds is not None:
        parts["bonds"] = -bond_sums[:9].reshape(3, 3)
    parts["kinetic"] = (s.V[: s.n, 7:] * off).T @ off
    return {name: -sim.comm.allreduce(part) / sim.volume for name, part in parts.items()}


def _wall_force(sim: Simulation, found: Contacts) -> Floats:
    r = found.wall_response
    on_particle = r[:, :1] * sim.walls[found.wall, :3] + r[:, 1:4]
    total = np.zeros((len(sim.walls), 3))
    np.subtract.at(total, found.wall, on_particle)
    return total


def _backbone(
    sim: Simulation, found: Contacts, touching: NDArray[np.bool_], least: int
) -> tuple[float, int]:
    """Give the contacts and the number of this rank's particles that are not rattlers."""
    s = sim.state
    i, j = found.i[touching], found.j[touching]
    on_walls = np.bincount(
        found.wall_particle[found.wall_response[:, 9] > 0], minlength=s.n
    ).astype(float)
    alive = np.ones(len(s.X))
    while True:
        both = alive[i] * alive[j]
        count = np.bincount(i, both, s.n) + np.bincount(j, both, len(s.X))[: s.n]
        gone = (alive[: s.n] > 0) & (count + on_walls < least)
        if not sim.comm.allreduce(int(gone.sum())):
            break
        alive[: s.n][gone] = 0.0
        if sim.halo is not None:
            sim.halo.forward_rows(alive)
    return float(count @ alive[: s.n]), int(alive[: s.n].sum())
