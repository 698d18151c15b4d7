"""What each arm puts before the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ...memory.prompt import MEMORY_TAG, inert
from ...models.history import trim_history
from ...models.prompts import fence, one_line, render
from ...models.types import ChatModel, Embedder, Message
from ..datasets.prefeval import Said
from .choosing import LETTERS
from .items import Asked

__all__ = [
    "ARMS",
    "FLOORS",
    "FULL_HISTORY",
    "LONGEST",
    "NO_MEMORY",
    "OPTIONS_ONLY",
    "ORACLE",
    "OURS",
    "RANDOM",
    "RAW",
    "SAID",
    "Arm",
    "Exchanges",
    "retrieve",
    "with_exchanges",
    "with_history",
    "with_known",
    "with_options_only",
    "with_preference",
]

Arm: TypeAlias = Literal[
    "no memory",
    "full history",
    "raw retrieval",
    "ours",
    "oracle",
    "options only",
    "longest option",
    "random",
]
NO_MEMORY: Arm = "no memory"
FULL_HISTORY: Arm = "full history"
RAW: Arm = "raw retrieval"
OURS: Arm = "ours"
ORACLE: Arm = "oracle"
OPTIONS_ONLY: Arm = "options only"
LONGEST: Arm = "longest option"
RANDOM: Arm = "random"

SAID: tuple[Arm, ...] = (OURS, RAW, FULL_HISTORY)
"""Arms that depend on what was said, and so on form and turns."""
FLOORS: tuple[Arm, ...] = (LONGEST, RANDOM)
"""Arms that take no model."""
ARMS: tuple[Arm, ...] = (NO_MEMORY, ORACLE, OPTIONS_ONLY, *FLOORS, *SAID)

_RETRIEVED = 3
_REPLY_CHARACTERS = 200
# What the answer, the chat template and an estimate's error may take of the window.
_RESERVE_TOKENS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanges:
    """What raw retrieval found.

    Attributes:
        places: Places of the exchanges in the conversation, the nearest first.
        block: The same as the prompt has it, in the order in which it was said.
    """

    places: tuple[int, ...]
    block: str


def with_known(asked: Asked, known: str) -> list[Message]:
    """The prompt of most arms: question and options, then what is known.

    What differs between the arms stands last, so that they share a prefix.

    Args:
        asked: The question.
        known: `as_prompt_data`'s block; may be empty.
    """
    told = render(__package__, "known", block=known) + "\n\n" if known else ""
    return [_system(), Message(role="user", content=_question(asked, told))]


def with_preference(asked: Asked) -> list[Message]:
    """The oracle's: the preference in the user's own words, fenced like our memory."""
    return with_known(asked, fence(f"- {inert(asked.item.preference)}", MEMORY_TAG))


def with_options_only(asked: Asked) -> list[Message]:
    """Only the options, neither the question nor the preference."""
    text = render(__package__, "options", options=_options(asked))
    return [_system(), Message(role="user", content=text)]


def with_history(asked: Asked, said: Sequence[Said], chat: ChatModel) -> list[Message]:
    """The whole conversation, then the question; what does not fit the window goes, oldest first.

    Args:
        asked: The question.
        said: The conversation.
        chat: Counts tokens.
    """
    history = [
        message
        for each in said
        for message in (
            Message(role="user", content=each.user),
            Message(role="assistant", content=each.assistant),
        )
        if message.content
    ]
    whole = [_system(), *history, Message(role="user", content=_question(asked, ""))]
    return trim_history(whole, chat.context_window - _RESERVE_TOKENS, chat.count_tokens)


def with_exchanges(asked: Asked, found: Exchanges) -> list[Message]:
    """Raw retrieval's: exchanges of the conversation as they were held."""
    told = render(__package__, "earlier", block=found.block) + "\n\n"
    return [_system(), Message(role="user", content=_question(asked, told))]


def retrieve(
    said: Sequence[Said], question: str, embedder: Embedder, *, tokens: int, chat: ChatModel
) -> Exchanges:
    """The exchanges nearest to a question: an index over raw turns, without any reading.

    An exchange is embedded as the user's message and the beginning of the reply, and shown so.

    Args:
        said: The conversation.
        question: What is asked.
        embedder: The one that memory uses.
        tokens: At most so many, as for our memory; the nearest is kept even beyond it.
        chat: Counts them.
    """
    import numpy as np

    texts = [
        f"User: {one_line(each.user, limit=1000)}\n"
        f"Assistant: {one_line(each.assistant, limit=_REPLY_CHARACTERS)}"
        for each in said
    ]
    vectors = embedder.embed([*texts, question])
    order = np.argsort(-(vectors[:-1] @ vectors[-1]), kind="stable")[:_RETRIEVED].tolist()
    kept: list[int] = []
    left = tokens
    for place in order:
        left -= chat.count_tokens(texts[place])
        if kept and left < 0:
            break
        kept.append(place)
    block = fence("\n\n".join(texts[place] for place in sorted(kept)), "earlier_messages")
    return Exchanges(places=tuple(kept), block=block)


def _system() -> Message:
    return Message(role="system", content=render(__package__, "system"))


def _options(asked: Asked) -> str:
    lines = zip(LETTERS, asked.options, strict=True)
    return "\n".join(f"{letter}. {one_line(option, limit=400)}" for letter, option in lines)


def _question(asked: Asked, known: str) -> str:
    return render(
        __package__,
        "choose",
        question=one_line(asked.item.question, limit=1000),
        options=_options(asked),
        known=known,
    )
