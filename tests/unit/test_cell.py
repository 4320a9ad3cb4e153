"""The cell stage: its contract, what it keeps, and how it refuses."""

import json
import logging
import warnings
from dataclasses import replace
from functools import cache

import cell_case
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from multiscale.materials.electrochemistry import (
    INTERCALATION,
    open_circuit_potential,
    specific_capacity,
)
from multiscale.materials.electrolyte import (
    LIPF6_EC_EMC,
    conductivity,
    diffusivity,
    thermodynamic_factor,
)
from multiscale.records import CellPerformance
from multiscale.stages.cell import CITATIONS, DFN, discharge
from multiscale.stages.cell import cells as cells_module
from multiscale.stages.cell.balancing import nominal_capacity
from multiscale.stages.cell.cells import (
    counter_electrode,
    electrode_under_study,
    full_cell,
    parameters_of,
)
from multiscale.stages.cell.dfn import mesh_layers, simulation
from multiscale.stages.cell.layers import Layers, closure, layers_of, mean, on_mesh
from multiscale.stages.cell.parameters import load_pybamm
from multiscale.units import SI

RATES = (0.1, 1.0, 3.0)


@cache
def performance(material: str = "NMC622", **profiles: float) -> CellPerformance:
    options = DFN(points=16, c_rates=RATES)
    return discharge.call(*cell_case.inputs(material, **profiles), options, cell_case.context())


# ------------------------------------------------------------------------------------- results


def test_slow_capacity_is_nominal_and_follows_the_mass() -> None:
    result = performance()
    material, mass = INTERCALATION["NMC622"], cell_case.electrode().active_mass
    assert result.nominal_capacity == pytest.approx(mass * specific_capacity(material), rel=1e-12)
    assert result.half_capacity[0] == pytest.approx(result.nominal_capacity, rel=0.01)
    # the full cell lacks what formation took
    assert 0.9 < result.capacity[0] / result.nominal_capacity < 0.95


def test_capacity_and_voltage_fall_with_the_rate() -> None:
    result = performance()
    for capacity, voltage in (
        (result.half_capacity, result.half_voltage),
        (result.capacity, result.voltage),
    ):
        assert (np.diff(capacity) < 0).all()
        assert (np.diff(voltage[:, 0]) < 0).all()
        assert (np.diff(voltage, axis=1) < 1e-6).all()
    np.testing.assert_allclose(result.voltage[:, -1], 2.8, atol=1e-3)
    np.testing.assert_allclose(result.half_voltage[:, -1], 3.0, atol=1e-3)


def test_energy_is_the_area_under_the_voltage() -> None:
    result = performance()
    under = np.trapezoid(result.voltage, result.depth, axis=1) * result.capacity
    np.testing.assert_allclose(result.energy, under, rtol=5e-3)


def test_mass_volume_and_stated_errors() -> None:
    result = performance(gradient=0.2)
    before = {"electrode": cell_case.electrode()}
    for balance in discharge.conserves:
        assert balance.after(result) == pytest.approx(balance.before(before), rel=balance.tolerance)
    assert result.volume_closure < 1e-12
    assert 0 < result.error["capacity"] < 0.1 * result.nominal_capacity
    assert 0 < result.error["voltage"] < 0.2


def test_mass_that_the_hand_over_adds_breaks_the_balance(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mass is read off PyBaMM's own cells: 1 % more in the layers cannot pass."""

    def heavy(*given_: object) -> Layers:
        layers = layers_of(*given_)
        return replace(
            layers, active=1.01 * layers.active, inactive=layers.inactive - 0.01 * layers.active
        )

    monkeypatch.setattr(cells_module, "layers_of", heavy)
    options = DFN(points=8, c_rates=(0.5,))
    result = discharge.call(*cell_case.inputs(), options, cell_case.context())
    (balance,) = discharge.conserves
    before = balance.before({"electrode": cell_case.electrode()})
    assert balance.after(result) / before == pytest.approx(1.01, rel=1e-9)


def test_salt_is_kept_and_leaving_the_measured_range_is_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING, "multiscale"):
        options = DFN(points=8, c_rates=(0.1, 3.0))
        result = discharge.call(*cell_case.inputs(), options, cell_case.context())
    low, high = LIPF6_EC_EMC.measured
    assert low < result.salt_low[0] < 1000 < result.salt_high[0] < high
    assert result.salt_low[1] < low
    assert result.salt_high[1] > high
    assert "full cell: salt between 0.00 and" in caplog.text
    assert "at 3 C" in caplog.text


