"""Aspects out of an app's schema, and out of a catalogue's features."""

from __future__ import annotations

from enum import Enum
from typing import Literal

import numpy as np
import pytest
from pydantic import BaseModel, Field

from penchant.errors import ConfigError, InputError, NotFoundError
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.elicit import UNASKED, Answers, Aspects, Elicitor
from penchant.policies.feedback import read_message
from penchant.policies.types import Candidate, Decision


class Colour(Enum):
    """Colours that the mill dyes."""

    DARK_RED = "dark_red"
    BLUE = "blue"


class Lining(BaseModel):
    warm: bool = False


class Coat(BaseModel):
    size: Literal["S", "M", "L"] = Field(
        description="Which size do you wear?",
        json_schema_extra={"importance": 0.9, "ordered": True, "shares": [0.2, 0.5, 0.3]},
    )
    colour: Colour | None = None
    wool_allergy: Literal["none", "wool"] = Field(
        description="Wool may itch.", json_schema_extra={"hard": True, "lasts_hours": 5}
    )
    stars: int = Field(default=3, ge=1, le=5)
    price: float = 0.0
    name: str = ""
    lining: Lining


REQUESTS = ["Show me a coat.", "I need a coat for the winter."]


def test_every_field_with_values_to_choose_from_is_an_aspect() -> None:
    kind = Aspects.from_schema(Coat, REQUESTS, words=["coat"]).kinds[0]
    assert kind.name == "coat"
    found = {aspect.key: aspect for aspect in kind.aspects}
    assert list(found) == ["size", "colour", "wool_allergy", "stars", "lining_warm"]
    size = found["size"]
    assert (size.values, size.importance, size.ordered) == (("S", "M", "L"), 0.9, True)
    assert (size.question, size.why) == ("Which size do you wear?", None)
    assert size.shares == (0.2, 0.5, 0.3)
    assert (found["colour"].name, found["colour"].values) == ("colour", ("dark red", "blue"))
    assert found["colour"].why is None
    allergy = found["wool_allergy"]
    assert (allergy.hard, allergy.lasts_hours, allergy.why) == (True, 5.0, "Wool may itch")
    assert (found["stars"].values, found["stars"].ordered) == (tuple("12345"), True)
    assert found["lining_warm"].values == ("yes", "no")


def test_a_json_schema_does_as_well() -> None:
    schema = {
        "title": "Tent",
        "type": "object",
        "$defs": {"Season": {"oneOf": [{"const": "summer"}, {"const": "winter"}]}},
        "properties": {
            "season": {"$ref": "#/$defs/Season"},
            "persons": {"enum": [1, 2, 4]},
            "loop": {"$ref": "#/$defs/Nowhere"},
            "note": {"type": "string"},
        },
    }
    kind = Aspects.from_schema(schema, REQUESTS).kinds[0]
    assert [(a.key, a.values) for a in kind.aspects] == [
        ("season", ("summer", "winter")),
        ("persons", ("1", "2", "4")),
    ]


def test_a_schema_that_refers_to_itself_ends() -> None:
    schema = {
        "$defs": {
            "Node": {"properties": {"next": {"$ref": "#/$defs/Node"}, "on": {"enum": [1, 2]}}}
        },
        "$ref": "#/$defs/Node",
        "properties": {"first": {"$ref": "#/$defs/Node"}},
    }
    assert Aspects.from_schema(schema, REQUESTS).kinds[0].aspects


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"properties": {"name": {"type": "string"}}}, "no field"),
        ({}, "no field"),
        ({"properties": 3}, "no field"),
        ({"properties": {"a": {"enum": ["x", "y"], "importance": 7}}}, "importance"),
        ({"properties": {"a": {"enum": ["x", "y"], "shares": [1]}}}, "1 shares for 2 values"),
    ],
)
def test_a_schema_without_aspects_is_refused(schema: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Aspects.from_schema(schema, REQUESTS)


def test_a_kind_without_requests_is_refused() -> None:
    with pytest.raises(ConfigError, match="at least one"):
        Aspects.from_schema(Coat, [])
    with pytest.raises(ConfigError, match="at least one"):
        Aspects.from_features([], [])


def decide(elicitor: Elicitor, message: str, **more: object) -> Decision:
    reading = read_message(message, last_reply=None)
    given = {"live": (), "asked": (), "asked_this_session": 0, "cap": 3, "asks_less": False}
    return elicitor.decide(reading.request, reading=reading, **(given | more))  # type: ignore[arg-type]


def test_an_app_asks_by_its_schema() -> None:
    library = Aspects.load().joined(Aspects.from_schema(Coat, REQUESTS, words=["coat"]))
    elicitor = Elicitor(HashEmbedder(512), library)
    decision = decide(elicitor, "Show me a coat.")
    assert (decision.kind, decision.request_kind) == ("ask", "coat")
    assert decision.aspect is not None
    assert decision.aspect.key in ("size", "wool_allergy")
    assert decide(elicitor, "Any ideas for dinner tonight?").request_kind == "food"


def test_features_on_which_a_catalogue_differs_are_aspects_linked_to_them() -> None:
    items = [
        Candidate(text=str(place), features={"spicy_food": spice, "vegan": place % 2, "salt": 1.0})
        for place, spice in enumerate([-1.0, -0.2, 0.4, 0.9])
    ]
    kind = Aspects.from_features(items, ["What is for lunch?"]).kinds[0]
    found = {aspect.key: aspect for aspect in kind.aspects}
    assert list(found) == ["spicy_food", "vegan"]
    assert found["vegan"].values == ("less vegan", "more vegan")
    spicy = found["spicy_food"]
    assert (spicy.name, len(spicy.values), spicy.ordered) == ("spicy food", 3, True)
    assert spicy.links[0].attribute == "spicy_food"
    assert spicy.links[0].positions == (-1.0, 0.4, 0.9)
    with pytest.raises(ConfigError, match="4 candidates"):
        Aspects.from_features([Candidate(text="x", features={"a": 1.0})] * 4, ["x"])


def test_what_people_answered_is_fitted_for_one_kind() -> None:
    library = Aspects.from_schema(Coat, REQUESTS)
    rng = np.random.default_rng(0)
    high = rng.integers(0, 2, 200)
    values = np.full((200, 5), UNASKED, dtype=np.int64)
    values[:, 0], values[:, 3] = high * 2, high * 4
    fitted = library.fitted("coat", Answers(values, np.zeros((200, 5), dtype=bool)))
    population = fitted.kinds[0].population
    assert population is not None
    assert len(population.shares) > 1
    assert library.kinds[0].population is None
    with pytest.raises(NotFoundError, match="'hat'"):
        library.fitted("hat", Answers(values, np.zeros((200, 5), dtype=bool)))
    with pytest.raises(InputError, match="ten or more"):
        library.fitted("coat", Answers(values[:5], np.zeros((5, 5), dtype=bool)))
