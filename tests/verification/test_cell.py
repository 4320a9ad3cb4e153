"""The cell model against the reference table of PyBaMM 26.10 and against analytic limits.

Reference numbers: IDAKLU at 1e-8, 40 points per domain, Chen2020 as it comes, 5 A = 1C.
"""

from functools import cache
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from cell_references import (
    chen2020_at,
    exact_resistance,
    first_resistance,
    solved,
    studied,
)

from multiscale.materials.electrolyte import LIPF6_EC_EMC, diffusivity
from multiscale.stages.cell import DFN
from multiscale.stages.cell.balancing import nominal_capacity
from multiscale.stages.cell.cells import full_cell, half_cell
from multiscale.stages.cell.limits import (
    butler_volmer,
    charge_transfer_resistance,
    secondary_resistance,
    separator_concentration_drop,
    surface_lag,
)
from multiscale.units import SI


@pytest.mark.parametrize(
    ("rate", "points", "end", "capacity", "energy"),
    [
        (0.1, 40, 36579.2, 5.08044, 18.7513),
        (1, 20, 3555.502, 4.93820, 17.2950),
        (1, 40, 3555.315, 4.93794, 17.2917),
        (2, 40, 1703.10, 4.73083, 15.6706),
        (3, 40, 558.77, 2.32820, 7.5675),
    ],
)
def test_chen2020_capacity_and_energy(rate, points, end, capacity, energy) -> None:
    run, solution = chen2020_at(rate, points=points)
    assert solution.t[-1] == pytest.approx(end, rel=1e-4)
    assert run.capacity / 3600 == pytest.approx(capacity, rel=1e-4)
    assert run.energy / 3600 == pytest.approx(energy, rel=1e-3)


def test_chen2020_voltage_at_1c() -> None:
    _, solution = chen2020_at(1)
    time = np.array([60, 600, 1200, 1800, 2400, 3000, 3300])
    known = [3.94451, 3.81507, 3.66203, 3.51220, 3.39332, 3.22572, 3.00086]
    np.testing.assert_allclose(solution["Voltage [V]"](t=time), known, atol=5e-4)


@pytest.mark.parametrize(
    ("rate", "gradient", "closed", "capacity", "energy"),
    [
        (1, -0.2, True, 4.93703, 17.2758),
        (1, 0.2, True, 4.93846, 17.3011),
        (2, -0.2, True, 4.71419, 15.5707),
        (2, 0.2, True, 4.73685, 15.7142),
        (2, -0.2, False, 4.70365, 15.5182),
    ],
)
def test_graded_positive_electrode(rate, gradient, closed, capacity, energy) -> None:
    """The table of the graded electrode, with profiles through `grade`."""
    run, _ = chen2020_at(rate, gradient=gradient, closed=closed)
    assert run.capacity / 3600 == pytest.approx(capacity, rel=1e-3)
    assert run.energy / 3600 == pytest.approx(energy, rel=1e-3)


def test_energy_grows_with_the_gradient_and_not_at_low_rate() -> None:
    at_2c = [chen2020_at(2, gradient=g)[0].energy for g in (-0.2, 0.0, 0.2)]
    assert all(b > a for a, b in pairwise(at_2c))
    low, flat, high = (chen2020_at(0.1, gradient=g)[0].energy for g in (-0.2, 0.0, 0.2))
    assert abs(low / flat - 1) < 1e-4
    assert abs(high / flat - 1) < 1e-4


# ------------------------------------------------------------------ our own cells, analytic limits


@cache
def half_at_1c() -> SimpleNamespace:
    study, options = studied(), DFN(points=40)
    current = nominal_capacity(study) / 3600
    run, solution = solved(half_cell(study, options), current, options)
    return SimpleNamespace(
        study=study, run=run, solution=solution, current=current, options=options
    )


def test_secondary_current_distribution_formula() -> None:
    """Case 3: R (kappa + sigma) / L at nu = 1, 3, 10 for sigma = kappa, and sigma = 100 kappa."""

    def scaled(nu: float, ratio: float) -> float:
        return (1 + ratio) * secondary_resistance(1.0, 1.0, ratio, nu**2, 1 + 1 / ratio)

    assert scaled(1, 1) == pytest.approx(5.327907, abs=1e-6)
    assert scaled(3, 1) == pytest.approx(1.736528, abs=1e-6)
    assert scaled(10, 1) == pytest.approx(1.200018, abs=1e-6)
    assert scaled(1, 100) / 101 == pytest.approx(1.326916, abs=1e-6)


@pytest.mark.parametrize(("tau", "sigma"), [(3.0, 1.0), (6.0, 0.2)])
def test_first_instant_is_the_secondary_current_distribution(tau: float, sigma: float) -> None:
    """Case 3 on our cell: electrode (Newman-Tobias) + separator + lithium, to 1e-4 as h -> 0."""
    study, exact = studied(tau=tau, sigma=sigma), exact_resistance(tau, sigma)
    coarse, fine = (first_resistance(study, points) / exact - 1 for points in (40, 80))
    assert coarse / fine == pytest.approx(2, abs=0.1)  # PyBaMM's terminal voltage is of first order
    assert abs(2 * fine - coarse) < 1e-4


