"""The laws of the film's solids, its regimes, its stress, and what the stage makes of settings."""

from __future__ import annotations

from dataclasses import replace

from mpi4py import MPI

import numpy as np
import pytest
from drying_case import cathode
from hypothesis import given
from hypothesis import strategies as st

from multiscale.coupling.context import Context
from multiscale.errors import StageFailed
from multiscale.records import DryCoating
from multiscale.stages.drying import Film1D, dry
from multiscale.stages.drying.evaporation import Air
from multiscale.stages.drying.regimes import Setting, regime
from multiscale.stages.drying.setup import film_of, portions_of
from multiscale.stages.drying.skeleton import (
    MATCHED,
    PowerLawSkeleton,
    hindrance,
    strength_at_packing,
)
from multiscale.stages.drying.solids_options import SolidsOptions
from multiscale.stages.drying.solve import solve_drying
from multiscale.stages.drying.stress import CONTACTS, critical_thickness

NETWORK = PowerLawSkeleton(8e-6, 0.0, 298.15, 0.64, 2.8e4, 0.25, 5.0, 900.0)


def coat(options: Film1D) -> DryCoating:
    coating = dry.call(*cathode(), options, Context(MPI.COMM_SELF, MPI.COMM_SELF))
    assert isinstance(coating, DryCoating)
    return coating


def probe(**solids: float) -> Film1D:
    return Film1D(solids=SolidsOptions().model_copy(update=solids)).probe()


@given(st.floats(1e-3, 0.62).filter(lambda phi: min(abs(phi - MATCHED), abs(phi - 0.25)) > 1e-4))
def test_slopes_are_those_of_the_laws(phi: float) -> None:
    step = 1e-6 * phi
    for law in (NETWORK.mobility, NETWORK.stress, hindrance):
        low, high = (law(np.array([phi + s]))[0][0] for s in (-step, step))
        slope = law(np.array([phi]))[1][0]
        assert slope == pytest.approx((high - low) / (2 * step), rel=1e-4, abs=1e-12)


def test_branches_of_the_permeability_meet() -> None:
    below, above = np.array([MATCHED - 1e-9]), np.array([MATCHED + 1e-9])
    for left, right in zip(hindrance(below), hindrance(above), strict=True):
        assert left[0] == pytest.approx(right[0], rel=1e-6)
    # Kozeny's constant is 198 in the dense branch.
    phi = np.array([0.5])
    assert NETWORK.permeability(phi)[0] == pytest.approx(8e-6**2 * 0.5**3 / (198 * 0.25), rel=0.01)


def test_network_yields_at_the_packing_when_air_enters() -> None:
    p_0 = strength_at_packing(0.5, 0.25, 5.0, 2.8e4)
    law = replace(NETWORK, strength=p_0)
    assert law.stress(np.array([0.5]))[0][0] == pytest.approx(float(law.air_entry(0.5)), rel=1e-6)


@pytest.mark.parametrize(
    ("peclet", "settling", "name"),
    [(0.1, 0.1, "uniform"), (10, 0.1, "evaporation"), (0.1, 10, "sedimentation")],
)
def test_regimes(peclet: float, settling: float, name: str) -> None:
    assert regime(peclet, settling) == name
    assert Setting(peclet, settling, 0.0).regime == name


def test_yield_stress_holds_the_grains() -> None:
    assert Setting(0.1, 10.0, 1.0).regime == "uniform"


def test_default_film_dries_evenly_to_its_packing() -> None:
    coating = coat(Film1D().probe())
    assert coating.regime == "uniform"
    assert coating.porosity == pytest.approx(0.5, abs=5e-4)
    assert np.mean(coating.solid_fraction) == pytest.approx(1 - coating.porosity, abs=1e-6)
    assert coating.shrinkage_end < coating.cut_off < coating.drying_time
    assert coating.crack_margin > 1
    # The film pulls hardest about when air enters, with the entry pressure of its pores, 28 kPa.
    assert 2e4 < coating.film_tension.max() < 1e5


def test_critical_thickness_is_the_published_formula() -> None:
    """By hand, alumina of 0.35 um in water: 0.41 sqrt(156e9 6 0.64 (0.175e-6)^3/0.144) = 61.2 um.

    The published cracking stress, 0.1877 (2 R/h)^(2/3) (G M phi R/(2 sigma))^(1/3) 2 sigma/R, is
    1.08 sigma/R at that thickness, whatever the grains [Tirumkudulu2005].
    """
    assert critical_thickness(156e9, 0.64, 0.35e-6, 0.072) == pytest.approx(61.2e-6, rel=1e-3)
    for G, phi, d, sigma in ((156e9, 0.64, 0.35e-6, 0.072), (50e9, 0.55, 9e-6, 0.0407)):
        R, h = 0.5 * d, critical_thickness(G, phi, d, sigma)
        rigidity = G * CONTACTS * phi * R / (2 * sigma)
        stress = 0.1877 * (2 * R / h) ** (2 / 3) * rigidity ** (1 / 3) * 2 * sigma / R
        assert stress == pytest.approx(1.08 * sigma / R, rel=1e-3)


def test_grains_without_network_or_yield_stress_settle() -> None:
    """Half-way the foil has the more; when air enters its suction has packed them all alike."""
    options = probe(gel_point=0.45, exponent=10.0, yield_stress=0.0, medium_viscosity=0.003)
    powder, formulation, wet = cathode()
    portions = portions_of(formulation, wet, options)
    film = film_of(powder, formulation, wet, options)
    drying = solve_drying(film, portions, wet.web_speed, options, lambda fraction, note: None)
    course = drying.solids.settled.course
    half = course.phi[int(np.searchsorted(course.times, 0.5 * course.entry))]
    assert drying.solids.settled.setting.regime == "sedimentation"
    assert half[0] > half[-1] + 0.05
    assert np.ptp(course.phi[-1]) < 0.01


def test_stiff_skin_leaves_a_more_porous_film() -> None:
    """Grains held up but free of each other until they pack: air enters the skin early."""
    skin = coat(probe(gel_point=0.45, exponent=20.0, medium_viscosity=50.0))
    assert skin.regime == "evaporation"
    assert skin.porosity > 0.505


def test_viscous_medium_cuts_the_liquid_off_earlier() -> None:
    thin, thick = coat(probe(medium_viscosity=0.01)), coat(probe(medium_viscosity=1.0))
    assert thick.cut_off < thin.cut_off
    assert thick.drying_time > thin.drying_time


def test_gel_point_above_the_packing_is_refused() -> None:
    with pytest.raises(StageFailed, match="gel_point"):
        coat(probe(gel_point=0.6))


def test_heated_rollers_give_heat() -> None:
    air = Air(350.0, 30.0, 30.0, 0.0, 0.0, 200.0, 360.0)
    assert air.heat(340.0) == pytest.approx(60 * 10 + 200 * 20)
