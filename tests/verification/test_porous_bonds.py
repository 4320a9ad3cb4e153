"""Necks of porous binder: pressed shut, stiffened, squeezed out, let go (cases 10, 11 and 16)."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad

from multiscale import particles as dem
from multiscale.particles.bond_kernel import BROKEN, ELASTIC, FRACTURE, VISCOUS
from multiscale.particles.bond_material import STIFFEST, BondMaterial
from multiscale.particles.bonds import make_bonds, mark_broken
from multiscale.particles.restart import resume, save
from tests.bond_rig import BINDER, Rig, chain, cluster

E, NU = BINDER["young"], BINDER["poisson"]
EPS, SIGMA_Y = 0.47, 50e6
RHO_0 = 1 - EPS
NECK, LENGTH, R = 2e-6, 1e-6, 5e-6  # radius and length of the neck, radius of the spheres [m]
AREA = np.pi * NECK**2
STRONG = BondMaterial(
    **BINDER, tensile_strength=np.inf, shear_strength=np.inf, friction=0.4, porosity=EPS,
    yield_stress=SIGMA_Y,
)  # fmt: skip
GLUED = replace(STRONG, tensile_strength=2e7, shear_strength=2e7)


def pair(material=STRONG, *, broken=False):
    """Two spheres along x and their neck."""
    x = np.array([[0, 0, 0], [2 * R, 0, 0]])
    rig = Rig(x, np.full(2, R), np.array([[0, 1]]), NECK, LENGTH, materials=[material])
    if broken:
        mark_broken(rig.bonds, rig.bonds.ids, -1.0)
    return rig


def bring(rig, gap, steps=1):
    """Move the second sphere along x until the mean gap is this one."""
    rig.move(1e-9, ((gap - LENGTH - rig.X[1, 0] + 2 * R) / steps / 1e-9, 0, 0), steps=steps)


def limit(gap):
    """Largest pressing force of a neck whose gap is h: Heckel's, or that of the sticking disc."""
    fill = RHO_0 * LENGTH / gap
    disc = np.sqrt(max(fill, 1)) * NECK  # keeps its volume once it is full
    squeezed = SIGMA_Y * (1 + 2 * disc / (3 * np.sqrt(3) * gap))
    shut = 3 * SIGMA_Y * np.log((1 - RHO_0) / (1 - fill)) if fill < 1 else np.inf
    return np.pi * disc**2 * min(shut, squeezed)


@pytest.mark.parametrize("broken", [False, True], ids=["whole", "broken"])
def test_a_pressed_neck_follows_heckel_and_then_the_disc(broken):
    """F = -A p_c, then -A p_s, then -A w p_s, at each gap; whether it is whole or broken."""
    rig = pair(broken=broken)
    forces, limits = [], []
    for gap in np.linspace(LENGTH, 0.3 * LENGTH, 71)[1:]:
        bring(rig, gap, steps=10)
        forces.append(-rig.F[0, 0])
        limits.append(limit(gap))
    assert forces == pytest.approx(limits, rel=1e-9)
    # Heckel's curve by its own measure: ln(1/(1 - rho)) rises by 1/(3 sigma_y) per pressure.
    shut = 3 * SIGMA_Y * np.log(0.47 / (1 - RHO_0 / 0.9))
    assert forces[9] == pytest.approx(AREA * shut, rel=1e-9)


def test_the_disc_is_pressed_out_as_its_faces_hold_it():
    """Mean of the pressure that falls from the middle by 2 tau_y/h, tau_y = sigma_y/sqrt 3."""
    gap = 0.4 * LENGTH
    disc = NECK * np.sqrt(RHO_0 * LENGTH / gap)
    slope = 2 * SIGMA_Y / np.sqrt(3) / gap
    force, _ = quad(lambda r: 2 * np.pi * r * (SIGMA_Y + slope * (disc - r)), 0, disc)
    rig = pair()
    bring(rig, gap, steps=600)
    assert -rig.F[0, 0] == pytest.approx(force, rel=1e-9)


@pytest.mark.parametrize("gap", [0.8, 0.6, 0.2])
def test_let_go_it_is_as_stiff_as_it_is_dense(gap):
    """dF/du = E_s rho^2 A/h there and back and in tension, G likewise; the last one at the cap."""
    rig = pair()
    bring(rig, gap * LENGTH, steps=600)
    start, dense = rig.F[0, 0], min(1, RHO_0 / gap)
    stiffness = AREA * E * min(dense**2 / gap, STIFFEST * RHO_0**2) / LENGTH
    x0 = rig.X[1, 0]
    for way in (0.01, 0.03, 0.1, 0.02):
        bring(rig, (gap + way) * LENGTH)
        assert rig.F[0, 0] - start == pytest.approx(stiffness * (rig.X[1, 0] - x0), rel=1e-6)
    assert rig.F[0, 0] > start
    rig.move(1e-9, (0, 1.0, 0))
    axis = rig.bonds.axis[:, 0] / np.linalg.norm(rig.bonds.axis)
    across = np.linalg.norm(rig.F[0, :3] - rig.F[0, :3] @ axis * axis)
    assert across == pytest.approx(stiffness / 2 / (1 + NU) * 1e-9, rel=1e-3)


