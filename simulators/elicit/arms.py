"""What can choose the next question: ours, what it must beat, and what the field uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from ...policies.elicit.acquisition import expected_best, pair_information, pair_value
from ...policies.elicit.conjoint import design_questions
from ...policies.elicit.designer import Designer
from ...policies.elicit.factors import Factors
from ...policies.elicit.gaussian import Gaussian
from ...policies.elicit.lookahead import Outlook, plan_ahead
from ...policies.elicit.proposals import Purpose, question_key
from ...policies.elicit.stopping import StopRule

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = [
    "ANSWER",
    "ARMS",
    "BOTH",
    "EIG",
    "FIXED",
    "LEARN",
    "RANDOM",
    "SILENT",
    "WORDS",
    "Arm",
    "Asked",
    "Moment",
    "arms",
]

RANDOM = "random pair"
EIG = "EIG pair"
LEARN = "ours, to learn"
ANSWER = "ours, to answer"
BOTH = "ours, both"
SILENT = "never ask"
FIXED = "fixed slate of 4"
ARMS = (
    RANDOM,
    "random slate of 4",
    "closest to 50/50",
    "largest variance",
    EIG,
    "EUBO pair",
    "Thompson pair",
    "EVOI pair",
    "EVOI pair, two steps ahead",
    "rating, noise 1",
    "rating, noise 2",
    "EIG slate of 4",
    LEARN,
    ANSWER,
    BOTH,
    SILENT,
    FIXED,
)
"""All of them, the baseline first."""

_SHORTLIST = 12
WORDS = 12.0
"""To read for each option."""


class Moment(NamedTuple):
    """When a question is due.

    Attributes:
        belief: What is known of the person.
        items: What can be offered, shape `(n, d)`.
        asked: Keys of the questions asked before.
        rng: The arm's own.
    """

    belief: Gaussian
    items: Floats
    asked: frozenset[str]
    rng: np.random.Generator


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """A question.

    Attributes:
        rows: What the options are described by, shape `(k, d)`; one row for a rating.
        noise: τ of a rating; None for a pick.
        value: EVOI in logits; this and what follows is None where the arm does not reckon it.
        information: Nats.
        sure: P(the best item is the best).
        at_stake: How much better the truly best item is expected to be.
        unclear: Entropy of which item is the best.
    """

    rows: Floats
    noise: float | None = None
    value: float | None = None
    information: float | None = None
    sure: float | None = None
    at_stake: float | None = None
    unclear: float | None = None

    @property
    def key(self) -> str:
        """See `question_key`."""
        return question_key("pair" if self.noise is None else "rating", self.rows)


Arm: TypeAlias = Callable[[Moment], Asked]


class _Pairs(NamedTuple):
    """All pairs of items."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    mean: Floats
    sd: Floats
    utilities: Floats
    covariance: Floats


def arms(
    factors: Factors, *, rule: StopRule, seed: int, questions: int
) -> Mapping[str, Arm | None]:
    """Every arm by name, as in `ARMS`; None never asks.

    Args:
        factors: What items are made of, for designed questions.
        rule: What a nat and a logit are worth where both count.
        seed: Of our arms' draws, and of the survey that everybody gets.
        questions: How long that survey is.
    """
    designer = Designer(rule, factors=factors, seed=seed)
    made: Mapping[str, Arm | None] = {
        RANDOM: _random(2),
        "random slate of 4": _random(4),
        "closest to 50/50": _by(_evenness),
        "largest variance": _by(lambda pairs: pairs.sd),
        EIG: _by(lambda pairs: pair_information(pairs.mean, pairs.sd), "information"),
        "EUBO pair": _by(_eubo),
        "Thompson pair": _thompson,
        "EVOI pair": _by(_evoi, "value"),
        "EVOI pair, two steps ahead": _ahead,
        "rating, noise 1": _rating(1.0),
        "rating, noise 2": _rating(2.0),
        "EIG slate of 4": _ours(Designer(rule, seed=seed), "learn"),
        LEARN: _ours(designer, "learn"),
        ANSWER: _ours(designer, "answer"),
        BOTH: _ours(designer, "both"),
        SILENT: None,
        FIXED: _survey(factors, questions, seed=seed),
    }
    return {name: made[name] for name in ARMS}


def _ours(designer: Designer, purpose: Purpose) -> Arm:
    def arm(moment: Moment) -> Asked:
        found = designer.weigh(
            moment.belief,
            moment.items,
            purpose=purpose,
            forms=("slate",),
            asked=moment.asked,
            words=WORDS,
        )
        best = found.proposals[0]
        return Asked(
            rows=best.rows,
            value=best.value,
            information=best.information,
            sure=found.sure,
            at_stake=found.at_stake,
            unclear=found.unclear,
        )

    return arm


def _random(size: int) -> Arm:
    def arm(moment: Moment) -> Asked:
        while True:
            asked = Asked(rows=moment.items[moment.rng.choice(len(moment.items), size, False)])
            if asked.key not in moment.asked:
                return asked

    return arm


