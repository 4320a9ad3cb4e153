"""Frames of a simulation for ParaView: particles with their stress, contacts with their forces."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from multiscale.particles.contacts import contacts
from multiscale.particles.output import write_contacts, write_particles

if TYPE_CHECKING:
    from multiscale.particles.simulation import Simulation


def write_frames(sim: Simulation, folder: Path, *, particles: bool, with_contacts: bool) -> None:
    """Write the frames of this step. Collective.

    The stress of a particle is -(1/V) sum (x_c - x) x F over its contacts, each of which lies in
    the middle between the two centres.
    """
    s, found = sim.state, contacts(sim)
    total = found.force()
    touching = found.overlap > 0
    i, j = found.i, found.j
    if particles:
        virial = 0.5 * found.branch[:, :, None] * total[:, None, :]  # each half of the branch
        stress, count = np.zeros((len(s.X), 3, 3)), np.zeros(len(s.X))
        for end in (i, j):
            np.add.at(stress, end, virial)
            np.add.at(count, end, touching.astype(float))
        volume = 4 / 3 * np.pi * s.X[: s.n, 3] ** 3
        sigma = -0.5 * (stress + stress.transpose(0, 2, 1))[: s.n] / volume[:, None, None]
        columns: dict[str, Any] = {
            "radius": s.X[: s.n, 3],
            "type": s.A[: s.n],
            "id": s.G[: s.n],
            "velocity": s.V[: s.n, :3],
            "coordination": count[: s.n],
            "stress": sigma[:, [0, 1, 2, 0, 1, 0], [0, 1, 2, 1, 2, 2]],
        }
        write_particles(folder, sim.step, sim.time, sim.comm, s.X[: s.n, :3].copy(), columns)
    if with_contacts:
        mine = touching & ((j < s.n) | (s.G[i] < s.G[j]))  # between two ranks one of them gives it
        normal = found.response[:, 0].sum(axis=0)[mine]
        tangential = np.linalg.norm(found.response[:, 1:4].sum(axis=0), axis=0)[mine]
        first = s.X[i[mine], :3]
        write_contacts(
            folder, sim.step, sim.time, sim.comm, first, first - found.branch[mine],
            {"normal_force": normal, "tangential_force": tangential, "gap": -found.overlap[mine]},
        )  # fmt: skip
