"""Ellipsoids on voxels: distances, sections, volumes and the diffusion that they hinder."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from multiscale.voxels.apertures import face_apertures, solid_fractions
from multiscale.voxels.diffusion import effective_tensor
from multiscale.voxels.ellipsoids import (
    Ellipsoids,
    ellipsoid_fields,
    forms,
    spheroids,
    surface_distance,
    two_nearest,
)
from multiscale.voxels.particle_fields import particle_fields
from multiscale.voxels.voxelise import surface_distances

EVERYWHERE = (True, True, True)
TURN = Rotation.from_euler("xyz", [0.4, -0.7, 1.1]).as_matrix()


def one(axes, centre=(0.0, 0.0, 0.0), turn=TURN):
    return Ellipsoids(np.array([centre], float), np.array([axes], float), turn[None])


@pytest.mark.parametrize("axes", [(3.0, 2.0, 1.0), (1.0, 1.0, 0.2), (5.0, 1.0, 1.0)])
def test_distance_is_that_to_the_nearest_of_many_points(axes):
    """Outside, inside, at the centre and on an axis within the focal disc."""
    grain = one(axes)
    polar, around = np.linspace(0, np.pi, 700)[:, None], np.linspace(0, 2 * np.pi, 1400)
    unit = np.stack(
        [np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around),
         np.cos(polar) * np.ones_like(around)], axis=-1,
    )  # fmt: skip
    surface = (unit * axes).reshape(-1, 3) @ TURN.T
    rng = np.random.default_rng(0)
    within = [rng.normal(size=3) * axes * scale for scale in (0.2, 0.5, 1.0, 2.0)]
    for point in [*within, np.zeros(3), np.array([0.1, 0.0, 0.0])]:
        at = TURN @ point
        nearest = np.linalg.norm(surface - at, axis=1).min()
        inside = np.sum((point / axes) ** 2) < 1
        found = surface_distance(grain, at)[0]
        assert found == pytest.approx(-nearest if inside else nearest, abs=2e-5 * max(axes))


def test_distance_on_the_axes():
    grain = one((3.0, 2.0, 1.0))
    assert surface_distance(grain, np.zeros(3))[0] == pytest.approx(-1.0, abs=1e-6)
    assert surface_distance(grain, TURN @ [4.0, 0, 0])[0] == pytest.approx(1.0, abs=1e-6)
    assert surface_distance(grain, TURN @ [0, 0, -1.5])[0] == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_sections_of_a_turned_ellipsoid(axis):
    """A plane at g leaves an ellipse of area pi abc/G (1 - g^2/G^2), G the half-width along it."""
    axes, n = (9.0, 6.0, 4.0), 24
    grain = one(axes, (11.7, 12.1, 12.4))
    edge = np.array([1.0, 0.8, 1.2])
    shape = tuple(np.rint(n / edge).astype(int).tolist())
    open_share = face_apertures(grain.centre, forms(grain), shape, edge, (False, False, False))
    faces = (open_share.x, open_share.y, open_share.z)[axis]
    half = np.sqrt(np.linalg.inv(forms(grain)[0])[axis, axis])
    gap = edge[axis] * np.arange(faces.shape[axis]) - grain.centre[0, axis]
    section = np.pi * np.prod(axes) / half * np.maximum(1 - (gap / half) ** 2, 0)
    covered = (1 - faces / 255).sum(axis=tuple({0, 1, 2} - {axis})) * edge.prod() / edge[axis]
    assert covered == pytest.approx(section, abs=2e-3 * section.max())


def test_volume_and_inside_agree():
    """Turned plates, some across a periodic face: fractions hold 1e-3 of the volume, as labels."""
    axis = np.random.default_rng(3).normal(size=(4, 3))
    centre = np.array([[9.0, 9, 9], [29, 9, 30], [9, 29, 9], [29, 29, 29]]) + 0.3
    plates = spheroids(centre, np.full(4, 14.0), 0.4, axis)
    assert plates.volume == pytest.approx(np.full(4, np.pi / 6 * 14.0**3))
    shape, edge = (40, 40, 40), np.ones(3)
    filled = solid_fractions(centre, forms(plates), shape, edge, EVERYWHERE).sum(dtype=float)
    assert filled == pytest.approx(plates.volume.sum(), rel=1e-3)
    ids, distance = ellipsoid_fields(plates, shape, edge, EVERYWHERE, reach=2.0)
    assert (distance < 0).sum() == pytest.approx(filled, rel=0.01)
    assert np.bincount(ids[distance < 0])[1:] == pytest.approx(plates.volume, rel=0.02)
    assert (ids > 0).sum() == (distance <= 2.0).sum()
    parts = [ellipsoid_fields(plates, shape, edge, EVERYWHERE, 2.0, s) for s in ((0, 13), (13, 40))]
    assert (np.concatenate([p[0] for p in parts]) == ids).all()
    assert (np.concatenate([p[1] for p in parts]) == distance).all()


def test_spheres_are_ellipsoids_of_one_axis():
    rng = np.random.default_rng(1)
    centre, radius = rng.random((30, 3)) * 20, rng.uniform(1.5, 3, 30)
    shape, edge, periodic = (40, 36, 44), np.array([0.5, 0.55, 0.45]), (True, True, False)
    balls = spheroids(centre, 2 * radius, 1.0, rng.normal(size=(30, 3)))
    ids, distance = particle_fields(centre, radius, shape, edge, periodic, 2.0)
    same, near = ellipsoid_fields(balls, shape, edge, periodic, 2.0)
    assert (same == ids).all()
    assert near == pytest.approx(distance, abs=1e-5)


def test_two_nearest_surfaces():
    """Of spheres those of `surface_distances`; of turned plates those found one by one."""
    rng = np.random.default_rng(4)
    shape, edge = (20, 18, 22), np.array([1.0, 1.1, 0.9])
    centre, radius = rng.random((12, 3)) * 20, rng.uniform(2, 4, 12)
    d1, d2 = surface_distances(centre, radius, shape, edge)
    balls = spheroids(centre, 2 * radius, 1.0, rng.normal(size=(12, 3)))
    near, next_one = two_nearest(balls, d1 > 0, shape, edge)
    assert near[d1 > 0] == pytest.approx(d1[d1 > 0], abs=1e-5)
    assert next_one[d1 > 0] == pytest.approx(d2[d1 > 0], abs=1e-5)
    plates = spheroids(centre, 2 * radius, 0.4, rng.normal(size=(12, 3)))
    _, distance = ellipsoid_fields(plates, shape, edge, (True, True, False), 60.0)
    near, next_one = two_nearest(plates, distance > 0, shape, edge)
    assert near[distance > 0] == pytest.approx(distance[distance > 0], abs=1e-5)
    box = edge * shape
    for at in np.argwhere(distance > 0)[::997]:
        point = (at + 0.5) * edge
        images = [point + box * (i, j, 0) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        each = np.min([surface_distance(plates, image) for image in images], axis=0)
        assert next_one[tuple(at)] == pytest.approx(np.sort(each)[1], abs=1e-4)


def test_lying_spheroids_are_spheres_on_stretched_voxels():
    """The open fraction of a face does not change where grains and voxels are stretched alike."""
    rng = np.random.default_rng(2)
    centre, diameter, aspect = rng.random((20, 3)) * 16, rng.uniform(3, 6, 20), 0.35
    plates = spheroids(centre, diameter, aspect, np.tile([0.0, 0.0, 1.0], (20, 1)))
    shape, edge, periodic = (16, 20, 24), np.array([1.0, 0.8, 2 / 3]), (True, True, False)
    found = face_apertures(centre, forms(plates), shape, edge, periodic)
    up = np.array([1.0, 1.0, 1 / aspect])
    spheres = face_apertures(centre * up, plates.axes[:, 0], shape, edge * up, periodic)
    for a, b in ((found.x, spheres.x), (found.y, spheres.y), (found.z, spheres.z)):
        assert np.abs(a.astype(int) - b).max() <= 1


@pytest.mark.parametrize("aspect", [0.5, 2.0])
def test_diffusion_past_a_turned_spheroid(aspect):
    """A cubic array of few insulating spheroids: D = 1 + phi a (1 - phi a/3)^-1, Maxwell Garnett.

    a = -R diag(1/(1 - N)) R^T with the depolarisation factors N of a spheroid; 2 % of 1 - D.
    """
    n, fraction = 40, 0.02
    diameter = n * (6 * fraction / np.pi) ** (1 / 3)
    polar = np.array([1.0, 0.5, 2.0])
    grain = spheroids(np.full((1, 3), n / 2 + 0.2), np.array([diameter]), aspect, polar[None])
    if aspect < 1:
        xi = np.sqrt(aspect**-2 - 1)
        along = (1 + xi**2) / xi**3 * (xi - np.arctan(xi))
    else:
        e = np.sqrt(1 - aspect**-2)
        along = (1 - e**2) / e**3 * (np.arctanh(e) - e)
    factors = np.array([(1 - along) / 2, (1 - along) / 2, along])
    a = -grain.turn[0] @ np.diag(1 / (1 - factors)) @ grain.turn[0].T
    expected = np.eye(3) + fraction * a @ np.linalg.inv(np.eye(3) - fraction * a / 3)
    faces = face_apertures(grain.centre, forms(grain), (n, n, n), np.ones(3), EVERYWHERE)
    tensor = effective_tensor(np.ones((n, n, n), np.float32), (1.0, 1.0, 1.0), faces)
    assert np.linalg.eigvalsh(tensor)[0] < 1 - 1.3 * fraction
    assert tensor == pytest.approx(expected, abs=0.02 * (1 - np.linalg.eigvalsh(expected)[0]))
