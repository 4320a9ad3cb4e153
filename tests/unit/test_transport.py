"""The transport stage: contract, options, errors, conservation, ranks, tensors and fields."""

from dataclasses import replace

from mpi4py import MPI

import h5py
import numpy as np
import pytest

from multiscale.coupling.chain import check_balances
from multiscale.coupling.store import Store, load
from multiscale.errors import HandoverError, StageFailed
from multiscale.records.formulation import Formulation
from multiscale.records.microstructure import Microstructure, Phase
from multiscale.records.record import FieldRef
from multiscale.stages.transport import Mesh, Voxels, solve
from multiscale.stages.transport.bounds import hashin_shtrikman_excess, wiener
from multiscale.stages.transport.coarser import EverySecond
from multiscale.stages.transport.conduction import transport_along
from multiscale.stages.transport.phases import electrolyte_phases, electron_phases, electrons
from multiscale.stages.transport.problem import Geometry
from multiscale.stages.transport.profiles import contact_profile
from multiscale.stages.transport.tasks import chosen_tasks
from multiscale.stages.transport.values import at_least_one
from multiscale.stages.transport.volume import Image, all_layers
from multiscale.voxels.octants import to_octants
from tests.transport_case import (
    NANOPOROSITY,
    RECIPE,
    check_layers_in_series,
    context,
    electrode,
    microstructure,
    packing,
)
from tests.voxel_images import blobs


@pytest.fixture(scope="module")
def label():
    return electrode()


@pytest.fixture(scope="module")
def result(label):
    return solve.call(microstructure(label), RECIPE, Voxels(flow=True), context())


def test_contract(result, label):
    assert solve.kinds == {"voxels": Voxels, "mesh": Mesh}
    assert solve.takes == {"microstructure": Microstructure, "formulation": Formulation}
    assert result.tortuosity == pytest.approx(result.porosity / result.diffusivity)
    assert (result.tortuosity > 1).all()
    assert (result.flux_mismatch <= 1e-4).all()
    assert (result.percolating > 0.9).all()
    assert result.active_area == pytest.approx(3e5 + 0.5 * 1e5)
    assert result.error["active_area"] == pytest.approx(1.5e3)
    assert 0 < result.error["diffusivity"] < 0.5 * result.diffusivity.max()
    assert result.area_profile.mean() == pytest.approx(result.active_area)
    assert result.porosity_profile.shape == (10,)


def test_conserves_electrolyte_and_active_material(result, label):
    inputs = {"microstructure": microstructure(label)}
    assert {b.quantity for b in solve.conserves} == {"electrolyte volume", "active-material volume"}
    for balance in solve.conserves:
        assert balance.after(result) == pytest.approx(balance.before(inputs), rel=balance.tolerance)


@pytest.mark.parametrize("field", ["porosity_profile", "active_profile"])
def test_planted_violation_is_refused(result, label, field):
    inputs = {"microstructure": microstructure(label)}
    check_balances(solve, inputs, result)
    wrong = replace(result, **{field: 1.00001 * getattr(result, field)})
    with pytest.raises(HandoverError, match="stage 'transport' does not conserve"):
        check_balances(solve, inputs, wrong)


def test_layers_in_series_make_the_whole(result):
    check_layers_in_series(result)


def test_repeats_bit_by_bit(result, label):
    assert (
        solve.call(microstructure(label), RECIPE, Voxels(flow=True), context()).digest()
        == result.digest()
    )


@pytest.mark.mpi(3)
def test_ranks_give_the_same_bits(monkeypatch, tmp_path):
    """Case 24: problems dealt out, and slabs of one volume: stairs, contacts, flow, spheres. Fields
    of a shared volume are put down slab by slab."""
    world = context(MPI.COMM_WORLD)
    world = replace(world, scratch=MPI.COMM_WORLD.bcast(tmp_path))
    halves = blobs((28, 32, 36), 1.5, seed=9) < 0.4
    plain, resisting = (
        Voxels(layers=4, particle_contact_resistance=r, foil_contact_resistance=r, flow=flow)
        for r, flow in (("0 ohm*cm^2", False), ("0.01 ohm*cm^2", True))
    )
    for m, shared_from, options in (
        (microstructure(electrode((17, 16, 18))), 1_000_000, plain),
        (microstructure(electrode((17, 16, 18))), 0, resisting),
        (replace(packing((14, 16, 18)), cbd_octants=to_octants(halves)), 0, plain),
        (packing((14, 16, 18)), 0, Voxels(layers=4, active_conductivity="100 S/m")),
    ):
        monkeypatch.setattr("multiscale.stages.transport.tasks.SHARED_FROM", shared_from)
        together = solve.call(m, RECIPE, options, world)
        assert isinstance(together.concentration, FieldRef) == (
            shared_from == 0 and world.comm.size > 1
        )
        assert together.digest() == solve.call(m, RECIPE, options, context()).digest()


