"""What just changed in memory, with a way to take it back."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from ...memory.types import Preference
from ..text import describe

__all__ = ["LearnedLine"]

_UNDONE = {"Learned": "Forgotten", "Deleted": "Kept"}


class LearnedLine(Static, can_focus=True):
    """`Learned: … [undo]`; Enter, `u` or a click undoes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,u", "undo", "Undo", show=False),
    ]

    class Undo(Message):
        """The user takes the change back."""

        def __init__(self, line: LearnedLine) -> None:
            super().__init__()
            self.line = line

    def __init__(
        self, preference: Preference, *, change: Literal["Learned", "Deleted"] = "Learned"
    ) -> None:
        super().__init__(
            Content.assemble(f"{change}: {describe(preference)}  ", ("[undo]", "underline")),
            markup=False,
        )
        self.preference = preference
        self.change = change
        self.undone = False

    def show_undone(self) -> None:
        """Says that the change was taken back."""
        self.undone = True
        self.can_focus = False
        self.update(Content(f"{_UNDONE[self.change]}: {describe(self.preference)}"))
        self.add_class("undone")

    def action_undo(self) -> None:
        if not self.undone:
            self.post_message(self.Undo(self))

    def on_click(self) -> None:
        self.action_undo()
