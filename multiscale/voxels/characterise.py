"""All statistics of a labelled volume that later scales and comparisons with images ask for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiscale.voxels.area import interface_area
from multiscale.voxels.cbd import ACTIVE, CBD, PORE
from multiscale.voxels.chords import mean_chord
from multiscale.voxels.contact_network import ContactNetwork, contact_network, fabric_error
from multiscale.voxels.percolation import connecting, find_clusters
from multiscale.voxels.segmentation import split_particles
from multiscale.voxels.slabs import Slabs, from_all, whole
from multiscale.voxels.statistics import (
    error_by_columns,
    representative_edge,
    representative_error,
)
from multiscale.voxels.surface import specific_surface

Floats = NDArray[np.float64]
Labels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

_PAIRS = {
    "active-pore": (ACTIVE, PORE),
    "active-cbd": (ACTIVE, CBD),
    "cbd-pore": (CBD, PORE),
}


WANTED = 0.01  # standard error of a volume fraction for which the box's edge is given


@dataclass(frozen=True)
class Characteristics:
    """Statistics of pore, active material and carbon-binder domain.

    Attributes:
        fraction: volume fraction of each phase, shape (3,).
        fraction_error: standard error of each for the finite volume, shape (3,).
        edge: lateral edge of the box whose fractions would be known to `WANTED`, and its error [m],
            shape (3, 2).
        interface: area per volume and its error [1/m], by pair of phases.
        surface: specific surface of the active material and its error [1/m].
        percolating: share of each phase that connects opposite faces, by phase and axis, (3, 3).
        chord: mean chord length of each phase along each axis [m], shape (3, 3).
        percolating_error, chord_error: standard error of each for the finite volume, (3, 3).
        network: contacts of the active particles.
        fabric_error: standard error of the fabric for the finite number of particles, (3, 3).
    """

    fraction: Floats
    fraction_error: Floats
    edge: Floats
    interface: dict[str, tuple[float, float]]
    surface: tuple[float, float]
    percolating: Floats
    chord: Floats
    percolating_error: Floats
    chord_error: Floats
    network: ContactNetwork
    fabric_error: Floats


def characterise(
    label: Labels,
    edge: Floats,
    periodic: tuple[bool, bool, bool],
    slabs: Slabs | None = None,
) -> Characteristics:
    """Measure a labelled volume, packed or imaged alike. Collective.

    Ranks may share it; what they find is the same bit by bit for any number of them.

    Args:
        label: 0 pore, 1 active material, 2 carbon-binder domain in this rank's slices, shape
            (x, y, own slices).
        edge: edge lengths of a voxel [m], shape (3,).
        periodic: axes that wrap around.
        slabs: who has which slices along z, not periodic; this rank all where left out.
    """
    slabs = slabs or whole(label.shape[2], (False, False, False))
    lateral = (periodic[0], periodic[1])
    phases = [label == phase for phase in (PORE, ACTIVE, CBD)]
    interface = {}
    for name, pair in _PAIRS.items():
        area, error = interface_area(label, edge, *pair, lateral, slabs)
        interface[name] = (float(area.mean()), error)
    network = _contacts(phases[ACTIVE], edge, periodic, slabs)
    shares = [percolation(phase, periodic, slabs) for phase in phases]
    chords = [_chords(phase, edge, periodic, slabs) for phase in phases]
    return Characteristics(
        fraction=np.array([_share(phase, np.ones_like(phase), slabs) for phase in phases]),
        fraction_error=np.array([representative_error(p, lateral, slabs) for p in phases]),
        edge=np.array([representative_edge(p, edge, WANTED, lateral, slabs) for p in phases]),
        interface=interface,
        surface=specific_surface(phases[ACTIVE], edge, periodic, slabs),
        percolating=np.array([share for share, _ in shares]),
        chord=np.array([chord for chord, _ in chords]),
        percolating_error=np.array([error for _, error in shares]),
        chord_error=np.array([error for _, error in chords]),
        network=network,
        fabric_error=fabric_error(network),
    )


def _contacts(
    active: Mask, edge: Floats, periodic: tuple[bool, bool, bool], slabs: Slabs
) -> ContactNetwork:
    """Contacts of the particles, which are parted with the slices first."""
    upright, axes = np.ascontiguousarray(active.transpose(2, 0, 1)), (2, 0, 1)
    ids = split_particles(upright, (periodic[2], *periodic[:2]), slabs, axes, edge)
    return contact_network(ids, edge, periodic, slabs, axes)


def _chords(
    phase: Mask, edge: Floats, periodic: tuple[bool, bool, bool], slabs: Slabs
) -> tuple[Floats, Floats]:
    """Mean chord length along each axis and its standard error [m]."""

    def means(part: Mask, wraps: tuple[bool, bool, bool]) -> Floats:
        return np.array([mean_chord(part, a, wraps[a], slabs) * edge[a] for a in range(3)])

    alone = (False, False, periodic[2])  # a column of the box
    return means(phase, periodic), error_by_columns(lambda column: means(column, alone), phase)


def percolating_share(
    phase: Mask, periodic: tuple[bool, bool, bool], slabs: Slabs | None = None
) -> Floats:
    """Share of a phase that connects opposite faces, along each axis, by faces of voxels.
    Collective."""
    return percolation(phase, periodic, slabs)[0]


def percolation(
    phase: Mask, periodic: tuple[bool, bool, bool], slabs: Slabs | None = None
) -> tuple[Floats, Floats]:
    """Find the share of a phase that connects opposite faces by axis, and its standard error.
    Collective.

    What connects is found in the whole box: a share is no sum, and columns on their own, which are
    narrower, would cut off more.

    Args:
        phase: where the phase is in this rank's slices, shape (x, y, own slices).
        periodic: axes that wrap around.
        slabs: who has which slices along z; this rank all where left out.
    """
    clusters = find_clusters(phase, slabs)
    share, error = np.empty(3), np.empty(3)

    def of_marked(marked: Labels) -> float:
        return _share(marked == 2, marked > 0, clusters.slabs)

    for axis in range(3):
        marked = phase.astype(np.uint8) + connecting(clusters, axis, periodic)
        share[axis] = of_marked(marked)
        error[axis] = error_by_columns(of_marked, marked)
    return share, error


def _share(part: Mask, of: Mask, slabs: Slabs) -> float:
    """Voxels of one mask over those of another. Collective."""
    counted = np.array([np.count_nonzero(part), np.count_nonzero(of)])
    own, every = np.sum(from_all(counted, slabs), axis=0)
    return int(own) / max(int(every), 1)
