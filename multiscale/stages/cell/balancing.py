"""Two electrodes in one cell: capacities and the lithiation window they share."""

from __future__ import annotations

from dataclasses import dataclass

from multiscale.errors import StageFailed
from multiscale.materials.electrochemistry import FARADAY, Intercalation, open_circuit_potential
from multiscale.stages.cell.layers import Layers, mean


@dataclass(frozen=True)
class PorousElectrode:
    """A porous electrode as the cell model needs it.

    Attributes:
        material: its electrochemistry.
        density: of the active material, kg/m^3.
        maximum_concentration: c_max, mol/m^3.
        radius: of the particles, m.
        thickness: L, m.
        layers: what it holds through its thickness.
        foil_resistance: what its contact with the foil adds, Ohm m^2.
    """

    material: Intercalation
    density: float
    maximum_concentration: float
    radius: float
    thickness: float
    layers: Layers
    foil_resistance: float = 0.0


@dataclass(frozen=True)
class Window:
    """Lithiation of both electrodes at either end of a discharge at rest.

    Attributes:
        negative: x when discharged and when charged.
        positive: x when charged and when discharged.
    """

    negative: tuple[float, float]
    positive: tuple[float, float]


def site_capacity(electrode: PorousElectrode) -> float:
    """Charge of all lithium sites, F c_max int eps_s dz, C/m^2."""
    return (
        FARADAY
        * electrode.maximum_concentration
        * electrode.thickness
        * mean(electrode.layers, electrode.layers.active)
    )


def nominal_capacity(electrode: PorousElectrode) -> float:
    """Charge between the material's lithiation limits, C/m^2."""
    low, high = electrode.material.lithiation
    return site_capacity(electrode) * (high - low)


def share_lithium(
    negative: PorousElectrode, positive: PorousElectrode, loss: float, cutoff: float
) -> Window:
    """Find the lithiation window of a full cell after formation.

    Charging takes the positive electrode to its lower limit x_p; the negative electrode gets
    x_n = x_n,min + (1 - loss) Q_p / Q_n,sites, since `loss` of the positive's capacity stays in the
    interphase. Discharge at rest ends after the charge q at which
    U_p(x_p + q / Q_p,sites) - U_n(x_n - q / Q_n,sites) = cutoff.

    Raises:
        StageFailed: the negative electrode cannot take the lithium, or no such q exists.
    """
    from scipy.optimize import brentq

    sites_n, sites_p = site_capacity(negative), site_capacity(positive)
    x_p = positive.material.lithiation[0]
    x_n = negative.material.lithiation[0] + (1 - loss) * nominal_capacity(positive) / sites_n
    if x_n >= 1:
        raise StageFailed(
            f"the negative electrode would be lithiated to {x_n:.3f} > 1: raise cell.n_to_p"
        )

    def above(q: float) -> float:
        rest = open_circuit_potential(
            positive.material, x_p + q / sites_p
        ) - open_circuit_potential(negative.material, x_n - q / sites_n)
        return float(rest) - cutoff

    most = min((1 - x_p) * sites_p, x_n * sites_n) * (1 - 1e-9)
    if above(0.0) <= 0 or above(most) >= 0:
        raise StageFailed(
            f"the charged cell rests at {above(0.0) + cutoff:.3f} V, the empty one at "
            f"{above(most) + cutoff:.3f} V: cell.cutoff = {cutoff:.3f} V must lie between"
        )
    q = float(brentq(above, 0.0, most, xtol=1e-9 * most))
    return Window((x_n - q / sites_n, x_n), (x_p, x_p + q / sites_p))
