"""The simulation: particles, box, walls and laws, and the loop over time steps.

Velocity Verlet in leapfrog form: positions at t_n, velocities at t_n - dt/2, and forces at t_n from
both; the dissipative forces see velocities half a step old, as in the usual granular codes. Lists
are rebuilt when two particles may have approached by the skin, counted relative to the affine
motion of the box or the plates, so that shear and compaction by themselves cost no rebuild.
"""

from __future__ import annotations

from collections.abc import Sequence

from mpi4py import MPI

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import StageFailed
from multiscale.particles.box import (
    Box,
    Wall,
    bounds_frame,
    flip,
    frame_of,
    lattice,
    lattice_rate,
    mark_build,
)
from multiscale.particles.bricks import balanced, bricks, imbalance
from multiscale.particles.halo import Halo
from multiscale.particles.kernel import compile_laws
from multiscale.particles.law import BodyLaw, Law, PairLaw
from multiscale.particles.lists import Lists
from multiscale.particles.migrate import Ragged, migrate
from multiscale.particles.neighbours import CLASSES, size_classes
from multiscale.particles.state import Particles, to_particles, to_state
from multiscale.particles.sweep import IMAGES, B, Clock, Frame

Floats = NDArray[np.float64]
_LONGEST = 50  # steps between two agreements of the ranks on the next rebuild
_UNEVEN = 1.1  # load of the busiest rank over the mean at which the cuts move


