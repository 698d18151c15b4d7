"""Whether other answers lead to other questions: a fixed list would be as good if they did not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

from ...policies.elicit.designer import Designer
from ...policies.elicit.gaussian import Picked, Response, learn
from .arms import Asked
from .episodes import answer
from .world import World

__all__ = ["Adapted", "Asker", "Picks", "adapted"]

_FOLLOWED = 3

Picks = Sequence[tuple[str, int]]
"""The keys of the questions somebody was asked, with the places of the picks."""


class Adapted(NamedTuple):
    """Pairs of people who were told apart by one answer.

    Attributes:
        pairs: Pairs who were asked the same, answered alike until the last question and otherwise
            to that one.
        share: The share of them who were asked something else next.
    """

    pairs: int
    share: float


class Asker:
    """Asks everybody about the same profiles, so that only their answers can tell people apart.

    Args:
        world: The people.
        seed: Of the answers' noise, and of the designer's draws, which are the same for everybody.
    """

    def __init__(self, world: World, *, seed: int) -> None:
        self._world = world
        self._seed = seed
        self._designer = Designer(factors=world.factors, seed=seed)
        # What follows the same answers is the same question: it is found once.
        self._following: dict[tuple[tuple[str, int], ...], Asked] = {}

    def ask(self, person: int) -> list[tuple[str, int]]:
        """Asks one person, three questions and one more to see which it is."""
        import numpy as np

        rng = np.random.default_rng((self._seed, person, 1))
        history: list[tuple[str, int]] = []
        responses: list[Response] = []
        for _ in range(_FOLLOWED + 1):
            question = self._next(tuple(history), responses)
            response = answer(question, self._world.tastes[person], rng)
            assert isinstance(response, Picked), "only slates are asked here"
            responses.append(response)
            history.append((question.key, response.picked))
        return history

    def _next(self, history: tuple[tuple[str, int], ...], responses: Sequence[Response]) -> Asked:
        if history not in self._following:
            found = self._designer.weigh(
                learn(self._world.prior, responses),
                None,
                purpose="learn",
                forms=("slate",),
                asked=[key for key, _ in history],
            )
            self._following[history] = Asked(rows=found.proposals[0].rows)
        return self._following[history]


def adapted(everybody: Iterable[Picks]) -> Adapted:
    """How often two people who were told apart by one answer were asked something else next.

    Args:
        everybody: What each was asked, and picked.
    """
    import numpy as np

    steps = defaultdict[tuple[object, str], list[tuple[int, str]]](list)
    for history in everybody:
        for turn in range(1, len(history)):
            *before, (key, picked) = history[:turn]
            steps[tuple(before), key].append((picked, history[turn][0]))
    pairs = [
        one[1] != other[1]
        for group in steps.values()
        for one, other in combinations(group, 2)
        if one[0] != other[0]
    ]
    return Adapted(len(pairs), float(np.mean(pairs)) if pairs else float("nan"))
