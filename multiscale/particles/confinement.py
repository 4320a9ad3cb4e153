"""Particles that keep their volume while contacts flatten them: what the law `mdr` needs besides.

Between two time steps, from the forces of the last one and for each particle:

    growth     (4 pi R^2 - sum 2 pi R delta) dR = V_0 d eps + sum pi (2 R delta - delta^2) d delta_0
    strain     eps = -sum F (R_0 - delta_0)/(3 kappa V_e),         V_e = V_0 (1 + eps)
    free area  psi = 1 - A_con/A,   A = 4 pi R^2 + sum [A_c - 2 pi R (delta_m + delta_b)]

The sums of the growth go over the contacts that are yielding: their flats, at the depth delta_0
below the original surface (delta_0 = delta - R + R_0), displace material, and the apparent radius R
grows so that sphere less caps keeps the volume V_0 (1 + eps). The growth ends, and the bulk starts
to answer, where psi falls below psi_b. Then each contact's step is split: the mean step of all
flats, weighted by their areas, compresses the particle, and what is left goes into the contact.

On several ranks a particle's sums are complete where it is owned, since its contacts with ghosts
stand there too; what its contacts must know of it goes to its ghosts.

Two spheres that meet through a third one do not touch: where k touches both i and j and ij is the
longest side of the triangle, ij loses the share 1/(1 + exp(-50 (alpha/pi - 1/2))), alpha the angle
at k. [Zunker2024b] [Zunker2025]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mpi4py import MPI

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import CaseError
from multiscale.particles import confinement_kernel as kernel
from multiscale.particles.confinement_kernel import Grain, Sum
from multiscale.particles.law import Law, PairLaw, one_number
from multiscale.particles.laws.mdr import FREE_AREA, mdr
from multiscale.particles.layout import Clock
from multiscale.particles.simulation import Simulation

Floats = NDArray[np.float64]
_HASTE = 2.0  # by how much the fastest approach may quicken within a step


class Compaction(Simulation):
    """A simulation under the law `mdr` whose particles keep their volume and feel confinement.

    Its steps are taken one by one, with a pass over all contacts after each.

    Args:
        given: as of `Simulation`, with one law `mdr`; its `free_area` is psi_b, the share of free
            surface below which a particle answers as a whole.

    Raises:
        CaseError: no law `mdr`, or several; bonds.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        kinds = [law.kind for law in self.laws]
        if kinds.count(mdr) != 1 or self.bonds is not None:
            bonds = (
                "" if self.bonds is None else " and bonds, which know nothing of radii that grow"
            )
            raise CaseError(
                f"a compaction has {kinds.count(mdr)} laws `mdr`{bonds}: it is made for one law "
                "`mdr` without bonds"
            )
        self._place = kinds.index(mdr)
        before = kinds[: self._place]
        self._row = sum(kind.history for kind in before if isinstance(kind, PairLaw))
        radius = self.state.X[:, 3]
        grains = np.zeros((len(radius), Grain.SIZE))
        grains[:, Grain.ORIGINAL] = radius
        grains[:, [Grain.VOLUME, Grain.ELASTIC]] = (4.0 / 3.0 * np.pi * radius**3)[:, None]
        grains[:, Grain.FREE] = 1.0
        self.state.P = grains

    @property
    def free_share(self) -> Floats:
        """Share psi of free surface of each own particle, in the order of identities, (n,)."""
        s = self.state
        return np.asarray(s.P[np.argsort(s.G[: s.n]), Grain.FREE])

    def _take(self, steps: int) -> None:
        for _ in range(steps):
            super()._take(1)
            if self.stale:  # the pass must see ghosts and pairs where they are
                self.rebuild()
            self._confine()

    def _confine(self) -> None:
        s, t = self.state, self.lists
        given = self.laws[self._place].given
        young, poisson = one_number(given["young"]), one_number(given["poisson"])
        kappa = young / (3.0 * (1.0 - 2.0 * poisson))
        free = one_number(given.get("free_area", FREE_AREA))
        at, sums = self._row, np.empty((len(s.X), Sum.SIZE))
        kernel.sum_contacts(
            t.pairs, t.I, t.J, t.H, t.near, t.WI, t.WH, at, s.X, s.G, kappa, s.P, sums
        )
        grown = kernel.grow(s.n, s.X, s.V, free, s.P, sums)
        self._tell_ghosts()
        self._reach_farther(grown)
        self.place_images()
        contacts, mean = (t.pairs, t.I, t.J), np.empty(len(s.X))
        branch = kernel.branches(*contacts, s.X, t.SH)
        gap = kernel.wall_distances(t.near, t.WI, t.WJ, s.X, self.walls)
        kernel.screen(s.n, *contacts, branch, s.X, t.H, at)
        kernel.mean_steps(*contacts, branch, t.H, t.near, t.WI, gap, t.WH, at, s.X, s.G, s.P, mean)
        if self.halo is not None:
            self.halo.forward_rows(mean)
        kernel.hand_out(*contacts, t.H, t.near, t.WI, t.WH, at, s.G, kappa, free, s.P, mean)

    def _tell_ghosts(self) -> None:
        """Bring radii and what particles keep up to date on the ghosts."""
        if self.halo is not None:
            s = self.state
            radius = s.X[:, 3].copy()
            self.halo.forward_rows(s.P, radius)
            kernel.set_ghost_radii(s.n, radius, s.X, s.V)

    def _reach_farther(self, grown: float) -> None:
        """Let the lists follow the radii: spheres that grow approach each other too. Collective."""
        s, t, clock = self.state, self.lists, self.clock
        np.maximum.at(t.class_radius, s.class_[: s.n], s.X[: s.n, 3])
        self.look()
        worst = np.array([*t.class_radius, grown, clock[Clock.OUTER], clock[Clock.PACE]])
        self.comm.Allreduce(MPI.IN_PLACE, worst, MPI.MAX)
        grown, used, pace = worst[-3:]
        if grown > 0.0:
            t.class_radius[:] = worst[:-3]
            clock[[Clock.INNER, Clock.OUTER, Clock.DRIFT]] += 2.0 * grown
            clock[Clock.CUT] = t.cut
            ahead = used + 2.0 * grown + _HASTE * (pace + 2.0 * grown)
            if ahead > t.skin:
                self.rebuild()
            elif clock[Clock.INNER] > clock[Clock.INNER_LIMIT]:
                self._prune()


def simulation_for(laws: Sequence[Law]) -> type[Simulation]:
    """Give the kind of simulation that laws need."""
    return Compaction if any(law.kind is mdr for law in laws) else Simulation
