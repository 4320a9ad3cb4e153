"""The energy of all particles, and the work that was done on them.

Kinetic energy is that of v' = v - L x, relative to a periodic box that deforms by L; see
`book_text` for the balance. The book adds up what each kick has done, up to t_n - dt/2; the half
kick to t_n, where all is measured, is added here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from multiscale.particles.box import gradient
from multiscale.particles.contacts import Contacts, body_forces
from multiscale.particles.layout import Clock

if TYPE_CHECKING:
    from multiscale.particles.simulation import Simulation

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Energy:
    """Energy of all particles and the work done on them since the start [J].

    Attributes:
        translation, rotation: kinetic, at t_n; translation relative to a box that deforms.
        stored: elastic, in contacts with particles and walls.
        bonds: elastic, in the bonds.
        lost: dissipated by the pair laws; 0 unless the simulation books it.
        bond_lost: dissipated in bonds, viscous and by fracture.
        wall_work: done by the walls.
        box_work: V sigma : L dt, done by a box that deforms; 0 unless the simulation books it.
        body_work: done by the body laws (weight, drag, noise) relative to the box; 0 unless the
            simulation books it. What drag dissipates is negative work.
    """

    translation: float
    rotation: float
    stored: float
    bonds: float
    lost: float
    bond_lost: float
    wall_work: float
    box_work: float
    body_work: float

    @property
    def kinetic(self) -> float:
        return self.translation + self.rotation

    @property
    def work(self) -> float:
        """Work of walls, box and body laws [J]."""
        return self.wall_work + self.box_work + self.body_work

    @property
    def residual(self) -> float:
        """All energy, held and lost, less the work that was done [J].

        It is constant, up to dt, but for what is taken out by hand (`Relax` stops particles), what
        the noise of pair laws gives, and bonds to walls of a box that deforms.
        """
        held = self.kinetic + self.stored + self.bonds
        return held + self.lost + self.bond_lost - self.work


def off_box(sim: Simulation, velocity: Floats) -> Floats:
    """Give v' = v - L x of the own particles [m/s], shape (n, 3)."""
    return velocity - sim.state.X[: sim.state.n, :3] @ gradient(sim.frame).T


def box_work(sim: Simulation, found: Contacts, share: Floats, virial: Floats) -> float:
    """Give the work of the box on this rank's particles [J], the half kick to t_n included.

    Args:
        sim: the simulation.
        found: its contacts now.
        share: of this rank in each pair, shape (pairs,).
        virial: sum of d_a F_b of the bonds, tension positive [N m], shape (3, 3).
    """
    booked = float(sim.clock[Clock.BOX_WORK])
    if not sim.book or not sim.flow or sim.at_rest:
        return booked
    r, normal = found.wall_response, sim.walls[found.wall, :3]
    on_walls = r[:, :1] * normal + r[:, 1:4]
    at = sim.state.X[found.wall_particle, :3]
    moments = virial - (share[:, None] * found.branch).T @ found.force() - at.T @ on_walls
    return booked + 0.5 * sim.time_step * float(np.sum(gradient(sim.frame) * moments.T))


def body_work(sim: Simulation, velocity: Floats, spin: Floats) -> float:
    """Give the work of the body laws on this rank's particles [J], the half kick to t_n included.

    Args:
        sim: the simulation.
        velocity, spin: at t_n, the spin times the radius [m/s], shapes (n, 3).
    """
    booked = float(sim.clock[Clock.BODY_WORK])
    if not sim.book or sim.at_rest:
        return booked
    V, force = sim.state.V[: sim.state.n], body_forces(sim)
    moved = off_box(sim, 0.5 * (velocity + V[:, :3]))
    turned = 0.5 * (spin + V[:, 4:7])
    power = np.sum(force[:, :3] * moved) + np.sum(force[:, 3:] * turned)
    return booked + 0.5 * sim.time_step * float(power)
