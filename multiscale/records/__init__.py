"""What is handed over: read this folder and you know the process chain."""

from multiscale.records.cell import CellPerformance
from multiscale.records.dry_coating import DryCoating
from multiscale.records.effective import EffectiveProperties
from multiscale.records.electrode import Electrode
from multiscale.records.factory import FactoryFigures
from multiscale.records.formulation import Formulation
from multiscale.records.microstructure import Form, Microstructure, Phase
from multiscale.records.packing import Packing
from multiscale.records.powder import Powder
from multiscale.records.record import Closure, FieldRef, FloatArray, Port, Record
from multiscale.records.suspension import Suspension
from multiscale.records.wet_film import WetFilm

__all__ = [
    "CellPerformance",
    "Closure",
    "DryCoating",
    "EffectiveProperties",
    "Electrode",
    "FactoryFigures",
    "FieldRef",
    "FloatArray",
    "Form",
    "Formulation",
    "Microstructure",
    "Packing",
    "Phase",
    "Port",
    "Powder",
    "Record",
    "Suspension",
    "WetFilm",
]
