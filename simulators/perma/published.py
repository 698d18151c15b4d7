"""PERMA's own multiple choices, from a path: does whoever remembers pick the answer that fits?

What differs from the paper: options are shuffled, each order drawn once, since the published ones
stand where they were generated; nobody is simulated, so that success in conversation is measured
on this project's timelines only; and memory systems are the product's and two plain ones. At the
point "zero-memory" every arm knows nothing, as there.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pydantic import create_model

from ...errors import InputError, StructuredOutputError
from ...models.likelihood import likelihood_model
from ...models.prompts import fence, render
from ...models.types import Message
from ..datasets.perma import PERMA_POINTS, PermaItem, load_perma
from ..datasets.prefeval import Said
from ..prefeval.learning import remember
from ..runner import Costs, Episode, EpisodeKey, Json, Line, Summary, Tools, derive
from ..statistics import bootstrap

if TYPE_CHECKING:
    from ...models.likelihood import LikelihoodModel

__all__ = ["PUBLISHED_ARMS", "PublishedArm", "PublishedPermaTrack"]

PublishedArm = Literal["longest option", "no memory", "full history", "raw retrieval", "ours"]
PUBLISHED_ARMS: tuple[PublishedArm, ...] = (
    "longest option",
    "no memory",
    "full history",
    "raw retrieval",
    "ours",
)
_NO_MEMORY: PublishedArm = "no memory"
_HISTORY_CHARACTERS = 16_000
_ALL = "all"


class _Picked(NamedTuple):
    """What was picked: its place among the shuffled options, None if nothing could be read."""

    place: int | None
    tokens: int


@dataclass(frozen=True, kw_only=True)
class PublishedPermaTrack:
    """One episode is one question in one arm.

    Attributes:
        data: Where PERMA is, see `load_perma`.
        variant: Which conversations, see `load_perma`.
        items: How many questions, drawn evenly over the three points; None for all.
        arms: Which arms.
        nearest: How many exchanges "raw retrieval" finds.
        seed: Of draws, orders and intervals.

    Raises:
        InputError: A number is not positive, or an arm is not known.
    """

    data: Path
    variant: str = "c"
    items: int | None = 60
    arms: tuple[str, ...] = PUBLISHED_ARMS
    nearest: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        if (self.items is not None and self.items < 1) or self.nearest < 1:
            raise InputError("items and nearest are 1 or more")
        odd = [each for each in self.arms if each not in PUBLISHED_ARMS]
        if odd or not self.arms:
            raise InputError(f"arms has {odd!r}; choose from {', '.join(PUBLISHED_ARMS)}")

    @property
    def name(self) -> str:
        """See `Track.name`."""
        return "perma"

    @property
    def baseline(self) -> str:
        """See `Track.baseline`."""
        return _NO_MEMORY

    @property
    def higher_is_better(self) -> Mapping[str, bool]:
        """See `Track.higher_is_better`."""
        points = {f"mcq_{_plain(point)}": True for point in PERMA_POINTS}
        return {"mcq": True, **points, "mcq_not_longest": True, "prompt_tokens": False}

    def config(self) -> Mapping[str, Json]:
        """See `Track.config`."""
        told = repr(tuple(self._drawn.values()))
        return {
            "data_sha256": hashlib.sha256(told.encode()).hexdigest(),
            "variant": self.variant,
            "items": len(self._drawn),
            "arms": list(self.arms),
            "nearest": self.nearest,
            "seed": self.seed,
        }

    def keys(self) -> Sequence[EpisodeKey]:
        """See `Track.keys`."""
        return [
            EpisodeKey(self.name, arm, item.user, task)
            for task, item in self._drawn.items()
            for arm in self.arms
        ]

    async def prepare(self, tools: Tools) -> None:
        """Nothing is shared: the data is read on first use."""

    async def episode(self, key: EpisodeKey, prepared: object, tools: Tools) -> Episode:
        """See `Track.episode`."""
        item = self._drawn[key.task]
        options = self._shuffled(key.task)
        if key.arm == "longest option":
            picked = _Picked(max(range(len(options)), key=lambda at: len(options[at])), 0)
            block = ""
        else:
            block = "" if item.point == "zero-memory" else await self._known(key.arm, item, tools)
            picked = await _ask(tools, item.question, options, block)
        right = picked.place is not None and options[picked.place] == item.options[item.gold]
        told = "nothing that could be read" if picked.place is None else options[picked.place]
        return Episode(
            key=key,
            measures={**_scores(item, right=right), "prompt_tokens": float(picked.tokens)},
            transcript=[
                Line(role="user", text=item.question),
                Line(role="note", text=f"picked: {told}"),
            ],
            decisions=[{"known": block, "options": list(options), "picked": picked.place}],
            costs=tools.meter.onto(Costs(turns=sum(len(s.messages) for s in item.sessions) // 2)),
            failures={"parse": 1} if picked.place is None else {},
            profile={"gold": item.options[item.gold]},
            detail={"point": item.point},
        )

    def failed(self, key: EpisodeKey, error: str) -> Episode:
        """See `Track.failed`: another option was picked."""
        item = self._drawn[key.task]
        return Episode(
            key=key,
            measures=_scores(item, right=False),
            stop="error",
            failures={"failed": 1},
            detail={"point": item.point},
            error=error,
        )

    def summarise(self, episodes: Sequence[Episode]) -> Summary:
        """See `Track.summarise`."""
        rows: list[dict[str, object]] = []
        figures: dict[str, float] = {}
        for point in (_ALL, *PERMA_POINTS):
            some = [each for each in episodes if point in (_ALL, each.detail["point"])]
            base = {each.key.task: each for each in some if each.key.arm == self.baseline}
            for arm in self.arms:
                mine = {each.key.task: each for each in some if each.key.arm == arm}
                if mine:
                    against = {} if arm == self.baseline else base
                    rows.append(_row(arm, point, mine, against, self.seed))
                    if point == _ALL:
                        figures[f"{arm.replace(' ', '_')}_mcq"] = float(str(rows[-1]["mcq"]))
        counts = sorted({len(item.options) for item in self._drawn.values()})
        chance = ", ".join(f"1 in {count}" for count in counts)
        return Summary(
            figures=figures,
            rows=rows,
            notes=(
                f"Chance is {chance}; what cannot be read is wrong. Intervals draw whole users "
                "again.",
            ),
        )

    @cached_property
    def _drawn(self) -> Mapping[str, PermaItem]:
        """Questions by what names them; one drawn from each point in turn."""
        named = {
            f"{each.user} {each.task} {each.point}": each
            for each in load_perma(self.data, variant=self.variant)
        }
        names = sorted(named, key=lambda name: derive(self.seed, "drawn", name))
        piles = [[n for n in names if named[n].point == point] for point in PERMA_POINTS]
        turns = sorted(
            (place, pile, name)
            for pile, some in enumerate(piles)
            for place, name in enumerate(some)
        )
        return {name: named[name] for _, _, name in turns[: self.items]}

    def _shuffled(self, task: str) -> tuple[str, ...]:
        options = list(self._drawn[task].options)
        random.Random(derive(self.seed, "order", task)).shuffle(options)
        return tuple(options)

    async def _known(self, arm: str, item: PermaItem, tools: Tools) -> str:
        if arm == _NO_MEMORY:
            return ""
        heard = _exchanges(item)
        if arm == "ours":
            memory = await remember(heard, item.question, tools, about=len(heard))
            return memory.block
        lines = [f"User: {each.user}\nAssistant: {each.assistant}" for each in heard]
        if arm == "raw retrieval" and lines:
            import numpy as np

            vectors = tools.embedder.embed([*lines, item.question])
            order = np.argsort(-(vectors[:-1] @ vectors[-1]), kind="stable")[: self.nearest]
            lines = [lines[place] for place in sorted(map(int, order))]
        # Where not all of it fits, the newest stays.
        text = "\n".join(lines)[-_HISTORY_CHARACTERS:]
        return fence(text, "conversations", limit=_HISTORY_CHARACTERS) if text else ""


def _exchanges(item: PermaItem) -> list[Said]:
    """Each message of the user with the reply to it."""
    found: list[Said] = []
    for session in item.sessions:
        waiting: list[str] = []
        for message in session.messages:
            if message.role == "user":
                waiting.append(message.content)
            elif waiting:
                found.append(Said("\n".join(waiting), message.content))
                waiting = []
        if waiting:
            found.append(Said("\n".join(waiting), ""))
    return found


async def _ask(tools: Tools, question: str, options: Sequence[str], block: str) -> _Picked:
    letters = [chr(ord("A") + place) for place in range(len(options))]
    asks = render(
        __package__,
        "pick",
        question=question,
        options="\n".join(f"{a}. {text}" for a, text in zip(letters, options, strict=True)),
    )
    prompt = [
        Message(role="system", content=render(__package__, "system")),
        Message(role="user", content=f"{block}\n\n{asks}" if block else asks),
    ]
    tokens = tools.chat.count_tokens("\n".join(each.content for each in prompt))
    told = likelihood_model(tools.chat)
    if told is not None:
        return _Picked(await _likeliest(told, prompt, letters), tokens)
    one_of: Any = Literal[tuple(letters)]
    try:
        answer, _ = await tools.chat.structured(
            prompt, create_model("Choice", choice=(one_of, ...)), max_tokens=16
        )
    except StructuredOutputError:
        return _Picked(None, tokens)
    return _Picked(letters.index(answer.model_dump()["choice"]), tokens)


async def _likeliest(
    model: LikelihoodModel, prompt: Sequence[Message], letters: Sequence[str]
) -> int:
    unfinished = [*prompt, Message(role="assistant", content="")]
    told = [(await model.log_likelihood(unfinished, each)).log_probability for each in letters]
    return max(range(len(letters)), key=told.__getitem__)


def _scores(item: PermaItem, *, right: bool) -> dict[str, float | None]:
    longest = max(map(len, item.options)) == len(item.options[item.gold])
    return {
        "mcq": float(right),
        **{
            f"mcq_{_plain(point)}": float(right) if point == item.point else None
            for point in PERMA_POINTS
        },
        "mcq_not_longest": None if longest else float(right),
    }


def _row(
    arm: str,
    point: str,
    mine: Mapping[str, Episode],
    base: Mapping[str, Episode],
    seed: int,
) -> dict[str, object]:
    row: dict[str, object] = {"arm": arm, "point": point, "n": len(mine)}
    for measure in ("mcq", "mcq_not_longest"):
        values = {t: v for t, each in mine.items() if (v := each.measures[measure]) is not None}
        row[f"{measure}_n"] = len(values)
        row |= _told(measure, values, mine, seed)
        gains = {
            t: v - other for t, v in values.items() if (other := _of(base, t, measure)) is not None
        }
        row |= _told(f"{measure}_gain", gains, mine, seed)
    held = mine.values()
    return row | {
        "prompt_tokens": sum(each.costs.prompt_tokens for each in held),
        "llm_calls": sum(each.costs.llm_calls for each in held),
        "seconds": sum(each.costs.seconds for each in held),
        "parse_failures": sum(each.failures.get("parse", 0) for each in held),
        "failed": sum(each.error is not None for each in held),
    }


def _of(episodes: Mapping[str, Episode], task: str, measure: str) -> float | None:
    return episodes[task].measures[measure] if task in episodes else None


def _told(
    name: str, values: Mapping[str, float], episodes: Mapping[str, Episode], seed: int
) -> dict[str, object]:
    import numpy as np

    if not values:
        return {}
    users = [episodes[task].key.user for task in values]
    number = {user: at for at, user in enumerate(sorted(set(users)))}
    clusters = np.array([number[user] for user in users], dtype=np.int64)
    found = bootstrap(np.array(list(values.values())), clusters, seed=seed)
    return {name: found.mean, f"{name}_low": found.low, f"{name}_high": found.high}


def _plain(point: str) -> str:
    return point.replace("-", "_")
