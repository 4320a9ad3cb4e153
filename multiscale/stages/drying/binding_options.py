"""What can be set about how binder sets and holds."""

from __future__ import annotations

from typing import Annotated

from multiscale.coupling.stage import Options
from multiscale.units import Quantity


class BindingOptions(Options):
    """Gelation and adsorption of the binders, and their hold on the foil."""

    gelation: bool = True
    """Whether binder gels above its gel concentration and diffuses more slowly towards it."""
    adsorption: bool = True
    """Whether binder adsorbs on the solids and on the foil."""
    gel_concentration_factor: Annotated[float, Quantity("1", low=0.1, high=10)] = 1.0
    """Factor on the gel concentration of every binder."""
    gel_rate_factor: Annotated[float, Quantity("1", low=1e-3, high=1e3)] = 1.0
    """Factor on the rate at which every binder gels."""
    adsorbed_factor: Annotated[float, Quantity("1", low=0, high=10)] = 1.0
    """Factor on the most that every binder adsorbs."""
    adhesion_exponent: Annotated[float, Quantity("1", low=0.3, high=3)] = 1.0
    """Exponent p of the peel force, k w^p, with the binder content w beside the foil."""
