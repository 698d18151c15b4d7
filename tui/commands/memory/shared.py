"""What the memory commands share: the open store, and how preferences are printed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ....errors import InputError
from ..options import load_settings
from ..output import print_json, print_table

if TYPE_CHECKING:
    from ....memory import Memory
    from ....memory.types import Preference

__all__ = [
    "IdArgument",
    "app",
    "kind_of",
    "moment_of",
    "open_memory",
    "print_preferences",
    "scope_of",
    "until_of",
]

app = typer.Typer(
    name="memory",
    help="What is known of a user: read it, correct it, take it along, delete it.",
    no_args_is_help=True,
)
IdArgument = Annotated[
    str, typer.Argument(metavar="ID", help="As `penchant memory list` shows it.")
]


@contextlib.contextmanager
def open_memory(home: Path | None, *, write: bool = False) -> Iterator[Memory]:
    """Opens the store; for reading, that works beside a running chat.

    Raises:
        StoreLockedError: For writing, while another process writes.
    """
    from ....memory import Memory
    from ....models.deferred import DeferredEmbedder

    settings = load_settings(home=home)
    with Memory(
        settings.home,
        DeferredEmbedder(settings),
        database=settings.database_url,
        index=settings.index_url,
        read_only=not write,
    ) as memory:
        yield memory


def print_preferences(preferences: list[Preference], *, as_json: bool) -> None:
    if as_json:
        print_json({"preferences": preferences})
        return
    print_table(
        ("ID", "KIND", "SURE", "DESCRIPTION"),
        [
            (p.id, kind_of(p), f"{p.confidence:.0%}", p.description + scope_of(p))
            for p in preferences
        ],
    )


def kind_of(preference: Preference) -> str:
    return f"{'must' if preference.hard else preference.polarity}, {preference.origin}"


def scope_of(preference: Preference) -> str:
    return f" (for {preference.scope})" if preference.scope else ""


def until_of(preference: Preference) -> str:
    if preference.valid_to is None:
        return ""
    return f", until {preference.valid_to:%Y-%m-%d %H:%M}"


def moment_of(text: str, now: datetime, option: str) -> datetime:
    """Reads a moment in the past: a date, a date with a time, or so many days ago.

    Raises:
        InputError: It is none of these.
    """
    try:
        if text.isascii() and text.isdigit():
            return now - timedelta(days=int(text))
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise InputError(
            f"{option} is {text!r}; give a date such as 2026-03-01, or a number of days"
        ) from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
