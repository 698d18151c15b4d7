"""What every benchmark and evaluation prints: one object with figures and rows."""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ...simulators.environment import Environment
from ...simulators.jsonable import finite

__all__ = ["Environment", "Report", "percentile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome of one benchmark.

    Attributes:
        command: What to type to measure again.
        version: Of Penchant.
        seed: Of everything random.
        figures: Name (with its unit) to number; a published name does not change.
        rows: The measurements behind the figures.
        environment: Where it was measured.
    """

    command: str
    version: str
    seed: int
    figures: Mapping[str, float]
    rows: Sequence[Mapping[str, object]]
    environment: Environment = field(default_factory=Environment.here)

    def print(self, *, as_json: bool, markdown: Path | None = None) -> None:
        """Prints the report on standard output.

        Args:
            as_json: As one JSON object.
            markdown: A file to write it to besides, as Markdown.
        """
        if markdown is not None:
            markdown.write_text(self.markdown(), encoding="utf-8")
        if as_json:
            sys.stdout.write(json.dumps(finite(asdict(self)), allow_nan=False) + "\n")
            return
        width = max(len(name) for name in self.figures)
        sys.stdout.write(f"{self.command}\n")
        for name, value in self.figures.items():
            sys.stdout.write(f"  {name:<{width}}  {value:10.3f}\n")
        for row in self.rows:
            cells = "  ".join(f"{key} {_cell(value)}" for key, value in row.items())
            sys.stdout.write(f"    {cells}\n")

    def markdown(self) -> str:
        """The report as Markdown: the command, the figures, then a table for each kind of row."""
        from ...simulators.reports.tables import tables

        here = self.environment
        figures = tables([{"figure": name, "value": v} for name, v in self.figures.items()])
        return (
            f"# penchant {self.command.removeprefix('penchant ')}\n\n"
            f"Penchant {self.version}, seed {self.seed}, Python {here.python}, {here.platform}, "
            f"{here.machine}, {here.cpus} CPUs. In parentheses: 95% intervals.\n\n"
            f"{figures}\n{tables(self.rows)}"
        )


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which a share of the measurements lies, by linear interpolation.

    Args:
        values: At least one measurement.
        share: In (0, 1).
    """
    if len(values) == 1:
        return values[0]
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return cuts[min(98, max(0, round(share * 100) - 1))]


def _cell(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
