"""Ranks whose machine has no room for memory that they share exchange ghosts by messages.

A container's /dev/shm is 64 MB by default; a rank that wrote beyond it was killed by the bus error.
"""

from __future__ import annotations

import errno
import logging
import os
from pathlib import Path

from mpi4py import MPI

import numpy as np
import pytest

from multiscale import particles as dem
from multiscale.particles import shared_memory
from multiscale.particles.placing import soft
from multiscale.particles.window import Window

COMM = MPI.COMM_WORLD


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let rank 1 find that many bytes for its part, and no more; a list of one, to be changed."""
    room, reserve = [0], shared_memory.reserve_pages

    def full(handle: int, start: int, part: int) -> None:
        if COMM.rank == 1 and part > room[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        reserve(handle, start, part)

    monkeypatch.setattr(shared_memory, "reserve_pages", full)
    return room


def moved(comm: MPI.Intracomm) -> tuple[dem.Simulation, np.ndarray]:
    """Let 216 overlapping spheres drive each other apart; give the places of this rank's."""
    rng, n = np.random.default_rng(3), 6
    at = 2.0 * np.moveaxis(np.indices((n, n, n)), 0, -1).reshape(-1, 3) + rng.random((n**3, 3))
    at = at if comm.rank == 0 else at[:0]
    sim = dem.Simulation(
        dem.spheres(at, np.ones(len(at))),
        box=dem.Box((12.0, 12.0, 12.0), (True, True, True)),
        laws=[soft(stiffness=1.0)],
        time_step=0.2,
        comm=comm,
        overlap=np.inf,
    )
    sim.run(40)
    return sim, sim.particles().position


@pytest.mark.mpi(2)
def test_without_room_messages_give_the_same_bits(
    narrow: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    """One rank has no room; both exchange messages, say so once, and go on as with a window."""
    with caplog.at_level(logging.WARNING):
        by_mail, slow = moved(COMM.Dup())
    said = [r.getMessage() for r in caplog.records if "messages" in r.getMessage()]
    assert len(said) == (1 if COMM.rank == 0 else 0)
    assert all("No space left" in text and "/dev/shm" in text for text in said)
    narrow[0] = 1 << 40
    shared, fast = moved(COMM.Dup())
    assert by_mail.halo is not None and by_mail.halo.window is None
    assert shared.halo is not None and shared.halo.window is not None
    assert by_mail.lists.builds > 2 and np.array_equal(slow, fast)
    check_a_window_that_cannot_grow(narrow)


def check_a_window_that_cannot_grow(narrow: list[int]) -> None:
    """What was reserved remains in use; all ranks know that there is no more; no file is left."""
    before = sorted(Path(shared_memory.FOLDER).glob("multiscale-*"))
    narrow[0] = 200_000
    window = Window(COMM)
    assert window.reserve(10)
    kept = window.shared
    assert COMM.allgather(window.reserve(10_000 * COMM.rank)) == [False, False]
    narrow[0] = 1 << 40
    assert window.reserve(10) and not window.reserve(10_000) and window.shared is kept
    kept[window.part(COMM.rank)] = COMM.rank + 1.0
    COMM.Barrier()
    assert [kept[window.part(rank)] for rank in (0, 1)] == [1.0, 2.0]
    assert sorted(Path(shared_memory.FOLDER).glob("multiscale-*")) == before
