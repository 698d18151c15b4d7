"""Preference pairs as the trainers of TRL and of OpenRLHF read them, one JSON object a line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import IO, Literal, TypeAlias, assert_never

from ..runner.episodes import Json
from .pairs import PreferencePair

__all__ = ["FORMATS", "Format", "pseudonym", "record_of", "write_pairs"]

Format: TypeAlias = Literal["trl", "trl-plain", "openrlhf"]
FORMATS: tuple[Format, ...] = ("trl", "trl-plain", "openrlhf")


def record_of(pair: PreferencePair, form: Format, *, margin: bool = False) -> Mapping[str, Json]:
    """A pair as one record.

    - `trl`: TRL's conversational preference format with an explicit prompt: `prompt`, `chosen` and
      `rejected` are lists of messages.
    - `trl-plain`: TRL's standard format: the same three as texts.
    - `openrlhf`: what OpenRLHF's `RewardDataset` reads with its default keys and
      `--apply_chat_template`: `chosen` and `rejected` are whole conversations, the prompt in each;
      `prompt` is a text beside them, for people.

    All have `user`, `strength`, `rationale`, `origin`, `licence` and `provenance`. A pair whose
    prompt is not known has an empty one in `trl-plain`, and no message of the user's in the others.

    Args:
        pair: The pair.
        form: Which format.
        margin: With the strength as `margin`, which both trainers read for a margin loss; the
            strength must be known.
    """
    asked: list[Json] = [{"role": "user", "content": pair.prompt}] if pair.prompt else []
    chosen: list[Json] = [{"role": "assistant", "content": pair.chosen}]
    rejected: list[Json] = [{"role": "assistant", "content": pair.rejected}]
    told: dict[str, Json]
    match form:
        case "trl":
            told = {"prompt": asked, "chosen": chosen, "rejected": rejected}
        case "trl-plain":
            told = {"prompt": pair.prompt, "chosen": pair.chosen, "rejected": pair.rejected}
        case "openrlhf":
            told = {
                "prompt": pair.prompt,
                "chosen": [*asked, *chosen],
                "rejected": [*asked, *rejected],
            }
        case _:
            assert_never(form)
    if margin:
        told["margin"] = pair.strength
    return told | {
        "user": pair.user,
        "strength": pair.strength,
        "rationale": pair.rationale,
        "origin": pair.origin,
        "licence": pair.licence,
        "provenance": pair.provenance,
    }


def pseudonym(user: str, salt: str) -> str:
    """A name for a user that tells nothing of theirs to whoever does not know the salt."""
    return (
        "user-" + hashlib.blake2b(user.encode(), key=salt.encode()[:64], digest_size=8).hexdigest()
    )


def write_pairs(pairs: Iterable[PreferencePair], out: IO[str], form: Format) -> int:
    """Writes pairs as JSON Lines, with margins if the strength of every one is known.

    A margin in some records and none in others is what trainers cannot read.

    Args:
        pairs: Any number.
        out: Where to.
        form: Which format.

    Returns:
        How many were written.
    """
    every = list(pairs)
    margin = all(pair.strength is not None for pair in every)
    for pair in every:
        out.write(json.dumps(record_of(pair, form, margin=margin), ensure_ascii=False) + "\n")
    return len(every)
