"""How far a judge agrees with people whose taste is known, and which way it leans."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from ..errors import InputError
from ..models.types import Usage
from ..policies.judge import Judgement, Points, ProfileJudge, tally
from .datasets import TasteItem, load_tastes
from .datasets.sources import missing
from .statistics import bootstrap

if TYPE_CHECKING:
    from ..models.types import ChatModel

__all__ = ["Judged", "measure_judge"]

_TASTES = "psoups"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The outcome.

    Attributes:
        figures: Over all items, by name.
        rows: One for all and one a file, with intervals, then one an item.
    """

    figures: Mapping[str, float]
    rows: Sequence[Mapping[str, object]]


class _Case(NamedTuple):
    """What became of one pair, of which text a or b is the preferred one."""

    file: str
    item: TasteItem
    judgement: Judgement
    points: tuple[Points, Points]
    truth: Literal["a", "b"]

    @property
    def paired(self) -> float:
        """1 where both orders agree on the preferred one."""
        return float(self.judgement.better == self.truth)

    @property
    def pointed(self) -> float:
        """1 where the preferred one has more points."""
        a, b = (each.value for each in self.points)
        if a is None or b is None:
            return 0.0
        return float(a > b if self.truth == "a" else b > a)

    @property
    def longer(self) -> float:
        """1 where the preferred one is longer."""
        return float(len(self.item.pair.chosen) > len(self.item.pair.rejected))

    @property
    def usage(self) -> Usage:
        """What judging it cost."""
        return self.judgement.usage + self.points[0].usage + self.points[1].usage


async def measure_judge(
    data: Path,
    chat: ChatModel,
    *,
    items: int = 30,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Judged:
    """Has a judge, told the taste in words, judge pairs that a person of that taste judged.

    In four calls a pair: both orders, and points for each text by itself. Which of the two is the
    preferred one is drawn by lot, half and half. Failures and ties are wrong. Beside the judge: the
    longer answer of each pair, without a look at anything else.

    Args:
        data: A directory with the folder psoups, read as `load_tastes` does.
        chat: The judge.
        items: How many of each file, at most.
        seed: Of the draw.
        progress: Told what is under way.

    Raises:
        InputError: There are no such files, or `items` is below 1.
    """
    import numpy as np

    tastes = load_tastes(data / _TASTES)
    if not tastes:
        raise missing(data, "psoups")
    if items < 1:
        raise InputError(f"items is {items!r}; give 1 or more")
    cases: list[_Case] = []
    for taste in tastes:
        rng = np.random.default_rng(seed)
        chosen = rng.permutation(len(taste.items))[:items].tolist()
        swapped = (rng.permutation(len(chosen)) % 2 == 1).tolist()
        for number, (place, swap) in enumerate(zip(chosen, swapped, strict=True), 1):
            item = taste.items[place]
            judge = ProfileJudge(chat, f"## Style\n- {item.taste}", seed=seed)
            sides = (item.pair.chosen, item.pair.rejected)
            a, b = sides[::-1] if swap else sides
            judgement = await judge.compare(item.pair.prompt, a, b)
            points = (
                await judge.points(item.pair.prompt, a),
                await judge.points(item.pair.prompt, b),
            )
            cases.append(_Case(taste.name, item, judgement, points, "b" if swap else "a"))
            if progress is not None:
                progress(f"{taste.name}: {number} of {len(chosen)}")
    rows = [
        _summary(taste.name, [case for case in cases if case.file == taste.name], seed)
        for taste in tastes
    ]
    if len(tastes) > 1:
        rows.insert(0, _summary("all", cases, seed))
    return Judged(figures=_figures(cases), rows=[*rows, *map(_row, cases)])


def _figures(cases: Sequence[_Case]) -> dict[str, float]:
    found = tally([case.judgement for case in cases], [case.truth for case in cases])
    usages = [case.usage for case in cases]
    calls = sum(each.calls for each in usages)
    figures = {
        "judge_agreement": found.agreement,
        "judge_agreement_decided": found.agreement_decided,
        "judge_first_share": found.first_share,
        "judge_failed": float(found.failed),
        "judge_ties": float(found.ties),
        "points_agreement": sum(case.pointed for case in cases) / len(cases),
        "points_failed": float(sum(_unpointed(case) for case in cases)),
        "points_ties": float(sum(_even(case) for case in cases)),
        "longest_agreement": sum(case.longer for case in cases) / len(cases),
        "judge_calls": float(calls),
        "judge_call_s": sum(each.seconds for each in usages) / max(calls, 1),
    }
    return {name: value for name, value in figures.items() if value is not None}


def _unpointed(case: _Case) -> bool:
    return any(each.value is None for each in case.points)


def _even(case: _Case) -> bool:
    return not _unpointed(case) and case.points[0].value == case.points[1].value


def _summary(file: str, cases: Sequence[_Case], seed: int) -> dict[str, object]:
    import numpy as np

    row: dict[str, object] = {"file": file, "n": len(cases)}
    for name, hits in (
        ("agreement", [case.paired for case in cases]),
        ("points agreement", [case.pointed for case in cases]),
        ("longer answer", [case.longer for case in cases]),
    ):
        interval = bootstrap(np.array(hits), np.arange(len(hits)), seed=seed)
        row |= {name: interval.mean, f"{name}_low": interval.low, f"{name}_high": interval.high}
    found = tally([case.judgement for case in cases], [case.truth for case in cases])
    return row | {
        "agreement_decided": found.agreement_decided,
        "failed": found.failed,
        "ties": found.ties,
        "contradicted": found.contradicted,
        "first_share": found.first_share,
    }


def _row(case: _Case) -> dict[str, object]:
    return {
        "file": case.file,
        "prompt": case.item.pair.prompt[:80],
        "truth": case.truth,
        "better": case.judgement.better,
        "shown_ab": case.judgement.shown_ab,
        "shown_ba": case.judgement.shown_ba,
        "reasons": list(case.judgement.reasons),
        "points": [each.value for each in case.points],
    }
