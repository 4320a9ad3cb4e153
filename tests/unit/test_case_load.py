"""A case file becomes SI records and options, or one error that lists everything."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from toy_case import CASE, STAGES, Bar, Dryer, Slot, write_case

from multiscale.case.load import Case, load_case
from multiscale.errors import CaseError


def load(path: Path, *overrides: str, probe: bool = False) -> Case:
    return load_case(path, overrides, probe=probe, stages=STAGES)


def errors(path: Path, *overrides: str) -> str:
    with pytest.raises(CaseError) as caught:
        load(path, *overrides)
    return str(caught.value)


def test_values_are_si_and_defaults_are_resolved(tmp_path: Path) -> None:
    case = load(write_case(tmp_path))
    bar, dryer = case.options["coating"], case.options["drying"]
    assert isinstance(bar, Bar)
    assert isinstance(dryer, Dryer)
    assert (case.title, case.seed) == ("a case", 7)
    assert bar.gap == 150e-6
    assert bar.web_speed == pytest.approx(2 / 60)
    assert [zone.air_temperature for zone in dryer.zones] == [353.15, 383.15]
    assert case.formulation.additive_mass_fraction == 0.02
    assert case.powder.density == 4750


def test_a_folder_means_its_case_file(tmp_path: Path) -> None:
    write_case(tmp_path)
    assert load(tmp_path).path == tmp_path / "case.toml"


def test_missing_stage_tables_take_their_defaults(tmp_path: Path) -> None:
    case = load(write_case(tmp_path, text=CASE.split("[coating]")[0]))
    assert case.options == {"coating": Bar(), "drying": Dryer()}


def test_a_case_can_be_sent_to_other_ranks(tmp_path: Path) -> None:
    case = load(write_case(tmp_path))
    copy = pickle.loads(pickle.dumps(case))
    assert copy.options == case.options
    assert copy.powder.digest() == case.powder.digest()


def test_probe_coarsens(tmp_path: Path) -> None:
    dryer = load(write_case(tmp_path), probe=True).options["drying"]
    assert isinstance(dryer, Dryer)
    assert dryer.cells == 20


MISTAKES = [
    ('"2 m/min"', '"2 m/mn"', 24, "coating.web_speed", "unknown unit 'mn'"),
    ('"2 m/min"', '"2 m"', 24, "coating.web_speed", "needs m/min"),
    ('"2 m/min"', "2", 24, "coating.web_speed", "has no unit"),
    ('"2 m/min"', '"0 m/min"', 24, "coating.web_speed", "out of range"),
    ('"2 m/min"', '"1e400 m/min"', 24, "coating.web_speed", "not finite"),
    ("web_speed", "webspeed", 24, "coating.webspeed", "did you mean 'web_speed'?"),
    ('"comma-bar"', '"slotdie"', 22, "coating.kind", "did you mean 'slot-die'?"),
    ('"comma-bar"', "3", 22, "coating.kind", "unknown kind"),
    ("[drying]", "[dryng]", 26, "dryng", "did you mean 'drying'?"),
    ("[drying]\n", "drying = 3\n[other]\n", 26, "coating.drying", "unknown key"),
    ("cells = 100", "cells = 100.5", 31, "drying.cells", "whole number"),
    ("cells = 100", "cells = true", 31, "drying.cells", "whole number"),
    ("cells = 100", 'cells = "100"', 31, "drying.cells", "whole number"),
    ("cells = 100", "cells = 3", 31, "drying.cells", "at least 20"),
    ("cells = 100", "cells = 100\nfan = 'of'", 32, "drying.fan", "must be 'on' or 'off'"),
    ("cells = 100", "cells = 100\nrecirculate = 1", 32, "drying.recirculate", "true or false"),
    ("cells = 100", "cells = 100\nstart = true", 32, "drying.start", "truth value"),
    ("cells = 100", "cells = 100\nstart = 0.95", 26, "drying", "start must lie below"),
    ("cells = 100", "cells = 1979-05-27", 31, "drying.cells", "is a date"),
    ("cells = 100", f"cells = {10**30}", 31, "drying.cells", "too large"),
    ('"110 degC"', '"110 degF"', 29, "drying.zones[1].air_temperature", "unknown unit 'degF'"),
    ('"110 degC"', "nan", 29, "drying.zones[1].air_temperature", "not a finite number"),
    ("seed = 7", "seed = -7", 2, "seed", "whole number"),
    ("seed = 7", "seed = true", 2, "seed", "whole number"),
    ("seed = 7", "seed = inf", 2, "seed", "not a finite number"),
    ('title = "a case"', "title = 3", 1, "title", "needs text"),
    ('material = "NMC622"', 'material = "NMC62"', 5, "powder.material", "Did you mean 'NMC622'?"),
    ('material = "NMC622"', "", 4, "powder.material", "is missing"),
    ('d10 = "5 um"', "", 4, "powder.d10", "is missing"),
    ('d10 = "5 um"', 'd10 = "11 um"', 6, "powder.d10", "needs d10 < d50 < d90"),
    ('d90 = "17 um"', 'd90 = "9 um"', 8, "powder.d90", "needs d10 < d50 < d90"),
    ('d90 = "17 um"', 'd90 = "17 um"\npsd = "x.csv"', 6, "powder.d10", "keep one of the two"),
    ('d10 = "5 um"\nd50 = "10 um"\nd90 = "17 um"', 'psd = "x.csv"', 6, "powder.psd", "cannot read"),
    ("= 0.96", "= 0.95", 13, "formulation.active_mass_fraction", "must sum to 1"),
    ("[[formulation.binder]]", "[formulation.binder]", 17, "formulation.binder", "needs a list"),
    ('name = "PVDF"', "", 17, "formulation.binder[0].name", "is missing"),
    ('name = "PVDF"', 'name = "PVDC"', 18, "formulation.binder[0].name", "Did you mean 'PVDF'?"),
    ('solvent = "NMP"', 'solvent = "nmp"', 11, "formulation.solvent", "Did you mean 'NMP'?"),
]


@pytest.mark.parametrize(("old", "new", "line", "key", "message"), MISTAKES)
def test_a_mistake_is_named_with_file_line_and_key(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    old: str,
    new: str,
    line: int,
    key: str,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    said = errors(write_case(Path(), old, new))
    assert f"case.toml:{line}  {key}" in said
    assert message in said
    assert said.endswith(". Nothing was run.")
    assert "pydantic" not in said
    assert "Input should" not in said


def test_every_mistake_is_reported_at_once_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = CASE.replace("2 m/min", "20 m/mn").replace("cells =", "cell =").replace("0.96", "0.90")
    assert errors(write_case(Path(), text=text)) == (
        "case.toml:13  formulation.active_mass_fraction = 0.9\n"
        "  active material + additive + binders must sum to 1; 0.9 + 0.02 + 0.02 = 0.94\n"
        'case.toml:24  coating.web_speed = "20 m/mn"\n'
        "  unknown unit 'mn' in 'm/mn'; did you mean 'min'?\n"
        "case.toml:31  drying.cell = 100\n"
        "  unknown key; did you mean 'cells'?\n"
        "3 errors. Nothing was run."
    )


def test_one_mistake_makes_one_error(tmp_path: Path) -> None:
    """A wrong entry does not make its list too short as well, nor an odd value a wrong table."""
    assert errors(write_case(tmp_path), "formulation.binder=[true]").endswith(
        "command line  formulation.binder[0] = true\n  needs a table\n1 error. Nothing was run."
    )
    assert "1 error." in errors(write_case(tmp_path), f"drying={2**70}")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (b"title = 'a'\nseed = \xff", "case.toml:2\n  is not UTF-8"),
        (b"seed = 1\nseed = 2\n", "case.toml:2\n  cannot be read as TOML: this key is given twice"),
        (b"seed = 1\n[drying\n", "case.toml:2\n  cannot be read as TOML"),
        (b'title = "a', "case.toml:1\n  cannot be read as TOML"),
        (b"a = " + b"[" * 5000, "nested too deeply"),
        (b"a = " + b"1" * 5000, "nested too deeply or holds a number of thousands of digits"),
        (b"seed = 1", "powder\n  needs a table [powder]"),
    ],
)
def test_a_file_that_is_no_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("case.toml").write_bytes(content)
    assert message in errors(Path("case.toml"))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "no such file" in errors(tmp_path / "nowhere.toml")
    assert "this folder has no case.toml" in errors(tmp_path)


class TestOverrides:
    def test_change_one_entry_of_an_array(self, tmp_path: Path) -> None:
        dryer = load(write_case(tmp_path), "drying.zones[1].air_temperature=120 degC").options[
            "drying"
        ]
        assert isinstance(dryer, Dryer)
        assert [z.air_temperature for z in dryer.zones] == [353.15, 393.15]

    def test_make_a_table_that_the_file_does_not_have(self, tmp_path: Path) -> None:
        path = write_case(tmp_path, text=CASE.split("[coating]")[0])
        assert load(path, "drying.cells=40").options["drying"] == Dryer(cells=40)

    def test_change_the_kind_and_drop_the_keys_of_the_other(self, tmp_path: Path) -> None:
        slot = load(write_case(tmp_path), "coating.kind=slot-die").options["coating"]
        assert isinstance(slot, Slot)
        assert slot.web_speed == pytest.approx(2 / 60)

    def test_an_empty_value_takes_a_key_out(self, tmp_path: Path) -> None:
        assert load(write_case(tmp_path), "drying.zones=").options["drying"] == Dryer(cells=100)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("drying.cells=1.5", "command line  drying.cells = 1.5\n  needs a whole number"),
            ("drying.zones[7].length=2 m", "'drying.zones' has entries 0 to 1"),
            ("coating.gap[0]=2 m", "'coating.gap' has no entry"),
            ("coating.gap.x=2 m", "'coating.gap' is not a table"),
            (
                "coating.gapp=2 um",
                "command line  coating.gapp = \"2 um\"\n  unknown key; did you mean 'gap'?",
            ),
            ("coating.gapp=", "is not in the case file"),
            ("nothing", "--set nothing: write KEY=VALUE"),
            ("a..b=1", "--set a..b=1: cannot read the key"),
        ],
    )
    def test_a_mistake_names_the_command_line(
        self, tmp_path: Path, text: str, message: str
    ) -> None:
        said = errors(write_case(tmp_path), text)
        assert message in said
        assert "command line" in said


class TestExtends:
    def test_tables_merge_and_arrays_are_replaced(self, tmp_path: Path) -> None:
        write_case(tmp_path)
        top = tmp_path / "top.toml"
        top.write_text('extends = "case.toml"\n[drying]\nzones = [{ length = "9 m" }]\n')
        case = load(top)
        dryer = case.options["drying"]
        assert isinstance(dryer, Dryer)
        assert dryer.cells == 100
        assert [(z.length, z.air_temperature) for z in dryer.zones] == [(9.0, 353.15)]

    def test_each_file_is_named_for_its_own_mistakes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        write_case(Path(), "cells = 100", "cells = 1")
        Path("middle.toml").write_text('extends = "case.toml"\n')
        Path("top.toml").write_text('extends = "middle.toml"\n[coating]\ngap = "1"\n')
        said = errors(Path("top.toml"))
        assert "case.toml:31  drying.cells = 1" in said
        assert 'top.toml:3  coating.gap = "1"' in said

    def test_a_kind_said_again_keeps_the_keys_below(self, tmp_path: Path) -> None:
        write_case(tmp_path, "gap =", "gapp =")
        top = tmp_path / "top.toml"
        top.write_text('extends = "case.toml"\n[coating]\nkind = "comma-bar"\n')
        assert "did you mean 'gap'?" in errors(top)

    @pytest.mark.parametrize(
        ("extends", "message"),
        [
            ('"top.toml"', "extends itself"),
            ('"nowhere.toml"', "top.toml:1  extends\n  no such file: 'nowhere.toml'"),
            ("3", "top.toml:1  extends = 3\n  needs the path of a case file"),
        ],
    )
    def test_a_bad_extends(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extends: str, message: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        Path("top.toml").write_text(f"extends = {extends}\n")
        assert message in errors(Path("top.toml"))


def test_a_measured_distribution_lies_beside_the_file_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "materials"
    folder.mkdir()
    (folder / "psd.csv").write_text("diameter [um], volume fraction [percent]\n5, 40\n10, 60\n")
    base = write_case(folder, 'd10 = "5 um"\nd50 = "10 um"\nd90 = "17 um"', 'psd = "psd.csv"')
    (tmp_path / "top.toml").write_text(f'extends = "{base}"\n')
    powder = load(tmp_path / "top.toml").powder
    np.testing.assert_allclose(powder.diameter, [5e-6, 10e-6], rtol=1e-12)
    np.testing.assert_allclose(powder.volume_fraction, [0.4, 0.6], rtol=1e-12)
