"""Features found in people's comparisons: found, named, weighed, saved, and used."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from penchant.errors import InputError
from penchant.models.fakes import FunctionChatModel
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.rank import rank
from penchant.policies.reward import Comparison, Discovered, TextFeatures, fit
from penchant.policies.reward.autoencoder import Sparsity, train
from penchant.policies.reward.discover import Discovery, LabelledPair, discover, rename
from penchant.policies.reward.naming import FeatureName, unique
from penchant.policies.types import Candidate

TOPICS = ["garden", "engine", "river", "music", "letter", "window", "bread", "night"]
SEA = ["captain", "harbour", "sailor"]
COURT = ["judge", "lawyer", "verdict"]


def planted(people: int = 12, each: int = 20, seed: int = 0) -> list[LabelledPair]:
    """One text speaks of the sea and the other of the court; half of the people prefer either."""
    rng = np.random.default_rng(seed)
    pairs = []
    for person in range(people):
        for _ in range(each):
            sea, court = (
                " ".join([*rng.choice(TOPICS, size=3), *rng.permutation(words)])
                for words in (SEA, COURT)
            )
            sides = (sea, court) if person % 2 else (court, sea)
            pairs.append(LabelledPair(f"user-{person}", *sides))
    return pairs


@pytest.fixture(scope="module")
def found() -> Discovery:
    features = TextFeatures(HashEmbedder(64))
    return discover(planted(), features, sparsity=Sparsity(features=8), epochs=60)


def test_a_planted_attribute_is_found_first_and_named_by_its_extremes(found: Discovery) -> None:
    first = found.found[0]
    named = {*first.contrast.more, *first.contrast.less}
    assert named <= {*SEA, *COURT}
    assert set(first.contrast.more) <= set(SEA) or set(first.contrast.more) <= set(COURT)
    sides = (set(first.extremes[0].more.split()), set(first.extremes[0].less.split()))
    assert all(set(first.contrast.more) <= set(pair.more.split()) for pair in first.extremes)
    assert sides[0] & {*SEA, *COURT} != sides[1] & {*SEA, *COURT}
    assert all(word in first.name for word in named)
    assert found.features.names[0] == first.name


def test_people_who_differ_have_opposite_weights(found: Discovery) -> None:
    weights = found.weighed.people
    assert len(weights) == 12
    odd = np.mean([weights[f"user-{n}"][0] for n in range(1, 12, 2)])
    even = np.mean([weights[f"user-{n}"][0] for n in range(0, 12, 2)])
    assert odd * even < 0
    assert found.found[0].spread is not None
    assert found.found[0].spread > abs(found.found[0].weight)


def test_one_taste_for_all_is_told_from_length() -> None:
    rng = np.random.default_rng(3)
    pairs = []
    for number in range(200):
        sea, court = (
            " ".join([*rng.choice(TOPICS, size=int(rng.integers(2, 9))), *words])
            for words in (SEA, COURT)
        )
        pairs.append(LabelledPair(f"user-{number % 20}", sea, court))
    features = TextFeatures(HashEmbedder(64))
    found = discover(pairs, features, sparsity=Sparsity(features=8), epochs=60)
    assert found.weighed.length_only.accuracy < 0.6
    assert found.weighed.with_features.accuracy > 0.95
    assert set(found.found[0].contrast.more) <= set(SEA)
    assert found.found[0].weight > 0


def test_the_same_seed_finds_the_same() -> None:
    features = TextFeatures(HashEmbedder(32))
    pairs = planted(people=4, each=12)
    runs = [discover(pairs, features, sparsity=Sparsity(features=8), epochs=20) for _ in range(2)]
    np.testing.assert_array_equal(runs[0].features.encoder, runs[1].features.encoder)
    assert runs[0].features.id == runs[1].features.id
    assert runs[0].features.provenance == runs[1].features.provenance
    other = discover(pairs, features, sparsity=Sparsity(features=8), epochs=20, seed=1)
    assert other.features.id != runs[0].features.id


def test_the_autoencoder_explains_few_signed_causes() -> None:
    rng = np.random.default_rng(0)
    causes = np.linalg.qr(rng.normal(size=(24, 6)))[0].T
    strengths = rng.normal(size=(600, 6)) * (rng.random((600, 6)) < 0.3)
    trained = train(strengths @ causes, Sparsity(features=8, active=2, prefix=2), epochs=150)
    assert trained.explained > 0.8
    read = strengths @ causes @ trained.encoder.T
    along = np.abs(np.corrcoef(read.T, strengths.T)[:8, 8:]).max(axis=0)
    assert (along > 0.8).sum() >= 5
    outside = np.eye(24) - causes.T @ causes
    assert np.abs(trained.encoder @ outside).max() < 1e-6


def test_columns_of_texts_differ_by_what_the_encoder_reads_off_their_difference(
    found: Discovery, tmp_path: Path
) -> None:
    embedder = HashEmbedder(64)
    features = TextFeatures(embedder, discovered=found.features)
    one, other = "garden captain harbour", "judge engine"
    row = features.compare([one], [other])[0]
    there, here = embedder.embed([one, other]).astype(np.float64)
    expected = found.features.encoder @ (there - here)
    np.testing.assert_allclose(row[features.blocks["discovered"]], expected, atol=1e-12)
    np.testing.assert_allclose(features.compare([other], [one])[0], -row, atol=1e-12)
    assert not features.transform([" "]).any()


def test_discovered_columns_rank_and_explain(found: Discovery) -> None:
    features = TextFeatures(HashEmbedder(64), discovered=found.features)
    sea = [Comparison(preferred=p.rejected, other=p.chosen) for p in planted(1, 6, seed=9)]
    posterior = fit(features, sea)
    texts = ("judge verdict bread", "captain sailor bread")
    ranked = rank(posterior, features, [Candidate(text=text) for text in texts])
    assert ranked[0].candidate.text.startswith("captain")
    parts = posterior.contributions(features.compare(["captain"], ["judge"])[0])
    assert parts[found.found[0].name] > 0
    assert posterior.weights()[found.found[0].name].sd > 0


def test_saved_features_are_the_same_and_can_be_renamed(found: Discovery, tmp_path: Path) -> None:
    found.features.save(tmp_path / "out")
    loaded = Discovered.load(tmp_path / "out")
    np.testing.assert_array_equal(loaded.encoder, found.features.encoder)
    assert loaded.names == found.features.names
    assert loaded.provenance["pairs"] == 240
    assert "captain" not in (tmp_path / "out" / "encoder.npz").read_bytes().decode("latin-1")
    names = tmp_path / "out" / "features.json"
    head = json.loads(names.read_text("utf-8"))
    head["names"][0] = "seafaring"
    names.write_text(json.dumps(head), "utf-8")
    renamed = Discovered.load(tmp_path / "out")
    features = TextFeatures(HashEmbedder(64), discovered=renamed)
    assert features.id == TextFeatures(HashEmbedder(64), discovered=found.features).id
    assert "seafaring" in features.attributes


def test_damaged_files_and_other_embedders_are_refused(found: Discovery, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="reward discover"):
        Discovered.load(tmp_path)
    found.features.save(tmp_path)
    encoder = tmp_path / "encoder.npz"
    np.savez(encoder, encoder=np.ones((2, 64), "<f4"), centre=np.zeros(2, "<f4"))
    with pytest.raises(InputError, match="damaged"):
        Discovered.load(tmp_path)
    encoder.write_bytes(b"PK nothing")
    with pytest.raises(InputError, match="no discovered features"):
        Discovered.load(tmp_path)
    with pytest.raises(InputError, match="hash-64"):
        TextFeatures(HashEmbedder(32), discovered=found.features).transform(["soup"])
    clash = Discovered(
        names=("length",), encoder=np.ones((1, 64)), centre=np.zeros(1), embedder="hash-64"
    )
    with pytest.raises(InputError, match="'length'"):
        TextFeatures(HashEmbedder(64), discovered=clash)


def test_too_few_or_equal_pairs_are_refused() -> None:
    features = TextFeatures(HashEmbedder(16))
    with pytest.raises(InputError, match="at least 40"):
        discover(planted(1, 10), features)
    with pytest.raises(InputError, match="same embedding"):
        discover([LabelledPair("a", "soup", "Soup")] * 50, features)


async def test_a_chat_model_names_what_the_extremes_show(found: Discovery) -> None:
    answers = iter(["  Seafaring. ", "The first text is longer", "seafaring"] + ["x"] * 20)
    chat = FunctionChatModel(fn=lambda messages, schema: FeatureName(name=next(answers)))
    named = await rename(found, chat, ["length"])
    assert named.found[0].name == named.features.names[0] == "seafaring"
    assert named.found[1].name == found.found[1].name
    assert named.found[2].name == "seafaring (2)"
    assert named.features.id == found.features.id
    assert len(chat.calls) == len(found.found)
    assert named.usage is not None
    assert named.usage.calls == len(found.found)
    prompt = chat.calls[0].messages[0].content
    assert prompt.index("<more>") < prompt.index(found.found[0].extremes[0].more)


def test_names_are_used_once() -> None:
    assert unique("formal", {"formal", "formal (2)"}) == "formal (3)"
