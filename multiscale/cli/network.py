"""multiscale network: what the particles of a coating say to the film model of its drying."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from multiscale.cli.arguments import CaseFile, Out, Probe, Settings, run_folder
from multiscale.errors import CaseError, StageFailed

if TYPE_CHECKING:
    from multiscale.case.load import Case
    from multiscale.cli.rounds import Records, Round
    from multiscale.coupling.context import Context
    from multiscale.stages.grains.network import Network

_HEAD = "solid fraction [1],P_y [Pa],error of P_y [Pa],k [m^2],error of k [m^2]"
_ROUNDS = (
    "round  phi_max          porosity: film   packing          shrinkage ends  "
    "CBD top/bottom: film  packing      solids apart"
)


def network(
    case: CaseFile,
    points: Annotated[
        int, typer.Option("--points", min=2, max=40, help="Solid fractions to look at, about.")
    ] = 5,
    rounds: Annotated[
        int,
        typer.Option(
            "--rounds", min=1, max=20, help="Dry the film by it and press again, so many times."
        ),
    ] = 1,
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
    """Press a packing, wet: densest state, yield, permeability.

    The case needs a table [grains]. With --toml, the case written dries its film by it. With
    --rounds, film and particles answer each other until they agree.

    Example:
      multiscale network my_electrode --set grains.lateral_size="40 um" --csv network.csv
    """
    from mpi4py import MPI

    from multiscale.case.load import load_case
    from multiscale.coupling.context import Context
    from multiscale.runner import run
    from multiscale.stages.grains import Particles

    read = load_case(case, settings or (), probe=probe)
    if not isinstance(read.options.get("grains"), Particles):
        raise CaseError(f"{read.path} has no table [grains], which says how large the box is")
    folder = run_folder(case, out, probe)
    ctx = Context(MPI.COMM_WORLD, MPI.COMM_WORLD.Dup(), seed=read.seed)
    if rounds == 1:
        found, entry = press(read, run(read, folder, until="grains"), points, ctx)
    else:
        found, entry = _take_turns(read, settings, probe, folder, points, rounds, ctx)
    if ctx.comm.rank:
        return
    columns = (found.phi, found.pressure * entry, found.pressure_error * entry,
               found.permeability, found.permeability_error)  # fmt: skip
    rows = [",".join(f"{value:.5g}" for value in row) for row in zip(*columns, strict=True)]
    typer.echo("\n".join([_HEAD, *rows]))
    digits = 2 - math.floor(math.log10(entry))
    typer.echo(
        f"phi_max = {found.phi_max:.3f} +- {found.phi_max_error:.3f}, "
        f"air enters at {round(entry, digits):g} Pa"
    )
    if csv is not None:
        csv.write_text("\n".join([_HEAD, *rows]) + "\n", encoding="utf-8")
    if toml is not None:
        toml.write_text(case_by(found, entry, read.path), encoding="utf-8")


def press(read: Case, made: Records, points: int, ctx: Context) -> tuple[Network, float]:
    """Press the particles of a coating; give what they say and the pressure p_e, Pa. Collective.

    Args:
        read: the case.
        made: its records up to grains.
        points: solid fractions to look at.
        ctx: ranks and a voice.
    """
    from multiscale.materials.solvent import solvent
    from multiscale.records import DryCoating, Packing, WetFilm
    from multiscale.stages.grains import Particles
    from multiscale.stages.grains.forces import entry_pressure, suction_of
    from multiscale.stages.grains.network import squeeze_network
    from multiscale.stages.grains.stage import plan_of

    film, coating, packing = made[WetFilm], made[DryCoating], made[Packing]
    options = read.options["grains"]
    assert isinstance(film, WetFilm) and isinstance(coating, DryCoating)
    assert isinstance(packing, Packing) and isinstance(options, Particles)
    content, plan = plan_of(read.powder, read.formulation, film, coating, options, read.seed)
    found = squeeze_network(plan, packing, content, points, ctx)
    tension = solvent(read.formulation.solvent).surface_tension(298.15)
    sauter = plan.suspension.sauter * plan.suspension.unit
    suction = suction_of(tension, options.contact_angle, sauter)
    return found, entry_pressure(suction, found.phi_max)


def _take_turns(
    read: Case,
    settings: Settings,
    probe: bool,
    folder: Path,
    points: int,
    rounds: int,
    ctx: Context,
) -> tuple[Network, float]:
    """Dry the film by its network, and press what comes out, until both agree. Collective.

    Raises:
        StageFailed: they do not agree after so many rounds.
    """
    from multiscale.case.load import load_case
    from multiscale.cli.rounds import alternate
    from multiscale.runner import run

    said: list[tuple[Network, float]] = []
    file = folder / "network.toml"

    def dry(network: Network | None) -> Records:
        case = read
        if network is not None:
            text = case_by(*said[-1], read.path)
            ctx.on_root(lambda: file.write_text(text, encoding="utf-8"))
            case = load_case(file, settings or (), probe=probe)
        return run(case, folder, until="grains")

    def answer(made: Records) -> Network:
        said.append(press(read, made, points, ctx))
        return said[-1][0]

    def tell(now: Round) -> None:
        if ctx.comm.rank == 0:
            typer.echo("\n".join([*([_ROUNDS] if len(said) == 1 else []), _row(len(said), now)]))

    if not alternate(dry, answer, rounds, tell):
        raise StageFailed(
            f"film and particles do not agree after {rounds} rounds, see the table; give more "
            "rounds, or a larger box or more grains.steps, which lower the errors"
        )
    return said[-1]


def _row(number: int, r: Round) -> str:
    return (
        f"{number:<6d} {r.phi_max:.4f} +- {r.phi_max_error:.4f} "
        f"{r.porosity:.4f} +- {r.porosity_error:.4f} {r.packed:.4f} +- {r.packed_error:.4f} "
        f"{r.shrinkage_end:8.2f} s      {r.film_ratio:.3f}                 "
        f"{r.packed_ratio:.2f} +- {r.packed_ratio_error:.2f} {r.mass_gap:.1e}"
    )


def case_by(found: Network, entry: float, path: Path) -> str:
    """Give a case that extends another one by the network as a table of the film model.

    At phi_max the plate bore air entry while it moved, at rest less: the difference is an error.
    A network that is pressed carries no less than before; rows whose k does not fall are left out.
    """
    stress = np.maximum.accumulate(np.append(found.pressure[:-1], 1.0)) * entry
    error = found.pressure_error * entry
    error[-1] += abs(1 - found.pressure[-1]) * entry
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
