"""A picture of labelled voxels by casting one ray per pixel through them.

No graphics library is needed, so that the picture is the same on a laptop and on a compute node
without display.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from multiscale.records import FloatArray

Colours = tuple[tuple[float, float, float], ...]

AZIMUTH, ELEVATION = -55.0, 26.0  # where the eye stands, in degrees
_MARGIN = 1.02
_RAYS = 2  # per pixel edge


def render(
    label: NDArray[np.uint8],
    voxel_size: FloatArray,
    colours: Colours,
    *,
    width: int = 880,
    azimuth: float = AZIMUTH,
    elevation: float = ELEVATION,
    ambient: float = 0.45,
    fog: float = 0.45,
) -> NDArray[np.uint8]:
    """Draw labelled voxels in parallel projection; label 0 is empty space.

    Args:
        label: phase of each voxel, axes (x, y, z); z points up.
        voxel_size: edge lengths of a voxel, in m.
        colours: red, green, blue (0..1) of each label; that of label 0 is the background.
        width: of the picture, in pixels; its height follows from the view.
        azimuth, elevation: where the eye stands, in degrees.
        ambient: light that reaches a face turned away, 0 to 1.
        fog: depth behind the box's surface, over its largest edge, at which a colour has lost
            1 - 1/e of its brightness.

    Returns:
        Red, green, blue (0..255), shape (height, width, 3).
    """
    from scipy.ndimage import uniform_filter

    edge = np.asarray(label.shape) * voxel_size
    eye, right, up = _view(azimuth, elevation)
    half_width, half_height = _half_frame(edge, right, up)
    height = round(width * half_height / half_width)
    solid = uniform_filter(uniform_filter((label > 0).astype(np.float32), 3), 3)
    light = 0.55 * eye - 0.35 * right + 0.75 * up
    rays = _cast(
        label, solid, np.asarray(voxel_size, float), np.array(colours, float),
        eye, right * half_width, up * half_height, light / np.linalg.norm(light),
        height * _RAYS, width * _RAYS, ambient, fog,
    )  # fmt: skip
    pixels = rays.reshape(height, _RAYS, width, _RAYS, 3).mean((1, 3))
    return (255 * pixels + 0.5).astype(np.uint8)


def place(
    point: FloatArray, edge: FloatArray, *, azimuth: float = AZIMUTH, elevation: float = ELEVATION
) -> FloatArray:
    """Where points of the box lie in the picture that `render` draws.

    Args:
        point: in m from the corner of the first voxel, shape (n, 3).
        edge: of the box, in m, shape (3,).
        azimuth, elevation: as for `render`.

    Returns:
        Shares of the picture's width from the left and of its height from below, shape (n, 2).
    """
    _, right, up = _view(azimuth, elevation)
    half = _half_frame(edge, right, up)
    return 0.5 + (point - edge / 2) @ np.array([right / half[0], up / half[1]]).T / 2


def _half_frame(edge: FloatArray, right: FloatArray, up: FloatArray) -> tuple[float, float]:
    """Half the picture's width and height, in m; a slender box does not make a tall picture."""
    half_width, half_height = (float(_MARGIN * np.abs(axis) @ edge / 2) for axis in (right, up))
    return max(half_width, half_height), half_height


def _view(azimuth: float, elevation: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Unit vectors from the box to the eye, to the right and up in the picture."""
    a, e = math.radians(azimuth), math.radians(elevation)
    eye = np.array([math.cos(a) * math.cos(e), math.sin(a) * math.cos(e), math.sin(e)])
    right = np.array([-math.sin(a), math.cos(a), 0.0])
    return eye, right, np.cross(eye, right)


@njit(cache=True, error_model="numpy")
def _cast(label, solid, voxel, colours, eye, right, up, light, rows, columns, ambient, fog):  # type: ignore[no-untyped-def]
    """Colour of each ray, shape (rows, columns, 3)."""
    image = np.empty((rows, columns, 3))
    for row in range(rows):
        for column in range(columns):
            u, v = 2 * (column + 0.5) / columns - 1, 1 - 2 * (row + 0.5) / rows
            kind, shade = _hit(label, solid, voxel, u * right + v * up, eye, light, ambient, fog)
            for k in range(3):
                image[row, column, k] = colours[kind, k] * (shade if kind > 0 else 1.0)
    return image


@njit(cache=True, error_model="numpy")
def _hit(label, solid, voxel, point, eye, light, ambient, fog):  # type: ignore[no-untyped-def]
    """Label and brightness where the ray through `point` against `eye` meets the first solid.

    Walks from voxel to voxel as in [AmanatidesWoo1987].
    """
    n = np.array(label.shape)
    half = n * voxel / 2
    enter, leave, axis = -np.inf, np.inf, 0
    for k in range(3):  # the slabs of the box; ray = point - t eye
        a, b = (point[k] - half[k]) / eye[k], (point[k] + half[k]) / eye[k]
        if min(a, b) > enter:
            enter, axis = min(a, b), k
        leave = min(leave, max(a, b))
    if enter >= leave:
        return 0, 1.0
    at, to_next, per_voxel, step = (
        np.empty(3, np.int64),
        np.empty(3),
        np.empty(3),
        np.empty(3, np.int64),
    )
    for k in range(3):
        place = (point[k] - enter * eye[k] + half[k]) / voxel[k]
        at[k] = min(max(int(place), 0), n[k] - 1)
        step[k] = -1 if eye[k] > 0 else 1
        per_voxel[k] = voxel[k] / abs(eye[k])
        to_next[k] = (place - at[k] if eye[k] > 0 else at[k] + 1 - place) * per_voxel[k]
    normal = np.zeros(3)
    normal[axis] = 1.0 if eye[axis] > 0 else -1.0
    depth = 0.0
    while label[at[0], at[1], at[2]] == 0:
        axis = int(np.argmin(to_next))
        depth = to_next[axis]
        at[axis] += step[axis]
        if at[axis] < 0 or at[axis] >= n[axis]:
            return 0, 1.0
        to_next[axis] += per_voxel[axis]
    if depth > 0:
        normal = _normal(solid, voxel, at, normal)
    lit = ambient + (1 - ambient) * max(0.0, normal @ light)
    return label[at[0], at[1], at[2]], lit * np.exp(-depth / (fog * 2 * half.max()))


@njit(cache=True, error_model="numpy")
def _normal(solid, voxel, at, fallback):  # type: ignore[no-untyped-def]
    """Outward unit normal from the gradient of the smoothed solid."""
    slope = np.empty(3)
    for k in range(3):
        low, high = at.copy(), at.copy()
        low[k], high[k] = max(at[k] - 1, 0), min(at[k] + 1, solid.shape[k] - 1)
        difference = solid[low[0], low[1], low[2]] - solid[high[0], high[1], high[2]]
        slope[k] = difference / ((high[k] - low[k]) * voxel[k])
    length = np.sqrt((slope**2).sum())
    return slope / length if length > 0 else fallback
