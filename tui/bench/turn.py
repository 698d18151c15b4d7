"""Measures what a plain turn costs besides the chat model.

The overhead of a turn is its wall-clock time, as the caller of `Agent.send` sees it, less the time
that the trace books on the chat model. Memory, embedder, index, reward model and checkpoints are
the real ones.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel

from ... import __version__
from ...agent import Agent, Workspace
from ...agent.types import Reply
from ...config import Settings
from ...memory.types import PreferenceDraft, Statement
from ...models import ChatModel, FunctionChatModel, Message
from .report import Report, percentile

__all__ = ["measure_turn"]

_USER = "bench"
_KINDS = ("films", "soups", "novels", "hikes", "songs", "games", "towns", "jokes", "teas", "hats")
_WAYS = ("slow", "bright", "old", "quiet", "spicy", "long", "plain", "rare", "warm", "odd")
_PLACES = ("Norway", "Peru", "Kyoto", "Lagos", "Ghent", "Quito", "Oslo", "Turin", "Delhi", "Bonn")
_REQUESTS = (
    "Write two lines about the harbour at night.",
    "Translate 'good morning, neighbour' into Spanish.",
    "What does the word 'ephemeral' mean?",
    "Summarise this in a line: the train was late, so we walked home.",
)
_WARM_TURNS = 3


def measure_turn(*, preferences: int, turns: int, seed: int, model: str | None) -> Report:
    """Runs plain turns of one user.

    Args:
        preferences: How many preferences the user has.
        turns: How many turns are measured, after three that are not.
        seed: Of the preferences.
        model: A chat model's name; None takes a scripted one that answers at once.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        settings = Settings.load(home=Path(home), model=model, questions_per_session=0)
        chat: ChatModel | None = FunctionChatModel(fn=_answer) if model is None else None
        workspace = Workspace(settings, chat=chat)
        try:
            _fill(workspace, preferences, random.Random(seed))
            rows = _run(workspace, turns)
        finally:
            workspace.close()
    overheads = [float(str(row["overhead_ms"])) for row in rows]
    command = f"penchant bench turn --preferences {preferences} --turns {turns} --seed {seed}"
    return Report(
        command=command + (f" --model {model}" if model is not None else ""),
        version=__version__,
        seed=seed,
        figures={
            "overhead_p50_ms": percentile(overheads, 0.50),
            "overhead_p95_ms": percentile(overheads, 0.95),
            "llm_calls_per_turn": _mean(rows, "llm_calls"),
            "prompt_tokens_per_turn": _mean(rows, "prompt_tokens"),
        },
        rows=rows,
    )


def _fill(workspace: Workspace, count: int, rng: random.Random) -> None:
    """Learns distinct tastes, and some comparisons for the reward model, as a user would."""
    seen: set[str] = set()
    while len(seen) < count:
        taste = f"likes {rng.choice(_WAYS)} {rng.choice(_KINDS)} from {rng.choice(_PLACES)}"
        description = taste if taste not in seen else f"{taste}, number {len(seen)}"
        seen.add(description)
        workspace.memory.learn(
            _USER, Statement(text=description), [PreferenceDraft(description=description)]
        )


def _run(workspace: Workspace, turns: int) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    with Agent(_USER, workspace=workspace) as agent:
        agent.load()
        for number in range(_WARM_TURNS + turns):
            began = time.perf_counter()
            reply = agent.send(_REQUESTS[number % len(_REQUESTS)])
            taken = (time.perf_counter() - began) * 1000
            if number >= _WARM_TURNS:
                rows.append(_row(number - _WARM_TURNS, taken, reply))
    return rows


def _row(number: int, taken_ms: float, reply: Reply) -> dict[str, object]:
    usage = reply.trace.usage
    row: dict[str, object] = {
        "turn": number,
        "overhead_ms": taken_ms - usage.seconds * 1000,
        "llm_calls": usage.calls,
        "prompt_tokens": usage.prompt_tokens,
    }
    for step in reply.trace.steps:
        row[f"{step.node}_ms"] = step.milliseconds - step.llm_milliseconds
    return row


def _answer(messages: Sequence[Message], schema: type[BaseModel] | None) -> str:
    # No two turns get the same drafts: repeating itself would cost a second call.
    rng = random.Random(len(messages))
    words = rng.sample((*_KINDS, *_WAYS, *_PLACES), 16)
    texts = (" ".join(words[:7]), " ".join(words[7:]))
    if schema is None:
        return texts[0]
    return json.dumps({"drafts": [{"text": text} for text in texts]})


def _mean(rows: Sequence[dict[str, object]], name: str) -> float:
    return sum(float(str(row[name])) for row in rows) / len(rows)
