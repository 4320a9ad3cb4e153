"""Reading a run back, and what the exports hold when others read them."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import synthetic_run

from multiscale.errors import CaseError
from multiscale.results import (
    export_bpx,
    export_csv,
    export_statistics,
    export_vtkhdf,
    number_text,
    open_run,
    unit_text,
)
from multiscale.results.value import Value, error_in


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic_run.write(tmp_path_factory.mktemp("run"))


def table(path: Path) -> tuple[list[str], list[list[str]]]:
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    return header, rows


def test_fields_are_attributes_named_as_in_the_record(out):
    run = open_run(out)
    assert run.drying.binder.shape == (1, 40)
    assert run["drying"].residual_solvent == 1e-4
    assert list(run.stages) == ["powder", "formulation", *synthetic_run.RECORDS]


def test_a_file_is_read_only_when_a_field_is_asked_for(out):
    run = open_run(out)
    assert "record" not in run.drying.__dict__
    assert run.drying.porosity == 0.503
    assert "record" in run.drying.__dict__


def test_a_value_carries_unit_error_and_meaning(out):
    value = open_run(out).value("drying.film_temperature")
    assert (value.unit, value.display, value.dims) == ("K", "degC", ("time",))
    assert value.doc == "film temperature"
    np.testing.assert_allclose(value.shown, value.value - 273.15)
    assert value.shown_error == pytest.approx(0.2)  # a difference: no offset
    assert str(open_run(out).value("calendering.porosity")) == "0.3010 ± 0.0020"


@pytest.mark.parametrize(
    "key, advice",
    [("drying.bindr", "'binder'"), ("dryng.binder", "'drying'"), ("drying", "drying.thickness")],
)
def test_a_wrong_key_is_answered_with_the_right_one(out, key, advice):
    with pytest.raises(CaseError, match=advice):
        open_run(out).value(key)


def test_a_stage_without_result_says_why(tmp_path):
    run = open_run(synthetic_run.write(tmp_path, failed="transport"))
    with pytest.raises(CaseError, match="no percolation along z"):
        _ = run.transport.tortuosity
    with pytest.raises(CaseError, match="blocked by transport"):
        _ = run["cell"]


def test_no_run_is_a_clear_error(tmp_path):
    with pytest.raises(CaseError, match="holds no run"):
        open_run(tmp_path)


def test_notebooks_show_a_table_with_units(out):
    page = open_run(out).drying._repr_html_()
    assert "<td>thickness</td><td>91</td><td>µm</td><td>0.1</td>" in page
    assert "NMC622 cathode" in open_run(out)._repr_html_()


@pytest.mark.parametrize(
    "value, error, text",
    [
        (2.413, 0.031, "2.41 ± 0.03"),
        (2.413, 0.012, "2.413 ± 0.012"),
        (62.31, 12.0, "62 ± 12"),
        (0.3013, 1e-9, "0.3013 ± 1e-09"),
        (353.15, None, "353.1"),
        (120.0, 0.0, "120"),
        (8.4e-4, 0.23, "0.00084 ± 0.23"),
        (float("inf"), 1.0, "inf"),
    ],
)
def test_digits_follow_the_error(value, error, text):
    assert number_text(value, error) == text


@pytest.mark.parametrize(
    "unit, text",
    [
        ("degC", "°C"),
        ("1", ""),
        ("g/m^2", "g/m²"),
        ("g/m^2/s", "g·m⁻²·s⁻¹"),
        ("EUR/(kW*h)", "EUR/kWh"),
        ("1/m", "m⁻¹"),
        ("W*h/m^2", "W·h/m²"),
    ],
)
def test_units_are_written_as_people_do(unit, text):
    assert unit_text(unit) == text


def test_an_empty_array_is_none():
    """An image has no spheres: their radii are an array of none."""
    assert str(Value(np.empty(0), "m", "um", None, "radii", ("particle",))).startswith("none µm")


def test_an_error_of_a_temperature_has_no_offset():
    assert error_in(1.0, "K", "degC") == pytest.approx(1.0)


def test_csv_gives_the_stored_numbers_in_display_units(out, tmp_path):
    export_csv(out, tmp_path)
    header, rows = table(tmp_path / "drying.csv")
    row = dict(zip(header, rows[0], strict=True))
    assert float(row["thickness [um]"]) == pytest.approx(91)
    assert float(row["error(thickness) [um]"]) == pytest.approx(0.1)
    assert row["foil"] == "aluminium"

    header, rows = table(tmp_path / "drying_by_time.csv")
    assert header[0] == "time [s]"
    film = [float(row[header.index("film_temperature [degC]")]) for row in rows]
    np.testing.assert_allclose(film, open_run(out).drying.film_temperature - 273.15, rtol=1e-8)


def test_statistics_of_a_run_hold_together(out, tmp_path):
    """The curves begin at the fractions, these sum to one, and the fabric has the trace one."""
    export_statistics(out, tmp_path)
    header, rows = table(tmp_path / "statistics.csv")
    assert header == ["quantity", "phase", "axis", "value", "unit", "error"]
    found = {tuple(row[:3]): float(row[3]) for row in rows}
    fraction = {phase: found["volume fraction", phase, ""] for phase in ("pore", "active", "cbd")}
    assert sum(fraction.values()) == pytest.approx(1)
    structure = open_run(out).microstructure
    assert fraction["active"] == pytest.approx(structure.active_fraction)
    assert sum(found["fabric", "active", a + a] for a in "xyz") == pytest.approx(1)
    assert 0.9 < found["percolating share", "active", "z"] <= 1
    for name, start in (("two_point", "S2"), ("lineal_path", "L")):
        header, rows = table(tmp_path / f"{name}.csv")
        first = dict(zip(header, rows[0], strict=True))
        for phase, share in fraction.items():
            assert float(first[f"{start} {phase}"]) == pytest.approx(share, abs=1e-6)
    header, rows = table(tmp_path / "chords.csv")
    z = [row for row in rows if row[0] == "z"]
    assert sum(float(row[2]) for row in z) == pytest.approx(1)
    mean = sum(float(row[1]) * float(row[2]) for row in z)
    assert mean == pytest.approx(found["mean chord", "pore", "z"], rel=1e-6)


def test_csv_of_two_axes_has_one_row_for_each_pair(out, tmp_path):
    export_csv(out, tmp_path)
    header, rows = table(tmp_path / "drying_by_binder_z.csv")
    assert header == ["binder_index", "z", "binder"]
    np.testing.assert_allclose([float(r[2]) for r in rows], open_run(out).drying.binder[0])
    header, rows = table(tmp_path / "cell_by_rate_depth.csv")
    assert header[:2] == ["c_rate [1/h]", "depth"] and len(rows) == 5 * 60
    assert table(tmp_path / "factory_by_step.csv")[1][2][0] == "drying"
    header, rows = table(tmp_path / "slurry_flow_curve.csv")
    assert header == ["x [1/s]", "flow_curve [Pa]"] and len(rows) == 31


def test_vtkhdf_is_read_by_vtk_with_labels_spacing_and_unit(out, tmp_path):
    import h5py
    import pyvista

    path = export_vtkhdf(out, tmp_path / "microstructure.vtkhdf")
    image = pyvista.read(path)
    label = open_run(out).microstructure.label.read()
    assert image.dimensions == tuple(n + 1 for n in label.shape)
    np.testing.assert_allclose(image.spacing, open_run(out).microstructure.voxel_size)
    np.testing.assert_array_equal(image.cell_data["label"].reshape(label.shape, order="F"), label)
    transport = open_run(out).transport
    for name in ("concentration", "flux_density"):
        drawn = image.cell_data[name].reshape(label.shape, order="F")
        np.testing.assert_array_equal(drawn, getattr(transport, name).read())
    with h5py.File(path) as file:
        assert file["VTKHDF/CellData/label"].attrs["units"] == "1"
        assert "over its mean" in file["VTKHDF/CellData/flux_density"].attrs["long_name"]
        assert file["VTKHDF"].attrs["spacing_unit"] == "m"


def test_run_file_shows_the_fields_of_all_stages_as_one_image(out, tmp_path):
    import pyvista

    image = pyvista.read(out / "run.h5", force_ext=".vtkhdf")
    assert set(image.cell_data.keys()) == {"label", "concentration", "flux_density"}
    bare = synthetic_run.write(tmp_path, until="microstructure")
    alone = pyvista.read(export_vtkhdf(bare))
    assert alone.cell_data.keys() == ["label"]


def test_bpx_is_the_document_of_the_cell(out, tmp_path):
    path = export_bpx(out, tmp_path / "cell.bpx.json")
    assert json.loads(path.read_text())["Header"]["BPX"] == "1.0"
