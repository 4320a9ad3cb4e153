"""The suspension in a box: whole particles that hold the film's solids to the last digit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiscale.bridges.sizes import sample_diameters
from multiscale.errors import StageFailed
from multiscale.log import logger
from multiscale.records import DryCoating, FloatArray, Formulation, Powder, WetFilm
from multiscale.stages.grains.options import Particles

ACTIVE, BOUND, SET = 0, 1, 2  # types, as in `forces`
_WIDEST = 0.4  # of the box: what may meet itself through the periodic side must be smaller


@dataclass(frozen=True)
class Content:
    """Volumes per area of the coating, m, and masses, kg/m^2.

    Attributes:
        active: active material.
        additive: conductive additive.
        binder: each binder, shape (binder,).
        mobile: share of each binder that moves, shape (binder,).
        active_mass, inactive_mass: of active material; of binder and additive.
    """

    active: float
    additive: float
    binder: FloatArray
    mobile: FloatArray
    active_mass: float
    inactive_mass: float

    @property
    def inactive(self) -> float:
        """Binder and additive."""
        return self.additive + float(self.binder.sum())

    @property
    def solids(self) -> float:
        """All solids."""
        return self.active + self.inactive

    @property
    def moving(self) -> FloatArray:
        """Share of the carbon-binder domain that moves as each binder, shape (binder,).

        The additive goes with the binders, in proportion to their volumes.
        """
        return np.asarray(self.mobile * self.binder / max(float(self.binder.sum()), 1e-300))


@dataclass(frozen=True)
class Suspension:
    """The spheres of a box, lengths in units of the carbon-binder domain's radius.

    Attributes:
        unit: that radius, m.
        edge: of the box in the plane of the foil.
        radius: shape (n,).
        type: 0 active material, 1 domain on the solids, 2 domain in solution, shape (n,).
        moving: how many of the last move as each binder, shape (binder,).
    """

    unit: float
    edge: float
    radius: FloatArray
    type: NDArray[np.int8]
    moving: NDArray[np.int64]

    @property
    def active_radius(self) -> FloatArray:
        """Radii of the active material."""
        return self.radius[self.type == ACTIVE]

    @property
    def sauter(self) -> float:
        """Sauter diameter of the active material."""
        r = self.active_radius
        return 2 * float(np.sum(r**3) / np.sum(r**2))


def content_of(
    powder: Powder, formulation: Formulation, wet: WetFilm, coating: DryCoating
) -> Content:
    """Give the volumes that the wet film holds."""
    return Content(
        wet.active_mass / powder.density,
        wet.additive_mass / formulation.additive_density,
        wet.binder_mass / formulation.binder_density,
        coating.binder_mobile,
        wet.active_mass,
        wet.additive_mass + float(wet.binder_mass.sum()),
    )


def solids_mass(suspension: Suspension, content: Content, nanoporosity: float) -> float:
    """Weigh the spheres, kg/m^2; their materials have the densities of the content.

    Args:
        suspension: spheres of a box.
        content: per area.
        nanoporosity: of the carbon-binder domain.
    """
    r, active = suspension.radius, suspension.type == ACTIVE
    per_area = 4 / 3 * np.pi * suspension.unit / suspension.edge**2
    grains = per_area * float(np.sum(r[active] ** 3))
    domain = per_area * float(np.sum(r[~active] ** 3)) * (1 - nanoporosity)
    return (
        grains / content.active * content.active_mass
        + domain / content.inactive * content.inactive_mass
    )


def suspend(powder: Powder, content: Content, height: float, options: Particles) -> Suspension:
    """Choose the spheres of a box.

    The active material has whole particles of the powder's classes, all radii then scaled by one
    factor to its volume; the carbon-binder domain has equal spheres that hold its volume with
    nano-pores.

    Args:
        powder: sizes of the active material.
        content: volumes per area.
        height: of the dry film, m.
        options: size of the box and of the domain's spheres.

    Raises:
        StageFailed: too little or too much fits the box, or there is no binder.
    """
    if not content.binder.sum() > 0:
        raise StageFailed("the film holds no binder to bind its particles: give [formulation] one")
    L = options.lateral_size
    remedy = "raise grains.lateral_size"
    widest = min(_WIDEST * L, 0.8 * height)
    active = content.active * L**2
    d = sample_diameters(powder.diameter, powder.volume_fraction, active, widest, remedy)
    d *= (active / np.sum(np.pi / 6 * d**3)) ** (1 / 3)
    coarser = float(powder.volume_fraction[powder.diameter > widest].sum())
    if coarser > 0.05:
        logger.warning(
            "%.0f %% of the powder's volume is coarser than %.3g um and is taken as smaller "
            "particles; %s", 100 * coarser, 1e6 * widest, remedy,
        )  # fmt: skip
    domain = content.inactive * L**2 / (1 - options.nanoporosity)
    count = round(domain / (np.pi / 6 * options.cbd_diameter**3))
    if count < 30:
        raise StageFailed(
            f"{count} spheres of {1e6 * options.cbd_diameter:.3g} um hold the carbon-binder domain "
            "of the box: lower grains.cbd_diameter or raise grains.lateral_size"
        )
    unit = float((domain / (4 / 3 * np.pi * count)) ** (1 / 3))
    moving = np.rint(count * content.moving).astype(int)
    number = [len(d), count - int(moving.sum()), int(moving.sum())]
    return Suspension(
        unit,
        L / unit,
        np.concatenate([d / (2 * unit), np.ones(count)]),
        np.repeat([ACTIVE, BOUND, SET], number).astype(np.int8),
        moving,
    )
