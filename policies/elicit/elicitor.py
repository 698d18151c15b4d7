"""Decides whether a clarifying question is worth the interruption, and about what."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...memory.types import Preference, PreferenceDraft
from ...models.types import ChatModel, Embedder
from ..types import Aspect, Decision, Reading, Weighed
from .discover import Discovered, discover
from .library import Aspects, KindIndex, Match
from .openness import is_small_talk, openness
from .wording import question_for

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Costs", "Elicitor"]

_SAME_REQUEST = 0.9
_MOST_DISCOVERED = 64
_WORTH_DISCOVERING = 0.7
_UNKNOWN_OPENNESS = 0.65


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """The constants of the decision, on the scale of an aspect's importance.

    Attributes:
        turn: What any question costs: the answer comes a turn later.
        annoy: What each question asked before in this session adds.
        read: What each word of question and options adds.
        hard: Factor on the value of an aspect where a wrong guess does harm.
        related: Chance that an aspect is still unknown when memory only knows something near.
    """

    turn: float = 0.3
    annoy: float = 0.2
    read: float = 0.004
    hard: float = 1.2
    related: float = 0.35


class Elicitor:
    """Weighs what an answer would teach against what asking costs.

    The value of a question is `importance x P(unknown) x openness of the request`, a stand-in
    for its expected value of information; its cost is `turn + annoy x asked + read x words`, the
    stop rule of active elicitation with reading, turns and annoyance. Thread-safe.

    Args:
        embedder: Recognises kinds of request.
        aspects: The library; None is the shipped one.
        costs: The constants.
    """

    def __init__(
        self,
        embedder: Embedder,
        aspects: Aspects | None = None,
        *,
        costs: Costs | None = None,
    ) -> None:
        self.aspects = aspects if aspects is not None else Aspects.load()
        self.costs = costs if costs is not None else Costs()
        self._embedder = embedder
        self._index = KindIndex(embedder, self.aspects)
        self._discovered: list[tuple[str, NDArray[np.float32], tuple[Aspect, ...]]] = []
        self._lock = threading.Lock()

    def decide(  # noqa: PLR0911
        self,
        request: str,
        *,
        reading: Reading,
        live: Sequence[Preference],
        asked: Sequence[str],
        asked_this_session: int,
        cap: int,
        asks_less: bool,
        vector: NDArray[np.float32] | None = None,
        owner: str = "",
    ) -> Decision:
        """Decides what to do with a message.

        Args:
            request: What there is to answer; empty if the message only states or commands.
            reading: What the message says besides.
            live: The user's live preferences.
            asked: Keys of aspects asked about whose answer still holds; none is asked again.
            asked_this_session: Questions asked in this session.
            cap: The most questions of a session.
            asks_less: The user asked not to be asked.
            vector: The embedding of `request`, if at hand.
            owner: Whose request it is: aspects discovered for one user serve no other.

        Returns:
            The decision, with every aspect that was weighed, best first.
        """
        if reading.wants_silence:
            return Decision(kind="silent", reason="You asked for no reply.")
        if not request.strip():
            if reading.command is not None:
                return Decision(kind="answer", reason="The last reply is to be changed.")
            return Decision(kind="silent", reason="There is nothing to answer.")
        if is_small_talk(request):
            return Decision(kind="answer", reason="Small talk leaves nothing to clarify.")
        if vector is None:
            vector = self._embedder.embed([request])[0]
        match = self._index.nearest(request, vector)
        kind = None if match is None else match.kind.name
        if reading.wants_options:
            return Decision(kind="choose", reason="You asked for a choice.", request_kind=kind)
        if reading.command is not None:
            reason = "The last reply is to be changed."
            return Decision(kind="answer", reason=reason, request_kind=kind)
        aspects, open_share = self._open_aspects(request, match, vector, owner)
        known: list[Preference | PreferenceDraft] = [*live, *reading.preferences]
        weighed = sorted(
            (
                self._weigh(aspect, request, open_share, known, set(asked), asked_this_session)
                for aspect in aspects
            ),
            key=lambda pair: (pair.reason == "", pair.value),
            reverse=True,
        )
        return self._choose(
            weighed, {a.key: a for a in aspects}, kind, asked_this_session, cap, asks_less
        )

    def needs_discovery(
        self,
        request: str,
        *,
        reading: Reading,
        vector: NDArray[np.float32] | None = None,
        owner: str = "",
    ) -> bool:
        """Whether it pays to have a chat model name the aspects of a request.

        Args:
            request: What there is to answer.
            reading: What the message says besides.
            vector: The embedding of `request`, if at hand.
            owner: Whose request it is.

        Returns:
            True for open requests of no known kind that were not seen before.
        """
        if (
            not request.strip()
            or is_small_talk(request)
            or reading.command is not None
            or reading.wants_options
            or reading.wants_silence
            or openness(request, _UNKNOWN_OPENNESS) < _WORTH_DISCOVERING
        ):
            return False
        if vector is None:
            vector = self._embedder.embed([request])[0]
        if self._index.nearest(request, vector) is not None:
            return False
        return self._found(vector, owner) is None

    async def discover(self, chat: ChatModel, request: str, *, owner: str = "") -> Discovered:
        """Has a chat model name the aspects of a request, and keeps them for like requests.

        Args:
            chat: The chat model.
            request: What there is to answer.
            owner: Whose request it is; nobody else is served from it.

        Returns:
            The aspects that passed the checks, possibly none, and what asking cost.

        Raises:
            ModelError: The call failed.
        """
        found = await discover(chat, request)
        vector = (await asyncio.to_thread(self._embedder.embed, [request]))[0]
        with self._lock:
            self._discovered.append((owner, vector, found.aspects))
            del self._discovered[:-_MOST_DISCOVERED]
        return found

    def forget(self, owner: str) -> None:
        """Drops what was discovered for one user."""
        with self._lock:
            self._discovered = [each for each in self._discovered if each[0] != owner]

    def _found(self, vector: NDArray[np.float32], owner: str) -> tuple[Aspect, ...] | None:
        with self._lock:
            seen = list(self._discovered)
        for whose, other, aspects in reversed(seen):
            if whose == owner and float(other @ vector) >= _SAME_REQUEST:
                return aspects
        return None

    def _open_aspects(
        self, request: str, match: Match | None, vector: NDArray[np.float32], owner: str
    ) -> tuple[tuple[Aspect, ...], float]:
        if match is not None:
            return match.kind.aspects, openness(request, match.kind.openness)
        return self._found(vector, owner) or (), openness(request, _UNKNOWN_OPENNESS)

    def _weigh(  # noqa: PLR0917
        self,
        aspect: Aspect,
        request: str,
        open_share: float,
        known: Sequence[Preference | PreferenceDraft],
        asked: set[str],
        asked_this_session: int,
    ) -> Weighed:
        """The numbers of one aspect; an empty reason means that it may be asked about."""
        question = question_for(aspect, request)
        words = sum(len(text.split()) for text in (question.text, *question.options))
        cost = self.costs.turn + self.costs.annoy * asked_this_session + self.costs.read * words
        unknown, reason = 1.0, ""
        said = self.aspects.answered_by(aspect, request)
        if said is not None:
            unknown, reason = 0.0, f"the message answers it: “{said}”"
        else:
            unknown, reason = self._remembered(aspect, known)
        if not reason and aspect.key in asked:
            unknown, reason = 0.0, "asked before"
        value = aspect.importance * open_share * unknown
        value = min(1.0, value * self.costs.hard if aspect.hard else value)
        if not reason and value <= cost:
            reason = f"worth {value:.2f}, costs {cost:.2f}"
        return Weighed(aspect=aspect.key, value=round(value, 3), cost=round(cost, 3), reason=reason)

    def _remembered(
        self, aspect: Aspect, known: Sequence[Preference | PreferenceDraft]
    ) -> tuple[float, str]:
        """How likely an aspect is still unknown, and what answers it, if anything does."""
        near = False
        values = _value_words(aspect)
        for preference in known:
            key = preference.aspect or ""
            if key and (key.partition(":")[0] == aspect.key or aspect.key.endswith(f"_{key}")):
                return 0.0, f"memory answers it: {preference.description}"
            if aspect.key in ("diet", "allergies") and preference.hard and key.startswith("avoid:"):
                near = True
            if values is not None and values.search(preference.description) is not None:
                return 0.0, f"memory answers it: {preference.description}"
        return (self.costs.related, "") if near else (1.0, "")

    def _choose(  # noqa: PLR0917
        self,
        weighed: list[Weighed],
        aspects: dict[str, Aspect],
        kind: str | None,
        asked_this_session: int,
        cap: int,
        asks_less: bool,
    ) -> Decision:
        def answer(reason: str) -> Decision:
            return Decision(kind="answer", reason=reason, request_kind=kind, weighed=tuple(weighed))

        if not weighed:
            return answer("Nothing is known that good answers would differ on.")
        best = weighed[0]
        if best.reason:
            return answer(f"No question pays: {aspects[best.aspect].name}: {best.reason}.")
        if asks_less:
            return answer("You asked not to be asked so much.")
        if asked_this_session >= cap:
            return answer(f"The most questions of a session ({cap}) are asked.")
        weighed[0] = Weighed(aspect=best.aspect, value=best.value, cost=best.cost, reason="best")
        weighed[1:] = [
            other
            if other.reason
            else Weighed(
                aspect=other.aspect, value=other.value, cost=other.cost, reason="worth less"
            )
            for other in weighed[1:]
        ]
        name = aspects[best.aspect].name
        return Decision(
            kind="ask",
            reason=f"Knowing the {name} is worth {best.value:.2f}; asking costs {best.cost:.2f}.",
            request_kind=kind,
            weighed=tuple(weighed),
            aspect=aspects[best.aspect],
        )


_VAGUE = frozenset(
    re.findall(
        r"\S+",
        """
        none low medium short long deep quick anything alone about more most with
        without under over home work hour minutes friends children light calm best money
        week weekend days a an the and or of for in on to at up just some very little
        kind back food classic modern direct relaxed main everyday travel generous high
        yourself project theory restrictions no intermediate party
        """,
    )
)
_PATTERNS: dict[tuple[str, tuple[str, ...]], re.Pattern[str] | None] = {}


def _value_words(aspect: Aspect) -> re.Pattern[str] | None:
    """Telling words of an aspect's values ("vegetarian", "thrillers"), as one pattern."""
    key = (aspect.key, aspect.values)
    if key not in _PATTERNS:
        words = {
            word.removesuffix("s")
            for value in aspect.values
            for word in re.findall(r"[\w-]{4,}", value.casefold())
            if word not in _VAGUE
        }
        _PATTERNS[key] = (
            re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(words)))})s?\b", re.IGNORECASE)
            if words
            else None
        )
    return _PATTERNS[key]
