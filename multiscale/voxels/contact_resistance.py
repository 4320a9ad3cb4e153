"""Contacts that resist: between particles, between phases, and on the lower driven plane."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from multiscale.voxels.laplace import Array
from multiscale.voxels.relaxation import serial

type Labels = np.ndarray[Any, np.dtype[np.uint8]]
type Ids = np.ndarray[Any, np.dtype[np.int32]]

# Faces per area of an interface of which no normal is known: |n_x| + |n_y| + |n_z| has the mean 3/2
# over the directions.
MEAN_SLANT = 1.5


@dataclass(frozen=True)
class Contacts:
    """What resists where.

    Attributes:
        particle: particle of each cell from 1 on, 0 in none, shape (n0, n1, n2).
        resistance: specific resistance of the interface of two phases, symmetric [Ohm m^2]; on the
            diagonal that of two different particles of one phase.
        plane: specific resistance of the lower driven plane [Ohm m^2].
        centre: centres of the particles [m], axes and origin those of the cells, shape (m, 3);
            none where they are not spheres.
        slant: faces per area of an interface where no centre is known.
    """

    particle: Ids
    resistance: Array
    plane: float = 0.0
    centre: Array = field(default_factory=lambda: np.empty((0, 3)))
    slant: float = MEAN_SLANT


def add_contact_resistance(
    faces: Array,
    label: Labels,
    contacts: Contacts,
    edges: tuple[float, float, float],
    periodic: tuple[bool, bool],
) -> None:
    """Put the resistance of every contact in series with its face.

        1/T' = 1/T + s r h_0^2/h_a,    s = |n_x| + |n_y| + |n_z|

    An interface of normal n shows s faces per area, so that each of them carries s times its
    resistance; n joins the centres of two particles, or the centre and the face.

    Args:
        faces: conductances as from `laplace.faces_of_cells` with d in S/m, changed in place.
        label: phase of each cell, shape (n0, n1, n2).
        contacts: what resists where.
        edges: voxel edges [m], driven axis first.
        periodic: whether axes 1 and 2 wrap around.
    """
    _add(
        faces,
        label,
        contacts.particle,
        contacts.resistance,
        contacts.centre,
        contacts.slant,
        np.array(edges),
        np.array((False, *periodic)),
    )
    if contacts.plane > 0:
        lower = faces[0, 1]
        lower /= 1 + lower * contacts.plane / edges[0]
    for axis, around in enumerate((False, *periodic)):
        if around:
            faces[axis].swapaxes(0, axis)[-1] = faces[axis].swapaxes(0, axis)[1]


@serial
def _add(  # type: ignore[no-untyped-def]
    faces, label, particle, resistance, centre, slant, edges, wraps
):
    n = label.shape
    normal = np.empty(3)
    for i in range(n[0]):
        for j in range(n[1]):
            for k in range(n[2]):
                for axis in range(3):
                    t = faces[axis, i + 1, j + 1, k + 1]
                    at = [i, j, k]
                    if t == 0 or (at[axis] == 0 and not wraps[axis]):
                        continue
                    at[axis] = (at[axis] - 1) % n[axis]
                    p, q = label[i, j, k], label[at[0], at[1], at[2]]
                    one, other = particle[i, j, k], particle[at[0], at[1], at[2]]
                    if p == q and one == other:
                        continue
                    r = resistance[p, q]
                    if r == 0:
                        continue
                    s = slant
                    if centre.shape[0] > 0 and one + other > 0:
                        face = np.array((i + 0.5, j + 0.5, k + 0.5))
                        face[axis] -= 0.5
                        length = 0.0
                        for a in range(3):
                            start = centre[one - 1, a] if one > 0 else face[a] * edges[a]
                            end = centre[other - 1, a] if other > 0 else face[a] * edges[a]
                            normal[a] = end - start
                            if wraps[a]:
                                box = n[a] * edges[a]
                                normal[a] -= box * np.round(normal[a] / box)
                            length += normal[a] ** 2
                        s = np.abs(normal).sum() / np.sqrt(length) if length > 0 else slant
                    faces[axis, i + 1, j + 1, k + 1] = t / (
                        1 + t * s * r * edges[axis] / edges[0] ** 2
                    )
