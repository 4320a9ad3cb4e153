"""The drying stage: its contract, what it reacts to, and what it says when things go wrong."""

import logging
from dataclasses import replace
from typing import Any

from mpi4py import MPI

import numpy as np
import pytest
from drying_case import Inputs, anode, cathode

from multiscale.coupling.chain import check_balances
from multiscale.coupling.context import Context
from multiscale.errors import CaseError, HandoverError, StageFailed
from multiscale.records import DryCoating
from multiscale.stages.drying import Film1D, Zone, binders, dry, history, migration, solids
from multiscale.stages.drying.binding_options import BindingOptions
from multiscale.stages.drying.setup import portions_of
from multiscale.stages.drying.stage import CONSERVES

CTX = Context(MPI.COMM_SELF, MPI.COMM_SELF)


def coat(inputs: Inputs, options: Film1D) -> DryCoating:
    coating = dry.call(*inputs, options, CTX)
    assert isinstance(coating, DryCoating)
    return coating


def zones(*air: float, **more: str) -> tuple[Zone, ...]:
    return tuple(Zone.model_validate({"air_temperature": f"{t} degC", **more}) for t in air)


def anode_dryer(**more: Any) -> Film1D:
    return Film1D(packing=0.45, zones=zones(70, 90, 100), **more)


@pytest.fixture(scope="module")
def default() -> DryCoating:
    return coat(cathode(), Film1D().probe())


def test_default_dryer_dries_the_cathode(default: DryCoating) -> None:
    assert default.drying_time < default.residence_time == pytest.approx(120.0)
    assert default.residual_solvent < 5e-4
    assert default.porosity == pytest.approx(0.5, abs=1e-4)  # air enters a little before
    assert default.thickness == pytest.approx(89.73e-6, rel=3e-4)
    assert 1.1 < default.binder_ratio[0] < 3
    assert default.film_temperature[-1] == pytest.approx(393.15, abs=0.01)
    # 48.7 % of the solvent leaves while the film shrinks.
    left = np.interp(default.shrinkage_end, default.time, default.solvent_history)
    assert 1 - left / default.solvent_history[0] == pytest.approx(0.487, abs=0.001)


def test_balances_hold(default: DryCoating) -> None:
    powder, formulation, film = cathode()
    inputs = {"powder": powder, "formulation": formulation, "film": film}
    for balance in CONSERVES:
        before, after = balance.before(inputs), balance.after(default)
        assert after == pytest.approx(before, rel=balance.tolerance), balance.quantity
    assert default.heat_in == pytest.approx(default.heat_latent + default.heat_sensible, rel=1e-6)
    np.testing.assert_allclose(default.binder.mean(axis=1), 1.0, rtol=1e-10)


@pytest.mark.parametrize(
    ("inputs", "options"),
    [(cathode, Film1D()), (anode, anode_dryer()), (cathode, Film1D(zones=zones(140, 140, 140)))],
    ids=["cathode", "anode", "fast drying"],
)
def test_stated_errors_bound_those_against_a_four_times_finer_solve(inputs, options) -> None:
    coarse, fine = options.probe(), {"cells": 240, "steps": 480, "tolerance": 1e-9}
    stated, exact = coat(inputs(), coarse), coat(inputs(), coarse.model_copy(update=fine))
    for name in stated.error:
        distance = np.max(np.abs(np.asarray(getattr(exact, name)) - getattr(stated, name)))
        assert distance <= stated.error[name], name


def test_stated_errors_are_small(default: DryCoating) -> None:
    assert default.error["film_temperature"] < 0.1
    assert default.error["binder_ratio"] < 0.025
    assert default.error["porosity"] < 1e-5


def test_same_input_gives_the_same_bits(default: DryCoating) -> None:
    assert coat(cathode(), Film1D().probe()).digest() == default.digest()


def test_hotter_air_dries_faster_and_carries_more_binder_up() -> None:
    mild, hot = (coat(cathode(0.02), Film1D(zones=zones(t, t, t)).probe()) for t in (60, 110))
    assert hot.drying_time < 0.5 * mild.drying_time
    assert hot.film_temperature.max() > mild.film_temperature.max() + 30
    assert hot.binder_ratio[0] > 1.1 * mild.binder_ratio[0]
    assert hot.binder[0, 0] < mild.binder[0, 0] < 1


