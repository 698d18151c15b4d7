"""The perma track: preferences that emerge and change over sessions, with distractions between.

After PERMA ("Event-Driven Preference and Realistic Task Environments"): memory is asked before
anything was said, in the session after, later, and once a preference has changed, by multiple
choice and by open requests whose user says once what was wrong. What differs: timelines of this
project's own, written so that each multiple choice has an option that fits what held before the
change; replies checked by patterns in the place of a judge; and, besides, what memory holds after
each session set against what is true then, which needs no chat model. Numbers compare within a run
and not with the paper's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from ...errors import InputError
from ..runner.episodes import Costs, Episode, EpisodeKey, Json
from ..runner.seeds import derive
from ..runner.tracks import Summary
from ..tasks.timelines import load_timelines
from ..tasks.timelines.truth import POINTS
from ..tasks.timelines.types import Timeline
from .arms import ALONE, ARMS, Arm
from .asking import ORDERS, ReadBy
from .holding import Held, Recipe, floor_of
from .outcomes import items_of, means
from .state import MEASURES
from .summary import summarise

if TYPE_CHECKING:
    from ..runner.tools import Tools

__all__ = ["PermaTrack"]

_POINTS = tuple(point.replace("-", "_") for point in POINTS)
_MEASURES: Mapping[str, bool] = {
    "mcq": True,
    **{f"mcq_{point}": True for point in _POINTS},
    "stale_use": False,
    "turn_1": True,
    "turn_2": True,
    **{f"{turn}_{point}": True for turn in ("turn_1", "turn_2") for point in _POINTS},
    "stale_reply": False,
    "recall_1": True,
    "recall_5": True,
    "prompt_tokens": False,
    **MEASURES,
}
_ASIDE = 1 / 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PermaTrack:
    """The track's parameters.

    Attributes:
        seed: Of replies and intervals.
        arms: Which are asked something; none leaves what needs no chat model.
        timelines: On how many timelines they are; a third of them from those set aside.
        path: A file or folder of other timelines.
        orders: In how many orders letters are put: 1, 2 or 4.
        read_by: How a multiple choice is told: by how likely the options' text is ("text"), where
            the model tells that, or by letters.
        nearest: How many turns "raw retrieval" finds.
        reply_tokens: Most tokens of a reply.
        open_requests: Whether open requests are made, too.
    """

    seed: int = 0
    arms: tuple[Arm, ...] = ARMS
    timelines: int = 10
    path: Path | None = None
    orders: int = 2
    read_by: ReadBy = "text"
    nearest: int = 5
    reply_tokens: int = 120
    open_requests: bool = True

    def __post_init__(self) -> None:
        if self.orders not in ORDERS:
            raise InputError(f"orders is {self.orders!r}; give one of {sorted(ORDERS)}")
        if self.read_by not in get_args(ReadBy):
            raise InputError(
                f"read_by is {self.read_by!r}; give one of {', '.join(get_args(ReadBy))}"
            )
        if self.timelines < 0 or self.nearest < 1 or self.reply_tokens < 1:
            raise InputError("timelines is 0 or more, nearest and reply_tokens are 1 or more")
        unknown = set(self.arms) - set(ARMS)
        if unknown:
            raise InputError(f"no such arms: {sorted(unknown)}; there are {list(ARMS)}")

    @property
    def name(self) -> str:
        """See `Track.name`."""
        return "perma"

    @property
    def baseline(self) -> str:
        """See `Track.baseline`."""
        return "no memory"

    @property
    def higher_is_better(self) -> Mapping[str, bool]:
        """See `Track.higher_is_better`."""
        return _MEASURES

    def config(self) -> Mapping[str, Json]:
        """See `Track.config`."""
        told = "\n".join(repr(each) for each in self._all())
        return {
            "seed": self.seed,
            "arms": list(self.arms),
            "timelines": [each.name for each in self._asked()],
            "timelines_sha256": hashlib.sha256(told.encode()).hexdigest(),
            "orders": self.orders,
            "read_by": self.read_by,
            "nearest": self.nearest,
            "reply_tokens": self.reply_tokens,
            "open_requests": self.open_requests,
        }

    @property
    def _recipe(self) -> Recipe:
        return Recipe(
            orders=self.orders,
            read_by=self.read_by,
            nearest=self.nearest,
            reply_tokens=self.reply_tokens,
            open_requests=self.open_requests,
        )

    def _all(self) -> tuple[Timeline, ...]:
        return load_timelines(self.path)

    def _asked(self) -> list[Timeline]:
        """The timelines on which something is asked: the same ones whatever the seed."""
        parts: dict[str, list[Timeline]] = {"open": [], "aside": []}
        for each in sorted(self._all(), key=lambda timeline: derive(0, timeline.name)):
            parts[each.part].append(each)
        aside = min(len(parts["aside"]), round(self.timelines * _ASIDE))
        return [*parts["aside"][:aside], *parts["open"]][: self.timelines]

    def keys(self) -> Sequence[EpisodeKey]:
        """See `Track.keys`: what needs no chat model first, then timeline by timeline."""
        alone = [self._key(ALONE, each) for each in self._all()]
        return alone + [self._key(arm, each) for each in self._asked() for arm in self.arms]

    def _key(self, arm: Arm, timeline: Timeline) -> EpisodeKey:
        return EpisodeKey(self.name, arm, timeline.user, timeline.name)

    async def prepare(self, tools: Tools) -> Mapping[str, Timeline]:
        """See `Track.prepare`."""
        return {each.name: each for each in self._all()}

    async def episode(
        self, key: EpisodeKey, prepared: Mapping[str, Timeline], tools: Tools
    ) -> Episode:
        """See `Track.episode`."""
        timeline = prepared[key.task]
        held = Held(recipe=self._recipe, arm=key.arm, timeline=timeline, tools=tools)
        await held.hold()
        return Episode(
            key=key,
            measures=means(held.items, _MEASURES),
            transcript=held.lived.transcript,
            disclosures=held.user.log,
            decisions=held.decisions,
            costs=tools.meter.onto(
                Costs(
                    questions=held.user.questions,
                    turns=sum(line.role == "user" for line in held.lived.transcript),
                    words_read=sum(
                        len(line.text.split())
                        for line in held.lived.transcript
                        if line.role == "assistant"
                    ),
                    words_written=held.user.words,
                )
            ),
            failures={"parse": held.unread} if held.unread else {},
            profile={f"{each.key}/{each.value}": each.says for each in timeline.tastes},
            detail={
                "items": items_of(held.items),
                "part": timeline.part,
                "learned": list(held.lived.learned),
                "only_added": items_of(held.only_added),
            },
        )

    def failed(self, key: EpisodeKey, error: str) -> Episode:
        """See `Track.failed`."""
        timeline = next(each for each in self._all() if each.name == key.task)
        items = floor_of(self._recipe, key.arm, timeline)
        return Episode(
            key=key,
            measures=means(items, _MEASURES),
            stop="error",
            detail={"items": items_of(items), "part": timeline.part},
            error=error,
        )

    def summarise(self, episodes: Sequence[Episode]) -> Summary:
        """See `Track.summarise`."""
        return summarise(episodes, measures=_MEASURES, seed=self.seed)
