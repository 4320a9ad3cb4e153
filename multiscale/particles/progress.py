"""What a run of particles says while it runs: how far it is, how fast, and in which regime.

    inertial number   I = gamma_dot d sqrt(rho/P)       small: the flow is quasi-static
    stiffness number  k = E/P                           large: the particles are rigid
    Stokes number     St = rho gamma_dot r^2 / mu       small: the liquid damps all inertia
    kinetic share     2/3 E_k / (P V)                   small: no pressure by agitation

The report is any callable of a fraction and a note, such as `Context.report` or
`log.Progress.update`; it may raise OutOfTime, on some ranks before others.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from mpi4py import MPI

from multiscale.errors import OutOfTime
from multiscale.log import logger

Report = Callable[[float, str], None]


def inertial_number(shear_rate: float, diameter: float, density: float, pressure: float) -> float:
    """Give I = gamma_dot d sqrt(rho/P). Args: [1/s], [m], [kg/m3], [Pa]. [daCruz2005]"""
    return abs(shear_rate) * diameter * math.sqrt(density / pressure)


def stiffness_number(modulus: float, pressure: float) -> float:
    """Give k = E/P. Args: [Pa], [Pa]."""
    return modulus / pressure


def stokes_number(density: float, shear_rate: float, radius: float, viscosity: float) -> float:
    """Give St = rho gamma_dot r^2/mu. Args: [kg/m3], [1/s], [m], [Pa s]."""
    return density * abs(shear_rate) * radius**2 / viscosity


def kinetic_share(kinetic_energy: float, pressure: float, volume: float) -> float:
    """Give the pressure by agitation over the whole one. Args: [J], [Pa], [m3].

    The energy is that of the velocities relative to the mean flow.
    """
    return 2.0 / 3.0 * kinetic_energy / (pressure * volume)


class Meter:
    """Tells how a run gets on, and lets all ranks stop at the same step.

    Args:
        particles: on all ranks.
        comm: the ranks.
        report: where it is told, on every rank; None: nowhere.
        step: steps taken before.
    """

    def __init__(
        self, particles: int, comm: MPI.Intracomm, report: Report | None = None, step: int = 0
    ) -> None:
        self._particles, self._comm, self._report = particles, comm, report
        self._last = step, time.perf_counter()
        self.rate = 0.0  # particle-steps per second between the last two ticks, of all ranks

    def tick(self, step: int, fraction: float, **numbers: float) -> None:
        """Report how far the run is. Collective.

        Args:
            step: steps taken.
            fraction: of the run that is done, 0 to 1.
            numbers: what is told with it, such as I=1e-4.

        Raises:
            OutOfTime: a rank was asked to stop; on all ranks, so that they can write a checkpoint
                together and pass it on.
        """
        (before, then), self._last = self._last, (step, time.perf_counter())
        self.rate = self._particles * (step - before) / max(self._last[1] - then, 1e-9)
        said = [f"step {step}", f"{self.rate / 1e6:.3g} M particle-steps/s"]
        said += [f"{name} = {value:.3g}" for name, value in numbers.items()]
        stopped: OutOfTime | None = None
        if self._report is not None:
            try:
                self._report(fraction, ", ".join(said))
            except OutOfTime as asked:
                stopped = asked
        if self._comm.allreduce(stopped is not None, MPI.LOR):
            error = OutOfTime(f"asked to stop at step {step}: run again to go on from there")
            error.agreed = True
            raise error from stopped


def tell_compiling() -> None:
    """Say that the first start takes longer; call on rank 0."""
    logger.info("compiling kernels, once per machine and version, about 7 s")
