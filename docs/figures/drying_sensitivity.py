"""Draw docs/figures/drying_sensitivity.png: what the binder's gradient follows, and how surely.

Run: python docs/figures/drying_sensitivity.py (about two minutes). It prints the page's numbers and
those of the binder's page on adhesion and the drying rate.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from drying_case import cathode  # noqa: E402

from multiscale.fem import forms  # noqa: E402
from multiscale.materials.binder import binder  # noqa: E402
from multiscale.stages.drying import Film1D, Zone  # noqa: E402
from multiscale.stages.drying.adhesion import peel_force  # noqa: E402
from multiscale.stages.drying.result import beside_foil, tenths_ratio  # noqa: E402
from multiscale.stages.drying.setup import film_of, portions_of  # noqa: E402
from multiscale.stages.drying.solve import solve_drying  # noqa: E402

SAMPLES, SEED = 64, 1
AIR = (70.0, 100.0, 140.0)  # degC in every zone
NAMES = ("diffusivity", "gel concentration", "gel rate", "mobile fraction")
SPEED = 0.02  # m/s: the longest dryer dries the coldest film
# Mobile fraction, or None for the prior's, and a factor on D.
POINTS = (*((None, D) for D in (0.1, 1, 3, 10, 30)), (0.3, 1), (1, 1), (1, 0.1))


def main() -> None:
    """Three panels."""
    forms.start()
    draws = prior()
    found = np.array([[outcome(options(draw, (air,) * 3)) for air in AIR] for draw in draws])
    rate, ratio, hold = found[0, :, 0], found[:, :, 1], found[:, :, 3]
    ranks = [rank_correlation(draws[:, i], ratio[:, 1]) for i in range(len(NAMES))]
    figure, (bands, bars, stages) = plt.subplots(1, 3, figsize=(9.6, 3.2), layout="constrained")
    draw_bands(bands, rate, ratio)
    bars.barh(NAMES, ranks, color="C0")
    bars.invert_yaxis()
    bars.set(xlim=(-1, 1), xlabel="rank correlation with the ratio", title="100 degC air")
    draw_stages(stages)
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=90)
    print("rate g/m2/s", np.round(1e3 * rate, 3))
    print("ratio 5/50/95 %", np.round(np.quantile(ratio, [0.05, 0.5, 0.95], axis=0), 2).T)
    relative = hold / hold[:, :1]
    print("adhesion/coldest", np.round(np.quantile(relative, [0.05, 0.5, 0.95], axis=0), 3).T)
    falls = (np.diff(hold, axis=1) < 0).all(axis=1).mean()
    print("ranks", np.round(ranks, 2), "adhesion falls in", falls)
    for mobile, D in POINTS:
        found = np.array([outcome(options(default(D, mobile), (air,) * 3)) for air in AIR])
        print(f"mobile fraction {mobile or 'prior'}, {D:g} D: ratio, peel force in the airs")
        print(np.round(found[:, [1, 3]].T, 3))
    print("ten times D: same air, three stages", *(a.tolist() for a in dryers(10.0)))


def prior() -> np.ndarray:
    """Draw factors on D, c_g and k_g and the mobile fraction, one from each of equal strata."""
    random, b = np.random.default_rng(SEED), binder("PVDF")
    strata = [random.permutation(SAMPLES) for _ in NAMES]
    u = (np.array(strata).T + random.random((SAMPLES, len(NAMES)))) / SAMPLES
    low = np.log([b.diffusivity_low / b.diffusivity, 0.1])
    high = np.log([b.diffusivity_high / b.diffusivity, 10.0])
    D, k_g = np.exp(low + (high - low) * u[:, [0, 2]]).T
    c_g = (b.gel_low + (b.gel_high - b.gel_low) * u[:, 1]) / b.gel_concentration
    return np.column_stack([D, c_g, k_g, 0.05 + 0.25 * u[:, 3]])


def options(draw: np.ndarray, air: tuple[float, ...], lengths: tuple[float, ...] = ()) -> Film1D:
    """Give the dryer with one draw of the prior, on the coarse grid."""
    D, c_g, k_g, mobile = map(float, draw)
    zones = [
        Zone.model_validate({"air_temperature": f"{T} degC", "length": f"{length} m"})
        for T, length in zip(air, lengths or (4.0,) * len(air), strict=True)
    ]
    return Film1D(
        zones=tuple(zones),
        diffusivity_factor=D,
        mobile_fraction=mobile,
        binding={"gel_concentration_factor": c_g, "gel_rate_factor": k_g},
    ).probe()


def outcome(chosen: Film1D) -> tuple[float, float, float, float]:
    """Give the mean drying rate (kg/m^2/s), binder ratio, drying time (s) and peel force (N/m)."""
    powder, formulation, wet = cathode(SPEED)
    film = film_of(powder, formulation, wet, chosen)
    portions = portions_of(formulation, wet, chosen)
    drying = solve_drying(film, portions, wet.web_speed, chosen, lambda *_: None)
    (profile,), (portion,) = drying.profiles, portions
    height = float(drying.history.film.height(np.zeros(1))[0])
    near = np.array([beside_foil(profile, portion.mobile, film.grain / height)])
    return (
        wet.solvent_mass / drying.dry,
        tenths_ratio(profile, portion.mobile),
        drying.dry,
        peel_force(portions, near, film.solids_mass, 1.0),
    )


def rank_correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Spearman's coefficient."""
    ranks = [np.argsort(np.argsort(v)) for v in (x, y)]
    return float(np.corrcoef(*ranks)[0, 1])


