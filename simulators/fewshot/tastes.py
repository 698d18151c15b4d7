"""P-Soups: earlier pairs of a person predict another. Our model is fitted to no item of the set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ...policies.reward import Answers, Population, Prior, TextFeatures, predict
from ..datasets import Pair, Taste
from .baselines import pooled, prototypes
from .outcomes import BASELINE, CEILING, OURS, Outcome

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["TASTES", "TASTE_ARMS", "taste_outcomes", "taste_requests"]

TASTES = "psoups"
_SHOTS = (0, 1, 2, 4)
_FOLDS = 5
_GPM_VARIANCE = 0.05
_PARTS = 10


_BLOCKS: Mapping[str, tuple[str, ...]] = {
    OURS: ("surface", "axes", "meaning", "skew"),
    "surface only": ("surface",),
    "axes only": ("axes",),
    "embedding only": ("meaning",),
    "surface and embedding": ("surface", "meaning"),
    "ours without surface": ("axes", "meaning", "skew"),
    "ours without axes": ("surface", "meaning", "skew"),
    "ours without embedding": ("surface", "axes", "skew"),
    "ours without skew": ("surface", "axes", "meaning"),
}
TASTE_ARMS = (*_BLOCKS, "GPM-style", BASELINE, "PAL-style", CEILING, "longest option")


def taste_requests(taste: Taste) -> Sequence[str]:
    """The requests of a file, each once."""
    return list(dict.fromkeys(item.pair.prompt for item in taste.items))


def taste_outcomes(taste: Taste, features: TextFeatures, *, seed: int) -> Iterator[Outcome]:
    """Every arm after 0, 1, 2 and 4 earlier pairs.

    Arms that learn from other people do so on four fifths of the requests and predict the others.
    The ceiling is told everybody's taste.
    """
    import numpy as np

    pairs = list(dict.fromkeys(p for item in taste.items for p in (item.pair, *item.history)))
    rows = features.compare([p.chosen for p in pairs], [p.rejected for p in pairs])
    places = {pair: place for place, pair in enumerate(pairs)}
    asked_places = [places[item.pair] for item in taste.items]
    asked = rows[asked_places][:, None]
    seen = [rows[[places[pair] for pair in item.history]] for item in taste.items]
    requests = taste_requests(taste)
    number = {prompt: place for place, prompt in enumerate(requests)}
    clusters = np.array([number[item.pair.prompt] for item in taste.items])
    answers = Answers.of(seen, [np.ones(len(each)) for each in seen])
    skew = _skew_rows(features, pairs)
    skew_answers = Answers.of(
        [skew[[places[pair] for pair in item.history]] for item in taste.items],
        [np.ones(len(item.history)) for item in taste.items],
    )
    gpm = Population.of(Prior.isotropic(skew.shape[1], _GPM_VARIANCE))

    def outcome(arm: str, k: int, chances: Floats) -> Outcome:
        return Outcome(
            data=TASTES,
            file=taste.name,
            arm=arm,
            k=k,
            chances=chances,
            target=np.ones(len(chances)),
            clusters=clusters,
            users=clusters,
        )

    for k in _SHOTS:
        for arm, blocks in _BLOCKS.items():
            population = Population.of(_only(features, blocks))
            yield outcome(arm, k, predict(population, answers.first(k), asked)[:, 0])
        chances = predict(gpm, skew_answers.first(k), skew[asked_places][:, None])
        yield outcome("GPM-style", k, chances[:, 0])
    everything = Answers.of(
        [np.vstack([each, new]) for each, new in zip(seen, asked, strict=True)],
        [np.ones(len(each) + 1) for each in seen],
    )
    fold = np.random.default_rng(seed).permutation(len(requests))[clusters] % _FOLDS
    learned = {BASELINE: np.zeros((len(_SHOTS), len(asked)))}
    learned["PAL-style"] = np.zeros((len(_SHOTS), len(asked)))
    for each in range(min(_FOLDS, len(requests))):
        train, test = _apart(taste, fold, each)
        if not train.any():
            continue
        models = {
            BASELINE: pooled(everything.people(train)),
            "PAL-style": prototypes(everything.people(train), 2, seed=seed),
        }
        for arm, model in models.items():
            for place, k in enumerate(_SHOTS):
                some = answers.people(test).first(k)
                learned[arm][place, test] = predict(model, some, asked[test])[:, 0]
    for arm, chances in learned.items():
        for place, k in enumerate(_SHOTS):
            yield outcome(arm, k, chances[place])
    yield _ceiling(taste, features, rows, places=places, clusters=clusters, seed=seed)
    longer = [len(item.pair.chosen) - len(item.pair.rejected) for item in taste.items]
    yield outcome("longest option", 0, 0.5 + 0.4 * np.sign(np.array(longer)))


def _ceiling(
    taste: Taste,
    features: TextFeatures,
    rows: Floats,
    *,
    places: Mapping[Pair, int],
    clusters: NDArray[np.int64],
    seed: int,
) -> Outcome:
    """Ours, told each person's taste and given all pairs of everybody who has it.

    Requests are in ten parts; each is predicted from the pairs of all others.
    """
    import numpy as np

    part = np.random.default_rng(seed).permutation(clusters.max() + 1)[clusters] % _PARTS
    tastes = np.array([item.taste for item in taste.items])
    prior = Population.of(features.prior())
    chances, most = np.full(len(taste.items), 0.5), 0
    for each in range(_PARTS):
        asked = {i.pair.prompt for i, there in zip(taste.items, part == each, strict=True) if there}
        for told in np.unique(tastes):
            of_taste = np.flatnonzero(tastes == told)
            test = of_taste[part[of_taste] == each]
            known = {
                pair
                for person in of_taste.tolist()
                for pair in (taste.items[person].pair, *taste.items[person].history)
                if pair.prompt not in asked
            }
            if not known or not len(test):
                continue
            train = rows[sorted(places[pair] for pair in known)]
            given = rows[[places[taste.items[person].pair] for person in test]]
            seen = Answers.of([train], [np.ones(len(train))])
            chances[test] = predict(prior, seen, given[None])[0]
            most = max(most, len(known))
    return Outcome(
        data=TASTES,
        file=taste.name,
        arm=CEILING,
        k=most,
        chances=chances,
        target=np.ones(len(chances)),
        clusters=clusters,
        users=clusters,
    )


class _Split(NamedTuple):
    train: NDArray[np.bool_]
    test: NDArray[np.bool_]


def _apart(taste: Taste, fold: NDArray[np.int64], each: int) -> _Split:
    """Who to learn from and who to predict: none of the former saw a request of the latter."""
    import numpy as np

    test = fold == each
    asked = {item.pair.prompt for item, there in zip(taste.items, test, strict=True) if there}
    clear = [not asked & {p.prompt for p in item.history} for item in taste.items]
    return _Split(np.asarray(~test & np.array(clear)), test)


def _only(features: TextFeatures, blocks: tuple[str, ...]) -> Prior:
    """The features' prior with the weights of all other blocks held at 0."""
    import numpy as np

    prior = features.prior()
    kept = np.zeros(features.dimension)
    for block in blocks:
        kept[features.blocks[block]] = 1.0
    return Prior(mean=prior.mean, variance=prior.variance * kept)


def _skew_rows(features: TextFeatures, pairs: Sequence[Pair]) -> Floats:
    """Rows of nothing but skew terms, between each named attribute and the next."""
    named = len(features.attributes)
    left = features.transform([pair.chosen for pair in pairs])[:, :named]
    right = features.transform([pair.rejected for pair in pairs])[:, :named]
    rows: Floats = left[:, :-1] * right[:, 1:] - left[:, 1:] * right[:, :-1]
    return rows