def test_layers_of_a_stored_volume(tmp_path):
    """A rank reads its slab of the file, also of voxels twice as large."""
    label = electrode((7, 8, 9))
    with h5py.File(tmp_path / "labels.h5", "w") as file:
        file["label"] = label.transpose(2, 1, 0)
    stored = Image(FieldRef(tmp_path / "labels.h5", "label", "", label.shape, "uint8"))
    sparse = EverySecond(stored)
    for volume in (stored, sparse):
        every = all_layers(volume)
        for axis in range(3):
            own = volume.layers(axis, 1, 3)
            assert (own == every.take([1, 2], axis)).all()
    assert (all_layers(stored) == label).all()


def test_laminate_by_layers():
    """Foil half carbon-binder domain, separator half pore: everything follows by hand."""
    label = np.zeros((6, 6, 20), np.uint8)
    label[:, :, :10] = 2
    options = Voxels(layers=2, cbd_tortuosity=4.0, cbd_access=0.0, residual_tolerance=1e-11)
    found = solve.call(microstructure(label), RECIPE, options, context())
    d = NANOPOROSITY / 4
    assert found.diffusivity == pytest.approx([(1 + d) / 2, (1 + d) / 2, 2 / (1 + 1 / d)], rel=1e-8)
    assert found.tortuosity_profile == pytest.approx([4, 1], rel=1e-8)
    sigma = 300 * 0.5**1.5
    assert found.conductivity == pytest.approx([sigma / 2, sigma / 2, 0], rel=1e-8)
    assert found.active_area == 3e5


def test_closed_electrolyte_is_refused(label):
    blocked = label.copy()
    blocked[:, :, 12] = 1
    with pytest.raises(StageFailed, match=r"does not connect the faces along z"):
        solve.call(microstructure(blocked), RECIPE, Voxels(), context())


def test_electrons_may_fail_to_percolate():
    """A binder without carbon and grains that do not touch: conductivity 0, not an error."""
    label = np.zeros((8, 8, 8), np.uint8)
    label[2:5, 2:5, 2:5] = 1
    found = solve.call(
        microstructure(label), RECIPE, Voxels(cbd_conductivity="0 S/m", layers=2), context()
    )
    assert (found.conductivity == 0).all()
    assert (found.conductivity_profile == 0).all()


def test_options():
    assert Voxels().probe().flux_tolerance > Voxels().flux_tolerance
    assert electrolyte_phases(0.49, Voxels())[2] == pytest.approx(0.49**1.5)
    assert electrolyte_phases(0.5, Voxels(cbd_tortuosity=2.5))[2] == pytest.approx(0.2)
    assert electrolyte_phases(0.0, Voxels())[2] == 0
    assert electron_phases(0.36, 0.02, Voxels(cbd_exponent=2.0))[2] == pytest.approx(300 * 0.64**2)
    with pytest.raises(ValueError, match="out of range"):
        Voxels(cbd_tortuosity=0.5)


def test_stage_extrapolates_within_the_stated_error(result, label):
    plain = solve.call(microstructure(label), RECIPE, Voxels(extrapolate=False), context())
    assert (result.diffusivity > plain.diffusivity).all()
    assert result.error["diffusivity"] < plain.error["diffusivity"]
    assert abs(result.diffusivity - plain.diffusivity).max() == pytest.approx(
        0.5 * plain.error["diffusivity"], rel=1e-2
    )


