"""The calendered electrode as a labelled volume."""

from multiscale.stages.microstructure.options import Stochastic
from multiscale.stages.microstructure.stage import build

__all__ = ["Stochastic", "build"]
