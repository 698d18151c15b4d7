"""How much each attribute counts in what a user chose, and in what the agent writes of itself.

PROFILE ("Uncovering Factor Level Preferences to Improve Human-Model Alignment") measures a factor's
influence by τ = (concordant - discordant) / pairs: how much oftener the preferred of two texts has
more of it. It ranks factors by τ for people and for a model, as it judges and as it generates, and
finds that the two rankings differ most in generation. Here the people are one user, and how the
agent generates is told by its own drafts against an ordinary reply, the zero of every attribute.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Factor", "Leaning", "factors", "leanings", "rank_agreement"]

_NOTICED = 0.1
_LEAST = 4
_CHANCE = 0.05


class Factor(NamedTuple):
    """One attribute in pairs of texts.

    Attributes:
        attribute: Its name.
        tau: (concordant - discordant) / pairs, in [-1, 1].
        concordant: Pairs whose first text has more of it.
        discordant: Pairs whose second text has.
        pairs: All pairs; the rest hardly differ in it.
        chance: How likely so uneven a split is if the attribute did not matter (two-sided sign
            test over the pairs that differ).
    """

    attribute: str
    tau: float
    concordant: int
    discordant: int
    pairs: int
    chance: float


class Leaning(NamedTuple):
    """An attribute that the agent gives more or less of than the user likes.

    Attributes:
        attribute: Its name.
        user: The user's τ.
        agent: The agent's.
    """

    attribute: str
    user: float
    agent: float

    @property
    def gap(self) -> float:
        """Above 0 where the agent gives more of it than the user likes."""
        return self.agent - self.user


def factors(differences: Floats, names: Sequence[str]) -> tuple[Factor, ...]:
    """The influence of each attribute on which text of a pair was preferred.

    Args:
        differences: Preferred minus other, in units of which 1 is noticed by a reader, shape
            `(n, d)`; the leading columns are those named.
        names: Of the attributes.

    Returns:
        One for each attribute, the largest |τ| first; nothing if there are no pairs.
    """
    import numpy as np
    from scipy.stats import binomtest  # type: ignore[import-untyped]

    count = len(differences)
    if not count:
        return ()
    given = differences[:, : len(names)]
    more, less = (given > _NOTICED).sum(axis=0), (given < -_NOTICED).sum(axis=0)
    found = []
    for name, up, down in zip(names, more.tolist(), less.tolist(), strict=True):
        chance = float(binomtest(up, up + down).pvalue) if up + down else 1.0
        found.append(Factor(name, (up - down) / count, up, down, count, chance))
    order = np.argsort([-abs(each.tau) for each in found], kind="stable")
    return tuple(found[place] for place in order)


def leanings(
    user: Sequence[Factor], agent: Sequence[Factor], *, count: int = 8
) -> tuple[Leaning, ...]:
    """Attributes that the agent's drafts have more or less of than the user likes.

    Only those where the user's choices speak beyond chance (one in twenty), by four pairs or more
    that differ, against what the drafts do.

    Args:
        user: Of the user's choices.
        agent: Of the agent's drafts against an ordinary reply.
        count: How many at most.

    Returns:
        Those with the largest gap first.
    """
    drafts = {each.attribute: each for each in agent}
    found = [
        Leaning(each.attribute, each.tau, drafts[each.attribute].tau)
        for each in user
        if each.attribute in drafts
        and each.concordant + each.discordant >= _LEAST
        and each.chance < _CHANCE
        and drafts[each.attribute].tau * each.tau <= 0.0
    ]
    return tuple(sorted(found, key=lambda each: -abs(each.gap))[:count])


def rank_agreement(user: Sequence[Factor], agent: Sequence[Factor]) -> float | None:
    """Kendall's τ between the user's and the agent's ranking of attributes.

    Args:
        user: Of the user's choices.
        agent: Of the agent's drafts.

    Returns:
        In [-1, 1]; None if fewer than two attributes are in both, or a ranking is all ties.
    """
    import numpy as np
    from scipy.stats import kendalltau

    drafts = {each.attribute: each.tau for each in agent}
    both = [(each.tau, drafts[each.attribute]) for each in user if each.attribute in drafts]
    if len(both) < 2:
        return None
    ours, theirs = np.array(both).T
    if np.ptp(ours) == 0.0 or np.ptp(theirs) == 0.0:
        return None
    return float(kendalltau(ours, theirs).statistic)
