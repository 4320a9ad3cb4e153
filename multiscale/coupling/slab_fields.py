"""A volume that ranks hold by slabs becomes one field of a record."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiscale.coupling.context import Context
from multiscale.records import FieldRef
from multiscale.records.record import stored_digest
from multiscale.voxels.slabs import Slabs, all_layers

_SLAB = 440  # tag


def hand_over[T: np.generic](
    own: NDArray[T], slabs: Slabs, ctx: Context, name: str
) -> FieldRef | NDArray[T]:
    """Give all ranks the volume: as a file beside the store, or in memory where there is none.
    Collective.

    Rank 0 writes one slab after the other, so that no rank ever holds the whole.

    Args:
        own: this rank's slices, shape (x, y, own slices).
        slabs: who has which slices.
        ctx: ranks, and the folder.
        name: of the volume.
    """
    if slabs.comm is None:
        return own
    layers = np.ascontiguousarray(own.transpose(2, 1, 0))  # as files hold them
    if ctx.scratch is None:
        return np.ascontiguousarray(all_layers(layers, slabs).transpose(2, 1, 0))
    if slabs.comm.rank > 0:
        slabs.comm.Send(layers, 0, _SLAB)
        written = None
    else:
        written = _write(layers, slabs, ctx, name)
    found: FieldRef = slabs.comm.bcast(written)
    return found


def _write(own: NDArray[Any], slabs: Slabs, ctx: Context, name: str) -> FieldRef:
    import h5py

    assert slabs.comm is not None and ctx.scratch is not None
    ctx.scratch.mkdir(parents=True, exist_ok=True)
    path, (_, ny, nx) = ctx.scratch / f"{name}.h5", own.shape
    with h5py.File(path, "w") as file:
        stored = file.create_dataset(name, (slabs.total, ny, nx), own.dtype)
        for rank, (begin, end) in enumerate(zip(slabs.first, slabs.first[1:], strict=False)):
            part = own if rank == 0 else np.empty((end - begin, ny, nx), own.dtype)
            if rank > 0:
                slabs.comm.Recv(part, rank, _SLAB)
            stored[begin:end] = part
        digest = stored_digest(stored)
    return FieldRef(path, name, digest, (nx, ny, slabs.total), own.dtype.str)
