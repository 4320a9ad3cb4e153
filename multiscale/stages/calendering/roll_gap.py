"""The nip between two rolls as a slab: gap kinematics, compaction, elastic exit, roll flattening.

The coating enters with the free thickness H_f and is pressed to H_g in the plane of the roll axes.
Sections stay plane and nothing flows sideways (a nip is some 25 coatings long), so that

    H(x)  = H_g + x^2/R'                             gap, x from the plane of the axes
    eps_r = eps_min + (eps_0 - eps_min) exp(-sigma/sigma_c)        porosity that stays in the end
    H_r   = H_s/(1 - eps_r)                          released thickness; H_s is the solid's
    H     = H_r [1 - (1 + alpha) sigma/M_u]          first loading
    sigma = sigma_m - M_u (H - H_g)/H_r              exit, and reloading up to the largest so far
    q     = int_entry sigma dx + int_exit sigma dx   line load
    R'    = R [1 + C_H q/(sqrt(H_f - H_g) + sqrt(dH_e))^2]         flattened roll

H_r (1 + alpha) sigma_m/M_u comes back: dH_e = H_r sigma_m/M_u in the nip, alpha times as much with
time. Compaction is measured after release, so that eps_r, not the porosity in the nip, follows the
exponential law. Were it the other way round, the release would at high load give back more work
than loading took, and a higher load would leave a thicker coating.

A nip is described by its peak stress sigma_m: H_g and everything else follow from it without a
loop, and q grows strictly with it, so that a bracket finds the stress of a given load or gap.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import exp, isfinite, log, pi, sqrt

import numpy as np

from multiscale.errors import StageFailed
from multiscale.records import FloatArray

STEEL = 16 * (1 - 0.3**2) / (pi * 210e9)  # C_H = 16 (1 - nu^2)/(pi E), m^2/N [Hitchcock1935]
POINTS = 96  # Gauss points on the entry arc
STRESSES = range(-6, 13)  # powers of ten, Pa, among which a pass is bracketed


@dataclass(frozen=True)
class Law:
    """Compaction and release of the coating.

    Attributes:
        solid: thickness H_s of the solid alone, all compressible layers, m.
        porosity_0: porosity before the first pass, 1.
        porosity_min: porosity after release that no stress gets below, 1.
        sigma_c: stress scale of compaction, Pa.
        unloading_modulus: M_u, uniaxial-strain modulus of release on the released thickness, Pa;
            infinite if rigid.
        slow: recovery alpha that takes time, over the recovery in the nip, 1.
    """

    solid: float
    porosity_0: float
    porosity_min: float
    sigma_c: float
    unloading_modulus: float
    slow: float = 0.0


@dataclass(frozen=True)
class Layer:
    """What the coating remembers: its free thickness, and the largest stress and where it was met.

    Attributes:
        free: stress-free thickness H_f, m.
        yielded: thickness H_y under the largest stress so far, m.
        stress: largest stress so far, Pa.
    """

    free: float
    yielded: float
    stress: float


@dataclass(frozen=True)
class Nip:
    """One pass between the rolls.

    Attributes:
        line_load: q, N/m.
        gap: loaded gap H_g, m.
        peak_stress: sigma_m, Pa.
        release: elastic recovery dH_e at the exit, m.
        flattening: R'/R, 1.
        length: entry contact length a, m.
        work: mechanical work per web area, J/m^2.
        layer: the coating after the pass.
    """

    line_load: float
    gap: float
    peak_stress: float
    release: float
    flattening: float
    length: float
    work: float
    layer: Layer


def fresh_layer(law: Law) -> Layer:
    """The coating before its first pass."""
    thickness = law.solid / (1 - law.porosity_0)
    return Layer(free=thickness, yielded=thickness, stress=0.0)


def roll_flattening(line_load: float, draft: float, c_h: float = STEEL) -> float:
    """R'/R = 1 + C_H q/draft [Hitchcock1935].

    Args:
        line_load: q, N/m.
        draft: entry thickness minus gap, m. Where the strip springs back by dH_e the pressure
            covers both arcs, and (sqrt(draft) + sqrt(dH_e))^2 stands for it [Bland1948].
        c_h: C_H, m^2/N; steel by default.
    """
    return 1 + c_h * line_load / draft


def press(
    law: Law,
    layer: Layer,
    stress: float,
    radius: float,
    points: int = POINTS,
    c_h: float = STEEL,
) -> Nip:
    """Pass the coating through a nip in which the largest stress is `stress`.

    Args:
        law: compaction and release.
        layer: coating before the pass.
        stress: sigma_m, Pa, positive.
        radius: roll radius R, m.
        points: Gauss points on the plastic part of the entry arc.
        c_h: Hitchcock's constant, m^2/N; steel by default, 0 for a rigid roll.

    Returns:
        The pass, with the coating after it.
    """
    if stress <= layer.stress:
        return _elastic_pass(layer, stress, radius, c_h)
    recovered, gap = _loaded(law, stress)
    plastic = thickness_above_gap(law, np.array([layer.stress]), stress)
    elastic = layer.free - layer.yielded
    draft = float(plastic[0]) + elastic
    release = recovered * stress / law.unloading_modulus

    load, work = _plastic_arc(law, layer.stress, stress, points)
    load_e, work_e = _reload_arc(layer.stress, float(plastic[0]), elastic)
    arc = load + load_e + 2 / 3 * stress * sqrt(release)
    flattening = _flattening(arc, sqrt(draft) + sqrt(release), radius, c_h)
    return Nip(
        line_load=sqrt(radius * flattening) * arc,
        gap=gap,
        peak_stress=stress,
        release=release,
        flattening=flattening,
        length=sqrt(radius * flattening * draft),
        work=work + work_e - stress * release / 2,
        layer=Layer(free=gap + release, yielded=gap, stress=stress),
    )


def _elastic_pass(layer: Layer, stress: float, radius: float, c_h: float) -> Nip:
    """Load and release along one line: the coating forgets the pass."""
    release = (layer.free - layer.yielded) * stress / layer.stress
    arc = 4 / 3 * stress * sqrt(release)
    flattening = _flattening(arc, 2 * sqrt(release), radius, c_h)
    return Nip(
        sqrt(radius * flattening) * arc,
        layer.free - release,
        stress,
        release,
        flattening,
        sqrt(radius * flattening * release),
        0.0,
        layer,
    )


def _loaded(law: Law, peak: float) -> tuple[float, float]:
    """H_r(peak) and H_g = H(peak)."""
    span = law.porosity_0 - law.porosity_min
    recovered = law.solid / (1 - law.porosity_min - span * exp(-peak / law.sigma_c))
    return recovered, recovered * (1 - peak * (1 + law.slow) / law.unloading_modulus)


def thickness_above_gap(law: Law, stress: FloatArray, peak: float) -> FloatArray:
    """H(stress) - H(peak) of first loading, m, without subtracting nearly equal lengths."""
    span = law.porosity_0 - law.porosity_min
    left = span * np.exp(-stress / law.sigma_c)
    recovered, _ = _loaded(law, peak)
    modulus = law.unloading_modulus / (1 + law.slow)
    closed = left * -np.expm1((stress - peak) / law.sigma_c)  # pores closed from stress to peak
    plastic = recovered * closed / (1 - law.porosity_min - left)
    elastic = recovered * (peak - stress) / modulus
    return plastic * (1 - stress / modulus) + elastic


def _plastic_arc(law: Law, low: float, peak: float, points: int) -> tuple[float, float]:
    """int sigma dx / sqrt(R') and int sigma dH over first loading.

    By parts: int sqrt(H - H_g) dsigma and int (H - H_g) dsigma, each without its share below `low`.
    The pores close within some 40 sigma_c, which are a panel of their own where the peak is far
    above; on each panel sigma = high - (high - low) t^2 takes the root away.
    """
    t, weight = _gauss(points)
    closed = low + 40 * law.sigma_c
    ends = [low, closed, peak] if closed < peak else [low, peak]
    load = work = 0.0
    for start, end in pairwise(ends):
        rise = thickness_above_gap(law, end - (end - start) * t**2, peak)
        step = weight * 2 * (end - start) * t
        load += float(np.sum(step * np.sqrt(rise)))
        work += float(np.sum(step * rise))
    return load, work


def _reload_arc(stress: float, plastic: float, elastic: float) -> tuple[float, float]:
    """The share below `stress`, in closed form: H - H_g = plastic + elastic (1 - sigma/stress)."""
    u_y, u_f = sqrt(plastic), sqrt(plastic + elastic)
    load = 2 / 3 * stress * (u_f**2 + u_f * u_y + u_y**2) / (u_f + u_y)
    return load, stress * (plastic + elastic / 2)


def _flattening(arc: float, root_draft: float, radius: float, c_h: float) -> float:
    """Solve r = 1 + C_H sqrt(R r) arc/root_draft^2 for r = R'/R: a quadratic in sqrt(r)."""
    k = c_h * sqrt(radius) * arc / root_draft**2
    return (k / 2 + sqrt(1 + k * k / 4)) ** 2


@cache
def _gauss(points: int) -> tuple[FloatArray, FloatArray]:
    """Gauss-Legendre nodes and weights on 0..1."""
    x, w = np.polynomial.legendre.leggauss(points)
    return (x + 1) / 2, w / 2


def pass_at_load(
    law: Law,
    layer: Layer,
    line_load: float,
    radius: float,
    points: int = POINTS,
    c_h: float = STEEL,
) -> Nip:
    """Find the pass that takes the line load q (N/m)."""

    def excess(log_stress: float) -> float:
        return log(press(law, layer, exp(log_stress), radius, points, c_h).line_load / line_load)

    return press(law, layer, _stress_where(law, excess), radius, points, c_h)


def pass_at_set_gap(
    law: Law,
    layer: Layer,
    set_gap: float,
    compliance: float,
    radius: float,
    points: int = POINTS,
    c_h: float = STEEL,
) -> Nip:
    """Find the pass in a mill set to a gap that opens under load: H_g = g_set + q w/k_mill.

    Args:
        law, layer: the coating.
        set_gap: g_set, m, foil subtracted.
        compliance: w/k_mill, m^2/N.
        radius: roll radius R, m.
        points, c_h: see `press`.

    Raises:
        StageFailed: the gap is wider than the coating.
    """
    if set_gap >= layer.free:
        raise StageFailed(
            f"the set gap of {set_gap * 1e6:.4g} um is wider than the coating of"
            f" {layer.free * 1e6:.4g} um (no foil): the rolls do not touch it; close the gap"
        )

    def excess(log_stress: float) -> float:
        nip = press(law, layer, exp(log_stress), radius, points, c_h)
        return set_gap + nip.line_load * compliance - nip.gap

    return press(law, layer, _stress_where(law, excess), radius, points, c_h)


def _stress_where(law: Law, excess: Callable[[float], float]) -> float:
    """The peak stress at which a growing function of its logarithm crosses zero."""
    from scipy.optimize import brentq  # slow to import, and checking a case needs it not

    closing = law.unloading_modulus / (1 + law.slow)  # would close the gap itself
    ends = [10.0**power for power in STRESSES if 10.0**power < 0.99 * closing]
    if isfinite(closing):
        ends.append(0.99 * closing)
    for low, high in pairwise(log(end) for end in ends):
        if excess(low) < 0 <= excess(high):
            return exp(brentq(excess, low, high, xtol=1e-14, rtol=1e-14))
    raise StageFailed(
        f"no peak stress from {ends[0]:.0e} Pa to {ends[-1]:.1e} Pa, which closes the gap itself,"
        " gives the load or gap asked for; lower the load, open the gap, or raise unloading_modulus"
    )