def test_separator_concentration_drop() -> None:
    """Case 4: the formula at 50 A/m2, and our half cell when the gradient stands."""
    assert separator_concentration_drop(50, 12e-6, 1.77e-10, 0.47**1.5, 0.2594) == pytest.approx(
        80.752, rel=1e-4
    )
    case = half_at_1c()
    t = 0.5 * case.solution.t[-1]
    salt = case.solution["Separator electrolyte concentration [mol.m-3]"]
    x0, length = 1e-4, case.options.separator_thickness
    ends = [float(salt(t=t, x=x0 + length * s)) for s in (0.1, 0.9)]
    flux = separator_concentration_drop(
        case.current, 0.8 * length, 1.0, 0.47 / case.options.separator_tortuosity, 0.2594
    )
    c = np.linspace(ends[1], ends[0], 201)
    assert np.trapezoid(diffusivity(LIPF6_EC_EMC, c), c) == pytest.approx(flux, rel=0.01)


def test_butler_volmer() -> None:
    """Case 7: currents for i0 = 1 A/m2, and the same law between our cell's own variables."""
    for eta, known in ((0.01, 0.391679), (0.05, 2.268055), (0.1, 6.858408)):
        assert butler_volmer(1.0, eta, 298.15) == pytest.approx(known, rel=1e-6)
    assert charge_transfer_resistance(1.0, 298.15) == pytest.approx(25.6926e-3, rel=1e-5)
    case = half_at_1c()
    read = {
        name: case.solution[f"Positive electrode {name}"].entries[:, 20]
        for name in (
            "interfacial current density [A.m-2]",
            "exchange current density [A.m-2]",
            "reaction overpotential [V]",
        )
    }
    current, i0, eta = read.values()
    ours = [butler_volmer(i, e, 298.15) for i, e in zip(i0, eta, strict=True)]
    np.testing.assert_allclose(current, ours, rtol=1e-5)


def test_exchange_current_follows_the_free_surface() -> None:
    """Per sphere the exchange current is i0 a R / (3 eps_s): 80 % of the material's."""
    case = half_at_1c()
    electrode, material = case.study, case.study.material
    first = case.solution["Positive electrode exchange current density [A.m-2]"].entries[:, 0]
    x = material.lithiation[0]
    assert electrode.layers.area[0] * electrode.radius / (
        3 * electrode.layers.active[0]
    ) == pytest.approx(0.8)
    np.testing.assert_allclose(
        first, 0.8 * 2 * material.exchange_current * np.sqrt(x * (1 - x)), rtol=1e-4
    )


def test_slow_discharge_gives_the_theoretical_capacity() -> None:
    """Case 8: C/1000."""
    study, options = studied(), DFN(points=20)
    capacity = nominal_capacity(study)
    run, _ = solved(half_cell(study, options), capacity / 3.6e6, options, 3.6e6)
    assert run.capacity == pytest.approx(capacity, rel=1e-3)


@pytest.mark.parametrize("cell", [half_cell, full_cell])
def test_lithium_and_salt_are_kept(cell) -> None:
    """Case 9: inventories change by less than 1e-8, at a rate that strains the electrolyte."""
    study, options = studied(gradient=0.1), DFN(points=20)
    run, _ = solved(cell(study, options), 3 * nominal_capacity(study) / 3600, options, 1200.0)
    assert run.lithium_drift < 1e-8
    assert run.salt_drift < 1e-8


def test_surface_runs_ahead_of_the_mean() -> None:
    """Case 10: R = 5 um, D = 1e-14 m2/s at 1, 2, 5, 10 C, and the mean lag in our cell at 1C."""
    for rate, known in ((1, 0.0463), (2, 0.0926), (5, 0.2315), (10, 0.4630)):
        flux = 48500 * 5e-6 / 3 * rate / 3600
        assert surface_lag(flux, 5e-6, 1e-14, 48500) == pytest.approx(known, abs=1e-4)
    case = half_at_1c()
    t = 0.5 * case.solution.t[-1]
    read = case.solution
    surface = float(read["X-averaged positive particle surface stoichiometry"](t=t))
    within = read["R-averaged positive particle concentration [mol.m-3]"](t=t)
    average = float(np.mean(within)) / case.study.maximum_concentration
    electrode = case.study
    flux = case.current / (
        96485.33 * electrode.thickness * 3 * float(electrode.layers.active[0]) / electrode.radius
    )
    lag = surface_lag(
        flux, electrode.radius, electrode.material.diffusivity, electrode.maximum_concentration
    )
    assert surface - average == pytest.approx(lag, rel=5e-3)


def test_contact_resistance_is_a_plain_drop() -> None:
    study = studied()
    first = []
    for resistance in (0.0, 1e-3):
        options = DFN(points=10, contact_resistance=SI(resistance))
        _, solution = solved(half_cell(study, options), 30.0, options)
        first.append(float(solution["Voltage [V]"].entries[0]))
    assert first[0] - first[1] == pytest.approx(30e-3, rel=1e-6)
