"""Ranks that hold the same bond must agree on whether it holds."""

from mpi4py import MPI

import numpy as np
import pytest

from multiscale.particles.bond_ends import agree_on_broken
from multiscale.particles.bonds import mark_broken
from tests.bond_rig import chain


@pytest.mark.mpi(2)
def test_a_bond_that_broke_on_one_rank_breaks_on_all():
    comm = MPI.COMM_WORLD
    beam = chain(6)
    mark_broken(beam.bonds, np.array([[2 + comm.rank, 1 + comm.rank]]))
    assert beam.bonds.intact.sum() == 4
    agree_on_broken(beam.bonds, beam.ends, comm)
    assert beam.bonds.ids[~beam.bonds.intact].tolist() == [[1, 2], [2, 3]]
    beam.find()  # what is known to be broken is not told again
    before = beam.bonds.intact.sum()
    agree_on_broken(beam.bonds, beam.ends, comm)
    assert beam.bonds.intact.sum() == before == 3
