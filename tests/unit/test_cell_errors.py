"""Errors that the cell stage inherits from the transport properties and from the foil's contact."""

from dataclasses import replace

import cell_case
import numpy as np
import pytest

from multiscale.stages.cell import DFN, discharge
from multiscale.stages.cell.cells import electrode_under_study
from multiscale.stages.cell.spread import LEAST_SHARE, transport_ends


def uncertain(ions: float, electrons: float, **profiles: float) -> tuple:
    """The electrode with relative errors of its transport properties."""
    *made, effective = cell_case.inputs(**profiles)
    error = {
        "diffusivity": ions * effective.diffusivity[2],
        "conductivity": electrons * effective.conductivity[2],
    }
    return *made, replace(effective, error={**effective.error, **error})


def test_errors_of_the_transport_properties_reach_the_cell() -> None:
    """Half the distance between cells made with either end, on top of the mesh's error."""
    options, ctx = DFN(points=16, c_rates=(1.0, 2.5)), cell_case.context()
    certain, doubtful = (
        discharge.call(*uncertain(ions, electrons), options, ctx)
        for ions, electrons in ((0.0, 0.0), (0.1, 0.2))
    )
    low, high = (
        discharge.call(
            *cell_case.inputs(tau=3 / (1 + 0.1 * sign), sigma=1 + 0.2 * sign),
            DFN(points=8, c_rates=options.c_rates),
            ctx,
        )
        for sign in (-1, 1)
    )
    np.testing.assert_array_equal(doubtful.capacity, certain.capacity)
    for name in ("capacity", "energy"):
        spread = (getattr(high, name) - getattr(low, name)) / 2
        assert spread[1] > 0.02 * getattr(certain, name)[1]
        inherited = getattr(doubtful, f"{name}_error") - getattr(certain, f"{name}_error")
        np.testing.assert_allclose(inherited, np.abs(spread), rtol=1e-4, atol=1e-4 * spread.max())
        assert doubtful.error[name] == getattr(doubtful, f"{name}_error").max()
    assert doubtful.error["voltage"] > certain.error["voltage"]


def test_an_error_larger_than_the_value_leaves_a_tenth() -> None:
    *made, effective = uncertain(3.0, 0.5)
    study = electrode_under_study(*made, effective)
    low, high = transport_ends(study, effective)
    np.testing.assert_allclose(low.layers.efficiency, LEAST_SHARE * study.layers.efficiency)
    np.testing.assert_allclose(low.layers.conductivity, 0.5 * study.layers.conductivity)
    np.testing.assert_allclose(high.layers.efficiency, 4 * study.layers.efficiency)
    assert transport_ends(study, cell_case.effective()) == []


def test_error_of_the_foils_contact_is_inherited() -> None:
    """R_f 2 +- 3 Ohm cm^2 alone: ends at 5 and at none."""
    *made, effective = cell_case.inputs()
    doubtful = replace(
        effective, foil_resistance=2e-4, error=effective.error | {"foil_resistance": 3e-4}
    )
    study = electrode_under_study(*made, doubtful)
    worse, better = transport_ends(study, doubtful)
    assert (worse.foil_resistance, better.foil_resistance) == (pytest.approx(5e-4), 0.0)
    assert worse.layers.conductivity == pytest.approx(study.layers.conductivity)
