"""Reading a finished run back: by name, in notebooks, and out to other programs' formats."""

from multiscale.results.bpx import export_bpx
from multiscale.results.section import export_section, write_section
from multiscale.results.tables import export_csv
from multiscale.results.value import Value, number_text, unit_text
from multiscale.results.view import RunView, StageView, open_run
from multiscale.results.vtkhdf import export_vtkhdf

__all__ = [
    "RunView",
    "StageView",
    "Value",
    "export_bpx",
    "export_csv",
    "export_section",
    "export_vtkhdf",
    "number_text",
    "open_run",
    "unit_text",
    "write_section",
]
