"""A wet film with the dryer that it enters, and the heat and solvent balance of the two."""

from __future__ import annotations

from dataclasses import dataclass, replace

from multiscale.records.formulation import Formulation
from multiscale.records.powder import Powder
from multiscale.records.wet_film import WetFilm
from multiscale.stages.drying.film import Film
from multiscale.stages.drying.history import History, solve_history
from multiscale.stages.drying.options import Film1D
from multiscale.stages.drying.setup import Portion, film_of, gases_of, portions_of


@dataclass(frozen=True)
class Dryer:
    """A wet film and the dryer that it enters.

    Attributes:
        film: the wet film; it stays the same at any web speed.
        web_speed: m/s.
        options: zones and resolution.
        portions: binders of the film; none where only its solvent is asked for.
    """

    film: Film
    web_speed: float
    options: Film1D
    portions: tuple[Portion, ...] = ()

    @property
    def residence(self) -> float:
        """Time in the dryer, s."""
        return sum(zone.length for zone in self.options.zones) / self.web_speed

    @property
    def allowed(self) -> float:
        """Solvent with which the coating counts as dry, kg/m^2."""
        return self.options.residual_limit * self.film.solids_mass


def dryer_of(powder: Powder, formulation: Formulation, wet: WetFilm, options: Film1D) -> Dryer:
    """Build the dryer of a case.

    Raises:
        HandoverError, StageFailed: the film cannot be dried; see `setup.film_of`.
    """
    return Dryer(
        film_of(powder, formulation, wet, options),
        wet.web_speed,
        options,
        portions_of(formulation, wet, options),
    )


def scaled(dryer: Dryer, factor: float) -> Dryer:
    """Stretch the time in every zone: the same lengths at a lower web speed."""
    return replace(dryer, web_speed=dryer.web_speed / factor)


def warmed(dryer: Dryer, rise: float) -> Dryer:
    """Raise the air temperature of every zone by `rise` (K)."""
    zones = tuple(
        zone.model_copy(update={"air_temperature": zone.air_temperature + rise})
        for zone in dryer.options.zones
    )
    return replace(dryer, options=dryer.options.model_copy(update={"zones": zones}))


def balance(dryer: Dryer) -> History:
    """Solve the heat and solvent balance alone; the web may leave wet."""
    durations = [zone.length / dryer.web_speed for zone in dryer.options.zones]
    levels = (dryer.film.solvent_at_packing, dryer.allowed)
    options = dryer.options
    return solve_history(dryer.film, gases_of(options), durations, options.tolerance, levels)
