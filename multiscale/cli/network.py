"""multiscale network: what the particles of a coating say to the film model of its drying."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from multiscale.cli.arguments import CaseFile, Out, Probe, Settings, run_folder
from multiscale.errors import CaseError

_HEAD = "solid fraction [1],P_y [Pa],error of P_y [Pa],k [m^2],error of k [m^2]"


def network(
    case: CaseFile,
    points: Annotated[
        int, typer.Option("--points", min=2, max=40, help="Solid fractions to look at, about.")
    ] = 5,
    settings: Settings = None,
    probe: Probe = False,
    out: Out = None,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE.csv", show_default=False, help="Write the table."),
    ] = None,
) -> None:
    """Press a suspension: its densest packing, yield, permeability.

    The case needs a table [grains]. Give `drying.packing` the solid fraction that comes out.

    Example:
      multiscale network my_electrode --set grains.lateral_size="40 um" --csv network.csv
    """
    from mpi4py import MPI

    from multiscale.case.load import load_case
    from multiscale.coupling.context import Context
    from multiscale.materials.solvent import solvent
    from multiscale.records import DryCoating, WetFilm
    from multiscale.runner import run
    from multiscale.stages.grains import Particles
    from multiscale.stages.grains.forces import entry_pressure
    from multiscale.stages.grains.network import squeeze_network
    from multiscale.stages.grains.stage import plan_of

    read = load_case(case, settings or (), probe=probe)
    options = read.options.get("grains")
    if not isinstance(options, Particles):
        raise CaseError(f"{read.path} has no table [grains], which says how large the box is")
    made = run(read, run_folder(case, out, probe), until="drying")
    film, coating = made[WetFilm], made[DryCoating]
    assert isinstance(film, WetFilm) and isinstance(coating, DryCoating)
    content, plan = plan_of(read.powder, read.formulation, film, coating, options, read.seed)
    ctx = Context(MPI.COMM_WORLD, MPI.COMM_WORLD.Dup(), seed=read.seed)
    found = squeeze_network(plan, content.solids, points, ctx)
    if ctx.comm.rank:
        return
    tension = solvent(read.formulation.solvent).surface_tension(298.15)
    sauter = plan.suspension.sauter * plan.suspension.unit
    entry = entry_pressure(tension, options.contact_angle, 1 - found.phi_max, sauter)
    columns = (found.phi, found.pressure * entry, found.pressure_error * entry,
               found.permeability, found.permeability_error)  # fmt: skip
    rows = [",".join(f"{value:.5g}" for value in row) for row in zip(*columns, strict=True)]
    typer.echo("\n".join([_HEAD, *rows]))
    digits = 2 - math.floor(math.log10(entry))
    typer.echo(f"phi_max = {found.phi_max:.3f}, air enters at {round(entry, digits):g} Pa")
    if csv is not None:
        csv.write_text("\n".join([_HEAD, *rows]) + "\n", encoding="utf-8")
