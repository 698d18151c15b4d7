"""Whether a checkpoint ranks pairs rightly, before and after training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ...errors import InputError
from ..datasets.files import json_lines
from ..statistics import bootstrap

__all__ = ["PairScores", "PairsCompared", "compare_pairs", "load_scores"]

Row = Mapping[str, object]


class PairScores(BaseModel):
    """What a checkpoint makes of a pair.

    Attributes:
        id: Names the pair, the same over checkpoints.
        chosen: Its score of the answer that people preferred: a reward, or a log-probability.
        rejected: Its score of the other.
        ref_chosen: The log-probability of the former under the reference model, if there is one.
        ref_rejected: That of the latter.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str | int
    chosen: float = Field(allow_inf_nan=False)
    rejected: float = Field(allow_inf_nan=False)
    ref_chosen: float | None = Field(default=None, allow_inf_nan=False)
    ref_rejected: float | None = Field(default=None, allow_inf_nan=False)

    @model_validator(mode="after")
    def _both(self) -> PairScores:
        if (self.ref_chosen is None) != (self.ref_rejected is None):
            raise ValueError("give ref_chosen and ref_rejected, or neither")
        return self

    @property
    def right(self) -> bool:
        """Whether the preferred answer has the higher score; a tie is wrong."""
        return self.chosen > self.rejected

    @property
    def ref_margin(self) -> float | None:
        """How far the reference model prefers the preferred answer, in nats."""
        if self.ref_chosen is None or self.ref_rejected is None:
            return None
        return self.ref_chosen - self.ref_rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class PairsCompared:
    """What changed.

    Attributes:
        figures: Accuracies, their paired difference with its interval, counts. Pairs are hard if
            the reference ranks them wrongly or not at all (`hard_pairs`, of `with_reference`): how
            many of them came out right, and what accuracy is without them.
        rows: The pairs that changed or are hard, the hardest first.
    """

    figures: Mapping[str, float]
    rows: Sequence[Row]


def load_scores(file: Path) -> dict[str, PairScores]:
    """Scores of pairs, one JSON object a line, by the pairs' ids.

    Raises:
        InputError: The file cannot be read, a line does not fit, or an id stands twice.
    """
    found: dict[str, PairScores] = {}
    for each in json_lines(file, PairScores):
        if str(each.id) in found:
            raise InputError(f"{str(file)!r} has the id {each.id!r} twice; give each pair once")
        found[str(each.id)] = each
    if not found:
        raise InputError(f"{str(file)!r} holds no scores; give one JSON object a line")
    return found


def compare_pairs(
    before: Mapping[str, PairScores],
    after: Mapping[str, PairScores],
    *,
    beta: float = 0.1,
    seed: int = 0,
) -> PairsCompared:
    """Ranking accuracy before and after, on the pairs that both have.

    After "Preference Learning Algorithms Do Not Learn Preference Rankings" (arXiv 2405.19534):
    training by DPO ranks a pair rightly exactly when its loss falls to -log s(-beta * m), where m
    is the reference model's margin and s the logistic function. The more wrongly the reference
    ranks a pair, the lower that is, so that pairs are told by the loss that they need; the paper
    derives it for the loss at the optimum of one pair, here it is only reported.

    Args:
        before: Scores at the first checkpoint.
        after: Scores at the second.
        beta: DPO's.
        seed: Of the interval.

    Raises:
        InputError: No pair is in both.
    """
    import numpy as np

    names = [name for name in before if name in after]
    if not names:
        raise InputError("no pair is in both files; the ids of a pair must be the same in both")
    first = np.array([before[name].right for name in names], dtype=np.float64)
    second = np.array([after[name].right for name in names], dtype=np.float64)
    change = bootstrap(second - first, np.arange(len(names)), seed=seed)
    figures: dict[str, float] = {
        "pairs": float(len(names)),
        "only_in_one": float(len(before) + len(after) - 2 * len(names)),
        "accuracy_before": float(first.mean()),
        "accuracy_after": float(second.mean()),
        "change": change.mean,
        "change_low": change.low,
        "change_high": change.high,
        "fixed": float(((first == 0) & (second == 1)).sum()),
        "broken": float(((first == 1) & (second == 0)).sum()),
        "still_wrong": float(((first == 0) & (second == 0)).sum()),
        "ties_before": float(sum(before[n].chosen == before[n].rejected for n in names)),
        "ties_after": float(sum(after[n].chosen == after[n].rejected for n in names)),
        **_hard([_ref_margin(before[n], after[n]) for n in names], second.tolist()),
    }
    rows: list[Row] = []
    for name in names:
        was, now = before[name].right, after[name].right
        margin = _ref_margin(before[name], after[name])
        if was and now:
            continue
        row: dict[str, object] = {
            "pair": name,
            "was": "right" if was else "wrong",
            "is": "right" if now else "wrong",
            "tie": after[name].chosen == after[name].rejected,
            "margin": after[name].chosen - after[name].rejected,
        }
        if margin is not None:
            needed = _softplus(beta * margin)
            row |= {"ref_margin": margin, "hard": margin <= 0.0, "loss_needed": needed}
        rows.append(row)
    rows.sort(key=lambda row: (row.get("loss_needed", math.inf), row["margin"]))
    return PairsCompared(figures=figures, rows=rows)


def _hard(margins: Sequence[float | None], right: Sequence[float]) -> dict[str, float]:
    """How pairs fared that the reference ranks wrongly, and how the others did."""
    told = [(margin, was) for margin, was in zip(margins, right, strict=True) if margin is not None]
    if not told:
        return {}
    hard = [was for margin, was in told if margin <= 0.0]
    easy = [was for margin, was in told if margin > 0.0]
    found = {
        "with_reference": float(len(told)),
        "hard_pairs": float(len(hard)),
        "hard_right_after": sum(hard),
    }
    return found | ({"accuracy_after_others": sum(easy) / len(easy)} if easy else {})


def _ref_margin(before: PairScores, after: PairScores) -> float | None:
    """The reference's margin, which either file may tell."""
    return before.ref_margin if after.ref_margin is None else after.ref_margin


def _softplus(value: float) -> float:
    """-log s(-value), which no value overflows."""
    return max(value, 0.0) + math.log1p(math.exp(-abs(value)))
