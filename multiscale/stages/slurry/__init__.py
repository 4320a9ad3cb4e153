"""Mixing: from powder and recipe to a suspension with its flow curve."""

from multiscale.stages.slurry.options import SlurryClosure, SlurryMeasured
from multiscale.stages.slurry.stage import mix

__all__ = ["SlurryClosure", "SlurryMeasured", "mix"]
