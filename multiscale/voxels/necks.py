"""How much the necks between touching spheres hold before they flow together.

A liquid that recedes from a packing withdraws into pendular rings at the contacts. They stay apart
until two rings on one sphere touch: liquid beyond that makes bodies that span several contacts
[Scheel2008].
"""

from __future__ import annotations

from typing import overload

import numpy as np
from numpy.typing import NDArray

from multiscale.voxels.packing import contacts

Floats = NDArray[np.float64]

# A contact is a gap below 1 % of the mean diameter, as where contacts are counted.
CONTACT = 2e-2
# Rings of a sphere with few neighbours end where those of a cubic packing would meet.
_WIDEST = np.pi / 4


@overload
def ring_volume(radius: float, filling: float, contact_angle: float) -> float: ...
@overload
def ring_volume(radius: Floats, filling: Floats, contact_angle: float) -> Floats: ...
def ring_volume(
    radius: float | Floats, filling: float | Floats, contact_angle: float
) -> float | Floats:
    """Give the volume of a pendular ring around the contact of two equal spheres.

    The meniscus is an arc of radius rho = R (1 - cos beta)/cos(beta + theta) around the point
    (c, 0), c = R sin beta + rho sin(beta + theta), that meets the spheres at z_1 = R (1 - cos
    beta) [Rumpf1958]:

        V = 2 pi int_0^z1 (c - sqrt(rho^2 - z^2))^2 dz - 2 pi R^3 (2 - 3 cos beta + cos^3 beta)/3

    Args:
        radius: R of the spheres [m].
        filling: beta, half the angle under which the centre of a sphere sees the ring [rad].
        contact_angle: theta, between liquid and spheres [rad]; beta + theta < pi/2.
    """
    beta, turned = filling, filling + contact_angle
    height = 1 - np.cos(beta)  # z_1/R
    rho = height / np.cos(turned)
    c = np.sin(beta) + rho * np.sin(turned)
    # The integral of sqrt(rho^2 - z^2), with z_1/rho = cos(beta + theta).
    arc = 0.5 * (height * rho * np.sin(turned) + rho**2 * (np.pi / 2 - turned))
    turn = 2 * np.pi * (height * (c**2 + rho**2 - height**2 / 3) - 2 * c * arc)
    caps = 2 * np.pi * (2 - 3 * np.cos(beta) + np.cos(beta) ** 3) / 3
    return radius**3 * (turn - caps)


def neck_volume(centre: Floats, radius: Floats, box: Floats, contact_angle: float) -> float:
    """Give the volume of all necks of a packing when each touches the next one.

    A ring ends halfway to the nearest other contact of either sphere. Between spheres of radii R_1
    and R_2 the gap is that of two equal ones of R = 2 R_1 R_2/(R_1 + R_2), r^2/R [Derjaguin1934].

    Args:
        centre: sphere centres [m], shape (n, 3).
        radius: sphere radii [m], shape (n,).
        box: edge lengths [m], shape (3,), periodic in x and y.
        contact_angle: between liquid and spheres [rad].

    Returns:
        m^3.
    """
    i, j, _, normal = contacts(centre, radius, box, CONTACT)
    return volume_of_rings(radius, i, j, normal, -normal, contact_angle)


def volume_of_rings(
    radius: Floats,
    i: NDArray[np.int64],
    j: NDArray[np.int64],
    from_i: Floats,
    from_j: Floats,
    contact_angle: float,
) -> float:
    """Give the volume of the rings at contacts, each as wide as the next one allows [m^3].

    Args:
        radius: of the spheres [m], shape (n,).
        i, j: spheres of each contact, shape (m,).
        from_i, from_j: unit vectors from their centres towards it, shape (m, 3).
        contact_angle: between liquid and spheres [rad].
    """
    half = _half_angles(np.concatenate((i, j)), np.concatenate((from_i, from_j)))
    widest = np.sin(np.minimum(half, _WIDEST)) * radius[np.concatenate((i, j))]
    reach = np.minimum(widest[: i.size], widest[i.size :])
    R = 2 * radius[i] * radius[j] / (radius[i] + radius[j])
    return float(ring_volume(R, np.arcsin(reach / R), contact_angle).sum())


def _half_angles(sphere: NDArray[np.int64], normal: Floats) -> Floats:
    """Half the angle from each contact of a sphere to its nearest other one; pi/2 without any."""
    order = np.argsort(sphere, kind="stable")
    sphere, normal = sphere[order], normal[order]
    cosine = np.full(sphere.size, -1.0)
    for k in range(1, int(np.bincount(sphere).max(initial=1))):
        together = np.flatnonzero(sphere[k:] == sphere[:-k])
        towards = np.einsum("ij,ij->i", normal[together], normal[together + k])
        cosine[together] = np.maximum(cosine[together], towards)
        cosine[together + k] = np.maximum(cosine[together + k], towards)
    half = np.empty(sphere.size)
    half[order] = 0.5 * np.arccos(np.clip(cosine, -1.0, 1.0))
    return half
