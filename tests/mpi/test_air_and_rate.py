"""The study of dryer air: what hotter air changes of the cell, beyond chance."""

import csv
import runpy

import pytest
from case_runs import CASES, multiscale

STUDY = CASES / "air_and_rate"
SMALL = {
    "grains.lateral_size": "40 um",
    "grains.cbd_diameter": "4 um",
    "grains.steps": 4000,
    "microstructure.voxel_size": "1 um",
    "cell.points": 12,
    "cell.c_rates": [3, 5],
}


@pytest.mark.slow
def test_hotter_air_lowers_the_capacity_beyond_chance(tmp_path):
    """A minute of CPU on two ranks: four pairs by seed, at 5 C."""
    settings = [f"{key}={value!r}".replace("'", '"') for key, value in SMALL.items()]
    settings.append('ensemble.factor[0].values=["1 um"]')
    given = [part for setting in settings for part in ("--set", setting)]
    done = multiscale("ensemble", STUDY, *given, "--out", tmp_path, ranks=2)
    assert done.returncode == 0, done.stderr
    with (tmp_path / "samples.csv").open(encoding="utf-8") as file:
        found = runpy.run_path(str(STUDY / "paired.py"))["paired"](list(csv.DictReader(file)))
    at = {key.split(" ")[0]: change for (_, key), change in found.items()}
    packed, fast = at["grains.cbd_ratio"], at["cell.capacity[1]"]
    assert packed.change.mean() > 5 * packed.error
    assert fast.change.mean() < -2 * fast.error
