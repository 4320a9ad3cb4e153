"""The volume of the kind particles: dried spheres, pressed between plates and put on voxels.

The active material takes the voxels deepest in its spheres, as many as its mass asks for; the
carbon-binder domain those of the rest that are deepest in its own or in the bridges that the bonds
between all spheres have become. Where the press flattens spheres against each other their material
thus goes into the pores beside, and all masses stay.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multiscale import particles as dem
from multiscale.coupling.context import Context
from multiscale.coupling.slab_fields import hand_over
from multiscale.log import logger
from multiscale.particles.perform import perform
from multiscale.particles.protocols import Compress
from multiscale.records import Electrode, Formulation, Microstructure, Packing, Phase, Powder
from multiscale.stages.microstructure.bonds import bridges_of, check_binder
from multiscale.stages.microstructure.by_slabs import by_slabs
from multiscale.stages.microstructure.composition import Composition
from multiscale.stages.microstructure.measure import measure
from multiscale.stages.microstructure.options import Packed, on_halves
from multiscale.voxels.bridges import Bridges
from multiscale.voxels.slabs import Slabs
from multiscale.voxels.voxelise import Shape, radius_factor

Floats = NDArray[np.float64]
Labels = NDArray[np.uint8]
TYPES = ("AM", "CBD")
# In units of the smallest radius, of its drag and of a time step: drag stops a sphere in so many.
_INERTIA, _MODULUS = 25.0, 8.0
_SOFT = 0.1  # stiffness of contacts of the domain, which gives way, over that of active material
_FRICTION = 0.3
_RARELY = 1_000_000_000


@dataclass(frozen=True)
class Spheres:
    """Spheres between foil and surface, and what is left of their bonds.

    Attributes:
        centre: m, shape (n, 3).
        radius: m, shape (n,).
        active: which are active material, shape (n,).
        bridges: between them, and to the foil.
    """

    centre: Floats
    radius: Floats
    active: NDArray[np.bool_]
    bridges: Bridges


def press_packing(
    powder: Powder,
    formulation: Formulation,
    electrode: Electrode,
    packing: Packing,
    options: Packed,
    ctx: Context,
) -> Microstructure:
    """Press a packing to the electrode's thickness and label its voxels. Collective.

    Raises:
        HandoverError: the packing's bonds do not hold the electrode's binder.
        StageFailed: the electrode's solids do not fit its thickness.
    """
    check_binder(packing, formulation, electrode)
    h, eps_n = electrode.thickness, packing.nanoporosity
    composition = Composition(
        active=electrode.active_mass / (powder.density * h),
        binder=electrode.binder_mass / (formulation.binder_density * h),
        additive=electrode.additive_mass / (formulation.additive_density * h),
    )
    cbd = composition.cbd(eps_n)
    spheres = ctx.on_root(lambda: press(packing, h, options.steps))
    shape, edge = _grid(packing, h, options)
    half = (shape[0] // 2, shape[1] // 2, shape[2] // 2)

    def fill(slabs: Slabs) -> Microstructure:
        label, factor = label_spheres(spheres, shape, edge, composition.active, cbd, slabs)
        coarse, _ = label_spheres(spheres, half, 2 * edge, composition.active, cbd, slabs.blocks())
        halves = None
        if on_halves(options.domain_on_halves, shape):
            fine = (2 * shape[0], 2 * shape[1], 2 * shape[2])
            finer = label_spheres(spheres, fine, edge / 2, composition.active, cbd, slabs.halves())[
                0
            ]
            halves = finer == Phase.CBD
        active = spheres.active
        return measure(
            label, coarse, edge, h, powder.density, eps_n, int(active.sum()),
            spheres=(spheres.centre[active], factor * spheres.radius[active]),
            slabs=slabs,
            hand_over=lambda own, slabs, name: hand_over(own, slabs, ctx, name),
            halves=halves,
        )  # fmt: skip

    return by_slabs(fill, ctx, shape[2], 1)


def press(packing: Packing, height: float, steps: int) -> Spheres:
    """Lower a plate on a packing to a height; bonds do not hold it up, but bridge what stays near.

    Args:
        packing: the spheres.
        height: of the plate over the foil at the end, m.
        steps: time steps on the way down.
    """
    active = packing.kind == 1
    unit = float(packing.radius.min())
    start, end = packing.thickness / unit, height / unit
    if end >= start:
        logger.warning(
            "the electrode is %.1f um thick and the packing %.1f um: it is not pressed",
            1e6 * height, 1e6 * packing.thickness,
        )  # fmt: skip
        bridges, _ = bridges_of(packing, packing.position)
        return Spheres(packing.position, packing.radius, active, bridges)
    radius = packing.radius / unit
    still, number = np.zeros_like(packing.position), np.arange(len(radius))
    kind = np.where(active, 0, 1).astype(np.int8)
    given = dem.Particles(
        packing.position / unit, radius, _INERTIA * radius, kind, still, still.copy(), number, TYPES
    )
    stiff = {"AM-AM": _MODULUS, "AM-CBD": _SOFT * _MODULUS, "CBD-CBD": _SOFT * _MODULUS}
    sim = dem.Simulation(
        given,
        box=dem.Box(tuple((packing.box / unit).tolist()), (True, True, False)),
        laws=[
            dem.laws.granular_hertz(
                kn=stiff, kt={k: 0.8 * v for k, v in stiff.items()}, gamma_n=0.0, gamma_t=0.0,
                friction=_FRICTION,
            ),
            dem.laws.stokes_drag(
                viscosity=1 / (6 * math.pi), shear_rate=0.0, ux=0.0, uy=0.0, uz=0.0
            ),
        ],
        walls=[dem.Wall("z", 0.0), dem.Wall("z", start)],
        time_step=1.0,
        overlap=np.inf,
    )  # fmt: skip
    perform(sim, [Compress(speed=(start - end) / steps, gap=end)], sample=_RARELY)
    sim.run(steps // 2)
    centre = sim.particles().position * unit
    bridges, _ = bridges_of(packing, centre)
    return Spheres(centre, packing.radius, active, bridges)


def label_spheres(
    spheres: Spheres,
    shape: Shape,
    edge: Floats,
    active: float,
    cbd: float,
    slabs: Slabs | None = None,
) -> tuple[Labels, float]:
    """Label voxels to given volume fractions; give the factor on the active radii too.
    Collective over `slabs`, this rank alone where left out.
    """
    total, mask = int(np.prod(shape)), spheres.active
    inside, factor = radius_factor(
        spheres.centre[mask], spheres.radius[mask], shape, edge, round(active * total), slabs=slabs
    )
    domain, _ = radius_factor(
        spheres.centre[~mask],
        spheres.radius[~mask],
        shape,
        edge,
        round(cbd * total),
        inside,
        slabs,
        spheres.bridges,
    )
    label = np.full(inside.shape, Phase.PORE, np.uint8)
    label[inside], label[domain] = Phase.ACTIVE, Phase.CBD
    return label, factor


def _grid(packing: Packing, thickness: float, options: Packed) -> tuple[Shape, Floats]:
    """Even numbers of voxels along x, y, z that fill the box, and their edges, m."""
    lengths = np.array([packing.box[0], packing.box[1], thickness])
    number = np.maximum(2 * np.rint(lengths / (2 * options.voxel_size)).astype(int), 16)
    return (int(number[0]), int(number[1]), int(number[2])), lengths / number
