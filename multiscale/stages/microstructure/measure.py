"""From labelled voxels to the record."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from multiscale.records import Microstructure, Phase
from multiscale.voxels.area import interface_error, interface_profile
from multiscale.voxels.statistics import representative_error

Floats = NDArray[np.float64]


def measure(
    label: NDArray[np.uint8],
    edge: Floats,
    thickness: float,
    active_density: float,
    nanoporosity: float,
    particles: int,
) -> Microstructure:
    """Take the statistics of a labelled volume.

    The numerical error of a fraction is one voxel, since the masses fix the fractions to one voxel;
    that of an area is its change from every second voxel to every voxel.

    Args:
        label: phases, shape (x, y, z).
        edge: edge lengths of a voxel [m], shape (3,).
        thickness: coating thickness [m].
        active_density: density of the active material [kg/m^3].
        nanoporosity: pore fraction in the carbon-binder domain.
        particles: number of particles.
    """
    active, cbd, pore = (
        np.mean(label == phase, axis=(0, 1)) for phase in (Phase.ACTIVE, Phase.CBD, Phase.PORE)
    )
    area_pore = interface_profile(label, edge, Phase.ACTIVE, Phase.PORE)
    area_cbd = interface_profile(label, edge, Phase.ACTIVE, Phase.CBD)
    voxel = 1 / label.size
    return Microstructure(
        label=label,
        voxel_size=edge,
        thickness=thickness,
        particles=particles,
        active_fraction=active.mean(),
        cbd_fraction=cbd.mean(),
        pore_fraction=pore.mean(),
        nanoporosity=nanoporosity,
        porosity=pore.mean() + nanoporosity * cbd.mean(),
        active_mass=active.mean() * active_density * thickness,
        area_active_pore=area_pore.mean(),
        area_active_cbd=area_cbd.mean(),
        z=(np.arange(label.shape[2]) + 0.5) / label.shape[2],
        active_profile=active,
        cbd_profile=cbd,
        pore_profile=pore,
        area_profile=area_pore,
        representative_error=representative_error(label == Phase.ACTIVE),
        error={
            "active_fraction": voxel,
            "cbd_fraction": voxel,
            "pore_fraction": 2 * voxel,
            "porosity": 2 * voxel,
            "active_mass": voxel * active_density * thickness,
            "area_active_pore": interface_error(label, edge, Phase.ACTIVE, Phase.PORE),
            "area_active_cbd": interface_error(label, edge, Phase.ACTIVE, Phase.CBD),
        },
    )