def _survey(factors: Factors, questions: int, *, seed: int) -> Arm:
    """The same questions for everybody, which together say most of an unknown taste."""
    design: list[Floats] = []

    def arm(moment: Moment) -> Asked:
        if not design:
            design.extend(design_questions(factors, questions, size=4, seed=seed).rows)
        return Asked(rows=design[len(moment.asked)])

    return arm


def _by(
    score_of: Callable[[_Pairs], Floats], means: Literal["information", "value"] | None = None
) -> Arm:
    """The pair of items with the highest score that was not asked about.

    Args:
        score_of: Of each pair.
        means: What the score is, if it is one of the numbers that are kept with a question.
    """

    def arm(moment: Moment) -> Asked:
        pairs = _pairs(moment)
        scores = score_of(pairs)
        for place in _descending(scores, len(moment.asked) + 1):
            asked = Asked(rows=moment.items[[pairs.first[place], pairs.second[place]]])
            if asked.key not in moment.asked:
                score = float(scores[place])
                return Asked(
                    rows=asked.rows,
                    value=score if means == "value" else None,
                    information=score if means == "information" else None,
                )
        raise AssertionError("there are more pairs than questions")

    return arm


def _descending(scores: Floats, most: int) -> Ints:
    """The places of the highest scores, so many and all that tie with the last; ties in order."""
    import numpy as np

    if most < len(scores):
        bar = np.partition(scores, len(scores) - most)[len(scores) - most]
        some = np.flatnonzero(scores >= bar)
        return np.asarray(some[np.argsort(-scores[some], kind="stable")])
    return np.argsort(-scores, kind="stable")


@lru_cache(maxsize=8)
def _places(count: int) -> tuple[Ints, Ints]:
    """Of the first and the second of all pairs."""
    import numpy as np

    first, second = np.triu_indices(count, 1)
    return first, second


def _pairs(moment: Moment) -> _Pairs:
    import numpy as np

    first, second = _places(len(moment.items))
    utilities = moment.items @ moment.belief.mean
    covariance = moment.belief.covariance(moment.items)
    own = np.diag(covariance)
    square = own[first] + own[second] - 2.0 * covariance[first, second]
    return _Pairs(
        first,
        second,
        utilities[first] - utilities[second],
        np.sqrt(np.maximum(square, 0.0)),
        utilities,
        covariance,
    )


def _evenness(pairs: _Pairs) -> Floats:
    """How near the chance of either answer is to a half."""
    import numpy as np

    return np.asarray(-np.abs(pairs.mean) / np.sqrt(1.0 + np.pi * np.square(pairs.sd) / 8.0))


def _eubo(pairs: _Pairs) -> Floats:
    return expected_best(pairs.utilities[pairs.second], pairs.mean, pairs.sd)


def _evoi(pairs: _Pairs) -> Floats:
    """EVOI; where that is 0, EUBO."""
    cross = pairs.covariance[pairs.first] - pairs.covariance[pairs.second]
    value = pair_value(pairs.mean, pairs.sd, cross, pairs.utilities)
    return value + 1e-6 * _eubo(pairs)


def _ahead(moment: Moment) -> Asked:
    """The pair with which the best plan of two questions begins, among the best by themselves."""
    import numpy as np

    pairs = _pairs(moment)
    scores = _evoi(pairs)
    order = [
        place
        for place in np.argsort(-scores, kind="stable")[: 4 * _SHORTLIST].tolist()
        if Asked(rows=moment.items[[pairs.first[place], pairs.second[place]]]).key
        not in moment.asked
    ][:_SHORTLIST]
    questions = [[int(pairs.first[place]), int(pairs.second[place])] for place in order]
    plans = plan_ahead(
        Outlook(pairs.utilities, pairs.covariance),
        questions,
        range(len(moment.items)),
        costs=[0.0] * len(questions),
        reuses=0.0,
    )
    # Plans that are worth the same go by what they bring at once.
    best = int(np.argmax(plans.ask + 1e-6 * scores[order]))
    return Asked(rows=moment.items[questions[best]])


def _thompson(moment: Moment) -> Asked:
    """The best by one draw against the best of the others by another."""
    import numpy as np

    values, vectors = np.linalg.eigh(moment.belief.matrix)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    while True:
        chosen: list[int] = []
        while len(chosen) < 2:
            taste = moment.belief.mean + root @ moment.rng.standard_normal(len(root))
            utilities = moment.items @ taste
            utilities[chosen] = -np.inf
            chosen.append(int(utilities.argmax()))
        asked = Asked(rows=moment.items[chosen])
        if asked.key not in moment.asked:
            return asked


def _rating(noise: float) -> Arm:
    """The weight that is known least, rated by the person with this noise."""
    import numpy as np

    def arm(moment: Moment) -> Asked:
        for place in np.argsort(-np.diag(moment.belief.matrix), kind="stable"):
            asked = Asked(rows=np.eye(len(moment.belief.mean))[[place]], noise=noise)
            if asked.key not in moment.asked:
                return asked
        # Every weight was rated: again the least known.
        place = int(np.diag(moment.belief.matrix).argmax())
        return Asked(rows=np.eye(len(moment.belief.mean))[[place]], noise=noise)

    return arm
