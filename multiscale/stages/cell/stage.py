"""The cell stage: unpack the electrode, discharge it, pack voltages and energies."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from multiscale.coupling.context import Context
from multiscale.coupling.stage import Balance, stage
from multiscale.errors import HandoverError, StageFailed
from multiscale.log import logger
from multiscale.materials.electrolyte import LIPF6_EC_EMC
from multiscale.records import CellPerformance, EffectiveProperties, Electrode, Formulation, Powder
from multiscale.records.record import FloatArray
from multiscale.stages.cell.balancing import PorousElectrode, nominal_capacity
from multiscale.stages.cell.cells import (
    Cell,
    electrode_under_study,
    full_cell,
    half_cell,
    parameters_of,
)
from multiscale.stages.cell.dfn import Discharge, held_volume, mesh_layers, rate_test, simulation
from multiscale.stages.cell.layers import CLOSURE_TOLERANCE, closure, mean
from multiscale.stages.cell.options import DFN
from multiscale.stages.cell.spread import stated_error, transport_ends

DEPTH = np.linspace(0.0, 1.0, 101)
TOLERATED_DRIFT = {"lithium": 1e-4, "salt": 1e-4}  # relative; 1e-8 is usual

ACTIVE_MASS = Balance(
    "active material",
    "kg/m^2",
    before=lambda inputs: inputs["electrode"].active_mass,
    after=lambda result: result.active_mass,
)


@dataclass(frozen=True)
class Run:
    """A cell discharged at every rate on one mesh.

    Attributes:
        half: against lithium.
        discharges: by rate.
        volume_gap: largest misfit of the volume fractions.
        active_mass: of the electrode under study, as discretised, kg/m^2.
    """

    half: bool
    discharges: list[Discharge]
    volume_gap: float
    active_mass: float


@stage("cell", version=2, kinds=[DFN], conserves=[ACTIVE_MASS])
def discharge(
    powder: Powder,
    formulation: Formulation,
    electrode: Electrode,
    effective: EffectiveProperties,
    options: DFN,
    ctx: Context,
) -> CellPerformance:
    """Discharge the electrode against lithium and in a full cell at every rate.

    The stated error is the distance to a mesh of half the points, plus half the spread that the
    stated errors of the transport properties make on that mesh.
    """
    study = electrode_under_study(powder, formulation, electrode, effective)
    capacity, coarser = nominal_capacity(study), options.points // 2
    variants = [
        (study, options.points),
        (study, coarser),
        *((end, coarser) for end in transport_ends(study, effective)),
    ]
    tasks: list[tuple[Cell, int]] = []
    for number, (variant, points) in enumerate(variants):
        pair = [(full_cell(variant, options), points), (half_cell(variant, options), points)]
        tasks += pair[:: -1 if number % 2 else 1]  # so that two ranks share the full cells

    runs = ctx.map(lambda task: _run(*task, study, capacity, options, ctx), tasks)
    fine, coarse, *ends = (
        _fields(runs[2 * number : 2 * number + 2]) for number in range(len(variants))
    )
    error = stated_error(fine, coarse, ends)
    if ctx.comm.rank == 0:
        warn_of_salt(runs[:2], options.c_rates)
    full = tasks[0][0]
    return CellPerformance(
        c_rate=np.array(options.c_rates),
        nominal_capacity=capacity,
        counter_ratio=full.counter_ratio,
        depth=DEPTH,
        **fine,
        capacity_error=error["capacity"],
        energy_error=error["energy"],
        active_mass=runs[0].active_mass,
        volume_closure=max(run.volume_gap for run in runs),
        bpx=json.dumps(full.document, indent=1),
        error={name: float(entries.max()) for name, entries in error.items()},
    )


def _run(
    cell: Cell, points: int, study: PorousElectrode, capacity: float, options: DFN, ctx: Context
) -> Run:
    model = simulation(
        parameters_of(cell, points, options), points, options.tolerance, half=cell.half
    )
    gap = _check_volumes(model, cell)
    kind = "half" if cell.half else "full"
    done = iter(range(len(options.c_rates)))

    def say(rate: float) -> None:
        ctx.report(
            next(done) / len(options.c_rates), f"{kind} cell at {rate:g} C on {points} points"
        )

    runs = rate_test(
        model, options.c_rates, capacity, DEPTH, half=cell.half, cutoff=cell.cutoff, say=say
    )
    for name, drift in (
        ("lithium", max(run.lithium_drift for run in runs)),
        ("salt", max(run.salt_drift for run in runs)),
    ):
        if drift > TOLERATED_DRIFT[name]:
            raise StageFailed(
                f"the {kind} cell gains or loses {drift:.2g} of its {name}; "
                "lower cell.tolerance or raise cell.points"
            )
    side = "positive" if cell.half else study.material.role
    held = study.density * held_volume(model, side, cell.electrodes[side].layers)
    return Run(cell.half, runs, gap, held)


def _check_volumes(model: Any, cell: Cell) -> float:
    """Look at the volumes that PyBaMM really holds, as it checks neither their sum nor the mass."""
    gap = 0.0
    for side, porous in cell.electrodes.items():
        seen = mesh_layers(model, side, porous.layers)
        gap = max(gap, closure(seen))
        if gap > CLOSURE_TOLERANCE:
            raise HandoverError(
                f"volume fractions of the {side} electrode miss 1 by {gap:.2g} on the cell's mesh "
                "(EffectiveProperties.porosity_profile, active_profile)"
            )
        held, asked = mean(seen, seen.active), mean(porous.layers, porous.layers.active)
        if abs(held / asked - 1) > CLOSURE_TOLERANCE:
            raise HandoverError(
                f"the {side} electrode holds {held:.8f} of active material on the cell's mesh, its "
                f"layers hold {asked:.8f} (EffectiveProperties.active_profile)"
            )
    return gap


def _fields(pair: Sequence[Run]) -> dict[str, FloatArray]:
    """Arrange the full and the half cell's results as the record has them."""
    fields = {}
    for run in pair:
        wanted = ["capacity", "energy", "voltage"] + ([] if run.half else ["salt_low", "salt_high"])
        for name in wanted:
            values = np.array([getattr(one, name) for one in run.discharges])
            fields[f"half_{name}" if run.half else name] = values
    return fields


def warn_of_salt(runs: Sequence[Run], rates: Sequence[float]) -> None:
    """Say at which rates the salt leaves the range in which the electrolyte was measured."""
    low, high = LIPF6_EC_EMC.measured
    for run in runs:
        left = [
            (rate, one.salt_low, one.salt_high)
            for rate, one in zip(rates, run.discharges, strict=True)
            if one.salt_low < low or one.salt_high > high
        ]
        if left:
            at, least, most = zip(*left, strict=True)
            logger.warning(
                "%s cell: salt between %.2f and %.2f mol/L at %s C, measured are %g to %g; "
                "beyond, the electrolyte's properties are held or extrapolated",
                "half" if run.half else "full",
                max(min(least), 0.0) / 1000,  # below 0 by the tolerance of the integration
                max(most) / 1000,
                ", ".join(f"{rate:g}" for rate in at),
                low / 1000,
                high / 1000,
            )
