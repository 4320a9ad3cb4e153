"""Effective transport of the microstructure."""

from multiscale.stages.transport.options import Voxels
from multiscale.stages.transport.stage import solve

__all__ = ["Voxels", "solve"]
