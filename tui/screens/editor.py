"""A text to rewrite, over the conversation."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from ..text import clean

__all__ = ["EditorScreen"]


class EditorScreen(ModalScreen[str | None]):
    """Returns the new text, or None if it was left as it is."""

    CSS_PATH = "editor.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Save", priority=True),
        Binding("escape", "cancel", "Cancel"),
    ]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._text = clean(text)

    def compose(self) -> ComposeResult:
        with Vertical(id="editor") as box:
            box.border_title = self._title
            yield TextArea(self._text, soft_wrap=True, tab_behavior="focus")
            yield Static("Ctrl+S saves, Esc leaves it as it is", id="keys", markup=False)

    def on_mount(self) -> None:
        area = self.query_one(TextArea)
        area.move_cursor(area.document.end)
        area.focus()

    def action_save(self) -> None:
        text = clean(self.query_one(TextArea).text).strip()
        self.dismiss(text if text and text != self._text.strip() else None)

    def action_cancel(self) -> None:
        self.dismiss(None)
