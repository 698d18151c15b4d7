"""How the user answers what the assistant asks: questions, choices and contradictions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, TypeAlias

from textual import work

from ..answers import read_answer, read_settled
from ..widgets.bubbles import Notice, UserMessage
from .corrections import CorrectingScreen

if TYPE_CHECKING:
    from ...agent.types import Event, Pending
    from ...memory.types import Conflict, Settled
    from ...policies.types import Question
    from ..backend import ChatAgent
    from ..engine import Engine
    from ..widgets.answer_card import AnswerCard
    from ..widgets.choice_card import ChoiceCard
    from ..widgets.conflict_card import ConflictCard
    from ..widgets.question_card import QuestionCard

    Card: TypeAlias = QuestionCard | ChoiceCard | ConflictCard

__all__ = ["TYPE_HERE", "AnsweringScreen"]

TYPE_HERE = "Message (Enter sends, Ctrl+J new line, F1 help)"
_ANSWER_HERE = "Your own answer (Esc: back to the options)"
_WHEN_HERE = "When does the new one hold? (Esc: back to the options)"
_BOTH_FOR = "both for "


class AnsweringScreen(CorrectingScreen):
    """A conversation in which something may be open: a card above the composer shows it."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._card: Card | None = None
        self._open: Pending | None = None

    def on_composer_left(self) -> None:
        if self._card is not None:
            self._card.focus()

    async def on_question_card_answered(self, event: QuestionCard.Answered) -> None:
        if self._may_answer:
            await self._answer(event.question, event.value)

    def on_question_card_own_words(self) -> None:
        self._composer.placeholder = _ANSWER_HERE
        self._composer.focus()

    def on_answer_card_typed(self, event: AnswerCard.Typed) -> None:
        # At once, so that no key that follows reaches the options.
        self.set_focus(self._composer)
        if event.text == "\n":
            self._composer.send()
            return
        self._composer.put(self._composer.text + event.text)

    async def on_choice_card_chosen(self, event: ChoiceCard.Chosen) -> None:
        if self._may_answer:
            await self._show_card(None)
            choosing, index = event.choosing, event.index
            await self._run(lambda agent: agent.astream_choice(choosing, index))

    async def on_conflict_card_resolved(self, event: ConflictCard.Resolved) -> None:
        if self._may_answer:
            await self._settle(event.conflict, event.keep)

    def on_conflict_card_when(self) -> None:
        self._composer.placeholder = _WHEN_HERE
        self._composer.put(_BOTH_FOR)
        self._composer.focus()

    async def _take_answer(self, text: str) -> bool:
        """Takes what was typed as the answer to what is open; False if it is a message.

        A message passes over an open contradiction.
        """
        if not self._may_answer:
            return False
        from ...memory.types import Conflict
        from ...policies.types import Question

        match self._open:
            case Question() as question:
                await self._answer(question, read_answer(question, text))
                return True
            case Conflict() as conflict:
                settled = read_settled(text)
                if settled is not None:
                    await self._settle(conflict, settled.keep, settled.scope)
                    return True
                await self._show_card(None)
        return False

    @property
    def _may_answer(self) -> bool:
        return self._phase == "idle" and self._card is not None

    async def _answer(self, question: Question, value: int | str | None) -> None:
        if value is None:
            said = "(skipped)"
        else:
            said = question.options[value] if isinstance(value, int) else value
        await self._say(f"Question: {question.text}", said)
        await self._run(lambda agent: agent.astream_answer(question, value))

    async def _settle(
        self, conflict: Conflict, keep: Settled | None, scope: str | None = None
    ) -> None:
        from ...memory.conflict import settled_words

        await self._say(
            conflict.question, "(later)" if keep is None else settled_words(keep, scope)
        )
        await self._run(lambda agent: agent.astream_resolve(conflict, keep, scope=scope))

    async def _say(self, asked: str, said: str) -> None:
        """Puts question and answer into the transcript, in the place of the card."""
        await self._show_card(None)
        await self._transcript.add(Notice(asked))
        await self._transcript.add(UserMessage(said))

    async def _run(self, run: Callable[[ChatAgent], AsyncIterator[Event]]) -> None:
        """Runs a turn; the conversation on screen knows how."""
        raise NotImplementedError

    async def _show_card(self, pending: Pending | None) -> None:
        if self._card is not None:
            await self._card.remove()
            self._card = self._open = None
            self._composer.placeholder = TYPE_HERE
            self._composer.focus()
        if pending is None:
            return
        self._open, self._card = pending, _card(pending)
        await self.query_one("#tray").mount(self._card)
        # Someone in the middle of a sentence keeps the keyboard.
        if not self._composer.text:
            self._card.focus()

    @work
    async def _recover_card(self) -> None:
        async def gather(agent: ChatAgent) -> Pending | None:
            return agent.pending

        pending = await self._ask_engine(gather)
        if pending is not None and self._card is None and self._phase == "idle":
            await self._show_card(pending)


def _card(pending: Pending) -> Card:
    # Here because they bring the agent along, which must not delay the first paint.
    from ...memory.types import Conflict
    from ...policies.types import Question
    from ..widgets.choice_card import ChoiceCard
    from ..widgets.conflict_card import ConflictCard
    from ..widgets.question_card import QuestionCard

    if isinstance(pending, Question):
        return QuestionCard(pending)
    return ConflictCard(pending) if isinstance(pending, Conflict) else ChoiceCard(pending)
