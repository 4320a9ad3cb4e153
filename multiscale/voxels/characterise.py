"""All statistics of a labelled volume that later scales and comparisons with images ask for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiscale.voxels.area import interface_area
from multiscale.voxels.cbd import ACTIVE, CBD, PORE
from multiscale.voxels.chords import mean_chord
from multiscale.voxels.contact_network import ContactNetwork, contact_network, fabric_error
from multiscale.voxels.percolation import percolating
from multiscale.voxels.segmentation import split_particles
from multiscale.voxels.statistics import error_by_columns, representative_error
from multiscale.voxels.surface import specific_surface

Floats = NDArray[np.float64]
Labels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

_PAIRS = {
    "active-pore": (ACTIVE, PORE),
    "active-cbd": (ACTIVE, CBD),
    "cbd-pore": (CBD, PORE),
}


@dataclass(frozen=True)
class Characteristics:
    """Statistics of pore, active material and carbon-binder domain.

    Attributes:
        fraction: volume fraction of each phase, shape (3,).
        fraction_error: standard error of each for the finite volume, shape (3,).
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
    interface: dict[str, tuple[float, float]]
    surface: tuple[float, float]
    percolating: Floats
    chord: Floats
    percolating_error: Floats
    chord_error: Floats
    network: ContactNetwork
    fabric_error: Floats


def characterise(label: Labels, edge: Floats, periodic: tuple[bool, bool, bool]) -> Characteristics:
    """Measure a labelled volume, packed or imaged alike.

    Args:
        label: 0 pore, 1 active material, 2 carbon-binder domain, shape (x, y, z).
        edge: edge lengths of a voxel [m], shape (3,).
        periodic: axes that wrap around.
    """
    lateral = (periodic[0], periodic[1])
    phases = [label == phase for phase in (PORE, ACTIVE, CBD)]
    interface = {}
    for name, pair in _PAIRS.items():
        area, error = interface_area(label, edge, *pair, lateral)
        interface[name] = (float(area.mean()), error)
    alone = (False, False, periodic[2])  # a column of the box
    network = contact_network(split_particles(phases[ACTIVE], periodic), edge, periodic)
    shares = [percolation(phase, periodic) for phase in phases]
    return Characteristics(
        fraction=np.array([phase.mean() for phase in phases]),
        fraction_error=np.array([representative_error(phase, lateral) for phase in phases]),
        interface=interface,
        surface=specific_surface(phases[ACTIVE], edge, periodic),
        percolating=np.array([share for share, _ in shares]),
        chord=np.array([_mean_chords(phase, edge, periodic) for phase in phases]),
        percolating_error=np.array([error for _, error in shares]),
        chord_error=np.array(
            [error_by_columns(lambda c: _mean_chords(c, edge, alone), phase) for phase in phases]
        ),
        network=network,
        fabric_error=fabric_error(network),
    )


def _mean_chords(phase: Mask, edge: Floats, periodic: tuple[bool, bool, bool]) -> Floats:
    """Mean chord length along each axis [m]."""
    return np.array([mean_chord(phase, axis, periodic[axis]) * edge[axis] for axis in range(3)])


def percolating_share(phase: Mask, periodic: tuple[bool, bool, bool]) -> Floats:
    """Share of a phase that connects opposite faces, along each axis, by faces of voxels."""
    return percolation(phase, periodic)[0]


def percolation(phase: Mask, periodic: tuple[bool, bool, bool]) -> tuple[Floats, Floats]:
    """Find the share of a phase that connects opposite faces by axis, and its standard error.

    What connects is found in the whole box: a share is no sum, and columns on their own, which are
    narrower, would cut off more.
    """
    share, error = np.empty(3), np.empty(3)
    for axis in range(3):
        order = (axis, (axis + 1) % 3, (axis + 2) % 3)
        through = percolating(phase.transpose(order), (periodic[order[1]], periodic[order[2]]))
        marked = phase.astype(np.uint8) + through.transpose(np.argsort(order))
        share[axis] = _marked_share(marked)
        error[axis] = error_by_columns(_marked_share, marked)
    return share, error


def _marked_share(marked: Labels) -> float:
    """Of what is marked with 1 or 2, the share of 2."""
    return int(np.count_nonzero(marked == 2)) / max(int(np.count_nonzero(marked)), 1)
