"""Tortuosity of a tomographic volume, which is not part of the project.

Put the data set where MULTISCALE_DATA points; docs/explanation/transport.md names its owner. The
reference values come from an independent solver on the same voxels (good to 2-3 %).
"""

import numpy as np
import pytest

from multiscale.stages.transport import Voxels
from multiscale.stages.transport.conduction import transport_along
from multiscale.stages.transport.problem import Geometry
from multiscale.stages.transport.values import best
from multiscale.stages.transport.volume import Image
from multiscale.voxels import laplace
from multiscale.voxels.percolation import percolating
from tests.public_data import TOMOGRAM

MIRROR = (False, False)
EDGE = 150


@pytest.fixture(scope="module")
def label() -> np.ndarray:
    """The central cube, axes (frame, row, column) of the file; 0 pore, 1 active, 2 CBD."""
    if not TOMOGRAM.exists():
        pytest.skip(f"needs the public data set {TOMOGRAM.parent.name}; see MULTISCALE_DATA")
    from PIL import Image, ImageSequence

    with Image.open(TOMOGRAM) as image:
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


@pytest.mark.parametrize(
    ("cbd", "content", "expected"),
    [
        (0.0, 0.0, [2.77, 2.75, 2.56]),
        (1.0, 1.0, [1.82, 1.51, 1.47]),
        (0.47**1.5, 0.47, [2.10, 1.81, 1.75]),
    ],
)
def test_values_of_the_stage_with_their_errors(label, cbd, content, expected):
    """What the record would hold: extrapolated, 4 to 7 % stated, and the staircase within it."""
    geometry = Geometry(
        Image(np.ascontiguousarray(label, np.uint8)), np.full(3, 0.398e-6), (False,) * 3
    )
    d, share = np.array([1.0, 0.0, cbd]), np.array([1.0, 0.0, content])
    fraction = np.bincount(label.ravel(), minlength=3) / label.size
    plain = [
        transport_along(axis, geometry, d, share, 10, 1e-5, 1e-3, lambda i, r: None)
        for axis in (0, 1, 2)
    ]
    found = best("electrolyte", fraction, d, plain, Voxels())
    porosity = float(fraction @ share)
    assert [porosity / t.conductivity for t in found] == pytest.approx(expected, rel=0.01)
    for t, stairs in zip(found, plain, strict=True):
        assert 0.03 < t.error / t.conductivity < 0.08
        assert abs(stairs.conductivity - t.conductivity) <= t.error
