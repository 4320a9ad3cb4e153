"""The dried particles, pressed and on voxels."""

from dataclasses import replace

import grains_case
import numpy as np
import pytest

from multiscale.coupling.chain import check_balances
from multiscale.errors import HandoverError, StageFailed
from multiscale.stages.microstructure import Packed, build
from multiscale.stages.microstructure.bonds import bridges_of, check_binder
from multiscale.stages.microstructure.pressed import press
from multiscale.units import SI
from multiscale.voxels.bridges import bridge_volume, widest_radius

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


def test_bonds_keep_their_binder():
    packing = grains_case.packing()
    volume = np.pi * packing.bond_radius**2 * packing.bond_length
    total = packing.bond_volume * packing.box[:2].prod()
    assert volume.sum() == pytest.approx(total, rel=1e-12)
    pressed = press(packing, 0.85 * packing.thickness, 1500).centre
    for centre, least in ((packing.position, 0.98), (pressed, 0.9)):
        bridges, held = bridges_of(packing, centre)
        kept = volume[_unbroken(packing, centre)]
        full = bridges.radius == widest_radius(bridges.ends)
        assert held[~full] == pytest.approx(kept[~full], rel=1e-9)
        assert (held[full] <= kept[full] * (1 + 1e-9)).all()
        assert held == pytest.approx(bridge_volume(bridges.radius, bridges.ends, bridges.length))
        assert least * total < held.sum() < (1 + 1e-9) * total
    assert len(packing.bond) > len(bridges.ends)  # the press parts some, at the foil too or not
    assert (packing.bond[:, 0] < 0).sum() >= (bridges.ends[:, 1] == 0).sum() > 0


def _unbroken(packing, centre) -> np.ndarray:
    """Numbers of the bonds whose gap is not wider than a cube of their binder."""
    near = []
    for number, (one, other) in enumerate(packing.bond.astype(int)):
        if one < 0:
            gap = centre[other, 2] - packing.radius[other]
        else:
            apart = centre[one] - centre[other]
            apart[:2] -= packing.box[:2] * np.rint(apart[:2] / packing.box[:2])
            gap = np.linalg.norm(apart) - packing.radius[one] - packing.radius[other]
        content = np.pi * packing.bond_radius[number] ** 2 * packing.bond_length[number]
        if gap**3 <= content:
            near.append(number)
    return np.array(near)


def test_bonds_break_where_their_spheres_part():
    packing = grains_case.packing()
    bridges, held = bridges_of(packing, packing.position * [1.0, 1.0, 3.0])
    assert 0 < held.size < 0.7 * len(packing.bond)
    gap = bridges.length - bridges.ends.sum(axis=1)
    assert (gap <= np.cbrt(held) * (1 + 1e-9)).all()


def test_bonds_of_another_film_are_refused():
    electrode = grains_case.electrode(0.38)
    check_binder(grains_case.packing(), grains_case.FORMULATION, electrode)
    more = replace(electrode, binder_mass=1.01 * electrode.binder_mass)
    with pytest.raises(HandoverError, match="take both from one film"):
        check_binder(grains_case.packing(), grains_case.FORMULATION, more)


def test_a_faster_dryer_shows_in_the_domain_of_the_volume():
    def centre(rate: float) -> float:
        result = pressed(rate=rate)
        return float(result.cbd_profile @ result.z / result.cbd_profile.sum())

    assert centre(2e-6) > centre(1e-7) + 0.02


def test_without_particles_it_says_what_is_missing():
    inputs = grains_case.POWDER, grains_case.FORMULATION, grains_case.electrode(0.4)
    with pytest.raises(StageFailed, match=r"add a table \[grains\]"):
        build.call(*inputs, COARSE, grains_case.context())
