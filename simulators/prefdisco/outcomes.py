"""What comes of many episodes: normalised alignment with intervals, costs, and adaptivity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from ..statistics import Interval
from ..users.gate import Asked
from .records import Taken

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Row", "Scores", "adaptive_share", "row_of"]

Row = Mapping[str, object]
_DRAWS = 2000
_SAME = 1e-9


class Scores:
    """Normalised alignments of one arm after a number of questions, with paired intervals.

    `(ask - none) / (oracle - none)` over all people together, where `none` is the arm that never
    asks and the oracle's alignment is 1: a ratio of sums, since for one person the denominator may
    be 0.

    Args:
        asked: PrefAlign of each person's reply, shape `(n,)`.
        none: The same of the arm that never asks.
        seed: Of the draws; the same seed draws the same people again.
    """

    def __init__(self, asked: Floats, none: Floats, *, seed: int) -> None:
        import numpy as np

        self._gain, self._room = asked - none, 1.0 - none
        rng = np.random.default_rng(seed)
        size = len(asked)
        drawn = rng.multinomial(size, np.full(size, 1.0 / size), size=_DRAWS)
        self._draws = drawn @ self._gain / np.maximum(drawn @ self._room, _SAME)

    @property
    def mean(self) -> float:
        """The normalised alignment."""
        return float(self._gain.sum() / max(float(self._room.sum()), _SAME))

    @property
    def interval(self) -> Interval:
        """It, with its interval."""
        return _interval(self.mean, self._draws)

    def over(self, other: Scores) -> Interval:
        """By how much this is above another arm's for the same people."""
        return _interval(self.mean - other.mean, self._draws - other._draws)


def _interval(mean: float, draws: Floats) -> Interval:
    import numpy as np

    low, high = np.percentile(draws, [2.5, 97.5])
    return Interval(mean, float(low), float(high))


def row_of(
    episodes: Sequence[Taken], after: int, scores: Scores, ours: Scores, *, setting: str = ""
) -> Row:
    """One row of the report.

    Args:
        episodes: Of one arm.
        after: After how many questions.
        scores: Of this arm after as many.
        ours: Of our arm after as many, for the same people.
        setting: What differs from the default recipe.
    """
    import numpy as np

    alignments = np.array([each.alignments[after] for each in episodes])
    own, gain = scores.interval, ours.over(scores)
    asked = [each.asked[:after] for each in episodes]
    disclosed = [d for each in episodes for d in each.disclosures if d.turn <= after]
    return {
        "setting": setting,
        "arm": episodes[0].arm,
        "questions_allowed": after,
        "n": len(episodes),
        "alignment": float(alignments.mean()),
        "normalised_alignment": own.mean,
        "normalised_alignment_low": own.low,
        "normalised_alignment_high": own.high,
        "ours_above_by": gain.mean,
        "ours_above_by_low": gain.low,
        "ours_above_by_high": gain.high,
        "worse_than_generic_share": float(np.mean([each.worse(after) for each in episodes])),
        "questions_asked": float(np.mean([len(each) for each in asked])),
        "skipped": sum(a.response == "skipped" for each in asked for a in each),
        "out_of_patience": sum(each.stop == "patience" for each in episodes),
        "disclosed_asked": sum(d.how == "asked" for d in disclosed),
        "disclosed_volunteered": sum(d.how == "volunteered" for d in disclosed),
        "disclosed_leaked": sum(d.how == "leaked" for d in disclosed),
        "words_read": float(np.mean([each.costs.words_read for each in episodes])),
        "words_written": float(np.mean([each.costs.words_written for each in episodes])),
        "not_held": sum(each.stop == "error" for each in episodes),
    }


def adaptive_share(episodes: Sequence[Taken]) -> float:
    """Of pairs of people who first answered differently, those who were then asked differently.

    Two people of the same task who were asked the same questions and gave the same answers up to
    a question, and different answers to it: were they asked different questions next? That one of
    the two was asked nothing more, of the arm's own accord, counts as different; where the person
    had enough or no question was left, the pair does not count.

    Args:
        episodes: Of one arm.
    """
    pairs = differ = 0
    for one, other in combinations(episodes, 2):
        if one.task != other.task:
            continue
        for place, (mine, theirs) in enumerate(zip(one.history, other.history, strict=False)):
            if mine == theirs:
                continue
            following = _next(one, place), _next(other, place)
            if mine.question == theirs.question and None not in following:
                pairs += 1
                differ += following[0] != following[1]
            break
    return differ / pairs if pairs else 0.0


def _next(episode: Taken, place: int) -> str | None:
    """The question after one; "" if the arm had none, None if it could not put one."""
    later: Sequence[Asked] = episode.history[place + 1 :]
    if later:
        return later[0].question
    return "" if episode.stop == "arm" else None
