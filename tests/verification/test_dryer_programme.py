"""Fastest programmes of a dryer against what is published and against brute force."""

from __future__ import annotations

import itertools

import pytest
from drying_case import cathode

from multiscale.errors import StageFailed
from multiscale.fem import forms
from multiscale.stages.drying import Film1D
from multiscale.stages.drying.design.dryer import Dryer, dryer_of
from multiscale.stages.drying.design.programme import (
    FEASIBLE,
    Bounds,
    Programme,
    fastest_constant,
    fastest_programme,
    programme,
)


@pytest.fixture(scope="module")
def dryer() -> Dryer:
    forms.start()
    return dryer_of(*cathode(), Film1D(cells=40, steps=80, tolerance=1e-7))


@pytest.fixture(scope="module")
def bounds(dryer: Dryer) -> Bounds:
    """A gradient that constant air meets in the middle of its range."""
    return Bounds(programme(dryer, [370.0], [1.0]).gradient, low=333.15, high=413.15)


@pytest.fixture(scope="module")
def constant(dryer: Dryer, bounds: Bounds) -> Programme:
    return fastest_constant(dryer, bounds)


@pytest.fixture(scope="module")
def best(dryer: Dryer, bounds: Bounds) -> Programme:
    return fastest_programme(dryer, bounds, lengths=True, evaluations=60)


def test_fastest_constant_air_meets_the_bound(constant: Programme, bounds: Bounds) -> None:
    assert constant.gradient <= bounds.gradient
    assert constant.temperatures[0] == pytest.approx(370.0, abs=0.1)


def test_two_zones_are_no_slower_than_constant_air(
    dryer: Dryer, constant: Programme, bounds: Bounds
) -> None:
    """A short search; what three zones gain is a slow test."""
    found = fastest_programme(dryer, bounds, zones=2, evaluations=8)
    assert found.gradient <= bounds.gradient * (1 + 2 * FEASIBLE)
    assert found.time <= constant.time * (1 + 1e-6)


@pytest.mark.slow
def test_three_stages_dry_faster_at_an_equal_gradient(
    constant: Programme, best: Programme, bounds: Bounds
) -> None:
    """High, low, high: hot while binder can still level out, mild while the film packs and pores
    begin to empty, hot again once it has set [Jaiser2017]."""
    assert best.gradient <= bounds.gradient * (1 + 2 * FEASIBLE)
    assert best.time < 0.9 * constant.time
    first, middle, _ = best.temperatures
    assert first > middle


@pytest.mark.slow
def test_no_programme_of_a_grid_is_faster(dryer: Dryer, bounds: Bounds) -> None:
    """Equal zones: 27 programmes by brute force, none that keeps the bound beats the search."""
    found = fastest_programme(dryer, bounds, evaluations=60)
    levels = (343.15, 370.0, 410.0)
    tried = [
        programme(dryer, temperatures, [1 / 3] * 3)
        for temperatures in itertools.product(levels, repeat=3)
    ]
    kept = [p.time for p in tried if p.gradient <= bounds.gradient]
    assert kept and found.time <= min(kept)


@pytest.mark.slow
def test_search_is_reproducible(dryer: Dryer, bounds: Bounds) -> None:
    twice = [fastest_programme(dryer, bounds, zones=2, evaluations=8) for _ in range(2)]
    assert twice[0].temperatures == twice[1].temperatures
    assert twice[0].time == twice[1].time


def test_bound_that_no_air_keeps_is_refused(dryer: Dryer) -> None:
    with pytest.raises(StageFailed, match=r"air of 120 degC makes a binder gradient of"):
        fastest_constant(dryer, Bounds(1.01, low=393.15, high=413.15))
