"""Adsorption of binders from their solution on powders and foils, by Langmuir's isotherm.

    Gamma = Gamma_max K c/(1 + K c)

Priors, not measurements of one system: sources and ranges are in docs/explanation/drying_binder.md.
PVDF adsorbs on neither NMC nor carbon black [Sung2020]; CMC adsorbs on graphite [Hofmann2025] and
leaves little of it to latex.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Adsorption:
    """How a binder adsorbs.

    Attributes:
        affinity: K, m^3/kg.
        exchange: rate at which an adsorbed layer is renewed, k_d, 1/s.
        most: Gamma_max on each surface, kg/m^2; none where a surface is not named.
        low, high: ends of the prior of Gamma_max over its value.
    """

    affinity: float
    exchange: float
    most: Mapping[str, float] = field(default_factory=dict)
    low: float = 0.3
    high: float = 2.0


# CMC: 0.2 to 1.5 mg/m^2 on graphite, half of it at about 0.1 g/l. A chain is held by many segments:
# it leaves in minutes to hours, and arrives as fast as k_d K c, seconds at 15 g/l.
ADSORPTION = {
    "PVDF": Adsorption(1.0, 1e-3, {"Al": 1.0e-6, "Cu": 1.0e-6}),
    "CMC": Adsorption(10.0, 1e-3, {"graphite": 0.8e-6, "carbon black": 0.4e-6, "Cu": 0.2e-6}),
    "SBR": Adsorption(0.1, 1e-3, {"Cu": 1.0e-6}),
}


def adsorption(binder: str) -> Adsorption:
    """Give how a binder adsorbs; one that is not listed does not."""
    return ADSORPTION.get(binder, Adsorption(0.0, 0.0))
