"""What to show a user side by side, and how likely each is to be picked, or none of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import InputError
from ..memory.types import Preference
from .constraints import violations
from .reward import Posterior, TextFeatures
from .reward.slate import NONE_UTILITY, choice_probabilities, choose_slate
from .reward.threads import one_thread
from .types import Candidate

__all__ = ["Option", "Slate", "offer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A candidate on a slate.

    Attributes:
        candidate: The candidate.
        index: Its place in the list that was given.
        chance: How likely it is to be picked from this slate.
    """

    candidate: Candidate
    index: int
    chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Slate:
    """Options to show together, best first.

    Attributes:
        options: The options; none if every candidate breaks a hard constraint.
        none: How likely the user is to pick none of them; with the options' chances it sums to 1.
    """

    options: tuple[Option, ...]
    none: float


def offer(
    posterior: Posterior,
    features: TextFeatures,
    candidates: Sequence[Candidate],
    constraints: Sequence[Preference] = (),
    *,
    size: int = 3,
    none: float = NONE_UTILITY,
    explore: bool = False,
    seed: int = 0,
) -> Slate:
    """Chooses what to show, of what breaks no hard constraint.

    Options are chosen for the slate as a whole (`reward/slate.py`): so that one of them suits,
    whatever the user's taste turns out to be, or to explore by Thompson draws. Chances are those of
    a softmax over what is shown and "none of these".

    Args:
        posterior: The user's posterior.
        features: The features that the posterior is about.
        candidates: What could be shown, at least one.
        constraints: Hard constraints; preferences that are not hard are passed over.
        size: How many to show, at least 1.
        none: The utility of picking none, in logits; that of an ordinary text by default.
        explore: Choose by draws from the posterior.
        seed: Of all draws.

    Raises:
        InputError: There are no candidates, or `size` is below 1.
        EmbedderError: The embedder cannot be loaded or run.
    """
    import numpy as np

    if not candidates:
        raise InputError("candidates is empty; give at least one to show")
    kept = [
        place for place, each in enumerate(candidates) if not violations(each.text, constraints)
    ]
    rows = features.transform([candidates[place] for place in kept])
    with one_thread():
        chosen = choose_slate(
            posterior, rows, size, how="thompson" if explore else "best", none=none, seed=seed
        )
        if not chosen:
            return Slate(options=(), none=1.0)
        chances = choice_probabilities(posterior, rows[chosen], none=none, seed=seed)
    order = np.argsort(-chances[:-1], kind="stable").tolist()
    return Slate(
        options=tuple(
            Option(
                candidate=candidates[kept[chosen[at]]],
                index=kept[chosen[at]],
                chance=float(chances[at]),
            )
            for at in order
        ),
        none=float(chances[-1]),
    )
