"""The commands that can be typed into a conversation, in the app and in plain mode alike."""

from __future__ import annotations

from typing import Literal, NamedTuple, cast, get_args

__all__ = ["COMMANDS", "Slash", "SlashName", "parse"]

SlashName = Literal["memory", "undo", "edit", "why", "sessions", "new", "help", "quit"]

COMMANDS: dict[SlashName, str] = {
    "memory": "show what is known about you",
    "undo": "forget what was learned last",
    "edit": "rewrite the last reply: /edit NEW TEXT",
    "why": "show why the last turn went as it did",
    "sessions": "list your conversations",
    "new": "start a new conversation",
    "help": "show these commands",
    "quit": "leave",
}


class Slash(NamedTuple):
    """A typed command and the text after it."""

    name: SlashName
    argument: str


def parse(text: str) -> Slash | None:
    """Reads a command such as `/edit shorter please`.

    Returns:
        The command, or None if the text is a message: it does not start with one of the known
        words, so that a message may begin with a path or a fraction.
    """
    if not text.startswith("/"):
        return None
    word, _, rest = text[1:].partition(" ")
    word = word.strip().lower()
    if word in get_args(SlashName):
        return Slash(cast("SlashName", word), rest.strip())
    return None
