"""Where electrons meet contact resistance: between particles, under the domain, at the foil."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from multiscale.records.microstructure import Phase
from multiscale.records.record import FloatArray
from multiscale.stages.transport.options import Voxels

if TYPE_CHECKING:
    from multiscale.stages.transport.volume import Labels, Shape
    from multiscale.voxels.contact_resistance import Contacts
    from multiscale.voxels.slabs import Slabs


@dataclass(frozen=True)
class ContactLaw:
    """Specific resistances [Ohm m^2].

    Attributes:
        particles: between two particles.
        domain: between particles and the carbon-binder domain.
        foil: between coating and foil.
    """

    particles: float = 0.0
    domain: float = 0.0
    foil: float = 0.0

    def __bool__(self) -> bool:
        return max(self.particles, self.domain, self.foil) > 0


def contact_law(options: Voxels, *, foil: bool) -> ContactLaw:
    """The contacts of the coating itself, or with its foil."""
    return ContactLaw(
        options.particle_contact_resistance,
        options.cbd_contact_resistance,
        options.foil_contact_resistance if foil else 0.0,
    )


def place_contacts(
    law: ContactLaw,
    label: Labels,
    shape: Shape,
    edges: FloatArray,
    periodic: tuple[bool, bool, bool],
    spheres: tuple[FloatArray, FloatArray, float],
    order: tuple[int, int, int],
    unit: float,
    slabs: Slabs,
) -> Contacts:
    """Number the particles of the voxels. Collective.

    Args:
        law: what resists.
        label: phase of each voxel of this rank, axes in `order`.
        shape: voxels of the whole along x, y, z.
        edges: voxel edges along x, y, z [m].
        periodic: which of x, y, z repeat.
        spheres: centres and radii of the particles [m] and the aspect of lying spheroids; where
            there are none a watershed of the labels parts them.
        order: axes of the solve, the driven one first.
        unit: conductivity that the solve counts in [S/m].
        slabs: who has which layers along the driven axis.
    """
    from multiscale.voxels.contact_resistance import Contacts
    from multiscale.voxels.ellipsoids import stretch
    from multiscale.voxels.particle_fields import particle_fields
    from multiscale.voxels.segmentation import split_particles

    active = label == Phase.ACTIVE
    centre, radius = spheres[0][:, list(order)], spheres[1]
    wraps = periodic[order[0]], periodic[order[1]], periodic[order[2]]
    if law.particles == law.domain == 0:
        particle = np.zeros(label.shape, np.int32)
    elif radius.size > 0:
        # The labels hold the mass to a voxel and may reach a little out of the spheres.
        reach, size = float(edges.max()), (shape[order[0]], shape[order[1]], shape[order[2]])
        own = slabs.begin, slabs.end
        # Spheroids are spheres of a stretched space, in which overlaps are parted too.
        up = stretch(spheres[2])[list(order)]
        stretched = up * edges[list(order)]
        particle, _ = particle_fields(
            up * centre, radius, size, stretched, wraps, reach * up.max(), own
        )
        particle[~active] = 0
    else:
        particle = split_particles(active, wraps, slabs, order)
    resistance = np.zeros((len(Phase), len(Phase)))
    resistance[Phase.ACTIVE, Phase.ACTIVE] = law.particles
    resistance[Phase.ACTIVE, Phase.CBD] = resistance[Phase.CBD, Phase.ACTIVE] = law.domain
    return Contacts(particle, unit * resistance, unit * law.foil if order[0] == 2 else 0.0, centre)