def test_tortuosity_alone_changes_the_voltage() -> None:
    """At fixed porosity; a model that overwrote tau by a function of porosity would not notice."""
    easy, winding = performance(tau=2.0), performance(tau=5.0)
    assert winding.capacity[2] < 0.9 * easy.capacity[2]
    assert winding.half_voltage[1, 50] < easy.half_voltage[1, 50] - 0.01
    assert winding.capacity[0] == pytest.approx(easy.capacity[0], rel=0.005)


def test_gradient_matters_at_high_rate_only_and_the_right_way() -> None:
    """Denser at the separator is worse."""
    loose, dense = performance(gradient=-0.2), performance(gradient=0.2)
    assert abs(dense.half_energy[0] / loose.half_energy[0] - 1) < 1e-3
    assert dense.half_energy[2] < 0.997 * loose.half_energy[2]


def test_less_free_surface_costs_voltage() -> None:
    assert performance(share=0.2).half_voltage[1, 50] < performance(share=0.8).half_voltage[1, 50]


def test_graphite_meets_nmc622() -> None:
    result = performance("graphite")
    assert 0.8 < result.capacity[0] / result.nominal_capacity < 0.95  # 0.92 / 1.1 of its own
    assert 3.5 < result.voltage[0, 50] < 3.8
    assert result.half_voltage[0, 50] < 0.15
    parameters = json.loads(result.bpx)["Parameterisation"]
    assert (
        parameters["Negative electrode"]["Thickness [m]"]
        == cell_case.electrode("graphite").thickness
    )


def test_the_coarsest_mesh_runs() -> None:
    options = DFN(points=6, c_rates=(1.0,))
    assert options.probe().points == 6
    assert discharge.call(*cell_case.inputs(), options, cell_case.context()).capacity[0] > 0
    with pytest.raises(ValidationError):
        DFN(points=5)


def test_repetition_is_bitwise() -> None:
    options = DFN(points=8, c_rates=(1.0,))
    twice = [discharge.call(*cell_case.inputs(), options, cell_case.context()) for _ in range(2)]
    assert twice[0].digest() == twice[1].digest()


@pytest.mark.mpi(2)
def test_ranks_agree() -> None:
    ctx = cell_case.context()
    result = discharge.call(*cell_case.inputs(), DFN(points=8, c_rates=(1.0,)), ctx)
    assert len(set(ctx.comm.allgather(result.digest()))) == 1


def test_a_cell_that_cannot_carry_the_rate_delivers_nothing() -> None:
    options = DFN(points=8, c_rates=(0.1, 50.0), contact_resistance=SI(0.05))
    result = discharge.call(*cell_case.inputs(), options, cell_case.context())
    assert result.capacity[1] == result.energy[1] == 0
    assert (result.voltage[1] == 2.8).all()
    assert result.capacity[0] > 0


def test_resistance_at_the_foil_lowers_the_capacity_at_high_rate() -> None:
    """What the transport stage found and the option add up; low rates hardly notice."""
    *others, effective = cell_case.inputs()
    options = DFN(points=8, c_rates=(0.1, 2.0))
    capacities = [
        discharge.call(
            *others, replace(effective, foil_resistance=r), o, cell_case.context()
        ).capacity
        for r, o in (
            (0.0, options),
            (2e-3, options),
            (4e-3, options),
            (1e-3, options.model_copy(update={"contact_resistance": 3e-3})),
        )
    ]
    free, some, more, both = capacities
    assert free[1] > 1.02 * some[1] > 1.02**2 * more[1]
    assert more[0] == pytest.approx(free[0], rel=0.02)
    assert both == pytest.approx(more, rel=1e-6)


