"""The verbs of the command, called in this process."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import synthetic_run

import multiscale.runner
import multiscale.stages
import multiscale.units as units
from multiscale.case.templates import PARTICLE_TEMPLATES, TEMPLATES, copy_template
from multiscale.cli.lineplot import lineplot
from multiscale.cli.main import main
from multiscale.cli.table import duration, table
from multiscale.coupling.stage import Stage
from multiscale.particle_case.load import load_particle_case

type Said = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(synthetic_run.write(tmp_path_factory.mktemp("cli") / "run"))


@pytest.fixture
def short_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first two stages only, which take no time."""
    from multiscale.stages.coating import coat
    from multiscale.stages.slurry import mix

    def chain() -> tuple[Stage, ...]:
        return mix, coat

    monkeypatch.setattr(multiscale.stages, "chain", chain)
    monkeypatch.setattr(multiscale.runner, "chain", chain)


class TestOnACase:
    @pytest.fixture(autouse=True)
    def _in_a_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, short_chain: None
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert main(["init", "mine", "--template", "minimal"]) == 0

    def test_init_does_not_overwrite(self, capsys: Said) -> None:
        assert main(["init", "mine"]) == 64
        assert "exists already" in capsys.readouterr().err

    def test_init_knows_its_templates(self, capsys: Said) -> None:
        assert main(["init", "other", "--template", "graphite"]) == 64
        assert "did you mean 'graphite_anode'?" in capsys.readouterr().err
        assert not Path("other").exists()

    def test_check_says_which_kinds_it_found(self, capsys: Said) -> None:
        assert main(["check", "mine"]) == 0
        said = capsys.readouterr().out
        assert "mine: no errors" in said
        assert "slurry (closure), coating (comma-bar)" in said

    def test_check_counts_errors_of_file_and_command_line(self, capsys: Said) -> None:
        assert main(["check", "mine", "--set", "coating.gap=3", "--set", "slurry.kind=clos"]) == 64
        assert capsys.readouterr().err.endswith("2 errors. Nothing was run.\n")

    def test_plan_run_plan(self, capsys: Said) -> None:
        assert main(["plan", "mine"]) == 0
        assert "2 of 2 stages would run; results go to runs/mine" in capsys.readouterr().out
        assert main(["run", "mine"]) == 0
        assert "coating.loading" in capsys.readouterr().out
        assert main(["plan", "mine"]) == 0
        assert "0 of 2 stages would run" in capsys.readouterr().out
        assert main(["plan", "mine", "--set", "coating.gap=100 um"]) == 0
        said = capsys.readouterr().out
        assert "1 of 2 stages would run" in said
        assert "coating.gap changed" in said

    def test_plan_as_a_graph_joins_each_stage_to_what_it_takes(self, capsys: Said) -> None:
        assert main(["run", "mine", "--until", "slurry"]) == 0
        capsys.readouterr()
        assert main(["plan", "mine", "--graph"]) == 0
        lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
        assert lines[0] == "flowchart LR"
        assert 'slurry["slurry<br>closure, reuse"]:::reuse' in lines
        assert 'coating["coating<br>comma-bar, run"]:::run' in lines
        arrows = [line for line in lines if "-->" in line]
        takes = sum(len(stage.takes) for stage in multiscale.stages.chain())
        assert len(arrows) == len(set(arrows)) == takes
        assert "slurry -->|Suspension| coating" in arrows
        assert "case -->|Powder| slurry" in arrows

    def test_run_until_a_stage_that_does_not_exist(self, capsys: Said) -> None:
        assert main(["run", "mine", "--until", "dring"]) == 64
        assert "there is no stage 'dring'" in capsys.readouterr().err

    def test_the_advice_fits_a_short_run_in_an_odd_folder(self, capsys: Said) -> None:
        assert main(["run", "mine", "--until", "slurry", "--out", "a µ b"]) == 0
        assert "multiscale show 'a µ b' slurry" in capsys.readouterr().out

    def test_a_folder_without_a_case_says_how_to_make_one(self, capsys: Said) -> None:
        Path("no case").mkdir()
        assert main(["check", "no case"]) == 64
        assert "multiscale init 'no case'" in capsys.readouterr().err

    def test_probe_has_a_folder_of_its_own(self) -> None:
        assert main(["run", "mine", "--probe", "--until", "slurry"]) == 0
        assert Path("runs/mine-probe/run.h5").exists()
        assert not Path("runs/mine").exists()

    def test_out_must_not_be_a_file(self, capsys: Said) -> None:
        assert main(["run", "mine", "--out", "mine/case.toml"]) == 64
        assert "is a file" in capsys.readouterr().err


