"""One sheared slurry by multiscale: `mpiexec -n 2 python shear_ours.py job.json`.

What job and result hold is said in compaction_job.py; `law` is not looked at, `rate` is the shear
rate, and what is measured are `stress` (xy) and `pressure`.
"""

import json
import sys
from pathlib import Path
from typing import Any

from mpi4py import MPI

import numpy as np

from multiscale import particles as dem
from multiscale.particles.layout import Frame
from multiscale.particles.measure import measure
from tests.benchmarks.laps import peak_memory, timed_laps
from tests.benchmarks.shear import TYPES, Sheared, random_slurry, slurry_law

COMM = MPI.COMM_WORLD


def simulate(start: Sheared, job: dict[str, Any]) -> dem.Simulation:
    """Put the particles into the box that tilts."""
    density = np.array([job["law"]["density"][t] for t in TYPES])[start.kind]
    particles = dem.spheres(
        start.position,
        start.radius,
        mass=density * 4 / 3 * np.pi * start.radius**3,
        type=[TYPES[k] for k in start.kind] or None,
        velocity=start.velocity,
        spin=start.spin,
    )
    return dem.Simulation(
        particles,
        box=dem.Box((start.edge,) * 3, tilt=start.tilt, shear_rate=job["rate"]),
        laws=[slurry_law(job["law"])],
        time_step=job["time_step"],
        comm=COMM,
        overlap=np.inf,
        **job["settings"],
    )


def gathered(sim: dem.Simulation, start: Sheared) -> Sheared:
    """Bring the particles to rank 0, in their first order, into the box."""
    mine = sim.particles()
    rows = np.c_[mine.id, mine.position, mine.velocity, mine.spin]
    rows = np.concatenate(COMM.bcast(COMM.gather(rows)))
    rows = rows[np.argsort(rows[:, 0])]
    tilt = float(sim.frame[Frame.TILT, 0])
    return Sheared(
        rows[:, 1:4], rows[:, 4:7], rows[:, 7:10], start.radius, start.kind, start.edge, tilt
    )


def measured(sim: dem.Simulation) -> dict[str, float]:
    now = measure(sim)
    stress = float(now.total_stress[0, 1])
    return {"strain": sim.time * float(sim.box.shear_rate), "stress": stress,
            "pressure": now.pressure, "energy": now.energy.stored / sim.total,
            "kinetic": now.energy.translation / sim.total}  # fmt: skip


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text())
    mine = (lambda start: start) if COMM.rank == 0 else Sheared.emptied
    simulate(mine(random_slurry(1000)), job).run(20)  # compile; the runtime's floor of memory
    floor = peak_memory()
    start = Sheared.load(Path(job["start"]))
    sim, taken = timed_laps(lambda: simulate(mine(start), job), measured, job, floor)
    final, now = measured(sim), gathered(sim, start)
    if COMM.rank == 0:
        if job["save"]:
            now.save(Path(job["save"]))
        lists = {"builds": sim.lists.builds, "prunes": sim.lists.prunes,
                 "outer": sim.lists.outer, "pairs": sim.lists.pairs}  # fmt: skip
        print(json.dumps(taken | {"final": final, "lists": lists}), flush=True)


if __name__ == "__main__":
    main()
