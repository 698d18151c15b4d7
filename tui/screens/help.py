"""What keys and commands there are."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ..slash import COMMANDS

__all__ = ["HelpScreen"]

_KEYS: tuple[tuple[str, str], ...] = (
    ("Enter", "send the message"),
    ("Shift+Enter, Ctrl+J", "new line"),
    ("Up, Down", "messages sent before (on the first and last line)"),
    ("PageUp, PageDown", "scroll the conversation"),
    ("1-9, arrows, Enter", "answer a question; Esc skips it"),
    ("Tab, Shift+Tab", "move between replies, [undo] lines and the rest"),
    ("Ctrl+E", "rewrite the last reply: what you change is learned"),
    ("F6, F7", "the last reply was good, was bad (+ and - on a focused reply)"),
    ("F2", "what I know about you: e edits, d deletes"),
    ("F3", "why the last turn went as it did"),
    ("F4", "your conversations"),
    ("F5", "light or dark"),
    ("Ctrl+N", "new conversation"),
    ("Ctrl+C", "stop the running turn; twice when idle: quit"),
    ("Ctrl+Q", "quit"),
)


class HelpScreen(ModalScreen[None]):
    """Closes with Escape, F1 or q."""

    CSS_PATH = "panel.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,q", "dismiss(None)", "Close"),
    ]

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="panel") as box:
            box.border_title = "help"
            box.border_subtitle = "Esc closes"
            yield Static(_table("Keys", _KEYS), markup=False)
            commands = tuple((f"/{name}", text) for name, text in COMMANDS.items())
            yield Static(_table("Commands, typed as a message", commands), markup=False)


def _table(title: str, rows: tuple[tuple[str, str], ...]) -> Content:
    width = max(len(left) for left, _ in rows) + 2
    parts: list[Content | tuple[str, str] | str] = [(title, "bold"), "\n"]
    for left, right in rows:
        parts += [f"  {left:<{width}}", (right, "dim"), "\n"]
    return Content.assemble(*parts)
