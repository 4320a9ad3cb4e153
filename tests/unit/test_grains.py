"""The film as particles: what is conserved, handed on, and what it says of the dryer."""

from dataclasses import replace
from pathlib import Path

from mpi4py import MPI

import grains_case
import h5py
import numpy as np
import pytest
from drying_case import cathode

from multiscale.case.load import load_case
from multiscale.case.templates import copy_template
from multiscale.coupling.chain import check_balances
from multiscale.coupling.key import digests
from multiscale.coupling.store import Store, has_image, load
from multiscale.errors import OutOfTime, StageFailed
from multiscale.materials.solvent import solvent
from multiscale.particles.binder import close_pairs
from multiscale.records import DryCoating, Electrode, Formulation, Packing, Powder
from multiscale.runner import stages_of
from multiscale.stages.drying import Film1D, dry
from multiscale.stages.drying.options import Zone
from multiscale.stages.grains import Particles, settle
from multiscale.stages.grains.dry import simulation, start
from multiscale.stages.grains.forces import CARRIER, SURFACE
from multiscale.stages.grains.heights import Solute, solute_of
from multiscale.stages.grains.network import squeeze_network
from multiscale.stages.grains.protocol import LOOK, Fall
from multiscale.stages.grains.slices import liquid_between
from multiscale.stages.grains.stage import plan_of
from multiscale.stages.microstructure import build
from multiscale.units import SI


@pytest.fixture(scope="module")
def packing():
    return grains_case.packing()


def inputs():
    return {
        "powder": grains_case.POWDER,
        "formulation": grains_case.FORMULATION,
        "film": grains_case.wet_film(),
        "coating": grains_case.coating(),
    }


def test_masses_and_the_binder_of_the_bonds_are_the_films(packing):
    checked = check_balances(settle, inputs(), packing)
    assert len(checked) == 3
    assert all(c.relative < 1e-10 for c in checked)
    solid = packing.active_mass / grains_case.POWDER.density + packing.inactive_volume
    assert packing.porosity == pytest.approx(1 - solid / packing.thickness, abs=1e-10)


def test_porosity_is_the_films_within_the_stated_errors(packing):
    film = grains_case.coating()
    assert abs(packing.porosity - film.porosity) <= packing.error["porosity"] < 2e-3
    assert abs(packing.settling) < 0.005
    assert 0 <= packing.surface_pressure < 0.1
    assert packing.stiffness < 0.1 and packing.stokes < 0.05


def test_spheres_lie_in_the_box_and_hardly_overlap(packing):
    assert (packing.position[:, 2] > 0.8 * packing.radius).all()
    top = (packing.position[:, 2] + packing.radius).max()
    assert top == pytest.approx(packing.thickness)
    lattice = np.diag(packing.box)
    i, j, axis = close_pairs(packing.position, packing.radius, 0.0, lattice, (True, True, False))
    overlap = packing.radius[i] + packing.radius[j] - np.linalg.norm(axis, axis=1)
    assert (overlap / np.minimum(packing.radius[i], packing.radius[j])).max() < 0.12


def test_bonds_join_near_spheres(packing):
    ends = packing.bond.astype(int)
    assert (ends[:, 0] < ends[:, 1]).all() and ends.max() < len(packing.radius)
    ends, neck = ends[ends[:, 0] >= 0], packing.bond_radius[ends[:, 0] >= 0]
    way = packing.position[ends[:, 1]] - packing.position[ends[:, 0]]
    way[:, :2] -= packing.box[:2] * np.rint(way[:, :2] / packing.box[:2])
    gap = np.linalg.norm(way, axis=1) - packing.radius[ends].sum(axis=1)
    assert gap.max() < 0.8 * packing.radius.min()
    assert (neck <= packing.radius[ends].min(axis=1) + 1e-15).all()


def test_bonds_hold_what_lies_on_the_foil(packing):
    """They share the binder of the lowest slice with the other bonds there."""
    on_foil = packing.bond[:, 0] == -1
    held = packing.bond[on_foil, 1].astype(int)
    lies = packing.position[:, 2] < packing.radius
    assert on_foil.sum() > 20 and np.isin(np.flatnonzero(lies), held).all()
    gap = packing.position[held, 2] - packing.radius[held]
    assert gap.max() < 0.8 * packing.radius.min()
    volume = np.pi * packing.bond_radius**2 * packing.bond_length
    lowest = packing.film_profile[0] / packing.film_profile.sum()
    assert 0 < volume[on_foil].sum() < lowest * volume.sum()


