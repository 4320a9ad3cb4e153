"""Calendering: the dry coating is pressed between rolls."""

from multiscale.stages.calendering.options import LineLoad
from multiscale.stages.calendering.stage import calender

__all__ = ["LineLoad", "calender"]
