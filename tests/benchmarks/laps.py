"""Laps of one of our simulations against the clock, on the ranks of a job."""

import resource
import time
from collections.abc import Callable
from typing import Any

from mpi4py import MPI

from multiscale import particles as dem

COMM = MPI.COMM_WORLD


def peak_memory() -> float:
    """Largest memory of this process so far [B]."""
    return 1024.0 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def timed_laps(
    make: Callable[[], dem.Simulation],
    measured: Callable[[dem.Simulation], dict[str, float]],
    job: dict[str, Any],
    floor: float,
) -> tuple[dem.Simulation, dict[str, Any]]:
    """Run the job's laps, each from its start. Collective.

    Args:
        make: gives the simulation at the start of a lap.
        measured: what is sampled every `job["every"]` steps, which is in the time then.
        job: see compaction_job.py.
        floor: memory that the runtime takes by itself [B].

    Returns:
        The last simulation; seconds by the clock, and by rank those of CPU and the memory.
    """
    wall, cpu, samples = 0.0, 0.0, []
    for _ in range(job["laps"]):
        sim = make()
        sim.run(job["warm"])
        COMM.Barrier()
        wall, cpu = wall - time.perf_counter(), cpu - time.process_time()
        pieces = job["every"] or job["steps"]
        for done in range(0, job["steps"], pieces):
            sim.run(min(pieces, job["steps"] - done))
            if job["every"]:
                samples.append(measured(sim))
        COMM.Barrier()
        wall, cpu = wall + time.perf_counter(), cpu + time.process_time()
    taken = {"seconds": wall, "cpu_seconds": COMM.gather(cpu), "samples": samples}
    return sim, taken | {"memory": COMM.gather(peak_memory()), "floor": COMM.gather(floor)}
