"""The cell stage: unpack the electrode, discharge it, pack voltages and energies."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from multiscale.coupling.context import Context
from multiscale.coupling.stage import Balance, stage
from multiscale.errors import HandoverError, StageFailed
from multiscale.records import CellPerformance, EffectiveProperties, Electrode, Formulation, Powder
from multiscale.records.record import FloatArray
from multiscale.stages.cell.balancing import nominal_capacity
from multiscale.stages.cell.bpx_document import active_mass
from multiscale.stages.cell.cells import (
    Cell,
    electrode_under_study,
    full_cell,
    half_cell,
    parameters_of,
)
from multiscale.stages.cell.dfn import Discharge, mesh_layers, rate_test, simulation
from multiscale.stages.cell.layers import CLOSURE_TOLERANCE, closure, mean
from multiscale.stages.cell.options import DFN

DEPTH = np.linspace(0.0, 1.0, 101)
TOLERATED_DRIFT = {"lithium": 1e-4, "salt": 1e-4}  # relative; 1e-8 is usual

ACTIVE_MASS = Balance(
    "active material",
    "kg/m^2",
    before=lambda inputs: inputs["electrode"].active_mass,
    after=lambda result: active_mass(result.bpx),
)


@stage("cell", version=1, kinds=[DFN], conserves=[ACTIVE_MASS])
def discharge(
    powder: Powder,
    formulation: Formulation,
    electrode: Electrode,
    effective: EffectiveProperties,
    options: DFN,
    ctx: Context,
) -> CellPerformance:
    """Discharge the electrode against lithium and in a full cell at every rate, on two meshes.

    The coarse mesh has half the points; its distance from the fine one is the stated error.
    """
    study = electrode_under_study(powder, formulation, electrode, effective)
    half, full = half_cell(study, options), full_cell(study, options)
    capacity = nominal_capacity(study)
    # the dear solves first, so that two ranks share the work evenly
    tasks = [
        (cell, points)
        for points in (options.points, max(options.points // 2, 2))
        for cell in (full, half)
    ]

    def run(task: tuple[Cell, int]) -> tuple[list[Discharge], float]:
        return _run(*task, capacity, options, ctx)

    (full_fine, full_gap), (half_fine, half_gap), (full_coarse, _), (half_coarse, _) = ctx.map(
        run, tasks
    )
    fields = {**_fields("half_", half_fine), **_fields("", full_fine)}
    coarse = {**_fields("half_", half_coarse), **_fields("", full_coarse)}
    return CellPerformance(
        c_rate=np.array(options.c_rates),
        nominal_capacity=capacity,
        depth=DEPTH,
        **fields,
        volume_closure=max(full_gap, half_gap),
        bpx=json.dumps(full.document, indent=1),
        error={name: float(np.abs(fields[name] - coarse[name]).max()) for name in fields},
    )


def _run(
    cell: Cell, points: int, capacity: float, options: DFN, ctx: Context
) -> tuple[list[Discharge], float]:
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
    return runs, gap


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


def _fields(prefix: str, runs: list[Discharge]) -> dict[str, FloatArray]:
    return {
        f"{prefix}capacity": np.array([run.capacity for run in runs]),
        f"{prefix}energy": np.array([run.energy for run in runs]),
        f"{prefix}voltage": np.array([run.voltage for run in runs]),
    }
