"""Solids and liquid within the columns of the strip: film-1d's own steps, many at once."""

import functools
from dataclasses import replace

from mpi4py import MPI

import numpy as np
import pytest
from drying_case import anode, cathode

from multiscale.coupling.context import Context
from multiscale.errors import StageFailed
from multiscale.fem.interval import graded_points
from multiscale.records import DryCoating
from multiscale.stages.drying import Edge, Film2D, dry
from multiscale.stages.drying.consolidation import solids_flux
from multiscale.stages.drying.edge import interior
from multiscale.stages.drying.edge.columns import ColumnLayers
from multiscale.stages.drying.edge.crossing import cross
from multiscale.stages.drying.edge.interior import settle
from multiscale.stages.drying.edge.sampled import sample
from multiscale.stages.drying.edge.stage import web_of
from multiscale.stages.drying.layers import Layers
from multiscale.stages.drying.setup import film_of, gases_of, portions_of
from multiscale.stages.drying.solids import skeleton_of

EVEN = {"air_enhancement": 0.0, "bare_foil": 0.0, "rim": 1.0, "columns": 16}
SAME = {"cells": 80, "steps": 120}  # of film-1d; the strip's layers and steps are as many


@functools.cache
def even_strip(case) -> DryCoating:
    """Film-1d in the middle of the web, and the strip beside it, with nothing that tells the edge
    apart; default gelation, adsorption and solids in both."""
    edge = Edge().model_copy(update=EVEN | {"layers": SAME["cells"], "steps": SAME["steps"]})
    options = Film2D().model_copy(update={"edge": edge, **SAME})
    comm = MPI.COMM_SELF
    return dry.call(*case(), options, Context(comm, comm.Dup()))


@pytest.mark.parametrize("case", [cathode, anode])
def test_an_even_strip_is_film_1d_within_the_stated_errors(case) -> None:
    """Two programs: one column in DOLFINx, and the strip. PVDF; CMC and SBR."""
    coating = even_strip(case)
    pairs = {
        "edge_height": "thickness",
        "edge_packed": "shrinkage_end",
        "edge_dry": "drying_time",
        "edge_binder_ratio": "binder_ratio",
        "edge_section": "binder",
    }
    for mine, other in pairs.items():
        values, error = getattr(coating, mine), coating.error[mine] + coating.error[other]
        at_the_end = values[:, -1] if values.ndim > 1 else values[-1]
        np.testing.assert_allclose(at_the_end, getattr(coating, other), rtol=0, atol=error)
    assert coating.error["edge_height"] < 1e-4 * coating.thickness
    assert (coating.binder_gelled > 0.01).any() and (coating.binder_adsorbed > 0).all()


@pytest.mark.parametrize("case", [cathode, anode])
def test_the_binder_of_an_even_strip_is_that_of_film_1d(case) -> None:
    """On the same layers and steps two programs differ by far less than their errors."""
    coating = even_strip(case)
    assert coating.edge_section.shape[0] == coating.binder_mass.size
    assert np.abs(coating.edge_section[:, -1] - coating.binder).max() < 1e-4
    np.testing.assert_allclose(coating.edge_binder_ratio[:, -1], coating.binder_ratio, rtol=1e-4)


def test_columns_step_as_one_film() -> None:
    powder, formulation, wet = cathode()
    skeleton = skeleton_of(film_of(powder, formulation, wet, Film2D()), Film2D())
    xi = graded_points(40)
    one, many = Layers(xi), ColumnLayers(xi)
    h, E = np.array([80e-6, 120e-6, 60e-6]), np.array([1e-6, 0.3e-6, 2e-6])
    tau, mu = np.array([0.5, 1.0, 0.2]), np.array([0.05, 0.2, 0.1])
    phi = 0.3 + 0.1 * np.outer(xi**4, [1.0, 0.5, 1.5])
    before, bounds = h + E * tau, (-1e-9, skeleton.close_packing)
    found = many.step(
        tau, before * phi, phi, lambda u: (h * u, h + 0 * u),
        solids_flux(many, skeleton, h, E, mu), bounds=bounds,
    )  # fmt: skip
    for i in range(h.size):
        alone = one.step(
            tau[i], before[i] * phi[:, i], phi[:, i], lambda u, i=i: (h[i] * u, h[i] + 0 * u),
            solids_flux(one, skeleton, h[i], E[i], mu[i]), bounds=bounds,
        )  # fmt: skip
        np.testing.assert_allclose(found[:, i], alone, rtol=1e-11)


@functools.cache
def levelling_strip() -> tuple:
    """A thin slurry that levels at the edge before its columns pack."""
    powder, formulation, wet = cathode()
    changes = {"viscosity": 0.2, "yield_stress": 0.0, "angle": 0.3, "bead": 0.2}
    coarse = {"columns": 24, "layers": 20, "steps": 80}
    edge = Edge().model_copy(update=changes | coarse)
    options = Film2D().model_copy(update={"edge": edge})
    web = web_of(powder, formulation, wet, portions_of(formulation, wet, options), options)
    durations = [zone.length / wet.web_speed for zone in options.zones]
    return web, sample(cross(web, gases_of(options), durations, 1e-4)), options


def test_columns_keep_the_solids_that_slurry_brings() -> None:
    web, sampled, options = levelling_strip()
    layers = ColumnLayers(graded_points(20))
    packed, course = settle(MPI.COMM_SELF, web, layers, sampled, options)
    assert course.stopped.all()
    at = course.times[-1]
    V, h = sampled.at(sampled.V, at), sampled.at(sampled.V + sampled.S, at)
    assert np.ptp(V / sampled.V[0]) > 0.1
    np.testing.assert_allclose(layers.mean(course.states[-1]) * h, V, rtol=1e-9)
    # A thick column has packed more at its surface when air enters it, and less below.
    assert packed.packing[-1] < packed.packing[0] < web.film.packing


def test_columns_that_lose_solids_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    web, sampled, options = levelling_strip()
    march = interior._march

    def leaking(*of):
        found = march(*of)
        return replace(found, states=found.states * (1 - 2e-8))

    monkeypatch.setattr(interior, "_march", leaking)
    with pytest.raises(StageFailed, match=r"the solids of the layers differ .* by 2e-08 after"):
        settle(MPI.COMM_SELF, web, ColumnLayers(graded_points(20)), sampled, options)


@pytest.mark.mpi(2)
def test_ranks_share_the_columns() -> None:
    web, sampled, options = levelling_strip()
    layers = ColumnLayers(graded_points(20))
    together, alone = (
        settle(comm, web, layers, sampled, options)[0].packing
        for comm in (MPI.COMM_WORLD, MPI.COMM_SELF)
    )
    np.testing.assert_array_equal(together, alone)
