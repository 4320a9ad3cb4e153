"""Grains placed one after the other, by ranks that hold a slab of slices each.

Whether a grain is placed depends on what was placed before, so its order must be that of the whole
grid. Only the slice of its centre decides, and only near a seam does it reach into the next slab:
the rank that has the centre decides and tells its neighbour, a byte each, until the slice has its
share. Both go through the grains near their seam in the same order, so nobody waits in a circle.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multiscale.voxels.slabs import Slabs, from_all

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Labels = NDArray[np.uint8]

PORE, CBD = 0, 2
_OWN, _BELOW, _ABOVE = 0, 1, 2
_LEFT_OUT, _PLACED, _FULL = 0, 1, 2
_GRAIN, _VERDICT = 430, 431  # tags
_DRAWS = 1 << 20  # at once: 8 MB


def own_draws(
    rng: np.random.Generator, index: Integers, shape: tuple[int, int, int], slabs: Slabs
) -> Floats:
    """Draw exponential variates for voxels of all ranks in the order of the grid. Collective.

    Args:
        rng: source, in the same state on all ranks, and afterwards too.
        index: place of this rank's voxels in the whole grid, ascending.
        shape: of the whole grid.
        slabs: who has which slices.

    Returns:
        Those of this rank's voxels.
    """
    if slabs.comm is None:
        return rng.exponential(size=index.size)
    # A rank's voxels of one column along z follow each other, those of the next rank behind them.
    columns = shape[0] * shape[1]
    own = index // shape[2]
    counts = np.array(from_all(np.bincount(own, minlength=columns).astype(np.int32), slabs))
    in_column = counts.sum(axis=0, dtype=np.int64)
    first = np.cumsum(in_column) - in_column + counts[: slabs.rank].sum(axis=0, dtype=np.int64)
    place = first[own] + np.arange(own.size) - np.searchsorted(own, own)
    found = np.empty(own.size)
    total, done = int(in_column.sum()), 0
    for begin in range(0, total, _DRAWS):
        drawn = rng.exponential(size=min(_DRAWS, total - begin))
        end = int(np.searchsorted(place, begin + drawn.size))
        found[done:end] = drawn[place[done:end] - begin]
        done = end
    return found


def place_grains(
    label: Labels,
    index: Integers,
    key: Floats,
    grain: Integers,
    share: Integers,
    due: Integers,
    slabs: Slabs,
) -> None:
    """Fill grains around the centres in the order of their keys, until each slice has its share.
    Collective.

    Args:
        label: phases of this rank's slices, changed in place, shape (x, y, own slices).
        index: centres in this rank's slices, by their place in the whole grid, ascending.
        key: by which they are ordered.
        grain: offsets of a grain's voxels, shape (n, 3); they reach no further than a slab.
        share: voxels to fill now in each slice of the whole grid; counted down in the own slices.
        due: voxels to fill at all, likewise.
        slabs: who has which slices.
    """
    reach = int(np.abs(grain[:, 2]).max())
    near = _near_seams(index, key, reach, share.size, slabs)
    source = np.concatenate([np.full(k.size, s, np.int8) for s, (_, k) in enumerate(near)])
    centre, keys = (np.concatenate(part) for part in zip(*near, strict=True))
    order = np.lexsort((centre, keys))
    centre, source = centre[order], source[order]
    told, full = np.zeros(1, np.uint8), np.zeros(share.size, np.bool_)
    low = slabs.begin + reach if slabs.begin > 0 else slabs.begin
    high = slabs.end - reach if slabs.end < slabs.total else slabs.end
    at = 0
    while True:
        at = _place(
            label, slabs.begin, centre, source, grain, share, due, full, low, high, at, told
        )
        if at == centre.size:
            return
        _agree(label, centre[at], source[at], grain, share, due, full, low, high, told, slabs)
        at += 1


def _near_seams(
    index: Integers, key: Floats, reach: int, slices: int, slabs: Slabs
) -> list[tuple[Integers, Floats]]:
    """Centres and keys of this rank, and those of the ranks below and above that reach it."""
    own = index, key
    none = index[:0], key[:0]
    if slabs.comm is None:
        return [own, none, none]
    below, above = slabs.neighbours()
    height = index % slices
    found = [own, none, none]
    for where, chosen, to, out_of in (
        (_BELOW, height >= slabs.end - reach, above, below),
        (_ABOVE, height < slabs.begin + reach, below, above),
    ):
        got = slabs.comm.sendrecv((index[chosen], key[chosen]), to, _GRAIN, None, out_of, _GRAIN)
        found[where] = got or none
    return found


def _agree(
    label: Labels,
    centre: int,
    source: int,
    grain: Integers,
    share: Integers,
    due: Integers,
    full: NDArray[np.bool_],
    low: int,
    high: int,
    told: Any,
    slabs: Slabs,
) -> None:
    """Tell the neighbours about an own grain near a seam, or hear about one of theirs."""
    assert slabs.comm is not None
    below, above = slabs.neighbours()
    k = centre % share.size
    if source == _OWN:
        if k < low:
            slabs.comm.Send(told, below, _VERDICT)
        if k >= high:
            slabs.comm.Send(told, above, _VERDICT)
    else:
        slabs.comm.Recv(told, below if source == _BELOW else above, _VERDICT)
        if told[0] == _PLACED:
            _fill(label, slabs.begin, centre, grain, share, due)
    full[k] = told[0] == _FULL


@njit(cache=True, error_model="numpy")
def _fill(label, begin, centre, grain, share, due):  # type: ignore[no-untyped-def]
    """Fill the pore that one grain takes in these slices, as far as it is due."""
    nx, ny, own = label.shape
    nz = share.size
    i, j, k = centre // (ny * nz), centre // nz % ny, centre % nz
    for g in range(grain.shape[0]):
        a, b, d = (i + grain[g, 0]) % nx, (j + grain[g, 1]) % ny, k + grain[g, 2]
        if begin <= d < begin + own and label[a, b, d - begin] == PORE and due[d] > 0:
            label[a, b, d - begin] = CBD
            due[d] -= 1
            share[d] -= 1


@njit(cache=True, error_model="numpy")
def _place(  # type: ignore[no-untyped-def]
    label, begin, centre, source, grain, share, due, full, low, high, start, told
):
    """Place grains from `start` on, up to one that two ranks must agree on; give its place."""
    ny, nz = label.shape[1], share.size
    for n in range(start, centre.size):
        c = centre[n]
        i, j, k = c // (ny * nz), c // nz % ny, c % nz
        if full[k]:
            continue
        if source[n] != _OWN:
            return n
        told[0] = _LEFT_OUT if share[k] > 0 else _FULL
        if share[k] > 0 and label[i, j, k - begin] == PORE:
            _fill(label, begin, c, grain, share, due)
            told[0] = _PLACED
        if k < low or k >= high:
            return n
    return centre.size
