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
from multiscale.particles import watch
from multiscale.particles.bond_ends import Ends
from multiscale.particles.bond_kernel import SUMS
from multiscale.particles.bond_material import BondMaterial, step_tables
from multiscale.particles.bonds import Bonds
from multiscale.particles.box import (
    Box,
    Wall,
    affine_velocity,
    bounds_frame,
    frame_of,
    lattice,
    lattice_rate,
)
from multiscale.particles.bricks import bricks
from multiscale.particles.frame_kernel import approach, place_images
from multiscale.particles.halo import Halo
from multiscale.particles.ingredients import (
    agreed_bonds,
    agreed_types,
    body_tables,
    check_branches,
    check_reach,
    empty_lists,
    pair_tables,
)
from multiscale.particles.kernel import compile_laws
from multiscale.particles.law import Law, Value
from multiscale.particles.layout import B, Clock, Frame
from multiscale.particles.migrate import Ragged
from multiscale.particles.neighbours import size_classes
from multiscale.particles.reaches import reaches
from multiscale.particles.rebuild import rebuild
from multiscale.particles.settings import settings
from multiscale.particles.state import Particles, to_particles, to_state
from multiscale.particles.window import no_ghosts, window_of

Floats = NDArray[np.float64]
_LONGEST = 50  # steps between two agreements of the ranks on the next rebuild
_ALL = 1 << 40
_NO_GHOSTS = no_ghosts()
# By how much the fastest approach may quicken before the ranks look again: two spheres that snap
# together, 3.6 times within 37 steps.
_HASTE = 4.0
_REST = 0.06  # of the skin, on which a new list does not wait


