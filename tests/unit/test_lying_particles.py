"""Particles as plates, flat or tilted: what is kept, and what they do to transport."""

from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
from microstructure_inputs import cathode, context

from multiscale.records import Microstructure, Phase
from multiscale.results.statistics import _normals, _poles
from multiscale.stages.microstructure import Stochastic, build
from multiscale.stages.microstructure.pack import pack_particles
from multiscale.stages.microstructure.shapes import Lying
from multiscale.stages.transport.conduction import open_faces
from multiscale.stages.transport.grains import grain_forms, nearest_grain
from multiscale.stages.transport.problem import Geometry
from multiscale.stages.transport.volume import Image
from multiscale.voxels.apertures import face_apertures
from multiscale.voxels.diffusion import diffuse
from multiscale.voxels.orientation import axis_tensor
from multiscale.voxels.packing import pack

PERIODIC = (True, True, False)
OPTIONS = {"voxel_size": "1 um", "lateral_size": "40 um", "domain_on_halves": False}


@cache
def made(aspect: float, orientation: float = 1.0) -> Microstructure:
    shape = {"aspect_ratio": aspect, "orientation": orientation}
    options = Stochastic.model_validate({**OPTIONS, **shape})
    result = build.call(*cathode(), options, context(1))
    assert isinstance(result, Microstructure)
    return result


def tortuosity(m: Microstructure, order: tuple[int, int, int]) -> float:
    """tau = eps D/D_eff along the first axis of `order`, past the particles alone."""
    label = np.asarray(m.label).transpose(order)
    geometry = Geometry(Image(m.label), m.voxel_size, PERIODIC, m.centre, m.radius, m.aspect,
                        pole=m.pole)  # fmt: skip
    cells = np.ones(label.shape, np.float32)
    faces = open_faces(geometry, np.array([1.0, 0.0, 1.0]), cells, label, order)
    assert faces is not None
    edges = tuple(float(m.voxel_size[a]) for a in order)
    sides = PERIODIC[order[1]], PERIODIC[order[2]]
    open_share = np.mean([f[:-1].mean() if a == 2 else f.mean() for a, f in
                          zip(order, (faces.x, faces.y, faces.z), strict=True)]) / 255  # fmt: skip
    assert open_share == pytest.approx(1 - m.active_fraction, abs=0.01)
    found = diffuse(np.ones(label.shape, np.float32), edges, sides, faces)  # type: ignore[arg-type]
    return float((1 - m.active_fraction) / found.conductivity)


def test_plates_keep_the_masses_and_hinder_what_passes_across() -> None:
    """Volumes to a voxel; tau across the plates is well above that along them."""
    spheres, plates = made(1.0), made(0.4)
    for name in ("active_mass", "cbd_fraction", "porosity"):
        assert getattr(plates, name) == pytest.approx(getattr(spheres, name), rel=1e-3)
    assert plates.aspect == 0.4
    assert np.sum(plates.radius**3) * 0.4 == pytest.approx(np.sum(spheres.radius**3), rel=0.02)
    across, along = ((2, 0, 1), (0, 1, 2))
    assert tortuosity(plates, across) > 1.25 * tortuosity(plates, along)
    assert tortuosity(spheres, across) == pytest.approx(tortuosity(spheres, along), rel=0.1)
    surface = [m.area_active_pore + m.area_active_cbd for m in (spheres, plates)]
    assert surface[1] > 1.05 * surface[0]


def test_tilting_plates_brings_the_directions_together() -> None:
    """tau across over along falls from 1.98, flat, by 1.5 to that of no direction; masses stay."""
    ratio = []
    for orientation in (0.6, 0.0):
        plates = made(0.4, orientation)
        assert plates.active_mass == pytest.approx(made(0.4).active_mass, rel=1e-12)
        S = (3 * axis_tensor(plates.pole, np.ones(len(plates.pole)))[2, 2] - 1) / 2
        assert S == pytest.approx(orientation, abs=0.01)
        along = (tortuosity(plates, (0, 1, 2)) + tortuosity(plates, (1, 2, 0))) / 2
        ratio.append(tortuosity(plates, (2, 0, 1)) / along)
    flat = made(0.4)
    across = tortuosity(flat, (2, 0, 1)) / tortuosity(flat, (0, 1, 2))
    assert across - 0.3 > ratio[0] > ratio[1] + 0.2
    assert ratio[1] == pytest.approx(1.0, abs=0.2)  # 166 particles between two planes


