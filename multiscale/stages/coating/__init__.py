"""Coating: from suspension to a wet film on the foil."""

from multiscale.stages.coating.options import CommaBar, SlotDie
from multiscale.stages.coating.stage import coat

__all__ = ["CommaBar", "SlotDie", "coat"]