def test_more_diffusion_levels_the_binder() -> None:
    ratios = [
        coat(cathode(), Film1D(diffusivity_factor=f).probe()).binder_ratio[0]
        for f in (0.3, 1, 3, 30)
    ]
    assert ratios == sorted(ratios, reverse=True)
    assert ratios[-1] < 1.5


def test_more_diffusion_levels_both_binders_of_the_anode() -> None:
    ratios = np.array(
        [
            coat(anode(), anode_dryer(diffusivity_factor=f).probe()).binder_ratio
            for f in (0.1, 1, 10, 100)
        ]
    )
    assert (np.diff(ratios, axis=0) < 0).all()


def test_latex_without_dispersion_packs_under_the_surface() -> None:
    """It fills 64 % of its share of the room and no more, however slowly it diffuses."""
    plain = BindingOptions(gelation=False, adsorption=False)
    options = anode_dryer(
        dispersion=0.0, mobile_fraction=1.0, diffusivity_factor=0.1, binding=plain
    )
    dried = coat(anode(), options.probe())
    _, formulation, film = anode()
    volume = film.binder_mass / formulation.binder_density / dried.thickness
    room = dried.porosity + volume.sum()
    packed = 0.64 * room * volume[1] / volume.sum()
    assert volume[1] * dried.binder[1].max() == pytest.approx(packed, rel=0.02)
    assert volume[1] * dried.binder[1].max() < packed


@pytest.mark.parametrize("inputs", [cathode, anode])
def test_binder_fits_into_the_pores_at_every_height(inputs) -> None:
    options = Film1D(packing=0.45, zones=zones(140, 140, 140), mobile_fraction=1.0)
    dried = coat(inputs(), options.probe())
    _, formulation, film = inputs()
    solid = film.binder_mass / formulation.binder_density / dried.thickness
    local, mean = solid @ dried.binder, solid.sum()
    assert local.max() < dried.porosity + mean


def test_immobile_binder_stays_where_it_is() -> None:
    still = coat(cathode(), Film1D(mobile_fraction=0.0).probe())
    np.testing.assert_allclose(still.binder, 1.0, rtol=1e-12)
    assert still.binder_ratio[0] == pytest.approx(1.0)


def test_film_that_still_shrinks_at_the_exit_is_refused() -> None:
    """The advice holds: with the named share of the web speed it packs."""
    with pytest.raises(
        StageFailed, match=r"still shrinks, with 62\.\d g/m2.*longer in proportion, or slow"
    ) as said:
        coat(cathode(speed=0.25), Film1D().probe())
    share = int(str(said.value).split("web to ")[1].split(" %")[0])
    assert coat(cathode(speed=0.25 * share / 100), Film1D().probe()).porosity < 0.52


def test_packed_but_wet_coating_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "multiscale"):
        wet = coat(cathode(speed=0.1), Film1D().probe())
    assert "not dry: after 60 s" in caplog.text
    assert wet.residual_solvent > 5e-4
    assert wet.shrinkage_end < wet.drying_time == wet.residence_time == pytest.approx(60.0)
    assert wet.porosity == pytest.approx(0.5, abs=1e-4)
    _, _, film = cathode()
    assert wet.solvent_mass + wet.evaporated_mass == pytest.approx(film.solvent_mass, rel=1e-8)
    assert wet.binder_mass[0] == pytest.approx(film.binder_mass[0], rel=1e-10)


