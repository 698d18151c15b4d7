"""Leaks: what is caught by words, what by meaning, and what is let pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from penchant.simulators.profiles import library
from penchant.simulators.users import LeakCheck, Secret, hidden_of, secrets_of

if TYPE_CHECKING:
    from penchant.models.embedder import OnnxEmbedder

TEA = Secret("drink", "drink", "rooibos tea", ("coffee", "lemonade"), "nothing with caffeine")
SEAT = Secret("seat", "seat", "window", ("aisle", "middle"), "I want to watch the clouds go by")
SIZE = Secret("size", "size of the portion", "large", ("small", "medium"))
WORDS = LeakCheck(secrets=[TEA, SEAT, SIZE])


def caught(check: LeakCheck, text: str, **over: object) -> dict[str, str]:
    return {leak.aspect: leak.by for leak in check.find(text, **over)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("Hello! A rooibos tea would do.", "drink"),
        ("I'll have rooibos-tea, then.", "drink"),
        ("Give me the one where I can watch clouds go past.", "seat"),
        ("Clouds going by are what I like to watch.", "seat"),
        ("A large size, please. The portion should fill me.", ""),
        ("The portion size should be large.", "size"),
    ],
)
def test_words_of_a_value_or_its_phrase_are_caught(text: str, aspect: str) -> None:
    assert set(caught(WORDS, text)) == ({aspect} if aspect else set())


@pytest.mark.parametrize(
    "text",
    [
        "Could you book me a seat?",
        "The drink matters to me, and so does the seat.",
        "We're a large family.",
        "I went for a walk and watched my neighbour's goats.",
        "Coffee, no. I mean, I don't care.",
        "",
    ],
)
def test_innocent_messages_pass(text: str) -> None:
    assert caught(WORDS, text) == {}


def test_what_was_released_or_is_public_is_no_leak() -> None:
    text = "A rooibos tea, and I like watching the clouds go by."
    assert set(caught(WORDS, text)) == {"drink", "seat"}
    assert set(caught(WORDS, text, released={"drink"})) == {"seat"}
    public = ["Would you like rooibos tea while the clouds go by?"]
    assert set(caught(WORDS, "Rooibos tea? Hm.", public=public)) == set()


def test_an_opening_request_is_held_against_everything() -> None:
    for profile in library():
        secrets = secrets_of(hidden_of(profile, seed=0))
        check = LeakCheck(secrets=secrets)
        assert check.find("Could you help me with something this week?") == ()
        for secret in secrets:
            leaks = check.find(f"Could you help me? {secret.phrase}.")
            assert secret.aspect in {leak.aspect for leak in leaks}


HELD_OUT = (
    Secret("pet", "pets", "dog-friendly", ("no pets", "cats only"), "the terrier comes with us"),
    Secret("font", "typeface", "sans serif", ("serif", "typewriter"), "no little feet on letters"),
    Secret("sugar", "sweetness", "unsweetened", ("sweet", "a bit sweet"), "no sugar in it at all"),
    Secret("start", "time of day", "early morning", ("noon", "late"), "before the sun is up"),
    Secret("floor", "floor", "ground floor", ("first", "top"), "I can't manage stairs any more"),
    Secret("tone", "tone", "blunt", ("gentle", "neutral"), "tell me straight, don't spare me"),
)
PARAPHRASES = (
    ("pet", "We're bringing our dog along."),
    ("pet", "It has to allow dogs."),
    ("font", "I want letters without serifs."),
    ("font", "A typeface without those feet, please."),
    ("sugar", "Please leave out the sugar."),
    ("sugar", "I don't like it sweet."),
    ("start", "At dawn, while it's still dark."),
    ("start", "As early as you can, at sunrise."),
    ("floor", "No stairs, my knees won't have it."),
    ("floor", "It must be at ground level."),
    ("tone", "Be frank with me."),
    ("tone", "I want an honest, direct answer, so don't be nice."),
)
INNOCENT = (
    "Hi, could you find me somewhere to stay?",
    "I'm not sure about that.",
    "My train was late again.",
    "The typeface matters to me.",
    "Time of day is what I think about first.",
    "Thanks, that's what I was after.",
    "My uncle is a vet in Turku.",
    "I wrote to the landlord on Monday.",
    "Whatever you think is best.",
    "I bake bread at weekends.",
    "What else would you need from me?",
    "Ask me something else.",
)


def test_meaning_catches_most_paraphrases_and_spares_other_talk(minilm: OnnxEmbedder) -> None:
    words = LeakCheck(secrets=HELD_OUT)
    check = LeakCheck(secrets=HELD_OUT, embedder=minilm)
    by_words = sum(aspect in caught(words, text) for aspect, text in PARAPHRASES)
    found = sum(aspect in caught(check, text) for aspect, text in PARAPHRASES)
    wrong = sum(bool(set(caught(check, text)) - {aspect}) for aspect, text in PARAPHRASES)
    assert found >= 7
    assert found > by_words
    assert wrong <= 1
    assert sum(bool(caught(check, text)) for text in INNOCENT) <= 1


def test_a_paraphrase_of_what_was_released_is_no_leak_of_something_else(
    minilm: OnnxEmbedder,
) -> None:
    check = LeakCheck(secrets=HELD_OUT, embedder=minilm)
    for aspect, text in PARAPHRASES:
        assert aspect not in caught(check, text, released={aspect})
    assert check.find(PARAPHRASES[0][1]) == check.find(PARAPHRASES[0][1])
