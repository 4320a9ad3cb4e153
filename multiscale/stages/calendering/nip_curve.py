"""The compaction curve: thickness and pressure along the nip of one pass."""

import numpy as np

from multiscale.records import FloatArray
from multiscale.stages.calendering.roll_gap import Law, Layer, Nip, thickness_above_gap

LOADING, RELEASE = 41, 21  # points from entry to the plane of the axes, and from there to the exit
HALVINGS = 60  # bring a bracket on the pressure to rounding


def nip_curve(law: Law, entered: Layer, nip: Nip) -> tuple[FloatArray, FloatArray]:
    """Follow the coating from entry over the gap to the point of release.

    The points are evenly spaced over each arc, x = -a s and x = a_e s with s in 0..1, so that
    H = H_g + (H_f - H_g) s^2 on entry and H = H_g + dH_e s^2 on exit.

    Args:
        law: compaction and release in this pass.
        entered: the coating before the pass.
        nip: the pass that `law` and `entered` gave.

    Returns:
        Thickness H of all compressible layers, m, and pressure sigma, Pa, both of shape
        (LOADING + RELEASE - 1,); the plane of the axes is the point LOADING - 1.
    """
    inward, outward = np.linspace(1, 0, LOADING) ** 2, np.linspace(0, 1, RELEASE)[1:] ** 2
    above = (entered.free - nip.gap) * inward
    if nip.peak_stress <= entered.stress:  # loads and releases along one line
        pressure = nip.peak_stress * (1 - inward)
    else:
        pressure = _loading(law, entered, nip, above)
    return (
        nip.gap + np.r_[above, nip.release * outward],
        np.r_[pressure, nip.peak_stress * (1 - outward)],
    )


def _loading(law: Law, entered: Layer, nip: Nip, above: FloatArray) -> FloatArray:
    """Pressure where the thickness exceeds the gap by `above`, m.

    The coating reloads on the line of its last release, up to the largest stress so far; from there
    it compacts, where H(sigma) falls and has no inverse in closed form.
    """
    low = np.full_like(above, entered.stress)
    high = np.full_like(above, nip.peak_stress)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        short = thickness_above_gap(law, middle, nip.peak_stress) > above
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    elastic = entered.free - entered.yielded
    if elastic == 0:
        return low
    reload = entered.stress * (entered.free - nip.gap - above) / elastic
    return np.where(reload < entered.stress, reload, low)
