"""What the cell stage refuses, and the rounding of voxels that it takes out."""

import cell_case
import numpy as np
import pytest
from pydantic import ValidationError

from multiscale.errors import CaseError, HandoverError, StageFailed
from multiscale.stages.cell import DFN, discharge
from multiscale.stages.cell.cells import electrode_under_study
from multiscale.stages.cell.layers import Layers, layers_of, mean


def layers_from(**profiles: np.ndarray) -> Layers:
    dust, recipe, made, _ = cell_case.inputs()
    return layers_of(cell_case.effective(**profiles), made, dust, recipe)


def test_voxel_rounding_of_the_mass_is_taken_out() -> None:
    made, dust = cell_case.electrode(), cell_case.powder()
    solid = cell_case.effective().active_profile * 1.001
    layers = layers_from(active=solid)
    assert mean(layers, layers.active) * made.thickness * dust.density == pytest.approx(
        made.active_mass, rel=1e-14
    )


def test_overfull_layer_is_refused() -> None:
    porosity = np.full(cell_case.LAYERS, 0.33)
    porosity[3] = 0.5
    with pytest.raises(HandoverError, match=r"EffectiveProperties\.porosity_profile: layer 3"):
        layers_from(porosity=porosity)


def test_empty_layer_is_refused() -> None:
    solid = cell_case.effective().active_profile * 20 / 19
    solid[-1] = 0.0
    with pytest.raises(HandoverError, match=r"active_profile is 0 in layer 19"):
        layers_from(active=solid)


def test_wrong_mass_is_refused() -> None:
    told = r"active_profile .*Electrode\.active_mass.* at a porosity of 0\.3970"
    with pytest.raises(HandoverError, match=told):
        layers_from(active=cell_case.effective().active_profile * 0.9)


def test_no_room_for_binder_is_refused() -> None:
    with pytest.raises(HandoverError, match="binder and additive, which need"):
        layers_from(porosity=1 - cell_case.effective().active_profile - 1e-3)


def test_insulating_coating_is_refused() -> None:
    with pytest.raises(StageFailed, match="does not conduct electrons"):
        discharge.call(*cell_case.inputs(sigma=0.0), DFN(points=16), cell_case.context())


def test_unknown_material_is_refused_with_advice() -> None:
    with pytest.raises(CaseError, match="Did you mean 'NMC622'"):
        powder = cell_case.powder()
        other = type(powder)("NMC6222", powder.density, powder.diameter, powder.volume_fraction)
        electrode_under_study(other, *cell_case.inputs()[1:])


@pytest.mark.parametrize("rates", [(), (1.0, 0.5), (1.0, 1.0), (0.0,)])
def test_rates_must_increase(rates: tuple[float, ...]) -> None:
    with pytest.raises(ValidationError):
        DFN(c_rates=rates)
