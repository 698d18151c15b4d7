"""The conversation so far, as the chat model reads it."""

from __future__ import annotations

from collections.abc import Sequence

from ..memory.types import Edit, Evidence, Turn
from ..models.types import Message

__all__ = ["conversation", "last_exchange"]


def conversation(turns: Sequence[Turn], edits: Sequence[Evidence] = ()) -> list[Message]:
    """Turns stored messages into a prompt's history.

    Clarifying questions count as the assistant's. Where the user rewrote a reply, the user's
    version stands, so that the model sees what was wanted. Messages of one role in a row (a
    turn that failed, a question after a reply) are joined, since many chat templates insist
    that roles alternate.

    Args:
        turns: The messages before the present one, oldest first.
        edits: The edits made in this conversation.

    Returns:
        Messages that begin with the user's and alternate.
    """
    rewritten = {
        e.observation.before: e.observation.after for e in edits if isinstance(e.observation, Edit)
    }
    messages: list[Message] = []
    for turn in turns:
        role = "user" if turn.role == "user" else "assistant"
        text = rewritten.get(turn.text, turn.text)
        if not text.strip():
            continue
        if messages and messages[-1].role == role:
            joined = f"{messages[-1].content}\n\n{text}"
            messages[-1] = Message(role=messages[-1].role, content=joined)
        elif messages or role == "user":
            messages.append(Message(role="user" if role == "user" else "assistant", content=text))
    return messages


def last_exchange(turns: Sequence[Turn]) -> tuple[str | None, str | None]:
    """The last reply and the request that it answered; None where there is none."""
    reply: str | None = None
    for turn in reversed(turns):
        if reply is None and turn.role == "assistant":
            reply = turn.text
        elif reply is not None and turn.role == "user":
            return reply, turn.text
    return reply, None
