"""Every error that Penchant raises on purpose.

PenchantError
├── ConfigError               a setting is missing, unknown or malformed
├── InputError                an argument or a message cannot be used as given
├── NotFoundError             an id names nothing that this user owns
├── ModelError                anything about running neural networks
│   ├── ModelStoreError       a model file cannot be had
│   │   ├── ChecksumError     the bytes are not the catalogue's bytes
│   │   ├── DiskSpaceError    the cache directory cannot hold the file
│   │   └── SourceError       no source delivered the file
│   ├── NoChatModelError      neither a key nor a local model
│   ├── ChatTimeoutError      the model did not answer in time
│   ├── ChatProviderError     the provider refused or failed
│   ├── StructuredOutputError the answer does not fit its schema, even after one repair
│   └── EmbedderError         texts cannot be embedded
├── MemoryStoreError          anything about what is known of a user
│   ├── StoreLockedError      another process writes to this store
│   ├── ReadOnlyError         the store was opened for reading
│   └── EmbedderMismatchError the index was built with another embedder
├── SessionError              anything about conversations
│   ├── StaleQuestionError    the question is no longer open
│   └── SessionBusyError      a turn of this session is still running
└── InterruptedTurnError      the turn was cancelled by its caller

A message says what happened, with which value, and what to do about it.
"""

from __future__ import annotations

__all__ = [
    "ChatProviderError",
    "ChatTimeoutError",
    "ChecksumError",
    "ConfigError",
    "DiskSpaceError",
    "EmbedderError",
    "EmbedderMismatchError",
    "InputError",
    "InterruptedTurnError",
    "MemoryStoreError",
    "ModelError",
    "ModelStoreError",
    "NoChatModelError",
    "NotFoundError",
    "PenchantError",
    "ReadOnlyError",
    "SessionBusyError",
    "SessionError",
    "SourceError",
    "StaleQuestionError",
    "StoreLockedError",
    "StructuredOutputError",
]


class PenchantError(Exception):
    """Base of every error that Penchant raises on purpose."""


class ConfigError(PenchantError):
    """A setting is missing, unknown or malformed."""


class InputError(PenchantError, ValueError):
    """An argument or a message cannot be used as given."""


class NotFoundError(PenchantError, LookupError):
    """An id names nothing that this user owns."""


class ModelError(PenchantError):
    """Something about running neural networks went wrong."""


class ModelStoreError(ModelError):
    """A model file cannot be had."""


class ChecksumError(ModelStoreError):
    """The bytes fetched are not the bytes that the catalogue names."""


class DiskSpaceError(ModelStoreError):
    """The cache directory cannot hold the file."""


class SourceError(ModelStoreError):
    """No source delivered the file."""


class NoChatModelError(ModelError):
    """Neither a provider's key nor a local model is at hand."""


class ChatTimeoutError(ModelError, TimeoutError):
    """The chat model did not answer in time."""


class ChatProviderError(ModelError):
    """The provider of the chat model refused or failed."""


class StructuredOutputError(ModelError):
    """The model's answer does not fit its schema, even after one repair."""


class EmbedderError(ModelError):
    """Texts cannot be embedded."""


class MemoryStoreError(PenchantError):
    """Something about the store of memories went wrong."""


class StoreLockedError(MemoryStoreError):
    """Another process has this store open for writing."""


class ReadOnlyError(MemoryStoreError):
    """The store was opened for reading only."""


class EmbedderMismatchError(MemoryStoreError):
    """The index was built with another embedder than the one in use."""


class SessionError(PenchantError):
    """Something about a conversation's state went wrong."""


class StaleQuestionError(SessionError):
    """The question answered is not the one that is open."""


class SessionBusyError(SessionError):
    """A turn of this session is still running."""


class InterruptedTurnError(PenchantError):
    """The turn was cancelled by its caller; the message is kept."""