def test_profiles_over_time_add_up_and_end_as_the_coating(default: DryCoating) -> None:
    """Solids, solvent and binder of every profile are those of the film at its time."""
    t = default.moment
    assert t[0] == 0 and t[-1] == default.residence_time
    assert {default.shrinkage_end, default.cut_off} <= set(t)
    shrunk = t >= default.shrinkage_end  # height has a kink there
    height = np.where(shrunk, default.thickness, np.interp(t, default.time, default.height))
    solids = (1 - default.porosity) * default.thickness
    assert default.solids_course.mean(axis=1) * height == pytest.approx(solids, rel=2e-4)
    assert default.binder_course.mean(axis=2) == pytest.approx(1, rel=1e-9)
    assert default.binder_course[:, -1] == pytest.approx(default.binder, rel=1e-12)
    assert default.solids_course[-1] == pytest.approx(default.solid_fraction, rel=1e-12)
    # The cathode enters evenly spread but for what the foil holds; its pores are full until air
    # enters, then they empty.
    assert np.ptp(default.solids_course[0, 2:]) < 1e-12
    assert np.ptp(default.binder_course[0, 0, 2:]) < 1e-12
    liquid = default.saturation_course.mean(axis=1)
    assert liquid[t < default.shrinkage_end] == pytest.approx(1, abs=1e-12)
    assert (np.diff(liquid[t >= default.shrinkage_end]) < 0).all()
    dried = default.drying_rate * default.drying_time
    assert dried == pytest.approx(default.evaporated_mass, rel=2e-3)


def test_humid_air_wets_a_dry_coating_again(caplog: pytest.LogCaptureFixture) -> None:
    """Vapour meets a film that dried long ago; the coating does not count as dry then."""
    humid = Zone.model_validate({"air_temperature": "25 degC", "vapour_fraction": 0.01})
    options = Film1D(packing=0.45, zones=(*zones(90, 100, 100, 100), humid))
    with caplog.at_level(logging.WARNING, "multiscale"):
        dried = coat(anode(1 / 30), options.probe())
    assert dried.evaporation_rate.min() < 0
    assert dried.residual_solvent > 5e-4 and "not dry" in caplog.text
    assert dried.drying_time == dried.residence_time
    assert coat(cathode(1 / 60), Film1D(zones=zones(80, 110, 120, vapour_fraction="0.003")).probe())


def test_residual_below_the_trace_says_so(default: DryCoating) -> None:
    assert default.residual_solvent < default.error["residual_solvent"] < 1e-6


def test_air_that_can_explode_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    humid = zones(100, 110, 120, vapour_fraction="0.02")
    with pytest.raises(StageFailed, match=r"zone 1: drying air with 2 % NMP can explode.*1.3 %"):
        coat(cathode(), Film1D(zones=humid).probe())
    inert = Film1D(zones=humid, exhaust_vapour_fraction=0.02).probe()
    assert coat(cathode(1 / 60), inert).evaporated_mass > 0
    with caplog.at_level(logging.WARNING, "multiscale"):
        coat(cathode(1 / 60), Film1D(zones=zones(80, 110, 120, vapour_fraction="0.005")).probe())
    assert "zone 3: the exhaust carries 0.50 % vapour, limit 0.33 %" in caplog.text


def test_net_condensation_names_its_zone() -> None:
    """The cold web takes up vapour until it is warmer than the dew point, 58 degC."""
    short = zones(60, 60, vapour_fraction="0.18", length="0.2 m")
    with pytest.raises(StageFailed, match=r"more solvent than it entered with: in zone 1 vapour"):
        coat(anode(), Film1D(packing=0.45, zones=short).probe())


def tilt(monkeypatch: pytest.MonkeyPatch, entry: int) -> None:
    """Let one of the integrals gain 0.01 %."""
    balance = history._balance

    def tilted(*of):
        derivative = balance(*of)
        return lambda t, y: [d * (1 + 1e-4 * (i == entry)) for i, d in enumerate(derivative(t, y))]

    monkeypatch.setattr(history, "_balance", tilted)


@pytest.mark.parametrize(
    ("entry", "what"), [(2, "solvent"), (3, "heat"), (4, "heat")], ids=["evaporated", "in", "off"]
)
def test_balance_off_by_a_hundredth_of_a_percent_is_refused(monkeypatch, entry, what) -> None:
    tilt(monkeypatch, entry)
    with pytest.raises(StageFailed, match=f"the {what} balance is off"):
        coat(cathode(), Film1D().probe())


