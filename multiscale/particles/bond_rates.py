"""How stiff bonds are against the masses that they join, and the time step that this asks for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from multiscale.particles.bond_ends import Ends
from multiscale.particles.bond_material import BondMaterial
from multiscale.particles.bonds import Bonds
from multiscale.particles.limits import Rates, longest

Floats = NDArray[np.float64]


def stable_step(
    bonds: Bonds,
    ends: Ends,
    X: Floats,
    V: Floats,
    n: int,
    materials: Sequence[BondMaterial],
) -> float:
    """Give a time step [s] that is stable for the bonds alone; see `rates`.

    On several ranks the smallest value counts.
    """
    k, c, *_ = rates(bonds, ends, X, V, n, materials)
    return float(longest(k, c)[0])


def rates(
    bonds: Bonds,
    ends: Ends,
    X: Floats,
    V: Floats,
    n: int,
    materials: Sequence[BondMaterial],
) -> Rates:
    """Give a bound of the bonds' stiffness and resistance over mass.

    k = 2 max_i S_i/m_i,  c = k t_d,  S_i = sum over the bonds of particle i of
    max(k_n A, k_s A (1 + 5 h^2/2 r^2) + 5 k_n I/2 r^2, 5 k_s J/2 r^2): each bond takes of the mass
    what it gives of S, and no assembly vibrates faster than its fastest bond alone [Irons1971]. On
    several ranks the largest values count. Porous necks count as they are when pressed shut.
    """
    held = len(ends.i)
    if not held:
        return Rates(np.zeros(1), np.zeros(1))
    material = bonds.material[:held]
    young = np.array([m.neck_modulus * m.growth for m in materials])[material]
    shear = np.array([m.shear_modulus * m.growth for m in materials])[material]
    radius = bonds.radius[:held]
    area = np.pi * radius**2 / bonds.length[:held]
    distance = np.linalg.norm(bonds.axis[:, :held], axis=0)
    total = np.zeros(len(X))
    ri, rj = (np.where(end < 0, 0.0, X[end, 3]) for end in (ends.i, ends.j))
    for a, r, other in ((ends.i, ri, rj), (ends.j, rj, ri)):
        here = a >= 0
        lever, thick = 0.5 * (distance + r - other)[here] / r[here], (radius[here] / r[here]) ** 2
        along, across = young[here] * area[here], shear[here] * area[here]
        bending = across * (1 + 2.5 * lever**2) + 2.5 / 4 * along * thick
        stiffness = np.maximum(along, np.maximum(bending, 2.5 / 2 * across * thick))
        total += np.bincount(a[here], stiffness, minlength=len(X))
    k = np.array([2 * (total[:n] * V[:n, 3]).max(initial=0.0)])
    return Rates(k, k * max(m.damping for m in materials))


def expected_rates(material: BondMaterial, radius: Floats, mass: Floats) -> Rates:
    """Give about what `rates` will be for bonds that are still to be made.

    No neck is stiffer than a thin one between touching spheres, k_n A = 4 pi E r_i r_j/(r_i + r_j),
    and twelve of them like the particle have S = 24 pi E r max(1, 7/4/(1 + nu) + 5/8).

    Args:
        material: of the bonds.
        radius: of the smallest particle of each type [m], shape (types,).
        mass: of the lightest particle of each type [kg], shape (types,).
    """
    shape = max(1.0, 1.75 / (1 + material.poisson) + 0.625)
    modulus = material.neck_modulus * material.growth
    k = 2 * 24 * np.pi * modulus * shape * np.array([(radius / mass).max()])
    return Rates(k, k * material.damping)
