"""The coating stage: contract, options, window, conservation."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from recipes import cathode_recipe, serial

from multiscale.case import templates
from multiscale.case.load import load_case
from multiscale.coupling.chain import check_balances, run_chain
from multiscale.coupling.store import Store
from multiscale.errors import HandoverError, StageFailed
from multiscale.records import Closure, Formulation, Suspension, WetFilm
from multiscale.stages.coating import CommaBar, SlotDie, coat, knife, stage
from multiscale.stages.coating.gap_law import fit_gap_law
from multiscale.stages.coating.knife import knife_film
from multiscale.stages.slurry import mix
from multiscale.stages.slurry.composition import compose

ANODE = Path(templates.__file__).parent / "graphite_anode" / "case.toml"
DRY_DENSITY = np.array([4750.0, 1900.0, 1780.0])  # active material, carbon black, PVDF


def suspension(**change: Any) -> Suspension:
    """The NMC622 slurry, or another law: the flow curve follows."""
    rate = np.geomspace(1e-2, 1e4, 61)
    law = {"yield_stress": 44.5, "consistency": 4.37, "flow_index": 0.732}
    tau_y, k, n = ((law | change)[name] for name in law)
    mixture = compose(0.69, np.array([0.96, 0.02, 0.02]), DRY_DENSITY, 1028.0)
    values: dict[str, Any] = {
        "temperature": 298.15,
        "density": mixture.density,
        "active_mass_fraction": mixture.mass[0],
        "additive_mass_fraction": mixture.mass[1],
        "binder_mass_fraction": mixture.mass[3:],
        "solvent_mass_fraction": mixture.mass[2],
        "solid_fraction": mixture.solid_fraction,
        "active_fraction": mixture.volume[0],
        "maximum_packing": 0.54,
        "flow_curve": Closure(rate, tau_y + k * rate**n),
        **law,
        "medium_viscosity": 0.2,
        "error": {"yield_stress": 0.0, "consistency": 0.0, "flow_index": 0.0},
    }
    return Suspension(**(values | change))


def coated(options: Any = None, **change: Any) -> WetFilm:
    result = coat.call(cathode_recipe(), suspension(**change), options or CommaBar(), serial())
    assert isinstance(result, WetFilm)
    return result


@pytest.mark.parametrize("options", [CommaBar(), SlotDie()])
def test_defaults_lay_200_g_per_m2_of_c1(options: Any) -> None:
    film = coated(options)
    assert film.loading == pytest.approx(0.200, abs=2e-4)
    assert film.thickness == pytest.approx(132.25e-6, abs=0.1e-6)
    assert film.window.startswith("ok")
    assert film.web_speed == 0.05


@pytest.mark.parametrize(
    ("name", "loading"), [("nmc622_cathode", 0.200), ("graphite_anode", 0.120), ("minimal", 0.200)]
)
def test_templates_lay_what_they_promise(name: str, loading: float) -> None:
    case = load_case(Path(templates.__file__).parent / name / "case.toml")
    slurry = mix.call(case.powder, case.formulation, case.options["slurry"], serial())
    film = coat.call(case.formulation, slurry, case.options["coating"], serial())
    assert film.loading == pytest.approx(loading, abs=2e-4)
    assert film.window.startswith("ok")


@settings(max_examples=25, deadline=None)
@given(
    gap=st.floats(50.0, 400.0),
    speed=st.floats(0.5, 30.0),
    kind=st.sampled_from([CommaBar, SlotDie]),
)
def test_composition_is_kept(gap: float, speed: float, kind: Any) -> None:
    film = coated(kind(gap=f"{gap} um", web_speed=f"{speed} m/min", **_dam(kind)))
    weighed = {"formulation": cathode_recipe(), "suspension": suspension()}
    for balance in check_balances(coat, weighed, film):
        assert balance.relative < 1e-12, balance.quantity


@pytest.mark.parametrize(
    ("part", "factor", "told"),
    [
        ("solvent_mass", 1.001, "solvent per wet film volume"),
        ("active_mass", 0.999, "active material per solvent"),
        ("additive_mass", 0.999, "additive per solvent"),
        ("binder_mass", 1.001, "additive and binder per wet film volume"),
        ("loading", 1.001, "dry coating per solvent"),
    ],
)
def test_a_stage_that_gains_or_loses_mass_is_refused(
    part: str, factor: float, told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    right = stage._areal_masses

    def wrong(slurry: Suspension, thickness: float) -> dict[str, Any]:
        masses = right(slurry, thickness)
        return masses | {part: factor * masses[part]}

    monkeypatch.setattr(stage, "_areal_masses", wrong)
    with pytest.raises(HandoverError, match=f"does not conserve .*{told}"):
        _run(tmp_path, suspension())


def test_a_slurry_of_active_material_alone_is_balanced() -> None:
    recipe = replace(
        cathode_recipe(),
        active_mass_fraction=1.0,
        additive_mass_fraction=0.0,
        binder_mass_fraction=np.zeros(1),
    )
    mixture = compose(0.69, np.array([1.0, 0.0, 0.0]), DRY_DENSITY, 1028.0)
    slurry = suspension(
        density=mixture.density,
        active_mass_fraction=mixture.mass[0],
        additive_mass_fraction=0.0,
        binder_mass_fraction=np.zeros(1),
        solid_fraction=mixture.solid_fraction,
        active_fraction=mixture.volume[0],
    )
    film = coat.call(recipe, slurry, SlotDie(), serial())
    for balance in check_balances(coat, {"formulation": recipe, "suspension": slurry}, film):
        assert balance.relative < 1e-12, balance.quantity


def test_a_slurry_denser_than_its_parts_is_refused(tmp_path: Path) -> None:
    """All masses a thousandth too large keep every ratio among themselves."""
    with pytest.raises(HandoverError, match="solvent per wet film volume"):
        _run(tmp_path, suspension(density=1.001 * suspension().density))


def _run(place: Path, slurry: Suspension) -> None:
    weighed = {Formulation: cathode_recipe(), Suspension: slurry}
    run_chain([coat], weighed, {"coating": CommaBar()}, Store(place), serial())


def _dam(kind: Any) -> dict[str, str]:
    return {"reservoir_head": "0 mm"} if kind is CommaBar else {}


def bar(**settings: Any) -> WetFilm:
    return coated(CommaBar(**({"slope": 0.8, "offset": "20 um", "gap": "200 um"} | settings)))


def test_the_gap_law_holds_as_it_is_at_its_own_speed() -> None:
    for speed in ("0.3 m/min", "30 m/min"):
        film = bar(web_speed=speed, law_speed=speed)
        assert film.thickness == pytest.approx(180e-6, rel=1e-12)
        assert film.error["thickness"] == 0.0


def test_lubrication_carries_the_gap_law_to_other_speeds() -> None:
    """t = (slope H + offset) r(U)/r(U_law), with r computed here apart from the stage."""
    slurry, options = suspension(), CommaBar()
    gap = options.gap + options.offset / options.slope
    law = (slurry.yield_stress, slurry.consistency, slurry.flow_index)
    r = [
        knife_film(gap, 2e-3, u, suspension().density * 9.81 * 0.03, *law).ratio
        for u in (1.0, 5e-3)
    ]
    film = coated(CommaBar(web_speed="60 m/min"))
    assert film.thickness == pytest.approx(0.826 * gap * r[0] / r[1], rel=1e-9)


def test_a_faster_bar_lays_less() -> None:
    films = [bar(web_speed=f"{u} m/min").thickness for u in (0.1, 0.5, 3.0, 10.0, 100.0)]
    assert films == sorted(films, reverse=True)
    assert films[0] > 1.3 * films[-1]


def test_the_film_follows_the_rheology() -> None:
    """A stiff slurry shrugs the dam off at any speed; it changes a thin slurry's film."""
    films = [coated(CommaBar(), consistency=k).thickness for k in (0.5, 5.0, 500.0)]
    assert films[0] < films[1] < films[2]
    assert films[2] > 1.1 * films[0]


