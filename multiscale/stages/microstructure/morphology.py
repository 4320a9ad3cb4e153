"""Where the carbon-binder domain goes: the shares of its forms, from the recipe and the drying.

Volume by volume, in the order in which the process settles it: fibrils and agglomerates in the
mixer, the film in the slurry, necks at air entry; what is left sets in heaps between the particles.

What no measurement of a recipe fixes is a prior: shares are means over it, and come with their
standard deviations. See docs/explanation/morphology.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiscale.records.microstructure import Form

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ingredients:
    """What decides the forms. Volumes are per volume of the dry domain's solids.

    Attributes:
        additive: conductive additive.
        dissolved: binder that dissolves in the solvent.
        fibrous: binder that shear draws into fibrils.
        solvent: of the slurry; 0 in a dry mix.
        adsorbed: dissolved binder that has adsorbed on the active material when the film sets.
        gelled: dissolved binder that has gelled when air enters the pores.
        layer: thickness of all dissolved binder on all of the additive's surface [m].
        structure: volume of the additive's aggregates, their voids included, over its own.
        aggregate: diameter of these aggregates [m].
        surface: of the active particles, smooth, per volume of the coating [1/m].
        domain: volume fraction of the domain in the coating, its nano-pores included.
    """

    additive: float
    dissolved: float
    fibrous: float
    solvent: float
    adsorbed: float
    gelled: float
    layer: float
    structure: float
    aggregate: float
    surface: float
    domain: float


@dataclass(frozen=True)
class Draws:
    """Draws of what is not known, each of shape (n,), evenly over its range.

    Attributes:
        room: phi*, volume fraction of aggregates in the liquid above which they interlock: from
            0.06, where a carbon black gels in water [Youssry2018], to 0.29, where overlapping
            spheres percolate [Consiglio2003].
        voids: liquid in the aggregates over its value for the additive, 0.62 to 1.07: conductive
            blacks take up 180 to 310 ml per 100 g.
        cover: delta_b, thickness of binder that keeps two aggregates apart, 1 to 5 nm [m].
        coverage: theta, share of the active surface under aggregates: up to 0.547, where no more
            discs find room [Hinrichsen1986], from half of it, as a layer was seen [Armstrong2020].
        width: diameter of an aggregate over its value for the additive, 0.5 to 1.5.
        contact_angle: of the liquid on the particles, 0 to 40 degrees [rad].
    """

    room: Floats
    voids: Floats
    cover: Floats
    coverage: Floats
    width: Floats
    contact_angle: Floats


_RANGES = ((0.06, 0.29), (0.62, 1.07), (1e-9, 5e-9), (0.27, 0.547), (0.5, 1.5), (0.0, 0.6981))
_NOTHING = np.finfo(float).tiny  # divides 0 by itself to 0


def draw_prior(n: int) -> Draws:
    """Spread n points evenly over the prior, the same at every call.

    The k-th is frac(1/2 + k a) along each axis, with a_i = g^-i and the root g of g^(d + 1) = g + 1
    [Roberts2018].
    """
    d = len(_RANGES)
    g = 1.5
    for _ in range(60):
        g = (1 + g) ** (1 / (d + 1))
    step = g ** -np.arange(1.0, d + 1)
    points = (0.5 + np.arange(1, n + 1)[:, None] * step) % 1.0
    return Draws(
        *(low + (high - low) * u for (low, high), u in zip(_RANGES, points.T, strict=True))
    )


def dispersed_share(of: Ingredients, at: Draws) -> Floats:
    """Give the share of the additive that the mixer disperses, shape (n,).

        x = min(1, phi*/phi_a, delta/delta_b)

    with the volume fraction of the aggregates in the liquid between the active particles, phi_a = s
    phi_c, and the thickness delta of the dissolved binder on the additive.
    """
    if of.additive == 0:
        return np.ones_like(at.room)
    fits = at.room * (of.solvent + of.dissolved + of.additive)
    by_room = fits / np.maximum(fits, _swelling(of, at) * of.additive)
    return np.minimum(by_room, of.layer / np.maximum(of.layer, at.cover))


def shares_over(of: Ingredients, at: Draws, necks: Callable[[float], float]) -> Floats:
    """Give the shares of the forms for each draw, shape (form, n); each column sums to 1.

        f_fibril  = v_PTFE
        f_cluster = (1 - x) (v_c + v_o)        v_o: binder in the voids of what is not dispersed
        f_film    = v_ads + x theta (2/3) D a/phi_CBD
        f_bridge  = min(the rest that has not gelled, W(theta_c)/phi_CBD)
        f_heap    = what is left

    A dry mix (no solvent) has no bridges. Shear spreads its additive on the particles; what does
    not fit their surface stays in agglomerates, with the binder around it.

    Args:
        of: what decides.
        at: draws of the prior.
        necks: volume of all necks over that of the box, W, at a contact angle [rad].
    """
    none = np.zeros_like(at.room)
    fibril = none + of.fibrous
    # What one layer of aggregates on all of the surface holds.
    layer = at.coverage * (2 / 3) * at.width * of.aggregate * of.surface / of.domain
    layer = layer if of.additive > 0 else none
    if of.solvent > 0:
        x = dispersed_share(of, at)
        cluster = np.minimum(1 - fibril, _agglomerated(of, at, x))
        film = np.minimum(1 - fibril - cluster, of.adsorbed + x * layer)
        left = 1 - fibril - cluster - film
        held = _at_angles(necks, at.contact_angle) / of.domain
        bridge = np.minimum(np.maximum(left - of.gelled, 0.0), held)
        return np.stack([film, bridge, left - bridge, cluster, fibril])
    film = np.minimum(1 - fibril, layer)
    left = 1 - fibril - film
    cluster, heap = (left, none) if of.additive > 0 else (none, left)
    return np.stack([film, none, heap, cluster, fibril])


def _swelling(of: Ingredients, at: Draws) -> Floats:
    """Volume of an aggregate over that of its carbon, s = 1 + voids."""
    return 1 + at.voids * (of.structure - 1)


def _agglomerated(of: Ingredients, at: Draws, x: Floats) -> Floats:
    """Additive that is not dispersed, with the binder of the solution that fills its voids."""
    free = max(of.dissolved - of.adsorbed, 0.0)
    filled = (1 - x) * of.additive * (_swelling(of, at) - 1)
    solution = np.maximum(of.solvent + of.dissolved, np.maximum(filled, _NOTHING))
    held = filled / solution * free  # a dry mix has no solution to fill them with
    return (1 - x) * of.additive + held


def _at_angles(necks: Callable[[float], float], angle: Floats) -> Floats:
    """W at many angles, from nine; it is smooth."""
    low, high = _RANGES[-1]
    some = np.linspace(low, high, 9)
    return np.interp(angle, some, [necks(float(a)) for a in some])


@dataclass(frozen=True)
class Set:
    """Shares that a case sets; None where they follow from the recipe.

    Attributes:
        bridge, cluster, fibril: share of the domain.
        clustering: share of heaps in film and heaps together.
    """

    bridge: float | None = None
    cluster: float | None = None
    fibril: float | None = None
    clustering: float | None = None


@dataclass(frozen=True)
class Mix:
    """Shares of the forms of the domain, in the order of `Form`.

    Attributes:
        share: they sum to 1, shape (form,).
        prior: their standard deviations by what is not known; 0 where the case sets a share.
        error: numerical error of the means.
    """

    share: Floats
    prior: Floats
    error: float


# Of a coating without binder and additive.
NOTHING = Mix(np.eye(len(Form))[Form.FILM], np.zeros(len(Form)), 0.0)


def mix_forms(
    of: Ingredients, necks: Callable[[float], float], fixed: Set | None = None, draws: int = 4096
) -> Mix:
    """Average the shares over the prior, those that a case sets in their place.

    The error is the change from half the draws.
    """
    found = put_in(shares_over(of, draw_prior(draws), necks), fixed or Set())
    share, half = found.mean(axis=1), found[:, : draws // 2].mean(axis=1)
    return Mix(share / share.sum(), found.std(axis=1), float(np.abs(share - half).max()))


def put_in(derived: Floats, fixed: Set) -> Floats:
    """Put the shares that a case sets in the place of derived ones.

    The derived ones keep their proportions and take what is left. Film and heaps are what no other
    form takes; where nothing is derived of what is left, it is film.

    Args:
        derived: shape (form, n); each column sums to 1.
        fixed: what is set.
    """
    set_by = {
        Form.BRIDGES: fixed.bridge,
        Form.AGGLOMERATES: fixed.cluster,
        Form.FIBRILS: fixed.fibril,
    }
    given = {form: value for form, value in set_by.items() if value is not None}
    free = [form for form in Form if form not in given]
    share, room = derived.copy(), 1 - sum(given.values())
    total = derived[free].sum(axis=0)
    share[free] *= room / np.where(total > 0, total, 1.0)
    share[Form.FILM] += np.where(total > 0, 0.0, room)
    for form, value in given.items():
        share[form] = value
    if fixed.clustering is not None:
        both = share[Form.FILM] + share[Form.HEAPS]
        share[Form.FILM], share[Form.HEAPS] = (1 - fixed.clustering) * both, fixed.clustering * both
    return share


def split_quota(quota: NDArray[np.int64], share: Floats) -> NDArray[np.int64]:
    """Deal the voxels of each slice to the forms, to a voxel or two in all, none left over.

    Args:
        quota: voxels of each slice, shape (slices,).
        share: of each form, summing to 1, shape (form,).

    Returns:
        Voxels, shape (form, slices); each column sums to the slice's quota.
    """
    due = np.zeros((share.size, quota.size), np.int64)
    for k, through in enumerate(np.cumsum(quota)):
        # What the forms are still owed, so that roundings do not add up over the slices.
        owed = np.maximum(share * through - due.sum(axis=1), 0.0)
        owed *= quota[k] / max(owed.sum(), 1e-300)
        due[:, k] = np.floor(owed)
        rest = quota[k] - due[:, k].sum()
        due[np.argsort(due[:, k] - owed, kind="stable")[:rest], k] += 1
    return due
