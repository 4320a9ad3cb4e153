"""What the transport stage takes, for its tests."""

from dataclasses import replace

from mpi4py import MPI

import numpy as np
import pytest
from recipes import cathode_recipe

from multiscale.coupling.context import Context
from multiscale.records import EffectiveProperties, Microstructure
from multiscale.voxels.apertures import solid_fractions
from tests.voxel_images import blobs

NANOPOROSITY = 0.5
RECIPE = cathode_recipe()


def context(comm: MPI.Intracomm = MPI.COMM_SELF) -> Context:
    return Context(comm=comm, control=comm.Dup())


def microstructure(label, edges=(4e-7, 4e-7, 4e-7), error=1e3) -> Microstructure:
    fraction = np.bincount(label.ravel(), minlength=3) / label.size
    pore, active, cbd = ((label == phase).mean(axis=(0, 1)) for phase in range(3))
    n = label.shape[2]
    computed = ("active_fraction", "cbd_fraction", "pore_fraction", "porosity", "active_mass")
    return Microstructure(
        label=label,
        voxel_size=np.array(edges),
        thickness=n * edges[2],
        particles=20,
        active_fraction=fraction[1],
        cbd_fraction=fraction[2],
        pore_fraction=fraction[0],
        nanoporosity=NANOPOROSITY,
        porosity=fraction[0] + NANOPOROSITY * fraction[2],
        active_mass=0.1,
        area_active_pore=3e5,
        area_active_cbd=1e5,
        z=(np.arange(n) + 0.5) / n,
        active_profile=active,
        cbd_profile=cbd,
        pore_profile=pore,
        area_profile=np.linspace(2e5, 4e5, n),
        representative_error=0.01,
        error=dict.fromkeys(computed, 0.0) | {"area_active_pore": error, "area_active_cbd": error},
    )


def check_layers_in_series(found: EffectiveProperties) -> None:
    """The layers along z, in series, conduct what the whole does."""
    by_layer = found.porosity_profile / found.tortuosity_profile
    assert 1 / (1 / by_layer).mean() == pytest.approx(found.diffusivity[2], rel=1e-10)
    by_layer = found.conductivity_profile
    assert 1 / (1 / by_layer).mean() == pytest.approx(found.conductivity[2], rel=1e-10)


def electrode(shape=(24, 25, 33)):
    """Grains, with carbon-binder domain on part of the rest."""
    grains, binder = blobs(shape, 2.5, seed=8), blobs(shape, 1.0, seed=9)
    return np.select([grains < 0.5, binder < 0.35], [1, 2], 0).astype(np.uint8)


def packing(shape) -> Microstructure:
    """Spheres that overlap, with carbon-binder domain around some of them."""
    rng, edge = np.random.default_rng(4), np.full(3, 4e-7)
    centre, radius = rng.random((12, 3)) * shape * edge, rng.uniform(1e-6, 1.6e-6, 12)
    solid = solid_fractions(centre, radius, shape, edge, (True, True, False)) > 0.5
    label = np.select([solid, blobs(shape, 1.0, seed=9) < 0.3], [1, 2], 0).astype(np.uint8)
    return replace(microstructure(label), centre=centre, radius=radius)
