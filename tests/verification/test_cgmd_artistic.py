"""The named force field of coarse-grained slurries against LAMMPS of 22 July 2025 (A18).

The numbers are those of `pair_style hybrid/overlay gran/hertz/history 2e5 2.47e5 1e13 9.07e12 12.5
1 lj/smooth/linear`, diameters 1.02 times as large, for 216 spheres of three sizes at rest.
"""

from dataclasses import replace

import numpy as np
import pytest

from multiscale import particles as dem
from multiscale.particles import laws as L
from multiscale.particles.measure import measure
from multiscale.particles.reaches import reaches

DIAMETER = np.array([5.86e-6, 5.2e-6, 4.8e-6])
TYPES = ("A", "B", "C")
ATTRACTION = dict(
    energy={"A": 4e-7, "B": 4e-7, "C": 8e-7},
    cutoff={"A": 1.2, "B": 1.2, "C": 1.7},
    sigma={"A": 0.93, "B": 0.93, "C": 0.89},
    largest_radius=2.93e-6,
)
CONTACT = dict(kn=2e5, kt=2.47e5, gamma_n=1e13, gamma_t=9.07e12, friction=12.5)
FORCES = {
    0: [-4.6998266083345766e-08, 1.4726271344653553e-06, -1.1870547629038664e-06],
    17: [3.1954843737279495e-06, -1.791523513697372e-06, 8.744040245502947e-07],
    101: [6.266983028553983e-06, -1.5728082913067863e-06, 5.842159566428922e-07],
}
SUM_OF_SIZES = [0.0009289964898928255, 0.0009623545375680825, 0.001012168837838967]
LENNARD_JONES = 7.902982348224217e-11  # all pairs together [J]


def _spheres(law: dem.Law) -> dem.Simulation:
    rng = np.random.default_rng(7)
    site = np.stack(np.meshgrid(*[np.arange(6)] * 3, indexing="ij"), -1).reshape(-1, 3)
    kind = rng.integers(0, 3, len(site))
    x = (site + 0.5 + 0.08 * (rng.random((len(site), 3)) - 0.5)) * 5.4e-6
    return dem.Simulation(
        dem.spheres(x, DIAMETER[kind] / 2, density=2000.0, type=[TYPES[k] for k in kind]),
        box=dem.Box((6 * 5.4e-6,) * 3),
        laws=[law],
        time_step=1e-10,
        overlap=np.inf,
    )


def _hertz_energy(p: dem.Particles, edge: float) -> float:
    """0.4 k_n sqrt(R delta) delta^2 of all pairs of spheres swollen by 1.02."""
    i, j = np.triu_indices(len(p), 1)
    apart = p.position[i] - p.position[j]
    apart -= edge * np.rint(apart / edge)
    r = 1.02 * p.radius
    delta = np.maximum(r[i] + r[j] - np.linalg.norm(apart, axis=1), 0.0)
    radius = r[i] * r[j] / (r[i] + r[j])
    return float(np.sum(0.4 * CONTACT["kn"] * np.sqrt(radius * delta) * delta**2))


def test_forces_and_energy_are_those_of_lammps() -> None:
    """A first kick of half a step from rest gives m v = F dt/2."""
    sim = _spheres(L.cgmd_artistic(**ATTRACTION, **CONTACT))
    sim.rebuild()
    hertz = _hertz_energy(sim.particles(), 6 * 5.4e-6)
    assert measure(sim).energy.stored == pytest.approx(LENNARD_JONES + hertz, rel=1e-10)
    sim.run(1)
    p = sim.particles()
    force = p.mass[:, None] * p.velocity / (0.5 * sim.time_step)
    for i, expected in FORCES.items():
        np.testing.assert_allclose(force[i], expected, rtol=1e-10, atol=1e-16)
    np.testing.assert_allclose(np.abs(force).sum(axis=0), SUM_OF_SIZES, rtol=1e-10)


def test_small_particles_are_listed_no_farther_than_they_attract() -> None:
    """r_c - r_i - r_j of each two classes: 0.5 x 5, 0.25 x 5 + 0.45 and 0.9 um."""
    law = L.cgmd(energy=1e-9, cutoff={"A": 1.5, "B": 2.2 / 1.3}, largest_radius=2.5e-6)
    radius = np.diag([2.5e-6, 0.65e-6])  # of the classes, in the columns of their types
    expected = [[2.5e-6, 1.7e-6], [1.7e-6, 0.9e-6]]
    np.testing.assert_allclose(reaches([law], ("A", "B"), radius), expected, rtol=1e-12)


def test_forces_do_not_depend_on_how_far_each_class_is_listed() -> None:
    """Small spheres among large ones: the same forces as with the longest reach for all."""
    law = L.cgmd_artistic(**ATTRACTION | {"energy": 4e-7, "cutoff": 1.5, "sigma": 0.9}, **CONTACT)
    uniform = replace(law, kind=replace(law.kind, between=None))
    found, expected = (_two_sizes(each) for each in (law, uniform))
    assert found.lists.pairs < 0.7 * expected.lists.pairs
    forces = [sim.particles().velocity * sim.particles().mass[:, None] for sim in (found, expected)]
    np.testing.assert_allclose(forces[0], forces[1], rtol=0, atol=1e-12 * np.abs(forces[1]).max())


def _two_sizes(law: dem.Law) -> dem.Simulation:
    """A lattice of large spheres in the middle of its cells and small ones along their edges."""
    site = np.stack(np.meshgrid(*[np.arange(6)] * 3, indexing="ij"), -1).reshape(-1, 3)
    edges = [site + along for along in (*(0.5 * np.eye(3)), np.zeros(3))]
    x = np.concatenate([site + 0.5, *(e + 0.05 * np.sin(site) for e in edges)]) * 5.9e-6
    radius = np.repeat([2.93e-6, 0.95e-6], [len(site), 4 * len(site)])
    kind = [TYPES[k % 3] for k in range(len(x))]
    sim = dem.Simulation(
        dem.spheres(x, radius, density=2000.0, type=kind),
        box=dem.Box((6 * 5.9e-6,) * 3),
        laws=[law],
        time_step=1e-10,
        overlap=np.inf,
    )
    sim.run(1)
    return sim
