"""Kernels are compiled by one rank of each node before all ranks call them."""

from __future__ import annotations

from collections.abc import Sequence

from mpi4py import MPI

import numpy as np

from multiscale.jit_cache import compile_first
from multiscale.particles.bond_material import BondMaterial
from multiscale.particles.bonds import make_bonds
from multiscale.particles.box import Box
from multiscale.particles.confinement import simulation_for
from multiscale.particles.kernel import compile_laws
from multiscale.particles.law import Law
from multiscale.particles.progress import tell_compiling
from multiscale.particles.state import spheres


def warm_up(
    laws: Sequence[Law],
    types: Sequence[str],
    comm: MPI.Intracomm,
    *,
    flow: bool = False,
    book: bool = False,
    bonds: bool = False,
) -> None:
    """Compile what a simulation with these laws will call, once per machine. Collective.

    Args:
        laws: of the simulation.
        types: names of its types, in their order.
        comm: the ranks.
        flow: whether its box deforms.
        book: whether it sums the dissipated energy and the work done.
        bonds: whether there are bonds.
    """
    kernel = compile_laws(laws, types=len(types), flow=flow, book=book, bonds=bonds)
    none = np.zeros((0, 3))
    unbound = make_bonds(np.zeros((0, 2), np.int64), none, none[:, 0], none[:, 0])

    def work() -> None:
        """Take a step with one particle of each type, far from each other."""
        radius = 1e-9  # below any `largest_radius` that a law was told
        apart = 6 * (radius + max((law.reach for law in laws), default=0.0))
        place = np.outer(np.arange(len(types)) + 0.5, [apart, apart, apart])
        box = Box((apart * len(types),) * 3)
        particles = spheres(place, radius, mass=1.0, type=types)
        tiny = simulation_for(laws)(
            particles,
            box=box,
            laws=laws,
            bonds=unbound if bonds else None,
            bond_materials=[BondMaterial(1.0, 0.0, 1.0, 1.0)] if bonds else (),
            time_step=1e-9,
            flow=flow,
            book=book,
        )
        tiny.run(1)

    compile_first(comm, f"kernel-{kernel.fingerprint}", work, tell_compiling)
