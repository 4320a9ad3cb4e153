"""A run on one page."""

from multiscale.report.page import write_report

__all__ = ["write_report"]
