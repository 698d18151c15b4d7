"""What counting shows of a text that the user likes, and of a pair."""

from __future__ import annotations

import pytest

from penchant.memory import Artefact, Edit, PreferenceDraft
from penchant.memory.inference.artefact import Proposal
from penchant.memory.relevance import is_style
from penchant.policies.feedback import describer, measured

CASUAL = (
    "Hey Sam,\n\nthe demo's moved to Friday, and that's fine with me. Don't worry about the "
    "slides, they're done. Bring your laptop, and we'll set things up together before the guys "
    "from finance arrive.\n\nCheers,\nAna"
)
FORMAL = (
    "Dear Ms. Brown,\n\nI am writing with regard to your invoice of 3 May. We do not have a record "
    "of the delivery, and therefore cannot settle the amount. Kindly send us the receipt.\n\n"
    "Kind regards,\nAna Silva"
)
LIST = "## Shopping\n\n- tea for the week\n- milk and butter\n- two loaves of bread\n- honey\n"


def shown(text: str) -> dict[str | None, str | None]:
    return {each.draft.aspect: each.draft.value for each in measured(Artefact(text=text))}


def test_a_casual_mail() -> None:
    found = shown(CASUAL)
    assert found["length"] == "about 40 words"
    assert (found["greeting"], found["sign-off"]) == ("Hey", "Cheers")
    assert found["tone"] == "casual"


def test_a_formal_mail() -> None:
    found = shown(FORMAL)
    assert (found["greeting"], found["sign-off"]) == ("Dear", "Kind regards")
    assert found["tone"] == "formal"
    assert found["person"] == "we" or "person" not in found


def test_a_list_with_a_heading() -> None:
    found = shown(LIST)
    assert (found["format"], found["headings"]) == ("bullet points", "with headings")


def test_marks_and_short_sentences() -> None:
    found = shown("We won! Great day! The cup is ours 🎉. Come over. Bring cake. We sing tonight.")
    assert found["emoji"] == "welcome"
    assert found["exclamation"] == "welcome"
    assert found["sentences"] == "short"


@pytest.mark.parametrize("text", [CASUAL, FORMAL, LIST])
def test_each_names_an_aspect_and_quotes_the_text(text: str) -> None:
    found = measured(Artefact(text=text))
    aspects = [each.draft.aspect for each in found]
    assert len(aspects) == len(set(aspects))
    for each in found:
        assert each.measured
        assert each.draft.origin == "inferred"
        assert each.quotes
        for quote in each.quotes:
            words = quote.rstrip("…").split()
            assert " ".join(words[:-1]) in " ".join(text.split())


def test_a_few_words_show_nothing() -> None:
    assert measured(Artefact(text="See you at five, Sam.")) == ()


def test_of_a_pair_the_change_counts_and_what_the_second_text_shows_besides() -> None:
    before = FORMAL.replace("Dear Ms. Brown", "Hi") + " 🎉🎉🎉"
    found = {
        each.draft.aspect: each.draft.value for each in measured(Edit(before=before, after=CASUAL))
    }
    assert found["tone"] == "casual"
    assert found["emoji"] == "none"
    # Both are signed off, each in its own way; both are about as long.
    assert found["sign-off"] == "Cheers, Ana"
    assert "length" not in found or found["length"] == "about 40 words"


def test_a_huge_text_is_read_in_part() -> None:
    assert shown("word " * 20_000)["format"] == "prose"
    assert shown(CASUAL + "\n" * 70_000)["greeting"] == "Hey"


def test_the_words_of_a_greeting_show_no_more_than_a_greeting() -> None:
    draft_of = describer(measured(Artefact(text=FORMAL)))
    assert draft_of("begins with the recipient", "content", "Dear Ms. Brown") is None
    assert draft_of("names the sum", "content", "cannot settle the amount") is not None


GERMAN = (
    "Liebe Anna,\n\nvielen Dank für deine Nachricht! Ich habe mich sehr gefreut, von dir zu hören. "
    "Am Samstag bin ich leider schon verabredet, aber am Sonntag hätte ich Zeit. Das ist super "
    "und cool.\n\nLiebe Grüße\nJonas\n"
)
FRENCH = (
    "Bonjour Claire,\n\nMerci pour votre message. Le rendez-vous est confirmé pour mardi à 10 h, "
    "dans nos bureaux. N'hésitez pas à m'appeler.\n\nCordialement,\nHélène"
)


def test_letters_in_other_languages() -> None:
    german, french = shown(GERMAN), shown(FRENCH)
    assert (german["language"], french["language"]) == ("German", "French")
    assert (german["greeting"], german["sign-off"]) == ("Liebe", "Liebe Grüße")
    assert (french["greeting"], french["sign-off"]) == ("Bonjour", "Cordialement")
    # "super" and "cool" are casual in English.
    assert "tone" not in german
    assert "language" not in shown(CASUAL)


def test_a_translation_shows_the_language() -> None:
    closed = "We are closed on Monday because of the holiday. Please come back on Tuesday."
    geschlossen = "Am Montag haben wir wegen des Feiertags geschlossen, bitte kommen Sie wieder."
    for before, after, language in [
        (closed, geschlossen, "German"),
        (geschlossen, closed, "English"),
    ]:
        found = measured(Edit(before=before, after=after))
        values = {each.draft.aspect: each.draft.value for each in found}
        assert values["language"] == language


def test_of_a_pair_each_is_quoted_where_it_shows() -> None:
    after = "Hi all,\n\nthe room was taken, so we meet at three! Bring your slides!\n\nBest,\nMaria"
    quotes = {
        each.draft.aspect: each.quotes
        for each in measured(Edit(before="Meeting moved to three. Bring slides.", after=after))
    }
    assert quotes["greeting"] == ("Hi all,",)
    assert quotes["sign-off"] == ("Best, Maria",)


@pytest.mark.parametrize(
    ("said", "part", "description"),
    [
        ("short sentences", "style", "prefers this style: short sentences"),
        ("casual", "style", None),
        ("casual and dry", "style", None),
        ("playful", "style", None),
        ("detailed", "style", "prefers detailed replies"),
        ("asks for a date", "content", "wants in such texts: asks for a date"),
        ("casual words for the boss", "content", "wants in such texts: casual words for the boss"),
        ("casual language", "content", None),
        ("a clear and engaging style", "style", None),
        ("new information", "content", None),
    ],
)
def test_what_a_model_says_beyond_what_was_measured(
    said: str, part: str, description: str | None
) -> None:
    known = Proposal(
        draft=PreferenceDraft(description="x", aspect="tone", value="casual"),
        quotes=(),
        part="style",
        measured=True,
    )
    draft = describer([known])(said, part, "so it says")  # type: ignore[arg-type]
    assert (None if draft is None else draft.description) == description
    # How texts are written matters whatever they are about.
    assert draft is None or is_style(draft.aspect)
