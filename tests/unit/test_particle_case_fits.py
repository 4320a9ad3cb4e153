"""Particle cases whose parts do not fit: refused, or noted, before anything runs."""

import math

from mpi4py import MPI

import numpy as np
import particle_toml
import pytest

from multiscale.errors import CaseError
from multiscale.particle_case.check_laws import remarks
from multiscale.particle_case.extent import Extent
from multiscale.particle_case.load import load_particle_case
from multiscale.particle_case.plan import cost_of, plan_stages
from multiscale.particle_case.population import populate
from multiscale.particle_case.protocol import CompressInput, NipInput, PackInput
from multiscale.particle_case.samples import Table, read_table
from multiscale.particle_case.setup import place_all
from multiscale.particle_case.summary import doubts
from multiscale.units import Quantity

DRAG = '[[laws]]\nlaw = "stokes_drag"\nviscosity = "2 Pa*s"\n'
NOISE = '[[laws]]\nlaw = "brownian"\nviscosity = "1 Pa*s"\ntemperature = "298 K"\n'
PAIR_NOISE = NOISE.replace("brownian", "pair_brownian")
FILM = '[[laws]]\nlaw = "lubrication"\nviscosity = "1 Pa*s"\nh_min = 0.01\n'
HIGH = 'side = "high"\n'
COURSE = 'do = "compress"\nspeed = "1 m/s"\nsolid_fraction = 0.62'


