"""The factory stage: contract, balances, signs."""

from dataclasses import replace

import numpy as np
import pytest
from recipes import serial

from multiscale.errors import HandoverError
from multiscale.records import CellPerformance, DryCoating, Electrode, FactoryFigures, Formulation
from multiscale.stages.factory import PerStep, account, web_steps

KWH = 3.6e6


def formulation(solids=0.69, solvent="NMP") -> Formulation:
    return Formulation(
        solvent=solvent,
        binders="PVDF",
        additive="carbon black",
        solids_mass_fraction=solids,
        active_mass_fraction=0.96,
        additive_mass_fraction=0.02,
        binder_mass_fraction=np.array([0.02]),
        additive_density=1900.0,
        binder_density=np.array([1780.0]),
        solvent_density=1028.0,
    )


def computed(record):
    return dict.fromkeys((n for n, p in record.ports().items() if p.computed), 0.0)


def dry_coating(loading=0.2, solids=0.69, **change) -> DryCoating:
    """Latent heat of NMP as in the reference numbers: 550 kJ/kg."""
    evaporated = loading * (1 - solids) / solids - change.get("solvent_mass", 0.0)
    values = dict(
        thickness=9e-5 * loading / 0.2,
        porosity=0.5,
        active_mass=0.96 * loading,
        additive_mass=0.02 * loading,
        binder_mass=np.array([0.02 * loading]),
        solvent_mass=0.0,
        evaporated_mass=evaporated,
        residual_solvent=0.0,
        z=np.array([0.25, 0.75]),
        binder=np.array([[0.9, 1.1]]),
        binder_ratio=np.array([1.2]),
        binder_mobile=np.array([0.3]),
        binder_gelled=np.array([0.2]),
        binder_adsorbed=np.array([0.0]),
        gel_point=np.array([35.0]),
        adhesion=15.0,
        binder_setting=np.array([40.0]),
        binder_spread=np.full((1, 2), 1e-10),
        dispersion_length=5e-6,
        time=np.array([0.0, 60.0]),
        height=np.array([2e-4, 9e-5]),
        film_temperature=np.array([298.0, 350.0]),
        solvent_history=np.array([0.09, 0.0]),
        evaporation_rate=np.array([1e-3, 0.0]),
        shrinkage_end=30.0,
        solid_fraction=np.full(2, 0.5),
        cut_off=40.0,
        film_tension=np.array([0.0, 2e4]),
        crack_margin=60.0,
        solids_peclet=5e-4,
        settling_number=1.8,
        yield_number=3.4,
        yield_limit=0.1,
        moment=np.array([0.0, 60.0]),
        solids_course=np.full((2, 2), 0.5),
        saturation_course=np.array([[1.0, 1.0], [0.0, 0.0]]),
        binder_course=np.ones((1, 2, 2)),
        regime="uniform",
        drying_time=50.0,
        drying_rate=1.8e-3,
        residence_time=60.0,
        zone_end=np.array([60.0]),
        air_temperature=np.array([360.0]),
        heat_in=evaporated * 550e3 + 1e4,
        heat_latent=evaporated * 550e3,
        heat_sensible=1e4,
        exhaust_air=60 * evaporated,
        exhaust_heat=60 * evaporated * 6e4,
        web_speed=0.5,
        width=0.6,
        foil="Al",
        foil_thickness=15e-6,
    )
    return DryCoating(**(values | change), error=computed(DryCoating))


def electrode(coating: DryCoating, **change) -> Electrode:
    values = dict(
        thickness=6.4e-5,
        porosity=0.3,
        density=3100.0,
        active_mass=coating.active_mass,
        additive_mass=coating.additive_mass,
        binder_mass=coating.binder_mass,
        solvent_mass=coating.solvent_mass,
        elongation=1.0,
        z=coating.z,
        binder=coating.binder,
        line_load=5e5,
        gap=1.2e-4,
        set_gap=-3e-5,
        peak_pressure=1.6e8,
        springback=0.07,
        roll_flattening=1.09,
        nip_length=4e-3,
        roll_work=1200.0,
        nip_thickness=np.array([9e-5, 6e-5, 6.3e-5]),
        nip_pressure=np.array([0.0, 1.6e8, 0.0]),
        roll_temperature=333.0,
        web_speed=0.5,
        width=0.6,
        foil="Al",
        foil_thickness=15e-6,
    )
    return Electrode(**(values | change), error=computed(Electrode))


