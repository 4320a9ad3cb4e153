"""Reading a finished run back: by name, in notebooks, and out to other programs' formats."""

from multiscale.results.bpx import export_bpx
from multiscale.results.section import export_section, write_section
from multiscale.results.statistics import export_statistics
from multiscale.results.study import StudyView, is_study, open_study
from multiscale.results.tables import export_csv
from multiscale.results.value import Value, number_text, unit_text
from multiscale.results.view import RunView, StageView, open_run
from multiscale.results.vtkhdf import export_vtkhdf

__all__ = [
    "RunView",
    "StageView",
    "StudyView",
    "Value",
    "export_bpx",
    "export_csv",
    "export_section",
    "export_statistics",
    "export_vtkhdf",
    "is_study",
    "number_text",
    "open_run",
    "open_study",
    "unit_text",
    "write_section",
]
