"""The microstructure as a file of its own that ParaView and PyVista open."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from multiscale.records import Microstructure
from multiscale.results.geometry import check_fields, write_geometry
from multiscale.results.view import StageView, open_run


def export_vtkhdf(out: Path, target: Path | None = None, fields: Collection[str] = ()) -> Path:
    """Copy the labelled voxels of the run in `out` to a file of their own.

    The file is VTKHDF ImageData: spacing in metres, z = 0 at the foil, one byte per voxel
    (0 pore, 1 active material, 2 carbon-binder domain), and the fields of the transport stage where
    it kept them. `target` is `out/microstructure.vtkhdf` unless given.

    Args:
        out: folder of the run.
        target: the file.
        fields: computed and added: particle "ids", signed "distance" to their surface, "apertures"
            of the voxel faces; see `write_geometry`.

    Raises:
        CaseError: there is no run, it has no microstructure, or that is an image, whose surface is
            known by its labels only.
    """
    import h5py

    run = open_run(out)
    source, structure = run["microstructure"].path, run["microstructure"].record
    assert isinstance(structure, Microstructure)
    check_fields(structure, fields)  # before a file of that name is lost
    target = target or run.out / "microstructure.vtkhdf"
    with h5py.File(target, "w") as file:
        with h5py.File(source) as stored:
            stored.copy("VTKHDF", file, shallow=True)
        for stage in ("microstructure", "transport"):
            if stage in run:
                _copy_fields(run[stage], file)
        if fields:
            write_geometry(file, structure, fields)
    return target


def _copy_fields(stage: StageView, file: Any) -> None:
    """Copy the voxel fields that the result of a stage holds, and say what they are."""
    import h5py

    with h5py.File(stage.path) as stored:
        for name, port in stage.record.ports().items():
            place = f"VTKHDF/CellData/{name}"
            if port.kind == "field" and place in stored:
                stored.copy(place, file, place)
                file[place].attrs.update(units=port.unit, long_name=port.doc)
