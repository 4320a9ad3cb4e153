"""From a BPX document to PyBaMM's parameters, with profiles through the thickness for scalars."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import numpy as np

from multiscale.materials.electrochemistry import GAS_CONSTANT
from multiscale.records.record import FloatArray
from multiscale.stages.cell.balancing import PorousElectrode
from multiscale.stages.cell.bpx_document import THERMODYNAMIC_FACTOR, accessible_share
from multiscale.stages.cell.layers import on_mesh

LITHIUM_ACTIVATION_ENERGY = 50e3  # J/mol, charge transfer at lithium metal: order of magnitude


def load_pybamm() -> Any:
    """Import PyBaMM without its question on telemetry, its network calls and its log."""
    os.environ["PYBAMM_DISABLE_TELEMETRY"] = "true"
    import pybamm

    pybamm.telemetry.disable()
    pybamm.set_logging_level("ERROR")
    return pybamm


def read_bpx(document: dict[str, Any]) -> Any:
    """Load a BPX document into PyBaMM, fully charged, and add what BPX has no field for."""
    pybamm = load_pybamm()
    with _scratch_directory(), warnings.catch_warnings():
        # bpx compares the lithiation limits of both electrodes with the cut-offs; a half cell has
        # only one of them.
        warnings.filterwarnings("ignore", message="The m(aximum|inimum) voltage computed")
        parameters = pybamm.ParameterValues.create_from_bpx_obj(
            deepcopy(document)
        )  # bpx writes into it
    for domain in ("Negative electrode", "Separator", "Positive electrode"):
        # BPX gives B = eps / tau
        tau = parameters[f"{domain} porosity"] / parameters[f"{domain} transport efficiency"]
        parameters.update(
            {f"{domain} tortuosity factor (electrolyte)": tau}, check_already_exists=False
        )
    factor = parameters[THERMODYNAMIC_FACTOR]
    parameters["Thermodynamic factor"] = lambda c_e, temperature: factor(c_e)
    return parameters


@contextmanager
def _scratch_directory() -> Iterator[None]:
    """Collect the modules that bpx writes for each expression and never removes."""
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory() as directory:
        tempfile.tempdir = directory
        try:
            yield
        finally:
            tempfile.tempdir = before


def grade(parameters: Any, electrodes: Mapping[str, PorousElectrode], cells: int) -> None:
    """Replace each electrode's scalars in `parameters` by its layers, averaged onto the mesh.

    PyBaMM has a = 3 eps_s / R and a conductivity sigma (1 - eps) / tau_s. Hence the active
    interface enters as the exchange current of the whole sphere, i0 a R / (3 eps_s), which keeps
    the lithium balance of the particle, and the conductivity as tau_s = (1 - eps) sigma_0 / sigma.

    Args:
        parameters: `pybamm.ParameterValues`, changed in place.
        electrodes: by the side they are on, "negative" or "positive".
        cells: of the mesh in each electrode.
    """
    pybamm = load_pybamm()
    for side, electrode in electrodes.items():
        name = f"{side.capitalize()} electrode"
        layers = on_mesh(electrode.layers, cells, from_separator=side == "positive")
        profile = _profile(pybamm, parameters, side, cells)
        local = layers.area * electrode.radius / (3 * layers.active)
        share, average = profile(local), accessible_share(electrode)
        sigma = parameters[f"{name} conductivity [S.m-1]"]
        parameters.update(
            {
                f"{name} porosity": _over_cell(profile(layers.electrolyte)),
                f"{name} active material volume fraction": _over_cell(profile(layers.active)),
                f"{name} tortuosity factor (electrolyte)": profile(
                    layers.electrolyte / layers.efficiency
                ),
                f"{name} tortuosity factor (electrode)": profile(
                    (1 - layers.electrolyte) * sigma / layers.conductivity
                ),
                f"{name} exchange-current density [A.m-2]": _scaled(
                    parameters[f"{name} exchange-current density [A.m-2]"], share / average
                ),
            },
            check_already_exists=False,
        )


def against_lithium(parameters: Any, exchange_current: float) -> None:
    """Put lithium metal in the negative electrode's place.

    i0 = i0_ref (c / c0)^(1/2) exp[E/R (1/T_ref - 1/T)]; the foil is a good conductor.

    Args:
        parameters: `pybamm.ParameterValues`, changed in place.
        exchange_current: i0_ref of lithium at rest concentration, A/m^2.
    """
    pybamm = load_pybamm()
    c0, t0 = (
        parameters["Initial concentration in electrolyte [mol.m-3]"],
        parameters["Reference temperature [K]"],
    )

    def exchange(c_e: Any, c_li: Any, temperature: Any) -> Any:
        arrhenius = pybamm.exp(
            LITHIUM_ACTIVATION_ENERGY / GAS_CONSTANT * (1 / t0 - 1 / temperature)
        )
        return exchange_current * arrhenius * (c_e / c0) ** 0.5

    parameters.update(
        {
            "Exchange-current density for lithium metal electrode [A.m-2]": exchange,
            "Lithium metal partial molar volume [m3.mol-1]": 1.3e-5,
            "Typical plated lithium concentration [mol.m-3]": 1 / 1.3e-5,
            "Negative electrode thickness [m]": 1e-4,
            "Negative electrode conductivity [S.m-1]": 1e7,
            "Negative electrode OCP [V]": 0.0,
            "Negative electrode OCP entropic change [V.K-1]": 0.0,
        },
        check_already_exists=False,
    )


def _profile(pybamm: Any, parameters: Any, side: str, cells: int) -> Callable[[FloatArray], Any]:
    """Make expressions of x out of values at the mesh's centres, where PyBaMM evaluates them."""
    thickness = parameters[f"{side.capitalize()} electrode thickness [m]"]
    start = 0.0
    if side == "positive":
        start = (
            parameters["Negative electrode thickness [m]"] + parameters["Separator thickness [m]"]
        )
    x = pybamm.SpatialVariable(
        f"x_{side[0]}",
        domain=[f"{side} electrode"],
        auxiliary_domains={"secondary": "current collector"},
        coord_sys="cartesian",
    )
    # half a cell more at either end, lest the outer centres fall outside by rounding
    centres = start + thickness * (np.arange(-1, cells + 1) + 0.5) / cells
    return lambda values: pybamm.Interpolant(
        centres, np.pad(values, 1, mode="edge"), x, interpolator="linear"
    )


def _over_cell(profile: Any) -> Callable[[Any, Any, Any], Any]:
    return lambda x, y, z: profile


def _scaled(function: Callable[..., Any], factor: Any) -> Callable[[Any, Any, Any, Any], Any]:
    return lambda c_e, c_surf, c_max, temperature: (
        function(c_e, c_surf, c_max, temperature) * factor
    )
