"""Calendering: the dry coating is pressed between rolls, or the film taken as measured."""

from multiscale.stages.calendering.options import LineLoad, Measured
from multiscale.stages.calendering.stage import calender

CITATIONS: tuple[str, ...] = (
    "Meyer, Bockholt, Haselrieder, Kwade 2017, doi:10.1016/j.jmatprotec.2017.05.031",
    "Sangrós Giménez et al. 2020, doi:10.1002/ente.201900180",
    "Hitchcock 1935, Roll neck bearings, ASME",
    "Bland, Ford 1948, Proc. Inst. Mech. Eng. 159, 144",
    "Carslaw, Jaeger 1959, Conduction of Heat in Solids, 2nd edition, Oxford",
)

__all__ = ["CITATIONS", "LineLoad", "Measured", "calender"]
