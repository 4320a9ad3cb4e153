"""The strip beside the edge at one resolution: balances across the web, columns, then every binder.

As for one film, the balances are solved three times, each time with what the columns have shown:
the first until air enters, the second until liquid is cut off from the surface. Columns that feed
each other feel each other's packing a little before air enters; that is left at one pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from multiscale.errors import StageFailed
from multiscale.fem.interval import graded_points
from multiscale.records.record import FloatArray
from multiscale.stages.drying.edge.binder import BinderMotion
from multiscale.stages.drying.edge.columns import ColumnLayers
from multiscale.stages.drying.edge.crossing import Crossing, cross
from multiscale.stages.drying.edge.interior import Interior, fill, settle
from multiscale.stages.drying.edge.options import Film2D
from multiscale.stages.drying.edge.sampled import first_below, sample
from multiscale.stages.drying.edge.transport import Section, carry
from multiscale.stages.drying.edge.web import Web
from multiscale.stages.drying.setup import Portion, gases_of

TOLERANCE = {"solvent": 1e-8, "solids": 1e-8, "binder": 1e-8, "heat": 1e-6}

Report = Callable[[float, str], None]


@dataclass(frozen=True)
class EdgeDrying:
    """What a solve gives.

    Attributes:
        crossing: balances across the web.
        interior: solids and liquid through the thickness of the columns.
        packed: time at which each column stops shrinking, s.
        dry: time at which its residual solvent meets the limit, s; the residence time where not.
        sections: mobile share of each binder, 1 per area in the middle of the wet film.
    """

    crossing: Crossing
    interior: Interior
    packed: FloatArray
    dry: FloatArray
    sections: tuple[Section, ...]


def solve_edge(
    comm: Any,
    web: Web,
    portions: Sequence[Portion],
    web_speed: float,
    options: Film2D,
    report: Report,
) -> EdgeDrying:
    """Solve the balances and the columns, then carry each binder in the cross-section; collective.

    Args:
        comm: ranks that share the columns; each solves the balances across the web for itself.
        web: as it enters.
        portions: the binders.
        web_speed: m/s.
        options: dryer, edge and resolution.
        report: told the fraction done and a physical number.

    Raises:
        StageFailed: a balance does not close, a solve breaks down, or binder does not fit.
    """
    durations = [zone.length / web_speed for zone in options.zones]

    def crossed(web: Web, before: Crossing | None = None) -> Crossing:
        crossing = cross(web, gases_of(options), durations, options.edge.tolerance, before)
        refuse_open_balances(crossing.imbalances())
        return crossing

    layers = ColumnLayers(graded_points(options.edge.layers))
    web, course = settle(comm, web, layers, sample(crossed(web)), options)
    packing = crossed(web)
    web, interior = fill(comm, web, layers, sample(packing), course, options)
    crossing = crossed(web, packing)
    at = sample(crossing)
    pores = at.V * (1 / web.packing - 1)
    still = first_below(at.times, at.S - options.connected_saturation * pores)
    interior = replace(interior, rests=np.minimum(interior.rests, still))
    packed = first_below(at.times, at.S - pores)
    last, events = float(interior.rests.max()), np.append(crossing.ends, packed[-1])
    steps = share_steps(at.times, at.S, last, options.edge.steps, events)
    sections = []
    for i, portion in enumerate(portions):

        def progress(fraction: float, i: int = i, name: str = portion.binder.name) -> None:
            t = steps[int(fraction * (steps.size - 1))]
            report((i + fraction) / len(portions), f"{name} beside the edge at {t:.1f} s of drying")

        motion = BinderMotion(crossing, interior, layers, portion, options, steps)
        binding = motion.binding()
        c_0 = motion.dissolved(binding)
        section = carry(
            comm, motion, steps, web.y, layers.xi, c_0, report=progress, binding=binding
        )
        start = float(motion.share(0.0) @ web.dual)
        refuse_open_balances({"binder": abs(section.mass() / start - 1)})
        sections.append(section)
    limit = options.residual_limit * web.film.solids_mass / web.film.solids_volume * at.V
    dry = first_below(at.times, web.film.liquid_density * at.S - limit)
    return EdgeDrying(crossing, interior, packed, dry, tuple(sections))


def refuse_open_balances(imbalances: dict[str, float]) -> None:
    """Refuse a solution in which the strip as a whole gains or loses.

    Raises:
        StageFailed: what, by how much, and what to do.
    """
    for what, imbalance in imbalances.items():
        if not imbalance <= TOLERANCE[what]:
            raise StageFailed(
                f"beside the edge the balance of {what} is off by {imbalance:.2g} (allowed "
                f"{TOLERANCE[what]:g}); lower drying.edge.tolerance"
            )


def share_steps(
    times: FloatArray, S: FloatArray, last: float, steps: int, events: FloatArray
) -> FloatArray:
    """Choose steps that share out evenly time and the fall of the columns' ln S, with the events.

    Args:
        times: s, shape (samples,).
        S: solvent at these times, shape (samples, columns), m.
        last: end, s.
        steps: number of steps, about.
        events: times that must be hit, s.
    """
    fall = np.log(S[0] / np.maximum(S, 0.02 * S[0])).mean(axis=1)
    measure = np.maximum.accumulate(fall) + 2 * times / last
    end = float(np.interp(last, times, measure))
    even = np.interp(np.linspace(0, end, steps + 1), measure, times)
    even[-1] = last
    fixed = np.array([e for e in events if 0 < e < last])
    if fixed.size:
        gap = 0.1 * np.interp(fixed, even[:-1], np.diff(even))
        near = (np.abs(even[1:-1, None] - fixed) < gap).any(axis=1)
        even = np.delete(even, 1 + np.flatnonzero(near))
    result: FloatArray = np.unique(np.concatenate([even, fixed]))
    return result
