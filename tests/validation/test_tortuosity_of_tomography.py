"""Tortuosity of a tomographic volume, which is not part of the project.

Put the data set where MULTISCALE_DATA points; docs/explanation/transport.md names its owner. The
reference values come from an independent solver on the same voxels (good to 2-3 %).
"""

import os
from pathlib import Path

import numpy as np
import pytest

from multiscale.voxels import laplace
from multiscale.voxels.percolation import percolating

DATA = Path(
    os.environ.get("MULTISCALE_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")
)
VOLUME = DATA / "microstructure_volumes" / "nmc-1-cal_generatedCBD_bridge.tif"
MIRROR = (False, False)
EDGE = 150


@pytest.fixture(scope="module")
def label() -> np.ndarray:
    """The central cube, axes (frame, row, column) of the file; 0 pore, 1 active, 2 CBD."""
    if not VOLUME.exists():
        pytest.skip(f"needs the public data set {VOLUME.parent.name}; see MULTISCALE_DATA")
    from PIL import Image, ImageSequence

    with Image.open(VOLUME) as image:
        whole = np.stack([np.array(frame) for frame in ImageSequence.Iterator(image)])
    corner = [(n - EDGE) // 2 for n in whole.shape]
    return whole[tuple(slice(c, c + EDGE) for c in corner)]


def tau(label: np.ndarray, axis: int, d: tuple[float, float, float]) -> float:
    """Of the conductors in `d` counted with their whole volume."""
    cells = np.array(d)[np.moveaxis(label, axis, 0)]
    fraction = (cells > 0).mean()
    cells = np.where(percolating(cells > 0, MIRROR), cells, 0.0)
    faces = laplace.faces_of_cells(cells, (1.0, 1.0, 1.0), MIRROR)
    return float(fraction / laplace.conduct(faces, MIRROR).conductivity)


@pytest.mark.parametrize(
    ("axis", "pore_only", "pore_and_cbd"), [(0, 2.93, 1.93), (1, 2.88, 1.61), (2, 2.71, 1.56)]
)
def test_tortuosity_with_and_without_the_carbon_binder_domain(label, axis, pore_only, pore_and_cbd):
    """3 %; the domain matters about as much as published, 1.35 to 1.81 (Usseglio-Viretta 2018)."""
    blocked, open_domain = tau(label, axis, (1.0, 0.0, 0.0)), tau(label, axis, (1.0, 0.0, 1.0))
    assert blocked == pytest.approx(pore_only, rel=0.03)
    assert open_domain == pytest.approx(pore_and_cbd, rel=0.03)
    assert 1.35 < blocked / open_domain < 1.81
