"""The paste of a drying film carries a particle.

    F = -gamma (v - u),   M = -0.3 gamma a^2 omega,   gamma = drag a,   u_z = pull z

u is the velocity of the film's solids, which shrink together towards the foil: a stretching flow.
"""

from __future__ import annotations

from multiscale.particles.law import body_law


@body_law(("drag", "pull"))
def carrier(b, p):  # type: ignore[no-untyped-def]
    """Drag towards the carrying flow; drag [Pa s], pull [1/s]."""
    gamma = p.drag * b.radius
    turn = 0.3 * gamma * b.radius * b.radius
    return (
        -gamma * b.vx, -gamma * b.vy, -gamma * (b.vz - p.pull * b.z),
        -turn * b.wx, -turn * b.wy, -turn * b.wz,
    )  # fmt: skip
