"""The microstructure as a file of its own that ParaView and PyVista open."""

from __future__ import annotations

from pathlib import Path

from multiscale.results.view import open_run


def export_vtkhdf(out: Path, target: Path | None = None) -> Path:
    """Copy the labelled voxels of the run in `out` to a file of their own.

    The file is VTKHDF ImageData: spacing in metres, z = 0 at the foil, one byte per voxel
    (0 pore, 1 active material, 2 carbon-binder domain). `target` is `out/microstructure.vtkhdf`
    unless given.

    Raises:
        CaseError: there is no run, or it has no microstructure.
    """
    import h5py

    run = open_run(out)
    source = run["microstructure"].path
    target = target or run.out / "microstructure.vtkhdf"
    with h5py.File(source) as stored, h5py.File(target, "w") as file:
        stored.copy("VTKHDF", file)
        for name, port in run["microstructure"].record.ports().items():
            if port.kind == "field":
                file[f"VTKHDF/CellData/{name}"].attrs.update(units=port.unit, long_name=port.doc)
    return target
