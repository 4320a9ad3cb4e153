"""Solids that resist as a table says, in place of the laws of `skeleton`.

    P_y = s sinh y(phi),   y through the points arcsinh(P_i/s), s the least P_i above 0
    k   = exp l(phi),      l through the points ln k_i

y and l are monotone cubics [Fritsch1980]. The inverse hyperbolic sine is a logarithm where the
network carries much, and lets it carry nothing below its gel point. Below the table P_y stays,
above it y goes on along its tangent; k goes on by the law of hindered settling, scaled to meet the
table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from multiscale.errors import HandoverError, StageFailed
from multiscale.records.record import FloatArray
from multiscale.stages.drying.network_options import NetworkOptions
from multiscale.stages.drying.options import Film1D
from multiscale.stages.drying.skeleton import Skeleton, air_entry

SAME_MASS = 1e-8  # of film and particles, relative


@dataclass(frozen=True)
class Curve:
    """A monotone cubic through points.

    Attributes:
        low, high: its ends.
        value, slope: between them.
    """

    low: float
    high: float
    value: Callable[[FloatArray], FloatArray]
    slope: Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class TabulatedSkeleton(Skeleton):
    """Grains whose network was measured.

    Attributes:
        scale: s, Pa.
        stiffening: y(phi).
        flow: l(phi), k in m^2.
    """

    scale: float
    stiffening: Curve
    flow: Curve

    def mobility(self, phi: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give k phi, m^2, and its derivative."""
        inside = np.clip(phi, self.flow.low, self.flow.high)
        k = np.exp(self.flow.value(inside))
        law, slope = super().mobility(phi)
        scale = k * inside / super().mobility(inside)[0]
        within = inside == phi
        return (
            np.where(within, k * phi, scale * law),
            np.where(within, k * (1 + phi * self.flow.slope(inside)), scale * slope),
        )

    def yield_stress(self, phi: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give P_y, Pa, and its derivative."""
        return _yield(self.scale, self.stiffening, phi)


def _yield(scale: float, curve: Curve, phi: FloatArray) -> tuple[FloatArray, FloatArray]:
    inside = np.clip(phi, curve.low, curve.high)
    slope = curve.slope(inside)
    y = curve.value(inside) + slope * np.maximum(phi - curve.high, 0.0)
    return scale * np.sinh(y), np.where(phi < curve.low, 0.0, scale * np.cosh(y) * slope)


def stiffening_of(table: NetworkOptions) -> tuple[float, Curve]:
    """Give s, Pa, and y(phi) of a table."""
    stress = np.array(table.yield_stress)
    scale = float(stress[stress > 0].min())
    return scale, _curve(table.solid_fraction, np.arcsinh(stress / scale))


def flow_of(table: NetworkOptions) -> Curve:
    """Give l(phi) of a table, k in m^2."""
    return _curve(table.solid_fraction, np.log(table.permeability))


def _curve(phi: tuple[float, ...], values: FloatArray) -> Curve:
    from scipy.interpolate import PchipInterpolator

    through = PchipInterpolator(phi, values)
    return Curve(phi[0], phi[-1], through, through.derivative())


def packing_by(table: NetworkOptions, suction: float) -> float:
    """Find the solid fraction at which the network bears the pressure of air entry.

    Args:
        table: of the network.
        suction: psi 6 sigma cos(theta)/d, Pa.

    Raises:
        StageFailed: the table ends below that pressure or begins above it.
    """
    from scipy.optimize import brentq

    scale, curve = stiffening_of(table)

    def margin(phi: float) -> float:
        return float(_yield(scale, curve, np.array([phi]))[0][0]) - air_entry(suction, phi)

    first, last = table.solid_fraction[0], table.solid_fraction[-1]
    if margin(first) >= 0:
        raise StageFailed(
            f"drying.solids.network begins at a solid fraction of {first:g} with a yield stress of "
            f"{table.yield_stress[0]:.4g} Pa, more than the {air_entry(suction, first):.4g} Pa at "
            "which air enters; begin the table looser"
        )
    most = table.yield_stress[-1] + table.yield_stress_error[-1]
    beyond = 0.5 * (1 + last)
    if most < air_entry(suction, last) or margin(beyond) <= 0:
        raise StageFailed(
            f"drying.solids.network ends at a solid fraction of {last:g} with a yield stress of "
            f"{table.yield_stress[-1]:.4g} +- {table.yield_stress_error[-1]:.2g} Pa, below the "
            f"{air_entry(suction, last):.4g} Pa at which air enters; press the network further"
        )
    return float(brentq(margin, first, beyond, xtol=1e-14))


def films_in_doubt[Film: Film1D](options: Film) -> list[Film]:
    """The film by a network that is off by its errors, one way and another; none without one."""
    network = options.solids.network
    if network is None:
        return []
    solids = [options.solids.model_copy(update={"network": other}) for other in in_doubt(network)]
    return [options.model_copy(update={"solids": other}) for other in solids]


def in_doubt(table: NetworkOptions) -> tuple[NetworkOptions, NetworkOptions]:
    """Give the table softer and the table more permeable by its errors: P^2/(P + dP) and k + dk."""
    P, off = np.array(table.yield_stress), np.array(table.yield_stress_error)
    soft = np.maximum.accumulate(P * P / np.maximum(P + off, 1e-300))
    k = np.array(table.permeability) + np.array(table.permeability_error)
    wide = np.maximum.accumulate(k[::-1])[::-1]  # it falls with phi, as the table does
    return (
        table.model_copy(update={"yield_stress": tuple(soft.tolist())}),
        table.model_copy(update={"permeability": tuple(wide.tolist())}),
    )


def refuse_other_mass(table: NetworkOptions, solids_mass: float) -> None:
    """Refuse a network of other solids than the film's.

    Args:
        table: of the network.
        solids_mass: of the film, kg/m^2.

    Raises:
        HandoverError: they differ by more than 1e-8.
    """
    off = table.solids_mass / solids_mass - 1
    if not abs(off) <= SAME_MASS:
        raise HandoverError(
            f"drying.solids.network was pressed from {1e3 * table.solids_mass:.10g} g/m2 of solids "
            f"and the film holds {1e3 * solids_mass:.10g} g/m2, {off:+.2g} of it; run "
            "'multiscale network' for this coating again"
        )