def test_flat_plates_are_packed_as_spheres_of_the_stretched_space() -> None:
    """Bit by bit what the spheres' packer gives there, from the same draws."""
    diameter, share, box = np.array([6e-6, 9e-6]), np.array([0.4, 0.6]), np.full(3, 30e-6)
    given = diameter, share, 0.55, box, np.random.default_rng(3), lambda share, note: None
    flat = pack_particles(*given, 0.4, 1.0)
    assert isinstance(flat, Lying) and len(flat.pole) == 0
    rng = np.random.default_rng(3)
    spheres = pack(flat.radius, box * (1, 1, 1 / 0.4), rng, lambda share, overlap: None)
    np.testing.assert_array_equal(flat.centre, spheres)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_poles_along_z_are_plates_that_lie(order: tuple[int, int, int]) -> None:
    """Given as tilted ones they have the same faces, particles and insides, however ordered."""
    m = made(0.4)
    flat = Geometry(Image(m.label), m.voxel_size, PERIODIC, m.centre, m.radius, m.aspect)
    upright = replace(flat, pole=np.tile([0.0, 0.0, 1.0], (m.radius.size, 1)))
    n = flat.label.shape[order[0]]
    size = tuple(flat.label.shape[a] for a in order)
    wraps = tuple(PERIODIC[a] for a in order)
    faces, near = [], []
    for of in (flat, upright):
        centre, form, edges = grain_forms(of, order)
        faces.append(face_apertures(centre, form, size, edges, wraps))  # type: ignore[arg-type]
        near.append(nearest_grain(of, order, 2.0, (0, n)))
    for one, other in zip(*((f.x, f.y, f.z) for f in faces), strict=True):
        assert np.abs(one.astype(int) - other).max() <= 1
    (ids, distance), (tilted_ids, tilted) = near
    deep = np.abs(distance) > 1e-3
    np.testing.assert_array_equal((tilted < 0)[deep], (distance < 0)[deep])
    inside = (distance < 0) & deep
    assert np.mean(ids[inside] == tilted_ids[inside]) > 0.995  # but where plates overlap


def test_statistics_tell_the_poles_and_their_error() -> None:
    """By volume: a particle of eight times the volume counts eight times; none, no rows."""
    rows = _poles(np.array([2.0, 1.0]), np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]))
    found = {(row[0], row[2]): (float(row[3]), float(row[5])) for row in rows}
    assert found["pole tensor", "zz"][0] == pytest.approx(8 / 9)
    assert found["pole tensor", "xx"][0] == pytest.approx(1 / 9)
    assert found["orientation parameter", "z"][0] == pytest.approx((3 * 8 / 9 - 1) / 2)
    error = np.hypot(8 / 9 * (1 - 8 / 9), 1 / 9 * 8 / 9)
    assert found["pole tensor", "zz"][1] == pytest.approx(error)
    assert found["orientation parameter", "z"][1] == pytest.approx(1.5 * error)
    assert _poles(np.ones(2), np.empty((0, 3))) == []


def test_statistics_tell_the_normals_of_plates() -> None:
    """Three plates in a stack that leans: their normals stay upright, their centres do not; one
    beside it touches none. Spheres and images have no such rows."""
    centre = np.array([[5.0, 5, 1], [5.6, 5, 1.6], [6.2, 5, 2.2], [15, 15, 1]])
    stack = SimpleNamespace(
        centre=centre, radius=np.full(4, 2.0), aspect=0.2, pole=np.empty((0, 3)),
        voxel_size=np.full(3, 0.5), label=np.empty((40, 40, 10)),
    )  # fmt: skip
    rows = _normals(stack)
    found = {(row[0], row[2]): (float(row[3]), float(row[5])) for row in rows}
    assert found["contacts of spheroids", ""] == (1.0, pytest.approx(np.sqrt(0.5) / 2))
    n = np.array([0.6, 0.6 / 0.04])  # of the stretched spheres, their height over e once more
    assert found["fabric of normals", "zz"][0] == pytest.approx(n[1] ** 2 / (n @ n))
    assert found["fabric of normals", "xz"][0] == pytest.approx(n[0] * n[1] / (n @ n))
    assert found["fabric of normals", "yy"] == (0, 0)
    stack.aspect = 1.0
    assert _normals(stack) == []


def test_lines_across_plates_change_phase_more_often() -> None:
    label = np.asarray(made(0.4).label) == Phase.ACTIVE
    changes = [np.mean(np.diff(label, axis=a)) for a in (0, 2)]
    assert changes[1] > 1.4 * changes[0]
