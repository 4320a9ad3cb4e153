"""Which ranks build the volume together."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from multiscale.coupling.context import Context
from multiscale.voxels.slabs import Slabs, share_layers, whole

_BOUNDED = (False, False, False)
# Of a slab, so that blocks of eight voxels do not straddle two ranks.
_LEAST = 8


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
