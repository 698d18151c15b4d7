"""The arm in which a chat model chooses what to ask."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Literal

from pydantic import BaseModel, create_model

from ...errors import ModelError
from ...models.prompts import fence, one_line, render
from ...models.types import ChatModel, Message
from .arms import Situation
from .gate import OPEN, Asked

__all__ = ["Chosen"]

_OPEN_NAME = "what matters most"
_TOKENS = 32


class Chosen:
    """Asks a chat model, whose answer is held to the list of questions that may be asked.

    A call that fails ends the questions, as an assistant that cannot think of one would.

    Args:
        chat: The chat model.
    """

    def __init__(self, chat: ChatModel) -> None:
        self.name = f"{chat.name} chooses"
        self.calls = 0
        self.failures = 0
        self.seconds = 0.0
        self._chat = chat
        self._loop = asyncio.new_event_loop()

    def choose(self, now: Situation) -> str | None:
        """The next question, by the key of its aspect or `OPEN`; None if the call fails."""
        names = {a.name: a.key for a in now.belief.tendencies.aspects if a.key in set(now.open)}
        if not now.opened:
            names[_OPEN_NAME] = OPEN
        if not names:
            return None
        prompt = render(
            __package__,
            "choose",
            request=fence(now.person.task.request, "request"),
            said=_said(now),
            aspects=", ".join(one_line(name) for name in names),
        )
        began = time.perf_counter()
        self.calls += 1
        try:
            answer, _ = self._loop.run_until_complete(
                self._chat.structured(
                    [Message(role="user", content=prompt)],
                    _one_of(tuple(names)),
                    max_tokens=_TOKENS,
                )
            )
        except ModelError:
            self.failures += 1
            return None
        finally:
            self.seconds += time.perf_counter() - began
        chosen: Any = answer
        return names[str(chosen.ask_about)]

    def close(self) -> None:
        """Ends the loop that calls run on."""
        self._loop.close()


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
