"""One large volume on one and more ranks and threads: time, memory, iterations, the same result.

    mpiexec -n 2 python tests/benchmarks/transport_scaling.py --size 200 --rounds 5 [--apertures]
    python tests/benchmarks/transport_scaling.py --size 400 --threads 1 2
    python tests/benchmarks/transport_scaling.py --size 500 --lattice 4 --rounds 1
    mpiexec -n 2 python tests/benchmarks/transport_scaling.py --problem flow --size 128 --rounds 3

The image is that of `transport.py`; with `--apertures` the spheres leave open fractions of faces.
Each rank voxelises its own slab. In each round the first rank solves the whole volume alone, then
all ranks solve it together, so that a busy machine slows both; the ratios of the rounds are
reported with their median. Memory is the peak of a rank above what it held before the solve, over
the voxels. The first round compiles and pays for pages that the operating system hands out anew.

`--problem charging` charges the spheres of the image from the top (tau_e), `--problem flow` drives
creeping flow through its pores, to the stage's tolerances; `value` is D_e or the permeability.

`--lattice` takes a periodic image instead with a value known exactly: that many simple cubic cells
along each edge, spheres at 30 %, D = 0.605661. Staircases miss it with first order; the last row
extrapolates from these voxels and voxels twice as large.

`busiest` is the CPU time of the thread that computes most, without what passes in messages, where a
rank that waits burns time. Its ratio is what more cores bring where each has one of its own and
memory is fast enough: on a machine that others share nothing better can be measured.
"""

import argparse
import json
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mpi4py import MPI

import numpy as np

from multiscale.jit_cache import place_cache

COMM = MPI.COMM_WORLD
CUBE = (1.0, 1.0, 1.0)
NOWHERE = (False, False, False)
EXACT = 0.605661


def peak() -> int:
    """Most memory that this process has held [bytes]."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def resident() -> int:
    """Memory that this process holds now [bytes]."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


class Timed:
    """A communicator that notes the CPU time spent in its messages."""

    def __init__(self, comm: MPI.Intracomm) -> None:
        self.comm, self.rank, self.size, self.seconds = comm, comm.rank, comm.size, 0.0

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = getattr(self.comm, name)

        def timed(*arguments: Any, **named: Any) -> Any:
            begun = time.process_time()
            result = call(*arguments, **named)
            self.seconds += time.process_time() - begun
            return result

        return timed


def by_thread() -> dict[str, float]:
    """CPU seconds of each thread of this process."""
    own = Path("/proc/self/task").iterdir()
    return {t.name: 1e-9 * int((t / "schedstat").read_text().split()[0]) for t in own}


def patiently() -> None:
    """Wait for all ranks without taking the cores from those that work."""
    arrived = COMM.Ibarrier()
    while not arrived.Test():
        time.sleep(1e-3)


def sphere_lattice(size: int, cells: int, layers: slice) -> np.ndarray:
    """Pore (1) of these layers along axis 0; voxel centres decide."""
    place = (np.arange(size) + 0.5) * cells / size % 1 - 0.5
    x, y, z = np.ix_(place[layers], place, place)
    return (x**2 + y**2 + z**2 > (0.9 / (4 * np.pi)) ** (2 / 3)).astype(np.uint8)


def diffusion(d: Any, apertures: Any, slabs: Any, options: argparse.Namespace) -> Any:
    from multiscale.voxels.diffusion import diffuse

    sides = (options.lattice > 0,) * 2
    tolerances = {"residual_tolerance": 1e-2, "flux_tolerance": options.tolerance}
    found = diffuse(d, CUBE, sides, apertures, slabs, **tolerances)
    return found.iterations, found.conductivity


def charge(d: Any, apertures: Any, slabs: Any, options: argparse.Namespace) -> Any:
    from multiscale.voxels.blocking import charging, interface_source

    label, weight = (d == 0).astype(np.uint8), np.array([1.0, 0.0])
    source = interface_source(label, CUBE, NOWHERE, 1, weight, slabs)
    found = charging(d.astype(float), CUBE, (False, False), source, apertures, slabs)
    return found.iterations, found.conductivity


def flow(d: Any, apertures: Any, slabs: Any, options: argparse.Namespace) -> Any:
    from multiscale.voxels.permeability import smoothed
    from multiscale.voxels.stokes import creep

    pore, tolerances = d > 0, {"residual_tolerance": 1e-2, "flux_tolerance": 3e-3}
    level = smoothed(pore, NOWHERE, slabs)
    found = creep(pore, NOWHERE, slabs, level=level, **tolerances)
    return found.iterations, found.permeability


PROBLEMS = {"diffusion": diffusion, "charging": charge, "flow": flow}


