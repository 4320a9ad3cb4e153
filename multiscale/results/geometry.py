"""Particles, distances and open faces on the voxels of a microstructure, for other programs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import CaseError
from multiscale.records import Microstructure, Phase

Wraps = tuple[bool, bool, bool]

# Name in the file, type, numbers for each voxel, unit and meaning.
_STORED: dict[str, tuple[str, str, tuple[int, ...], str, str]] = {
    "ids": ("particle", "<i4", (), "1", "particle of active material from 1 on, 0 in none"),
    "distance": (
        "distance", "<f4", (), "m",
        "signed distance to the nearest surface of a particle, negative inside",
    ),
    "apertures": (
        "aperture", "<f4", (3,), "1",
        "share of the lower face along x, y, z that particles leave open",
    ),
}  # fmt: skip
_PIECE = 4_000_000  # voxels that are held at once, at least a layer of the file's chunks


def write_geometry(file: Any, structure: Microstructure, wanted: Collection[str]) -> None:
    """Add what is known of the particles to a VTKHDF image, a few slices after the other.

    `particle` numbers the voxels labelled as active by the particle whose surface is nearest,
    in the order of the record; without known shapes by the watershed of the labels, which holds
    the whole volume. `distance` is exact for spheres and ellipsoids outside and where one of them
    holds the point alone; where they overlap it is that of the deepest. `aperture` is the open
    share of the faces between a voxel and those below it along x, y and z, in steps of 1/255;
    what bounds the volume above has no voxel and is left out.

    Args:
        file: open HDF5 file with /VTKHDF.
        structure: where the voxels come from.
        wanted: which of the fields.

    Raises:
        CaseError: distances or apertures of an image, whose surface is known by the labels only.
    """
    check_fields(structure, wanted)
    nx, ny, nz = structure.label.shape
    known = structure.radius.size > 0
    data = {}
    for name in (n for n in _STORED if n in wanted):
        title, kind, numbers, unit, doc = _STORED[name]
        data[name] = file.create_dataset(
            f"VTKHDF/CellData/{title}", (nz, ny, nx, *numbers), kind, chunks=(1, ny, nx, *numbers),
            compression="gzip", compression_opts=1, shuffle=True,
        )  # fmt: skip
        data[name].attrs.update(units=unit, long_name=doc)
    step = max(1, _PIECE // (nx * ny)) if known else nz
    for begin in range(0, nz, step):
        slices = slice(begin, min(begin + step, nz))
        for name, values in (_of_shapes if known else _of_labels)(structure, slices, wanted):
            data[name][slices] = values


def check_fields(structure: Microstructure, wanted: Collection[str]) -> None:
    """Refuse what the microstructure cannot tell.

    Raises:
        CaseError: no such field; distances or apertures of an image, whose surface is known by the
            labels only.
    """
    if unknown := [name for name in wanted if name not in _STORED]:
        raise CaseError(f"no field '{unknown[0]}'; known are {', '.join(_STORED)}")
    odd = [name for name in ("distance", "apertures") if name in wanted]
    if structure.radius.size == 0 and odd:
        raise CaseError(
            f"no {' or '.join(odd)}: the shapes of the particles in an image are known by its "
            "labels only; ask for --field ids alone"
        )


def _of_labels(
    structure: Microstructure, slices: slice, wanted: Collection[str]
) -> list[tuple[str, NDArray[Any]]]:
    """Particles by watershed, axes (z, y, x)."""
    from multiscale.voxels.segmentation import split_particles

    if "ids" not in wanted:
        return []
    active = _label(structure, slices) == Phase.ACTIVE
    wraps, edge = _wraps(structure)[::-1], structure.voxel_size
    return [("ids", split_particles(np.ascontiguousarray(active), wraps, None, (2, 1, 0), edge))]


def _of_shapes(
    structure: Microstructure, slices: slice, wanted: Collection[str]
) -> list[tuple[str, NDArray[Any]]]:
    """The fields of some slices, axes (z, y, x)."""
    found: list[tuple[str, NDArray[Any]]] = []
    if "ids" in wanted or "distance" in wanted:
        ids, distance = _nearest(structure, slices)
        ids[_label(structure, slices) != Phase.ACTIVE] = 0
        found = [("ids", ids), ("distance", distance)]
    if "apertures" in wanted:
        found.append(("apertures", _apertures(structure, slices)))
    return [(name, values) for name, values in found if name in wanted]


def _nearest(structure: Microstructure, slices: slice) -> tuple[NDArray[Any], NDArray[Any]]:
    """Nearest particle and the signed distance to its surface [m], axes (z, y, x)."""
    from multiscale.voxels.ellipsoids import Ellipsoids, ellipsoid_fields
    from multiscale.voxels.particle_fields import particle_fields

    nx, ny, nz = structure.label.shape
    size, edge, own = (nz, ny, nx), structure.voxel_size[::-1], (slices.start, slices.stop)
    wx, wy, wz = _wraps(structure)
    wraps = wz, wy, wx
    of = grains_of(structure)
    turned = Ellipsoids(of.centre[:, ::-1], of.axes, of.turn[:, ::-1, :])

    def look(reach: float) -> tuple[NDArray[Any], NDArray[Any]]:
        if structure.aspect != 1:
            return ellipsoid_fields(turned, size, edge, wraps, reach, own)
        return particle_fields(turned.centre, structure.radius, size, edge, wraps, reach, own)

    reach = float(structure.radius.mean())
    while True:  # what lies within reach is exact: widen it until all voxels do
        ids, distance = look(reach)
        if np.isfinite(distance).all():
            return ids, distance
        reach *= 1.5


def _apertures(structure: Microstructure, slices: slice) -> NDArray[np.float32]:
    """Open share of the lower faces, axes (z, y, x, normal)."""
    from multiscale.voxels.apertures import OPEN, face_apertures
    from multiscale.voxels.ellipsoids import forms

    nx, ny, nz = structure.label.shape
    form = structure.radius if structure.aspect == 1 else forms(grains_of(structure))
    part = slice(None), slice(None), slices
    open_ = face_apertures(
        structure.centre, form, (nx, ny, nz), structure.voxel_size, _wraps(structure), part
    )
    lower = open_.x[:-1], open_.y[:, :-1], open_.z[:, :, :-1]
    steps = np.stack([face.transpose(2, 1, 0) for face in lower], axis=-1)
    return np.divide(steps, OPEN, dtype=np.float32)


def grains_of(structure: Microstructure) -> Any:
    """Give the particles of a packing as `voxels.ellipsoids.Ellipsoids`."""
    from multiscale.voxels.ellipsoids import spheroids

    diameter = 2 * structure.radius * structure.aspect ** (1 / 3)  # of spheres of equal volume
    upright = np.tile([0.0, 0.0, 1.0], (structure.radius.size, 1))
    pole = structure.pole if len(structure.pole) else upright
    return spheroids(structure.centre, diameter, structure.aspect, pole)


def _label(structure: Microstructure, slices: slice) -> NDArray[np.uint8]:
    """Labels of some slices, axes (z, y, x)."""
    label = structure.label
    own = label[:, :, slices] if isinstance(label, np.ndarray) else label.read(z=slices)
    return np.asarray(own.transpose(2, 1, 0))


def _wraps(structure: Microstructure) -> Wraps:
    x, y, z = (bool(around) for around in structure.periodic)
    return x, y, z
