"""A run, or an ensemble, on one page."""

from multiscale.report.page import write_report
from multiscale.report.study import write_study_report

__all__ = ["write_report", "write_study_report"]
