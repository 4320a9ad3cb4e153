"""What pore, active material and carbon-binder domain conduct."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from multiscale.records.record import FloatArray
from multiscale.stages.transport.options import Conductors


@dataclass(frozen=True)
class Carrier:
    """What is conducted: salt, electrons or heat.

    Attributes:
        name: for messages.
        d: conductivity of pore, active material and carbon-binder domain.
        content: what of a phase counts as conductor.
    """

    name: str
    d: FloatArray
    content: FloatArray


def electrolyte(nanoporosity: float, options: Conductors) -> Carrier:
    """The electrolyte, in units of D0."""
    d = electrolyte_phases(nanoporosity, options)
    return Carrier("electrolyte", d, electrolyte_content(nanoporosity))


def electrons(nanoporosity: float, additive: float, options: Conductors) -> Carrier:
    """The electrons, in S/m."""
    d = electron_phases(nanoporosity, additive, options)
    return Carrier("electrons", d, np.sign(d))


def heat(options: Conductors) -> Carrier:
    """Heat, in W/(m K); every phase conducts it."""
    d = [
        options.electrolyte_heat_conductivity,
        options.active_heat_conductivity,
        options.cbd_heat_conductivity,
    ]
    return Carrier("heat", np.array(d), np.ones(3))


def electrolyte_content(nanoporosity: float) -> FloatArray:
    """Electrolyte fraction of pore, active material and carbon-binder domain."""
    return np.array([1.0, 0.0, nanoporosity])


def electrolyte_phases(nanoporosity: float, options: Conductors) -> FloatArray:
    """D / D0 of pore, active material and carbon-binder domain: 1, 0, eps_n / tau_n."""
    if options.cbd_tortuosity is None:
        return np.array([1.0, 0.0, nanoporosity**1.5])
    return np.array([1.0, 0.0, nanoporosity / options.cbd_tortuosity])


def electron_phases(nanoporosity: float, additive: float, options: Conductors) -> FloatArray:
    """Electronic conductivity (S/m) of pore, active material and carbon-binder domain.

    Args:
        nanoporosity: pore fraction of the domain.
        additive: mass fraction of the conductive additive in the solids; without any the domain
            is bare binder and insulates.
        options: conductivities of the solids.
    """
    dense = options.cbd_conductivity if additive > 0 else 0.0
    cbd = dense * (1 - nanoporosity) ** options.cbd_exponent
    return np.array([0.0, options.active_conductivity, cbd])


def cbd_access(nanoporosity: float, options: Conductors) -> float:
    """Share of the interface under the carbon-binder domain that takes part in the reaction."""
    return nanoporosity if options.cbd_access is None else options.cbd_access
