"""What a pull shows, on a terminal and in a pipe."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from penchant.models.progress import RichProgress


def _show(console: Console | None) -> None:
    with RichProgress(console) as progress:
        progress.say("tiny: fetching [from] the model hub")
        for done in range(0, 9):
            progress.show("tiny/weights", done << 20, 8 << 20)
        progress.show("tiny/config.json", 10, 10)


def test_a_pipe_gets_a_line_per_quarter() -> None:
    out = io.StringIO()
    _show(Console(file=out, force_terminal=False, width=20))
    assert out.getvalue().splitlines() == [
        "tiny: fetching [from] the model hub",
        "tiny/weights: 25 % of 8.4 MB",
        "tiny/weights: 50 % of 8.4 MB",
        "tiny/weights: 75 % of 8.4 MB",
        "tiny/weights: 100 % of 8.4 MB",
    ]


def test_a_terminal_gets_bars() -> None:
    out = io.StringIO()
    _show(Console(file=out, force_terminal=True, width=100))
    assert "tiny: fetching [from] the model hub" in out.getvalue()
    assert "8.4/8.4 MB" in out.getvalue()


def test_standard_output_stays_clean(capsys: pytest.CaptureFixture[str]) -> None:
    _show(None)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "tiny/weights: 100 %" in captured.err
