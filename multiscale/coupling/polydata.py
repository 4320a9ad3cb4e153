"""Spheres and bonds of a record as VTKHDF PolyData, which ParaView and PyVista open."""

from __future__ import annotations

from typing import Any

import numpy as np

from multiscale.records import Packing


def write_spheres(file: Any, packing: Packing) -> None:
    """Write the spheres as vertices and the bonds as lines between their centres to /VTKHDF.

    A bond through a periodic side would be drawn across the box, and one to the foil has no centre
    to go to; they are left out.

    Args:
        file: open HDF5 file.
        packing: the spheres and their bonds.
    """
    ends = packing.bond.astype(np.int64)
    way = packing.position[ends[:, 1]] - packing.position[ends[:, 0]]
    drawn = (np.abs(way[:, :2]) < 0.5 * packing.box[:2]).all(axis=1) & (ends[:, 0] >= 0)
    spheres = len(packing.radius)
    group = file.create_group("VTKHDF")
    group.attrs["Version"] = (2, 0)
    group.attrs.create("Type", np.bytes_("PolyData"))
    group.attrs["length_unit"] = "m"
    group["Points"], group["NumberOfPoints"] = packing.position, [spheres]
    _cells(group, "Vertices", np.arange(spheres), 1)
    _cells(group, "Lines", ends[drawn].ravel(), 2)
    for name in ("Polygons", "Strips"):
        _cells(group, name, np.empty(0, np.int64), 1)
    group["PointData/radius"], group["PointData/kind"] = packing.radius, packing.kind
    # Cells are the vertices, then the lines.
    thick = np.concatenate([np.zeros(spheres), packing.bond_radius[drawn]])
    group["CellData/bond_radius"] = thick


def _cells(group: Any, name: str, points: np.ndarray, corners: int) -> None:
    cells = group.create_group(name)
    cells["Connectivity"] = points.astype(np.int64)
    cells["Offsets"] = np.arange(0, len(points) + 1, corners, dtype=np.int64)
    cells["NumberOfCells"] = [len(points) // corners]
    cells["NumberOfConnectivityIds"] = [len(points)]
