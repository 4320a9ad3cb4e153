"""A tomography from its file to what the cell takes, as a user would carry it."""

import re
from pathlib import Path

import numpy as np
import pytest
from microstructure_inputs import context
from PIL import Image as Picture

from multiscale import load_case
from multiscale.errors import HandoverError
from multiscale.stages.calendering import calender
from multiscale.stages.cell.layers import closure, layers_of, mean
from multiscale.stages.microstructure import build
from multiscale.stages.transport import solve
from tests.voxel_images import blobs

CASE = """
[powder]
material = "NMC622"
d10 = "5 um"
d50 = "8 um"
d90 = "12 um"
[formulation]
solvent = "none"
solids_mass_fraction = 1
active_mass_fraction = 0.96
additive_mass_fraction = 0.02
[[formulation.binder]]
name = "PVDF"
mass_fraction = 0.02
[calendering]
kind = "measured"
loading = "20 mg/cm^2"
porosity = 0.3
[microstructure]
kind = "image"
path = "image.tif"
spacing = "0.4 um"
[transport]
layers = 3
"""


def test_an_image_fits_the_electrode_of_the_porosity_that_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Refused at 30 % porosity, taken at the one the refusal names: 1 - x/x_AM with x of the
    image in active material and x_AM that of the recipe's solids."""
    field = blobs((16, 16, 16), 1.5, seed=5)
    phases = np.digitize(field, np.quantile(field, [0.4, 0.5])).astype(np.uint8)
    phases = np.array([0, 2, 1], np.uint8)[phases]
    pages = [Picture.fromarray(page) for page in phases.transpose(2, 1, 0)]
    pages[0].save(tmp_path / "image.tif", save_all=True, append_images=pages[1:])
    path = tmp_path / "case.toml"
    path.write_text(CASE)
    case = load_case(path)
    weighed = case.powder, case.formulation
    film = calender.call(*weighed, None, case.options["calendering"], context())
    volume = build.call(*weighed, film, case.options["microstructure"], context())
    found = solve.call(volume, case.formulation, case.options["transport"], context())
    with pytest.raises(HandoverError, match=r"at a porosity of") as refused:
        layers_of(found, film, *weighed)

    solids = np.array([0.96, 0.02, 0.02]) / (case.powder.density, 1900.0, 1780.0)
    exact = 1 - (phases == 1).mean() * solids.sum() / solids[0]
    (named,) = re.findall(r"porosity of (0\.\d+)", str(refused.value))
    assert float(named) == pytest.approx(exact, abs=1e-4)
    assert f"at a porosity of {named}" in caplog.text  # and told before transport is solved
    case = load_case(path, f"calendering.porosity={named}")
    film = calender.call(*weighed, None, case.options["calendering"], context())
    layers = layers_of(found, film, *weighed)
    held = mean(layers, layers.active) * film.thickness * case.powder.density
    assert held == pytest.approx(0.2 * 0.96, rel=1e-12)
    assert closure(layers) < 1e-12
