"""A dry mix with PTFE: its chain begins with the film, and its binder ends in fibrils."""

from pathlib import Path

import numpy as np
import pytest
from microstructure_inputs import context

from multiscale import load_case
from multiscale.coupling.chain import check_balances
from multiscale.coupling.plan import check_wiring
from multiscale.errors import CaseError
from multiscale.records import Electrode, Form, Microstructure
from multiscale.runner import given, stages_of
from multiscale.stages.calendering import calender
from multiscale.stages.microstructure import build

CASE = """
[powder]
material = "NMC622"
d10 = "5 um"
d50 = "8 um"
d90 = "12 um"
[formulation]
solvent = "none"
solids_mass_fraction = 1
active_mass_fraction = 0.95
additive_mass_fraction = 0.02
[[formulation.binder]]
name = "PTFE"
mass_fraction = 0.03
[calendering]
kind = "measured"
loading = "8 mg/cm^2"
porosity = 0.35
[microstructure]
lateral_size = "24 um"
voxel_size = "1 um"
domain_on_halves = false
fibril_diameter = "1 um"
"""


@pytest.fixture
def case(tmp_path: Path) -> Path:
    path = tmp_path / "case.toml"
    path.write_text(CASE)
    return path


def test_binder_of_a_dry_mix_is_found_in_its_fibrils(case: Path) -> None:
    """Volumes per area of the recipe's masses, to a voxel; PTFE is its share of the domain."""
    loaded = load_case(case)
    assert list(loaded.options) == ["calendering", "microstructure", "transport", "cell"]
    weighed = loaded.powder, loaded.formulation
    film = calender.call(*weighed, None, loaded.options["calendering"], context())
    assert isinstance(film, Electrode)
    found = build.call(*weighed, film, loaded.options["microstructure"], context())
    assert isinstance(found, Microstructure)
    check_balances(build, {"formulation": loaded.formulation, "electrode": film}, found)
    check_wiring(stages_of(loaded, None), list(given(loaded)))
    masses = 0.08 * np.array([0.95, 0.02, 0.03])
    np.testing.assert_allclose(
        [film.active_mass, film.additive_mass, film.binder_mass[0]], masses, rtol=1e-12
    )
    volume = masses / (loaded.powder.density, 1900.0, 2160.0)
    assert film.thickness == pytest.approx(volume.sum() / 0.65, rel=1e-12)
    domain = found.cbd_fraction * found.thickness * (1 - found.nanoporosity)
    assert domain == pytest.approx(volume[1:].sum(), rel=1e-3)
    ptfe = found.cbd_share[Form.FIBRILS] * domain
    assert ptfe * 2160.0 == pytest.approx(film.binder_mass[0], rel=2e-3)
    assert found.cbd_share[Form.BRIDGES] == found.cbd_share[Form.HEAPS] == 0
    assert found.cbd_share_prior[Form.FIBRILS] < 1e-12
    assert found.porosity == pytest.approx(0.35, abs=2e-3)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("formulation.solids_mass_fraction=0.7", "must be 1 where solvent is none"),
        ('formulation.solvent="NMP"', "at most 0.95 in a slurry"),
        ('drying.kind="film-1d"', "a step of a slurry"),
        ('calendering={kind="line-load"}', 'needs kind = "measured"'),
    ],
)
def test_what_does_not_fit_a_dry_mix_is_said(case: Path, change: str, said: str) -> None:
    with pytest.raises(CaseError, match=said):
        load_case(case, change)


def test_a_slurry_is_not_taken_as_a_measured_film(case: Path) -> None:
    """Its coating comes from the chain: kind and route must agree."""
    wet = ['formulation.solvent="NMP"', "formulation.solids_mass_fraction=0.7"]
    with pytest.raises(CaseError, match="line-load"):
        load_case(case, wet)
