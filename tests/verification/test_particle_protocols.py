"""What the stages of a protocol do to a packing, against their own equations."""

from pathlib import Path

from mpi4py import MPI

import numpy as np
import pytest
from particle_packings import benchmark_law, on_root

from multiscale import particles as dem
from multiscale.errors import OutOfTime, StageFailed
from multiscale.particles.layout import Frame
from multiscale.particles.measure import Measure
from multiscale.particles.perform import perform
from multiscale.particles.progress import Report
from multiscale.particles.protocols import Compress, Hold, Nip, Pack, Shear, solid_volume
from multiscale.particles.rest import Settle

EDGE = 10.0
RAMP = Shear(rate=1.4, strain=1.0, rate_before=0.2, every=5)


def _ramp(
    comm: MPI.Intracomm, folder: Path | None = None, report: Report | None = None
) -> tuple[dem.Simulation, list[tuple[float, float]]]:
    """Few small spheres in a liquid, St = 0.03, while the box's shear rate rises sevenfold.

    Give the simulation and (strain, rate) at the samples, at each of which all is checked.
    """
    x = np.random.default_rng(5).random((100, 3)) * EDGE
    drag = dem.laws.stokes_drag(viscosity=5e-5, ux=0.0, uy=0.0, uz=0.0)
    sim = dem.Simulation(
        on_root(comm, dem.spheres(x, 1e-3)),
        box=dem.Box((EDGE,) * 3),
        laws=[drag],
        time_step=1e-3,
        skin=0.5,
        comm=comm,
        flow=True,
    )
    course: list[tuple[float, float]] = []

    def look(found: Measure, stage: int) -> None:
        p, rate = sim.particles(), float(sim.frame[Frame.TILT, 1]) / EDGE
        assert sim.laws[0].given["shear_rate"] == pytest.approx(rate, rel=1e-12)
        assert p.velocity[:, 0] == pytest.approx(rate * p.position[:, 1], abs=1e-10 * EDGE)
        # The drag alone turns the spheres: they lag behind the last change of the rate.
        assert p.spin[:, 2] == pytest.approx(np.full(len(p), -0.5 * rate), abs=0.02)
        course.append((float(sim.frame[Frame.TILT, 0]) / EDGE % 1.0, rate))

    perform(sim, [RAMP], sample=100, on_sample=look, report=report, folder=folder)
    return sim, course


@pytest.mark.mpi(2)
def test_a_liquid_follows_a_ramp_of_the_shear() -> None:
    """A15 under a ramp, on one rank and on two: u_x = rate(t) y, the spin -rate(t)/2."""
    for comm in (MPI.COMM_SELF, MPI.COMM_WORLD):
        sim, course = _ramp(comm)
        assert sim.comm.allreduce(sim.state.n) == 100
        strain, rate = np.array(course[:-1]).T  # the last one is at the end, a strain of 1
        assert rate == pytest.approx(0.2 + 1.2 * strain, rel=1e-9)
        # d strain/dt = rate: the rate grows exponentially, but for the length of a look.
        assert sim.time == pytest.approx(np.log(7.0) / 1.2, rel=0.01)
        assert 1.4 <= course[-1][1] + 0.02 and course[-1][0] < 0.02
        assert sim.frame[Frame.TILT, 1] == 0.0 and sim.laws[0].given["shear_rate"] == 0.0
        assert np.abs(sim.particles().velocity).max() < 1e-10 * EDGE


def test_a_ramp_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    def ask(fraction: float, note: str) -> None:
        if fraction > 0.5:
            raise OutOfTime("asked to stop")

    with pytest.raises(OutOfTime):
        _ramp(MPI.COMM_SELF, tmp_path, ask)
    end, course = _ramp(MPI.COMM_SELF, tmp_path)
    whole, all_of_it = _ramp(MPI.COMM_SELF)
    assert 0 < len(course) < len(all_of_it)
    assert np.array(course) == pytest.approx(np.array(all_of_it[-len(course) :]), rel=1e-12)
    off = end.particles().position - whole.particles().position
    assert off - EDGE * np.rint(off / EDGE) == pytest.approx(np.zeros_like(off), abs=1e-11 * EDGE)


def test_a_liquid_follows_a_box_that_shrinks() -> None:
    """Spheres without inertia or contacts keep their places in the box, St = 0.004."""
    x = np.random.default_rng(6).random((100, 3)) * EDGE
    sim = dem.Simulation(
        dem.spheres(x, 1e-3),
        box=dem.Box((EDGE,) * 3),
        laws=[dem.laws.stokes_drag(viscosity=5e-5, ux=0.0, uy=0.0, uz=0.0)],
        time_step=1e-3,
        skin=0.5,
        flow=True,
    )
    start = solid_volume(sim) / EDGE**3
    perform(sim, [Pack(rate=0.2, solid_fraction=2.0 * start, every=10)], sample=10**8)
    edge = float(sim.lengths[0])
    assert edge == pytest.approx(EDGE / 2 ** (1 / 3), rel=2e-3)
    off = sim.particles().position / edge - x / EDGE
    assert off - np.rint(off) == pytest.approx(np.zeros_like(off), abs=1e-3)
    assert sim.laws[0].given["stretch_y"] == 0.0


def _crystal(n: int = 3) -> dem.Simulation:
    """A simple cubic crystal between plates that just touch it."""
    g = np.arange(n) + 0.5
    x = np.stack(np.meshgrid(g, g, g, indexing="ij"), -1).reshape(-1, 3)
    return dem.Simulation(
        dem.spheres(x, 0.5),
        box=dem.Box((n, n, n), periodic=(True, True, False)),
        walls=[dem.Wall("z", 0.0), dem.Wall("z", float(n))],
        laws=[benchmark_law()],
        time_step=2e-3,
    )


