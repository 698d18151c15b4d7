"""What the user did, in a line, for who asks what moved a ranking."""

from __future__ import annotations

from typing import assert_never

from ..memory.types import Choice, Evidence
from .reward.cycles import Cycle

__all__ = ["tell", "tell_cycle"]

_QUOTED = 48


def tell(evidence: Evidence) -> str:  # noqa: PLR0911  # one return for each kind
    """An event in a few words: "picked “Soup.” over “A long letter …”".

    Args:
        evidence: Any event.

    Returns:
        One line; texts in it are cut to a few words.
    """
    seen = evidence.observation
    match seen.kind:
        case "choice":
            return _choice(seen)
        case "edit":
            return f"rewrote {_quoted(seen.before)} as {_quoted(seen.after)}"
        case "rating":
            return f"rated {_quoted(seen.text)} {seen.value:+.1f}"
        case "reaction":
            return f"said {_quoted(seen.text)} of {_quoted(seen.reply)}"
        case "answer":
            said = "skipped" if seen.value is None else f"answered {_quoted(seen.value)} to"
            return f"{said} {_quoted(seen.question)}"
        case "statement" | "command":
            return f"said {_quoted(seen.text)}"
        case "artefact":
            return f"showed {_quoted(seen.text)}"
        case _:
            assert_never(seen)


def tell_cycle(cycle: Cycle) -> str:
    """A circle in a user's choices: "“tea” over “milk” over “water” over “tea”"."""
    return " over ".join(
        _quoted(text) if text.strip() else "an ordinary reply"
        for text in (*cycle.texts, cycle.texts[0])
    )


def _choice(choice: Choice) -> str:
    if choice.picked is None or not 0 <= choice.picked < len(choice.shown):
        how = "went past" if choice.ignored else "took none of"
        return f"{how} {_listed(choice.shown)}"
    rest = [text for place, text in enumerate(choice.shown) if place != choice.picked]
    picked = f"picked {_quoted(choice.shown[choice.picked])}"
    return f"{picked} over {_listed(rest)}" if rest else picked


def _listed(texts: tuple[str, ...] | list[str]) -> str:
    first = _quoted(texts[0]) if texts else "nothing"
    return f"{first} and {len(texts) - 1} more" if len(texts) > 1 else first


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line if len(line) <= _QUOTED else line[: _QUOTED - 1].rstrip() + '…'}”"
