"""Factory: mass, energy, cost and CO2 of each step per cell energy of good output."""

from multiscale.stages.factory.options import PerStep
from multiscale.stages.factory.stage import account

__all__ = ["PerStep", "account"]
