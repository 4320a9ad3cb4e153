"""Tortuosity of a voxel image, side by side with a peer: time, memory and the result.

    python tests/benchmarks/transport.py --size 200 --tolerance 1e-3 --json out.jsonl \\
        --peer taufactor=PYTHON --peer porespy [--apertures]

A peer is named with the interpreter of an environment of its own, in which it is installed, or by
its name alone where it is installed beside us; peers are no dependencies here. All see the same
image, overlapping polydisperse spheres at a pore fraction near 0.35, with Dirichlet planes along
axis 0, mirror sides, and the same tolerance of the fluxes through the layers. Each row is one JSON
object on a line of standard output, and of the file that `--json` may name: seconds and CPU seconds
of a solve (median of `--repeats` but the first), peak memory above the image's, tau, and beside a
peer `ratio`, its seconds over ours, and `ratio_of_cpu_seconds` (none where it did not finish within
`--patience`).

Ours and the peer's run one after the other; on a shared machine only such pairs mean anything. On
a virtual machine the first solve also pays for pages that the host hands out, twice the cost of a
solve of ours; repeats show the solver, and the first time of all is given as `first_seconds`.

`--apertures` adds the error of tau at 16 voxels per diameter with and without open fractions on a
lattice with a known value. The time to come within 1 % is `transport_to_percent.py`.
Run from the repository's root with PYTHONPATH=. set.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

PREAMBLE = """
import json, resource, sys, time
import numpy as np
pore, tolerance = np.load(sys.argv[1]), float(sys.argv[2])
small = pore[:30, :30, :30].copy()
def memory():
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
def timed(work):
    before, times = memory(), []
    for _ in range(int(sys.argv[4])):
        wall, cpu = time.perf_counter(), time.process_time()
        found = work()
        times.append((time.perf_counter() - wall, time.process_time() - cpu))
    wall, cpu = np.median(times[1:] or times, axis=0)
    print(json.dumps(found | {"seconds": wall, "cpu_seconds": cpu, "first_seconds": times[0],
                              "bytes": memory() - before}))
"""
OURS = """
from multiscale.jit_cache import place_cache
place_cache(0, 1)
import numba
from multiscale.voxels.diffusion import diffuse
numba.set_num_threads(min(int(sys.argv[3]), numba.config.NUMBA_NUM_THREADS))
def solve(image):
    found = diffuse(image.astype(np.float32), (1.0, 1.0, 1.0), (False, False),
                    residual_tolerance=1e-2, flux_tolerance=tolerance)
    return {"tau": float(image.mean() / found.conductivity), "iterations": found.iterations,
            "flux_mismatch": found.flux_mismatch}
small[:] = 1
small[10:20, 10:20, 10:20] = 0
solve(small)
timed(lambda: solve(pore))
"""
PEERS = {
    "taufactor": """
import taufactor, torch
torch.set_num_threads(int(sys.argv[3]))
def solve(image, limit=100000):
    solver = taufactor.Solver(image, device="cpu")
    solver.solve(verbose=False, conv_crit=tolerance, iter_limit=limit)
    return {"tau": float(np.ravel(solver.tau)[0])}
solve(small, 100)
timed(lambda: solve(pore))
""",
    "porespy": """
import logging
import openpnm, porespy
openpnm.Workspace().settings.loglevel = 50
def solve(image):
    found = porespy.simulations.tortuosity_fd(image.astype(bool), axis=0, ftol=tolerance)
    return {"tau": float(found.tortuosity)}
solve(small)
timed(lambda: solve(pore))
""",
}


def spheres_in(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Centres and radii of overlapping spheres, log-normal around 8 voxels; a fixed seed."""
    rng = np.random.default_rng(20240601 + size)
    radius = np.clip(rng.lognormal(np.log(8.0), 0.3, 1_000_000), 3, 20)
    density = -np.log(0.35) / (4 / 3 * np.pi * np.mean(radius**3))
    count = rng.poisson(density * (size + 40) ** 3)
    centre = rng.uniform(-20, size + 20, (count, 3))
    return centre, radius[rng.integers(0, radius.size, count)]


