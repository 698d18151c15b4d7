"""Texts as rows of named numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.errors import InputError
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.reward import (
    Comparison,
    ItemSpace,
    TextFeatures,
    axes,
    fit,
    fit_rows,
    read_axes,
)
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


@pytest.mark.parametrize(
    ("text", "count"),
    [("hi 👨‍👩‍👧", 1), ("go 🇫🇷🇩🇪", 2), ("ok 👍🏽 ❤️", 2), ("fine :)", 1), ("x 1/2", 0)],
)
def test_emoji_count_once_each(text: str, count: int) -> None:
    scale = dict(zip(surface().names, surface().scales, strict=True))["emoji"]
    assert measured(text, "emoji") == pytest.approx(np.log1p(count) / scale)


@pytest.mark.parametrize(
    "unit",
    ["(", '"', "\n", ".", " ", "*", "`a", "- a\n", " \n", "😀", "a'", "1.", "#", "ment", "soup "],
)
def test_long_odd_texts_are_measured(unit: str) -> None:
    values = measure("a " + unit * (100_000 // len(unit)) + "b")
    assert np.isfinite(values).all()
    assert (np.abs(values) <= 4).all()


def test_duplicates_and_long_texts_have_rows() -> None:
    features = TextFeatures(HashEmbedder(32))
    long = "soup and bread. " * 6000
    rows = features.transform([long, "soup", long, "", "soup"])
    np.testing.assert_array_equal(rows[0], rows[2])
    np.testing.assert_array_equal(rows[1], rows[4])
    assert np.isfinite(rows).all()
    assert not rows[3].any()
    assert not features.compare([long], [long]).any()


def test_a_function_that_fails_is_named_with_its_text() -> None:
    def coverage(text: str) -> float:
        return len(text.split()) / text.count("aspect")

    features = TextFeatures(HashEmbedder(16), feature_fns={"coverage": coverage})
    with pytest.raises(InputError, match=r"'coverage'.*ZeroDivisionError.*'soup is fine'"):
        features.transform(["one aspect", "soup is fine"])


@pytest.mark.parametrize(
    ("wrong", "shown"),
    [
        (None, "None"),
        ("much", "'much'"),
        ("0.5", "'0.5'"),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
        (-1e9, "-1000000000.0"),
        ([0.5, 0.25], "[0.5, 0.25]"),
        (np.array([0.5, 0.25]), "array([0.5 , 0.25])"),
        (10**400, "1000"),
        ({"score": 1}, "{'score': 1}"),
    ],
)
def test_what_a_function_gives_is_shown_if_it_is_no_number(wrong: object, shown: str) -> None:
    broken = TextFeatures(HashEmbedder(16), feature_fns={"odd": lambda _: wrong})  # type: ignore[dict-item,return-value]
    with pytest.raises(InputError) as caught:
        broken.transform(["soup"])
    told = str(caught.value)
    assert f"feature_fns['odd'] gave {shown}" in told
    assert "for 'soup'" in told
    assert "one finite number for any text" in told


@pytest.mark.parametrize("wrong", [None, "high", [1.0], float("nan")])
def test_what_a_candidate_has_is_shown_if_it_is_no_number(wrong: object) -> None:
    features = TextFeatures(HashEmbedder(16), ["price"])
    item = Candidate(text="soup", id="s1", features={"price": wrong})  # type: ignore[dict-item]
    with pytest.raises(InputError) as caught:
        features.transform([item])
    assert f"feature 'price' of candidate 's1' is {wrong!r}; it must be" in str(caught.value)


def test_a_small_domain_model_is_learned_from_a_hundred_labels() -> None:
    """Summaries of opinions by coverage and faithfulness, as in e-commerce (METHODS row 48)."""
    aspects = ("price", "battery", "screen", "sound")
    false = ("free", "eternal")
    filler = ("nice", "phone", "people", "say", "really", "quite", "often", "buy")
    rng = np.random.default_rng(1)

    def coverage(text: str) -> float:
        return sum(word in text for word in aspects) / len(aspects)

    def faithfulness(text: str) -> float:
        return -sum(word in text for word in false) / len(false)

    def gap(one: str, other: str) -> float:
        more = faithfulness(one) - faithfulness(other)
        return 4.0 * (coverage(one) - coverage(other)) + 3.0 * more

    def summary() -> str:
        said = [word for word in aspects if rng.random() < 0.5]
        wrong = [word for word in false if rng.random() < 0.4]
        return " ".join(rng.permutation([*rng.choice(filler, size=6), *said, *wrong]))

    told = []
    for _ in range(100):
        one, other = summary(), summary()
        sides = (one, other) if rng.logistic() < gap(one, other) else (other, one)
        told.append(Comparison(preferred=sides[0], other=sides[1]))
    asked = [(summary(), summary()) for _ in range(300)]
    truth = np.array([gap(one, other) for one, other in asked])
    right = {}
    functions = {"coverage": coverage, "faithfulness": faithfulness}
    for known in (functions, {}):
        features = TextFeatures(HashEmbedder(32), feature_fns=known)
        user = fit(features, told)
        rows = features.compare([one for one, _ in asked], [other for _, other in asked])
        agree = (rows @ user.mean > 0) == (truth > 0)
        right[len(known)] = agree[np.abs(truth) > 0.5].mean()
        for name in known:
            assert user.weights()[name].mean > user.weights()[name].sd
    assert right[2] > 0.88
    assert right[2] > right[0] + 0.03


def pictures(seed: int, count: int, taste: np.ndarray) -> np.ndarray:
    """Image-like embeddings: far from the origin along one direction, as CLIP's are, few causes."""
    rng = np.random.default_rng(seed)
    causes = np.random.default_rng(1).normal(size=(12, len(taste)))
    causes[0] = taste
    common = np.random.default_rng(2).normal(size=len(taste)) * 3.0
    return (
        common + rng.normal(size=(count, 12)) @ causes + 0.3 * rng.normal(size=(count, len(taste)))
    )


