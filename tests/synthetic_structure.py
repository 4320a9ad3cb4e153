"""Made-up, plausible microstructure and transport of an NMC622 cathode."""

from __future__ import annotations

from functools import cache

import numpy as np
from synthetic_film import THICKNESS, Z

from multiscale.records import EffectiveProperties, Microstructure


@cache
def microstructure(n: int = 72, nz: int = 64) -> Microstructure:
    """Periodic overlapping spheres with a film of carbon-binder domain."""
    rng = np.random.default_rng(3)
    size = THICKNESS / nz
    x, y, z = (np.arange(k) * size for k in (n, n, nz))
    gap = np.full((n, n, nz), np.inf)
    for _ in range(150):
        centre, radius = rng.random(3) * (n * size, n * size, THICKNESS), rng.uniform(3.5e-6, 8e-6)
        dx, dy = (np.abs(a - c) for a, c in zip((x, y), centre[:2], strict=True))
        dx, dy = np.minimum(dx, n * size - dx), np.minimum(dy, n * size - dy)
        distance = (
            np.sqrt(
                dx[:, None, None] ** 2 + dy[None, :, None] ** 2 + (z - centre[2])[None, None] ** 2
            )
            - radius
        )
        gap = np.minimum(gap, distance)
    label = np.zeros((n, n, nz), "|u1")
    label[gap < 1.1e-6 * (0.4 + Z.mean() + 0.6 * z / THICKNESS)] = 2
    label[gap < 0] = 1
    active, cbd, pore = ((label == k).mean((0, 1)) for k in (1, 2, 0))
    height = (np.arange(nz) + 0.5) / nz
    return Microstructure(
        label=label,
        voxel_size=np.full(3, size),
        thickness=THICKNESS,
        particles=150.0,
        active_fraction=active.mean(),
        cbd_fraction=cbd.mean(),
        pore_fraction=pore.mean(),
        nanoporosity=0.5,
        porosity=pore.mean() + 0.5 * cbd.mean(),
        active_mass=0.192,
        area_active_pore=2.3e5,
        area_active_cbd=1.4e5,
        z=height,
        active_profile=active,
        cbd_profile=cbd,
        pore_profile=pore,
        area_profile=2.3e5 * (0.9 + 0.2 * height),
        representative_error=0.008,
        error={
            "active_fraction": 0.004,
            "cbd_fraction": 0.004,
            "pore_fraction": 0.004,
            "porosity": 0.004,
            "active_mass": 1e-3,
            "area_active_pore": 8e3,
            "area_active_cbd": 6e3,
        },
    )


def effective() -> EffectiveProperties:
    """Straight pores: linear concentration, and more flux where less of a layer is open."""
    structure = microstructure()
    drop = np.where(structure.label == 1, np.nan, 1 - structure.z).astype(np.float32)
    flux = np.where(structure.label == 1, np.nan, 1 / (1 - structure.active_profile))
    tau = np.array([2.21, 2.24, 2.43])
    layers = (np.arange(20) + 0.5) / 20
    porosity = 0.31 - 0.03 * layers
    return EffectiveProperties(
        thickness=THICKNESS,
        porosity=0.295,
        active_fraction=0.62,
        diffusivity=0.295 / tau,
        diffusivity_tensor=np.diag(0.295 / tau) + 0.003 * (1 - np.eye(3)),
        diffusivity_tensor_error=np.full((3, 3), 0.005),
        tortuosity=tau,
        conductivity=np.array([14.0, 13.8, 9.6]),
        conductivity_tensor=np.diag([14.0, 13.8, 9.6]),
        conductivity_tensor_error=np.full((3, 3), 0.5),
        heat_conductivity=np.array([1.21, 1.2, 1.05]),
        heat_conductivity_tensor=np.diag([1.21, 1.2, 1.05]),
        heat_conductivity_tensor_error=np.full((3, 3), 0.05),
        permeability=np.array([6.1e-15, 6e-15, 4.2e-15]),
        permeability_error=np.array([8e-16, 1e-15, 7e-16]),
        permeability_tensor=np.diag([6.1e-15, 6e-15, 4.2e-15]),
        permeability_tensor_error=np.full((3, 3), 1e-15),
        electrode_tortuosity=2.5,
        foil_resistance=2e-4,
        flux_mismatch=np.full(3, 1e-9),
        percolating=np.full(3, 0.998),
        active_area=2.3e5,
        z=layers,
        porosity_profile=porosity,
        active_profile=np.full(20, 0.62),
        tortuosity_profile=2.43 * (porosity.mean() / porosity) ** 0.5,
        conductivity_profile=9.6 * (0.8 + 0.4 * layers),
        area_profile=np.full(20, 2.3e5),
        voxel_size=structure.voxel_size,
        concentration=drop,
        flux_density=flux.astype(np.float32),
        error={
            "diffusivity": 0.004,
            "diffusivity_tensor": 0.005,
            "tortuosity": 0.07,
            "conductivity": 0.5,
            "conductivity_tensor": 0.5,
            "heat_conductivity": 0.05,
            "heat_conductivity_tensor": 0.05,
            "permeability": 1e-15,
            "permeability_tensor": 1e-15,
            "electrode_tortuosity": 0.09,
            "foil_resistance": 3e-5,
            "active_area": 9e3,
            "tortuosity_profile": 0.1,
            "conductivity_profile": 0.6,
        },
    )
