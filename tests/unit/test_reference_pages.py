"""The written reference says what the code does, and links lead somewhere."""

import importlib.util
import json
import re
from pathlib import Path

import h5py
import pytest
import synthetic_run

from multiscale.coupling import index, store

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def generate():
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_written_pages_are_up_to_date(generate, capsys):
    assert generate.main(["--check"]) == 0, capsys.readouterr().out


def test_every_option_is_explained(generate):
    rows = [line for line in generate.case_file().splitlines() if line.startswith("| `")]
    assert len(rows) > 60
    unexplained = [row for row in rows if row.rstrip("| ").endswith("|")]
    assert unexplained == []


def test_zones_are_listed_with_unit_range_and_default(generate):
    row = next(r for r in generate.case_file().splitlines() if r.startswith("| `air_temperature`"))
    assert re.search(r'quantity \| \d+ to \d+ degC \| `"80 degC"`', row)


def test_formats_page_names_the_versions_and_all_that_is_written(tmp_path):
    page = (DOCS / "reference" / "file_formats.md").read_text(encoding="utf-8")
    assert index.FORMAT == store.FORMAT == 1 and "both HDF5 files: **1**" in page
    out = synthetic_run.write(tmp_path, until="slurry")
    with h5py.File(out / "run.h5") as file:
        run = json.loads(file["run"].asstr()[()])
        written = {*run, *run["steps"][0], *file["slurry/yield_stress"].attrs}
    with h5py.File(next((out / "store").glob("0*.h5"))) as file:
        written |= {*file.attrs, *json.loads(file["conservation"].asstr()[()])[0]}
        written |= set(json.loads(file["provenance"].asstr()[()]))
    assert {name for name in written if f"`{name}`" not in page} == set()


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda p: p.name)
def test_links_between_pages_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
