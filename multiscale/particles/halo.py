"""Ghosts: copies of the particles of other bricks that reach into this one.

Ghosts exist along the axes with more than one brick; along the others the neighbour list reaches
across a periodic face by image codes. The exchange is staged: along x, then along y with the ghosts
just received, then along z; so six messages reach all 26 bricks around. Pairs with a ghost are
computed on both sides and nothing is sent back. Between ranks of one machine the rows of each step
go through shared memory instead, see `window`.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import replace

from mpi4py import MPI

import numpy as np
from numpy.typing import NDArray

from multiscale.particles.bricks import Bricks, Floats, check_width, heights
from multiscale.particles.ghost_stage import LEFTWARD, RIGHTWARD, Stage, choose, swap
from multiscale.particles.mail import bind, free, pack, unpack
from multiscale.particles.messages import Array
from multiscale.particles.window import Ghosts, Route, Window, exchange, no_ghosts


class Halo:
    """The ghosts of this rank's brick, numbered behind its own particles.

    Without a window it holds persistent requests: `free` it when the next one is built.

    Attributes:
        owned: particles of this brick, n.
        ghosts: ghosts, m.
        s: lattice coordinates of the ghosts when the halo was built; along the cut periodic axes
            they lie outside [0, 1) where a ghost is an image, shape (m, 3).
        window: memory through which the ghosts come; None: they come by messages.
        table: what the kernel needs to exchange ghosts by itself; without stages where there is
            no window.
    """

    def __init__(
        self,
        comm: MPI.Intracomm,
        stages: list[Stage],
        owned: int,
        s: Floats,
        window: Window | None = None,
    ) -> None:
        self.comm, self.owned, self.ghosts, self.s = comm, owned, len(s), s
        self._stages, self.window = stages, window
        if window:
            window.user = self  # all ranks have just met, or the neighbours stay who they were
        self._mail = [] if window else [bind(comm, stage) for stage in stages]
        self.table = _table(comm, stages, window) if window else no_ghosts()
        self.free = weakref.finalize(self, free, [r for m in self._mail for r in m.requests])

    @classmethod
    def build(
        cls,
        bricks: Bricks,
        s: Floats,
        reach: Floats,
        H: Floats,
        rows: Sequence[Array],
        window: Window | None = None,
    ) -> tuple[Halo, list[Array]]:
        """Choose the ghosts and fetch what does not change while they stay. Collective.

        A particle becomes a ghost of a neighbour along axis a if it lies within reach / h_a of the
        face between (h_a the distance between the box's faces).

        Args:
            bricks: who owns what.
            s: lattice coordinates of the owned particles, shape (n, 3).
            reach: distance within which a particle can touch another one's centre, the skin
                included, for instance r_i + max r + skin [m], shape (n,).
            H: edges of the box as columns [m], shape (3, 3).
            rows: arrays with one row per owned particle, shapes (n, ...).
            window: memory that these ranks share, if they do; not used where it has no room.

        Returns:
            The halo, and `rows` with a row for each ghost appended, shapes (n + m, ...). They are
            copies: positions and velocities of images are right after the first `forward`.

        Raises:
            CaseError: a brick is narrower than the widest reach (on all ranks).
        """
        widest = np.array([reach.max(initial=0.0)])
        bricks.comm.Allreduce(MPI.IN_PLACE, widest, MPI.MAX)
        check_width(bricks, H, float(widest[0]))
        owned, stages, h = len(s), [], heights(H)
        every: list[Array] = [s, reach, *rows]
        for axis in bricks.cut_axes:
            stage = choose(bricks, axis, every[0][:, axis], every[1] / h[axis])
            every = [
                np.concatenate([a, *parts])
                for a, parts in zip(every, swap(bricks.comm, stage, every), strict=True)
            ]
            from_left = stage.first + stage.from_right
            every[0][stage.first : from_left, axis] -= stage.shift_right
            every[0][from_left:, axis] -= stage.shift_left
            stages.append(stage)
        most = max((max(t.split, len(t.send) - t.split) for t in stages), default=0)
        window = window if window and window.reserve(most) else None
        return cls(bricks.comm, stages, owned, every[0][owned:].copy(), window), every[2:]

    def forward(self, X: Floats, V: Floats, H: Floats, rate: Floats, word: float = 0.0) -> float:
        """Bring positions and velocities of the ghosts up to date. Collective.

        The image k periods away of a particle at x is at x + H k and moves with v + dH/dt k.

        Args:
            X: positions [m] in columns 0:3, shape (n + m, 4).
            V: velocities in columns 0:3 and surface speeds of spin in columns 4:7 [m/s], shape
                (n + m, 8). The last columns of X and V and column 3 of V are left alone.
            H: edges of the box as columns [m], shape (3, 3).
            rate: dH/dt [m/s], shape (3, 3).
            word: a number for all neighbours, which travels with the ghosts.

        Returns:
            The largest word that came from a neighbour or was given here.
        """
        if self.window:
            self.use_window()
            self.table.cell[0], self.table.cell[1] = H, rate
            return float(exchange(self.table, X, V, word))
        for t, mail in zip(self._stages, self._mail, strict=True):
            shifts = t.shift_left, t.shift_right
            pack(t.send, t.split, X, V, H, rate, t.axis, *shifts, word, mail.outbox)
            MPI.Prequest.Startall(mail.requests)
            MPI.Prequest.Waitall(mail.requests)
            word = max(word, unpack(mail.inbox, t.first, t.from_right, X, V))
        return word

    def use_window(self) -> None:
        """Take the window over from another halo of these ranks. Collective."""
        if self.window and self.window.user is not self:
            self.comm.Barrier()  # nobody still reads what the other one wrote
            self.window.user = self
            self.table = _table(self.comm, self._stages, self.window)  # it may have moved

    def forward_rows(self, *arrays: Array) -> None:
        """Bring the ghosts' rows of further arrays up to date, as they are. Collective.

        Args:
            arrays: arrays with one row per particle, shapes (n + m, ...); the last m are written.
        """
        for stage in self._stages:
            for a, parts in zip(arrays, swap(self.comm, stage, arrays), strict=True):
                np.concatenate(parts, out=a[stage.first : stage.end])

    def without(self, idle: NDArray[np.bool_]) -> tuple[Halo, NDArray[np.bool_]]:
        """Leave out ghosts that take part in nothing; this halo is freed. Collective.

        A ghost that is passed on to a rank where it is in use stays.

        Args:
            idle: which ghosts nothing here looks at, shape (m,).

        Returns:
            The halo of the others, and which of the old ghosts they are, shape (m,).
        """
        stays = np.concatenate([np.ones(self.owned, bool), ~idle])
        wanted: list[NDArray[np.bool_]] = []
        for t in reversed(self._stages):  # what arrived last was passed on by what came before
            asked, back = np.zeros(len(t.send), bool), stays[t.first : t.end]
            of_right, of_left = back[: t.from_right], back[t.from_right :]
            self.comm.Sendrecv(of_right, t.right, RIGHTWARD, asked[: t.split], t.left, RIGHTWARD)
            self.comm.Sendrecv(of_left, t.left, LEFTWARD, asked[t.split :], t.right, LEFTWARD)
            stays[t.send[asked]] = True
            wanted.insert(0, asked)
        row = np.cumsum(stays, dtype=np.int32) - np.int32(1)
        stages = []
        for t, asked in zip(self._stages, wanted, strict=True):
            middle = t.first + t.from_right
            stages.append(
                replace(
                    t,
                    send=row[t.send[asked]],
                    split=int(asked[: t.split].sum()),
                    first=int(stays[: t.first].sum()),
                    from_right=int(stays[t.first : middle].sum()),
                    from_left=int(stays[middle : t.end].sum()),
                )
            )
        self.free()
        kept = stays[self.owned :]
        return Halo(self.comm, stages, self.owned, self.s[kept], self.window), kept


def _table(comm: MPI.Intracomm, stages: Sequence[Stage], window: Window) -> Ghosts:
    """Write the stages as the kernel reads them."""
    route, behind = np.empty((len(stages), Route.SIZE), np.int64), 0
    own = window.part(comm.rank)
    for row, t in zip(route, stages, strict=True):
        begin, behind = behind, behind + len(t.send)
        places = own, window.part(t.left), window.part(t.right)
        ghosts = t.first, t.from_right, t.from_left, t.shift_left, t.shift_right
        row[:] = t.axis, t.split, begin, behind, *ghosts, *places
    sent = np.concatenate([np.empty(0, np.int32), *(t.send for t in stages)], dtype=np.int32)
    return Ghosts(window.shared, window.counters, window.so_far, route, sent, np.zeros((2, 3, 3)))
