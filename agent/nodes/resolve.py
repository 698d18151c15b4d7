"""Where a turn waits for the user's word on a contradiction.

A resumed node runs again from its start, so this neither calls models nor writes; `learn` applies
the answer.
"""

from __future__ import annotations

from langgraph.types import interrupt

from ...memory.conflict import settled_words
from ...memory.types import Settled
from ..services import Meter, Services
from ..state import Settlement, TurnState
from .node import Emit

__all__ = ["resolve"]


async def resolve(state: TurnState, _services: Services, meter: Meter, _emit: Emit) -> TurnState:
    """Puts the first contradiction to the user, old and new side by side."""
    answer: Settlement = interrupt({"kind": "conflict", "conflict": state["conflicts"][0]})["value"]
    keep: Settled | None = answer["keep"]
    said = "" if keep is None else settled_words(keep, answer["scope"])
    meter.note = said or "left open"
    return {"settled": answer, "said": said}
