"""One frame of a simulation for ParaView: its particles with their stress, and its contacts.

    sigma_i = -(1/V_i) sum_j r_i/(r_i + r_j) (x_i - x_j) x F_ij

The arm is that from the centre to the contact, which divides the distance as the radii; F_ij is the
force on i and V_i the volume of its sphere; tension is positive. Walls and bonds count neither here
nor among the contacts.
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


def write_frame(
    sim: Simulation, folder: Path | str, *, particles: bool = True, with_contacts: bool = True
) -> list[Path]:
    """Write particles and contacts as they stand. Collective.

    Args:
        sim: its lists must be up to date: it has taken a step, or `rebuild` was called.
        folder: receives one file of each and both series, see `output`.
        particles: whether they are written.
        with_contacts: whether these are: pairs that touch, and those with a force over their gap.

    Returns:
        The files of the particles and of the contacts.

    Raises:
        FileError: they could not be written (on all ranks).
    """
    found, when = contacts(sim), (Path(folder), sim.step, sim.time, sim.comm)
    force = found.force()
    written = []
    if particles:
        written.append(write_particles(*when, *_of_particles(sim, found, force)))
    if with_contacts:
        written.append(write_contacts(*when, *_of_contacts(sim, found, force)))
    return written


def _of_particles(
    sim: Simulation, found: Contacts, force: Floats
) -> tuple[Floats, dict[str, Array]]:
    s, own = sim.state, slice(sim.state.n)
    touching = (found.overlap > 0).astype(float)
    columns: dict[str, Array] = {
        "radius": s.X[own, 3],
        "type": s.A[own],
        "id": s.G[own],
        "velocity": s.V[own, :3],
        "spin": s.V[own, 4:7] / s.X[own, 3:],
        "stress": _stress(sim, found, force),
        "coordination": _at_ends(s.n, found, touching, touching).astype(np.int32),
    }
    return s.X[own, :3], columns


def _of_contacts(
    sim: Simulation, found: Contacts, force: Floats
) -> tuple[Floats, Floats, dict[str, Array]]:
    s = sim.state
    touching = (found.overlap > 0) | (force != 0).any(axis=1)
    # A contact between two ranks stands on both; that of the smaller identity writes it.
    ours = touching & ((found.j < s.n) | (s.G[found.i] < s.G[found.j]))
    first, branch, force = s.X[found.i[ours], :3], found.branch[ours], force[ours]
    normal = branch / np.linalg.norm(branch, axis=1)[:, None]
    along = np.sum(force * normal, axis=1)
    lines: dict[str, Array] = {
        "normal_force": along,
        "tangential_force": np.linalg.norm(force - along[:, None] * normal, axis=1),
        "gap": -found.overlap[ours],
    }
    return first, first - branch, lines


def _stress(sim: Simulation, found: Contacts, force: Floats) -> Floats:
    """Give the symmetric stress of each owned particle [Pa], shape (n, 6)."""
    n, radius = sim.state.n, sim.state.X[:, 3]
    arm_i = radius[found.i] / (radius[found.i] + radius[found.j])
    both = [found.branch[:, a] * force[:, b] + found.branch[:, b] * force[:, a] for a, b in _TENSOR]
    sums = [_at_ends(n, found, 0.5 * arm_i * p, 0.5 * (1 - arm_i) * p) for p in both]
    return np.asarray(-np.stack(sums, axis=1) / (4 / 3 * np.pi * radius[:n, None] ** 3))


def _at_ends(n: int, found: Contacts, at_i: Floats, at_j: Floats) -> Floats:
    """Add values of each pair to its two particles, as far as they are owned, shape (n,)."""
    own = found.j < n
    there = np.bincount(found.j[own], at_j[own], minlength=n)
    return np.bincount(found.i, at_i, minlength=n) + there
