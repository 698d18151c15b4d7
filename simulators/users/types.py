"""What a simulated user is to whoever talks with them, and a scripted one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ...errors import InputError
from ..runner.episodes import Disclosure

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Chooser", "Rating", "Said", "ScriptedUser", "SimulatedUser"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message of a simulated user, with what stands behind it.

    Attributes:
        text: The words.
        disclosures: What this message let be known of the hidden preferences, as the gate logged
            it; what the words leak beyond that is among them, as "leaked".
        stop: Why the user says no more, a word of its kind ("patience", "done"); None goes on.
        failures: What went wrong in wording it, by kind ("role_flip", "leak_retry",
            "wording_fallback").
    """

    text: str
    disclosures: tuple[Disclosure, ...] = ()
    stop: str | None = None
    failures: Mapping[str, int] = field(default_factory=dict)


class SimulatedUser(Protocol):
    """Someone who holds hidden preferences in code and talks with an assistant.

    What a message discloses and when the user stops is decided in code, the same for the same
    seed; a chat model words it at most, which is why the methods are coroutines. One instance
    lives for one episode, since it remembers what was said.
    """

    @property
    def id(self) -> str:
        """Names the user in keys of episodes."""
        ...

    @property
    def profile(self) -> Mapping[str, str]:
        """The hidden preferences, aspect to value, for the record; no assistant sees it."""
        ...

    async def open(self, request: str) -> Said:
        """The opening message.

        Args:
            request: What the user wants done, in words that disclose nothing.
        """
        ...

    async def answer(self, message: str, *, about: str | None = None) -> Said:
        """Answers a message of the assistant.

        Args:
            message: What the assistant wrote.
            about: The key of the aspect that it asks about, if the assistant told (or
                `gate.OPEN`); None leaves it to the words.
        """
        ...


class Rating(NamedTuple):
    """How much something pleases.

    Attributes:
        value: From 1, not at all, to 5.
        words: What the user says to it, disclosing nothing.
    """

    value: int
    words: str


class Chooser(Protocol):
    """Someone with a taste over things that have features."""

    def utility(self, features: Floats) -> float:
        """What a thing is worth to the user, for scoring; no assistant sees it.

        Args:
            features: Shape `(D,)`.
        """
        ...

    def pick(self, options: Floats) -> int:
        """Picks one of several.

        Args:
            options: Their features, shape `(K, D)`, K at least 2.

        Returns:
            The place of the one picked.
        """
        ...

    def rate(self, features: Floats) -> Rating:
        """Rates one.

        Args:
            features: Shape `(D,)`.
        """
        ...


class ScriptedUser:
    """A user who says what a script holds, one message after another.

    Args:
        messages: What they say; the first is the opening. After the last, the user stops.
        id: Names the user.
        profile: What the record tells of the user.
    """

    def __init__(
        self,
        messages: Sequence[str | Said],
        *,
        id: str = "scripted",  # noqa: A002
        profile: Mapping[str, str] | None = None,
    ) -> None:
        if not messages:
            raise InputError("the script is empty; give at least an opening message")
        self.id = id
        self.profile = dict(profile or {})
        self.heard: list[str] = []
        self._messages = tuple(Said(text=m) if isinstance(m, str) else m for m in messages)

    async def open(self, request: str) -> Said:
        """See `SimulatedUser.open`: the script's first message."""
        self.heard.append(request)
        return self._messages[0]

    async def answer(self, message: str, *, about: str | None = None) -> Said:
        """See `SimulatedUser.answer`: the script's next message."""
        place = len(self.heard)
        self.heard.append(message)
        if place >= len(self._messages):
            return Said(text="", stop="done")
        return self._messages[place]
