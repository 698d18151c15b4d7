"""Who decides what is done unasked: fixed rules, a rule with memory, ours, and who knows all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from ...errors import NoChatModelError
from ..runner import Tools
from .occasions import Step

if TYPE_CHECKING:
    from ...agent import Agent, Workspace

__all__ = [
    "Always",
    "Arm",
    "Decided",
    "Kind",
    "NoAgain",
    "Oracle",
    "Ours",
    "Threshold",
    "open_ours",
]

Kind = Literal["act", "ask", "silent"]


class Decided(NamedTuple):
    """What an arm does.

    Attributes:
        kind: It acts, asks, or stays silent.
        reason: Why, in a sentence.
        numbers: What led to it.
    """

    kind: Kind
    reason: str = ""
    numbers: Mapping[str, float] = {}


class Arm(Protocol):
    """Decides for one user, and hears what they say."""

    async def decide(self, step: Step, best: Kind) -> Decided:
        """What to do on an occasion; only the oracle looks at what is best."""
        ...

    async def heard(self, step: Step, text: str | None) -> None:
        """Takes what the user said to an offer or a deed, or of their own accord about it."""
        ...


@dataclass(frozen=True, slots=True)
class Always:
    """Does the same on every occasion.

    Attributes:
        kind: What it does.
    """

    kind: Kind

    async def decide(self, step: Step, best: Kind) -> Decided:
        """See `Arm.decide`."""
        return Decided(self.kind)

    async def heard(self, step: Step, text: str | None) -> None:
        """Forgets it."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """Acts where benefit is well above harm, asks where benefit is large, without a memory.

    Attributes:
        act: Least benefit less harm for acting.
        ask: Least benefit for asking.
    """

    act: float = 0.2
    ask: float = 0.45

    async def decide(self, step: Step, best: Kind) -> Decided:
        """See `Arm.decide`."""
        benefit, harm = step.offer.benefit, step.offer.harm
        if benefit - harm >= self.act:
            return Decided("act", numbers={"benefit": benefit, "harm": harm})
        kind: Kind = "ask" if benefit >= self.ask else "silent"
        return Decided(kind, numbers={"benefit": benefit, "harm": harm})

    async def heard(self, step: Step, text: str | None) -> None:
        """Forgets it."""


@dataclass(slots=True)
class NoAgain:
    """Asks, but never again about a topic in the same words once an answer was not a yes."""

    refused: set[str] = field(default_factory=set)

    async def decide(self, step: Step, best: Kind) -> Decided:
        """See `Arm.decide`."""
        return Decided("silent" if step.topic in self.refused else "ask")

    async def heard(self, step: Step, text: str | None) -> None:
        """Keeps the topic of what is no plain yes."""
        from ...policies.offers import read_consent

        if text is not None and read_consent(text).accepted is not True:
            self.refused.add(step.topic)
        elif text is not None:
            self.refused.discard(step.topic)


@dataclass(frozen=True, slots=True)
class Oracle:
    """Knows what the user holds, at every moment."""

    async def decide(self, step: Step, best: Kind) -> Decided:
        """See `Arm.decide`."""
        return Decided(best)

    async def heard(self, step: Step, text: str | None) -> None:
        """Knew it before."""


class Ours:
    """The agent, with a memory in a home of its own and a session for every conversation.

    Args:
        workspace: What the agents of all sessions share.
        clock: Set to the moment of each occasion.
    """

    def __init__(self, workspace: Workspace, clock: Clock) -> None:
        self._workspace = workspace
        self._clock = clock
        self._agent: Agent | None = None
        self._session = -1

    async def decide(self, step: Step, best: Kind) -> Decided:
        """See `Arm.decide`."""
        found = await (await self._at(step)).aconsider(step.offer)
        return Decided(
            found.kind,
            found.reason,
            {
                "wanted": found.wanted,
                "surely_wanted": found.surely_wanted,
                "act": found.weights.act,
                "ask": found.weights.ask,
            },
        )

    async def heard(self, step: Step, text: str | None) -> None:
        """See `Arm.heard`."""
        await (await self._at(step)).aanswer_offer(step.offer, text)

    async def close(self) -> None:
        """Ends the open session."""
        if self._agent is not None:
            await self._agent.aclose()
            self._agent = None

    async def _at(self, step: Step) -> Agent:
        from ...agent import Agent

        self._clock.now = step.at
        if self._agent is None or step.session != self._session:
            await self.close()
            self._session = step.session
            self._agent = Agent("user", session_id=f"s{step.session}", workspace=self._workspace)
        return self._agent


@dataclass(slots=True)
class Clock:
    """Tells the moment that it was set to."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@asynccontextmanager
async def open_ours(tools: Tools, began: datetime) -> AsyncIterator[Ours]:
    """Our arm in a home that is thrown away, without a chat model.

    Args:
        tools: Settings and the embedder.
        began: The first moment.
    """
    from ...agent import Workspace
    from ...agent.workspace import MissingChat
    from ...memory import Memory

    clock = Clock(began)
    none = MissingChat("none", NoChatModelError("this track holds its episodes without one"))
    with TemporaryDirectory(prefix="penchant-", ignore_cleanup_errors=True) as home:
        settings = tools.settings.model_copy(update={"home": Path(home)})
        with Memory(settings.home, tools.embedder, clock=clock) as memory:
            workspace = Workspace(settings, chat=none, embedder=tools.embedder, memory=memory)
            arm = Ours(workspace, clock)
            try:
                yield arm
            finally:
                await arm.close()
                workspace.close()
