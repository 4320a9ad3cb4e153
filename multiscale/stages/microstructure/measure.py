"""From labelled voxels to the record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiscale.records import FieldRef, Microstructure, Phase
from multiscale.voxels.area import interface_area
from multiscale.voxels.octants import to_octants
from multiscale.voxels.slabs import Slabs, from_all, whole
from multiscale.voxels.statistics import representative_error

Floats = NDArray[np.float64]
Labels = NDArray[np.uint8]
HandOver = Callable[[Labels, Slabs, str], FieldRef | Labels]


@dataclass(frozen=True)
class Forms:
    """Forms of the carbon-binder domain.

    Attributes:
        placed: share of the voxels in each form, shape (form,).
        prior: standard deviation of what was asked for, shape (form,).
        error: largest difference to what was asked for, and numerical error of that.
    """

    placed: Floats
    prior: Floats
    error: float


def measure(
    label: NDArray[np.uint8],
    coarse: NDArray[np.uint8] | None,
    edge: Floats,
    thickness: float,
    active_density: float,
    nanoporosity: float,
    particles: int,
    periodic: tuple[bool, bool] = (True, True),
    spheres: tuple[Floats, Floats] | None = None,
    aspect: float = 1.0,
    pole: Floats | None = None,
    slabs: Slabs | None = None,
    hand_over: HandOver = lambda label, slabs, name: label,
    halves: NDArray[np.bool_] | None = None,
    forms: Forms | None = None,
) -> Microstructure:
    """Take the statistics of a labelled volume. Collective.

    The numerical error of a fraction is one voxel: of a packing the masses fix the fractions to one
    voxel, and of an image they are what was labelled. That of an area is its change from the same
    electrode filled on voxels twice as large, or from every second voxel, whichever is larger.

    Args:
        label: phases of this rank's slices, shape (x, y, own slices).
        coarse: phases on voxels of edge 2·edge, where they were filled anew, in the blocks of these
            slices.
        edge: edge lengths of a voxel [m], shape (3,).
        thickness: coating thickness [m].
        active_density: density of the active material [kg/m^3].
        nanoporosity: pore fraction in the carbon-binder domain.
        particles: number of particles.
        periodic: whether x and y wrap around.
        spheres: centres [m], shape (n, 3), and radii [m], shape (n,), where the particles are
            spheres, or the equatorial radii of spheroids; they must fill the active fraction.
        aspect: polar over equatorial diameter of these.
        pole: directions of their poles, shape (n, 3); along z where left out.
        slabs: who has which slices; this rank all where left out.
        hand_over: gives the record a volume by name.
        halves: where the domain is on half the edge, in these slices, if it was filled there.
        forms: of the domain, where it was placed by them.
    """
    centre, radius = spheres or (np.empty((0, 3)), np.empty(0))
    slabs = slabs or whole(label.shape[2], (False, False, False))
    active, cbd, pore = (
        np.concatenate(from_all(np.mean(label == phase, axis=(0, 1)), slabs))
        for phase in (Phase.ACTIVE, Phase.CBD, Phase.PORE)
    )
    area_pore, error_pore = _area(label, coarse, edge, Phase.PORE, periodic, slabs)
    area_cbd, error_cbd = _area(label, coarse, edge, Phase.CBD, periodic, slabs)
    if coarse is not None:
        # They share the particles' surface, known far better: what one gains the other loses.
        error_pore = error_cbd = max(error_pore, error_cbd)
    more: dict[str, Any] = {}
    if halves is not None:
        more["cbd_octants"] = hand_over(to_octants(halves), slabs, "cbd_octants")
    if forms is not None:
        more |= {"cbd_share": forms.placed, "cbd_share_prior": forms.prior}
    voxel = 1 / (label.shape[0] * label.shape[1] * slabs.total)
    return Microstructure(
        label=hand_over(label, slabs, "label"),
        voxel_size=edge,
        thickness=thickness,
        particles=particles,
        active_fraction=active.mean(),
        cbd_fraction=cbd.mean(),
        pore_fraction=pore.mean(),
        nanoporosity=nanoporosity,
        porosity=pore.mean() + nanoporosity * cbd.mean(),
        active_mass=active.mean() * active_density * thickness,
        area_active_pore=area_pore.mean(),
        area_active_cbd=area_cbd.mean(),
        z=(np.arange(slabs.total) + 0.5) / slabs.total,
        active_profile=active,
        cbd_profile=cbd,
        pore_profile=pore,
        area_profile=area_pore,
        representative_error=representative_error(label == Phase.ACTIVE, periodic, slabs),
        periodic=np.array([*periodic, False], float),
        centre=centre,
        radius=radius,
        aspect=aspect,
        pole=np.empty((0, 3)) if pole is None else pole,
        **more,
        error={
            "active_fraction": voxel,
            "cbd_fraction": voxel,
            "pore_fraction": 2 * voxel,
            "porosity": 2 * voxel,
            "active_mass": voxel * active_density * thickness,
            "area_active_pore": error_pore,
            "area_active_cbd": error_cbd,
            **({} if forms is None else {"cbd_share": forms.error}),
        },
    )


def _area(
    label: NDArray[np.uint8],
    coarse: NDArray[np.uint8] | None,
    edge: Floats,
    phase: Phase,
    periodic: tuple[bool, bool],
    slabs: Slabs,
) -> tuple[Floats, float]:
    """Interface of the active material and `phase` by slice [1/m], and the error of its mean."""
    fine, change = interface_area(label, edge, Phase.ACTIVE, phase, periodic, slabs)
    if coarse is None:
        return fine, change
    half = slabs.blocks()
    before, _ = interface_area(coarse, 2 * edge, Phase.ACTIVE, phase, periodic, half)
    return fine, max(change, abs(float(fine.mean() - before.mean())))
