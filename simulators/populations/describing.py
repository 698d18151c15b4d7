"""People's comparisons as rows of numbers, and the parts to learn from and to predict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ...policies.reward import Answers, TextFeatures
from ...policies.types import Candidate
from ..datasets import UserPair

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["KINDS", "Described", "Halves", "describe"]

KINDS = ("unknown", "objective", "subjective")
_MOST = 100


class Halves(NamedTuple):
    """What is seen of people, and what must be predicted.

    Attributes:
        earlier: Of every unit, perhaps nothing.
        later: Of every unit, at least one.
        kinds: Places in `KINDS` of the later ones, shape `(u, q)`.
        users: Which person each unit is, shape `(u,)`.
    """

    earlier: Answers
    later: Answers
    kinds: NDArray[np.int64]
    users: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Described:
    """Everybody's comparisons, the preferred side first.

    What one person does in one context is a unit, fitted by itself; people are kept together only
    where they are split. The comparisons of a unit are in random order.

    Attributes:
        features: What the rows are about, with the data's own features.
        people: Names, in the order in which they first occur.
        users: Which person each unit is, shape `(u,)`.
        rows: Of each unit, shape `(n, d)`.
        target: Probabilities that the preferred is better, shape `(n,)`.
        weight: Shape `(n,)`.
        source: Places in `sources`, shape `(n,)`.
        kind: Places in `KINDS`, shape `(n,)`.
        context: What the router reads, shape `(u, c)`; no columns if the data names no contexts.
        sources: Names of sources; the first is for comparisons that name none.
        dropped: Comparisons beyond the hundred that are kept of a unit.
    """

    features: TextFeatures
    people: tuple[str, ...]
    users: NDArray[np.int64]
    rows: tuple[Floats, ...]
    target: tuple[Floats, ...]
    weight: tuple[Floats, ...]
    source: tuple[NDArray[np.int64], ...]
    kind: tuple[NDArray[np.int64], ...]
    context: Floats
    sources: tuple[str, ...]
    dropped: int

    @property
    def comparisons(self) -> int:
        """How many there are."""
        return sum(map(len, self.rows))

    def answers(
        self,
        units: Sequence[int],
        *,
        most: int | None = None,
        flips: Floats | None = None,
    ) -> Answers:
        """Of some units, all or the first few comparisons of each.

        Args:
            units: Which.
            most: How many of each at most.
            flips: Flip rates of the sources.
        """
        return Answers.of(
            [self.rows[unit][:most] for unit in units],
            [self.target[unit][:most] for unit in units],
            weights=[self.weight[unit][:most] for unit in units],
            flips=None if flips is None else [flips[self.source[unit][:most]] for unit in units],
            sources=[self.source[unit][:most] for unit in units],
            context=self.context[list(units)],
        )

    def halves(self, units: Sequence[int], *, flips: Floats | None = None) -> Halves:
        """The first half of each unit's comparisons, and the others, which are one at least."""
        import numpy as np

        def part(*, first: bool) -> Answers:
            cuts = [slice(None, len(self.rows[unit]) // 2) for unit in units]
            if not first:
                cuts = [slice(each.stop, None) for each in cuts]
            both = list(zip(units, cuts, strict=True))
            return Answers.of(
                [self.rows[unit][cut] for unit, cut in both],
                [self.target[unit][cut] for unit, cut in both],
                weights=[self.weight[unit][cut] for unit, cut in both],
                flips=(
                    None
                    if flips is None or not first
                    else [flips[self.source[unit][cut]] for unit, cut in both]
                ),
                sources=[self.source[unit][cut] for unit, cut in both],
                context=self.context[list(units)],
            )

        later = part(first=False)
        kinds = np.zeros(later.target.shape, dtype=np.int64)
        for place, unit in enumerate(units):
            own = self.kind[unit][len(self.rows[unit]) // 2 :]
            kinds[place, : len(own)] = own
        return Halves(part(first=True), later, kinds, self.users[list(units)])

    def folds(self, *, seed: int, count: int = 5) -> list[Split]:
        """Units to learn from and units held out; everybody is held out once."""
        import numpy as np

        order = np.random.default_rng(seed).permutation(len(self.people))
        place = np.argsort(order)[self.users] % count
        return [
            Split(np.flatnonzero(place != fold).tolist(), np.flatnonzero(place == fold).tolist())
            for fold in range(count)
        ]


class Split(NamedTuple):
    """Units to learn from and units held out; nobody is in both."""

    train: list[int]
    test: list[int]


def describe(pairs: Sequence[UserPair], features: TextFeatures, *, seed: int = 0) -> Described:
    """Describes people's comparisons by features.

    Args:
        pairs: At least one.
        features: What texts are described by; the data's own features are added.
        seed: Of the order of each unit's comparisons.

    Raises:
        InputError: A feature cannot be used.
        EmbedderError: The embedder cannot be loaded or run.
    """
    import numpy as np

    names = sorted({name for each in pairs for name in _features(each)})
    described_by = features.with_app_features(names) if names else features
    rows = described_by.compare(
        [Candidate(text=each.chosen, features=each.chosen_features) for each in pairs],
        [Candidate(text=each.rejected, features=each.rejected_features) for each in pairs],
    )
    people = {name: place for place, name in enumerate(dict.fromkeys(p.user for p in pairs))}
    sources = dict.fromkeys(["", *(each.source or "" for each in pairs)])
    number = {name: place for place, name in enumerate(sources)}
    units: dict[tuple[str, str], list[int]] = {}
    for place, each in enumerate(pairs):
        units.setdefault((each.user, each.context or ""), []).append(place)
    rng = np.random.default_rng(seed)
    kept = [rng.permutation(places)[:_MOST] for places in units.values()]

    def of_pairs(values: Sequence[float]) -> tuple[Floats, ...]:
        array = np.array(values, dtype=np.float64)
        return tuple(array[places] for places in kept)

    def whole(values: Sequence[int]) -> tuple[NDArray[np.int64], ...]:
        array = np.array(values, dtype=np.int64)
        return tuple(array[places] for places in kept)

    return Described(
        features=described_by,
        people=tuple(people),
        users=np.array([people[user] for user, _ in units], dtype=np.int64),
        rows=tuple(rows[places] for places in kept),
        target=of_pairs([0.5 + 0.5 * each.strength for each in pairs]),
        weight=of_pairs([each.weight for each in pairs]),
        source=whole([number[each.source or ""] for each in pairs]),
        kind=whole([KINDS.index(each.kind or "unknown") for each in pairs]),
        context=_contexts(described_by, [context for _, context in units]),
        sources=tuple(sources),
        dropped=len(pairs) - sum(map(len, kept)),
    )


def _features(pair: UserPair) -> Mapping[str, float]:
    return {**pair.chosen_features, **pair.rejected_features}


def _contexts(features: TextFeatures, texts: Sequence[str]) -> Floats:
    import numpy as np

    if not any(texts):
        return np.zeros((len(texts), 0))
    return features.transform(texts)[:, features.blocks["meaning"]]
