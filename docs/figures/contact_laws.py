"""Draw docs/figures/contact_laws.png: force over overlap, restitution over speed, pull over gap.

Run: python docs/figures/contact_laws.py (half a minute).
"""

from collections import namedtuple
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from numba import njit

from multiscale.particles.law import Contact, Law
from multiscale.particles.laws import dmt, hertz_mindlin, jkr, range_adhesion, thornton_ning

RADIUS, DENSITY = 5e-6, 4750.0
MASS = DENSITY * 4 / 3 * np.pi * RADIUS**3
SOFT = dict(young=1e8, poisson=0.25, friction=0.0)
NMC = dict(young=142e9, poisson=0.25, friction=0.0)
YIELD = 2e9
# Closed form of the restitution over V/V_y [Thornton1997].
TABLE = [
    (1.5, 0.971239), (2, 0.930626), (5, 0.773337), (10, 0.658558), (20, 0.557109), (50, 0.444606),
    (100, 0.374299), (1000, 0.210701),
]  # fmt: skip


def main() -> None:
    """Three panels."""
    figure, (curves, bounce, gap) = plt.subplots(1, 3, figsize=(9.6, 3.2), layout="constrained")
    draw_curves(curves)
    draw_restitution(bounce)
    draw_pull(gap)
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=90)


def row(law: Law):
    """The law's parameters for one type."""
    return namedtuple("Parameters", law.kind.parameters)(*law.table(["all"])[0, 0])


def forces(law: Law, overlaps: np.ndarray) -> np.ndarray:
    """Normal force along a slow path, NaN where the two are apart."""
    p, h, out = row(law), (0.0,) * law.kind.history, []
    for overlap in overlaps:
        c = Contact(overlap, 0.0, 0.0, 1.0, *[0.0] * 7, RADIUS, RADIUS, RADIUS / 2, MASS / 2, 0, 1,
                    0, 1e-9)  # fmt: skip
        response, h = law.kind.function(c, p, h)
        apart = overlap < 0 if law.kind.reach_of is None else response.fn == 0.0
        out.append(np.nan if apart else response.fn)
    return np.array(out)


@njit(error_model="numpy")
def rebound(law, p, h, gap, speed, dt, steps):  # type: ignore[no-untyped-def]
    """Speed of rebound over that of impact; 0 where they stick."""
    overlap, vn, mass = -gap, -speed, 0.5 * 4750.0 * 4 / 3 * np.pi * 5e-6**3
    for step in range(steps):
        overlap -= vn * dt
        if overlap < -gap and vn > 0.0:
            return vn / speed
        c = Contact(overlap, 0.0, 0.0, 1.0, vn, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 5e-6, 5e-6, 2.5e-6,
                    mass, 0, 1, step, dt)  # fmt: skip
        response, h = law(c, p, h)
        vn += response.fn / mass * dt
    return 0.0


def restitution(law: Law, speed: float, modulus: float) -> float:
    """Restitution of a head-on impact."""
    time = 2.8683 * ((MASS / 2) ** 2 / (RADIUS / 2 * modulus**2 * speed)) ** 0.2
    h = (0.0,) * law.kind.history
    return rebound(law.kind.function, row(law), h, law.reach, speed, time / 500, 20000)


def draw_curves(axes: plt.Axes) -> None:
    """Hertz, JKR, DMT and Thornton-Ning, soft spheres of 5 um."""
    work = 5e-3
    sticky = jkr(**SOFT, restitution=1.0, work_of_adhesion=work, largest_radius=RADIUS)
    plastic = thornton_ning(**SOFT, yield_pressure=2e6, largest_radius=RADIUS)
    up = np.linspace(0.0, 40e-9, 400)
    down = np.linspace(40e-9, -sticky.reach, 2000)
    for law, name, style in (
        (hertz_mindlin(**SOFT, restitution=1.0), "Hertz", "k-"),
        (dmt(**SOFT, restitution=1.0, work_of_adhesion=work), "DMT", "C0--"),
        (sticky, "JKR", "C1-"),
        (plastic, "Thornton, Ning", "C2-"),
    ):
        path = np.concatenate([up, down])
        axes.plot(path * 1e9, forces(law, path) * 1e6, style, label=name, lw=1.2)
    axes.axhline(0, color="0.8", lw=0.6)
    axes.set(xlabel="overlap / nm", ylabel="force / µN", title="loading and unloading")
    axes.legend(fontsize=7, frameon=False)


def draw_restitution(axes: plt.Axes) -> None:
    """Plastic spheres over V/V_y, with the closed form, with and without adhesion."""
    modulus = 142e9 / (2 * (1 - 0.25**2))
    v_y = np.pi**2.5 / np.sqrt(30) * np.sqrt(YIELD**5 * (RADIUS / 2) ** 3 * 2 / MASS) / modulus**2
    plain = thornton_ning(**NMC, yield_pressure=YIELD, largest_radius=RADIUS)
    sticky = thornton_ning(**NMC, yield_pressure=YIELD, work_of_adhesion=0.2, largest_radius=RADIUS)
    ratio = np.geomspace(0.02, 1500, 60)
    for law, name in ((plain, "plastic"), (sticky, "W = 0.2 J/m²")):
        axes.semilogx(ratio, [restitution(law, r * v_y, modulus) for r in ratio], label=name)
    axes.plot(*zip(*TABLE, strict=True), "ks", ms=3, label="closed form")
    axes.set(xlabel="speed over yield speed", ylabel="restitution", title="head-on impact")
    axes.legend(fontsize=7, frameon=False)


def draw_pull(axes: plt.Axes) -> None:
    """Attraction over the gap: van der Waals and its ramp."""
    hamaker, cutoff = 1e-20, 0.5e-9
    gap = np.linspace(0.0, 4e-9, 200)
    exact = hamaker * RADIUS / 2 / (6 * (gap + cutoff) ** 2)
    axes.plot(gap * 1e9, exact * 1e9, "k-", label="van der Waals, h₀ = 0.5 nm")
    for span, style in ((2 * cutoff, "C0-"), (3e-9, "C0:")):
        law = range_adhesion(hamaker=hamaker, cutoff=cutoff, span=span)
        name = f"ramp, span {span * 1e9:.0f} nm"
        axes.plot(gap * 1e9, -forces(law, -gap) * 1e9, style, label=name)
    axes.set(xlabel="gap / nm", ylabel="attraction / nN", title="over the gap")
    axes.legend(fontsize=7, frameon=False)


if __name__ == "__main__":
    main()
