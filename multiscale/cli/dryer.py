"""multiscale dryer: what a dryer does, how long it must be, and its fastest programme."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multiscale.cli.arguments import CaseFile, Out, Probe, Settings, run_folder
from multiscale.errors import CaseError
from multiscale.units import Quantity, UnitError

if TYPE_CHECKING:
    from multiscale.stages.drying.design.dryer import Dryer
    from multiscale.stages.drying.design.programme import Bounds, Programme

WEB_SPEED = Quantity("m/s", low=1e-5, high=10, display="m/min")  # as the records allow
AIR = Quantity("K", low=283.15, high=423.15, display="degC")  # as a zone's


def dryer(
    case: CaseFile,
    fastest: Annotated[
        bool,
        typer.Option(
            "--fastest",
            help="Search the fastest air temperatures that keep a bound on the binder's gradient.",
        ),
    ] = False,
    gradient: Annotated[
        float | None,
        typer.Option(
            "--gradient",
            metavar="RATIO",
            show_default=False,
            help="That bound: binder in the top tenth over the bottom tenth; by default what the "
            "case's own dryer gives.",
        ),
    ] = None,
    lengths: Annotated[
        bool, typer.Option("--lengths", help="With --fastest: search the zones' lengths as well.")
    ] = False,
    zones: Annotated[
        int, typer.Option("--zones", min=1, max=6, help="With --fastest: number of zones.")
    ] = 3,
    air: Annotated[
        tuple[str, str],
        typer.Option(
            "--air", metavar="LOW HIGH", help="With --fastest: coldest and hottest drying air."
        ),
    ] = ("40 degC", "140 degC"),
    web_speed: Annotated[
        str | None,
        typer.Option(
            "--web-speed",
            metavar="SPEED",
            show_default=False,
            help="Speed through the dryer, for the same wet film; by default the coater's.",
        ),
    ] = None,
    settings: Settings = None,
    probe: Probe = False,
    out: Out = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, in SI units.")] = False,
    csv: Annotated[
        Path | None,
        typer.Option(
            "--csv", metavar="FILE.csv", show_default=False, help="Write the zones as a table."
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            "--plot", metavar="FILE.png", show_default=False, help="Draw temperatures and solvent."
        ),
    ] = None,
) -> None:
    """Judge the dryer of a case, or search a faster one.

    For the wet film that the case's coater makes: drying time and end of shrinkage, the web speed
    at which the web just leaves dry and the zone lengths for the speed given, energy per area, and
    the solvent in each zone's air against the lower explosive limit. A web that leaves wet is told
    by how much longer or hotter it would have to dry. Numbers carry their numerical error.

    Binder that moves up while the film dries is missing at the foil. `--fastest` searches the zone
    temperatures that dry fastest and keep its gradient below a bound, by the film model itself: a
    minute or two.

    \b
    Examples:
      multiscale dryer my_electrode
      multiscale dryer my_electrode --web-speed "10 m/min" --csv zones.csv
      multiscale dryer my_electrode --set drying.zones[1].air_temperature="120 degC" --json
      multiscale dryer my_electrode --fastest --gradient 1.5 --lengths --plot fastest.png
    """
    from multiscale.cli import dryer_text
    from multiscale.stages.drying.design.assess import assess

    if not fastest and (gradient is not None or lengths):
        raise CaseError("--gradient and --lengths belong to --fastest; add it or leave them out")
    asked = _bounds(gradient, air)
    given = _dryer(case, settings or (), probe, out, web_speed)
    from mpi4py import MPI

    if MPI.COMM_WORLD.rank:  # the design is one rank's work
        return
    found = assess(given)
    told: dict[str, Any] = {"assessment": asdict(found) | {"energy": found.energy}}
    text = [dryer_text.assessment(found)]
    shown = {"the case": given}
    if fastest:
        own = (found.gradient or found.gradient_at_highest).value
        bounds = replace(asked, gradient=own) if gradient is None else asked
        constant, best = _search(given, bounds, zones, lengths)
        told |= {"constant": _as_json(constant), "fastest": _as_json(best)}
        text.append(dryer_text.programmes(constant, best, bounds))
        shown = {"constant air": constant.dryer, "fastest": best.dryer}
    if csv is not None:
        text.append(str(dryer_text.write_zones(csv, found)))
    if plot is not None:
        from multiscale.cli.dryer_plot import draw

        text.append(str(draw(shown, plot)))
    print(json.dumps(told) if as_json else "\n\n".join(text))


def _dryer(
    case: Path, settings: Sequence[str], probe: bool, out: Path | None, web_speed: str | None
) -> Dryer:
    """The dryer of the case behind its coater, which runs where its result is not stored yet."""
    from multiscale.case.load import load_case
    from multiscale.fem import forms
    from multiscale.records import Formulation, Powder, WetFilm
    from multiscale.runner import run
    from multiscale.stages.drying import Film1D
    from multiscale.stages.drying.design.dryer import dryer_of

    folder = run_folder(case, out, probe)
    loaded = load_case(case, settings, probe=probe)
    options = loaded.options["drying"]
    if not isinstance(options, Film1D):
        raise CaseError(
            f'drying.kind = "{options.kind}": '  # type: ignore[attr-defined]  # every kind has it
            'multiscale dryer designs by film-1d; add --set drying.kind="film-1d"'
        )
    speed = None if web_speed is None else _quantity("--web-speed", web_speed, WEB_SPEED)
    made = run(loaded, out or folder.with_name(f"{folder.name}-dryer"), until="coating")
    forms.start()
    powder, formulation, film = made[Powder], made[Formulation], made[WetFilm]
    assert isinstance(powder, Powder) and isinstance(formulation, Formulation)
    assert isinstance(film, WetFilm)
    found = dryer_of(powder, formulation, film, options)
    return found if speed is None else replace(found, web_speed=speed)


def _bounds(gradient: float | None, air: tuple[str, str]) -> Bounds:
    """Read the bounds before anything runs; without a gradient a usual one stands in for it."""
    from multiscale.stages.drying.design.programme import Bounds

    low, high = (_quantity("--air", text, AIR) for text in air)
    return Bounds(2.0 if gradient is None else gradient, low, high)


def _search(dryer: Dryer, bounds: Bounds, zones: int, lengths: bool) -> tuple[Programme, Programme]:
    """Search on the coarse grid of --probe, then solve both programmes on the case's own."""
    from multiscale.log import progress
    from multiscale.stages.drying.design.programme import (
        EVALUATIONS,
        fastest_constant,
        fastest_programme,
        refined,
    )

    print(f"searching: at most {EVALUATIONS} dryers, about a minute", file=sys.stderr)
    coarse = replace(dryer, options=dryer.options.probe())
    with progress("fastest", show=True) as shown:

        def told(count: int, best: Programme) -> None:
            shown.update(min(count / EVALUATIONS, 1.0), f"dry after {best.time:.1f} s")

        best = fastest_programme(coarse, bounds, zones, lengths, told=told)
    constant = fastest_constant(coarse, bounds)
    return refined(constant, dryer.options), refined(best, dryer.options)


def _quantity(option: str, text: str, allowed: Quantity) -> float:
    try:
        return allowed.read(text)
    except UnitError as error:
        raise CaseError(f"{option} {text!r}: {error}") from None


def _as_json(found: Programme) -> dict[str, Any]:
    return {
        "time": found.time,
        "gradient": found.gradient,
        "gradient_error": found.gradient_error,
        "temperatures": found.temperatures,
        "lengths": found.lengths,
    }
