"""The calendering stage: contract, options, errors, conservation."""

from dataclasses import replace
from importlib import import_module

from mpi4py import MPI

import numpy as np
import pytest
from recipes import cathode_recipe, serial
from scipy.integrate import simpson

from multiscale.coupling.chain import check_balances
from multiscale.coupling.context import Context
from multiscale.errors import HandoverError, StageFailed
from multiscale.records import DryCoating, Powder
from multiscale.stages.calendering import LineLoad, calender

stage = import_module("multiscale.stages.calendering.stage")


def powder() -> Powder:
    return Powder("NMC622", 4750.0, np.array([1e-5]), np.array([1.0]))


def dry_coating(loading=0.2, porosity=0.5, **change) -> DryCoating:
    solid = loading * (0.96 / 4750 + 0.02 / 1900 + 0.02 / 1780)
    values = (
        dict(
            thickness=solid / (1 - porosity),
            porosity=porosity,
            active_mass=0.96 * loading,
            additive_mass=0.02 * loading,
            binder_mass=np.array([0.02 * loading]),
            solvent_mass=1e-5,
            evaporated_mass=0.09,
            residual_solvent=5e-5,
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
            heat_in=6e4,
            heat_latent=5e4,
            heat_sensible=1e4,
            exhaust_air=1.0,
            exhaust_heat=1e5,
            web_speed=0.1,
            width=0.3,
            foil="aluminium",
            foil_thickness=15e-6,
        )
        | change
    )
    computed = [name for name, port in DryCoating.ports().items() if port.computed]
    return DryCoating(**values, error=dict.fromkeys(computed, 0.0))


def run(coating=None, **options):
    return calender.call(
        powder(), cathode_recipe(), coating or dry_coating(), LineLoad(**options), serial()
    )


def test_default_presses_half_pores_to_a_usual_cathode():
    electrode = run()
    assert 0.28 < electrode.porosity < 0.33
    assert electrode.line_load == pytest.approx(500e3, rel=1e-10)
    assert 0.02 < electrode.springback < 0.10
    assert all(
        electrode.error[name] <= 1e-9 * np.max(np.abs(getattr(electrode, name)))
        for name in electrode.error
    )


@pytest.mark.parametrize(
    "options", [{}, {"elongation": 1.01}, {"coated_sides": 1}, {"passes": 3}, {"gap": "-50 um"}]
)
def test_balances_close(options):
    """Case 3: h rho_c = m_A/lambda."""
    coating = dry_coating()
    inputs = {"powder": powder(), "formulation": cathode_recipe(), "coating": coating}
    electrode = run(coating, **options)
    for balance in calender.conserves:
        assert balance.after(electrode) == pytest.approx(balance.before(inputs), rel=1e-12), (
            balance.quantity
        )


@pytest.mark.parametrize(
    ("field", "quantity"),
    [
        ("thickness", "solid volume"),
        ("porosity", "solid volume"),
        ("density", "dry coating mass"),
        ("active_mass", "active mass"),
        ("additive_mass", "additive mass"),
        ("binder_mass", "binder mass"),
        ("elongation", "solid volume"),
    ],
)
def test_a_tampered_electrode_is_refused(field, quantity):
    coating = dry_coating()
    inputs = {"powder": powder(), "formulation": cathode_recipe(), "coating": coating}
    electrode = run(coating)
    assert check_balances(calender, inputs, electrode)
    false = replace(electrode, **{field: 1.0001 * getattr(electrode, field)})
    with pytest.raises(HandoverError, match=f"does not conserve.*{quantity}"):
        check_balances(calender, inputs, false)


@pytest.mark.parametrize("fault", ["coated_sides", "elongation"])
def test_mechanics_that_lose_solid_are_refused(fault, monkeypatch):
    """One side pressed as if it were two, or a web that stretches without thinning."""
    coating = dry_coating()
    inputs = {"powder": powder(), "formulation": cathode_recipe(), "coating": coating}
    good = stage.calendered
    share = {"coated_sides": 0.5, "elongation": 1.01}[fault]
    monkeypatch.setattr(
        stage, "calendered", lambda solid, *rest: good(share * solid, *rest), raising=True
    )
    with pytest.raises(HandoverError, match=r"does not conserve solid volume.*dry coating mass"):
        check_balances(calender, inputs, run(coating, elongation=1.01))


def test_porosity_of_the_mechanics_is_that_of_the_compaction_law():
    """From peak pressure alone, once all has recovered: another way than solid over thickness."""
    electrode = run(softening="0 1/K", rest_time="1e8 s")
    law = LineLoad()
    exponent = np.exp(-electrode.peak_pressure / law.sigma_c)
    expected = law.porosity_min + (0.5 - law.porosity_min) * exponent
    assert electrode.porosity == pytest.approx(expected, rel=1e-9)


def test_an_implausible_springback_is_warned_of(caplog):
    with caplog.at_level("WARNING", logger="multiscale"):
        run()
        assert not caplog.text
        electrode = run(unloading_modulus="1 GPa")
    assert electrode.springback > 0.15
    assert "springs back by" in caplog.text


def test_elongation_thins_the_areal_mass():
    electrode = run(elongation=1.01)
    assert electrode.active_mass == pytest.approx(0.192 / 1.01, rel=1e-12)
    assert electrode.density * electrode.thickness == pytest.approx(0.2 / 1.01, rel=1e-12)


