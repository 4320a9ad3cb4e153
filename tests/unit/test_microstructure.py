"""The microstructure stage: contract, conservation, options, refusals, ranks."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from mpi4py import MPI

import numpy as np
import pytest
from microstructure_inputs import Inputs, cathode, context

from multiscale.bridges.sizes import sample_diameters
from multiscale.coupling.chain import check_balances
from multiscale.coupling.context import Context
from multiscale.errors import HandoverError, StageFailed
from multiscale.records import FieldRef, Form, Microstructure, Phase, Powder
from multiscale.stages.microstructure import Stochastic, build
from multiscale.voxels.octants import from_octants

COARSE = Stochastic(voxel_size="1 um", lateral_size="30 um", domain_on_halves=False)


def made(inputs: Inputs, options: Stochastic = COARSE, seed: int = 1) -> Microstructure:
    result = build.call(*inputs, options, context(seed))
    assert isinstance(result, Microstructure)
    return result


@pytest.fixture(scope="module")
def result() -> Microstructure:
    return made(cathode())


def labels(record: Microstructure) -> Any:
    assert isinstance(record.label, np.ndarray)
    return record.label


def test_balances_close(result: Microstructure) -> None:
    """Active mass, inactive volume and pore volume to a voxel, far below the tolerances."""
    inputs = dict(zip(("powder", "formulation", "electrode"), cathode(), strict=True))
    for balance in build.conserves:
        assert balance.after(result) == pytest.approx(balance.before(inputs), rel=1e-3)


@pytest.mark.parametrize(
    ("field", "factor"), [("active_mass", 1.002), ("cbd_fraction", 1.002), ("porosity", 1.02)]
)
def test_planted_violation_is_refused(result: Microstructure, field: str, factor: float) -> None:
    inputs = dict(zip(("powder", "formulation", "electrode"), cathode(), strict=True))
    check_balances(build, inputs, result)
    wrong = replace(result, **{field: factor * getattr(result, field)})
    with pytest.raises(HandoverError, match="stage 'microstructure' does not conserve"):
        check_balances(build, inputs, wrong)


def test_statistics_agree_with_labels(result: Microstructure) -> None:
    label = labels(result)
    assert result.active_fraction == np.mean(label == Phase.ACTIVE)
    assert result.cbd_profile == pytest.approx(np.mean(label == Phase.CBD, axis=(0, 1)))
    total = result.active_profile + result.cbd_profile + result.pore_profile
    assert total == pytest.approx(np.ones(label.shape[2]))
    assert result.voxel_size[2] * label.shape[2] == pytest.approx(result.thickness)
    assert result.area_profile.mean() == pytest.approx(result.area_active_pore)


def test_area_stays_below_that_of_the_spheres(result: Microstructure) -> None:
    """a < 3 eps_s / R, and both interfaces together near it (coarse voxels)."""
    radius = 0.5 * sample_diameters(
        *(getattr(cathode()[0], name) for name in ("diameter", "volume_fraction")),
        result.active_fraction * 30e-6**2 * result.thickness,
        22.5e-6,
    )
    spheres = 3 * result.active_fraction * np.sum(radius**2) / np.sum(radius**3)
    assert result.area_active_pore < 0.6 * spheres
    whole = result.area_active_pore + result.area_active_cbd
    assert whole == pytest.approx(spheres, rel=0.1)


def test_domain_follows_the_binder(result: Microstructure) -> None:
    """The slope 0.3 of the binder is that of the domain: 2 %."""
    slope, mean = np.polyfit(2 * result.z - 1, result.cbd_profile, 1)
    assert slope / mean == pytest.approx(0.3, rel=0.02)


def test_uniform_additive_halves_the_slope() -> None:
    uniform = COARSE.model_copy(update={"additive_follows_binder": False})
    got = made(cathode(), uniform)
    slope, mean = np.polyfit(2 * got.z - 1, got.cbd_profile, 1)
    share = (0.02 / 1780) / (0.02 / 1780 + 0.02 / 1800)
    assert slope / mean == pytest.approx(0.3 * share, rel=0.03)


def test_clustering_bares_the_particles() -> None:
    film = COARSE.model_copy(update={"bridge_fraction": 0.0, "clustering": 0.0})
    clusters = COARSE.model_copy(update={"bridge_fraction": 0.0, "clustering": 1.0})
    assert made(cathode(), film).area_active_pore < made(cathode(), clusters).area_active_pore


def test_agglomerates_bare_the_particles_more_than_grains() -> None:
    """Half the domain in agglomerates leaves more particle surface to the pore, at equal volume."""
    fine = COARSE.model_copy(update={"voxel_size": 0.5e-6})
    agglomerated = fine.model_copy(update={"cluster_fraction": 0.5, "cluster_size": 3e-6})
    grains, clusters = made(cathode(), fine), made(cathode(), agglomerated)
    assert clusters.cbd_fraction == grains.cbd_fraction
    assert clusters.area_active_pore > 1.1 * grains.area_active_pore


def test_fibrils_bare_the_particles_more_than_grains() -> None:
    """A dry mix: half the domain in fibrils through the pores, at equal volume."""
    dry = COARSE.model_copy(update={"fibril_fraction": 0.5, "fibril_length": 10e-6})
    grains, fibrils = made(cathode()), made(cathode(), dry)
    assert fibrils.cbd_fraction == grains.cbd_fraction
    assert fibrils.area_active_pore > grains.area_active_pore


def test_record_holds_the_forms(result: Microstructure) -> None:
    """Shares by voxel, their prior, and the error that placing and averaging make."""
    assert result.cbd_share.sum() == pytest.approx(1, abs=1e-12)
    assert (result.cbd_share[[Form.FILM, Form.BRIDGES, Form.HEAPS, Form.AGGLOMERATES]] > 0).all()
    assert result.cbd_share[Form.FIBRILS] == 0 == result.cbd_share_prior[Form.FIBRILS]
    assert 0 < result.error["cbd_share"] < 0.005 < result.cbd_share_prior[Form.FILM] < 0.1


def test_case_sets_forms() -> None:
    """What is set is placed, the rest keeps its proportions and takes what is left."""
    asked = COARSE.model_copy(update={"bridge_fraction": 0.4, "clustering": 0.25})
    got = made(cathode(), asked)
    assert got.cbd_share[Form.BRIDGES] == pytest.approx(0.4, abs=1e-3)
    assert got.cbd_share_prior[Form.BRIDGES] < 1e-12
    film, heaps = got.cbd_share[[Form.FILM, Form.HEAPS]]
    assert heaps / (film + heaps) == pytest.approx(0.25, abs=1e-3)


def test_dry_mix_draws_its_fluoropolymer_into_fibrils() -> None:
    """PTFE for PVDF and no solvent: its volume goes into fibrils, and no liquid makes bridges."""
    powder, formulation, electrode = cathode()
    dry = replace(
        formulation, binders="PTFE", binder_density=np.array([2160.0]), solids_mass_fraction=1.0
    )
    got = made((powder, dry, electrode), COARSE.model_copy(update={"fibril_length": 10e-6}))
    fibrous = (0.02 / 2160) / (0.02 / 2160 + 0.02 / 1800)
    assert got.cbd_share[Form.FIBRILS] == pytest.approx(fibrous, abs=1e-3)
    assert got.cbd_share[[Form.BRIDGES, Form.HEAPS]] == pytest.approx([0, 0], abs=1e-4)


def test_shares_above_one_are_refused() -> None:
    with pytest.raises(ValueError, match="sum to more than 1"):
        Stochastic(bridge_fraction=0.7, cluster_fraction=0.4)
    with pytest.raises(ValueError, match=r"fibril_fraction 0\.4 sum to more than 1"):
        Stochastic(bridge_fraction=0.7, fibril_fraction=0.4)


def test_denser_than_random_close_packing() -> None:
    """At 10 % porosity the spheres overlap, and the mass is still there."""
    got = made(cathode(porosity=0.10), COARSE.model_copy(update={"nanoporosity": 0.2}))
    assert got.porosity == pytest.approx(0.10, abs=1e-3)
    assert got.active_mass == pytest.approx(0.096, rel=1e-3)


def test_seed_decides(result: Microstructure) -> None:
    again, other = made(cathode()), made(cathode(), seed=2)
    assert np.array_equal(labels(again), labels(result))
    assert again.digest() == result.digest()
    assert not np.array_equal(labels(other), labels(result))


SLABS = COARSE.model_copy(
    update={
        "cluster_fraction": 0.2,
        "fibril_fraction": 0.1,
        "fibril_length": 10e-6,
        "domain_on_halves": True,
    }
)


@pytest.mark.mpi(2)
def test_case_16_ranks_do_not_matter() -> None:
    """Two slabs give the labels of one rank."""
    together = made(cathode(), SLABS)
    alone = build.call(*cathode(), SLABS, Context(MPI.COMM_SELF, MPI.COMM_SELF.Dup(), seed=1))
    assert together.digest() == alone.digest()


@pytest.mark.mpi(3)
def test_no_rank_holds_the_volume(tmp_path: Path) -> None:
    """Three slabs leave their ranks for a file only, which holds the labels of one rank."""
    comm, shared = MPI.COMM_WORLD, MPI.COMM_WORLD.bcast(tmp_path)
    together = build.call(*cathode(), SLABS, Context(comm, comm.Dup(), seed=1, scratch=shared))
    alone = build.call(*cathode(), SLABS, Context(MPI.COMM_SELF, MPI.COMM_SELF.Dup(), seed=1))
    assert isinstance(together, Microstructure) and isinstance(together.label, FieldRef)
    assert np.array_equal(together.label.read(), labels(alone))
    assert together.digest() == alone.digest()


def test_case_12_sizes_follow_the_powder() -> None:
    """Volume exact to 0.1 %; the volume-weighted distribution passes Kolmogorov-Smirnov."""
    powder = cathode()[0]
    volume = 0.62 * 60e-6**2 * 64e-6
    d = sample_diameters(powder.diameter, powder.volume_fraction, volume, 1.0)
    v = np.pi / 6 * d**3
    assert v.sum() == pytest.approx(volume, rel=1e-3)
    size = np.pi / 6 * powder.diameter**3
    target = np.cumsum(powder.volume_fraction[::-1])[::-1]
    sampled = np.array([v[d >= x * (1 - 1e-9)].sum() for x in powder.diameter]) / volume
    # Critical distance at p = 0.05 for as many independent particles as the volume counts for.
    effective = v.sum() ** 2 / np.sum(v**2)
    assert np.abs(sampled - target).max() < 1.36 / np.sqrt(effective)
    assert (np.abs(sampled - target) <= 0.5 * size / volume * (1 + 1e-9)).all()


def test_finer_voxels_change_the_area_within_the_stated_error() -> None:
    """Halving the voxel moves the interfaces by less than the error stated before."""
    fine = made(cathode(), COARSE.model_copy(update={"voxel_size": 0.25e-6}))
    coarse = made(cathode(), COARSE.model_copy(update={"voxel_size": 0.5e-6}))
    for name in ("area_active_pore", "area_active_cbd"):
        assert abs(getattr(fine, name) - getattr(coarse, name)) < coarse.error[name]
        assert fine.error[name] < coarse.error[name]


def test_domain_on_halves_holds_the_volume_and_leaves_the_rest(result: Microstructure) -> None:
    """Another draw between the same particles: the same share, beside the particles."""
    found = made(cathode(), COARSE.model_copy(update={"domain_on_halves": True}))
    assert isinstance(found.cbd_octants, np.ndarray) and 0 in result.cbd_octants.shape
    halves = from_octants(found.cbd_octants)
    assert halves.mean() == pytest.approx(found.cbd_fraction, abs=1 / labels(found).size)
    assert halves.mean(axis=(0, 1)).reshape(-1, 2).mean(axis=1) == pytest.approx(
        found.cbd_profile, abs=0.01
    )
    inside = np.repeat(labels(found) == Phase.ACTIVE, 2, axis=0).repeat(2, axis=1).repeat(2, axis=2)
    assert (halves & inside).mean() < 0.3 * halves.mean()  # 0.63 if it were anywhere
    assert replace(found, cbd_octants=result.cbd_octants).digest() == result.digest()


def test_probe_keeps_the_voxels() -> None:
    """What connects the carbon-binder domain hangs on the voxel, so that only the box shrinks."""
    probe = Stochastic().probe()
    assert probe.lateral_size == pytest.approx(36e-6)
    assert probe.model_dump(exclude={"lateral_size"}) == Stochastic().model_dump(
        exclude={"lateral_size"}
    )


def test_coarse_voxels_and_a_narrow_box_are_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("WARNING", logger="multiscale"):
        made(cathode())
    assert "1.0 voxels wide" in caplog.text
    assert "1.6 large particles (d90 = 18." in caplog.text


def test_too_much_nanoporosity_is_refused() -> None:
    with pytest.raises(StageFailed, match=r"set microstructure\.nanoporosity below 0\.\d\d"):
        made(cathode(), COARSE.model_copy(update={"nanoporosity": 0.9}))


def test_contradicting_electrode_is_refused() -> None:
    powder, formulation, electrode = cathode()
    light = Powder(
        material=powder.material,
        density=2000.0,
        diameter=powder.diameter,
        volume_fraction=powder.volume_fraction,
    )
    with pytest.raises(StageFailed, match="contradict each other"):
        made((light, formulation, electrode))


def test_box_too_small_is_refused() -> None:
    with pytest.raises(StageFailed, match=r"raise microstructure\.lateral_size"):
        made(cathode(), COARSE.model_copy(update={"lateral_size": 16e-6}))


def test_voxel_too_coarse_is_refused() -> None:
    with pytest.raises(StageFailed, match=r"set microstructure\.voxel_size below"):
        made(cathode(), COARSE.model_copy(update={"voxel_size": 5e-6}))


def test_thin_coating_is_named_as_the_limit() -> None:
    """A wider box would not help where the particles are larger than the coating is thick."""
    wide = COARSE.model_copy(update={"lateral_size": 60e-6})
    with pytest.raises(StageFailed, match=r"thickness of the coating, 9\.62 um, is the limit"):
        made(cathode(loading=0.03), wide.model_copy(update={"voxel_size": 0.5e-6}))
