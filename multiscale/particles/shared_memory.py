"""Memory that the ranks of one machine share: a file on no disk, mapped by all of them.

MPI's own windows are mapped whether or not the machine has the pages, and a rank that writes to a
page that is not there is killed by the bus error: where /dev/shm is small, 64 MB in a container.
Here each rank first reserves the pages of its own part, which may fail, and then all know it.
"""

from __future__ import annotations

import errno
import mmap
import os
import tempfile
from contextlib import suppress

from mpi4py import MPI

FOLDER = "/dev/shm"


def allocate(node: MPI.Intracomm, part: int) -> mmap.mmap | str:
    """Give memory of `part` bytes for each rank, rank after rank, zeroed. Collective.

    It is given back when nothing refers to it any more; nothing is left if the job is killed.

    Args:
        node: ranks of one machine.
        part: bytes of each rank, the same on all ranks.

    Returns:
        The memory; or on all ranks why one of them cannot have it.
    """
    name, problem, memory = "", "", None
    if node.rank == 0:
        try:
            handle, name = tempfile.mkstemp(prefix="multiscale-", dir=FOLDER)
            os.truncate(handle, node.size * part)  # its size; as yet it has no pages
            os.close(handle)
        except OSError as error:
            problem = _said(error)
    name = str(node.bcast(name))
    if name:
        try:
            memory = _mapped(name, node.rank * part, part, node.size * part)
        except OSError as error:
            problem = _said(error)
    problems = [said for said in node.allgather(problem) if said]  # all have opened it, or tried to
    if node.rank == 0 and name:
        with suppress(OSError):
            os.unlink(name)
    return memory if memory is not None and not problems else problems[0]


def _mapped(name: str, start: int, part: int, size: int) -> mmap.mmap:
    handle = os.open(name, os.O_RDWR)
    try:
        reserve_pages(handle, start, part)
        return mmap.mmap(handle, size)
    finally:
        os.close(handle)


def reserve_pages(handle: int, start: int, part: int) -> None:
    """Have the pages of a part of a file, near the core that asks for them.

    Raises:
        OSError: there is no room.
    """
    os.posix_fallocate(handle, start, part)


def _said(error: OSError) -> str:
    return os.strerror(error.errno or errno.EIO)