def test_faster_drying_carries_more_of_the_domain_up():
    slow, fast = grains_case.packing(1e-7), grains_case.packing(2e-6)
    centre = [p.cbd_profile @ p.z / p.cbd_profile.sum() for p in (slow, fast)]
    film = [p.film_profile @ p.z / p.film_profile.sum() for p in (slow, fast)]
    assert film[1] - film[0] > 0.05
    assert centre[1] - centre[0] == pytest.approx(film[1] - film[0], abs=0.5 * (film[1] - film[0]))


def test_hotter_air_carries_more_of_the_domain_up_beyond_chance():
    """Films of 70 and 130 degC air, each as three packings; the same seed pairs them."""
    powder, formulation, wet = cathode(1 / 60)
    # At a third of the steps inertia shows: the liquid of a warm film drags less.
    box = Particles(lateral_size=SI(44e-6), cbd_diameter=SI(3e-6), steps=3000)

    def film(temperature: float) -> DryCoating:
        zones = (Zone(air_temperature=SI(temperature)),) * 3
        made = dry.call(
            powder, formulation, wet, Film1D(zones=zones).probe(), grains_case.context()
        )
        assert isinstance(made, DryCoating)
        return made

    def packed(coating: DryCoating, seed: int) -> Packing:
        return settle.call(powder, formulation, wet, coating, box, grains_case.context(seed))

    mild, hot = film(343.15), film(403.15)
    pairs = [(packed(mild, seed), packed(hot, seed)) for seed in (1, 2, 3)]
    change = np.array([b.cbd_ratio - a.cbd_ratio for a, b in pairs])
    error = change.std(ddof=1) / np.sqrt(3)
    assert change.mean() > 3 * error
    asked = pairs[0][1].film_ratio - pairs[0][0].film_ratio
    assert change.mean() == pytest.approx(asked, abs=3 * error + 0.5 * asked)


def warming() -> DryCoating:
    """The film, warming while it shrinks from 25 to 100 degC."""
    film = grains_case.coating()
    T = np.interp(film.time, [0.0, film.shrinkage_end], [298.15, 373.15])
    return replace(film, film_temperature=T)


def test_a_film_that_warms_drags_and_pulls_less():
    """While it falls its laws follow mu(T) and sigma(T), 1 at the entry; packed they stay there."""
    films = grains_case.POWDER, grains_case.FORMULATION, grains_case.wet_film()
    _, plan = plan_of(*films, warming(), grains_case.SMALL, 1)
    ctx, liquid, middle = grains_case.context(), solvent("NMP"), 335.65
    mu, sigma = (
        np.array([of(T) for T in (middle, 373.15)]) / of(298.15)
        for of in (liquid.viscosity, liquid.surface_tension)
    )
    height = plan.course.at(0.0) + 1
    sim = simulation(start(plan, height, ctx.comm), plan, plan.forces, height, ctx.comm)
    fall, memory = Fall(plan.forces, plan.steps, plan.course, plan.entry), {}
    fall.start(sim, memory)
    assert sim.laws[CARRIER].given["drag"] == 1
    memory["looks"] = plan.steps / LOOK / 2 - 1
    fall.look(sim, memory)
    pull = sim.laws[SURFACE].given["surface_tension"]
    assert sim.laws[CARRIER].given["drag"] == pytest.approx(mu[0], rel=1e-3)
    assert pull == pytest.approx(sigma[0] * plan.forces.tension, rel=1e-3)
    forces, entry = plan.packed
    # The film's temperature is known at output times, between which it is packed.
    assert forces.drag == pytest.approx(mu[1], rel=0.01)
    assert forces.tension == pytest.approx(sigma[1] * plan.forces.tension, rel=0.01)
    assert entry.suction == pytest.approx(sigma[1] * plan.entry.suction, rel=0.01)


