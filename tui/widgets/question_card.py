"""A clarifying question with its options."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from ...policies.types import Question
from ..text import one_line
from .answer_card import AnswerCard

__all__ = ["QuestionCard"]

_ELSE = "else"
_SKIP = "skip"


class QuestionCard(AnswerCard):
    """Options by number, arrows or mouse; own words by typing them; Escape skips."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "skip", "Skip", show=False),
    ]

    class Answered(Message):
        """The user picked an option (its index) or skipped (None)."""

        def __init__(self, question: Question, value: int | None) -> None:
            super().__init__()
            self.question = question
            self.value = value

    class OwnWords(Message):
        """The user wants to answer in their own words."""

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question
        self.border_title = "question"
        self.border_subtitle = "number or Enter picks, or type; Esc skips"

    def compose(self) -> ComposeResult:
        text = Content(one_line(self.question.text)).stylize("bold")
        if self.question.why:
            text = Content.assemble(text, (f"  ({one_line(self.question.why)})", "dim"))
        yield Static(text, markup=False, id="question")
        options = [
            Option(Content(f"{number}  {one_line(option)}"), id=str(number - 1))
            for number, option in enumerate(self.question.options, 1)
        ]
        count = len(options)
        options.append(Option(Content(f"{count + 1}  Something else…"), id=_ELSE))
        options.append(Option(Content(f"{count + 2}  Skip"), id=_SKIP))
        yield OptionList(*options, markup=False, compact=True)

    def focus(self, scroll_visible: bool = True) -> QuestionCard:
        """Puts the keyboard on the options."""
        self.query_one(OptionList).focus(scroll_visible)
        return self

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_id == _ELSE:
            self.post_message(self.OwnWords())
        elif event.option_id == _SKIP:
            self.action_skip()
        else:
            self.post_message(self.Answered(self.question, event.option_index))

    def action_skip(self) -> None:
        self.post_message(self.Answered(self.question, None))
