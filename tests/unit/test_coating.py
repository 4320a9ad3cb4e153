"""The coating stage: contract, options, window, conservation."""

from typing import Any

from mpi4py import MPI

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from multiscale.coupling.chain import check_balances
from multiscale.coupling.context import Context
from multiscale.errors import StageFailed
from multiscale.records import Closure, Formulation, Suspension, WetFilm
from multiscale.stages.coating import CommaBar, SlotDie, coat
from multiscale.stages.coating.gap_law import fit_gap_law


def context() -> Context:
    return Context(comm=MPI.COMM_SELF, control=MPI.COMM_SELF)


def formulation() -> Formulation:
    return Formulation(
        solvent="NMP",
        binders="PVDF",
        additive="carbon black",
        solids_mass_fraction=0.69,
        active_mass_fraction=0.96,
        additive_mass_fraction=0.02,
        binder_mass_fraction=np.array([0.02]),
        additive_density=1900.0,
        binder_density=np.array([1780.0]),
        solvent_density=1028.0,
    )


def suspension(**change: Any) -> Suspension:
    rate = np.geomspace(1e-2, 1e4, 61)
    values: dict[str, Any] = {
        "temperature": 298.15,
        "density": 2193.0,
        "active_mass_fraction": 0.69 * 0.96,
        "additive_mass_fraction": 0.69 * 0.02,
        "binder_mass_fraction": np.array([0.69 * 0.02]),
        "solvent_mass_fraction": 0.31,
        "solid_fraction": 0.339,
        "active_fraction": 0.306,
        "maximum_packing": 0.54,
        "flow_curve": Closure(rate, 10.0 + 10.0 * rate**0.6),
        "yield_stress": 10.0,
        "consistency": 10.0,
        "flow_index": 0.6,
        "medium_viscosity": 0.2,
        "error": {"yield_stress": 0.0, "consistency": 0.0, "flow_index": 0.0},
    }
    return Suspension(**(values | change))


def coated(options: Any = None, **change: Any) -> WetFilm:
    result = coat.call(formulation(), suspension(**change), options or CommaBar(), context())
    assert isinstance(result, WetFilm)
    return result


@pytest.mark.parametrize("options", [CommaBar(), SlotDie()])
def test_defaults_lay_200_g_per_m2_of_c1(options: Any) -> None:
    film = coated(options)
    assert film.loading == pytest.approx(0.200, abs=3e-4)
    assert film.thickness == pytest.approx(132.3e-6, abs=0.1e-6)
    assert film.web_speed == 0.05


@settings(max_examples=25, deadline=None)
@given(
    gap=st.floats(50.0, 400.0),
    speed=st.floats(0.5, 30.0),
    kind=st.sampled_from([CommaBar, SlotDie]),
)
def test_composition_is_kept(gap: float, speed: float, kind: Any) -> None:
    film = coated(kind(gap=f"{gap} um", web_speed=f"{speed} m/min", **_dam(kind)))
    for balance in check_balances(coat, {"suspension": suspension()}, film):
        assert balance.relative < 1e-12, balance.quantity


def _dam(kind: Any) -> dict[str, str]:
    return {"reservoir_head": "0 mm"} if kind is CommaBar else {}


def test_comma_bar_film_is_slope_times_gap_plus_offset() -> None:
    film = coated(CommaBar(gap="200 um", slope=0.8, offset="20 um"))
    assert film.thickness == pytest.approx(180e-6)
    assert film.shear_rate == pytest.approx(250.0)


def test_comma_bar_window_starts_at_couette_flow() -> None:
    options = CommaBar()
    film = coated(options)
    true_gap = options.gap + options.offset / options.slope
    assert film.window_low == pytest.approx(0.5 * true_gap / options.gap)
    assert film.window_high > 0.6129 * true_gap / options.gap
    assert 0.0 < film.error["window_high"] < 1e-3


def test_comma_bar_says_where_its_law_was_measured() -> None:
    assert coated(CommaBar(web_speed="5 mm/s")).window.startswith("ok")
    film = coated(CommaBar())
    assert film.window.startswith("not-assessed")
    assert "5 mm/s" in film.window


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


def test_rates_beyond_the_flow_curve_are_said() -> None:
    rate = np.geomspace(1e-2, 1e2, 41)
    film = coated(flow_curve=Closure(rate, 10.0 + 10.0 * rate**0.6))
    assert "extrapolated" in film.window


def test_unknown_foil_is_named() -> None:
    with pytest.raises(ValidationError, match="Known: Al"):
        CommaBar(foil="Aluminium")


def test_a_dam_too_high_is_refused() -> None:
    with pytest.raises(StageFailed, match="pushes the slurry through"):
        coated(CommaBar(gap="1 mm", bar_radius="0.2 mm", reservoir_head="400 mm"))


def test_gap_law_comes_back_from_its_own_points() -> None:
    gap = np.array([50e-6, 100e-6, 300e-6])
    assert fit_gap_law(gap, 0.8 * gap + 20e-6) == pytest.approx((0.8, 20e-6))


def test_repetition_gives_the_same_bits() -> None:
    assert coated().digest() == coated().digest()
