"""What runs neural networks: chat models, the embedded server, the embedder, the model store.

The names below load on first use, so that one can be had without the weight of the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazy

if TYPE_CHECKING:
    from .catalog import Catalog, load_catalog
    from .chat import LiteLLMChat, LoadProgress, open_chat
    from .deferred import DeferredEmbedder
    from .embedder import OnnxEmbedder, SentenceTransformerEmbedder, open_embedder
    from .fakes import (
        FunctionChatModel,
        FunctionLikelihoodModel,
        RecordedCall,
        ScriptedChatModel,
    )
    from .hash_embedder import HashEmbedder
    from .history import trim_history
    from .likelihood import Likelihood, LikelihoodModel, likelihood_model
    from .local import LocalChat
    from .passing import PassingChatModel, RehearsedChatModel
    from .progress import Progress, RichProgress, SilentProgress
    from .store import ModelInfo, ModelStore, VerifyResult, needed
    from .tokens import estimate_tokens
    from .types import ChatModel, Chunk, Embedder, Message, Role, Usage

__all__ = [
    "Catalog",
    "ChatModel",
    "Chunk",
    "DeferredEmbedder",
    "Embedder",
    "FunctionChatModel",
    "FunctionLikelihoodModel",
    "HashEmbedder",
    "Likelihood",
    "LikelihoodModel",
    "LiteLLMChat",
    "LoadProgress",
    "LocalChat",
    "Message",
    "ModelInfo",
    "ModelStore",
    "OnnxEmbedder",
    "PassingChatModel",
    "Progress",
    "RecordedCall",
    "RehearsedChatModel",
    "RichProgress",
    "Role",
    "ScriptedChatModel",
    "SentenceTransformerEmbedder",
    "SilentProgress",
    "Usage",
    "VerifyResult",
    "estimate_tokens",
    "likelihood_model",
    "load_catalog",
    "needed",
    "open_chat",
    "open_embedder",
    "trim_history",
]

_HOMES = {
    "Catalog": ".catalog",
    "ChatModel": ".types",
    "Chunk": ".types",
    "DeferredEmbedder": ".deferred",
    "Embedder": ".types",
    "FunctionChatModel": ".fakes",
    "FunctionLikelihoodModel": ".fakes",
    "HashEmbedder": ".hash_embedder",
    "Likelihood": ".likelihood",
    "LikelihoodModel": ".likelihood",
    "LiteLLMChat": ".chat",
    "LoadProgress": ".chat",
    "LocalChat": ".local",
    "Message": ".types",
    "ModelInfo": ".store",
    "ModelStore": ".store",
    "OnnxEmbedder": ".embedder",
    "PassingChatModel": ".passing",
    "Progress": ".progress",
    "RecordedCall": ".fakes",
    "RehearsedChatModel": ".passing",
    "RichProgress": ".progress",
    "Role": ".types",
    "ScriptedChatModel": ".fakes",
    "SentenceTransformerEmbedder": ".embedder",
    "SilentProgress": ".progress",
    "Usage": ".types",
    "VerifyResult": ".store",
    "estimate_tokens": ".tokens",
    "likelihood_model": ".likelihood",
    "load_catalog": ".catalog",
    "needed": ".store",
    "open_chat": ".chat",
    "open_embedder": ".embedder",
    "trim_history": ".history",
}

__getattr__, __dir__ = lazy(__name__, __all__, _HOMES)
