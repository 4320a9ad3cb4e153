"""Where electrons meet contact resistance: between particles, under the domain, at the foil."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from multiscale.records.microstructure import Phase
from multiscale.stages.transport.options import Voxels

if TYPE_CHECKING:
    from multiscale.stages.transport.problem import Geometry
    from multiscale.stages.transport.volume import Labels
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
    geometry: Geometry,
    label: Labels,
    order: tuple[int, int, int],
    unit: float,
    slabs: Slabs,
) -> Contacts:
    """Number the particles of the voxels. Collective.

    Args:
        geometry: the voxels, and what resists; where the particles' shapes are not known a
            watershed of the labels parts them.
        label: phase of each voxel of this rank, axes in `order`.
        order: axes of the solve, the driven one first.
        unit: conductivity that the solve counts in [S/m].
        slabs: who has which layers along the driven axis.
    """
    from multiscale.stages.transport.grains import nearest_grain
    from multiscale.voxels.contact_resistance import Contacts
    from multiscale.voxels.segmentation import split_particles

    law, periodic, active = geometry.contact, geometry.periodic, label == Phase.ACTIVE
    wraps = periodic[order[0]], periodic[order[1]], periodic[order[2]]
    if law.particles == law.domain == 0:
        particle = np.zeros(label.shape, np.int32)
    elif geometry.radius.size > 0:
        # The labels hold the mass to a voxel and may reach a little out of the spheres.
        particle = nearest_grain(geometry, order, 1.0, (slabs.begin, slabs.end))[0]
        particle[~active] = 0
    else:
        particle = split_particles(active, wraps, slabs, order, geometry.edges)
    resistance = np.zeros((len(Phase), len(Phase)))
    resistance[Phase.ACTIVE, Phase.ACTIVE] = law.particles
    resistance[Phase.ACTIVE, Phase.CBD] = resistance[Phase.CBD, Phase.ACTIVE] = law.domain
    centre = geometry.centre[:, list(order)]
    return Contacts(particle, unit * resistance, unit * law.foil if order[0] == 2 else 0.0, centre)
