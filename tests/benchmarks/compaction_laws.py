"""The laws of force of the compaction benchmark, in the words of multiscale.

`hertz` is `pair_style gran/hertz/history` of LAMMPS to the letter. `cohesive` is Hertz contact with
the adhesion of Johnson, Kendall and Roberts, Mindlin's friction that rescales, and rolling
resistance. There LAMMPS' damping and rolling stiffness depend on the contact radius in another
way; they are made equal at the one given, which is the usual one at this pressure.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

from multiscale.files import replacing
from multiscale.particle_case.user_law import find_law
from multiscale.particles import Law
from multiscale.particles.law import PairLaw
from multiscale.particles.laws import granular_hertz, jkr

HOWTO = Path(__file__).resolve().parents[2] / "docs" / "howto" / "write_a_contact_law.md"
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


def user() -> PairLaw:
    """Give the law that the how-to shows, from a file as a user has it."""
    python = next(b for b in HOWTO.read_text(encoding="utf-8").split("```") if b[:7] == "python\n")
    path = Path(tempfile.gettempdir()) / f"multiscale-user-law-{os.getuid()}" / "my_law.py"
    path.parent.mkdir(exist_ok=True)
    with replacing(path) as scratch:  # other jobs may read it
        scratch.write_text(python.removeprefix("python\n"), encoding="utf-8")
    law = find_law("my_hertz", path)
    assert isinstance(law, PairLaw)
    return law


def laws(law: dict[str, Any]) -> list[Law]:
    """Give the laws of a job: `hertz`, `cohesive`, or `user`, hertz as the how-to writes it."""
    p = law["parameters"]
    if law["name"] == "cohesive":
        given = {k: v for k, v in p.items() if k not in ("surface_energy", "usual_contact_radius")}
        return [jkr(work_of_adhesion=2 * p["surface_energy"], **given)]
    shear = p["young"] / (2 * (1 + p["poisson"]))
    kind = granular_hertz if law["name"] == "hertz" else user()
    return [
        kind(
            kn=2 * p["young"] / (3 * (1 - p["poisson"] ** 2)),
            kt=4 * shear / (2 - p["poisson"]),
            **{name: p[name] for name in ("gamma_n", "gamma_t", "friction")},
        )
    ]