class TestOnARun:
    def test_status_lists_every_stage(self, finished: str, capsys: Said) -> None:
        assert main(["status", finished]) == 0
        said = capsys.readouterr().out
        assert all(stage in said for stage in synthetic_run.RECORDS)

    def test_status_tells_why_a_run_failed(self, tmp_path: Path, capsys: Said) -> None:
        out = synthetic_run.write(tmp_path / "run", failed="transport")
        assert main(["status", str(out)]) == 0
        said = capsys.readouterr().out
        assert "no percolation along z" in said
        assert "blocked by transport" in said

    def test_show_a_number_in_the_units_of_people(self, finished: str, capsys: Said) -> None:
        assert main(["show", finished, "drying.thickness"]) == 0
        assert "91.00 ± 0.10 µm" in capsys.readouterr().out

    def test_show_a_number_as_json_in_si(self, finished: str, capsys: Said) -> None:
        assert main(["show", finished, "drying.thickness", "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {
            "key": "drying.thickness",
            "value": 91e-6,
            "unit": "m",
            "numerical_error": 1e-7,
            "doc": "coating thickness",
            "axes": [],
        }

    def test_show_a_profile_as_json_with_its_axes(self, finished: str, capsys: Said) -> None:
        assert main(["show", finished, "drying.binder", "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert np.shape(told["value"]) == (1, 40)
        assert [axis["name"] for axis in told["axes"]] == ["binder", "z"]
        assert told["axes"][1]["values"] == synthetic_run.Z.tolist()

    @pytest.mark.parametrize(
        "key", ["slurry.flow_curve", "microstructure.label", "cell.bpx", "cell"]
    )
    def test_show_anything_as_one_json_object(self, finished: str, key: str, capsys: Said) -> None:
        assert main(["show", finished, key, "--json"]) == 0
        assert isinstance(json.loads(capsys.readouterr().out), dict)

    def test_show_a_profile_into_a_pipe_as_csv(self, finished: str, capsys: Said) -> None:
        assert main(["show", finished, "transport.tortuosity"]) == 0
        assert capsys.readouterr().out.endswith("axis,tortuosity\nx,2.21\ny,2.24\nz,2.43\n")

    def test_show_a_profile_on_a_terminal_as_a_plot(
        self, finished: str, capsys: Said, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.stdout.isatty", lambda: True)
        assert main(["show", finished, "cell.voltage"]) == 0
        said = capsys.readouterr().out
        assert "└─" in said
        assert "curves: c_rate 0.1, c_rate 0.5, c_rate 1" in said

    def test_show_a_stage_lists_its_results(self, finished: str, capsys: Said) -> None:
        assert main(["show", finished, "drying"]) == 0
        assert "coating thickness" in capsys.readouterr().out

    def test_show_suggests_names(self, finished: str, capsys: Said) -> None:
        assert main(["show", finished, "drying.bindr"]) == 64
        assert "did you mean 'binder'?" in capsys.readouterr().err

    def test_plot_a_profile(self, finished: str, tmp_path: Path) -> None:
        picture = tmp_path / "voltage.png"
        assert main(["show", finished, "cell.voltage", "--plot", str(picture)]) == 0
        assert picture.read_bytes().startswith(b"\x89PNG")

    @pytest.mark.parametrize("key", ["drying", "drying.thickness"])
    def test_plot_needs_a_profile(self, finished: str, key: str, tmp_path: Path) -> None:
        assert main(["show", finished, key, "--plot", str(tmp_path / "p.png")]) == 64

    @pytest.mark.parametrize(
        ("form", "name"),
        [
            ("bpx", "cell.bpx.json"),
            ("csv", "drying.csv"),
            ("statistics", "two_point.csv"),
            ("vtkhdf", "microstructure.vtkhdf"),
        ],
    )
    def test_export_into_a_folder(
        self, finished: str, form: str, name: str, tmp_path: Path
    ) -> None:
        assert main(["export", finished, form, "--to", str(tmp_path / "out")]) == 0
        assert (tmp_path / "out" / name).stat().st_size > 0

    def test_no_run_here(self, tmp_path: Path, capsys: Said) -> None:
        assert main(["status", str(tmp_path)]) == 64
        assert "holds no run" in capsys.readouterr().err


class TestHelp:
    VERBS = (
        "init",
        "check",
        "plan",
        "run",
        "particles",
        "tortuosity",
        "status",
        "show",
        "report",
        "export",
        "info",
    )

    @pytest.mark.parametrize("verb", VERBS)
    def test_each_verb_teaches_by_example(self, verb: str, capsys: Said) -> None:
        assert main([verb, "--help"]) == 0
        said = capsys.readouterr().out
        assert "Example" in said
        assert f"  multiscale {verb}" in said

    def test_the_list_of_verbs_is_not_cut(self, capsys: Said) -> None:
        assert main(["--help"]) == 0
        said = capsys.readouterr().out
        assert all(f"  {verb}" in said for verb in self.VERBS)
        assert said.count("...") == 1  # that of ARGS...

    @pytest.mark.parametrize(
        "arguments", [["--bad"], ["nothing"], ["export", "x", "xls"], ["check"]]
    )
    def test_usage_errors_exit_as_case_errors_do(self, arguments: list[str], capsys: Said) -> None:
        assert main(arguments) == 64
        assert "Traceback" not in capsys.readouterr().err

    @pytest.mark.parametrize("arguments", [["--help"], ["check", "CASE"], ["plan", "CASE"]])
    def test_quick_verbs_import_nothing_heavy(self, arguments: list[str], tmp_path: Path) -> None:
        copy_template("nmc622_cathode", tmp_path)
        heavy = ("numba", "mpi4py", "pybamm", "dolfinx", "matplotlib", "pyvista", "scipy.optimize")
        program = (
            "import sys; from multiscale.cli.main import main; code = main(sys.argv[1:]); "
            f"print(code, [m for m in {heavy} if m in sys.modules])"
        )
        command = [sys.executable, "-c", program, *arguments]
        done = subprocess.run(
            [str(tmp_path) if word == "CASE" else word for word in command],
            capture_output=True,
            text=True,
            cwd=tmp_path,
        )
        assert done.stdout.endswith("0 []\n"), done.stdout[-200:] + done.stderr


def test_what_cannot_be_drawn_is_said(finished: str, tmp_path: Path, capsys: Said) -> None:
    file = str(tmp_path / "binder.xyz")
    assert main(["show", finished, "drying.binder", "--plot", file]) == 64
    assert "end its name in .png, .svg or .pdf" in capsys.readouterr().err
    assert main(["show", finished, "drying.binder", "--plot", "a.png", "--json"]) == 64


def test_a_locale_without_greek_does_not_stop_a_result(finished: str) -> None:
    code = "from multiscale.cli.main import entry; entry()"
    done = subprocess.run(
        [sys.executable, "-c", code, "show", finished, "drying.thickness"],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "91.00 ? 0.10 ?m" in done.stdout


def test_info_names_versions(capsys: Said) -> None:
    assert main(["info"]) == 0
    said = capsys.readouterr().out
    assert "multiscale" in said
    assert "numpy" in said
    assert "cite" in said


def test_templates_are_complete() -> None:
    assert set(TEMPLATES) == {"nmc622_cathode", "graphite_anode", "minimal"}


def test_init_writes_a_case_of_particles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in PARTICLE_TEMPLATES:
        assert main(["init", name, "--template", name]) == 0
        assert f"multiscale particles {name} --plan" in capsys.readouterr().out
        assert load_particle_case(Path(name)).laws
        shipped = Path(__file__).parents[2] / "cases" / name / "case.toml"
        assert Path(name, "case.toml").read_text("utf-8") == shipped.read_text("utf-8")


def test_a_table_is_aligned() -> None:
    assert table(("a", "b"), [("long", "x"), ("c", "y")]) == "a     b\nlong  x\nc     y"


def test_a_table_folds_its_last_column_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "27")
    told = table(("key", "meaning"), [("a", "dry coat weight, all solids"), ("b", "")])
    assert told == "key  meaning\na    dry coat weight, all\n     solids\nb"


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "-"), (3.42, "3.4 s"), (720, "12 min"), (9000, "2.5 h")]
)
def test_durations(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_a_rising_line_rises() -> None:
    drawn = lineplot(np.array([0.0, 1.0]), np.array([[0.0, 2.0]]), width=4, height=2).split("\n")
    assert drawn[0].startswith("2 ┤")
    assert drawn[1].startswith("0 ┤")
    upper, lower = (line.split("┤")[1] for line in drawn[:2])
    assert upper.startswith("\u2800\u2800")  # empty where the line is still low
    assert lower.endswith("\u2800\u2800")


DOCS = Path(__file__).parents[2] / "docs"


def test_the_tutorial_shows_what_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    monkeypatch.chdir(tmp_path)
    case = copy_template("nmc622_cathode", Path("my_cathode"))
    wrong = (
        case.read_text("utf-8").replace('"3 m/min"', '"3 m/mn"').replace("line_load", "lineload")
    )
    case.write_text(wrong, encoding="utf-8")
    assert main(["check", "my_cathode"]) == 64
    assert capsys.readouterr().err in (DOCS / "tutorials" / "first_run.md").read_text("utf-8")


def test_the_reference_names_every_verb_and_option(capsys: Said) -> None:
    page = (DOCS / "reference" / "cli.md").read_text("utf-8")
    for verb in TestHelp.VERBS:
        assert f"`{verb}" in page
        main([verb, "--help"])
        options = set(re.findall(r"--[a-z]+", capsys.readouterr().out)) - {"--help"}
        assert all(f"`{option}" in page for option in options), (verb, options)


def test_the_reference_lists_every_unit() -> None:
    page = (DOCS / "reference" / "units.md").read_text("utf-8")
    listed = {name for row in page.split("| with")[1:] for name in re.findall(r"`([^`]+)`", row)}
    assert (units._PREFIXABLE | units._BARE) - {"mm2"} <= listed
