"""All problems of the stage on finite elements, one after the other, by all ranks together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from multiscale.coupling.context import Context
from multiscale.errors import StageFailed
from multiscale.records.microstructure import Microstructure
from multiscale.stages.transport.options import Mesh
from multiscale.stages.transport.phases import Carrier, cbd_access
from multiscale.stages.transport.values import connected
from multiscale.stages.transport.volume import Image, Labels, all_layers

if TYPE_CHECKING:
    from multiscale.stages.transport.problem import Axis

AXES: tuple[Axis, Axis, Axis] = (0, 1, 2)


def solve_on_elements(
    carriers: Mapping[str, Carrier], m: Microstructure, options: Mesh, ctx: Context
) -> dict[tuple[str, Axis], Any]:
    """Solve conduction of every carrier along the three axes, and charge the electrode. Collective.

    Raises:
        StageFailed: too many voxels conduct, the electrolyte does not connect two opposite faces,
            or a solve did not converge.
    """
    from multiscale.stages.transport.elements import charge_elements, elements_along
    from multiscale.stages.transport.problem import Geometry

    label = all_layers(Image(m.label))
    check_size(label, carriers, options)
    periodic = bool(m.periodic[0] > 0), bool(m.periodic[1] > 0), bool(m.periodic[2] > 0)
    geometry = Geometry(Image(label), m.voxel_size, periodic)
    problems = [(name, axis) for name in carriers for axis in AXES]
    solved: dict[tuple[str, Axis], Any] = {}
    for number, (name, axis) in enumerate(problems):
        ctx.report(number / (len(problems) + 1), f"{name} along {'xyz'[axis]} on elements")
        carrier = carriers[name]
        found = elements_along(axis, geometry, carrier.d, carrier.content, options, ctx.comm)
        solved[name, axis] = connected(found, axis, m.porosity) if name == "electrolyte" else found
    ctx.report(len(problems) / (len(problems) + 1), "charging on elements")
    d, access = carriers["electrolyte"].d, cbd_access(m.nanoporosity, options)
    solved["charging", 2] = charge_elements(geometry, d, access, options, ctx.comm)
    return solved


def check_size(label: Labels, carriers: Mapping[str, Carrier], options: Mesh) -> None:
    """Refuse a volume that elements would need too much memory for.

    Raises:
        StageFailed: more than `options.elements` voxels conduct, or an eighth of it if the elements
            are quadratic.
    """
    count = np.bincount(label.ravel(), minlength=3)
    voxels = max(int(count[carrier.d > 0].sum()) for carrier in carriers.values())
    allowed = options.elements // options.degree**3
    if voxels > allowed:
        raise StageFailed(
            f'transport.kind = "mesh": {voxels} voxels conduct, transport.elements = '
            f"{options.elements} allows {allowed} of degree {options.degree}; raise it if the "
            "memory is there (about 8 kB each, 60 kB of degree 2), make the box smaller or the "
            'voxels larger, or set transport.kind = "voxels"'
        )
