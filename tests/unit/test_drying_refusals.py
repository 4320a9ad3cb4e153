"""Bad input to the dryer: a clear error or a verdict with advice, and its exit code."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from pathlib import Path

from mpi4py import MPI

import numpy as np
import pytest
from drying_case import Inputs, anode, cathode

from multiscale.cli.main import main
from multiscale.coupling.context import Context
from multiscale.errors import StageFailed
from multiscale.records import DryCoating
from multiscale.stages.drying import Film1D, Zone, dry

CASE = str(Path(__file__).resolve().parents[2] / "cases" / "nmc622_cathode")
CTX = Context(MPI.COMM_SELF, MPI.COMM_SELF)


def coat(inputs: Inputs, options: Film1D) -> DryCoating:
    coating = dry.call(*inputs, options.probe(), CTX)
    assert isinstance(coating, DryCoating)
    return coating


def zones(*air: float, **more: str) -> tuple[Zone, ...]:
    return tuple(Zone.model_validate({"air_temperature": f"{t} degC", **more}) for t in air)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("zones[0].length=-2 m", r"drying\.zones\[0\]\.length = \"-2 m\"\n.*allowed 0\.01 to 100"),
        ("zones[1].length=0 m", r"zones\[1\]\.length = \"0 m\"\n.*out of range"),
        ("zones[0].air_temperature=210 degC", r"\"210 degC\" is out of range|out of range"),
        ("zones[0].heat_transfer=-5 W/m^2/K", r"heat_transfer = .*\n.*out of range"),
        (
            "zones[0].start=0 m",
            r"unknown key 'start': each zone begins where the one before it ends",
        ),
        ("zones[2].end=6 m", r"drying\.zones\[2\]\n +unknown key 'end': .* give its length"),
        ("zones[1].lenght=2 m", r"unknown key; did you mean 'length'"),
        ("zones=[]", r"needs 1 or more entries, has 0"),
        ("zones[2].vapour_fraction=1.2", r"out of range"),
        ("zones[0].length=nan m", r"'nan m' is not a quantity"),
        ("zones[0].length=two metres", r"is not a quantity"),
        ("zones[0].length=2", r"has no unit"),
        ("zones[0].air_temperature=80 m", r"needs degC"),
        ("zones[1].fresh_air=0 kg/m^2/s", r"out of range"),
        ("zones[1].radiation=-1 kW/m^2", r"out of range"),
        ("zones[3].length=2 m", r"'drying\.zones' has entries 0 to 2 in the case file"),
        ("residual_limit=0", r"out of range"),
        ("packing=1.1", r"out of range"),
        ("cells=3", r"20"),
    ],
)
def test_impossible_zones_are_refused_before_anything_runs(setting, said, capsys) -> None:
    assert main(["check", CASE, "--set", f"drying.{setting}"]) == 64
    error = capsys.readouterr().err
    assert re.search(said, error), error
    assert "Nothing was run" in error


@pytest.mark.parametrize(
    ("inputs", "air", "vapour", "said"),
    [
        (
            anode(),
            30,
            "0.06",
            r"zone 2: air of 30 degC holds at most 4\.19 % water vapour, not 6 %",
        ),
        (cathode(), 20, "0.001", r"zone 2: air of 20 degC holds at most 0\.0\d+ % NMP vapour"),
    ],
    ids=["water", "NMP"],
)
def test_air_beyond_saturation_is_refused(inputs, air, vapour, said) -> None:
    humid = zones(air, vapour_fraction=vapour)
    with pytest.raises(StageFailed, match=said + r".*vapour_fraction or raise its air_temp"):
        coat(inputs, Film1D(packing=0.45, zones=(*zones(60), *humid)))


def test_boiling_film_is_refused() -> None:
    """Hot air on the bare foil and hardly any on the coating: no vapour can leave fast enough."""
    more = {"heat_transfer": "1 W/m^2/K", "heat_transfer_bottom": "400 W/m^2/K"}
    with pytest.raises(
        StageFailed, match=r"water boils in the film after .*zone 1: at 100\.0 degC.*lower"
    ):
        coat(anode(), Film1D(packing=0.45, zones=zones(140, 140, **more)))


def test_air_above_the_boiling_point_alone_does_not_boil_a_film() -> None:
    """Evaporation cools it; only its last, bound solvent gets as hot as the air."""
    dried = coat(anode(), Film1D(packing=0.45, zones=zones(140, 140, 140)))
    assert dried.film_temperature.max() > 373.15


def test_radiators_beyond_the_properties_are_refused() -> None:
    with pytest.raises(ValueError, match=r"properties of NMP are known .*check the air"):
        coat(cathode(), Film1D(zones=zones(140, 140, radiation="50 kW/m^2")))


@pytest.mark.parametrize("remedy", ["length", "speed", "air"])
def test_advice_to_a_wet_web_dries_it(remedy: str) -> None:
    speed, options = 0.1, Film1D(zones=zones(60, 80, 90))
    with pytest.raises(StageFailed, match="still shrinks") as said:
        coat(cathode(speed), options)
    found = re.search(
        r"([\d.]+) m longer in proportion, or slow the web to (\d+) % of its speed, or heat all "
        r"air by (\d+) K",
        str(said.value),
    )
    assert found is not None, said.value
    longer, share, rise = float(found[1]), float(found[2]) / 100, float(found[3])
    if remedy == "length":
        options = Film1D(zones=zones(60, 80, 90, length=f"{2 + longer / 3} m"))
    elif remedy == "speed":
        speed *= share
    else:
        options = Film1D(zones=zones(60 + rise, 80 + rise, 90 + rise))
    assert coat(cathode(speed), options).residual_solvent <= options.residual_limit


def test_wet_pores_are_handed_on_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "multiscale"):
        wet = coat(cathode(0.1), Film1D(zones=zones(80, 110, 120)))
    assert "it is handed on like this; to dry it, make the dryer" in caplog.text
    assert wet.residual_solvent > 5e-4


def test_web_that_air_keeps_wet_is_told_so(caplog: pytest.LogCaptureFixture) -> None:
    humid = zones(60, 60, 60, vapour_fraction="0.15", length="20 m")
    with caplog.at_level(logging.WARNING, "multiscale"):
        coat(anode(0.02), Film1D(packing=0.45, zones=humid, residual_limit=1e-6))
    assert "the web does not dry in 256 times" in caplog.text


def test_exhaust_that_can_explode_is_refused() -> None:
    poor = zones(80, 110, 120, fresh_air="0.01 kg/m^2/s")
    with pytest.raises(StageFailed, match=r"zone \d: the exhaust carries .* NMP, which") as said:
        coat(cathode(), Film1D(zones=poor))
    times = float(re.search(r"draw at least ([\d.]+) times", str(said.value))[1])
    enough = f"{0.01 * times} kg/m^2/s"
    assert coat(cathode(), Film1D(zones=zones(80, 110, 120, fresh_air=enough))).exhaust_air > 0
    inert = Film1D(zones=poor, exhaust_vapour_fraction=0.1)
    assert coat(cathode(), inert).exhaust_air > 0


def test_wet_web_ends_the_command_with_70(tmp_path, capsys) -> None:
    fast = [f"--set=drying.zones[{k}].length=0.5 m" for k in range(3)]
    out = ["--until", "drying", "--out", str(tmp_path)]
    assert main(["run", CASE, "--probe", *fast, *out]) == 70
    error = capsys.readouterr().err
    assert "stage 'drying' stopped: after 30 s in the dryer the film still shrinks" in error
    assert "m longer in proportion" in error


def test_slurry_of_ptfe_is_refused() -> None:
    """A binder of the dry route beside one that dissolves: no stage dries it."""
    powder, formulation, film = cathode()
    both = replace(
        formulation,
        binders="PVDF, PTFE",
        binder_mass_fraction=np.array([0.01, 0.01]),
        binder_density=np.array([1780.0, 2160.0]),
    )
    half = replace(film, binder_mass=np.array([0.5, 0.5]) * film.binder_mass.sum())
    with pytest.raises(StageFailed, match=r"PTFE neither dissolves nor gels.*dry route"):
        coat((powder, both, half), Film1D(zones=zones(80)))
