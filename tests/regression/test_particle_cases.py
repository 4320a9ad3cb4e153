"""Particle cases through the command: the same on two ranks, and after a kill, as undisturbed."""

from __future__ import annotations

import contextlib
import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import particle_toml
import pytest
from conftest import mpi_environment, mpiexec

from multiscale.cli.main import main
from multiscale.particle_case.samples import read_table

CASES = Path(__file__).resolve().parents[2] / "cases"
HOWTO = Path(__file__).resolve().parents[2] / "docs" / "howto" / "write_a_contact_law.md"
PRESSURE, COORDINATION = 168615.0, 3.905
SHEAR = 5.7
PRESSED, SPRUNG_BACK = 0.587, 0.579
BINDER = """
[[protocol]]
do = "bind"

[[protocol]]
do = "compress"
speed = "-1 m/s"
solid_fraction = 0.50

[binder]
volume_ratio = 0.05
gap = "0.5 um"
young = "20 MPa"
poisson = 0.3
tensile_strength = "1 MPa"
shear_strength = "1 MPa"

"""
LONG = ("solid_fraction = 0.62", "solid_fraction = 0.70")


def start(case: Path, out: Path, *more: str, ranks: int = 1) -> subprocess.Popen[str]:
    python = mpiexec(ranks) if ranks > 1 else [sys.executable]
    return subprocess.Popen(
        [*python, "-m", "multiscale", "particles", str(case), "--out", str(out), *more],
        env=mpi_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(case: Path, out: Path, *more: str, ranks: int = 1, code: int = 0) -> str:
    """Run to the end: here, or on several ranks in a job of their own."""
    if ranks == 1:
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            ended = main(["particles", str(case), "--out", str(out), *more])
        assert ended == code, said.getvalue()
        return said.getvalue()
    with start(case, out, *more, ranks=ranks) as process:
        text = process.communicate(timeout=240)[0]
    assert process.returncode == code, text
    return text


def numbers(out: Path, stage: int = -1) -> dict[str, float]:
    found = json.loads((out / "summary.json").read_text())["stages"][stage]["numbers"]
    return {name: number["value"] for name, number in found.items()}


def wait_for_a_checkpoint(process: subprocess.Popen[str], out: Path) -> None:
    while not list((out / "checkpoints").glob("step-*.h5")):
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.01)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An undisturbed run of the tiny case, on one rank."""
    folder = tmp_path_factory.mktemp("whole")
    said = finish(particle_toml.write(folder), folder / "run")
    assert "compress: about" in said and "M particle-steps/s" in said
    return folder / "run"


def test_the_tiny_case_gives_its_numbers(whole):
    found = numbers(whole)
    assert found["solid_fraction"] == pytest.approx(0.6200, abs=2e-3)
    assert found["pressure"] == pytest.approx(PRESSURE, rel=1e-3)
    assert found["coordination"] == pytest.approx(COORDINATION, abs=0.1)
    assert (whole / "samples.png").stat().st_size > 10_000
    rows = read_table(whole / "samples.csv")
    assert rows[0]["step"] == 200 and rows[-1]["pressure"] == pytest.approx(found["pressure"])
    assert max(row["inertial_number"] for row in rows[-5:]) < 0.2


def test_two_ranks_give_the_same(whole, tmp_path):
    finish(particle_toml.write(tmp_path), tmp_path / "run", ranks=2)
    for name, value in numbers(whole).items():
        assert numbers(tmp_path / "run")[name] == pytest.approx(value, rel=1e-6, abs=1e-12), name


def test_a_run_that_is_done_is_not_run_again(whole):
    before = (whole / "samples.csv").stat().st_mtime_ns
    assert "tiny: " in finish(whole.parent / "case.toml", whole)
    assert (whole / "samples.csv").stat().st_mtime_ns == before
    said = finish(whole.parent / "case.toml", whole, "--set", "seed=4", code=64)
    assert "holds a run of another case" in said and "seed: 3 in the checkpoint, 4 now" in said


def test_a_killed_run_goes_on_to_the_same_samples(whole, tmp_path):
    case, out = particle_toml.write(tmp_path), tmp_path / "run"
    with start(case, out) as process:
        wait_for_a_checkpoint(process, out)
        process.send_signal(signal.SIGKILL)
    assert "going on from the last checkpoint" in finish(case, out)
    assert (out / "samples.csv").read_bytes() == (whole / "samples.csv").read_bytes()
    assert numbers(out) == numbers(whole)


def test_sigterm_stops_with_75_and_the_run_goes_on(whole, tmp_path):
    case, out = particle_toml.write(tmp_path, LONG), tmp_path / "run"
    with start(case, out) as process:
        wait_for_a_checkpoint(process, out)
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)[0]
    assert process.returncode == 75 and "run again to go on" in said
    finish(case, out)
    assert numbers(out)["solid_fraction"] == pytest.approx(0.70, abs=0.01)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (['time_step="1 us"'], "the limit of hertz_mindlin"),
        (["species[0].count=90", "protocol[0].solid_fraction=0.9"], "the particles do not fit"),
    ],
)
def test_what_only_the_start_can_tell_is_said(tmp_path, settings, said):
    changed = [part for setting in settings for part in ("--set", setting)]
    assert said in finish(particle_toml.write(tmp_path), tmp_path / "r", *changed, code=64)


def test_bonds_hold_a_packing_together(tmp_path):
    """Bound at the densest, then let go: it springs back against the bonds, of which some break."""
    text = particle_toml.TINY.replace("[output]", BINDER + "[output]")
    finish(particle_toml.write(tmp_path, text=text), tmp_path / "run")
    rows = read_table(tmp_path / "run" / "samples.csv")
    assert numbers(tmp_path / "run", 1)["bonds"] > 0.9
    assert max(row["stress_zz.bonds"] for row in rows if row["stage"] == 3) > 0  # tension
    assert 0 < rows[-1]["bonds"] < 1


def test_the_howto_says_what_works(tmp_path):
    """The law and the case of the page are run as they stand there."""
    blocks = HOWTO.read_text(encoding="utf-8").split("```")
    python = next(b.removeprefix("python\n") for b in blocks if b.startswith("python\n"))
    toml = next(b.removeprefix("toml\n") for b in blocks if b.startswith("toml\n"))
    (tmp_path / "my_law.py").write_text(python, encoding="utf-8")
    (tmp_path / "case.toml").write_text(toml, encoding="utf-8")
    finish(tmp_path, tmp_path / "run")
    assert numbers(tmp_path / "run")["solid_fraction"] == pytest.approx(0.60, abs=2e-3)


@pytest.mark.slow
def test_plastic_particles_fill_the_pores_on_one_and_two_ranks(tmp_path):
    """The law mdr from a case file; the same after a kill, and on two ranks."""
    dense = ("solid_fraction = 0.62", "solid_fraction = 0.85")
    case = particle_toml.write(tmp_path, dense, text=particle_toml.of_plastic_particles())
    one, two, again = (tmp_path / name for name in ("one", "two", "again"))
    finish(case, one)
    finish(case, two, ranks=2)
    with start(case, again) as process:
        wait_for_a_checkpoint(process, again)
        process.send_signal(signal.SIGKILL)
    finish(case, again)
    assert numbers(again) == numbers(one)
    # Of 12.1 um the plate moves 0.2 um between two looks at the end.
    assert 0.85 <= numbers(one)["solid_fraction"] < 0.85 * (1 + 0.2 / 11.9)
    assert numbers(one)["kinetic_share"] < 0.05
    for name, value in numbers(one).items():
        assert numbers(two)[name] == pytest.approx(value, rel=1e-6, abs=1e-12), name


@pytest.mark.slow
def test_the_cases_give_the_numbers_of_their_pages(tmp_path):
    finish(CASES / "slurry_shear", tmp_path / "shear")
    finish(CASES / "particle_compaction", tmp_path / "press", ranks=2)
    assert numbers(tmp_path / "shear")["viscosity"] == pytest.approx(SHEAR, rel=0.15)
    assert numbers(tmp_path / "press", 0)["solid_fraction"] == pytest.approx(PRESSED, abs=0.01)
    assert numbers(tmp_path / "press")["solid_fraction"] == pytest.approx(SPRUNG_BACK, abs=0.01)
