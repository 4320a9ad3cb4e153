"""Bonds as bridges on voxels: volumes, distances, open faces and what they conduct."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.spatial import cKDTree

from multiscale.voxels.apertures import Apertures, face_apertures, solid_fractions
from multiscale.voxels.bridges import (
    Bridges,
    bridge_fields,
    bridge_radius,
    bridge_volume,
    meeting_radius,
)
from multiscale.voxels.diffusion import diffuse, effective_tensor
from multiscale.voxels.voxelise import radius_factor
from tests.bonded_spheres import bonded

NOWHERE, EVERYWHERE = (False, False, False), (True, True, True)
NO_SPHERES = np.empty((0, 3)), np.empty(0)
# r_1, r_2 (0: a plane), D, R: a gap, touching, overlaps, one wide as its sphere, foil, foil cut.
BONDS = np.array(
    [
        (3.0, 2.0, 5.6, 1.3), (3.0, 3.0, 6.0, 1.0), (3.0, 2.0, 4.4, 1.6), (2.5, 2.5, 4.9, 2.5),
        (2.0, 0.0, 2.3, 1.2), (2.0, 0.0, 1.8, 1.5),
    ]
)  # fmt: skip
ENDS, LENGTH, RADIUS = BONDS[:, :2], BONDS[:, 2], BONDS[:, 3]


def bridge(bond, start, direction) -> Bridges:
    one, other, length, radius = bond
    n = np.asarray(direction, float) / np.linalg.norm(direction)
    return Bridges(
        np.array([start], float), length * n[None], np.array([[one, other]]), np.array([radius])
    )


def spheres(of: Bridges) -> tuple[np.ndarray, np.ndarray]:
    """Those that the bridges join."""
    round_ = of.ends[:, 1] > 0
    centre = np.concatenate([of.start, (of.start + of.axis)[round_]])
    return centre, np.concatenate([of.ends[:, 0], of.ends[round_, 1]])


def inside(bond, rho, t):
    """Whether points of the half-plane lie in a bridge, from the words of its definition."""
    one, other, length, radius = bond
    out_of_spheres = (np.hypot(rho, t) > one) & (np.hypot(rho, length - t) > other)
    return (rho < radius) & (t > 0) & (t < length) & out_of_spheres


def test_volume_by_quadrature():
    """V = 2 pi int rho (height between the spheres at rho) drho; radii found back from it."""
    for (one, other, length, radius), found in zip(
        BONDS, bridge_volume(RADIUS, ENDS, LENGTH), strict=True
    ):

        def shell(rho, one=one, other=other, length=length):
            ball = np.sqrt(other**2 - rho**2) if other > 0 else 0.0
            return 2 * np.pi * rho * max(length - np.sqrt(one**2 - rho**2) - ball, 0.0)

        a = meeting_radius(np.array([[one, other]]), np.array([length]))[0]
        expected = quad(shell, 0, radius, points=[a], epsabs=1e-12, epsrel=1e-10)[0]
        assert found == pytest.approx(expected, rel=1e-7)
    again = bridge_radius(bridge_volume(RADIUS, ENDS, LENGTH), ENDS, LENGTH)
    assert again == pytest.approx(RADIUS, rel=1e-9)
    most = bridge_radius(np.full(len(BONDS), 1e3), ENDS, LENGTH)
    assert most == pytest.approx([2, 3, 2, 2.5, 2, 2])


def test_a_sphere_within_the_other_leaves_no_bridge():
    ends, length = np.array([[3.0, 1.0], [1.0, 3.0], [3.0, 1.0]]), np.array([1.5, 2.5, 2.8])
    assert bridge_volume(np.ones(3), ends, length) == pytest.approx([0, 0, 0], abs=1e-12)
    assert meeting_radius(ends, length) == pytest.approx([1, 1, 1])


def middles(shape, edge) -> np.ndarray:
    """Of the voxels, shape (x, y, z, 3)."""
    return (np.moveaxis(np.indices(shape), 0, -1) + 0.5) * edge


def outline(bond, points=20_000) -> np.ndarray:
    """Points (rho, t) of the two ends and the side."""
    one, other, length, radius = bond
    rho = radius * np.sin(np.linspace(0, np.pi / 2, points))
    low, high = np.sqrt(one**2 - rho**2), length - np.sqrt(np.maximum(other**2 - rho**2, 0))
    is_open = low <= high
    side = np.linspace(low[-1], high[-1], points)
    ends = [np.column_stack([rho, t])[is_open] for t in (low, high if other else 0 * rho + length)]
    return np.concatenate([*ends, np.column_stack([np.full(points, radius), side])])


@pytest.mark.parametrize("bond", BONDS)
def test_signed_distance(bond):
    """To the nearest of many points of its outline, in every direction and on both sides."""
    of = bridge(bond, (6.1, 7.3, 5.2), (0.36, -0.48, 0.8))
    shape, edge = (30, 26, 28), np.array([0.5, 0.6, 0.55])
    ids, d = bridge_fields(of, shape, edge, NOWHERE, 2.0)
    from_start = middles(shape, edge) - of.start[0]
    t = from_start @ of.axis[0] / of.length[0]
    rho = np.sqrt(np.maximum((from_start**2).sum(axis=-1) - t**2, 0))
    near = np.isfinite(d)
    within = inside(bond, rho, t)
    assert np.array_equal(d[near] < 0, within[near]) and near[within].all()
    assert np.array_equal(ids, near)
    expected, _ = cKDTree(outline(bond)).query(np.column_stack([rho[near], t[near]]))
    assert np.abs(d[near]) == pytest.approx(expected, abs=3e-4)


def in_and_around(of: Bridges, size: float, cells: int) -> float:
    """Volume of a bridge in a cube: that of its cylinder and spheres less that of the spheres."""
    shape, edge = (cells,) * 3, np.full(3, size / cells)
    both = solid_fractions(*spheres(of), shape, edge, NOWHERE, bridges=of).sum(dtype=float)
    balls = solid_fractions(*spheres(of), shape, edge, NOWHERE).sum(dtype=float)
    return float(both - balls) * edge.prod()


def test_volume_on_voxels():
    """Cut voxels: below 1 % with 4.5 voxels across and more, order 2; labels: 1 % with ten."""
    cells = np.array([16, 24, 36, 54])
    across = [bridge(bond, (5.1, 8.3, 4.2), (0.36, -0.48, 0.8)) for bond in BONDS[:3]]
    volume = [bridge_volume(of.radius, of.ends, of.length)[0] for of in across]
    error = [
        np.sqrt(
            np.mean(
                [
                    (in_and_around(of, 14.0, n) / V - 1) ** 2
                    for of, V in zip(across, volume, strict=True)
                ]
            )
        )
        for n in cells
    ]
    assert error[1] < 0.01
    assert -np.polyfit(np.log(cells), np.log(error), 1)[0] > 2
    edge = np.full(3, 14 / 54)
    _, d = bridge_fields(across[0], (54,) * 3, edge, NOWHERE, 0.1)
    assert (d < 0).sum() * edge.prod() == pytest.approx(volume[0], rel=0.01)


def test_open_faces_of_a_cylinder():
    """Planes across an oblique cylinder leave open all but an ellipse of pi R^2/|n|."""
    of = bridge((0.0, 0.0, 50.0, 2.3), (-5.2, -4.6, -6.1), (1.0, 0.9, 1.2))
    edge = np.array([0.5, 0.45, 0.6])
    found = face_apertures(*NO_SPHERES, (30, 30, 30), edge, NOWHERE, bridges=of)
    n = of.axis[0] / of.length[0]
    for axis, faces in enumerate((found.x, found.y, found.z)):
        across = tuple({0, 1, 2} - {axis})
        covered = (1 - faces / 255).sum(axis=across) * edge[list(across)].prod()
        middle = (
            of.start[0] + (np.arange(31) * edge[axis] - of.start[0, axis])[:, None] / n[axis] * n
        )
        whole = ((middle > 4.0) & (middle < 30 * edge - 4.0))[:, list(across)].all(axis=1)
        assert whole.sum() >= 3
        assert covered[whole] == pytest.approx(np.pi * 2.3**2 / abs(n[axis]), rel=5e-3)


def covered(centre, radius, shape, edge, periodic, of=None) -> Apertures:
    """What spheres and bridges cover: the open faces of what conducts within them."""
    left = face_apertures(centre, radius, shape, edge, periodic, bridges=of)
    return Apertures(255 - left.x, 255 - left.y, 255 - left.z)


@pytest.mark.parametrize("direction", [(0.0, 0.0, 1.0), (1.0, 0.0, 1.0), (1.0, -1.0, 2.0)])
def test_a_chain_of_bridges_conducts_as_its_cylinders(direction):
    """Three bonds from side to side of a periodic cube: D = sigma A l/V n n^T."""
    third, R = np.array(direction) / 3, 0.11
    start = np.array([0.13, 0.48, 0.0]) + np.arange(3)[:, None] * third
    of = Bridges(start, np.tile(third, (3, 1)), np.full((3, 2), 0.2), np.full(3, R))
    shape, edge = (20, 20, 20), np.full(3, 0.05)
    faces = covered(*NO_SPHERES, shape, edge, EVERYWHERE, of)
    D = effective_tensor(np.ones(shape, np.float32), (1.0, 1.0, 1.0), faces)
    n = of.axis[0] / of.length[0]
    expected = np.pi * R**2 * of.length.sum() * np.outer(n, n)
    assert pytest.approx(expected, abs=5e-3 * np.trace(expected)) == D


def test_two_spheres_conduct_by_their_bridge():
    """Between the currents of straight tubes and those of flat equipotentials; else not at all."""
    r, R, length, n = 0.3, 0.2, 0.7, 40
    of = bridge((r, r, length, R), (0.0, 0.5, 0.5), (1.0, 0.0, 0.0))
    shape, edge = (28, n, n), np.array([length / 28, 1 / n, 1 / n])
    d = np.ones(shape, np.float32)
    with pytest.raises(ValueError, match="nothing conducts"):
        diffuse(d, tuple(edge), (False, False), covered(*spheres(of), shape, edge, NOWHERE))
    faces = covered(*spheres(of), shape, edge, NOWHERE, of)
    D = diffuse(d, tuple(edge), (False, False), faces).conductivity
    tubes = np.pi * R**2

    def resistance(x):
        return 1 / (np.pi * max(R**2, r**2 - min(x, length - x) ** 2))

    edges = np.sqrt(r**2 - R**2)
    flat = length / quad(resistance, 0, length, points=[edges, length - edges])[0]
    assert tubes * 1.05 < D < flat * 0.99


SHAPE, EDGE = (24, 20, 18), np.array([0.5, 0.625, 0.75])


def test_labels_of_a_bonded_packing():
    """As many voxels as asked for, those of least q = min(|x - c|/r, rho/R)."""
    centre, radius, of = bonded(SHAPE, EDGE)
    count = round(0.4 * np.prod(SHAPE))
    found, factor = radius_factor(centre, radius, SHAPE, EDGE, count, bridges=of)
    assert found.sum() == count
    at, box = middles(SHAPE, EDGE), SHAPE * EDGE
    q = np.full(SHAPE, np.inf)
    for shift in np.indices((3, 3)).reshape(2, -1).T - 1:
        x = at + box * [*shift, 0]
        for c, r in zip(centre, radius, strict=True):
            q = np.minimum(q, np.linalg.norm(x - c, axis=-1) / r)
        for c, a, D, R in zip(of.start, of.axis, of.length, of.radius, strict=True):
            t = (x - c) @ a / D
            rho = np.sqrt(np.maximum(((x - c) ** 2).sum(axis=-1) - t**2, 0))
            q = np.minimum(q, np.where((t >= 0) & (t <= D), rho / R, np.inf))
    assert factor == pytest.approx(np.sort(q.ravel())[count - 1], rel=1e-6)
    assert np.array_equal(found[np.abs(q - factor) > 1e-5], (q < factor)[np.abs(q - factor) > 1e-5])
    # Without bonds the spheres alone have to be larger.
    assert radius_factor(centre, radius, SHAPE, EDGE, count)[1] > 1.02 * factor


def test_a_bridge_through_a_side_is_as_in_the_middle():
    """Labels, distances, numbers and open faces of a packing pushed through its sides."""
    centre, radius, of = bonded(SHAPE, EDGE)
    by, periodic = (7, 11), (True, True, False)
    push = np.array([*by, 0]) * EDGE
    box = SHAPE * EDGE * [1, 1, 0]
    wrapped = of.start + push - box * (of.start + push >= box) * [1, 1, 0]
    moved = Bridges(wrapped, of.axis, of.ends, of.radius)
    count = round(0.4 * np.prod(SHAPE))
    found, _ = radius_factor(centre, radius, SHAPE, EDGE, count, bridges=of)
    again, _ = radius_factor(centre + push, radius, SHAPE, EDGE, count, bridges=moved)
    assert np.array_equal(np.roll(found, by, (0, 1)), again)
    fields = bridge_fields(of, SHAPE, EDGE, periodic, 1.0)
    for one, other in zip(fields, bridge_fields(moved, SHAPE, EDGE, periodic, 1.0), strict=True):
        assert np.array_equal(np.roll(one, by, (0, 1)), other)
    faces = face_apertures(centre, radius, SHAPE, EDGE, periodic, bridges=of).z
    shifted = face_apertures(centre + push, radius, SHAPE, EDGE, periodic, bridges=moved).z
    assert np.abs(np.roll(faces, by, (0, 1)).astype(int) - shifted).max() <= 1  # round-off of 1/255


def test_a_part_is_as_in_the_whole():
    """Any slab, bit by bit."""
    centre, radius, of = bonded(SHAPE, EDGE)
    periodic = (True, True, False)
    whole = bridge_fields(of, SHAPE, EDGE, periodic, 1.0)
    part = bridge_fields(of, SHAPE, EDGE, periodic, 1.0, (5, 13))
    assert all(np.array_equal(w[5:13], p) for w, p in zip(whole, part, strict=True))
    solid = solid_fractions(centre, radius, SHAPE, EDGE, periodic, bridges=of)
    for axis in range(3):
        cut = [slice(None)] * 3
        cut[axis] = slice(4, 11)
        own = solid_fractions(
            centre, radius, SHAPE, EDGE, periodic, part=(cut[0], cut[1], cut[2]), bridges=of
        )
        assert np.array_equal(own, solid[tuple(cut)])
