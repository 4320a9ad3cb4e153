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

Two spheres that meet through a third one do not touch: where k touches both i and j and ij is the
longest side of the triangle, ij loses the share 1/(1 + exp(-50 (alpha/pi - 1/2))), alpha the angle
at k. [Zunker2024b] [Zunker2025]
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import CaseError
from multiscale.particles import confinement_kernel as kernel
from multiscale.particles.confinement_kernel import Grain
from multiscale.particles.law import PairLaw, one_number
from multiscale.particles.laws.mdr import mdr
from multiscale.particles.layout import Clock
from multiscale.particles.simulation import Simulation

Floats = NDArray[np.float64]


class Compaction(Simulation):
    """A simulation under the law `mdr` whose particles keep their volume and feel confinement.

    Its steps are taken one by one, with a pass over all contacts after each.

    Args:
        free_area: psi_b, the share of free surface below which a particle answers as a whole.
        given: as of `Simulation`, with one law `mdr`; on one rank.

    Raises:
        CaseError: no law `mdr`, or several; more than one rank.
    """

    def __init__(self, *given: Any, free_area: float = 0.5, **named: Any) -> None:
        super().__init__(*given, **named)
        pair = [law for law in self.laws if isinstance(law.kind, PairLaw)]
        place = [k for k, law in enumerate(pair) if law.kind is mdr]
        if len(place) != 1 or self.comm.size > 1:
            raise CaseError(
                f"a compaction has {len(place)} laws `mdr` and runs on {self.comm.size} ranks: "
                "its pass over all contacts is made for one law on one rank"
            )
        kinds = [law.kind for law in pair[: place[0]] if isinstance(law.kind, PairLaw)]
        self._slot = sum(kind.history for kind in kinds)
        law = pair[place[0]].given
        young, poisson = one_number(law["young"]), one_number(law["poisson"])
        self._bulk_modulus = young / (3.0 * (1.0 - 2.0 * poisson))
        self._free_area = free_area
        s = self.state
        # A row for each identity: the engine sorts its particles anew at each rebuild.
        self.grains = np.zeros((int(s.G.max(initial=0)) + 1, Grain.SIZE))
        self.grains[s.G, Grain.ORIGINAL] = s.X[:, 3]
        volume = 4.0 / 3.0 * np.pi * s.X[:, 3] ** 3
        self.grains[s.G, Grain.VOLUME] = self.grains[s.G, Grain.ELASTIC] = volume
        self.grains[s.G, Grain.FREE] = 1.0

    def run(self, steps: int) -> None:
        """Take time steps, each followed by the pass. See `Simulation.run`."""
        for _ in range(steps):
            super().run(1)
            self._confine()

    @property
    def free_share(self) -> Floats:
        """Share psi of free surface of each particle, in the order of identities, shape (n,)."""
        return np.asarray(self.grains[np.sort(self.state.G), Grain.FREE])

    def _confine(self) -> None:
        s, t, g = self.state, self.lists, self.grains
        self.place_images()
        at, kappa = self._slot, self._bulk_modulus
        branch = kernel.branches(t.pairs, t.I, t.J, s.X, t.SH)
        wall_gap = kernel.wall_distances(t.near, t.WI, t.WJ, s.X, self.walls)
        kernel.sum_contacts(t.pairs, t.I, t.J, t.H, t.near, t.WI, t.WH, at, s.X, s.G, kappa, g)
        grown = kernel.grow(s.n, s.X, s.V, s.G, self._free_area, g)
        kernel.screen(s.n, t.pairs, t.I, t.J, branch, s.X, t.H, at)
        kernel.mean_steps(
            t.pairs, t.I, t.J, branch, t.H, t.near, t.WI, wall_gap, t.WH, at, s.X, s.G, g
        )
        kernel.hand_out(
            t.pairs, t.I, t.J, t.H, t.near, t.WI, t.WH, at, s.G, kappa, self._free_area, g
        )
        # Growing spheres approach each other too; and lists look as far as the largest radius.
        self.clock[[Clock.INNER, Clock.DRIFT]] += 2.0 * grown
        np.maximum.at(t.class_radius, s.class_[: s.n], s.X[: s.n, 3])
        self.clock[Clock.CUT] = t.cut
        if self.clock[Clock.INNER] > self.clock[Clock.INNER_LIMIT]:
            self.stale = True