def nip_positions(electrode):
    """x along the web from H = H_g + x^2/R', entry negative; the index of the plane of the axes."""
    above = electrode.coated_sides * electrode.nip_thickness - electrode.gap
    axes = int(np.argmin(above))
    x = np.sqrt(electrode.roll_flattening * LineLoad().roll_radius * np.maximum(above, 0))
    return np.r_[-x[:axes], x[axes:]], axes


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"coated_sides": 1},
        {"gap": "-50 um"},
        {"sigma_c": "5 MPa"},
        {"elongation": 1.01, "rest_time": "0 s"},
    ],
)
def test_pressure_along_the_nip_adds_up_to_the_line_load(options):
    """Simpson's rule on each arc; the exit's parabola it takes exactly."""
    electrode = run(**options)
    x, axes = nip_positions(electrode)
    load, coarse = (
        simpson(p[: axes + 1 : n], x=x[: axes + 1 : n]) + simpson(p[axes::n], x=x[axes::n])
        for p, n in ((electrode.nip_pressure, 1), (electrode.nip_pressure, 2))
    )
    assert abs(load - electrode.line_load) <= abs(load - coarse) + 1e-9 * load
    assert abs(load - coarse) < 1e-2 * load


def test_nip_runs_from_entry_over_the_gap_to_release():
    electrode = run(rest_time="0 s")
    x, axes = nip_positions(electrode)
    thickness, pressure = electrode.nip_thickness, electrode.nip_pressure
    assert thickness[0] == pytest.approx(dry_coating().thickness, rel=1e-12)
    assert -x[0] == pytest.approx(electrode.nip_length, rel=1e-9)
    assert thickness[axes] == pytest.approx(electrode.gap / 2, rel=1e-12)
    assert thickness[-1] == pytest.approx(electrode.thickness, rel=1e-12)
    assert pressure[[0, axes, -1]] == pytest.approx([0, electrode.peak_pressure, 0], abs=1e-3)
    assert (np.diff(pressure[: axes + 1]) > 0).all()
    assert (np.diff(pressure[axes:]) < 0).all()
    work = -np.trapezoid(pressure, thickness)
    assert work == pytest.approx(electrode.roll_work, rel=2e-3)


def test_second_pass_reloads_on_the_line_of_release():
    first, second = run(rest_time="0 s"), run(rest_time="0 s", passes=2)
    x, axes = nip_positions(second)
    assert second.nip_thickness[0] == pytest.approx(first.thickness, rel=1e-12)
    reload = second.nip_pressure[:axes] < first.peak_pressure
    line = np.interp(
        second.nip_thickness[:axes][reload],
        [first.gap / 2, first.thickness],
        [first.peak_pressure, 0],
    )
    assert second.nip_pressure[:axes][reload] == pytest.approx(line, abs=1e-6 * line.max())
    load = np.trapezoid(second.nip_pressure, x)
    assert load == pytest.approx(second.line_load, rel=2e-3)


def test_gap_control_returns_the_load():
    by_load = run(line_load="300 N/mm")
    by_gap = run(gap=f"{by_load.set_gap * 1e6!r} um")
    assert by_gap.line_load == pytest.approx(300e3, rel=1e-8)
    assert by_gap.porosity == pytest.approx(by_load.porosity, abs=1e-9)


@pytest.mark.parametrize(
    ("change", "sign"),
    [
        ({"line_load": "700 N/mm"}, -1),
        ({"passes": 2}, -1),
        ({"roll_temperature": "120 degC"}, -1),
        ({"web_temperature": "100 degC"}, -1),
        ({"roll_radius": "400 mm"}, 1),
        ({"rest_time": "0 s"}, -1),
        ({"sigma_c": "100 MPa"}, 1),
        ({"coated_sides": 1}, -1),
    ],
)
def test_porosity_answers_the_settings(change, sign):
    assert sign * (run(**change).porosity - run().porosity) > 1e-4


def test_a_higher_load_never_leaves_more_pores():
    loads = (1, 30, 100, 300, 500, 800, 1200, 1800)
    porosity = [run(line_load=f"{q} N/mm").porosity for q in loads]
    assert (np.diff(porosity) < 0).all()


def test_softer_graphite_preset_is_pressed_at_a_low_load():
    electrode = run(
        line_load="100 N/mm", sigma_c="40 MPa", porosity_min=0.2, unloading_modulus="600 MPa"
    )
    assert 0.28 < electrode.porosity < 0.40
    assert 0.05 < electrode.springback < 0.20


def test_load_and_gap_together_are_refused():
    with pytest.raises(ValueError, match="either line_load or gap"):
        LineLoad(line_load="500 N/mm", gap="50 um")
    with pytest.raises(ValueError, match="one time per share"):
        LineLoad(recovery_shares=(0.1,), recovery_times=())
    with pytest.raises(ValueError, match="passes is 0"):
        LineLoad(passes=0)


def test_foreseeable_failures_say_what_to_do():
    with pytest.raises(StageFailed, match="rolls do not touch"):
        run(gap="300 um")
    with pytest.raises(StageFailed, match="nothing to compact"):
        run(dry_coating(porosity=0.25))
    with pytest.raises(StageFailed, match="lower the load"):
        run(line_load="2000 N/mm", unloading_modulus="600 MPa")
    with pytest.raises(HandoverError, match="check the densities"):
        run(dry_coating(thickness=150e-6))


def test_the_same_input_gives_the_same_digest():
    assert run().digest() == run().digest()


@pytest.mark.mpi(2)
def test_every_rank_holds_the_serial_electrode():
    world = Context(comm=MPI.COMM_WORLD, control=MPI.COMM_WORLD.Dup())
    inputs = powder(), cathode_recipe(), dry_coating(), LineLoad()
    assert calender.call(*inputs, world).digest() == calender.call(*inputs, serial()).digest()
