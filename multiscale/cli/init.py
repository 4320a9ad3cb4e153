"""multiscale init: a commented case to start from."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from multiscale.case.source import CASE_FILE
from multiscale.case.templates import PARTICLE_TEMPLATES, TEMPLATES, copy_template
from multiscale.errors import CaseError

_ALL = (*TEMPLATES, *PARTICLE_TEMPLATES)


def init(
    name: Annotated[
        Path, typer.Argument(metavar="NAME", help="Folder to make.", show_default=False)
    ],
    template: Annotated[
        str, typer.Option("--template", metavar="TEMPLATE", help=f"One of {', '.join(_ALL)}.")
    ] = TEMPLATES[0],
) -> None:
    """Make a folder with a commented case file.

    \b
    Examples:
      multiscale init my_cathode
      multiscale init my_anode --template graphite_anode
      multiscale init my_packing --template particle_compaction
    """
    if (name / CASE_FILE).exists():
        raise CaseError(f"{name / CASE_FILE} exists already; nothing was written")
    copy_template(template, name)
    case = shlex.quote(str(name))
    follow = f"multiscale check {case}; multiscale run {case} --probe"
    if template in PARTICLE_TEMPLATES:
        follow = f"multiscale particles {case} --plan; multiscale particles {case}"
    print(f"wrote {name / CASE_FILE}\nnext: {follow}")
