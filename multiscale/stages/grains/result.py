"""From the particles at rest to the record."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from multiscale.particles import Simulation
from multiscale.particles.bonds import rows
from multiscale.records import FloatArray, Packing, Powder
from multiscale.stages.grains.dry import Dried, Plan
from multiscale.stages.grains.forces import INERTIA, largest_pull
from multiscale.stages.grains.slices import liquid_between, share_of
from multiscale.stages.grains.suspension import ACTIVE, SET, Content

_ACTIVE, _CBD = 1.0, 2.0  # as in the record
CLUMPED = 1.5  # measured: see the page on particle drying
TENTHS = np.array([0.0, 0.1, 0.9, 1.0])  # bottom, middle, top


def packing_of(plan: Plan, dried: Dried, content: Content, powder: Powder) -> Packing | None:
    """Make the record, on rank 0; None elsewhere. Collective."""
    found, bonds = _spheres(dried.sim), _bonds(dried.sim)
    if found is None or bonds is None:
        return None
    position, radius, which = found
    active = which == ACTIVE
    ids, bond_radius, bond_length = bonds
    s, unit = plan.suspension, plan.suspension.unit
    top = float((position[:, 2] + radius).max())
    scatter = _unevenness(position, radius, s.edge, top)
    thickness = top * unit
    area = (s.edge * unit) ** 2
    edges = np.linspace(0.0, 1.0, plan.options.slices + 1)
    z, r = position[~active, 2] / top, radius[~active] / top
    share, deviation = share_of(z, r, edges), _scatter(z, which[~active] == SET, edges)
    tenths, off = share_of(z, r, TENTHS), _scatter(z, which[~active] == SET, TENTHS)
    ratio = float(tenths[2] / max(tenths[0], 1e-9))
    faces = plan.solute.edges
    liquid = liquid_between(position[active, 2], radius[active], faces * top, s.edge**2)
    by_film, xi = plan.solute.domain(liquid) * np.diff(faces), 0.5 * (faces[1:] + faces[:-1])
    film = film_by_spheres(by_film, xi, dried.height, TENTHS)
    porosity = 1 - content.solids / thickness
    # Hard spheres would not overlap, nor stand out of the surface, or fall short of it.
    uneven = scatter / top + abs(1 - top / dried.height) + 3 * dried.give
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
        film_profile=film_by_spheres(by_film, xi, dried.height, edges),
        cbd_ratio=ratio,
        film_ratio=float(film[2] / film[0]),
        coordination=np.count_nonzero(ids >= 0) / len(radius),
        entry_fraction=content.solids / (dried.height * unit),
        surface_pressure=max(dried.pressure, 0.0),
        settling=1 - top / dried.height,
        peclet=plan.course.peclet(),
        stokes=INERTIA / plan.steps / float(plan.course.thinning[plan.course.shrinks].min()),
        capillary=_capillary(plan, dried),
        stiffness=dried.overlap,
        error={
            "thickness": uneven * thickness,
            "porosity": (1 - porosity) * uneven,
            "cbd_profile": float(deviation.max()),
            "cbd_ratio": ratio * float(np.hypot(off[0] / tenths[0], off[2] / tenths[2])),
        },
    )


def film_by_spheres(
    content: FloatArray, xi: FloatArray, height: float, edges: FloatArray
) -> FloatArray:
    """Give the domain by the film model as spheres would show it, in slices, over the mean.

    They are as tall as a slice is thick, and their centres keep off foil and surface.

    Args:
        content: of the film model's cells, in the liquid that the grains leave there, shape (n,).
        xi: heights of the cells over that of the film, shape (n,).
        height: of the film over the radius of a sphere.
        edges: of the slices, over the height.
    """
    z = (1.0 + xi * (height - 2.0)) / height
    return share_of(z, np.full(z.size, 1.0 / height), edges, content)


def _scatter(z: FloatArray, moved: NDArray[np.bool_], edges: FloatArray) -> FloatArray:
    """Give the standard deviation of the domain in slices over the mean, by the numbers there.

    What sat on the solids was placed at random; what moved has the film's profile but for a whole
    number at the ends of a slice. Grains as wide as a slice push both aside: from
    seed to seed the domain scatters `CLUMPED` times as much.

    Args:
        z: heights of the domain's spheres over that of the film, shape (n,).
        moved: which of them moved, shape (n,).
        edges: of the slices.
    """
    variance = np.histogram(z[~moved], edges)[0] + 1
    return np.asarray(CLUMPED * np.sqrt(variance) / (z.size * np.diff(edges)))


def _unevenness(position: FloatArray, radius: FloatArray, edge: float, top: float) -> float:
    """Give the standard error of the height: from the highest tops in the box's quarters."""
    half = (position[:, :2] % edge > 0.5 * edge).astype(int)
    quarter = half[:, 0] + 2 * half[:, 1]
    tops = np.array([(position[quarter == q, 2] + radius[quarter == q]).max() for q in range(4)])
    return float(max(np.std(tops, ddof=1) / 2, top - tops.mean()))


def _capillary(plan: Plan, dried: Dried) -> float:
    """Give drag over the largest pull of the surface for the median active particle."""
    radius = float(np.median(plan.suspension.active_radius))
    speed = (plan.course.at(0.0) - dried.height) / plan.steps
    cold = plan.course.thinning / plan.course.slackening
    return radius * speed * float(cold[plan.course.shrinks].max()) / largest_pull(radius)


def _spheres(sim: Simulation) -> tuple[FloatArray, FloatArray, NDArray[np.int8]] | None:
    """Give centres, radii and types, in the order of numbers, on rank 0. Collective."""
    p = sim.particles()
    parts = sim.comm.gather((p.id, p.position, p.radius, p.type))
    if parts is None:
        return None
    ids, position, radius, kind = (np.concatenate(a) for a in zip(*parts, strict=True))
    order = np.argsort(ids)
    return position[order], radius[order], kind[order]


def _bonds(sim: Simulation) -> tuple[np.ndarray, FloatArray, FloatArray] | None:
    """Give ends, radii and lengths of all bonds on rank 0; the foil is -1. Collective."""
    held: Sequence[np.ndarray] = () if sim.bonds is None else rows(sim.bonds)
    parts = sim.comm.gather(held)
    if parts is None:
        return None
    whole, values = (np.concatenate(a) for a in zip(*[p for p in parts if len(p)], strict=True))
    _, first = np.unique(whole[:, :2], axis=0, return_index=True)  # two ranks may hold one
    return whole[first, :2], values[first, 0], values[first, 1]
