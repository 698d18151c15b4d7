"""The prelude track: a user edits drafts towards a hidden style; what do the edits teach?

After Gao et al. 2024, "Aligning LLM Agents by Learning Latent Preference from User Edits" (PRELUDE
and CIPHER, code gao-g/prelude): each round a user brings notes, an agent drafts an e-mail or a
summary, the user edits it, and the cost is the edit distance in tokens. What differs: the notes are
this project's (or a path's); styles are rules that code checks and applies, rather than phrases
that GPT-4 judges and edits by; a style depends on where the notes come from and on what is made of
them; tokens are words and punctuation marks, not one model's; and the product runs beside the
published methods, with an arm of the product without its learning, so that what its own way to
draft does is told apart from what it learned. Compare numbers within a run, not with the paper's.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from ...errors import InputError
from ...memory.inference.distance import edit_distance, words_of
from ..runner import Compared, Costs, Episode, EpisodeKey, Json, Line, Summary, Tools, derive
from ..tasks.notes import NoteLike, load_notes
from ..users.edits import Edited, EditUser
from ..users.rules import Pen
from .arms import ARMS, Draft, Learnt, open_arm
from .rounds import Round, draw_user, rounds_of
from .steady import steadied
from .summary import MEASURES, summarised

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["PreludeTrack"]

_NAME = "prelude"
_ROOT = __package__.rpartition(".simulators")[0]
# What the outcome depends on besides the product and its version.
_TEXTS = {
    f"{_ROOT}.simulators.users": ("edits.py", "rules.py", "letters.py", "styles.toml"),
    f"{_ROOT}.simulators.users.prompts": ("edit.md",),
    f"{_ROOT}.simulators.prelude.prompts": (".md",),
    f"{_ROOT}.memory.inference.prompts": (".md",),
    f"{_ROOT}.policies.propose.prompts": (".md",),
}


class _Held(NamedTuple):
    """One round as it came out."""

    at: Round
    draft: Draft
    edited: Edited
    learnt: Learnt
    cost: int
    obeyed: float


@dataclass(frozen=True, kw_only=True)
class PreludeTrack:
    """Edit loops: one episode is one user in one arm, round after round.

    Attributes:
        users: How many users are drawn.
        rounds: Drafts a user edits.
        contexts: From how many contexts their notes come; each has a style of its own.
        arms: Names of arms, the baseline "none" among them.
        trials: How often each user goes through other notes in another order.
        tokens: The longest draft, in the model's tokens.
        examples: How many edits the arm "edits in context" shows.
        styles: Names of the hidden styles to draw from; empty for all.
        with_chat: Whether styles are drawn that take a language model to edit for.
        notes: What to write from; empty for the notes that come with Penchant.
        seed: From which all else derives.

    Raises:
        InputError: A number is not positive, or an arm is not known.
    """

    users: int = 2
    rounds: int = 16
    contexts: int = 3
    arms: tuple[str, ...] = tuple(ARMS)
    trials: int = 1
    tokens: int = 140
    examples: int = 3
    styles: tuple[str, ...] = ()
    with_chat: bool = False
    notes: tuple[NoteLike, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("users", "rounds", "contexts", "trials", "tokens", "examples"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)!r}; give 1 or more")
        for arm in self.arms:
            if arm not in ARMS:
                raise InputError(f"there is no arm {arm!r}; the arms are {', '.join(ARMS)}")
        if len(set(self.arms)) < len(self.arms):
            raise InputError(f"an arm is named twice: {', '.join(self.arms)}")

    @property
    def name(self) -> str:
        """See `Track.name`."""
        return _NAME

    @property
    def baseline(self) -> str:
        """See `Track.baseline`."""
        return "none"

    @property
    def higher_is_better(self) -> Mapping[str, bool]:
        """See `Track.higher_is_better`."""
        return MEASURES

    @cached_property
    def _notes(self) -> tuple[NoteLike, ...]:
        return self.notes or load_notes()

    @cached_property
    def _people(self) -> tuple[EditUser, ...]:
        return tuple(
            draw_user(
                index,
                self._notes,
                rounds=self.rounds,
                contexts=self.contexts,
                seed=self.seed,
                styles=self.styles,
                with_chat=self.with_chat,
            )
            for index in range(self.users)
        )

    def config(self) -> Mapping[str, Json]:
        """See `Track.config`."""
        told = "\n".join(f"{n.id}\t{n.domain}\t{n.kind}\t{n.to}\t{n.text}" for n in self._notes)
        return {
            "users": self.users,
            "rounds": self.rounds,
            "contexts": self.contexts,
            "arms": list(self.arms),
            "trials": self.trials,
            "tokens": self.tokens,
            "examples": self.examples,
            "with_chat": self.with_chat,
            "styles": {
                _user_id(index): {context: style.words for context, style in user.styles.items()}
                for index, user in enumerate(self._people)
            },
            "notes": hashlib.sha256(told.encode()).hexdigest(),
            "rules_and_prompts": _hash_of_texts(),
            "seed": self.seed,
        }

    def keys(self) -> Sequence[EpisodeKey]:
        """See `Track.keys`; a user's arms follow each other."""
        return [
            EpisodeKey(_NAME, arm, _user_id(index), "edits", trial)
            for trial in range(self.trials)
            for index in range(len(self._people))
            for arm in self.arms
        ]

    async def prepare(self, tools: Tools) -> None:
        """Nothing is shared but what the track holds."""

    async def episode(self, key: EpisodeKey, prepared: object, tools: Tools) -> Episode:
        """See `Track.episode`.

        Raises:
            ModelError: A call failed; the runner tries again.
        """
        user = self._people[_index(key.user)]
        chat_seed = derive(self.seed, "chat") % 2**31
        tools = steadied(tools, seed=chat_seed)
        held: list[_Held] = []
        async with open_arm(
            key.arm,
            tools=tools,
            user=user,
            tokens=self.tokens,
            examples=self.examples,
            seed=chat_seed,
        ) as arm:
            for at in self._rounds(key):
                draft = await arm.draft(at)
                edited = await self._edited(user, at, draft.text, tools)
                learnt = await arm.learn(at, draft.text, edited.text)
                held.append(_held(user, at, draft, edited, learnt))
        return self._episode(key, user, held, tools)

    def failed(self, key: EpisodeKey, error: str) -> Episode:
        """See `Track.failed`: the user writes every text alone."""
        user = self._people[_index(key.user)]
        costs = []
        for at in self._rounds(key):
            style = user.style_for(at.context)
            text = style.edit(at.note.text, Pen(name=user.name, to=at.note.to))
            costs.append(float(edit_distance("", text)))
        return Episode(
            key=key,
            measures={
                "edit_cost": sum(costs) / len(costs),
                "edit_cost_later": sum(costs) / len(costs),
                "cost_share": 1.0,
                "untouched": 0.0,
                "obeyed": 0.0,
                "similarity": 0.0,
                "named": 0.0,
            },
            series={"edit_cost": costs},
            stop="error",
            failures={"failed": 1},
            profile=_profile(user),
            error=error,
        )

    def summarise(self, episodes: Sequence[Episode]) -> Summary:
        """See `Track.summarise`."""
        return summarised(episodes, arms=self.arms, baseline=self.baseline, seed=self.seed)

    def _rounds(self, key: EpisodeKey) -> tuple[Round, ...]:
        return rounds_of(
            self._people[_index(key.user)],
            self._notes,
            rounds=self.rounds,
            seed=derive(self.seed, "order", key.user, key.trial),
        )

    async def _edited(self, user: EditUser, at: Round, draft: str, tools: Tools) -> Edited:
        style = user.style_for(at.context)
        return await user.edit(
            draft,
            context=at.context,
            to=at.note.to,
            source=at.note.text,
            chat=tools.simulator if style.needs_chat else None,
            seed=derive(self.seed, "editor", at.note.id) % 2**31,
        )

    def _episode(
        self, key: EpisodeKey, user: EditUser, held: Sequence[_Held], tools: Tools
    ) -> Episode:
        costs = [float(each.cost) for each in held]
        alike = _similarities(user, held, tools)
        later = [place for place, each in enumerate(held) if each.at.seen]
        described = [place for place in later if held[place].draft.description is not None]
        named = [
            user.style_for(each.at.context).named_in(each.draft.description or "") for each in held
        ]
        failures = Counter(
            kind for each in held for kind in (*each.draft.failures, *each.learnt.failures)
        )
        failures["empty"] = sum(not each.draft.text for each in held)
        failures["editor"] = sum(each.edited.fallbacks > 0 for each in held)
        return Episode(
            key=key,
            measures={
                "edit_cost": _mean(costs),
                "edit_cost_later": _mean([costs[place] for place in later]),
                "cost_share": _mean([_share(each) for each in held]),
                "untouched": _mean([float(each.cost == 0) for each in held]),
                "obeyed": _mean([each.obeyed for each in held]),
                "similarity": _mean([alike[place] for place in described]),
                "named": _mean([named[place] for place in described]),
            },
            series={
                "edit_cost": costs,
                "edit_cost_so_far": [sum(costs[: end + 1]) for end in range(len(costs))],
                "obeyed": [each.obeyed for each in held],
                "similarity": alike,
            },
            transcript=[line for each in held for line in _lines(each)],
            decisions=[_decision(each, alike[place]) for place, each in enumerate(held)],
            costs=tools.meter.onto(
                Costs(
                    questions=sum(each.draft.questions for each in held),
                    turns=len(held),
                    words_read=sum(len(each.draft.text.split()) for each in held),
                    words_written=sum(each.cost for each in held),
                )
            ),
            failures={kind: count for kind, count in failures.items() if count},
            profile=_profile(user),
            pairs=[
                Compared(
                    prompt=each.at.request,
                    chosen=each.edited.text,
                    rejected=each.draft.text,
                    rationale=user.style_for(each.at.context).words,
                )
                for each in held
                if each.cost and each.draft.text.strip()
            ],
            detail={
                "tokens_drafted": [len(words_of(each.draft.text)) for each in held],
                "tokens_edited": [len(words_of(each.edited.text)) for each in held],
                "contexts": [each.at.context for each in held],
                "seen": [each.at.seen for each in held],
            },
        )


