"""PERMA's own questions: arms differ by what they know, and nothing is known at zero memory."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from pydantic import BaseModel

from penchant.config import Settings
from penchant.errors import InputError
from penchant.models.fakes import FunctionChatModel
from penchant.models.hash_embedder import HashEmbedder
from penchant.models.types import Message
from penchant.simulators.perma import PublishedPermaTrack
from penchant.simulators.runner import Budget, Episode, Meter, Models, Tools

DISHES = ("mushroom pie", "barley soup", "fig tart")
OPTIONS = (*DISHES, "a very long plate of things that nobody ever asked for")


def write(root: Path) -> Path:
    """Three users who say what they like, then talk of the weather; asked at every point."""
    for number, dish in enumerate(DISHES):
        user = f"user{number}"
        said = [
            [
                {"role": "user", "content": f"I love {dish}."},
                {"role": "assistant", "content": "OK."},
            ],
            [{"role": "user", "content": "Is it windy?"}, {"role": "assistant", "content": "Yes."}],
        ]
        context = [[each, f"2024-0{month}-01 Morning"] for month, each in enumerate(said, 1)]
        events = [
            {"task_id": "Dinner", "type": kind, "context": context[: 1 if kind < 3 else 2]}
            for kind in (1, 2, 3)
        ]
        tasks = root / "tasks" / user
        tasks.mkdir(parents=True)
        (tasks / "input_data_c.json").write_text(json.dumps({"overall": events}), "utf-8")
        folder = root / "evaluation" / user / "meta" / "overall"
        folder.mkdir(parents=True)
        told = {
            "question": "Shall I have mushroom pie, barley soup or fig tart tonight?",
            "options": "\n".join(f"{'ABCD'[n]}: {each}" for n, each in enumerate(OPTIONS)),
            "gold_label": "ABCD"[number],
        }
        for kind in (1, 2, 3):
            (folder / f"Dinner_{kind}.json").write_text(json.dumps(told), "utf-8")
    return root


def reads_what_is_known(messages: Sequence[Message], schema: type[BaseModel] | None) -> str:
    """Picks the option that something before the options speaks of; else A. Learns nothing."""
    if schema is None or "choice" not in schema.model_fields:
        return "{}"
    known, _, asked = messages[-1].content.partition("The user asks")
    for letter, text in re.findall(r"^([A-D])\. (.+)$", asked, re.MULTILINE):
        if text in known:
            return json.dumps({"choice": letter})
    return json.dumps({"choice": "A"})


async def held(track: PublishedPermaTrack) -> list[Episode]:
    chat = FunctionChatModel(fn=reads_what_is_known)
    tools = Tools(
        settings=Settings(),
        seed=0,
        embedder=HashEmbedder(512),
        models=Models(agent=chat),
        identities={},
        meter=Meter(),
        budget=Budget(),
    )
    keys = track.keys()
    return [await track.episode(key, None, tools.fresh()) for key in keys]


async def test_who_remembers_picks_right_but_not_before_anything_was_said(tmp_path: Path) -> None:
    track = PublishedPermaTrack(data=write(tmp_path), items=None)
    summary = track.summarise(await held(track))
    rows = {(row["arm"], row["point"]): row for row in summary.rows}
    assert rows["ours", "all"]["n"] == 9
    for arm in ("full history", "raw retrieval", "ours"):
        assert rows[arm, "in-time"]["mcq"] == 1.0, arm
        assert rows[arm, "post-distraction"]["mcq"] == 1.0, arm
        # Whoever knows nothing answers alike.
        assert rows[arm, "zero-memory"]["mcq_gain"] == 0.0, arm
    assert rows["longest option", "all"]["mcq"] == 0.0
    assert rows["longest option", "all"]["llm_calls"] == 0
    assert rows["ours", "all"]["mcq_not_longest_n"] == 9
    assert summary.notes[0].startswith("Chance is 1 in 4;")


async def test_draws_take_each_point_in_turn_and_failures_are_wrong(tmp_path: Path) -> None:
    track = PublishedPermaTrack(data=write(tmp_path), items=3, arms=("no memory", "full history"))
    keys = track.keys()
    assert {key.task.split()[-1] for key in keys} == {"zero-memory", "in-time", "post-distraction"}
    row = track.summarise([track.failed(keys[0], "it broke")]).rows[0]
    assert (row["mcq"], row["failed"]) == (0.0, 1)
    with pytest.raises(InputError, match="choose from longest option"):
        PublishedPermaTrack(data=tmp_path, arms=("theirs",))
