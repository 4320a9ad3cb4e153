"""The report of an ensemble: its bands, its ranks, and a run among its samples."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import numpy as np
import pytest
import synthetic_run

from multiscale.cli.main import main
from multiscale.ensemble import Outcome, load_ensemble, run_ensemble
from multiscale.ensemble.outcome import Number
from multiscale.ensemble.tables import write_tables
from multiscale.errors import CaseError
from multiscale.report import write_report, write_study_report
from multiscale.report.bands import band, rank_correlation
from multiscale.report.study import results_of
from multiscale.results import StudyView, open_run, open_study

CASES = Path(__file__).resolve().parents[2] / "cases"
SAMPLES = 96


@dataclass(frozen=True)
class Page:
    """What stands on a page: its headings, what is told of each picture, and its text."""

    headings: list[str]
    pictures: list[str]
    text: str

    @staticmethod
    def read(path: Path) -> Page:
        page = path.read_text(encoding="utf-8")
        text = unescape(re.sub(r"<[^>]+>", " ", page)).replace("\u00a0", " ")
        headings = re.findall(r"<h2>(.*?)</h2>", page)
        return Page(headings, re.findall(r'<img src="data:image[^"]+" alt="([^"]*)"', page), text)


def number(value: float, unit: str = "1", display: str = "1") -> Number:
    return Number(value, 0.01 * value, unit, display, "made for a test")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A study whose ratio follows the mobile fraction, and whose rate follows the air."""
    out = tmp_path_factory.mktemp("study")
    ensemble = load_ensemble(CASES / "drying_sensitivity", [f"ensemble.samples={SAMPLES}"])
    outcomes = []
    for sample in ensemble.samples:
        mobile, air = float(sample.shown[3]), float(sample.shown[4].split()[0])
        numbers = {
            "drying.binder_ratio[0]": number(1 + 4 * mobile),
            "drying.drying_rate": number(1e-5 * (air - 60), "kg/m^2/s", "g/m^2/s"),
        }
        outcomes.append(Outcome(sample.index, "ok", "", (), numbers, "", 1.0))
    outcomes[7] = Outcome(7, "failed", "stage 'drying' stopped: too wet")
    write_tables(out, ensemble, outcomes, 2, 60.0)
    return out


@pytest.fixture(scope="module")
def study(folder: Path) -> StudyView:
    return open_study(folder)


def test_study_is_read_as_it_was_drawn(study: StudyView) -> None:
    diffusivity, gel, rate, mobile, air = study.factors
    assert (diffusivity.log, gel.log, rate.log, mobile.log) == (True, False, True, False)
    assert air.unit == "degC" and air.numbers.min() < 71 and air.numbers.max() > 139
    assert list(study.results) == ["drying.binder_ratio[0]", "drying.drying_rate"]
    kept = study.results["drying.drying_rate"]
    known = np.isfinite(kept.shown)
    assert kept.shown[known] == pytest.approx(0.01 * (air.numbers[known] - 60))
    assert study.reasons == {7: "stage 'drying' stopped: too wet"}
    assert np.flatnonzero(~known).tolist() == [7]


def test_page_of_a_study_has_bands_ranks_and_failures(folder: Path) -> None:
    page = Page.read(write_study_report(folder))
    assert page.headings == [
        "What was varied", "Results", "Spread", "Samples that failed", "Provenance",
    ]  # fmt: skip
    assert len(page.pictures) == 4  # gradient over rate, ranks, each result over all factors
    assert "Bands hold 90 % of the samples" in " ".join(page.pictures)
    assert "96 samples, a latin hypercube, 1 of them failed." in page.text
    assert "drying.diffusivity_factor" in page.text and "too wet" in page.text


def test_run_is_drawn_among_the_samples_of_a_study(folder: Path, tmp_path: Path) -> None:
    run = synthetic_run.write(tmp_path / "run")
    page = Page.read(write_report(run, study=folder))
    assert "Sensitivity" in page.headings
    assert "a star: this run" in " ".join(page.pictures)
    assert results_of(open_run(run))("drying.binder_ratio[0]") == pytest.approx(1.67)
    assert results_of(open_run(run))("drying.binder_ratio[9]") is None
    assert results_of(open_run(run))("drying.nothing") is None
    low, high = np.quantile(open_study(folder).results["drying.binder_ratio[0]"].shown[8:], [0, 1])
    assert f"{low:.3f}"[:4] in page.text and f"{high:.3f}"[:4] in page.text


def test_command_reports_a_study_and_refuses_what_is_none(folder, tmp_path, capsys) -> None:
    assert main(["report", str(folder), "--to", str(tmp_path / "page.html")]) == 0
    assert (tmp_path / "page.html").exists()
    assert main(["report", str(folder), "--study", str(folder)]) == 64
    assert "is an ensemble itself" in capsys.readouterr().err
    run = synthetic_run.write(tmp_path / "run")
    with pytest.raises(CaseError, match="holds no ensemble"):
        write_report(run, study=tmp_path)


def test_band_holds_nine_tenths_of_the_samples_of_each_group() -> None:
    random = np.random.default_rng(0)
    x = random.random(4000)
    y = 2 * x + random.random(4000)
    found = band(x, y)
    assert found is not None and found.x.size == 8
    # Within a group of width 1/8, y - 2 x is spread by the unit noise and 1/4 of slope.
    assert found.middle == pytest.approx(2 * found.x + 0.5, abs=0.06)
    assert found.high - found.low == pytest.approx(np.full(8, 0.94), abs=0.06)


def test_band_keeps_levels_apart_and_needs_enough_samples() -> None:
    x = np.repeat([1.0, 3.0], 20)
    found = band(x, np.concatenate([np.arange(20.0), np.full(20, 7.0)]))
    assert found is not None
    assert found.x.tolist() == [1.0, 3.0] and found.middle.tolist() == [9.5, 7.0]
    assert band(x[:23], x[:23]) is None
    assert band(np.append(x, 9.0), np.append(x, 9.0)) is None  # one sample is no group


def test_rank_correlation_sees_any_monotone_law() -> None:
    x = np.linspace(0.1, 3, 30)
    assert rank_correlation(x, np.exp(x)) == pytest.approx(1)
    assert rank_correlation(x, 1 / x) == pytest.approx(-1)
    assert np.isnan(rank_correlation(x, np.ones(30)))
    assert rank_correlation(np.append(x, np.nan), np.append(x**3, 1.0)) == pytest.approx(1)


def test_mobile_fraction_decides_in_the_case_of_the_study(tmp_path: Path) -> None:
    ensemble = load_ensemble(CASES / "drying_sensitivity", ["ensemble.samples=12"], probe=True)
    run_ensemble(ensemble, tmp_path)
    study = open_study(tmp_path)
    assert study.size == 12 and not study.reasons
    mobile = next(f.numbers for f in study.factors if f.name == "mobile fraction")
    assert rank_correlation(mobile, study.results["drying.binder_ratio[0]"].shown) > 0.75


@pytest.mark.slow
def test_readme_of_the_study_holds(tmp_path: Path) -> None:
    run_ensemble(load_ensemble(CASES / "drying_sensitivity", probe=True), tmp_path)
    study = open_study(tmp_path)
    told = (CASES / "drying_sensitivity" / "README.md").read_text("utf-8")
    rows = re.findall(r"\| `([\w.\[\]]+)` \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|", told)
    assert len(rows) == 4
    for key, *numbers in rows:
        found = np.quantile(study.results[key].shown, [0.05, 0.5, 0.95])
        assert found == pytest.approx(list(map(float, numbers)), rel=5e-3), key
