"""Decides whether a clarifying question is worth the interruption, and about what."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ...memory.types import Answer, Preference, PreferenceDraft
from ...models.types import ChatModel, Embedder, Usage
from ..types import Aspect, Decision, Reading
from .choosing import Situation, choose
from .costs import Costs, Patience
from .discover import Discovered, discover
from .knowing import know
from .library import Aspects, KindIndex, Match
from .occasions import occasion
from .openness import is_small_talk, openness
from .wording import Worded, word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..reward.posterior import Weight

__all__ = ["Elicitor"]

_FREE = Usage(calls=0)
_SAME_REQUEST = 0.9
_MOST_DISCOVERED = 64
_MOST_WORDED = 256
_WORTH_DISCOVERING = 0.7
_UNKNOWN_OPENNESS = 0.65


class Elicitor:
    """Weighs what an answer would teach against what asking costs.

    The value of a question is its expected value of information (EVOI): how much better the reply
    is expected to fit once it is answered, given what the message, memory, earlier answers and
    taste say already, for every time the answer will serve. What it costs, and when to stop, is in
    `Costs`. Thread-safe.

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
        self._worded: dict[tuple[str, str, tuple[str, ...]], Aspect] = {}
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
        answers: Sequence[Answer] = (),
        skipped_this_session: int = 0,
        patience: Patience = Patience(),  # noqa: B008
        tastes: Mapping[str, Weight] | None = None,
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
            answers: Answers that still hold, oldest first.
            skipped_this_session: How many of this session's questions were skipped.
            patience: How the user took questions so far.
            tastes: The posterior weights of the reward model's attributes, by name.
            vector: The embedding of `request`, if at hand.
            owner: Whose request it is: aspects discovered for one user serve no other.

        Returns:
            The decision, with every question that was weighed, best first.
        """
        if reading.wants_silence:
            return Decision(kind="silent", reason="You asked for no reply.")
        if not request.strip():
            if reading.command is not None:
                return Decision(kind="answer", reason="The last reply is to be changed.")
            if reading.why:
                return Decision(kind="silent", reason="You asked why.")
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
        told: list[Preference | PreferenceDraft] = [*live, *reading.preferences]
        known = know(
            aspects,
            self.aspects,
            kind=None if match is None else match.kind,
            request=request,
            preferences=told,
            asked=asked,
            answers=answers,
            tastes=tastes or {},
            costs=self.costs,
        )
        return choose(
            Situation(
                aspects=aspects,
                known=known,
                open_share=open_share,
                kind=kind,
                reply_words=None if match is None else match.kind.reply_words,
                occasion=occasion(request, vector, told, aspects, self._embedder),
                asked=frozenset(asked),
                asked_this_session=asked_this_session,
                skipped_this_session=skipped_this_session,
                cap=cap,
                asks_less=asks_less,
                patience=patience,
            ),
            self.costs,
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

    async def word(
        self, chat: ChatModel, aspect: Aspect, request: str, *, owner: str = ""
    ) -> Worded:
        """Has a chat model word the question about an aspect that has none, once.

        Args:
            chat: The chat model.
            aspect: What to ask about.
            request: What there is to answer.
            owner: Whose request it is; nobody else is served from it.

        Returns:
            The aspect with the wording, if it passes the checks, and what it cost.

        Raises:
            ModelError: The call failed.
        """
        key = (owner, aspect.key, aspect.values)
        with self._lock:
            kept = self._worded.get(key)
        if kept is not None:
            return Worded(replace(aspect, question=kept.question, why=kept.why), usage=_FREE)
        worded = await word(chat, aspect, request)
        with self._lock:
            self._worded[key] = worded.aspect
            while len(self._worded) > _MOST_WORDED:
                del self._worded[next(iter(self._worded))]
        return worded

    def forget(self, owner: str) -> None:
        """Drops what was discovered and worded for one user."""
        with self._lock:
            self._discovered = [each for each in self._discovered if each[0] != owner]
            self._worded = {k: each for k, each in self._worded.items() if k[0] != owner}

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
