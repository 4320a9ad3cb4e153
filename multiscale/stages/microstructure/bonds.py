"""What becomes of the bonds of a pressed packing: bridges that keep their binder, or none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from multiscale.errors import HandoverError
from multiscale.log import logger
from multiscale.records import Electrode, Formulation, Packing
from multiscale.voxels.bridges import Bridges, bridge_radius, bridge_volume

Floats = NDArray[np.float64]

_SAME = 1e-6  # share by which the binder of two records may differ


def bridges_of(packing: Packing, centre: Floats) -> tuple[Bridges, Floats]:
    """Make bridges of the bonds between spheres that have moved.

        V = pi R_b^2 l,    V(R, r_1, r_2, D) = V of the bridge,    broken: D - r_1 - r_2 > V^(1/3)

    A bond keeps its volume V, and so its radius is found anew from the distance D of the centres;
    one as wide as its smaller sphere holds no more. It has broken where the gap is wider than a
    cube of its binder.

    Args:
        packing: spheres and bonds before the press.
        centre: of the spheres afterwards [m], shape (n, 3).

    Returns:
        The bridges that hold, and the volume of binder in each [m^3].
    """
    bond = packing.bond.astype(np.int64)
    foil, (first, second) = bond[:, 0] < 0, bond.T
    start = centre[second]
    axis = centre[first] - start
    lateral = packing.box * packing.periodic
    axis -= lateral * np.rint(axis / np.where(lateral > 0, lateral, 1.0))
    axis[foil] = np.array([0.0, 0.0, -1.0]) * start[foil]
    ends = np.column_stack([packing.radius[second], np.where(foil, 0.0, packing.radius[first])])
    length = np.linalg.norm(axis, axis=1)
    volume = np.pi * packing.bond_radius**2 * packing.bond_length
    holds = length - ends.sum(axis=1) <= np.cbrt(volume)
    start, axis, ends, length = start[holds], axis[holds], ends[holds], length[holds]
    radius = bridge_radius(volume[holds], ends, length)
    held = bridge_volume(radius, ends, length)
    _tell(volume, holds, held)
    return Bridges(start, axis, ends, radius), held


def check_binder(packing: Packing, formulation: Formulation, electrode: Electrode) -> None:
    """Compare the binder in the bonds, sum pi R_b^2 l per area, with that of the electrode.

    Raises:
        HandoverError: they differ.
    """
    volume = np.pi * packing.bond_radius**2 * packing.bond_length
    bonds = float(volume.sum() / packing.box[:2].prod())
    binder = float(np.sum(electrode.binder_mass / formulation.binder_density))
    binder *= electrode.elongation  # of the foil, which the packing has not seen
    if not abs(bonds - binder) <= _SAME * binder:
        raise HandoverError(
            f"the bonds of the packing hold {1e6 * bonds:.6g} um of binder per area and the "
            f"electrode {1e6 * binder:.6g} um before it is drawn out: take both from one film"
        )


def _tell(volume: Floats, holds: NDArray[np.bool_], held: Floats) -> None:
    """Log what the bonds still hold; the rest of their binder is with the rest of the domain."""
    if volume.size == 0:
        return
    logger.info(
        "%d of %d bonds hold after the press; they have %.1f %% of the binder, broken ones had "
        "%.1f %%, and necks as wide as their spheres gave off %.1f %%",
        holds.sum(), volume.size, 100 * held.sum() / volume.sum(),
        100 * volume[~holds].sum() / volume.sum(),
        100 * (volume[holds].sum() - held.sum()) / volume.sum(),
    )  # fmt: skip
