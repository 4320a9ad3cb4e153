"""A packing of 20 000 spheres, dried by the command on two ranks, against the film model."""

from pathlib import Path

import numpy as np
import pytest
from case_runs import CASES, multiscale

from multiscale.records import DryCoating, Packing
from multiscale.results import open_run


@pytest.mark.slow
def test_twenty_thousand_spheres_have_the_films_porosity_and_binder(tmp_path: Path) -> None:
    """Within the errors that the packing states; two to five minutes."""
    size, out = 'grains.lateral_size="100 um"', tmp_path / "run"
    done = multiscale(
        "run", CASES / "nmc622_cathode", "--set", size, "--until", "grains", "--out", out, ranks=2
    )
    assert done.returncode == 0, done.stderr[-2000:]
    run = open_run(out)
    film, packing = run.drying.record, run.grains.record
    assert isinstance(film, DryCoating) and isinstance(packing, Packing)
    assert packing.radius.size >= 20_000
    assert abs(packing.porosity - film.porosity) <= packing.error["porosity"] < 1e-3
    assert abs(packing.cbd_ratio - packing.film_ratio) <= 2 * packing.error["cbd_ratio"] < 0.3
    off = (packing.cbd_profile - packing.film_profile) / packing.cbd_scatter
    assert np.abs(off).max() <= 3
    assert packing.cbd_scatter.max() < 0.05
