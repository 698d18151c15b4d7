"""A contradiction to settle, with what was said before and what is said now side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from ..text import describe, one_line
from .answer_card import AnswerCard

if TYPE_CHECKING:
    from ...memory.types import Conflict, Settled

__all__ = ["ConflictCard"]

_WHEN = "when"
_LATER = "later"
_OPTIONS = {
    "old": "Keep what I said before",
    "new": "Take what I say now",
    "both": "Both hold",
    _WHEN: "Both hold, the new one only when…",
    _LATER: "Decide later (the old one stays)",
}


class ConflictCard(AnswerCard):
    """Keep the old, take the new, or both, by number, arrows, mouse or words; Escape waits."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "later", "Later", show=False),
    ]

    class Resolved(Message):
        """The user said what holds, or (None) that it can wait."""

        def __init__(self, conflict: Conflict, keep: Settled | None) -> None:
            super().__init__()
            self.conflict = conflict
            self.keep = keep

    class When(Message):
        """Both hold, and the user wants to say when the new one does."""

    def __init__(self, conflict: Conflict) -> None:
        super().__init__()
        self.conflict = conflict
        self.border_title = "which one holds?"
        self.border_subtitle = "number or Enter picks, or type; Esc later"

    def compose(self) -> ComposeResult:
        old, new = self.conflict.old, self.conflict.new
        with Horizontal():
            before = Static(Content(describe(old)), markup=False, id="old")
            before.border_title = Content(f"before, {old.valid_from:%d %b %Y}")
            yield before
            now = Static(Content(describe(new)), markup=False, id="new")
            now.border_title = Content("now")
            yield now
        yield Static(Content(one_line(self.conflict.reason)), markup=False, id="reason")
        options = [
            Option(Content(f"{number}  {text}"), id=name)
            for number, (name, text) in enumerate(_OPTIONS.items(), 1)
        ]
        yield OptionList(*options, markup=False, compact=True)

    def focus(self, scroll_visible: bool = True) -> ConflictCard:
        """Puts the keyboard on the options."""
        self.query_one(OptionList).focus(scroll_visible)
        return self

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        match event.option_id:
            case "old" | "new" | "both" as keep:
                self.action_settle(keep)
            case "when":
                self.action_when()
            case _:
                self.action_later()

    def action_settle(self, keep: Settled) -> None:
        self.post_message(self.Resolved(self.conflict, keep))

    def action_when(self) -> None:
        self.post_message(self.When())

    def action_later(self) -> None:
        self.post_message(self.Resolved(self.conflict, None))
