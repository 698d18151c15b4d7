"""Shows how far a run is, on standard error: a bar, lines, JSON lines, or nothing."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, assert_never

from .flags import Display

if TYPE_CHECKING:
    from ....simulators.runner import RunProgress

__all__ = ["default_display", "shown"]

_EVERY_S = 5.0


def default_display() -> Display:
    """A bar on a terminal, else lines."""
    return Display.full if sys.stderr.isatty() else Display.plain


@contextmanager
def shown(display: Display) -> Iterator[Callable[[RunProgress], None]]:
    """What to tell of progress within the block."""
    match display:
        case Display.full:
            with _bar() as tell:
                yield tell
        case Display.plain:
            yield _Lines(_plain)
        case Display.json:
            yield _Lines(_as_json)
        case Display.none:
            yield lambda _: None
        case _:
            assert_never(display)


@contextmanager
def _bar() -> Iterator[Callable[[RunProgress], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[told]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), refresh_per_second=4) as progress:
        task = progress.add_task("starting", total=None, told="")

        def tell(now: RunProgress) -> None:
            progress.update(
                task, description=now.track, total=now.total, completed=now.done, told=_rest(now)
            )

        yield tell


class _Lines:
    """A line at the start, at the end, and every few seconds between."""

    def __init__(self, line: Callable[[RunProgress], str]) -> None:
        self._line = line
        self._last: float | None = None

    def __call__(self, now: RunProgress) -> None:
        due = self._last is None or now.seconds - self._last >= _EVERY_S
        if due or now.done == now.total:
            self._last = now.seconds
            sys.stderr.write(self._line(now) + "\n")
            sys.stderr.flush()


def _plain(now: RunProgress) -> str:
    latest = "" if now.latest is None else f"  {now.latest.arm}, {now.latest.user}"
    return f"{now.track}: {now.done}/{now.total} episodes  {_rest(now)}{latest}"


def _rest(now: RunProgress) -> str:
    """Rate, time left, failures and what was spent, where there is something to say."""
    told = []
    if now.rate:
        told.append(f"{now.rate:.1f}/s" if now.rate >= 0.1 else f"{1 / now.rate:.0f} s each")
    if now.left_s is not None and now.done < now.total:
        told.append(f"{_time(now.left_s)} left")
    if now.failed:
        told.append(f"{now.failed} failed")
    if now.tokens:
        told.append(f"{now.tokens} tokens")
    if now.usd:
        told.append(f"${now.usd:.2f}")
    return "  ".join(told)


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _as_json(now: RunProgress) -> str:
    told: dict[str, Any] = {
        "track": now.track,
        "done": now.done,
        "total": now.total,
        "failed": now.failed,
        "seconds": round(now.seconds, 3),
        "episodes_per_s": round(now.rate, 3),
        "left_s": None if now.left_s is None else round(now.left_s, 1),
        "tokens": now.tokens,
        "usd": now.usd,
        "latest": None if now.latest is None else list(now.latest),
    }
    return json.dumps(told)
