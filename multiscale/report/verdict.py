"""What was made and whether to trust it, in plain sentences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from multiscale.report.figures.cell import rate_name
from multiscale.results import RunView, StageView, number_text

# A finding is worth a warning beyond these.
SEPARATION_OF_SCALES = 0.2  # d50 over thickness: below, the coating is a continuum of particles
RELATIVE_ERROR = 0.05  # of a number that the next stage builds on
BINDER_RATIO = 3.0  # top over foil; measured coatings usually lie between 1.1 and 3
PERCOLATION = 0.95  # share of the electrolyte that connects both faces
FLUX_MISMATCH = 1e-3
WORTH_SAYING = 0.005  # relative error of a capacity that the sentence states
UNRESOLVED = 0.5  # relative error beyond which a conductivity is no more than an order
# Below this ratio of electronic to ionic conductivity the electrons take part in limiting the cell;
# 1 S/m stands for the electrolyte, whatever it is.
EASY_ELECTRONS = 10.0
ELECTROLYTE = 1.0


_NO_BREAK = re.compile(r"(?<=[\d±]) (?=[\d±%gµm])")  # a number stays with its unit


@dataclass(frozen=True)
class Verdict:
    """The head of the report.

    Attributes:
        sentence: what was made and what it delivers.
        trust: whether all is computed and closed.
        warnings: what a reader must know before using the numbers.
    """

    sentence: str
    trust: str
    warnings: tuple[str, ...]


def verdict(run: RunView) -> Verdict:
    """Sum a run up."""
    found = tuple(w for warn in _WARNINGS for w in warn(run))
    open_balances, unfinished = list(_balances(run)), list(_unfinished(run))
    closed = "a balance does not close" if open_balances else "all balances closed"
    if unfinished:
        trust = f"Not complete; of what was computed, {closed}."
    elif found:
        count = f"{len(found)} warning" + ("s" if len(found) > 1 else "")
        trust = f"{closed[0].upper()}{closed[1:]}; {count} below."
    else:
        trust = f"{closed[0].upper()}{closed[1:]}; no warnings."
    return Verdict(_sentence(run), trust, (*unfinished, *open_balances, *found))


def _sentence(run: RunView) -> str:
    parts = [_product(run)]
    if "calendering" in run:
        electrode = run.calendering
        parts.append(
            f"{100 * electrode.porosity:.1f} % porosity, {1e6 * electrode.thickness:.0f} µm"
        )
    elif "drying" in run:
        parts.append(f"{100 * run.drying.porosity:.1f} % porosity, not calendered")
    if "transport" in run:
        transport = run.transport
        error = transport.record.error["tortuosity"]
        tau = number_text(transport.tortuosity[2], error, 3)
        parts.append(f"tortuosity factor {tau} through the thickness")
    if "cell" in run:
        cell = run.cell
        slow, fast = _rate(cell.c_rate, 0.1), _rate(cell.c_rate, 2.0)
        parts.append(f"delivers {_delivered(cell, slow)} and {_delivered(cell, fast)}")
    return _NO_BREAK.sub("\u00a0", ", ".join(parts) + ".")


def _product(run: RunView) -> str:
    material = run.powder.material if "powder" in run else run.index.title
    for stage in ("coating", "drying", "calendering"):
        if stage in run:
            record: Any = run[stage].record
            dry = record.active_mass + record.additive_mass + record.binder_mass.sum()
            return f"{1e3 * dry:.0f} g/m² {material} electrode"
    return f"{material} slurry" if "slurry" in run else f"{material} electrode, nothing computed"


def _delivered(cell: StageView, rate: int) -> str:
    value = cell.value("capacity").shown[rate]
    error = cell.value("capacity_error").shown[rate]
    text = number_text(value, error, 3) if error > WORTH_SAYING * value else f"{value:.2f}"
    return f"{text} mAh/cm² at {rate_name(cell.c_rate[rate])}"


def _rate(rates: Any, wanted: float) -> int:
    return int(np.argmin(np.abs(np.log(np.maximum(rates, 1e-12) / wanted))))


def _unfinished(run: RunView) -> Iterator[str]:
    for step in run.index.steps:
        if step.status in ("failed", "stopped"):
            yield f"{step.stage} {step.status}: {step.message}"
    blocked = [s.stage for s in run.index.steps if s.status in ("blocked", "planned")]
    if blocked:
        yield f"Not computed: {', '.join(blocked)}."
    elif run.index.steps and run.index.steps[-1].status == "ok" and _end(run) not in run:
        yield f"The chain was run until {run.index.steps[-1].stage}."


def _end(run: RunView) -> str:
    """Last stage of the chain: the factory's account is of the wet line."""
    dry = "formulation" in run and run.formulation.solids_mass_fraction == 1
    return "cell" if dry else "factory"


