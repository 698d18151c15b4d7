"""What a run says: one page with plots, Markdown, JSON, and several runs side by side."""

from .beside import comparison_json, comparison_markdown, comparison_page
from .comparison import Comparison, compare_runs
from .html import report_page
from .load import Run, load_run
from .report import RunReport, build_report
from .text import report_json, report_markdown

__all__ = [
    "Comparison",
    "Run",
    "RunReport",
    "build_report",
    "compare_runs",
    "comparison_json",
    "comparison_markdown",
    "comparison_page",
    "load_run",
    "report_json",
    "report_markdown",
    "report_page",
]
