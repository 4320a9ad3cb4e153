"""Creeping flow on voxels whose edges differ: exact solutions, and what cubes give."""

import numpy as np
import pytest

from multiscale.records.microstructure import Phase
from multiscale.stages.transport.flow import flow_along
from multiscale.stages.transport.problem import Geometry
from multiscale.stages.transport.volume import Image
from multiscale.voxels.box_friction import apply_to_boxes, box_friction
from multiscale.voxels.lattice import DIRECTION, VISCOSITY, WEIGHT, link_pores
from multiscale.voxels.permeability import permeability, smoothed
from multiscale.voxels.stokes import creep
from tests.voxel_images import blobs

ROUND = (True, True, True)
TIGHT = {"residual_tolerance": 1e-9, "flux_tolerance": 1e-8}
UNLIKE = (1.0, 0.5, 2.0)
ZICK_HOMSY = {0.125: 4.292, 0.343: 15.4, 0.5236: 42.1}  # as in test_voxel_stokes.py


def sphere(fraction, shape):
    """Distance to the sphere of one cubic cell of edge 1, the voxels' edges, the radius."""
    x = [(np.arange(n) + 0.5) / n - 0.5 for n in shape]
    a = (3 * fraction / (4 * np.pi)) ** (1 / 3)
    level = np.sqrt(sum(g * g for g in np.ix_(*x))) - a
    return level.astype(np.float32), 1 / np.array(shape), a


def drag(fraction, shape):
    """K of F = 6 pi mu a K U."""
    level, edges, a = sphere(fraction, shape)
    k = creep(level > 0, ROUND, level=level, edges=tuple(edges)).permeability
    return 1 / (6 * np.pi * a * k * edges[0] ** 2)


@pytest.mark.parametrize("edges", [UNLIKE, (2.0, 1.0, 0.25), (1.0, 4.0, 1.0)])
def test_friction_is_isotropic_and_brakes(edges):
    """sum V_i c_ic c_id/2 = nu (d_ab d_cd + kappa (d_ac d_bd + d_ad d_bc)), and V_i >= 0."""
    f, h = box_friction(edges), np.array(edges) / edges[0]
    one, moment = np.eye(3), np.zeros((3, 3, 3, 3))
    for w, k, e in zip(WEIGHT, DIRECTION.astype(float), f.excess, strict=True):
        v = f.kappa * 3 * w * np.outer(k, k) + np.diag(e)
        assert np.linalg.eigvalsh(v).min() > -1e-15
        moment += np.multiply.outer(v / np.outer(h, h), np.outer(k * h, k * h)) / 2
    swapped = np.einsum("ac,bd->abcd", one, one) + np.einsum("ad,bc->abcd", one, one)
    wanted = VISCOSITY * (np.einsum("ab,cd->abcd", one, one) + f.kappa * swapped)
    np.testing.assert_allclose(moment, wanted, atol=1e-14)


def test_operator_on_boxes_is_symmetric_and_of_one_sign():
    """By columns, between all kinds of faces: friction positive, pressure never negative."""
    level = np.asarray(np.random.default_rng(3).standard_normal((5, 4, 4)) + 0.8, np.float32)
    for around in (ROUND, (False, True, False), (False, False, False)):
        lattice, friction = link_pores(level > 0, level, around), box_friction(UNLIKE)
        n = lattice.cell.size
        y, out = np.zeros((2, n + 1, 4))
        columns = []
        for unit in np.eye(4 * n):
            y[:n] = unit.reshape(n, 4)
            apply_to_boxes(y, lattice, friction, out)
            columns.append(out[:n].ravel().copy())
        matrix = np.array(columns)
        np.testing.assert_allclose(matrix, matrix.T, atol=1e-14)
        parts = matrix.reshape(n, 4, n, 4)
        assert np.linalg.eigvalsh(-parts[:, 1:, :, 1:].reshape(3 * n, 3 * n)).min() > 0.01
        assert np.linalg.eigvalsh(parts[:, 0, :, 0]).min() > -1e-14


@pytest.mark.parametrize("h", [0.25, 2.0])
@pytest.mark.parametrize("axis", [1, 2])
def test_plane_slit_on_flat_and_long_voxels(axis, h):
    """h^2/12: the error of cubes to 1e-6, 0.5 % at 26 voxels, four times smaller than at 13."""

    def error(count, shift, edge):
        n, width = count + 6, count * edge
        x = (np.arange(n) + 0.5 - n / 2 + shift) * edge
        shape, edges = [2, 2, 2], [1.0, 1.0, 1.0]
        shape[axis], edges[axis] = n, edge
        section = np.moveaxis((width / 2 - np.abs(x))[:, None, None], 0, axis)
        level = np.broadcast_to(section, shape).astype(np.float32)
        k = creep(level > 0, ROUND, level=level, edges=tuple(edges), **TIGHT).permeability
        return k * n * edge / width / (width**2 / 12) - 1

    for shift in (0.0, 0.37):
        fine, coarse = error(26, shift, h), error(13, shift, h)
        assert abs(fine) < 5e-3
        assert np.log2(coarse / fine) == pytest.approx(2, abs=0.1)
        assert fine == pytest.approx(error(26, shift, 1.0), abs=1e-6)


