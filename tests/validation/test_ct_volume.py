"""Our measures on an X-ray tomography of a calendered NMC cathode (NREL, with generated domain)."""

import numpy as np
import pytest

from multiscale.stages.microstructure import Image
from multiscale.voxels.area import interface_area, interface_profile
from multiscale.voxels.characterise import percolating_share
from multiscale.voxels.two_point import two_point_probability
from tests.public_data import TOMOGRAM

UNIT = np.ones(3)

pytestmark = pytest.mark.skipif(
    not TOMOGRAM.exists(),
    reason=f"no {TOMOGRAM.name}; set MULTISCALE_DATA to the folder of public data",
)


@pytest.fixture(scope="module")
def label() -> np.ndarray:
    """Phases with the voxel as unit of length; the stack's first axis is laid on z."""
    from PIL import Image, ImageSequence

    with Image.open(TOMOGRAM) as stack:
        pages = [np.array(page) for page in ImageSequence.Iterator(stack)]
    return np.ascontiguousarray(np.transpose(np.array(pages, np.uint8), (1, 2, 0)))


def test_fractions(label: np.ndarray) -> None:
    """The published fractions: pore 40.05 %, NMC 49.95 %, domain 10.00 %."""
    share = np.bincount(label.ravel(), minlength=3) / label.size
    assert share == pytest.approx([0.4005, 0.4995, 0.1000], abs=5e-5)


def test_image_kind_reads_the_same(label: np.ndarray) -> None:
    """The stage's own reader, with the voxel size of the source."""
    image = Image(path=str(TOMOGRAM), spacing="0.398 um")
    nx, _, nz = image.phases().shape
    assert np.array_equal(image.phases().layers(0, 0, nx), label.transpose(1, 0, 2))
    turned = image.model_copy(update={"from_top": True}).phases()
    assert turned.layers(2, 0, 1)[0, 0, 0] == label[0, 0, nz - 1]


def crofton(phase: np.ndarray) -> float:
    """Area per volume of a block that is not periodic: without its lateral cuts."""
    cut = sum(np.mean(phase.take(0, a) != phase.take(-1, a)) / phase.shape[a] for a in (0, 1))
    return float(interface_profile(phase.astype(np.uint8), UNIT, 1, 0).mean() - cut)


def test_area_of_particles_against_marching_cubes(label: np.ndarray) -> None:
    """Crofton and an independent triangulation agree within 3 % on the NMC surface."""
    import pyvista

    block = (label == 1)[50:200, 50:200, 50:200]
    grid = pyvista.ImageData(dimensions=block.shape)
    grid["active"] = block.astype(np.float32).ravel(order="F")
    smooth = grid.gaussian_smooth(std_dev=0.7, radius_factor=1.5, scalars="active")
    surface = smooth.contour([0.5], scalars="active").area / np.prod(np.array(block.shape) - 1)
    assert crofton(block) == pytest.approx(surface, rel=0.03)


def test_surface_from_the_correlation_function(label: np.ndarray) -> None:
    """s_v = -4 S2'(0) is an independent measure of the area: 5 %."""
    block = (label == 1)[100:220, 100:220, 100:220]
    r, s2 = two_point_probability(block, UNIT, (False, False, False), 6.0)
    assert -4 * np.polyfit(r[:3], s2[:3], 2)[1] == pytest.approx(crofton(block), rel=0.05)


def test_domain_covers_particles_as_published_bridges_do(label: np.ndarray) -> None:
    """10 % of domain cover 58 to 67 % of the NMC, at the voxel and extrapolated."""
    pore, domain = (interface_profile(label, UNIT, 1, other).mean() for other in (0, 2))
    assert domain / (pore + domain) == pytest.approx(0.576, abs=0.01)
    pore, domain = (interface_area(label, UNIT, 1, other)[0].mean() for other in (0, 2))
    assert domain / (pore + domain) == pytest.approx(0.671, abs=0.01)


def test_pore_and_particles_span_and_bridges_do_not(label: np.ndarray) -> None:
    """99 % of pore and NMC connect opposite faces along every axis, generated bridges none."""
    block = label[75:225, 75:225, 50:200]
    open_block = (False, False, False)
    assert (percolating_share(block == 0, open_block) > 0.99).all()
    assert (percolating_share(block == 1, open_block) > 0.99).all()
    assert (percolating_share(block == 2, open_block) == 0).all()
