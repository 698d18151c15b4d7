"""Turning what litellm raises into Penchant's errors: retried or not, and what to do about it."""

from __future__ import annotations

import importlib
import os
import re
from typing import Any

from ..errors import ChatProviderError, ChatTimeoutError, ModelError

__all__ = ["refuses_schema", "retry_delay", "translate"]

_FIRST_DELAY_S = 0.5
_LONGEST_DELAY_S = 20.0
_DETAIL = 300
_FORBIDDEN = 403
_HIDDEN = "[hidden]"
_SECRET_NAME = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD)$")
_SECRET_TEXT = re.compile(r"(?i)(\bsk-|\bkey=|\bbearer\s+|\bapi[-_ ]?key\S*\s+)([^\s,;'\"]{6,})")
_SCHEMA_WORDS = re.compile(r"response_format|json_schema|response_schema|structured output", re.I)


def retry_delay(error: Exception, attempt: int, jitter: float) -> float | None:
    """Says how long to wait before a failed call is tried again.

    Exponential backoff with jitter of a half, unless the provider names a time itself.

    Args:
        error: What the call raised.
        attempt: How many attempts have failed, from 1.
        jitter: A random number in [0, 1).

    Returns:
        Seconds, at most 20; None if trying again cannot help.
    """
    exceptions = _exceptions()
    error = _cause(error)
    if isinstance(error, exceptions.Timeout):
        return None
    passing = (
        exceptions.RateLimitError,
        exceptions.ServiceUnavailableError,
        exceptions.BadGatewayError,
        exceptions.InternalServerError,
        exceptions.APIConnectionError,
    )
    if not isinstance(error, passing) or "insufficient_quota" in str(error):
        return None
    named = _retry_after(error)
    if named is not None:
        return min(named, _LONGEST_DELAY_S)
    ceiling: float = min(_FIRST_DELAY_S * 2 ** (attempt - 1), _LONGEST_DELAY_S)
    return ceiling * (0.5 + jitter / 2)


def refuses_schema(error: Exception) -> bool:
    """Whether a provider refused a call because it takes no JSON schema."""
    exceptions = _exceptions()
    refusals = (
        exceptions.BadRequestError,
        exceptions.UnprocessableEntityError,
        exceptions.UnsupportedParamsError,
    )
    return isinstance(error, refusals) and bool(_SCHEMA_WORDS.search(str(error)))


def translate(error: Exception, *, model: str, timeout_s: float) -> ModelError:
    """Writes the error that the caller gets.

    Args:
        error: What the call raised.
        model: The model string that the user chose.
        timeout_s: The time after which calls fail.

    Returns:
        The error: which model, what happened, what to do. Keys never appear in it.
    """
    exceptions = _exceptions()
    error = _cause(error)
    if isinstance(error, (TimeoutError, exceptions.Timeout)):
        return ChatTimeoutError(
            f"model {model!r} gave no token for {timeout_s:g} s; try again, or raise timeout_s"
            " (PENCHANT_TIMEOUT_S)"
        )
    if isinstance(error, exceptions.AuthenticationError):
        # The provider's own words may quote the key.
        return ChatProviderError(
            f"the provider of model {model!r} does not accept the key; check the environment"
            " variable that holds it"
        )
    advice = _advice(error, exceptions)
    return ChatProviderError(f"model {model!r} {advice}. It said: {_detail(error)}")


def _advice(error: Exception, exceptions: Any) -> str:
    table: list[tuple[Any, str]] = [
        (
            exceptions.ContextWindowExceededError,
            "cannot take a prompt this long; shorten the conversation or raise context_window",
        ),
        (
            exceptions.ContentPolicyViolationError,
            "refused the content; word the request differently",
        ),
        (
            exceptions.RateLimitError,
            "is rate limited or out of quota; wait, or check the plan of the account",
        ),
        (exceptions.NotFoundError, "does not exist at its provider; check PENCHANT_MODEL"),
        (exceptions.BadRequestError, "refused the request; check the model string and settings"),
        (
            (
                exceptions.ServiceUnavailableError,
                exceptions.BadGatewayError,
                exceptions.InternalServerError,
                exceptions.APIConnectionError,
            ),
            "cannot be reached or fails at its provider; try again, check api_base and network",
        ),
    ]
    if getattr(error, "status_code", None) == _FORBIDDEN:
        return "may not be used with this key; check the account's rights"
    for kinds, advice in table:
        if isinstance(error, kinds):
            return advice
    return "failed; try again, or choose another model with PENCHANT_MODEL"


def _exceptions() -> Any:
    # By name: following litellm's types would take the type checker minutes.
    return importlib.import_module("litellm.exceptions")


def _cause(error: Exception) -> Exception:
    """What broke a stream, which litellm wraps to let routers fall back to other models."""
    original = getattr(error, "original_exception", None)
    return original if isinstance(original, Exception) else error


def _retry_after(error: Exception) -> float | None:
    headers = getattr(error, "litellm_response_headers", None)
    if headers is None:
        headers = getattr(getattr(error, "response", None), "headers", None)
    value = headers.get("retry-after", "") if headers is not None else ""
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if seconds >= 0 else None


def _detail(error: Exception) -> str:
    text = " ".join(str(error).split())
    for name, value in os.environ.items():
        if len(value) >= 8 and _SECRET_NAME.search(name.upper()):
            text = text.replace(value, _HIDDEN)
    text = _SECRET_TEXT.sub(rf"\1{_HIDDEN}", text)
    return text if len(text) <= _DETAIL else text[:_DETAIL] + "…"
