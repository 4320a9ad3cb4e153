"""Gelation, adsorption and adhesion in the drying stage, and the priors behind them."""

from __future__ import annotations

from mpi4py import MPI

import numpy as np
import pytest
from drying_case import Inputs, anode, cathode

from multiscale.coupling.context import Context
from multiscale.materials.adsorption import ADSORPTION
from multiscale.materials.binder import BINDERS
from multiscale.records import DryCoating
from multiscale.stages.drying import Film1D, Zone, dry
from multiscale.stages.drying.adhesion import peel_force
from multiscale.stages.drying.binders import film_forming, gel_rate_over_time
from multiscale.stages.drying.setup import film_of, portions_of
from multiscale.stages.drying.solve import solve_drying

OFF = {"gelation": False, "adsorption": False}


def coat(inputs: Inputs, **options: object) -> DryCoating:
    coating = dry.call(
        *inputs, Film1D.model_validate(options).probe(), Context(MPI.COMM_SELF, MPI.COMM_SELF)
    )
    assert isinstance(coating, DryCoating)
    return coating


def at(*air: float) -> tuple[Zone, ...]:
    return tuple(Zone.model_validate({"air_temperature": f"{t} degC"}) for t in air)


@pytest.fixture(scope="module")
def graphite() -> DryCoating:
    return coat(anode(), packing=0.45, zones=at(70, 90, 100))


def test_cmc_adsorbs_on_graphite_and_latex_does_not(graphite: DryCoating) -> None:
    """0.8 mg/m2 on 2 m2/g would take 10 % of all CMC; what moves of it is twice that."""
    cmc, sbr = graphite.binder_adsorbed
    assert 0.05 < cmc < 0.15
    assert sbr < 1e-3


def test_what_has_set_is_a_share_of_what_moves(graphite: DryCoating) -> None:
    has_set = graphite.binder_gelled + graphite.binder_adsorbed
    assert (has_set <= graphite.binder_mobile * (1 + 1e-12)).all()
    assert (graphite.gel_point <= graphite.binder_setting * (1 + 1e-12)).all()


def test_latex_begins_to_form_a_film_at_the_end_of_a_step() -> None:
    """Cold dry air takes the film below 5 degC, warm air above it again; both are located."""
    options = Film1D(packing=0.45, zones=at(10, 60, 80, 80)).probe()
    powder, formulation, wet = anode(1 / 30)
    portions = portions_of(formulation, wet, options)
    film = film_of(powder, formulation, wet, options)
    dried = solve_drying(film, portions, wet.web_speed, options, lambda fraction, note: None)
    cmc, sbr = (p.binder for p in portions)
    down, up = film_forming(dried.history, sbr)
    assert film_forming(dried.history, cmc).size == 0
    T = dried.history.state(np.array([down, up]))[1]
    assert T == pytest.approx(278.15, abs=1e-6)
    assert 0 < down < dried.history.ends[0] < up < dried.history.ends[1]
    assert {down, up} <= set(dried.profiles[1].times)
    rate = gel_rate_over_time(dried.history, sbr, options)
    before, between, after = rate(down), rate(up), rate(np.nextafter(up, np.inf))
    assert (before, between, after) == (sbr.gel_rate, 0.0, sbr.gel_rate)


def test_switched_off_nothing_sets() -> None:
    plain = coat(cathode(), binding=OFF)
    assert plain.binder_gelled.max() == plain.binder_adsorbed.max() == 0
    assert plain.gel_point[0] == plain.binder_setting[0]


def test_gel_stops_earlier_where_it_starts_earlier() -> None:
    early, late = (
        coat(cathode(), binding={"gel_concentration_factor": f, "gel_rate_factor": 10})
        for f in (0.6, 1.6)
    )
    assert early.gel_point[0] < late.gel_point[0]
    assert early.binder_gelled[0] > late.binder_gelled[0]


@pytest.mark.parametrize(
    ("spread", "rate", "mobile"), [(1e-2, 1.0, 0.15), (1e-3, 1e3, 0.15), (1e-3, 1e3, 1.0)]
)
def test_gel_that_fills_its_room_is_no_reason_to_refuse(
    spread: float, rate: float, mobile: float
) -> None:
    """Without dispersion a layer of gel grows from the surface; balances are closed to 1e-8.

    Free binder hardly diffuses, but what packs drives it out of full layers, and no layer holds
    more than its room: the pores beside the solids that do not move.
    """
    dried = coat(
        cathode(),
        dispersion=0.0,
        diffusivity_factor=spread,
        mobile_fraction=mobile,
        binding={"gel_rate_factor": rate},
    )
    _, formulation, film = cathode()
    volume = float(film.binder_mass[0] / formulation.binder_density[0] / dried.thickness)
    moves = dried.binder[0] - (1 - mobile)
    assert moves.mean() == pytest.approx(mobile, rel=1e-8)
    assert moves.min() > -1e-9
    assert volume * moves.max() < dried.porosity + volume * mobile
    assert moves[-1] > 5 * moves.mean()


def test_adhesion_falls_with_the_drying_rate() -> None:
    """As measured [Westphal2014, Jaiser2016]: less binder stays beside the foil."""
    held = [coat(cathode(0.02), zones=at(t, t, t)).adhesion for t in (70, 100, 130)]
    assert held == sorted(held, reverse=True)
    assert held[0] > 1.01 * held[-1]


def test_peel_force_of_evenly_spread_binder() -> None:
    portions = portions_of(*anode()[1:], Film1D())
    mass = sum(p.mass for p in portions) / 0.03
    assert peel_force(portions, np.ones(2), mass, 1.0) == pytest.approx(0.015 * 1300.0)
    assert peel_force(portions, np.array([0.5, 0.5]), mass, 2.0) == pytest.approx(
        0.25 * 0.015**2 * 1300.0
    )


def test_priors_hold_their_defaults() -> None:
    for b in BINDERS.values():
        if b.fibrillates:  # PTFE never dissolves, and drying refuses it
            assert b.gel_low == b.gel_concentration == np.inf and b.mobile_fraction == 0
            continue
        assert b.gel_low < b.gel_concentration < b.gel_high
        assert 0 < b.mobile_fraction < 1
    assert set(ADSORPTION) == {name for name, b in BINDERS.items() if not b.fibrillates}
    for a in ADSORPTION.values():
        assert a.low < 1 < a.high
        assert all(0 < most < 2e-6 for most in a.most.values())
