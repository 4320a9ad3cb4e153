"""Labelled voxels in, effective transport out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from multiscale.coupling.context import Context
from multiscale.coupling.stage import Balance, stage
from multiscale.records.effective import EffectiveProperties
from multiscale.records.formulation import Formulation
from multiscale.records.microstructure import Microstructure, Phase
from multiscale.records.record import FieldRef
from multiscale.stages.transport.contacts import contact_law
from multiscale.stages.transport.mesh import AXES, solve_on_elements
from multiscale.stages.transport.options import Mesh, Voxels
from multiscale.stages.transport.pack import (
    charged,
    foil,
    heat_conductivity,
    pack,
    volumes,
)
from multiscale.stages.transport.phases import Carrier, cbd_access, electrolyte, electrons, heat
from multiscale.stages.transport.tensor import tensors
from multiscale.stages.transport.values import best, connected, tell_unresolved
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

type Task = tuple[str, Axis]

KINDS = "electrons", "domain", "flow", "electrolyte", "heat"
# The longest first: they are dealt over the ranks in order.
TASKS: list[Task] = [
    *((kind, axis) for kind in KINDS for axis in AXES),
    ("charging", 2),
    ("foil", 2),
    ("labels", 2),
]


def _electrolyte(inputs: Mapping[str, Any]) -> float:
    return float(inputs["microstructure"].porosity * inputs["microstructure"].thickness)


def _active(inputs: Mapping[str, Any]) -> float:
    return float(inputs["microstructure"].active_fraction * inputs["microstructure"].thickness)


ELECTROLYTE = Balance(
    "electrolyte volume",
    "m",
    _electrolyte,
    lambda p: float(p.porosity_profile.mean() * p.thickness),
)
ACTIVE = Balance(
    "active-material volume", "m", _active, lambda p: float(p.active_profile.mean() * p.thickness)
)


@stage("transport", version=11, kinds=[Voxels, Mesh], conserves=[ELECTROLYTE, ACTIVE])
def solve(
    microstructure: Microstructure, formulation: Formulation, options: Voxels | Mesh, ctx: Context
) -> EffectiveProperties:
    """Find the effective transport of the coating from problems solved on its voxels.

    Raises:
        StageFailed: the electrolyte does not connect two opposite faces, a solve did not converge,
            or a result breaks a rigorous bound.
    """
    m = microstructure
    carriers = {
        "electrolyte": electrolyte(m.nanoporosity, options),
        "electrons": electrons(m.nanoporosity, formulation.additive_mass_fraction, options),
        "heat": heat(options),
    }
    flow = isinstance(options, Voxels) and options.flow
    with _shared_threads(ctx):
        solved = (
            solve_on_elements(carriers, m, options, ctx)
            if isinstance(options, Mesh)
            else _solve_all(_tasks(m, carriers, options), carriers, m, options, ctx)
        )
    profiles = ctx.on_root(lambda: volumes(Image(m.label), m, options))
    plain = {kind: [solved[kind, axis] for axis in AXES] for kind in carriers}
    values = {
        kind: best(kind, profiles["phases"], carriers[kind].d, plain[kind], options)
        for kind in carriers
    }
    if halves := [solved["domain", axis] for axis in AXES if ("domain", axis) in solved]:
        from multiscale.stages.transport.domain import by_domain

        values["electrons"] = by_domain(
            values["electrons"],
            plain["electrons"],
            halves,
            profiles["phases"],
            carriers["electrons"].d,
        )
    for kind in carriers:
        tell_unresolved(kind, values[kind])
    ions, porosity = values["electrolyte"], float(profiles["electrolyte"].mean())
    # Charging sees the labels only.
    on_labels = solved.get(("labels", 2), plain["electrolyte"][2])
    extra = {
        **heat_conductivity(values["heat"]),
        **charged(solved["charging", 2], on_labels, ions[2], porosity),
        **foil(m.thickness, plain["electrons"][2], solved.get(("foil", 2))),
    }
    from multiscale.stages.transport.fields import handed_over

    flows = [solved["flow", axis] for axis in AXES if flow]
    whole = tensors(m, values, flows)
    fields = handed_over(ions[2].fields, ctx)
    return pack(m, ions, values["electrons"], flows, whole, profiles, extra, fields, options)


def _tasks(m: Microstructure, carriers: dict[str, Carrier], options: Voxels) -> list[Task]:
    _, active, cbd = carriers["electrons"].d
    left_out = {
        "flow": not options.flow,
        "domain": not _halves_known(m, options) or cbd < DOMINATES * active,
        "labels": not _ions_see_halves(m, options),
        "foil": options.foil_contact_resistance == 0,
    }
    return [task for task in TASKS if not left_out.get(task[0], False)]


def _halves_known(m: Microstructure, options: Voxels) -> bool:
    return options.extrapolate and 0 not in m.cbd_octants.shape


def _ions_see_halves(m: Microstructure, options: Voxels) -> bool:
    """Whether the electrolyte sees the domain on half the edge, as it does between spheres."""
    return _halves_known(m, options) and m.radius.size > 0


def _solve_all(
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

    if ranks > 1 and np.prod(shape) >= SHARED_FROM and splits(shape, ranks):
        solved = [work(number, ctx.comm) for number in every]
    else:
        solved = ctx.map(work, every)
    return dict(zip(tasks, solved, strict=True))


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
            return _conduct(
                carriers["electrons"], axis, replace(geometry, contact=law), options, watch, comm
            )
        case "domain":
            from multiscale.stages.transport.domain import domain_along

            strong = float(carriers["electrons"].d[Phase.CBD])
            enough: Tolerances = {
                "residual_tolerance": options.residual_tolerance,
                "flux_tolerance": options.flux_tolerance,
                "watch": watch,
            }
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


@contextmanager
def _shared_threads(ctx: Context) -> Iterator[None]:
    """Divide the threads among the ranks; the results do not depend on them."""
    import numba

    before = numba.get_num_threads()
    numba.set_num_threads(max(1, before // ctx.comm.size))
    try:
        yield
    finally:
        numba.set_num_threads(before)
