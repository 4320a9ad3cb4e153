"""Run one compaction by one engine under mpiexec, and read back what it measured.

A job is written as JSON: `start` (an .npz of compaction.Start), `law` (name and parameters),
`settings` of the engine, `time_step`, `warm` (steps before the clock starts), `steps` (timed),
`laps` (how often that is done over, from the start), `every` (sample each so many steps; 0: never),
`save` (where to keep the particles at the end, or null). The engine's process prints one line of
JSON: `seconds` of wall time for the timed steps, `cpu_seconds` and peak `memory` (bytes) of each
rank, `samples` and `final` (solid fraction `phi`, `pressure` on the piston, mean `coordination`).
"""

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent


@dataclasses.dataclass(frozen=True)
class Engine:
    """How to start an engine: its interpreter, the script that runs a job, its settings."""

    name: str
    python: str
    script: str
    settings: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def mpiexec(self) -> str:
        """The launcher beside the interpreter, otherwise the one beside ours."""
        beside = Path(self.python).parent / "mpiexec"
        return str(beside if beside.exists() else Path(sys.executable).parent / "mpiexec")


def ours(**settings: Any) -> Engine:
    return Engine("multiscale", sys.executable, "compaction_ours.py", settings)


def lammps(python: str, newton: str, omp: bool, skin: float) -> Engine:
    settings = {"newton": newton, "omp": omp, "skin": skin}
    return Engine("lammps", python, "compaction_lammps.py", settings)


def lammps_version(python: str) -> str:
    """Ask an interpreter for its LAMMPS.

    Raises:
        RuntimeError: it cannot run LAMMPS; the message says why.
    """
    probe = "from mpi4py import MPI; import numpy, lammps; print(lammps.__version__)"
    done = subprocess.run([python, "-c", probe], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{python}: {done.stderr.strip().splitlines()[-1]}")
    return done.stdout.strip()


def run(engine: Engine, ranks: int, job: dict[str, Any], timeout: float = 3600.0) -> dict[str, Any]:
    """Run a job to its end.

    Raises:
        RuntimeError: the engine failed; its last lines are in the message.
    """
    environment = os.environ | {
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "job.json"
        path.write_text(json.dumps(job | {"settings": engine.settings}))
        command = [engine.mpiexec, "-n", str(ranks), engine.python, str(HERE / engine.script)]
        done = subprocess.run(
            [*command, str(path)], capture_output=True, text=True, timeout=timeout, env=environment
        )
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        raise RuntimeError(f"{engine.name} {engine.settings} on {ranks} ranks failed:\n{tail}")
    return json.loads(lines[-1])
