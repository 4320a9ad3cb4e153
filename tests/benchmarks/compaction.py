"""The common problem of the particle benchmarks: polydisperse spheres under a sinking piston.

Spheres of diameter d ~ U(0.7, 1.3) and density 1 fill a box, periodic in x and y, between a wall
at z = 0 and a piston that sinks at constant speed, from a solid fraction of 0.45 to 0.62 in a time
of 100 (10,000 steps). All quantities are in reduced units: mean diameter, density and time one.
"""

import dataclasses
import math
from pathlib import Path

import numpy as np
from numba import njit

FIRST, LAST, DURATION = 0.45, 0.62, 100.0
TIME_STEP = 0.01
DENSE = 0.605  # solid fraction where the timing starts: the particles carry load, Z = 4.9-5.3


@dataclasses.dataclass(frozen=True)
class Start:
    """All particles and the piston at one moment: what every engine starts from.

    Attributes:
        position, velocity, spin: shape (particles, 3).
        radius: shape (particles,).
        lengths: periods in x and y.
        top: height of the piston.
        speed: speed at which it sinks.
    """

    position: np.ndarray
    velocity: np.ndarray
    spin: np.ndarray
    radius: np.ndarray
    lengths: tuple[float, float]
    top: float
    speed: float

    def save(self, path: Path) -> None:
        np.savez(path, **dataclasses.asdict(self))

    @staticmethod
    def load(path: Path) -> "Start":
        with np.load(path) as d:
            arrays = {k: d[k] for k in ("position", "velocity", "spin", "radius")}
            lengths = (float(d["lengths"][0]), float(d["lengths"][1]))
            return Start(**arrays, lengths=lengths, top=float(d["top"]), speed=float(d["speed"]))

    def emptied(self) -> "Start":
        """Give the box and the piston without the particles."""
        none = np.zeros((0, 3))
        return dataclasses.replace(
            self, position=none, velocity=none, spin=none, radius=np.zeros(0)
        )

    @property
    def solid_fraction(self) -> float:
        return solid_volume(self.radius) / (self.lengths[0] * self.lengths[1] * self.top)

    def steps_to(self, solid_fraction: float) -> int:
        """Number of time steps until the piston has reached a solid fraction."""
        height = self.top * self.solid_fraction / solid_fraction
        return round((self.top - height) / (self.speed * TIME_STEP))


def solid_volume(radius: np.ndarray) -> float:
    return float(4 / 3 * math.pi * (radius**3).sum())


def random_start(particles: int, seed: int = 0) -> Start:
    """Spread spheres at random, none of which overlap, in a box 1.27 times as high as wide."""
    rng = np.random.default_rng(seed)
    radius = rng.uniform(0.35, 0.65, particles)
    width = 16.0 * (particles / 4096) ** (1 / 3)
    return _relaxed(radius, (width, width), FIRST, rng)


def mixture_start(large: int, small: int, ratio: float, solid_fraction: float) -> Start:
    """Spread large spheres of diameter `ratio` among small ones of diameter one."""
    rng = np.random.default_rng(0)
    radius = np.r_[np.full(large, 0.5 * ratio), np.full(small, 0.5)]
    width = (solid_volume(radius) / solid_fraction) ** (1 / 3)
    return _relaxed(radius, (width, width), solid_fraction, rng)


def tiled(start: Start, along_x: int, along_y: int) -> Start:
    """Repeat a start side by side: more particles, each with the same neighbourhood and work."""
    lx, ly = start.lengths
    shifts = [(a * lx, b * ly, 0.0) for a in range(along_x) for b in range(along_y)]
    many = {
        name: np.concatenate([getattr(start, name)] * len(shifts))
        for name in ("velocity", "spin", "radius")
    }
    inside = start.position % (lx, ly, math.inf)  # an engine may leave x and y unwrapped
    position = np.concatenate([inside + np.array(shift) for shift in shifts])
    lengths = (along_x * lx, along_y * ly)
    return dataclasses.replace(start, position=position, lengths=lengths, **many)


