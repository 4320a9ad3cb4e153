"""Volumes per foil area that the electrode puts into the box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import StageFailed

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Composition:
    """Volume fractions of the coating.

    Attributes:
        active: active material.
        binder: each binder, solid, shape (binder,).
        additive: conductive additive, solid.
    """

    active: float
    binder: Floats
    additive: float

    @property
    def inactive(self) -> float:
        """Solid binder and additive together."""
        return float(self.binder.sum()) + self.additive

    def cbd(self, nanoporosity: float) -> float:
        """Carbon-binder domain with its nano-pores: (phi_b + phi_c) / (1 - eps_n).

        Raises:
            StageFailed: it does not fit between the particles.
        """
        room = 1 - self.active
        if room <= self.inactive:
            raise StageFailed(
                f"the solids fill {100 * (self.active + self.inactive):.1f} % of the coating: "
                "the electrode's masses and thickness contradict each other"
            )
        phi = self.inactive / (1 - nanoporosity)
        if phi >= room:
            raise StageFailed(
                f"carbon-binder domain of nano-porosity {nanoporosity:.2f} would fill "
                f"{100 * phi:.1f} % of the coating, {100 * room:.1f} % are free; "
                f"set microstructure.nanoporosity below {1 - self.inactive / room:.2f}"
            )
        return phi


def cbd_weight(composition: Composition, binder: Floats, follows: bool) -> Floats:
    """Profile of the carbon-binder domain from those of the binders, by solid volume.

    Args:
        composition: volume fractions.
        binder: local mass over mean of each binder, shape (binder, z).
        follows: give the additive the binders' common profile; uniform otherwise.

    Returns:
        Local volume of binder and additive over the coating's [1], shape (z,).
    """
    weight = composition.binder @ binder
    if follows and composition.binder.sum() > 0:
        return np.asarray(weight * composition.inactive / composition.binder.sum())
    return np.asarray(weight + composition.additive * np.ones(binder.shape[1]))
