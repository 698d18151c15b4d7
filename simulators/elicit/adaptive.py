"""Whether other answers lead to other questions: a fixed list would be as good if they did not."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import NamedTuple

from ...policies.elicit.designer import Designer
from ...policies.elicit.gaussian import Picked, Response, learn
from .arms import Asked
from .episodes import answer
from .world import World

__all__ = ["Adapted", "adaptive_share"]

_FOLLOWED = 3


class Adapted(NamedTuple):
    """Pairs of people who were told apart by one answer.

    Attributes:
        pairs: Pairs who were asked the same, answered alike until the last question and otherwise
            to that one.
        share: The share of them who were asked something else next.
    """

    pairs: int
    share: float


class _Step(NamedTuple):
    """What was asked and answered up to a question, and its key."""

    before: tuple[tuple[str, int], ...]
    answer: int
    following: str


def adaptive_share(world: World, *, seed: int) -> Adapted:
    """Asks everybody about the same profiles, so that only their answers can tell people apart.

    Args:
        world: The people.
        seed: Of the answers' noise, and of the designer's draws, which are the same for everybody.
    """
    import numpy as np

    designer = Designer(factors=world.factors, seed=seed)
    steps = defaultdict[tuple[object, str], list[_Step]](list)
    known: dict[tuple[tuple[str, int], ...], Asked] = {}
    for person, taste in enumerate(world.tastes):
        rng = np.random.default_rng((seed, person, 1))
        history: tuple[tuple[str, int], ...] = ()
        responses: list[Response] = []
        for turn in range(_FOLLOWED + 1):
            if history not in known:
                known[history] = _next(designer, world, responses, [key for key, _ in history])
            question = known[history]
            if turn:
                *before, (key, picked) = history
                steps[tuple(before), key].append(_Step(tuple(before), picked, question.key))
            response = answer(question, taste, rng)
            assert isinstance(response, Picked), "only slates are asked here"
            responses.append(response)
            history = (*history, (question.key, response.picked))
    pairs = [
        one.following != other.following
        for group in steps.values()
        for one, other in combinations(group, 2)
        if one.answer != other.answer
    ]
    return Adapted(len(pairs), float(np.mean(pairs)) if pairs else float("nan"))


def _next(designer: Designer, world: World, responses: list[Response], asked: list[str]) -> Asked:
    found = designer.weigh(
        learn(world.prior, responses), None, purpose="learn", forms=("slate",), asked=asked
    )
    return Asked(rows=found.proposals[0].rows)
