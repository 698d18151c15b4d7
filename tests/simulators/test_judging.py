"""How far a judge agrees with people of a known taste."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from pydantic import BaseModel
from typer.testing import CliRunner

from penchant.errors import ChatProviderError, InputError
from penchant.models.fakes import FunctionChatModel
from penchant.models.types import Message
from penchant.policies.judge.judge import PointsAnswer, VerdictAnswer
from penchant.simulators.judging import measure_judge
from penchant.tui.cli import app

BRIEF, LONG = "Try tea.", "One might, on reflection, try tea at some length."


@pytest.fixture
def data(tmp_path: Path) -> Path:
    items = []
    for number in range(8):
        short = number % 2 == 0
        chosen, rejected = (BRIEF, LONG) if short else (LONG, BRIEF)
        pair = {"prompt": f"What of {number}?", "chosen": chosen, "rejected": rejected}
        items.append(
            pair
            | {
                "ground_truth_persona": "Answer in few words." if short else "Answer at length.",
                "Pair-wise Comparative Feedback": [pair],
            }
        )
    (tmp_path / "psoups").mkdir()
    (tmp_path / "psoups" / "mine.json").write_text(json.dumps(items))
    return tmp_path


def length(prompt: str, tag: str) -> int:
    found = re.search(rf"<{tag}>\n(.*?)\n</{tag}>", prompt, re.DOTALL)
    return len(found[1]) if found else 0


def knows(messages: Sequence[Message], schema: type[BaseModel] | None) -> BaseModel:
    prompt = messages[-1].content
    short = "Answer in few words" in prompt
    if schema is VerdictAnswer:
        shorter = length(prompt, "first") < length(prompt, "second")
        return VerdictAnswer(reason="length", verdict="first" if shorter == short else "second")
    return PointsAnswer(reason="", points=9 if (length(prompt, "answer") < 20) == short else 2)


def always_first(messages: Sequence[Message], schema: type[BaseModel] | None) -> BaseModel:
    if schema is VerdictAnswer:
        return VerdictAnswer(reason="", verdict="first")
    raise ChatProviderError("no points today")


async def test_a_judge_that_knows_agrees_and_leans_no_way(data: Path) -> None:
    found = await measure_judge(data, FunctionChatModel(fn=knows), items=8)
    assert found.figures["judge_agreement"] == found.figures["points_agreement"] == 1.0
    assert found.figures["judge_first_share"] == 0.5
    assert found.figures["longest_agreement"] == 0.5
    assert found.figures["judge_calls"] == 32
    assert found.rows[0]["agreement_low"] == 1.0
    assert len(found.rows) == 9


async def test_position_bias_and_failures_are_counted_as_wrong(data: Path) -> None:
    found = await measure_judge(data, FunctionChatModel(fn=always_first), items=4)
    assert found.figures["judge_agreement"] == found.figures["points_agreement"] == 0.0
    assert found.figures["judge_first_share"] == 1.0
    assert (found.figures["judge_ties"], found.figures["points_failed"]) == (4.0, 4.0)
    assert found.rows[0]["contradicted"] == 4
    assert "judge_agreement_decided" not in found.figures


async def test_nothing_to_judge_is_refused(tmp_path: Path, data: Path) -> None:
    chat = FunctionChatModel(fn=knows)
    with pytest.raises(InputError, match=r"psoups/.*AlignX.*none stated"):
        await measure_judge(tmp_path / "none", chat, items=3)
    with pytest.raises(InputError, match="items is 0"):
        await measure_judge(data, chat, items=0)


def test_the_command_prints_figures(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = FunctionChatModel(fn=knows)
    monkeypatch.setattr("penchant.models.chat.open_chat", lambda settings: chat)
    result = CliRunner().invoke(
        app, ["eval", "judge", "--data", str(data), "--items", "2", "--json"]
    )
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["figures"]["judge_agreement"] == 1.0
    assert chat.closed
