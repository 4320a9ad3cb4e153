"""How the command ends: one message, one exit code, and never a rank that waits for a lost one."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from multiscale.errors import CaseError, FileError, MultiscaleError

_SHELL_USAGE = 2  # what the argument parser gives; ours is CaseError's
_DEFECT = 70
_INTERRUPTED = 130
_PIPE_CLOSED = 141


def leaving(work: Callable[[], Any]) -> int:
    """Do the work and turn however it ends into an exit code.

    A MultiscaleError is raised on every rank at once, so rank 0 speaks for all. Anything else
    concerns one rank only: it says so itself and ends the job, as the others may wait for it.
    """
    try:
        work()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        return CaseError.exit_code if code == _SHELL_USAGE else code
    except MultiscaleError as error:
        if _rank() == 0:
            print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        if _rank() == 0:
            print(
                "interrupted; what was finished is stored, run the same command again",
                file=sys.stderr,
                flush=True,
            )
        return _end_job(_INTERRUPTED)
    except BrokenPipeError:  # the reader of our output has left, as in `multiscale show ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED
    except OSError as error:
        print(f"{_speaker()}{FileError.of(error)}", file=sys.stderr, flush=True)
        return _end_job(FileError.exit_code)
    except Exception as error:
        print(
            f"{_speaker()}{type(error).__name__}: {error}\n"
            f"This is a defect of multiscale. Traceback: {_write_traceback()}",
            file=sys.stderr,
            flush=True,
        )
        return _end_job(_DEFECT)
    return 0


def _write_traceback() -> Path:
    handle, name = tempfile.mkstemp(prefix="multiscale-", suffix=".traceback")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(f"{' '.join(sys.argv)}\n\n{traceback.format_exc()}")
    return Path(name)


def _end_job(code: int) -> int:
    world = _world()
    if world is not None and world.size > 1:
        world.Abort(code)
    return code


def _speaker() -> str:
    world = _world()
    return f"rank {world.rank} of {world.size}: " if world is not None and world.size > 1 else ""


def _rank() -> int:
    world = _world()
    return 0 if world is None else int(world.rank)


def _world() -> Any:
    """All ranks, where MPI runs; importing it here would start it for nothing."""
    mpi = sys.modules.get("mpi4py.MPI")
    alive = mpi is not None and mpi.Is_initialized() and not mpi.Is_finalized()
    return mpi.COMM_WORLD if mpi is not None and alive else None
