"""The prefdisco track: every arm on the same people, and how it depends on the recipe.

After "Personalized Reasoning: Just-In-Time Personalization and Why LLMs Fail At It" (PREFDISCO,
arXiv 2510.00177): a stranger brings a request with more than twenty aspects of which few matter to
them; what is asked decides how well the reply fits, `PrefAlign = sum_j w_j g_j / sum_j w_j`. Theirs
has personas and judges played by large models on problems to explain; here people are drawn by
`people.py`, answer through `gate.py`, and the reply is the value chosen for each aspect, so that
nothing has to be judged. Numbers compare within a run and not with the paper's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...policies.elicit.beliefs import Belief
from ...policies.elicit.tendencies import Tendencies
from .arms import Arm, Fixed, Follow, Never, Ours, Pep, Random, Unfair, Weighty
from .episodes import Episode, run_episode
from .outcomes import Row, Scores, adaptive_share, row_of
from .people import Person, Recipe, World, answers_of

if TYPE_CHECKING:
    from ...models.types import ChatModel

__all__ = ["PrefDisco", "run_prefdisco"]

_AFTER = (1, 3, 5)
_POPULATION = 2400
_PEOPLE, _TESTED = 1, 2
_SENSITIVITY_USERS = 200
_COSTS = (0.01, 0.02, 0.04, 0.08)
_SETTINGS: Mapping[str, Recipe] = {
    "2 to 4 aspects matter": Recipe(mattering=(2, 4)),
    "5 to 10 aspects matter": Recipe(mattering=(5, 10)),
    "correlation 0.2": Recipe(correlation=0.2),
    "correlation 0.8": Recipe(correlation=0.8),
    "no slips": Recipe(slip=0.0),
    "slips in 15 of 100": Recipe(slip=0.15),
    "terse people name two": Recipe(terse_names=2),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefDisco:
    """The outcome.

    Attributes:
        figures: By name.
        rows: Every arm after 1, 3 and 5 questions; the settings; the stop rule.
    """

    figures: Mapping[str, float]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setup:
    """A world, who is tested in it, and what was learned of the others.

    Attributes:
        people: Who is tested.
        priors: What is believed of a stranger, by task.
        orders: Aspects by how many people they matter to, by task.
    """

    people: Sequence[Person]
    priors: Mapping[str, Belief]
    orders: Mapping[str, Sequence[str]]


def run_prefdisco(
    *,
    seed: int = 0,
    users: int = 400,
    sensitivity: bool = True,
    chat: ChatModel | None = None,
    chat_users: int = 24,
    episodes: Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> PrefDisco:
    """Runs the track.

    Args:
        seed: Of the world, the people, every draw and interval.
        users: How many people are tested.
        sensitivity: Run the settings that differ from the default recipe, too.
        chat: A chat model that chooses questions in an arm of its own.
        chat_users: On how many of the people.
        episodes: A file for one JSON line for each episode of the default recipe.
        progress: Told what is under way.

    Raises:
        ModelError: The chat model cannot be used at all.
    """

    def tell(what: str) -> None:
        if progress is not None:
            progress(what)

    tell("population")
    setup = _prepare(Recipe(), seed=seed, users=users)
    arms: list[Arm] = [
        Never(),
        Random(seed),
        Fixed(setup.orders),
        Pep(),
        Pep("PEP-style, other aspects only", only_others=True),
        Follow(setup.orders),
        Ours(),
        Ours("ours, never asking what matters", opens=0),
        Ours("ours, not looking ahead", looks_ahead=False),
        Weighty(),
        Unfair(),
    ]
    found: dict[tuple[str, int], list[Episode]] = {}
    for arm in arms:
        tell(arm.name)
        for budget in _AFTER:
            found[arm.name, budget] = _episodes(arm, setup, budget)
    rows = _rows(found, [arm.name for arm in arms], seed=seed)
    rows += _generic_rows(found)
    rows += _temperament_rows(found, seed=seed)
    ours = found["ours", 5]
    figures = {
        "normalised_alignment_q3": _scores(found, "ours", 3, seed=seed).mean,
        "random_normalised_alignment_q3": _scores(found, "random", 3, seed=seed).mean,
        "normalised_alignment_q5": _scores(found, "ours", 5, seed=seed).mean,
        "worse_than_generic_share": _worse(ours),
        "adaptive_share": adaptive_share(ours),
        "pep_normalised_alignment_q3": _scores(found, "PEP-style", 3, seed=seed).mean,
        "ceiling_normalised_alignment_q3": _scores(found, "oracle questions", 3, seed=seed).mean,
        "ceiling_normalised_alignment_q5": _scores(found, "oracle questions", 5, seed=seed).mean,
    }
    tell("stop rule")
    rows += _stop_rows(found, setup, seed=seed)
    if chat is not None:
        tell(f"{chat.name} chooses")
        rows += _chat_rows(found, setup, chat, chat_users, seed=seed)
    if sensitivity:
        for name, recipe in _SETTINGS.items():
            tell(name)
            rows += _setting_rows(name, recipe, seed=seed)
    if episodes is not None:
        _write(episodes, found)
    return PrefDisco(figures=figures, rows=rows)


def _prepare(recipe: Recipe, *, seed: int, users: int) -> _Setup:
    """Draws the world and fits what the population tells."""
    import numpy as np

    world = World(recipe, seed=seed)
    population = world.people(_POPULATION, group=_PEOPLE)
    priors, orders = {}, {}
    for task in world.tasks:
        answers = answers_of([person for person in population if person.task is task])
        tendencies = Tendencies.fit(task.aspects, answers, seed=seed)
        priors[task.name] = Belief.of(tendencies)
        often = tendencies.shares @ tendencies.matters
        orders[task.name] = [task.aspects[place].key for place in np.argsort(-often)]
    return _Setup(people=world.people(users, group=_TESTED), priors=priors, orders=orders)


def _episodes(arm: Arm, setup: _Setup, budget: int) -> list[Episode]:
    return [
        run_episode(arm, person, setup.priors[person.task.name], budget=budget)
        for person in setup.people
    ]


def _scores(
    found: Mapping[tuple[str, int], Sequence[Episode]], arm: str, after: int, *, seed: int
) -> Scores:
    import numpy as np

    return Scores(
        np.array([each.alignments[after] for each in found[arm, after]]),
        np.array([each.alignments[0] for each in found["never ask", after]]),
        seed=seed,
    )


def _rows(
    found: Mapping[tuple[str, int], Sequence[Episode]],
    arms: Sequence[str],
    *,
    seed: int,
    setting: str = "",
    afters: Sequence[int] = _AFTER,
) -> list[Row]:
    return [
        row_of(
            found[arm, after],
            after,
            _scores(found, arm, after, seed=seed),
            _scores(found, "ours", after, seed=seed),
            setting=setting,
        )
        for after in afters
        for arm in arms
    ]


def _generic_rows(found: Mapping[tuple[str, int], Sequence[Episode]]) -> list[Row]:
    """The floor and the ceiling that take no questions."""
    import numpy as np

    none = found["never ask", 5]
    generic = np.array([each.generic for each in none])
    asked_none = np.array([each.alignments[0] for each in none])
    room = float((1.0 - asked_none).sum())
    return [
        {
            "setting": "",
            "arm": arm,
            "questions_allowed": 0,
            "n": len(none),
            "alignment": float(alignments.mean()),
            "normalised_alignment": float((alignments - asked_none).sum()) / room,
        }
        for arm, alignments in (("generic answer", generic), ("oracle", np.ones_like(generic)))
    ]


def _temperament_rows(
    found: Mapping[tuple[str, int], Sequence[Episode]], *, seed: int
) -> list[Row]:
    """Terse and chatty people apart, beside what knowing beforehand what matters would bring.

    Terse people name one aspect for each question what matters, so that of five questions two or
    three are left to ask for values: that oracle after two or three bounds what is within reach.
    """
    ours, oracle = Ours().name, Weighty().name
    rows: list[Row] = []
    for chatty, setting in ((False, "terse people"), (True, "chatty people")):
        part: dict[tuple[str, int], Sequence[Episode]] = {
            key: [each for each in episodes if each.person.chatty == chatty]
            for key, episodes in found.items()
        }
        rows += _rows(part, [ours], seed=seed, setting=setting, afters=(3, 5))
        never = part[Never().name, 5]
        for after in (2, 3, 4, 5):
            # It asks in the same order however many questions are left.
            key, silent = (oracle, after), (Never().name, after)
            part[key], part[silent] = part[oracle, 5], never
            part[ours, after] = part[ours, 5]
            rows += [
                {name: value for name, value in row.items() if not name.startswith("ours_above")}
                for row in _rows(part, [oracle], seed=seed, setting=setting, afters=(after,))
            ]
    return rows


def _worse(episodes: Sequence[Episode]) -> float:
    return sum(each.alignments[-1] < each.generic - 1e-9 for each in episodes) / len(episodes)


def _stop_rows(
    found: dict[tuple[str, int], list[Episode]], setup: _Setup, *, seed: int
) -> list[Row]:
    """What the price of a question does: how many are asked, and what the reply is worth."""
    rows: list[Row] = []
    for cost in _COSTS:
        arm = Ours(f"ours, a question costs {cost}", cost=cost)
        found[arm.name, 5] = _episodes(arm, setup, 5)
        rows += _rows(found, [arm.name], seed=seed, setting="stop rule", afters=(5,))
    return rows


def _chat_rows(
    found: Mapping[tuple[str, int], Sequence[Episode]],
    setup: _Setup,
    chat: ChatModel,
    users: int,
    *,
    seed: int,
) -> list[Row]:
    """The arm in which a chat model chooses, and ours and random on the same few people."""
    from .chosen import Chosen

    few = replace(setup, people=setup.people[:users])
    part: dict[tuple[str, int], Sequence[Episode]] = {
        key: episodes[:users] for key, episodes in found.items()
    }
    arm = Chosen(chat)
    try:
        part[arm.name, 5] = _episodes(arm, few, 5)
    finally:
        arm.close()
    # It does not know how many questions are left, so that a shorter run is the longer one's start.
    part[arm.name, 3] = [
        replace(each, alignments=each.alignments[:4]) for each in part[arm.name, 5]
    ]
    rows = _rows(
        part,
        [arm.name, "random", "ours"],
        seed=seed,
        setting=f"the first {users} people",
        afters=(3, 5),
    )
    return [
        {**row, "llm_calls": arm.calls, "llm_failures": arm.failures, "llm_seconds": arm.seconds}
        if row["arm"] == arm.name
        else row
        for row in rows
    ]


def _setting_rows(name: str, recipe: Recipe, *, seed: int) -> list[Row]:
    setup = _prepare(recipe, seed=seed, users=_SENSITIVITY_USERS)
    arms: list[Arm] = [Never(), Random(seed), Pep(), Ours(), Unfair()]
    found = {(arm.name, budget): _episodes(arm, setup, budget) for arm in arms for budget in (3, 5)}
    return _rows(found, [arm.name for arm in arms], seed=seed, setting=name, afters=(3, 5))


def _write(file: Path, found: Mapping[tuple[str, int], Sequence[Episode]]) -> None:
    with file.open("w", encoding="utf-8") as out:
        for (arm, budget), episodes in found.items():
            for each in episodes:
                record = {
                    "arm": arm,
                    "budget": budget,
                    "person": each.person.number,
                    "task": each.person.task.name,
                    "kind": each.person.kind,
                    "chatty": each.person.chatty,
                    "patient": each.person.patient,
                    "alignments": each.alignments,
                    "generic": each.generic,
                    "stop": each.stop,
                    "history": [asked._asdict() for asked in each.history],
                    "disclosures": [d._asdict() for d in each.disclosures],
                }
                out.write(json.dumps(record) + "\n")
