"""What an episode may use besides its own parameters: models, seeds, a home that is thrown away."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...config import Settings
from ...models.likelihood import likelihood_model
from ...models.types import ChatModel, Embedder
from .cache import ResponseCache
from .metering import Budget, Meter, MeteredChat, MeteredLikelihoods, Price
from .seeds import derive

if TYPE_CHECKING:
    from ...agent.workspace import Workspace

__all__ = ["Models", "Tools"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """The chat models of a run, by what they do; those not named are the agent's.

    Attributes:
        agent: Answers as the assistant.
        simulator: Words what simulated users say.
        judge: Judges replies.
    """

    agent: ChatModel
    simulator: ChatModel | None = None
    judge: ChatModel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Models and seeds for one episode; what its models do is counted in `meter`.

    Attributes:
        settings: In force; `home` is nobody's, see `workspace`.
        seed: The run's.
        embedder: Shared by all episodes of a worker.
        models: The bare models, or None in a run without chat models.
        identities: Each bare model's name, with what tells its version, by that name.
        meter: Counts this episode's calls.
        budget: The run's.
        cache: Of answers; None asks every time.
        price: What calls cost.
    """

    settings: Settings
    seed: int
    embedder: Embedder
    models: Models | None
    identities: dict[str, str]
    meter: Meter
    budget: Budget
    cache: ResponseCache | None = None
    price: Price | None = None

    @property
    def chat(self) -> ChatModel:
        """The agent's model.

        Raises:
            InputError: The run has no chat models.
        """
        return self._metered("agent")

    @property
    def simulator(self) -> ChatModel:
        """The model that words what simulated users say."""
        return self._metered("simulator")

    @property
    def judge(self) -> ChatModel:
        """The model that judges."""
        return self._metered("judge")

    def seed_for(self, *parts: object) -> int:
        """A seed of its own for what the parts name; see `derive`."""
        return derive(self.seed, *parts)

    def fresh(self) -> Tools:
        """The same with a meter of its own, for another episode."""
        return replace(self, meter=Meter())

    @contextmanager
    def workspace(self, **overrides: object) -> Iterator[Workspace]:
        """A workspace in a home of its own, with this episode's models; gone afterwards.

        Args:
            **overrides: Settings to change (`drafts=1`, `questions_per_session=0`).
        """
        from ...agent.workspace import Workspace

        with tempfile.TemporaryDirectory(prefix="penchant-", ignore_cleanup_errors=True) as home:
            settings = self.settings.model_copy(update={"home": Path(home), **overrides})
            workspace = Workspace(settings, chat=self.chat, embedder=self.embedder)
            try:
                yield workspace
            finally:
                workspace.close()

    def _metered(self, role: str) -> ChatModel:
        from ...errors import InputError

        if self.models is None:
            raise InputError("this run has no chat model; name one with --model")
        found: ChatModel | None = getattr(self.models, role)
        inner = found if found is not None else self.models.agent
        made = MeteredChat if likelihood_model(inner) is None else MeteredLikelihoods
        return made(
            inner,
            identity=self.identities.get(inner.name, inner.name),
            meter=self.meter,
            budget=self.budget,
            cache=self.cache,
            price=self.price,
        )
