"""Counts the calls to a chat model that learning from an event makes, for every kind of event.

A conversation runs on a chat model that answers at once with whatever fits. The calls for replies
and questions are told from those for learning by their schema and by who waits for them: nobody
waits for learning.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ...agent import Agent
from ...agent.types import Reply
from ...config import Settings
from ...models import FunctionChatModel, Message

__all__ = ["answer_anything", "calls_per_event"]

_DRAFTS = ("Soup with bread, then an apple.", "A pot of lentils with rice, and some salad.")
_REQUESTS = (
    "Any ideas for dinner?",
    "Write two lines about the harbour at night.",
    "What does the word 'ephemeral' mean?",
)


def calls_per_event(home: Path) -> dict[str, int]:
    """Runs one event of each kind, some kinds in two forms.

    Args:
        home: An empty directory for the conversation's store.

    Returns:
        Calls for learning by kind of event.
    """
    chat = FunctionChatModel(fn=answer_anything)
    counted: dict[str, int] = {}
    with Agent("bench", settings=Settings.load(home=home), chat=chat) as agent:

        def count(kind: str, event: Callable[[], object]) -> object:
            before = len(chat.calls)
            result = event()
            agent.learned()
            counted[kind] = sum(call.background for call in chat.calls[before:])
            return result

        def reply(kind: str, text: str) -> Reply:
            found = count(kind, lambda: agent.send(text))
            assert isinstance(found, Reply)
            return found

        asked = reply("request", _REQUESTS[0])
        question = asked.question
        if question is not None:
            count("answer", lambda: agent.answer(question, 0))
        reply("statement", "I'm vegetarian and I love jazz.")
        reply("statement in other words", "My doctor told me to go easy on salt since spring.")
        first = reply("request, another", _REQUESTS[1])
        count("edit", lambda: agent.edit(first, "Boats sleep. The harbour hums, low and blue."))
        again = reply("request, a third", _REQUESTS[2])
        count("edit that measures explain", lambda: agent.edit(again, "Short-lived."))
        count("rating", lambda: agent.rate(again, 1.0))
        reply("command", "Shorter, please.")
        reply("reaction", "Thanks, that was perfect!")
        reply("reaction of dismay", "No, that's not what I asked for.")
        offered = agent.send(_REQUESTS[1], offer_choice=True)
        if offered.choosing is not None:
            count("choice", lambda: agent.choose(offered, 0))
    return counted


def answer_anything(messages: Sequence[Message], schema: type[BaseModel] | None) -> str:
    """A chat model's answer that fits whatever is asked for, at once."""
    if schema is None:
        return _DRAFTS[0]
    if "drafts" in schema.model_fields:
        return json.dumps({"drafts": [{"approach": "plain", "text": text} for text in _DRAFTS]})
    shape = schema.model_json_schema()
    return json.dumps(_instance(shape, shape.get("$defs", {})))


def _instance(shape: dict[str, Any], known: dict[str, Any]) -> object:
    """Something that fits a JSON schema."""
    match shape:
        case {"$ref": str(name)}:
            found = _instance(known[name.rpartition("/")[2]], known)
        case {"enum": [first, *_]} | {"const": first}:
            found = first
        case {"anyOf": [first, *_]}:
            found = _instance(first, known)
        case {"type": "object"}:
            fields = shape.get("properties", {})
            found = {name: _instance(field, known) for name, field in fields.items()}
        case {"type": "array"}:
            found = [_instance(shape["items"], known)] * max(1, shape.get("minItems", 1))
        case {"type": "boolean"}:
            found = True
        case {"type": "integer" | "number"}:
            found = shape.get("minimum", 1)
        case _:
            found = "likes plain words"
    return found
