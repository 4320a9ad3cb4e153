"""Half sweeps in one pass: bit by bit those of a plain loop, on any number of pieces."""

import numpy as np
import pytest

from multiscale.voxels import smoother
from multiscale.voxels.blocks import Grid
from multiscale.voxels.checkerboard import gather, padded
from multiscale.voxels.slabs import whole
from multiscale.voxels.transmissibility import transmissibilities


def plain_half_sweep(x, b, f, colour, wraps):
    """(sum of T x_neighbour + b) / sum of T for the cells of one colour, in double precision."""
    below = [np.roll(x, 1, a) for a in range(3)]
    above = [np.roll(x, -1, a) for a in range(3)]
    upper = [np.roll(f[a], -1, a) for a in range(3)]
    for a in range(3):
        if not wraps[a]:  # beyond the ends x is 0, and closed but along axis 0
            end = [slice(None)] * 3
            end[a] = 0
            below[a][tuple(end)] = 0
            end[a] = -1
            above[a][tuple(end)] = 0
            upper[a][tuple(end)] = f[3] if a == 0 else 0
    total = b + sum(f[a] * below[a] + upper[a] * above[a] for a in range(3))
    diagonal = sum(f[a] + upper[a] for a in range(3))
    chosen = np.indices(x.shape).sum(axis=0) % 2 == colour
    x[chosen] = (total / diagonal)[chosen]


def level(shape, wraps, seed=1):
    rng = np.random.default_rng(seed)
    d = rng.uniform(0.2, 1, shape).astype(np.float32)
    faces = transmissibilities(d, (1.0, 1.0, 1.0), wraps)
    x, b = (np.zeros(padded(shape), np.float32) for _ in range(2))
    for c in range(2):
        for i in range(shape[0]):
            for j in range(shape[1]):
                own = 1 + (shape[2] + 1 - ((i + j + c) & 1)) // 2
                first = 1
                x[c, i + 1, j + 1, first:own] = rng.random(own - first)
                b[c, i + 1, j + 1, first:own] = rng.random(own - first)
    return Grid(shape, whole(shape[0], wraps), faces, x, b)


def laid_out(values, shape):
    plain = np.empty(shape, values.dtype)
    gather(values, shape, plain)
    return plain


@pytest.mark.parametrize("wraps", [(False, True, False), (True, True, True)])
def test_plain_twin(wraps):
    shape = (12, 6, 8)
    grid = level(shape, wraps)
    x, b = (laid_out(v, shape).astype(float) for v in (grid.x, grid.b))
    faces = [laid_out(np.ascontiguousarray(f), shape).astype(float) for f in grid.faces]
    top = np.empty((1, *shape[1:]), np.float32)
    gather(np.ascontiguousarray(grid.faces[0, :, shape[0] :]), (1, *shape[1:]), top)
    faces.append(top[0].astype(float))
    smoother.smooth(grid, wraps, 1, 5, 1)
    for s in range(5):
        plain_half_sweep(x, b, faces, (1 + s) % 2, wraps)
    assert laid_out(grid.x, shape) == pytest.approx(x, rel=1e-5)


@pytest.mark.parametrize("wraps", [(False, True, False), (True, True, True)])
@pytest.mark.parametrize("shape", [(40, 6, 8), (41, 7, 9)])
def test_same_bits_in_one_pass_in_several_and_on_threads(wraps, shape, monkeypatch):
    grids = [level(shape, wraps) for _ in range(3)]
    smoother.smooth(grids[0], wraps, 1, 6, 1)
    smoother.smooth(grids[1], wraps, 1, 6, 3)
    monkeypatch.setattr(smoother, "CACHE", 0)  # two half sweeps at once
    smoother.smooth(grids[2], wraps, 1, 6, 1)
    for other in grids[1:]:
        assert (laid_out(other.x, shape) == laid_out(grids[0].x, shape)).all()
