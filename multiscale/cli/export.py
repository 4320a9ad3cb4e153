"""multiscale export: results for other programs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from multiscale.cli.arguments import RunFolder
from multiscale.errors import CaseError


class Geometry(StrEnum):
    """Names of the fields that particles have."""

    ids = "ids"
    distance = "distance"
    apertures = "apertures"


def export(
    run: RunFolder,
    format: Annotated[
        Literal["bpx", "csv", "edge", "statistics", "vtkhdf"],
        typer.Argument(
            metavar="FORMAT",
            show_default=False,
            help="bpx: the cell, for PyBaMM; csv: all numbers; edge: the film beside its edge, for "
            "ParaView; statistics: correlation, chords, areas, percolation, contacts; vtkhdf: the "
            "voxels, for ParaView.",
        ),
    ],
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="DIR",
            show_default=False,
            help="Folder to write to; by default that of the run.",
        ),
    ] = None,
    field: Annotated[
        list[Geometry] | None,
        typer.Option(
            "--field",
            show_default=False,
            help="Add to the voxels of `vtkhdf`: the particle of each voxel, the signed distance "
            "to the surface of particles, the open share of the voxel faces; repeatable.",
        ),
    ] = None,
) -> None:
    """Write results in a format of other programs.

    Under mpiexec the ranks share the voxels of `statistics`; the other formats need one process.

    \b
    Examples:
      multiscale export runs/my_electrode bpx
      multiscale export runs/my_electrode csv --to tables
      multiscale export runs/my_electrode statistics
      multiscale export runs/my_electrode vtkhdf
      multiscale export runs/my_electrode vtkhdf --field ids --field distance
    """
    from multiscale.jit_cache import place_cache
    from multiscale.results import (
        export_bpx,
        export_csv,
        export_section,
        export_statistics,
        export_vtkhdf,
    )

    if field and format != "vtkhdf":
        raise CaseError(f"--field adds to the voxels of vtkhdf; {format} has none")
    if to is not None:
        to.mkdir(parents=True, exist_ok=True)
    match format:
        case "csv":
            written = export_csv(run, to)
        case "bpx":
            written = [export_bpx(run, to / "cell.bpx.json" if to else None)]
        case "edge":
            written = [export_section(run, to / "edge.vts" if to else None)]
        case "statistics":
            from mpi4py import MPI

            place_cache(MPI.COMM_WORLD.rank, MPI.COMM_WORLD.size)
            written = export_statistics(run, to, MPI.COMM_WORLD)
        case "vtkhdf":
            place_cache(0, 1)
            target = to / "microstructure.vtkhdf" if to else None
            written = [export_vtkhdf(run, target, field or ())]
    for path in written:
        print(path)
