"""The best question of each form, before costs: what could be asked in one scene.

Each form is a pick from rows of features or a rating of one, so that all are scored alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .acquisition import (
    expected_best,
    expected_best_of,
    pair_information,
    pair_value,
    rating_information,
    rating_value,
    slate_scores,
)
from .factors import Factors
from .gaussian import UtilityBelief
from .proposals import Form, Proposal, question_key
from .search import Aim, best_profiles, best_slate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["FORMS", "Scene"]

_MOST_SLATED = 60
_SHORTLIST = 400
_LEVEL_WORDS = 3.0
_OPEN_WORDS = 8.0
_OPEN_ANSWER = 6.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """One decision: what is believed, what can be offered, what counts.

    Attributes:
        belief: The user's.
        candidates: What can be offered in the end, shape `(n, d)`; may be empty.
        places: Their places among the caller's candidates, shape `(n,)`.
        means: Means of their utilities, shape `(n,)`.
        draws: Draws of their utilities, shape `(s, n)`.
        factors: What profiles are made of, if any.
        levels: Draws of the utilities of the factors' stacked levels, shape `(s, levels)`.
        aim: What counts.
        size: Options of a slate.
        noise: τ of the user's ratings, in logits.
        words: To read for each option.
        asked: Keys of the questions that may not be asked.
        rng: Of random starts.
    """

    belief: UtilityBelief
    candidates: Floats
    places: Ints
    means: Floats
    draws: Floats
    factors: Factors | None
    levels: Floats
    aim: Aim
    size: int
    noise: float
    words: float
    asked: frozenset[str]
    rng: np.random.Generator

    @property
    def best(self) -> float:
        """The best mean utility of a candidate; 0 without any."""
        return float(self.means.max()) if len(self.means) else 0.0

    def total(self, information: Floats, value: Floats) -> Floats:
        """What questions bring, in logits."""
        return self.aim.information * information + self.aim.value * value

    def pick(self, form: Form, rows: Floats, drawn: Floats) -> Proposal:
        """A pick, scored on draws of its options' utilities, shape `(s, k)`."""
        first = drawn.T[:, :, None]
        found = slate_scores(first, self.draws)
        return Proposal(
            form=form,
            rows=rows,
            read=self.words * len(rows),
            information=float(found.information[0]),
            value=float(found.value[0]),
            eubo=float(expected_best_of(first)[0]) - self.best,
        )


def _pairs(scene: Scene) -> Iterator[Proposal]:
    """The best of all pairs of candidates, in closed form, and the best designed pair."""
    import numpy as np

    first, second = np.triu_indices(len(scene.candidates), 1)
    if not len(first):
        yield from _designed(scene, "pair", 2, None)
        return
    covariance = scene.belief.covariance(scene.candidates)
    own = np.diag(covariance)
    square = own[first] + own[second] - 2.0 * covariance[first, second]
    sd, apart = np.sqrt(np.maximum(square, 0.0)), scene.means[first] - scene.means[second]
    nats = pair_information(apart, sd)
    eubo = expected_best(scene.means[second], apart, sd) - scene.best
    value = np.zeros(len(first))
    # EVOI of every pair would take long; EUBO, which costs nothing, knows which come in question.
    look = np.argsort(-eubo, kind="stable")[:_SHORTLIST]
    cross = covariance[first[look]] - covariance[second[look]]
    value[look] = pair_value(apart[look], sd[look], cross, scene.means)
    for place in np.argsort(-scene.total(nats, value), kind="stable"):
        chosen = np.array([first[place], second[place]])
        rows = scene.candidates[chosen]
        if question_key("pair", rows) not in scene.asked:
            yield Proposal(
                form="pair",
                rows=rows,
                items=tuple(scene.places[chosen].tolist()),
                read=2.0 * scene.words,
                information=float(nats[place]),
                value=float(value[place]),
                eubo=float(eubo[place]),
            )
            break
    best = int(scene.total(nats, value).argmax())
    yield from _designed(scene, "pair", 2, np.array([first[best], second[best]]))


def _slates(scene: Scene) -> Iterator[Proposal]:
    """The best slate of candidates, and the best designed one, by exchange."""
    kept = _promising(scene)
    if len(kept) < scene.size:
        yield from _designed(scene, "slate", scene.size, None)
        return
    starts = [list(range(scene.size))] if scene.aim.value else []
    if scene.aim.information:
        starts.append(scene.rng.choice(len(kept), scene.size, replace=False).tolist())
    found = best_slate(
        scene.draws[:, kept],
        starts,
        scene.aim,
        offered=scene.draws,
        banned=lambda slate: question_key("slate", scene.candidates[kept[slate]]) in scene.asked,
    )
    chosen = None if found is None else kept[found.chosen]
    if chosen is not None:
        picked = scene.pick("slate", scene.candidates[chosen], scene.draws[:, chosen])
        yield replace(picked, items=tuple(scene.places[chosen].tolist()))
    yield from _designed(scene, "slate", scene.size, chosen)


