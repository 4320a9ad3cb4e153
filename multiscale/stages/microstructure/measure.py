"""From labelled voxels to the record."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from multiscale.records import Microstructure, Phase
from multiscale.voxels.area import interface_area
from multiscale.voxels.statistics import representative_error

Floats = NDArray[np.float64]


def measure(
    label: NDArray[np.uint8],
    coarse: NDArray[np.uint8] | None,
    edge: Floats,
    thickness: float,
    active_density: float,
    nanoporosity: float,
    particles: int,
    periodic: tuple[bool, bool] = (True, True),
    spheres: tuple[Floats, Floats] | None = None,
) -> Microstructure:
    """Take the statistics of a labelled volume.

    The numerical error of a fraction is one voxel: of a packing the masses fix the fractions to one
    voxel, and of an image they are what was labelled. That of an area is its change from the same
    electrode filled on voxels twice as large, or from every second voxel, whichever is larger.

    Args:
        label: phases, shape (x, y, z).
        coarse: phases on voxels of edge 2·edge, where they were filled anew.
        edge: edge lengths of a voxel [m], shape (3,).
        thickness: coating thickness [m].
        active_density: density of the active material [kg/m^3].
        nanoporosity: pore fraction in the carbon-binder domain.
        particles: number of particles.
        periodic: whether x and y wrap around.
        spheres: centres [m], shape (n, 3), and radii [m], shape (n,), where the particles are
            spheres; they must fill the active fraction.
    """
    centre, radius = spheres or (np.empty((0, 3)), np.empty(0))
    active, cbd, pore = (
        np.mean(label == phase, axis=(0, 1)) for phase in (Phase.ACTIVE, Phase.CBD, Phase.PORE)
    )
    area_pore, error_pore = _area(label, coarse, edge, Phase.PORE, periodic)
    area_cbd, error_cbd = _area(label, coarse, edge, Phase.CBD, periodic)
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
        representative_error=representative_error(label == Phase.ACTIVE, periodic),
        periodic=np.array([*periodic, False], float),
        centre=centre,
        radius=radius,
        error={
            "active_fraction": voxel,
            "cbd_fraction": voxel,
            "pore_fraction": 2 * voxel,
            "porosity": 2 * voxel,
            "active_mass": voxel * active_density * thickness,
            "area_active_pore": error_pore,
            "area_active_cbd": error_cbd,
        },
    )


def _area(
    label: NDArray[np.uint8],
    coarse: NDArray[np.uint8] | None,
    edge: Floats,
    phase: Phase,
    periodic: tuple[bool, bool],
) -> tuple[Floats, float]:
    """Interface of the active material and `phase` by slice [1/m], and the error of its mean."""
    fine, change = interface_area(label, edge, Phase.ACTIVE, phase, periodic)
    if coarse is None:
        return fine, change
    before, _ = interface_area(coarse, 2 * edge, Phase.ACTIVE, phase, periodic)
    return fine, max(change, abs(float(fine.mean() - before.mean())))