def _hash_of_texts() -> str:
    """One hash of what styles are checked and applied by, and of every prompt of an arm."""
    found = hashlib.sha256()
    for package, ends in _TEXTS.items():
        for file in sorted(files(package).iterdir(), key=lambda each: each.name):
            if file.is_file() and file.name.endswith(ends):
                found.update(f"{package}/{file.name}\n".encode())
                found.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return found.hexdigest()


def _held(user: EditUser, at: Round, draft: Draft, edited: Edited, learnt: Learnt) -> _Held:
    rules = {rule.name for rule in user.style_for(at.context).rules}
    broken = sum(violation.rule in rules for violation in edited.violations)
    return _Held(
        at=at,
        draft=draft,
        edited=edited,
        learnt=learnt,
        cost=edit_distance(draft.text, edited.text),
        obeyed=1.0 - broken / len(rules) if draft.text else 0.0,
    )


def _similarities(user: EditUser, held: Sequence[_Held], tools: Tools) -> list[float]:
    """Cosine of the description that each draft was written under to the hidden one; 0 of none."""
    hidden = [user.style_for(each.at.context).words for each in held]
    told = [each.draft.description or "" for each in held]
    vectors: NDArray[np.float32] = tools.embedder.embed([*hidden, *told])
    return [
        float(vectors[place] @ vectors[len(held) + place]) if told[place] else 0.0
        for place in range(len(held))
    ]


