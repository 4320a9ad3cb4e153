"""The laws of force of a drying film of particles, in units of the simulation.

Length: radius of a sphere of carbon-binder domain. Time: one step. Drag of such a sphere in the wet
film: one; as the film warms, drag and surface tension fall as those of its liquid. The film's way
is kept exactly, the ratios of the forces as orders. A real film falls in a minute, ten million
relaxation times of its particles; here in some hundred, which the record tells:

    Stokes       relaxation time of a particle over that of the fall                  << 1
    capillary    drag over the largest pull of the surface                            << 1
    stiffness    overlap of solids under the surface over their radius                << 1
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from multiscale import particles as dem
from multiscale.particles.law import Law, Value
from multiscale.stages.grains.carrier import carrier

CONTACT, BRIDGE, CARRIER, SURFACE = range(4)  # places in the list of laws
TYPES = ("AM", "CBD", "set", "foil", "lid")  # what has set is binder that was in solution
PAIRS = [(a, b) for i, a in enumerate(TYPES) for b in TYPES[i:]]
INERTIA = 25.0  # steps in which drag stops a particle: soft enough for the time step
MODULUS = 8.0  # stiffness of contacts; a step resolves their vibration at this inertia
FAR = 1e9  # where there is no surface
_OVERLAP = 0.02  # of active material held down by the surface, over its radius


@dataclass(frozen=True)
class Forces:
    """The laws and their numbers.

    Attributes:
        friction: coefficient of friction.
        angle: contact angle, rad.
        tension: surface tension, see `tension_of`.
        bridge: volume of a liquid bridge.
        drag: of the paste over that of the wet film's.
    """

    friction: float
    angle: float
    tension: float
    bridge: float
    drag: float = 1.0

    def warmed(self, thinning: float, slackening: float) -> Forces:
        """Give the forces of a film whose liquid has these shares of viscosity and tension."""
        return replace(self, drag=thinning * self.drag, tension=slackening * self.tension)

    def laws(self) -> list[Law]:
        """Give the laws of a suspension at rest under no surface."""
        return [
            dem.laws.granular_hertz(**self.contact(1.0)),
            dem.laws.pendular(
                surface_tension=self.wetting(0.0), contact_angle=self.angle, volume=self.bridge
            ),
            carrier(drag=self.drag, pull=0.0),
            dem.laws.meniscus(**self.surface(FAR, 0.0)),
        ]

    def contact(self, hard: float) -> Mapping[str, Value]:
        """Give the contact's parameters.

        Args:
            hard: stiffness of what has just set over that of the other solids.
        """
        kn = {f"{a}-{b}": MODULUS * (hard if _new(a, b) else 1.0) for a, b in PAIRS}
        kt = {pair: 0.8 * k for pair, k in kn.items()}
        return {"kn": kn, "kt": kt, "gamma_n": 0.0, "gamma_t": 0.0, "friction": self.friction}

    def wetting(self, tension: float) -> Mapping[str, float]:
        """Give the surface tension of bridges between each two types; none hangs on the lid."""
        return {f"{a}-{b}": 0.0 if "lid" in (a, b) else tension for a, b in PAIRS}

    def surface(self, height: float, speed: float) -> Mapping[str, Value]:
        """Give the parameters of the film's surface at height + speed t."""
        return {
            "surface_tension": self.tension, "contact_angle": self.angle,
            "height": height, "speed": speed,
        }  # fmt: skip


def _new(a: str, b: str) -> bool:
    """Say whether a contact comes about when the binder sets; foil and lid were there before."""
    return "set" in (a, b) and not {"foil", "lid"} & {a, b}


def largest_pull(radius: float) -> float:
    """Give the force that presses two equal spheres together by 2 % of their radius."""
    return MODULUS * math.sqrt(0.5 * radius) * (_OVERLAP * radius) ** 1.5


def tension_of(radius: float) -> float:
    """Give the surface tension whose pull 2 pi a sigma is `largest_pull` at this radius a."""
    return largest_pull(radius) / (2 * math.pi * radius)


def suction_of(tension: float, angle: float, sauter: float) -> float:
    """Give 6 sigma cos(theta)/d_32, the pressure at which air enters where half is pore."""
    return 6 * tension * math.cos(angle) / sauter


def entry_pressure(suction: float, phi: float) -> float:
    """Give the pressure at which air enters between solids, p_e = suction phi/(1 - phi)."""
    return suction * phi / (1 - phi)
