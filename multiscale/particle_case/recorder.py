"""Takes the samples of a run: the engine's measurement with rates, regimes and bonds beside it."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from multiscale.particle_case.load import ParticleCase
from multiscale.particle_case.population import Population
from multiscale.particle_case.samples import Row, Table, row_of
from multiscale.particles.bonds import with_ends
from multiscale.particles.layout import Frame
from multiscale.particles.measure import Measure
from multiscale.particles.progress import inertial_number, kinetic_share, stokes_number
from multiscale.particles.simulation import Simulation


class Recorder:
    """Rows of samples.csv, on rank 0; the same last row on all ranks.

    Args:
        case: the case.
        sim: its simulation, where it begins or goes on.
        everyone: all particles.
        path: of the table.
    """

    def __init__(
        self, case: ParticleCase, sim: Simulation, everyone: Population, path: Path
    ) -> None:
        self.sim, self.path = sim, path
        self.table: Table | None = None
        self.diameter, self.density = everyone.diameter, everyone.density
        self.viscosity = _viscosity(case)
        self.sheared = any(stage.do == "shear" for stage in case.protocol)
        self.last: Row = {"strain": 0.0, "time": 0.0}
        self.begun = False  # the engine goes on from a checkpoint after this is made

    def _begin(self) -> None:
        """Go on with the table that is there, up to before this step. Collective."""
        kept: Row | None = None
        if self.sim.comm.rank == 0:
            self.table = Table(self.path, self.sim.step - 1)
            kept = self.table.rows[-1] if self.table.rows else None
        self.last = self.sim.comm.bcast(kept) or self.last
        self.begun = True

    @property
    def rows(self) -> list[Row]:
        """All rows so far; none but on rank 0."""
        return [] if self.table is None else self.table.rows

    def take(self, found: Measure, stage: int) -> Row:
        """Take a sample. Collective."""
        sim = self.sim
        if not self.begun:
            self._begin()
        shear, rate = rates(sim)
        row: Row = {"step": sim.step, "stage": stage + 1, "time": sim.time}
        row["strain"] = self.last["strain"] + rate * (sim.time - self.last["time"])
        areas = [
            sim.volume / float(sim.lengths[int(np.argmax(np.abs(wall[:3])))]) for wall in sim.walls
        ]
        row |= row_of(found, sim.walls[:, :3], areas)
        if self.sheared:
            row["viscosity"] = row["stress_xy"] / shear if shear else math.nan
        if sim.bonds is not None:
            row["bonds"] = intact_share(sim)
        row |= self._regime(row, found, rate)
        self.last = row
        if self.table is not None:
            self.table.add(row)
        return row

    def _regime(self, row: Row, found: Measure, rate: float) -> Row:
        pressure = row["pressure"]
        said: Row = {"inertial_number": math.nan, "kinetic_share": math.nan}
        if pressure > 0:
            said["inertial_number"] = inertial_number(rate, self.diameter, self.density, pressure)
            said["kinetic_share"] = kinetic_share(found.energy.translation, pressure, found.volume)
        if self.viscosity is not None:
            r = 0.5 * self.diameter
            said["stokes_number"] = stokes_number(self.density, rate, r, self.viscosity)
        return said

    def note(self) -> str:
        """Say the regime of the last sample."""
        names = {"stokes_number": "St", "inertial_number": "I", "kinetic_share": "kinetic share"}
        said = [
            f"{short} = {self.last[name]:.2g}"
            for name, short in names.items()
            if math.isfinite(self.last.get(name, math.nan))
        ]
        if "pressure" in self.last:
            said.append(f"p = {self.last['pressure']:.3g} Pa")
            said.append(f"phi = {self.last['solid_fraction']:.4f}")
        return ", ".join(said)


def rates(sim: Simulation) -> tuple[float, float]:
    """Give the shear rate and the largest rate of strain of the box or its walls [1/s]."""
    frame, lengths = sim.frame, sim.lengths
    shear = float(frame[Frame.TILT, 1] / lengths[1])
    stretch = np.abs(frame[Frame.HIGH_RATE] - frame[Frame.LOW_RATE]) / lengths
    return shear, max(abs(shear), float(stretch.max()))


def intact_share(sim: Simulation) -> float:
    """Give the share of the bonds that hold, 1 where there are none yet. Collective."""
    assert sim.bonds is not None
    ends = with_ends(sim.bonds, sim.state.G[: sim.state.n]).sum(axis=1)
    mine = np.where(sim.bonds.on_wall, 1.0, 0.5) * ends  # two ranks may hold one between particles
    held = float(mine @ sim.bonds.intact)
    intact, every = sim.comm.allreduce(np.array([held, float(mine.sum())]))
    return float(intact / every) if every else 1.0


def _viscosity(case: ParticleCase) -> float | None:
    values = [choice.given.get("viscosity") for choice in case.laws]
    found = [max(v.values()) if isinstance(v, dict) else v for v in values if v is not None]
    return max(found, default=None)
