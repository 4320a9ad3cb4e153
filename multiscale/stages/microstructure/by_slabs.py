"""Which ranks build the volume together, and how their slabs become one field of the record."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from multiscale.coupling.context import Context
from multiscale.records import FieldRef
from multiscale.records.record import stored_digest
from multiscale.voxels.slabs import Slabs, all_layers, share_layers, whole

Labels = NDArray[np.uint8]

_BOUNDED = (False, False, False)
# Of a slab, so that blocks of eight voxels do not straddle two ranks.
_LEAST = 8
_LABEL = 440  # tag


def by_slabs[T](work: Callable[[Slabs], T], ctx: Context, slices: int, reach: int) -> T:
    """Do collective work with the slices along z dealt to the ranks; on rank 0 where they are too
    few. Collective.

    Args:
        work: what is done with slabs, the same for any number of ranks.
        ctx: the ranks.
        slices: of the volume.
        reach: slices on either side that what is placed at once may take.
    """
    if slices >= _LEAST * ctx.comm.size:
        slabs = share_layers(ctx.comm, slices, _BOUNDED)
        if slabs.comm is None or min(np.diff(slabs.first)) >= reach:
            return work(slabs)
    return ctx.on_root(lambda: work(whole(slices, _BOUNDED)))


def hand_over(label: Labels, slabs: Slabs, ctx: Context, name: str = "label") -> FieldRef | Labels:
    """Give all ranks the volume: as a file beside the store, or in memory where there is none.
    Collective.

    Rank 0 writes one slab after the other, so that no rank ever holds the whole.

    Args:
        label: phases of this rank's slices, shape (x, y, own slices).
        slabs: who has which slices.
        ctx: ranks, and the folder.
        name: of the volume.
    """
    if slabs.comm is None:
        return label
    layers = np.ascontiguousarray(label.transpose(2, 1, 0))  # as files hold them
    if ctx.scratch is None:
        return np.ascontiguousarray(all_layers(layers, slabs).transpose(2, 1, 0))
    if slabs.comm.rank > 0:
        slabs.comm.Send(layers, 0, _LABEL)
        written = None
    else:
        written = _write(layers, slabs, ctx, name)
    found: FieldRef = slabs.comm.bcast(written)
    return found


def _write(own: Labels, slabs: Slabs, ctx: Context, name: str) -> FieldRef:
    import h5py

    assert slabs.comm is not None and ctx.scratch is not None
    ctx.scratch.mkdir(parents=True, exist_ok=True)
    path, (_, ny, nx) = ctx.scratch / f"{name}.h5", own.shape
    with h5py.File(path, "w") as file:
        stored = file.create_dataset(name, (slabs.total, ny, nx), np.uint8)
        for rank, (begin, end) in enumerate(zip(slabs.first, slabs.first[1:], strict=False)):
            part = own if rank == 0 else np.empty((end - begin, ny, nx), np.uint8)
            if rank > 0:
                slabs.comm.Recv(part, rank, _LABEL)
            stored[begin:end] = part
        digest = stored_digest(stored)
    return FieldRef(path, name, digest, (nx, ny, slabs.total), "|u1")
