"""Masses that one square metre of finished electrode carries through the factory."""

from dataclasses import dataclass

import numpy as np

from multiscale.materials.foil import foil
from multiscale.records import DryCoating, Electrode


@dataclass(frozen=True)
class Masses:
    """Per area of the finished electrode, one coated side, kg/m^2.

    The calender stretches the web by lambda: one square metre of finished electrode was 1/lambda
    square metres in coater and dryer.

    Attributes:
        active, additive, binder: solids.
        evaporated: solvent that the dryer takes out.
        residual: solvent that is left for the vacuum dryer.
        foil: share of this side in the current collector.
    """

    active: float
    additive: float
    binder: float
    evaporated: float
    residual: float
    foil: float

    @property
    def solids(self) -> float:
        """Dry coating."""
        return self.active + self.additive + self.binder

    @property
    def slurry(self) -> float:
        """What the mixer makes."""
        return self.solids + self.residual + self.evaporated

    @property
    def web(self) -> float:
        """What leaves the dryer."""
        return self.solids + self.residual + self.foil


def masses(coating: DryCoating, electrode: Electrode) -> Masses:
    """Read the masses off the records."""
    return Masses(
        active=electrode.active_mass,
        additive=electrode.additive_mass,
        binder=float(np.sum(electrode.binder_mass)),
        evaporated=coating.evaporated_mass / electrode.elongation,
        residual=electrode.solvent_mass,
        foil=_foil(electrode),
    )


def dry_mass(electrode: Electrode) -> float:
    """Coating without solvent, and this side's share of the foil, kg/m^2."""
    coating = electrode.active_mass + electrode.additive_mass + electrode.binder_mass.sum()
    return float(coating) + _foil(electrode)


def _foil(electrode: Electrode) -> float:
    return foil(electrode.foil).density * electrode.foil_thickness / electrode.coated_sides
