"""Files that are whole or not there: written under a scratch name and moved into place."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

_SCRATCH = ".tmp"


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a scratch path beside `path` and move it there when the block ends well.

    After the block the file outlasts a crash of the machine: its content reaches the disk before
    its name does, and the name, where the file system can, before this returns.
    """
    scratch = path.with_name(f".{path.name}.{os.getpid()}@{socket.gethostname()}{_SCRATCH}")
    try:
        yield scratch
        _to_disk(scratch)
        os.replace(scratch, path)
        with contextlib.suppress(OSError):  # not every file system can do this to a folder
            _to_disk(path.parent)
    finally:
        scratch.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove scratch files of processes of this host that are gone."""
    for scratch in folder.glob(f".*@{socket.gethostname()}{_SCRATCH}"):
        pid = scratch.name.rpartition("@")[0].rpartition(".")[2]
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            with contextlib.suppress(OSError):  # a read-only folder keeps its litter
                scratch.unlink(missing_ok=True)
        except (PermissionError, ValueError):
            pass  # it lives, under another user; or it is no scratch file of ours


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
