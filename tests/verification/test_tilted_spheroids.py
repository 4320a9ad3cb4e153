"""Spheroids whose axes are drawn about z: their moments, their contacts and how they are packed."""

import numpy as np
import pytest
from scipy.special import dawsn

from multiscale.voxels.contact_network import spheroid_network
from multiscale.voxels.ellipsoids import Ellipsoids, forms, spheroids, surface_distance
from multiscale.voxels.orientation import axis_tensor, draw_axes, watson_concentration
from multiscale.voxels.packing import Spheres, close_pairs, contacts, pack
from multiscale.voxels.spheroid_contacts import (
    Spheroids,
    _forces,
    contact_scale,
    minimise_spheroids,
    spheroid_contacts,
)
from multiscale.voxels.voxelise import radius_factor

Z = np.array([0.0, 0.0, 1.0])


@pytest.mark.parametrize("order", [0.99, 0.7, 0.2])
def test_concentration_gives_the_moment_of_watsons_distribution(order: float) -> None:
    """<t^2> = 1/(2 k D(k)) - 1/(2 k^2), k^2 = kappa, with Dawson's integral D."""
    k = np.sqrt(watson_concentration(order))
    mean_square = 1 / (2 * k * dawsn(k)) - 1 / (2 * k**2)
    assert (3 * mean_square - 1) / 2 == pytest.approx(order, abs=1e-6)


@pytest.mark.parametrize("order", [1.0, 0.9, 0.4, 0.0, -0.3, -0.5])
def test_drawn_axes_have_the_moments_asked_for(order: float) -> None:
    """<n n> is diag(1 - m, 1 - m, 2 m)/2 with m = (1 + 2 S)/3; <t^4> of equal directions is 1/5."""
    n = draw_axes(4000, order, np.random.default_rng(1))
    np.testing.assert_allclose(np.linalg.norm(n, axis=1), 1, atol=1e-12)
    m = (1 + 2 * order) / 3
    found = axis_tensor(n, np.ones(4000))
    assert found[2, 2] == pytest.approx(m, abs=2e-4)
    # Azimuths are independent draws: four standard errors.
    np.testing.assert_allclose(found, np.diag([1 - m, 1 - m, 2 * m]) / 2, atol=4 * 0.5 / 63)
    if order == 0:
        assert np.mean(n[:, 2] ** 4) == pytest.approx(1 / 5, abs=1e-3)


def test_contact_scale_of_spheres_and_of_one_axis() -> None:
    """|r| over the sum of radii, in the space stretched along the common axis."""
    rng = np.random.default_rng(2)
    for _ in range(20):
        r, b, n = rng.standard_normal(3), rng.uniform(0.3, 2, 2), draw_axes(2, 0.0, rng)
        assert contact_scale(r, b, 1.0, n) == pytest.approx(np.linalg.norm(r) / b.sum(), rel=1e-12)
        stretched = r + (1 / 0.4 - 1) * n[0] * (n[0] @ r)
        one = contact_scale(r, b, 0.4, n[[0, 0]])
        assert one == pytest.approx(np.linalg.norm(stretched) / b.sum(), rel=1e-12)


@pytest.mark.parametrize("aspect", [0.2, 2.0])
def test_spheroids_scaled_by_it_touch_in_one_point(aspect: float) -> None:
    """Each point of the first surface lies outside the second one, and the nearest on it."""
    rng = np.random.default_rng(3)
    u = draw_axes(20_000, 0.0, rng)
    u = np.concatenate([u, -u])
    for _ in range(3):
        r, b, n = rng.standard_normal(3), rng.uniform(0.5, 1.5, 2), draw_axes(2, 0.0, rng)
        mu = contact_scale(r, b, aspect, n)
        diameter = 2 * mu * b * aspect ** (1 / 3)
        both = spheroids(np.array([np.zeros(3), r]), diameter, aspect, n)
        surface = (u * both.axes[0]) @ both.turn[0].T
        q = np.einsum("ni,ij,nj->n", surface - r, forms(both)[1], surface - r)
        assert 1 - 1e-9 < q.min() < 1.01
        # The point of contact by its direction lies on both surfaces.
        i, j, _, towards = spheroid_contacts(
            np.array([[5.0, 5, 5], r + 5]), mu * b, aspect, n, np.full(3, 20.0), 1e-6
        )
        assert i.size == 1
        for side, k in enumerate((i[0], j[0])):
            S = np.eye(3) + (aspect - 1) * np.outer(n[k], n[k])
            point = both.centre[k] + mu * b[k] * S @ towards[0, side]
            assert np.abs(surface_distance(both, point)).max() < 1e-6


