"""The laws of force of the compaction benchmark, in the words of multiscale.

`hertz` is `pair_style gran/hertz/history` of LAMMPS to the letter. `cohesive` is Hertz contact with
the adhesion of Johnson, Kendall and Roberts, Mindlin's friction that rescales, and rolling
resistance. There LAMMPS' damping and rolling stiffness depend on the contact radius in another
way; they are made equal at the one given, which is the usual one at this pressure.
"""

import math
from typing import Any

from multiscale.particles import Law, force, pair_law
from multiscale.particles.laws import granular_hertz, jkr
from multiscale.particles.vectors import in_plane, norm

HERTZ = {"young": 1000.0, "poisson": 0.25, "gamma_n": 100.0, "gamma_t": 50.0, "friction": 0.5}
COHESIVE = {
    "young": 1000.0,
    "poisson": 0.25,
    "surface_energy": 0.1,  # pulls a pair of mean size together with 3 pi gamma R = 0.24
    "restitution": 0.5,
    "friction": 0.5,
    "rolling_friction": 0.1,
    "rolling_stiffness": 0.5,
    "usual_contact_radius": 0.12,
    "largest_radius": 0.65,
}
PARAMETERS = {"hertz": HERTZ, "cohesive": COHESIVE}


@pair_law(("kn", "kt", "gamma_n", "gamma_t", "friction"), vectors=("slip",))
def user(c, p, h):  # type: ignore[no-untyped-def]
    """Hertz contact as a user would write it."""
    a = math.sqrt(c.overlap * c.radius)
    fn = a * (p.kn * c.overlap - c.mass * p.gamma_n * c.vn)
    sx, sy, sz = in_plane(
        h[0] + c.tx * c.dt, h[1] + c.ty * c.dt, h[2] + c.tz * c.dt, c.nx, c.ny, c.nz
    )
    k, g = a * p.kt, a * c.mass * p.gamma_t
    fx, fy, fz = k * sx + g * c.tx, k * sy + g * c.ty, k * sz + g * c.tz
    size, cap = norm(fx, fy, fz), p.friction * abs(fn)
    share = cap / size if size > cap else 1.0
    return force(fn, -share * fx, -share * fy, -share * fz), (share * sx, share * sy, share * sz)


def laws(law: dict[str, Any]) -> list[Law]:
    """Give the laws of a job: `hertz`, `cohesive`, or `user`, which is hertz written anew."""
    p = law["parameters"]
    if law["name"] == "cohesive":
        given = {k: v for k, v in p.items() if k not in ("surface_energy", "usual_contact_radius")}
        return [jkr(work_of_adhesion=2 * p["surface_energy"], **given)]
    shear = p["young"] / (2 * (1 + p["poisson"]))
    kind = granular_hertz if law["name"] == "hertz" else user
    return [
        kind(
            kn=2 * p["young"] / (3 * (1 - p["poisson"] ** 2)),
            kt=4 * shear / (2 - p["poisson"]),
            **{name: p[name] for name in ("gamma_n", "gamma_t", "friction")},
        )
    ]
