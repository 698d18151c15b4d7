"""Drafts read out of JSON while it arrives."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from penchant.policies.propose import DraftStream, Written, distinct, draft_set, unrepeated

DRAFTS = [
    {"approach": "one idea", "text": 'Try "dal" – with\n- rice 😀\n\\ ü'},
    {"approach": "a few options", "text": "Soup, salad, or pie."},
]
DOCUMENT = json.dumps({"drafts": DRAFTS})


def feed(document: str, size: int, k: int = 2) -> tuple[list[str], tuple[Written, ...]]:
    stream = DraftStream(k)
    heard = [""] * k
    for at in range(0, len(document), size):
        for delta in stream.feed(document[at : at + size]):
            heard[delta.draft] += delta.text
    return heard, stream.finish()


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 1000])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_any_cut_gives_the_same_text(size: int, ascii_only: bool) -> None:
    document = json.dumps({"drafts": DRAFTS}, ensure_ascii=ascii_only, indent=1)
    heard, written = feed(document, size)
    assert heard == [d["text"] for d in DRAFTS]
    assert [w.approach for w in written] == ["one idea", "a few options"]
    assert all(w.complete for w in written)


@given(st.lists(st.text(min_size=1), min_size=1, max_size=3), st.integers(1, 9))
def test_any_text_survives(texts: list[str], size: int) -> None:
    document = json.dumps({"drafts": [{"approach": "a", "text": t} for t in texts]})
    heard, written = feed(document, size, k=len(texts))
    assert heard == texts
    assert [w.text for w in written] == [t.strip() for t in texts if t.strip()]


def test_cut_off_inside_the_second_draft() -> None:
    document = DOCUMENT[: DOCUMENT.index("salad")]
    heard, written = feed(document, 4)
    assert heard[1] == "Soup, "
    assert [w.complete for w in written] == [True, False]
    assert written[1].text == "Soup,"


def test_cut_off_inside_an_escape() -> None:
    document = DOCUMENT[: DOCUMENT.index("\\ude00") + 3]
    heard, written = feed(document, 1)
    assert heard[0] == 'Try "dal" – with\n- rice '
    assert [w.complete for w in written] == [False]


@pytest.mark.parametrize(
    ("document", "texts"),
    [
        ("", []),
        ("   ", []),
        ("Just an answer.", ["Just an answer."]),
        ("```json\n" + DOCUMENT + "\n```", [d["text"] for d in DRAFTS]),
        ("{}", []),
        ('{"drafts": 3}', []),
        ('{"drafts": [1, "a", null]}', ["a"]),
        ('{"drafts": ["Soup.", "Salad."]}', ["Soup.", "Salad."]),
        ('{"drafts": [{"text": "- soup\n- bread"}]}', ["- soup\n- bread"]),
        ("Use {name} in the template.", ["Use {name} in the template."]),
        ('{"drafts": [{"text": 5}]}', []),
        ('{"drafts": [{"text": "a"}, {"text": "b"}, {"text": "c"}]}', ["a", "b"]),
        ('{"drafts": [{"text": "a"}]} and then some', ["a"]),
    ],
)
def test_what_models_write_instead(document: str, texts: list[str]) -> None:
    _, written = feed(document, 6)
    assert [w.text for w in written] == texts


def test_endless_output_is_bounded() -> None:
    stream = DraftStream(1)
    stream.feed('{"drafts": [{"text": "')
    for _ in range(5):
        stream.feed("a" * 100_000)
    (written,) = stream.finish()
    assert len(written.text) <= 200_000
    assert not written.complete


def test_distinct_keeps_the_complete_one() -> None:
    cut = Written(text="Try the lentil soup with bread", complete=False)
    whole = Written(text="Try the lentil soup, with bread.")
    other = Written(text="Have a salad of tomatoes.")
    assert distinct([cut, whole, other]) == (whole, other)
    assert distinct([whole]) == (whole,)
    assert distinct([]) == ()


def test_schema_wants_exactly_k() -> None:
    schema = draft_set(2)
    assert len(schema.model_validate({"drafts": DRAFTS}).drafts) == 2
    for wrong in (DRAFTS[:1], DRAFTS * 2, [{"approach": "a", "text": ""}] * 2):
        with pytest.raises(ValidationError):
            schema.model_validate({"drafts": wrong})


def test_what_was_said_before_is_dropped_unless_it_is_a_few_words() -> None:
    soup = Written(text="Vegetarian soup with mixed greens, carrots, and zucchini.")
    cake = Written(text="A cake with candles and three sorts of berries.")
    short = Written(text="Yes, it does.")
    earlier = ["Veggie soup with mixed greens, carrots, and zucchini.", "Yes, it does."]
    assert unrepeated([soup, cake, short], earlier) == (cake, short)
    assert unrepeated([soup], earlier) == ()
    assert unrepeated([soup], []) == (soup,)
