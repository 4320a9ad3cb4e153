"""Drying of the wet film: heat, solvent and binder through its thickness."""

from multiscale.stages.drying.options import Film1D, Zone
from multiscale.stages.drying.stage import dry

__all__ = ["Film1D", "Zone", "dry"]