def _relaxed(
    radius: np.ndarray, lengths: tuple[float, float], phi: float, rng: np.random.Generator
) -> Start:
    """Push overlapping spheres apart until none overlap."""
    top = solid_volume(radius) / (phi * lengths[0] * lengths[1])
    position = rng.uniform(0, 1, (len(radius), 3)) * (*lengths, top)
    position[:, 2] = np.clip(position[:, 2], radius, top - radius)
    for _ in range(5000):
        if _push_apart(position, 1.0005 * radius, *lengths, top, 2.6 * float(np.median(radius))):
            break
    else:
        raise RuntimeError(f"{len(radius)} spheres at a solid fraction of {phi} still overlap")
    still = np.zeros_like(position)
    speed = top * (1 - FIRST / LAST) / DURATION
    return Start(position, still, still.copy(), radius, lengths, top, speed)


@njit(cache=True, error_model="numpy")
def _push_apart(x, r, lx, ly, top, edge):  # type: ignore[no-untyped-def]
    """Move each overlapping pair apart by its overlap, the smaller the more; True if none did."""
    n = len(r)
    nx, ny, nz = max(int(lx / edge), 1), max(int(ly / edge), 1), max(int(top / edge), 1)
    head = np.full((nx, ny, nz), -1, np.int64)
    then = np.empty(n, np.int64)
    cell = np.empty((n, 3), np.int64)
    for i in range(n):
        x[i, 0] -= lx * math.floor(x[i, 0] / lx)
        x[i, 1] -= ly * math.floor(x[i, 1] / ly)
        cell[i, 0] = min(int(x[i, 0] / lx * nx), nx - 1)
        cell[i, 1] = min(int(x[i, 1] / ly * ny), ny - 1)
        cell[i, 2] = max(min(int(x[i, 2] / top * nz), nz - 1), 0)
        a, b, c = cell[i]
        then[i] = head[a, b, c]
        head[a, b, c] = i
    move = np.zeros((n, 3))
    worst = 0.0
    for i in range(n):
        # the larger of a pair looks for the smaller one, so 2 r_i is far enough
        reach = 2 * r[i]
        sx = min(int(reach / (lx / nx)) + 1, (nx - 1) // 2)
        sy = min(int(reach / (ly / ny)) + 1, (ny - 1) // 2)
        sz = int(reach / (top / nz)) + 1
        a, b, c = cell[i]
        for ka in range(a - sx, a + sx + 1):
            for kb in range(b - sy, b + sy + 1):
                for kc in range(max(c - sz, 0), min(c + sz + 1, nz)):
                    j = head[ka % nx, kb % ny, kc]
                    while j >= 0:
                        if r[j] < r[i] or (r[j] == r[i] and j < i):
                            dx, dy = x[i, 0] - x[j, 0], x[i, 1] - x[j, 1]
                            dz = x[i, 2] - x[j, 2]
                            dx -= lx * round(dx / lx)
                            dy -= ly * round(dy / ly)
                            d = math.sqrt(dx * dx + dy * dy + dz * dz)
                            overlap = r[i] + r[j] - d
                            if overlap > 0.0 and d > 0.0:
                                worst = max(worst, overlap / (r[i] + r[j]))
                                share = r[j] ** 3 / (r[i] ** 3 + r[j] ** 3)
                                push = 1.1 * overlap / d
                                move[i, 0] += share * push * dx
                                move[i, 1] += share * push * dy
                                move[i, 2] += share * push * dz
                                move[j, 0] -= (1 - share) * push * dx
                                move[j, 1] -= (1 - share) * push * dy
                                move[j, 2] -= (1 - share) * push * dz
                        j = then[j]
    for i in range(n):
        for k in range(3):
            x[i, k] += move[i, k]
        x[i, 2] = min(max(x[i, 2], r[i]), top - r[i])
    return worst < 0.0004
