"""A run of the NMC622 cathode with made-up, plausible numbers, written by the real store."""

from __future__ import annotations

from pathlib import Path

from recipes import cathode_recipe
from synthetic_cell import cell, factory
from synthetic_film import Z, dry_coating, electrode, powder, suspension, wet_film
from synthetic_structure import effective, microstructure

from multiscale.coupling.index import Index, Step, write_index
from multiscale.coupling.store import Checked, Store
from multiscale.records import Record, WetFilm

__all__ = ["RECORDS", "Z", "effective", "microstructure", "powder", "wet_film", "write"]

RECORDS = {
    "slurry": suspension,
    "coating": wet_film,
    "drying": dry_coating,
    "calendering": electrode,
    "microstructure": microstructure,
    "transport": effective,
    "cell": cell,
    "factory": factory,
}


def write(
    out: Path, *, until: str = "factory", failed: str = "", coating: WetFilm | None = None
) -> Path:
    """Write a run that ends after stage `until`, or in the failure of the next one."""
    store, steps, over = Store(out / "store"), [], False
    out.mkdir(parents=True, exist_ok=True)
    for number, (name, make) in enumerate(RECORDS.items()):
        if over and failed:
            steps.append(Step(name, "blocked", f"blocked by {failed}", status="blocked"))
        if over:
            continue
        if name == failed:
            steps.append(
                Step(
                    name,
                    "run",
                    "no result yet",
                    status="failed",
                    message="no percolation along z: porosity 0.04; press less",
                )
            )
            over = True
            continue
        record = coating if coating and name == "coating" else make()
        steps.append(_keep(store, name, record, number))
        over = name == until
    given = {"powder": powder(), "formulation": cathode_recipe()}
    for weighed in given.values():
        store.save(weighed.digest(), weighed, {"package": "0.1.0"}, [])
    write_index(
        out,
        Index(
            "NMC622 cathode",
            "nmc622.toml",
            1,
            "multiscale run nmc622.toml --out out",
            "2026-03-02T09:14:05+00:00",
            tuple(steps),
            {name: weighed.digest() for name, weighed in given.items()},
        ),
        store,
    )
    return out


def _keep(store: Store, name: str, record: Record, number: int) -> Step:
    key = f"{number:064x}"
    recipe = {
        "stage": name,
        "version": 1,
        "options": {"kind": "closure"},
        "inputs": {"film": 64 * "a"},
        "seed": 1,
    }
    provenance = {
        "package": "0.1.0",
        "git": "38bfe19",
        "python": "3.12.3",
        "libraries": {"numpy": "2.2.1"},
        "host": "node7",
        "machine": "x86_64",
        "command": "multiscale run nmc622.toml",
        **recipe,
        "key": key,
        "ranks": 2,
        "started": "2026-03-02T09:14:05+00:00",
        "wall_s": 3.4 * (number + 1),
        "peak_memory_bytes": 5.1e8,
    }
    store.save(
        key, record, provenance, [Checked("active mass", "kg/m^2", 0.192, 0.192, 1.4e-16, 1e-8)]
    )
    action = "reuse" if number < 2 else "run"
    why = "same options and inputs as a stored result" if number < 2 else "no result yet"
    return Step(name, action, why, key, recipe, 3.4 * (number + 1), "ok")