def _lines(each: _Held) -> list[Line]:
    learned = "; ".join(each.learnt.lines)
    under = each.draft.description
    lines = [
        Line(role="user", text=each.at.request),
        *([Line(role="note", text=f"drafted under: {under}")] if under else []),
        Line(role="assistant", text=each.draft.text),
        Line(role="user", text=each.edited.text)
        if each.cost
        else Line(role="note", text="left as it is"),
    ]
    return [*lines, Line(role="note", text=f"learned: {learned}")] if learned else lines


def _decision(each: _Held, similarity: float) -> Mapping[str, Json]:
    return {
        "round": each.at.number,
        "note": each.at.note.id,
        "context": each.at.context,
        "seen": each.at.seen,
        "drafted_under": each.draft.description,
        "similarity": similarity,
        "broken": {violation.rule: violation.what for violation in each.edited.violations},
        "cost": each.cost,
        "learned": list(each.learnt.lines),
    }


def _profile(user: EditUser) -> Mapping[str, Json]:
    return {context: style.words for context, style in user.styles.items()}


def _share(each: _Held) -> float:
    """The cost as a share of the longer text, in [0, 1]."""
    longest = max(len(words_of(each.draft.text)), len(words_of(each.edited.text)))
    return each.cost / max(1, longest)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _user_id(index: int) -> str:
    return f"user-{index:03d}"


def _index(user: str) -> int:
    return int(user.rsplit("-", 1)[1])
