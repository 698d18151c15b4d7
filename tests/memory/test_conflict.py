"""Which pairs of descriptions contradict, say the same, or have nothing to do with each other."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from penchant.memory import Answer, Command, Edit, PreferenceDraft, Statement
from penchant.memory.conflict import (
    Asks,
    Confirms,
    IsNew,
    Known,
    Supersedes,
    Yields,
    judge,
    tells_of_change,
)
from penchant.models import HashEmbedder

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Pair(NamedTuple):
    live: str
    said: str
    truth: str


# A minus sign marks what is disliked.
CONTRADICTS = """
    likes jazz / -strongly dislikes jazz
    likes jazz / can't stand jazz
    -dislikes olives / loves olives
    loves spicy food / -hates spicy food
    prefers tea to coffee / prefers coffee to tea
    prefers trains over planes / prefers planes over trains
    likes cats more than dogs / likes dogs more than cats
    prefers short to long replies / prefers long to short replies
    lives in Rome / lives in Oslo
    is based in Berlin / lives in Madrid
    favourite colour is green / favourite colour is blue
    is called Ana / goes by Bea
    is 34 years old / is 35 years old
    eats meat / does not eat meat
    drinks alcohol / -never drinks alcohol
    is vegetarian / is not vegetarian
    is vegetarian / is no longer vegetarian
    -is allergic to peanuts / loves peanuts
    -is allergic to shellfish / is not allergic to shellfish
    prefers short replies / prefers long replies
    prefers a formal tone / prefers a casual tone
    prefers window seats / prefers aisle seats
    likes emoji in replies / -no emoji in replies
    wants bullet points / wants no bullet points
    -crowds / enjoys crowds
    is a fan of horror films / -can't bear horror films
    likes cooking / -hates cooking
    uses Python / does not use Python
    is vegetarian / eats steak every week
    is an early riser / sleeps until noon
    likes silence while working / always plays music while working
"""
SAME = """
    likes green tea / Likes green TEA!
    likes short replies / likes short replies.
    likes hiking in the mountains / likes to hike in the mountains
    -dislikes loud restaurants / -strongly dislikes loud restaurants
    likes long walks along the river / likes long walks along a river
    enjoys reading science fiction novels / enjoys reading science-fiction novels
    prefers tea to coffee / prefers tea over coffee
    is vegetarian / is a vegetarian
    likes dogs / is fond of dogs
"""
UNRELATED = """
    likes tea / likes coffee
    likes jazz / likes rock
    likes tea / -dislikes green tea
    likes coffee without sugar / likes coffee with sugar
    likes short replies / likes long walks
    is allergic to peanuts / is allergic to shellfish
    -is allergic to peanuts / likes walnuts
    -is allergic to cats / -dislikes cats
    -dislikes peanuts / is not allergic to peanuts
    lives in Rome / works in Oslo
    lives in Rome / was born in Oslo
    lives in Rome / lives in Rome, near the river
    favourite colour is green / favourite film is Alien
    prefers tea to coffee / likes coffee
    prefers tea to coffee / prefers tea to juice
    prefers short replies / prefers long novels
    is vegan / -hates vegans
    is German / -dislikes German beer
    is a nurse / -hates nurses on television
    has two dogs / -dislikes dogs in restaurants
    likes cooking / -hates washing up
    likes summer / -dislikes hot weather
    likes early meetings / likes late dinners
    plays chess / plays the piano
    is learning Spanish / is learning Italian
    likes cats / likes dogs
    does not smoke / does not drink alcohol
    never eats breakfast / never eats late
    avoids gluten / avoids lactose
    likes to avoid crowds / likes parks
    wants bullet points / wants headings
    prefers hot tea / prefers cold beer
    enjoys horror films / -dislikes horror games
    works at night / sleeps at night
    is a morning person / works in the evening
    likes reading in bed / -dislikes eating in bed
    has a daughter called Mia / is called Ana
    is 34 years old / has a 7 year old son
    uses Python / uses Rust
    likes red wine / -dislikes white wine
