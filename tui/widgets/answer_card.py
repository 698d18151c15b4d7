"""What the cards that wait for an answer have in common: options by number, or words instead."""

from __future__ import annotations

from textual import events
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import OptionList

__all__ = ["AnswerCard"]


class AnswerCard(Vertical):
    """Options above the composer. A number picks one; whoever types words means words.

    Letters that come while the options have the keyboard are passed on, and so is the Enter after
    them: it must not pick the option that happens to be highlighted.
    """

    class Typed(Message):
        """The user types where options can be picked; a line end sends it."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self) -> None:
        super().__init__()
        self._typing = False

    def pick(self, index: int) -> bool:
        """Picks an option by its place, if there is such a one."""
        options = self.query_one(OptionList)
        if not 0 <= index < options.option_count:
            return False
        options.highlighted = index
        options.action_select()
        return True

    def on_descendant_focus(self) -> None:
        self._typing = False

    def on_key(self, event: events.Key) -> None:
        character = event.character
        if self._typing and event.key == "enter":
            event.stop()
            self.post_message(self.Typed("\n"))
        elif character is not None and event.is_printable:
            if not self._typing:
                if character.isdecimal() and self.pick(int(character) - 1):
                    event.stop()
                    return
                if character.isspace():
                    return
            self._type(event, character)

    def on_paste(self, event: events.Paste) -> None:
        self._type(event, event.text)

    def _type(self, event: events.Event, text: str) -> None:
        event.stop()
        self._typing = True
        self.post_message(self.Typed(text))