def test_work_is_stored_or_lost_and_the_loss_is_that_of_the_curve():
    """Case 11: pressed, let go, pressed again and sheared: work = stored + lost, at each stage."""
    rig = pair()
    bring(rig, 0.4 * LENGTH, steps=2000)
    curve, _ = quad(limit, 0.4 * LENGTH, LENGTH, points=[RHO_0 * LENGTH], limit=200)
    assert rig.work == pytest.approx(curve, rel=2e-3)
    stiffness = STIFFEST * RHO_0**2 * AREA * E / LENGTH
    assert rig.sums[ELASTIC] == pytest.approx(rig.F[0, 0] ** 2 / 2 / stiffness, rel=1e-9)
    for gap in (0.45, 0.3, 0.5, 0.25):
        bring(rig, gap * LENGTH, steps=100)
        rig.move(1e-9, (0, 0.1, 0), steps=100)
        books = rig.sums[[ELASTIC, VISCOUS, FRACTURE]].sum()
        assert rig.work == pytest.approx(books, rel=1e-4)
    assert rig.sums[VISCOUS] > curve


@pytest.mark.parametrize("gap", [1.0, 0.7])
def test_strength_is_that_of_the_envelope_stiffness_that_of_what_fills_it(gap):
    """Pulled: E_s rho^2 A/h, up to sigma_b A, whether it was pressed before or not."""
    rig = pair(GLUED)
    bring(rig, gap * LENGTH, steps=300)
    stiffness = AREA * E * (RHO_0 / gap) ** 2 / (gap * LENGTH)
    pulls = []
    while not rig.broken:
        pulls.append((rig.X[1, 0], rig.F[0, 0]))
        rig.move(1e-10, (0.5, 0, 0))
    x, force = np.array(pulls).T
    assert np.diff(force) == pytest.approx(stiffness * np.diff(x), rel=1e-6)
    assert force[-1] == pytest.approx(GLUED.tensile_strength * AREA, rel=2e-2)
    assert rig.sums[BROKEN] == 1


def test_without_pores_it_is_the_plain_bond():
    """A solid binder beside a porous one moves its spheres by the same bits; few pores: nearly."""
    solid = replace(GLUED, porosity=0.0, yield_stress=None)
    assert (solid.neck_modulus, solid.growth, solid.branches) == (solid.young, 1.0, 1)
    one, two = (
        cluster(20, seed=3, materials=m, kind=len(m) - 1) for m in ([solid], [GLUED, solid])
    )
    for heap in (one, two):
        heap.V[:, :3] = np.random.default_rng(5).normal(0, 0.5, (20, 3)) - 3e4 * heap.x
        heap.run(500, 2e-10)
    assert one.broken > 0
    assert (one.X == two.X).all() and (one.F == two.F).all() and (one.sums == two.sums).all()
    few = pair(replace(STRONG, porosity=1e-9, yield_stress=E))
    bring(few, 0.999 * LENGTH)
    assert few.F[0, 0] == pytest.approx(-E * AREA * 1e-3, rel=2e-3)


@pytest.mark.parametrize("more", [{}, dict(friction=None), dict(damping=2e-10)])
def test_energy_and_momentum_close(more):
    """Case 11: a cluster thrown into itself; its necks are pressed shut, break, slide, open."""
    heap = cluster(40, seed=3, materials=[replace(GLUED, **more)])
    rng = np.random.default_rng(5)
    heap.V[:, :3] = rng.normal(0, 0.5, (40, 3)) - 3e5 * heap.x
    heap.V[:, 4:7] = rng.normal(0, 0.3, (40, 3))
    start, momentum = heap.kinetic, heap.V[:, 7] @ heap.V[:, :3]
    for _ in range(5):
        heap.run(400, 2e-10)
        heap.find()
        assert heap.energy == pytest.approx(start, rel=5e-3)
    size = heap.V[:, 7].sum() * 3.0
    assert np.abs(heap.V[:, 7] @ heap.V[:, :3] - momentum).max() < 1e-12 * size
    assert heap.bonds.strain[1, 5].max() > 0.5  # stiffer by half
    assert heap.broken > 0.5 * len(heap.bonds)


def test_the_time_step_allows_for_necks_that_are_shut():
    """omega^2 is E_s rho_0^2 times the cap, over E_s, that of the solid binder."""
    porous, solid = chain(5, materials=[STRONG]), chain(5)
    assert solid.stable / porous.stable == pytest.approx(np.sqrt(STIFFEST) * RHO_0, rel=1e-9)


def test_goes_on_from_a_checkpoint_bit_for_bit(tmp_path):
    """A pair that is being pressed shut is stored and goes on as it would have."""

    def simulation(branches=GLUED.branches):
        x = np.array([[2e-5, 3e-5, 3e-5], [2e-5 + 2 * R, 3e-5, 3e-5]])
        return dem.Simulation(
            dem.spheres(x, R, density=4750.0, velocity=[[1.0, 0.1, 0], [-1.0, 0, 0.2]]),
            box=dem.Box((6e-5,) * 3),
            laws=[dem.laws.hertz_mindlin(young=1e7, poisson=0.25, restitution=0.5, friction=0.3)],
            bonds=make_bonds([[0, 1]], x[1:] - x[:1], NECK, LENGTH, branches=branches),
            bond_materials=[GLUED],
            time_step=2e-10,
        )

    with pytest.raises(ValueError, match="have 1 branches, their materials need 2"):
        simulation(branches=1)
    whole, part, again = simulation(), simulation(), simulation()
    part.run(500)
    save(part, tmp_path)
    resume(again, tmp_path)
    again.run(500)
    whole.run(1000)
    assert (whole.bonds.values == again.bonds.values).all()
    assert (whole.particles().position == again.particles().position).all()
    assert 0.1 < whole.bonds.strain[1, 5, 0] < STIFFEST - 1
