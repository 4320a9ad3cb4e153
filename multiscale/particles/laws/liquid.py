"""How the liquid moves that the drags see: as a whole, and with the box.

    u = (ux + stretch_x x + shear_rate y, uy + stretch_y y, uz + stretch_z z)

In a periodic box its gradient must be the box's own, or the liquid would jump at the faces: the
stages of a protocol set it (`protocols.deform`).
"""

from __future__ import annotations

from numba import njit

from multiscale.particles.law import INLINE

# Rates of the flow [1/s] that the laws need not be given: the liquid is at rest in its box.
GRADIENT = {"shear_rate": 0.0, "stretch_x": 0.0, "stretch_y": 0.0, "stretch_z": 0.0}
FLOW = (*GRADIENT, "ux", "uy", "uz")


@njit(**INLINE)
def flow_at(b, p):  # type: ignore[no-untyped-def]
    """Give the liquid's velocity u at a particle [m/s]."""
    return (
        p.ux + p.stretch_x * b.x + p.shear_rate * b.y,
        p.uy + p.stretch_y * b.y,
        p.uz + p.stretch_z * b.z,
    )
