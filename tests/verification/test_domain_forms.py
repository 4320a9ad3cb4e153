"""Forms of the carbon-binder domain: what decides them, what necks hold, what the voxels get."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from liquid_bridge import _bridge
from microstructure_inputs import cathode

from multiscale.records import Form
from multiscale.stages.microstructure import fill
from multiscale.stages.microstructure.composition import Composition
from multiscale.stages.microstructure.fill import Content, fill_box
from multiscale.stages.microstructure.morphology import (
    Ingredients,
    Mix,
    Set,
    draw_prior,
    mix_forms,
    put_in,
    shares_over,
    split_quota,
)
from multiscale.stages.microstructure.options import Stochastic
from multiscale.stages.microstructure.recipe import ingredients_of
from multiscale.stages.microstructure.shapes import Lying
from multiscale.voxels.cbd import CBD
from multiscale.voxels.necks import neck_volume, ring_volume
from multiscale.voxels.packing import contacts, pack
from multiscale.voxels.slabs import whole

# A coating of 96/2/2 with 69 % solids, by its volumes; necks of two per cent of its volume.
CATHODE = Ingredients(
    additive=0.484,
    dissolved=0.516,
    fibrous=0.0,
    solvent=20.1,
    adsorbed=0.0,
    gelled=0.0,
    layer=9e-9,
    structure=6.5,
    aggregate=0.2e-6,
    surface=4.2e5,
    domain=0.13,
)


def necks(contact_angle: float) -> float:
    return 0.02 * (1 + 0.6 * contact_angle)


def mixed(of: Ingredients = CATHODE, **change: Any) -> Any:
    return mix_forms(replace(of, **change), necks).share


def recipe(solids: float = 0.69, active: float = 0.96, additive: float | None = None) -> Mix:
    """The mix of an NMC cathode at 30 % porosity, by mass as weighed in; additive : binder 1 : 1
    where left out."""
    carbon = (1 - active) / 2 if additive is None else additive
    binder, load = 1 - active - carbon, 0.1
    powder, formulation, electrode = cathode()
    volume = load * np.array([active / 4750, binder / 1780, carbon / 1900])
    phi = volume * 0.7 / volume.sum()
    formulation = replace(
        formulation,
        solids_mass_fraction=solids,
        active_mass_fraction=active,
        additive_mass_fraction=carbon,
        binder_mass_fraction=np.array([binder]),
        additive_density=1900.0,
    )
    electrode = replace(
        electrode,
        thickness=float(volume.sum()) / 0.7,
        active_mass=active * load,
        additive_mass=carbon * load,
        binder_mass=np.array([binder * load]),
    )
    composition = Composition(phi[0], phi[1:2], phi[2])
    of = ingredients_of(powder, formulation, electrode, None, composition, composition.cbd(0.47))
    return mix_forms(of, necks)


@pytest.mark.parametrize("filling", [15, 30, 45])
@pytest.mark.parametrize("contact_angle", [0, 20, 40])
def test_ring_is_that_of_young_and_laplace(filling: int, contact_angle: int) -> None:
    """Volume of a pendular ring by its arc over the solved meniscus: 1 to 1.043."""
    beta, theta = np.radians(filling), np.radians(contact_angle)
    exact = _bridge(float(beta), 0.0, float(theta))[0]
    assert ring_volume(1.0, float(beta), float(theta)) == pytest.approx(exact, rel=0.045)
    assert ring_volume(2.0, float(beta), float(theta)) == pytest.approx(8 * exact, rel=0.045)


def test_necks_of_lattices_meet_where_neighbours_say() -> None:
    """Rings of a cubic lattice end at 45 degrees, those of a triangular layer at 30."""
    grid = np.indices((6, 6, 3)).reshape(3, -1).T + 0.5
    cubic = neck_volume(2.0 * grid, np.ones(108), np.array([12.0, 12.0, 6.0]), 0.3)
    pairs = 2 * 108 + 36 * 2  # around the box along x and y, not along z
    assert cubic == pytest.approx(pairs * ring_volume(1.0, np.pi / 4, 0.3), rel=1e-6)
    i, j = np.indices((6, 6)).reshape(2, -1)
    layer = np.stack([2.0 * i + (j % 2), np.sqrt(3) * j, np.ones(36)], axis=1)
    flat = neck_volume(layer, np.ones(36), np.array([12.0, 6 * np.sqrt(3), 2.0]), 0.3)
    assert flat == pytest.approx(3 * 36 * ring_volume(1.0, np.pi / 6, 0.3), rel=1e-6)


def test_necks_of_a_random_packing_hold_what_tomography_saw() -> None:
    """In glass beads clusters appear from W = 0.02 of the volume on [Scheel2008]; here the first
    rings meet at 0.029, at 30 degrees, and all have met another when they hold 0.031."""
    box, n = np.array([12.0, 12.0, 12.0]), 250
    radius = np.full(n, (0.6 * box.prod() / (n * 4 / 3 * np.pi)) ** (1 / 3))
    centre = pack(radius, box, np.random.default_rng(1), lambda share, overlap: None)
    pairs = contacts(centre, radius, box, 2e-2)[0].size
    first = pairs * ring_volume(float(radius[0]), np.pi / 6, 0.0) / box.prod()
    assert first == pytest.approx(0.02, rel=0.5)
    held = neck_volume(centre, radius, box, 0.0) / box.prod()
    assert first < held < 1.2 * first


def test_more_active_material_makes_film_less_makes_agglomerates() -> None:
    """Higher content favours a film, lower one agglomerates [Primo2021]."""
    share = np.array([recipe(active=a).share for a in (0.90, 0.92, 0.94, 0.96, 0.98)])
    assert (np.diff(share[:, Form.FILM]) > 0).all()
    assert (np.diff(share[:, Form.AGGLOMERATES]) < 0).all()
    assert (np.diff(share[:, [Form.HEAPS, Form.AGGLOMERATES]].sum(axis=1)) < 0).all()


def test_less_solvent_makes_agglomerates_more_makes_film() -> None:
    """Higher solids in the slurry favour agglomerates, lower ones a film [Primo2021]."""
    share = np.array([recipe(solids=s).share for s in (0.55, 0.60, 0.65, 0.69, 0.73, 0.77)])
    assert (np.diff(share[:, Form.AGGLOMERATES]) > 0).all()
    assert (np.diff(share[:, Form.FILM]) < 0).all()


def test_binder_disperses_the_additive() -> None:
    """The more additive a binder has to cover, the more of it stays in agglomerates; and the more
    open its structure, the sooner it fills the liquid."""
    share = [recipe(active=0.95, additive=c).share[Form.AGGLOMERATES] for c in (0.01, 0.03, 0.045)]
    assert share[0] < share[1] < share[2]
    open_, closed = mixed(structure=9.0), mixed(structure=4.0)
    assert closed[Form.AGGLOMERATES] < mixed()[Form.AGGLOMERATES] < open_[Form.AGGLOMERATES]


def test_limits() -> None:
    """No additive: no agglomerates, and without adsorption no film; dry: no bridges."""
    bare = mixed(additive=0.0, dissolved=1.0, layer=0.0)
    assert bare[[Form.FILM, Form.AGGLOMERATES, Form.FIBRILS]] == pytest.approx(0, abs=1e-15)
    film = mixed(additive=0.0, dissolved=1.0, layer=0.0, adsorbed=0.1)
    assert film[Form.FILM] == pytest.approx(0.1, abs=1e-12)
    assert mixed(gelled=0.516, solvent=1e3)[Form.BRIDGES] <= mixed(solvent=1e3)[Form.BRIDGES]
    dry = mixed(solvent=0.0, dissolved=0.0, fibrous=0.516)
    assert dry[[Form.BRIDGES, Form.HEAPS]] == pytest.approx(0, abs=1e-15)
    assert dry[Form.FIBRILS] == pytest.approx(0.516, abs=1e-12)


def test_wide_necks_take_all_that_is_in_the_liquid() -> None:
    found = mix_forms(replace(CATHODE, gelled=0.05), lambda angle: 1.0).share
    assert found[Form.HEAPS] == pytest.approx(0.05, abs=1e-12)
    assert mix_forms(CATHODE, lambda angle: 1.0).share[Form.HEAPS] == pytest.approx(0, abs=1e-12)


volumes = st.floats(0, 1)


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(volumes, volumes, volumes).filter(lambda v: sum(v) > 0.01),
    st.floats(0, 40),
    st.tuples(volumes, volumes),
    st.floats(1e-3, 0.4),
    st.tuples(*[st.none() | st.floats(0, 0.33)] * 3, st.none() | volumes),
)
def test_volume_closes(
    parts: tuple[float, float, float],
    solvent: float,
    held: tuple[float, float],
    domain: float,
    fixed: tuple[float | None, float | None, float | None, float | None],
) -> None:
    """Whatever the recipe and whatever the case sets, shares lie in [0, 1] and sum to 1: 1e-12."""
    additive, dissolved, fibrous = np.array(parts) / sum(parts)
    of = replace(
        CATHODE,
        additive=additive,
        dissolved=dissolved,
        fibrous=fibrous,
        solvent=solvent,
        adsorbed=held[0] * dissolved,
        gelled=held[1] * dissolved,
        domain=domain,
    )
    share = put_in(shares_over(of, draw_prior(64), necks), Set(*fixed))
    assert share.min() >= -1e-12 and share.max() <= 1 + 1e-12
    assert share.sum(axis=0) == pytest.approx(1, abs=1e-12)
    for form, value in zip((Form.BRIDGES, Form.AGGLOMERATES, Form.FIBRILS), fixed[:3], strict=True):
        assert value is None or share[form] == pytest.approx(value, abs=1e-12)


def test_mean_over_the_prior_errs_as_stated() -> None:
    coarse, fine = mix_forms(CATHODE, necks), mix_forms(CATHODE, necks, draws=1 << 17)
    assert np.abs(coarse.share - fine.share).max() < coarse.error < 0.01
    assert coarse.prior == pytest.approx(fine.prior, abs=0.01)


def test_quota_is_dealt_without_rest() -> None:
    quota, share = np.arange(0, 2000, 37), np.array([0.17, 0.16, 0.62, 0.05, 0.0])
    due = split_quota(quota, share)
    assert np.array_equal(due.sum(axis=0), quota) and due.min() >= 0
    assert np.abs(due - share[:, None] * quota).max() <= 2
    assert np.abs(due.sum(axis=1) - share * quota.sum()).max() <= 2


def test_voxels_hold_the_shares_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Voxels of the domain counted before and after each form is placed: to two."""
    grew: list[int] = []

    def counted(place: Any) -> Any:
        def wrapped(label: Any, *rest: Any) -> None:
            before = np.count_nonzero(label == CBD)
            place(label, *rest)
            grew.append(int(np.count_nonzero(label == CBD) - before))

        return wrapped

    for name in ("fill_bridges", "fill_fibrils", "fill_by_energy"):
        monkeypatch.setattr(fill, name, counted(getattr(fill, name)))
    share = np.array([0.25, 0.2, 0.3, 0.15, 0.1])
    centre, radius = 8e-6 * (np.indices((3, 3, 3)).reshape(3, -1).T + 0.5), np.full(27, 3.9e-6)
    shape, edge = (48, 48, 48), np.full(3, 0.5e-6)
    content = Content(0.5, 0.2, np.array([0.25, 0.75]), np.ones(2), share)
    label, due = fill_box(
        Lying(centre, radius),
        shape,
        edge,
        content,
        Stochastic.model_validate({"fibril_length": "6 um"}),
        np.random.default_rng(1),
        lambda share, note: None,
        whole(48, (False, False, False)),
    )
    placed = dict(
        zip(
            (Form.BRIDGES, Form.FIBRILS, Form.AGGLOMERATES, Form.FILM, Form.HEAPS),
            grew,
            strict=True,
        )
    )
    total = np.count_nonzero(label == CBD)
    assert total == round(0.2 * 48**3) == sum(grew)
    for form in Form:
        assert placed[form] == due[form].sum()
        assert abs(placed[form] - share[form] * total) <= 2
