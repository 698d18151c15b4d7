"""Options that several commands share, and how they become settings and a user."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ...config import Settings

__all__ = [
    "HomeOption",
    "JsonOption",
    "MarkdownOption",
    "UserOption",
    "load_settings",
    "read_text",
    "user_or_default",
]

UserOption = Annotated[
    str | None,
    typer.Option(
        "--user", "-u", help="Whose memory; else PENCHANT_USER, else the login name.", metavar="ID"
    ),
]
HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="Where memories and sessions live.", metavar="DIR"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
MarkdownOption = Annotated[
    Path | None,
    typer.Option("--markdown", help="Write the report to this file, too.", metavar="FILE"),
]


def load_settings(*, home: Path | None = None, model: str | None = None) -> Settings:
    """Settings from flags, the environment and the config file.

    Raises:
        ConfigError: A setting is unknown or malformed.
    """
    from ...config import Settings

    return Settings.load(home=home, model=model)


def read_text(file: Path) -> str:
    """The text of a file, or of standard input if the file is named `-`.

    Raises:
        InputError: It cannot be read.
    """
    import sys

    from ...errors import InputError

    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {str(file)!r}: {error}") from error


def user_or_default(user: str | None) -> str:
    """The user named by a flag, else by `PENCHANT_USER`, else the login name."""
    import getpass
    import os

    if user:
        return user
    named = os.environ.get("PENCHANT_USER")
    if named:
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # No login name, as in some containers.
        return "me"
