"""Where the particles are at the start: inserted at random while small, then grown to their size.

Beyond a solid fraction of 0.2 the spheres are inserted with radii reduced alike, and grow in
steps. After each step the engine drives them apart as soft damped spheres,

    F_n = max(0, k delta - sqrt(k m) v_n),     k = K R

until no two overlap; a little clearance ends this in finite time. Lengths are measured in the
smallest radius and K and the density are one: what counts is where the spheres end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mpi4py import MPI

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import CaseError, MultiscaleError
from multiscale.log import logger
from multiscale.particles.agree import raise_together
from multiscale.particles.box import Box, Wall
from multiscale.particles.contacts import contacts
from multiscale.particles.growth import Crowd
from multiscale.particles.insertion import insert
from multiscale.particles.law import force, pair_law
from multiscale.particles.radii import Radii, radii_of
from multiscale.particles.scattering import scatter
from multiscale.particles.simulation import Simulation
from multiscale.particles.state import spheres

Floats = NDArray[np.float64]
DILUTE = 0.2  # solid fraction up to which insertion is quick
ON_ONE_RANK = 100_000  # particles up to which the first rank makes the start
_GROWTH = 1.02  # of the radii in one step
_CLEARANCE = 1.004  # radii while they are driven apart, over the real ones
_STEP = 0.35  # over the smallest radius: a fifth of what one contact allows
_LOOK = 50  # steps between two looks
_MOST = 200  # looks in one step of growth; ten times as many in the last


@pair_law(("stiffness",))
def soft(c: Any, p: Any, h: Any) -> Any:
    """Push two spheres apart without letting them bounce."""
    k = p.stiffness * c.radius
    fn = k * c.overlap - math.sqrt(k * c.mass) * c.vn
    return force(fn if fn > 0.0 else 0.0), h


@dataclass(frozen=True)
class Room:
    """What holds the particles: a box, closed along the axes that are not periodic."""

    lengths: tuple[float, float, float]
    periodic: tuple[bool, bool, bool]

    def scaled(self, unit: float) -> Room:
        x, y, z = self.lengths
        return Room((x / unit, y / unit, z / unit), self.periodic)


def place(
    radius: Floats | Radii, room: Room, seed: int, comm: MPI.Intracomm
) -> tuple[Floats, NDArray[Any]]:
    """Place spheres at random without overlap. Collective.

    Up to `ON_ONE_RANK` one rank does it; of more, each rank holds its share only.

    Args:
        radius: of all particles [m], shape (n,), or in runs.
        room: the box.
        seed: of all chance.
        comm: the ranks.

    Returns:
        Centres [m] of this rank's share, and their indices.

    Raises:
        CaseError: they do not fit (on all ranks).
    """
    radius = radius if isinstance(radius, Radii) else radii_of(radius)
    volume = float(np.prod(room.lengths))
    if len(radius) <= ON_ONE_RANK:
        fraction = float(np.sum(4 / 3 * np.pi * radius.every() ** 3)) / volume
        return _place_on_one(radius, room, fraction, seed, comm)
    fraction = radius.volume / volume
    shrunk = _shrunk(fraction)
    small = Radii(shrunk * radius.value, radius.end)
    found, ids = scatter(small, room.lengths, room.periodic, seed, comm)
    if shrunk == 1.0:
        return found, ids
    unit = float(radius.value.min())
    edges = room.scaled(unit).lengths
    crowd = Crowd(found / unit, ids, edges, room.periodic, comm)
    _grow(crowd, radius, shrunk, fraction)
    if comm.rank == 0:
        _tell(radius, fraction)
    return crowd.x * unit, crowd.ids


def _shrunk(fraction: float) -> float:
    """Give the radii at which the spheres are inserted, over their own."""
    return min(1.0, (DILUTE / fraction) ** (1 / 3))


def _place_on_one(
    radius: Radii, room: Room, fraction: float, seed: int, comm: MPI.Intracomm
) -> tuple[Floats, NDArray[Any]]:
    """Let the first rank place all of them. Collective."""
    shrunk, error = _shrunk(fraction), None
    found, ids = np.empty((0, 3)), np.empty(0, np.int64)
    if comm.rank == 0:
        try:
            rng = np.random.default_rng([seed, 1])
            found = insert(shrunk * radius.every(), room.lengths, room.periodic, rng)
            ids = np.arange(len(found))
            if shrunk < 1:
                unit = float(radius.value.min())
                alone = _Alone(found / unit, room.scaled(unit))
                _grow(alone, radius, shrunk, fraction)
                found = alone.x * unit
                _tell(radius, fraction)
        except MultiscaleError as problem:
            error = problem
    raise_together(comm, error)
    return found, ids


def _grow(crowd: _Alone | Crowd, radius: Radii, shrunk: float, fraction: float) -> None:
    """Grow the spheres to their size. Collective over those of the crowd."""
    unit = float(radius.value.min())
    steps = math.ceil(math.log(1 / shrunk) / math.log(_GROWTH))
    for scale in np.geomspace(shrunk, 1.0, steps + 1)[1:]:
        last = scale == 1.0
        now = Radii(scale * radius.value / unit, radius.end)
        if not crowd.drive_apart(now, _CLEARANCE, _LOOK * _MOST * (10 if last else 1)):
            error = CaseError(
                f"the particles do not fit: at a solid fraction of {fraction * scale**3:.3f} they "
                f"could not be separated, and {fraction:.3f} was asked for; give a lower one, or "
                "a larger box, and compress or pack it by the protocol"
            )
            error.agreed = True
            raise error


def _tell(radius: Radii, fraction: float) -> None:
    logger.info("placed %d particles at a solid fraction of %.3f", len(radius), fraction)


class _Alone:
    """All spheres in the order of their numbers, on one rank, that the engine drives apart."""

    def __init__(self, x: Floats, room: Room) -> None:
        self.x, self.room = x, room

    def drive_apart(self, radius: Radii, clearance: float, most: int) -> bool:
        """Let spheres push each other until none overlap; see `Crowd.drive_apart`."""
        r, room = clearance * radius.every(), self.room
        sim = Simulation(
            spheres(self.x, r),
            box=Box(room.lengths, room.periodic),
            laws=[soft(stiffness=1.0)],
            walls=_sides(room),
            time_step=_STEP * float(r.min()),
            overlap=math.inf,
        )
        apart = False
        for _ in range(most // _LOOK):
            sim.run(_LOOK)
            apart = _deepest(sim) <= 0.0
            if apart:
                break
        self.x = sim.particles().position
        return apart


def _sides(room: Room) -> Sequence[Wall]:
    closed = [(axis, a) for a, axis in enumerate("xyz") if not room.periodic[a]]
    return [Wall(axis, end) for axis, a in closed for end in (0.0, room.lengths[a])]


def _deepest(sim: Simulation) -> float:
    """Give the deepest overlap of the real radii over the smaller one, walls included."""
    found, s = contacts(sim), sim.state
    r = s.X[:, 3] / _CLEARANCE
    i, j = found.i, found.j
    spare = (_CLEARANCE - 1) * (r[i] + r[j])
    share = ((found.overlap - spare) / np.minimum(r[i], r[j])).max(initial=-np.inf)
    height = s.X[: s.n, :3] @ sim.walls[:, :3].T - sim.walls[:, 3]
    walls = (1.0 - height / r[: s.n, None]).max(initial=-np.inf)
    return max(float(share), float(walls))
