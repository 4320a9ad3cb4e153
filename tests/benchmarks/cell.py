"""Cost of the cell: a rate test of one cell, the whole stage, and a thousand electrodes.

    python tests/benchmarks/cell.py --json cell.jsonl [--electrodes 8] [--rounds 3]

Each row is one JSON object on a line of standard output, and of the file that `--json` may name.

- `rate test`: seconds and CPU seconds of 20 discharges, C/20 to 5C, of the full cell of an NMC622
  cathode whose porosity, tortuosity and area change through its thickness; without and with the
  set-up of the model, after one round to warm up, the least of the rounds. A row for each mesh;
  none for `--rounds 0`.
- `electrodes`: the stage at five rates for electrodes that differ in tortuosity and gradient, on
  one core: CPU seconds of one, as mean over `--electrodes` after one to warm up, and from these the
  minutes that 1,000 take on two cores. `error` tells whether the second mesh and the ends of the
  transport's errors, hence the stated errors, are part of it; without, it is one full cell each.
  None for `--electrodes 0`.

On a shared machine only CPU seconds mean anything. Run from the repository's root with
PYTHONPATH=tests set.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from cell_case import Inputs, context, inputs

from multiscale.stages.cell import DFN, discharge
from multiscale.stages.cell.balancing import nominal_capacity
from multiscale.stages.cell.cells import electrode_under_study, full_cell, parameters_of
from multiscale.stages.cell.dfn import Discharge, rate_test, simulation
from multiscale.stages.cell.stage import DEPTH

RATES = tuple(float(rate) for rate in np.geomspace(0.05, 5, 20))
FIVE = (0.2, 0.5, 1.0, 2.0, 3.0)
NODES = 1000


def timed(work: Callable[[], Any]) -> dict[str, float]:
    """Seconds of `work` by the clock and of this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return {"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}


def least(rounds: int, work: Callable[[], Any]) -> dict[str, float]:
    """The fastest of the rounds, after one to warm up."""
    work()
    return min((timed(work) for _ in range(rounds)), key=lambda one: one["cpu_seconds"])


def rated(of: Inputs, points: int, rates: tuple[float, ...], model: Any = None) -> list[Discharge]:
    """Discharge the full cell on one mesh, with a model that is set up already or anew."""
    study, options = electrode_under_study(*of), DFN(c_rates=rates)
    cell = full_cell(study, options)
    if model is None:
        model = set_up(of, points)
    return rate_test(
        model,
        rates,
        nominal_capacity(study),
        DEPTH,
        half=False,
        cutoff=cell.cutoff,
        say=lambda rate: None,
    )


def set_up(of: Inputs, points: int) -> Any:
    """The model of the full cell on `points` cells per domain."""
    options = DFN()
    cell = full_cell(electrode_under_study(*of), options)
    return simulation(parameters_of(cell, points, options), points, options.tolerance, half=False)


def rate_tests(rounds: int) -> list[dict[str, Any]]:
    """Rows of kind `rate test`."""
    rows = []
    for points in (20, 40):
        of = inputs(gradient=0.2)
        model = set_up(of, points)
        only = least(rounds, lambda m=model, n=points, i=of: rated(i, n, RATES, m))
        anew = least(1, lambda n=points, i=of: rated(i, n, RATES))
        found = rated(of, points, RATES, model)
        rows.append(
            {"kind": "rate test", "points": points, "rates": len(RATES), **only}
            | {f"{name}_with_set_up": value for name, value in anew.items()}
            | {"capacity_at_5C": found[-1].capacity, "lowest": min(d.capacity for d in found)}
        )
    return rows


def electrodes(count: int) -> list[dict[str, Any]]:
    """Rows of kind `electrodes`."""
    rng = np.random.default_rng(1)
    drawn = [
        inputs(tau=float(rng.uniform(2, 5)), gradient=float(rng.uniform(-0.3, 0.3)))
        for _ in range(count + 1)
    ]
    wide = [(*of[:3], replace(of[3], error=of[3].error | {"diffusivity": 0.02})) for of in drawn]
    options, ctx = DFN(c_rates=FIVE), context()
    rows = []
    for error, points, work in (
        (False, 20, lambda of: rated(of, 20, FIVE)),
        (False, 40, lambda of: rated(of, 40, FIVE)),
        (True, 20, lambda of: discharge.call(*of, options.model_copy(update={"points": 20}), ctx)),
        (True, 40, lambda of: discharge.call(*of, options, ctx)),
    ):
        work(wide[0])
        spent = timed(lambda w=work: [w(of) for of in wide[1:]])
        each = spent["cpu_seconds"] / count
        row = {"kind": "electrodes", "error": error, "points": points, "rates": len(FIVE)}
        rows.append(row | {"cpu_seconds": each, "minutes_per_1000": each * NODES / 2 / 60})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--electrodes", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, nargs="?", help="write the rows here too")
    options = parser.parse_args()
    rows = rate_tests(options.rounds) if options.rounds else []
    rows += electrodes(options.electrodes) if options.electrodes else []
    for row in rows:
        print(json.dumps(row), flush=True)
    if options.json:
        options.json.write_text("".join(json.dumps(row) + "\n" for row in rows))


if __name__ == "__main__":
    main()
