"""Ions that see the domain on half the voxel edge: exact films, bounds, and the halves resolved."""

import numpy as np
import pytest

from multiscale.stages.transport.bounds import hashin_shtrikman_excess, wiener
from multiscale.stages.transport.conduction import solve_along, transport_along
from multiscale.stages.transport.domain import Halves
from multiscale.stages.transport.problem import Geometry, Tolerances, Transport
from multiscale.stages.transport.volume import Image
from multiscale.voxels.apertures import face_apertures, solid_fractions
from multiscale.voxels.diffusion import diffuse
from multiscale.voxels.octant_faces import fill_octants, octant_conductances, series
from multiscale.voxels.octants import from_octants, to_octants
from multiscale.voxels.slabs import whole
from multiscale.voxels.transmissibility import transmissibilities
from tests.voxel_images import coated_spheres

D = np.array([1.0, 0.0, 0.3])
CONTENT = np.array([1.0, 0.0, 0.5])
ENOUGH: Tolerances = {
    "residual_tolerance": 1e-6,
    "flux_tolerance": 1e-4,
    "watch": lambda iteration, residual: None,
}


def along(axis: int, label: np.ndarray, halves: np.ndarray | None, edges=(1.0, 1.0, 1.0), **known):
    """Ions along an axis of a volume that repeats sideways; the domain is given on halves."""
    seen = None if halves is None else Halves(to_octants(halves))
    geometry = Geometry(Image(label), np.array(edges), (True, True, True), halves=seen, **known)
    return transport_along(axis, geometry, D, CONTENT, 4, 1e-10, 1e-8, lambda *_: None)


@pytest.mark.parametrize("edges", [(1.0, 1.0, 1.0), (1.0, 0.6, 1.7)])
def test_films_half_a_voxel_thick(edges):
    """In series and in parallel to round-off, at any place in a voxel; layers too; no error.

    On voxels of twice the edge the film is a quarter thick, and escapes or is doubled: the stated
    error says so.
    """
    label = np.zeros((12, 12, 12), np.uint8)
    for normal in range(3):
        for at in (6, 7):
            halves = np.zeros((24, 24, 24), bool)
            halves[(slice(None),) * normal + (slice(at, None, 8),)] = True
            for axis in range(3):
                found = along(axis, label, halves, edges)
                # Three layers of the four hold a sixth of film, the whole an eighth.
                share = np.array([0, 1, 1, 1]) / 6 if axis == normal else np.full(4, 1 / 8)
                layers = 1 / (1 - share + share / 0.3) if axis == normal else 1 - share * 0.7
                assert found.conductivity == pytest.approx(1 / (1 / layers).mean(), rel=1e-6)
                assert found.layers == pytest.approx(layers, rel=1e-5)
                assert abs(found.conductivity - 1 / (1 / layers).mean()) < found.error


def test_halves_that_fill_voxels_are_the_voxels():
    """Random domain between random spheres: the face conductances of whole voxels, to 1/255."""
    rng, shape, wraps = np.random.default_rng(3), (9, 10, 7), (False, True, True)
    domain = rng.random(shape) < 0.4
    given = rng.random((6, 3)) * shape, rng.uniform(1.5, 3, 6), shape, np.ones(3), wraps
    halves = domain.repeat(2, 0).repeat(2, 1).repeat(2, 2)
    quarters = face_apertures(*given, cut=2)
    edges, slabs = (1.0, 0.7, 1.3), whole(9, wraps)
    two = np.array([1.0, 0.3])
    ours = octant_conductances(to_octants(halves), *series(two), quarters, edges, wraps, slabs)
    d = two[domain.astype(int)].astype(np.float32)
    plain = transmissibilities(d, edges, wraps, face_apertures(*given))
    assert abs(ours - plain).max() < 1 / 255 * plain.max()


