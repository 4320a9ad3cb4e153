"""What a law of force is: a small jitted function of one pair, or of one particle.

A pair law is called as `law(c, p, h)`: the contact `c`, its parameters `p` for the two types, and
its history `h`, a tuple of floats. It returns a `Response` and the new history. The engine inlines
it into the loop over blocks of pairs, which the compiler vectorises: write it without branches
(`a if condition else b` is one instruction) and without logarithms where you can.

    @pair_law(vectors=("slip",))
    def spring(c, p, h):
        fn = p.stiffness * c.overlap - p.damping * c.vn
        ...
        return force(fn, fx, fy, fz), (sx, sy, sz)

    laws = [spring(stiffness=1e3, damping=0.1, friction=0.5)]

A law without reach is called a contact law: it sees `overlap >= 0` only, and the engine sets its
force and its history to zero where the two do not touch.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# A value for all, one per type {"AM": 1e8}, or one per pair of types {"AM-CBD": 0.3}.
Value = float | Mapping[str, float]
# fastmath without the promise that nothing is ever NaN: the guard must be able to see one.
INLINE: dict[str, Any] = dict(
    forceinline=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz", "arcp", "afn"}
)


class Contact(NamedTuple):
    """Two particles i and j, or a particle i and a wall j, as a pair law sees them (SI)."""

    overlap: float  # delta = r_i + r_j - |x_i - x_j| [m]; negative: the gap between the surfaces
    nx: float  # unit normal n, from j to i
    ny: float
    nz: float
    vn: float  # (v_i - v_j).n [m/s]: positive where they separate
    tx: float  # slip of the surface of i over that of j at the contact, tangential [m/s]
    ty: float
    tz: float
    wx: float  # omega_i - omega_j [rad/s]
    wy: float
    wz: float
    ri: float  # radii [m]; a wall has the radius WALL_RADIUS
    rj: float
    radius: float  # R = r_i r_j / (r_i + r_j) [m]
    mass: float  # m = m_i m_j / (m_i + m_j) [kg]
    id_i: int  # global identities; a wall has a negative one
    id_j: int
    step: int  # number of the time step, with the ids the counter of a random number
    dt: float  # time step [s]


class Response(NamedTuple):
    """What a pair law gives: the force and the couple on i (those on j are opposite)."""

    fn: float  # force along n [N], positive: repulsion
    fx: float  # tangential force at the contact [N]; the engine adds its torque
    fy: float
    fz: float
    mx: float  # couple on i besides that of the tangential force (rolling, twisting) [N m]
    my: float
    mz: float
    stored: float  # elastic energy in the contact [J]
    lost: float  # energy dissipated in this time step [J]


class Body(NamedTuple):
    """One particle as a body law sees it (SI)."""

    x: float
    y: float
    z: float
    vx: float
    vy: float
    vz: float
    wx: float  # angular velocity [rad/s]
    wy: float
    wz: float
    radius: float
    mass: float
    id: int
    step: int
    time: float
    dt: float


WALL_RADIUS = 1e20  # [m], finite so that r_i/r_j and its powers stay numbers


@njit(**INLINE)
def force(fn, fx=0.0, fy=0.0, fz=0.0, stored=0.0, lost=0.0):  # type: ignore[no-untyped-def]
    """Make a Response without a couple."""
    return Response(fn, fx, fy, fz, 0.0, 0.0, 0.0, stored, lost)


@dataclass(frozen=True)
class Law:
    """A law with its parameters: what a simulation takes.

    Attributes:
        kind: the pair or body law it was made from.
        given: the parameters as given.
        reach: how far beyond contact it acts [m], largest over the types; 0: a contact law.
    """

    kind: PairLaw | BodyLaw
    given: Mapping[str, Value]
    reach: float = 0.0

    @property
    def name(self) -> str:
        return self.kind.name

    def table(self, types: Sequence[str]) -> Floats:
        """Give the parameters for the types, shape (types, types, parameters) or (types, p)."""
        return self.kind.table(types, self.given)


@dataclass(frozen=True)
class PairLaw:
    """A kind of pair law: the jitted function, its parameters and its history.

    Attributes:
        function: jitted `(c: Contact, p, h: tuple) -> (Response, tuple)`.
        parameters: the fields of `p`, in their order.
        vectors: names of the history's 3-vectors; they change sign when i and j change places.
        scalars: names of the history's scalars, behind the vectors in `h`; they do not.
        reach_of: gives the reach [m] from the parameters as given; None for a contact law.
        between: gives the reach between particles of radii r_i and r_j [m], shapes (types, 1) and
            (1, types), from the types, the radii and the parameters as given, shape (types, types);
            None: it may be the longest one of all.
        mix: gives the tables (types, types) of `parameters` from material values (see `per_type`,
            `per_pair`); None where the parameters are given per pair themselves.
    """

    name: str
    function: Callable[..., Any]
    parameters: tuple[str, ...]
    vectors: tuple[str, ...] = ()
    scalars: tuple[str, ...] = ()
    reach_of: Callable[..., float] | None = None
    mix: Callable[..., Mapping[str, Floats]] | None = None
    between: Callable[..., Floats] | None = None

    @property
    def history(self) -> int:
        """Number of floats that the history takes."""
        return 3 * len(self.vectors) + len(self.scalars)

    def __call__(self, **given: Value) -> Law:
        wanted = list(inspect.signature(self.mix).parameters)[1:] if self.mix else self.parameters
        optional = _with_default(self.mix) if self.mix else set()
        extra = set(inspect.signature(self.reach_of).parameters) if self.reach_of else set()
        _check_names(self.name, given, set(wanted) | extra, (set(wanted) | extra) - optional)
        reach = 0.0
        if self.reach_of:
            reach = self.reach_of(**{k: v for k, v in given.items() if k in extra})
        return Law(self, dict(given), reach)

    def table(self, types: Sequence[str], given: Mapping[str, Value]) -> Floats:
        """Give the parameters of each pair of types, shape (types, types, parameters)."""
        if self.mix:
            known = inspect.signature(self.mix).parameters
            tables = self.mix(types, **{k: v for k, v in given.items() if k in known})
        else:
            tables = {name: per_pair(given[name], types) for name in self.parameters}
        return np.stack([np.broadcast_to(tables[p], (len(types),) * 2) for p in self.parameters], 2)


@dataclass(frozen=True)
class BodyLaw:
    """A kind of body law: jitted `(b: Body, p) -> (fx, fy, fz, mx, my, mz)` [N, N m].

    Attributes:
        function: see above.
        parameters: the fields of `p`, in their order.
        defaults: of those that need not be given.
    """

    name: str
    function: Callable[..., Any]
    parameters: tuple[str, ...]
    defaults: Mapping[str, float] = field(default_factory=dict, hash=False)

    def __call__(self, **given: Value) -> Law:
        known = set(self.parameters)
        _check_names(self.name, given, known, known - set(self.defaults))
        return Law(self, {**self.defaults, **given})

    def table(self, types: Sequence[str], given: Mapping[str, Value]) -> Floats:
        """Give the parameters of each type, shape (types, parameters)."""
        columns = [per_type(given[name], types) for name in self.parameters]
        return np.stack(columns, 1) if columns else np.zeros((len(types), 0))


def pair_law(
    parameters: Sequence[str],
    *,
    vectors: Sequence[str] = (),
    scalars: Sequence[str] = (),
    reach: Callable[..., float] | None = None,
    mix: Callable[..., Mapping[str, Floats]] | None = None,
    between: Callable[..., Floats] | None = None,
) -> Callable[[Callable[..., Any]], PairLaw]:
    """Make a pair law of a function `(c, p, h) -> (Response, h)`; see `PairLaw`."""

    def decorate(function: Callable[..., Any]) -> PairLaw:
        return PairLaw(
            function.__name__,
            njit(**INLINE)(function),
            tuple(parameters),
            tuple(vectors),
            tuple(scalars),
            reach,
            mix,
            between,
        )

    return decorate


def body_law(
    parameters: Sequence[str] = (), defaults: Mapping[str, float] | None = None
) -> Callable[[Callable[..., Any]], BodyLaw]:
    """Make a body law of a function `(b, p) -> (fx, fy, fz, mx, my, mz)`; see `BodyLaw`."""

    def decorate(function: Callable[..., Any]) -> BodyLaw:
        jitted = njit(**INLINE)(function)
        return BodyLaw(function.__name__, jitted, tuple(parameters), dict(defaults or {}))

    return decorate


def one_number(value: Value) -> float:
    """Give a parameter that is one number for all types.

    Raises:
        ValueError: it was given by type.
    """
    if isinstance(value, Mapping):
        raise ValueError(f"give one number for all types, not {dict(value)}")
    return float(value)


def per_type(value: Value, types: Sequence[str]) -> Floats:
    """Spread a value over the types, shape (types,).

    Raises:
        ValueError: a type has no value, or the value names an unknown type.
    """
    if not isinstance(value, Mapping):
        return np.full(len(types), float(value))
    unknown, missing = set(value) - set(types), set(types) - set(value)
    if unknown or missing:
        raise ValueError(
            f"values are given for {sorted(value)}, the types are {list(types)}: "
            "give one number, or one for each type"
        )
    return np.array([float(value[t]) for t in types])


def per_pair(value: Value, types: Sequence[str]) -> Floats:
    """Spread a value over the pairs of types, symmetric, shape (types, types).

    `{"AM-CBD": 0.3, ...}` names each pair once, in either order.

    Raises:
        ValueError: a pair has no value, or the value names an unknown pair.
    """
    if not isinstance(value, Mapping):
        return np.full((len(types), len(types)), float(value))
    table, left = np.full((len(types), len(types)), np.nan), dict(value)
    for a, first in enumerate(types):
        for b, second in enumerate(types):
            for name in (f"{first}-{second}", f"{second}-{first}"):
                if name in value:
                    table[a, b] = table[b, a] = value[name]
                    left.pop(name, None)
    if left or np.isnan(table).any():
        raise ValueError(
            f"values are given for the pairs {sorted(value)}, the types are {list(types)}: "
            "give one number, or one for each pair, as in {'AM-CBD': 0.3}"
        )
    return table


def _with_default(function: Callable[..., Any]) -> set[str]:
    found = inspect.signature(function).parameters.items()
    return {name for name, p in found if p.default is not inspect.Parameter.empty}


def _check_names(law: str, given: Mapping[str, Any], known: set[str], needed: set[str]) -> None:
    if set(given) - known or needed - set(given):
        raise ValueError(
            f"the law {law} takes {sorted(known)} (needed: {sorted(needed)}), "
            f"but was given {sorted(given)}"
        )