def crowd(aspect: float, order: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    radius, pole = rng.uniform(0.5, 0.8, 60), draw_axes(60, order, rng)
    volume = 4 / 3 * np.pi * np.sum(radius**3) * aspect
    box = np.full(3, np.cbrt(volume / 0.55))
    return rng.random((60, 3)) * box, radius, pole, box


def energy(x: np.ndarray, radius: np.ndarray, aspect: float, pole: np.ndarray, box: np.ndarray,
           ) -> float:  # fmt: skip
    i, j, mu, _ = spheroid_contacts(x, radius, aspect, pole, box)
    half = Spheroids(aspect, pole).half_heights(radius)
    steep = radius / half
    out = np.maximum([steep * (half - x[:, 2]), steep * (x[:, 2] + half - box[2])], 0)
    return float(np.sum(((1 - mu) * (radius[i] + radius[j])) ** 2) + np.sum(out**2)) / 2


def test_normals_of_contacts_are_the_slope_of_the_scale() -> None:
    """n is along the gradient of mu with respect to the centres' distance; of lying plates the
    normal of the stretched spheres with its height over e: more along z than the branches are."""
    x, radius, pole, box = crowd(0.4, 0.3)
    found = spheroid_network(x, radius, 0.4, pole, box, 0.0)
    for (i, j), n in zip(found.pairs[::20] - 1, found.normal[::20], strict=True):
        r = x[j] - x[i]
        r[:2] -= box[:2] * np.rint(r[:2] / box[:2])
        sides = [
            [contact_scale(r + h * step, radius[[i, j]], 0.4, pole[[i, j]]) for step in np.eye(3)]
            for h in (1e-5, -1e-5)
        ]
        slope = np.subtract(*sides)
        np.testing.assert_allclose(n, slope / np.linalg.norm(slope), atol=1e-6)
    assert np.trace(found.fabric) == pytest.approx(1)

    x, radius, _, box = crowd(0.4, 1.0)
    upright = np.array([1, 1, 1 / 0.4])
    i, j, _, across = contacts(x * upright, radius, box * upright, 0.0)
    flat = spheroid_network(x, radius, 0.4, np.tile(Z, (60, 1)), box, 0.0)
    assert set(map(tuple, flat.pairs - 1)) == set(zip(i, j, strict=True))
    normal, branch = across * upright, across / upright
    exact, lines = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (normal, branch))
    np.testing.assert_allclose(flat.fabric, exact.T @ exact / len(exact), atol=1e-9)
    assert flat.fabric[2, 2] > 0.5 > 0.3 > np.mean(lines[:, 2] ** 2)


def test_forces_are_the_slope_of_the_overlaps_energy() -> None:
    x, radius, pole, box = crowd(0.4, 0.0)
    half = Spheroids(0.4, pole).half_heights(radius)
    f, pairs = np.zeros_like(x), close_pairs(x, radius, box, 0.1)
    _forces(x, radius, 0.4, pole, half, box, *pairs, 0.0, 0.0, f)
    turned = np.eye(3) + (1 / 0.4 - 1) * np.einsum("ni,nj->nij", pole, pole)  # S^-1
    f = np.einsum("nij,nj->ni", turned, f)
    for i, a in ((0, 0), (7, 1), (21, 2)):
        step = np.zeros_like(x)
        step[i, a] = 1e-6
        slope = energy(x + step, radius, 0.4, pole, box) - energy(x - step, radius, 0.4, pole, box)
        assert f[i, a] == pytest.approx(-slope / 2e-6, abs=1e-6 * np.abs(f).max())


def test_flat_spheroids_move_as_the_spheres_of_the_stretched_space() -> None:
    """One hundred steps of either, the same to round-off."""
    x, radius, _, box = crowd(0.4, 1.0)
    upright = np.array([1, 1, 1 / 0.4])
    spheres, flat = x * upright, x.copy()
    Spheres().relax(spheres, radius, upright * box, 100, 0.003, 0.15)
    pole = np.tile(Z, (60, 1))
    minimise_spheroids(flat, radius, 0.4, pole, box, 100, 1e-4, 0.003, 0.15)
    assert np.abs(flat - x).max() > 0.05
    np.testing.assert_allclose(flat * upright, spheres, atol=1e-9)


def test_tilted_plates_below_jamming_are_apart() -> None:
    """Of 50 % no overlap is left before the cohesion, and 0.3 % with it."""
    _, radius, pole, box = crowd(0.5, 0.3)
    box = box * np.cbrt(1.1)
    said: list[float] = []
    bodies = Spheroids(0.5, pole)
    centre = pack(radius, box, np.random.default_rng(1), lambda _, o: said.append(o), bodies=bodies)
    assert said[11] < 1e-4 and bodies.mean_overlap(centre, radius, box) < 3e-3
    half = bodies.half_heights(radius)
    assert (centre[:, 2] > 0.98 * half).all() and (centre[:, 2] < box[2] - 0.98 * half).all()


def test_labels_of_tilted_plates_are_the_voxels_deepest_in_them() -> None:
    rng = np.random.default_rng(5)
    centre, pole = rng.random((12, 3)) * 10, draw_axes(12, 0.0, rng)
    grains = spheroids(centre, rng.uniform(2, 4, 12), 0.5, pole)
    shape, edge = (20, 20, 20), np.full(3, 0.5)
    inside, factor = radius_factor(centre, forms(grains), shape, edge, 1500)
    assert inside.sum() == 1500
    x = np.stack(np.meshgrid(*(3 * [(np.arange(20) + 0.5) * 0.5]), indexing="ij"), -1)
    larger = Ellipsoids(centre, factor * grains.axes, grains.turn)
    q = np.full(shape, np.inf)
    for shift in [np.array([a, b, 0]) for a in (-10, 0, 10) for b in (-10, 0, 10)]:
        d = x[..., None, :] - centre - shift
        each = np.einsum("xyzni,nij,xyznj->xyzn", d, forms(larger), d)
        q = np.minimum(q, each.min(axis=-1))
    assert np.array_equal(inside, q <= 1 + 1e-5)
