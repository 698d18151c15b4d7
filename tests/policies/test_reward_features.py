"""Texts as rows of named numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.errors import InputError
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.reward import Comparison, TextFeatures, axes, fit, read_axes
from penchant.policies.reward.surface import measure, surface
from penchant.policies.types import Candidate


class CountingEmbedder(HashEmbedder):
    def __init__(self) -> None:
        super().__init__(32)
        self.texts: list[str] = []

    def embed(self, texts):  # type: ignore[no-untyped-def]
        self.texts += texts
        return super().embed(texts)


def measured(text: str, name: str) -> float:
    return float(measure(text)[surface().names.index(name)])


@pytest.mark.parametrize(
    ("name", "more", "less"),
    [
        ("length", "one two three four five six", "one two"),
        ("sentence length", "One two three four five six.", "One two. Three four. Five six."),
        ("word length", "extraordinary circumstances", "odd days"),
        ("long words", "remarkable weather today", "odd days now"),
        ("hard words", "photosynthesis is complicated", "plants eat light"),
        ("everyday words", "we go home now", "quarks mediate hadronic decay"),
        ("lists", "- a\n- b\n- c", "a b c"),
        ("headings", "# Title\ntext", "Title\ntext"),
        ("code", "use `ls` here", "use ls here"),
        ("emphasis", "this is **big** news", "this is big news"),
        ("exclamation", "Great! Wow!", "Great. Wow."),
        ("questions", "Is it? Why?", "It is. So."),
        ("emoji", "hello 😀", "hello"),
        ("word frequency", "we go home now", "quarks mediate hadronic decay"),
        ("rarest word", "we go home now", "we go home to coagulate"),
        ("rare words", "quarks mediate hadronic decay", "we go home now"),
        ("common words", "people like music", "quarks mediate hadronic decay"),
        ("readability", "We go home. It is late.", "Photosynthesis necessitates illumination."),
        ("Latin endings", "the formation of the community", "how the town was made"),
        ("syllables", "photosynthesis is complicated", "plants eat light"),
        ("negations", "do not go, never go", "do go, always go"),
        ("kind words", "thanks, dear friend", "no, that one"),
        ("connectives", "it rains, therefore we stay because we can", "it rains. we stay. we can"),
        ("brackets and quotes", 'he said "no" (again)', "he said no again"),
        ("commas", "a, b, c, d", "a b c d"),
        ("contractions", "don't, it's, we're", "do not it is we are"),
        ("addressing you", "you and your dog", "he and his dog"),
        ("first person", "I love my dog", "he loves his dog"),
        ("hedging", "perhaps it may work", "surely it does work"),
        ("numbers", "3 of 10 in 2020", "three of ten then"),
        ("capitals", "STOP that NOW", "stop that now"),
    ],
)
def test_each_measure_sees_what_it_is_named_after(name: str, more: str, less: str) -> None:
    assert measured(more, name) > measured(less, name)


def test_every_measure_is_tested_and_named_once() -> None:
    assert len(surface().names) == len(set(surface().names)) == 31


@given(st.text(max_size=300))
def test_measures_are_finite_and_bounded(text: str) -> None:
    values = measure(text)
    assert np.isfinite(values).all()
    assert (np.abs(values) <= 4).all()


@settings(max_examples=30)
@given(st.text(max_size=80))
def test_rows_are_finite_and_the_same_every_time(text: str) -> None:
    first = TextFeatures(HashEmbedder(32)).transform([text, "other"])
    again = TextFeatures(HashEmbedder(32)).transform(["other", text])
    assert np.isfinite(first).all()
    np.testing.assert_array_equal(first[0], again[1])


def test_names_match_columns() -> None:
    features = TextFeatures(HashEmbedder(32), ["price"])
    names = features.names
    assert len(names) == len(set(names)) == features.dimension
    assert names[: len(features.attributes)] == features.attributes
    assert features.attributes[-1] == "price"
    row = features.transform([Candidate(text="soup", features={"price": 0.25})])[0]
    assert row[names.index("price")] == 0.25
    assert np.linalg.norm(row[names.index("meaning[0]") :][:32]) == pytest.approx(1.0, abs=1e-6)


def test_axes_point_from_low_to_high() -> None:
    features = TextFeatures(HashEmbedder(512))
    for axis in axes():
        low, high = features.transform([axis.pairs[0][0], axis.pairs[0][1]])
        place = features.names.index(axis.name)
        assert high[place] > low[place], axis.name


def test_texts_are_embedded_once() -> None:
    embedder = CountingEmbedder()
    features = TextFeatures(embedder)
    features.transform(["soup", "stew", "soup"])
    features.transform(["stew", "soup"])
    assert embedder.texts.count("soup") == embedder.texts.count("stew") == 1


def test_an_own_embedding_stands_for_the_text() -> None:
    embedder = CountingEmbedder()
    features = TextFeatures(embedder)
    vector = embedder.embed(["stew"])[0]
    own = features.transform([Candidate(text="soup", embedding=3 * vector)])[0]
    meaning = features.names.index("meaning[0]")
    np.testing.assert_allclose(own[meaning:][:32], vector, atol=1e-6)
    np.testing.assert_array_equal(own[:31], measure("soup"))
    assert "soup" not in embedder.texts


@pytest.mark.parametrize("text", ["", "  \n"])
def test_blank_texts_are_neutral(text: str) -> None:
    assert not TextFeatures(HashEmbedder(32)).transform([text]).any()


def test_id_names_embedder_and_app_features() -> None:
    features = TextFeatures(HashEmbedder(32))
    assert "hash-32" in features.id
    assert features.with_app_features(["price"]).id != features.id


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "cheap"])
def test_unusable_feature_values_are_named(value: float) -> None:
    features = TextFeatures(HashEmbedder(32), ["price"])
    with pytest.raises(InputError, match=r"'price'.*'b'"):
        features.transform(
            [Candidate(text="a", id="a"), Candidate(text="b", id="b", features={"price": value})]
        )


def test_unknown_features_are_named() -> None:
    with pytest.raises(InputError, match="'weight'"):
        TextFeatures(HashEmbedder(32)).transform([Candidate(text="a", features={"weight": 1})])


@pytest.mark.parametrize("vector", [np.ones(31), np.full(32, np.nan)])
def test_unusable_embeddings_are_refused(vector) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match="number 0"):
        TextFeatures(HashEmbedder(32)).transform([Candidate(text="a", embedding=vector)])


@pytest.mark.parametrize("names", [["length"], ["meaning"], [""], ["a", "a"]])
def test_app_features_need_names_of_their_own(names: list[str]) -> None:
    with pytest.raises(InputError, match="app feature"):
        TextFeatures(HashEmbedder(32), names)


def test_an_app_adds_measures_and_axes_of_its_own() -> None:
    spicy = read_axes(
        '[axes."spicy"]\nlow = "mild"\nhigh = "hot"\npairs = [["plain rice", "chili"]]'
    )
    features = TextFeatures(
        HashEmbedder(64),
        ["price"],
        feature_fns={"questions asked": lambda text: float(text.count("?"))},
        more_axes=spicy,
    )
    plain = TextFeatures(HashEmbedder(64), ["price"])
    assert features.id != plain.id
    assert features.attributes[-3:] == ("spicy", "questions asked", "price")
    assert features.prior().mean.shape == (features.dimension,)
    chili, rice, blank = features.transform(["chili? chili?", "plain rice", " "])
    column = features.names.index
    assert chili[column("questions asked")] == 2.0
    assert chili[column("spicy")] > rice[column("spicy")]
    assert not blank.any()
    own = Candidate(text="why?", embedding=HashEmbedder(64).embed(["chili"])[0])
    assert features.transform([own])[0][column("questions asked")] == 1.0
    user = fit(features, [Comparison(preferred="Rice? Stew?", other="Rice. Stew.")] * 4)
    assert user.weights()["questions asked"].mean > 0
    assert features.with_app_features([]).attributes[-1] == "questions asked"


def test_unusable_additions_are_refused() -> None:
    with pytest.raises(InputError, match="'length'"):
        TextFeatures(HashEmbedder(16), feature_fns={"length": len})
    broken = TextFeatures(HashEmbedder(16), feature_fns={"ratio": lambda _: float("nan")})
    with pytest.raises(InputError, match="'ratio'"):
        broken.transform(["soup"])
    for text in ("[axes", "[axes.a]\nlow = 'x'", "[axes.a]\nlow='x'\nhigh='y'\npairs=[]"):
        with pytest.raises(InputError, match=r"ax[ie]s"):
            read_axes(text)


def test_a_comparison_turns_its_sign_with_its_sides() -> None:
    features = TextFeatures(HashEmbedder(16))
    one, two = ["Why not? Go on!"], ["It is, on the whole, a matter of some delicacy."]
    there, back = features.compare(one, two), features.compare(two, one)
    np.testing.assert_allclose(there, -back, atol=1e-12)
    assert np.abs(there[0, -len(features.planes) :]).max() > 0
    with pytest.raises(InputError, match="as many"):
        features.compare(one, [])
