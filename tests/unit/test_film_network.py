"""A network measured on particles instead of the film's laws: its table, and what it changes."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from mpi4py import MPI

import numpy as np
import pytest
from drying_case import cathode
from hypothesis import given
from hypothesis import strategies as st

from multiscale.case.load import load_case
from multiscale.case.templates import copy_template
from multiscale.coupling.context import Context
from multiscale.errors import CaseError, HandoverError, StageFailed
from multiscale.records import DryCoating
from multiscale.stages.drying import Edge, Film1D, Film2D, dry
from multiscale.stages.drying.network import (
    TabulatedSkeleton,
    flow_of,
    packing_by,
    stiffening_of,
)
from multiscale.stages.drying.network_options import NetworkOptions
from multiscale.stages.drying.setup import film_of
from multiscale.stages.drying.skeleton import PowerLawSkeleton
from multiscale.stages.drying.solids import skeleton_of
from multiscale.stages.drying.solids_options import SolidsOptions
from multiscale.units import SI

PHI = (0.2, *np.geomspace(0.25, 0.55, 25))


@cache
def law() -> PowerLawSkeleton:
    """The default film's."""
    powder, formulation, wet = cathode()
    found = skeleton_of(film_of(powder, formulation, wet, Film1D()), Film1D())
    assert isinstance(found, PowerLawSkeleton)
    return found


def sampled(stiffness: float = 1.0, mass: float = 0.2) -> NetworkOptions:
    """The default film's laws as a table, its yield stress times a factor."""
    phi = np.array(PHI)
    stress = stiffness * law().yield_stress(phi)[0]
    none = tuple(map(SI, 0 * phi))
    return NetworkOptions(
        solids_mass=SI(mass),
        solid_fraction=tuple(map(SI, phi)),
        yield_stress=tuple(map(SI, stress)),
        yield_stress_error=none,
        permeability=tuple(map(SI, law().permeability(phi))),
        permeability_error=none,
    )


def coat(network: NetworkOptions | None, edge: Edge | None = None) -> DryCoating:
    options = Film1D(solids=SolidsOptions(network=network)).probe()
    if edge is not None:
        options = Film2D(solids=options.solids).probe().model_copy(update={"edge": edge})
    coating = dry.call(*cathode(), options, Context(MPI.COMM_SELF, MPI.COMM_SELF))
    assert isinstance(coating, DryCoating)
    return coating


@cache
def by_law() -> DryCoating:
    return coat(None)


def test_the_laws_as_a_table_dry_the_same_film() -> None:
    table, exact = coat(sampled()), by_law()
    for name in ("porosity", "shrinkage_end", "cut_off", "drying_time", "binder_ratio"):
        assert getattr(table, name) == pytest.approx(getattr(exact, name), rel=1e-3), name
    assert table.solid_fraction == pytest.approx(exact.solid_fraction, rel=1e-3)


def test_a_stiffer_network_ends_shrinkage_earlier() -> None:
    stiff, exact = coat(sampled(stiffness=1.5)), by_law()
    assert stiff.porosity > exact.porosity + 0.01
    assert stiff.shrinkage_end < exact.shrinkage_end
    # Slowly dried, the film packs to where the network meets the pressure of air entry.
    phi = np.array([1 - stiff.porosity])
    assert 1.5 * law().yield_stress(phi)[0] == pytest.approx(law().air_entry(phi), rel=0.01)


def doubted() -> NetworkOptions:
    """A yield stress that may be a fourth less, a permeability that may be a half more."""
    table = sampled()
    return table.model_copy(update={
        "yield_stress_error": tuple(p / 3 for p in table.yield_stress),
        "permeability_error": tuple(0.5 * x for x in table.permeability),
    })  # fmt: skip


def test_errors_of_the_network_widen_those_of_the_film() -> None:
    sure, unsure, softer = coat(sampled()), coat(doubted()), coat(sampled(stiffness=0.75))
    for name in ("porosity", "shrinkage_end"):
        off = abs(getattr(softer, name) - getattr(sure, name))
        assert unsure.error[name] - sure.error[name] >= off * (1 - 1e-6), name
        assert unsure.error[name] - sure.error[name] < 1.5 * off, name
    assert unsure.porosity == sure.porosity
    assert unsure.error["binder_ratio"] > sure.error["binder_ratio"]


