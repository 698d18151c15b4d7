"""How likely a model holds a given continuation: what only some chat models can tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from .types import Message, Usage

__all__ = ["Likelihood", "LikelihoodModel", "likelihood_model"]


class Likelihood(NamedTuple):
    """How likely a continuation is.

    Attributes:
        log_probability: Of the whole continuation, in nats, at most 0.
        tokens: How many tokens it has.
        usage: What asking cost.
    """

    log_probability: float
    tokens: int
    usage: Usage


@runtime_checkable
class LikelihoodModel(Protocol):
    """A model that tells the probability of a text that it did not write itself."""

    async def log_likelihood(
        self, messages: Sequence[Message], continuation: str, *, background: bool = False
    ) -> Likelihood:
        """The log-probability that the last message goes on with a continuation.

        Calls with the same messages share their prompt in the prefix cache.

        Args:
            messages: The conversation; its last message, of any role, is unfinished, and may be
                empty.
            continuation: How it goes on, with its leading space where one is due.
            background: Nobody waits for it: other calls to the same model go first.

        Raises:
            InputError: There are no messages, or the continuation is empty.
            ModelError: The model cannot be loaded or run, or cannot tell.
        """
        ...


def likelihood_model(chat: object) -> LikelihoodModel | None:
    """A chat model as one that tells likelihoods; None if it cannot, as hosted ones cannot.

    Args:
        chat: Any chat model.
    """
    return chat if isinstance(chat, LikelihoodModel) else None
