"""multiscale info: what is installed here?"""

from __future__ import annotations

import os

CITE = """Please cite the software behind your results: multiscale (CITATION.cff), PyBaMM
(doi:10.5334/jors.309), DOLFINx (doi:10.5281/zenodo.10447666), Numba (doi:10.1145/2833157.2833162).
Sources of each model are listed in docs/explanation/."""


def info() -> None:
    """Show versions, MPI, PETSc and threads, and how to cite.

    Paste it into reports of defects.

    \b
    Example:
      multiscale info
    """
    from multiscale.cli.table import table
    from multiscale.coupling.provenance import environment

    here = environment()
    rows = [
        ("multiscale", here["package"] + (f" ({here['git']})" if here["git"] else "")),
        ("python", here["python"]),
        *here["libraries"].items(),
        ("MPI", _mpi()),
        ("PETSc", _petsc()),
        ("cores", str(len(os.sched_getaffinity(0)))),
    ]
    rows += [
        (name, os.environ.get(name, "not set"))
        for name in (
            "OMP_NUM_THREADS",
            "NUMBA_NUM_THREADS",
            "NUMBA_CACHE_DIR",
            "HDF5_USE_FILE_LOCKING",
        )
    ]
    print(table(("what", "value"), rows))
    print(f"\n{CITE}")


def _mpi() -> str:
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:
        return f"not usable: {error}"
    return f"{MPI.Get_library_version().splitlines()[0].strip()}, {MPI.COMM_WORLD.size} rank(s)"


def _petsc() -> str:
    try:
        from petsc4py import PETSc
    except ImportError:
        return "not installed"
    return ".".join(map(str, PETSc.Sys.getVersion()))
