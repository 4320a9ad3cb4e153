"""Design of a dryer: what it needs, what it costs, and what the command says of it."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest
from drying_case import Inputs, anode, cathode

from multiscale.cli.main import main
from multiscale.errors import CaseError, StageFailed
from multiscale.fem import forms
from multiscale.results import open_run
from multiscale.stages.drying import Film1D, Zone
from multiscale.stages.drying.design.assess import Assessment, assess
from multiscale.stages.drying.design.dryer import Dryer, balance, dryer_of, scaled, warmed
from multiscale.stages.drying.design.need import hotter_by, time_factor
from multiscale.stages.drying.design.programme import (
    STEEPEST,
    Bounds,
    fastest_constant,
    programme,
)

CASE = str(Path(__file__).resolve().parents[2] / "cases" / "nmc622_cathode")


def dryer(speed: float = 0.05, **options: object) -> Dryer:
    return dryer_of(*cathode(speed), Film1D(**options).probe())


def residual(found: Dryer) -> float:
    history = balance(found)
    return float(history.state(history.ends[-1:])[0, 0]) / found.allowed


@pytest.fixture(scope="module")
def assessed() -> Assessment:
    forms.start()
    return assess(dryer())


@pytest.mark.parametrize("speed", [0.01, 0.05, 0.25])
@pytest.mark.parametrize("guess", [0.2, 1.0, 5.0])
def test_web_leaves_just_dry_after_the_time_it_needs(speed: float, guess: float) -> None:
    found = dryer(speed)
    factor = time_factor(found, guess)
    assert residual(scaled(found, factor)) <= 1 + 1e-4
    assert residual(scaled(found, 0.999 * factor)) > 1.001


def test_needed_time_does_not_depend_on_the_time_there_is() -> None:
    needed = [time_factor(found) * found.residence for found in (dryer(0.02), dryer(0.2))]
    assert needed[0] == pytest.approx(needed[1], rel=1e-6)


def test_humid_air_never_dries() -> None:
    zones = (Zone.model_validate({"air_temperature": "30 degC", "vapour_fraction": 0.0005}),)
    with pytest.raises(StageFailed, match="does not dry in 256 times 40 s"):
        time_factor(dryer(zones=zones))


def test_hotter_air_by_the_rise_it_names_just_dries() -> None:
    wet = dryer(0.12)
    rise = hotter_by(wet)
    assert rise is not None
    assert residual(warmed(wet, rise + 0.01)) <= 1 < residual(warmed(wet, rise - 0.1))
    assert hotter_by(dryer(0.05)) == 0.0
    assert hotter_by(dryer(1.0)) is None


def test_assessment_agrees_with_itself(assessed: Assessment) -> None:
    assert assessed.drying_time is not None and assessed.shrinkage_end is not None
    assert assessed.shrinkage_end.value < assessed.drying_time.value < assessed.residence
    evaporated = sum(zone.evaporated for zone in assessed.zones)
    assert evaporated == pytest.approx(dryer().film.initial_solvent, rel=1e-3)
    assert sum(zone.heat for zone in assessed.zones) == pytest.approx(assessed.heat.value)
    assert assessed.energy == pytest.approx(assessed.heat.value + assessed.exhaust_heat)
    needed = sum(zone.needed_length for zone in assessed.zones)
    assert needed / assessed.web_speed == pytest.approx(
        sum(zone.length for zone in assessed.zones) / assessed.highest_speed.value
    )
    # Air as clean as the model's own limit asks for, a quarter of the lower explosive limit.
    assert [zone.load for zone in assessed.zones] == pytest.approx([0.25] * 3)


def test_errors_of_the_assessment_hold_a_finer_solve(assessed: Assessment) -> None:
    fine = assess(dryer_of(*cathode(), Film1D(cells=200, steps=400)))
    for name in ("drying_time", "shrinkage_end", "highest_speed", "gradient", "heat"):
        coarse, finer = getattr(assessed, name), getattr(fine, name)
        assert abs(coarse.value - finer.value) <= coarse.error, name


def test_wet_web_has_no_drying_time_but_a_remedy() -> None:
    forms.start()
    found = assess(dryer(0.25))
    assert found.drying_time is None and found.shrinkage_end is None and found.gradient is None
    assert found.time_factor.value > 1 and found.highest_speed.value < 0.25


@pytest.mark.parametrize(
    ("inputs", "zone", "said"),
    [
        (
            cathode,
            {"fresh_air": "0.01 kg/m^2/s"},
            r"zone \d: the exhaust .* NMP, which can explode",
        ),
        (anode, {"heat_transfer": "1 W/m^2/K", "heat_transfer_bottom": "400 W/m^2/K"}, "boils in"),
    ],
    ids=["exhaust above its explosive limit", "boiling film"],
)
def test_what_the_stage_refuses_is_not_assessed(
    inputs: Callable[[], Inputs], zone: dict[str, str], said: str
) -> None:
    zones = (Zone.model_validate({"air_temperature": "140 degC", "length": "4 m", **zone}),)
    with pytest.raises(StageFailed, match=said):
        assess(dryer_of(*inputs(), Film1D(packing=0.45, zones=zones, cells=20, steps=20)))


def test_search_keeps_off_an_exhaust_that_can_explode() -> None:
    """Hot air makes a poor exhaust richer: such a programme keeps no bound, and is no abort."""
    forms.start()
    poor = (Zone.model_validate({"air_temperature": "80 degC", "fresh_air": "0.02 kg/m^2/s"}),)
    film = dryer_of(*cathode(), Film1D(zones=poor, cells=20, steps=20, tolerance=1e-7))
    mild, hot = (programme(film, [T], [1.0]) for T in (363.15, 368.15))
    assert mild.refusal is None and mild.gradient < hot.gradient == STEEPEST
    assert "can explode above 1.3 %" in str(hot.refusal)
    with pytest.raises(StageFailed, match="not even air of 95 degC: zone 1: the exhaust carries"):
        fastest_constant(film, Bounds(50.0, low=368.15))


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ({"gradient": 0.9}, "a binder gradient of 0.9 cannot be asked for"),
        ({"gradient": math.nan}, "cannot be asked for"),
        ({"gradient": 2.0, "low": 420.0, "high": 400.0}, "is no range"),
        ({"gradient": 2.0, "high": 500.0}, "the model's limit of 150 degC"),
    ],
)
def test_impossible_bounds_are_refused(bounds: dict[str, float], said: str) -> None:
    with pytest.raises(CaseError, match=said):
        Bounds(**bounds)


def test_command_writes_json_table_and_picture(tmp_path: Path, capsys) -> None:
    zones, picture = tmp_path / "zones.csv", tmp_path / "dryer.png"
    command = ["dryer", CASE, "--probe", "--out", str(tmp_path / "run")]
    assert main([*command, "--json", "--csv", str(zones), "--plot", str(picture)]) == 0
    told = json.loads(capsys.readouterr().out)["assessment"]
    assert main(["run", CASE, "--probe", "--until", "drying", "--out", str(tmp_path / "run")]) == 0
    stage = open_run(tmp_path / "run").drying
    assert told["drying_time"]["value"] == pytest.approx(stage.drying_time, rel=1e-9)
    assert told["gradient"]["value"] == pytest.approx(stage.binder_ratio.max(), rel=1e-9)
    capsys.readouterr()
    rows = list(csv.DictReader(zones.open()))
    assert [row["air [degC]"] for row in rows] == ["80", "110", "120"]
    assert picture.stat().st_size > 5000
    assert main([*command, "--web-speed", "20 m/min"]) == 0
    assert "The web leaves wet: it needs" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--gradient", "2"], "belong to --fastest"),
        (["--web-speed", "fast"], "--web-speed 'fast'"),
        (["--web-speed", "3 kg"], "--web-speed '3 kg'"),
        (["--web-speed", "0 m/min"], "out of range: allowed 0.0006 to 600 m/min"),
        (["--web-speed", "-2 m/min"], "'-2 m/min' is out of range"),
        (["--web-speed", "nan m/min"], "'nan m/min' is not a quantity"),
        (["--fastest", "--air", "40 degC", "2000 degC"], "--air '2000 degC'"),
        (["--fastest", "--air", "140 degC", "40 degC"], "air from 140 to 40 degC is no range"),
        (["--fastest", "--gradient", "nan"], "a binder gradient of nan cannot be asked for"),
    ],
)
def test_command_refuses_what_makes_no_sense(arguments, said, tmp_path, capsys) -> None:
    assert main(["dryer", CASE, "--probe", "--out", str(tmp_path), *arguments]) == 64
    assert said in capsys.readouterr().err