def solve(size: int, slabs: Any, options: argparse.Namespace) -> Callable[[], dict[str, Any]]:
    """Voxelise; what then solves, with what is to be told about it."""
    from multiscale.voxels.apertures import face_apertures
    from tests.benchmarks.transport import overlapping_spheres, spheres_in

    layers, apertures, begun = slice(slabs.begin, slabs.end), None, time.perf_counter()
    if options.apertures:
        part = (layers, slice(None), slice(None))
        sphere = spheres_in(size)
        apertures = face_apertures(*sphere, (size,) * 3, np.ones(3), NOWHERE, part)
        d = np.ones((slabs.end - slabs.begin, size, size), np.float32)
    elif options.lattice:
        d = sphere_lattice(size, options.lattice, layers).astype(np.float32)
    else:
        d = overlapping_spheres(size, layers).astype(np.float32)
    voxelised = time.perf_counter() - begun

    def work() -> dict[str, Any]:
        waited = slabs.comm.seconds if slabs.comm else 0.0
        before, wall, cpu, busy = resident(), time.perf_counter(), time.process_time(), by_thread()
        iterations, value = PROBLEMS[options.problem](d, apertures, slabs, options)
        most = max(used - busy.get(thread, 0.0) for thread, used in by_thread().items())
        return {
            "seconds": time.perf_counter() - wall,
            "busiest": most - (slabs.comm.seconds - waited if slabs.comm else 0.0),
            "cpu_seconds": time.process_time() - cpu,
            "bytes_per_voxel": (peak() - before) / d.size,
            "iterations": iterations,
            "value": value,
            "voxelise_seconds": voxelised,
        }

    return work


def together(found: dict[str, Any]) -> dict[str, Any]:
    """The slowest rank's time, all ranks' CPU time, memory of one that never held the whole."""
    every = COMM.allgather(found)
    longest = {k: max(f[k] for f in every) for k in ("seconds", "busiest")}
    cpu, memory = sum(f["cpu_seconds"] for f in every), every[-1]["bytes_per_voxel"]
    return found | longest | {"cpu_seconds": cpu, "bytes_per_voxel": memory}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--problem", choices=PROBLEMS, default="diffusion")
    parser.add_argument("--size", type=int, default=200)
    parser.add_argument("--tolerance", type=float, default=1e-3)
    parser.add_argument("--rounds", type=int, default=4, help="the first one warms up")
    parser.add_argument("--threads", type=int, nargs="+", default=[1])
    parser.add_argument("--apertures", action="store_true")
    parser.add_argument("--lattice", type=int, default=0, help="cells along each edge")
    options = parser.parse_args()
    place_cache(COMM.rank, COMM.size)
    import numba

    from multiscale.voxels.slabs import share_layers, whole

    alone = solve(options.size, whole(options.size, NOWHERE), options) if COMM.rank == 0 else None
    shared = share_layers(Timed(COMM), options.size, NOWHERE)
    all_ranks = solve(options.size, shared, options) if COMM.size > 1 else None
    rows: list[dict[str, Any]] = []
    for _ in range(options.rounds):
        for threads in options.threads:
            numba.set_num_threads(threads)
            if alone:
                rows.append({"ranks": 1, "threads": threads} | alone())
            patiently()
            if all_ranks:
                found = together(all_ranks())
                rows.append({"ranks": COMM.size, "threads": threads} | found)
    if options.lattice:
        half = options.size // 2
        coarse = solve(half, share_layers(COMM, half, NOWHERE), options)()["value"]
    if COMM.rank == 0:
        for row in rows:
            print(json.dumps({"size": options.size, "apertures": options.apertures} | row))
        if options.lattice:
            value = 2 * rows[-1]["value"] - coarse
            print(
                f"extrapolated {value:.5f}, {100 * (value / EXACT - 1):+.3f} % of the exact value"
            )
        first, *others = dict.fromkeys((r["ranks"], r["threads"]) for r in rows)
        for case in others:
            for measure in ("seconds", "busiest"):
                print(f"{case[0]} ranks, {case[1]} threads, {gain(rows, first, case, measure)}")


def gain(rows: list[dict[str, Any]], first: Any, case: Any, measure: str) -> str:
    """How much less of `measure` one case takes than the first, round by round after warming up."""
    base, own = (
        [r[measure] for r in rows if (r["ranks"], r["threads"]) == which][1:]
        for which in (first, case)
    )
    ratios = [a / b for a, b in zip(base, own, strict=True)]
    return (
        f"{measure}: 1/{statistics.median(ratios):.2f} of {first}, by round {np.round(ratios, 2)}"
    )


if __name__ == "__main__":
    main()
