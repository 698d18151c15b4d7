"""How far a reward model's beliefs moved between checkpoints or moments, and whether it helped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ...errors import InputError
from ..statistics import bootstrap
from .values import Stance, value_drift

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...policies.personal import PersonalReward
    from ...policies.reward import Posterior, TextFeatures
    from ..datasets import UserPair

    Floats = NDArray[np.float64]

__all__ = [
    "Asked",
    "Checkpoint",
    "Tastes",
    "TastesDrifted",
    "prior_tastes",
    "taste_drift",
    "user_tastes",
]

# What says plainly which of two texts a user prefers; silence, thanks and judges only hint at it.
_PLAIN = frozenset({"choice", "edit", "rating"})

Row = Mapping[str, object]


class Checkpoint(NamedTuple):
    """What was believed at one point.

    Attributes:
        name: Of a file, or a time.
        posterior: What was believed.
    """

    name: str
    posterior: Posterior


class Asked(NamedTuple):
    """Comparisons by which beliefs are judged.

    Attributes:
        rows: Preferred minus other, shape `(n, d)`.
        clusters: What is drawn together (a person, an event), shape `(n,)`.
        left_out: Comparisons that tell no order for certain, such as ties.
    """

    rows: Floats
    clusters: NDArray[np.int64]
    left_out: int


class Tastes(NamedTuple):
    """Beliefs at several points, over the same columns.

    Attributes:
        checkpoints: Two or more, in their order.
        groups: Where the attributes of each group are.
        asked: Comparisons that none of them has seen; None if there are none.
    """

    checkpoints: Sequence[Checkpoint]
    groups: Mapping[str, slice]
    asked: Asked | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TastesDrifted:
    """How far beliefs moved.

    Attributes:
        figures: Drift of the last checkpoint, when nine tenths of it had happened, and accuracy of
            the first and the last with their paired difference.
        rows: By checkpoint, then by group of attributes, then by attribute, the most moved first.
    """

    figures: Mapping[str, float]
    rows: Sequence[Row]


def taste_drift(tastes: Tastes, *, seed: int = 0) -> TastesDrifted:
    """How far beliefs about attributes moved from the first checkpoint, and what they predict.

    "Value Drifts" (METHODS 22) measures the mean of `|p_t - p_0|` over topics. The topics here are
    the attributes that texts are described by, and p is the probability that of two texts which
    differ by one unit of it, the one that has more is preferred. A comparison is ranked rightly if
    the preferred side has a probability above one half; where nothing is known, that is wrong.

    Args:
        tastes: What was believed.
        seed: Of the intervals: over attributes, and over comparisons' clusters.

    Raises:
        InputError: There are fewer than two checkpoints, or two of one name.
    """
    import numpy as np

    posteriors = [each.posterior for each in tastes.checkpoints]
    names = posteriors[0].attributes if posteriors else ()
    chances = [_chances(each, np.eye(len(names), len(each.mean))) for each in posteriors]
    found = value_drift(
        [
            Stance(each.name, name, float(p))
            for each, some in zip(tastes.checkpoints, chances, strict=True)
            for name, p in zip(names, some, strict=True)
        ],
        seed=seed,
    )
    figures = {
        name: value for name, value in found.figures.items() if not name.startswith("topics")
    }
    figures["attributes"] = float(len(names))
    judged: list[Row] = [{} for _ in posteriors]
    if (asked := tastes.asked) is not None:
        right = [(_chances(each, asked.rows) > 0.5).astype(np.float64) for each in posteriors]
        figures |= _gain(right[0], right[-1], asked, seed)
        judged = [_accuracy(each, asked, seed) for each in right]
    moved = [row for row in found.rows if row["what"] == "checkpoints"]
    drifts = [{"drift": 0.0, "drift_low": 0.0, "drift_high": 0.0}, *moved]
    rows: list[Row] = [
        {
            "what": "checkpoints",
            "checkpoint": each.name,
            "comparisons": each.posterior.comparisons,
            "stated": each.posterior.observations,
            **{name: drift[name] for name in ("drift", "drift_low", "drift_high")},
            **accuracy,
        }
        for each, drift, accuracy in zip(tastes.checkpoints, drifts, judged, strict=True)
    ]
    for group, columns in tastes.groups.items():
        if len(some := np.abs(chances[-1] - chances[0])[columns]):
            size = bootstrap(some, np.arange(len(some)), seed=seed)
            rows.append(
                {
                    "what": "groups",
                    "group": group,
                    "attributes": len(some),
                    "drift": size.mean,
                    "drift_low": size.low,
                    "drift_high": size.high,
                }
            )
    first, last = posteriors[0].weights(), posteriors[-1].weights()
    rows += [
        {
            "what": "attributes",
            "attribute": name,
            **{part: row[part] for part in ("first", "last", "moved")},
            "weight_first": first[name].mean,
            "weight_last": last[name].mean,
            "sd_last": last[name].sd,
        }
        for row in found.rows
        if row["what"] == "topics" and (name := str(row["topic"]))
    ]
    return TastesDrifted(figures=figures, rows=rows)


def prior_tastes(
    files: Sequence[Path], features: TextFeatures, pairs: Sequence[UserPair] = ()
) -> Tastes:
    """Fitted priors as what is believed of somebody unknown, in no particular context.

    Args:
        files: What `penchant reward fit` wrote, in their order.
        features: Without an app's own; those that the files or the pairs name are added.
        pairs: People's comparisons to judge them by, which should not be those they were fitted to.

    Raises:
        InputError: A file holds no prior, or one for other features, or is given twice.
        EmbedderError: The embedder cannot be loaded or run.
    """
    import numpy as np

    from ...policies.reward import fit_rows, read_prior
    from ..populations import describe

    if len(set(files)) < len(files):
        raise InputError("a prior is given twice; give files that differ")
    saved = [read_prior(each) for each in files]
    core = set(features.names)
    own = {name for each in saved for name in each.names if name not in core}
    for pair in pairs:
        own |= pair.chosen_features.keys() | pair.rejected_features.keys()
    wide = features.with_app_features(sorted(own)) if own else features
    nothing = np.zeros((0, wide.dimension))
    checkpoints = [
        Checkpoint(str(file), fit_rows(wide, nothing, prior=each.for_features(wide).prior()))
        for file, each in zip(files, saved, strict=True)
    ]
    asked = None
    if pairs:
        described = describe(pairs, features)
        decided = [target > 0.5 for target in described.target]
        rows = [each[some] for each, some in zip(described.rows, decided, strict=True)]
        sizes = [int(some.sum()) for some in decided]
        if sum(sizes):
            asked = Asked(
                rows=wide.adopt(np.concatenate(rows), described.features),
                clusters=np.repeat(described.users, sizes),
                left_out=len(pairs) - sum(sizes),
            )
    return Tastes(checkpoints, _groups(wide), asked)


def user_tastes(reward: PersonalReward, user_id: str, moments: Sequence[datetime]) -> Tastes:
    """What was believed of a user at moments; judged by what they did afterwards.

    Beliefs of then are fitted again to the events and preferences of then that are still kept, so
    that what was erased since counts at no moment. What they chose, rewrote or rated after the last
    moment says how right each of these is.

    Args:
        reward: The reward models.
        user_id: Whose.
        moments: With time zone, the earliest first.

    Raises:
        InputError: Two moments are the same, or one has no time zone.
        EmbedderError: The embedder cannot be loaded or run.
    """
    import numpy as np

    if len(set(moments)) < len(moments):
        raise InputError("two moments are the same; give moments that differ")
    then = [reward.at(user_id, moment) for moment in moments]
    seen = set(then[-1].compared.evidence_ids) if then else set()
    now = reward.known(user_id).compared
    new = [place for place, event in enumerate(now.evidence_ids) if event not in seen]
    kept = [place for place in new if now.sources[place] in _PLAIN and now.target[place] > 0.5]
    asked = None
    if kept:
        events = [now.evidence_ids[place] for place in kept]
        number = {event: place for place, event in enumerate(dict.fromkeys(events))}
        asked = Asked(
            rows=now.differences[kept],
            clusters=np.array([number[event] for event in events]),
            left_out=len(new) - len(kept),
        )
    return Tastes(
        [
            Checkpoint(moment.isoformat(), each.posterior)
            for moment, each in zip(moments, then, strict=True)
        ],
        _groups(reward.features),
        asked,
    )


def _groups(features: TextFeatures) -> dict[str, slice]:
    """The blocks of columns that have names."""
    named = len(features.attributes)
    return {name: part for name, part in features.blocks.items() if part.stop <= named}


def _chances(posterior: Posterior, rows: Floats) -> Floats:
    """The probability that each row's preferred side is preferred."""
    import numpy as np

    total = np.zeros(len(rows))
    for each, part in zip(posterior.components, posterior.parts(rows), strict=True):
        scale = np.sqrt(1.0 + np.pi / 8.0 * part.variance)
        total += each.share * 0.5 * (1.0 + np.tanh(0.5 * part.mean / scale))
    return total


def _accuracy(right: Floats, asked: Asked, seed: int) -> Row:
    found = bootstrap(right, asked.clusters, seed=seed)
    return {
        "pairs": len(right),
        "left_out": asked.left_out,
        "accuracy": found.mean,
        "accuracy_low": found.low,
        "accuracy_high": found.high,
    }


def _gain(first: Floats, last: Floats, asked: Asked, seed: int) -> dict[str, float]:
    gain = bootstrap(last - first, asked.clusters, seed=seed)
    return {
        "pairs": float(len(first)),
        "pairs_left_out": float(asked.left_out),
        "accuracy_first": float(first.mean()),
        "accuracy_last": float(last.mean()),
        "accuracy_gain": gain.mean,
        "accuracy_gain_low": gain.low,
        "accuracy_gain_high": gain.high,
    }
