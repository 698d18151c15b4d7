"""How the versions of a preference read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from penchant.memory import (
    Answer,
    Artefact,
    Choice,
    Command,
    Edit,
    Evidence,
    Observation,
    Preference,
    Rating,
    Reaction,
    Statement,
)
from penchant.tui.versions import day, quote, version_lines

BEGUN = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)


def preference(number: int, **fields: Any) -> Preference:
    shared: dict[str, Any] = {
        "id": f"p{number}",
        "user_id": "ana",
        "description": "prefers short replies",
        "polarity": "like",
        "hard": False,
        "strength": 0.7,
        "origin": "stated",
        "confidence": 0.9,
        "scope": None,
        "aspect": "length",
        "value": "short",
        "evidence_ids": (f"e{number}",),
        "valid_from": BEGUN + timedelta(days=number),
        "valid_to": None,
        "supersedes": f"p{number - 1}" if number else None,
    }
    return Preference(**(shared | fields))


def event(number: int, observation: Observation) -> Evidence:
    return Evidence(id=f"e{number}", user_id="ana", observation=observation, created_at=BEGUN)


def test_each_version_says_what_took_the_place_of_what_and_why() -> None:
    chain = [
        preference(0),
        preference(1, value="long", description="prefers long replies"),
        preference(2, value="one line", revised=True),
    ]
    evidence = {"e1": event(1, Statement(text="From now on, go into detail"))}
    assert version_lines(chain, evidence) == [
        "short since 3 May 2026",
        "short → long on 4 May 2026, because of “From now on, go into detail”",
        "long → one line on 5 May 2026, corrected by hand",
    ]


def test_without_a_common_aspect_the_words_tell() -> None:
    chain = [
        preference(0, aspect=None, value=None, description="likes jazz"),
        preference(1, aspect="music", value="opera", description="likes opera", hard=True),
    ]
    assert version_lines(chain) == [
        "likes jazz since 3 May 2026",
        "likes jazz → must: likes opera on 4 May 2026",
    ]


@pytest.mark.parametrize(
    ("observation", "said"),
    [
        (Statement(text="I like\ntea\x1b[2J"), "“I like tea”"),
        (Command(text="shorter"), "“shorter”"),
        (Edit(before="a", after="b"), "an edit to “b”"),
        (Choice(shown=("one", "two"), picked=1), "the choice of “two”"),
        (Choice(shown=("one", "two"), picked=None), "a choice of none"),
        (Choice(shown=("one",), picked=None, ignored=True), "suggestions passed over"),
        (Choice(shown=("one",), picked=7), "a choice"),
        (Rating(text="x", value=-0.5), "a rating of -0.5"),
        (Reaction(reply="x", text="great", sentiment="satisfied"), "“great”"),
        (Answer(question="Diet?", aspect="diet", value="vegan"), "“vegan”"),
        (Answer(question="Diet?", aspect="diet", value=None), "a question skipped"),
        (Artefact(text="Dear all"), "the example “Dear all”"),
    ],
)
def test_every_kind_of_event_reads_in_a_few_words(observation: Observation, said: str) -> None:
    assert quote(observation) == said


def test_what_is_long_is_cut() -> None:
    assert len(quote(Statement(text="word " * 100))) < 70
    assert day(BEGUN) == "3 May 2026"