def test_leak_of_binder_is_refused_at_the_hand_over(monkeypatch) -> None:
    def leaking(*of, **more):
        profile = migration.migrate(*of, **more)
        return replace(profile, N=(1 - 1e-8) * profile.N)

    monkeypatch.setattr(binders, "migrate", leaking)
    powder, formulation, film = cathode()
    inputs = {"powder": powder, "formulation": formulation, "film": film}
    with pytest.raises(HandoverError, match="binder mass"):
        check_balances(dry, inputs, coat(cathode(), Film1D().probe()))


@pytest.mark.parametrize(
    ("solve", "field", "what"),
    [("consolidate", "phi", "solids"), ("empty", "saturation", "liquid")],
)
def test_leak_out_of_the_layers_is_refused(monkeypatch, solve, field, what) -> None:
    """Shares with a mean of 1 would hide what is lost of all layers alike."""
    whole = getattr(solids, solve)

    def leaking(*of):
        found = whole(*of)
        return replace(found, **{field: getattr(found, field) * (1 - 2e-8)})

    monkeypatch.setattr(solids, solve, leaking)
    with pytest.raises(StageFailed, match=f"the {what} of the layers differ .* by 2e-08 after"):
        coat(cathode(), Film1D().probe())


def test_more_binder_than_the_pores_take_is_refused() -> None:
    portions = portions_of(*cathode()[1:], Film1D(mobile_fraction=1.0))
    xi = np.array([0.0, 1.0])
    none = np.zeros(2)
    heap = migration.Profile(
        xi, xi, np.array([0.0, 2.0]), none, none, 1.0, 1.0, np.ones(1), none[None]
    )
    binders.refuse_overfilled_pores(portions, [heap], 3 * portions[0].volume)
    with pytest.raises(StageFailed, match=r"1\.33 times the pores"):
        binders.refuse_overfilled_pores(portions, [heap], 1.5 * portions[0].volume)


def test_anode_with_two_binders_in_water() -> None:
    options = Film1D(packing=0.45, zones=zones(60, 80, 80, 90, vapour_fraction="0.01"))
    dried = coat(anode(), options.probe())
    assert dried.residual_solvent < 5e-4
    assert dried.thickness == pytest.approx(122.0e-6, rel=1e-3)
    assert dried.binder.shape[0] == 2
    assert (dried.binder_ratio > 1.5).all() and (dried.binder_ratio < 3).all()
    # Rising from the foil, whose surface holds a little: 1e-4 of all CMC in 1/50 of the thickness.
    rise = np.diff(dried.binder, axis=1)
    assert (rise[:, 2:] > -1e-4).all()
    assert (rise[:, 0] > -5e-3).all() and (rise[:, 1] > -1e-3).all()
    # While water covers the surface the film stays near its wet bulb, far below the air.
    wet = dried.time < dried.shrinkage_end
    assert dried.film_temperature[wet].max() < 273.15 + 45


def test_exhaust_air_keeps_the_vapour_at_its_limit(default: DryCoating) -> None:
    moles = default.evaporated_mass / 99.13e-3
    diluted = moles / (moles + default.exhaust_air / 28.965e-3)
    assert diluted == pytest.approx(0.25 * 0.013, rel=1e-6)
    assert default.exhaust_heat > default.heat_in


def test_scarce_fresh_air_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    air = zones(70, 90, 100, fresh_air="1e-3 kg/m^2/s")
    with caplog.at_level(logging.WARNING, "multiscale"):
        coating = coat(anode(), Film1D(packing=0.45, zones=air).probe())
    assert "draw more fresh air" in caplog.text
    assert coating.exhaust_air == pytest.approx(0.12)


@pytest.mark.parametrize(
    ("air", "speed", "more"),
    [
        (10, 0.01, {}),
        (150, 0.05, {"heat_transfer": "300 W/m^2/K"}),
        (60, 0.005, {"vapour_fraction": "0.15"}),
    ],
    ids=["colder than the room", "as hot as can be set", "so humid that it condenses first"],
)
def test_edges_of_the_dryer_run(air: float, speed: float, more: dict[str, str]) -> None:
    coating = coat(anode(speed), Film1D(packing=0.45, zones=zones(air, air, **more)).probe())
    assert coating.exhaust_heat >= 0
    if more.get("vapour_fraction"):
        assert coating.evaporation_rate[0] < 0
        moles = coating.evaporated_mass / 18.015e-3
        assert moles / (moles + coating.exhaust_air / 28.965e-3) == pytest.approx(0.15, rel=1e-6)


