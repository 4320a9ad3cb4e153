"""The binder as a material, and what one time step does to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
STIFFEST = 7.0  # how much stiffer a porous neck grows at most, for the time step


@dataclass(frozen=True)
class BondMaterial:
    """The binder as a visco-elastic solid that breaks, or as a porous one that is pressed shut.

    E(t) = E [1 - sum_i alpha_i (1 - exp(-t/tau_i))], and the shear modulus G(t) likewise. For
    binder with pores see `bond_compaction`: a neck is its envelope, pores included, and strengths
    are those of the envelope as it was made.

    Attributes:
        young: instantaneous modulus E = k_n l [Pa], of a relaxation at t = 0; of the solid binder.
        poisson: nu, in (-1, 0.5]; it sets k_n/k_s = E/G = 2 (1 + nu).
        tensile_strength: sigma_b [Pa]; inf: does not break.
        shear_strength: tau_b [Pa]; inf: does not break.
        shares: alpha_i, what each branch relaxes of E; their sum is below one.
        times: tau_i [s].
        damping: time t_d [s] of a force k t_d du/dt beside the others; it does not break a bond.
        friction: mu of the binder, by which its shear strength grows with pressure and broken necks
            stay squeezed between their particles; None: what is broken carries nothing.
        porosity: eps, share of the pores in the binder's own volume, in [0, 1).
        yield_stress: sigma_y of the solid binder [Pa], of one with pores; None: it has none.
    """

    young: float
    poisson: float
    tensile_strength: float
    shear_strength: float
    shares: tuple[float, ...] = ()
    times: tuple[float, ...] = ()
    damping: float = 0.0
    friction: float | None = None
    porosity: float = 0.0
    yield_stress: float | None = None

    def __post_init__(self) -> None:
        checks = [
            (0 < self.young < math.inf, f"its modulus is {self.young:g} Pa: give one above zero"),
            (-1 < self.poisson <= 0.5, f"its Poisson ratio is {self.poisson:g}, not in (-1, 0.5]"),
            (
                len(self.shares) == len(self.times),
                f"it has {len(self.shares)} shares and {len(self.times)} times: give one each",
            ),
            (
                all(a >= 0 for a in self.shares) and sum(self.shares) < 1,
                f"its shares are {self.shares}: none may be negative, their sum is below one",
            ),
            (all(t > 0 for t in self.times), f"its times are {self.times}: give times above zero"),
            (self.damping >= 0, f"its damping time is {self.damping:g} s: give zero or more"),
            (
                self.friction is None or self.friction >= 0,
                f"its friction is {self.friction}: give zero or more, or none",
            ),
            *self._pores(),
        ]
        for name in ("tensile_strength", "shear_strength"):
            value = getattr(self, name)
            checks.append(
                (
                    0 < value <= self.young or value == math.inf,
                    f"its {name} is {value:g} Pa at a modulus of {self.young:g} Pa: give one above "
                    "zero and below the modulus, or inf for a bond that does not break",
                )
            )
        wrong = [text for fine, text in checks if not fine]
        if wrong:
            raise ValueError("a bond material cannot be made: " + "; ".join(wrong))

    def _pores(self) -> list[tuple[bool, str]]:
        """What its porosity asks for, and whether it is so."""
        stress = self.yield_stress
        if self.porosity == 0:
            return [(stress is None, "it has a yield stress, but no porosity: give both or none")]
        return [
            (0 < self.porosity < 1, f"its porosity is {self.porosity:g}, not in [0, 1)"),
            (
                stress is not None and 0 < stress <= self.young,
                f"it has pores, and a yield stress of {stress} Pa at a modulus of {self.young:g} "
                "Pa: give one above zero and below the modulus",
            ),
            (not self.shares, "it has pores and relaxes: give a porosity or shares, not both"),
        ]

    @property
    def density(self) -> float:
        """rho_0 = 1 - eps, share of a neck that solid binder fills as it is made."""
        return 1 - self.porosity

    @property
    def neck_modulus(self) -> float:
        """E of a neck as it is made, young rho_0^2 [Pa]."""
        return self.young * self.density**2

    @property
    def shear_modulus(self) -> float:
        """G = E / (2 (1 + nu)) of a neck as it is made [Pa]."""
        return self.neck_modulus / (2 * (1 + self.poisson))

    @property
    def growth(self) -> float:
        """How much stiffer a neck may become as it is pressed."""
        return STIFFEST if self.porosity else 1.0

    @property
    def branches(self) -> int:
        """Rows of strains that a bond needs: 1 + relaxation times, or 2 if it has pores."""
        return 1 + (1 if self.porosity else len(self.shares))


def step_tables(materials: Sequence[BondMaterial], dt: float) -> tuple[Floats, Floats]:
    """Give what `bond_pass` needs of the materials for a time step dt [s].

    In a branch the spring's strain q follows dq/dt = du/dt - q/tau. Where du/dt is constant over
    the step, h = dt/tau and a = exp(-h),
        q1 = a q0 + (1 - a)/h du,
        int q^2/tau dt = (1 - a^2)/2 q0^2 + (1 - a)^2/h q0 du + [h - (1 - a) - (1 - a)^2/2]/h^2 du^2
    The first branch is the one that does not relax. Porous binder keeps its pores in the second,
    which has no share, and which no step changes.

    Returns:
        E, G, sigma_b, tau_b, t_d/dt, mu (-1: none), rho_0 and sigma_y (0: none), shape
        (materials, 8); alpha and the five coefficients above, shape (materials, branches, 6).
    """
    branches = max((m.branches for m in materials), default=1)
    prony = np.zeros((len(materials), branches, 6))
    prony[:, :, 1:3] = 1.0
    for row, material in zip(prony, materials, strict=True):
        row[0, 0] = 1 - sum(material.shares)
        for branch, alpha, tau in zip(row[1:], material.shares, material.times, strict=False):
            branch[:] = alpha, *_relaxation(dt / tau)
        if material.porosity:
            row[1, 2] = 0.0
    table = [
        (
            m.neck_modulus,
            m.shear_modulus,
            m.tensile_strength,
            m.shear_strength,
            m.damping / dt if dt else 0,
            -1.0 if m.friction is None else m.friction,
            m.density,
            m.yield_stress or 0.0,
        )
        for m in materials
    ]
    return np.array(table, dtype=float).reshape(-1, 8), prony


def _relaxation(h: float) -> tuple[float, float, float, float, float]:
    if h == 0:
        return 1.0, 1.0, 0.0, 0.0, 0.0
    loss = -math.expm1(-h)  # 1 - a
    if h < 0.01:  # the bracket cancels down to h^3/3
        last = h * (1 / 3 - h * (1 / 4 - h * (7 / 60 - h * (1 / 24 - h * 31 / 2520))))
    else:
        last = (h - loss - loss**2 / 2) / h**2
    return 1 - loss, loss / h, -math.expm1(-2 * h) / 2, loss**2 / h, last
