"""The arm in which a chat model chooses what to ask."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, create_model

from ...errors import StructuredOutputError
from ...models.prompts import fence, one_line, render
from ...models.types import ChatModel, Message
from ..users.gate import OPEN, Asked
from .arms import Chosen, Situation

__all__ = ["ModelChooses"]

_OPEN_NAME = "what matters most"
_TOKENS = 32


class ModelChooses:
    """Asks a chat model, whose answer is held to the list of questions that may be asked.

    An answer that fits no question ends the questions, as an assistant that cannot think of one
    would, and is counted as "parse".

    Args:
        chat: The chat model.
        name: What tables call the arm.
    """

    def __init__(self, chat: ChatModel, name: str) -> None:
        self.name = name
        self._chat = chat

    async def choose(self, now: Situation) -> Chosen:
        """See `Arm.choose`.

        Raises:
            ModelError: The model did not answer.
        """
        names = {a.name: a.key for a in now.belief.tendencies.aspects if a.key in set(now.open)}
        if not now.opened:
            names[_OPEN_NAME] = OPEN
        if not names:
            return Chosen(None)
        prompt = render(
            __package__,
            "choose",
            request=fence(now.person.task.request, "request"),
            said=_said(now),
            aspects=", ".join(one_line(name) for name in names),
        )
        try:
            answer, _ = await self._chat.structured(
                [Message(role="user", content=prompt)],
                _one_of(tuple(names)),
                max_tokens=_TOKENS,
            )
        except StructuredOutputError:
            return Chosen(None, failures={"parse": 1})
        chosen: Any = answer
        return Chosen(names[str(chosen.ask_about)])


def _one_of(names: tuple[str, ...]) -> type[BaseModel]:
    # Each list of questions is a schema of its own, so that the model cannot name another.
    return create_model("NextQuestion", ask_about=(Literal[names], ...))  # type: ignore[arg-type]


def _said(now: Situation) -> str:
    lines = [_line(now, asked) for asked in now.history]
    if not lines:
        return "Nothing is known of them yet."
    return fence("\n".join(lines), "known")


def _line(now: Situation, asked: Asked) -> str:
    names = {aspect.key: aspect.name for aspect in now.belief.tendencies.aspects}
    name = names.get(asked.question, _OPEN_NAME)
    match asked.response:
        case "value":
            return f"{name}: {asked.value}"
        case "indifferent":
            return f"{name}: does not matter"
        case "named":
            return f"{name}: {', '.join(names[each] for each in asked.names) or 'nothing else'}"
        case _:
            return f"{name}: no answer"
