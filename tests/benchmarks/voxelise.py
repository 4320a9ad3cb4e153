"""Time to voxelise spheres: the open fractions of all faces.

    python tests/benchmarks/voxelise.py [--size 400] [--spheres 10000] [--threads 2]

Overlapping log-normal spheres that fill 65 % of a cube which repeats along two axes. Prints one
JSON object: seconds and CPU seconds, the least of `--rounds` after a small volume to compile for.
On a shared machine only CPU seconds mean anything. Run from the repository's root.
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np

from multiscale.jit_cache import place_cache

SOLID = 0.65


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=400)
    parser.add_argument("--spheres", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    place_cache(0, 1)
    import numba

    from multiscale.voxels.apertures import face_apertures

    numba.set_num_threads(options.threads)
    rng, n = np.random.default_rng(7), options.size
    radius = np.exp(0.3 * rng.standard_normal(options.spheres))
    radius *= np.cbrt(-np.log(1 - SOLID) / (4 / 3 * np.pi * (radius**3).sum()))
    centre, around = rng.uniform(0, 1, (options.spheres, 3)), (False, True, True)
    face_apertures(centre[:20], radius[:20], (16, 16, 16), np.full(3, 1 / 16), around)
    times = []
    for _ in range(options.rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        faces = face_apertures(centre, radius, (n, n, n), np.full(3, 1 / n), around)
        times.append((time.process_time() - cpu, time.perf_counter() - wall))
    spent, wall = min(times)
    row = {"size": n, "spheres": options.spheres, "threads": options.threads}
    row |= {"open": float(np.mean(faces.x[3 * n // 8 : 5 * n // 8], dtype=float)) / 255}
    print(json.dumps(row | {"seconds": wall, "cpu_seconds": spent}))


if __name__ == "__main__":
    main()
