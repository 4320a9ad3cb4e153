"""What must never reach a result: found on all ranks together and named all at once, with the
particles, their places and the remedy.

Each check gives a `Problem` of this rank, or None; `agree.refuse` raises if any rank has one. The
scans are compiled without fast mathematics, which would promise that nothing is ever NaN.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mpi4py import MPI

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multiscale.particles.agree import SHOWN, Problem
from multiscale.particles.layout import IMAGE_SHIFT, INDEX_MASK

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
_JIT: dict[str, Any] = dict(cache=True, error_model="numpy")
MASK, SHIFT = INDEX_MASK, IMAGE_SHIFT
AXES = "xyz"


def not_finite(
    n: int, X: Floats, V: Floats, G: Integers, F: Floats | None = None
) -> Problem | None:
    """Find particles whose place, velocity or force is NaN or infinite.

    Args:
        n: number of owned particles; further rows are not looked at.
        X: x, y, z, radius; V: velocity, 1/m, r omega, m; F: forces; see `layout`.
        G: identities.
    """
    arrays = {"place": X, "velocity": V} | ({} if F is None else {"force": F})
    bad = np.zeros(n, np.bool_)
    for array in arrays.values():
        _mark_not_finite(array[:n], bad)
    found = np.flatnonzero(bad)
    if not len(found):
        return None
    worst = []
    for i in found[np.argsort(G[found], kind="stable")][:SHOWN]:
        said = [f"{name} {_numbers(a[i, :3])}" for name, a in arrays.items()]
        worst.append((-float(G[i]), f"particle {G[i]}: {', '.join(said)}"))
    return Problem(
        "particles are not finite",
        "a smaller time step, or a start without deep overlaps, keeps them so",
        len(found),
        tuple(worst),
    )


def bad_sizes(radius: Floats, mass: Floats, ids: Integers) -> Problem | None:
    """Find radii and masses that are not positive and finite."""
    bad = ~((radius > 0) & (mass > 0) & np.isfinite(radius) & np.isfinite(mass))
    found = np.flatnonzero(bad)
    if not len(found):
        return None
    worst = tuple(
        (-float(ids[i]), f"particle {ids[i]}: radius {radius[i]:.4g} m, mass {mass[i]:.4g} kg")
        for i in found[np.argsort(ids[found], kind="stable")][:SHOWN]
    )
    return Problem(
        "particles have no size", "give each a radius and a mass above 0", len(found), worst
    )


def overlapping(
    n: int, pairs: int, I: Any, J: Any, X: Floats, SH: Floats, G: Integers, tolerance: float
) -> Problem | None:
    """Find pairs that overlap by more than `tolerance` times the smaller radius.

    Args:
        n: number of owned particles.
        pairs: length of the list.
        I, J: pair list; X, SH, G: particles, images and identities; see `layout`.
        tolerance: overlap over the smaller radius.
    """
    depth, first, second = np.zeros(SHOWN), np.zeros(SHOWN, np.int64), np.zeros(SHOWN, np.int64)
    count = _deepest(n, pairs, I, J, X, SH, G, tolerance, depth, first, second)
    if not count:
        return None
    worst = []
    for share, i, e in zip(depth[:count], first, second, strict=False):
        j = e & MASK
        overlap = share * min(X[i, 3], X[j, 3])
        other = X[j, :3] + SH[(e >> SHIFT) & 31]
        worst.append(
            (
                float(share),
                f"particles {G[i]} at {_numbers(X[i, :3])} m and {G[j]} at {_numbers(other)} m: "
                f"overlap {overlap:.3g} m, {100 * share:.3g} % of the smaller radius",
            )
        )
    return Problem(
        f"pairs overlap by more than {100 * tolerance:g} % of the smaller radius",
        "relax the start with soft contacts first, or place the particles anew",
        count,
        tuple(worst),
    )


def behind_walls(n: int, X: Floats, W: Floats, G: Integers, tolerance: float) -> Problem | None:
    """Find particles deeper in a wall than `tolerance` times their radius, or behind it.

    Args:
        n: number of owned particles.
        X, G: particles and identities; see `layout`.
        W: table of walls, normal and offset first, shape (walls, 8).
        tolerance: overlap over the radius.
    """
    if not _any_deep(n, X, W, tolerance):
        return None
    deep = (X[:n, 3:4] - (X[:n, :3] @ W[:, :3].T - W[:, 3])) / X[:n, 3:4]
    found = np.argwhere(deep >= tolerance)
    share = deep[tuple(found.T)]
    worst = tuple(
        (
            float(share[k]),
            f"particle {G[i]} at {_numbers(X[i, :3])} m: overlap with wall {w} "
            f"{share[k] * X[i, 3]:.3g} m, {100 * share[k]:.3g} % of its radius",
        )
        for k in np.argsort(-share, kind="stable")[:SHOWN]
        for i, w in [found[k]]
    )
    return Problem(
        f"particles are deeper in a wall than {100 * tolerance:g} % of their radius",
        "place them on its free side; in a run, a smaller time step, slower wall, stiffer contacts",
        len(found),
        worst,
    )


def lost(
    n: int, X: Floats, G: Integers, low: Floats, high: Floats, periodic: Sequence[bool]
) -> Problem | None:
    """Find particles that have left the box along an axis that is not periodic.

    Args:
        n: number of owned particles.
        X, G: particles and identities; see `layout`.
        low, high: ends of the box along each axis [m], shape (3,).
        periodic: axes that repeat.
    """
    repeats = np.asarray(periodic)
    if not _any_out(n, X, low, high, repeats):
        return None
    past = np.maximum(low - X[:n, :3], X[:n, :3] - high) / X[:n, 3:4]  # beyond the end, in radii
    past[:, repeats] = -np.inf
    found = np.flatnonzero(past.max(axis=1) >= 1.0)
    far = past[found].max(axis=1)
    worst = tuple(
        (
            float(far[k]),
            f"particle {G[found[k]]} at {_numbers(X[found[k], :3])} m: {far[k]:.3g} radii beyond "
            f"the box along {AXES[int(past[found[k]].argmax())]}",
        )
        for k in np.argsort(-far, kind="stable")[:SHOWN]
    )
    return Problem(
        "particles have left the box", "a wall or a smaller time step keeps them", len(found), worst
    )


def census(ids: Integers, total: int, comm: MPI.Intracomm) -> list[Problem]:
    """Find identities that stand twice, and which of 0..total-1 are gone if they are numbered so.

    Each rank looks after the ids that are its own modulo the number of ranks. Collective.

    Args:
        ids: of the owned particles.
        total: particles that there must be on all ranks.
        comm: the ranks.
    """
    dealt = comm.alltoall([ids[ids % comm.size == rank] for rank in range(comm.size)])
    holders = np.repeat(np.arange(comm.size), [len(part) for part in dealt])
    mine = np.concatenate(dealt)
    order = np.argsort(mine, kind="stable")
    mine, holders = mine[order], holders[order]
    twice = np.flatnonzero(mine[1:] == mine[:-1])
    problems = []
    if len(twice):
        worst = tuple(
            (-float(mine[k]), f"{mine[k]} on ranks {holders[k]} and {holders[k + 1]}")
            for k in twice[:SHOWN]
        )
        remedy = "number the particles 0, 1, 2, ... over all ranks"
        problems.append(Problem("identities stand twice", remedy, len(twice), worst))
    missing = total - comm.allreduce(len(ids))
    counted = comm.allreduce(int(mine.max(initial=-1)), MPI.MAX) < total  # 0, 1, 2, ...
    gone = np.setdiff1d(np.arange(comm.rank, total, comm.size), mine) if counted else mine[:0]
    named = missing > 0 and len(gone) > 0
    if named or (missing > 0 and not counted and comm.rank == 0):
        worst = tuple((-float(k), f"particle {k}") for k in gone[:SHOWN])
        remedy = f"there were {total}; this is an error of the engine, please report it"
        problems.append(Problem("particles are gone", remedy, len(gone) or missing, worst))
    return problems


def narrow_box(heights: Floats, periodic: Sequence[bool], reach: float) -> Problem | None:
    """Find periodic axes along which a particle could touch another one from both sides.

    Args:
        heights: distances between opposite faces of the box [m], shape (3,).
        periodic: axes that repeat.
        reach: farthest distance between centres at which the laws act, skin included [m].
    """
    found = [a for a in range(3) if periodic[a] and heights[a] < 2 * reach]
    if not found:
        return None
    worst = tuple(
        (2 * reach / heights[a], f"along {AXES[a]}: {heights[a]:.4g} m, at least {2 * reach:.4g} m")
        for a in found
    )
    remedy = "enlarge the box, or reduce the reach of the laws or the skin"
    return Problem("periodic sides of the box are below two reaches", remedy, len(found), worst)


def unstable_step(time_step: float, limits: Mapping[str, float]) -> Problem | None:
    """Compare the time step with its limits [s]; see `limits`."""
    found = sorted((limit, name) for name, limit in limits.items() if not time_step <= limit)
    if not found:
        return None
    worst = tuple((time_step / limit, f"{name}: at most {limit:.3g} s") for limit, name in found)
    return Problem(
        "limits of the time step are exceeded",
        f"it is {time_step:.3g} s; take {_just_below(found[0][0])} s, or soften the contacts",
        len(found),
        worst,
    )


def _just_below(value: float) -> str:
    digit = 10.0 ** (np.floor(np.log10(value)) - 1)
    return f"{np.floor(value / digit + 1e-9) * digit:.2g}"


def _numbers(values: Any) -> str:
    return "(" + ", ".join(f"{v:.4g}" for v in values) + ")"


@njit(**_JIT)
def _mark_not_finite(rows, bad):  # type: ignore[no-untyped-def]
    for i in range(rows.shape[0]):
        for c in range(rows.shape[1]):
            if not np.isfinite(rows[i, c]):
                bad[i] = True


@njit(**_JIT)
def _deepest(n, pairs, I, J, X, SH, G, tolerance, depth, first, second):  # type: ignore[no-untyped-def]
    """Count the pairs beyond the tolerance; keep the deepest, sorted. Each pair counts once."""
    count = 0
    for p in range(pairs):
        i = I[p]
        e = J[p]
        j = e & MASK
        if j >= n and G[j] < G[i]:
            continue
        c = (e >> SHIFT) & 31
        dx = X[i, 0] - X[j, 0] - SH[c, 0]
        dy = X[i, 1] - X[j, 1] - SH[c, 1]
        dz = X[i, 2] - X[j, 2] - SH[c, 2]
        overlap = X[i, 3] + X[j, 3] - np.sqrt(dx * dx + dy * dy + dz * dz)
        share = overlap / min(X[i, 3], X[j, 3])
        if not share > tolerance:
            continue
        count += 1
        k = depth.size
        while k > 0 and share > depth[k - 1]:
            if k < depth.size:
                depth[k], first[k], second[k] = depth[k - 1], first[k - 1], second[k - 1]
            k -= 1
        if k < depth.size:
            depth[k], first[k], second[k] = share, i, e
    return count


@njit(**_JIT)
def _any_deep(n, X, W, tolerance):  # type: ignore[no-untyped-def]
    for w in range(W.shape[0]):
        for i in range(n):
            z = X[i, 0] * W[w, 0] + X[i, 1] * W[w, 1] + X[i, 2] * W[w, 2] - W[w, 3]
            if (X[i, 3] - z) / X[i, 3] > tolerance:
                return True
    return False


@njit(**_JIT)
def _any_out(n, X, low, high, periodic):  # type: ignore[no-untyped-def]
    for a in range(3):
        for i in range(0 if periodic[a] else n):
            if max(low[a] - X[i, a], X[i, a] - high[a]) / X[i, 3] > 1.0:
                return True
    return False
