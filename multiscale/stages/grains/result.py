"""From the particles at rest to the record."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from multiscale.bridges.profiles import edges_between, remap
from multiscale.particles import Simulation
from multiscale.particles.bonds import rows
from multiscale.records import DryCoating, FloatArray, Packing, Powder
from multiscale.stages.grains.dry import Dried, Plan
from multiscale.stages.grains.forces import INERTIA, largest_pull
from multiscale.stages.grains.suspension import ACTIVE, Content

_ACTIVE, _CBD = 1.0, 2.0  # as in the record


def cbd_by_film(content: Content, coating: DryCoating) -> FloatArray:
    """Give the domain by the film model, local over mean: the additive goes with the binders."""
    total = max(float(content.binder.sum()), 1e-300)
    return np.asarray(content.binder @ coating.binder / total)


def profile_of(
    z: FloatArray, radius: FloatArray, edges: FloatArray, weight: FloatArray | float = 1.0
) -> FloatArray:
    """Give the volume of spheres between heights.

    A sphere between -r and t holds pi (r^2 t - t^3/3 + 2 r^3/3).

    Args:
        z: heights of the centres, shape (n,).
        radius: shape (n,).
        edges: increasing, shape (k + 1,).
        weight: of each sphere, shape (n,).
    """
    t = np.clip(edges[:, None] - z, -radius, radius)
    cap = radius**2 * t - t**3 / 3 + 2 / 3 * radius**3
    below = np.pi * np.sum(weight * cap, axis=1)
    return np.asarray(np.diff(below))


def packing_of(
    plan: Plan, dried: Dried, content: Content, powder: Powder, coating: DryCoating
) -> Packing | None:
    """Make the record, on rank 0; None elsewhere. Collective."""
    found, bonds = _spheres(dried.sim), _bonds(dried.sim)
    if found is None or bonds is None:
        return None
    position, radius, active = found
    ids, bond_radius, bond_length = bonds
    s, unit = plan.suspension, plan.suspension.unit
    top = float((position[:, 2] + radius).max())
    scatter = _unevenness(position, radius, s.edge, top)
    thickness = top * unit
    area = (s.edge * unit) ** 2
    edges = np.linspace(0.0, 1.0, plan.options.slices + 1)
    z, r = position[~active, 2] / top, radius[~active] / top
    share, count = _share(z, r, edges), np.histogram(z, edges)[0]
    tenths = _share(z, r, np.array([0.0, 0.1, 0.9, 1.0]))
    bottom, upper = (max(int(where.sum()), 1) for where in (z < 0.1, z > 0.9))
    deviation = np.sqrt(np.maximum(count, 1)) / (len(z) / len(count))
    film = remap(cbd_by_film(content, coating), edges_between(coating.z), edges)
    ratio = float(tenths[2] / max(tenths[0], 1e-9))
    blunt, blunt_ratio = _blunting(content, coating, dried.height, edges)
    porosity = 1 - content.solids / thickness
    volume = 4 / 3 * np.pi * (radius * unit) ** 3
    return Packing(
        position=position * unit,
        radius=radius * unit,
        kind=np.where(active, _ACTIVE, _CBD),
        bond=ids.astype(float),
        bond_radius=bond_radius * unit,
        bond_length=bond_length * unit,
        box=np.array([s.edge * unit, s.edge * unit, thickness]),
        periodic=np.array([1.0, 1.0, 0.0]),
        thickness=thickness,
        porosity=porosity,
        nanoporosity=plan.options.nanoporosity,
        active_mass=powder.density * float(volume[active].sum()) / area,
        inactive_volume=float(volume[~active].sum()) * (1 - plan.options.nanoporosity) / area,
        bond_volume=float(np.sum(np.pi * bond_radius**2 * bond_length)) * unit**3 / area,
        z=0.5 * (edges[1:] + edges[:-1]),
        cbd_profile=share,
        cbd_scatter=deviation,
        film_profile=film,
        cbd_ratio=ratio,
        coordination=np.count_nonzero(ids >= 0) / len(radius),
        entry_fraction=content.solids / (dried.height * unit),
        surface_pressure=max(dried.pressure, 0.0),
        settling=1 - top / dried.height,
        peclet=plan.course.peclet(),
        stokes=INERTIA / plan.steps,
        capillary=_capillary(plan, dried),
        stiffness=dried.overlap,
        error={
            "thickness": scatter * unit,
            "porosity": (1 - porosity) * scatter / top,
            "cbd_profile": float(deviation.max()) + blunt,
            "cbd_ratio": ratio * float(np.sqrt(1 / bottom + 1 / upper)) + blunt_ratio,
        },
    )


def _blunting(
    content: Content, coating: DryCoating, height: float, edges: FloatArray
) -> tuple[float, float]:
    """Give what spheres change of the film's profile: their centres keep off foil and surface.

    Returns:
        The largest change of a slice, and that of the ratio of the tenths.
    """
    film, faces = cbd_by_film(content, coating), edges_between(coating.z)
    z = (1.0 + coating.z * (height - 2.0)) / height
    weight, radius = film * np.diff(faces), np.full(z.size, 1.0 / height)
    tenth = np.array([0.0, 0.1, 0.9, 1.0])
    exact, blunt = remap(film, faces, tenth), _share(z, radius, tenth, weight)
    change = np.abs(_share(z, radius, edges, weight) - remap(film, faces, edges)).max()
    return float(change), float(abs(exact[2] / exact[0] - blunt[2] / blunt[0]))


def _share(
    z: FloatArray, radius: FloatArray, edges: FloatArray, weight: FloatArray | float = 1.0
) -> FloatArray:
    """Give the volume of spheres in slices over the mean; a weight counts each of them."""
    volume = profile_of(z, radius, edges, weight)
    return np.asarray(volume / volume.sum() / np.diff(edges))


def _unevenness(position: FloatArray, radius: FloatArray, edge: float, top: float) -> float:
    """Give the standard error of the height: from the highest tops in the box's quarters."""
    half = (position[:, :2] % edge > 0.5 * edge).astype(int)
    quarter = half[:, 0] + 2 * half[:, 1]
    tops = np.array([(position[quarter == q, 2] + radius[quarter == q]).max() for q in range(4)])
    return float(max(np.std(tops, ddof=1) / 2, top - tops.mean()))


