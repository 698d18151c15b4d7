"""Answers "why did you say that?" from what was kept, without asking the chat model."""

from __future__ import annotations

from collections.abc import Sequence

from .decisions import read_kept
from .services import Services

__all__ = ["why_so"]


def why_so(services: Services, used: Sequence[str]) -> str:
    """Why the last reply of a conversation is as it is, in two sentences.

    Args:
        services: Whose conversation.
        used: Ids of the preferences under which that reply was written, as far as they are known.
    """
    memory, user_id = services.memory, services.user_id
    # What was deleted since is gone from here too.
    live = {each.id: each.description for each in memory.get_all(user_id)}
    found = [live[each] for each in used if each in live]
    last = memory.last_decision(user_id, services.session_id)
    decision = None if last is None else read_kept(last.decision)
    said = f"I had this of you in mind: {'; '.join(found)}." if found else ""
    reason = "" if decision is None else decision.reason
    return f"{said} {reason}".strip() or "Nothing that I know of you went into it."