def test_octants_in_grains_hold_what_lies_beside_them():
    """A film around a sphere reaches into the octants that it cuts; deep inside nothing is asked.

    Beside pore they are pore, and over a seam the volume goes on.
    """
    n, radius = 24, 6.0
    x = (np.indices((n, n, n)) + 0.5 - np.array([12, 1, 12])[:, None, None, None]) % n
    x = np.minimum(x, n - x)
    gap = np.sqrt((x**2).sum(axis=0)) - radius
    film = (gap > 0) & (gap < 2)
    octants, closed = to_octants(film), to_octants(gap <= 0)
    fill_octants(octants, closed, (True, True, True), whole(12, (True, True, True)))
    filled = from_octants(octants)
    assert filled[(gap <= 0) & (gap > -1.5)].all()
    assert np.array_equal(filled[gap > 0], film[gap > 0])
    octants = to_octants(np.zeros_like(film))
    fill_octants(octants, closed, (True, True, True), whole(12, (True, True, True)))
    assert not octants.any()


def resolved(axis: int, halves: np.ndarray, known: dict[str, np.ndarray], cut: int) -> Transport:
    """The same with each half cut in `cut` along each axis; films reach down to the spheres."""
    edge, wraps = np.full(3, 0.5), (True, True, True)
    octants = to_octants(halves)
    closed = to_octants(solid_fractions(*known.values(), halves.shape, edge, wraps, 1) > 0.5)
    fill_octants(octants, closed, wraps, whole(len(octants), wraps))
    domain = from_octants(octants).repeat(cut, 0).repeat(cut, 1).repeat(cut, 2)
    edge = np.full(3, 0.5 / cut)
    solid = solid_fractions(*known.values(), domain.shape, edge, (True,) * 3) > 0.5
    label = np.where(solid, 1, np.where(domain, 2, 0)).astype(np.uint8)
    geometry = Geometry(Image(label), edge, (True, True, True), **known)
    return solve_along(axis, geometry, D, CONTENT, 4, ENOUGH)


def test_films_and_heaps_on_halves_are_within_their_error():
    """Against the same halves cut in two: within the stated error, and nearer than labels are.

    Bounds hold: Wiener's for each axis, Hashin's and Shtrikman's for all.
    """
    off_halves, off_labels = [], []
    for seed in range(2):
        label, halves, known = coated_spheres(seed)
        found = [along(axis, label, halves, **known) for axis in range(3)]
        labels = [along(axis, label, None, **known) for axis in range(3)]
        truth = [resolved(axis, halves, known, 2).conductivity for axis in range(3)]
        for t, own, exact in zip(found, labels, truth, strict=True):
            assert abs(t.conductivity - exact) < t.error < 0.2 * exact
            off_halves.append(t.conductivity / exact - 1)
            off_labels.append(own.conductivity / exact - 1)
        solid = solid_fractions(*known.values(), (16,) * 3, np.ones(3), (True,) * 3).mean()
        film = halves.mean()
        fraction = np.array([1 - solid - film, solid, film])
        effective = np.array([t.conductivity for t in found])
        slack = max(t.error / t.conductivity for t in found)
        assert (effective < wiener(fraction, D)[1] * (1 + slack)).all()
        assert hashin_shtrikman_excess(fraction, D, effective) < slack
    assert np.mean(np.abs(off_halves)) < np.mean(np.abs(off_labels))


def test_halves_cost_no_unknowns():
    """A byte for each voxel and twelve for its quarters: the solver's 45 stay what they are."""
    n = 16
    octants = to_octants(np.zeros((2 * n,) * 3, bool))
    around = (True, True, True)
    quarters = face_apertures(np.empty((0, 3)), np.empty(0), (n,) * 3, np.ones(3), around, cut=2)
    held = octants.nbytes + sum(f.size for f in (quarters.x, quarters.y, quarters.z))
    assert held / n**3 < 1 + 12 * (1 + 1.1 / n)
    wraps = (False, True, True)
    slabs = whole(n, wraps)
    faces = octant_conductances(
        octants, *series(np.array([1.0, 0.3])), quarters, (1.0,) * 3, wraps, slabs
    )
    plain = diffuse(np.ones((n,) * 3, np.float32), (1.0,) * 3, (True, True))
    assert faces.shape == plain.faces.shape
