"""Contacts that resist: between particles, between phases, and on the lower driven plane."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numba import njit

from multiscale.voxels.laplace import Array
from multiscale.voxels.slabs import Slabs, next_layers, whole

type Labels = np.ndarray[Any, np.dtype[np.uint8]]
type Ids = np.ndarray[Any, np.dtype[np.int32]]

# Faces per area of an interface of which no normal is known: |n_x| + |n_y| + |n_z| has the mean 3/2
# over the directions.
MEAN_SLANT = 1.5

# Sums in the order written: two slabs reckon the faces between them, and must agree on every bit.
strict = njit(cache=True, error_model="numpy")


@dataclass(frozen=True)
class Contacts:
    """What resists where.

    Attributes:
        particle: particle of each cell of this rank from 1 on, 0 in none, shape (n0, n1, n2).
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
    slabs: Slabs | None = None,
) -> None:
    """Put the resistance of every contact in series with its face. Collective.

        1/T' = 1/T + s r h_0^2/h_a,    s = |n_x| + |n_y| + |n_z|

    An interface of normal n shows s faces per area, so that each of them carries s times its
    resistance; n joins the centres of two particles, or the centre and the face.

    Args:
        faces: conductances as from `laplace.faces_of_cells` with d in S/m, changed in place.
        label: phase of each cell of this rank, shape (n0, n1, n2).
        contacts: what resists where.
        edges: voxel edges [m], driven axis first.
        periodic: whether axes 1 and 2 wrap around.
        slabs: who has which layers; this rank all where left out.
    """
    slabs = slabs or whole(label.shape[0], (False, *periodic))
    phase = (label, *next_layers(label, slabs))
    particle = (contacts.particle, *next_layers(contacts.particle, slabs))
    size = np.array(edges)
    box = np.where((False, *periodic), (slabs.total, *label.shape[1:]) * size, np.inf)
    _add(
        faces,
        *phase,
        *particle,
        (slabs.begin, slabs.total),
        (contacts.resistance, contacts.centre, contacts.slant, size, box),
    )
    if contacts.plane > 0 and slabs.lowest:
        lower = faces[0, 1]
        lower /= 1 + lower * contacts.plane / edges[0]
    for axis, around in enumerate((False, *periodic)):
        if around:
            faces[axis].swapaxes(0, axis)[-1] = faces[axis].swapaxes(0, axis)[1]


@strict
def _add(  # type: ignore[no-untyped-def]
    faces, label, label_below, label_above, particle, particle_below, particle_above, place, law
):
    """Lower faces of all cells, and the upper ones of the last layer if another slab follows."""
    n0, n1, n2 = label.shape
    begin, total = place
    for i in range(n0 + 1 if begin + n0 < total else n0):
        phase = label_above if i == n0 else label[i]
        owner = particle_above if i == n0 else particle[i]
        below = label_below if i == 0 else label[i - 1]
        owner_below = particle_below if i == 0 else particle[i - 1]
        for j in range(n1):
            for k in range(n2):
                cell = (begin + i, j, k)
                p, one = phase[j, k], owner[j, k]
                if begin + i > 0:
                    q, other = below[j, k], owner_below[j, k]
                    _resist(faces[0, i + 1, j + 1], k + 1, 0, cell, (p, q), (one, other), law)
                if i < n0:  # index -1 is the last cell; where an axis ends the face is closed
                    q, other = phase[j - 1, k], owner[j - 1, k]
                    _resist(faces[1, i + 1, j + 1], k + 1, 1, cell, (p, q), (one, other), law)
                    q, other = phase[j, k - 1], owner[j, k - 1]
                    _resist(faces[2, i + 1, j + 1], k + 1, 2, cell, (p, q), (one, other), law)


@strict
def _resist(row, m, axis, cell, phases, owners, law):  # type: ignore[no-untyped-def]
    """The contact of one face in series with what it conducts."""
    resistance, centre, slant, edges, box = law
    t, r = row[m], resistance[phases[0], phases[1]]
    if t == 0 or r == 0 or (phases[0] == phases[1] and owners[0] == owners[1]):
        return
    s = slant
    if centre.shape[0] > 0 and owners[0] + owners[1] > 0:
        area, length = 0.0, 0.0
        for a in range(3):
            face = (cell[a] + (0.0 if a == axis else 0.5)) * edges[a]
            start = centre[owners[0] - 1, a] if owners[0] > 0 else face
            end = centre[owners[1] - 1, a] if owners[1] > 0 else face
            across = end - start
            across -= box[a] * np.round(across / box[a]) if box[a] < np.inf else 0.0
            area += abs(across)
            length += across**2
        s = area / np.sqrt(length) if length > 0 else slant
    row[m] = t / (1 + t * s * r * edges[axis] / edges[0] ** 2)
