"""Whether memory finds the preference that a question is about, among others of the same person.

PrefEval (arXiv 2502.09597) asks how well a preference is retrieved from a long conversation. Here
one person has stated a preference on each of the data's topics, or ten on one of them, and the
question of each must find its own: at the first place (R@1), or among the first five (R@5). No chat
model is needed: messages are read by rules, as where none is installed, and a preference that was
not learned, or that another one superseded, cannot be found.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from ...errors import InputError, NoChatModelError
from ...models.passing import RehearsedChatModel
from ..runner.episodes import Costs, Episode, EpisodeKey, Json
from ..runner.tools import Tools
from ..runner.tracks import Summary
from ..statistics import bootstrap
from .items import FORMS, Form, conversation, fingerprint, grouped

if TYPE_CHECKING:
    from ...agent.workspace import Workspace
    from ...memory import Memory
    from ..datasets.prefeval import PrefEvalItem
    from ..statistics import Interval

__all__ = ["RECALL_ARMS", "RecallTrack"]

RecallArm: TypeAlias = Literal["ours", "ours, as stated", "raw turns", "random"]
_OURS: RecallArm = "ours"
_STATED: RecallArm = "ours, as stated"
_RAW: RecallArm = "raw turns"
_RANDOM: RecallArm = "random"
RECALL_ARMS: tuple[RecallArm, ...] = (_OURS, _STATED, _RAW, _RANDOM)
"""What was read and learned; the data's sentence stored as it is; the nearest messages; chance."""

_AMONG = "among topics"
_WITHIN = "within a topic"
_FEW, _MORE = 1, 5
_USER = "someone"


class _Found(NamedTuple):
    """Where each question's preference was found: places from 0, None where it was not."""

    places: tuple[int | None, ...]
    learned: tuple[bool, ...]


