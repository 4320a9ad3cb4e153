"""Ensembles: designs of samples, and what becomes of samples that fail, repeat or stop."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

from mpi4py import MPI

import h5py
import numpy as np
import pytest
from conftest import mpi_environment, mpiexec

from multiscale.cli.main import main
from multiscale.coupling.store import Store
from multiscale.ensemble import Ensemble, load_ensemble, run_ensemble
from multiscale.ensemble import run as dealing
from multiscale.ensemble.design import full_grid, latin_hypercube, sobol
from multiscale.errors import CaseError, OutOfTime, StageFailed
from multiscale.results import open_run

CASES = Path(__file__).resolve().parents[2] / "cases"
GRID = """
design = "grid"
results = ["coating.loading", "coating.thickness"]
[[ensemble.factor]]
name = "gap"
keys = ["coating.gap"]
values = ["150 um", "170 um"]
[[ensemble.factor]]
name = "carbon"
[[ensemble.factor.level]]
name = "little"
set = { "formulation.active_mass_fraction" = 0.97, "formulation.additive_mass_fraction" = 0.01 }
[[ensemble.factor.level]]
name = "much"
set = { "formulation.active_mass_fraction" = 0.95, "formulation.additive_mass_fraction" = 0.03 }
"""
RANGE = """
[[ensemble.factor]]
name = "gap"
keys = ["coating.gap"]
low = "100 um"
high = "200 um"
[[ensemble.factor]]
name = "speed"
keys = ["coating.web_speed"]
low = "1 m/min"
high = "10 m/min"
scale = "log"
"""
# Solids within the range of the setting, but more than its liquid can hold.
TOO_DRY = '[[ensemble.factor]]\nname = "solids"\nkeys = ["formulation.solids_mass_fraction"]\n'


def write(folder: Path, table: str) -> Path:
    path = folder / "case.toml"
    base = CASES / "nmc622_cathode"
    path.write_text(f'extends = "{base}"\n[ensemble]\nuntil = "coating"\n{table}', "utf-8")
    return path


def load(folder: Path, table: str, *overrides: str) -> Ensemble:
    return load_ensemble(write(folder, table), overrides)


def rows(out: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((out / "samples.csv").read_text("utf-8").splitlines()))


class TestDesign:
    def test_grid_lists_every_combination_with_the_last_factor_fastest(self) -> None:
        assert full_grid([2, 3]) == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]

    @pytest.mark.parametrize("samples", [7, 64])
    def test_latin_hypercube_has_one_sample_in_each_stratum(self, samples: int) -> None:
        points = latin_hypercube(3, samples, seed=5)
        strata = np.sort((points * samples).astype(int), axis=0)
        assert (strata == np.arange(samples)[:, None]).all()

    def test_sobol_integrates_better_than_chance(self) -> None:
        """Mean of a product of squares, 1/27; a random mean of 256 is off by 0.005 (one sigma)."""
        mean = np.prod(sobol(3, 256, seed=2) ** 2, axis=1).mean()
        assert mean == pytest.approx(1 / 27, abs=5e-4)

    @pytest.mark.parametrize("design", [latin_hypercube, sobol])
    def test_seed_decides(self, design) -> None:
        assert (design(2, 20, seed=1) == design(2, 20, seed=1)).all()
        assert (design(2, 20, seed=1) != design(2, 20, seed=2)).any()

    def test_ranges_keep_their_units_and_scale(self, tmp_path: Path) -> None:
        found = load(tmp_path, f'design = "sobol"\nsamples = 32\n{RANGE}')
        gaps = np.array([float(s.shown[0].removesuffix(" um")) for s in found.samples])
        speeds = np.array([float(s.shown[1].removesuffix(" m/min")) for s in found.samples])
        assert 100 <= gaps.min() < 110 and 190 < gaps.max() < 200
        # Log scale: half of the samples lie below the geometric mean.
        assert (speeds < np.sqrt(10)).sum() == 16
        assert found.case(found.samples[3]).options["coating"].gap == pytest.approx(gaps[3] * 1e-6)

    def test_table_takes_units_from_its_header_and_leaves_empty_cells(self, tmp_path: Path) -> None:
        text = "coating.gap [um],drying.zones[0].air_temperature,seed\n150,90 degC,3\n,85 degC,4\n"
        (tmp_path / "plan.csv").write_text(text)
        found = load(tmp_path, 'design = "table"\ntable = "plan.csv"\n')
        first, second = (found.case(s) for s in found.samples)
        assert first.options["coating"].gap == pytest.approx(150e-6)
        assert second.options["coating"].gap == pytest.approx(170.8e-6)
        assert first.options["drying"].zones[0].air_temperature == pytest.approx(363.15)
        assert (first.seed, second.seed) == (3, 4)

    @pytest.mark.parametrize(
        ("table", "said"),
        [
            ('design = "grid"', r"needs a \[\[ensemble.factor\]\]"),
            (GRID.replace("coating.loading", "coating.loding"), "did you mean 'loading'"),
            (GRID.replace("coating.loading", "drying.binder"), "names no stage that runs"),
            (GRID.replace('"150 um", "170 um"', ""), "exactly one of values, low and high"),
            (RANGE.replace('"200 um"', '"0.2 mm"'), "write both in one unit"),
            (RANGE.replace('"1 m/min"', '"0 m/min"'), "log scale needs low above 0"),
            ('design = "table"\ntable = "none.csv"', "none.csv cannot be read"),
            ('design = "tabel"', "'table'"),
        ],
    )
    def test_mistakes_are_named(self, tmp_path: Path, table: str, said: str) -> None:
        with pytest.raises(CaseError, match=said):
            load(tmp_path, table)


class TestRun:
    def test_samples_equal_runs_of_their_own(self, tmp_path: Path) -> None:
        ensemble = load(tmp_path, GRID)
        outcomes = run_ensemble(ensemble, tmp_path / "out", comm=MPI.COMM_SELF)
        assert [o.status for o in outcomes] == ["ok"] * 4
        case = str(write(tmp_path, GRID))
        settings = [f"--set={s}" for s in ensemble.samples[3].overrides]
        alone = tmp_path / "alone"
        assert main(["run", case, "--until", "coating", "--out", str(alone), *settings]) == 0
        assert open_run(alone).coating.record.digest() == outcomes[3].digest
        sample = open_run(tmp_path / "out" / "samples" / "000003")
        assert sample.coating.record.digest() == outcomes[3].digest
        table = rows(tmp_path / "out")
        assert [(r["gap [um]"], r["carbon"]) for r in table] == [
            ("150", "little"), ("150", "much"), ("170", "little"), ("170", "much"),
        ]  # fmt: skip
        loading = sample.value("coating.loading")
        assert float(table[3]["coating.loading [g/m^2]"]) == pytest.approx(loading.shown, rel=1e-8)
        assert float(table[3]["error(coating.loading) [g/m^2]"]) == pytest.approx(
            loading.shown_error, rel=1e-2
        )
        with h5py.File(tmp_path / "out" / "ensemble.h5") as file:
            stored = file["results/coating.loading"]
            assert stored["value"][3] == loading.value
            assert stored.attrs["units"] == "kg/m^2"

    def test_second_run_computes_nothing(self, tmp_path: Path, monkeypatch) -> None:
        ensemble = load(tmp_path, GRID)
        run_ensemble(ensemble, tmp_path / "out", comm=MPI.COMM_SELF)
        before = (tmp_path / "out" / "samples.csv").read_bytes()
        monkeypatch.setattr(Store, "save", lambda *_: pytest.fail("computed again"))
        run_ensemble(ensemble, tmp_path / "out", comm=MPI.COMM_SELF)
        assert (tmp_path / "out" / "samples.csv").read_bytes() == before

    def test_stopped_ensemble_goes_on_where_it_was(self, tmp_path: Path, monkeypatch) -> None:
        ensemble, out = load(tmp_path, GRID), tmp_path / "out"
        carry_out, count = dealing.carry_out, 0

        def until_third(*arguments):
            nonlocal count
            count += 1
            if count == 3:
                raise OutOfTime("asked to stop")
            return carry_out(*arguments)

        monkeypatch.setattr(dealing, "carry_out", until_third)
        with pytest.raises(OutOfTime):
            run_ensemble(ensemble, out, comm=MPI.COMM_SELF)
        assert len(list((out / "samples").iterdir())) == 2
        monkeypatch.setattr(dealing, "carry_out", carry_out)
        outcomes = run_ensemble(ensemble, out, comm=MPI.COMM_SELF)
        assert [o.status for o in outcomes] == ["ok"] * 4

    def test_failed_sample_is_recorded_with_its_reason(self, tmp_path: Path) -> None:
        table = f"max_failed = 0.5\n{TOO_DRY}values = [0.69, 0.92]\n"
        run_ensemble(load(tmp_path, table), tmp_path / "out", comm=MPI.COMM_SELF)
        good, bad = rows(tmp_path / "out")
        assert (good["status"], bad["status"]) == ("ok", "failed")
        assert "stage 'slurry' stopped" in bad["reason"] and bad["coating.loading [g/m^2]"] == ""
        run = open_run(tmp_path / "out" / "samples" / "000001")
        assert [s.status for s in run.index.steps] == ["failed", "blocked"]

    def test_too_many_failures_fail_the_ensemble_after_its_tables(self, tmp_path: Path) -> None:
        table = f"{TOO_DRY}values = [0.69, 0.92]\n"
        with pytest.raises(StageFailed, match=r"1 of 2 samples failed.*\(sample 1\)"):
            run_ensemble(load(tmp_path, table), tmp_path / "out", comm=MPI.COMM_SELF)
        assert len(rows(tmp_path / "out")) == 2

    def test_settings_that_the_case_refuses_stop_it_before_it_starts(self, tmp_path: Path) -> None:
        table = GRID.replace("coating.gap", "coating.gab")
        with pytest.raises(CaseError, match=r"(?s)4 of 4 samples, .*did you mean 'gap'"):
            run_ensemble(load(tmp_path, table), tmp_path / "out", comm=MPI.COMM_SELF)
        assert not (tmp_path / "out").exists()

    def test_command_plans_and_sums_up(self, tmp_path: Path, capsys) -> None:
        case, out = str(write(tmp_path, GRID)), str(tmp_path / "out")
        assert main(["ensemble", case, "--plan", "--out", out]) == 0
        assert "4 samples until coating, 0 of them refused" in capsys.readouterr().out
        assert main(["ensemble", case, "--out", out]) == 0
        said = capsys.readouterr().out
        assert "4 of 4 samples done" in said and "coating.loading" in said
        assert main(["check", case]) == 0
        assert "ensemble: 4 samples over gap, carbon" in capsys.readouterr().out


def test_ranks_change_no_table(tmp_path: Path) -> None:
    """Grid of four on one rank, on two, and on two for each sample."""
    case = write(tmp_path, GRID)
    tables = []
    for ranks, more in ((1, []), (2, []), (2, ["--set", "ensemble.ranks_per_sample=2"])):
        out = tmp_path / f"out{len(tables)}"
        command = mpiexec(ranks) if ranks > 1 else [sys.executable]
        done = subprocess.run(
            [*command, "-m", "multiscale", "ensemble", str(case), "--out", str(out), *more],
            env=mpi_environment(),
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert done.returncode == 0, done.stderr
        tables.append([(out / name).read_bytes() for name in ("samples.csv", "summary.csv")])
    assert tables[0] == tables[1] == tables[2]
