"""Contact resistance between cells and particles against exact values."""

from itertools import product

import numpy as np
import pytest

from multiscale.voxels.contact_resistance import Contacts, add_contact_resistance
from multiscale.voxels.laplace import conduct, faces_of_cells, strength
from multiscale.voxels.particle_fields import particle_fields
from multiscale.voxels.particle_network import contact_conductance, network_conductivity

EVERYWHERE = (True, True)
TIGHT = {"residual_tolerance": 1e-11, "flux_tolerance": 1e-9}


def conductivity(d, label, contacts, edges, periodic=EVERYWHERE, **tolerances):
    """D between the driven planes, with contacts."""
    faces = faces_of_cells(d, edges, periodic)
    add_contact_resistance(faces, label, contacts, edges, periodic)
    options = tolerances or TIGHT
    return conduct(faces, periodic, strength=strength(edges), **options).conductivity


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_layers_with_resisting_faces(axis):
    """1/D = sum(h/d)/L + n r/L in series; side by side the contacts do not matter: 1e-9."""
    edges = (2e-6, 3e-6, 1.5e-6)
    shape = [4, 4, 4]
    shape[axis] = 12
    phase = np.array([1, 1, 2, 2, 1, 1, 1, 2, 2, 2, 1, 1], np.uint8)  # four changes, four around
    label = np.broadcast_to(np.expand_dims(phase, [a for a in range(3) if a != axis]), shape)
    label = np.ascontiguousarray(label)
    d = np.array([0.0, 3.0, 50.0])[label]
    resistance = np.zeros((3, 3))
    resistance[1, 2] = resistance[2, 1] = 4e-6
    contacts = Contacts(label.astype(np.int32) * 0, resistance, slant=1.0)
    got = conductivity(d, label, contacts, edges)
    if axis == 0:
        length = 12 * edges[0]
        exact = length / ((7 / 3.0 + 5 / 50.0) * edges[0] + 4 * 4e-6)
    else:
        exact = (7 * 3.0 + 5 * 50.0) / 12
    assert got == pytest.approx(exact, rel=1e-9)


def test_particles_of_one_phase_and_the_driven_plane():
    """Three particles in series between a resisting foil and a perfect contact: exact."""
    edges = (1e-6, 1e-6, 1e-6)
    particle = np.repeat(np.array([1, 2, 3], np.int32), 4)[:, None, None] * np.ones((1, 3, 3), int)
    label = np.ones(particle.shape, np.uint8)
    resistance = np.zeros((3, 3))
    resistance[1, 1] = 2e-6
    contacts = Contacts(particle.astype(np.int32), resistance, plane=5e-6, slant=1.0)
    got = conductivity(np.full(particle.shape, 0.5), label, contacts, edges)
    assert got == pytest.approx(12e-6 / (12e-6 / 0.5 + 2 * 2e-6 + 5e-6), rel=1e-9)


def test_contact_over_the_seam():
    """A tilted path that changes particle at the seam of a periodic axis meets the resistance."""
    label = np.zeros((6, 4, 1), np.uint8)
    label[:3, 0, 0], label[3:, 3, 0], label[2:4, 0, 0], label[2:4, 3, 0] = 1, 1, 1, 1
    particle = np.zeros(label.shape, np.int32)
    particle[:, 0], particle[:, 3] = 1, 2
    d = (label > 0).astype(float)
    resistance = np.zeros((3, 3))
    edges = (1.0, 1.0, 1.0)
    free = conductivity(d, label, Contacts(particle, resistance, slant=1.0), edges)
    resistance[1, 1] = 50.0
    closed = conductivity(d, label, Contacts(particle, resistance, slant=1.0), edges)
    # Six cells in series of which two faces in parallel lie over the seam, of four cells' section.
    assert 6 / (4 * closed) - 6 / (4 * free) == pytest.approx(50 / 2, rel=0.02)


