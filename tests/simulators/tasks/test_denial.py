"""A word that is denied says the opposite, however it is denied."""

from __future__ import annotations

import re

import pytest

from penchant.simulators.tasks.timelines.denial import mentions
from penchant.simulators.tasks.timelines.types import Taste

COFFEE = Taste(key="drink", value="coffee", says="drinks coffee", told=re.compile("coffee"))
NONE = Taste(key="drink", value="none", says="drinks no coffee", denies=re.compile("coffee"))


@pytest.mark.parametrize(
    "text",
    [
        "drinks coffee in the morning",
        "eats no cheese but likes coffee",
        "avoids sugar, drinks coffee",
        "avoids sugar and drinks coffee",
        "has moved from tea to coffee",
        "prefers coffee over tea",
        "likes coffee rather than tea",
        "wants not only coffee",
        "drinks no more than three coffees a day",
        "has no problem with coffee",
        "never smokes (over coffee)",
        "is used to coffee",
    ],
)
def test_what_is_said_is_not_denied(text: str) -> None:
    assert COFFEE.said_by(text)
    assert not NONE.said_by(text)


@pytest.mark.parametrize(
    "text",
    [
        "has given up coffee",
        "no longer drinks coffee",
        "doesn't like coffee",
        "dislikes strong coffee",
        "stopped drinking coffee",
        "drinks neither tea nor coffee",
        "likes tea instead of coffee",
        "likes tea rather than coffee",
        "prefers tea over coffee",
        "has moved on from coffee to tea",
        "used to drink coffee",
        "is tired of coffee",
        "likes everything except coffee",
        "drinks coffee no longer",
        "coffee is out",
        "wants coffee-free mornings",
        "is allergic to coffee",
        "hates tea and coffee",
    ],
)
def test_what_is_denied_is_not_said(text: str) -> None:
    assert NONE.said_by(text)
    assert not COFFEE.said_by(text)


def test_a_denial_that_a_pattern_names_itself_is_none_outside() -> None:
    without = re.compile("without sugar|sugar-free")
    (found,) = mentions(without, "takes tea without sugar")
    assert (found.words, found.denied) == ("without sugar", False)
    (gone,) = mentions(without, "no longer takes tea without sugar")
    assert gone.denied