# ----------------------------------------------------------------------------------- electrolyte


def test_electrolyte_is_nyman_inside_the_range_and_held_above() -> None:
    inside, above = np.linspace(300, 1400, 23), np.linspace(2200, 5000, 30)
    m = inside / 1000
    np.testing.assert_allclose(
        conductivity(LIPF6_EC_EMC, inside), 0.1297 * m**3 - 2.51 * m**1.5 + 3.329 * m, rtol=1e-8
    )
    np.testing.assert_allclose(
        diffusivity(LIPF6_EC_EMC, inside), 8.794e-11 * m**2 - 3.972e-10 * m + 4.862e-10, rtol=1e-8
    )
    every = np.linspace(1, 5000, 500)
    assert (np.diff(diffusivity(LIPF6_EC_EMC, every)) < 1e-20).all()
    for what, at_2_molar in ((conductivity, 0.5962), (diffusivity, 4.356e-11)):
        np.testing.assert_allclose(what(LIPF6_EC_EMC, above), at_2_molar, rtol=1e-3)


def test_thermodynamic_factor_is_landesfeinds() -> None:
    """As PyBaMM's set ORegan2022 holds it, at 298.15 K."""
    published = load_pybamm().ParameterValues("ORegan2022")["Thermodynamic factor"]
    inside = np.linspace(300, 1400, 12)
    np.testing.assert_allclose(
        thermodynamic_factor(LIPF6_EC_EMC, inside), published(inside, 298.15), rtol=2e-4
    )
    held = thermodynamic_factor(LIPF6_EC_EMC, np.array([0.0, 100.0, 3000.0]))
    np.testing.assert_allclose(held, published(np.array([200.0, 200.0, 2000.0]), 298.15), rtol=1e-3)


# ------------------------------------------------------------------------------- BPX and balance


def test_document_is_valid_bpx_and_runs_on_its_own() -> None:
    """bpx reads it, and PyBaMM's plain DFN discharges it like ours where nothing is graded."""
    import bpx

    result, pybamm = performance(), load_pybamm()
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="The m(aximum|inimum) voltage computed")
        document = bpx.parse_bpx_str(result.bpx)
    assert document.header.bpx == "1.1.0"
    parameters = pybamm.ParameterValues.create_from_bpx_obj(json.loads(result.bpx))
    factor = parameters["Electrolyte thermodynamic factor"]  # PyBaMM's importer leaves 1
    parameters["Thermodynamic factor"] = lambda c, temperature: factor(c)
    model = pybamm.Simulation(pybamm.lithium_ion.DFN(), parameter_values=parameters)
    solution = model.solve([0, 4000])
    assert "voltage" in solution.termination
    assert float(solution["Discharge capacity [A.h]"].entries[-1]) * 3600 == pytest.approx(
        result.capacity[1], rel=0.01
    )


def test_tables_hold_the_profiles() -> None:
    text = performance(gradient=0.2).bpx
    table = json.loads(text)["Parameterisation"]["User-defined"]
    given_ = cell_case.effective(gradient=0.2)
    np.testing.assert_allclose(
        table["Positive electrode porosity profile"]["y"], given_.porosity_profile
    )
    held = np.mean(table["Positive electrode active material volume fraction profile"]["y"])
    density = table["Positive electrode active material density [kg.m-3]"]
    made = cell_case.electrode()
    assert density * held * made.thickness == pytest.approx(made.active_mass, rel=1e-12)


