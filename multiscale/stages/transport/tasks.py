"""The problems that transport consists of, and how they are dealt over the ranks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from multiscale.coupling.context import Context
from multiscale.log import logger
from multiscale.records.microstructure import Microstructure, Phase
from multiscale.records.record import FieldRef
from multiscale.stages.transport.contacts import contact_law
from multiscale.stages.transport.mesh import AXES
from multiscale.stages.transport.options import Voxels
from multiscale.stages.transport.phases import Carrier, cbd_access
from multiscale.stages.transport.values import connected
from multiscale.stages.transport.volume import Image, Shape, all_layers

if TYPE_CHECKING:
    from mpi4py import MPI

    from multiscale.stages.transport.charging import ChargedElectrode
    from multiscale.stages.transport.domain import Halves
    from multiscale.stages.transport.problem import Axis, Geometry, Tolerances, Transport
    from multiscale.voxels.permeability import Permeability

# Voxels from which ranks share a volume instead of dealing the problems out, for their memory.
SHARED_FROM = 4_000_000
# Voxels up to which the fields are kept where nothing else is asked for: 64 MB.
FIELDS_UP_TO = 8_000_000

# Times the active material's conductivity, from which the domain alone decides for the electrons.
DOMINATES = 30
# Voxels up to which particles are one network: some 400 bytes for each, on the rank that solves it.
PARTICLES_UP_TO = 16_000_000

type Task = tuple[str, Axis]

KINDS = "electrons", "domain", "flow", "electrolyte", "heat"
# The longest first: they are dealt over the ranks in order.
TASKS: list[Task] = [
    *((kind, axis) for kind in KINDS for axis in AXES),
    ("charging", 2),
    ("foil", 2),
    ("labels", 2),
]


def chosen_tasks(m: Microstructure, carriers: dict[str, Carrier], options: Voxels) -> list[Task]:
    """The problems that these options and this microstructure ask for, the longest first."""
    _, active, cbd = carriers["electrons"].d
    voxels = int(np.prod(m.label.shape))
    if m.radius.size > 0 and cbd < DOMINATES * active and voxels > PARTICLES_UP_TO:
        logger.warning(
            "electrons see particles as staircases in %d voxels, as networks up to %d: they may be "
            "several times too good; take larger voxels or a smaller box",
            voxels,
            PARTICLES_UP_TO,
        )
    left_out = {
        "flow": not options.flow,
        "domain": not _halves_known(m, options) or cbd < DOMINATES * active,
        "labels": not _ions_see_halves(m, options),
        "foil": options.foil_contact_resistance == 0,
    }
    return [task for task in TASKS if not left_out.get(task[0], False)]


def _halves_known(m: Microstructure, options: Voxels) -> bool:
    return options.extrapolate and 0 not in m.cbd_octants.shape


def _sees_particles(task: Task, m: Microstructure, carrier: Carrier, options: Voxels) -> bool:
    """Whether a problem is that of electrons in particles of known shape, which conduct well."""
    if task[0] not in ("electrons", "foil") or m.radius.size == 0 or not options.extrapolate:
        return False
    _, active, cbd = carrier.d
    return bool(cbd < DOMINATES * active and np.prod(m.label.shape) <= PARTICLES_UP_TO)


def _ions_see_halves(m: Microstructure, options: Voxels) -> bool:
    """Whether the electrolyte sees the domain on half the edge, as it does between spheres."""
    return _halves_known(m, options) and m.radius.size > 0


def solve_all(
    tasks: list[Task],
    carriers: dict[str, Carrier],
    m: Microstructure,
    options: Voxels,
    ctx: Context,
) -> dict[Task, Any]:
    """The problems of large volumes are solved by all ranks together, others dealt. Collective."""
    from multiscale.stages.transport.conduction import splits

    shape, ranks, every = Image(m.label).shape, ctx.comm.size, range(len(tasks))

    def work(number: int, comm: MPI.Intracomm | None = None) -> Any:
        return _solve_task(number, tasks, carriers, m, options, ctx, comm)

    if ranks == 1 or np.prod(shape) < SHARED_FROM or not splits(shape, ranks):
        return dict(zip(tasks, ctx.map(work, every), strict=True))
    networks = [n for n in every if _sees_particles(tasks[n], m, carriers["electrons"], options)]
    solved = dict(zip(networks, ctx.map(work, networks), strict=True))
    return {task: solved[n] if n in solved else work(n, ctx.comm) for n, task in enumerate(tasks)}


def _solve_task(
    number: int,
    tasks: list[Task],
    carriers: dict[str, Carrier],
    m: Microstructure,
    options: Voxels,
    ctx: Context,
    comm: MPI.Intracomm | None,
) -> Transport | Permeability | ChargedElectrode:
    """One of the problems; what conducts the electrolyte must connect the faces.

    Args:
        number: of the problem in `tasks`.
        tasks, carriers, m, options, ctx: of the stage.
        comm: ranks that share the volume; this one holds all of it where left out.
    """
    from multiscale.stages.transport.charging import charge
    from multiscale.stages.transport.flow import flow_along
    from multiscale.stages.transport.problem import Geometry

    kind, axis = tasks[number]

    def watch(iteration: int, residual: float) -> None:
        done = (number + min(iteration / 20, 0.95)) / len(tasks)
        ctx.report(done, f"{kind} along {'xyz'[axis]}: residual {residual:.1e}")

    periodic = bool(m.periodic[0] > 0), bool(m.periodic[1] > 0), bool(m.periodic[2] > 0)
    # A part is read when it is needed, the whole once.
    label = Image(m.label) if comm else Image(all_layers(Image(m.label)))
    geometry = Geometry(label, m.voxel_size, periodic, m.centre, m.radius, m.aspect, pole=m.pole)
    match kind:
        case "flow":
            return flow_along(axis, geometry, watch, comm)
        case "charging":
            ions, access = carriers["electrolyte"], cbd_access(m.nanoporosity, options)
            return charge(geometry, ions.d, access, options.residual_tolerance, comm)
        case "electrons" | "foil":
            law = contact_law(options, foil=kind == "foil")
            geometry = replace(geometry, contact=law)
            if not _sees_particles(tasks[number], m, carriers["electrons"], options):
                return _conduct(carriers["electrons"], axis, geometry, options, watch, comm)
            from multiscale.stages.transport.in_particles import particles_along

            if 0 not in m.cbd_octants.shape:
                geometry = replace(geometry, halves=_halves(m, comm))
            d = carriers["electrons"].d
            return particles_along(axis, geometry, d, options.layers, _enough(options, watch))
        case "domain":
            from multiscale.stages.transport.domain import domain_along

            strong, enough = float(carriers["electrons"].d[Phase.CBD]), _enough(options, watch)
            return domain_along(
                axis, geometry, _halves(m, comm), strong, options.layers, enough, comm
            )
        case "heat":
            return _conduct(carriers["heat"], axis, geometry, options, watch, comm)
        case "labels":
            return _conduct(carriers["electrolyte"], axis, geometry, options, watch, comm)
    if _ions_see_halves(m, options):
        geometry = replace(geometry, halves=_halves(m, comm))
    keep = axis == 2 and _keeps_fields(label.shape, options)
    found = _conduct(carriers["electrolyte"], axis, geometry, options, watch, comm, keep)
    return connected(found, axis, m.porosity)


def _enough(options: Voxels, watch: Callable[[int, float], None]) -> Tolerances:
    return {
        "residual_tolerance": options.residual_tolerance,
        "flux_tolerance": options.flux_tolerance,
        "watch": watch,
    }


def _halves(m: Microstructure, comm: MPI.Intracomm | None) -> Halves:
    """The domain on half the edge; a part is read when it is needed, the whole once."""
    from multiscale.stages.transport.domain import Halves

    octants = m.cbd_octants
    return Halves(octants if comm or not isinstance(octants, FieldRef) else octants.read())


def _keeps_fields(shape: Shape, options: Voxels) -> bool:
    small = bool(np.prod(shape) <= FIELDS_UP_TO)
    return small if options.fields is None else options.fields


def _conduct(
    carrier: Carrier,
    axis: Axis,
    geometry: Geometry,
    options: Voxels,
    watch: Callable[[int, float], None],
    comm: MPI.Intracomm | None,
    keep_fields: bool = False,
) -> Transport:
    from multiscale.stages.transport.conduction import transport_along

    return transport_along(
        axis,
        geometry,
        carrier.d,
        carrier.content,
        options.layers,
        options.residual_tolerance,
        options.flux_tolerance,
        watch,
        comm,
        keep_fields,
    )
