"""How a long download reports: what it does in words, and how far it is in bytes."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

__all__ = ["Progress", "RichProgress", "SilentProgress"]

_WORTH_A_LINE = 1 << 20


class Progress(Protocol):
    """What a pull tells its caller; calls come from the thread that pulls.

    An exception raised here stops the pull; what has arrived is kept for the next one.
    """

    def say(self, message: str) -> None:
        """Takes a line about what happens now."""
        ...

    def show(self, label: str, done: int, total: int) -> None:
        """Takes how many bytes of a labelled file are here, from 0 to `total`."""
        ...


class SilentProgress:
    """Reports nothing."""

    def say(self, message: str) -> None:
        """Drops the line."""

    def show(self, label: str, done: int, total: int) -> None:
        """Drops the figures."""


class RichProgress:
    """Bars on a terminal, a line per quarter elsewhere; on standard error by default.

    Use it as a context manager: the bars live until it closes.
    """

    def __init__(self, console: Console | None = None) -> None:
        from rich import progress as bars
        from rich.console import Console as RichConsole

        self._console = console if console is not None else RichConsole(stderr=True)
        self._bars = bars.Progress(
            bars.TextColumn("{task.description}", markup=False),
            bars.BarColumn(),
            bars.DownloadColumn(),
            bars.TransferSpeedColumn(),
            bars.TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._quarters: dict[str, int] = {}

    def __enter__(self) -> RichProgress:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def say(self, message: str) -> None:
        """Prints the line above the bars."""
        self._console.print(message, markup=False, highlight=False, soft_wrap=True)

    def show(self, label: str, done: int, total: int) -> None:
        """Moves the file's bar, or prints a line when another quarter is done."""
        if not self._console.is_terminal:
            quarter = 4 * done // max(total, 1)
            if quarter > self._quarters.get(label, 0) and total >= _WORTH_A_LINE:
                self._quarters[label] = quarter
                self.say(f"{label}: {25 * quarter} % of {total / 1e6:,.1f} MB")
            return
        if label not in self._tasks:
            self._tasks[label] = self._bars.add_task(label, total=total)
        self._bars.update(self._tasks[label], completed=done, total=total)
