"""Borrowing from people with similar profiles: their rubrics score the same text.

P-GenRM groups users by k-means on embeddings of their analyses and takes the nearest four within
the group, with half of the score from the person's own rubrics and half from theirs. Here they are
the nearest by cosine among all, since a few hundred profiles need no groups. Whose profiles may be
compared is the caller's to decide: memory keeps people apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ...errors import InputError
from ...models.types import Embedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Neighbour", "borrow", "nearest"]

_NEIGHBOURS = 4
_OWN = 0.5


class Neighbour(NamedTuple):
    """Somebody with a similar profile.

    Attributes:
        name: Whose it is.
        nearness: Cosine of the two profiles' embeddings.
    """

    name: str
    nearness: float


def nearest(
    profile: str,
    others: Mapping[str, str],
    embedder: Embedder,
    *,
    count: int = _NEIGHBOURS,
    least: float = 0.0,
) -> tuple[Neighbour, ...]:
    """The people whose profiles are most like one.

    Args:
        profile: The person's, in words.
        others: Profiles by name; blank ones are passed over.
        embedder: Embeds profiles.
        count: How many at most.
        least: Least cosine.

    Raises:
        EmbedderError: The embedder cannot be loaded or run.
    """
    import numpy as np

    told = {name: text for name, text in others.items() if text.strip()}
    if not told or not profile.strip():
        return ()
    vectors = embedder.embed([profile, *told.values()])
    cosines: NDArray[np.float64] = (vectors[1:] @ vectors[0]).astype(np.float64)
    order = np.argsort(-cosines, kind="stable")[:count]
    names = list(told)
    found = (Neighbour(names[place], float(cosines[place])) for place in order.tolist())
    return tuple(each for each in found if each.nearness >= least)


def borrow(own: Sequence[float], theirs: Sequence[float], *, own_share: float = _OWN) -> float:
    """A score from one's own rubric and from those of one's neighbours.

    `c_self · mean(own) + c_nb · mean(theirs)` with `c_nb = 1 - c_self`; where one of the two is
    empty, the other alone.

    Args:
        own: Scores by one's own rubrics.
        theirs: Scores by the neighbours'.
        own_share: c_self, in [0, 1].

    Raises:
        InputError: Both are empty, or the share is out of its range.
    """
    if not 0.0 <= own_share <= 1.0:
        raise InputError(f"own_share is {own_share!r}; it must lie in [0, 1]")
    if not own and not theirs:
        raise InputError("there are no scores to put together")
    if not own or not theirs:
        some = own or theirs
        return sum(some) / len(some)
    return own_share * sum(own) / len(own) + (1.0 - own_share) * sum(theirs) / len(theirs)
