"""What is kept of some proposals, and what becomes of the lines that are live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from penchant.memory.inference.assessment import assess, pruned
from penchant.memory.inference.prediction import Pair
from penchant.memory.inference.verification import MOST_PROPOSALS, Proposal, choose, reviewed
from penchant.memory.inference.wording import wording
from penchant.memory.types import (
    Add,
    Confirm,
    Drop,
    Operation,
    Preference,
    PreferenceDraft,
    Retire,
    Revise,
)

OWN = Pair(chosen="b", rejected="a", evidence_id="now", scope="emails")


def before(name: str, weight: float = 1.0, scope: str | None = "emails") -> Pair:
    return Pair(chosen="b", rejected="a", evidence_id=name, weight=weight, scope=scope)


class Table:
    """Predicts what it is told to: by the phrase that a description holds, then by event."""

    def __init__(self, **told: Mapping[str, float]) -> None:
        self.told = {name.replace("_", " "): row for name, row in told.items()}

    async def agreement(
        self, description: str | PreferenceDraft, pairs: Sequence[Pair]
    ) -> NDArray[np.float64]:
        said = description if isinstance(description, str) else description.description
        row = next((row for phrase, row in self.told.items() if phrase in said), {})
        return np.array([row.get(pair.evidence_id, 0.5) for pair in pairs])


def of_aspect(value: str, aspect: str = "length", scope: str | None = "emails") -> PreferenceDraft:
    return PreferenceDraft(
        description=f"prefers {value} {aspect}",
        origin="inferred",
        confidence=0.6,
        scope=scope,
        aspect=aspect,
        value=value,
    )


def line(draft: PreferenceDraft, name: str = "p1", **changed: object) -> Preference:
    made = Preference(
        id=name,
        user_id="ana",
        description=draft.description,
        polarity=draft.polarity,
        hard=draft.hard,
        strength=draft.strength,
        origin=draft.origin,
        confidence=draft.confidence,
        scope=draft.scope,
        aspect=draft.aspect,
        value=draft.value,
        evidence_ids=("e0",),
        valid_from=datetime(2026, 3, 1, tzinfo=UTC),
        valid_to=None,
        supersedes=None,
    )
    return replace(made, **changed)  # type: ignore[arg-type]


async def kept(
    predictor: Table,
    *drafts: PreferenceDraft,
    earlier: Sequence[Pair] = (),
    live: Sequence[Preference] = (),
    held_out: bool = False,
    supported: bool = False,
) -> list[Operation]:
    proposals = [Proposal(draft=draft, supported=supported) for draft in drafts]
    return await choose(predictor, proposals, [OWN], earlier, live, held_out=held_out)


async def test_numbers_of_a_test() -> None:
    predictor = Table(tin={"now": 0.8, "e1": 0.9, "e2": 0.5, "e3": 0.9})
    earlier = [before("e1", 0.5), before("e2"), before("e3", scope="poems")]
    result = await assess(predictor, wording("tin", scope="emails"), [OWN], earlier)
    assert result.explains == pytest.approx(0.8)
    assert result.pairs == 1
    # One more pair counts, of which nothing is known.
    wanted = np.exp((0.5 * np.log(0.9) + 2 * np.log(0.5)) / 2.5)
    assert result.holds == pytest.approx(wanted)
    assert result.total == pytest.approx((np.log(0.8) + 0.5 * np.log(0.9) + np.log(0.5)) / 2.5)
    assert str(result) == "0.80 for this event, 0.56 over 1 earlier"
    everywhere = await assess(predictor, "tin", [OWN], earlier)
    assert everywhere.pairs == 2
    nothing = await assess(predictor, "tin", [], [])
    assert (nothing.explains, nothing.holds, nothing.pairs) == (0.5, 0.5, 0)


async def test_parts_that_are_contradicted_go() -> None:
    predictor = Table(tin={"now": 0.8}, gold={"now": 0.2}, lead={"e1": 0.1})
    draft = wording("tin, gold and lead; zinc")
    left = await pruned(predictor, draft, [OWN], [before("e1")])
    assert left is not None
    assert left.description == "prefers this style: tin and zinc"
    assert await pruned(predictor, wording("gold and lead"), [OWN], [before("e1")]) is None
    for whole in (wording("gold"), of_aspect("gold and lead")):
        assert await pruned(predictor, whole, [OWN], []) is whole


async def test_a_proposal_that_explains_the_event_is_added_with_its_numbers() -> None:
    (added,) = await kept(Table(tin={"now": 0.8}), wording("tin"))
    assert added == Add(draft=wording("tin"), reason="predicts 0.80 for this event")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"now": 0.54}, "does not explain the event"),
        ({"now": 0.58}, "only guessed, and no earlier event bears it out"),
        ({"now": 0.8, "e1": 0.2}, "worse than none"),
    ],
)
async def test_a_proposal_that_fails_is_dropped_and_told(
    row: Mapping[str, float], why: str
) -> None:
    (dropped,) = await kept(Table(tin=row), wording("tin"), earlier=[before("e1")])
    assert isinstance(dropped, Drop)
    assert dropped.reason.startswith(why)
    assert "predicts 0." in dropped.reason
    assert dropped.description == "prefers this style: tin"


async def test_a_guess_is_kept_once_an_earlier_event_bears_it_out() -> None:
    predictor = Table(tin={"now": 0.58, "e1": 0.7})
    (added,) = await kept(predictor, wording("tin"), earlier=[before("e1")])
    assert isinstance(added, Add)
    (dropped,) = await kept(predictor, wording("tin"), earlier=[before("e1", 0.1)])
    assert isinstance(dropped, Drop)


async def test_what_was_counted_needs_no_predictor_but_must_hold() -> None:
    (added,) = await kept(Table(), of_aspect("short"), supported=True)
    assert isinstance(added, Add)
    row = {"now": 0.8, "e1": 0.1, "e2": 0.8}
    predictor = Table(short=row)
    (dropped,) = await kept(predictor, of_aspect("short"), earlier=[before("e1")], supported=True)
    assert isinstance(dropped, Drop)
    # The event is evidence like the others.
    both = [before("e1", 0.5), before("e2", 0.9)]
    (added,) = await kept(predictor, of_aspect("short"), earlier=both, supported=True)
    assert isinstance(added, Add)


async def test_what_was_counted_wins_against_as_much_older_evidence() -> None:
    old = line(of_aspect("long"))
    predictor = Table(long={"now": 0.1, "e1": 0.9}, short={"now": 0.9, "e1": 0.1})
    for weight, kind in ((0.8, Revise), (1.2, Drop)):
        (outcome,) = await kept(
            predictor,
            of_aspect("short"),
            earlier=[before("e1", weight)],
            live=[old],
            supported=True,
        )
        assert isinstance(outcome, kind)


async def test_held_out_keeps_only_what_earlier_events_bear_out() -> None:
    predictor = Table(tin={"now": 0.9, "e1": 0.9})
    (dropped,) = await kept(predictor, wording("tin"), held_out=True)
    assert "no earlier event bears it out" in dropped.reason
    (added,) = await kept(predictor, wording("tin"), earlier=[before("e1")], held_out=True)
    assert isinstance(added, Add)


async def test_the_best_on_each_topic_is_kept_and_the_others_are_told() -> None:
    predictor = Table(tin={"now": 0.7}, gold={"now": 0.9}, short={"now": 0.8}, brief={"now": 0.75})
    drafts = (wording("tin"), wording("gold"), of_aspect("short"), of_aspect("brief"))
    operations = await kept(predictor, *drafts)
    added = [each.draft.description for each in operations if isinstance(each, Add)]
    assert added == ["prefers this style: gold", "prefers short length"]
    dropped = {each.description: each.reason for each in operations if isinstance(each, Drop)}
    assert set(dropped) == {"prefers this style: tin", "prefers brief length"}
    assert dropped["prefers this style: tin"] == (
        "another one predicts better: mean log -0.11 against -0.36"
    )


async def test_no_more_than_the_first_few_are_looked_at() -> None:
    drafts = [of_aspect("yes", f"aspect {n}") for n in range(MOST_PROPOSALS + 2)]
    operations = await kept(Table(yes={"now": 0.9}), *drafts)
    assert len(operations) == MOST_PROPOSALS


async def test_a_line_gives_way_only_to_a_better_one() -> None:
    old = line(of_aspect("long"))
    predictor = Table(long={"now": 0.4, "e1": 0.9}, short={"now": 0.9, "e1": 0.5})
    (revised,) = await kept(predictor, of_aspect("short"), live=[old])
    assert revised == Revise(
        preference_id="p1",
        draft=of_aspect("short"),
        reason="predicts 0.90 for this event, against 0.40 for this event",
    )
    better = Table(long={"now": 0.4, "e1": 0.95}, short={"now": 0.65, "e1": 0.5})
    (dropped,) = await kept(better, of_aspect("short"), earlier=[before("e1", 3.0)], live=[old])
    assert isinstance(dropped, Drop)
    assert dropped.preference_id == "p1"
    assert dropped.reason.startswith("no better than what is known: predicts 0.65")


@pytest.mark.parametrize("changed", [{"origin": "stated"}, {"revised": True}])
async def test_what_the_user_said_is_not_revised(changed: Mapping[str, object]) -> None:
    old = line(of_aspect("long"), **changed)
    operations = await kept(Table(short={"now": 0.9}), of_aspect("short"), live=[old])
    # Memory has the rule for this: the inference yields, or the user is asked.
    assert [type(each) for each in operations] == [Add]


async def test_much_the_same_words_are_one_line() -> None:
    old = line(wording("small concrete details", scope="emails"))
    fewer = wording("concrete details", scope="emails")
    predictor = Table(concrete={"now": 0.8})
    (confirmed,) = await kept(predictor, fewer, live=[old])
    assert isinstance(confirmed, Confirm)
    assert (confirmed.preference_id, confirmed.weight) == ("p1", 0.3)
    other = wording("concrete details of sounds", scope="emails")
    (dropped,) = await kept(predictor, other, live=[old])
    assert isinstance(dropped, Drop)
    better = Table(sounds={"now": 0.95}, concrete={"now": 0.8})
    (revised,) = await kept(better, other, live=[old])
    assert isinstance(revised, Revise)


async def test_said_again_confirms_the_wider_line_too() -> None:
    always = line(of_aspect("short", scope=None), origin="stated")
    (confirmed,) = await kept(Table(short={"now": 0.9}), of_aspect("short"), live=[always])
    assert isinstance(confirmed, Confirm)
    assert confirmed.preference_id == "p1"


async def test_one_line_for_always_once_three_kinds_of_text_show_it() -> None:
    poems = line(of_aspect("none", "emoji", "poems"), confidence=0.8)
    letters = line(of_aspect("none", "emoji", "letters"), "p2")
    predictor = Table(none={"now": 0.9, "e1": 0.9})
    earlier = [before("e1", scope="poems")]
    draft = of_aspect("none", "emoji")
    wide, gone = await kept(predictor, draft, earlier=earlier, live=[poems, letters])
    assert isinstance(wide, Revise)
    assert isinstance(gone, Retire)
    assert (wide.draft.scope, wide.draft.confidence) == (None, 0.8)
    # Two kinds, the contrary for one of them, or earlier events against it, keep them apart.
    contrary = line(of_aspect("welcome", "emoji", "letters"), "p2")
    against = Table(none={"now": 0.9, "e1": 0.1})
    for said, live in (
        (predictor, [poems]),
        (predictor, [poems, contrary]),
        (against, [poems, letters]),
    ):
        (added,) = await kept(said, draft, earlier=earlier, live=live)
        assert isinstance(added, Add)
        assert added.draft.scope == "emails"


@pytest.mark.parametrize(
    ("scope", "other", "wide"),
    [
        ("emails", "work emails", "emails"),
        ("private emails", "work emails", "emails"),
        ("summaries of reports", "summaries of meeting minutes", "summaries"),
        # What a summary is made from is another kind of text.
        ("summaries of reports", "reports", None),
    ],
)
async def test_two_occasions_of_a_kind_make_a_line_for_the_kind(
    scope: str, other: str, wide: str | None
) -> None:
    known = line(of_aspect("none", "emoji", other))
    (found,) = await kept(Table(none={"now": 0.9}), of_aspect("none", "emoji", scope), live=[known])
    assert isinstance(found, Add if wide is None else Revise)
    assert found.draft.scope == (wide or scope)


async def test_other_narrow_lines_go_with_the_wide_one() -> None:
    lines = [line(of_aspect("none", "emoji", scope), scope) for scope in ("poems", "letters")]
    operations = await kept(Table(none={"now": 0.9}), of_aspect("none", "emoji"), live=lines)
    assert [(type(o), o.preference_id) for o in operations] == [
        (Revise, "poems"),
        (Retire, "letters"),
    ]


async def test_lines_that_an_event_bears_out_are_confirmed() -> None:
    lines = [
        line(of_aspect("short"), "fits"),
        line(of_aspect("short", scope=None), "fits always", origin="stated"),
        line(of_aspect("short", scope="poems"), "elsewhere"),
        line(wording("tin"), "hardly"),
        line(of_aspect("short"), "rule", hard=True),
    ]
    predictor = Table(short={"now": 0.8}, tin={"now": 0.7})
    found = await reviewed(predictor, lines, [OWN], [])
    assert found == [
        Confirm(preference_id=name, reason="predicts 0.80 for this event")
        for name in ("fits", "fits always")
    ]
    contested = Table(short={"now": 0.8, "e1": 0.1})
    assert await reviewed(contested, lines, [OWN], [before("e1", scope="emails")]) == []


async def test_lines_that_everything_near_contradicts_are_retired() -> None:
    lines = [
        line(of_aspect("short"), "wrong"),
        line(of_aspect("short"), "stated", origin="stated"),
        line(of_aspect("short"), "by hand", revised=True),
        line(wording("tin"), "only now"),
    ]
    predictor = Table(
        short={"now": 0.1, "e1": 0.1, "e2": 0.2}, tin={"now": 0.1, "e1": 0.8, "e2": 0.8}
    )
    earlier = [before("e1"), before("e2")]
    (retired,) = await reviewed(predictor, lines, [OWN], earlier)
    assert isinstance(retired, Retire)
    assert retired.preference_id == "wrong"
    assert retired.reason == "predicts 0.10 for this event, 0.22 over 2 earlier"
    # A single event may be an accident.
    assert await reviewed(predictor, lines, [OWN], earlier[:1]) == []