def overlapping_spheres(size: int, layers: slice = slice(None)) -> np.ndarray:
    """Pore (1) between the spheres, of these layers along axis 0."""
    from multiscale.voxels.apertures import solid_fractions

    part = (layers, slice(None), slice(None))
    solid = solid_fractions(
        *spheres_in(size), (size,) * 3, np.ones(3), (False,) * 3, planes=2, part=part
    )
    return (solid < 0.5).astype(np.uint8)


def run(code: str, python: str, image: Path, options: argparse.Namespace) -> dict[str, Any]:
    """One solver in a process of its own."""
    command = [python, "-c", PREAMBLE + code, str(image)]
    command += [str(options.tolerance), str(options.threads), str(options.repeats)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=options.patience)
    except subprocess.TimeoutExpired:
        return {"failed": f"not finished after {options.patience:g} s"}
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or ["no message"])[-1]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def ratios(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, float]:
    """The peer's times over ours; none where one did not finish."""
    kinds = {"ratio": "seconds", "ratio_of_cpu_seconds": "cpu_seconds"}
    return {name: theirs[k] / ours[k] for name, k in kinds.items() if k in ours and k in theirs}


def aperture_gain(per_diameter: int = 16) -> dict[str, Any]:
    """Error of D for touching spheres, simple cubic (exact: 0.34372), by faces of either kind."""
    from multiscale.voxels.apertures import face_apertures
    from multiscale.voxels.diffusion import diffuse
    from tests.voxel_images import cubic_spheres, sphere_lattice

    n, exact = per_diameter, 0.34372
    centre, radius = cubic_spheres("sc", np.pi / 6)
    faces = face_apertures(centre, radius, (n, n, n), np.full(3, 1 / n), (True, True, True))
    plain = sphere_lattice("sc", np.pi / 6, n).astype(np.float32)
    cube = (1.0, 1.0, 1.0)
    return {
        "case": "touching spheres, simple cubic",
        "voxels_per_diameter": n,
        "error_apertures": diffuse(plain**0, cube, (True, True), faces).conductivity / exact - 1,
        "error_staircase": diffuse(plain, cube, (True, True)).conductivity / exact - 1,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, nargs="*", default=[100])
    parser.add_argument("--tolerance", type=float, default=1e-3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=2, help="the first is given apart")
    parser.add_argument("--peer", action="append", default=[], help="name or name=interpreter")
    parser.add_argument("--patience", type=float, default=600.0, help="seconds for one peer")
    parser.add_argument("--apertures", action="store_true")
    parser.add_argument("--json", type=Path, nargs="?", help="write the rows here too")
    options = parser.parse_args()
    for peer in options.peer:
        if peer.partition("=")[0] not in PEERS:
            parser.error(f"--peer {peer}: known are {', '.join(PEERS)}")
    rows = [aperture_gain()] if options.apertures else []
    for size in options.size:
        pore = overlapping_spheres(size)
        with tempfile.TemporaryDirectory() as folder:
            image = Path(folder) / "pore.npy"
            np.save(image, pore)
            for peer in options.peer or [""]:
                row = {"size": size, "tolerance": options.tolerance, "threads": options.threads,
                       "porosity": float(pore.mean())}  # fmt: skip
                row["multiscale"] = ours = run(OURS, sys.executable, image, options)
                if peer:
                    name, _, python = peer.partition("=")
                    theirs = run(PEERS[name], python or sys.executable, image, options)
                    row |= {"peer": name, name: theirs} | ratios(ours, theirs)
                rows.append(row)
    for row in rows:
        print(json.dumps(row), flush=True)
    if options.json:
        options.json.write_text("".join(json.dumps(row) + "\n" for row in rows))


if __name__ == "__main__":
    main()
