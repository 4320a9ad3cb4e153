"""How far the laws act beyond contact, between particles of each two size classes.

A law that says how far it acts `between` given pairs is asked for each two classes and the types in
them; of another one the longest reach holds everywhere. Attraction over a share of the diameters
then lists small particles among themselves no farther than they feel each other, however large the
others are.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from multiscale.particles.law import Law, PairLaw

Floats = NDArray[np.float64]


def reaches(laws: Sequence[Law], types: Sequence[str], radius: Floats) -> Floats:
    """Give the longest reach of all laws between two size classes [m], shape (classes, classes).

    Args:
        laws: pair laws, and others, which reach nowhere.
        types: names of the types.
        radius: of the largest particle of each class and type [m], 0 where there is none, shape
            (classes, types).
    """
    longest = np.zeros((len(radius), len(radius)))
    for law in laws:
        if isinstance(law.kind, PairLaw) and law.reach > 0.0:
            np.maximum(longest, _reach(law, law.kind, types, radius), out=longest)
    return longest


def smallest_reach(laws: Sequence[Law], types: Sequence[str], radius: Floats) -> float:
    """Give r + h/2 of the smallest class [m], inf where there are no particles.

    r is its largest radius and h the reach between two of it, as far as the laws tell it.

    Args:
        laws, types, radius: see `reaches`.
    """
    told = [w for w in laws if isinstance(w.kind, PairLaw) and w.kind.between is not None]
    largest = radius.max(axis=1)
    both = largest + 0.5 * np.diag(reaches(told, types, radius))
    return float(both[largest > 0.0].min(initial=np.inf))


def _reach(law: Law, kind: PairLaw, types: Sequence[str], radius: Floats) -> Floats:
    """Give the reach of one law, shape (classes, classes)."""
    found = np.full((len(radius), len(radius)), law.reach)
    if kind.between is None:
        return found
    known = inspect.signature(kind.between).parameters
    given = {name: value for name, value in law.given.items() if name in known}
    for k, own in enumerate(radius):
        for m, other in enumerate(radius):
            pairs = kind.between(types, own[:, None], other[None, :], **given)
            there = (own > 0.0)[:, None] & (other > 0.0)[None, :]
            found[k, m] = min(law.reach, float(np.max(pairs, where=there, initial=0.0)))
    return found
