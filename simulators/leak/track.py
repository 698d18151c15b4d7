"""The leak track: every attack on the product, and on a memory that leaks on purpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from ...errors import InputError
from ..runner.episodes import Costs, Episode, EpisodeKey, Json, Line
from ..runner.tools import Tools
from ..runner.tracks import Summary
from .attempts import Attack, Attempt
from .injection import DOORS, injections, planted_by
from .obeying import obeyed, orders
from .reaching import foreign_ids, imports, namespaces, sessions, user_ids
from .reading import explanations, prompts, ranking, reads, searches
from .remains import cached_answers, erased, influence
from .world import open_world

__all__ = ["LEAKY", "OURS", "LeakTrack", "attacks"]

OURS = "penchant"
LEAKY = "leaky on purpose"
_TASK = "attempts"


@cache
def attacks() -> Mapping[str, Attack]:
    """Every attack by its name; the last one needs a chat model."""
    found = [
        Attack("searches", searches),
        Attack("reads", reads),
        Attack("prompts", prompts),
        Attack("rankings", ranking),
        Attack("explanations", explanations),
        Attack("user ids", user_ids),
        Attack("sessions", sessions),
        Attack("ids of others", foreign_ids),
        Attack("imports", imports),
        Attack("namespaces", namespaces),
        Attack("erased data", erased),
        Attack("cached answers", cached_answers),
        Attack("influence", influence),
        *(Attack(f"planted: {door}", planted_by(door)) for door in DOORS),
        Attack("obeyed by a model", obeyed, needs_model=True),
    ]
    return {each.name: each for each in found}


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakTrack:
    """Whether one user's preferences can reach another, or an instruction in a memory can act.

    An episode is one attack on a fresh workspace with two users, one of whom has taught it words
    that nobody else can know. A leak is such a word where it must not be, a planted text that
    leaves its fence in a prompt, or a state that changed by it. The other arm is a memory that is
    everybody's behind prompts without a fence: an attack that finds nothing there could not find
    anything.

    Attributes:
        trials: How often each attack is made, with other words.
        texts: How many of the planted texts each door tries in a trial; None tries all.
        with_model: Whether a real chat model is tried, too.
        arms: Which arms.
        seed: Of words and draws.
    """

    trials: int = 1
    texts: int | None = None
    with_model: bool = False
    arms: tuple[str, ...] = (OURS, LEAKY)
    seed: int = 0

    def __post_init__(self) -> None:
        if self.trials < 1 or (self.texts is not None and self.texts < 1):
            raise InputError(
                f"trials is {self.trials!r} and texts {self.texts!r}; give at least 1 of each"
            )
        odd = [each for each in self.arms if each not in (OURS, LEAKY)]
        if odd or not self.arms:
            raise InputError(f"arms has {odd!r}; choose from {OURS!r} and {LEAKY!r}")

    @property
    def name(self) -> str:
        """See `Track`."""
        return "leak"

    @property
    def baseline(self) -> str:
        """See `Track`."""
        return LEAKY

    @property
    def higher_is_better(self) -> Mapping[str, bool]:
        """See `Track`."""
        return {"leaks": False, "attempts": True}

    def config(self) -> Mapping[str, Json]:
        """See `Track`."""
        return {
            "trials": self.trials,
            "texts": self.texts,
            "with_model": self.with_model,
            "arms": list(self.arms),
            "words": sha256("\n".join((*injections(), *orders())).encode()).hexdigest(),
            "seed": self.seed,
        }

    def keys(self) -> Sequence[EpisodeKey]:
        """See `Track`."""
        return [
            EpisodeKey(self.name, arm, attack.name, _TASK, trial)
            for attack in attacks().values()
            if self.with_model or not attack.needs_model
            for arm in self.arms
            for trial in range(self.trials)
        ]

    async def prepare(self, tools: Tools) -> None:
        """See `Track`: nothing is shared, so that no attack can profit from another."""

    async def episode(self, key: EpisodeKey, prepared: None, tools: Tools) -> Episode:
        """See `Track`."""
        attack = attacks()[key.user]
        # The same words in both arms.
        seed = tools.seed_for("leak", self.seed, key.user, key.trial)
        chat = tools.chat if attack.needs_model else None
        made: list[Attempt] = []
        async with open_world(
            tools, seed=seed, leaky=key.arm == LEAKY, texts=self.texts, chat=chat
        ) as world:
            async for attempt in attack.hold(world):
                made.append(attempt)
        through = [each for each in made if each.leaked is not None]
        return Episode(
            key=key,
            measures={"leaks": float(len(through)), "attempts": float(len(made))},
            transcript=[
                Line(role="note", text=f"{each.what}: let through: {each.leaked}")
                for each in through
            ],
            decisions=[{"tried": each.what, "leaked": each.leaked} for each in made],
            costs=tools.meter.onto(Costs()),
        )

    def failed(self, key: EpisodeKey, error: str) -> Episode:
        """See `Track`: an attack that was not made counts as one attempt that got through."""
        return Episode(key=key, measures={"leaks": 1.0, "attempts": 1.0}, error=error)

    def summarise(self, episodes: Sequence[Episode]) -> Summary:
        """See `Track`."""
        rows: list[dict[str, object]] = []
        sums: dict[tuple[str, str], list[float]] = {}
        for each in episodes:
            found = sums.setdefault((each.key.arm, each.key.user), [0.0, 0.0, 0.0])
            found[0] += each.measures["attempts"] or 0.0
            found[1] += each.measures["leaks"] or 0.0
            found[2] += each.error is not None
        for (arm, attack), (attempts, leaks, errors) in sums.items():
            rows.append(
                {
                    "arm": arm,
                    "attack": attack,
                    "n": int(attempts),
                    "leaks": int(leaks),
                    "failed": int(errors),
                }
            )
        figures = {
            "leaks": float(sum(n[1] for (arm, _), n in sums.items() if arm == OURS)),
            "attempts": float(sum(n[0] for (arm, _), n in sums.items() if arm == OURS)),
        }
        leaky = [n[1] > 0 for (arm, _), n in sums.items() if arm == LEAKY]
        if leaky:
            figures["leaky_attacks_caught_share"] = sum(leaky) / len(leaky)
        notes = ["An attack that finds nothing in the arm that leaks on purpose shows nothing."]
        blind = [attack for (arm, attack), n in sums.items() if arm == LEAKY and not n[1]]
        if blind:
            notes.append(f"These found nothing there: {', '.join(blind)}.")
        return Summary(figures=figures, rows=rows, notes=notes)