def _balances(run: RunView) -> Iterator[str]:
    for stage in run.stages.values():
        for row in stage.meta["conservation"]:
            if not row["relative"] <= row["tolerance"]:
                yield (
                    f"{stage.name} does not conserve {row['quantity']}: {row['relative']:.1e} "
                    f"lost, {row['tolerance']:.0e} allowed."
                )


def _probe(run: RunView) -> Iterator[str]:
    if "--probe" in run.index.command.split():
        yield "A small volume on coarse grids (--probe): good for a look, not for a result."


def _coating(run: RunView) -> Iterator[str]:
    if "coating" in run and not run.coating.window.startswith("ok"):
        yield f"Coating window: {run.coating.window}."


def _drying(run: RunView) -> Iterator[str]:
    if "drying" not in run:
        return
    dry = run.drying
    if dry.drying_time >= dry.residence_time:
        yield (
            f"The dryer is too short: after {dry.residence_time:.0f} s the coating still holds "
            f"{1e6 * dry.residual_solvent:.0f} ppm solvent. Slow the web or heat more."
        )
    worst = float(dry.binder_ratio.max())
    if worst > BINDER_RATIO:
        yield (
            f"Binder has migrated: {worst:.1f} times as much at the top as at the foil; measured "
            "coatings seldom exceed 3. Either adhesion is at risk, or the binder moves less freely "
            "than assumed."
        )


def _scales(run: RunView) -> Iterator[str]:
    if "powder" not in run or "calendering" not in run:
        return
    ratio = median_diameter(run.powder.record) / run.calendering.thickness
    if ratio > SEPARATION_OF_SCALES:
        yield (
            f"Scales are not separate: the median particle is {100 * ratio:.0f} % of the thickness "
            f"(a continuum needs less than {100 * SEPARATION_OF_SCALES:.0f} %); profiles through "
            "the thickness average over few particles."
        )


def _microstructure(run: RunView) -> Iterator[str]:
    if "microstructure" not in run:
        return
    structure = run.microstructure
    area, error = structure.area_active_pore, structure.record.error["area_active_pore"]
    if area > 0 and error / area > RELATIVE_ERROR:
        yield f"Voxels are coarse: the active surface is known to {100 * error / area:.0f} % only."
    if structure.representative_error > 0.02:
        spread = 100 * structure.representative_error
        yield f"The volume is small: its active fraction scatters by {spread:.1f} % between seeds."


def _transport(run: RunView) -> Iterator[str]:
    if "transport" not in run:
        return
    transport = run.transport
    tau, error = transport.tortuosity[2], transport.record.error["tortuosity"]
    if error / tau > RELATIVE_ERROR:
        yield f"Tortuosity factor is known to {100 * error / tau:.0f} % only: refine the voxels."
    yield from _electrons(transport)
    if transport.percolating.min() < PERCOLATION:
        yield (
            f"{100 * (1 - transport.percolating.min()):.0f} % of the electrolyte connects to one "
            "face at most."
        )
    if transport.flux_mismatch.max() > FLUX_MISMATCH:
        worst = 100 * transport.flux_mismatch.max()
        yield f"Fluxes through the layers differ by {worst:.1g} %: the solver has not converged."


def _electrons(transport: StageView) -> Iterator[str]:
    sigma, error = transport.conductivity, transport.record.error["conductivity"]
    matters = sigma[2] < EASY_ELECTRONS * ELECTROLYTE * transport.diffusivity[2]
    if matters and error > UNRESOLVED * sigma.max():
        yield (
            f"Electronic conductivity is not resolved: {sigma[2]:.2g} S/m through the thickness, "
            f"wrong by up to {error:.2g} S/m, and low enough to matter in the cell. Refine the "
            "voxels until the carbon-binder paths are several voxels wide."
        )


def median_diameter(powder: Any) -> float:
    """d50 by volume in m, interpolated between the size classes."""
    passing = np.cumsum(powder.volume_fraction) - powder.volume_fraction / 2
    return float(np.exp(np.interp(0.5, passing, np.log(powder.diameter))))


_WARNINGS: tuple[Callable[[RunView], Iterator[str]], ...] = (
    _probe, _coating, _drying, _scales, _microstructure, _transport,
)  # fmt: skip
