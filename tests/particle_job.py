"""A job that can be killed: particles, with a checkpoint every few steps.

    python tests/particle_job.py FOLDER SCENARIO

It goes on from what is in FOLDER, says `running` and the process ids of its ranks once it does, and
ends with a checkpoint at step STEPS.
"""

import os
import sys

from mpi4py import MPI

import numpy as np

from multiscale import particles as dem
from multiscale.particles.bond_material import BondMaterial
from multiscale.particles.bonds import make_bonds
from multiscale.particles.confinement import Compaction
from multiscale.particles.laws.hertz_mindlin import hertz_mindlin
from multiscale.particles.restart import resume, save

STEPS, EVERY = 400, 5
COMM = MPI.COMM_WORLD
LAW = dict(young=1e3, poisson=0.25, restitution=0.6, friction=0.5)


def lattice(side: int, radius: tuple[float, float], shear_rate: float = 0.0) -> dem.Particles:
    """Disturbed spheres on a lattice of unit edge, in a flow u = shear_rate y e_x, on rank 0."""
    draw = np.random.default_rng(5)
    place = np.stack(np.meshgrid(*[np.arange(side) + 0.5] * 3), axis=-1).reshape(-1, 3)
    place += draw.uniform(-0.03, 0.03, place.shape)
    size, velocity = draw.uniform(*radius, len(place)), draw.normal(size=place.shape)
    velocity = 0.2 * velocity + np.outer(shear_rate * place[:, 1], [1, 0, 0])
    mine = slice(None) if COMM.rank == 0 else slice(0)
    return dem.spheres(place[mine], size[mine], velocity=velocity[mine])


def shear() -> dem.Simulation:
    """A shear flow through more than one flip of the box, with two classes of size."""
    box = dem.Box((7.0,) * 3, shear_rate=2.0)
    laws = [hertz_mindlin(**LAW)]
    given = lattice(7, (0.42, 0.48), box.shear_rate)
    given.radius[::4] *= 0.45
    return dem.Simulation(given, box=box, laws=laws, time_step=2e-3, comm=COMM, book=True)


def press() -> dem.Simulation:
    """Two plates that approach; bonds along x and z, visco-elastic, of which some break."""
    box, walls = dem.Box((7.0,) * 3, (True, True, False)), [dem.Wall("z", 0.0)]
    walls.append(dem.Wall("z", 7.0, velocity=-0.6))
    given = lattice(7, (0.4, 0.48))
    k = np.arange(len(given))  # z is the fastest axis, then x
    ids = np.concatenate(
        [np.stack([k, k + 7], axis=1)[k // 7 % 7 < 6], np.stack([k, k + 1], axis=1)[k % 7 < 6]]
    )
    ids = np.random.default_rng(6).permutation(ids)
    axis = given.position[ids[:, 1]] - given.position[ids[:, 0]]
    binder = BondMaterial(200.0, 0.25, 20.0, 20.0, shares=(0.5,), times=(0.1,))
    return dem.Simulation(
        given,
        box=box,
        laws=[hertz_mindlin(**LAW)],
        walls=walls,
        bonds=make_bonds(ids, axis, np.full(len(ids), 0.2), np.full(len(ids), 0.1), branches=2),
        bond_materials=[binder],
        skin=0.15,  # a bond must not outgrow what a rank sees
        time_step=2e-3,
        comm=COMM,
    )


def confine() -> dem.Simulation:
    """Two plates that press plastic spheres until they fill most of the room."""
    box = dem.Box((7.0, 7.0, 3.0), (True, True, False))
    walls = [dem.Wall("z", 0.0), dem.Wall("z", 3.0, velocity=-2.0)]
    given = lattice(7, (0.4, 0.48))
    low = given.position[:, 2] < 3.0
    law = dem.laws.mdr(
        young=1e3, poisson=0.3, yield_stress=50.0, tangential_stiffness=150.0, friction=0.5,
        damping=0.2,
    )  # fmt: skip
    mine = dem.spheres(given.position[low], given.radius[low], velocity=given.velocity[low])
    return Compaction(mine, box=box, walls=walls, laws=[law], time_step=2e-3, comm=COMM)


def main(folder: str, scenario: str) -> None:
    simulation = {"shear": shear, "press": press, "confine": confine}[scenario]()
    found = resume(simulation, folder)
    assert found is None or found.numbers["more"] == {"saved": simulation.step // EVERY}
    pids = COMM.gather(os.getpid())
    while simulation.step < STEPS:
        simulation.run(EVERY)
        if simulation.step == STEPS // 2:
            simulation.set_law(0, friction=0.1)
        save(simulation, folder, numbers={"saved": simulation.step // EVERY})
        if pids:  # on rank 0, when all is compiled
            print("running", *pids, flush=True)
            pids = None


if __name__ == "__main__":
    main(*sys.argv[1:])
