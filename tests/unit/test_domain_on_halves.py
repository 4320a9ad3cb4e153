"""The carbon-binder domain on half the voxel edge: bits, slabs, electrons."""

from dataclasses import replace

import h5py
import numpy as np
import pytest

from multiscale.records.microstructure import Phase
from multiscale.records.record import FieldRef
from multiscale.stages.transport.domain import Halves, domain_along, with_domain
from multiscale.stages.transport.problem import Geometry, Transport
from multiscale.stages.transport.volume import Image
from multiscale.voxels.diffusion import diffuse
from multiscale.voxels.dissipation import conductivity_of_flux
from multiscale.voxels.octants import from_octants, to_octants
from tests.voxel_images import blobs, sphere_lattice

CUBE = (1.0, 1.0, 1.0)
ENOUGH = {"residual_tolerance": 1e-7, "flux_tolerance": 1e-5, "watch": lambda i, r: None}


def test_octants_keep_every_half():
    halves = np.random.default_rng(1).random((6, 8, 4)) < 0.4
    octants = to_octants(halves)
    assert octants.shape == (3, 4, 2) and octants.dtype == np.uint8
    assert (from_octants(octants) == halves).all()
    assert to_octants(np.arange(8).reshape(2, 2, 2) == 5)[0, 0, 0] == 1 << 5


def test_layers_of_stored_halves(tmp_path):
    """Any layers, odd ones too, from a file as from memory."""
    halves = np.random.default_rng(2).random((6, 8, 10)) < 0.4
    octants = to_octants(halves)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["octants"] = octants.transpose(2, 1, 0)
    stored = FieldRef(tmp_path / "a.h5", "octants", "", octants.shape, "|u1")
    for volume in (Halves(octants), Halves(stored)):
        assert volume.shape == halves.shape
        for axis in range(3):
            own = volume.layers(axis, 1, 4)
            assert ((own == Phase.CBD) == halves.take([1, 2, 3], axis)).all()


@pytest.mark.parametrize("edges", [CUBE, (1.0, 0.7, 1.3)])
def test_flux_proves_a_sharper_lower_bound(edges):
    """SC 0.3 on 8 voxels: D < D' < D of cells cut in four < the upper bound; laminates exact."""
    d = sphere_lattice("sc", 0.3, 8).astype(np.float32)
    found = diffuse(d, edges, (True, True))
    sharper = conductivity_of_flux(found, np.where(found.through, d, 0), edges)
    cut = diffuse(np.kron(d, np.ones((4, 4, 4), np.float32)), edges, (True, True)).conductivity
    assert found.conductivity * 1.01 < sharper < cut
    layers = np.repeat([1.0, 10.0], 6)[:, None, None] * np.ones((1, 5, 4))
    for laminate, exact in ((layers, 20 / 11), (layers.transpose(1, 0, 2), 5.5)):
        d = laminate.astype(np.float32)
        found = diffuse(d, edges, (True, True), residual_tolerance=1e-9, flux_tolerance=1e-8)
        assert conductivity_of_flux(found, d, edges) == pytest.approx(exact, rel=1e-6)


def test_error_holds_halves_cut_in_two():
    """Thin strands: what the same halves cut in two prove lies between D* - error and D*."""
    for seed in range(4):
        strands = np.abs(blobs((32, 32, 32), 3.0, seed) - 0.5) < 0.12
        label = np.where(strands[::2, ::2, ::2], Phase.CBD, Phase.PORE).astype(np.uint8)
        geometry = Geometry(Image(label), np.ones(3))
        found = domain_along(2, geometry, Halves(to_octants(strands)), 100.0, 4, ENOUGH)
        cut = np.kron(strands.transpose(2, 0, 1), np.ones((2, 2, 2))).astype(np.float32)
        solved = diffuse(cut, CUBE, (True, True))
        finer = 100 * conductivity_of_flux(solved, np.where(solved.through, cut, 0), CUBE)
        assert found.conductivity - found.error < finer < found.conductivity
        assert found.error < 0.15 * found.conductivity
        assert 1 / (1 / found.layers).mean() == pytest.approx(found.conductivity, rel=1e-6)


def transport(conductivity, error, coarse=0.0) -> Transport:
    layers = np.full(4, conductivity)
    return Transport(conductivity, layers, 1.0, 1e-5, layers, coarse, layers, error, 0.1 * layers)


def test_what_particles_add_comes_from_the_voxels():
    """Domain 2 +- 0.3 on the halves and 0.5 on the voxels, where particles raise it to 0.6."""
    voxels, domain = transport(0.6, 1.2), transport(2.0, 0.3, coarse=0.5)
    found = with_domain(voxels, voxels, domain)
    assert found.conductivity == pytest.approx(2.1)
    assert found.error == pytest.approx(0.4)
    assert 1 / (1 / found.layers).mean() == pytest.approx(2.1)
    # Conducting particles on well resolved voxels, or a domain that does not hang together.
    sure = replace(voxels, conductivity=60.0, error=0.05)
    assert with_domain(sure, sure, domain) is sure
    assert with_domain(voxels, voxels, transport(0.0, 0.0)) is voxels