def _designed(scene: Scene, form: Form, size: int, near: Ints | None) -> Iterator[Proposal]:
    """Profiles of our own, searched for from random ones and from candidates' (`near`)."""
    import numpy as np

    factors = scene.factors
    if factors is None:
        return
    starts = []
    if near is not None and scene.aim.value:
        starts.append(factors.nearest(scene.candidates[near]))
    if scene.aim.information or not starts:
        starts.append(factors.sample(size, scene.rng))
    found = best_profiles(
        factors,
        scene.levels,
        scene.draws,
        starts,
        scene.aim,
        banned=lambda slate: question_key(form, factors.rows(slate)) in scene.asked,
    )
    if found is not None:
        drawn = scene.levels[:, np.array(factors.starts) + found.chosen].sum(axis=2)
        picked = scene.pick(form, factors.rows(found.chosen), drawn)
        yield replace(picked, profiles=found.chosen)


def _values(scene: Scene) -> Iterator[Proposal]:
    """Which level of a factor, all else being equal."""
    if scene.factors is None:
        return
    for place, (start, rows) in enumerate(
        zip(scene.factors.starts, scene.factors.levels, strict=True)
    ):
        picked = scene.pick("value", rows, scene.levels[:, start : start + len(rows)])
        yield replace(picked, factor=place, read=_LEVEL_WORDS * len(rows))


def _edges(scene: Scene) -> Iterator[Proposal]:
    """Whether one candidate would do, against an ordinary one."""
    import numpy as np

    if len(scene.candidates) < 2:
        return
    ordinary = scene.candidates.mean(axis=0)
    away = scene.candidates - ordinary
    found = scene.belief.utility(away)
    nats = pair_information(found.mean, found.sd)
    cross = scene.belief.covariance(away, scene.candidates)
    value = pair_value(found.mean, found.sd, cross, scene.means)
    middle = np.full(len(away), float(scene.means.mean()))
    eubo = expected_best(middle, found.mean, found.sd) - scene.best
    for place in np.argsort(-scene.total(nats, value), kind="stable"):
        rows = np.stack([scene.candidates[place], ordinary])
        if question_key("edge", rows) not in scene.asked:
            yield Proposal(
                form="edge",
                rows=rows,
                items=(int(scene.places[place]),),
                read=scene.words,
                information=float(nats[place]),
                value=float(value[place]),
                eubo=float(eubo[place]),
            )
            return


def _ratings(scene: Scene) -> Iterator[Proposal]:
    """How much a factor's last level is worth against its first."""
    import numpy as np

    if scene.factors is None:
        return
    rows = np.stack([level[-1] - level[0] for level in scene.factors.levels])
    sd = scene.belief.utility(rows).sd
    nats = rating_information(sd, scene.noise)
    value = np.zeros(len(rows))
    if len(scene.candidates):
        cross = scene.belief.covariance(rows, scene.candidates)
        value = rating_value(cross, sd, scene.noise, scene.means)
    for place, row in enumerate(rows):
        yield Proposal(
            form="rating",
            rows=row[None],
            factor=place,
            noise=scene.noise,
            read=2.0 * _LEVEL_WORDS,
            information=float(nats[place]),
            value=float(value[place]),
        )


def _open(scene: Scene) -> Iterator[Proposal]:
    """What matters most: a pick among all differences between levels, put in one's own words."""
    import numpy as np

    if scene.factors is None:
        return
    rows, drawn = [], []
    for start, level in zip(scene.factors.starts, scene.factors.levels, strict=True):
        rows.append(level[1:] - level[0])
        drawn.append(scene.levels[:, start + 1 : start + len(level)] - scene.levels[:, [start]])
    ways, utilities = np.vstack(rows), np.hstack(drawn)
    picked = scene.pick("open", np.vstack([ways, -ways]), np.hstack([utilities, -utilities]))
    yield replace(picked, read=_OPEN_WORDS, write=_OPEN_ANSWER)


def _promising(scene: Scene) -> Ints:
    """Candidates by mean and deviation, the best first."""
    import numpy as np

    optimism = scene.draws.mean(axis=0) + scene.draws.std(axis=0)
    return np.asarray(np.argsort(-optimism, kind="stable")[:_MOST_SLATED])


FORMS: Mapping[Form, Callable[[Scene], Iterator[Proposal]]] = {
    "pair": _pairs,
    "slate": _slates,
    "value": _values,
    "rating": _ratings,
    "edge": _edges,
    "open": _open,
}
