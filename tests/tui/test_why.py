"""`penchant why`, and the words for a decision."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from penchant import Settings
from penchant.agent import Agent
from penchant.models import FunctionChatModel, HashEmbedder
from penchant.policies.types import Decision, Weighed
from penchant.tui.cli import app
from penchant.tui.explain import explain_decision

DINNER = "Any ideas for dinner tonight?"


def _drafts(_messages: Any, schema: Any) -> str:
    texts = ("Tofu stir fry.", "A lentil soup with bread, a salad and a glass of water.")
    if schema is None:
        return texts[0]
    return json.dumps({"drafts": [{"approach": text[:4], "text": text} for text in texts]})


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def why(home: Path, *args: str) -> Result:
    return CliRunner(env={"PENCHANT_HOME": str(home)}).invoke(app, ["why", "--user", "ana", *args])


def talk(home: Path, *messages: str, session: str = "s1") -> None:
    settings = Settings.load(home=home)
    chat = FunctionChatModel(fn=_drafts)
    with Agent(
        "ana", session_id=session, settings=settings, chat=chat, embedder=HashEmbedder()
    ) as agent:
        for message in messages:
            agent.send(message)


def test_says_what_was_asked_and_weighed(home: Path) -> None:
    talk(home, "I am vegetarian.", DINNER)
    said = why(home).stdout
    assert "Asked: How much effort should it take?" in said
    assert "Decision: ask. Knowing the effort is worth" in said
    assert "Kind of request: food" in said
    assert "Chance that an answer now gets right what matters:" in said
    assert "  effort: 0." in said
    assert "better reply 0." in said
    assert "nats" in said
    assert "asked from" in said
    assert "; best" in said
    assert "diet: 0.00 against" in said
    assert "memory answers it" in said


def test_as_json_with_every_number(home: Path) -> None:
    talk(home, DINNER)
    found = json.loads(why(home, "--json").stdout)
    assert found["session_id"] == "s1"
    assert found["said"] == "Is there a diet or allergy I should keep to?"
    best = found["decision"]["weighed"][0]
    assert best["reason"] == "best"
    assert {"eig", "evoi", "ahead", "cost", "threshold", "value", "form"} <= set(best)
    assert best["evoi"] > 0


def test_of_the_last_conversation_or_another(home: Path) -> None:
    talk(home, DINNER, session="one")
    talk(home, "What is the capital of Peru?", session="two")
    assert "Conversation two" in why(home).stdout
    assert "Said: Tofu stir fry." in why(home).stdout
    assert "Asked:" in why(home, "--session", "one").stdout


def test_without_a_conversation_or_a_decision_it_says_so(home: Path) -> None:
    nobody = why(home)
    assert nobody.exit_code == 1
    assert "no conversation yet" in nobody.stderr
    talk(home, DINNER)
    missing = why(home, "--session", "nowhere", "--json")
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert "'nowhere'" in missing.stderr


def test_every_form_of_question_has_words() -> None:
    def weighed(aspect: str, form: Any) -> Weighed:
        return Weighed(aspect=aspect, value=0.5, cost=0.2, reason="worth less", form=form)

    decision = Decision(
        kind="ask",
        reason="Because.",
        settled=0.25,
        weighed=(
            weighed("matters:trip", "open"),
            weighed("diet", "edge"),
            weighed("context:email_tone", "context"),
            weighed("drafts", "choice"),
            weighed("trip_budget", "value"),
        ),
    )
    lines = explain_decision(decision).splitlines()
    assert lines[1] == "Chance that an answer now gets right what matters: 25%"
    assert [line.partition(": 0.50")[0].strip() for line in lines[3:]] == [
        "what matters most",
        "making sure of: diet",
        "which occasion: email tone",
        "two drafts to pick from",
        "trip budget",
    ]


def test_what_steers_a_terminal_is_not_printed() -> None:
    odd = Weighed(aspect="a\x1b[31mb", value=0.1, cost=0.2, reason="x\ny\x07")
    said = explain_decision(Decision(kind="answer", reason="\x1b]0;t\x07ok", weighed=(odd,)))
    assert "\x1b" not in said
    assert "\x07" not in said