@pytest.mark.parametrize("tolerance", [1e-7, 1e-11])
def test_whole_range_of_tolerances_runs(default: DryCoating, tolerance: float) -> None:
    options = Film1D().probe().model_copy(update={"tolerance": tolerance})
    assert coat(cathode(), options).drying_time == pytest.approx(default.drying_time, rel=1e-6)


@pytest.mark.parametrize(
    "heat",
    [
        {"radiation": "3 kW/m^2"},
        {"roller_transfer": "100 W/m^2/K", "roller_temperature": "120 degC"},
    ],
    ids=["infrared", "rollers"],
)
def test_infrared_and_rollers_heat_the_film_and_dry_it_sooner(heat: dict[str, str]) -> None:
    """A zone of air alone, then two with more heat, which is in the closed balance."""
    plain, heated = (
        coat(cathode(1 / 30), Film1D(zones=(*zones(80), *zones(80, 80, **more))).probe())
        for more in ({}, heat)
    )
    rise = heated.film_temperature - np.interp(heated.time, plain.time, plain.film_temperature)
    assert np.abs(rise[heated.time <= plain.zone_end[0]]).max() < 1e-3
    assert rise[heated.time > plain.zone_end[0] + 5].min() > 5
    assert heated.drying_time < 0.9 * plain.drying_time < plain.residence_time
    assert heated.heat_in > plain.heat_in
    for dried in (plain, heated):
        assert dried.heat_in == pytest.approx(dried.heat_latent + dried.heat_sensible, rel=1e-6)


def test_radiators_that_burn_the_film_are_refused() -> None:
    with pytest.raises(CaseError, match=r"properties of NMP are known .* check the air"):
        coat(cathode(), Film1D(zones=zones(120, 120, radiation="5000 W/m^2")).probe())


def test_film_packed_at_the_entry_is_refused() -> None:
    with pytest.raises(StageFailed, match=r"0\.33\d solids by volume.*packing 0\.300"):
        coat(cathode(), Film1D(packing=0.3))


def test_thickness_that_does_not_fit_the_masses_is_refused() -> None:
    powder, formulation, film = cathode()
    values = {name: getattr(film, name) for name in type(film).ports()}
    wrong = type(film)(**(values | {"thickness": 2e-4}), error=film.error)
    with pytest.raises(HandoverError, match=r"200\.00 um.*132\.\d+ um"):
        coat((powder, formulation, wrong), Film1D())


def test_unknown_material_names_the_nearest() -> None:
    powder, formulation, film = cathode()
    values = {name: getattr(film, name) for name in type(film).ports()}
    wrong = type(film)(**(values | {"foil": "al"}), error=film.error)
    with pytest.raises(CaseError, match=r"unknown foil 'al'. Did you mean 'Al'\? Known: Al, Cu"):
        coat((powder, formulation, wrong), Film1D())


def test_options_read_units_and_refuse_nonsense() -> None:
    options = Film1D.model_validate(
        {"zones": [{"length": "3 m", "air_temperature": "95 degC"}], "residual_limit": "400 ppm"}
    )
    assert options.zones[0].air_temperature == pytest.approx(368.15)
    assert options.residual_limit == pytest.approx(4e-4)
    assert options.probe().cells < options.cells
    with pytest.raises(ValueError, match="out of range"):
        Film1D.model_validate({"zones": [{"air_temperature": "400 degC"}]})
    with pytest.raises(ValueError, match="zones"):
        Film1D.model_validate({"zones": []})


@pytest.mark.mpi(2)
def test_result_does_not_depend_on_the_rank_count() -> None:
    comm = MPI.COMM_WORLD
    alone = coat(cathode(), Film1D().probe()).digest()
    together = dry.call(*cathode(), Film1D().probe(), Context(comm, comm.Dup())).digest()
    assert comm.allgather(together) == [alone] * comm.size
