"""The cell as a Battery Parameter eXchange document."""

from __future__ import annotations

from pathlib import Path

from multiscale.results.view import open_run


def export_bpx(out: Path, target: Path | None = None) -> Path:
    """Write the full cell of the run in `out` to `target` (default: `out/cell.bpx.json`).

    Raises:
        CaseError: there is no run, or it has no cell.
    """
    run = open_run(out)
    target = target or run.out / "cell.bpx.json"
    target.write_text(run["cell"].bpx, encoding="utf-8")
    return target
