"""One step of the factory, per electrode area in the finished cell and before any yield."""

from dataclasses import dataclass

from multiscale.stages.factory.options import Machine


@dataclass(frozen=True)
class Step:
    """What one square metre of electrode (one coated side, as it sits in the cell) needs of a step.

    Attributes:
        name: as in the table of results.
        mass_in: what enters, kg/m^2.
        mass_out: what leaves as product if nothing is scrapped, kg/m^2.
        added: what is brought to this step beside the product of the step before, kg/m^2.
        emission: vapour, kg/m^2.
        material: bought at this step, EUR/m^2.
        electricity, heat: energy used, J/m^2.
        modelled_energy: the part of it that is heat or work given by a process model, J/m^2.
        modelled: amounts and machine time come from the process models.
        machine: yield, people and scale effects; None for a bought part, whose price pays for its
            energy too.
        price: of one machine, EUR.
        time: that one machine works, s/m^2.
    """

    name: str
    mass_in: float
    mass_out: float
    added: float = 0.0
    emission: float = 0.0
    material: float = 0.0
    electricity: float = 0.0
    heat: float = 0.0
    modelled_energy: float = 0.0
    modelled: bool = False
    machine: Machine | None = None
    price: float = 0.0
    time: float = 0.0

    @property
    def good(self) -> float:
        """Yield, 1."""
        return 1.0 if self.machine is None else self.machine.good
