"""Consent users: what they hold, say and forbid."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from penchant.policies.offers import read_consent
from penchant.simulators.runner import derive
from penchant.simulators.tasks.scenarios import shipped_scenarios
from penchant.simulators.users.consent import (
    TEMPERAMENTS,
    Change,
    ConsentUser,
    Held,
    Refusal,
    Temperament,
    draw_user,
)
from penchant.simulators.users.consent_speech import Reaction, Speaker

SCENARIOS = shipped_scenarios()
TABLE = next(each for each in SCENARIOS if each.topic == "book a table")
MEETING = next(each for each in SCENARIOS if each.topic == "move a meeting")
FOCUS = next(each for each in SCENARIOS if each.topic == "block focus time")
HOME, WORK = TABLE.occasions
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PLAIN = Temperament(name="plain", chatty=False, interrupt=0.1, passes=0.0)


def user(held: Held, temperament: Temperament = PLAIN, **rest: object) -> ConsentUser:
    all_held = {each.topic: held for each in SCENARIOS}
    return ConsentUser(name="u", temperament=temperament, held=all_held, **rest)  # type: ignore[arg-type]


def answer(of: ConsentUser, *, acted: bool = False, wanted: bool = True, seed: int = 1) -> Reaction:
    return Speaker(of, "held out").answer(
        TABLE, TABLE.topic, HOME, 0, NOW, acted=acted, wanted=wanted, seed=seed
    )


def test_the_same_seed_draws_the_same_person() -> None:
    first, again, other = (
        draw_user("u", TEMPERAMENTS[0], SCENARIOS, steps=24, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again
    assert first.held != other.held


def test_what_needs_consent_is_never_welcome_unasked() -> None:
    levels: Counter[tuple[bool, str]] = Counter()
    for seed in range(40):
        drawn = draw_user("u", TEMPERAMENTS[0], SCENARIOS, steps=24, seed=derive(3, seed))
        for each in SCENARIOS:
            levels[each.consent == "none", drawn.held[each.topic].welcome] += 1
    assert levels[False, "welcome"] == 0
    assert all(levels[True, level] > 50 for level in ("welcome", "ask", "unwanted"))


def test_refusals_cover_what_their_words_say() -> None:
    bare = Refusal(
        form="no", step=0, topic=TABLE.topic, named=TABLE.topic, place="home", doing=HOME.doing
    )
    assert bare.covers(TABLE, HOME, NOW)
    assert not bare.covers(TABLE, WORK, NOW)
    there = Refusal(form="occasion", step=0, topic=TABLE.topic, named=TABLE.topic, place="work")
    assert (there.covers(TABLE, WORK, NOW), there.covers(TABLE, HOME, NOW)) == (True, False)
    never = Refusal(form="never", step=0, topic=TABLE.topic, named=TABLE.topic)
    assert never.covers(TABLE, WORK, NOW)
    assert not never.covers(MEETING, WORK, NOW)
    hands_off = Refusal(
        form="thing", step=0, topic=MEETING.topic, named=MEETING.topic, touches="calendar"
    )
    assert hands_off.covers(FOCUS, WORK, NOW)
    later = Refusal(
        form="later", step=0, topic=TABLE.topic, named=TABLE.topic, until=NOW + timedelta(hours=12)
    )
    assert later.covers(TABLE, HOME, NOW)
    assert not later.covers(TABLE, HOME, NOW + timedelta(days=1))


def test_they_say_what_they_hold_in_varied_words() -> None:
    refusing = user(Held("unwanted", form="never"))
    said = {answer(refusing, seed=seed).text for seed in range(40)}
    assert len(said) >= 4
    (form,) = {answer(refusing, seed=seed).form for seed in range(40)}
    assert form == "never"
    bound = user(Held("ask", not_at=frozenset({"home"})))
    reaction = answer(bound)
    assert reaction.form == "occasion"
    assert reaction.refusal is not None
    assert reaction.refusal.place == "home"
    assert "at home" in (reaction.text or "")
    assert answer(user(Held("ask"))).form == "yes"
    assert answer(user(Held("ask")), wanted=False).form == "later"
    assert answer(user(Held("ask")), acted=True).form == "scolded"
    assert answer(user(Held("welcome")), acted=True).form == "thanks"
    assert {answer(user(Held("welcome")), seed=s).form for s in range(30)} == {"yes", "always"}


def test_temperaments_show() -> None:
    chatty = Temperament(name="chatty", chatty=True, interrupt=0.1, passes=0.0)
    terse_words, chatty_words = (
        sum(len((answer(user(Held("ask"), t), seed=s).text or "").split()) for s in range(30))
        for t in (PLAIN, chatty)
    )
    assert chatty_words > 2 * terse_words
    silent = Temperament(name="silent", chatty=False, interrupt=0.1, passes=1.0)
    assert answer(user(Held("ask"), silent)).text is None
    noisy = Temperament(name="noisy", chatty=False, interrupt=0.1, passes=0.0, noise=0.2)
    slips = [answer(user(Held("ask"), noisy), seed=s).slip for s in range(400)]
    assert 0.12 < sum(slips) / len(slips) < 0.28


def test_changes_of_mind_are_held_and_said() -> None:
    change = Change(3, TABLE.topic, Held("unwanted", form="never"))
    person = user(Held("ask"), changes=(change,))
    assert person.welcome(TABLE, HOME, 2) == "ask"
    assert person.welcome(TABLE, HOME, 3) == "unwanted"
    said = Speaker(person, "held out").changed(change, TABLE, HOME, seed=1)
    assert said.refusal is not None
    assert read_consent(said.text).accepted is False
    allowed = Change(3, TABLE.topic, Held("ask"))
    assert Speaker(person, "held out").changed(allowed, TABLE, HOME, seed=1).refusal is None
