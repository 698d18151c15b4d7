"""Settings: what can be configured, and where each value comes from.

Order, the first that names a value wins: an argument in code or a flag, the environment
(`PENCHANT_MODEL` for `model`, and so on), `config.toml` in the home directory, the default.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .errors import ConfigError

__all__ = ["DEFAULT_MODEL", "Settings"]

DEFAULT_MODEL = "local/qwen2.5-coder-1.5b"
_PREFIX = "PENCHANT_"
_SHAPES = {
    "database_url": "postgresql://USER:PASSWORD@HOST:PORT/NAME",
    "index_url": "http://HOST:PORT",
}


def _default_home() -> Path:
    return platformdirs.user_data_path("penchant", appauthor=False)


def _default_cache() -> Path:
    return platformdirs.user_cache_path("penchant", appauthor=False)


class Settings(BaseModel):
    """Everything that can be configured; frozen, so that one agent's cannot change another's.

    Attributes:
        home: Where memories, sessions and `config.toml` live (`PENCHANT_HOME`).
        database_url: A PostgreSQL database for memories and sessions, in the place of SQLite files
            in the home: `postgresql://USER:PASSWORD@HOST:PORT/NAME`
            (`PENCHANT_DATABASE_URL`; needs `penchant[postgres]`). Several machines may share it.
        index_url: A Chroma server for the index of memories, in the place of files in the home:
            `http://HOST:PORT` (`PENCHANT_INDEX_URL`). Several machines and stores may share it.
        cache: Where model files live (`PENCHANT_CACHE`).
        model: Chat model: `local/NAME` for one of the catalogue, `local/PATH.gguf` for a file,
            else a litellm model string such as `anthropic/…` or `openai/…`.
        api_base: Address of an OpenAI-compatible server, for self-hosted models.
        embedder: `minilm`, or the name or path of a sentence-transformers model.
        context_window: Tokens that prompt and answer may take together on the local model.
        timeout_s: Seconds without a single token after which a call to a model fails.
        max_retries: How often a failed call is tried again, with backoff.
        drafts: How many drafts a turn writes, 1 to 4.
        drafting: `together` has all drafts written in one call, which a local model does fastest;
            `separate` in a call for each, side by side, for hosted models.
        reply_tokens: Upper bound on the tokens of one draft.
        questions_per_session: Upper bound on clarifying questions in a session; 0 never asks.
        recall_limit: How many near preferences a turn recalls, besides hard constraints.
        recall_tokens: Token budget of what memory puts into a prompt.
        read_follow_ups: Whether a local model guesses, behind the turns, what messages think of a
            reply where neither rules nor the embedder decide (`penchant eval reactions`).
        reward_prior: What holds of people at large, as `penchant reward fit` saved it; by default
            every user's reward model starts from nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    home: Path = Field(default_factory=_default_home)
    cache: Path = Field(default_factory=_default_cache)
    # Not shown: they may hold a password.
    database_url: str | None = Field(
        default=None, repr=False, pattern=r"^postgres(ql)?(\+psycopg)?://"
    )
    index_url: str | None = Field(default=None, repr=False, pattern=r"^https?://[^/]")
    model: str = Field(default=DEFAULT_MODEL, min_length=1)
    api_base: str | None = None
    embedder: str = Field(default="minilm", min_length=1)
    context_window: int = Field(default=8192, ge=1024)
    timeout_s: float = Field(default=120.0, gt=0)
    max_retries: int = Field(default=2, ge=0, le=10)
    drafts: int = Field(default=2, ge=1, le=4)
    drafting: Literal["together", "separate"] = "together"
    reply_tokens: int = Field(default=320, ge=32)
    questions_per_session: int = Field(default=3, ge=0)
    recall_limit: int = Field(default=8, ge=1)
    recall_tokens: int = Field(default=400, ge=50)
    read_follow_ups: bool = False
    reward_prior: Path | None = None

    @classmethod
    def load(cls, **given: Any) -> Settings:
        """Gathers settings from arguments, the environment and the config file.

        Args:
            **given: Field values; None means not given.

        Returns:
            The settings.

        Raises:
            ConfigError: A name is unknown or a value is malformed; the message names both.
        """
        values: dict[str, Any] = {}
        sources: dict[str, str] = {}

        def take(found: dict[str, Any], source: str) -> None:
            for name, value in found.items():
                values[name] = value
                sources[name] = source

        arguments = {name: value for name, value in given.items() if value is not None}
        environment = {
            name: os.environ[_PREFIX + name.upper()]
            for name in cls.model_fields
            if os.environ.get(_PREFIX + name.upper())
        }
        home = Path(arguments.get("home") or environment.get("home") or _default_home())
        file = home.expanduser() / "config.toml"
        take(_read(file), str(file))
        take(environment, "the environment")
        take(arguments, "an argument")
        values["home"] = home
        for name in ("home", "cache", "reward_prior"):
            if values.get(name) is not None:
                values[name] = Path(values[name]).expanduser().absolute()
        try:
            return cls(**values)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            source = sources.get(name, "an argument")
            known = ", ".join(sorted(cls.model_fields))
            hint = f"; known settings: {known}" if first["type"] == "extra_forbidden" else ""
            if name in _SHAPES:
                # It may hold a password, and so may the error that says so.
                raise ConfigError(
                    f"setting {name!r} from {source} is no such address; give {_SHAPES[name]}"
                ) from None
            raise ConfigError(
                f"setting {name!r} from {source} is {first.get('input')!r}: {first['msg']}{hint}"
            ) from error

    @property
    def models_dir(self) -> Path:
        """Where model files are kept."""
        return self.cache / "models"


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"cannot read {str(file)!r}: {error}; mend or remove it") from error
