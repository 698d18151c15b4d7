"""Opens the models that a run names, and tells which they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...models.types import ChatModel, Embedder
from .cache import ResponseCache
from .metering import Budget, Meter
from .options import ModelNames, RunOptions
from .tools import Models, Tools

if TYPE_CHECKING:
    from ...config import Settings
    from ...models.types import Usage

__all__ = ["close_tools", "identity_of", "litellm_price", "open_tools"]

_LOCAL = "local/"


def identity_of(settings: Settings, model: str) -> dict[str, str]:
    """Which model this is: its name, the SHA-256 of its weights if they are here, its address.

    Args:
        settings: Where models are kept.
        model: As users write it.
    """
    told = {"name": model}
    if model.startswith(_LOCAL):
        from ...models.local import locate_model
        from ...models.partfile import sha256_of
        from ...models.record import Record

        file = locate_model(settings.model_copy(update={"model": model}), None)
        record = Record(file.parent)
        known = record.files.get(file.name)
        fresh = known is None or not record.holds(file.name)
        told["sha256"] = sha256_of(file) if fresh or known is None else known.sha256
    elif settings.api_base:
        told["api_base"] = settings.api_base
    return told


def litellm_price(model: str, usage: Usage) -> float:
    """Dollars for a call by litellm's table of prices; 0 for models that are not in it."""
    if model.startswith(_LOCAL):
        return 0.0
    from ...models.chat import import_litellm

    litellm = import_litellm()
    try:
        prompt, completion = litellm.cost_per_token(
            model=model,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
        )
    except Exception:  # noqa: BLE001  (litellm raises a plain Exception for unknown models)
        return 0.0
    return float(prompt) + float(completion)


def open_tools(
    options: RunOptions,
    names: ModelNames,
    *,
    seed: int,
    budget: Budget,
    identities: Mapping[str, Mapping[str, str]],
) -> Tools:
    """Tools for a worker; the embedder and the chat models load on first use.

    Args:
        options: How the run is held.
        names: Its chat models.
        seed: Of the run.
        budget: What may still be spent.
        identities: What `identity_of` told of each role's model.

    Raises:
        NoChatModelError: A local model is not here.
    """
    from ...models.chat import open_chat
    from ...models.deferred import DeferredEmbedder

    opened: dict[str, ChatModel] = {}
    by_role = names.by_role
    for name in dict.fromkeys(by_role.values()):
        opened[name] = open_chat(options.settings.model_copy(update={"model": name}))
    models = None
    if by_role:
        models = Models(
            agent=opened[by_role["agent"]],
            simulator=opened[by_role["simulator"]],
            judge=opened[by_role["judge"]],
        )
    embedder: Embedder = DeferredEmbedder(options.settings)
    return Tools(
        settings=options.settings,
        seed=seed,
        embedder=embedder,
        models=models,
        identities={told["name"]: " ".join(told.values()) for told in identities.values()},
        meter=Meter(),
        budget=budget,
        cache=None if options.cache is None else ResponseCache(options.cache),
        price=litellm_price,
    )


async def close_tools(tools: Tools) -> None:
    """Frees models and the cache."""
    if tools.cache is not None:
        tools.cache.close()
    if tools.models is not None:
        for model in {
            id(each): each
            for each in (tools.models.agent, tools.models.simulator, tools.models.judge)
            if each is not None
        }.values():
            await model.aclose()
