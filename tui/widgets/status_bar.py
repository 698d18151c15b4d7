"""One line on the state of things."""

from __future__ import annotations

from rich.cells import cell_len
from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from ..text import one_line

__all__ = ["StatusBar"]

_BETWEEN = " · "
_GAP = 3
_LONGEST = 32


class StatusBar(Widget):
    """State on the left; model, user, questions left and session on the right."""

    state: reactive[str] = reactive("starting…")
    model: reactive[str] = reactive("")
    user: reactive[str] = reactive("")
    session: reactive[str] = reactive("")
    questions_left: reactive[int | None] = reactive[int | None](None)

    def render(self) -> RenderResult:
        facts = [one_line(fact, _LONGEST) for fact in (_short(self.model), self.user) if fact]
        if self.questions_left is not None:
            plural = "" if self.questions_left == 1 else "s"
            facts.append(f"{self.questions_left} question{plural} left")
        if self.session:
            # Ids begin with the time; what tells them apart stands at the end.
            facts.append(f"session …{one_line(self.session)[-6:]}")
        width = max(self.content_size.width, 1)
        state = one_line(self.state)
        # The state comes first: what does not fit beside it is left out, fact by fact.
        while facts and cell_len(state) + _GAP + cell_len(_BETWEEN.join(facts)) > width:
            facts.pop()
        right = _BETWEEN.join(facts)
        gap = max(width - cell_len(state) - cell_len(right), 0)
        return Content(state + " " * gap + right).truncate(width, ellipsis=True)


def _short(model: str) -> str:
    """The last part of a model's name or path, where the whole is long."""
    return model if len(model) <= _LONGEST else model.rpartition("/")[2]
