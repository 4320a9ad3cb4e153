"""Conduction through voxels, side by side with a peer: time, memory, iterations and the result.

    python tests/benchmarks/transport.py --edges 64 100 --out transport.json [--peer PYTHON]

`--peer` is the interpreter of an environment of its own with PoreSpy and pyamg (they are no
dependencies here); without it the peer is reported as skipped. SciPy solves the assembled matrix by
conjugate gradients with a diagonal preconditioner. All see the same image, with Dirichlet planes
along axis 0 and mirror sides. Run from the repository's root with PYTHONPATH=. set.
"""

import argparse
import json
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from multiscale.voxels import laplace
from multiscale.voxels.percolation import percolating
from tests.voxel_images import blobs

SIDES = (False, False)
FLUX_TOLERANCE = 1e-5
PEER = """
import json, sys, time
import numpy as np
import porespy as ps
pore = np.load(sys.argv[1])
ps.simulations.tortuosity_fd(pore[:20, :20, :20], axis=0)
start = time.perf_counter()
found = ps.simulations.tortuosity_fd(pore, axis=0, ftol=float(sys.argv[2]))
print(json.dumps({"seconds": time.perf_counter() - start, "tau": float(found.tortuosity)}))
"""


def memory() -> float:
    """Peak resident memory of this process (bytes)."""
    return 1024.0 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def ours(pore: np.ndarray) -> dict[str, float]:
    """Time from the image to tau; bytes per voxel above what the image took."""
    before, start = memory(), time.perf_counter()
    d = percolating(pore, SIDES).astype(float)
    faces = laplace.faces_of_cells(d, (1.0, 1.0, 1.0), SIDES)
    found = laplace.conduct(faces, SIDES, residual_tolerance=1e-5, flux_tolerance=FLUX_TOLERANCE)
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "tau": d.mean() / found.conductivity,
        "iterations": found.iterations,
        "flux_mismatch": found.flux_mismatch,
        "bytes_per_voxel": max(memory() - before, 0.0) / pore.size,
    }


def scipy_cg(pore: np.ndarray) -> dict[str, float]:
    """Assembled matrix, diagonally preconditioned conjugate gradients, residual 1e-8."""
    from scipy.sparse import diags_array
    from scipy.sparse.linalg import cg

    from multiscale.voxels.aggregation import cell_network

    start, count = time.perf_counter(), 0
    d = percolating(pore, SIDES).astype(float)
    network = cell_network(laplace.faces_of_cells(d, (1.0, 1.0, 1.0), SIDES), SIDES)
    matrix = (diags_array(network.diagonal) - network.links).tocsr()
    bottom, top = network.block[0] == 0, network.block[0] == pore.shape[0] - 1

    def step(_: np.ndarray) -> None:
        nonlocal count
        count += 1

    right = np.where(bottom, 2.0, 0.0)
    x, _ = cg(matrix, right, rtol=1e-8, M=diags_array(1 / network.diagonal), callback=step)
    conductivity = (2 * x[top]).sum() * pore.shape[0] / (pore.shape[1] * pore.shape[2])
    return {
        "seconds": time.perf_counter() - start,
        "tau": d.mean() / conductivity,
        "iterations": count,
    }


def porespy(pore: np.ndarray, python: str | None) -> dict[str, float] | str:
    """PoreSpy's tortuosity_fd in its own environment."""
    if python is None:
        return "skipped: no --peer interpreter with porespy and pyamg"
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "pore.npy"
        np.save(image, pore)
        done = subprocess.run(
            [python, "-c", PEER, str(image), str(FLUX_TOLERANCE)],
            capture_output=True,
            text=True,
            timeout=1800,
        )
    if done.returncode:
        return f"skipped: {done.stderr.strip().splitlines()[-1]}"
    return json.loads(done.stdout.strip().splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edges", type=int, nargs="+", default=[64, 100])
    parser.add_argument("--peer", default=None)
    parser.add_argument("--out", type=Path, default=Path("transport.json"))
    options = parser.parse_args()
    ours(blobs((20, 20, 20), 2.0, 0) < 0.5)  # compile
    rows = []
    for n in options.edges:
        pore = blobs((n, n, n), 4.0, 0) < 0.36
        row = {"voxels": n**3, "porosity": float(pore.mean()), "multiscale": ours(pore)}
        row |= {"scipy_cg": scipy_cg(pore), "porespy": porespy(pore, options.peer)}
        rows.append(row)
        print(json.dumps(row, indent=1), flush=True)
    options.out.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
