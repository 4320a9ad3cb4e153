"""Figures of each stage: free functions from what a run gave to a picture."""

from collections.abc import Callable

from multiscale.report.figures import (
    calendering,
    cell,
    coating,
    drying,
    factory,
    grains,
    microstructure,
    slurry,
    transport,
)
from multiscale.report.figures.canvas import Figure
from multiscale.results import RunView

BY_STAGE: dict[str, Callable[[RunView], list[Figure]]] = {
    "slurry": slurry.figures,
    "coating": coating.figures,
    "drying": drying.figures,
    "grains": grains.figures,
    "calendering": calendering.figures,
    "microstructure": microstructure.figures,
    "transport": transport.figures,
    "cell": cell.figures,
    "factory": factory.figures,
}

__all__ = ["BY_STAGE", "Figure"]
