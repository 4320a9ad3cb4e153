"""Whole tensors of transport: oblique laminates and cylinders, quarter turns, mirrors."""

import numpy as np
import pytest

from multiscale.stages.transport.conduction import transport_along
from multiscale.stages.transport.extrapolation import extrapolated
from multiscale.stages.transport.problem import Geometry
from multiscale.stages.transport.tensor import (
    assembled,
    column_of_flow,
    column_of_solve,
    lateral_shares,
    mirrored_share,
)
from multiscale.stages.transport.volume import Image
from multiscale.voxels.diffusion import diffuse
from multiscale.voxels.mean_flux import mean_flux_by_colours
from multiscale.voxels.permeability import permeability
from tests.voxel_images import blobs

SIDES, NONE, ROUND = (True, True, False), (False,) * 3, (True,) * 3
CUBE, NEVER = (1.0, 1.0, 1.0), np.zeros(3, bool)


def slanted(shape, thick):
    """Layers of pore and domain across (1, 0, 1), each `thick` cells along x."""
    i, _, k = np.indices(shape)
    return np.where((i + k) // thick % 2 == 0, 0, 2).astype(np.uint8)


def tensor_of(label, d, periodic, tolerance=1e-6, share=1e-4):
    """What the stage makes of three drops."""
    geometry = Geometry(Image(label), np.ones(3), periodic)
    columns = [
        column_of_solve(
            extrapolated(
                transport_along(axis, geometry, d, d, 2, tolerance, share, lambda *_: None)
            ),
            axis,
        )
        for axis in (0, 1, 2)
    ]
    shares = lateral_shares(columns, np.array(periodic), np.array(label.shape), NEVER)
    return assembled(columns, shares)


@pytest.mark.parametrize(
    ("weak", "periodic", "rel"), [(0.1, SIDES, 0.12), (0.01, SIDES, 0.12), (0.1, NONE, 1.0)]
)
def test_slanted_laminate(weak, periodic, rel):
    """Layers at 45 degrees by either solver: half the sum and half the difference of what they
    conduct along and across, within the stated error. Between mirrors that is wide: they close the
    layers that run into them."""
    found = tensor_of(slanted((48, 4, 48), 12), np.array([1.0, 0.0, weak]), periodic)
    along, across = (1 + weak) / 2, 2 / (1 + 1 / weak)
    exact = np.diag([(along + across) / 2, along, (along + across) / 2])
    exact[0, 2] = exact[2, 0] = (across - along) / 2
    assert (abs(found.value - exact) < found.error + 1e-6).all()
    assert found.value[0, 2] == pytest.approx(exact[0, 2], rel=rel)
    assert (found.value == found.value.T).all() and (found.error == found.error.T).all()
    assert abs(found.value[[0, 1], [1, 2]]).max() < 1e-6


@pytest.mark.parametrize("wide", [0.5, 1])
def test_what_mirrors_hold_back(wide):
    """The solver's share of the lateral flux of layers at 45 degrees, contrast 1.2, in ever larger
    boxes; half of it is left in a square."""
    exact = mirrored_share(wide)
    assert exact + mirrored_share(1 / wide) == pytest.approx(1, abs=1e-6)
    assert mirrored_share(1e3) == pytest.approx(1, abs=1e-3)
    off = []
    for n in (32, 64, 128):
        cells = n, round(n * wide), 1
        d = np.where(np.indices(cells).sum(axis=0) // 4 % 2 == 0, 1.0, 1 / 1.2)
        between, around = (
            mean_flux_by_colours(diffuse(d.astype(np.float32), CUBE, (sides, sides)), CUBE)[1]
            for sides in (False, True)
        )
        off.append(exact - between / around)
    assert off[0] > 2.8 * off[1] > 2.8**2 * off[2] > 0  # and 0.003 in a square of 512
    assert off[2] < 0.05


def test_a_quarter_turn_permutes_the_tensor():
    """Case 11: random phases between mirrors, in a box of three lengths, turned: 1e-8."""
    field = blobs((16, 20, 18), 2.0, seed=4)
    label = np.select([field < 0.4, field < 0.6], [0, 1], 2).astype(np.uint8)
    d = np.array([1.0, 0.2, 0.5])
    one = tensor_of(label, d, (True, False, True), 1e-11, 1e-9)
    assert abs(one.value[~np.eye(3, dtype=bool)]).min() > 1e-4
    order = 1, 0, 2
    turned = np.ascontiguousarray(label.transpose(order))
    other = tensor_of(turned, d, (False, True, True), 1e-11, 1e-9)
    assert other.value == pytest.approx(one.value[np.ix_(order, order)], abs=1e-8)
    assert other.error == pytest.approx(one.error[np.ix_(order, order)], abs=1e-8)


def tilted_cylinders(n, breadth, radius):
    """Distance to a square array of cylinders along (1, 0, 1), in voxels; it repeats."""
    x, y = np.arange(n) + 0.5, np.arange(breadth) + 0.5 - breadth / 2
    across = ((x[:, None] - x + n / 2) % n - n / 2) / np.sqrt(2)
    return (np.hypot(across[:, None, :], y[None, :, None]) - radius).astype(np.float32)


def test_flow_along_tilted_cylinders():
    """Case 19 at 45 degrees: half the sum and the difference of the series along and across
    [Drummond1984]; reciprocity to round-off. The array is square to 0.2 %."""
    n, breadth = 24, 17
    radius = 0.2 * n / np.sqrt(2)
    level = tilted_cylinders(n, breadth, radius)
    flows = [permeability(level > 0, np.ones(3), a, ROUND, level=level) for a in (0, 1, 2)]
    assert flows[0].cross[2] == pytest.approx(flows[2].cross[0], rel=1e-3)
    columns = [column_of_flow(flow, axis) for axis, flow in enumerate(flows)]
    shares = lateral_shares(columns, np.ones(3, bool), np.array(level.shape), np.ones(3, bool))
    found = assembled(columns, shares)
    phi = np.pi * radius**2 / (breadth * n / np.sqrt(2))
    along = radius**2 / (4 * phi) * (-np.log(phi) - 1.476 + 2 * phi - phi**2 / 2)
    across = (
        radius**2 / (8 * phi) * (-np.log(phi) - 1.476 + 2 * phi - 1.774 * phi**2 + 4.076 * phi**3)
    )
    exact = np.diag([(along + across) / 2, across, (along + across) / 2])
    exact[0, 2] = exact[2, 0] = (along - across) / 2
    assert found.value[0, 2] == pytest.approx(exact[0, 2], rel=0.01)
    assert np.diag(found.value) == pytest.approx(np.diag(exact), rel=0.04)
    assert (abs(found.value - exact) < found.error)[0, 2]
    assert abs(found.value[[0, 1], [1, 2]]).max() < 1e-3


def test_flow_between_mirrors_has_no_say_beside():
    """Sides that repeat decide alone where the other drop is held back altogether: xz from z."""
    level = tilted_cylinders(12, 9, 2.0)
    flows = [permeability(level > 0, np.ones(3), a, SIDES, level=level) for a in (0, 1, 2)]
    columns = [column_of_flow(flow, axis) for axis, flow in enumerate(flows)]
    around = np.array(SIDES)
    shares = lateral_shares(columns, around, np.array(level.shape), around)
    assert shares.tolist() == [[1, 1, 1], [1, 1, 1], [0, 0, 1]]
    found = assembled(columns, shares)
    assert found.value[0, 2] == pytest.approx(flows[2].cross[0]) and found.value[0, 2] > 0
    assert found.error[0, 0] > flows[0].error + found.value[0, 2] ** 2 / found.value[2, 2]
