"""A chain of two stages on the real records' machinery, small enough to test the corridor alone."""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from multiscale import records
from multiscale.coupling.context import Context
from multiscale.coupling.stage import Balance, Options, stage
from multiscale.errors import HandoverError
from multiscale.records.record import FieldRef, FloatArray, Record, profile, scalar, volume
from multiscale.units import Quantity


@dataclass(frozen=True)
class Paste(Record):
    """Input of the toy chain."""

    solid: Annotated[float, scalar("kg/m^2", "solid mass", low=0, high=10)]


@dataclass(frozen=True)
class Layer(Record):
    """Output of the first toy stage."""

    solid: Annotated[float, scalar("kg/m^2", "solid mass", low=0, high=10, computed=True)]
    share: Annotated[FloatArray, profile("1", "share by slice", "z", low=0, high=1)]


@dataclass(frozen=True)
class Image(Record):
    """Output of the second toy stage."""

    label: Annotated[FieldRef, volume("1", "phase", "x", "y", "z")]
    voxel_size: Annotated[FloatArray, profile("m", "voxel edges", "axis", low=0)]


for kind in (Paste, Layer, Image):  # the store finds record classes by name in multiscale.records
    setattr(records, kind.__name__, kind)


class Spreading(Options):
    kind: Literal["plain"] = "plain"
    slices: int = 4
    lost: Annotated[float, Quantity("1", low=0, high=1)] = 0.0
    """Share of the solid that the (faulty) stage loses."""
    fail_on: int = -1
    """Rank that raises outside any collective."""
    stuck_on: int = -1
    """Rank that raises while the others wait in a collective."""


class Imaging(Options):
    kind: Literal["plain"] = "plain"
    size: int = 6


def by_seed(ctx: Context, size: int) -> FloatArray:
    return (
        np.random.default_rng(ctx.seed).integers(0, 3, (size, size + 1, size + 2)).astype(np.uint8)
    )


SOLID = Balance(
    "solid mass", "kg/m^2", lambda given: given["paste"].solid, lambda layer: layer.solid
)


@stage("spreading", version=1, kinds=[Spreading], conserves=[SOLID])
def spread(paste: Paste, options: Spreading, ctx: Context) -> Layer:
    """Spread the paste evenly."""
    ctx.report(0.0)
    if ctx.comm.rank == options.fail_on:
        raise FloatingPointError("no convergence")
    if options.stuck_on >= 0:
        if ctx.comm.rank == options.stuck_on:
            raise FloatingPointError("NaN before the sum")
        ctx.comm.allreduce(1)
    shares = ctx.map(lambda i: 1.0 / options.slices, range(options.slices))
    return Layer(
        solid=paste.solid * (1 - options.lost), share=np.array(shares), error={"solid": 0.0}
    )


@stage("imaging", version=1, kinds=[Imaging], seeded=True)
def image(layer: Layer, options: Imaging, ctx: Context) -> Image:
    """Draw voxels."""
    if layer.solid > 9:
        raise HandoverError("too much solid")
    return Image(label=by_seed(ctx, options.size), voxel_size=np.array([1e-6, 2e-6, 3e-6]))


CHAIN = (spread, image)


def options(**spreading: float) -> dict[str, Options]:
    return {"spreading": Spreading(**spreading), "imaging": Imaging()}