def cell(loading=0.2, scale=1.0, energy_error=0.0) -> CellPerformance:
    """175 mAh/g usable at 3.65 V, falling with the rate."""
    capacity = 0.96 * loading * 175 * 3600
    rate = np.array([0.1, 1 / 3, 1.0, 2.0])
    share = np.array([1.0, 0.98, 0.94, 0.85])
    return CellPerformance(
        c_rate=rate,
        nominal_capacity=capacity,
        half_capacity=capacity * share,
        half_energy=3.75 * capacity * share,
        capacity=capacity * share,
        energy=3.65 * capacity * share * scale,
        depth=np.array([0.0, 1.0]),
        half_voltage=np.ones((4, 2)),
        voltage=np.ones((4, 2)),
        counter_ratio=1.1,
        capacity_error=np.zeros(4),
        energy_error=energy_error * rate,
        salt_low=np.full(4, 900.0),
        salt_high=np.full(4, 1100.0),
        active_mass=0.96 * loading,
        volume_closure=0.0,
        bpx="{}",
        error=computed(CellPerformance),
    )


def run(
    options=None, *, loading=0.2, solids=0.69, solvent="NMP", performance=None, web=None, **change
) -> FactoryFigures:
    coating = dry_coating(loading, solids, **change)
    return account.call(
        formulation(solids, solvent),
        coating,
        electrode(coating, **(web or {})),
        performance or cell(loading),
        options or PerStep(),
        serial(),
    )


def row(figures, field, step):
    return getattr(figures, field)[figures.steps.split(",").index(step)]


def test_default_lies_within_published_plants():
    """20 to 55 kWh/kWh, 3 to 12 kg/kWh, 70 to 200 EUR/kWh."""
    figures = run()
    assert 15 < figures.total_energy < 55
    assert 3 < figures.total_co2 * KWH < 12
    assert 70 < figures.total_cost * KWH < 200
    assert 0.85 < figures.total_yield < 0.95


def test_row_5_masses_close_in_every_step_and_from_step_to_step():
    stretch = 1.01
    coating = dry_coating(solvent_mass=2e-4)
    shrunk = {
        name: getattr(coating, name) / stretch
        for name in ("active_mass", "additive_mass", "binder_mass", "solvent_mass")
    }
    web = {"elongation": stretch, **shrunk}
    figures = run(solvent_mass=2e-4, web=web)
    left = figures.mass_out + figures.scrap + figures.emission
    np.testing.assert_allclose(left, figures.mass_in, rtol=1e-10)
    came = np.concatenate(([0.0], figures.mass_out[:-1])) + figures.added
    np.testing.assert_allclose(figures.mass_in, came, rtol=1e-12)
    assert figures.added.sum() == pytest.approx(
        figures.mass_out[-1] + figures.scrap.sum() + figures.emission.sum(), rel=1e-12
    )
    assert row(figures, "emission", "vacuum drying") > 0
    (balance,) = account.conserves
    made = balance.before({"electrode": electrode(coating, **web)})
    assert made == pytest.approx(0.2 / stretch + 2700 * 7.5e-6, rel=1e-3)
    assert balance.after(figures) == pytest.approx(made, rel=1e-12)


def test_masses_that_do_not_close_are_refused():
    figures = run()
    with pytest.raises(HandoverError, match="do not close: in - out"):
        replace(figures, scrap=figures.scrap + 1e-12)
    with pytest.raises(HandoverError, match="before the factory's step 'coating'"):
        replace(figures, added=figures.added * (1 - 0.01 * (np.arange(9) == 1)))


def test_a_dryer_that_lost_solvent_is_refused():
    """The slurry is weighed by the recipe, the vapour by the dryer."""
    with pytest.raises(HandoverError, match=r"before the factory's step 'mixing'.*solvent"):
        run(evaporated_mass=0.99 * dry_coating().evaporated_mass)


def test_a_step_that_loses_mass_breaks_the_balance(monkeypatch):
    """A web that is pressed lighter, scrap and vapour booked as before."""
    pressed = web_steps.calendering

    def light(*args):
        step = pressed(*args)
        return replace(step, mass_out=0.99 * step.mass_out)

    monkeypatch.setattr(web_steps, "calendering", light)
    with pytest.raises(HandoverError, match="do not close"):
        run()


def test_an_electrode_that_weighs_less_breaks_the_balance():
    figures, coating = run(), dry_coating()
    (balance,) = account.conserves
    lighter = electrode(coating, active_mass=0.99 * coating.active_mass)
    assert balance.after(figures) / balance.before({"electrode": lighter}) > 1.008


def test_the_cell_energys_error_reaches_the_totals():
    """All but formation goes with 1/E, so that relative errors are nearly the energy's."""
    figures = run(performance=cell(energy_error=6000.0))
    relative = 2000.0 / figures.cell_energy
    assert figures.error["cell_energy"] == pytest.approx(2000.0, rel=1e-12)
    assert figures.error["total_energy"] / figures.total_energy == pytest.approx(relative, rel=0.02)
    assert figures.error["total_co2"] / figures.total_co2 == pytest.approx(relative, rel=0.02)
    assert 0.7 < figures.error["total_cost"] / figures.total_cost / relative < 1
    hopeless = run(performance=cell(energy_error=1e9))
    assert hopeless.error["total_energy"] > 4 * hopeless.total_energy


