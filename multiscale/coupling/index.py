"""`run.h5`: the index of a run. It links each stage to its result and says what was done.

It is rewritten as a whole after each stage, by atomic rename; results themselves are never touched.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from multiscale.coupling.store import Store, has_image
from multiscale.errors import CaseError
from multiscale.files import replacing

NAME = "run.h5"
FORMAT = 1

Action = Literal["reuse", "run", "blocked"]
Status = Literal["planned", "ok", "stopped", "failed", "blocked"]


@dataclass(frozen=True)
class Step:
    """What happens, or happened, to one stage.

    Attributes:
        stage: its name.
        action: reuse a stored result, run, or blocked by an earlier one.
        why: the reason, one line.
        key: of the result; empty while an input is not known yet.
        recipe: what the key is made from.
        seconds: wall time of the computation that gave the result; None where unknown.
        status: planned, ok, stopped (out of time), failed or blocked.
        message: of the failure or stop.
    """

    stage: str
    action: Action
    why: str
    key: str = ""
    recipe: dict[str, Any] = field(default_factory=dict)
    seconds: float | None = None
    status: Status = "planned"
    message: str = ""


@dataclass(frozen=True)
class Index:
    """Content of `run.h5`: what was run, from which case, and how far it came.

    `given` holds the keys of the records that the case file gives, by name.
    """

    title: str
    case: str
    seed: int
    command: str
    started: str
    steps: tuple[Step, ...]
    given: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def keys(self) -> dict[str, str]:
        """Key of every stored record by name: what the case gave, then the stages that are done."""
        return self.given | {s.stage: s.key for s in self.steps if s.status == "ok"}


def write_index(out: Path, index: Index, store: Store) -> Path:
    """Write `out/run.h5` with links to the results that exist."""
    import h5py

    path = out / NAME
    with replacing(path) as scratch, h5py.File(scratch, "w") as file:
        file["run"] = json.dumps(asdict(index))
        for name, key in index.keys().items():
            target = os.path.relpath(store.path(key), out)
            file[name] = h5py.ExternalLink(target, "/record")
            if has_image(store.path(key)):
                _link_image(file, store.path(key), target)
    return path


def _link_image(file: Any, result: Path, target: str) -> None:
    """Show the voxel fields of `result` in the run's one image; all are on the same voxels."""
    import h5py

    with h5py.File(result) as stored:
        if "VTKHDF" not in file:
            stored.copy("VTKHDF", file, shallow=True)  # attributes and empty groups
        for name in stored["VTKHDF/CellData"]:
            place = f"VTKHDF/CellData/{name}"
            file[place] = h5py.ExternalLink(target, f"/{place}")


def read_index(out: Path) -> Index:
    """Read the index of the run in `out` (or the path of its run.h5).

    Raises:
        CaseError: there is no run, or it was written by a newer version.
    """
    import h5py

    path = out if out.name == NAME else out / NAME
    if not path.exists():
        raise CaseError(
            f"{out} holds no run ({NAME} is missing); start one with: "
            f"multiscale run CASE --out {out}"
        )
    try:
        with h5py.File(path) as file:
            content = json.loads(file["run"].asstr()[()])
    except (OSError, KeyError, ValueError) as problem:
        raise CaseError(
            f"{path} cannot be read as a run ({problem}); delete it and run again"
        ) from problem
    if content["format"] > FORMAT:
        raise CaseError(f"{path} has format {content['format']}; this version reads up to {FORMAT}")
    steps = tuple(Step(**step) for step in content.pop("steps"))
    return Index(steps=steps, **content)


def results(out: Path, index: Index) -> dict[str, Path]:
    """Path of each stored record of the run, by name."""
    import h5py

    home = out.parent if out.name == NAME else out
    with h5py.File(home / NAME) as file:
        return {name: home / file.get(name, getlink=True).filename for name in index.keys()}