def test_a_power_law_without_a_dam_lays_the_same_at_any_speed() -> None:
    """Without a dam and a yield stress no pressure scale is left to set against the speed."""
    film = coated(CommaBar(reservoir_head="0 mm", web_speed="60 m/min"), yield_stress=0.0)
    assert film.thickness == pytest.approx(0.826 * 170.8e-6 + 21.4e-6, rel=1e-6)


def test_thickness_and_loading_state_the_error_of_the_lubrication_grid() -> None:
    film = coated()
    slurry, options = suspension(), CommaBar()
    gap = options.gap + options.offset / options.slope
    law = (slurry.yield_stress, slurry.consistency, slurry.flow_index)
    r = [_finest(gap, u, law) for u in (options.web_speed, options.law_speed)]
    off = abs(film.thickness - 0.826 * gap * r[0] / r[1])
    assert 0.0 < off < film.error["thickness"] < 1e-3 * film.thickness
    assert film.error["loading"] / film.loading == pytest.approx(
        film.error["thickness"] / film.thickness
    )


def _finest(gap: float, speed: float, law: tuple[float, float, float]) -> float:
    return 0.5 * (
        1.0 + knife._outlet(400, gap, 2e-3, speed, suspension().density * 9.81 * 0.03, *law) ** 2
    )


