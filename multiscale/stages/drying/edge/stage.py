"""Film-2d: the record of film-1d in the middle of the web, with the edge beside it."""

from __future__ import annotations

import dataclasses

import numpy as np

from multiscale.coupling.context import Context
from multiscale.materials.foil import foil
from multiscale.records.dry_coating import DryCoating
from multiscale.records.formulation import Formulation
from multiscale.records.powder import Powder
from multiscale.records.record import FloatArray
from multiscale.records.wet_film import WetFilm
from multiscale.stages.drying.edge.options import Film2D
from multiscale.stages.drying.edge.result import computed, numerical_errors, output_positions
from multiscale.stages.drying.edge.solve import solve_edge
from multiscale.stages.drying.edge.web import Web, make_web
from multiscale.stages.drying.network import films_in_doubt
from multiscale.stages.drying.result import change
from multiscale.stages.drying.setup import Portion, film_of, mobile_volume, portions_of
from multiscale.stages.drying.solids import skeleton_of


def with_edge(
    coating: DryCoating,
    powder: Powder,
    formulation: Formulation,
    wet: WetFilm,
    options: Film2D,
    ctx: Context,
) -> DryCoating:
    """Add the edge to a coating that is dried in the middle of the web; collective.

    Where a network of particles was pressed, the edge's errors too hold what its errors change.

    Raises:
        StageFailed: the edge does not fit its strip, a solve breaks down or a balance does not
            close.
    """
    portions = portions_of(formulation, wet, options)
    edges = np.linspace(0, 1, coating.z.size + 1)
    results = []
    others = (*coarser(options), *films_in_doubt(options))
    for i, resolution in enumerate((options, *others)):
        web = web_of(powder, formulation, wet, portions, resolution)
        span = 0.6 if i == 0 else 0.4 / len(others)
        start = 0.0 if i == 0 else 0.6 + (i - 1) * span

        def report(fraction: float, note: str, start: float = start, span: float = span) -> None:
            ctx.report(start + span * fraction, note)

        drying = solve_edge(ctx.comm, web, portions, wet.web_speed, resolution, report)
        results.append(computed(drying, portions, edges))
        position = output_positions(web)
    values, in_space, in_time, *doubted = results
    error = numerical_errors(values, (in_space, in_time))
    for name in error:
        error[name] += change(values[name], [other[name] for other in doubted])
    return dataclasses.replace(
        coating,
        edge_position=position,
        **values,
        error={**coating.error, **error},
    )


def web_of(
    powder: Powder,
    formulation: Formulation,
    wet: WetFilm,
    portions: tuple[Portion, ...],
    options: Film2D,
) -> Web:
    """Lay the wet film beside its edge; see `make_web`."""
    metal = foil(wet.foil)
    film = film_of(powder, formulation, wet, options)
    return make_web(
        film,
        skeleton_of(film, options),
        options.solids.pore_index,
        mobile_volume(portions),
        metal.density * metal.heat_capacity * wet.foil_thickness,
        metal.conductivity * wet.foil_thickness,
        options.edge,
    )


def coarser(options: Film2D) -> tuple[Film2D, Film2D]:
    """Coarser in space and coarser in time, apart: together their errors may cancel."""
    edge = options.edge
    in_space = {"columns": edge.columns // 2, "layers": edge.layers // 2}
    in_time = {"steps": edge.steps // 2, "tolerance": 10 * edge.tolerance}
    return (
        options.model_copy(update={"edge": edge.model_copy(update=in_space)}),
        options.model_copy(update={"edge": edge.model_copy(update=in_time)}),
    )


def dry_width(position: FloatArray, saturation: FloatArray) -> float:
    """Give the width of the edge where air has taken more than a hundredth of the pores, m."""
    entered = position[saturation < 0.99]
    return float(entered.max()) if entered.size else 0.0
