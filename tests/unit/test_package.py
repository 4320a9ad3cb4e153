"""What `import multiscale as ms` gives to a script or a notebook."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import synthetic_run

import multiscale as ms
from multiscale.case.templates import copy_template
from multiscale.coupling.stage import Stage
from multiscale.errors import CaseError


def test_importing_costs_nothing() -> None:
    code = (
        "import sys; import multiscale\n"
        "own = {name for name in sys.modules if name.startswith('multiscale')}\n"
        "sys.exit(0 if own == {'multiscale'} and 'numpy' not in sys.modules else str(own))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_public_name_is_there_and_listed() -> None:
    assert all(getattr(ms, name) for name in ms.__all__)
    assert set(ms.__all__) <= set(dir(ms))
    assert ms.__version__.count(".") == 2
    with pytest.raises(AttributeError, match="has no attribute 'open'"):
        ms.open  # noqa: B018  # the access itself is the test


def test_a_run_opens_by_text_path_and_index_file(tmp_path: Path) -> None:
    out = synthetic_run.write(tmp_path / "run")
    for named in (out, str(out), str(out / "run.h5")):
        assert ms.open_run(named).drying.binder.shape == (1, 40)


def test_a_run_without_a_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def chain() -> tuple[Stage, ...]:
        from multiscale.stages.coating import coat
        from multiscale.stages.slurry import mix

        return mix, coat

    monkeypatch.setattr("multiscale.stages.chain", chain)
    monkeypatch.setattr("multiscale.runner.chain", chain)
    copy_template("minimal", tmp_path / "mine")
    case, out = ms.load_case(str(tmp_path / "mine"), "coating.gap=100 um"), str(tmp_path / "out")
    assert [step.action for step in ms.plan(case, out)] == ["run", "run"]
    ms.run(case, out)
    assert [step.action for step in ms.plan(case, out)] == ["reuse", "reuse"]
    assert case.options["coating"].gap == pytest.approx(100e-6)  # type: ignore[attr-defined]
    assert ms.open_run(out).coating.loading > 0


def test_a_wrong_case_lists_its_errors(tmp_path: Path) -> None:
    copy_template("minimal", tmp_path)
    with pytest.raises(CaseError, match="2 errors"):
        ms.load_case(tmp_path, ["coating.gap=3", "slurry.kind=clos"])
