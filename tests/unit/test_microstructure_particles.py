"""The dried particles, pressed and on voxels."""

import grains_case
import numpy as np
import pytest

from multiscale.coupling.chain import check_balances
from multiscale.errors import StageFailed
from multiscale.stages.microstructure import Packed, build
from multiscale.stages.microstructure.pressed import press
from multiscale.units import SI

COARSE = Packed(voxel_size=SI(0.6e-6), steps=1500)


def pressed(porosity: float = 0.38, rate: float = 1e-6):
    return build.call(
        grains_case.POWDER,
        grains_case.FORMULATION,
        grains_case.electrode(porosity),
        COARSE,
        grains_case.context(),
        packing=grains_case.packing(rate),
    )


@pytest.fixture(scope="module")
def volume():
    return pressed()


def test_masses_and_pores_are_the_electrodes(volume):
    inputs = {
        "electrode": grains_case.electrode(0.38),
        "formulation": grains_case.FORMULATION,
    }
    checked = check_balances(build, inputs, volume, "particles")
    assert len(checked) == 3
    assert volume.nanoporosity == grains_case.packing().nanoporosity
    assert len(volume.radius) == np.count_nonzero(grains_case.packing().kind == 1)


def test_the_plate_holds_the_spheres_between_foil_and_surface():
    packing, height = grains_case.packing(), 0.85 * grains_case.packing().thickness
    spheres = press(packing, height, 1500)
    z, most = spheres.centre[:, 2], np.where(spheres.active, 0.8, 0.2) * spheres.radius
    assert (z > most).all() and (z < height - most).all()  # the domain is soft
    assert np.array_equal(spheres.radius, packing.radius)


def test_a_faster_dryer_shows_in_the_domain_of_the_volume():
    def centre(rate: float) -> float:
        result = pressed(rate=rate)
        return float(result.cbd_profile @ result.z / result.cbd_profile.sum())

    assert centre(2e-6) > centre(1e-7) + 0.02


def test_without_particles_it_says_what_is_missing():
    inputs = grains_case.POWDER, grains_case.FORMULATION, grains_case.electrode(0.4)
    with pytest.raises(StageFailed, match=r"add a table \[grains\]"):
        build.call(*inputs, COARSE, grains_case.context())