def test_heat_lies_between_its_phases_in_series_and_in_parallel(result, label):
    fraction = np.bincount(label.ravel(), minlength=3) / label.size
    low, high = wiener(fraction, np.array([0.18, 4.0, 0.3]))
    assert ((low < result.heat_conductivity) & (result.heat_conductivity < high)).all()
    assert hashin_shtrikman_excess(fraction, np.array([0.18, 4.0, 0.3]),
                                   result.heat_conductivity) < 0  # fmt: skip


def test_flow_and_charging_are_in_the_record(result):
    """Pores of two microns: some 1e-14 m^2; tau_e is near tau in a uniform medium."""
    assert (result.permeability > 1e-16).all() and (result.permeability < 4e-13).all()
    assert result.permeability_error.shape == (3,) and (result.permeability_error > 0).all()
    assert result.permeability_error.max() == result.error["permeability"]
    assert result.electrode_tortuosity == pytest.approx(result.tortuosity[2], rel=0.25)
    assert result.foil_resistance == 0 and result.error["foil_resistance"] == 0


def test_flow_is_solved_where_it_is_asked_for(label):
    result = solve.call(microstructure(label), RECIPE, Voxels(), context())
    assert result.permeability.size == 0 and result.permeability_tensor.size == 0


TENSORS = "diffusivity", "conductivity", "heat_conductivity", "permeability"


@pytest.mark.parametrize("name", TENSORS)
def test_tensor_holds_the_axes(result, name):
    """Symmetric and positive, with the values along the axes and errors not below theirs; random
    blobs have no oblique direction, within the error that is stated for them."""
    tensor, error = (getattr(result, f"{name}_tensor{end}") for end in ("", "_error"))
    assert np.array_equal(np.diag(tensor), getattr(result, name))
    assert np.array_equal(tensor, tensor.T) and (np.linalg.eigvalsh(tensor) > 0).all()
    assert np.array_equal(error, error.T) and error.max() == result.error[f"{name}_tensor"]
    assert np.diag(error).max() >= result.error[name]
    beside = ~np.eye(3, dtype=bool)
    assert (abs(tensor[beside]) < error[beside]).all()


def test_tensor_turns_with_the_volume(result, label):
    """Swapping x and y swaps the entries."""
    turned = solve.call(microstructure(np.ascontiguousarray(label.transpose(1, 0, 2))), RECIPE,
                        Voxels(layers=4), context())  # fmt: skip
    swap = [1, 0, 2]
    for name in TENSORS[:3]:
        tensor = getattr(result, f"{name}_tensor")
        rounding = 1e-5 * tensor.max()
        assert getattr(turned, f"{name}_tensor") == pytest.approx(
            tensor[swap][:, swap], rel=1e-3, abs=rounding
        )


def test_contacts_resist(result, label):
    """Resisting contacts lower the electrons' conductivity; the foil's adds at least its own."""
    options = Voxels(
        particle_contact_resistance="0.01 ohm*cm^2",
        cbd_contact_resistance="0.01 ohm*cm^2",
        foil_contact_resistance="0.1 ohm*cm^2",
        extrapolate=False,
    )
    free = Voxels(extrapolate=False)
    resisting = solve.call(microstructure(label), RECIPE, options, context())
    perfect = solve.call(microstructure(label), RECIPE, free, context())
    assert (resisting.conductivity < perfect.conductivity).all()
    assert (resisting.diffusivity == perfect.diffusivity).all()
    assert resisting.foil_resistance > 1e-5  # solids touch a part of the foil only


def test_electrons_pass_particles_by_their_contacts():
    """Spheres of 100 S/m conduct less than their labels, whose necks are too wide; a foil that
    resists adds more than over its whole area, because solids touch a part of it only."""
    m, r = packing((14, 16, 18)), 1e-7
    options = Voxels(
        layers=4, active_conductivity="100 S/m", foil_contact_resistance=f"{r} ohm*m^2"
    )
    found = solve.call(m, RECIPE, options, context())
    unknown = replace(m, centre=np.empty((0, 3)), radius=np.empty(0))
    labels = solve.call(unknown, RECIPE, options, context())
    assert (found.conductivity < 0.9 * labels.conductivity).all()
    assert found.error["conductivity"] < 0.5 * found.conductivity.max()
    assert r < found.foil_resistance < 4 * r
    assert 1 / (1 / found.conductivity_profile).mean() == pytest.approx(found.conductivity[2])


