"""The prefeval track: is a preference recalled and followed, however it came up, turns later?

After "Do LLMs Recognize Your Preferences? Evaluating Personalized Preference Following in LLMs"
(PrefEval, arXiv 2502.09597), its classification task: four options, one of which follows the
preference. Theirs puts thousands of distracting turns before a large model; here the exchanges
between are short and our own, so that a small model on two cores gets through, and memory is asked
in a session of its own. The floors show what the options give away by themselves: numbers compare
within a run and not with the paper's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import InputError
from ..runner.episodes import Costs, Episode, EpisodeKey, Json, Line
from ..runner.seeds import derive
from ..runner.tools import Tools
from ..runner.tracks import Summary
from .arms import (
    ARMS,
    LONGEST,
    NO_MEMORY,
    RANDOM,
    SAID,
    Arm,
    retrieve,
    with_exchanges,
    with_history,
    with_known,
    with_options_only,
    with_preference,
)
from .choosing import Choice, choose, reader_of
from .items import FORMS, Asked, Form, conversation, distractors, fingerprint, sample
from .learning import remember
from .outcomes import summarise

if TYPE_CHECKING:
    from ...models.types import Message
    from ..datasets.prefeval import Said

__all__ = ["PrefEvalTrack"]

_ANY = "any form"


@dataclass(frozen=True, kw_only=True)
class PrefEvalTrack:
    """See the module; the users are PrefEval's items.

    Attributes:
        data: Where the data is, see `load_prefeval`.
        seed: Of the items drawn, the options' order and the turns between.
        items: How many items.
        turns: How many exchanges stand between preference and question.
        forms: How the preference comes up.
        arms: What is put before the model. Those of `SAID` are held for each form and number of
            turns, the others once for each item.
    """

    data: Path
    seed: int = 0
    items: int = 40
    turns: tuple[int, ...] = (0, 10)
    forms: tuple[Form, ...] = FORMS
    arms: tuple[Arm, ...] = ARMS

    def __post_init__(self) -> None:
        for name, given, known in (("forms", self.forms, FORMS), ("arms", self.arms, ARMS)):
            wrong = [each for each in given if each not in known]
            if wrong or not given:
                raise InputError(f"{name} has {wrong!r}; give one or more of {', '.join(known)}")
        for count in self.turns:
            distractors(count, seed=0)

    @property
    def name(self) -> str:
        """See `Track.name`."""
        return "prefeval"

    @property
    def baseline(self) -> str:
        """See `Track.baseline`."""
        return NO_MEMORY

    @property
    def higher_is_better(self) -> Mapping[str, bool]:
        """See `Track.higher_is_better`."""
        return {
            "accuracy": True,
            "accuracy_not_longest": True,
            "recalled": True,
            "prompt_tokens": False,
        }

    def config(self) -> Mapping[str, Json]:
        """See `Track.config`."""
        return {
            "track": self.name,
            "seed": self.seed,
            "items": self.items,
            "turns": list(self.turns),
            "forms": list(self.forms),
            "arms": list(self.arms),
            "data_sha256": fingerprint(self.data),
        }

    def keys(self) -> Sequence[EpisodeKey]:
        """Form by form, the longest last; in each, prompts that begin alike follow one another."""
        keys = []
        for form in self.forms:
            for user in self._asked:
                for arm in self.arms:
                    if arm in SAID:
                        tasks = [_task(form, count) for count in sorted(self.turns)]
                    else:
                        tasks = [_ANY] if form == self.forms[0] else []
                    keys += [EpisodeKey(self.name, arm, user, task) for task in tasks]
        return keys

    async def prepare(self, tools: Tools) -> None:
        """Nothing is shared: items are read on first use."""

    async def episode(self, key: EpisodeKey, prepared: None, tools: Tools) -> Episode:
        """Puts one question to the model; see `Track.episode`."""
        asked = self._asked[key.user]
        said = self._said(asked, key.task)
        if key.arm in (LONGEST, RANDOM):
            place = asked.longest if key.arm == LONGEST else self._drawn(asked)
            return _episode(key, asked, Choice(place, (), 0), (), said=(), tools=tools)
        known: dict[str, Json] = {}
        measures: dict[str, float | None] = {}
        match key.arm:
            case "no memory":
                messages = with_known(asked, "")
            case "oracle":
                messages = with_preference(asked)
            case "options only":
                messages = with_options_only(asked)
            case "full history":
                messages = with_history(asked, said, tools.chat)
            case "raw retrieval":
                found = retrieve(
                    said,
                    asked.item.question,
                    tools.embedder,
                    tokens=tools.settings.recall_tokens,
                    chat=tools.chat,
                )
                messages = with_exchanges(asked, found)
                own = len(said) - self._between(key.task)
                measures["recalled"] = float(any(place < own for place in found.places))
                known["retrieved"] = list(found.places)
            case _:
                about = len(said) - self._between(key.task)
                memory = await remember(said, asked.item.question, tools, about=about)
                messages = with_known(asked, memory.block)
                measures["recalled"] = float(memory.serves)
                measures["learned"] = float(bool(memory.learned))
                measures["mislearned"] = float(len(memory.mislearned))
                known["learned"] = [each.description for each in memory.learned]
                known["mislearned"] = [each.description for each in memory.mislearned]
                known["recalled"] = [each.description for each in memory.recalled]
        chosen = await choose(messages, tools)
        known["read_by"] = reader_of(tools)
        return _episode(
            key, asked, chosen, messages, said=said, tools=tools, measures=measures, detail=known
        )

    def failed(self, key: EpisodeKey, error: str) -> Episode:
        """Counts as wrong; see `Track.failed`."""
        asked = self._asked[key.user]
        return Episode(
            key=key,
            measures=_scores(asked, right=False),
            stop="error",
            profile={"preference": asked.item.preference},
            error=error,
        )

    def summarise(self, episodes: Sequence[Episode]) -> Summary:
        """See `Track.summarise`."""
        return summarise(episodes, seed=self.seed)

    @cached_property
    def _asked(self) -> Mapping[str, Asked]:
        drawn = sample(self.data, self.items, seed=self.seed, forms=self.forms)
        return {asked.item.id: asked for asked in drawn}

    def _said(self, asked: Asked, task: str) -> tuple[Said, ...]:
        if task == _ANY:
            return ()
        form = next(form for form in FORMS if task.startswith(form))
        seed = derive(self.seed, "distractors", asked.item.id)
        between = distractors(self._between(task), seed=seed)
        return (*conversation(asked.item, form), *between)

    def _between(self, task: str) -> int:
        return int(task.rsplit(maxsplit=2)[1])

    def _drawn(self, asked: Asked) -> int:
        return derive(self.seed, "random", asked.item.id) % len(asked.options)


def _task(form: Form, count: int) -> str:
    return f"{form}, {count} turns"


def _scores(asked: Asked, *, right: bool) -> dict[str, float | None]:
    telling = asked.longest != asked.right
    return {
        "accuracy": float(right),
        "accuracy_not_longest": float(right) if telling else None,
    }


def _episode(
    key: EpisodeKey,
    asked: Asked,
    chosen: Choice,
    messages: Sequence[Message],
    *,
    said: Sequence[Said],
    tools: Tools,
    measures: Mapping[str, float | None] | None = None,
    detail: Mapping[str, Json] | None = None,
) -> Episode:
    words = sum(len(each.user.split()) for each in said) + len(asked.item.question.split())
    lines = [
        line
        for each in said
        for line in (Line(role="user", text=each.user), Line(role="assistant", text=each.assistant))
    ]
    picked = "nothing that could be read" if chosen.place is None else asked.options[chosen.place]
    return Episode(
        key=key,
        measures={
            **_scores(asked, right=chosen.place == asked.right),
            "prompt_tokens": float(chosen.prompt_tokens) if messages else None,
            **(measures or {}),
        },
        transcript=[
            *lines,
            Line(role="user", text=asked.item.question),
            Line(role="note", text=f"chose: {picked}"),
        ],
        costs=tools.meter.onto(
            Costs(
                turns=len(said) + 1,
                words_written=words,
                words_read=sum(len(each.assistant.split()) for each in said),
            )
        ),
        failures={"parse": 1} if chosen.place is None else {},
        profile={"preference": asked.item.preference},
        detail={
            "options": list(asked.options),
            "right": asked.right,
            "chosen": chosen.place,
            "log_probabilities": list(chosen.log_probabilities),
            **(detail or {}),
        },
    )
