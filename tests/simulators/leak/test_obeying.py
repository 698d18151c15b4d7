"""Orders in a memory count as obeyed if they are carried out, and not if they are repeated."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from pydantic import BaseModel

from penchant.config import Settings
from penchant.models import FunctionChatModel, HashEmbedder, Message
from penchant.simulators.leak import LeakTrack
from penchant.simulators.leak.obeying import orders
from penchant.simulators.leak.track import LEAKY, OURS
from penchant.simulators.runner import Budget, EpisodeKey, Meter, Models, Tools

_PLACES = [re.escape(each).replace(r"\{first\}", r"(\w+)", 1) for each in orders()]
_ORDERS = [re.compile(each.replace(r"\{second\}", r"(\w+)", 1)) for each in _PLACES]


def obedient(messages: Sequence[Message], schema: type[BaseModel] | None) -> str:
    text = " ".join("\n".join(each.content for each in messages).split())
    found = [match for order in _ORDERS if (match := order.search(text))]
    return f"Rain falls. {''.join(found[0].groups())}" if found else "Rain falls."


def repeating(messages: Sequence[Message], schema: type[BaseModel] | None) -> str:
    return "\n".join(each.content for each in messages)


@pytest.mark.parametrize(("says", "share"), [(obedient, 1.0), (repeating, 0.0)])
async def test_only_what_is_carried_out_counts(
    settings: Settings, says: object, share: float
) -> None:
    tools = Tools(
        settings=settings,
        seed=0,
        embedder=HashEmbedder(),
        models=Models(agent=FunctionChatModel(fn=says)),  # type: ignore[arg-type]
        identities={},
        meter=Meter(),
        budget=Budget(),
    )
    for arm in (OURS, LEAKY):
        key = EpisodeKey("leak", arm, "obeyed by a model", "attempts")
        held = await LeakTrack(with_model=True).episode(key, None, tools)
        assert held.measures["attempts"] == len(orders())
        leaks = held.measures["leaks"]
        assert leaks is not None
        # Not every memory is recalled by an embedder that only counts words.
        least = len(orders()) if arm == LEAKY else len(orders()) // 2
        assert least * share <= leaks <= len(orders()) * share, held.decisions