def test_too_many_voxels_for_a_network_are_told(monkeypatch, caplog):
    """Particles are staircases then, which conduct too well: a warning says so."""
    monkeypatch.setattr("multiscale.stages.transport.tasks.PARTICLES_UP_TO", 100)
    m, options = packing((8, 8, 8)), Voxels(layers=2, active_conductivity="100 S/m")
    carriers = {"electrons": electrons(m.nanoporosity, 0.02, options)}
    with caplog.at_level("WARNING", logger="multiscale"):
        chosen_tasks(m, carriers, options)
    assert "electrons see particles as staircases in 512 voxels" in caplog.text


def test_foil_of_a_plain_conductor():
    """Domain everywhere next to the foil: what the contact adds is its own resistance, exactly."""
    label = np.full((6, 6, 16), Phase.CBD, np.uint8)
    label[:3, :, 4:12] = Phase.ACTIVE
    options = Voxels(foil_contact_resistance="0.3 ohm*cm^2", active_conductivity="1 S/m",
                     cbd_conductivity="2 S/m")  # fmt: skip
    got = solve.call(microstructure(label), RECIPE, options, context())
    assert got.foil_resistance >= 3e-5 * (1 - 1e-6)
    assert got.foil_resistance == pytest.approx(3e-5, rel=0.2)


def test_binder_without_carbon_insulates(label):
    bare = replace(RECIPE, additive_mass_fraction=0.0, binder_mass_fraction=np.array([0.04]))
    options = Voxels(layers=2, active_conductivity="100 S/m")
    found = solve.call(microstructure(label), bare, options, context())
    grains = (label == 1).mean()
    assert (found.conductivity < 2 * grains / (3 - grains) * 100).all()  # grains conduct alone
    assert electron_phases(0.5, 0.0, options)[2] == 0


def test_tau_below_one_is_refused():
    assert (at_least_one(np.array([1 - 1e-9, 2]), 1e-6) == [1, 2]).all()
    with pytest.raises(StageFailed, match="tortuosity factor"):
        at_least_one(np.array([0.99]), 1e-4)


