"""Whether it must be known what a request is for: only where that would change the reply.

Someone who likes a formal tone at work and a casual one elsewhere gets opposite replies by the
occasion. Where the request does not show which it is, asking pays; where both occasions want the
same, it does not. After "Improving Context-Aware Preference Modeling for Language Models"
(Pitis et al. 2024), `p = sum_z p(z | x) p(preferred | x, z)`: ask if the answers under the
contexts z differ. Here z is whether a preference's own scope applies, and p(z | x) comes from words
and embeddings.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from ...memory.relevance import content_words, is_style
from ...memory.types import Preference, PreferenceDraft
from ..types import Aspect

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...models.types import Embedder

__all__ = ["Occasion", "occasion"]

# Cosines of MiniLM between an occasion and a request, between which either may be meant.
_ELSEWHERE, _SURELY = 0.12, 0.38
# Of how a reply is written, where good replies of its kind do not differ on it in the first place.
_IMPORTANCE = 0.45
_MOST_SCOPE = 60
_LEADS = re.compile(r"^(?:for|in|at|on|during|about|with)\b", re.IGNORECASE)


class Occasion(NamedTuple):
    """An occasion on which the user wants something else than usual.

    Attributes:
        aspect: The question about it, as an aspect whose values are the occasions.
        importance: How much the reply hinges on what differs.
        chances: P(the request is for it), for each value.
    """

    aspect: Aspect
    importance: float
    chances: tuple[float, ...]

    @property
    def evoi(self) -> float:
        """Expected value of knowing the occasion: what guessing the likelier one risks."""
        return self.importance * (1.0 - max(self.chances))


def occasion(
    request: str,
    vector: NDArray[np.float32],
    preferences: Sequence[Preference | PreferenceDraft],
    aspects: Sequence[Aspect],
    embedder: Embedder,
) -> Occasion | None:
    """The occasion that a request leaves open and that would change its reply, if there is one.

    Args:
        request: The request.
        vector: Its embedding, a unit vector.
        preferences: The user's live preferences.
        aspects: The aspects of the request; how replies are written always counts.
        embedder: Embeds occasions.
    """
    scoped = [p for p in preferences if p.scope and len(p.scope) <= _MOST_SCOPE and p.aspect]
    for preference in scoped:
        key = (preference.aspect or "").partition(":")[0]
        own = next((a for a in aspects if a.key == key or a.key.endswith(f"_{key}")), None)
        if own is None and not is_style(key):
            continue
        rivals = [p for p in preferences if _differs(p, preference)]
        if not rivals:
            continue
        scopes = [s for s in dict.fromkeys((preference.scope, *(p.scope for p in rivals))) if s]
        if any(_mentions(request, scope) for scope in scopes):
            continue
        cosines = embedder.embed(scopes) @ vector
        if float(cosines.max()) < _ELSEWHERE or float(cosines.max()) >= _SURELY:
            continue
        importance = _IMPORTANCE if own is None else own.importance
        return _as_question(key, scopes[:2], preference, importance)
    return None


def _differs(one: Preference | PreferenceDraft, other: Preference | PreferenceDraft) -> bool:
    """Whether two preferences want different things of the same aspect on different occasions."""
    if one.aspect != other.aspect or _folded(one.scope) == _folded(other.scope):
        return False
    return _folded(one.value or one.description) != _folded(other.value or other.description)


def _folded(text: str | None) -> str:
    return " ".join((text or "").casefold().split())


def _mentions(request: str, scope: str) -> bool:
    """Whether the request itself names the occasion."""
    words = content_words(scope)
    return bool(words) and words <= content_words(request)


def _as_question(
    key: str, scopes: Sequence[str], preference: Preference | PreferenceDraft, importance: float
) -> Occasion:
    first = " ".join(scopes[0].split())
    name = key.replace("_", " ")
    if len(scopes) > 1:
        values = (*scopes, "neither")
        text = "Which occasion is this for?"
    else:
        values = (first, "something else")
        led = _LEADS.match(first) is not None
        text = f"Is this {first}?" if led else f"Is this for this occasion: {first}?"
    wanted = (preference.value or preference.description).rstrip(".")
    return Occasion(
        aspect=Aspect(
            key=f"context:{key}",
            name="occasion",
            values=tuple(values),
            question=text,
            why=f"you like another {name} {first} than otherwise ({wanted})",
            importance=importance,
            lasts_hours=1.0,
        ),
        importance=importance,
        chances=(1.0 / len(values),) * len(values),
    )
