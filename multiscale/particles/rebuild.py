"""Renewing who is where: wrap, migrate, sort, ghosts, lists. All histories and bonds move along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multiscale.particles.bond_ends import agree_on_broken, locate
from multiscale.particles.bonds import Bonds, from_rows, rows, take, without_doubles
from multiscale.particles.box import flip, lattice, lattice_rate, mark_build
from multiscale.particles.bricks import balanced, heights, imbalance
from multiscale.particles.halo import Halo
from multiscale.particles.layout import Clock, Frame
from multiscale.particles.messages import Array
from multiscale.particles.migrate import Ragged, migrate

if TYPE_CHECKING:
    from multiscale.particles.simulation import Simulation

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
_UNEVEN = 1.1  # load of the busiest rank over the mean at which the cuts move


def rebuild(sim: Simulation, *, balance: bool = True, kept: list[Ragged] | None = None) -> None:
    """Wrap, migrate, sort, fetch ghosts and build the lists anew. Collective.

    Args:
        sim: the simulation.
        balance: whether the cuts between ranks may move.
        kept: what `carried` gave, where it comes from a checkpoint.
    """
    s, t = sim.state, sim.lists
    stay = kept is None and sim.comm.size == 1  # the bonds, which are many bytes
    if kept is None:
        kept = [t.export(s)] if stay else carried(sim)
    t.drop()  # before their successors are made: memory peaks here
    s.drop()
    flip(sim.frame)
    h = lattice(sim.frame)
    place = _wrap(sim, h)
    every: list[Array] = [a[: s.n] for a in (s.X, s.V, s.A, s.G, s.class_, s.P)] + [place]
    if sim.comm.size > 1:
        if balance:
            _balance(sim, place, kept[0], h)
        every, kept = migrate(sim.bricks, place, every, kept)
    s.X, s.V, s.A, s.G, s.class_, s.P, place = every
    s.n = len(s.X)
    cut = np.array([d > 1 for d in sim.bricks.dims])
    wrap = np.array(sim.box.periodic) & ~cut
    order = t.sort(s, place, h, wrap, np.where(cut, t.cut / heights(h), 0.0))
    every.clear()  # one after the other, so that no two sets of rows stand side by side
    s.X, s.V = s.X[order], s.V[order]
    s.A, s.G, s.class_, place = s.A[order], s.G[order], s.class_[order], place[order]
    s.P = s.P[order]
    history = _reordered(kept[0], order)
    if cut.any():
        reach = t.cuts.max(axis=1)[s.class_]
        if sim.halo is not None:
            sim.halo.free()
        every = [s.X, s.V, s.A, s.G, s.class_, s.P]
        sim.halo, every = Halo.build(sim.bricks, place, reach, h, every, sim.window)
        place = np.concatenate([place, sim.halo.s])
        s.X, s.V, s.A, s.G, s.class_, s.P = (np.ascontiguousarray(a) for a in every)
    sim.forward()
    s.renew()
    mark_build(sim.frame)
    sim.place_images()
    t.build(s, place, history, sim.walls)
    bonds = None
    if sim.bonds is not None:
        bonds = sim.bonds if stay else without_doubles(from_rows(*kept[1].items))
    if sim.halo is not None:
        _leave_out_idle(sim, sim.halo, bonds)
    if bonds is not None:
        sim.bonds, sim.ends = locate(
            bonds, s.G, s.X, s.n, h, wrap.tolist(), t.cut, len(sim.bond_materials)
        )
    sim.clock[[Clock.OUTER, Clock.DRIFT]] = 0.0


def _leave_out_idle(sim: Simulation, halo: Halo, bonds: Bonds | None) -> None:
    """Keep the ghosts with a partner here, about two in three: less travels at each step."""
    s, t = sim.state, sim.lists
    used = t.listed(s)
    if bonds is not None:
        used |= np.isin(s.G[s.n :], bonds.ids)
    sim.halo, stays = halo.without(~used)
    t.renumber(s, stays)
    s.keep_ghosts(stays)


def carried(sim: Simulation) -> list[Ragged]:
    """Give what moves along with the owned particles: contact histories, and bonds if any.

    Collective: the ranks agree on which bonds hold.
    """
    s = sim.state
    if sim.bonds is None:
        return [sim.lists.export(s)]
    if sim.ends is not None:
        agree_on_broken(sim.bonds, sim.ends, sim.comm, s.n)
    return [sim.lists.export(s), _with_their_ends(sim.bonds, s.G[: s.n])]


def _wrap(sim: Simulation, h: Floats) -> Floats:
    """Bring the particles into the box; give their lattice coordinates in [0, 1)."""
    X, V, place = sim.state.X[: sim.state.n], sim.state.V[: sim.state.n], np.empty((sim.state.n, 3))
    periodic = np.array(sim.box.periodic)
    _wrap_into(
        X, V, sim.frame[Frame.LOW], h, np.linalg.inv(h), lattice_rate(sim.frame), periodic, place
    )
    return place


@njit(cache=True, error_model="numpy")
def _wrap_into(
    X: Floats,
    V: Floats,
    low: Floats,
    H: Floats,
    inverse: Floats,
    rate: Floats,
    periodic: NDArray[np.bool_],
    place: Floats,
) -> None:
    """s = H^-1 (x - low); where k = floor(s) is not 0: x - H k, v - dH/dt k, s - k."""
    largest = np.nextafter(1.0, 0.0)
    for i in range(len(X)):
        for a in range(3):
            place[i, a] = 0.0
            for c in range(3):
                place[i, a] += inverse[a, c] * (X[i, c] - low[c])
        for a in range(3):
            if not periodic[a]:
                continue
            k = np.floor(place[i, a])
            if k != 0.0:
                for c in range(3):
                    X[i, c] -= H[c, a] * k
                    V[i, c] -= rate[c, a] * k
                place[i, a] -= k
            place[i, a] = min(max(place[i, a], 0.0), largest)


def _balance(sim: Simulation, place: Floats, kept: Ragged, h: Floats) -> None:
    load = np.asarray(1.0 + kept.counts, float)
    if imbalance(sim.comm, float(load.sum())) > _UNEVEN or _narrow(sim, h):
        sim.bricks = balanced(sim.bricks, place, load, h, sim.lists.cut)


def _narrow(sim: Simulation, h: Floats) -> bool:
    """Tell whether a brick is narrower than the lists see: radii grew, or the box shrank."""
    wide, cuts = heights(h), sim.bricks.cuts
    return any(np.diff(cuts[a]).min() * wide[a] < sim.lists.cut for a in sim.bricks.cut_axes)


def _reordered(kept: Ragged, order: Integers) -> Ragged:
    """Bring the contacts, partner and history, into a new order of the particles."""
    partner, history = kept.items
    moved = np.empty_like(kept.counts), np.empty_like(partner), np.empty_like(history)
    _reorder(order, kept.counts, partner, history, *moved)
    return Ragged(moved[0], moved[1:])


@njit(cache=True, error_model="numpy")
def _reorder(
    order: Integers,
    counts: NDArray[np.int32],
    partner: Integers,
    history: Floats,
    new_counts: NDArray[np.int32],
    new_partner: Integers,
    new_history: Floats,
) -> None:
    first = np.empty(len(counts) + 1, np.int64)
    first[0] = 0
    for i in range(len(counts)):
        first[i + 1] = first[i] + counts[i]
    at = 0
    for k in range(len(order)):
        i = order[k]
        new_counts[k] = counts[i]
        for q in range(first[i], first[i + 1]):
            new_partner[at] = partner[q]
            for h in range(history.shape[1]):
                new_history[at, h] = history[q, h]
            at += 1


def _with_their_ends(bonds: Bonds, ids: Integers) -> Ragged:
    """Hand each bond to both its ends, as far as they are owned here."""
    order = np.argsort(ids)
    bond = np.tile(np.arange(len(bonds)), 2)
    end = bonds.ids.T.ravel()
    at = np.searchsorted(ids, end, sorter=order).clip(max=max(len(ids) - 1, 0))
    mine = (ids[order[at]] == end) if len(ids) else np.zeros(len(end), bool)
    owner, bond = order[at[mine]], bond[mine]
    by_owner = np.argsort(owner, kind="stable")
    counts = np.bincount(owner, minlength=len(ids)).astype(np.int32)
    return Ragged(counts, rows(take(bonds, bond[by_owner])))