def test_a_bought_electrode_is_paid_once():
    """Its price holds the energy of its making, which counts as energy and CO2 only."""
    plain = run()
    costly = run(PerStep(counter_electrode={"electricity": "10 W*h/Ah"}))
    assert costly.total_cost == plain.total_cost
    assert costly.total_energy > plain.total_energy
    assert costly.total_co2 > plain.total_co2
    assert row(plain, "conversion_cost", "counter electrode") == 0


def test_the_cell_sizes_the_counter_electrode():
    larger = run(performance=replace(cell(), counter_ratio=1.32))
    assert row(larger, "added", "counter electrode") == pytest.approx(
        1.2 * row(run(), "added", "counter electrode"), rel=1e-12
    )


def test_modelled_shares_are_those_of_heat_work_and_web_steps():
    figures = run()
    idle = run(
        heat_in=0.0, exhaust_heat=0.0, heat_latent=0.0, web={"roll_work": 0.0}
    )  # only what the models give is gone
    assert figures.modelled_energy_share == pytest.approx(
        1 - idle.total_energy / figures.total_energy, rel=1e-9
    )
    assert idle.modelled_energy_share == 0
    cost = (figures.material_cost + figures.conversion_cost)[:6].sum()
    assert figures.modelled_cost_share == pytest.approx(cost / figures.total_cost, rel=1e-12)


@pytest.mark.parametrize(
    ("better", "field"),
    [
        ({"solids": 0.75}, "total_energy"),
        ({"exhaust_heat": 0.0}, "total_energy"),
        ({"loading": 0.25}, "total_cost"),
        ({"web_speed": 1.0, "residence_time": 30.0}, "total_cost"),
        ({"residence_time": 40.0}, "total_cost"),
        ({"performance": cell(scale=1.1)}, "total_cost"),
        ({"web": {"roll_work": 600.0}}, "total_energy"),
        ({"web": {"web_speed": 1.0}}, "total_cost"),
        ({"options": PerStep(assembly={"good": 0.99})}, "total_cost"),
        ({"options": PerStep(coating={"good": 0.99})}, "total_energy"),
        ({"options": PerStep(drying={"heat_recovery": 0.8})}, "total_energy"),
        ({"options": PerStep(annual_output="40 GWh/year")}, "total_cost"),
        ({"options": PerStep(c_rate="0.1 1/h")}, "total_cost"),
        ({"options": PerStep(heat_co2="0.05 kg/(kW*h)")}, "total_co2"),
        ({"options": PerStep(interest=0.03)}, "total_cost"),
    ],
)
def test_row_10_figures_answer_the_settings(better, field):
    assert getattr(run(**better), field) < getattr(run(), field) * (1 - 1e-4)


def test_row_10_a_faster_web_needs_less_capital():
    slow, fast = run(), run(web_speed=1.0)
    assert row(fast, "investment", "coating") < row(slow, "investment", "coating")


def test_row_10_loading_pays_only_until_the_rate_costs_more():
    thick = replace(cell(0.25), energy=cell(0.25).energy * 0.6)
    assert run(loading=0.25, performance=thick).total_cost > run().total_cost


def test_row_11_half_the_cell_energy_doubles_what_is_paid_per_area():
    """Formation is paid per charge and stays; capital is made proportional for the test."""
    steps = (
        "mixing",
        "coating",
        "drying",
        "calendering",
        "slitting",
        "vacuum_drying",
        "assembly",
        "formation",
    )
    linear = PerStep(**{s: {"capital_exponent": 1, "labour_exponent": 1} for s in steps})
    whole = cell()
    half = replace(whole, energy=whole.energy * np.array([1, 0.5, 0.5, 0.5]))
    one, two = run(linear), run(linear, performance=half)
    for field in ("mass_in", "scrap", "electricity", "heat", "material_cost", "conversion_cost"):
        np.testing.assert_allclose(getattr(two, field), 2 * getattr(one, field), rtol=1e-12)


def test_water_is_neither_recovered_nor_paid():
    nmp, water = run(), run(solvent="water")
    assert row(water, "electricity", "drying") < row(nmp, "electricity", "drying")
    assert row(water, "heat", "drying") < row(nmp, "heat", "drying")
    assert row(water, "material_cost", "mixing") < row(nmp, "material_cost", "mixing")


def test_recovered_solvent_is_not_bought_again():
    without, with_it = run(PerStep(drying={"solvent_recovery": 0})), run()
    saved = row(without, "material_cost", "mixing") - row(with_it, "material_cost", "mixing")
    evaporated = dry_coating().evaporated_mass / dry_coating().active_mass * 0.96
    slurry = row(with_it, "mass_in", "mixing") * evaporated / (1 + evaporated)
    assert saved == pytest.approx(3.0 * 0.98 * slurry, rel=1e-12)


def test_a_rate_outside_the_cells_is_refused():
    with pytest.raises(HandoverError, match=r"change factory.c_rate"):
        run(PerStep(c_rate="5 1/h"))
    with pytest.raises(HandoverError, match="delivers no energy"):
        run(performance=cell(scale=0.0))
