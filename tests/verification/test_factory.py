"""Economics and mass flows against reference numbers (table of factory figures, rows 1-4, 7, 8)."""

import numpy as np
import pytest

from multiscale.stages.factory import PerStep
from multiscale.stages.factory.economics import (
    capital_recovery,
    cost_per_good,
    scaled,
    throughput,
)
from multiscale.stages.factory.ledger import ledger
from multiscale.stages.factory.masses import Masses
from multiscale.stages.factory.options import Machine
from multiscale.stages.factory.step import Step

KWH = 3.6e6
COSTS, YIELDS = [50, 5, 2, 8, 5], [0.99, 0.985, 0.995, 0.98, 0.99]


def test_row_1_capital_recovery():
    assert capital_recovery(0.08, 10) == pytest.approx(0.1490295, abs=1e-7)
    assert capital_recovery(0.0, 10) == 0.1
    assert capital_recovery(1e-9, 10) == pytest.approx(0.1, rel=1e-6)


def test_row_2_yield_chain():
    assert 1 / throughput(YIELDS)[0] == pytest.approx(0.9413601, abs=1e-7)
    assert cost_per_good(COSTS, YIELDS) == pytest.approx(73.74100, abs=1e-5)


def test_row_2_the_ledger_pays_by_the_same_chain():
    steps = [
        Step(str(k), 1.0, 1.0, added=0.0 if k else 1.0, material=c, machine=Machine(good=y))
        for k, (c, y) in enumerate(zip(COSTS, YIELDS, strict=True))
    ]
    assert ledger(steps, 1.0, 0.0, PerStep()).material_cost.sum() == pytest.approx(
        73.74100, abs=1e-5
    )


def test_row_3_perfect_yield_adds_costs():
    assert cost_per_good(COSTS, np.ones(5)) == 70


def test_row_4_capacity_scaling():
    assert scaled(1.0, 5.0, 0.8) == pytest.approx(3.623898, abs=1e-6)
    assert scaled(1.0, 5.0, 0.8) / 5 == pytest.approx(0.724780, abs=1e-6)


def test_row_7_masses_and_latent_heat_per_cell_energy():
    """175 mAh/g usable at 3.65 V, 96 % active, 65 % solids: 1.566, 1.631 and 0.878 kg/kWh."""
    active = 0.192
    energy = active * 175 * 3600 * 3.65
    solids = active / 0.96
    m = Masses(
        active, 0.02 * solids, 0.02 * solids, evaporated=solids * 35 / 65, residual=0.0, foil=0.02
    )
    assert m.active / energy * KWH == pytest.approx(1.566, abs=5e-4)
    assert m.solids / energy * KWH == pytest.approx(1.631, abs=5e-4)
    step = Step(
        "drying",
        m.slurry + m.foil,
        m.solids + m.foil,
        added=m.slurry + m.foil,
        emission=m.evaporated,
        heat=m.evaporated * 550e3,
    )
    figures = ledger([step], energy, 0.0, PerStep())
    assert figures.emission[0] * KWH == pytest.approx(0.878, abs=5e-4)
    assert figures.heat[0] == pytest.approx(0.13416, rel=1e-4)


def test_row_8_co2_of_energy():
    step = Step("plant", 1.0, 1.0, added=1.0, electricity=20.0, heat=20.0)
    assert ledger([step], 1.0, 0.0, PerStep()).total_co2 * KWH == pytest.approx(9.04, abs=1e-6)


def test_annuity_of_a_roadmap_plant():
    """70 MEUR/GWh at 8 % over 10 years costs 10.43 EUR/kWh."""
    plant = Step(
        "plant", 1.0, 1.0, added=1.0, machine=Machine(good=1.0, staff=0.0), price=70e6, time=1.0
    )
    options = PerStep(annual_output="1 GWh/year", availability=1.0, upkeep=0.0)
    one = options.annual_output  # machine-seconds per joule that make exactly one machine
    figures = ledger([plant], one, 0.0, options)
    assert figures.investment[0] * one == pytest.approx(70e6)
    assert figures.total_cost * KWH == pytest.approx(10.43, abs=5e-3)
