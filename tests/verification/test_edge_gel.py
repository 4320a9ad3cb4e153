"""The strip where gel fills the room and free binder hardly spreads: runs, balances, film-1d."""

import itertools

from mpi4py import MPI

import numpy as np
import pytest
from drying_case import anode, cathode

from multiscale.coupling.context import Context
from multiscale.records import DryCoating
from multiscale.stages.drying import Edge, Film2D, dry
from multiscale.stages.drying.edge.solve import EdgeDrying, solve_edge
from multiscale.stages.drying.edge.stage import web_of
from multiscale.stages.drying.setup import portions_of

# Case, mobile fraction, factors on the diffusivity and on the rate of gelation; no dispersion.
HARD = list(itertools.product((cathode, anode), (None, 1.0), (1e-2, 1e-3), (1.0, 1e3)))
FAST = [(cathode, None, 1e-3, 1e3), (anode, 1.0, 1e-3, 1e3)]
SOME = [c if c in FAST else pytest.param(*c, marks=pytest.mark.slow) for c in HARD]
SMALL = {"columns": 16, "layers": 20, "steps": 60, "tolerance": 1e-4}
EVEN = {"air_enhancement": 0.0, "bare_foil": 0.0, "rim": 1.0}


def hard(mobile: float | None, spread: float, rate: float, **edge: float) -> Film2D:
    options = Film2D.model_validate(
        {
            "dispersion": 0.0,
            "diffusivity_factor": spread,
            "mobile_fraction": mobile,
            "binding": {"gel_rate_factor": rate},
            "cells": SMALL["layers"],
            "steps": SMALL["steps"],
        }
    )
    return options.model_copy(update={"edge": Edge().model_copy(update=SMALL | edge)})


def strip(case, options: Film2D) -> EdgeDrying:
    """One solve; it is refused where a balance is off by more than 1e-8."""
    powder, formulation, wet = case()
    portions = portions_of(formulation, wet, options)
    web = web_of(powder, formulation, wet, portions, options)
    return solve_edge(MPI.COMM_SELF, web, portions, wet.web_speed, options, lambda *_: None)


@pytest.mark.parametrize(("case", "mobile", "spread", "rate"), SOME)
def test_gel_that_fills_its_room_is_no_reason_to_refuse(case, mobile, spread, rate) -> None:
    drying = strip(case, hard(mobile, spread, rate))
    width = drying.crossing.web.height @ drying.crossing.web.dual
    for section in drying.sections:
        mass = section.mass() * drying.crossing.web.height[-1]
        assert mass == pytest.approx(width, rel=1e-8)
        assert section.total.min() > -1e-9 * section.total.max()
        assert section.total[:, -1].max() > 2 * section.total.mean()


@pytest.mark.slow
@pytest.mark.parametrize(("case", "mobile", "spread", "rate"), HARD)
def test_an_even_strip_full_of_gel_is_film_1d(case, mobile, spread, rate) -> None:
    """Within the strip's stated error, and much closer: both have the same layers and steps."""
    comm = MPI.COMM_SELF
    options = hard(mobile, spread, rate, **EVEN)
    coating: DryCoating = dry.call(*case(), options, Context(comm, comm.Dup()))
    difference = np.abs(coating.edge_section[:, -1] - coating.binder).max()
    assert difference < coating.error["edge_section"]
    assert difference < 0.01 * coating.binder.max()
