"""The packed particles by their shape: spheres, spheroids that all lie flat, tilted spheroids."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from multiscale.voxels.apertures import volume_factor
from multiscale.voxels.ellipsoids import Ellipsoids, forms, spheroids, stretch, two_nearest
from multiscale.voxels.necks import CONTACT, neck_volume, volume_of_rings
from multiscale.voxels.slabs import Slabs
from multiscale.voxels.spheroid_contacts import spheroid_contacts
from multiscale.voxels.voxelise import Shape, radius_factor, surface_distances

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Mask = NDArray[np.bool_]

_AROUND = True, True, False


class Shapes(Protocol):
    """Packed particles of a box that is periodic in x and y.

    Attributes:
        aspect: polar over equatorial diameter.
        pole: directions of their axes, shape (n, 3); (0, 3) where all lie along z.
    """

    @property
    def aspect(self) -> float: ...
    @property
    def pole(self) -> Floats: ...

    @property
    def middle(self) -> Floats:
        """Their centres [m], shape (n, 3)."""

    @property
    def equatorial(self) -> Floats:
        """Their equatorial radii [m], shape (n,)."""

    def inside(self, shape: Shape, edge: Floats, count: int, slabs: Slabs) -> tuple[Mask, float]:
        """The `count` voxels deepest in them, and the radius factor of these. Collective."""

    def distances(
        self, factor: float, inside: Mask, shape: Shape, edge: Floats, slabs: Slabs
    ) -> tuple[Singles, Singles]:
        """Distances to the two nearest, `factor` times as large [m], outside. Collective."""

    def factor(self, shape: Shape, edge: Floats, fraction: float, slabs: Slabs) -> float:
        """The radius factor with which they fill a fraction of the box. Collective."""

    def necks(self, box: Floats, angle: float) -> float:
        """Volume of all necks over that of the box at a contact angle [rad]."""


@dataclass(frozen=True)
class Lying:
    """Spheres, or spheroids with their poles along z: spheres of a stretched space.

    Attributes:
        centre, radius: spheres of that space [m], shapes (n, 3) and (n,).
        aspect: polar over equatorial diameter, 1 for spheres.
    """

    centre: Floats
    radius: Floats
    aspect: float = 1.0

    @property
    def upright(self) -> Floats:
        """How much longer that space is along x, y, z."""
        return stretch(self.aspect)

    @property
    def pole(self) -> Floats:
        """None is given: all lie along z."""
        return np.empty((0, 3))

    @property
    def middle(self) -> Floats:
        """Their centres [m]."""
        return self.centre / self.upright

    @property
    def equatorial(self) -> Floats:
        """Their equatorial radii [m]."""
        return self.radius

    def inside(self, shape: Shape, edge: Floats, count: int, slabs: Slabs) -> tuple[Mask, float]:
        """The voxels deepest in them. Collective."""
        return radius_factor(
            self.centre, self.radius, shape, self.upright * edge, count, slabs=slabs
        )

    def distances(
        self, factor: float, inside: Mask, shape: Shape, edge: Floats, slabs: Slabs
    ) -> tuple[Singles, Singles]:
        """Distances to the two nearest. Collective."""
        if (self.upright == 1).all():
            return surface_distances(self.centre, factor * self.radius, shape, edge, slabs)
        axes = factor * self.radius[:, None] / self.upright
        turn = np.tile(np.eye(3), (self.radius.size, 1, 1))
        return two_nearest(Ellipsoids(self.middle, axes, turn), ~inside, shape, edge, slabs)

    def factor(self, shape: Shape, edge: Floats, fraction: float, slabs: Slabs) -> float:
        """The radius factor of a fraction. Collective."""
        stretched = self.upright * edge
        return volume_factor(self.centre, self.radius, shape, stretched, _AROUND, fraction, slabs)

    def necks(self, box: Floats, angle: float) -> float:
        """Volume of all necks, of the stretched packing, over that of its box."""
        tall = self.upright * box
        return neck_volume(self.centre, self.radius, tall, angle) / float(tall.prod())


@dataclass(frozen=True)
class Tilted:
    """Spheroids with poles of their own.

    Attributes:
        centre, radius: centres and equatorial radii [m], shapes (n, 3) and (n,).
        aspect: polar over equatorial diameter.
        pole: directions of their axes, of length one, shape (n, 3).
    """

    centre: Floats
    radius: Floats
    aspect: float
    pole: Floats

    @property
    def middle(self) -> Floats:
        """Their centres [m]."""
        return self.centre

    @property
    def equatorial(self) -> Floats:
        """Their equatorial radii [m]."""
        return self.radius

    @cached_property
    def _grains(self) -> Ellipsoids:
        diameter = 2 * self.radius * self.aspect ** (1 / 3)  # of spheres of equal volume
        return spheroids(self.centre, diameter, self.aspect, self.pole)

    def inside(self, shape: Shape, edge: Floats, count: int, slabs: Slabs) -> tuple[Mask, float]:
        """The voxels deepest in them. Collective."""
        return radius_factor(self.centre, forms(self._grains), shape, edge, count, slabs=slabs)

    def distances(
        self, factor: float, inside: Mask, shape: Shape, edge: Floats, slabs: Slabs
    ) -> tuple[Singles, Singles]:
        """Distances to the two nearest. Collective."""
        of = self._grains
        larger = Ellipsoids(of.centre, factor * of.axes, of.turn)
        return two_nearest(larger, ~inside, shape, edge, slabs)

    def factor(self, shape: Shape, edge: Floats, fraction: float, slabs: Slabs) -> float:
        """The radius factor of a fraction. Collective."""
        return volume_factor(
            self.centre, forms(self._grains), shape, edge, _AROUND, fraction, slabs
        )

    def necks(self, box: Floats, angle: float) -> float:
        """Volume of all necks over that of the box: each particle in the space that makes it a
        sphere, as of spheroids that lie flat."""
        of = self.centre, self.radius, self.aspect, self.pole
        i, j, _, towards = spheroid_contacts(*of, box, CONTACT)
        rings = volume_of_rings(self.radius, i, j, towards[:, 0], towards[:, 1], angle)
        return self.aspect * rings / float(box.prod())
