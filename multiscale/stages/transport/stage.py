"""Labelled voxels in, effective transport out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from multiscale.coupling.context import Context
from multiscale.coupling.stage import Balance, stage
from multiscale.records.effective import EffectiveProperties
from multiscale.records.formulation import Formulation
from multiscale.records.microstructure import Microstructure
from multiscale.stages.transport.mesh import AXES, solve_on_elements
from multiscale.stages.transport.options import Mesh, Voxels
from multiscale.stages.transport.pack import (
    charged,
    foil,
    heat_conductivity,
    pack,
    volumes,
)
from multiscale.stages.transport.phases import electrolyte, electrons, heat
from multiscale.stages.transport.tasks import chosen_tasks, solve_all
from multiscale.stages.transport.tensor import tensors
from multiscale.stages.transport.values import best, tell_unresolved
from multiscale.stages.transport.volume import Image


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


@stage("transport", version=12, kinds=[Voxels, Mesh], conserves=[ELECTROLYTE, ACTIVE])
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
            else solve_all(chosen_tasks(m, carriers, options), carriers, m, options, ctx)
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
