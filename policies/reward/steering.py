"""Words that steer a ranking now: "less spicy, more outdoors", "swap beef for lentils"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from ...errors import InputError
from .posterior import Posterior

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["PULL", "Pull", "Wish", "pulled", "read_steering"]

PULL = 2.0
"""Logits for one spread: what a stored preference gives for a unit of its attribute."""

_MOST_WISHES = 12
_MOST_CHARACTERS = 1000
_PARTS = re.compile(r"\s*(?:[;,.\n]|\bbut\b)\s*", re.IGNORECASE)
_AND = re.compile(r"\s*(?:\b(?:and|or|plus|also)\b)\s*", re.IGNORECASE)
_COMMANDS = frozenset({"add", "fewer", "less", "more", "negate", "never", "no", "not", "swap"})
_EMPTY = re.compile(r"\s+(?:ones|things|stuff)$", re.IGNORECASE)
_SWAP = re.compile(
    r"^(?:(?:swap|exchange|trade)\s+(?:out\s+)?(?P<a1>.+?)\s+for\s+(?P<b1>.+)"
    r"|replace\s+(?P<a2>.+?)\s+(?:with|by)\s+(?P<b2>.+)"
    r"|(?P<b3>.+?)\s+(?:instead\s+of|rather\s+than|in\s+place\s+of)\s+(?P<a3>.+))$",
    re.IGNORECASE,
)
_NEVER = re.compile(
    r"^(?:no(?!t)|never|without|nothing\s+with|exclude|excluding|avoid)\s+(?:any\s+)?",
    re.IGNORECASE,
)
_LESS = re.compile(
    r"^(?:less\s+of|less|fewer|not\s+(?:so|too)(?:\s+(?:much|many))?|not|negate|remove|reduce|drop|"
    r"minus)\s+(?:the\s+)?",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"^(?:(?:please\s+)?(?:i\s+(?:want|like|would\s+like|prefer)|show(?:\s+me)?|give\s+me)\s+)?"
    r"(?:(?:more\s+of|more|add|with|prefer|only|some|something|anything|rather)\s+)?"
    r"(?:the\s+)?",
    re.IGNORECASE,
)


class Wish(NamedTuple):
    """What a ranking shall go towards, or away from.

    Attributes:
        phrase: The thing, in the user's words.
        sign: 1 towards it, -1 away from it.
        hard: Nothing that has it may be shown.
    """

    phrase: str
    sign: int
    hard: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pull:
    """A wish as a direction among the columns of features.

    Attributes:
        wish: The wish.
        direction: Shape `(d,)`: how much of the thing a row has.
        spread: By how much items differ in it; 0 if they do not, and then nothing moves.
    """

    wish: Wish
    direction: Floats
    spread: float

    @property
    def name(self) -> str:
        """What the wish is called among contributions: "towards outdoors"."""
        return f"{'towards' if self.wish.sign > 0 else 'away from'} {self.wish.phrase}"

    def shift(self, strength: float = PULL) -> Floats:
        """What it adds to the weights, shape `(d,)`."""
        scale = self.wish.sign * strength / self.spread if self.spread > 0 else 0.0
        return scale * self.direction


def read_steering(text: str) -> tuple[Wish, ...]:
    """Reads what a ranking shall do.

    The commands are those of RecBot ("Interactive Recommendation Agent with Active User Commands"):
    towards a thing or away from it, softly or for good. "More X", "add X" and a bare "X" go towards
    it; "less X" and "negate X" away from it; "no X", "never X" and "without X" rule it out; "swap A
    for B" and "B instead of A" do both. Parts are separated by commas or "and".

    Args:
        text: Commands, in English.

    Returns:
        The wishes, in order.

    Raises:
        InputError: There is no wish in it, or more than 12.
    """
    wishes: list[Wish] = []
    for part in _PARTS.split(text.strip()[:_MOST_CHARACTERS]):
        swap = _SWAP.match(part)
        if swap is not None:
            old, new = (_things(swap, letter) for letter in "ab")
            wishes += [*(Wish(each, 1) for each in new), *(Wish(each, -1) for each in old)]
        else:
            wishes += [wish for each in _AND.split(part) for wish in _wished(each)]
    if not wishes or len(wishes) > _MOST_WISHES:
        raise InputError(
            f"{text[:80]!r} says {len(wishes)} things; give 1 to {_MOST_WISHES}, such as "
            "'less spicy, more outdoors' or 'swap beef for lentils'"
        )
    return tuple(wishes)


def _wished(part: str) -> list[Wish]:
    for pattern, sign, hard in ((_NEVER, -1, True), (_LESS, -1, False), (_MORE, 1, False)):
        match = pattern.match(part)
        phrase = _phrase(part[match.end() :]) if match is not None else ""
        if phrase and phrase.casefold() not in _COMMANDS:
            return [Wish(phrase, sign, hard)]
    return []


def _things(swap: re.Match[str], letter: str) -> list[str]:
    """What a swap puts in (b) or takes out (a)."""
    found = next(value for name, value in swap.groupdict().items() if value and name[0] == letter)
    named = [wish.phrase for each in _AND.split(found) for wish in _wished(each)]
    return list(dict.fromkeys(named))


def _phrase(text: str) -> str:
    return _EMPTY.sub("", text.strip())


def pulled(posterior: Posterior, pulls: Sequence[Pull], *, strength: float = PULL) -> Posterior:
    """A posterior whose means go towards what is wished for, and away from what is not.

    A wish is no evidence of a lasting taste, and so no observation: it is what the user wants of
    this ranking. An item that has more of the thing than the average one, by the spread among the
    items, gains as many logits as a stored preference at full strength gives for a unit of its
    attribute; how sure the posterior is stays as it was.

    Args:
        posterior: The user's.
        pulls: The wishes.
        strength: Logits for one spread.
    """
    if not pulls:
        return posterior
    shift = sum((each.shift(strength) for each in pulls), 0.0 * pulls[0].direction)
    return replace(
        posterior,
        components=tuple(replace(each, mean=each.mean + shift) for each in posterior.components),
    )
