"""Time to come within 1 % of the exact conductivity between spheres, side by side with a peer.

    python tests/benchmarks/transport_to_percent.py [--dense --largest 284] [--peer porespy=PYTHON]

The spheres insulate; Dirichlet planes along axis 0, mirror sides. Ours takes open fractions of the
voxel faces, voxelising included; the peer sees the staircase image on which D comes as near. By
default ten spheres at 15 % solid, with `--dense` eighty equal ones at 50 %, packed by
`voxels.packing` and touching. The exact value is extrapolated with second order from open fractions
on three grids; its error is the distance from the value that the coarser two give.

The error of staircases is that of our own solve on the peer's images. Where it is above 1 % on the
largest of them, the edge that first order predicts is given, and the peer's time on `--peer-size`
is scaled to that by voxels: too little, since its iterations grow with the edge. The row says so.
Run from the repository's root with PYTHONPATH=. set.
"""

import argparse
import json
import tempfile
import time
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.transport import PEERS, ratios, run

GOAL = 0.01


@dataclass(frozen=True)
class Spheres:
    """Equal spheres in and about a cube of edge 1.

    Attributes:
        name: for the row.
        centre: shape (n, 3).
        radius: of all.
    """

    name: str
    centre: np.ndarray
    radius: float


def ten_spheres() -> Spheres:
    """Ten spheres of radius 0.2 that do not overlap; a fixed seed."""
    rng, centre = np.random.default_rng(3), np.empty((0, 3))
    while len(centre) < 10:
        trial = rng.uniform(-0.1, 1.1, 3)
        if (np.linalg.norm(centre - trial, axis=1) > 0.4).all():
            centre = np.vstack([centre, trial])
    return Spheres("ten spheres, 15 % solid", centre, 0.2)


def dense_packing(count: int = 80, solid: float = 0.5) -> Spheres:
    """A random packing between two planes, axis 0 from plane to plane, and its periodic images."""
    from multiscale.voxels.packing import pack

    radius = float(np.cbrt(3 * solid / (4 * np.pi * count)))
    rng = np.random.default_rng(5)
    inside = pack(np.full(count, radius), np.ones(3), rng, lambda share, overlap: None)
    shifts = np.array([(0, y, z) for y, z in product((-1, 0, 1), repeat=2)])
    centre = (inside[:, None, [2, 0, 1]] + shifts).reshape(-1, 3)
    near = ((centre > -radius) & (centre < 1 + radius)).all(axis=1)
    return Spheres(f"{count} packed spheres, {100 * solid:g} % solid", centre[near], radius)


def staircase(spheres: Spheres, n: int) -> np.ndarray:
    """Pore (1) between the spheres; voxel centres decide."""
    pore, axis = np.ones((n, n, n), np.uint8), (np.arange(n) + 0.5) / n
    for middle in spheres.centre:
        low = np.clip(np.floor((middle - spheres.radius) * n).astype(int), 0, n)
        high = np.clip(np.ceil((middle + spheres.radius) * n).astype(int) + 1, 0, n)
        part = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        x, y, z = np.ix_(*(axis[p] - m for p, m in zip(part, middle, strict=True)))
        pore[part][x**2 + y**2 + z**2 <= spheres.radius**2] = 0
    return pore


def conductivity(spheres: Spheres, n: int, *, cut: bool) -> float:
    """D on n voxels along each edge, by open fractions or on the staircase."""
    from multiscale.voxels.apertures import face_apertures
    from multiscale.voxels.diffusion import diffuse

    faces, d = None, np.ones((n,) * 3, np.float32)
    if cut:
        radius = np.full(len(spheres.centre), spheres.radius)
        faces = face_apertures(spheres.centre, radius, (n,) * 3, np.full(3, 1 / n), (False,) * 3)
    else:
        d = staircase(spheres, n).astype(np.float32)
    return diffuse(d, (1.0,) * 3, (False, False), faces, flux_tolerance=1e-4).conductivity


