"""Flow of the wet film across the web: it levels like a thin film."""

from __future__ import annotations

import numpy as np

from multiscale.records.record import FloatArray

GRAVITY = 9.81
CREEP = 0.03  # width over which the film yields; at its yield stress it flows CREEP^2/4 as fast


def between(first: FloatArray, inner: FloatArray, last: FloatArray) -> FloatArray:
    """Put values at both ends of what lies between the columns."""
    joined: FloatArray = np.concatenate([first, inner, last], axis=-1)
    return joined


def middle(values: FloatArray) -> FloatArray:
    """Give the mean of neighbouring columns."""
    return 0.5 * (values[..., 1:] + values[..., :-1])


def upwind(flux: FloatArray, values: FloatArray) -> FloatArray:
    """Give what the flux carries from the column that it leaves."""
    return np.where(flux > 0, values[..., :-1], values[..., 1:])


def film_pressure(
    h: FloatArray, y: FloatArray, dual: FloatArray, sigma: float, weight: float, wedge: float
) -> FloatArray:
    """Give the pressure under a slightly sloped surface, Pa: p = rho g h - sigma h_yy.

    At the edge the surface goes on as a wedge to a contact line that stays where it is,
    h_y = h/wedge; the other end is a symmetry plane.

    Args:
        h: height, m.
        y: positions, m.
        dual: width of each position's cell, m.
        sigma: surface tension, N/m.
        weight: rho g, N/m^3.
        wedge: width of the wedge, m; infinite: a symmetry plane too.
    """
    slope = between(h[..., :1] / wedge, np.diff(h) / np.diff(y), 0.0 * h[..., :1])
    pressure: FloatArray = weight * h - sigma * np.diff(slope) / dual
    return pressure


def levelling(
    h: FloatArray, slope: FloatArray, fluidity: FloatArray, stress: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Give the flux of a Bingham film on the foil and the height up to which it yields [Liu1989].

    Q = -h^3/(3 mu) p_y (1 - Y)^2 (1 + Y/2),  Y = tau_y/(h |p_y|) < 1;  yields below 1 - Y

    1 - Y reaches 0 smoothly: the film creeps a little where it should rest.

    Args:
        h: height, m.
        slope: p_y, Pa/m.
        fluidity: 1/mu, 1/(Pa s).
        stress: tau_y, Pa.

    Returns:
        Q, m^2/s, and 1 - Y.
    """
    wall = h * np.abs(slope)
    above = 1 - stress / np.maximum(wall, 1e-30)
    root = np.sqrt(above**2 + CREEP**2)
    # The two forms are equal; each keeps its digits on its own side of 0.
    yielded = 0.5 * np.where(above > 0, above + root, CREEP**2 / (root - np.minimum(above, 0.0)))
    Q = -(h**3) / 3 * fluidity * slope * yielded**2 * (1 + 0.5 * (1 - yielded))
    return Q, yielded


def levelling_profile(xi: FloatArray, weight: FloatArray, yielded: FloatArray) -> FloatArray:
    """Give the velocity of that film over its mean, shape (yielded.size, xi.size).

    u ~ xi (2 s - xi) below s = 1 - Y, a plug above; with no yield stress 3 (xi - xi^2/2).

    Args:
        xi: layers.
        weight: of the layers in the mean.
        yielded: 1 - Y.
    """
    s = np.maximum(yielded, 1e-6)[:, None]
    u = np.minimum(xi, s) * (2 * s - np.minimum(xi, s))
    profile: FloatArray = u / (u @ weight)[:, None]
    return profile
