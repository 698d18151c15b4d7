"""Where the user types."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from ..text import clean

__all__ = ["Composer"]


_SEND = frozenset({"enter"})
_NEWLINE = frozenset({"shift+enter", "ctrl+j", "alt+enter"})


class Composer(TextArea):
    """A multi-line input: Enter sends, Shift+Enter or Ctrl+J begins a line.

    Up on the first line and Down on the last walk through what was sent before; what was being
    typed is kept at the end of that walk.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", show=False),
    ]

    class Sent(Message):
        """The user sent a text (not blank)."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """The user pressed Escape."""

    class Scrolled(Message):
        """The user wants to read elsewhere in the conversation, some pages up or down."""

        def __init__(self, pages: int) -> None:
            super().__init__()
            self.pages = pages

    def __init__(self, *, placeholder: str, id: str | None = None) -> None:  # noqa: A002
        super().__init__(
            id=id,
            placeholder=placeholder,
            soft_wrap=True,
            tab_behavior="focus",
            highlight_cursor_line=False,
        )
        self._sent: list[str] = []
        self._at: int | None = None
        self._typing = ""

    def remember(self, texts: list[str]) -> None:
        """Replaces the history, oldest first."""
        self._sent = list(texts)
        self._at = None

    def put(self, text: str) -> None:
        """Replaces the text and puts the cursor at its end."""
        self.text = clean(text)
        self.move_cursor(self.document.end)

    async def _on_key(self, event: events.Key) -> None:
        # Not bindings with priority: those overtake the characters typed just before.
        if event.key in _SEND or event.key in _NEWLINE:
            event.prevent_default()
            event.stop()
            if event.key in _SEND:
                self.send()
            else:
                self.replace("\n", *self.selection, maintain_selection_offset=False)

    def send(self) -> None:
        """Sends what was typed, unless it is blank."""
        text = clean(self.text).strip()
        if not text:
            return
        if not self._sent or self._sent[-1] != text:
            self._sent.append(text)
        self._at = None
        self._typing = ""
        self.clear()
        self.post_message(self.Sent(text))

    def action_leave(self) -> None:
        self.post_message(self.Left())

    def action_cursor_up(self, select: bool = False) -> None:
        if select or self.wrapped_document.location_to_offset(self.cursor_location).y > 0:
            super().action_cursor_up(select)
        elif self._sent and self._at != 0:
            if self._at is None:
                self._typing = self.text
            self._at = len(self._sent) - 1 if self._at is None else self._at - 1
            self.put(self._sent[self._at])

    def action_cursor_down(self, select: bool = False) -> None:
        offset = self.wrapped_document.location_to_offset(self.cursor_location)
        if select or self._at is None or offset.y < self.wrapped_document.height - 1:
            super().action_cursor_down(select)
        elif self._at == len(self._sent) - 1:
            self._at = None
            self.put(self._typing)
        else:
            self._at += 1
            self.put(self._sent[self._at])

    def action_cursor_page_up(self) -> None:
        self.post_message(self.Scrolled(-1))

    def action_cursor_page_down(self) -> None:
        self.post_message(self.Scrolled(1))

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.replace(clean(event.text), *self.selection, maintain_selection_offset=False)
