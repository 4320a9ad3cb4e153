"""Effective transport of the microstructure."""

from multiscale.stages.transport.options import Mesh, Voxels
from multiscale.stages.transport.stage import solve

CITATIONS: tuple[str, ...] = (
    "Milton, Kohn 1988, J. Mech. Phys. Solids 36, 597",
    "Braess 1995, Computing 55, 379",
    "Kench, Squires, Cooper 2023 (TauFactor 2), doi:10.21105/joss.05358",
)

__all__ = ["CITATIONS", "Mesh", "Voxels", "solve"]
