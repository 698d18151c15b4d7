"""A simulated editor with a hidden style for each of two occasions: what is learned of it.

No language model takes part: drafts are written by a function that heeds the lines it is shown, as
a perfectly obedient model would, and rules measure the edits.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from penchant import Agent, Settings
from penchant.memory.inference.distance import edit_distance
from penchant.models import FunctionChatModel

if TYPE_CHECKING:
    from penchant.models import OnnxEmbedder

ROUNDS = 12

PEOPLE = ("Sam", "Ines", "Tom", "Mira", "Joe", "Lena", "Ravi", "Noor", "Kai", "Eva", "Ben", "Zoe")
MATTERS = (
    "the late report", "the broken heating", "the new desk", "the team lunch", "the lost keys",
    "the spring budget", "the guest list", "the train tickets", "the garden fence",
    "the school trip", "the spare monitor", "the choir practice",
)  # fmt: skip
STEPS = (
    "rinse the lentils", "slice two onions", "warm some oil", "fry the garlic", "peel the carrots",
    "add the tomatoes", "pour in the stock", "toast the bread", "grate the cheese",
    "boil the pasta", "chop the herbs", "whisk three eggs", "soak the beans", "roast the nuts",
)  # fmt: skip


@dataclass(frozen=True)
class Style:
    """How a text is written."""

    greeting: bool = True
    closing: bool = True
    emoji: bool = True
    loud: bool = True
    listed: bool = False


@dataclass(frozen=True)
class Task:
    """A request, and what any answer to it says."""

    request: str
    points: tuple[str, ...]

    def written(self, style: Style) -> str:
        end = "!" if style.loud else "."
        said = [f"{point[:1].upper()}{point[1:]}{end}" for point in self.points]
        body = "\n".join(f"- {each}" for each in said) if style.listed else " ".join(said)
        if style.emoji:
            body += " 😀"
        if style.greeting:
            body = f"Hello there,\n\n{body}"
        return f"{body}\n\nBest wishes" if style.closing else body


# What the editor wants, and no part of Penchant sees.
HIDDEN = {
    "emails": Style(greeting=True, closing=False, emoji=False, loud=False),
    "recipes": Style(greeting=False, closing=False, emoji=False, loud=True, listed=True),
}
WANTED = {
    "emails": {("sign-off", "none"), ("emoji", "none"), ("exclamation", "none")},
    "recipes": {
        ("greeting", "none"), ("sign-off", "none"), ("emoji", "none"), ("format", "bullet points")
    },
}  # fmt: skip

HEEDED: Mapping[str, tuple[str, bool]] = {
    "without emoji": ("emoji", False),
    "without a greeting": ("greeting", False),
    "without a closing": ("closing", False),
    "without exclamation marks": ("loud", False),
    "bullet points": ("listed", True),
}


def tasks(seed: int) -> list[tuple[str, Task]]:
    rng = random.Random(seed)
    found = []
    for _ in range(ROUNDS):
        occasion = rng.choice(("emails", "recipes"))
        if occasion == "emails":
            name, matter = rng.choice(PEOPLE), rng.choice(MATTERS)
            points = (f"{name}, this is about {matter}", f"{rng.choice(PEOPLE)} can tell you more",
                      "please answer by Friday noon")  # fmt: skip
            task = Task(f"Write an email to {name} about {matter}.", points)
        else:
            steps = tuple(rng.sample(STEPS, 4))
            task = Task(f"Give me a recipe in which I {steps[0]}.", steps)
        found.append((occasion, task))
    return found


class Obedient(FunctionChatModel):
    """Writes as the lines say that it is shown."""

    def __init__(self) -> None:
        super().__init__(fn=self.answering)
        self.task: Task | None = None

    def answering(self, messages: Any, schema: Any) -> Any:
        if schema is not None and "wants" in schema.model_fields:
            return json.dumps({"wants": []})
        assert self.task is not None
        known = re.search(
            r"<known_preferences>(.*?)</known_preferences>", messages[-1].content, re.DOTALL
        )
        heeded = dict(
            change for phrase, change in HEEDED.items() if known is not None and phrase in known[1]
        )
        text = self.task.written(Style(**heeded))
        if schema is None:
            return text
        return json.dumps({"drafts": [{"approach": "plain", "text": text}]})


def run(agent: Agent, model: Obedient, seed: int) -> list[tuple[str, int, int]]:
    """Occasion, what the draft cost the editor, and what a draft under nothing would have."""
    costs = []
    for occasion, task in tasks(seed):
        model.task = task
        reply = agent.send(task.request)
        while reply.question is not None:
            reply = agent.answer(reply.question, None)
        wanted = task.written(HIDDEN[occasion])
        costs.append(
            (
                occasion,
                edit_distance(reply.text, wanted),
                edit_distance(task.written(Style()), wanted),
            )
        )
        if reply.text != wanted:
            agent.edit(reply, wanted)
            agent.learned()
    return costs


@pytest.fixture
def model() -> Obedient:
    return Obedient()


@pytest.fixture
def agent(settings: Settings, minilm: OnnxEmbedder, model: Obedient) -> Any:
    settings = settings.model_copy(update={"drafts": 1})
    with Agent("ana", settings=settings, chat=model, embedder=minilm) as agent:
        yield agent


def consistent(agent: Agent) -> None:
    """No contradiction, nothing twice, and nothing that the editor does not want."""
    live = agent.memory.get_all()
    keys = [(p.aspect, p.scope) for p in live]
    assert len(keys) == len(set(keys))
    for line in live:
        scopes: Sequence[str] = ("emails", "recipes") if line.scope is None else (line.scope,)
        for scope in scopes:
            assert (line.aspect, line.value) in WANTED[scope], line.description
    # What holds always is said once.
    always = {p.aspect for p in live if p.scope is None}
    assert all(p.scope is None or p.aspect not in always for p in live)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_hidden_style_is_learned(agent: Agent, model: Obedient, seed: int) -> None:
    costs = run(agent, model, seed)
    seen: set[str] = set()
    for occasion, cost, without in costs:
        if occasion in seen:
            # One edit of the kind is enough: the next draft already fits.
            assert cost == 0
        else:
            assert cost <= without
        seen.add(occasion)
    learned = sum(cost for _, cost, _ in costs)
    nothing = sum(without for _, _, without in costs)
    assert learned < 0.3 * nothing
    consistent(agent)
    live = {(p.aspect, p.value, p.scope) for p in agent.memory.get_all()}
    # Two kinds of text that agree are not yet all kinds.
    assert live == {
        (aspect, value, scope) for scope, wanted in WANTED.items() for aspect, value in wanted
    }


def test_every_line_goes_back_to_edits_and_its_history_says_why(
    agent: Agent, model: Obedient
) -> None:
    run(agent, model, 4)
    edits = {event.id for event in agent.memory.evidence(kind="edit")}
    live = agent.memory.get_all()
    assert live
    told = {c.preference_id: c for c in agent.memory.history() if c.operation in ("add", "revise")}
    for line in live:
        assert line.evidence_ids
        assert set(line.evidence_ids) <= edits
        assert "predicts 0." in told[line.id].reason
        assert told[line.id].evidence_id in edits
    for event in edits:
        proposed = [c for c in agent.memory.history() if c.evidence_id == event]
        # What goes for another line to take its place is no proposal.
        assert sum(c.operation != "retire" for c in proposed) <= 4
    assert agent.background_usage.calls <= len(edits)


def test_a_change_of_mind_is_followed(agent: Agent, model: Obedient) -> None:
    run(agent, model, 1)
    before = {(p.aspect, p.scope) for p in agent.memory.get_all()}
    assert ("format", "recipes") in before
    changed = Style(greeting=False, closing=False, emoji=False, loud=False)
    costs = []
    for n in range(3):
        steps = STEPS[n : n + 4]
        model.task = Task(f"Give me a recipe where I {steps[0]} and rest.", tuple(steps))
        reply = agent.send(model.task.request)
        while reply.question is not None:
            reply = agent.answer(reply.question, None)
        wanted = model.task.written(changed)
        costs.append(edit_distance(reply.text, wanted))
        if reply.text != wanted:
            agent.edit(reply, wanted)
    assert costs[0] > 0
    assert costs[-1] < costs[0]
    formats = [p for p in agent.memory.get_all() if p.aspect == "format"]
    assert [p.value for p in formats] in ([], ["prose"])
