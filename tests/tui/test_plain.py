"""Conversations by lines, with the real agent on scripted models."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import pytest
from pydantic import BaseModel
from typer.testing import CliRunner

from penchant.agent import Agent, Workspace
from penchant.config import Settings
from penchant.errors import ChatTimeoutError
from penchant.models import FunctionChatModel, HashEmbedder, Message
from penchant.tui.cli import app
from penchant.tui.plain import PlainChat

SOUP = "Lentil soup: fry onions, add lentils and stock, simmer."
TOFU = (
    "Tofu stir fry: press the tofu well and cut it into cubes, fry it until it is golden, add "
    "broccoli, carrots and peppers, and stir in soy sauce, ginger and garlic. Serve it with rice, "
    "and sprinkle sesame on top. It keeps for two days, and tastes better on the second."
)


class Lines:
    """Holds conversations over one home, and what they wrote."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.fail: Exception | None = None
        self.out = io.StringIO()
        self.err = io.StringIO()

    def talk(self, *lines: str, user: str = "ana", **given: Any) -> str:
        """Holds a conversation in a process of its own, as it were; returns its output."""
        workspace = Workspace(
            self.settings, chat=FunctionChatModel(fn=self._answer), embedder=HashEmbedder()
        )
        self.out, self.err = io.StringIO(), io.StringIO()
        session = given.pop("session_id", None)
        try:
            PlainChat(
                lambda session_id: Agent(user, session_id=session_id, workspace=workspace),
                session_id=session,
                out=self.out,
                err=self.err,
                **given,
            ).run(f"{line}\n" for line in lines)
        finally:
            workspace.close()
        return self.out.getvalue()

    def _answer(
        self, messages: Sequence[Message], schema: type[BaseModel] | None
    ) -> str | BaseModel:
        if self.fail is not None:
            raise self.fail
        if schema is None:
            return TOFU
        if "drafts" in schema.model_fields:
            texts = (TOFU, SOUP)
            return json.dumps(
                {"drafts": [{"approach": f"way {i}", "text": t} for i, t in enumerate(texts)]}
            )
        return json.dumps({"style": "", "preferences": []})


@pytest.fixture
def lines(settings: Settings) -> Iterator[Lines]:
    return Lines(settings)  # type: ignore[return-value]


def test_a_whole_conversation_with_a_question(lines: Lines) -> None:
    said = lines.talk("Any ideas for dinner?", "2", "skip", "/memory", "/why")
    assert "Question: " in said
    assert "  2. vegetarian" in said
    assert said.count("Learned: must: is vegetarian") == 1
    assert TOFU in said or SOUP in said
    assert "- must: is vegetarian" in said
    assert "Decision: " in said
    assert "Error" not in lines.err.getvalue()


def test_own_words_answer_a_question(lines: Lines) -> None:
    said = lines.talk("Any ideas for dinner?", "I never eat nuts", "skip", "/memory")
    assert "nuts" in said.split("Learned:", 1)[1]


def test_an_open_question_survives_the_process(lines: Lines) -> None:
    first = lines.talk("Any ideas for dinner?", "/sessions")
    session = first.splitlines()[-1].split()[1]
    again = lines.talk("2", session_id=session)
    assert again.startswith("Question: ")
    assert "Learned: must: is vegetarian" in again


def test_edit_and_undo(lines: Lines) -> None:
    said = lines.talk(
        "Tell me a fact about tea.", "skip", "skip", "/edit Tea is old.", "/undo", "/undo"
    )
    assert "Learned: " in said
    assert "Forgotten: " in said
    assert "nothing to undo" in lines.err.getvalue() or said.count("Forgotten: ") == 2


def test_a_failing_turn_keeps_the_conversation(lines: Lines) -> None:
    lines.fail = ChatTimeoutError("no token for 120 s")
    lines.talk("What is the capital of France?")
    assert "no token for 120 s" in lines.err.getvalue()
    assert "kept" in lines.err.getvalue()
    lines.fail = None
    assert TOFU in lines.talk("What is the capital of France?") + SOUP


def test_json_is_one_object_a_line(lines: Lines) -> None:
    said = lines.talk("Any ideas for dinner?", "2", "skip", "/memory", "/undo", as_json=True)
    events = [json.loads(line) for line in said.splitlines()]
    kinds = [event["event"] for event in events]
    assert kinds.count("finished") >= 3
    assert {"status", "reply_delta", "learned", "memory", "undone"} <= set(kinds)
    question = next(e for e in events if e["event"] == "finished")["reply"]["question"]
    assert question["options"][1] == "vegetarian"
    # What the answer taught is told before the turn is over, and only once.
    taught = kinds.index("learned")
    assert kinds[:taught].count("finished") == 1
    assert "status" in kinds[taught:]
    ids = [p["id"] for e in events if e["event"] == "learned" for p in e["preferences"]]
    assert len(ids) == len(set(ids))