def draw_bands(axes: plt.Axes, rate: np.ndarray, ratio: np.ndarray) -> None:
    """Median and 90 % of the prior."""
    low, middle, high = np.quantile(ratio, [0.05, 0.5, 0.95], axis=0)
    axes.fill_between(1e3 * rate, low, high, alpha=0.3, label="90 % of the prior")
    axes.plot(1e3 * rate, middle, "o-", ms=4, label="median")
    axes.set(xlabel="mean drying rate / g m$^{-2}$ s$^{-1}$", ylabel="binder, top / bottom tenth")
    axes.set(yscale="log", title=f"{SAMPLES} draws, cathode")
    axes.legend(fontsize=7, frameon=False)


def default(D: float = 1.0, mobile: float | None = None) -> np.ndarray:
    """Give the default binder, but for a factor on D and the mobile fraction."""
    return np.array([D, 1.0, 1.0, binder("PVDF").mobile_fraction if mobile is None else mobile])


def dryers(D: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Give drying time (s) and ratio with the same air all along, and with hot, mild, hot air."""
    even = [outcome(options(default(D), (T,) * 3)) for T in (70, 85, 100, 125)]
    staged = [
        outcome(options(default(D), (hot, mild, hot), (length, middle, 12 - length - middle)))
        for hot, mild, length, middle in (
            (120, 60, 0.8, 1.2), (120, 70, 0.6, 1.0), (130, 70, 0.6, 1.2), (145, 80, 0.5, 0.8),
        )
    ]  # fmt: skip
    same, stages = (np.round(np.array(found)[:, [2, 1]], 3) for found in (even, staged))
    return same, stages


def draw_stages(axes: plt.Axes) -> None:
    """Ratio over drying time: the same air all along, and hot, mild, hot."""
    even, staged = dryers()
    axes.plot(*even.T, "o-", ms=4, label="same air")
    axes.plot(*staged.T, "s", ms=4, label="hot, mild, hot")
    axes.set(xlabel="drying time / s", ylabel="top / bottom tenth", title="three stages")
    axes.legend(fontsize=7, frameon=False)
    print("same air: time, ratio", even.tolist())
    print("three stages: time, ratio", staged.tolist())


if __name__ == "__main__":
    main()