def test_the_packing_feels_how_warm_the_film_is(packing):
    """Less drag stops a sphere later, and moves it otherwise; the film's way is the same."""
    given = inputs() | {"coating": warming()}
    warm = settle.call(**given, options=grains_case.SMALL, ctx=grains_case.context())
    thinner = solvent("NMP").viscosity(298.15) / solvent("NMP").viscosity(373.15)
    assert warm.stokes == pytest.approx(thinner * packing.stokes, rel=0.02)
    assert np.abs(warm.position - packing.position).max() > 0.1 * packing.radius.min()
    assert warm.porosity == pytest.approx(packing.porosity, abs=2 * packing.error["porosity"])


def test_what_moved_has_the_films_profile_without_scatter():
    """In each tenth at most one sphere more or less than the film model's share of them."""
    film = grains_case.coating()
    solute = solute_of(film, np.array([500]), np.array([grains_case.MOBILE]))
    xi = solute.heights(np.ones(50))
    found = np.histogram(xi, np.linspace(0, 1, 11))[0]
    mobile = (film.binder[0] - 1 + grains_case.MOBILE) / grains_case.MOBILE
    assert found == pytest.approx(50 * mobile.reshape(10, 5).mean(axis=1), abs=1.01)


def test_what_was_in_solution_lies_where_grains_leave_room():
    """Where they leave twice as much liquid, next to the foil, twice as many spheres lie."""
    half = np.array([0.5])
    solute = Solute(np.linspace(0, 1, 11), np.ones((1, 10)), np.array([1100]), half)
    liquid = np.where(np.arange(10) == 0, 0.8, 0.4)
    found = np.histogram(solute.heights(liquid), solute.edges)[0]
    assert found == pytest.approx(np.where(np.arange(10) == 0, 200, 100), abs=1)
    assert solute.domain(liquid) == pytest.approx(liquid / liquid.mean())
    # What moved keeps its amount though it all lies where there is most room.
    top = Solute(solute.edges, 10.0 * (np.arange(10) == 0)[None], np.array([1100]), half)
    assert top.domain(liquid)[0] == pytest.approx(0.5 * 10 + 0.5 * 0.8 / liquid.mean())
    # One sphere of radius 1 in a column of area 4 about its lower half, then its upper half.
    one = liquid_between(np.array([2.0]), np.array([1.0]), np.array([0.0, 1.0, 2.0, 3.0]), 4.0)
    assert one == pytest.approx([1, 1 - np.pi / 6, 1 - np.pi / 6])


def test_the_profile_is_the_films_within_the_stated_scatter(packing):
    """Three standard deviations in ten slices, two in the ratio of top and bottom."""
    off = np.abs(packing.cbd_profile - packing.film_profile)
    assert (off < 3 * packing.cbd_scatter).all()
    assert packing.error["cbd_profile"] < 0.15
    assert abs(packing.cbd_ratio - packing.film_ratio) < 2 * packing.error["cbd_ratio"]


def test_a_film_that_packs_denser_than_its_grains_stops_where_they_bear_air_entry(monkeypatch):
    """The film's height asks for 0.61; the lid yields and the packing keeps more pores."""
    monkeypatch.setattr(grains_case, "PACKING", 0.61)
    dense = settle.call(
        powder=grains_case.POWDER,
        formulation=grains_case.FORMULATION,
        film=grains_case.wet_film(),
        coating=grains_case.coating.__wrapped__(),
        options=grains_case.SMALL,
        ctx=grains_case.context(),
    )
    assert dense.surface_pressure == pytest.approx(1, abs=0.1)
    assert 0.58 < dense.entry_fraction < 0.61
    assert dense.error["porosity"] > 0.01  # of soft spheres under that pressure
    assert abs(dense.porosity - 0.39) < dense.error["porosity"]


def test_the_result_opens_as_spheres_and_lines(packing, tmp_path: Path):
    path = Store(tmp_path).save("grains", packing, {}, [])
    assert load(path).digest() == packing.digest()
    assert not has_image(path)
    with h5py.File(path) as file:
        mesh = file["VTKHDF"]
        assert mesh.attrs["Type"] == b"PolyData"
        lines = int(mesh["Lines/NumberOfCells"][0])
        assert 0 < lines <= len(packing.bond)
        assert len(mesh["CellData/bond_radius"]) == len(packing.radius) + lines


