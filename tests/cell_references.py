"""Cells with known answers: Chen2020 through our own profiles, and ours at the first instant."""

from functools import cache
from typing import Any

import cell_case
import numpy as np

from multiscale.materials.electrochemistry import intercalation
from multiscale.materials.electrolyte import LIPF6_EC_EMC, conductivity
from multiscale.stages.cell import DFN
from multiscale.stages.cell.balancing import PorousElectrode
from multiscale.stages.cell.cells import Cell, electrode_under_study, half_cell, parameters_of
from multiscale.stages.cell.dfn import Discharge, discharge_at, simulation
from multiscale.stages.cell.layers import Layers, uniform
from multiscale.stages.cell.limits import charge_transfer_resistance, secondary_resistance
from multiscale.stages.cell.parameters import grade, load_pybamm

DEPTH = np.linspace(0, 1, 21)


def positive_layers(gradient: float, closed: bool, n: int = 40) -> Layers:
    """Porosity 0.335 with a linear gradient, > 0: more porous at the separator; Bruggeman 1.5."""
    edges = np.linspace(0, 1, n + 1)
    z = (edges[1:] + edges[:-1]) / 2
    eps = 0.335 * (1 + gradient * (2 * z - 1))
    active = 1 - eps if closed else np.full(n, 0.665)
    return Layers(
        edges, eps, active, 1 - eps - active, eps**1.5, np.full(n, 0.18), 3 * active / 5.22e-6
    )


@cache
def chen2020(points: int = 40, gradient: float = 0.0, closed: bool = True) -> Any:
    pybamm = load_pybamm()
    parameters = pybamm.ParameterValues("Chen2020")
    parameters.update(
        {"Separator tortuosity factor (electrolyte)": 0.47**-0.5}, check_already_exists=False
    )
    sides = {
        "negative": (uniform(0.25, 0.75, 0.25**1.5, 215.0, 5.86e-6), 33133.0, 5.86e-6, 85.2e-6),
        "positive": (positive_layers(gradient, closed), 63104.0, 5.22e-6, 75.6e-6),
    }
    material = intercalation("NMC622")  # only to fill the field: Chen2020's functions stay
    grade(
        parameters,
        {
            side: PorousElectrode(material, 1.0, c_max, radius, thickness, layers)
            for side, (layers, c_max, radius, thickness) in sides.items()
        },
        points,
    )
    return simulation(parameters, points, 1e-8, half=False)


def chen2020_at(rate: float, **model: Any) -> tuple[Discharge, Any]:
    return discharge_at(chen2020(**model), 5 * rate, 3600 / rate, DEPTH, half=False, cutoff=2.5)


@cache
def studied(material: str = "NMC622", **profiles: float) -> PorousElectrode:
    return electrode_under_study(*cell_case.inputs(material, **profiles))


def solved(
    cell: Cell, current: float, options: DFN, duration: float = 3600.0
) -> tuple[Discharge, Any]:
    model = simulation(
        parameters_of(cell, options.points, options), options.points, 1e-8, half=cell.half
    )
    return discharge_at(model, current, duration, DEPTH, half=cell.half, cutoff=cell.cutoff)


def exact_resistance(tau: float, sigma: float) -> float:
    study, temperature, options = studied(tau=tau, sigma=sigma), 298.15, DFN()
    x = study.material.lithiation[0]
    i0 = study.material.exchange_current * 2 * np.sqrt(x * (1 - x))
    bulk = float(conductivity(LIPF6_EC_EMC, 1000.0))
    porous = secondary_resistance(
        study.thickness,
        bulk * 0.33 / tau,
        sigma,
        float(study.layers.area[0]),
        charge_transfer_resistance(i0, temperature),
    )
    separator = options.separator_thickness / (bulk * 0.47 / options.separator_tortuosity)
    lithium = charge_transfer_resistance(options.lithium_exchange_current, temperature)
    return porous + separator + lithium


def first_resistance(study: PorousElectrode, points: int) -> float:
    current, options = 0.02, DFN(points=points)
    cell = half_cell(study, options)
    model = simulation(parameters_of(cell, points, options), points, 1e-9, half=True)
    solution = model.solve([0, 1e-3], inputs={"Current function [A]": current})
    rest, loaded = (
        float(solution[name].entries[0])
        for name in ("Battery open-circuit voltage [V]", "Voltage [V]")
    )
    return (rest - loaded) / current