@pytest.mark.slow
def test_errors_of_the_network_widen_those_of_the_edge() -> None:
    """By what they change in the middle, where the film packs denser by the softer network."""
    edge = Edge(columns=16, layers=16, steps=20, tolerance=SI(1e-4))
    sure, unsure = coat(sampled(), edge), coat(doubted(), edge)
    np.testing.assert_array_equal(unsure.edge_height, sure.edge_height)
    wider = unsure.error["edge_height"] - sure.error["edge_height"]
    in_the_middle = unsure.error["thickness"] - sure.error["thickness"]
    assert wider > 0.5 * in_the_middle > 0.005 * sure.thickness


@given(st.floats(0.05, 0.6).filter(lambda x: min(abs(x - p) for p in (*PHI, 1 / 4.55)) > 1e-4))
def test_slopes_are_those_of_the_table(phi: float) -> None:
    grains = law()
    table = TabulatedSkeleton(
        grains.diameter,
        0.0,
        grains.temperature,
        grains.close_packing,
        grains.suction,
        *stiffening_of(sampled()),
        flow_of(sampled()),
    )
    for given_law in (table.mobility, table.stress):
        low, high = (given_law(np.array([phi * (1 + s)]))[0][0] for s in (-1e-6, 1e-6))
        slope = given_law(np.array([phi]))[1][0]
        assert slope == pytest.approx((high - low) / (2e-6 * phi), rel=1e-3, abs=1e-12)
    assert table.permeability(np.array([phi])) == pytest.approx(
        grains.permeability(np.array([phi])), rel=1e-3
    )


def test_a_network_of_other_solids_is_refused() -> None:
    with pytest.raises(HandoverError, match=r"run 'multiscale network' for this coating again"):
        coat(sampled(mass=0.2 * (1 + 2e-8)))


@pytest.mark.parametrize(
    ("stiffness", "said"),
    [(0.1, "press the network further"), (40.0, "press a network of this slurry")],
)
def test_a_network_that_misses_air_entry_is_refused(stiffness: float, said: str) -> None:
    with pytest.raises(StageFailed, match=said):
        coat(sampled(stiffness))


def test_a_network_that_begins_above_air_entry_is_refused() -> None:
    table = sampled()
    stress = tuple(2e4 + p for p in table.yield_stress)
    with pytest.raises(StageFailed, match="begin the table looser"):
        packing_by(table.model_copy(update={"yield_stress": stress}), law().suction)


GOOD = {
    "solids_mass": '"200 g/m^2"',
    "solid_fraction": "[0.3, 0.4, 0.5]",
    "yield_stress": '["0 Pa", "2 kPa", "30 kPa"]',
    "yield_stress_error": '["0 Pa", "0 Pa", "1 kPa"]',
    "permeability": '["3e-13 m^2", "1e-13 m^2", "4e-14 m^2"]',
    "permeability_error": '["0 m^2", "0 m^2", "0 m^2"]',
}


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("solid_fraction", "[0.3, 0.5, 0.4]", "sort the table"),
        ("solid_fraction", "[0.3, 0.4, 1.1]", r"out of range"),
        ("yield_stress", '["-1 Pa", "2 kPa", "30 kPa"]', "out of range"),
        ("yield_stress", '["3 kPa", "2 kPa", "30 kPa"]', "carries no less"),
        ("permeability", '["3e-13 m^2", "4e-13 m^2", "4e-14 m^2"]', "does not fall"),
        ("permeability_error", '["0 m^2"]', "one per solid fraction"),
    ],
)
def test_a_bad_table_is_refused_with_one_message(
    key: str, value: str, said: str, tmp_path: Path
) -> None:
    copy_template("minimal", tmp_path / "case")
    table = "\n".join(f"{k} = {v}" for k, v in (GOOD | {key: value}).items())
    file = tmp_path / "network.toml"
    text = f'extends = "case"\n[drying.solids.network]\n{table}\n'
    file.write_text(text.replace(value, GOOD[key]))
    assert load_case(file).options["drying"].solids.network is not None
    file.write_text(text)
    with pytest.raises(CaseError, match=said) as refused:
        load_case(file)
    assert str(refused.value).count("drying.solids.network") == 1
