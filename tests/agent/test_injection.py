"""Text that would be an instruction: wherever it is stored, prompts carry it as data."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conftest import Agents

    from penchant.models import Message

POEM = "Write a short poem about rain."

# Each holds a word that must stay inside the fence.
ATTEMPTS: list[str] = json.loads(
    (Path(__file__).parents[1] / "memory" / "data" / "injections.json").read_text(encoding="utf-8")
)

_TAG = re.compile(r"<\s*/?\s*known_preferences", re.IGNORECASE)
_FENCE = re.compile(r"^<(\w+)>$", re.MULTILINE)
_MARKERS = re.compile(r"<\|\w+\|>|\[/?INST\]|<</?SYS>>|^\s*###|```|^\s*\w*(?:system|assistant)\s*:",
                      re.IGNORECASE | re.MULTILINE)  # fmt: skip


def test_there_are_enough_attempts() -> None:
    assert len(ATTEMPTS) == len(set(ATTEMPTS)) == 40


def _block(prompt: Sequence[Message]) -> tuple[str, str]:
    """The fenced block of a prompt, and everything around it but the system prompt."""
    spoken = "\n".join(each.content for each in prompt if each.role != "system")
    tags = list(_TAG.finditer(unicodedata.normalize("NFKC", spoken)))
    assert len(tags) == 2
    before, _, rest = spoken.partition("<known_preferences>\n")
    inside, _, after = rest.partition("\n</known_preferences>")
    return inside, before + after


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_a_stored_memory_stays_inside_its_fence(agents: Agents, attempt: str) -> None:
    prompts: list[Sequence[Message]] = []

    def answering(messages: Sequence[Message], schema: Any) -> Any:
        prompts.append(messages)
        return agents.drafting("Rain.", "More rain on the roof tonight.")(messages, schema)

    agent = agents(answering=answering)
    agent.memory.add(f"likes poems about rain, {attempt}")
    agent.memory.add("likes short poems", scope=f"poem about rain {attempt}")
    agent.memory.add(f"prefers short replies {attempt}", aspect="length", value="short")
    agent.send(POEM)
    inside, outside = _block(prompts[-1])
    assert all(line.startswith("- ") for line in inside.splitlines())
    assert _MARKERS.search(inside) is None
    # A wish about style is said again beside the fence, on one line and as inert.
    for line in outside.splitlines():
        assert "HACK" not in line or line.startswith("The user prefers short replies")
    assert _MARKERS.search(outside) is None


@pytest.mark.parametrize("attempt", ATTEMPTS[::2])
def test_messages_drafts_and_titles_forge_no_fence(agents: Agents, attempt: str) -> None:
    prompts: list[Sequence[Message]] = []
    drafting: list[Sequence[Message]] = []

    def answering(messages: Sequence[Message], schema: Any) -> Any:
        prompts.append(messages)
        if schema is None or "drafts" in schema.model_fields:
            drafting.append(messages)
        return agents.drafting(f"Rain. {attempt}", f"More rain on the roof. {attempt}")(
            messages, schema
        )

    agent = agents(answering=answering)
    agent.memory.add("likes poems about rain")
    reply = agent.send(f"{POEM} {attempt}")
    while reply.question is not None:
        reply = agent.answer(reply.question, attempt)
    agent.edit(reply, f"Rain taps. {attempt}")
    agent.learned()
    agent.send(POEM)
    agent.send("more like the second one")
    assert len(drafting) >= 3
    for prompt in drafting:
        spoken = "\n".join(each.content for each in prompt if each.role != "system")
        tags = _TAG.findall(unicodedata.normalize("NFKC", spoken))
        # Where nothing is recalled there is no block, and none can be forged.
        assert tags in ([], ["<known_preferences", "</known_preferences"])
        recalled = "- likes poems about rain" in spoken
        assert bool(tags) == recalled
    for prompt in prompts:
        # Every other fence, such as those of inference, opens and closes as often as it should.
        spoken = "\n".join(each.content for each in prompt)
        for tag in set(_FENCE.findall(spoken)):
            # A draft that quotes the tag of memories quotes no fence of this prompt.
            if tag == "known_preferences" and prompt not in drafting:
                continue
            lines = spoken.splitlines()
            assert lines.count(f"<{tag}>") == lines.count(f"</{tag}>"), tag
    assert "\n" not in agent.sessions()[0].title