def refused(folder, *changes):
    with pytest.raises(CaseError) as caught:
        load_particle_case(particle_toml.write(folder, *changes))
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[[protocol]]", NOISE + "[[protocol]]", "needs stokes_drag beside it"),
        ("[[protocol]]", PAIR_NOISE + FILM + "[[protocol]]", "laws[1].h_min\n  differs from that"),
        ("[[protocol]]", NOISE + DRAG + "[[protocol]]", "differs from that of stokes_drag"),
        (HIGH, HIGH + '[[walls]]\naxis = "z"\nside = "high"\n', "has a wall already"),
        ('side = "low"\nmaterial = "foil"', 'position = "35 um"\nmaterial = "foil"',
         "presses against the lower wall along z"),
        ("solid_fraction = 0.62", "solid_fraction = 0.1", "reached at the start, where it is 0.2"),
        ("solid_fraction = 0.62", 'gap = "40 um"', "is reached at the start, where it is 4e-05 m"),
        ('speed = "1 m/s"', 'speed = "-1 m/s"', "is reached at the start"),
        (COURSE, 'do = "nip"\ngap = "50 um"\nroll_radius = "1 cm"\nweb_speed = "1 m/s"',
         "is not below the 4e-05 m between the walls"),
        (COURSE, 'do = "pack"\nrate_of_length = "1 1/s"\nsolid_fraction = 0.1',
         "is reached at the start"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said(tmp_path, old, new, said):
    assert said in refused(tmp_path, (old, new))


def test_noise_with_the_resistance_that_it_belongs_to_is_taken(tmp_path):
    """A film of the same roughness, a drag of the same viscosity."""
    laws = PAIR_NOISE + "h_min = 0.01\n" + FILM + NOISE + DRAG.replace("2 Pa", "1 Pa")
    case = load_particle_case(
        particle_toml.write(tmp_path, ("[[protocol]]", laws + "[[protocol]]"))
    )
    assert len(case.laws) == 5 and not remarks(case)


def test_laws_that_count_twice_are_noted(tmp_path):
    spring = '[[laws]]\nlaw = "dmt"\nyoung = "1 GPa"\npoisson = 0.3\nrestitution = 0.5\n'
    more = spring + 'friction = 0.3\nwork_of_adhesion = "1 mJ/m^2"\n'
    drag = DRAG.replace("stokes", "dense") + "solid_fraction = 0.3\n"
    case = load_particle_case(
        particle_toml.write(tmp_path, ("[[protocol]]", more + FILM + drag + "[[protocol]]"))
    )
    touch, films = remarks(case)
    assert touch.startswith("'hertz_mindlin', 'dmt' both act") and "near films" in films


def test_particles_are_placed_between_the_walls(tmp_path):
    """Walls inside the box hold the particles from the start on, and the plan begins there."""
    moved = (HIGH, 'position = "36 um"\n'), ('side = "low"\nm', 'position = "2 um"\nm')
    case = load_particle_case(particle_toml.write(tmp_path, *moved))
    everyone = populate(case)
    placed = place_all(case, everyone, MPI.COMM_SELF)
    z, r = placed.position[:, 2], placed.radius
    assert (z - r).min() >= 2e-6 - 1e-12 and (z + r).max() <= 36e-6 + 1e-12
    assert np.ptp(z) > 15e-6
    (planned,) = plan_stages(case, everyone.volume / case.volume, 4e-9)
    height = everyone.volume / 0.62 / 40e-6**2
    assert planned.steps == pytest.approx((34e-6 - height) / 4e-9, abs=1)


def test_the_plan_knows_which_lengths_change():
    """A box that is periodic along two axes shrinks along these; a plate moves along its own."""
    room = Extent((40e-6, 40e-6, 20e-6), (True, True, False), 0.3)
    pack = PackInput(do="pack", rate_of_length="1e3 1/s", solid_fraction=0.6)
    assert pack.after(room).lengths == pytest.approx((40e-6 / 2**0.5, 40e-6 / 2**0.5, 20e-6))
    assert pack.seconds(room) == pytest.approx(np.log(2) / 2 / 1e3)
    press = CompressInput(do="compress", speed="1 m/s", solid_fraction=0.6, axis="x")
    assert press.after(room).lengths == pytest.approx((20e-6, 40e-6, 20e-6))
    assert press.seconds(room) == pytest.approx(20e-6)
    over = CompressInput(do="compress", speed="1 m/s", solid_fraction=0.2)
    assert over.after(room) == room and over.seconds(room) == 0
    nip = NipInput(do="nip", gap="15 um", roll_radius="250 mm", web_speed="60 m/min")
    assert nip.after(room).solid_fraction == pytest.approx(0.4)
    assert nip.seconds(room) == pytest.approx(2 * (0.25 * 5e-6) ** 0.5)


def test_no_time_is_told_for_what_ends_when_it_is_done(tmp_path):
    case = load_particle_case(particle_toml.write(tmp_path, (COURSE, 'do = "relax"')))
    everyone = populate(case)
    planned = plan_stages(case, everyone.volume / case.volume, 4e-9)
    assert "unknown time" in str(cost_of(everyone, planned, 1, 1e6, 4.0))


def test_deep_overlaps_and_inertia_are_doubted():
    numbers = {"overlap": {"value": 0.096}, "stokes_number": {"value": 0.3}}
    stages = [{"stage": 2, "do": "shear", "numbers": numbers}]
    deep, inert = doubts(stages, deep=False)
    assert "stage 2 (shear): overlaps reach 9.6 %" in deep and "Stokes number is 0.3" in inert
    assert doubts(stages, deep=True) == [inert]
    numbers["stokes_number"]["value"] = math.nan
    assert doubts(stages, deep=True) == []


def test_a_table_takes_on_new_columns(tmp_path):
    """A run that an earlier version began goes on with what that did not write."""
    path = tmp_path / "samples.csv"
    Table(path, -1).add({"step": 1, "pressure": 2.0})
    table = Table(path, 1)
    for step in (2, 3):
        table.add({"step": step, "pressure": 2.0, "fabric_zz": 0.5})
    first, *rest = read_table(path)
    assert math.isnan(first["fabric_zz"]) and [row["fabric_zz"] for row in rest] == [0.5, 0.5]


def test_a_run_goes_on_with_more_steps_allowed(tmp_path):
    """How many steps a stage may take is no part of what a run is."""
    cases = [
        load_particle_case(particle_toml.write(tmp_path / str(k), ("[output]", more + "[output]")))
        for k, more in enumerate(("", "most = 500\n", "most = 9000\n"))
    ]
    assert cases[1].protocol[0].engine(None).most == 500
    assert cases[0].settings() == cases[1].settings() == cases[2].settings()


def test_a_range_says_which_ends_belong_to_it():
    assert Quantity("1", above=0, high=1).range_text() == "above 0, at most 1"
    assert Quantity("1", low=0, below=1).range_text() == "at least 0, below 1"
    assert Quantity("1", low=0, high=1).range_text() == "0 to 1"
