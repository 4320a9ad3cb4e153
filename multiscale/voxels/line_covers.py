"""Lines across planes, and the length of each voxel on them that lies in grains or cylinders.

Lengths are in voxels of their axis; the first axis is normal to the plane, lines run along the
third.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from multiscale.voxels.bridges import chord, extent


@njit(parallel=True, cache=True, error_model="numpy")
def cover_planes(  # type: ignore[no-untyped-def]
    centre, form, rods, edge, box, wraps, height, lines, first, covered
):
    """Add to `covered`, for each plane of `height`, the share of each cell in any grain or rod.

    Args:
        centre, form: of the grains, c in voxels and Q in 1/m^2.
        rods: as from `bridges.cylinders`, in m.
        edge: of a voxel [m].
        box: voxels along each axis.
        wraps: which axes repeat.
        height: of each plane.
        lines: for each cell of a plane.
        first: the first cell wanted across and along the lines.
        covered: shape (planes, cells across, cells along).
    """
    for p in prange(height.size):
        _cover_plane(centre, form, rods, edge, box, wraps, height[p], lines, first, covered[p])


@njit(cache=True, error_model="numpy")
def _images(centre, reach, length, wraps, low, high):  # type: ignore[no-untyped-def]
    """First and last period by which centre ± reach meets [low, high]."""
    if not wraps:
        return 0, 0 if centre + reach > low and centre - reach < high else -1
    first = np.ceil((low - reach - centre) / length)
    return int(first), int(np.floor((high + reach - centre) / length))


@njit(cache=True, error_model="numpy")
def _cover_plane(  # type: ignore[no-untyped-def]
    centre, form, rods, edge, box, wraps, height, lines, first_cell, covered
):
    """`covered` begins with the cell `first_cell` of the plane."""
    rows = lines * covered.shape[0]
    span = float(first_cell[1]), float(first_cell[1] + covered.shape[1])
    start = np.zeros(rows + 1, np.int64)
    # Two passes: how many intervals each line has, then the intervals.
    low, high, at = np.empty(0), np.empty(0), np.zeros(0, np.int64)
    for counting in (True, False):
        into = start, low, high, at
        _take_grains(
            centre, form, edge, box, wraps, height, lines, first_cell[0], span, counting, into
        )
        _take_rods(rods, edge, box, wraps, height, lines, first_cell[0], span, counting, into)
        if counting:
            for row in range(rows):
                start[row + 1] += start[row]
            low, high, at = np.empty(start[rows]), np.empty(start[rows]), start[:-1].copy()
    for row in range(rows):
        _lay(low[start[row] : start[row + 1]], high[start[row] : start[row + 1]],
             1 / lines, first_cell[1], covered[row // lines])  # fmt: skip


@njit(cache=True, error_model="numpy")
def _take_grains(  # type: ignore[no-untyped-def]
    centre, form, edge, box, wraps, height, lines, first_row, span, counting, into
):
    """The parts of lines in ellipsoids.

    With (g, u, w) from the centre, g fixed by the plane: the shadow of the grain along w is
    S_gg g^2 + 2 S_gu g u + S_uu u^2 <= 1 with S = Q - Q_w Q_w^T/Q_ww, and a line at u is inside
    where Q_ww w^2 + 2 b w + c <= 0.
    """
    rows = into[0].size - 1
    for q in range(form.shape[0]):
        gg, gu, gw = form[q, 0, 0], form[q, 0, 1], form[q, 0, 2]
        uu, uw, ww = form[q, 1, 1], form[q, 1, 2], form[q, 2, 2]
        s_gg, s_gu, s_uu = gg - gw * gw / ww, gu - gw * uw / ww, uu - uw * uw / ww
        reach = np.sqrt(s_uu / (s_gg * s_uu - s_gu * s_gu)) / edge[0]
        first, last = _images(centre[q, 0], reach, box[0], wraps[0], height, height)
        for s in range(first, last + 1):
            gap = edge[0] * (height - centre[q, 0] - s * box[0])
            square = s_gu * s_gu * gap * gap - s_uu * (s_gg * gap * gap - 1.0)
            if square <= 0:
                continue
            width = np.sqrt(square) / (s_uu * edge[1])
            axis = centre[q, 1] - s_gu * gap / (s_uu * edge[1])
            bottom = int(np.ceil((axis - width) * lines - 0.5))
            top = int(np.floor((axis + width) * lines - 0.5))
            for line in range(bottom, top + 1):
                row = (line % (lines * int(box[1])) if wraps[1] else line) - lines * first_row
                if row < 0 or row >= rows:
                    continue
                across = edge[1] * ((line + 0.5) / lines - centre[q, 1])
                b = gw * gap + uw * across
                c = gg * gap * gap + 2.0 * gu * gap * across + uu * across * across - 1.0
                rest = b * b - ww * c
                if rest <= 0:
                    continue
                half = np.sqrt(rest) / (ww * edge[2])
                base = centre[q, 2] - b / (ww * edge[2])
                _note(row, base, half, box[2], wraps[2], span, counting, into)


@njit(cache=True, error_model="numpy")
def _take_rods(  # type: ignore[no-untyped-def]
    rods, edge, box, wraps, height, lines, first_row, span, counting, into
):
    """The parts of lines in cylinders."""
    rows = into[0].size - 1
    for q in range(len(rods)):
        middle, half = extent(rods[q], 0, 0.0)
        first, last = _images(middle / edge[0], half / edge[0], box[0], wraps[0], height, height)
        middle, half = extent(rods[q], 1, 0.0)
        bottom = int(np.ceil((middle - half) / edge[1] * lines - 0.5))
        top = int(np.floor((middle + half) / edge[1] * lines - 0.5))
        for s in range(first, last + 1):
            gap = edge[0] * (height - s * box[0]) - rods[q, 0]
            for line in range(bottom, top + 1):
                row = (line % (lines * int(box[1])) if wraps[1] else line) - lines * first_row
                if row < 0 or row >= rows:
                    continue
                across = edge[1] * (line + 0.5) / lines - rods[q, 1]
                foot, head = chord(rods[q], gap, across)
                if head <= foot:
                    continue
                base = (rods[q, 2] + 0.5 * (foot + head)) / edge[2]
                half = 0.5 * (head - foot) / edge[2]
                _note(row, base, half, box[2], wraps[2], span, counting, into)


@njit(cache=True, error_model="numpy")
def _note(row, base, half, box, wraps, span, counting, into):  # type: ignore[no-untyped-def]
    """Count, or write down, base ± half and its periodic images on a line, cut off at the box."""
    start, low, high, at = into
    one, other = _images(base, half, box, wraps, 0.0, box)
    for t in range(one, other + 1):
        middle = base + t * box
        if middle - half >= span[1] or middle + half <= span[0]:
            continue
        if counting:
            start[row + 1] += 1
        else:
            low[at[row]] = max(middle - half, 0.0)
            high[at[row]] = min(middle + half, box)
            at[row] += 1


@njit(cache=True, error_model="numpy")
def _lay(low, high, share, first, cells):  # type: ignore[no-untyped-def]
    """Add the union of the intervals of one line to the cells that it crosses, from `first` on."""
    order = np.argsort(low)
    end = 0.0
    for n in order:
        a, end_here = max(low[n], end), high[n]
        if end_here <= a:
            continue
        end = end_here
        cell, last = max(int(a), first), min(int(end_here), first + cells.size - 1)
        while cell <= last:
            cells[cell - first] += share * max(min(end_here, cell + 1.0) - max(a, float(cell)), 0.0)
            cell += 1
