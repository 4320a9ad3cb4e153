"""Multiscale process models for battery electrodes.

`load_case`, `plan`, `run` and `open_run` are what a script or a notebook needs; each is imported
when it is first asked for, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiscale.case.load import load_case
    from multiscale.results import open_run
    from multiscale.runner import plan, run

    __version__: str

__all__ = ["__version__", "load_case", "open_run", "plan", "run"]

_HOME = {
    "load_case": "multiscale.case.load",
    "open_run": "multiscale.results",
    "plan": "multiscale.runner",
    "run": "multiscale.runner",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("multiscale-electrode")
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
