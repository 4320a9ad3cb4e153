"""Thermal conductivity of dry LCO coatings, which is not part of the project.

Put the data set where MULTISCALE_DATA points; docs/explanation/validation.md names its owner. Each
coating is packed from its recipe and porosity, its pores hold nitrogen or helium.
"""

import re
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from microstructure_inputs import cathode, context, lognormal_powder
from recipes import cathode_recipe

from multiscale.stages.microstructure.options import Stochastic
from multiscale.stages.microstructure.stage import build
from multiscale.stages.transport import Voxels
from multiscale.stages.transport.conduction import transport_along
from multiscale.stages.transport.extrapolation import extrapolated
from multiscale.stages.transport.problem import Geometry
from multiscale.stages.transport.volume import Image
from tests.public_data import DATA

SHEET = DATA / "lco_thermal_conductivity" / "database.xlsx"
GAS = {"N2": 0.026, "He": 0.155}  # W/(m K)
LCO, CARBON, PVDF = 5050.0, 1800.0, 1780.0  # kg/m^3
PRIORS = Voxels()


def coatings() -> dict[str, list[str]]:
    """The rows of the sheet by the first word of their name."""
    if not SHEET.exists():
        pytest.skip(f"needs the public data set {SHEET.parent.name}; see MULTISCALE_DATA")
    with zipfile.ZipFile(SHEET) as book:
        text = book.read("xl/sharedStrings.xml").decode()
        rows = book.read("xl/worksheets/sheet1.xml").decode()
    words = [re.sub("<[^>]+>", "", item) for item in re.findall(r"<si>(.*?)</si>", text, re.S)]
    found = {}
    for row in re.findall(r"<row[^>]*>(.*?)</row>", rows, re.S):
        cells = re.findall(r"<c ([^>]*)><v>(.*?)</v></c>", row)
        name, *values = (words[int(v)] if 't="s"' in kind else v for kind, v in cells)
        found[name.split()[0]] = values
    return found


def packed(active: float, carbon: float, porosity: float):
    """A packing of this recipe (by mass) and porosity, d50 = 7 um, a coating of 100 g/m2."""
    binder, loading = 1 - active - carbon, 0.1
    recipe = cathode_recipe(
        active_mass_fraction=active,
        additive_mass_fraction=carbon,
        binder_mass_fraction=np.array([binder]),
        additive_density=CARBON,
    )
    solid = loading * (active / LCO + carbon / CARBON + binder / PVDF)
    electrode = replace(
        cathode()[2],
        thickness=solid / (1 - porosity),
        porosity=porosity,
        density=loading * (1 - porosity) / solid,
        active_mass=active * loading,
        additive_mass=carbon * loading,
        binder_mass=np.array([binder * loading]),
    )
    powder = lognormal_powder(4e-6, 7e-6, 12e-6, LCO)
    options = Stochastic(lateral_size="30 um", voxel_size="0.75 um")
    return build.call(powder, recipe, electrode, options, context())


def conductivity(m, gas: float, solid: float) -> tuple[float, float]:
    """Through the thickness, with its error; the domain mixes solids and gas geometrically."""
    eps = m.nanoporosity
    filled, liquid = PRIORS.cbd_heat_conductivity, PRIORS.electrolyte_heat_conductivity
    dense = (filled / liquid**eps) ** (1 / (1 - eps))
    d = np.array([gas, solid, dense ** (1 - eps) * gas**eps])
    geometry = Geometry(Image(m.label), m.voxel_size, (True, True, False))
    found = extrapolated(
        transport_along(2, geometry, d, np.ones(3), 10, 1e-6, 1e-4, lambda *_: None)
    )
    return found.conductivity, found.error


@pytest.fixture(scope="module")
def coated():
    """Gas, packing and measured conductivity of each coating."""
    table = coatings()
    recipes = zip(table["fraction_AM"], table["fraction_CA"], table["Porosity"], strict=True)
    packings = [packed(*map(float, recipe)) for recipe in recipes]
    return table["F"], packings, np.array(table["thermalConductivity"], float)


@pytest.mark.slow
@pytest.mark.parametrize(
    "solid, mean, rms", [(PRIORS.active_heat_conductivity, -0.33, 0.34), (7.0, -0.02, 0.11)]
)
def test_dry_coatings_in_nitrogen_and_helium(coated, solid, mean, rms):
    """With the prior of the active material, and with one number chosen: means and rms of ln."""
    gases, packings, measured = coated
    found = [conductivity(m, GAS[gas], solid) for gas, m in zip(gases, packings, strict=True)]
    off = np.log([value for value, _ in found] / measured)
    for gas, m, (value, error), truth in zip(gases, packings, found, measured, strict=True):
        print(f"{gas}, eps {m.porosity:.3f}: {value:.3f} +- {error:.3f}, measured {truth:.3f}")
    print(f"solid {solid:g}: mean of ln {off.mean():.3f}, rms {np.sqrt((off**2).mean()):.3f}")
    assert off.mean() == pytest.approx(mean, abs=0.03)
    assert np.sqrt((off**2).mean()) == pytest.approx(rms, abs=0.03)
