"""multiscale network: what the particles of a coating say to the film model of its drying."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from multiscale.cli.arguments import CaseFile, Out, Probe, Settings, run_folder
from multiscale.errors import CaseError

if TYPE_CHECKING:
    from multiscale.stages.grains.network import Network

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
    toml: Annotated[
        Path | None,
        typer.Option(
            "--toml", metavar="FILE.toml", show_default=False, help="Write a case that dries by it."
        ),
    ] = None,
) -> None:
    """Press a suspension: its densest packing, yield, permeability.

    The case needs a table [grains]. With --toml, the case written dries its film by it.

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
    found = squeeze_network(plan, content, points, ctx)
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
    if toml is not None:
        toml.write_text(_case_of(found, entry, read.path), encoding="utf-8")


def _case_of(found: Network, entry: float, path: Path) -> str:
    """Give a case that extends another one by the network as a table of the film model.

    At phi_max the plate bore air entry while it moved, at rest less: the difference is the error.
    A network that is pressed carries no less than before; rows whose k does not fall are left out.
    """
    stress = np.maximum.accumulate(np.append(found.pressure[:-1], 1.0)) * entry
    error = np.append(found.pressure_error[:-1], abs(1 - found.pressure[-1])) * entry
    k, k_error = found.permeability, found.permeability_error
    kept = np.array([(k[i] > k[i + 1 :]).all() for i in range(k.size)])
    lists = {
        "yield_stress": (stress, "Pa"), "yield_stress_error": (error, "Pa"),
        "permeability": (k, "m^2"), "permeability_error": (k_error, "m^2"),
    }  # fmt: skip
    rows = [
        f"{name} = [" + ", ".join(f'"{v:.6g} {unit}"' for v in values[kept]) + "]"
        for name, (values, unit) in lists.items()
    ]
    fractions = ", ".join(f"{v:.8g}" for v in found.phi[kept])
    return "\n".join([
        f"extends = {json.dumps(str(path.resolve()))}", "", "[drying.solids.network]",
        f'solids_mass = "{found.mass:.12g} kg/m^2"', f"solid_fraction = [{fractions}]", *rows, "",
    ])  # fmt: skip
