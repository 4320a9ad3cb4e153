"""Cost of creeping flow through voxels: a lattice, and a dense packing on ever finer voxels.

    python tests/benchmarks/permeability.py --size 64 128 256 [--threads 1] --json flow.jsonl

Each row is one JSON object on a line of standard output, and of the file that `--json` may name.

- `lattice`: one simple cubic cell of 48^3 voxels at a porosity of 0.66: K over the square of its
  edge, seconds and CPU seconds (least of `--rounds`).
- `packing`: eighty equal spheres, 50 % solid, packed between two planes, on N^3 voxels for each N
  of `--size`: K along x, between the planes, and its stated error over the square of the edge, both
  grids of the error included in the seconds, CPU seconds and peak memory of the process.

Walls are where the spheres are. On a shared machine only CPU seconds mean anything. Run from the
repository's root with PYTHONPATH=. set.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from multiscale.jit_cache import place_cache

POROSITY = 0.66


def lattice(threads: int, rounds: int, n: int = 48) -> dict[str, Any]:
    """The row of the lattice."""
    from multiscale.voxels.stokes import creep
    from tests.verification.test_voxel_stokes import ROUND, spheres

    level, _ = spheres("sc", 1 - POROSITY, n)
    times = []
    for _ in range(rounds + 1):  # the first compiles
        wall, cpu = time.perf_counter(), time.process_time()
        flow = creep(level > 0, ROUND, level=level)
        times.append((time.process_time() - cpu, time.perf_counter() - wall))
    spent, wall = min(times[1:])
    row = {
        "kind": "lattice",
        "size": n,
        "threads": threads,
        "permeability": flow.permeability / n**2,
    }
    return row | {"iterations": flow.iterations, "seconds": wall, "cpu_seconds": spent}


def packing(n: int, threads: int) -> dict[str, Any]:
    """A row of the packing."""
    from multiscale.voxels.particle_fields import particle_fields
    from multiscale.voxels.permeability import permeability
    from multiscale.voxels.walls import FAR
    from tests.benchmarks.transport_to_percent import dense_packing

    spheres, around = dense_packing(), (False, True, True)
    radius = np.full(len(spheres.centre), spheres.radius)
    _, level = particle_fields(
        spheres.centre, radius, (n, n, n), np.full(3, 1 / n), around, FAR / n
    )
    level = np.asarray(level * n, np.float32)
    wall, cpu = time.perf_counter(), time.process_time()
    found = permeability(level > 0, np.full(3, 1 / n), 0, around, level=level)
    spent, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {
        "kind": "packing",
        "size": n,
        "threads": threads,
        "porosity": float((level > 0).mean()),
        "permeability": found.value,
        "error": found.error,
        "radius": spheres.radius,
        "iterations": found.iterations,
        "seconds": wall,
        "cpu_seconds": spent,
        "peak_bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, nargs="*", default=[64, 128])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, nargs="?", help="write the rows here too")
    parser.add_argument("--alone", type=int, help=argparse.SUPPRESS)  # a process for each size
    options = parser.parse_args()
    place_cache(0, 1)
    import numba

    numba.set_num_threads(options.threads)
    if options.alone:
        print(json.dumps(packing(options.alone, options.threads)))
        return
    rows = [lattice(options.threads, options.rounds)]
    for size in options.size:
        command = [sys.executable, __file__, "--alone", str(size)]
        command += ["--threads", str(options.threads)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        rows.append(json.loads(done.stdout.splitlines()[-1]))
    for row in rows:
        print(json.dumps(row), flush=True)
    if options.json:
        options.json.write_text("".join(json.dumps(row) + "\n" for row in rows))


if __name__ == "__main__":
    main()