def test_comma_bar_window_starts_at_couette_flow() -> None:
    options = CommaBar()
    film = coated(options)
    true_gap = options.gap + options.offset / options.slope
    assert film.window_low == pytest.approx(0.5 * true_gap / options.gap)
    assert film.window_high > 0.6129 * true_gap / options.gap
    assert film.window_low < film.thickness / film.gap < film.window_high
    assert 0.0 < film.error["window_high"] < 1e-3


@pytest.mark.parametrize(("slope", "end"), [(1.4, "above the"), (0.4, "below the 0.5")])
def test_a_law_that_lubrication_cannot_carry_is_outside(slope: float, end: str) -> None:
    film = coated(CommaBar(slope=slope, offset="0 um"))
    assert film.window.startswith("outside")
    assert end in film.window


def test_slot_die_verdicts() -> None:
    thin, good, thick = (
        coated(SlotDie(flow_rate=f"{q} mL/min")).window.split(":")[0] for q in (70, 120, 220)
    )
    assert (thin, good, thick) == ("air-entrainment", "ok", "swelling")


def test_slot_die_film_is_flow_over_speed_and_width() -> None:
    film = coated(SlotDie(flow_rate="90 mL/min", web_speed="3 m/min", width="250 mm"))
    assert film.thickness == pytest.approx(1.5e-6 / (0.05 * 0.25))


def test_vacuum_widens_the_slot_window_downwards() -> None:
    assert coated(SlotDie(vacuum="500 Pa")).window_low < coated(SlotDie()).window_low


@pytest.mark.parametrize("options", [CommaBar(), SlotDie()])
def test_rates_beyond_the_flow_curve_are_said(
    options: Any, caplog: pytest.LogCaptureFixture
) -> None:
    rate = np.geomspace(1e-2, 1e2, 41)
    film = coated(options, flow_curve=Closure(rate, 10.0 + 10.0 * rate**0.6))
    assert film.window.startswith("not-assessed")
    assert "extrapolated to" in film.window
    assert "widen slurry.rate_low" in caplog.text


@pytest.mark.parametrize("gap", ["50 um", "62.5 um"])
def test_a_gap_that_the_law_closes_is_refused(gap: str) -> None:
    with pytest.raises(ValidationError, match="leaves no film under the gap law"):
        CommaBar(gap=gap, slope=0.8, offset="-50 um")


def test_unknown_foil_is_named() -> None:
    with pytest.raises(ValidationError, match="Known: Al"):
        CommaBar(foil="Aluminium")


def test_a_dam_too_high_is_refused() -> None:
    with pytest.raises(StageFailed, match=r"runs through the gap of .* lower reservoir_head"):
        coated(CommaBar(gap="1 mm", bar_radius="0.2 mm", reservoir_head="400 mm"))


def test_an_anode_without_cmc_runs_under_the_bar() -> None:
    shares = ("binder[0].mass_fraction=0", "active_mass_fraction=0.985")
    case = load_case(ANODE, [f"formulation.{share}" for share in shares])
    slurry = mix.call(case.powder, case.formulation, case.options["slurry"], serial())
    with pytest.raises(
        StageFailed, match=r"at 5 mm/s .* sets no film; lower .* thicken the slurry"
    ):
        coat.call(case.formulation, slurry, case.options["coating"], serial())


def test_gap_law_comes_back_from_its_own_points() -> None:
    gap = np.array([50e-6, 100e-6, 300e-6])
    assert fit_gap_law(gap, 0.8 * gap + 20e-6) == pytest.approx((0.8, 20e-6))


def test_repetition_gives_the_same_bits() -> None:
    assert coated().digest() == coated().digest()
