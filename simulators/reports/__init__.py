"""What a run says: one page with plots, Markdown, JSON, and several runs side by side."""

from .html import report_page
from .load import Run, load_run
from .report import RunReport, build_report
from .text import report_json, report_markdown

__all__ = [
    "Run",
    "RunReport",
    "build_report",
    "load_run",
    "report_json",
    "report_markdown",
    "report_page",
]
