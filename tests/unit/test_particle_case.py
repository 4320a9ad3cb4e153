"""Particle cases: the table of laws, what is read, and what is refused."""

import math
from pathlib import Path

from mpi4py import MPI

import numpy as np
import particle_toml
import pytest
from scipy.signal import lfilter

from multiscale import particles as dem
from multiscale.cli.main import main
from multiscale.errors import CaseError
from multiscale.particle_case.bind import bond_material
from multiscale.particle_case.interval import Interval
from multiscale.particle_case.law_table import LAWS
from multiscale.particle_case.load import load_particle_case
from multiscale.particle_case.options import BinderInput
from multiscale.particle_case.plan import cost_of, near_pairs, plan_stages
from multiscale.particle_case.population import populate
from multiscale.particle_case.samples import Table, read_table
from multiscale.particle_case.setup import laws_of
from multiscale.particle_case.summary import error_of_fraction, mean_with_error, unrest
from multiscale.particle_case.user_law import defaults_of, find_law
from multiscale.particles.binder import close_pairs
from multiscale.particles.confinement import Compaction, simulation_for
from multiscale.particles.kernel import compile_laws
from multiscale.particles.placing import Room, place

CASES = Path(__file__).resolve().parents[2] / "cases"
USER_LAW = """
from multiscale.particles import force, pair_law

UNITS = {"stiffness": "N/m", "damping": "kg/s"}

@pair_law(("stiffness", "damping"))
def my_spring(c, p, h):
    return force(p.stiffness * c.overlap - p.damping * c.vn), h
"""


def refused(folder: Path, *changes: tuple[str, str], settings: tuple[str, ...] = ()) -> str:
    with pytest.raises(CaseError) as caught:
        load_particle_case(particle_toml.write(folder, *changes), settings)
    return str(caught.value)


def test_the_table_names_every_law_of_the_engine():
    assert set(LAWS) == set(dem.laws.__all__)


@pytest.mark.parametrize("name", dem.laws.__all__)
def test_the_table_names_every_parameter_with_its_default(name):
    """A new parameter of a law cannot be forgotten: names and defaults are the signature's."""
    defaults = defaults_of(find_law(name, None))
    table = LAWS[name].parameters
    assert set(table) == set(defaults)
    for parameter, default in defaults.items():
        if default is not None:
            assert table[parameter].default == default, parameter
    assert all(p.meaning for p in table.values())


@pytest.mark.parametrize("name", dem.laws.__all__)
def test_every_law_can_be_made_from_its_table(name):
    """One value in the middle of each range is accepted by the law itself."""
    chosen = {}
    for parameter, what in LAWS[name].parameters.items():
        low = max(what.quantity.low, what.quantity.above)
        high = min(what.quantity.high, what.quantity.below)
        middle = low + 1.0 if math.isinf(high) else 0.5 * (low + high)
        chosen[parameter] = what.default if what.default is not None else middle
        chosen[parameter] = 1.0 if math.isinf(middle) else chosen[parameter]
    assert np.isfinite(find_law(name, None)(**chosen).table(["AM", "CBD"])).any()


def test_a_copy_of_a_law_has_a_kernel_of_its_own(tmp_path):
    """Numba's cache remembers the module of a law; the one of another folder is not there."""
    kernels = set()
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        (folder / "my_law.py").write_text(USER_LAW, encoding="utf-8")
        laws = [find_law("my_spring", folder / "my_law.py")(stiffness=1.0, damping=0.0)]
        kernels |= {compile_laws(laws, types=1).fingerprint for _ in range(2)}
    assert len(kernels) == 2


def test_a_case_is_read_in_si(tmp_path):
    case = load_particle_case(particle_toml.write(tmp_path))
    assert case.types == ("AM", "CBD", "foil")
    assert case.time_step == pytest.approx(4e-9)
    assert case.laws[0].given["young"] == {"AM": 5e7, "CBD": 2e7, "foil": 1e9}
    assert case.laws[0].given["friction"]["foil-foil"] == 0.3  # two walls never meet
    assert case.laws[0].given["limit_damping"] == 0.0
    everyone = populate(case)
    assert [len(everyone.of_species(k)) for k in (0, 1)] == [24, 60]
    assert everyone.mass[0] == pytest.approx(4750 * math.pi / 6 * 1e-15)


