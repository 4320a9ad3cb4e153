"""multiscale tortuosity: the effective diffusivity of a labelled image."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multiscale.errors import CaseError

if TYPE_CHECKING:
    from multiscale.records.record import FloatArray
    from multiscale.stages.transport.problem import Axis
    from multiscale.stages.transport.tortuosity import Diffusivity

AXES: dict[str, Axis] = {"x": 0, "y": 1, "z": 2}


class Around(StrEnum):
    """Names of the boundaries, which live behind Numba."""

    mirror = "mirror"
    periodic_sides = "periodic-sides"
    periodic = "periodic"


def tortuosity(
    image: Annotated[
        Path,
        typer.Argument(
            metavar="IMAGE",
            help="Labelled volume: .tif, .h5, .raw or a folder of TIFF slices.",
            show_default=False,
        ),
    ],
    conducts: Annotated[
        list[str],
        typer.Option(
            "--conducts",
            metavar="VALUE[=D]",
            show_default=False,
            help="A grey value that conducts, and its D/D0, 1 where left out; repeatable. All "
            "other values insulate.",
        ),
    ],
    boundary: Annotated[
        Around,
        typer.Option(
            "--boundary",
            help="Two faces driven between mirrors (TauFactor's Solver, PoreSpy), between sides "
            "that repeat (TauFactor's PeriodicSolver), or a cell that repeats along all axes.",
        ),
    ] = Around.mirror,
    holds: Annotated[
        list[str] | None,
        typer.Option(
            "--holds",
            metavar="VALUE=EPS",
            show_default=False,
            help="Pore fraction inside a value that conducts, 1 where left out; counts in eps.",
        ),
    ] = None,
    spacing: Annotated[
        tuple[str, str, str],
        typer.Option("--spacing", metavar="X Y Z", help="Edges of a voxel."),
    ] = ("1 um", "1 um", "1 um"),
    along: Annotated[
        str, typer.Option("--along", metavar="AXES", help="Axes that are driven, of x, y and z.")
    ] = "xyz",
    axes: Annotated[
        str, typer.Option("--axes", metavar="AXES", help="Axes of the file, slowest first.")
    ] = "zyx",
    shape: Annotated[
        tuple[int, int, int] | None,
        typer.Option(
            "--shape", metavar="N N N", show_default=False, help="Of a raw file, slowest first."
        ),
    ] = None,
    dtype: Annotated[
        str, typer.Option("--dtype", help="Of a raw file's values, little-endian.")
    ] = "uint8",
    dataset: Annotated[
        str | None,
        typer.Option("--dataset", metavar="NAME", show_default=False, help="Of an HDF5 file."),
    ] = None,
    flux_tolerance: Annotated[
        float,
        typer.Option("--flux-tolerance", min=1e-10, max=1e-2, help="Largest mismatch of fluxes."),
    ] = 1e-4,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Find diffusivity and tortuosity factor of an image.

    tau = eps D0/D, not squared. Under mpiexec the ranks share the image by slabs.

    Example:
      multiscale tortuosity pores.tif --conducts 1 --boundary periodic-sides
    """
    from mpi4py import MPI

    comm = MPI.COMM_WORLD
    conductors, inside = _values(conducts, "--conducts", 1.0), _values(holds or [], "--holds", None)
    if odd := sorted(set(inside) - set(conductors)):
        raise CaseError(f"--holds names {odd}, which --conducts does not")
    found = _solve(
        image, conductors, inside, Around(boundary), spacing, (along, axes),
        (shape, dtype, dataset), flux_tolerance,
    )  # fmt: skip
    if comm.rank == 0:
        typer.echo(json.dumps(_plain(found)) if as_json else _table(found))


def _values(given: list[str], option: str, default: float | None) -> dict[int, float]:
    """Numbers by grey value."""
    read = {}
    for text in given:
        value, _, number = text.partition("=")
        try:
            read[int(value)] = default if not number and default is not None else float(number)
        except ValueError:
            raise CaseError(
                f"{option} {text}: a grey value and a number are needed, as in 2=0.3"
            ) from None
        if not 0 <= read[int(value)] < float("inf"):
            raise CaseError(f"{option} {text}: the number must be finite and not negative")
    return read