def exact_value(spheres: Spheres, largest: int) -> tuple[float, float]:
    """Extrapolate D with second order from three grids; and the distance from that of two."""
    sizes = [round(largest / 1.5**k) for k in (2, 1, 0)]
    found = [conductivity(spheres, n, cut=True) for n in sizes]

    def from_pair(k: int) -> float:
        return found[k] + (found[k] - found[k - 1]) / ((sizes[k] / sizes[k - 1]) ** 2 - 1)

    return from_pair(2), abs(from_pair(2) - from_pair(1))


def errors(spheres: Spheres, exact: float, largest: int, *, cut: bool) -> dict[int, float]:
    """Relative error of D on grids a quarter apart."""
    sizes = [8]
    while round(1.25 * sizes[-1]) <= largest:
        sizes.append(round(1.25 * sizes[-1]))
    return {n: conductivity(spheres, n, cut=cut) / exact - 1 for n in sizes}


def needed(error: dict[int, float]) -> int:
    """The smallest grid from which on the error stays within the goal; else by first order."""
    good = []
    for n in reversed(error):
        if abs(error[n]) > GOAL:
            break
        good.append(n)
    largest = max(error)
    return good[-1] if good else round(largest * abs(error[largest]) / GOAL)


def our_time(spheres: Spheres, n: int, repeats: int = 10) -> dict[str, float]:
    """Mean time of a solve on n voxels along each edge, voxelising included."""
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(repeats):
        conductivity(spheres, n, cut=True)
    return {
        "seconds": (time.perf_counter() - wall) / repeats,
        "cpu_seconds": (time.process_time() - cpu) / repeats,
    }


def peer_time(
    name: str, python: str, spheres: Spheres, n: int, options: argparse.Namespace
) -> dict[str, Any]:
    """The peer's time on the staircase of n voxels, or on fewer and scaled by their number."""
    timed = n if n <= options.largest else options.peer_size
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "pore.npy"
        np.save(image, staircase(spheres, timed))
        found = run(PEERS[name], python, image, options)
    if timed == n:
        return found
    grows = (n / timed) ** 3
    scaled = {k: grows * found[k] for k in ("seconds", "cpu_seconds") if k in found}
    return found | scaled | {"timed_on": timed, "scaled_by_voxels": grows}


def to_percent(spheres: Spheres, options: argparse.Namespace) -> dict[str, Any]:
    """Voxels and time to come within 1 % for good."""
    import numba

    numba.set_num_threads(min(options.threads, numba.config.NUMBA_NUM_THREADS))
    exact, doubt = exact_value(spheres, options.largest)
    ours, stairs = (errors(spheres, exact, options.largest, cut=cut) for cut in (True, False))
    n, m = needed(ours), needed(stairs)
    row = {
        "case": spheres.name,
        "exact": exact,
        "exact_error": doubt,
        "voxels_per_diameter": 2 * spheres.radius * n,
        "staircase_voxels_per_diameter": 2 * spheres.radius * m,
        "staircase": "solved" if m <= options.largest else "predicted by first order",
        "errors": {k: round(v, 5) for k, v in ours.items()},
        "staircase_errors": {k: round(v, 5) for k, v in stairs.items()},
        **our_time(spheres, n),
    }
    for peer in options.peer:
        name, _, python = peer.partition("=")
        theirs = peer_time(name, python, spheres, m, options)
        row[name] = theirs | ratios(row, theirs)
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dense", action="store_true", help="eighty packed spheres")
    parser.add_argument("--largest", type=int, default=182, help="voxels along the edge")
    parser.add_argument("--peer-size", type=int, default=120, help="where it must be scaled")
    parser.add_argument("--tolerance", type=float, default=1e-3, help="of the peer")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=2, help="of the peer; the first set apart")
    parser.add_argument("--peer", action="append", default=[], help="name=interpreter")
    parser.add_argument("--patience", type=float, default=600.0, help="seconds for one peer")
    options = parser.parse_args()
    spheres = dense_packing() if options.dense else ten_spheres()
    print(json.dumps(to_percent(spheres, options)), flush=True)


if __name__ == "__main__":
    main()
