"""Schemas as they are sent, and answers as they are read."""

from __future__ import annotations

import json
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from penchant.models import Message
from penchant.models.prompts import fence, render
from penchant.models.structured import (
    JsonCarver,
    llguidance_grammar,
    parse_answer,
    schema_for,
    with_schema_in_prompt,
)


class Item(BaseModel):
    title: str = Field("x", max_length=10, description="What it is called")
    kind: Literal["like", "dislike"]


class Items(BaseModel):
    items: list[Item] = Field(min_length=1, max_length=3)
    note: str = Field("", max_length=100_000)


def test_strict_schemas_hold_what_hosted_models_accept() -> None:
    document = schema_for(Items, "strict")
    assert document["required"] == ["items", "note"]
    item = document["$defs"]["Item"]
    assert item["required"] == ["title", "kind"]
    assert item["additionalProperties"] is False
    assert item["properties"]["title"] == {"type": "string", "description": "What it is called"}
    assert item["properties"]["kind"]["enum"] == ["like", "dislike"]


def test_grammar_schemas_keep_bounds_that_grammars_can_hold() -> None:
    document = schema_for(Items, "grammar")
    assert document["properties"]["items"]["maxItems"] == 3
    assert document["$defs"]["Item"]["properties"]["title"] == {"type": "string", "maxLength": 10}
    assert "maxLength" not in document["properties"]["note"]


def test_guided_documents_have_no_blank_space() -> None:
    grammar = llguidance_grammar(Items)
    assert grammar.startswith("%llguidance {}\nstart: %json {")
    assert '"whitespace_flexible": false' in grammar


@pytest.mark.parametrize(
    "text",
    [
        '{"title": "a", "kind": "like"}',
        'Here {is} one:\n```json\n{"title": "a", "kind": "like"}\n```\nDone.',
        '{"kind": 1} or rather {"title": "a", "kind": "like"}',
    ],
)
def test_the_document_is_found(text: str) -> None:
    assert parse_answer(text, Item) == Item(title="a", kind="like")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no complete JSON document"),
        ('{"title": "a", "ki', "no complete JSON document"),
        pytest.param("[" * 5000, "no complete JSON document", id="deep"),
        ('{"title": "a", "kind": "maybe"}', "kind: Input should be 'like' or 'dislike'"),
    ],
)
def test_what_is_wrong_is_told(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        parse_answer(text, Item)


@given(
    document=st.dictionaries(st.text(), st.text() | st.lists(st.text())),
    size=st.integers(1, 9),
    before=st.text(st.characters(exclude_characters="{")),
    after=st.text(),
)
def test_carving_finds_any_document(
    document: dict[str, object], size: int, before: str, after: str
) -> None:
    written = json.dumps(document, ensure_ascii=False)
    text = before + written + after
    carver = JsonCarver()
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    assert "".join(carver.feed(piece) for piece in pieces) == written


def test_the_schema_goes_to_the_end_of_the_last_question() -> None:
    prompt = [Message(role="system", content="S"), Message(role="user", content="Q")]
    asked = with_schema_in_prompt(prompt, Item)
    assert asked[0] == prompt[0]
    assert asked[1].content.startswith("Q\n\nAnswer with one JSON document and nothing else")
    assert with_schema_in_prompt(prompt[:1], Item)[-1].role == "user"
    assert prompt[1].content == "Q"


def test_repair_prompt() -> None:
    problems = fence("- kind: Input should be 'like'", "problems")
    assert render("penchant.models", "repair", problems=problems) == (
        "Your last answer does not fit the JSON schema:\n"
        "\n"
        "<problems>\n"
        "- kind: Input should be 'like'\n"
        "</problems>\n"
        "\n"
        "Answer again with the corrected JSON document and nothing else."
    )


def test_schema_prompt() -> None:
    assert render("penchant.models", "schema", schema="{}") == (
        "Answer with one JSON document and nothing else: no explanation before or after it, no"
        " code fence. It must fit this JSON schema:\n"
        "\n"
        "{}"
    )
