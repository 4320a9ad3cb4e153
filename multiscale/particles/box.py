"""The box, its walls, and what moves them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multiscale.particles.frame_kernel import place_cell
from multiscale.particles.layout import Frame

Floats = NDArray[np.float64]
AXES = "xyz"


@dataclass(frozen=True)
class Box:
    """A box from the origin, periodic or open along each axis, with a tilt of y towards x.

    Its edges are (Lx, 0, 0), (tilt, Ly, 0) and (0, 0, Lz) [m].

    Attributes:
        lengths: Lx, Ly, Lz [m].
        periodic: along x, y, z.
        tilt: xy tilt [m].
        stretching: rates of Lx, Ly, Lz [m/s].
        shear_rate: d(tilt)/dt / Ly [1/s]: the simple shear u = shear_rate y e_x (Lees-Edwards).
    """

    lengths: tuple[float, float, float]
    periodic: tuple[bool, bool, bool] = (True, True, True)
    tilt: float = 0.0
    stretching: tuple[float, float, float] = (0.0, 0.0, 0.0)
    shear_rate: float = 0.0

    def __post_init__(self) -> None:
        if not min(self.lengths) > 0:
            raise ValueError(f"the box has the lengths {self.lengths} m: all must be positive")
        if (self.shear_rate or self.tilt) and not (self.periodic[0] and self.periodic[1]):
            raise ValueError("a sheared or tilted box must be periodic along x and y")


@dataclass(frozen=True)
class Wall:
    """A plane wall: particles are on the side to which its normal points.

    Attributes:
        axis: "x", "y" or "z" for a wall across that axis, or its normal vector.
        position: offset of the plane along the axis (or the normal) [m].
        velocity: of the wall [m/s]; a number: along the axis.
        type: name of its type, as the particles'; None: the first type.
        facing: +1 or -1: direction of the normal along `axis`; None: towards the box's centre.
    """

    axis: str | tuple[float, float, float]
    position: float
    velocity: float | tuple[float, float, float] = 0.0
    type: str | None = None
    facing: int | None = None

    def row(self, box: Box, types: Sequence[str]) -> Floats:
        """Give normal, offset along it, velocity, type; shape (8,)."""
        if isinstance(self.axis, str):
            along = np.eye(3)[AXES.index(self.axis)]
            centre = 0.5 * box.lengths[AXES.index(self.axis)]
        else:
            along = np.asarray(self.axis, float) / np.linalg.norm(self.axis)
            centre = float(along @ np.asarray(box.lengths)) / 2
        facing = self.facing or (1 if self.position < centre else -1)
        moving = np.asarray(self.velocity, float)
        velocity = moving * along if moving.ndim == 0 else moving
        kind = types.index(self.type) if self.type else 0
        return np.array([*(facing * along), facing * self.position, *velocity, kind])


def frame_of(box: Box, walls: Floats) -> Floats:
    """Give the kernel's `Frame` of the box: an open axis between two walls follows them."""
    frame = np.zeros((Frame.SIZE, 3))
    frame[Frame.HIGH] = box.lengths
    frame[Frame.PERIODIC] = box.periodic
    frame[Frame.HIGH_RATE] = box.stretching
    frame[Frame.TILT, :2] = box.tilt, box.shear_rate * box.lengths[1]
    for a in range(3):
        if box.periodic[a]:
            continue
        for wall in walls:
            if abs(wall[a]) == 1.0:
                place, rate = (
                    (Frame.LOW, Frame.LOW_RATE) if wall[a] > 0 else (Frame.HIGH, Frame.HIGH_RATE)
                )
                frame[place, a] = wall[3] * wall[a]
                frame[rate, a] = wall[4 + a]
    mark_build(frame)
    return frame


def affine_velocity(box: Box, position: Floats) -> Floats:
    """Give the velocity of places that move with the box itself [m/s], shape (n, 3)."""
    edges, rate = (
        np.diag(np.asarray(box.lengths, float)),
        np.diag(np.asarray(box.stretching, float)),
    )
    edges[0, 1], rate[0, 1] = box.tilt, box.shear_rate * box.lengths[1]
    return np.asarray(position @ (rate @ np.linalg.inv(edges)).T)


def bounds_frame(walls: Floats, periodic: Sequence[bool]) -> NDArray[np.bool_]:
    """Say of each wall whether it bounds the frame, so that the affine motion follows it."""
    return np.array(
        [any(abs(w[a]) == 1.0 and not periodic[a] for a in range(3)) for w in walls], dtype=bool
    )


def mark_build(frame: Floats) -> None:
    """Remember the frame at a list build."""
    frame[Frame.LOW_BUILD] = frame[Frame.LOW]
    frame[Frame.HIGH_BUILD] = frame[Frame.HIGH]
    frame[Frame.TILT, 2] = frame[Frame.TILT, 0]


def lattice(frame: Floats) -> Floats:
    """Give the lattice matrix H, its columns the edges [m]."""
    return _cell(frame)[0]


def lattice_rate(frame: Floats) -> Floats:
    """Give dH/dt [m/s]: an image shifted by k moves with dH/dt k."""
    return _cell(frame)[1]


@njit(cache=True, error_model="numpy")
def _cell(frame: Floats) -> Floats:
    cell = np.zeros((2, 3, 3))
    place_cell(frame, cell)
    return cell


def gradient(frame: Floats) -> Floats:
    """Give L = dH/dt H^-1 of the periodic box [1/s]; 0 along open axes, whatever plates do."""
    periodic = frame[Frame.PERIODIC] > 0
    found = lattice_rate(frame) @ np.linalg.inv(lattice(frame))
    return np.where(np.outer(periodic, periodic), found, 0.0)


def flip(frame: Floats) -> bool:
    """Take the same lattice by a less tilted box where |tilt| > Lx/2; say whether it was needed."""
    length = frame[Frame.HIGH, 0] - frame[Frame.LOW, 0]
    turns = np.rint(frame[Frame.TILT, 0] / length)
    if abs(frame[Frame.TILT, 0]) <= 0.5 * length * (1 + 1e-9) or turns == 0:
        return False
    rate = frame[Frame.HIGH_RATE, 0] - frame[Frame.LOW_RATE, 0]
    frame[Frame.TILT, 0] -= turns * length
    frame[Frame.TILT, 1] -= turns * rate
    return True
