"""The pairs that events hold, how much each counts, and what a scope covers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from penchant.memory.inference.prediction import (
    Pair,
    WordPredictor,
    covers,
    pairs_of,
    weighted_pairs,
)
from penchant.memory.types import (
    Choice,
    Context,
    Edit,
    Evidence,
    NearEvidence,
    Observation,
    PreferenceDraft,
    Rating,
    Reaction,
    Statement,
)


def near(
    observation: Observation, score: float, context: str = "x", name: str = "1"
) -> NearEvidence:
    """An event of the day in March that its name says."""
    return NearEvidence(
        evidence=Evidence(
            id=name,
            user_id="ana",
            observation=observation,
            context=Context(text=context),
            created_at=datetime(2026, 3, int(name), tzinfo=UTC),
        ),
        score=score,
    )


@pytest.mark.parametrize(
    ("observation", "pairs"),
    [
        (Edit(before="a b", after="a"), [("a", "a b", 1.0)]),
        (Edit(before="a b", after=" a  b\n"), []),
        (Choice(shown=("a", "b", "c"), picked=1), [("b", "a", 0.5), ("b", "c", 0.5)]),
        (Choice(shown=("a", "a ", "c"), picked=0), [("a", "c", 1.0)]),
        (Choice(shown=("a", "b"), picked=None), []),
        (Choice(shown=("a", "b"), picked=None, ignored=True), []),
        (Choice(shown=("a", "b"), picked=7), []),
        (Choice(shown=("a", "b"), picked=0, judge="some/model"), []),
        (
            Reaction(reply="b", text="better", sentiment="satisfied", instead_of="a"),
            [("b", "a", 0.7)],
        ),
        (Reaction(reply="b", text="worse", sentiment="dissatisfied", instead_of="a"), []),
        (Reaction(reply="b", text="thanks", sentiment="satisfied"), []),
        (Rating(text="a", value=1.0), []),
        (Statement(text="I like tea"), []),
    ],
)
def test_pairs_of_an_event(observation: Observation, pairs: list[tuple[str, str, float]]) -> None:
    found = pairs_of(observation, evidence_id="e1", scope="emails")
    assert [(p.chosen, p.rejected, pytest.approx(p.weight)) for p in found] == pairs
    assert {(p.evidence_id, p.scope) for p in found} <= {("e1", "emails")}


@pytest.mark.parametrize(
    ("scope", "occasion", "covered"),
    [
        (None, None, True),
        (None, "emails", True),
        ("emails", None, False),
        ("emails", "work emails", True),
        ("Emails", "emails", True),
        ("work emails", "emails", False),
        ("poems", "emails", False),
    ],
)
def test_what_a_scope_covers(scope: str | None, occasion: str | None, covered: bool) -> None:
    assert covers(scope, occasion) is covered


def test_pairs_weigh_as_much_as_their_context_is_near() -> None:
    edit = Edit(before="a", after="b")
    occasions = {"mail": "emails", "work mail": "work emails", "verse": "poems"}
    events = [
        near(edit, 0.9, "chat", "1"),
        near(edit, 0.3, "chat", "2"),
        near(edit, 0.1, "chat", "3"),
        near(edit, 0.05, "mail", "4"),
        near(edit, 0.05, "work mail", "5"),
        near(edit, 0.1, "verse", "6"),
        near(Choice(shown=("a",), picked=0), 0.9, "chat", "7"),
    ]
    found = weighted_pairs(events, scope="emails", occasion=lambda c: occasions.get(c.text))
    weights = {pair.evidence_id: (pair.weight, pair.scope) for pair in found}
    assert weights == {
        "1": (pytest.approx(0.9 * 0.8**4), None),
        "2": (pytest.approx(0.3 * 0.8**3), None),
        "4": (pytest.approx(0.8**2), "emails"),
        "5": (pytest.approx(0.8), "work emails"),
    }
    assert [p.evidence_id for p in weighted_pairs(events, most=1)] == ["1"]


async def test_the_fake_predicts_by_words_and_swaps_with_its_pair() -> None:
    predictor = WordPredictor()
    pair = Pair(chosen="rain drums on tin", rejected="it rains")
    swapped = Pair(chosen="it rains", rejected="rain drums on tin")
    for description in ("drums and tin", PreferenceDraft(description="drums and tin")):
        one, other = await predictor.agreement(description, [pair, swapped])
        assert (one, other) == pytest.approx((0.9, 0.1))
    against = PreferenceDraft(description="drums", polarity="dislike")
    assert (await predictor.agreement(against, [pair]))[0] == pytest.approx(0.1)
    assert (await predictor.agreement("snow", [pair]))[0] == 0.5
