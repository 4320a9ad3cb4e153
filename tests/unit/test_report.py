"""The report: complete for a finished run, honest for an unfinished one, one file in any case."""

import importlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import synthetic_run

from multiscale.report import write_report
from multiscale.report.figures import canvas, cutaway
from multiscale.report.figures.cell import rate_name
from multiscale.report.figures.microstructure import slices
from multiscale.report.keynumbers import key_numbers
from multiscale.report.raycast import place, render
from multiscale.report.verdict import median_diameter, verdict
from multiscale.results import open_run
from multiscale.stages import chain

WHITE_GREY_BLACK = ((1.0, 1.0, 1.0), (0.6, 0.6, 0.6), (0.1, 0.1, 0.1))


class Reader(HTMLParser):
    """Collects headings, pictures, links and text, and checks that tags are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[str] = []
        self.sources: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "img", "rect", "path", "br"):
            self.open.append(tag)
        self.sources += [v for k, v in attrs if k in ("src", "href") and not v.startswith("#")]

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1] == "h2":
            self.headings.append(data)
        if self.open[-1] != "style":
            self.text += f" {data}"


def read(path: Path) -> Reader:
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    assert reader.open == []
    reader.text = reader.text.replace("\u00a0", " ")
    return reader


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Reader:
    return read(write_report(synthetic_run.write(tmp_path_factory.mktemp("run"))))


def test_sections_stand_in_their_order(page):
    assert page.headings == [
        "Chain", "Key numbers", "Slurry", "Coating", "Drying", "Calendering", "Microstructure",
        "Transport", "Cell", "Factory", "Conservation", "What was run and what was reused",
        "Provenance", "Sources of the models",
    ]  # fmt: skip


def test_page_needs_nothing_else(page):
    assert len(page.sources) == 20
    assert all(re.match(r"data:image/(svg\+xml|png);base64,", s) for s in page.sources)


def test_verdict_says_what_was_made_and_whether_to_trust_it(page):
    assert (
        "200 g/m² NMC622 electrode, 30.1 % porosity, 64 µm, tortuosity factor 2.43 ± 0.07 through "
        "the thickness, delivers 3.12 mAh/cm² at C/10 and 2.14 mAh/cm² at 2C." in page.text
    )
    assert "All balances closed; no warnings." in page.text


def test_sentence_states_the_error_of_a_capacity_that_has_one(tmp_path, monkeypatch):
    cell = synthetic_run.RECORDS["cell"]()
    rough = replace(cell, capacity_error=0.03 * cell.capacity)
    monkeypatch.setitem(synthetic_run.RECORDS, "cell", lambda: rough)
    sentence = verdict(open_run(synthetic_run.write(tmp_path))).sentence.replace("\u00a0", " ")
    assert "delivers 3.12 ± 0.09 mAh/cm² at C/10 and 2.14 ± 0.06 mAh/cm² at 2C." in sentence


def test_numbers_carry_unit_and_error(page):
    assert re.search(r"tortuosity factor ε D₀/D_eff, along z\s+2\.43\s+0\.07", page.text)
    assert re.search(r"cost of all steps\s+84\.60\s+EUR/kWh\s+0\.20", page.text)
    assert re.search(r"wet film\s+136\s+µm\s+closed form", page.text)


def test_balances_and_provenance_are_told(page):
    assert re.search(
        r"active mass\s+0\.192\s+0\.192\s+kg/m²\s+1\.4e-16\s+1e-08\s+closed", page.text
    )
    assert "0.1.0 (38bfe19)" in page.text and "numpy 2.2.1" in page.text


@pytest.mark.parametrize(
    "stage", [s for s in chain() if not s.optional], ids=lambda stage: stage.name
)
def test_sources_of_every_stage_are_listed(page, stage):
    cited = importlib.import_module(f"multiscale.stages.{stage.name}").CITATIONS
    assert len(cited) >= 2
    assert all(source in page.text for source in cited)


@pytest.mark.parametrize(
    "last, headings, sentence",
    [
        ("drying", "Drying", "50.3 % porosity, not calendered."),
        ("slurry", "Slurry", "NMC622 slurry."),
    ],
)
def test_a_chain_run_in_part_is_reported_as_far_as_it_came(tmp_path, last, headings, sentence):
    page = read(write_report(synthetic_run.write(tmp_path, until=last), tmp_path / "a.html"))
    assert headings in page.headings and "Cell" not in page.headings
    assert sentence in page.text
    assert f"The chain was run until {last}." in page.text


def test_a_dry_mix_ends_with_the_cell_and_knows_no_press(tmp_path, monkeypatch):
    """Its film came as measured; without solvent there is no factory to wait for."""
    dry, film = synthetic_run.cathode_recipe(solids_mass_fraction=1.0), synthetic_run.electrode()
    laid = replace(film, gap=0.0, line_load=0.0, peak_pressure=0.0)
    monkeypatch.setattr(synthetic_run, "cathode_recipe", lambda: dry)
    monkeypatch.setitem(synthetic_run.RECORDS, "calendering", lambda: laid)
    run = open_run(synthetic_run.write(tmp_path, until="cell"))
    assert verdict(run).trust == "All balances closed; no warnings."
    assert "coating density" in key_numbers(run)
    assert "line load" not in key_numbers(run) and "pressure in the nip" not in key_numbers(run)


def test_a_failed_stage_says_what_is_missing_and_why(tmp_path):
    page = read(write_report(synthetic_run.write(tmp_path, failed="transport")))
    assert "transport failed: no percolation along z: porosity 0.04; press less" in page.text
    assert "Not computed: cell, factory." in page.text
    assert "No result: blocked, blocked by transport." in page.text
    assert "Not complete" in page.text


def test_a_window_that_is_not_assessed_is_told_and_not_drawn(tmp_path):
    film = replace(synthetic_run.wet_film(), window="not-assessed: the gap law has no window")
    page = read(write_report(synthetic_run.write(tmp_path, until="coating", coating=film)))
    assert "Coating window: not-assessed: the gap law has no window." in page.text
    assert len(page.sources) == 1


def test_text_of_the_user_is_escaped(tmp_path, monkeypatch):
    film = replace(synthetic_run.wet_film(), window="air-entrainment: <script>alert(1)</script>")
    path = write_report(synthetic_run.write(tmp_path, until="coating", coating=film))
    assert "<script" not in path.read_text(encoding="utf-8")
    assert "Coating window: air-entrainment: <script>alert(1)</script>." in read(path).text


def coarse(structure):
    return replace(structure, error={**structure.error, "area_active_pore": 3e4})


def unresolved(effective):
    sigma = np.array([0.4, 0.4, 0.2])
    return replace(effective, conductivity=sigma, error={**effective.error, "conductivity": 0.3})


def test_a_conductivity_that_does_not_limit_needs_no_digits(tmp_path, monkeypatch):
    loose = synthetic_run.effective()
    loose = replace(loose, error={**loose.error, "conductivity": 13.0})
    monkeypatch.setitem(synthetic_run.RECORDS, "transport", lambda: loose)
    told = verdict(open_run(synthetic_run.write(tmp_path)))
    assert not any("conductivity" in w for w in told.warnings)


@pytest.mark.parametrize(
    "stage, make, warning",
    [
        ("drying", lambda r: replace(r, drying_time=180.0, residual_solvent=4e-3),
         "The dryer is too short: after 180 s the coating still holds 4000 ppm solvent."),
        ("drying", lambda r: replace(r, binder_ratio=np.array([4.0])), "Binder has migrated: 4.0"),
        ("microstructure", coarse, "Voxels are coarse: the active surface is known to 13 % only."),
        ("calendering", lambda r: replace(r, thickness=40e-6), "the median particle is 25 %"),
        ("transport", lambda r: replace(r, percolating=np.array([1.0, 1.0, 0.5])), "50 % of the"),
        ("transport", lambda r: replace(r, error={**r.error, "tortuosity": 0.3}), "12 % only"),
        ("transport", unresolved, "conductivity is not resolved: 0.2 S/m through the thickness"),
    ],
)  # fmt: skip
def test_findings_that_a_reader_must_know_are_warned_of(
    tmp_path, monkeypatch, stage, make, warning
):
    original = synthetic_run.RECORDS[stage]
    monkeypatch.setitem(synthetic_run.RECORDS, stage, lambda: make(original()))
    told = verdict(open_run(synthetic_run.write(tmp_path)))
    assert any(warning in w for w in told.warnings), told.warnings
    assert "1 warning below" in told.trust


def test_median_diameter_of_symmetric_classes_is_the_middle_one():
    share = np.array([0.1, 0.2, 0.4, 0.2, 0.1])
    powder = replace(
        synthetic_run.powder(), diameter=np.array([2, 4, 8, 16, 32]) * 1e-6, volume_fraction=share
    )
    assert median_diameter(powder) == pytest.approx(8e-6)


@pytest.mark.parametrize(
    "rate, name", [(0.1, "C/10"), (1 / 3, "C/3"), (1.0, "1C"), (2.0, "2C"), (0.3, "0.3C")]
)
def test_rates_are_named_as_in_the_field(rate, name):
    assert rate_name(rate) == name


def test_a_full_box_is_drawn_as_three_flat_faces():
    label = np.ones((8, 8, 8), np.uint8)
    pixels = render(label, np.full(3, 1e-6), WHITE_GREY_BLACK, width=200)
    solid = pixels[(pixels != 255).any(-1)]
    _, counts = np.unique(solid[:, 0], return_counts=True)
    assert (counts > 0.1 * counts.sum()).sum() == 3
    # Projected area of a cube: sum of |components of the view direction|.
    eye = np.cos(np.radians(26)) * np.array([np.cos(np.radians(55)), np.sin(np.radians(55))])
    silhouette = eye.sum() + np.sin(np.radians(26))
    high = np.sin(np.radians(26)) * (eye.sum() / np.cos(np.radians(26))) + np.cos(np.radians(26))
    width = 1.02 * high  # of the picture, in edges: a cube is higher than wide from there
    assert counts.sum() == pytest.approx(silhouette * (200 / width) ** 2, rel=0.02)


def test_an_empty_box_is_background():
    pixels = render(np.zeros((4, 4, 4), np.uint8), np.full(3, 1e-6), WHITE_GREY_BLACK, width=60)
    assert (pixels == 255).all()


def test_the_nearest_phase_is_seen():
    label = np.ones((6, 6, 6), np.uint8)
    label[:, :, -1] = 2
    top = render(label, np.full(3, 1e-6), WHITE_GREY_BLACK, width=90, azimuth=-50, elevation=89)
    centre = top[top.shape[0] // 2, top.shape[1] // 2]
    assert centre.max() <= 0.1 * 255 + 1


def test_corners_of_the_box_are_placed_where_they_are_drawn():
    label = np.zeros((10, 14, 8), np.uint8)
    label[0, -1, -1] = 1
    edge = np.array(label.shape) * 1e-6
    pixels = render(label, np.full(3, 1e-6), WHITE_GREY_BLACK, width=400)
    rows, columns = np.nonzero((pixels != 255).any(-1))
    drawn = ((columns.mean() + 0.5) / 400, 1 - (rows.mean() + 0.5) / pixels.shape[0])
    centre = np.array([[0.5, 13.5, 7.5]]) * 1e-6
    assert place(centre, edge)[0] == pytest.approx(drawn, abs=0.01)


def test_light_from_all_sides_leaves_a_colour_as_it_is():
    label = np.ones((6, 6, 6), np.uint8)
    label[3:, :3] = 0
    pixels = render(label, np.full(3, 1e-6), WHITE_GREY_BLACK, width=120, ambient=1.0, fog=np.inf)
    inside = pixels[(pixels != 255).any(-1)]
    assert np.bincount(inside[:, 0]).argmax() == round(0.6 * 255)


def test_a_cut_box_shows_the_field_in_open_pores_and_the_phases_elsewhere():
    label = np.array([0, 0, 0, 1, 2], np.uint8).reshape(1, 1, 5).repeat(2, 0).repeat(2, 1)
    field = np.array([0.0, 3.0, np.nan, np.nan, 0.5], np.float32) * np.ones((2, 2, 1), np.float32)
    painted = cutaway.paint(label, field, most=2.0)
    assert painted[0, 0].tolist() == [4, 255, 3, 1, 2]
    assert not painted[1, 0].any()  # the corner towards the eye
    assert painted[1, 1].all() and painted[0, 1].all()


def test_phases_differ_in_a_grey_print():
    luminance = np.array(canvas.PHASES) @ (0.2126, 0.7152, 0.0722)
    assert (np.diff(np.sort(luminance)) > 0.2).all()


def test_an_image_is_not_drawn_with_the_binder_that_drying_left(tmp_path, monkeypatch):
    image = synthetic_run.microstructure()
    packed = replace(image, centre=np.zeros((1, 3)), radius=np.ones(1))
    for structure, told in ((image, False), (packed, True)):
        monkeypatch.setitem(synthetic_run.RECORDS, "microstructure", lambda s=structure: s)
        run = open_run(synthetic_run.write(tmp_path / str(told)))
        drawn = slices(run, run.microstructure.label.read())
        assert ("drying left" in drawn.caption) is told