def spheres_in_a_box(n=24, spacing=4e-7):
    """A sphere in its cell, in a film of domain of a quarter of the volume on any voxels."""
    size = n * spacing
    x = (np.arange(n) + 0.5) / n
    gap = np.sqrt(sum((np.abs(a - 0.5)) ** 2 for a in np.ix_(x, x, x))) - 0.47
    label = np.where(gap < 0, 1, 0).astype(np.uint8)
    outside = np.flatnonzero(gap >= 0)
    label.flat[outside[np.argsort(gap.flat[outside], kind="stable")[: label.size // 4]]] = 2
    found = microstructure(label, (spacing,) * 3)
    centre, radius = np.full((1, 3), 0.5 * size), np.array([0.47 * size])
    return found, replace(found, centre=centre, radius=radius)


def test_spheres_are_solved_with_open_faces():
    """Nearer than the same voxels without the spheres, and within a stated error that is smaller.

    The film of domain stays a staircase, and what is off here is the film.
    """
    plain, known = spheres_in_a_box()
    fine = spheres_in_a_box(72, 4e-7 / 3)[1]
    options = Voxels(layers=2, cbd_tortuosity=2.0, extrapolate=False)
    staircase, cut, reference = (
        solve.call(m, RECIPE, options, context()) for m in (plain, known, fine)
    )
    off = abs(cut.diffusivity - reference.diffusivity)
    assert (off < cut.error["diffusivity"]).all()
    assert cut.error["diffusivity"] < staircase.error["diffusivity"]
    assert (off < 0.5 * abs(staircase.diffusivity - reference.diffusivity)).all()
    assert (cut.conductivity == staircase.conductivity).all()  # electrons stay on the voxels
    by_layer = cut.porosity_profile / cut.tortuosity_profile
    assert 1 / (1 / by_layer).mean() == pytest.approx(cut.diffusivity[2], rel=1e-6)


def test_both_solvers_give_the_same_at_the_contrast_where_they_change():
    """A domain just above and just below 1/30 of the pore's diffusivity: blocks, then networks."""
    known = spheres_in_a_box()[1]
    blocks, networks = (
        solve.call(known, RECIPE, Voxels(layers=2, cbd_tortuosity=tau), context())
        for tau in (14.999, 15.001)
    )
    assert networks.diffusivity == pytest.approx(blocks.diffusivity, rel=2e-4)
    assert networks.tortuosity_profile == pytest.approx(blocks.tortuosity_profile, rel=5e-4)


def test_sides_of_an_image_are_mirrors():
    """Crossing channels along all axes, one over the seam: it ends where the sides are mirrors."""
    label = np.ones((8, 8, 8), np.uint8)
    label[:, 3, 3] = label[3, :, 3] = 0
    for k in range(8):
        label[[(k + 4) % 8, (k + 5) % 8], 6, k] = 0
    m = microstructure(label)
    options = Voxels(layers=2, extrapolate=False)
    assert solve.call(m, RECIPE, options, context()).diffusivity[2] > 0
    with pytest.raises(StageFailed, match="along z"):
        solve.call(replace(m, periodic=np.zeros(3)), RECIPE, options, context())


def test_unknown_phase_is_refused(label):
    m = microstructure(label)
    with pytest.raises(StageFailed, match="hold phase 3"):
        all_layers(Image(np.where(m.label == 2, 3, m.label)))


def test_every_second_voxel_keeps_the_size():
    label, edges = np.zeros((7, 8, 1), np.uint8), np.array([1.0, 2.0, 3.0])
    sparse = EverySecond(Image(label))
    assert sparse.shape == all_layers(sparse).shape == (3, 4, 1)
    assert sparse.edges(edges) * sparse.shape == pytest.approx(edges * label.shape)


def test_contact_faces_by_layer():
    """One active voxel column under one of carbon-binder domain: all contact in the middle."""
    label = np.zeros((3, 3, 4), np.uint8)
    label[1, 1, :2], label[1, 1, 2:] = 1, 2
    assert contact_profile(Image(label), np.ones(3), 1, 2, 4) == pytest.approx([0, 2, 2, 0])


def test_fields_lie_on_the_voxels_and_carry_the_flux_of_each_layer(result, label):
    concentration, flux = result.concentration, result.flux_density
    closed = np.isnan(flux)
    assert concentration.shape == flux.shape == label.shape
    assert (np.isnan(concentration) == closed).all() and closed[label == Phase.ACTIVE].all()
    assert closed[label != Phase.ACTIVE].mean() < 0.1
    assert np.nanmin(concentration) > -1e-6 and np.nanmax(concentration) < 1
    # |j| is nowhere less than j along z, whose mean over a layer is 1.
    assert (np.nansum(flux, axis=(0, 1)) / label[..., 0].size > 1 - 1e-3).all()


def test_fields_of_straight_pores_are_linear_and_uniform():
    label = np.zeros((8, 6, 10), np.uint8)
    label[:4] = Phase.ACTIVE
    geometry = Geometry(Image(label), np.array([3e-7, 5e-7, 4e-7]))
    d = np.array([1.0, 0.0, 0.0])
    fields = transport_along(
        2, geometry, d, d, 5, 1e-7, 1e-5, lambda *_: None, keep_fields=True
    ).fields
    drop = np.tile(1 - (np.arange(10) + 0.5) / 10, (4, 6, 1))
    np.testing.assert_allclose(fields.concentration[4:], drop, atol=1e-6)
    np.testing.assert_allclose(fields.flux_density[4:], 2, rtol=1e-5)
    assert np.isnan(fields.flux_density[:4]).all()


def test_fields_are_left_out_where_told_and_the_rest_stays(label, result, tmp_path):
    bare = solve.call(microstructure(label), RECIPE, Voxels(flow=True, fields=False), context())
    kept = {"concentration": result.concentration, "flux_density": result.flux_density}
    assert replace(bare, **kept, error=result.error).digest() == result.digest()
    assert not {"concentration", "flux_density"} & set(bare.error)
    back = load(Store(tmp_path).save("0", bare, {}, []))
    assert back.concentration.shape == (0, 0, 0) and back.digest() == bare.digest()
