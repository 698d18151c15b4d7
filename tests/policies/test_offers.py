"""When to act unasked, ask for consent, or stay silent; and what answers teach."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from penchant.errors import InputError
from penchant.memory.types import Context, Preference, PreferenceDraft
from penchant.models import HashEmbedder
from penchant.policies.offers import (
    Consent,
    Manners,
    Offer,
    PastOffer,
    consider,
    lessons,
    read_consent,
)

TABLE = Offer(topic="book a table", text="Shall I book a table?")
AT_WORK = Context(text="writing the quarterly report", tags=("work",))
AT_HOME = Context(text="planning a birthday dinner", tags=("home",))


def live(draft: PreferenceDraft) -> Preference:
    return Preference(
        id="p1",
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
        evidence_ids=("e1",),
        valid_from=datetime(2026, 1, 1, tzinfo=UTC),
        valid_to=None,
        supersedes=None,
    )


def learned(offer: Offer, answer: str, *past: PastOffer) -> list[Preference]:
    drafts = lessons(offer, read_consent(answer), past=past)
    return [live(draft) for draft in drafts]


def was(accepted: bool | None, occasion: str = "", topic: str = "book a table") -> PastOffer:
    return PastOffer(topic=topic, occasion=occasion, accepted=accepted)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("yes please", Consent(accepted=True)),
        ("Sure, go ahead", Consent(accepted=True)),
        ("👍", Consent(accepted=True)),
        ("no", Consent(accepted=False)),
        ("No thanks.", Consent(accepted=False)),
        ("I'd rather not", Consent(accepted=False)),
        ("not now", Consent(accepted=False, standing="never", hours=12.0)),
        ("not this week", Consent(accepted=False, standing="never", hours=168.0)),
        ("not at work", Consent(accepted=False, standing="never", scope="work")),
        ("never", Consent(accepted=False, standing="never")),
        ("stop suggesting that", Consent(accepted=False, standing="never")),
        ("no, and don't ask me again", Consent(accepted=False, standing="never")),
        ("never while I'm driving", Consent(accepted=False, standing="never", scope="driving")),
        ("not while I'm at work", Consent(accepted=False, standing="never", scope="work")),
        ("only on weekends", Consent(accepted=None, standing="only", scope="weekends")),
        ("just do it, no need to ask", Consent(accepted=True, standing="always")),
        ("yes, and next time don't ask", Consent(accepted=True, standing="always")),
        ("stop offering me anything", Consent(accepted=False, standing="never", everything=True)),
        ("hmm, what is that?", Consent(accepted=None)),
        ("", Consent(accepted=None)),
        (None, Consent(accepted=None)),
        ("xqzv " * 5000, Consent(accepted=None)),
    ],
)
def test_answers_are_read(answer: str | None, said: Consent) -> None:
    assert read_consent(answer) == said


class TestDeciding:
    def test_asks_while_nothing_is_known(self) -> None:
        found = consider(TABLE)
        assert (found.kind, found.wanted) == ("ask", 0.5)
        assert found.weights.ask > 0 > found.weights.act

    def test_acts_once_it_is_surely_wanted(self) -> None:
        kinds = [consider(TABLE, past=[was(True)] * n).kind for n in range(20)]
        assert kinds[0] == "ask"
        assert kinds[-1] == "act"
        assert kinds == sorted(kinds, key=["ask", "act"].index)

    def test_what_cannot_be_undone_is_asked_for_longer(self) -> None:
        def needed(harm: float) -> int:
            offer = replace(TABLE, harm=harm)
            return next(
                n for n in range(500) if consider(offer, past=[was(True)] * n).kind == "act"
            )

        assert needed(0.2) < needed(0.5) < needed(1.0)

    def test_what_costs_more_than_it_is_worth_is_not_offered(self) -> None:
        assert consider(replace(TABLE, benefit=0.2)).kind == "silent"

    def test_a_refusal_holds_on_like_occasions(self) -> None:
        offer = replace(TABLE, context=AT_WORK)
        refused = was(False, "work writing the quarterly report")
        assert consider(offer, past=[refused]).kind == "silent"
        assert consider(replace(TABLE, context=AT_HOME), past=[refused]).kind == "ask"

    def test_a_later_yes_ends_a_refusal(self) -> None:
        assert consider(TABLE, past=[was(False), was(True)]).kind == "ask"

    def test_other_topics_are_not_meant(self) -> None:
        assert consider(TABLE, past=[was(False, topic="order groceries")]).kind == "ask"

    def test_offers_passed_over_end_in_silence(self) -> None:
        kinds = [consider(TABLE, past=[was(None)] * n).kind for n in range(12)]
        assert kinds[0] == "ask"
        assert kinds[-1] == "silent"

    def test_offers_of_a_session_are_few(self) -> None:
        rich = replace(TABLE, benefit=1.0)
        kinds = [consider(rich, made_this_session=n).kind for n in range(7)]
        assert "silent" in kinds
        assert kinds[Manners().most] == "silent"

    def test_who_wants_no_questions_is_not_asked(self) -> None:
        assert consider(TABLE, asks_less=True).kind == "silent"
        assert consider(TABLE, past=[was(True)] * 30, asks_less=True).kind == "act"

    def test_topics_in_other_words_are_told_by_the_embedder(self) -> None:
        embed = HashEmbedder(dimension=256).embed
        near = was(False, topic="book a table tonight")
        assert consider(TABLE, past=[near], embed=embed).kind == "silent"


class TestStanding:
    def test_never_is_never(self) -> None:
        (never,) = learned(TABLE, "never")
        for past in ([], [was(True)] * 40):
            found = consider(TABLE, past=past, live=[never])
            assert (found.kind, found.preference_id) == ("silent", "p1")

    def test_never_at_work_leaves_home(self) -> None:
        (never,) = learned(replace(TABLE, context=AT_WORK), "not at work")
        assert never.scope == "work"
        assert consider(replace(TABLE, context=AT_WORK), live=[never]).kind == "silent"
        assert consider(replace(TABLE, context=AT_HOME), live=[never]).kind == "ask"

    def test_only_somewhere_forbids_elsewhere(self) -> None:
        (only,) = learned(TABLE, "only at home")
        assert consider(replace(TABLE, context=AT_HOME), live=[only]).kind == "ask"
        assert consider(replace(TABLE, context=AT_WORK), live=[only]).kind == "silent"
        assert consider(TABLE, live=[only]).kind == "silent"

    def test_consent_given_once_for_all_acts(self) -> None:
        (always,) = learned(TABLE, "just do it, no need to ask")
        assert consider(replace(TABLE, harm=1.0), live=[always]).kind == "act"

    def test_what_forbids_goes_before_what_allows(self) -> None:
        (always,) = learned(TABLE, "always do it")
        (never,) = learned(TABLE, "not now")
        assert consider(TABLE, live=[always, never]).kind == "silent"

    def test_no_more_offers_means_all(self) -> None:
        (never,) = learned(TABLE, "stop offering me anything")
        other = Offer(topic="order groceries", text="Shall I order groceries?")
        assert consider(other, live=[never]).kind == "silent"

    def test_a_yes_allows_asking_again(self) -> None:
        (never,) = learned(TABLE, "never")
        (again,) = lessons(TABLE, read_consent("yes"), live=[never])
        assert again.value == "ask"
        assert consider(TABLE, live=[live(again)]).kind == "ask"


class TestScopeOfRefusals:
    def test_one_refusal_is_about_one_occasion(self) -> None:
        assert learned(TABLE, "no") == []

    def test_two_on_unlike_occasions_are_about_the_topic(self) -> None:
        before = was(False, "home planning a birthday dinner")
        (never,) = learned(replace(TABLE, context=AT_WORK), "no", before)
        assert (never.value, never.scope, never.origin) == ("never", None, "inferred")

    def test_two_under_one_tag_with_a_yes_elsewhere_are_about_the_tag(self) -> None:
        past = [was(False, "work cleaning the inbox"), was(True, "home planning a party")]
        (never,) = learned(replace(TABLE, context=AT_WORK), "no", *past)
        assert (never.value, never.scope) == ("never", "work")

    def test_a_yes_under_the_same_tag_keeps_it_open(self) -> None:
        past = [was(False, "work cleaning the inbox"), was(True, "work lunch with a client")]
        assert learned(replace(TABLE, context=AT_WORK), "no", *past) == []


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"topic": " "}, "topic"),
        ({"topic": "x" * 81}, "topic"),
        ({"topic": "*"}, "topic"),
        ({"text": ""}, "text"),
        ({"benefit": 0.0}, "benefit"),
        ({"benefit": float("nan")}, "benefit"),
        ({"harm": 1.5}, "harm"),
    ],
)
def test_unusable_offers_say_why(fields: dict[str, object], named: str) -> None:
    with pytest.raises(InputError, match=named):
        Offer(**({"topic": "book a table", "text": "Shall I?"} | fields))  # type: ignore[arg-type]


class TestWords:
    """Answers in the words that people choose."""

    @pytest.mark.parametrize(
        ("answer", "said"),
        [
            ("Ah, that again. Don't ask me again.", Consent(accepted=False, standing="never")),
            ("Sure. Don't ask next time.", Consent(accepted=True, standing="always")),
            ("Don't ask next time.", Consent(accepted=False, standing="never")),
            ("thanks, but no", Consent(accepted=False)),
            ("Thank you for the offer, but I'd rather not", Consent(accepted=False)),
            ("not for me", Consent(accepted=False)),
            (
                "Not while I'm at work, thanks.",
                Consent(accepted=False, standing="never", scope="work"),
            ),
            ("No problem, go ahead", Consent(accepted=True)),
            ("Please ask before you do such things.", Consent(accepted=None, standing="ask")),
            ("Never do this without asking me", Consent(accepted=None, standing="ask")),
            ("You may ask me about this again.", Consent(accepted=True, standing="ask")),
            ("I don't want to be asked again.", Consent(accepted=False, standing="never")),
            ("From now on I'd rather you didn't.", Consent(accepted=False)),
            ("No more offers to mow the lawn, please", Consent(accepted=False, standing="never")),
            (
                "no, and never touch my calendar again",
                Consent(accepted=False, standing="never", thing="calendar"),
            ),
            (
                "Hands off my photos while I'm travelling",
                Consent(accepted=False, standing="never", thing="photos"),
            ),
            (
                "Leave my inbox alone.",
                Consent(accepted=False, standing="never", thing="inbox"),
            ),
            ("Yes. But not now.", Consent(accepted=False, standing="never", hours=12.0)),
        ],
    )
    def test_are_read(self, answer: str, said: Consent) -> None:
        found = read_consent(answer)
        assert replace(found, scope=said.scope) == said
        if said.thing is None:
            assert found.scope == said.scope


class TestReach:
    """How far a refusal reaches: to the like and to what it names, and no farther."""

    def test_what_is_only_akin_is_refused_too_unless_something_nearer_was_welcome(self) -> None:
        embed = HashEmbedder(dimension=512).embed
        akin = replace(TABLE, topic="book a quiet table outside")
        (never,) = learned(TABLE, "never offer that again")
        assert consider(akin, live=[never], embed=embed).kind == "silent"
        yes = was(True, topic=akin.topic)
        assert consider(akin, live=[never], past=[yes], embed=embed).kind == "ask"
        assert consider(TABLE, live=[never], past=[yes], embed=embed).kind == "silent"

    def test_a_topic_in_wholly_other_words_is_told_by_how_it_is_put(self) -> None:
        embed = HashEmbedder(dimension=512).embed
        focus = Offer(topic="block focus time", text="Shall I reserve quiet hours for your work?")
        quiet = Offer(topic="reserve quiet hours", text="Should I keep two hours free?")
        no = PastOffer(topic=focus.topic, text=focus.text, occasion="", accepted=False)
        assert consider(quiet, past=[no], embed=embed).kind == "silent"
        assert consider(quiet, past=[replace(no, text="")], embed=embed).kind == "ask"
        (never,) = learned(focus, "never again")
        assert consider(quiet, live=[never], past=[no], embed=embed).kind == "silent"

    def test_a_thing_named_is_not_touched_by_anything(self) -> None:
        moving = Offer(topic="move a meeting", text="Shall I?", touches=("calendar",))
        never, thing = learned(moving, "no, never touch my calendar")
        assert (never.aspect, thing.aspect) == (moving.aspect, "offer:touching calendar")
        quiet = Offer(topic="keep mornings free", text="Shall I?", touches=("calendar",))
        named = Offer(topic="add birthdays to the calendar", text="Shall I?")
        other = Offer(topic="keep mornings free", text="Shall I?", touches=("phone",))
        kinds = [consider(each, live=[never, thing]).kind for each in (quiet, named, other)]
        assert kinds == ["silent", "silent", "ask"]

    def test_what_needs_consent_is_asked_for_however_often_it_was_accepted(self) -> None:
        paying = replace(TABLE, needs_consent=True)
        assert consider(TABLE, past=[was(True)] * 30).kind == "act"
        assert consider(paying, past=[was(True)] * 30).kind == "ask"
        (always,) = learned(paying, "yes, and just do it next time")
        assert consider(paying, live=[always]).kind == "act"

    def test_who_asked_to_be_asked_is_asked(self) -> None:
        (ask,) = learned(TABLE, "You should have asked first.")
        assert ask.value == "ask"
        (always,) = learned(TABLE, "always do it")
        for live_ones in ([ask], [ask, always]):
            assert consider(TABLE, past=[was(True)] * 30, live=live_ones).kind == "ask"

    @pytest.mark.parametrize("touches", ["calendar", ("",), ("x" * 81,), (3,)])
    def test_what_is_touched_is_checked(self, touches: object) -> None:
        with pytest.raises(InputError, match="touches"):
            replace(TABLE, touches=touches)  # type: ignore[arg-type]


class TestHabits:
    """What is known of a user at large."""

    def test_who_likes_offers_is_offered_new_things_sooner(self) -> None:
        small = replace(TABLE, benefit=0.2)
        things = ("order groceries", "water the plants", "back up photos", "file receipts")
        yes, no = ([was(said, topic=each) for each in things] for said in (True, False))
        assert consider(small).kind == "silent"
        assert consider(small, past=yes).kind == "ask"
        assert consider(replace(TABLE, benefit=0.4), past=no).kind == "silent"
        # Who refuses one thing often has refused one thing.
        assert consider(TABLE, past=[was(False, topic="order groceries")] * 6).kind == "ask"
        # A yes to being asked is no leave to act.
        assert consider(replace(TABLE, harm=0.3), past=yes * 10).kind == "ask"

    def test_an_untried_topic_is_asked_about_for_what_the_answer_teaches(self) -> None:
        small = replace(TABLE, benefit=0.25)
        assert consider(small).kind == "ask"
        assert consider(small).weights.learn > 0
        nothing_ahead = Manners(ahead=0.0)
        assert consider(small, manners=nothing_ahead).kind == "silent"
        known = consider(small, past=[was(True)] * 20)
        assert known.weights.learn < consider(small).weights.learn / 10

    def test_offers_that_were_welcome_do_not_annoy(self) -> None:
        kinds = [consider(TABLE, made_this_session=5, welcome_this_session=n).kind for n in (0, 5)]
        assert kinds == ["silent", "ask"]
