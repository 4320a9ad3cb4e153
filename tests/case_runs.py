"""Running the cases as a user does, by the command."""

import subprocess
import sys
from pathlib import Path

from conftest import mpi_environment, mpiexec

from multiscale.coupling.index import read_index
from multiscale.results import open_run

CASES = Path(__file__).resolve().parents[1] / "cases"


def multiscale(*arguments: object, ranks: int = 0) -> subprocess.CompletedProcess[str]:
    command = mpiexec(ranks) if ranks else [sys.executable]
    return subprocess.run(
        [*command, "-m", "multiscale", *map(str, arguments)],
        env=mpi_environment(),
        capture_output=True,
        text=True,
        timeout=600,
    )


def digests(out: Path) -> dict[str, str]:
    view = open_run(out)
    return {step.stage: getattr(view, step.stage).record.digest() for step in read_index(out).steps}