def test_four_pairs_of_pictures_teach_a_taste() -> None:
    """PPD's few-shot user vector: here the posterior mean, in another embedding's space."""
    features = TextFeatures(HashEmbedder(32), items=ItemSpace(512, "clip"))
    right = []
    for person in range(20):
        taste = np.random.default_rng(100 + person).normal(size=512)
        made = pictures(person, 120, 2.0 * taste)
        liked = made @ taste
        order = np.argsort(-liked[:8])
        shown = [Candidate(text="a picture", embedding=vector) for vector in made]
        pairs = [(shown[order[n]], shown[order[7 - n]]) for n in range(4)]
        rows = features.compare([a for a, _ in pairs], [b for _, b in pairs])
        user = fit_rows(features, rows)
        asked = features.compare(shown[8:64], shown[64:])
        right.append(((asked @ user.mean > 0) == (liked[8:64] > liked[64:])).mean())
    assert np.mean(right) > 0.8


def test_items_keep_captions_and_ranks_name_their_part() -> None:
    features = TextFeatures(HashEmbedder(32), ["price"], items=ItemSpace(5, "song"))
    one = Candidate(text="Loud, fast!", features={"price": 0.5}, embedding=np.arange(5.0))
    captioned, bare, silent = features.transform(
        [one, "Loud, fast!", Candidate(text="", embedding=2 * np.arange(5.0))]
    )
    block = features.blocks["item"]
    assert np.linalg.norm(captioned[block]) == pytest.approx(1.0)
    assert not bare[block].any()
    np.testing.assert_allclose(silent[block], captioned[block])
    assert not silent[: block.start].any()
    rest = np.delete(captioned - bare, np.r_[block, features.names.index("price")])
    assert not rest.any()
    assert features.names[block.start] == "item meaning[0]"
    assert len(features.names) == features.dimension == len(captioned)
    assert "song-5" in features.id
    assert features.with_items(None).id == TextFeatures(HashEmbedder(32), ["price"]).id
    with pytest.raises(InputError, match="5 finite numbers from 'song'"):
        features.transform([Candidate(text="x", embedding=np.ones(6))])
    zero = features.transform([Candidate(text="", embedding=np.zeros(5))])
    assert not zero.any()
    with pytest.raises(InputError, match="dimension"):
        TextFeatures(HashEmbedder(32), items=ItemSpace(0))
    with pytest.raises(InputError, match="ItemSpace"):
        TextFeatures(HashEmbedder(32)).transform([Candidate(text="x", embedding=np.ones(5))])


def test_events_know_texts_and_apps_their_pictures() -> None:
    features = TextFeatures(HashEmbedder(32), items=ItemSpace(3))
    shown = {
        name: Candidate(text=name, embedding=np.eye(3)[place])
        for place, name in enumerate(["red", "blue"])
    }
    row = features.compare(["red"], ["blue"], shown=shown)
    np.testing.assert_array_equal(row, features.compare([shown["red"]], [shown["blue"]]))
    assert row[0, features.blocks["item"]].tolist() == [1.0, -1.0, 0.0]
    assert not features.compare(["red"], ["blue"])[0, features.blocks["item"]].any()


def test_rows_are_adopted_by_name() -> None:
    plain = TextFeatures(HashEmbedder(16))
    richer = plain.with_app_features(["price"]).with_items(ItemSpace(4))
    rows = plain.compare(["a soup"], ["the stew!"])
    adopted = richer.adopt(rows, plain)
    np.testing.assert_array_equal(adopted, richer.compare(["a soup"], ["the stew!"]))
    np.testing.assert_array_equal(plain.adopt(adopted, richer), rows)
    assert plain.adopt(rows, plain) is rows


@pytest.mark.parametrize(
    ("axis", "high", "low"),
    [
        ("expert", "Mitochondrial oxidative phosphorylation couples to ATP synthase.",
         "Your body turns lunch into energy so you can run and play."),
        ("abstract", "Justice is the harmony of liberty and obligation.",
         "The red cup stands on the wooden kitchen table."),
        ("formal", "We hereby request your attendance at the annual meeting.",
         "hey wanna come hang out with us tonight?"),
        ("warm", "I'm so glad you told me, and I'm here for you.",
         "Your complaint was received. No action will be taken."),
        ("playful", "Let's turn the boring to-do list into a treasure hunt, pirate!",
         "The committee will review the budget on Tuesday."),
        ("detailed", "First preheat the oven to 180 degrees, then sift 200 g of flour, crack two "
         "eggs into it, and stir for five minutes until no lumps remain.", "Bake a cake."),
        ("positive", "It went wonderfully and everyone loved it.",
         "It failed, and nothing about it was any good."),
        ("bold", "Quit tomorrow and bet everything on your idea.",
         "It may be safer to wait and keep your savings."),
    ],
)  # fmt: skip
def test_axes_hold_on_sentences_that_define_none(
    minilm: object, axis: str, high: str, low: str
) -> None:
    features = TextFeatures(minilm)  # type: ignore[arg-type]
    row = features.compare([high], [low])[0]
    assert row[features.names.index(axis)] > 0
