"""The picture of `multiscale dryer`: air, film and solvent over the time in the dryer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from multiscale.errors import CaseError

if TYPE_CHECKING:
    from multiscale.stages.drying.design.dryer import Dryer


def draw(dryers: Mapping[str, Dryer], path: Path) -> Path:
    """Draw each dryer's temperatures above its solvent.

    Raises:
        CaseError: the name of the file ends in no format of pictures.
    """
    from matplotlib.figure import Figure

    from multiscale.stages.drying.design.dryer import balance

    figure = Figure(figsize=(6, 5), layout="constrained")
    formats = figure.canvas.get_supported_filetypes()
    if path.suffix.lower().lstrip(".") not in formats:
        raise CaseError(f"cannot draw into {path}; end its name in .png, .svg or .pdf")
    above, below = figure.subplots(2, 1, sharex=True)
    for k, (name, dryer) in enumerate(dryers.items()):
        history, colour = balance(dryer), f"C{k}"
        t = np.union1d(np.linspace(0, history.residence, 801), history.ends)
        m, T = history.state(t)[:2]
        air = np.array([zone.air_temperature for zone in dryer.options.zones]) - 273.15
        above.stairs(air, np.concatenate([[0.0], history.ends]), color=colour, ls="--", label=name)
        above.plot(t, T - 273.15, color=colour)
        below.plot(t, 1e3 * m, color=colour)
        below.axvline(history.passage(0), color=colour, lw=0.8, ls=":")
    above.set(ylabel="°C", title="air (dashed) and film")
    below.set(xlabel="time in the dryer, s", ylabel="solvent, g/m²", title="dotted: film packed")
    above.legend(fontsize="small")
    figure.savefig(path, dpi=150)
    return path
