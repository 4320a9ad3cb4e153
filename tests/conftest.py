"""Tiers and MPI: a test marked `mpi(n)` runs again under `mpiexec -n n`, with a time limit."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

MPI_TIME_LIMIT = 180  # seconds
_LAUNCHER_VARIABLES = ("PMI_", "PMIX_", "HYD", "MPI_LOCAL")


# The same examples at each run of CI; a developer's run looks further.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="also run the tests marked slow")
    parser.addoption(
        "--same-physics",
        action="store_true",
        help="accept changed stage sources: the results are the same",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--slow") or os.environ.get("MULTISCALE_MPI_CHILD"):
        return  # whoever started the ranks has chosen the test
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="slow; run with --slow"))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    marker = pyfuncitem.get_closest_marker("mpi")
    if marker is None or os.environ.get("MULTISCALE_MPI_CHILD"):
        return None
    command = [
        *mpiexec(marker.args[0]),
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        pyfuncitem.nodeid,
    ]
    done = subprocess.run(
        command,
        cwd=pyfuncitem.config.rootpath,
        env=mpi_environment(MULTISCALE_MPI_CHILD="1"),
        timeout=MPI_TIME_LIMIT * (5 if pyfuncitem.get_closest_marker("slow") else 1),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return True


def mpiexec(ranks: int) -> list[str]:
    """The command that starts this Python on `ranks` ranks; skips where there is no mpiexec."""
    beside = Path(sys.executable).with_name("mpiexec")
    found = os.environ.get("MULTISCALE_MPIEXEC") or (
        str(beside) if beside.exists() else shutil.which("mpiexec")
    )
    if not found:
        pytest.skip("no mpiexec on this machine")
    return [found, "-n", str(ranks), sys.executable]


def mpi_environment(**more: str) -> dict[str, str]:
    """This environment without the variables of a launcher around us."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(_LAUNCHER_VARIABLES)}
    return kept | {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"} | more


@pytest.fixture
def launch():
    """Give (command, environment) for a Python program on n ranks."""
    return lambda ranks: (mpiexec(ranks), mpi_environment())