def _capillary(plan: Plan, dried: Dried) -> float:
    """Give drag over the largest pull of the surface for the median active particle."""
    radius = float(np.median(plan.suspension.active_radius))
    speed = (plan.course.at(0.0)[0] - dried.height) / plan.steps
    return radius * speed / largest_pull(radius)


def _spheres(sim: Simulation) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]] | None:
    """Give centres, radii and which are active, in the order of numbers, on rank 0. Collective."""
    p = sim.particles()
    parts = sim.comm.gather((p.id, p.position, p.radius, p.type))
    if parts is None:
        return None
    ids, position, radius, kind = (np.concatenate(a) for a in zip(*parts, strict=True))
    order = np.argsort(ids)
    return position[order], radius[order], kind[order] == ACTIVE


def _bonds(sim: Simulation) -> tuple[np.ndarray, FloatArray, FloatArray] | None:
    """Give ends, radii and lengths of all bonds on rank 0; the foil is -1. Collective."""
    held: Sequence[np.ndarray] = () if sim.bonds is None else rows(sim.bonds)
    parts = sim.comm.gather(held)
    if parts is None:
        return None
    whole, values = (np.concatenate(a) for a in zip(*[p for p in parts if len(p)], strict=True))
    _, first = np.unique(whole[:, :2], axis=0, return_index=True)  # two ranks may hold one
    return whole[first, :2], values[first, 0], values[first, 1]