def test_percentiles_give_the_volume_that_was_asked_for(tmp_path):
    change = ('diameter = "10 um"\ncount = 24', 'd10 = "5 um"\nd50 = "8 um"\nd90 = "11 um"\n'
              "solid_fraction = 0.30")  # fmt: skip
    case = load_particle_case(particle_toml.write(tmp_path, change))
    r = case.radii()[0].every()
    assert np.sum(4 / 3 * np.pi * r**3) / case.volume == pytest.approx(0.30, abs=0.02)
    share = np.cumsum(np.sort(r) ** 3) / np.sum(r**3)
    assert 2 * np.sort(r)[np.searchsorted(share, 0.5)] == pytest.approx(8e-6, rel=0.15)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"hertz_mindlin"', '"herz_mindlin"', "did you mean 'hertz_mindlin'?"),
        ("poisson = 0.3", "poison = 0.3", "did you mean 'poisson'?"),
        ("poisson = 0.3\n", "", "laws[0].poisson\n  is missing: Poisson's ratio"),
        ('AM = "50 MPa"', 'AM = "50 mPas"', "unknown unit 'mPas'"),
        ('AM = "50 MPa"', 'AM = "50 kg"', "needs MPa"),
        ("AM-CBD = 0.4, ", "", "has no value for 'AM-CBD'"),
        ("AM-CBD = 0.4", "CBD-AM = 0.4, AM-CBD = 0.4", "is given twice"),
        ('CBD = "20 MPa"', 'CDB = "20 MPa"', "did you mean 'CBD'?"),
        ("poisson = 0.3", "poisson = 0.7", "out of range"),
        ("restitution = 0.4", "restitution = 0.0", "out of range"),
        ('do = "compress"', 'do = "compres"', "did you mean 'compress'?"),
        ("solid_fraction = 0.62", "", "ends at one of gap, solid_fraction, pressure; 0 are given"),
        ('side = "high"', "", "needs either side or position"),
        ("count = 60", "", "needs either count or solid_fraction"),
        ('name = "CBD"', 'name = "AM"', "is given twice"),
        ("periodic = [true, true, false]", "", "the box is periodic along z"),
        ('lengths = ["40 um"', 'lengths = ["15 um"', "less than two diameters"),
        ("sample = 200", 'sample = "1 kg"', "needs s"),
        ("count = 60", "solid_fraction = 0.8", "equal ones fill 0.64"),
        ("[output]", "[outputs]", "did you mean 'output'?"),
        ('time_step = "4 ns"', 'time_step = "4"', "or \"auto\""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(tmp_path, old, new, said):
    assert said in refused(tmp_path, (old, new))


def test_all_errors_are_said_at_once_with_their_lines(tmp_path):
    said = refused(tmp_path, ('"hertz_mindlin"', '"dmmt"'), ("count = 24", "count = 0"),
                   ('speed = "1 m/s"', "speed = 1"))  # fmt: skip
    assert "3 errors. Nothing was run." in said
    lines = particle_toml.TINY.split("\n")
    for text in ("count = 24", 'law = "hertz_mindlin"', 'speed = "1 m/s"'):
        assert f"case.toml:{lines.index(text) + 1}  " in said


def test_particles_that_fill_the_pores_have_one_contact_law_and_no_binder(tmp_path):
    """What does not go with the law mdr is said in one message, at its line."""
    more = particle_toml.PLASTIC + '[binder]\nvolume_ratio = 0.1\ngap = "1 um"\nyoung = "1 MPa"\n'
    said = refused(tmp_path, ("[[protocol]]", more + "poisson = 0.3\n[[protocol]]"))
    assert "another contact law, 'hertz_mindlin', 'mdr' and a [binder]: keep one of them" in said
    assert "1 error. Nothing was run." in said
    by_type = ('young = "50 MPa"', 'young = { AM = "50 MPa", CBD = "20 MPa" }')
    only = particle_toml.of_plastic_particles()
    path = particle_toml.write(tmp_path, by_type, text=only)
    with pytest.raises(CaseError, match="takes one value for all particles"):
        load_particle_case(path)
    laws = laws_of(load_particle_case(particle_toml.write(tmp_path, text=only)), 5e-6)
    assert simulation_for(laws) is Compaction and laws[0].given["free_area"] == 0.5
    assert simulation_for([]) is dem.Simulation


def test_a_liquid_shears_as_the_box(tmp_path):
    drag = '[[laws]]\nlaw = "stokes_drag"\nviscosity = "1 Pa*s"\nshear_rate = "5 1/s"\n[[protocol]]'
    assert "differs from that of the box, 0 1/s" in refused(tmp_path, ("[[protocol]]", drag))
    stages = """do = "pack"
rate_of_length = "9 1/s"
solid_fraction = 0.5
[[protocol]]
do = "shear"
shear_rate_before = "10 1/s"
shear_rate = "1000 1/s"
strain = 2.0
[[protocol]]
do = "shear"
shear_rate = "100 1/s"
strain = 2.0
"""
    start, end = particle_toml.TINY.index('do = "comp'), particle_toml.TINY.index("[output]")
    course = particle_toml.TINY[start:end], stages
    said = refused(tmp_path, ("[[protocol]]", drag), course)
    assert "differs from that of the box, 10 to 100 to 1000 1/s; leave it out" in said
    free = drag.replace('shear_rate = "5 1/s"\n', "")
    case = load_particle_case(particle_toml.write(tmp_path, ("[[protocol]]", free), course))
    assert [stage.steady for stage in case.stages] == [False, False, True]
    assert laws_of(case, 1e-5)[1].given["shear_rate"] == 0.0
    said = refused(tmp_path, ("[[protocol]]", drag.replace("shear_rate", "stretch_z")))
    assert "laws[1].stretch_z" in said and "differs from that of the box, 0 1/s" in said


def test_a_law_of_ones_own(tmp_path):
    (tmp_path / "mine.py").write_text(USER_LAW)
    spring = 'law = "my_spring"\nfile = "mine.py"\nstiffness = "1 kN/m"\ndamping = "1 mg/s"\n'
    start, end = particle_toml.TINY.index('law = "hertz'), particle_toml.TINY.index("[[protocol]]")
    change = (particle_toml.TINY[start:end], spring)
    choice = load_particle_case(particle_toml.write(tmp_path, change)).laws[0]
    assert choice.law({}).given == {"stiffness": 1000.0, "damping": 1e-6}
    for old, new, said in (
        ("my_spring", "my_sprin", "did you mean 'my_spring'?"),
        ("mine.py", "yours.py", "yours.py"),
        ('"1 kN/m"', '"1 kN"', "needs N/m"),
    ):
        assert said in refused(tmp_path, (change[0], spring.replace(old, new)))
    (tmp_path / "bare.py").write_text(USER_LAW.replace('"damping": "kg/s"', ""))
    assert "states no unit for 'damping'" in refused(
        tmp_path, (change[0], spring.replace("mine.py", "bare.py"))
    )
    (tmp_path / "broken.py").write_text("import math\nx = 1/0\n")
    assert "line 2: ZeroDivisionError" in refused(
        tmp_path, (change[0], spring.replace("mine.py", "broken.py"))
    )


@pytest.mark.parametrize("fraction", [0.1, 0.55])
def test_particles_are_placed_without_overlap(fraction):
    """AM of 10 um with CBD of 1.3 um, between walls: grown by the engine where it is dense."""
    room = Room((24e-6, 24e-6, 24e-6), (True, True, False))
    share = np.array([0.85, 0.15]) * fraction * 24e-6**3
    d = np.array([10e-6, 1.3e-6])
    radius = np.repeat(d / 2, np.rint(share / (np.pi / 6 * d**3)).astype(int))
    x, ids = place(radius, room, 1, MPI.COMM_SELF)
    r = radius[ids]
    H = np.diag(room.lengths)
    i, j, axis = close_pairs(x, r, 1e-9, H, room.periodic)
    assert (np.linalg.norm(axis, axis=1) - r[i] - r[j]).min(initial=1.0) > -1e-12
    assert (x[:, 2] - r).min() > -1e-12 and (room.lengths[2] - x[:, 2] - r).min() > -1e-12


def test_what_does_not_fit_is_said():
    """Equal spheres beyond random close packing: refused with the solid fraction reached."""
    n, edge = 60, 1.0
    radius = np.full(n, (0.72 / n * 3 / (4 * np.pi)) ** (1 / 3))
    with pytest.raises(CaseError, match=r"could not be separated, and 0\.720 was asked for"):
        place(radius, Room((edge,) * 3, (True,) * 3), 1, MPI.COMM_SELF)


def test_the_plan_follows_the_box(tmp_path):
    case = load_particle_case(particle_toml.write(tmp_path))
    fraction = populate(case).volume / case.volume
    (planned,) = plan_stages(case, fraction, 4e-9)
    assert planned.steps == pytest.approx(40e-6 * (1 - fraction / 0.62) / 4e-9, abs=1)
    assert planned.rate == pytest.approx(1 / 40e-6)


def test_the_cost_is_that_of_the_end_of_the_protocol(tmp_path):
    """A loose start is quick; a stage that ends dense is reckoned with a dense packing's pairs."""
    case = load_particle_case(particle_toml.write(tmp_path))
    everyone = populate(case)
    planned = plan_stages(case, everyone.volume / case.volume, 4e-9)
    loose, dense = (cost_of(everyone, planned, 1, 1e6, pairs).seconds for pairs in (0.3, 4.0))
    assert dense == pytest.approx(len(everyone) * planned[0].steps / 1e6)
    assert loose == pytest.approx(dense * (0.5 + near_pairs(0.62)) / (0.5 + 0.3))
    assert near_pairs(0.1) == pytest.approx(0.35, rel=0.05)  # counted
    assert near_pairs(0.58) == pytest.approx(3.0, rel=0.05)


def test_plan_prints_and_runs_nothing(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["particles", str(particle_toml.write(tmp_path)), "--plan"]) == 0
    said = capsys.readouterr().out
    assert "24 particles of 10 to 10 um" in said and "compress: about" in said
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("name", ["particle_compaction", "slurry_shear"])
def test_the_cases_are_right(name):
    assert load_particle_case(CASES / name).laws


def test_an_interval_is_steps_or_a_time():
    assert Interval.read(50).in_steps(1e-9) == 50
    assert Interval.read("1 us").in_steps(1e-9) == 1000
    for wrong in (0, True, 1.5, "1 m"):
        with pytest.raises(ValueError):
            Interval.read(wrong)


def test_a_half_written_row_is_dropped(tmp_path):
    path = tmp_path / "samples.csv"
    table = Table(path, -1)
    for step in (100, 200, 300):
        table.add({"step": step, "time": step * 1e-9, "pressure": 1.5})
    with path.open("a") as file:
        file.write("400,4e-")
    assert [row["step"] for row in read_table(path)] == [100, 200, 300]
    assert [row["step"] for row in Table(path, 200).rows] == [100, 200]
    assert [row["step"] for row in read_table(path)] == [100, 200]


def test_the_error_of_a_mean_knows_that_samples_are_correlated():
    """AR(1) series of correlation 0.9: the error is sqrt(19) times that of white noise."""
    n, errors = 5000, []
    for seed in range(40):
        x = lfilter([1.0], [1.0, -0.9], np.random.default_rng(seed).normal(size=n))
        mean, error = mean_with_error(x)
        assert abs(mean) < 5 * error
        errors.append(error)
    assert np.mean(errors) == pytest.approx(10 / math.sqrt(n), rel=0.1)
    assert mean_with_error(x[:15])[1] is None
    assert mean_with_error(np.full(100, 0.1))[1] == 0.0


def test_the_error_of_an_end_is_its_unrest():
    """Pressure 1 MPa t^2 with noise of 2 kPa on phi = 0.5 + 0.01 t: dp/dphi is 200 MPa at t = 1."""
    t, rng, found = np.linspace(0.9, 1.0, 10) ** 2, np.random.default_rng(1), []
    for _ in range(400):
        pressure = 1e6 * t**2 + rng.normal(size=10) * 2e3
        found.append([unrest(t, pressure), error_of_fraction(t, 0.5 + 0.01 * t, pressure)])
    assert np.sqrt(np.mean(np.square(found), axis=0)) == pytest.approx([2e3, 1.1e-5], rel=0.05)
    assert unrest(t, 3 * t**2 - t) == pytest.approx(0, abs=1e-12)
    assert error_of_fraction(t, np.full(10, 0.5), pressure) == 0.0
    assert error_of_fraction(t, 0.5 - 0.01 * t, pressure) is None
    assert unrest(t[:5], t[:5]) is None
    assert unrest(t, 1.0 + 1e-15 * rng.normal(size=10)) == 0.0
    held, creep = 1e6 + 2e3 * rng.normal(size=10), 0.5 + 1e-5 * rng.normal(size=10)
    assert error_of_fraction(t, creep, held) == unrest(t, creep) > 0  # p is held, phi answers


def test_the_binders_friction_reaches_its_bonds():
    """Left out, a broken neck carries nothing."""
    binder = dict(volume_ratio=0.1, gap="1 um", young="2 GPa", poisson=0.3)
    assert bond_material(BinderInput(**binder)).friction is None
    assert bond_material(BinderInput(**binder, friction=0.4)).friction == 0.4


def test_the_binders_pores_reach_its_bonds():
    """Left out it is solid; with pores it says at which stress it yields, and does not relax."""
    binder = dict(volume_ratio=0.1, gap="1 um", young="2 GPa", poisson=0.3)
    assert bond_material(BinderInput(**binder)).porosity == 0.0
    porous = bond_material(BinderInput(**binder, porosity=0.47, yield_stress="50 MPa"))
    assert (porous.porosity, porous.yield_stress) == (0.47, 50e6)
    for wrong in (
        dict(porosity=0.47),
        dict(yield_stress="50 MPa"),
        dict(porosity=0.47, yield_stress="50 MPa", shares=(0.5,), times=("1 s",)),
    ):
        with pytest.raises(ValueError, match="a bond material cannot be made"):
            bond_material(BinderInput(**binder | wrong))