"""


def pairs() -> list[Pair]:
    return [
        Pair(*(each.strip() for each in line.split(" / ")), truth)
        for truth, lines in (
            ("contradicts", CONTRADICTS),
            ("same", SAME),
            ("unrelated", UNRELATED),
        )
        for line in lines.strip().splitlines()
    ]


def said(text: str, **fields) -> PreferenceDraft:
    disliked = text.startswith("-")
    return PreferenceDraft(
        description=text.removeprefix("-"), polarity="dislike" if disliked else "like", **fields
    )


def live(draft: PreferenceDraft, vector: bytes | None = None, **fields) -> Known:
    values = {
        "id": "live",
        "description": draft.description,
        "polarity": draft.polarity,
        "hard": draft.hard,
        "origin": draft.origin,
        "scope": draft.scope,
        "aspect": draft.aspect,
        "value": draft.value,
        "passing": draft.lasts_hours is not None,
        "confidence": draft.confidence,
        "supported_at": NOW,
        "vector": vector,
    }
    return Known(**{**values, **fields})


def verdict(before, draft, *, vector=None, changed=False):
    return judge(draft, vector, [before], now=NOW, changed=changed)


def found(result) -> str:
    match result:
        case Confirms() | Supersedes(same=True):
            return "same"
        case Supersedes() | Yields() | Asks():
            return "contradicts"
        case IsNew():
            return "unrelated"


def test_pairs_are_told_apart_precisely(minilm):
    table = pairs()
    assert len(table) >= 40
    counts: Counter[tuple[str, str]] = Counter()
    wrong = []
    for pair in table:
        for before, after in ((pair.live, pair.said), (pair.said, pair.live)):
            old, new = said(before), said(after)
            vectors = minilm.embed([old.description, new.description])
            result = found(
                verdict(live(old, vectors[0].astype("<f4").tobytes()), new, vector=vectors[1])
            )
            counts[pair.truth, result] += 1
            if result != pair.truth:
                wrong.append((before, after, pair.truth, result))
    told = sum(counts[truth, "contradicts"] for truth in ("contradicts", "same", "unrelated"))
    hits, missed = counts["contradicts", "contradicts"], counts["contradicts", "unrelated"]
    print(f"precision {hits / told:.2f}, recall {hits / (hits + missed):.2f}; wrong: {wrong}")
    assert not counts["unrelated", "contradicts"], wrong
    assert not counts["unrelated", "same"], wrong
    assert not counts["same", "contradicts"], wrong
    assert not counts["contradicts", "same"], wrong
    assert hits / (hits + missed) >= 0.85, wrong
    assert counts["same", "same"] >= 10, wrong


@pytest.mark.parametrize("pair", [p for p in pairs() if p.truth == "unrelated"])
def test_unrelated_facts_never_retire_each_other(pair):
    old, new = said(pair.live), said(pair.said)
    vector = HashEmbedder().embed([old.description])[0]
    result = verdict(live(old, vector.astype("<f4").tobytes()), new, vector=vector)
    assert found(result) != "contradicts"


class TestWhoWins:
    LONG = said("prefers long replies", aspect="length", value="long")
    SHORT = said("prefers short replies", aspect="length", value="short")
    MEAT = said("eats everything", aspect="diet", value="everything")
    VEGETARIAN = said("is vegetarian", aspect="diet", value="vegetarian", hard=True)

    def test_two_sure_statements_are_put_to_the_user(self):
        result = verdict(live(self.LONG), self.SHORT)
        assert isinstance(result, Asks)
        assert result.otherwise == Supersedes("live", same=False)

    def test_words_of_change_supersede_at_once(self):
        assert verdict(live(self.LONG), self.SHORT, changed=True) == Supersedes("live", same=False)

    @pytest.mark.parametrize("doubtful", ["live", "said"])
    def test_what_is_doubtful_gives_way(self, doubtful):
        weak = {"confidence": 0.5}
        old = live(self.LONG, **(weak if doubtful == "live" else {}))
        new = said("prefers short replies", aspect="length", value="short", confidence=0.5)
        result = verdict(old, new if doubtful == "said" else self.SHORT)
        assert result == Supersedes("live", same=False)

    def test_what_has_not_been_heard_of_for_years_gives_way(self):
        old = live(self.LONG, supported_at=NOW.replace(year=2020))
        assert isinstance(verdict(old, self.SHORT), Supersedes)

    @pytest.mark.parametrize("changed", [True, False])
    def test_a_taste_does_not_lift_a_constraint(self, changed):
        assert isinstance(verdict(live(self.VEGETARIAN), self.MEAT, changed=changed), Asks)

    def test_a_taste_without_a_common_key_lives_beside_the_constraint(self):
        allergy = live(said("-is allergic to peanuts", aspect="avoid:peanuts", hard=True))
        result = verdict(allergy, said("loves peanuts", aspect="like:peanuts"))
        assert isinstance(result, Asks)
        assert result.otherwise == IsNew()

    def test_a_constraint_in_words_of_change_replaces_a_constraint(self):
        vegan = said("is vegan", aspect="diet", value="vegan", hard=True)
        assert isinstance(verdict(live(self.VEGETARIAN), vegan), Asks)
        assert isinstance(verdict(live(self.VEGETARIAN), vegan, changed=True), Supersedes)

    def test_a_rule_that_forbids_more_needs_no_question(self):
        strict = ("diet", "vegan", "is vegan: never meat, fish or eggs")
        loose = ("diet", "vegetarian", "is vegetarian: never meat or fish")

        def rule(of, **more):
            return said(of[2], aspect=of[0], value=of[1], hard=True, **more)

        assert isinstance(verdict(live(rule(loose)), rule(strict)), Supersedes)
        assert isinstance(verdict(live(rule(strict)), rule(loose)), Asks)

    def test_what_is_stricter_holds_at_once(self):
        assert isinstance(verdict(live(self.MEAT), self.VEGETARIAN), Supersedes)

    @pytest.mark.parametrize("hard", [True, False])
    def test_an_inference_yields_to_what_was_stated_or_must_hold(self, hard):
        guess = said("eats fish", aspect="diet", value="fish", origin="inferred")
        old = live(self.VEGETARIAN, hard=hard, origin="inferred" if hard else "stated")
        assert verdict(old, guess) == Yields("live")

    def test_whatever_contradicts_an_inference_wins(self):
        old = live(self.LONG, origin="inferred")
        assert isinstance(verdict(old, self.SHORT), Supersedes)
        guess = said("prefers short replies", aspect="length", value="short", origin="inferred")
        assert isinstance(verdict(old, guess), Supersedes)

    def test_another_scope_contradicts_nothing(self):
        short = said("prefers short replies", aspect="length", value="short", scope="work emails")
        assert verdict(live(self.LONG), short) == IsNew()
        jazz = said("-hates jazz", scope="mornings")
        assert verdict(live(said("likes jazz")), jazz) == IsNew()

    def test_moods_follow_each_other_without_a_question(self):
        calm = said("has time", aspect="effort", value="slow", lasts_hours=3)
        hurry = said("is in a hurry", aspect="effort", value="quick", lasts_hours=3)
        assert isinstance(verdict(live(calm), hurry), Supersedes)


@pytest.mark.parametrize(
    ("observation", "change"),
    [
        (Statement(text="I now prefer long replies"), True),
        (Statement(text="I'm no longer vegetarian"), True),
        (Statement(text="Actually, jazz is great"), True),
        (Statement(text="I don't like it anymore"), True),
        (Statement(text="I've changed my mind: jazz"), True),
        (Statement(text="I like nowhere better than home"), False),
        (Statement(text="I prefer long replies. I know what I like"), False),
        (Command(text="shorter"), True),
        (Answer(question="Which diet?", aspect="diet", value="vegan"), True),
        (Edit(before="now", after="actually"), False),
    ],
)
def test_words_of_change(observation, change):
    assert tells_of_change(observation) is change
