"""The tensor of a volume that repeats along all axes, with pockets that carry nothing."""

from mpi4py import MPI

import numpy as np
import pytest

from multiscale.voxels.diffusion import effective_tensor
from multiscale.voxels.slabs import share_layers
from tests.voxel_images import blobs

CUBE, WRAPS = (1.0, 1.0, 1.0), (True, True, True)
SIZE = (41, 37, 43)  # odd, as are some of the coarser grids: 21, 19, 11, ...


def channel_and_pockets() -> np.ndarray:
    """A straight channel along z, and pockets of all sizes that lie across the seams."""
    d = np.zeros(SIZE, np.float32)
    d[12:18, 14:19] = 1
    rng = np.random.default_rng(2)
    for edge in (2, 3, 4, 6, 8):
        for _ in range(4):
            corner = rng.integers(0, 40, 3)
            corner[rng.integers(0, 3)] = -1 - edge // 2  # across a seam
            box = np.ix_(*(np.arange(c, c + edge) % n for c, n in zip(corner, SIZE, strict=True)))
            near = d[np.ix_(*(np.arange(c - 1, c + edge + 1) % n
                              for c, n in zip(corner, SIZE, strict=True)))]  # fmt: skip
            if not near.any():
                d[box] = 1
    return d


def test_pockets_carry_nothing() -> None:
    """The channel conducts its share of the section, to the tolerance."""
    d = channel_and_pockets()
    assert d.sum() > 6 * 5 * SIZE[2] + 500
    exact = np.zeros((3, 3))
    exact[2, 2] = 6 * 5 / (SIZE[0] * SIZE[1])
    assert effective_tensor(d, CUBE) == pytest.approx(exact, abs=1e-8)


@pytest.mark.parametrize("seed", [1, 2])
def test_rounding_feeds_no_constant(seed: int) -> None:
    """No potential is given anywhere; where the mean drifted, the residual stalled at 5e-5."""
    d = np.where(blobs((63, 63, 63), 3.0, seed) > 0.6, 1, 0).astype(np.float32)
    tensor = effective_tensor(d, CUBE, residual_tolerance=1e-7, iteration_limit=20)
    assert tensor == pytest.approx(tensor.T, abs=1e-5)
    assert 0.05 < np.diag(tensor).min() and np.diag(tensor).max() < 0.4


@pytest.mark.mpi(3)
def test_ranks_give_the_same_bits() -> None:
    """Pockets within one slab, across two, and across the seam."""
    field = blobs(SIZE, 2.0, 3)
    for d in (channel_and_pockets(), np.where(field > 0.6, 1, 0).astype(np.float32)):
        slabs = share_layers(MPI.COMM_WORLD, SIZE[0], WRAPS)
        own = np.ascontiguousarray(d[slabs.begin : slabs.end])
        assert np.array_equal(effective_tensor(own, CUBE, None, slabs), effective_tensor(d, CUBE))