OFTEN = grains_case.SMALL.model_copy(update={"checkpoint": 1000})


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A run that writes checkpoints and is left alone: each has the engine build its lists anew."""
    ctx = grains_case.context(scratch=tmp_path_factory.mktemp("undisturbed"))
    return grains_case.grains(OFTEN, ctx=ctx)


def interrupted(scratch: Path, by: type[Exception]) -> Packing:
    """Break a run off after its checkpoint at three fifths of the way, and run it again."""
    told = []

    def report(fraction: float, note: str = "") -> None:
        told.append(fraction)
        if fraction > 0.6:
            raise by("enough")

    ctx = grains_case.context(scratch=scratch)
    object.__setattr__(ctx, "report", report)
    with pytest.raises(by):
        grains_case.grains(OFTEN, ctx=ctx)
    assert max(told) < 0.7
    return grains_case.grains(OFTEN, ctx=grains_case.context(scratch=scratch))


def test_a_broken_run_goes_on_bit_by_bit_from_its_last_checkpoint(tmp_path: Path, undisturbed):
    assert interrupted(tmp_path, StageFailed).digest() == undisturbed.digest()


def test_a_stopped_run_goes_on_from_the_checkpoint_it_then_wrote(tmp_path: Path, undisturbed):
    """Equal but for round-off: where it wrote one more, sums over neighbours run in new order."""
    again = interrupted(tmp_path, OutOfTime)
    off = np.abs(again.position - undisturbed.position).max()
    assert off < 1e-4 * undisturbed.radius.min()
    assert len(again.bond) == len(undisturbed.bond)


@pytest.mark.mpi(2)
def test_two_ranks_agree_with_one():
    agree()


@pytest.mark.slow
@pytest.mark.mpi(3)
def test_three_ranks_agree_with_one():
    agree()


def agree():
    options = Particles(lateral_size=SI(48e-6), cbd_diameter=SI(3.5e-6), steps=1500)
    together = grains_case.grains(options, ctx=grains_case.context(comm=MPI.COMM_WORLD))
    alone = grains_case.grains(options) if MPI.COMM_WORLD.rank == 0 else None
    if alone is not None:
        # Round-off grows in a packing under motion; what is measured of it does not.
        assert together.thickness == pytest.approx(alone.thickness, rel=2e-3)
        assert together.bond_volume == pytest.approx(alone.bond_volume, rel=1e-12)
        assert np.abs(together.cbd_profile - alone.cbd_profile).max() < 0.1


def test_a_box_without_room_for_the_domain_is_refused():
    few = grains_case.SMALL.model_copy(update={"cbd_diameter": 10e-6, "lateral_size": 24e-6})
    with pytest.raises(StageFailed, match=r"lower grains\.cbd_diameter"):
        grains_case.grains(few)


@pytest.mark.slow
def test_the_network_bears_the_entry_pressure_at_a_loose_random_packing():
    """Two and a half minutes, most of them for the flow through the pores."""
    inputs = grains_case.POWDER, grains_case.FORMULATION, grains_case.wet_film()
    ctx = grains_case.context()
    content, plan = plan_of(*inputs, grains_case.coating(), grains_case.SMALL, 1)
    found = squeeze_network(plan, grains_case.packing(), content, 4, ctx)
    assert found.solids == pytest.approx(
        packing_solids(grains_case.packing()), rel=1e-10
    )  # the same as those of the dried packing
    assert 0.54 < found.phi_max < 0.62
    assert (np.diff(found.permeability) < 0).all()
    assert found.pressure[-1] > 0.2 > found.pressure[0]


def packing_solids(packing) -> float:
    return packing.active_mass / grains_case.POWDER.density + packing.inactive_volume


def test_a_case_dries_particles_only_where_it_asks_for_them(tmp_path: Path):
    copy_template("minimal", tmp_path / "plain")
    assert "grains" not in [s.name for s in stages_of(load_case(tmp_path / "plain"), None)]
    asked = load_case(tmp_path / "plain", 'grains.lateral_size="40 um"')
    names = [s.name for s in stages_of(asked, None)]
    assert names.index("drying") + 1 == names.index("grains")
    assert asked.options["grains"].lateral_size == pytest.approx(40e-6)


def test_a_packing_counts_for_the_key_of_the_microstructure_only_where_there_is_one(packing):
    made = {Powder: grains_case.POWDER, Formulation: grains_case.FORMULATION}
    made[Electrode] = grains_case.electrode(0.4)
    assert "packing" not in digests(build, made)
    assert digests(build, made | {Packing: packing})["packing"] == packing.digest()