def _solve(
    path: Path,
    conductors: dict[int, float],
    inside: dict[int, float],
    boundary: Around,
    spacing: tuple[str, str, str],
    directions: tuple[str, str],
    file: tuple[tuple[int, int, int] | None, str, str | None],
    flux_tolerance: float,
) -> Diffusivity:
    from mpi4py import MPI

    import numpy as np

    from multiscale.jit_cache import place_cache
    from multiscale.stages.microstructure.images import RAW_TYPES, open_image
    from multiscale.stages.microstructure.labels import ImagePhases
    from multiscale.units import to_si

    comm = MPI.COMM_WORLD
    place_cache(comm.rank, comm.size)
    from multiscale.stages.transport.tortuosity import (
        Boundary,
        effective_diffusivity,
        phase_fractions,
    )

    along, axes = directions
    shape, dtype, dataset = file
    if sorted(axes) != ["x", "y", "z"]:
        raise CaseError(f"--axes {axes} needs each of x, y and z once, as in zyx")
    if not along or set(along) - set(AXES):
        raise CaseError(f"--along {along} needs one or more of x, y and z, as in xz")
    if dtype not in RAW_TYPES:
        raise CaseError(f"--dtype {dtype}: known are {', '.join(RAW_TYPES)}")
    try:
        edges = np.array([to_si(text, "m") for text in spacing])
        volume = ImagePhases(
            open_image(path, shape, dtype, dataset), tuple(conductors), tuple(axes)
        )
    except ValueError as error:
        raise CaseError(str(error)) from None

    def say(note: str) -> None:
        if comm.rank == 0 and sys.stderr.isatty():
            print(note, file=sys.stderr)

    share = phase_fractions(volume, 1 + len(conductors), comm)
    if absent := [v for v, f in zip(conductors, share[1:], strict=True) if f == 0]:
        raise CaseError(f"no voxel of '{path}' has the value {absent[0]} that --conducts names")
    return effective_diffusivity(
        volume,
        edges,
        np.array([0.0, *conductors.values()]),
        np.array([0.0, *(inside.get(value, 1.0) for value in conductors)]),
        Boundary(boundary),
        [axis for name, axis in AXES.items() if name in along],
        flux_tolerance=flux_tolerance,
        comm=comm,
        watch=say,
    )


def _table(found: Diffusivity) -> str:
    """The diagonal as text."""
    import numpy as np

    from multiscale.cli.table import table

    on, of = np.diag(found.voxels), np.diag(found.coarse)
    tau, vanishing = found.tortuosity(on), found.tortuosity(found.value)
    rows = [
        (
            "xyz"[a],
            f"{on[a]:.6g}",
            f"{tau[a]:.6g}",
            f"{of[a]:.6g}",
            f"{found.upper[a]:.6g}",
            f"{found.value[a]:.6g} ± {found.error[a]:.2g}",
            f"{vanishing[a]:.6g}",
        )
        for a in range(3)
        if np.isfinite(on[a])
    ]
    head = (
        "axis",
        "D/D0 on the voxels",
        "tau",
        "on every second",
        "at most",
        "vanishing voxels",
        "tau",
    )
    return f"{found.boundary}, eps = {found.content:.6g}\n{table(head, rows)}"


def _plain(found: Diffusivity) -> dict[str, Any]:
    import numpy as np

    def plain(numbers: FloatArray) -> Any:
        """Lists, null where nothing was solved or nothing connects."""
        found = numbers.astype(object)
        found[~np.isfinite(numbers)] = None
        return found.tolist()

    return {
        "boundary": str(found.boundary),
        "eps": found.content,
        "voxels": plain(found.voxels),
        "tau_of_voxels": plain(found.tortuosity(np.diag(found.voxels))),
        "every_second": plain(found.coarse),
        "from_above": plain(found.upper),
        "vanishing": plain(found.value),
        "error": plain(found.error),
        "tau": plain(found.tortuosity(found.value)),
        "flux_mismatch": plain(found.flux_mismatch),
    }
