"""Drafts deliberately different answers: the plan, its prompt, and the stream read back."""

from __future__ import annotations

from .alike import Apart, apart
from .leanings import Leaning, leanings
from .messages import messages, redraft_messages, system_prompt
from .plan import Direction, Form, Plan, plan
from .stream import (
    Draft,
    DraftDelta,
    DraftSet,
    DraftStream,
    Written,
    distinct,
    draft_set,
    unrepeated,
)
from .tidy import Tidied, tidy

__all__ = [
    "Apart",
    "Direction",
    "Draft",
    "DraftDelta",
    "DraftSet",
    "DraftStream",
    "Form",
    "Leaning",
    "Plan",
    "Tidied",
    "Written",
    "apart",
    "distinct",
    "draft_set",
    "leanings",
    "messages",
    "plan",
    "redraft_messages",
    "system_prompt",
    "tidy",
    "unrepeated",
]
