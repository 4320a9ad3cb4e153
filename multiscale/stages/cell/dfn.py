"""Discharge of a cell at constant currents by the Doyle-Fuller-Newman model, solved by PyBaMM."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from multiscale.errors import StageFailed
from multiscale.materials.electrochemistry import FARADAY
from multiscale.records.record import FloatArray
from multiscale.stages.cell.layers import Layers, on_mesh
from multiscale.stages.cell.parameters import load_pybamm

# A discharge that is not over after this many times its nominal duration does not end at all.
PATIENCE = 1.5


@dataclass(frozen=True)
class Discharge:
    """One discharge from rest to the cut-off voltage.

    Attributes:
        capacity: charge delivered, C/m^2.
        energy: int V i dt, J/m^2.
        voltage: V at the asked shares of the charge delivered.
        lithium_drift: |lithium gained by the particles - lithium that came in| over the lithium
            moved.
        salt_drift: relative change of the salt in the electrolyte.
        salt_low, salt_high: least and largest concentration of salt, anywhere and at any time,
            mol/m^3.
    """

    capacity: float
    energy: float
    voltage: FloatArray
    lithium_drift: float
    salt_drift: float
    salt_low: float
    salt_high: float


def simulation(parameters: Any, points: int, tolerance: float, *, half: bool) -> Any:
    """Set up the model on a mesh of `points` cells in every domain and particle."""
    pybamm = load_pybamm()
    options = {
        "transport efficiency": "tortuosity factor",
        "contact resistance": "true",
        "calculate discharge energy": "true",
    }
    if half:
        options["working electrode"] = "positive"
    parameters["Current function [A]"] = "[input]"
    mesh = {
        f"{axis}_{domain}": points for axis in "xr" for domain in "nsp" if axis + domain != "rs"
    }
    solver = pybamm.IDAKLUSolver(rtol=tolerance, atol=tolerance)
    model = pybamm.lithium_ion.DFN(options)
    if half:
        _close_salt_at_lithium(model)
    return pybamm.Simulation(model, parameter_values=parameters, var_pts=mesh, solver=solver)


def _close_salt_at_lithium(model: Any) -> None:
    """Let lithium metal give the salt flux i / F exactly, on any mesh.

    PyBaMM's flux at the outer face is -E[B D] dc/dx + t+ i / F with E the extrapolation to the
    face, but its condition on dc/dx is made with E[1 / (B D)]: at high rates a half cell lost per
    cents of its salt. Here dc/dx = -(1 - t+) i / (F E[B D]).
    """
    pybamm = load_pybamm()
    c_e, temperature = (
        model.variables[name]
        for name in ("Electrolyte concentration [mol.m-3]", "Cell temperature [K]")
    )
    efficiency = model.variables["Electrolyte transport efficiency"]
    current = model.variables["Current collector current density [A.m-2]"]
    migrating = pybamm.boundary_value(1 - model.param.t_plus(c_e, temperature), "left")
    coefficient = pybamm.boundary_value(efficiency * model.param.D_e(c_e, temperature), "left")
    slope = -migrating * current / (model.param.F * coefficient)
    for name in (
        "Electrolyte concentration [mol.m-3]",
        "Electrolyte concentration concatenation [mol.m-3]",
    ):
        model.boundary_conditions[model.variables[name]]["left"] = (slope, "Neumann")


def discharge_at(
    model: Any, current: float, duration: float, depth: FloatArray, *, half: bool, cutoff: float
) -> tuple[Discharge, Any]:
    """Discharge at `current` until the cut-off.

    A cell whose voltage lies below the cut-off as soon as the current flows delivers nothing; its
    voltage is given as the cut-off.

    Args:
        model: from `simulation`, per 1 m^2.
        current: A/m^2.
        duration: nominal, s.
        depth: shares of the charge delivered at which the voltage is wanted.
        half: against lithium.
        cutoff: lower voltage, V.

    Returns:
        The discharge and PyBaMM's solution, None where nothing was delivered.

    Raises:
        StageFailed: the solver gave up, or the discharge does not end.
    """
    pybamm = load_pybamm()
    try:
        solution = model.solve([0.0, PATIENCE * duration], inputs={"Current function [A]": current})
    except pybamm.SolverError as error:
        if "non-positive at initial conditions" in str(error):
            rest = float(model.parameter_values["Initial concentration in electrolyte [mol.m-3]"])
            nothing = np.full(depth.size, cutoff)
            return Discharge(0.0, 0.0, nothing, 0.0, 0.0, rest, rest), None
        raise StageFailed(
            f"PyBaMM gave up at {current:.3g} A/m2: {error}; try cell.points or cell.tolerance"
        ) from error
    if solution.termination == "final time":
        raise StageFailed(
            f"the cell has not reached {cutoff:.2f} V after {PATIENCE * duration:.0f} s at "
            f"{current:.3g} A/m2"
        )
    end = float(solution.t[-1])
    energy = float(solution["Discharge energy [W.h]"].entries[-1]) * 3600
    voltage = np.asarray(solution["Voltage [V]"](t=depth * end), float)
    salt = solution["Electrolyte concentration [mol.m-3]"].entries
    return Discharge(
        current * end,
        energy,
        voltage,
        *_drifts(solution, current * end, half),
        float(salt.min()),
        float(salt.max()),
    ), solution


def _drifts(solution: Any, charge: float, half: bool) -> tuple[float, float]:
    """Take the inventories of lithium and salt at both ends of the discharge."""
    lithium = solution["Total lithium in particles [mol]"].entries
    salt = solution["Total lithium in electrolyte [mol]"].entries
    moved = charge / FARADAY
    gained = float(lithium[-1] - lithium[0])
    return abs(gained - (moved if half else 0.0)) / moved, abs(float(salt[-1] / salt[0]) - 1)


def rate_test(
    model: Any,
    rates: Sequence[float],
    capacity: float,
    depth: FloatArray,
    *,
    half: bool,
    cutoff: float,
    say: Callable[[float], None],
) -> list[Discharge]:
    """Discharge at each rate.

    Args:
        model: from `simulation`.
        rates: 1/h.
        capacity: that 1C empties in an hour, C/m^2.
        depth, half, cutoff: as for `discharge_at`.
        say: called with the rate before each discharge.
    """
    runs = []
    for rate in rates:
        say(rate)
        duration = 3600 / rate
        runs.append(
            discharge_at(model, capacity / duration, duration, depth, half=half, cutoff=cutoff)[0]
        )
    return runs


def held_volume(model: Any, side: str, layers: Layers) -> float:
    """Integrate the active fraction over the discretised electrode, m^3/m^2.

    The fractions and the widths of the cells are those that PyBaMM solves with.

    Args:
        model, side, layers: as for `mesh_layers`.
    """
    widths = np.asarray(model.mesh[f"{side} electrode"].d_edges, float)
    return float(widths @ mesh_layers(model, side, layers).active)


def mesh_layers(model: Any, side: str, layers: Layers) -> Layers:
    """Read the volume fractions back from the discretised model, which knows no inactive solid.

    Args:
        model: from `simulation`.
        side: "negative" or "positive".
        layers: of that electrode; the inactive fraction is averaged from them anew.

    Returns:
        Layers on the model's mesh, from the separator to the collector where side is "positive".
    """
    name = f"{side.capitalize()} electrode"
    model.build()
    pybamm = load_pybamm()
    discretisation = pybamm.Discretisation(model.mesh, model.spatial_methods)

    def read(what: str) -> FloatArray:
        symbol = model.parameter_values.process_symbol(model.model.variables[f"{name} {what}"])
        return np.ravel(discretisation.process_symbol(symbol).evaluate()).astype(float)

    porosity, active = read("porosity"), read("active material volume fraction")
    told = on_mesh(layers, porosity.size, from_separator=side == "positive")
    return replace(told, electrolyte=porosity, active=active)