@dataclass(frozen=True, kw_only=True)
class RecallTrack:
    """See the module; a user is a group of PrefEval's items, taken for one person's.

    Attributes:
        data: Where the data is, see `load_prefeval`.
        seed: Of who is put together.
        form: How the preferences come up; "ours, as stated" has them as the data states them.
        within: How many of one topic make a group.
        groups: At most so many groups of each kind and topic; None takes all that there are.
        arms: What is searched.
    """

    data: Path
    seed: int = 0
    form: Form = "explicit"
    within: int = 10
    groups: int | None = None
    arms: tuple[RecallArm, ...] = RECALL_ARMS

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise InputError(f"form is {self.form!r}; give one of {', '.join(FORMS)}")
        wrong = [each for each in self.arms if each not in RECALL_ARMS]
        if wrong or not self.arms:
            raise InputError(f"arms has {wrong!r}; give one or more of {'; '.join(RECALL_ARMS)}")
        if self.within < 2 or (self.groups is not None and self.groups < 1):
            raise InputError(
                f"within is {self.within!r} and groups {self.groups!r}; give at least 2 and 1"
            )

    @property
    def name(self) -> str:
        """See `Track.name`."""
        return "prefeval_recall"

    @property
    def baseline(self) -> str:
        """See `Track.baseline`."""
        return _RAW

    @property
    def higher_is_better(self) -> Mapping[str, bool]:
        """See `Track.higher_is_better`."""
        return {"recall_1": True, "recall_5": True, "learned": True}

    def config(self) -> Mapping[str, Json]:
        """See `Track.config`."""
        return {
            "track": self.name,
            "seed": self.seed,
            "form": self.form,
            "within": self.within,
            "groups": self.groups,
            "arms": list(self.arms),
            "data_sha256": fingerprint(self.data),
        }

    def keys(self) -> Sequence[EpisodeKey]:
        """See `Track.keys`."""
        return [
            EpisodeKey(self.name, arm, group, _AMONG if group.startswith("topics ") else _WITHIN)
            for group in self._groups
            for arm in self.arms
        ]

    async def prepare(self, tools: Tools) -> None:
        """Nothing is shared: items are read on first use."""

    async def episode(self, key: EpisodeKey, prepared: None, tools: Tools) -> Episode:
        """Says a group's preferences, then asks each question; see `Track.episode`."""
        items = self._groups[key.user]
        found: _Found | None = None
        match key.arm:
            case "ours":
                found = await _learned(items, self.form, tools)
            case "ours, as stated":
                found = await _stated(items, tools)
            case "raw turns":
                found = _nearest(items, self.form, tools)
        return Episode(
            key=key,
            measures=_measures(items, found),
            costs=tools.meter.onto(Costs(turns=len(items))),
            detail={
                "items": [each.id for each in items],
                "places": None if found is None else list(found.places),
            },
        )

    def failed(self, key: EpisodeKey, error: str) -> Episode:
        """Counts as nothing found; see `Track.failed`."""
        items = self._groups[key.user]
        nothing = _Found((None,) * len(items), (False,) * len(items))
        return Episode(
            key=key,
            measures=_measures(items, nothing),
            stop="error",
            detail={
                "items": [each.id for each in items],
                "places": list(nothing.places),
            },
            error=error,
        )

    def summarise(self, episodes: Sequence[Episode]) -> Summary:
        """See `Track.summarise`: over questions, with intervals over groups."""
        rows: list[dict[str, object]] = []
        figures: dict[str, float] = {}
        for task in (_AMONG, _WITHIN):
            by_arm = {
                arm: {e.key.user: e for e in episodes if (e.key.arm, e.key.task) == (arm, task)}
                for arm in self.arms
            }
            for arm, found in by_arm.items():
                if not found:
                    continue
                row = _row(task, arm, found, by_arm.get(_RAW, {}), seed=self.seed)
                rows.append(row)
                for measure in ("recall_1", "recall_5"):
                    value = row[measure]
                    assert isinstance(value, float)
                    name = f"{arm} {task} {measure}".replace(",", "").replace(" ", "_")
                    figures[name] = value
        topics = len({item.topic for items in self._groups.values() for item in items})
        notes = [
            f"Among topics: one preference on each of the data's {topics} topics; within a topic: "
            f"{self.within} on one. Items of one group are taken for one person's, who may then "
            "contradict themselves."
        ]
        return Summary(figures=figures, rows=rows, notes=notes)

    @cached_property
    def _groups(self) -> Mapping[str, tuple[PrefEvalItem, ...]]:
        found = grouped(self.data, seed=self.seed, within=self.within)
        most = self.groups
        return {
            name: items
            for name, items in found.items()
            if (most is None or int(name.rsplit(maxsplit=1)[1]) < most)
            and all(conversation(item, self.form) for item in items)
        }


def _measures(items: Sequence[PrefEvalItem], found: _Found | None) -> dict[str, float | None]:
    count = len(items)
    if found is None:
        return {"recall_1": _FEW / count, "recall_5": min(1.0, _MORE / count), "learned": None}

    def share(most: int) -> float:
        return sum(place is not None and place < most for place in found.places) / count

    return {
        "recall_1": share(_FEW),
        "recall_5": share(_MORE),
        "learned": sum(found.learned) / count,
    }


def _row(
    task: str,
    arm: str,
    found: Mapping[str, Episode],
    baseline: Mapping[str, Episode],
    *,
    seed: int,
) -> dict[str, object]:
    def size(episode: Episode) -> int:
        items = episode.detail["items"]
        assert isinstance(items, list | tuple)
        return len(items)

    row: dict[str, object] = {
        "task": task,
        "arm": arm,
        "n": sum(map(size, found.values())),
        "groups": len(found),
        "failed": sum(each.error is not None for each in found.values()),
    }
    for measure in ("recall_1", "recall_5"):
        values = {user: each.measures[measure] or 0.0 for user, each in found.items()}
        row |= _spread(measure, _interval(list(values.values()), seed))
        pairs = [
            value - (baseline[user].measures[measure] or 0.0)
            for user, value in values.items()
            if user in baseline
        ]
        if arm != _RAW and pairs:
            row |= _spread(f"{measure}_gain", _interval(pairs, seed))
    learned = [each.measures["learned"] for each in found.values()]
    told = [each for each in learned if each is not None]
    row["learned"] = sum(told) / len(told) if told else None
    row["seconds"] = sum(each.costs.seconds for each in found.values())
    return row