def test_learned_lines_stand_before_the_next_question_and_reply(lines: Lines) -> None:
    said = lines.talk("Any ideas for dinner?", "2", "skip", "skip")
    first, learned = said.index("Question: "), said.index("Learned: must: is vegetarian")
    assert first < learned < said.index("Question: ", first + 1)
    reply = SOUP if SOUP in said else TOFU
    assert learned < said.index(reply)
    assert f"{reply}\n" in said


def test_slips_are_said_and_forgiven(lines: Lines) -> None:
    said = lines.talk(
        "/undo", "/edit", "/why", "   ", "/help", "/nonsense is a message", "/quit", "never"
    )
    assert "there is nothing to undo" in lines.err.getvalue()
    assert "there is no turn to explain yet" in lines.err.getvalue()
    assert "/sessions" in said
    assert "never" not in said


def test_new_starts_over(lines: Lines) -> None:
    said = lines.talk("Any ideas for dinner?", "/new", "/sessions", "Any ideas for lunch?")
    assert said.count("Question: ") == 2
    assert "new conversation" in lines.err.getvalue()


def test_hostile_lines_do_not_end_it(lines: Lines) -> None:
    said = lines.talk(
        "\x1b[2J\x00", "[red]hi[/] \x1b]0;title\x07", "x" * 2_000_000, "мир 世界 🙂", "/sessions"
    )
    assert "\x1b" not in said
    assert "(" in said.splitlines()[-1]


def test_users_do_not_see_each_other(lines: Lines) -> None:
    lines.talk("I am allergic to peanuts.", "skip", "skip")
    assert "peanut" in lines.talk("/memory")
    assert "peanut" not in lines.talk("/memory", "/sessions", user="bo")


@pytest.mark.parametrize(
    "command", [("memory", "delete", "--all", "--yes"), ("sessions", "delete", "SESSION")]
)
def test_commands_that_erase_reach_open_questions(
    lines: Lines, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = lines.talk("Any ideas for dinner with zebrafruit?", "/sessions")
    assert "Question: " in said
    session = said.splitlines()[-1].split()[1]
    home = lines.settings.home
    assert b"zebrafruit" in (home / "checkpoints.db").read_bytes()
    monkeypatch.setenv("PENCHANT_HOME", str(home))
    words = [session if word == "SESSION" else word for word in command]
    result = CliRunner().invoke(app, [*words, "--user", "ana"])
    assert result.exit_code == 0, result.output
    files = [file for file in home.rglob("*") if file.is_file()]
    assert not [file for file in files if b"zebrafruit" in file.read_bytes()]


def checkpointed(lines: Lines) -> int:
    with closing(sqlite3.connect(lines.settings.home / "checkpoints.db")) as connection:
        return len(connection.execute("SELECT 1 FROM checkpoints").fetchall())


def test_open_questions_go_on_without_a_preference_that_is_deleted(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines.talk("I love quinceblossom tea.")
    lines.talk("Any ideas for dinner with tea?")
    monkeypatch.setenv("PENCHANT_HOME", str(lines.settings.home))
    listed = CliRunner().invoke(app, ["memory", "list", "--json", "--user", "ana"])
    (known,) = json.loads(listed.stdout)["preferences"]
    assert checkpointed(lines)
    done = CliRunner().invoke(app, ["memory", "delete", known["id"], "--user", "ana"])
    assert done.exit_code == 0, done.output
    assert checkpointed(lines)
    assert b"quinceblossom" not in (lines.settings.home / "checkpoints.db").read_bytes()


def test_a_contradiction_is_put_to_the_user(lines: Lines) -> None:
    said = lines.talk("I'm allergic to peanuts.", "I love peanuts.", "1", "/memory")
    assert "  1. Before: must: is allergic to peanuts" in said
    assert "  2. Now:    loves peanuts" in said
    assert "- must: is allergic to peanuts" in said
    assert "- loves peanuts" not in said


def test_both_may_hold_at_different_times(lines: Lines) -> None:
    said = lines.talk(
        "I like long replies.", "I prefer short replies.", "both for work emails", "/memory"
    )
    assert "- prefers long replies" in said
    assert "- prefers short replies (for work emails)" in said


def test_a_message_passes_over_a_contradiction(lines: Lines) -> None:
    said = lines.talk(
        "I like long replies.", "I prefer short replies.", "What is the capital of France?"
    )
    assert "Which holds" not in said.split('or "later".')[-1]
    assert TOFU in said or SOUP in said


def test_a_contradiction_as_json(lines: Lines) -> None:
    said = lines.talk("I'm allergic to peanuts.", "I love peanuts.", "2", as_json=True)
    events = [json.loads(line) for line in said.splitlines()]
    (conflict,) = [
        e["reply"]["conflict"]
        for e in events
        if e["event"] == "finished" and e["reply"]["conflict"]
    ]
    assert conflict["old"]["description"] == "is allergic to peanuts"
    assert conflict["new"]["description"] == "loves peanuts"
