"""Slurry and coating give every rank the same bits."""

from mpi4py import MPI

import numpy as np
import pytest
from recipes import cathode_recipe

from multiscale.coupling.context import Context
from multiscale.records import Powder
from multiscale.stages.coating import CommaBar, coat
from multiscale.stages.slurry import SlurryClosure, mix


@pytest.mark.mpi(2)
def test_every_rank_holds_the_same_film() -> None:
    powder = Powder("NMC622", 4750.0, np.array([5e-6, 17e-6]), np.array([0.5, 0.5]))
    recipe = cathode_recipe()

    def digest(comm: MPI.Intracomm) -> str:
        ctx = Context(comm=comm, control=comm.Dup())
        slurry = mix.call(powder, recipe, SlurryClosure(), ctx)
        return coat.call(recipe, slurry, CommaBar(), ctx).digest()

    together = MPI.COMM_WORLD.allgather(digest(MPI.COMM_WORLD))
    assert set(together) == {digest(MPI.COMM_SELF)}