def _spread(name: str, interval: Interval) -> dict[str, object]:
    return {name: interval.mean, f"{name}_low": interval.low, f"{name}_high": interval.high}


def _interval(values: Sequence[float], seed: int) -> Interval:
    import numpy as np

    # Groups of one kind have equally many questions, so that their means weigh the same.
    return bootstrap(np.array(values, dtype=np.float64), np.arange(len(values)), seed=seed)


def _nearest(items: Sequence[PrefEvalItem], form: Form, tools: Tools) -> _Found:
    """The user's messages, by the embedder's cosine."""
    import numpy as np

    told = [
        (owner, each.user) for owner, item in enumerate(items) for each in conversation(item, form)
    ]
    vectors = tools.embedder.embed([*(text for _, text in told), *(i.question for i in items)])
    similarity = vectors[len(told) :] @ vectors[: len(told)].T
    places: list[int | None] = []
    for number in range(len(items)):
        order = np.argsort(-similarity[number], kind="stable").tolist()
        places.append(next(at for at, place in enumerate(order) if told[place][0] == number))
    return _Found(tuple(places), (True,) * len(items))


async def _stated(items: Sequence[PrefEvalItem], tools: Tools) -> _Found:
    with _open(tools) as opened:
        memory = opened.workspace.memory
        owners: dict[str, set[int]] = {}
        for number, item in enumerate(items):
            owners.setdefault(memory.add(_USER, item.preference).id, set()).add(number)
        live = {each.id for each in memory.get_all(_USER)}
        return _searched(memory, items, {id_: owners[id_] for id_ in live & set(owners)})


async def _learned(items: Sequence[PrefEvalItem], form: Form, tools: Tools) -> _Found:
    """Says everything to an agent without a chat model; contradictions hold both."""
    from ...agent.agent import Agent

    turns: dict[str, set[int]] = {}
    with _open(tools) as opened:
        async with Agent(_USER, workspace=opened.workspace) as agent:
            for number, item in enumerate(items):
                for each in conversation(item, form):
                    turns.setdefault(each.user.strip(), set()).add(number)
                    opened.chat.reply = each.assistant or "…"
                    reply = await agent.asend(each.user)
                    while reply.conflict is not None:
                        reply = await agent.aresolve(reply.conflict, "both")
            await agent.alearned()
            said = {
                each.id: turns.get(getattr(each.observation, "text", "").strip(), set())
                for each in await agent.memory.aevidence()
            }
            owners = {
                each.id: set().union(*(said.get(one, set()) for one in each.evidence_ids))
                for each in await agent.memory.aget_all()
            }
        return _searched(opened.workspace.memory, items, owners)


def _searched(
    memory: Memory, items: Sequence[PrefEvalItem], owners: Mapping[str, set[int]]
) -> _Found:
    """Where memory's search finds what belongs to each question."""
    places: list[int | None] = []
    for number, item in enumerate(items):
        found = memory.search(_USER, item.question, limit=_MORE)
        places.append(
            next(
                (
                    place
                    for place, each in enumerate(found)
                    if number in owners.get(each.preference.id, ())
                ),
                None,
            )
        )
    known = set().union(*owners.values())
    return _Found(tuple(places), tuple(number in known for number in range(len(items))))


class _Opened(NamedTuple):
    workspace: Workspace
    chat: RehearsedChatModel


@contextmanager
def _open(tools: Tools) -> Iterator[_Opened]:
    """A home that is thrown away, in which replies are those of the data."""
    from ...agent.workspace import MissingChat, Workspace

    none = NoChatModelError("finding memories again takes no chat model")
    chat = RehearsedChatModel(MissingChat("rehearsed", none))
    with tempfile.TemporaryDirectory(prefix="penchant-", ignore_cleanup_errors=True) as home:
        settings = tools.settings.model_copy(
            update={
                "home": Path(home),
                "database_url": None,
                "index_url": None,
                "drafts": 1,
                "questions_per_session": 0,
            }
        )
        workspace = Workspace(settings, chat=chat, embedder=tools.embedder)
        try:
            yield _Opened(workspace, chat)
        finally:
            workspace.close()
