"""Coating: from suspension to a wet film on the foil."""

from multiscale.stages.coating.options import CommaBar, SlotDie
from multiscale.stages.coating.stage import coat

CITATIONS: tuple[str, ...] = (
    "Swift 1932, Minutes Proc. Inst. Civ. Eng. 233, 267",
    "Stieber 1933, Das Schwimmlager, VDI-Verlag, Berlin",
    "Ruschak 1976, Chem. Eng. Sci. 31, 1057",
    "Higgins, Scriven 1980, Chem. Eng. Sci. 35, 673",
)

__all__ = ["CITATIONS", "CommaBar", "SlotDie", "coat"]
