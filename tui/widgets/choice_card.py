"""Several candidates to pick from."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Markdown

from ..text import clean, one_line
from .answer_card import AnswerCard

if TYPE_CHECKING:
    from ...agent.types import Choosing

__all__ = ["ChoiceCard"]


class _Offer(Vertical, can_focus=True):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "pick", "Pick", show=False)]

    class Picked(Message):
        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self, index: int, text: str, approach: str) -> None:
        super().__init__()
        self._index = index
        self._text = text
        self.border_title = Content(one_line(f"{index + 1}  {approach}".strip(), 60))

    def compose(self) -> ComposeResult:
        yield Markdown(clean(self._text), open_links=False)

    def action_pick(self) -> None:
        self.post_message(self.Picked(self._index))

    def on_click(self) -> None:
        self.action_pick()


class ChoiceCard(AnswerCard):
    """The candidates one below the other; a number, Enter or a click picks, Escape picks none."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", "Next", show=False),
        Binding("up", "app.focus_previous", "Previous", show=False),
        Binding("escape", "none", "None of these", show=False),
    ]

    class Chosen(Message):
        """The user picked a candidate by index, or none of them."""

        def __init__(self, choosing: Choosing, index: int | None) -> None:
            super().__init__()
            self.choosing = choosing
            self.index = index

    def __init__(self, choosing: Choosing) -> None:
        super().__init__()
        self.choosing = choosing
        self.border_title = "which one is best for you?"
        self.border_subtitle = "number or Enter picks, Esc: none of these"

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            for index, candidate in enumerate(self.choosing.candidates):
                yield _Offer(index, candidate.text, candidate.approach)
            yield Button("None of these", compact=True, id="none")

    def focus(self, scroll_visible: bool = True) -> ChoiceCard:
        """Puts the keyboard on the first candidate."""
        self.query(_Offer).first().focus(scroll_visible)
        return self

    def pick(self, index: int) -> bool:
        """See `AnswerCard.pick`."""
        if not 0 <= index < len(self.choosing.candidates):
            return False
        self.post_message(self.Chosen(self.choosing, index))
        return True

    def on__offer_picked(self, event: _Offer.Picked) -> None:
        event.stop()
        self.post_message(self.Chosen(self.choosing, event.index))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_none()

    def action_none(self) -> None:
        self.post_message(self.Chosen(self.choosing, None))
