"""The microstructure as a file of its own that ParaView and PyVista open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from multiscale.results.view import StageView, open_run


def export_vtkhdf(out: Path, target: Path | None = None) -> Path:
    """Copy the labelled voxels of the run in `out` to a file of their own.

    The file is VTKHDF ImageData: spacing in metres, z = 0 at the foil, one byte per voxel
    (0 pore, 1 active material, 2 carbon-binder domain), and the fields of the transport stage where
    it kept them. `target` is `out/microstructure.vtkhdf` unless given.

    Raises:
        CaseError: there is no run, or it has no microstructure.
    """
    import h5py

    run = open_run(out)
    source = run["microstructure"].path
    target = target or run.out / "microstructure.vtkhdf"
    with h5py.File(target, "w") as file:
        with h5py.File(source) as stored:
            stored.copy("VTKHDF", file, shallow=True)
        for stage in ("microstructure", "transport"):
            if stage in run:
                _copy_fields(run[stage], file)
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
