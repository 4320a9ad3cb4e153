"""Where Numba keeps compiled kernels: per user and version of the sources, and for one process at a
time in each directory.

Numba does not notice an edited function that was inlined from another file, so the directory is
keyed by the kernels' sources. Two processes that fill one cache at once can mix up its entries, and
one then runs the other's code; so each rank has its own, and a second job of the same user, while
the first one lives, takes the next free one. A new directory starts as a copy of rank 0's, so that
what is compiled there is not compiled again.
"""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from mpi4py import MPI

_HERE = Path(__file__).resolve().parent
_ROOMS = ("voxels", "particles", "stages")  # where there are kernels
_held: dict[Path, IO[bytes]] = {}  # locks of this process, by directory


def place_cache(rank: int, size: int) -> Path:
    """Point Numba to its cache and share the cores among `size` ranks. Call before kernels are
    imported.

    `NUMBA_CACHE_DIR` and `NUMBA_NUM_THREADS`, where the user sets them, are left alone.
    """
    # Threads that spin while they wait take the cores from whoever else runs on them: on a busy
    # machine parallel kernels then need several times as long as on one thread.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    cores = len(os.sched_getaffinity(0))
    os.environ.setdefault("NUMBA_NUM_THREADS", str(max(1, cores // size)))
    given = os.environ.get("NUMBA_CACHE_DIR")
    if not given or (Path(given) not in _held and Path(given).is_relative_to(_home())):
        # None, or that of the process that started this one.
        os.environ["NUMBA_CACHE_DIR"] = str(_free(f"rank-{rank}"))
        if "numba" in sys.modules:
            sys.modules["numba"].core.config.reload_config()
    return Path(os.environ["NUMBA_CACHE_DIR"])


def is_cold(place: Path) -> bool:
    """Whether nothing was compiled here yet, so that the first call will take long."""
    return next(place.rglob("*.nbi"), None) is None


def module_folder() -> Path:
    """Give the folder of modules that are written to be compiled, the same for all ranks.

    Name a module by its content and move it into place: then it does not matter who writes it, and
    what one rank compiles another one can copy.
    """
    place = Path(os.environ["NUMBA_CACHE_DIR"])
    return (place.parent if place in _held else place) / "modules"


def compile_first(
    comm: MPI.Intracomm, name: str, work: Callable[[], object], tell: Callable[[], object]
) -> None:
    """Let one rank of each node compile, and the others of the node copy. Collective.

    Args:
        comm: the ranks.
        name: of what is compiled; a mark of this name says that it was done.
        work: compiles, by calling the kernels; it must not communicate.
        tell: called on rank 0 if there is something to compile.
    """
    place = Path(os.environ["NUMBA_CACHE_DIR"])
    mark = place / f"{name}.compiled"
    if comm.allreduce(not mark.exists()):
        if comm.rank == 0:
            tell()
        node = comm.Split_type(_shared_memory())
        try:
            if node.rank == 0:
                work()
        finally:  # an error is the same on the other ranks, which must not wait
            source = node.bcast(place)
            if node.rank > 0:
                _copy(source, place)
            node.Free()
    work()
    place.mkdir(parents=True, exist_ok=True)
    mark.touch()


def _home() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "multiscale"


def _free(name: str) -> Path:
    """Take the first directory of that name which no living process holds."""
    base = _home() / f"numba-{_fingerprint()}"
    for k in itertools.count(1):
        place = base / (name if k == 1 else f"{name}.{k}")
        place.mkdir(parents=True, exist_ok=True)
        lock = open(place / "lock", "wb")  # held until the process ends, however it ends
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        except OSError:
            pass  # a file system without locks: apart by rank at least
        _held[place] = lock
        if is_cold(place):
            _copy(base / "rank-0", place)
        return place
    raise AssertionError  # there is no last number


def _copy(source: Path, place: Path) -> None:
    """Copy compiled code; its owner may go on compiling.

    Each index is read before its entries, and an entry, once there, stays what it is: so what is
    copied fits together, and what came later is compiled again.
    """
    if source == place:
        return
    marks = [mark.name for mark in source.glob("*.compiled")]
    for index in source.rglob("*.nbi"):
        target = place / index.relative_to(source).parent
        target.mkdir(parents=True, exist_ok=True)
        content = index.read_bytes()
        for entry in index.parent.glob(f"{index.stem}.*.nbc"):
            shutil.copyfile(entry, target / entry.name)
        (target / index.name).write_bytes(content)
    for mark in marks:
        (place / mark).touch()


def _shared_memory() -> int:
    from mpi4py import MPI

    return MPI.COMM_TYPE_SHARED


def _fingerprint() -> str:
    total = hashlib.sha256(sys.version.encode())
    for source in sorted(path for room in _ROOMS for path in (_HERE / room).rglob("*.py")):
        total.update(source.read_bytes())
    return total.hexdigest()[:16]
