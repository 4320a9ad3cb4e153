"""The cross-section beside the edge as a file that ParaView and PyVista open."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from multiscale.errors import CaseError
from multiscale.records.dry_coating import DryCoating
from multiscale.records.record import FloatArray
from multiscale.results.view import open_run


def export_section(out: Path, target: Path | None = None) -> Path:
    """Write the dry film's cross-section beside the edge of the run in `out`.

    Raises:
        CaseError: the run's drying is not of the kind film-2d.
    """
    run = open_run(out)
    coating = run["drying"].record
    if not isinstance(coating, DryCoating) or coating.edge_position.size == 0:
        raise CaseError(
            f"the run in {out} did not look at the coating's edge; set drying.kind to film-2d"
        )
    return write_section(coating, target or run.out / "edge.vts")


def write_section(coating: DryCoating, target: Path) -> Path:
    """Write a VTK structured grid: y and z in metres, z = 0 at the foil.

    Each binder's local mass over its mean through the thickness stands at the points, as
    `binder_0`, `binder_1`, ... in the order of the recipe.

    Args:
        coating: with an edge.
        target: the file, .vts.
    """
    y, h, z = coating.edge_position, coating.edge_height, coating.z
    points = np.stack(
        [np.broadcast_to(y[:, None], (y.size, z.size)), h[:, None] * z, np.zeros((y.size, z.size))],
        axis=-1,
    ).transpose(1, 0, 2)
    extent = f"0 {y.size - 1} 0 {z.size - 1} 0 0"
    arrays = "".join(
        _array(section.T, f'Name="binder_{i}"') for i, section in enumerate(coating.edge_section)
    )
    target.write_text(
        '<?xml version="1.0"?>\n<VTKFile type="StructuredGrid" version="0.1">\n'
        f'<StructuredGrid WholeExtent="{extent}">\n<Piece Extent="{extent}">\n'
        f"<PointData>\n{arrays}</PointData>\n"
        f"<Points>\n{_array(points, 'NumberOfComponents="3"')}</Points>\n"
        "</Piece>\n</StructuredGrid>\n</VTKFile>\n"
    )
    return target


def _array(values: FloatArray, attributes: str) -> str:
    """Text of numbers; the first axis of the grid runs fastest."""
    numbers = " ".join(f"{value:.9g}" for value in values.ravel())
    return f'<DataArray type="Float64" {attributes} format="ascii">\n{numbers}\n</DataArray>\n'
