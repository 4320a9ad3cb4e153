"""Film and particles by turns: each round dries the film by what its particles said before.

    film -> h(t), L(t), D(t) -> particles -> phi_max, P_y(phi), k(phi) -> film -> ...

It has converged where phi_max and the film's porosity change by no more than their errors, and the
packing has the film's porosity within both. A film that packs by a network packs to its phi_max and
has the error of that besides its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from multiscale.errors import HandoverError
from multiscale.records import DryCoating, Formulation, Packing, Powder, Record, WetFilm

if TYPE_CHECKING:
    from multiscale.stages.grains.network import Network

SAME_MASS = 1e-8
Records = dict[type[Record], Record]


@dataclass(frozen=True)
class Round:
    """What film and particles say of each other.

    Attributes:
        phi_max, phi_max_error: of the particles, pressed.
        porosity, porosity_error: of the film.
        packed, packed_error: porosity of the packing dried under it.
        shrinkage_end: of the film, s.
        film_ratio: domain, top over bottom tenth, of the film as spheres show it.
        packed_ratio, packed_ratio_error: the same of the packing.
        mass_gap: largest relative difference between the solids of film, packing, its bonds and
            network.
    """

    phi_max: float
    phi_max_error: float
    porosity: float
    porosity_error: float
    packed: float
    packed_error: float
    shrinkage_end: float
    film_ratio: float
    packed_ratio: float
    packed_ratio_error: float
    mass_gap: float

    def after(self, other: Round) -> bool:
        """Say whether phi_max and porosity are those of the round before, within their errors."""
        return (
            abs(self.phi_max - other.phi_max) <= self.phi_max_error
            and abs(self.porosity - other.porosity) <= self.porosity_error + other.phi_max_error
        )

    @property
    def agrees(self) -> bool:
        """Whether the packing has the film's porosity within the errors of both."""
        return abs(self.packed - self.porosity) <= self.packed_error + self.porosity_error


def alternate(
    dry: Callable[[Network | None], Records],
    press: Callable[[Records], Network],
    rounds: int,
    tell: Callable[[Round], None],
) -> bool:
    """Let film and particles answer each other until they agree; say whether they do.

    Args:
        dry: dries film and packing by a network, or by the film's own laws.
        press: makes a network of what was dried.
        rounds: at most.
        tell: is given each round.

    Raises:
        HandoverError: solids are lost or gained between film and particles.
    """
    network, last = None, None
    for _ in range(rounds):
        made = dry(network)
        network = press(made)
        now = round_of(made, network)
        tell(now)
        if last is not None and now.after(last) and now.agrees:
            return True
        last = now
    return False


def round_of(made: Records, network: Network) -> Round:
    """Compare what was dried with the network made of it.

    Raises:
        HandoverError: their solids differ by more than 1e-8.
    """
    coating, packing = made[DryCoating], made[Packing]
    assert isinstance(coating, DryCoating) and isinstance(packing, Packing)
    return Round(
        phi_max=network.phi_max,
        phi_max_error=network.phi_max_error,
        porosity=coating.porosity,
        porosity_error=coating.error["porosity"],
        packed=packing.porosity,
        packed_error=packing.error["porosity"],
        shrinkage_end=coating.shrinkage_end,
        film_ratio=packing.film_ratio,
        packed_ratio=packing.cbd_ratio,
        packed_ratio_error=packing.error["cbd_ratio"],
        mass_gap=mass_gap(made, network),
    )


def mass_gap(made: Records, network: Network) -> float:
    """Give the largest relative difference of the solids per area from those of the wet film.

    Raises:
        HandoverError: it is more than 1e-8.
    """
    wet, coating, packing = made[WetFilm], made[DryCoating], made[Packing]
    formulation, powder = made[Formulation], made[Powder]
    assert isinstance(wet, WetFilm) and isinstance(coating, DryCoating)
    assert isinstance(packing, Packing) and isinstance(powder, Powder)
    assert isinstance(formulation, Formulation)
    weight, binder = float(wet.binder_mass.sum()), wet.binder_mass / formulation.binder_density
    inactive = wet.additive_mass + weight
    volume = wet.additive_mass / formulation.additive_density + float(binder.sum())
    film = wet.active_mass + inactive
    bound = packing.bond_volume * weight / float(binder.sum())
    found = {
        "dry film": coating.active_mass + coating.additive_mass + float(coating.binder_mass.sum()),
        "packing": packing.active_mass + packing.inactive_volume * inactive / volume,
        "packing by its bonds": packing.active_mass + wet.additive_mass + bound,
        "pressed network": network.mass,
    }
    gaps = {name: abs(mass / film - 1) for name, mass in found.items()}
    worst = max(gaps, key=lambda name: gaps[name])
    if not gaps[worst] <= SAME_MASS:
        raise HandoverError(
            f"the {worst} has {1e3 * found[worst]:.10g} g/m2 of solids and the wet film "
            f"{1e3 * film:.10g} g/m2, {gaps[worst]:.2g} of it apart; {SAME_MASS:g} is allowed: dry "
            "and press the same coating"
        )
    return gaps[worst]