def test_balance_of_the_full_cell() -> None:
    study, options = electrode_under_study(*cell_case.inputs()), DFN()
    other = counter_electrode(study, options)
    assert nominal_capacity(other) == pytest.approx(1.1 * nominal_capacity(study), rel=1e-12)
    assert full_cell(study, options).counter_ratio == pytest.approx(1.1, rel=1e-12)
    anode = electrode_under_study(*cell_case.inputs("graphite"))
    assert full_cell(anode, options).counter_ratio == pytest.approx(1 / 1.1, rel=1e-12)
    data = full_cell(study, options).document["Parameterisation"]
    (n, p), cell = (data[f"{s} electrode"] for s in ("Negative", "Positive")), data["Cell"]
    rest = {
        end: float(
            open_circuit_potential(study.material, p[f"{at} stoichiometry"])
            - open_circuit_potential(other.material, n[f"{to} stoichiometry"])
        )
        for end, at, to in (("Upper", "Minimum", "Maximum"), ("Lower", "Maximum", "Minimum"))
    }
    for end, voltage in rest.items():
        assert voltage == pytest.approx(cell[f"{end} voltage cut-off [V]"], abs=1e-6)


def test_profiles_stand_the_right_way_round() -> None:
    """z = 0 is the collector: PyBaMM's positive electrode starts at the separator, its negative one
    at the collector."""
    for material, step in (("NMC622", -1), ("graphite", 1)):
        study, options = (
            electrode_under_study(*cell_case.inputs(material, gradient=0.2)),
            DFN(points=20),
        )
        cell = full_cell(study, options)
        model = simulation(parameters_of(cell, 20, options), 20, 1e-6, half=False)
        seen = mesh_layers(model, study.material.role, study.layers)
        np.testing.assert_allclose(seen.active[::step], study.layers.active, rtol=1e-12)


@given(st.lists(st.floats(0.01, 0.99), min_size=1, max_size=12, unique=True), st.integers(2, 50))
def test_averaging_keeps_volume_and_resistance(cuts: list[float], n: int) -> None:
    edges = np.concatenate(([0.0], np.sort(cuts), [1.0]))
    value = np.random.default_rng(n).uniform(0.1, 0.4, edges.size - 1)
    layers = Layers(edges, value, value, 1 - 2 * value, value, value, value)
    for flipped in (False, True):
        averaged = on_mesh(layers, n, from_separator=flipped)
        assert mean(averaged, averaged.active) == pytest.approx(mean(layers, value), rel=1e-12)
        assert mean(averaged, 1 / averaged.efficiency) == pytest.approx(
            mean(layers, 1 / value), rel=1e-12
        )
        assert closure(averaged) < 1e-12


def test_probe_is_coarser_and_keeps_the_physics() -> None:
    options = DFN()
    probe = options.probe()
    assert (probe.points, probe.c_rates) == (20, (0.1, 1.0, 5.0))
    assert probe.model_dump(exclude={"points", "c_rates"}) == options.model_dump(
        exclude={"points", "c_rates"}
    )


@pytest.mark.parametrize("name", INTERCALATION)
def test_potential_falls_with_lithiation(name: str) -> None:
    material = INTERCALATION[name]
    low, high = material.lithiation
    assert (np.diff(open_circuit_potential(material, np.linspace(low, high, 500))) < 0).all()


def test_nmc622_fit_stays_close_to_the_table() -> None:
    """Kremer 2020 as tabulated in 4C: x, V."""
    table = np.array(
        [
            [0.3, 4.4762],
            [0.40606, 4.20094],
            [0.50505, 4.00081],
            [0.60404, 3.85180],
            [0.70303, 3.75027],
            [0.80202, 3.69298],
            [0.90101, 3.67710],
            [0.97172, 3.65686],
            [0.99293, 3.20966],
        ]
    )
    near = open_circuit_potential(INTERCALATION["NMC622"], table[:, 0]) - table[:, 1]
    assert np.abs(near[:-1]).max() < 0.011
    assert abs(near[-1]) < 0.018
    low, high = (
        float(open_circuit_potential(INTERCALATION["NMC622"], x))
        for x in INTERCALATION["NMC622"].lithiation
    )
    assert (low, high) == (pytest.approx(4.3, abs=1e-3), pytest.approx(3.0, abs=0.01))


def test_citations_name_a_source() -> None:
    assert all("doi:10." in entry for entry in CITATIONS)
