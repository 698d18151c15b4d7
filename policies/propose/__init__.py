"""Drafts deliberately different answers: the plan, its prompt, and the stream read back."""

from __future__ import annotations

from .alike import Apart, apart
from .climb import Climb, improve, taste_of
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
from .tidy import Tidied, tidy, unechoed

__all__ = [
    "Apart",
    "Climb",
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
    "improve",
    "leanings",
    "messages",
    "plan",
    "redraft_messages",
    "system_prompt",
    "taste_of",
    "tidy",
    "unechoed",
    "unrepeated",
]
