"""Films of liquid are listed as far as each two sizes feel each other, and no farther."""

from dataclasses import replace

import numpy as np
import pytest

from multiscale import particles as dem
from multiscale.particles.laws.lubrication import lubrication
from multiscale.particles.reaches import reaches

FILMS = {"A-A": 0.05, "A-B": 0.1, "B-B": 0.2, "A-foil": 0.3, "B-foil": 0.3, "foil-foil": 0.05}


def film(*, each: bool) -> dem.Law:
    """Films of several widths; `each`: the lists know them for each two sizes."""
    law = lubrication(viscosity=1.0, h_min=1e-3, h_max=FILMS, largest_radius=5e-6)
    return law if each else replace(law, kind=replace(law.kind, between=None))


def pressed(law: dem.Law) -> dem.Simulation:
    """Large and small spheres that move above a foil, after one step."""
    rng = np.random.default_rng(3)
    site = np.stack(np.meshgrid(*[np.arange(4)] * 3, indexing="ij"), -1).reshape(-1, 3)
    edges = [site + along for along in (*(0.5 * np.eye(3)), np.zeros(3))]
    x = np.concatenate([site + 0.5, *(e + 0.17 * np.eye(3)[2] for e in edges)]) * 10.3e-6
    radius = np.repeat([4.9e-6, 1.2e-6], [len(site), 4 * len(site)])
    kind = ["A" if r > 2e-6 else "B" for r in radius]
    p = dem.spheres(x, radius, density=2000.0, type=kind)
    p = replace(p, velocity=rng.normal(size=x.shape), types=("A", "B", "foil"))
    height = 4 * 10.3e-6 + 3e-6
    sim = dem.Simulation(
        p,
        box=dem.Box((4 * 10.3e-6, 4 * 10.3e-6, height), periodic=(True, True, False)),
        walls=[dem.Wall("z", 0.3e-6, type="foil")],
        laws=[law],
        time_step=1e-10,
        step=np.inf,
    )
    sim.run(1)
    return sim


def test_small_particles_are_listed_no_farther_than_their_films() -> None:
    """h_max of the smaller radius: 0.05 x 5, 0.1 x 1.2 and 0.2 x 1.2 um."""
    radius = np.array([[5e-6, 0, 0], [0, 1.2e-6, 0]])  # of the classes, in the columns of types
    found = reaches([film(each=True)], ("A", "B", "foil"), radius)
    np.testing.assert_allclose(found, [[0.25e-6, 0.12e-6], [0.12e-6, 0.24e-6]], rtol=1e-12)


def test_forces_do_not_depend_on_how_far_films_are_listed() -> None:
    """The same motion as with the widest film for all; that on the foil is wider than others."""
    found, expected = (pressed(film(each=each)) for each in (True, False))
    assert found.lists.wall_reach == pytest.approx(0.3 * 5e-6)
    assert found.lists.outer < 0.7 * expected.lists.outer
    p, q = found.particles(), expected.particles()
    order = np.argsort(p.id), np.argsort(q.id)
    np.testing.assert_allclose(p.velocity[order[0]], q.velocity[order[1]], rtol=0, atol=1e-12)
    assert found.wall_force[0, 2] == pytest.approx(expected.wall_force[0, 2], rel=1e-12)
    assert found.wall_force[0, 2] != 0.0
