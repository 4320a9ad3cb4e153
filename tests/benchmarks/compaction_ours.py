"""One compaction run by multiscale: `mpiexec -n 2 python compaction_ours.py job.json`.

What job and result hold is said in compaction_job.py. The settings may name `skin` and
`inner_skin`; otherwise the engine's own choice holds.
"""

import json
import sys
from pathlib import Path
from typing import Any

from mpi4py import MPI

import numpy as np
from scipy.spatial import cKDTree

from multiscale import particles as dem
from tests.benchmarks.compaction import Start, random_start
from tests.benchmarks.compaction_laws import laws
from tests.benchmarks.laps import peak_memory, timed_laps

COMM = MPI.COMM_WORLD


def held(start: Start) -> Start:
    """Let rank 0 hold all particles, the other ranks none."""
    return start if COMM.rank == 0 else start.emptied()


def simulate(start: Start, job: dict[str, Any]) -> dem.Simulation:
    """Put the particles between the wall and the piston."""
    given = {"density": 1.0, "velocity": start.velocity, "spin": start.spin}
    particles = dem.spheres(start.position, start.radius, **given)
    return dem.Simulation(
        particles,
        box=dem.Box(lengths=(*start.lengths, start.top), periodic=(True, True, False)),
        laws=laws(job["law"]),
        walls=[dem.Wall("z", 0.0), dem.Wall("z", start.top, velocity=-start.speed)],
        time_step=job["time_step"],
        comm=COMM,
        overlap=0.5,
        step=1.5,  # the peer's time step, beyond our limit of JKR among twelve neighbours by 1.48
        **job["settings"],
    )


def gathered(sim: dem.Simulation, start: Start) -> Start:
    """Bring the particles to rank 0, in their first order."""
    mine = sim.particles()
    rows = np.c_[mine.id, mine.radius, mine.position, mine.velocity, mine.spin]
    rows = np.concatenate(COMM.bcast(COMM.gather(rows)))
    rows = rows[np.argsort(rows[:, 0])]
    top = start.top - start.speed * sim.time
    x, v, w = rows[:, 2:5], rows[:, 5:8], rows[:, 8:11]
    return Start(x, v, w, rows[:, 1], start.lengths, top, start.speed)


def measured(sim: dem.Simulation, start: Start) -> dict[str, float]:
    """Solid fraction, pressure on the piston, mean coordination; contacts counted by a tree."""
    now = gathered(sim, start)
    lx, ly = start.lengths
    push = COMM.allreduce(sim.wall_force[1, 2])
    inside = now.position % (lx, ly, np.inf)
    tree = cKDTree(inside, boxsize=(lx, ly, 0.0))
    pairs = tree.query_pairs(2 * now.radius.max(), output_type="ndarray")
    apart = inside[pairs[:, 0]] - inside[pairs[:, 1]]
    apart[:, :2] -= np.rint(apart[:, :2] / (lx, ly)) * (lx, ly)
    touching = np.linalg.norm(apart, axis=1) < now.radius[pairs].sum(1)
    return {
        "phi": float(now.solid_fraction),
        "pressure": abs(push) / (lx * ly),
        "coordination": 2 * float(touching.sum()) / len(inside),
    }


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text())
    simulate(held(random_start(512)), job).run(
        20
    )  # compile, and reach the runtime's floor of memory
    floor = peak_memory()
    start = held(Start.load(Path(job["start"])))
    sim, taken = timed_laps(
        lambda: simulate(start, job), lambda sim: measured(sim, start), job, floor
    )
    final, now = measured(sim, start), gathered(sim, start)
    if COMM.rank == 0:
        if job["save"]:
            now.save(Path(job["save"]))
        print(json.dumps(taken | {"final": final}), flush=True)


if __name__ == "__main__":
    main()
