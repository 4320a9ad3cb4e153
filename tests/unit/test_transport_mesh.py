"""Kind `mesh` of the transport stage: the same record from finite elements."""

from dataclasses import fields

from mpi4py import MPI

import numpy as np
import pytest

from multiscale.coupling.chain import check_balances
from multiscale.errors import StageFailed
from multiscale.stages.transport import Mesh, Voxels, solve
from multiscale.stages.transport.elements import charge_elements, elements_along
from multiscale.stages.transport.phases import heat
from multiscale.stages.transport.problem import Geometry
from multiscale.stages.transport.volume import Image
from tests.transport_case import (
    NANOPOROSITY,
    RECIPE,
    check_layers_in_series,
    context,
    electrode,
    microstructure,
)

SHARED = {"porosity_profile", "active_profile", "area_profile", "active_area", "thickness"}


@pytest.fixture(scope="module")
def cathode():
    return microstructure(electrode((20, 21, 22)))


@pytest.fixture(scope="module")
def by_mesh(cathode):
    return solve.call(cathode, RECIPE, Mesh(), context())


@pytest.fixture(scope="module")
def by_voxels(cathode):
    return solve.call(cathode, RECIPE, Voxels(), context())


def test_fills_the_record(by_mesh, by_voxels, cathode):
    """Flow, contacts and fields are absent; what is counted on the voxels is the same."""
    check_balances(solve, {"microstructure": cathode}, by_mesh)
    absent = by_mesh.permeability, by_mesh.concentration, by_mesh.flux_density
    assert [a.size for a in absent] == [0, 0, 0]
    assert by_mesh.foil_resistance == 0
    for name in SHARED:
        assert np.array_equal(getattr(by_mesh, name), getattr(by_voxels, name))
    assert by_mesh.percolating == pytest.approx(by_voxels.percolating)
    assert (by_mesh.flux_mismatch < 1e-6).all()
    assert {f.name for f in fields(by_mesh)} == {f.name for f in fields(by_voxels)}


@pytest.mark.parametrize(
    "name", ["diffusivity", "conductivity", "heat_conductivity", "electrode_tortuosity"]
)
def test_agrees_with_the_voxels_within_both_errors(by_mesh, by_voxels, name):
    """The two share no solver."""
    ours, theirs = getattr(by_mesh, name), getattr(by_voxels, name)
    assert by_mesh.error[name] > 0
    assert np.all(abs(ours - theirs) < by_mesh.error[name] + by_voxels.error[name])


def test_layers_in_series_make_the_whole(by_mesh):
    check_layers_in_series(by_mesh)


def test_tensor_is_that_of_the_voxels(by_mesh, by_voxels):
    ours, theirs = by_mesh.diffusivity_tensor, by_voxels.diffusivity_tensor
    allowed = by_mesh.error["diffusivity_tensor"] + by_voxels.error["diffusivity_tensor"]
    assert np.abs(ours - theirs).max() < allowed
    assert (ours == ours.T).all()


@pytest.mark.parametrize("degree", [1, 2])
def test_laminate_by_layers(degree):
    """Foil half carbon-binder domain, separator half pore: everything follows by hand."""
    label = np.zeros((4, 4, 8), np.uint8)
    label[:, :, :4] = 2
    options = Mesh(layers=2, cbd_tortuosity=4.0, degree=degree, residual_tolerance=1e-12)
    found = solve.call(microstructure(label), RECIPE, options, context())
    d = NANOPOROSITY / 4
    assert found.diffusivity == pytest.approx([(1 + d) / 2, (1 + d) / 2, 2 / (1 + 1 / d)], rel=1e-8)
    assert found.tortuosity_profile == pytest.approx([4, 1], rel=1e-8)
    sigma = 300 * 0.5**1.5
    assert found.conductivity == pytest.approx([sigma / 2, sigma / 2, 0], rel=1e-8)
    warm = heat(options).d
    assert found.heat_conductivity[2] == pytest.approx(2 / (1 / warm[0] + 1 / warm[2]), rel=1e-8)


def test_no_path_is_refused(cathode):
    """4.5-3: a wall closes the pores."""
    blocked = cathode.label.copy()
    blocked[:, :, 12] = 1
    with pytest.raises(StageFailed, match="does not connect the faces along z"):
        solve.call(microstructure(blocked), RECIPE, Mesh(), context())


def test_too_large_a_volume_is_refused(cathode):
    with pytest.raises(StageFailed, match=r"9240 voxels conduct, .*= 9000 allows 9000"):
        solve.call(cathode, RECIPE, Mesh(elements=9000), context())
    with pytest.raises(StageFailed, match="allows 1125 of degree 2"):
        solve.call(cathode, RECIPE, Mesh(elements=9000, degree=2), context())


@pytest.mark.mpi(2)
def test_two_ranks_agree_with_one():
    """4.5-24: conduction with its layers and errors, and charging, to 1e-10."""
    geometry = Geometry(Image(electrode((12, 13, 14))), np.full(3, 4e-7))
    d, options = np.array([1.0, 0.0, 0.3]), Mesh(layers=4, residual_tolerance=1e-13)

    def found(comm):
        t = elements_along(2, geometry, d, d, options, comm)
        charged = charge_elements(geometry, d, 0.5, options, comm)
        return np.hstack([t.conductivity, t.layers, t.error, t.layers_error, t.cross, t.coarse,
                          charged.conductivity, charged.coarse])  # fmt: skip

    assert found(MPI.COMM_WORLD) == pytest.approx(found(MPI.COMM_SELF), rel=1e-10, abs=1e-10)


def test_axes_of_the_problem_are_those_of_the_record(cathode, by_mesh):
    """A quarter turn permutes what is found."""
    turned = microstructure(np.ascontiguousarray(cathode.label.transpose(1, 0, 2)))
    found = solve.call(turned, RECIPE, Mesh(), context())
    assert found.diffusivity == pytest.approx(by_mesh.diffusivity[[1, 0, 2]], rel=1e-6)
    swap = [1, 0, 2]
    assert found.diffusivity_tensor == pytest.approx(
        by_mesh.diffusivity_tensor[swap][:, swap], abs=1e-6
    )
