"""The conversation so far, as the chat model reads it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from ..memory.types import Answer, Edit, Evidence, Turn
from ..models.types import Message
from ..policies.constraints import breaks
from ..policies.feedback import asks_back, read_message
from ..policies.types import Reading

__all__ = [
    "NOD",
    "Exchange",
    "as_edited",
    "conversation",
    "last_exchange",
    "objected_to",
    "read_after",
    "request_of",
]


_LONGEST_ORDER = 300
NOD = "Noted."
"""What a message gets that asks for nothing."""
# How it should be, rather than that it is good, or when or where it is.
_OF_IT = re.compile(
    r"\W*(?:(?:but|no|well|actually|sorry|hm+)\W+)*i(?:['’]d|\s+would)?\s+"
    r"(?:(?:really|rather|much|do)\s+)*(?:like|love|prefer|want|have)\s+(?P<what>it|them|mine)\s+"
    r"(?!(?:when|whenever|if|as|that|how|because|since|here|there|so|too|also|in|on|at|for|with|"
    r"by|from|best|most|better|more than)\b)(?P<how>\w.*)",
    re.IGNORECASE | re.DOTALL,
)


class Exchange(NamedTuple):
    """A reply and the request that it answered; None where there is none."""

    reply: str | None
    request: str | None


def conversation(turns: Sequence[Turn], edits: Sequence[Evidence] = ()) -> list[Message]:
    """Turns stored messages into a prompt's history.

    Clarifying questions count as the assistant's. Where the user rewrote a reply, the user's
    version stands, so that the model sees what was wanted. Messages of one role in a row (a
    turn that failed, a question after a reply) are joined, since many chat templates insist
    that roles alternate.

    Args:
        turns: The messages before the present one, oldest first.
        edits: The edits made in this conversation, oldest first.

    Returns:
        Messages that begin with the user's and alternate.
    """
    messages: list[Message] = []
    for turn in turns:
        role = "user" if turn.role == "user" else "assistant"
        text = as_edited(turn.text, edits) if turn.role == "assistant" else turn.text
        if not text.strip():
            continue
        if messages and messages[-1].role == role:
            joined = f"{messages[-1].content}\n\n{text}"
            messages[-1] = Message(role=messages[-1].role, content=joined)
        elif messages or role == "user":
            messages.append(Message(role="user" if role == "user" else "assistant", content=text))
    return messages


def as_edited(text: str, edits: Iterable[Evidence]) -> str:
    """What the user's edits, oldest first, made of a reply; an edit may follow upon another."""
    for each in edits:
        if isinstance(each.observation, Edit) and each.observation.before == text:
            text = each.observation.after
    return text


def last_exchange(turns: Sequence[Turn], answers: Sequence[Evidence] = ()) -> Exchange:
    """The last reply of a conversation and the request that it answered.

    After a nod there is no reply that a message could be about: "I like a casual tone" is then
    said of all replies, and changes none.

    Args:
        turns: Messages, oldest first.
        answers: The answers to questions given in this conversation: they are no requests.
    """
    last = max((i for i, turn in enumerate(turns) if turn.role == "assistant"), default=None)
    if last is None or turns[last].text == NOD:
        return Exchange(None, None)
    return Exchange(turns[last].text, _last_request(turns[:last], answers))


def read_after(text: str, *, reply: str | None, request: str | None = None) -> Reading:
    """Reads a message that follows a reply.

    "Never seafood" says what holds from now on. After a reply with fish it also orders that reply
    changed, as "I like it colourful" does after any that "it" can speak of.

    Args:
        text: The message.
        reply: The reply, if any.
        request: What that reply answered.
    """
    reading = read_message(text, last_reply=reply, last_request=request)
    only_says = reading.command is None and not reading.request and not reading.wants_silence
    if reply is None or not only_says or not reading.preferences:
        return reading
    if breaks(reply, reading.preferences):
        return replace(reading, command=text.strip()[:_LONGEST_ORDER])
    wish = _OF_IT.match(text)
    if wish is None:
        return reading
    # Put as an order, or a small model says the wish back.
    what = "them" if wish["what"].casefold() == "them" else "it"
    return replace(reading, command=f"make {what} {wish['how'].strip()}"[:_LONGEST_ORDER])


def objected_to(turns: Sequence[Turn]) -> str | None:
    """The reply that the last one mends: the user objected to it and asked for nothing else.

    Args:
        turns: Messages, oldest first.

    Returns:
        Its text; None if the last message is no reply, or mends nothing.
    """
    replies = [place for place, turn in enumerate(turns) if turn.role == "assistant"]
    if len(replies) < 2 or replies[-1] != len(turns) - 1:
        return None
    before, after = turns[replies[-2]], turns[replies[-1]]
    said = [turn for turn in turns[replies[-2] : replies[-1]] if turn.role == "user"]
    if not said or before.text.strip() == after.text.strip():
        return None
    reading = read_after(said[0].text, reply=before.text)
    objects = reading.sentiment == "dissatisfied" or (
        reading.command is not None and bool(reading.preferences)
    )
    return before.text if objects and not reading.request else None


def request_of(turns: Sequence[Turn], reply_id: str, answers: Sequence[Evidence]) -> str | None:
    """The request that a reply answered; see `last_exchange`."""
    place = next((i for i, turn in enumerate(turns) if turn.id == reply_id), len(turns))
    return _last_request(turns[:place], answers)


class _Asked(NamedTuple):
    """A message that may be a request, and the reply before it; None where there is none."""

    text: str
    reply: str | None


def _last_request(turns: Sequence[Turn], answers: Sequence[Evidence]) -> str | None:
    """The last message that asks for something; "shorter" goes on with the request before it."""
    given = {
        (each.observation.question, each.observation.value)
        for each in answers
        if isinstance(each.observation, Answer)
    }
    question: str | None = None
    reply: str | None = None
    asked: list[_Asked] = []
    for turn in turns:
        if turn.role == "question":
            question = turn.text
        elif turn.role == "assistant":
            question, reply = None, turn.text
        elif question is None or not ((question, turn.text) in given or asks_back(turn.text)):
            asked.append(_Asked(turn.text, reply))
            question = None
    while len(asked) > 1 and _only_changes(asked[-1]):
        asked.pop()
    return asked[-1].text if asked else None


def _only_changes(asked: _Asked) -> bool:
    """Whether a message orders a change to the reply before it and asks for nothing else."""
    if asked.reply is None:
        return False
    reading = read_after(asked.text, reply=asked.reply)
    changes = reading.command is not None or reading.why or reading.narrow is not None
    return changes and not reading.request