@pytest.mark.parametrize("count", [(48, 24), (24, 48)])
def test_square_duct_on_flat_voxels(count):
    """0.0351443 h^2: 0.5 % on 24 by 48 voxels, with second order from 12 by 24."""

    def error(a, b):
        y, z = (np.abs(np.arange(m + 4) + 0.5 - m / 2 - 2) / m for m in (a, b))
        section = np.minimum(0.5 - y[:, None], 0.5 - z)
        level = np.repeat(section[None], 2, axis=0).astype(np.float32)
        edges = (1 / 24, 1 / a, 1 / b)
        k = creep(level > 0, ROUND, level=level, edges=edges, **TIGHT).permeability / 24**2
        return k * (a + 4) * (b + 4) / (a * b) / 0.0351443 - 1

    fine, coarse = error(*count), error(count[0] // 2, count[1] // 2)
    assert abs(fine) < 5e-3
    assert np.log2(coarse / fine) == pytest.approx(2, abs=0.3)


@pytest.mark.parametrize("shape", [(16, 32, 32), (32, 16, 16), (32, 32, 16)])
def test_zick_homsy_on_voxels_of_two_to_one(shape):
    """Case 15 with twice the edge along the flow, half of it, twice across: 2 %."""
    assert drag(0.343, shape) == pytest.approx(ZICK_HOMSY[0.343], rel=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("fraction", [0.125, 0.5236])
@pytest.mark.parametrize("shape", [(16, 32, 32), (32, 16, 16), (32, 32, 16), (48, 24, 48)])
def test_zick_homsy_on_voxels_of_two_to_one_again(fraction, shape):
    """Less and more of spheres: 2 %."""
    assert drag(fraction, shape) == pytest.approx(ZICK_HOMSY[fraction], rel=0.02)


def test_quarter_turn_of_flat_voxels():
    """The tensor of the turned volume is the turned tensor; K_ab is K_ba."""
    shape, edge = (8, 11, 7), np.array([1.0, 0.6, 1.7])
    level = (0.6 - blobs(shape, 1.5, 3)).astype(np.float32)
    close = {"residual_tolerance": 1e-8, "flux_tolerance": 1e-6}

    def tensor(level, edge):
        found = [permeability(level > 0, edge, a, ROUND, level=level, **close) for a in range(3)]
        return np.array([f.cross for f in found])

    k = tensor(level, edge)
    np.testing.assert_allclose(k - np.diag(np.diag(k)), (k - np.diag(np.diag(k))).T, rtol=1e-6)
    turned = tensor(np.ascontiguousarray(level.transpose(1, 0, 2)[:, ::-1]), edge[[1, 0, 2]])
    back = turned[[1, 0, 2]][:, [1, 0, 2]] * np.outer([-1, 1, 1], [-1, 1, 1])
    np.testing.assert_allclose(back, k, rtol=1e-6)


def test_mirrors_are_the_doubled_volume_on_boxes():
    rng = np.random.default_rng(3)
    level = np.asarray(rng.standard_normal((9, 8, 7)) + 0.8, np.float32)
    half = creep(level > 0, (False, True, False), level=level, edges=UNLIKE, **TIGHT)
    double = np.concatenate((level, level[::-1]), axis=0)
    double = np.concatenate((double, double[:, :, ::-1]), axis=2)
    both = creep(double > 0, ROUND, level=double, edges=UNLIKE, **TIGHT)
    assert half.permeability == pytest.approx(both.permeability, rel=1e-6)
    assert half.velocity == pytest.approx(both.velocity[:9, :, :7], abs=1e-5)


def test_nearly_cubes_are_nearly_cubes():
    """A millionth of stretch changes K by millionths; edges that differ by rounding are cubes."""
    level, _, _ = sphere(0.343, (12, 12, 12))
    cubes, near = (
        creep(level > 0, ROUND, level=level, edges=(1.0, stretch, 1.0), **TIGHT).permeability
        for stretch in (1.0, 1.000001)
    )
    assert near == pytest.approx(cubes, rel=1e-5) and near != cubes
    assert box_friction((1.0, 1.0 + 1e-12, 1.0)).cubic


def test_long_voxels_take_few_more_iterations():
    """Pores of a Gaussian field, every cell or every second or fourth along an axis."""
    field = blobs((32, 32, 32), 2.0, 1)

    def iterations(step):
        pore = field[:: step[0], :: step[1], :: step[2]] < 0.5
        return creep(pore, (False, True, True), level=smoothed(pore, (False, True, True)),
                     edges=step).iterations  # fmt: skip

    cubes = iterations((1, 1, 1))
    assert max(iterations(step) for step in ((2, 1, 1), (1, 1, 2))) <= 1.2 * cubes
    assert max(iterations(step) for step in ((4, 1, 1), (1, 1, 4))) <= 1.5 * cubes


@pytest.mark.parametrize("axis", [0, 2])
def test_stage_flows_through_flat_voxels(axis):
    """Touching spheres on voxels 1 : 1 : 0.5, known or by their labels: 42.1 within the stated
    error, and 2 % where they are known, 18 x 18 x 36 voxels."""
    level, edges, a = sphere(np.pi / 6, (18, 18, 36))
    label = np.where(level > 0, Phase.PORE, Phase.ACTIVE).astype(np.uint8)
    plain = Geometry(Image(label), 1e-5 * edges, ROUND)
    known = Geometry(Image(label), 1e-5 * edges, ROUND, np.full((1, 3), 5e-6), np.array([1e-5 * a]))
    exact = 1e-10 / (6 * np.pi * a * 42.1)
    for geometry in (plain, known):
        found = flow_along(axis, geometry, lambda *_: None)
        assert abs(found.value - exact) < found.error
    assert found.value == pytest.approx(exact, rel=0.02)