def test_a_nip_has_the_gap_of_two_rolls() -> None:
    """H = H_g + x²/R' all the way, x = -a + v t; it ends past the centre, where the plate is free.

    The packing damps: it follows the rising plate late, and leaves it before x = a.
    """
    gap, radius, speed, sim = 2.97, 100.0, 1.0, _crystal()
    found = perform(sim, [Nip(gap, radius, speed)], sample=50)[:-1]  # the last: it stands still
    x = np.array([f.time for f in found]) * speed - np.sqrt(radius * (3.0 - gap))
    height = np.array([f.volume for f in found]) / 9.0
    load = np.array([f.wall_force[1, 2] for f in found])
    assert x.min() < -1.5 and np.abs(x).min() < 0.1 and x.max() > 0.5  # before, in and behind it
    assert height == pytest.approx(gap + x**2 / radius, abs=1e-3 * (3.0 - gap))
    assert 0 < x[-1] <= -x[0] + 0.1 and load[-1] <= 0.0 < load.max()
    assert abs(x[load.argmax()]) < 0.2


def test_a_plate_holds_a_pressure() -> None:
    """Both plates feel the pressure to 1 %: it is built up from none, then half is let go."""
    sim, loads = _crystal(), {0: [], 1: []}

    def look(found: Measure, stage: int) -> None:
        loads[stage].append(found.wall_force[:, 2] / 9.0)

    holds = [Hold(pressure=p, duration=8.0, pace=0.2) for p in (1.0, 0.5)]
    perform(sim, holds, sample=200, on_sample=look)
    for stage, hold in enumerate(holds):
        late = np.array(loads[stage][-7:])
        assert late[:, 1] == pytest.approx(np.full(7, hold.pressure), rel=0.01)
        assert late[:, 0] == pytest.approx(np.full(7, -hold.pressure), rel=0.01)


def test_a_bed_settles_until_the_floor_bears_its_weight() -> None:
    """The force on the floor is the weight, to 1 %, and nothing moves any more."""
    r, rho, g = 5e-3, 2500.0, 9.81
    grid = np.stack(np.meshgrid(*[np.arange(3)] * 3, indexing="ij"), -1).reshape(-1, 3)
    x = (grid + 0.5) * 2.2 * r + np.random.default_rng(1).uniform(-1, 1, grid.shape) * 0.09 * r
    sim = dem.Simulation(
        dem.spheres(x, r, density=rho),
        box=dem.Box((6.6 * r,) * 3, periodic=(True, True, False)),
        walls=[dem.Wall("z", 0.0)],
        laws=[
            dem.laws.hertz_mindlin(young=1e5, poisson=0.25, restitution=0.3, friction=0.5),
            dem.laws.gravity(density_difference=rho, gx=0.0, gy=0.0, gz=-g),
        ],
        time_step=5e-5,
    )
    fastest = 0.0

    def look(found: Measure, stage: int) -> None:
        nonlocal fastest
        fastest = max(fastest, found.energy.translation)

    found = perform(sim, [Settle(calm=1e-6)], sample=200, on_sample=look)[-1]
    weight = len(x) * rho * 4 / 3 * np.pi * r**3 * g
    assert -found.wall_force[0, 2] == pytest.approx(weight, rel=0.01)
    assert 0 < found.energy.translation <= 2e-6 * fastest


def test_a_stage_that_begins_beyond_its_end_is_over_at_its_first_look() -> None:
    """A plate that comes down cannot open a gap, one that is lifted not close it; nothing moves."""
    sim = dem.Simulation(
        dem.spheres(np.array([[5.0, 5.0, 5.0], [2.0, 2.0, 2.0]]), 0.5),
        box=dem.Box((EDGE,) * 3, (True, True, False)),
        laws=[benchmark_law()],
        walls=[dem.Wall("z", 0.0), dem.Wall("z", EDGE)],
        time_step=1e-3,
    )
    stages = [
        Compress(speed=1e-3, gap=2 * EDGE),
        Compress(speed=1e-3, solid_fraction=1e-4),
        Compress(speed=-1e-3, gap=0.5 * EDGE),
        Settle(),
    ]
    perform(sim, stages)
    assert sim.step == 3 * 50 + 200
    with pytest.raises(StageFailed, match=r"9.99995 m high: give a gap below that, not 20"):
        perform(sim, [Nip(gap=20.0, roll_radius=100.0, web_speed=1.0)])


def test_a_stage_that_took_too_many_steps_goes_on_with_more(tmp_path: Path) -> None:
    """What was computed is kept: the plate goes on from where the stage was given up."""
    reached = []
    for most in (100, 1000):
        sim = dem.Simulation(
            dem.spheres(np.array([[5.0, 5.0, 5.0]]), 0.5),
            box=dem.Box((EDGE,) * 3, (True, True, False)),
            laws=[benchmark_law()],
            walls=[dem.Wall("z", 0.0), dem.Wall("z", EDGE)],
            time_step=1e-3,
        )
        stage = Compress(speed=1.0, gap=EDGE - 0.19, most=most)
        try:
            found = perform(sim, [stage], sample=50, folder=tmp_path)
            reached += [measured.step for measured in found]
        except StageFailed as failed:
            assert "100 steps, 53 % of the way" in str(failed)
    assert reached[:2] == [150, 200]
    assert sim.lengths[2] == pytest.approx(EDGE - 0.2, abs=1e-6)