@pytest.mark.parametrize("biot", [0.3, 3.0])
def test_sphere_with_a_resisting_surface(biot):
    """A sphere whose surface resists acts like one of d/(1 + d r/a) [Hasselman1987]; 6 %, Maxwell.

    The staircase of 40 voxels per diameter without resistance is off by as much.
    """
    n, a, d_sphere = 64, 20.0, 10.0
    edges = (1.0, 1.0, 1.0)
    centre = np.array([[32.3, 31.9, 32.1]])
    ids, distance = particle_fields(centre, np.array([a]), (n, n, n), np.ones(3), (True,) * 3, 0.0)
    label = (distance < 0).astype(np.uint8) + 1
    d = np.array([0.0, 1.0, d_sphere])[label]
    resistance = np.zeros((3, 3))
    resistance[1, 2] = resistance[2, 1] = biot * a / d_sphere
    contacts = Contacts(ids * (distance < 0), resistance, centre=centre)
    options = {"residual_tolerance": 1e-6, "flux_tolerance": 1e-4}
    got = conductivity(d, label, contacts, edges, **options)
    alpha, phi = d_sphere / (1 + biot), float((distance < 0).mean())
    maxwell = (2 + alpha + 2 * phi * (alpha - 1)) / (2 + alpha - phi * (alpha - 1))
    assert (got - 1) / (maxwell - 1) == pytest.approx(1, abs=0.06)
    blind = conductivity(
        d, label, Contacts(ids * 0, resistance, slant=1.0), edges, **options
    )  # faces taken for area: half too much
    assert abs(got - maxwell) < abs(blind - maxwell)


def test_particle_fields_by_brute_force():
    """Owner and signed distance of overlapping spheres over the seams, whole and by slabs."""
    rng = np.random.default_rng(5)
    shape, edge = (12, 10, 9), np.array([1.0, 1.2, 0.9])
    box = shape * edge
    centre, radius = rng.random((14, 3)) * box, 1 + 2 * rng.random(14)
    periodic = (True, True, False)
    ids, distance = particle_fields(centre, radius, shape, edge, periodic, 1.5)
    at = (np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), -1) + 0.5) * edge
    gap = at[..., None, :] - centre
    gap[..., :2] -= box[:2] * np.round(gap[..., :2] / box[:2])
    all_ = np.linalg.norm(gap, axis=-1) - radius
    near = all_.min(axis=-1) < 1.5
    assert (ids > 0)[near].all() and not ids[~near].any()
    assert distance[near] == pytest.approx(all_.min(axis=-1)[near], abs=1e-5)
    assert (ids[near] == all_.argmin(axis=-1)[near] + 1).all()
    slabs = [particle_fields(centre, radius, shape, edge, periodic, 1.5, (a, a + 3))
             for a in (0, 3, 6, 9)]  # fmt: skip
    assert np.array_equal(ids, np.concatenate([s[0] for s in slabs]))
    assert np.array_equal(distance, np.concatenate([s[1] for s in slabs]))


def lattice(points, edge, n):
    """Contacts of a periodic lattice of touching spheres of diameter 1: i, j, across, box."""
    points = np.array([np.add(p, c) for c in product(range(n), repeat=3) for p in points]) * edge
    box = np.full(3, n * edge)
    across = points[None] - points[:, None]
    across -= box * np.round(across / box)
    i, j = np.nonzero(np.triu(np.linalg.norm(across, axis=-1) < 1 + 1e-9, 1))
    return i, j, across[i, j], box


@pytest.mark.parametrize(
    ("points", "edge", "chains"),
    [
        ([(0, 0, 0)], 1.0, 1.0),
        ([(0, 0, 0), (0.5, 0.5, 0.5)], 2 / np.sqrt(3), np.sqrt(3)),
        ([(0, 0, 0), (0.5, 0.5, 0), (0.5, 0, 0.5), (0, 0.5, 0.5)], np.sqrt(2), 2 * np.sqrt(2)),
    ],
)
def test_case_21_lattices_of_particles(points, edge, chains):
    """sigma a/R for simple cubic spheres, with contact radius a: 1e-8; BCC and FCC by hand."""
    i, j, across, box = lattice(points, edge, 4)
    sigma, a, radius = 7.0, 0.02, 0.5
    conductance = contact_conductance(sigma, np.full(i.size, a), 0.0)
    tensor = network_conductivity(i, j, across, conductance, box)
    assert tensor == pytest.approx(chains * sigma * a / radius * np.eye(3), rel=1e-8, abs=1e-8)


def test_resisting_contacts_of_particles():
    """Simple cubic with a contact resistance: both in series, exact."""
    i, j, across, box = lattice([(0, 0, 0)], 1.0, 3)
    sigma, a, r = 7.0, 0.02, 1e-3
    conductance = contact_conductance(sigma, np.full(i.size, a), r)
    tensor = network_conductivity(i, j, across, conductance, box)
    exact = 1 / (1 / (2 * sigma * a) + r / (np.pi * a**2))
    assert np.diag(tensor) == pytest.approx([exact] * 3, rel=1e-8)
