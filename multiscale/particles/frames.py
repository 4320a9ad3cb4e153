"""One frame of a simulation for ParaView: its particles with their stress, and its contacts.

    sigma_i = -(1/V_i) sum_j 1/2 (x_i - x_j) x F_ij        each contact half to each particle

F_ij is the force on i and V_i the volume of its sphere; tension is positive. Walls and bonds count
neither here nor among the contacts.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from multiscale.particles.contacts import Contacts, contacts
from multiscale.particles.output import write_contacts, write_particles
from multiscale.particles.slabs import Array

if TYPE_CHECKING:
    from multiscale.particles.simulation import Simulation

Floats = NDArray[np.float64]
_TENSOR = ((0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (0, 2))  # ParaView's order


def write_frame(sim: Simulation, folder: Path | str) -> tuple[Path, Path]:
    """Write particles and contacts as they stand. Collective.

    Args:
        sim: its lists must be up to date: it has taken a step, or `rebuild` was called.
        folder: receives one file of each and both series, see `output`.

    Returns:
        The files of the particles and of the contacts.

    Raises:
        FileError: they could not be written (on all ranks).
    """
    found, when = contacts(sim), (Path(folder), sim.step, sim.time, sim.comm)
    force = found.force()
    touching = (found.overlap > 0) | (force != 0).any(axis=1)
    s, own = sim.state, slice(sim.state.n)
    columns: dict[str, Array] = {
        "radius": s.X[own, 3],
        "type": s.A[own],
        "id": s.G[own],
        "velocity": s.V[own, :3],
        "spin": s.V[own, 4:7] / s.X[own, 3:],
        "stress": _stress(sim, found, force),
        "coordination": _at_ends(sim.state.n, found, touching.astype(float)).astype(np.int32),
    }
    particles = write_particles(*when, s.X[own, :3], columns)
    # A contact between two ranks stands on both; that of the smaller identity writes it.
    ours = touching & ((found.j < s.n) | (s.G[found.i] < s.G[found.j]))
    first, branch, force = s.X[found.i[ours], :3], found.branch[ours], force[ours]
    normal = branch / np.linalg.norm(branch, axis=1)[:, None]
    along = np.sum(force * normal, axis=1)
    lines = {
        "normal_force": along,
        "tangential_force": np.linalg.norm(force - along[:, None] * normal, axis=1),
        "gap": -found.overlap[ours],
    }
    return particles, write_contacts(*when, first, first - branch, lines)


def _stress(sim: Simulation, found: Contacts, force: Floats) -> Floats:
    """Give the symmetric stress of each owned particle [Pa], shape (n, 6)."""
    n, radius = sim.state.n, sim.state.X[: sim.state.n, 3]
    both = [found.branch[:, a] * force[:, b] + found.branch[:, b] * force[:, a] for a, b in _TENSOR]
    sums = np.stack([_at_ends(n, found, 0.25 * product) for product in both], axis=1)
    return np.asarray(-sums / (4 / 3 * np.pi * radius**3)[:, None])


def _at_ends(n: int, found: Contacts, value: Floats) -> Floats:
    """Add a value of each pair to both its particles, as far as they are owned, shape (n,)."""
    own = found.j < n
    there = np.bincount(found.j[own], value[own], minlength=n)
    return np.bincount(found.i, value, minlength=n) + there
