"""Islands of a far stronger conductor in one volume on several ranks: as on one, bit by bit."""

from mpi4py import MPI

import numpy as np
import pytest

from multiscale.stages.transport.conduction import transport_along
from multiscale.stages.transport.contacts import ContactLaw
from multiscale.stages.transport.domain import Halves
from multiscale.stages.transport.in_domain import solve_in_domain
from multiscale.stages.transport.problem import Geometry, Tolerances
from multiscale.stages.transport.volume import Image
from multiscale.voxels import laplace
from multiscale.voxels.layers import plane_potential
from multiscale.voxels.mean_flux import mean_flux
from multiscale.voxels.octants import to_octants
from multiscale.voxels.percolation import percolating
from multiscale.voxels.slabs import Slabs, share_layers, whole
from tests.voxel_images import blobs, coated_spheres

ENOUGH: Tolerances = {
    "residual_tolerance": 1e-6,
    "flux_tolerance": 1e-4,
    "watch": lambda iteration, residual: None,
}
EDGES, PERIODIC = (1.0, 1.2, 1.0), (True, False)
WRAPS = (False, *PERIODIC)


def islands() -> np.ndarray:
    """Blocks of four conductivities, contrast 1e5, with holes; an odd number of layers."""
    rng = np.random.default_rng(1)
    d = rng.choice([0, 1e-3, 0.1, 100.0], (13, 10, 11), p=[0.3, 0.3, 0.2, 0.2])
    d = np.kron(d, np.ones((3, 2, 2)))[:37]
    return np.where(percolating(d > 0, PERIODIC), d, 0.0)


def solve(d: np.ndarray, slabs: Slabs) -> tuple[laplace.Conduction, np.ndarray, np.ndarray]:
    own = np.ascontiguousarray(d[slabs.begin : slabs.end])
    faces = laplace.faces_of_cells(own, EDGES, PERIODIC, None, slabs)
    found = laplace.conduct(faces, PERIODIC, slabs, strength=laplace.strength(EDGES))
    planes = plane_potential(found.potential, faces, own, slabs)
    return found, planes, mean_flux(found.potential, faces, EDGES, PERIODIC, slabs)


@pytest.mark.mpi(4)
def test_slabs_give_what_one_rank_gives() -> None:
    """2, 3 and 4 ranks: potential, fluxes, layers and lateral flux of one."""
    d, world = islands(), MPI.COMM_WORLD
    alone, planes, lateral = solve(d, whole(len(d), WRAPS))
    for ranks in range(2, world.size + 1):
        some = world.Split(0 if world.rank < ranks else MPI.UNDEFINED)
        if some == MPI.COMM_NULL:
            continue
        slabs = share_layers(some, len(d), WRAPS)
        found, *rest = solve(d, slabs)
        own = found.potential[1:-1, 1:-1, 1:-1]
        assert np.array_equal(own, alone.potential[1 + slabs.begin : 1 + slabs.end, 1:-1, 1:-1])
        assert np.array_equal(found.flux, alone.flux)
        assert np.array_equal(rest[0], planes) and np.array_equal(rest[1], lateral)
        some.Free()


def contacts_on(label: np.ndarray, spheres: tuple[np.ndarray, np.ndarray]) -> Geometry:
    """Particles that resist each other, the domain and the foil."""
    law = ContactLaw(particles=3e-7, domain=1e-6, foil=2e-6)
    edges = np.array([1e-6, 1.1e-6, 0.9e-6])
    return Geometry(Image(label), edges, (True, False, False), *spheres, contact=law)


@pytest.mark.mpi(3)
def test_contact_resistance_by_slabs() -> None:
    """Spheres and an image, on the voxels and on every second one; 1 to 3 ranks: bit by bit."""
    world, rng = MPI.COMM_WORLD, np.random.default_rng(6)
    field = blobs((26, 24, 36), 1.5, seed=3)
    label = np.select([field < 0.6, field < 0.7], [1, 2], 0).astype(np.uint8)
    box = np.array(label.shape) * [1e-6, 1.1e-6, 0.9e-6]
    packing = rng.random((90, 3)) * box, rng.uniform(2e-6, 5e-6, 90)
    none = np.empty((0, 3)), np.empty(0)
    d, content = np.array([0.0, 1.0, 40.0]), np.ones(3)
    for axis, spheres, contacts in ((0, packing, 0.4969), (1, none, 0.5293), (2, packing, 0.4166)):
        geometry = contacts_on(label, spheres)
        given = axis, geometry, d, content, 4, 1e-6, 1e-4, lambda iteration, residual: None
        # Rank 0 first, so that kernels are compiled once.
        alone = world.bcast(transport_along(*given) if world.rank == 0 else None)
        assert alone.conductivity == pytest.approx(contacts, abs=1e-4)  # 0.65 to 0.73 without
        for ranks in range(2, world.size + 1):
            some = world.Split(0 if world.rank < ranks else MPI.UNDEFINED)
            if some == MPI.COMM_NULL:
                continue
            found = transport_along(*given, some)
            assert found.conductivity == alone.conductivity and found.coarse == alone.coarse
            assert np.array_equal(found.layers, alone.layers)
            assert np.array_equal(found.cross, alone.cross)
            some.Free()


@pytest.mark.mpi(3)
def test_domain_between_spheres_by_slabs() -> None:
    """Films and heaps on halves between spheres; 1 to 3 ranks: bit by bit."""
    world = MPI.COMM_WORLD
    label, halves, known = coated_spheres(3)
    domain = Halves(to_octants(halves))
    geometry = Geometry(Image(label), np.ones(3), (True, True, False), **known, halves=domain)
    for axis in (0, 2):
        given = axis, geometry, 3.0, 4, ENOUGH
        alone = world.bcast(solve_in_domain(*given) if world.rank == 0 else None)
        for ranks in range(2, world.size + 1):
            some = world.Split(0 if world.rank < ranks else MPI.UNDEFINED)
            if some == MPI.COMM_NULL:
                continue
            found = solve_in_domain(*given, some)
            assert found.conductivity == alone.conductivity and found.sharper == alone.sharper
            assert np.array_equal(found.layers, alone.layers)
            assert np.array_equal(found.cross, alone.cross)
            assert found.percolating == alone.percolating
            some.Free()
