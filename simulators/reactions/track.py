"""Precision and recall of what is read into messages, by rules, embedder and follow-ups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ...models.types import Usage
from ...policies.feedback import ReactionLabel, ReactionStages
from ..statistics import bootstrap
from .table import LABELS, Part, ReactionCase, load_reactions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...models.likelihood import LikelihoodModel
    from ...models.types import Embedder

__all__ = ["ReactionsMeasured", "measure_reactions"]

_RULES, _EMBEDDER, _FOLLOW_UPS = "rules", "rules + embedder", "rules + embedder + follow-ups"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionsMeasured:
    """The outcome.

    Attributes:
        figures: By name: precision and recall of each stage and label, and what they rest on.
        rows: One for each stage and label with intervals, one for all labels of a stage, then one
            for each message.
    """

    figures: Mapping[str, float]
    rows: Sequence[Mapping[str, object]]


class _Read(NamedTuple):
    """What the stages made of one message."""

    case: ReactionCase
    rules: ReactionLabel | None
    embedder: ReactionLabel | None
    follow_ups: ReactionLabel | None
    reward: float | None

    def by(self, stage: str) -> ReactionLabel | None:
        told = {_RULES: self.rules, _EMBEDDER: self.embedder, _FOLLOW_UPS: self.follow_ups}
        return told[stage]


async def measure_reactions(
    embedder: Embedder,
    model: LikelihoodModel | None = None,
    *,
    part: Part = "held_out",
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> ReactionsMeasured:
    """Has each stage read the messages, each asked only where those before it decide nothing.

    Precision is the share of a label's readings that are right, recall that of its messages which
    are read so; where a stage decides nothing, that is no reading. Intervals draw whole contexts
    (a request, its reply and all messages after it) again.

    Args:
        embedder: For the second stage.
        model: Tells the likelihoods of the third; without one it is left out.
        part: Which messages.
        seed: Of the intervals.
        progress: Told what is under way.

    Raises:
        ModelError: A model cannot be loaded or run.
    """
    rules, both = ReactionStages(None), ReactionStages(embedder)
    cases = load_reactions(part)
    found: list[_Read] = []
    usage = Usage(calls=0)
    for number, case in enumerate(cases, 1):
        first = rules.quick(case.message, request=case.request, reply=case.reply).label
        second = both.quick(case.message, request=case.request, reply=case.reply).label
        third, reward = second, None
        if second is None and model is not None:
            likely = await both.likely(model, case.message, request=case.request, reply=case.reply)
            third, reward, usage = likely.label, likely.reward, usage + likely.usage
            if progress is not None:
                progress(f"message {number} of {len(cases)}")
        found.append(_Read(case, first, second, third, reward))
    stages = (_RULES, _EMBEDDER) if model is None else (_RULES, _EMBEDDER, _FOLLOW_UPS)
    rows = [_row(found, stage, label, seed) for stage in stages for label in LABELS]
    rows += [_overall(found, stage, seed) for stage in stages]
    return ReactionsMeasured(
        figures=_figures(found, stages, usage), rows=[*rows, *map(_message, found)]
    )


def _row(found: Sequence[_Read], stage: str, label: ReactionLabel, seed: int) -> dict[str, object]:
    read = [each for each in found if each.by(stage) == label]
    there = [each for each in found if each.case.label == label]
    row: dict[str, object] = {"stage": stage, "label": label}
    for name, group, hit in (
        ("precision", read, [each.case.label == label for each in read]),
        ("recall", there, [each.by(stage) == label for each in there]),
    ):
        row |= {name: _ratio(hit), f"{name}_of": len(group)}
        row |= _interval(name, hit, group, seed)
    return row


def _overall(found: Sequence[_Read], stage: str, seed: int) -> dict[str, object]:
    decided = [each for each in found if each.by(stage) is not None]
    hit = [each.by(stage) == each.case.label for each in decided]
    row: dict[str, object] = {"stage": stage, "label": "all decided"}
    row |= {"precision": _ratio(hit), "precision_of": len(decided)}
    row |= _interval("precision", hit, decided, seed)
    got = [each.by(stage) == each.case.label for each in found]
    row |= {"recall": _ratio(got), "recall_of": len(found)}
    return row | _interval("recall", got, found, seed)


def _ratio(hits: Sequence[bool]) -> float | None:
    return sum(hits) / len(hits) if hits else None


def _interval(
    name: str, hits: Sequence[bool], group: Sequence[_Read], seed: int
) -> dict[str, object]:
    import numpy as np

    if not hits:
        return {f"{name}_low": None, f"{name}_high": None}
    clusters = np.array([each.case.context for each in group])
    found = bootstrap(np.array(hits, dtype=float), clusters, seed=seed)
    return {f"{name}_low": found.low, f"{name}_high": found.high}


def _figures(found: Sequence[_Read], stages: Sequence[str], usage: Usage) -> dict[str, float]:
    figures: dict[str, float] = {"messages": float(len(found))}
    for stage in stages:
        short = stage.rsplit(" + ", maxsplit=1)[-1].replace("-", "_")
        undecided = sum(each.by(stage) is None for each in found)
        figures[f"{short}_undecided"] = float(undecided)
        for label in LABELS:
            read = [each for each in found if each.by(stage) == label]
            there = [each for each in found if each.case.label == label]
            right = sum(each.case.label == label for each in read)
            if read:
                figures[f"{short}_{label}_precision"] = right / len(read)
            figures[f"{short}_{label}_recall"] = right / len(there)
    scored = [each for each in found if each.reward is not None]
    if scored:
        figures["follow_ups_scored"] = float(len(scored))
        figures["follow_ups_s"] = usage.seconds / len(scored)
        auc = _auc(scored)
        if auc is not None:
            figures["follow_ups_auc"] = auc
    return figures


def _auc(scored: Sequence[_Read]) -> float | None:
    """How often a satisfied message has the higher score than a dissatisfied one."""
    import numpy as np

    def rewards(label: ReactionLabel) -> NDArray[np.float64]:
        return np.array([each.reward for each in scored if each.case.label == label], dtype=float)

    pleased, displeased = rewards("satisfied"), rewards("dissatisfied")
    if not len(pleased) or not len(displeased):
        return None
    gaps = pleased[:, None] - displeased[None, :]
    return float((gaps > 0).mean() + 0.5 * (gaps == 0).mean())


def _message(read: _Read) -> dict[str, object]:
    return {
        "message": read.case.message,
        "label": read.case.label,
        "rules": read.rules,
        "embedder": read.embedder,
        "follow_ups": read.follow_ups,
        "reward": read.reward,
    }
