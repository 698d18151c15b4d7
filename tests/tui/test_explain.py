"""What *why* says of the drafts of a turn."""

from __future__ import annotations

from penchant.agent.types import Reply, Trace
from penchant.policies.types import (
    Candidate,
    Decision,
    MemoryEffect,
    Ranked,
    Unchecked,
    Violation,
)
from penchant.tui.explain import broken_rule, explain

OVEN = "never anything that needs an oven"


def ranked(**changes: object) -> Ranked:
    fields: dict[str, object] = {
        "candidate": Candidate(text="Bake a pie.", approach="one idea"),
        "index": 0,
        "score": 0.7,
        "utility": 0.4,
        "sd": 0.2,
        "contributions": {"length": 0.5, "other": -0.1},
    }
    return Ranked(**{**fields, **changes})  # type: ignore[arg-type]


def why(*candidates: Ranked) -> str:
    reply = Reply(
        id="r",
        session_id="s",
        text="Bake a pie.",
        decision=Decision(kind="answer", reason="Nothing to ask."),
        trace=Trace(),
        candidates=candidates,
    )
    return "\n".join(explain(reply))


def test_drafts_say_which_memories_moved_them_and_how_far() -> None:
    memories = (
        MemoryEffect(id="p", kind="preference", description="likes short replies", effect=0.48),
        MemoryEffect(id="e", kind="evidence", description="picked “Tea.”\nover", effect=-0.1),
    )
    told = why(ranked(memories=memories))
    assert "1. 70%  one idea  (length +0.50, other -0.10)" in told
    assert "moved +0.48 by: likes short replies" in told
    assert "moved -0.10 by: picked “Tea.” over" in told


def test_rules_are_told_that_are_broken_or_were_not_checked() -> None:
    judged = Violation(preference_id="p", description=OVEN, found="", start=0, end=0)
    by_word = Violation(preference_id="q", description="no beef", found="Beef", start=0, end=4)
    unchecked = Unchecked(preference_id="p", description=OVEN, reason="it is down")
    told = why(ranked(violations=(judged, by_word)), ranked(unchecked=(unchecked,)))
    assert f"breaks a must: {OVEN} (by the chat model)" in told
    assert "breaks a must: no beef (found 'Beef')" in told
    assert f"not checked: {OVEN} (it is down)" in told
    assert broken_rule(by_word) in told
