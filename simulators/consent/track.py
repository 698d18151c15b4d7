"""The consent track: when to act, ask or hold back, and whether a refusal is respected.

After KnowU-Bench (2026, "KnowU-Bench: Towards Interactive, Proactive, and Personalized Mobile Agent
Evaluation"), which scores the chain of decisions of phone agents: to intervene or not, to ask
first, and to respect a no. Theirs has 64 proactive tasks on an emulator and users played by a
language model; here written scenarios come up again and again over several sessions to drawn
users, so that nothing has to be judged, and a refusal has the chance to be forgotten.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ...errors import InputError
from ..runner import Costs, Episode, EpisodeKey, Json, Summary, Tools, derive
from ..tasks.scenarios import Scenario, shipped_scenarios
from ..users.consent import TEMPERAMENTS, draw_user
from ..users.consent_speech import Part
from .arms import Always, Arm, NoAgain, Oracle, Threshold, open_ours
from .episodes import hold
from .occasions import steps_of
from .summary import summarised

if TYPE_CHECKING:
    from ..users.consent import ConsentUser
    from .occasions import Step

__all__ = ["ConsentTrack"]

ARMS = (
    "always act",
    "always ask",
    "never offer",
    "threshold",
    "no again",
    "ours",
    "oracle",
)


class _Prepared(NamedTuple):
    scenarios: tuple[Scenario, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentTrack:
    """Every arm with the same users on the same occasions.

    Attributes:
        users: How many.
        sessions: Conversations of each, one to three days apart.
        per_session: Occasions in each conversation.
        part: Which wordings the users speak; those for development were looked at while answers
            were taught to be read. The others were first run unseen, then looked at once, and what
            they showed was mended.
        arms: Which arms.
        seed: Of users, occasions, words and intervals.
    """

    users: int = 200
    sessions: int = 4
    per_session: int = 6
    part: Part = "held out"
    arms: tuple[str, ...] = ARMS
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("users", "sessions", "per_session"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)!r}; give at least 1")
        odd = [each for each in self.arms if each not in ARMS]
        if odd or not self.arms:
            raise InputError(f"arms has {odd!r}; choose from {', '.join(ARMS)}")

    @property
    def name(self) -> str:
        """See `Track.name`."""
        return "consent"

    @property
    def baseline(self) -> str:
        """See `Track.baseline`."""
        return "always ask"

    @property
    def higher_is_better(self) -> Mapping[str, bool]:
        """See `Track.higher_is_better`."""
        return {
            "utility": True,
            "regret": False,
            "violation_rate": False,
            "precision": True,
            "recall": True,
            "right": True,
            "needless_asks": False,
            "unhelpful_silence": False,
            "acts_without_leave": False,
        }

    def config(self) -> Mapping[str, Json]:
        """See `Track.config`."""
        told = repr(shipped_scenarios()) + repr(TEMPERAMENTS)
        return {
            "users": self.users,
            "sessions": self.sessions,
            "per_session": self.per_session,
            "part": self.part,
            "arms": list(self.arms),
            "seed": self.seed,
            "scenarios_sha256": hashlib.sha256(told.encode()).hexdigest(),
        }

    def keys(self) -> Sequence[EpisodeKey]:
        """See `Track.keys`."""
        return [
            EpisodeKey(self.name, arm, f"user{number:04d}", "days")
            for number in range(self.users)
            for arm in self.arms
        ]

    async def prepare(self, tools: Tools) -> _Prepared:
        """See `Track.prepare`."""
        return _Prepared(shipped_scenarios())

    async def episode(self, key: EpisodeKey, prepared: _Prepared, tools: Tools) -> Episode:
        """See `Track.episode`."""
        user, steps = self._drawn(key.user, prepared.scenarios)
        async with AsyncExitStack() as stack:
            arm: Arm
            if key.arm == "ours":
                arm = await stack.enter_async_context(open_ours(tools, steps[0].at))
            else:
                arm = _simple(key.arm)
            return await hold(
                key,
                arm,
                user,
                steps,
                part=self.part,
                seed=derive(self.seed, "says", key.user),
                meter=tools.meter,
            )

    def failed(self, key: EpisodeKey, error: str) -> Episode:
        """See `Track.failed`: every occasion counts as one where the best was missed."""
        user, steps = self._drawn(key.user, shipped_scenarios())
        wanted = [user.welcome(e.scenario, e.occasion, e.number) != "unwanted" for e in steps]
        regret = sum(e.scenario.benefit for e, w in zip(steps, wanted, strict=True) if w)
        missed = float(sum(wanted))
        return Episode(
            key=key,
            measures={
                **dict.fromkeys(_COUNTS, 0.0),
                "regret": regret,
                "wanted_occasions": missed,
                "unhelpful_silence": missed,
                "occasions": float(len(steps)),
            },
            stop="error",
            costs=Costs(),
            failures={"error": 1},
            detail={"temperament": user.temperament.name},
            error=error,
        )

    def summarise(self, episodes: Sequence[Episode]) -> Summary:
        """See `Track.summarise`."""
        return summarised(episodes, baseline=self.baseline, arms=self.arms, seed=self.seed)

    def _drawn(
        self, name: str, scenarios: Sequence[Scenario]
    ) -> tuple[ConsentUser, tuple[Step, ...]]:
        number = int(name.removeprefix("user"))
        steps = steps_of(
            scenarios,
            sessions=self.sessions,
            per_session=self.per_session,
            seed=derive(self.seed, "steps", name),
        )
        user = draw_user(
            name,
            TEMPERAMENTS[number % len(TEMPERAMENTS)],
            scenarios,
            steps=len(steps),
            seed=derive(self.seed, "user", name),
        )
        return user, steps


_COUNTS = (
    "utility",
    "right",
    "interventions",
    "welcome_interventions",
    "opportunities",
    "violations",
    "own_opportunities",
    "own_violations",
    "related_opportunities",
    "related_violations",
    "needless_asks",
    "acts_without_leave",
    "acts",
)


def _simple(name: str) -> Arm:
    match name:
        case "always act":
            return Always("act")
        case "always ask":
            return Always("ask")
        case "never offer":
            return Always("silent")
        case "threshold":
            return Threshold()
        case "no again":
            return NoAgain()
        case "oracle":
            return Oracle()
    raise InputError(f"there is no arm {name!r}; choose from {', '.join(ARMS)}")
