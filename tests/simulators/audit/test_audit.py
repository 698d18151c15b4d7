from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from penchant.models.hash_embedder import HashEmbedder
from penchant.simulators.audit import Flag, audit_episode, audit_run
from penchant.simulators.reports import load_run
from penchant.simulators.runner import (
    Compared,
    Disclosure,
    Episode,
    EpisodeKey,
    FunctionTrack,
    Line,
    RunOptions,
    Tools,
    bare_tools,
    run_batch,
)

_VALUES = {"spiciness": ["mild", "medium", "hot"], "cuisine": ["Italian", "Mexican", "regional"]}


def _asked(aspect: str, value: str | None, turn: int = 1) -> Disclosure:
    what = "indifferent" if value is None else "value"
    return Disclosure(turn=turn, aspect=aspect, what=what, how="asked", value=value)


def _talk(*said: str) -> list[Line]:
    """An opening, then a question before each of the user's answers."""
    lines = [Line(role="user", text=said[0])]
    for text in said[1:]:
        lines += [Line(role="assistant", text="What would you like?"), Line(role="user", text=text)]
    return lines


def _episode(
    transcript: Sequence[Line] = (), disclosures: Sequence[Disclosure] = (), stop: str = "budget"
) -> Episode:
    return Episode(
        key=EpisodeKey("fake", "ours", "ana", "dinner"),
        measures={"score": 1.0},
        transcript=transcript,
        disclosures=disclosures,
        stop=stop,
        profile={"spiciness": "hot", "cuisine": "Mexican"},
        detail={"values": _VALUES, "gated": True},
    )


def _kinds(episode: Episode) -> list[str]:
    return [flag.kind for flag in audit_episode(episode)]


def test_what_the_gate_released_is_no_leak() -> None:
    talk = _talk("What should I cook?", "Mexican cuisine, please.")
    assert _kinds(_episode(talk, [_asked("cuisine", "Mexican")])) == []


def test_a_value_said_before_its_release_is_a_leak() -> None:
    talk = _talk("What should I cook?", "Mexican cuisine, please.", "As I said.")
    found = audit_episode(_episode(talk, [_asked("cuisine", "Mexican", turn=2)]))
    assert [(flag.kind, flag.turn) for flag in found] == [("leaked", 1)]
    assert "Mexican" in found[0].what


def test_a_leak_in_the_opening_message_is_found() -> None:
    assert _kinds(_episode(_talk("A Mexican cuisine dinner, what should I cook?"))) == ["leaked"]


def test_what_the_gate_logged_as_leaked_counts_once() -> None:
    leak = Disclosure(turn=1, aspect="cuisine", what="value", how="leaked", value="Mexican")
    talk = _talk("What should I cook?", "Mexican cuisine, please.")
    assert _kinds(_episode(talk, [leak])) == ["leaked"]


@pytest.mark.parametrize(
    ("turn", "chatty", "flagged"), [(0, True, False), (0, False, True), (2, True, True)]
)
def test_volunteering_is_for_the_chatty_and_for_the_opening(
    turn: int, chatty: bool, flagged: bool
) -> None:
    said = Disclosure(turn=turn, aspect="cuisine", what="value", how="volunteered", value="Mexican")
    episode = _episode([], [said])
    episode = replace(episode, detail={**episode.detail, "chatty": chatty})
    assert _kinds(episode) == (["volunteered"] if flagged else [])
    changed = {**episode.detail, "changes": [[turn, "cuisine", "ask"]]}
    assert _kinds(replace(episode, detail=changed)) == []


def test_a_user_who_speaks_as_an_assistant_flips_roles() -> None:
    talk = _talk("What should I cook?", "Sure! Here is a recipe for you: boil the rice.")
    assert _kinds(_episode(talk)) == ["role flip"]


def test_what_a_user_makes_of_a_draft_is_no_role_flip() -> None:
    text = "Here is the report:\n- sales rose\n- costs fell\n- we moved"
    pair = Compared(prompt="Write it.", chosen=text, rejected="The report.")
    episode = replace(_episode(_talk("Write the report.", text)), pairs=[pair])
    assert _kinds(episode) == []


def test_nobody_has_enough_after_one_question() -> None:
    assert _kinds(_episode(_talk("Dinner?", "Whatever."), stop="patience")) == ["early stop"]
    assert _kinds(_episode(_talk("Dinner?", "Well.", "Well."), stop="patience")) == []


def test_answers_against_the_profile_contradict_it_unless_drawn_so() -> None:
    against = [_asked("spiciness", "mild"), _asked("cuisine", None, turn=2)]
    assert _kinds(_episode([], against)) == ["contradicts", "contradicts"]
    drawn = _episode([], against)
    drawn = replace(drawn, detail={**drawn.detail, "slips": ["spiciness", "cuisine"]})
    assert _kinds(drawn) == []


def test_a_value_in_other_words_is_found_with_an_embedder() -> None:
    talk = _talk("What should I cook?", "I want a hot dish.")
    flags = audit_episode(_episode(talk), embedder=HashEmbedder())
    assert Flag(kind="leaked", turn=1, what="spiciness: I want a hot dish.") in flags


def _leaky(key: EpisodeKey, tools: Tools) -> Episode:
    """The simulator blurts everything out to one arm, which profits from it."""
    leaks = key.user in ("user 1", "user 4")
    said = "Mexican cuisine, and hot, please." if leaks else "Surprise me."
    return replace(
        _episode(_talk("What should I cook?", said)),
        key=key,
        measures={"score": 1.0 if leaks and key.arm == "ours" else 0.25},
    )


def test_a_leaky_simulator_is_caught_and_its_gain_is_gone(tmp_path: Path, settings: object) -> None:
    options = RunOptions(settings=settings)  # type: ignore[arg-type]
    track = FunctionTrack(fn=_leaky, users=8)
    run_batch(track, tmp_path / "run", seed=0, options=options, tools=bare_tools)
    found = audit_run(load_run(tmp_path / "run"))
    assert {each.key.user for each in found.flagged} == {"user 1", "user 4"}
    assert found.figures["flagged_episodes"] == 4
    assert found.figures["leaked_flags"] >= 4
    gains = {
        row["over"]: row["gain"]
        for row in found.rows
        if row.get("what") == "scores" and row["arm"] == "ours"
    }
    assert gains == {"all episodes": pytest.approx(0.1875), "without flagged": 0.0}
