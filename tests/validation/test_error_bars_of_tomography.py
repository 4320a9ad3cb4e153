"""Tortuosity of a whole tomographic volume with the error of its voxels and that of its size.

The data set is not part of the project; see test_tortuosity_of_tomography. Two minutes of one core:
`pytest -m slow -s tests/validation/test_error_bars_of_tomography.py` prints the table of
docs/explanation/validation.md.
"""

from itertools import product

import numpy as np
import pytest

from multiscale.voxels.diffusion import diffuse
from tests.public_data import TOMOGRAM

PORE, CBD = 0, 2
MIRROR = (False, False)


@pytest.fixture(scope="module")
def whole() -> np.ndarray:
    """The whole volume, axes (frame, row, column) of the file."""
    if not TOMOGRAM.exists():
        pytest.skip(f"needs the public data set {TOMOGRAM.parent.name}; see MULTISCALE_DATA")
    from PIL import Image, ImageSequence

    with Image.open(TOMOGRAM) as image:
        return np.stack([np.array(frame) for frame in ImageSequence.Iterator(image)])


def diffusivity(conducts: np.ndarray, axis: int) -> float:
    """D/D0 along an axis on the voxels, between mirrors."""
    cells = np.ascontiguousarray(np.moveaxis(conducts, axis, 0), np.float32)
    return diffuse(cells, (1.0, 1.0, 1.0), MIRROR).conductivity


def octants(volume: np.ndarray) -> list[np.ndarray]:
    """Eight parts of half the edges."""
    half = [(slice(0, n // 2), slice(n // 2, 2 * (n // 2))) for n in volume.shape]
    return [volume[part] for part in product(*half)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "conductors", "expected", "of_voxels", "of_size"),
    [
        ("pore", (PORE,), (2.80, 2.47, 2.41), (0.14, 0.12, 0.11), (0.07, 0.15, 0.03)),
        ("pore, CBD open", (PORE, CBD), (1.76, 1.46, 1.44), (0.10, 0.08, 0.08), (0.02, 0.01, 0.01)),
    ],
)
def test_whole_volume_with_error_bars(whole, name, conductors, expected, of_voxels, of_size):
    """tau = 2 D(v) - D(2v) over eps; the errors are |D(v) - D(2v)| and sd/sqrt(8) of octants."""
    conducts = np.isin(whole, conductors)
    eps = conducts.mean()
    for axis in range(3):
        fine = diffusivity(conducts, axis)
        change = abs(fine - diffusivity(conducts[::2, ::2, ::2], axis))
        tau = eps / (fine + change)
        parts = [part.mean() / diffusivity(part, axis) for part in octants(conducts)]
        scatter = np.std(parts, ddof=1) / np.sqrt(8)
        print(
            f"{name}, axis {axis}: {tau:.2f} ± {tau * change / (fine + change):.2f} ± {scatter:.2f}"
        )
        assert tau == pytest.approx(expected[axis], abs=0.01)
        assert tau * change / (fine + change) == pytest.approx(of_voxels[axis], abs=0.01)
        assert scatter == pytest.approx(of_size[axis], abs=0.01)