class Simulation:
    """Spheres that move under laws of force.

    All ranks make it together; each gives any share of the particles (rank 0 may give all), which
    go to the owners of their places.

    Args:
        particles: see `spheres`. Where all are at rest and the box deforms, they move with it.
        box: the box.
        laws: pair and body laws; their forces add.
        walls: plane walls.
        bonds: bonds between the particles; any rank may give any of those of its particles.
        bond_materials: their materials.
        time_step: [s].
        skin: how much farther than the laws' reach the outer list sees [m]; None: 0.3 radii of
            the smallest size class, with half of what laws say they reach between its particles.
        inner_skin: the same of the inner list [m]; None: 0.17 skins.
        comm: the ranks; None: this process alone.
        axes: the axes that may be cut between ranks.
        flow: the box may deform (it is taken so if its rates are not zero).
        book: sum the energy that the pair laws dissipate, and the work of box and body laws.
        overlap: deepest overlap at the start that is accepted, over the smaller radius.
        step: longest time step that is accepted, over the limit among twelve neighbours, see
            `limits`; above 1 only where the energy book tells that it is short enough.

    Raises:
        CaseError: bad particles, a box too small for the reach of the laws or for so many ranks;
            at the first step also deep overlaps and a time step too long (on all ranks).
        ValueError: laws, walls and types do not fit each other, or bonds their materials.
    """

    def __init__(
        self,
        particles: Particles,
        *,
        box: Box,
        laws: Sequence[Law],
        walls: Sequence[Wall] = (),
        bonds: Bonds | None = None,
        bond_materials: Sequence[BondMaterial] = (),
        time_step: float,
        skin: float | None = None,
        inner_skin: float | None = None,
        comm: MPI.Intracomm | None = None,
        axes: str = "xy",
        flow: bool = False,
        book: bool = False,
        overlap: float = 0.05,
        step: float = 1.0,
    ) -> None:
        self.comm = MPI.COMM_SELF if comm is None else comm
        watch.check_particles(particles, self.comm)
        self.box, self.laws, self.types = box, list(laws), agreed_types(self.comm, particles)
        self.walls = np.array([w.row(box, self.types) for w in walls]).reshape(-1, 8)
        self.wall_force = np.zeros((len(self.walls), 4))
        self.frame = frame_of(box, self.walls)
        self.flow = flow or any(box.stretching) or box.shear_rate != 0
        self.book, self.overlap, self.accepted_step = book, overlap, step
        self.bonds, self.bond_materials = agreed_bonds(self.comm, bonds), tuple(bond_materials)
        check_branches(self.bonds, self.bond_materials)
        bonded = self.bonds is not None
        self.kernel = compile_laws(
            laws, types=len(self.types), flow=self.flow, book=book, bonds=bonded
        )
        self.tables = pair_tables(self.laws, self.types)
        self.body_tables = body_tables(self.laws, self.types)
        self.bond_sums = np.zeros(SUMS)
        self.ends: Ends | None = None

        largest = self.comm.allreduce(particles.radius.max(initial=0.0), MPI.MAX)
        check_reach(laws, float(largest))
        classes = size_classes(particles.radius, largest)
        skins = skin, inner_skin
        self.lists = empty_lists(
            self.comm, self.kernel, laws, self.types, particles, classes, skins
        )
        self.state = to_state(particles, classes)
        self.total = self.comm.allreduce(self.state.n)
        if not self.comm.allreduce(bool(particles.velocity.any()), MPI.LOR):
            self.state.V[:, :3] = affine_velocity(box, particles.position)

        self.clock = np.zeros(Clock.SIZE)
        self.clock[Clock.DT] = time_step
        self.clock[Clock.CUT] = self.lists.cut
        self.clock[Clock.INNER_LIMIT] = self.lists.inner_skin
        self.clock[Clock.OUTER_LIMIT] = self.lists.skin if self.comm.size == 1 else np.inf
        self._drift()
        self._block = np.zeros(self.kernel.rows * B), np.zeros(4 * B, np.int64)
        self.bricks = bricks(self.comm, box.lengths, box.periodic, axes, self.lists.cut)
        self.window = window_of(self.comm) if self.comm.size > 1 else None
        self.halo: Halo | None = None
        self._cell: tuple[Floats, Floats] | None = None  # H and its rate; constant without flow
        self.at_rest = True  # no step taken: the first kick is half a one
        self.horizon = 1  # steps after which the ranks agree again on a rebuild
        self._countdown = 0
        self.stale = True  # no lists yet
        self.settings = settings(self)  # as it was made, whatever is changed later

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

    @property
    def lengths(self) -> Floats:
        """Lengths of the box now, or between the plates along an open axis [m], shape (3,)."""
        return np.asarray(self.frame[Frame.HIGH] - self.frame[Frame.LOW])

    @property
    def volume(self) -> float:
        """Volume of the box now [m3]."""
        return float(np.prod(self.lengths))

    def run(self, steps: int) -> None:
        """Take time steps. Collective.

        Raises:
            StageFailed: particles are lost or no longer numbers, or a list was renewed too late
                (on all ranks).
        """
        if self.step == 0 and self.at_rest:
            if self.stale:
                self.rebuild()
            watch.check_start(self, tolerance=self.overlap, step=self.accepted_step)
        self._take(steps)
        watch.check(self)
        if self.stale:  # what is measured now must see ghosts and pairs where they are
            self.rebuild()

    def _take(self, steps: int) -> None:
        """Take time steps, between the guards. Collective."""
        left = steps
        while left > 0:
            if self.stale:
                self.rebuild()
            taken, why = self._advance(min(left, self._stretch()))
            left -= taken
            if self.comm.size > 1:
                self._agree_on_rebuild(taken)
                if not self.stale and not self._by_window:  # the neighbours prune together
                    why = self.forward(why)
            self.stale = self.stale or why == 1
            if why == 2 and not self.stale:
                self._prune()

    def _stretch(self) -> int:
        """Steps that the kernel may take by itself before the ranks have to agree."""
        if self.comm.size == 1:
            return _ALL
        return max(self._countdown, 1) if self._by_window else 1

    @property
    def _by_window(self) -> bool:
        """Whether the kernel exchanges ghosts by itself, through memory that the ranks share."""
        return self.halo is not None and self.halo.window is not None

    def _advance(self, steps: int) -> tuple[int, int]:
        s, t = self.state, self.lists
        if self.halo is not None:
            self.halo.use_window()
        taken, why = self.kernel.advance(
            steps, self.at_rest, s.n, s.ghosts, t.pairs, t.I, t.J, t.K, t.H, s.X, s.V, s.F,
            s.tail, s.X0, s.A, s.G, self.tables, self.body_tables, len(self.types), t.SH, t.SV,
            self.frame, self.clock, *self._block, t.near, self.walls, self.wall_force, t.WI, t.WJ,
            t.WH, t.WE, self.bond_arguments, self.halo.table if self.halo else _NO_GHOSTS,
        )  # fmt: skip
        self.at_rest = False
        return taken, why

    def _agree_on_rebuild(self, taken: int) -> None:
        """Let all ranks rebuild at the same step, before any pair may have come too near."""
        self._countdown -= taken
        if self._countdown > 0:
            return
        self.look()
        worst = self.clock[[Clock.OUTER, Clock.PACE]]
        self.comm.Allreduce(MPI.IN_PLACE, worst, MPI.MAX)
        used, pace = worst
        skin = self.lists.skin
        if not used <= skin:
            watch.check(self)  # which names particles that are no longer numbers
            raise StageFailed(
                f"step {self.step}: two particles may have approached by {used:.3g} m since the "
                f"neighbour list was built, more than its skin of {skin:.3g} m: they "
                "sped up within a few steps; reduce the time step or enlarge the skin"
            )
        fresh = 0.97 * skin / (_HASTE * pace) if pace > 0 else np.inf  # steps with new lists
        steps = fresh - used / (_HASTE * pace) if pace > 0 else np.inf  # with these
        self.horizon = int(min(steps, 2 * self.horizon, _LONGEST))
        self._countdown = self.horizon
        if self.horizon < 1 or steps < _REST * fresh:
            self.horizon = max(int(min(fresh, _LONGEST)), 1)
            self._countdown, self.stale = 0, True

    def look(self) -> None:
        """Replace the bound on the approach since the last build by what it is."""
        s, clock = self.state, self.clock
        clock[Clock.OUTER] = approach(
            s.n, s.X, s.X0, self.frame, clock[Clock.CUT], clock[Clock.DRIFT]
        )

    def forward(self, word: int = 0) -> int:
        """Bring the ghosts up to date; give the largest of the neighbours' words and one's own."""
        if self.halo is None:
            return word
        if self.flow or self._cell is None:
            h = lattice(self.frame)
            self._cell = h, lattice_rate(self.frame)
        return int(self.halo.forward(self.state.X, self.state.V, *self._cell, word))

    def place_images(self) -> None:
        """Bring the shifts of the images up to date."""
        place_images(self.frame, self.lists.SH, self.lists.SV)

    def _prune(self) -> None:
        self.place_images()
        self.lists.prune(self.state, len(self.types), bonded=self.bonds is not None)
        self.clock[Clock.INNER] = 0.0

    def rebuild(self, *, balance: bool = True, kept: list[Ragged] | None = None) -> None:
        """Renew owners, ghosts and lists; see `rebuild`. Collective."""
        rebuild(self, balance=balance, kept=kept)
        self.stale, self._countdown = False, self.horizon
        self._prune()
        self.bond_arguments: tuple[NDArray[np.generic], ...] = ()
        if self.bonds is not None and self.ends is not None:
            table, at_rest = step_tables(self.bond_materials, 0.0)
            table, moving = step_tables(self.bond_materials, self.time_step)
            self.bond_arguments = (*self.ends, table, at_rest, moving, self.bonds.values,
                                    self.bond_sums)  # fmt: skip

    def set_wall_velocity(self, wall: int, velocity: Sequence[float]) -> None:
        """Change the velocity of a wall [m/s], shape (3,), from the next step on."""
        self.walls[wall, 4:7] = velocity
        moved = self.walls[wall]
        for a in range(3):
            if abs(moved[a]) == 1.0 and not self.box.periodic[a]:
                rate = Frame.LOW_RATE if moved[a] > 0 else Frame.HIGH_RATE
                self.frame[rate, a] = moved[4 + a]
        self._drift()

    def deform(
        self, *, stretching: Sequence[float] | None = None, shear_rate: float | None = None
    ) -> None:
        """Change the rates of the box: of its lengths [m/s], shape (3,), and of its shear [1/s].

        Particles take on the change of the affine velocity. Along axes with walls give 0.

        Raises:
            ValueError: the simulation was made without `flow`.
        """
        if not self.flow:
            raise ValueError("make the simulation with flow=True to deform its box")
        h, before = lattice(self.frame), lattice_rate(self.frame)
        if stretching is not None:
            periodic = np.array(self.box.periodic)
            self.frame[Frame.HIGH_RATE, periodic] = np.asarray(stretching)[periodic]
        if shear_rate is not None:
            self.frame[Frame.TILT, 1] = shear_rate * self.lengths[1]
        change = (lattice_rate(self.frame) - before) @ np.linalg.inv(h)
        s = self.state
        s.V[: s.n, :3] += (s.X[: s.n, :3] - self.frame[Frame.LOW]) @ change.T
        self.forward()

    def set_law(self, index: int, **given: Value) -> None:
        """Change parameters of a law [as given to it], from the next step on.

        Raises:
            ValueError: unknown parameters, or a longer reach than the lists were made for.
        """
        law = self.laws[index]
        changed = law.kind(**{**law.given, **given})
        reach = reaches([changed], self.types, self.lists.radius)
        if changed.reach > self.lists.wall_reach or np.any(reach > self.lists.reach):
            raise ValueError(
                f"{law.name} would reach farther than the lists do at walls or between two sizes, "
                f"up to {changed.reach:g} m: make the simulation with the longest reach"
            )
        self.laws[index] = changed
        self.tables = pair_tables(self.laws, self.types)
        self.body_tables = body_tables(self.laws, self.types)

    def _drift(self) -> None:
        """Note the speed of walls that the frame does not follow."""
        free = ~bounds_frame(self.walls, self.box.periodic)
        speed = np.abs(np.sum(self.walls[:, :3] * self.walls[:, 4:7], axis=1))
        self.clock[Clock.DRIFT_RATE] = speed[free].max(initial=0.0) if len(self.walls) else 0.0

    def particles(self) -> Particles:
        """Give this rank's own particles; positions at t, velocities at t - dt/2."""
        return to_particles(self.state, self.types)
