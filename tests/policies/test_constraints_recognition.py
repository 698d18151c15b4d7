"""Recognising constraints in what people say."""

from __future__ import annotations

import pytest

from penchant.policies.constraints import canonical_diet, recognise


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I'm a vegetarian", "vegetarian:user"),
        ("I am vegan and love hiking", "vegan:user"),
        ("veggie", "vegetarian:user"),
        ("I'm not vegetarian", ""),
        ("my friend is vegan", "vegan:other"),
        ("I used to be vegan", ""),
        ("I'm allergic to peanuts", "peanut-allergy:user"),
        ("I have coeliac disease", "gluten-free:user"),
        ("I'm lactose intolerant", "dairy-free:user"),
        ("can you suggest a vegan recipe?", "vegan:unclear"),
        ("My wife and I are vegetarian", "vegetarian:user"),
        ("I don't eat pork", "pork:user"),
        ("we don't drink alcohol", "alcohol-free:user"),
        ("My son is allergic to nuts", "nut-allergy:other"),
        ("I have a friend who is vegan", "vegan:other"),
        ("I'm vegetarian but my wife eats fish", "vegetarian:user"),
        ("I'm cooking for a vegetarian friend", "vegetarian:other"),
        ("I can't have gluten", "gluten-free:user"),
        ("I'm no longer vegan", ""),
        ("As a vegan, what should I eat?", "vegan:user"),
        ("I like pork", ""),
        ("I'm allergic to shellfish and peanuts", "shellfish:user peanut-allergy:user"),
        ("I'm not allergic to nuts", ""),
        ("I keep kosher", "kosher:user"),
        ("I only eat halal", "halal:user"),
        ("if I were vegan", ""),
        ("I eat plant-based", "vegan:user"),
        ("I don't eat meat or fish", "vegetarian:user"),
        ("Dinner ideas? I'm vegetarian and in a hurry", "vegetarian:user"),
        ("Never seafood", "seafood:user"),
        ("no nuts please, I'm allergic", "nut-allergy:user"),
        ("I'm celiac", "gluten-free:user"),
        ("I have a nut allergy", "nut-allergy:user"),
        ("my daughter has a nut allergy", "nut-allergy:other"),
        ("Don't put pork in it", ""),
        ("I'm a vegetarian, quick dinner please", "vegetarian:user"),
        ("we're all vegan here", "vegan:user"),
        ("I've been vegetarian for ten years", "vegetarian:user"),
        ("I don't eat meat", "meat:user"),
        ("I went vegan last year", "vegan:user"),
        ("I love a good steak", ""),
        ("I avoid dairy", "dairy-free:user"),
        ("I cannot eat eggs", "egg-free:user"),
        ("I'm sober", "alcohol-free:user"),
        ("she's vegan", "vegan:other"),
        ("I want a vegetarian restaurant", "vegetarian:unclear"),
    ],
)
def test_who_has_what(text: str, expected: str) -> None:
    assert " ".join(f"{each.key}:{each.subject}" for each in recognise(text)) == expected


def test_ways_of_eating_rule_each_other_out_and_the_rest_stands_beside_them() -> None:
    aspects = {
        text: [each.aspect for each in recognise(text)]
        for text in ("I'm vegetarian", "I'm vegan", "I don't drink alcohol", "I'm gluten-free")
    }
    assert aspects["I'm vegetarian"] == aspects["I'm vegan"] == ["diet"]
    assert aspects["I don't drink alcohol"] == ["diet:alcohol-free"]
    assert aspects["I'm gluten-free"] == ["diet:gluten-free"]


def test_the_words_are_quoted() -> None:
    text = "Quick dinner? I have Coeliac disease."
    (known,) = recognise(text)
    assert known.matched == text[known.start : known.end] == "Coeliac disease"
    assert (known.aspect, known.value) == ("diet:gluten-free", "gluten-free")
    assert known.description == "eats gluten-free"


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("veggie", "vegetarian"),
        ("I'm a vegetarian", "vegetarian"),
        ("coeliac", "gluten-free"),
        ("lactose intolerant", "dairy-free"),
        ("allergic to peanuts", "peanut-allergy"),
        ("no meat", "meat"),
        ("strictly halal", "halal"),
        ("peanuts", None),
        ("anything", None),
        ("not vegan", None),
        ("", None),
    ],
)
def test_canonical_diet(words: str, key: str | None) -> None:
    known = canonical_diet(words)
    assert (known.key if known else None) == key
