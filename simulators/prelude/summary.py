"""What is made of the episodes of the prelude track: every arm, and against the baseline."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ..runner import Episode, Summary, derive
from ..statistics import Resampler

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["MEASURES", "summarised"]

MEASURES: Mapping[str, bool] = {
    "edit_cost": False,
    "edit_cost_later": False,
    "cost_share": False,
    "untouched": True,
    "obeyed": True,
    "similarity": True,
    "named": True,
}
"""The measures, the headline first, and whether more is better."""

_UNTAUGHT, _OURS = "ours untaught", "ours"
# With fewer users, an interval over users alone says nothing.
_ENOUGH_USERS = 8


class _Pairs(NamedTuple):
    """Edit costs of rounds that two arms have in common."""

    mine: Floats
    other: Floats
    users: NDArray[np.int64]
    rounds: NDArray[np.int64]


def summarised(
    episodes: Sequence[Episode], *, arms: Sequence[str], baseline: str, seed: int
) -> Summary:
    """Figures and rows.

    A row's `edit_cost` is over all rounds of the arm; `edit_cost_gain` is what a round costs less
    than the same round of the baseline, over rounds that both have; `cost_reduction` is that as a
    share of the baseline's cost. Intervals draw users again, or, of fewer than eight, rounds, which
    says nothing about other users; the column `resampled` says which.

    Args:
        episodes: Those at hand.
        arms: In the order of the rows.
        baseline: The arm that gains are reckoned against.
        seed: Of the intervals.
    """
    rows: list[Mapping[str, object]] = []
    figures: dict[str, float] = {}
    for arm in arms:
        mine = [each for each in episodes if each.key.arm == arm]
        if not mine:
            continue
        row = _row(arm, mine, episodes, baseline=baseline, seed=seed)
        rows.append(row)
        for name in ("edit_cost", "edit_cost_later", "cost_reduction", "untouched", "obeyed"):
            value = row.get(name)
            if isinstance(value, float):
                figures[f"{_slug(arm)}_{name}"] = value
    untaught = _against(episodes, _OURS, _UNTAUGHT)
    if untaught is not None and len(untaught.mine):
        gain = untaught.other - untaught.mine
        interval = _resampler(untaught, seed).interval(gain)
        figures["ours_learning_gain"] = interval.mean
        rows.append({
            "arm": f"{_OURS}, beside {_UNTAUGHT}",
            "n": len(gain),
            "edit_cost_gain": interval.mean,
            "edit_cost_gain_low": interval.low,
            "edit_cost_gain_high": interval.high,
            "resampled": _by(untaught),
        })  # fmt: skip
    return Summary(figures=figures, rows=rows, notes=_notes(episodes))


def _row(
    arm: str, mine: Sequence[Episode], episodes: Sequence[Episode], *, baseline: str, seed: int
) -> Mapping[str, object]:
    own = _against(mine, arm, arm)
    assert own is not None
    cost = _resampler(own, seed).interval(own.mine)
    row: dict[str, object] = {
        "arm": arm,
        "users": len({each.key.user for each in mine}),
        "n": len(own.mine),
        "edit_cost": cost.mean,
        "edit_cost_low": cost.low,
        "edit_cost_high": cost.high,
    }
    pairs = _against(episodes, arm, baseline) if arm != baseline else None
    if pairs is not None and len(pairs.mine):
        gain = _resampler(pairs, seed).interval(pairs.other - pairs.mine)
        row |= {
            "edit_cost_gain": gain.mean,
            "edit_cost_gain_low": gain.low,
            "edit_cost_gain_high": gain.high,
            "cost_reduction": gain.mean / float(pairs.other.mean()) if pairs.other.any() else 0.0,
        }
    for name in MEASURES:
        values = [each.measures.get(name) for each in mine]
        known = [value for value in values if value is not None]
        if name != "edit_cost" and known:
            row[name] = sum(known) / len(known)
    failures = Counter[str]()
    for each in mine:
        failures.update(each.failures)
    rounds = max(1, len(own.mine))
    row |= {
        "resampled": _by(own),
        "failed": failures.pop("failed", 0),
        "empty": failures.pop("empty", 0),
        "parse": failures.pop("parse", 0),
        "editor": failures.pop("editor", 0),
        **failures,
        "questions": sum(each.costs.questions for each in mine),
        "calls_per_round": sum(each.costs.llm_calls for each in mine) / rounds,
        "prompt_tokens_per_round": sum(each.costs.prompt_tokens for each in mine) / rounds,
        "completion_tokens_per_round": sum(each.costs.completion_tokens for each in mine) / rounds,
        "seconds_per_round": sum(each.costs.seconds for each in mine) / rounds,
    }
    return row


def _against(episodes: Sequence[Episode], arm: str, other: str) -> _Pairs | None:
    """The costs of two arms in the same rounds of the same users."""
    import numpy as np

    theirs = {each.key[2:]: each for each in episodes if each.key.arm == other}
    users = {user: place for place, user in enumerate(sorted({e.key.user for e in episodes}))}
    mine_, other_, user_, round_ = [], [], [], []
    for each in episodes:
        beside = theirs.get(each.key[2:])
        if each.key.arm != arm or beside is None:
            continue
        both = zip(each.series["edit_cost"], beside.series["edit_cost"], strict=True)
        for number, (one, two) in enumerate(both):
            mine_.append(one)
            other_.append(two)
            user_.append(users[each.key.user])
            round_.append(1000 * (1000 * users[each.key.user] + each.key.trial) + number)
    if not mine_:
        return None
    return _Pairs(
        np.array(mine_, dtype=float),
        np.array(other_, dtype=float),
        np.array(user_, dtype=np.int64),
        np.array(round_, dtype=np.int64),
    )


def _by(pairs: _Pairs) -> str:
    return "users" if len(set(pairs.users.tolist())) >= _ENOUGH_USERS else "rounds"


def _resampler(pairs: _Pairs, seed: int) -> Resampler:
    clusters = pairs.users if _by(pairs) == "users" else pairs.rounds
    return Resampler(clusters, seed=derive(seed, "intervals") % 2**32)


def _notes(episodes: Sequence[Episode]) -> tuple[str, ...]:
    users = len({each.key.user for each in episodes})
    notes = [
        "Edit cost is the Levenshtein distance between draft and edited text over words and "
        "punctuation marks, a round; drafts are edited by rules, so that no model judges.",
        "The arm 'ours' drafts through the product's own prompt, the published methods through "
        "theirs; 'ours untaught' is the product without its edits, so that 'ours' beside it shows "
        "what was learned.",
        "The arm 'oracle' is the product whose memory holds the hidden style: what its drafts can "
        "come to with this model.",
    ]
    if users < _ENOUGH_USERS:
        notes.append(
            f"With {users} users intervals are over rounds: they hold for these users and say "
            "nothing about others."
        )
    if any(each.failures.get("editor") for each in episodes):
        notes.append("Some edits that a language model had to make were left unfinished: `editor`.")
    return tuple(notes)


def _slug(arm: str) -> str:
    return re.sub(r"\W+", "_", arm).strip("_").lower()
