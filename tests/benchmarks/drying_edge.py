"""Film-2d through a whole dryer: time and how it scales with ranks.

    python tests/benchmarks/drying_edge.py --full --json out.jsonl

Runs the strip beside the edge of the cathode C1 in a process of one rank and in one of two, one
after the other, with the wall and CPU time of the balances across the web, of the layers within the
columns and of the binder's transport, the wall time of all, the GMRES iterations per solve and what
the balances are off by. `--full` is a strip of 1e5 unknowns. On a shared machine only such pairs
mean anything. Run from the repository's root.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

JOB = """
import json, sys, time
from mpi4py import MPI
sys.path.insert(0, "tests")
from drying_case import cathode
from multiscale.stages.drying.edge import solve, step
from multiscale.stages.drying.edge.options import Edge, Film2D
from multiscale.stages.drying.edge.stage import web_of
from multiscale.stages.drying.setup import portions_of

columns, layers, steps = map(int, sys.argv[1:4])
comm = MPI.COMM_WORLD
powder, formulation, wet = cathode()
edge = Edge().model_copy(update={"columns": columns, "layers": layers, "steps": steps})
options = Film2D().model_copy(update={"edge": edge})
portions = portions_of(formulation, wet, options)
web = web_of(powder, formulation, wet, portions, options)
times = {}

def timed(name, solved):
    def run(*given, **more):
        comm.Barrier()
        begin, cpu = time.perf_counter(), time.process_time()
        found = solved(*given, **more)
        spent = {"_s": time.perf_counter() - begin, "_cpu_s": time.process_time() - cpu}
        for key, seconds in spent.items():
            times[name + key] = times.get(name + key, 0.0) + seconds
        return found

    return run

solvers, make = [], step.Columns
step.Columns = lambda *given: solvers.append(make(*given)) or solvers[-1]
solve.carry, solve.cross = timed("binder", solve.carry), timed("web", solve.cross)
solve.settle, solve.fill = timed("layers", solve.settle), timed("layers", solve.fill)
begin = time.perf_counter()
drying = solve.solve_edge(comm, web, portions, wet.web_speed, options, lambda done, note: None)
times["all_s"] = time.perf_counter() - begin
start = float(drying.sections[0].mass())
if comm.rank == 0:
    solver = solvers[0]
    print(json.dumps({
        "ranks": comm.size, "unknowns": (columns + 1) * (layers + 1), "steps": steps,
        "solves": solver.solves,
        "iterations_per_solve": solver.iterations / solver.solves, "binder_mass": start,
        "imbalance": max(drying.crossing.imbalances().values()), **times,
    }))
"""


def run(ranks: int, options: argparse.Namespace) -> dict[str, float]:
    """One solve on so many ranks, in processes of its own."""
    mpiexec = str(Path(sys.executable).with_name("mpiexec"))
    sizes = [str(options.columns), str(options.layers), str(options.steps)]
    done = subprocess.run(
        [mpiexec, "-n", str(ranks), sys.executable, "-c", JOB, *sizes],
        capture_output=True,
        text=True,
        timeout=options.patience,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return json.loads(done.stdout.strip().splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--columns", type=int, default=120)
    parser.add_argument("--layers", type=int, default=80)
    parser.add_argument("--steps", type=int, default=240)
    parser.add_argument("--full", action="store_true", help="400 columns of 250 layers")
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--patience", type=float, default=1800.0, help="seconds for one solve")
    parser.add_argument("--json", type=Path, default=None, help="also write the rows here")
    options = parser.parse_args()
    if options.full:
        options.columns, options.layers = 400, 250
    rows = [run(ranks, options) for ranks in options.ranks]
    for row in rows:
        for part in ("binder", "all"):
            row[f"{part}_speedup"] = rows[0][f"{part}_s"] / row[f"{part}_s"]
        row["efficiency"] = row["all_speedup"] * rows[0]["ranks"] / row["ranks"]
        print(json.dumps(row), flush=True)
    if options.json:
        options.json.write_text("".join(json.dumps(row) + "\n" for row in rows))


if __name__ == "__main__":
    main()
