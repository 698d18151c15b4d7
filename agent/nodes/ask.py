"""The two places where a turn waits for the user; nothing else happens in them.

A resumed node runs again from its start, so these neither call models nor write.
"""

from __future__ import annotations

from langgraph.types import interrupt

from ...memory.types import Answer, Choice
from ...policies.types import Question
from ..services import Meter, Services
from ..state import TurnState, pack, unpack
from .node import Emit

__all__ = ["ask", "pick"]


async def ask(state: TurnState, _services: Services, meter: Meter, _emit: Emit) -> TurnState:
    """Waits for the answer to the open question."""
    packed = state["question"]
    assert packed is not None, "decide words a question whenever it decides to ask"
    question = unpack(Question, packed)
    value: str | None = interrupt({"kind": "question", "question": packed})["value"]
    meter.note = "skipped" if value is None else "answered"
    answer = Answer(
        question=question.text, aspect=question.aspect, value=value, options=question.options
    )
    clarified = [] if value is None else [f"{question.text} {value}"]
    return {
        "pending": [{"observation": pack(answer), "drafts": []}],
        "back_to": "recall",
        "clarified": clarified,
    }


async def pick(state: TurnState, _services: Services, meter: Meter, _emit: Emit) -> TurnState:
    """Waits for the user's pick among the drafts."""
    shown = tuple(draft["text"] for draft in state["ranked"])
    index: int | None = interrupt({"kind": "choice", "choosing": state["choosing"]})["value"]
    meter.note = "none picked" if index is None else f"picked {index + 1} of {len(shown)}"
    ranked = state["ranked"]
    if index is not None:
        ranked = [ranked[index], *ranked[:index], *ranked[index + 1 :]]
    return {
        "pending": [{"observation": pack(Choice(shown=shown, picked=index)), "drafts": []}],
        "back_to": "reply",
        "ranked": ranked,
        "choosing": None,
    }
