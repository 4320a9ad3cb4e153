"""From the solution beside the edge to the numbers of the record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from multiscale.records.record import FloatArray
from multiscale.stages.drying.edge.mesh import graded_positions
from multiscale.stages.drying.edge.solve import EdgeDrying
from multiscale.stages.drying.edge.transport import Section
from multiscale.stages.drying.edge.web import Web
from multiscale.stages.drying.migration import cell_means
from multiscale.stages.drying.setup import Portion

POSITIONS = 60
TENTHS = np.array([0.0, 0.1, 0.9, 1.0])


def output_positions(web: Web) -> FloatArray:
    """Give the positions of the record, crowded towards the edge, m."""
    return graded_positions(web.edge.width, web.edge.width / 600, POSITIONS)


def computed(drying: EdgeDrying, portions: Sequence[Portion], edges: FloatArray) -> dict[str, Any]:
    """Give every computed field that belongs to the edge.

    Args:
        drying: the solution.
        portions: the binders; what of them does not move follows the solids.
        edges: ends of the output cells over xi.
    """
    crossing = drying.crossing
    web = crossing.web
    y, at = web.y, output_positions(web)
    end = crossing.state(float(crossing.ends[-1]))
    middle = crossing.state(float(drying.packed[-1]))
    solids = end.H / (web.film.solids_volume - web.moving)
    kept = web.film.solids_mass - sum(p.mobile_mass for p in portions)
    loading = kept * solids
    contents = []
    for portion, section in zip(portions, drying.sections, strict=True):
        loading = loading + portion.mobile_mass * section.over_width()
        contents.append(_content(section, portion.mobile, solids))

    def put(values: FloatArray) -> FloatArray:
        return np.array([np.interp(at, y, row) for row in np.atleast_2d(values)])

    shares = [
        (1 - p.mobile) * solids + p.mobile * s.over_width()
        for p, s in zip(portions, drying.sections, strict=True)
    ]
    dry_share = loading / web.film.solids_mass
    return {
        "edge_height": put(end.h)[0],
        "edge_loading": put(loading)[0],
        "edge_packed": put(drying.packed)[0],
        "edge_dry": put(drying.dry)[0],
        "edge_saturation": put(middle.saturation)[0],
        "edge_binder": np.array([put(share / dry_share)[0] for share in shares]),
        "edge_binder_ratio": np.array(
            [put(_means(c, TENTHS)[:, 2] / _means(c, TENTHS)[:, 0])[0] for c in contents]
        ),
        "edge_section": np.array([put(_means(c, edges).T).T for c in contents]),
    }


def numerical_errors(
    values: dict[str, FloatArray], coarser: Sequence[dict[str, FloatArray]]
) -> dict[str, float]:
    """Bound the numerical error of each field by twice the sum of the differences to coarser
    solves; see `drying.result.numerical_error`."""
    return {
        name: max(
            2 * sum(float(np.abs(value - other[name]).max()) for other in coarser),
            1e-12 * float(np.abs(value).max()),
        )
        for name, value in values.items()
    }


def nothing(binders: int, cells: int) -> dict[str, Any]:
    """Give the fields of a film without an edge: they are empty."""
    one, two = np.zeros(0), np.zeros((binders, 0))
    fields = ("position", "height", "loading", "packed", "dry", "saturation")
    return {
        **{f"edge_{name}": one for name in fields},
        "edge_binder": two,
        "edge_binder_ratio": two,
        "edge_section": np.zeros((binders, 0, cells)),
    }


def _content(section: Section, mobile: float, solids: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give xi and the binder per area and xi over its mean in the middle of the wet film."""
    return section.xi, (1 - mobile) * solids[:, None] + mobile * section.total


def _means(content: tuple[FloatArray, FloatArray], edges: FloatArray) -> FloatArray:
    """Average over cells of xi and divide by the mean of the column, shape (columns, cells)."""
    xi, values = content
    cells = np.array([cell_means(xi, row, edges) for row in values])
    means: FloatArray = cells / (cells @ np.diff(edges))[:, None]
    return means
