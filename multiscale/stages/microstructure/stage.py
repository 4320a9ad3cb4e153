"""The microstructure stage: powder, recipe and electrode in, labelled voxels out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from multiscale.coupling.context import Context
from multiscale.coupling.stage import Balance, stage
from multiscale.errors import StageFailed
from multiscale.records import DryCoating, Electrode, Formulation, Microstructure, Packing, Powder
from multiscale.stages.microstructure.options import Image, Packed, Stochastic


def _inactive_volume(inputs: Mapping[str, Any]) -> float:
    electrode, formulation = inputs["electrode"], inputs["formulation"]
    binder = float(np.sum(electrode.binder_mass / formulation.binder_density))
    return binder + float(electrode.additive_mass / formulation.additive_density)


# A voxel is one millionth of the box; the tolerances leave room for coarse ones. An image is a
# sample of another coating, or of another place: what it holds is logged beside the electrode's.
BALANCES = (
    Balance(
        "active mass",
        "kg/m^2",
        lambda inputs: inputs["electrode"].active_mass,
        lambda result: result.active_mass,
        tolerance=1e-3,
        kinds=("stochastic", "particles"),
    ),
    Balance(
        "volume of binder and additive",
        "m",
        _inactive_volume,
        lambda result: result.cbd_fraction * (1 - result.nanoporosity) * result.thickness,
        tolerance=1e-3,
        kinds=("stochastic", "particles"),
    ),
    Balance(
        "pore volume",
        "m",
        lambda inputs: inputs["electrode"].porosity * inputs["electrode"].thickness,
        lambda result: result.porosity * result.thickness,
        tolerance=1e-2,
        kinds=("stochastic", "particles"),
    ),
)


@stage(
    "microstructure", version=7, kinds=[Stochastic, Image, Packed], conserves=BALANCES, seeded=True
)
def build(
    powder: Powder,
    formulation: Formulation,
    electrode: Electrode,
    options: Stochastic | Image | Packed,
    ctx: Context,
    packing: Packing | None = None,
    coating: DryCoating | None = None,
) -> Microstructure:
    """Pack the powder's particles to the electrode's density and place the carbon-binder domain,
    take the labels from an image, or press the packing that was dried as particles.

    Particles move on rank 0; voxels are read or filled and measured by slabs along z, one for each
    rank, with the same result for any number of them. Collective.

    Raises:
        StageFailed: the electrode's solids do not fit its thickness, the powder not the box, the
            image changed since it was checked, or no stage gave a packing.
    """
    if isinstance(options, Image):
        from multiscale.stages.microstructure.tomography import take_image

        return take_image(powder, electrode, options, ctx)

    if isinstance(options, Packed):
        if packing is None:
            raise StageFailed(
                'microstructure.kind = "particles" needs spheres: add a table [grains] to the case'
            )
        from multiscale.stages.microstructure.pressed import press_packing

        return press_packing(powder, formulation, electrode, packing, options, ctx)

    from multiscale.stages.microstructure.assemble import assemble  # Numba only where it is run

    return assemble(powder, formulation, electrode, coating, options, ctx)
