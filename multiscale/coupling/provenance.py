"""Where a result comes from: code, libraries, machine, time."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import os
import platform
import resource
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

_LIBRARIES = (
    "numpy",
    "scipy",
    "numba",
    "h5py",
    "mpi4py",
    "pybamm",
    "bpx",
    "dolfinx-solver-real",
    "fenics-dolfinx",
)


@cache
def environment() -> dict[str, Any]:
    """Versions and machine, gathered once per process."""
    return {
        "package": importlib.metadata.version("multiscale-electrode"),
        "git": _git(),
        "python": platform.python_version(),
        "libraries": {name: v for name in _LIBRARIES if (v := _version(name))},
        "host": platform.node(),
        "machine": platform.machine(),
        "command": " ".join(sys.argv),
    }


def now() -> str:
    """UTC time, ISO 8601, to the second."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def peak_memory() -> int:
    """Largest resident size of this process so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _git() -> str | None:
    """Commit of the source tree, "-dirty" appended; None where this is not a checkout."""
    here = Path(__file__).resolve().parents[2]
    if not (here / ".git").exists():
        return None
    try:
        told = subprocess.run(
            ["git", "-C", os.fspath(here), "describe", "--always", "--dirty", "--abbrev=12"],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return told.stdout.strip()
