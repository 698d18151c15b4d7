"""Answers of chat models kept by what was asked, so that a run repeated costs no calls."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ...errors import InputError
from ...models.types import Message, Usage

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["Answer", "ResponseCache", "request_key"]


class Answer(NamedTuple):
    """What a model answered.

    Attributes:
        text: The answer.
        usage: What it cost when it was made.
        truncated: Whether it was cut at `max_tokens`.
    """

    text: str
    usage: Usage
    truncated: bool


def request_key(
    model: str,
    messages: Sequence[Message],
    *,
    max_tokens: int,
    temperature: float,
    seed: int | None,
    schema: type[BaseModel] | None,
) -> str:
    """Names a request by the model, the prompt and every parameter: a SHA-256 in hexadecimal.

    Args:
        model: The model's name with what tells its version, such as the hash of its file.
        messages: The prompt.
        max_tokens: Upper bound on the answer's tokens.
        temperature: Randomness asked for.
        seed: Seed asked for.
        schema: What the answer has to fit, if anything.
    """
    asked = {
        "model": model,
        "messages": [[each.role, each.content] for each in messages],
        "max_tokens": max_tokens,
        "temperature": temperature,
        "seed": seed,
        "schema": None if schema is None else schema.model_json_schema(),
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


class ResponseCache:
    """Answers in one SQLite file, which several threads and processes may share.

    Args:
        file: Made if it is missing.

    Raises:
        InputError: The file is no such cache, or its directory cannot be written.
    """

    def __init__(self, file: Path) -> None:
        self._lock = threading.Lock()
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(file, timeout=60.0, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, text TEXT NOT NULL, "
                "prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, "
                "seconds REAL NOT NULL, truncated INTEGER NOT NULL)"
            )
        except (OSError, sqlite3.Error) as error:
            raise InputError(f"cannot keep answers in {str(file)!r}: {error}") from error

    def get(self, key: str) -> Answer | None:
        """The answer to a request; None if it is not kept."""
        with self._lock:
            found = self._db.execute(
                "SELECT text, prompt_tokens, completion_tokens, seconds, truncated "
                "FROM answers WHERE key = ?",
                (key,),
            ).fetchone()
        if found is None:
            return None
        text, prompt, completion, seconds, truncated = found
        usage = Usage(prompt_tokens=prompt, completion_tokens=completion, seconds=seconds)
        return Answer(text, usage, bool(truncated))

    def put(self, key: str, answer: Answer) -> None:
        """Keeps an answer; the first one kept for a request stays."""
        usage = answer.usage
        with self._lock, self._db:
            self._db.execute(
                "INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?, ?)",
                (
                    key,
                    answer.text,
                    usage.prompt_tokens,
                    usage.completion_tokens,
                    usage.seconds,
                    int(answer.truncated),
                ),
            )

    def close(self) -> None:
        """Closes the file; safe to call twice."""
        with self._lock:
            self._db.close()