class Simulation:
    """Spheres that move under laws of force.

    All ranks make it together; each gives any share of the particles (rank 0 may give all), which
    go to the owners of their places.

    Args:
        particles: see `spheres`.
        box: the box.
        laws: pair and body laws; their forces add.
        walls: plane walls.
        time_step: [s].
        skin: how much farther than the laws' reach the outer list sees [m]; None: 0.1 mean
            diameters of the smallest size class.
        inner_skin: the same of the inner list [m]; None: 0.3 skins.
        comm: the ranks; None: this process alone.
        axes: the axes that may be cut between ranks.
        book: sum the energy that the pair laws dissipate.
        flow: the box may deform (it is taken so if its rates are not zero).

    Raises:
        CaseError: the box is too small for the reach of the laws, or for so many ranks.
    """

    def __init__(
        self,
        particles: Particles,
        *,
        box: Box,
        laws: Sequence[Law],
        walls: Sequence[Wall] = (),
        time_step: float,
        skin: float | None = None,
        inner_skin: float | None = None,
        comm: MPI.Intracomm | None = None,
        axes: str = "xy",
        book: bool = False,
        flow: bool = False,
    ) -> None:
        self.comm = MPI.COMM_SELF if comm is None else comm
        self.box, self.laws, self.types = box, tuple(laws), self._agree_types(particles)
        self.walls = np.array([w.row(box, self.types) for w in walls]).reshape(-1, 8)
        self.wall_force = np.zeros((len(self.walls), 4))
        self._bounding = bounds_frame(self.walls, box.periodic)
        self.frame = frame_of(box, self.walls)
        flow = flow or any(box.stretching) or box.shear_rate != 0
        self.kernel = compile_laws(laws, types=len(self.types), flow=flow, book=book)
        self._fill_tables()
        self._half = True  # the first kick, since velocities are given at the same time
        self._stale = True  # no lists yet

        largest = self.comm.allreduce(particles.radius.max(initial=0.0), MPI.MAX)
        classes = size_classes(particles.radius, largest)
        radius = np.zeros(CLASSES)
        np.maximum.at(radius, classes, particles.radius)
        self.comm.Allreduce(MPI.IN_PLACE, radius, MPI.MAX)
        smallest = radius[radius > 0].min()
        skin = 0.2 * smallest * 0.75 if skin is None else skin
        inner = 0.3 * skin if inner_skin is None else inner_skin
        reach = max((law.reach for law in laws), default=0.0)
        odd = np.isin(np.arange(self.kernel.history), self.kernel.vectors)
        self.lists = Lists(self.kernel.history, odd, reach, skin, inner, radius)
        self.state = to_state(particles, classes)
        self.total = self.comm.allreduce(self.state.n)

        self.clock = np.zeros(Clock.SIZE)
        self.clock[Clock.DT] = time_step
        self.clock[Clock.CUT] = self.lists.cut
        self.clock[Clock.INNER_LIMIT] = inner
        self.clock[Clock.OUTER_LIMIT] = skin if self.comm.size == 1 else np.inf
        self._block = np.zeros(self.kernel.rows * B), np.zeros(2 * B, np.int64)
        halo = 2 * largest + reach + skin
        self.bricks = bricks(self.comm, box.lengths, box.periodic, axes, halo)
        self._halo: Halo | None = None
        self._horizon, self._countdown = 1, 0

    def _agree_types(self, particles: Particles) -> tuple[str, ...]:
        every = self.comm.allgather(particles.types if len(particles) else None)
        return next((types for types in every if types is not None), ("solid",))

    def _fill_tables(self) -> None:
        n = len(self.types)
        pair = [w.table(self.types).reshape(n * n, -1) for w in self.laws if _is_pair(w)]
        body = [w.table(self.types) for w in self.laws if isinstance(w.kind, BodyLaw)]
        self.tables = tuple(np.ascontiguousarray(t, float) for t in pair) or (np.zeros((1, 1)),)
        self.body_tables = tuple(np.ascontiguousarray(t, float) for t in body) or (
            np.zeros((1, 1)),
        )

    @property
    def step(self) -> int:
        """Number of steps taken."""
        return int(self.clock[Clock.STEP])

    @property
    def time(self) -> float:
        """Time [s]."""
        return float(self.clock[Clock.TIME])

    @property
    def time_step(self) -> float:
        """Time step [s]."""
        return float(self.clock[Clock.DT])

    def run(self, steps: int) -> None:
        """Take time steps. Collective.

        Raises:
            StageFailed: a list was renewed too late, since particles sped up within a few steps.
        """
        left = steps
        while left > 0:
            if self._stale:
                self.rebuild()
            taken, why = self._advance(left if self.comm.size == 1 else 1)
            left -= taken
            if self.comm.size > 1:
                self._agree_on_rebuild()
                if not self._stale:
                    self._forward()
            self._stale = self._stale or why == 1
            if why == 2 and not self._stale:
                self._prune()

    def _advance(self, steps: int) -> tuple[int, int]:
        s, t = self.state, self.lists
        taken, why = self.kernel.advance(
            steps, self._half, s.n, s.ghosts, t.pairs, t.I, t.J, t.K, t.C, t.H, s.X, s.V, s.F, s.X0,
            s.A, s.G, self.tables, self.body_tables, len(self.types), t.SH, t.SV, self.frame,
            self.clock, *self._block, t.near, self.walls, self.wall_force, t.WI, t.WJ, t.WH,
        )  # fmt: skip
        self._half = False
        return taken, why

    def _agree_on_rebuild(self) -> None:
        """Let all ranks rebuild at the same step, before any pair may have come too near."""
        self._countdown -= 1
        if self._countdown > 0:
            return
        worst = self.clock[[Clock.OUTER, Clock.PACE]]
        self.comm.Allreduce(MPI.IN_PLACE, worst, MPI.MAX)
        used, pace = worst
        if not used <= self.lists.skin:
            raise StageFailed(
                f"step {self.step}: two particles may have approached by {used:.3g} m since the "
                f"neighbour list was built, more than its skin of {self.lists.skin:.3g} m: they "
                "sped up within a few steps; reduce the time step or enlarge the skin"
            )
        steps = (0.95 * self.lists.skin - used) / (1.25 * pace) if pace > 0 else np.inf
        self._horizon = int(min(steps, 2 * self._horizon, _LONGEST))
        self._countdown = self._horizon
        if self._horizon < 1:
            self._horizon, self._countdown, self._stale = 1, 0, True

    def _forward(self) -> None:
        if self._halo is not None:
            h = lattice(self.frame)
            gradient = lattice_rate(self.frame) @ np.linalg.inv(h)
            self._halo.forward(self.state.X, self.state.V, h, gradient)

    def _prune(self) -> None:
        self._place_images()
        self.lists.prune(self.state, len(self.types))
        self.clock[Clock.INNER] = 0.0

    def _place_images(self) -> None:
        self.lists.SH[:] = IMAGES @ lattice(self.frame).T
        self.lists.SV[:] = IMAGES @ lattice_rate(self.frame).T

    def rebuild(self) -> None:
        """Wrap, migrate, sort, fetch ghosts and build the lists anew. Collective."""
        s, t = self.state, self.lists
        kept = t.export(s)
        flip(self.frame)
        h = lattice(self.frame)
        place = self._wrap(h)
        rows = [s.X[: s.n], s.V[: s.n], s.A[: s.n], s.G[: s.n], s.class_[: s.n], place]
        if self.comm.size > 1:
            self._balance(place, kept, h)
            rows, (kept,) = migrate(self.bricks, place, rows, [kept])
        s.X, s.V, s.A, s.G, s.class_, place = rows
        s.n = len(s.X)
        cut = np.array([d > 1 for d in self.bricks.dims])
        wrap = np.array(self.box.periodic) & ~cut
        order = t.sort(s, place, h, wrap, np.where(cut, t.cut / _heights(h), 0.0))
        kept = _reordered(kept, order)
        rows = [a[order] for a in (s.X, s.V, s.A, s.G, s.class_)]
        place = place[order]
        if cut.any():
            reach = t.class_radius[rows[4]] + t.class_radius.max() + t.reach + t.skin
            if self._halo is not None:
                self._halo.free()
            self._halo, rows = Halo.build(self.bricks, place, reach, h, rows)
            place = np.concatenate([place, self._halo.s])
        s.X, s.V, s.A, s.G, s.class_ = (np.ascontiguousarray(a) for a in rows)
        self._forward()
        s.renew()
        mark_build(self.frame)
        self._place_images()
        t.build(s, place, kept, self.walls)
        self.clock[[Clock.OUTER, Clock.DRIFT]] = 0.0
        self._stale, self._countdown = False, self._horizon
        self._prune()

    def _wrap(self, h: Floats) -> Floats:
        """Bring the particles into the box; give their lattice coordinates in [0, 1)."""
        X, V = self.state.X[: self.state.n], self.state.V[: self.state.n]
        place = (X[:, :3] - self.frame[Frame.LOW]) @ np.linalg.inv(h).T
        turns = np.where(self.box.periodic, np.floor(place), 0.0)
        if turns.any():
            X[:, :3] -= turns @ h.T
            V[:, :3] -= turns @ lattice_rate(self.frame).T
            place -= turns
            place[:, self.box.periodic] = np.clip(
                place[:, self.box.periodic], 0.0, np.nextafter(1.0, 0.0)
            )
        return np.asarray(place)

    def _balance(self, place: Floats, kept: Ragged, h: Floats) -> None:
        load = 1.0 + kept.counts
        if imbalance(self.comm, float(load.sum())) > _UNEVEN:
            halo = 2 * self.lists.class_radius.max() + self.lists.reach + self.lists.skin
            self.bricks = balanced(self.bricks, place, load, h, float(halo))

    def particles(self) -> Particles:
        """Give this rank's own particles; positions at t, velocities at t - dt/2."""
        return to_particles(self.state, self.types)


def _is_pair(law: Law) -> bool:
    return isinstance(law.kind, PairLaw)


def _heights(h: Floats) -> Floats:
    return np.asarray(1.0 / np.linalg.norm(np.linalg.inv(h), axis=1))


def _reordered(kept: Ragged, order: NDArray[np.int64]) -> Ragged:
    """Bring the items into a new order of the particles."""
    start = np.cumsum(kept.counts, dtype=np.int64) - kept.counts
    counts = kept.counts[order]
    before = np.cumsum(counts, dtype=np.int64) - counts
    index = np.repeat(start[order] - before, counts) + np.arange(counts.sum())
    return Ragged(counts, tuple(a[index] for a in kept.items))
