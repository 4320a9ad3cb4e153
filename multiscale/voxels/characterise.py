"""All statistics of a labelled volume that later scales and comparisons with images ask for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiscale.voxels.area import interface_area
from multiscale.voxels.cbd import ACTIVE, CBD, PORE
from multiscale.voxels.chords import mean_chord
from multiscale.voxels.contact_network import ContactNetwork, contact_network
from multiscale.voxels.percolation import percolating
from multiscale.voxels.segmentation import split_particles
from multiscale.voxels.statistics import representative_error
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
        network: contacts of the active particles.
    """

    fraction: Floats
    fraction_error: Floats
    interface: dict[str, tuple[float, float]]
    surface: tuple[float, float]
    percolating: Floats
    chord: Floats
    network: ContactNetwork


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
    return Characteristics(
        fraction=np.array([phase.mean() for phase in phases]),
        fraction_error=np.array([representative_error(phase, lateral) for phase in phases]),
        interface=interface,
        surface=specific_surface(phases[ACTIVE], edge, periodic),
        percolating=np.array([percolating_share(phase, periodic) for phase in phases]),
        chord=np.array(
            [[mean_chord(p, a, periodic[a]) * edge[a] for a in range(3)] for p in phases]
        ),
        network=contact_network(split_particles(phases[ACTIVE], periodic), edge, periodic),
    )


def percolating_share(phase: Mask, periodic: tuple[bool, bool, bool]) -> Floats:
    """Share of a phase that connects opposite faces, along each axis, by faces of voxels."""
    total = max(int(np.count_nonzero(phase)), 1)
    share = np.empty(3)
    for axis in range(3):
        order = (axis, (axis + 1) % 3, (axis + 2) % 3)
        through = percolating(phase.transpose(order), (periodic[order[1]], periodic[order[2]]))
        share[axis] = np.count_nonzero(through) / total
    return share
