"""The slurry stage: contract, options, errors, conservation."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from recipes import cathode_recipe, serial

from multiscale.coupling.chain import check_balances
from multiscale.errors import CaseError, HandoverError, StageFailed
from multiscale.records import Formulation, Powder, Suspension
from multiscale.stages.slurry import SlurryClosure, SlurryMeasured, mix


def powder(**change: Any) -> Powder:
    values: dict[str, Any] = {
        "material": "NMC622",
        "density": 4750.0,
        "diameter": np.array([5e-6, 10e-6, 17e-6]),
        "volume_fraction": np.array([0.25, 0.5, 0.25]),
    }
    return Powder(**(values | change))


def anode() -> Formulation:
    return cathode_recipe(
        solvent="water",
        binders="CMC, SBR",
        solids_mass_fraction=0.50,
        active_mass_fraction=0.97,
        additive_mass_fraction=0.0,
        binder_mass_fraction=np.array([0.015, 0.015]),
        binder_density=np.array([1590.0, 1000.0]),
        solvent_density=997.0,
    )


def mixed(recipe: Formulation, options: Any = None, **of_powder: Any) -> Suspension:
    result = mix.call(powder(**of_powder), recipe, options or SlurryClosure(), serial())
    assert isinstance(result, Suspension)
    return result


def test_c1_is_34_percent_solids_by_volume() -> None:
    slurry = mixed(cathode_recipe())
    assert slurry.solid_fraction == pytest.approx(0.339, abs=5e-4)
    assert slurry.density == pytest.approx(2193, abs=5)


def test_c1_flows_within_the_measured_band() -> None:
    """Comparable slurries: n 0.34 to 0.56, K 12 to 67 Pa s^n between 12.5 and 100 1/s."""
    slurry = mixed(cathode_recipe())
    rate = np.geomspace(12.5, 100.0, 8)
    n, ln_k = np.polyfit(np.log(rate), np.log([slurry.flow_curve(g) for g in rate]), 1)
    assert 0.34 < n < 0.56
    assert 12.0 < np.exp(ln_k) < 67.0


def test_anode_has_two_binders_and_no_yield_stress() -> None:
    slurry = mixed(anode(), material="graphite", density=2240.0)
    assert slurry.binder_mass_fraction == pytest.approx([0.0075, 0.0075])
    assert slurry.yield_stress == 0.0
    assert 0.05 < slurry.flow_curve(50.0) / 50.0 < 5.0


def test_herschel_bulkley_form_stays_within_its_stated_misfit() -> None:
    slurry = mixed(cathode_recipe())
    for rate in (1.0, 30.0, 1e3):
        form = slurry.yield_stress + slurry.consistency * rate**slurry.flow_index
        assert form == pytest.approx(slurry.flow_curve(rate), rel=0.06)
    assert slurry.error["consistency"] > 0.0


@settings(max_examples=25, deadline=None)
@given(
    solids=st.floats(0.3, 0.72),
    additive=st.floats(0.0, 0.03),
    binder=st.floats(0.01, 0.03),
    kind=st.sampled_from([SlurryClosure(), SlurryMeasured()]),
)
def test_mass_and_volume_are_kept(solids: float, additive: float, binder: float, kind: Any) -> None:
    recipe = cathode_recipe(
        solids_mass_fraction=solids,
        active_mass_fraction=1.0 - additive - binder,
        additive_mass_fraction=additive,
        binder_mass_fraction=np.array([binder]),
    )
    slurry = mixed(recipe, kind)
    for balance in check_balances(mix, {"powder": powder(), "formulation": recipe}, slurry):
        assert balance.relative < 1e-12, balance.quantity


def test_flow_curve_covers_the_rates_of_the_options() -> None:
    slurry = mixed(cathode_recipe())
    assert (slurry.flow_curve.x[0], slurry.flow_curve.x[-1]) == pytest.approx((1e-2, 1e4))


def test_more_solids_more_carbon_and_cold_thicken() -> None:
    base = mixed(cathode_recipe()).flow_curve(100.0)
    dense = mixed(cathode_recipe(solids_mass_fraction=0.72)).flow_curve(100.0)
    black = cathode_recipe(active_mass_fraction=0.95, additive_mass_fraction=0.03)
    cold = SlurryClosure(temperature="10 degC")
    assert dense > base
    assert mixed(black).flow_curve(100.0) > base
    assert mixed(cathode_recipe(), cold).flow_curve(100.0) > base


def test_options_win_over_the_recipe() -> None:
    given = SlurryClosure(
        network_yield_stress="0 Pa", medium_viscosity="0.1 Pa*s", maximum_packing=0.6
    )
    slurry = mixed(cathode_recipe(), given)
    eta_r = (1 - slurry.active_fraction / 0.6) ** (-2.5 * 0.6)
    assert slurry.flow_curve(100.0) == pytest.approx(0.1 * eta_r * 100.0, rel=1e-9)
    assert slurry.medium_viscosity == 0.1


def test_measured_parameters_pass_unchanged() -> None:
    options = SlurryMeasured(yield_stress="3 Pa", consistency="8 Pa*s", flow_index=0.55)
    slurry = mixed(cathode_recipe(), options)
    assert (slurry.yield_stress, slurry.consistency, slurry.flow_index) == (3.0, 8.0, 0.55)
    assert slurry.flow_curve(10.0) == pytest.approx(3.0 + 8.0 * 10**0.55, rel=1e-3)
    assert slurry.error == {"yield_stress": 0.0, "consistency": 0.0, "flow_index": 0.0}


def test_repetition_gives_the_same_bits() -> None:
    assert mixed(cathode_recipe()).digest() == mixed(cathode_recipe()).digest()


def test_jammed_recipe_is_refused() -> None:
    with pytest.raises(HandoverError, match="jams at"):
        mixed(cathode_recipe(solids_mass_fraction=0.93))


def test_recipe_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(HandoverError, match=r"add up to 1\.01"):
        mixed(cathode_recipe(active_mass_fraction=0.97))


def test_latex_alone_makes_no_medium() -> None:
    with pytest.raises(HandoverError, match="exactly one dissolved binder"):
        mixed(cathode_recipe(binders="SBR"))


def test_unknown_names_are_named() -> None:
    with pytest.raises(CaseError, match="PVDF"):
        mixed(cathode_recipe(binders="PVdF-HFP"))
    with pytest.raises(CaseError, match="NMC622"):
        mixed(cathode_recipe(), material="NMC623")


def test_too_much_carbon_is_refused() -> None:
    recipe = cathode_recipe(
        solids_mass_fraction=0.6,
        active_mass_fraction=0.68,
        additive_mass_fraction=0.30,
    )
    with pytest.raises(StageFailed, match="use less additive"):
        mixed(recipe)


def test_a_paste_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    mixed(cathode_recipe(), SlurryMeasured(yield_stress="900 Pa"))
    assert not caplog.text
    mixed(cathode_recipe(), SlurryMeasured(yield_stress="1.2 kPa"))
    assert "1.2 kPa makes a paste" in caplog.text


@pytest.mark.parametrize("part", ["active", "additive", "binder", "solvent"])
def test_a_mixer_that_gains_or_loses_mass_is_refused(part: str) -> None:
    slurry, name = mixed(cathode_recipe()), f"{part}_mass_fraction"
    wrong = replace(slurry, **{name: 1.001 * getattr(slurry, name)})
    with pytest.raises(HandoverError, match=f"does not conserve {part}"):
        check_balances(mix, {"powder": powder(), "formulation": cathode_recipe()}, wrong)


def test_fit_outside_the_table_is_refused() -> None:
    with pytest.raises(ValidationError, match="must lie inside"):
        SlurryClosure(rate_high="500 1/s")
