"""Checking texts against hard constraints."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.memory.types import Preference
from penchant.policies.constraints import repair, violations


def preference(
    value: str | None = None,
    *,
    aspect: str | None = None,
    description: str | None = None,
    polarity: Literal["like", "dislike"] = "like",
    hard: bool = True,
) -> Preference:
    return Preference(
        id=value or description or "",
        user_id="ana",
        description=description or f"is {value}",
        polarity=polarity,
        hard=hard,
        strength=1.0,
        origin="stated",
        confidence=0.9,
        scope=None,
        aspect=aspect,
        value=value,
        evidence_ids=(),
        valid_from=datetime(2026, 1, 1, tzinfo=UTC),
        valid_to=None,
        supersedes=None,
    )


VEGETARIAN = preference("vegetarian", aspect="diet")


def found(text: str, *constraints: Preference) -> list[str]:
    return [each.found for each in violations(text, constraints)]


MEAT = [
    "Sauce without sugar\nChicken thighs",
    "No nuts\n500 g beef",
    "- no sugar\n- bacon",
    "a stew of\nbeef",
    "not vegetarian: contains chicken",
    "You can't go wrong with chicken.",
    "Don't forget the bacon!",
    "Spaghetti bolognese",
    "Classic carbonara",
    "Caesar salad with croutons",
    "- Pepperoni pizza",
    "Chicken stir-fry",
    "No time? Chicken thighs cook fast.",
    "Don't skip the bacon.",
    "Nothing beats fried chicken",
    "Not only chicken but also beef",
    "It isn't complete without bacon",
    "There's no better burger",
    "Replace the tofu with chicken.",
    "Swap tofu for chicken",
    "Don't add the chicken until the onions are soft",
    "No-fuss chicken traybake",
    "tofu and chicken",
    "lentil soup with ham",
    "If you're not vegetarian, add ham.",
    "No nuts, chicken is fine",
    "Vegetarian lasagne with beef",
    "Substitute chicken for the tofu",
    "Substitute the tofu with chicken",
    "Tofu, but chicken works too",
    "Mushroom chicken",
    "Never skip the anchovies",
    "Use chicken stock instead of water",
    "gummy bears",
    "No need to avoid bacon",
    "Meat-lovers' feast: ribs, sausage",
    "Shepherd's pie",
    "lots of Prawns.",
    "no problem, salmon it is",
    "No doubt: beef",
    "Roast the chicken without overcooking it",
    "Avoid overcooking the chicken",
    "Avoid drying out the salmon",
    "a burger with fries",
    "I can't recommend the beef stew enough",
    "Without a doubt chicken",
    "Worcestershire sauce",
    "vegetables and chicken-flavoured ham",
    "not a vegetarian lasagne, beef",
]

MEATLESS = [
    "made without any\nchicken",
    "| tofu | no meat |",
    "vegan sausage rolls",
    "veggie burger",
    "plant-based chicken",
    "mushroom bacon",
    "beef tomato salad",
    "chicken-free",
    "meatless Monday",
    "meat-free",
    "fish-free",
    "no meat",
    "without chicken",
    "instead of beef use lentils",
    "replace the ham with tofu",
    "vegetarian lasagne",
    "vegetable lasagna",
    "No meat, fish or eggs.",
    "Made without chicken, beef or pork",
    "contains no meat and no fish",
    "This dish does not contain any chicken.",
    "Don't use bacon here",
    "Skip the bacon and add mushrooms",
    "Leave out the ham",
    "leave the ham out",
    "Substitute tofu for the chicken",
    "tofu in place of chicken",
    "tastes like chicken",
    "black bean burger",
    "lentil bolognese",
    "spinach and ricotta lasagne",
    "Lasagne with lentils",
    "vegan smoked sausage",
    "vegetarian carbonara",
    "plant-based ground beef",
    "cauliflower steak",
    "You won't miss the meat",
    "no onions, chicken or fish",
    "butternut squash",
    "eggplant parmesan",
    "Cheese omelette",
    "oyster mushrooms",
    "goat cheese salad",
    "sausages (vegan)",
    "meat substitute",
    "crispy tofu nuggets",
    "avoid chicken stock",
    "Since you don't eat meat, here is tofu",
    "as you're vegetarian, there's no chicken, no beef and no fish",
    "without any chicken or fish",
    "hold the bacon",
    "egg fried rice",
    "free of meat and fish",
    "neither meat nor fish",
    "rather than chicken, use seitan",
    "There isn't any meat in this",
    "Meat is not included",
    "without the need for meat",
    "Avoid all meat (chicken, beef, pork)",
    "soy chorizo",
    "quorn mince chilli",
    "beyond burger",
    "vegetable stock",
    "vegetarian-friendly: no meat stock",
    "never use gelatin",
    "no added meat",
    "Veggie hot dog",
]


@pytest.mark.parametrize("text", MEAT)
def test_what_contains_meat_breaks_vegetarian(text: str) -> None:
    assert found(text, VEGETARIAN)


@pytest.mark.parametrize("text", MEATLESS)
def test_what_rules_meat_out_does_not(text: str) -> None:
    assert found(text, VEGETARIAN) == []


@pytest.mark.parametrize(
    ("key", "text", "breaks"),
    [
        ("dairy-free", "coconut milk curry", False),
        ("dairy-free", "peanut butter toast", False),
        ("dairy-free", "cheese toastie", True),
        ("dairy-free", "vegan cheese", False),
        ("dairy-free", "dairy-free yogurt", False),
        ("dairy-free", "pesto pasta", True),
        ("dairy-free", "dairy-free pesto", False),
        ("nut-allergy", "butternut squash and nutmeg", False),
        ("nut-allergy", "doughnuts and coconut", False),
        ("nut-allergy", "toasted walnuts", True),
        ("nut-allergy", "a handful of nuts", True),
        ("nut-allergy", "nut-free pesto", False),
        ("nut-allergy", "pad thai", True),
        ("peanut-allergy", "satay", True),
        ("peanut-allergy", "pine nuts", False),
        ("gluten-free", "rice noodles", False),
        ("gluten-free", "gluten-free pasta", False),
        ("gluten-free", "pasta", True),
        ("gluten-free", "corn tortillas", False),
        ("gluten-free", "soy sauce", True),
        ("gluten-free", "buckwheat pancakes", False),
        ("gluten-free", "egg and dairy-free, gluten-free cake", False),
        ("vegan", "honey", True),
        ("vegan", "vegetarian cheese", True),
        ("vegan", "egg-free mayo", False),
        ("vegan", "vegan cheesecake", False),
        ("vegan", "oat milk latte", False),
        ("vegan", "eggplant curry", False),
        ("vegan", "butter beans", False),
        ("pescatarian", "salmon burger", False),
        ("pescatarian", "tuna lasagne", False),
        ("pescatarian", "grilled salmon", False),
        ("pescatarian", "beef", True),
        ("pescatarian", "tuna steak", False),
        ("halal", "pork", True),
        ("halal", "beef sausage", False),
        ("halal", "wine", True),
        ("halal", "red wine vinegar", False),
        ("halal", "chicken curry", False),
        ("kosher", "prawns", True),
        ("kosher", "cheeseburger", True),
        ("alcohol-free", "virgin mojito", False),
        ("alcohol-free", "mojito", True),
        ("alcohol-free", "non-alcoholic beer", False),
        ("alcohol-free", "for the sake of it", False),
        ("alcohol-free", "ginger beer", False),
        ("caffeine-free", "decaf coffee", False),
        ("caffeine-free", "coffee", True),
        ("caffeine-free", "herbal tea", False),
        ("egg-free", "eggplant", False),
        ("egg-free", "mayo", True),
        ("egg-free", "eggless mayo", False),
        ("sesame-free", "hummus", True),
        ("sesame-free", "tahini-free hummus", False),
        ("soy-free", "tofu", True),
    ],
)
def test_each_constraint_knows_its_terms_and_exceptions(key: str, text: str, breaks: bool) -> None:
    assert bool(found(text, preference(key, aspect=f"avoid:{key}"))) is breaks


@pytest.mark.parametrize(
    ("constraint", "text", "words"),
    [
        (preference(description="never cilantro"), "Garnish with cilantro", ["cilantro"]),
        (preference(description="never cilantro"), "coriander leaves", ["coriander"]),
        (preference(description="never cilantro"), "parsley, no cilantro", []),
        (preference(description="wants no spoilers"), "Spoiler: he dies", ["Spoiler"]),
        (preference(description="no spoilers"), "A spoiler-free review", []),
        (
            preference("mushrooms", aspect="food", polarity="dislike", description="no fungi"),
            "a mushroom risotto",
            ["mushroom"],
        ),
        (
            preference("seafood", aspect="avoid:seafood", polarity="dislike"),
            "Prawn curry",
            ["Prawn"],
        ),
        (
            preference(description="is allergic to peanuts and shellfish"),
            "satay, then crab cakes",
            ["satay", "crab cakes"],
        ),
        (preference(description="is vegetarian"), "beef", ["beef"]),
        (preference(description="is lactose intolerant"), "cheese", ["cheese"]),
        (preference(description="has a nut allergy"), "almonds", ["almonds"]),
        (preference(description="does not eat pork"), "ham", ["ham"]),
        (preference("none", description="has no dietary restrictions"), "beef, restrictions", []),
        (preference(description="replies in French only"), "beef", []),
        (preference(description="never seafood", hard=False), "prawns", []),
    ],
)
def test_terms_come_from_value_aspect_or_description(
    constraint: Preference, text: str, words: list[str]
) -> None:
    assert found(text, constraint) == words


def test_spans_point_into_the_text() -> None:
    text = "Start with soup.\n- **Smoked salmon** tart\n- Crème brûlée"
    (violation,) = violations(text, [VEGETARIAN])
    assert text[violation.start : violation.end] == violation.found
    assert violation.found.lower() == "smoked salmon"
    assert violation.preference_id == "vegetarian"
    assert violation.description == "is vegetarian"


def test_one_place_breaks_several_constraints_once_each() -> None:
    halal = preference("halal", aspect="diet")
    assert [each.preference_id for each in violations("Bacon", [VEGETARIAN, halal])] == [
        "vegetarian",
        "halal",
    ]


PIECES = st.sampled_from(
    ["chicken", "tofu", "no", "without", "and", ",", ".", "\n- ", "\n1. ", "beef stew", "with",
     "vegan", "rice", "| a | b |", "\n## ", "(", ")", "don't", "skip", "bolognese", "\n\n", ":",
     "the", "é", "`code`", "\n| --- | --- |\n"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=25).map(" ".join))
def test_repair_leaves_nothing_that_was_found(text: str) -> None:
    while broken := violations(text, [VEGETARIAN]):
        repaired = repair(text, broken)
        assert repaired.removed
        assert len(repaired.text) < len(text)
        text = repaired.text


@given(st.text(max_size=200))
def test_any_text_can_be_checked(text: str) -> None:
    for each in violations(text, [VEGETARIAN, preference(description="never é")]):
        assert text[each.start : each.end] == each.found
