"""How far each kind of evidence is to be trusted, as stated beforehand and as learned of a person.

A label is the wrong way round with a rate of its source's: `p = ε + (1 - 2ε) σ(·)`. What a user
writes themselves is rarely meant otherwise; a message of thanks may thank for anything; a judge
that is a language model is one source among others, of the reliability that is stated for it and
then learned, and never the truth. Rates have a Beta prior with the stated rate as its mean, worth
so many comparisons, and are learned by expectation-maximisation: how likely each label is flipped,
given what the other evidence says of it, and from that the rate (`learning.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from ...errors import InputError

__all__ = ["SOURCES", "Reliability", "Sources", "reliability", "trusting"]

_WORTH = 10.0
# As near to a coin's toss as a rate may come: beyond it labels would speak for their contrary.
MOST_FLIPPED = 0.45


class Reliability(NamedTuple):
    """What is believed of a source before it is learned.

    Attributes:
        flip: How often its labels are the wrong way round, in [0, 0.5).
        worth: How many comparisons that belief counts for, above 0.
    """

    flip: float
    worth: float = _WORTH


Sources = Mapping[str, Reliability]
"""What is believed of each source, by its name."""

# An ignored suggestion was liked all the same with g = 0.8, which is a flip rate of g / (1 + g).
SOURCES: Sources = MappingProxyType(
    {
        "edit": Reliability(0.02),
        "choice": Reliability(0.02),
        "refusal": Reliability(0.05),
        "ignored": Reliability(0.8 / 1.8, 100.0),
        "rating": Reliability(0.02),
        "reaction": Reliability(0.1),
        "reaction_embedder": Reliability(0.2),
        "reaction_follow_ups": Reliability(0.35),
        "repair": Reliability(0.05),
        "unopposed": Reliability(0.2),
        "imported": Reliability(0.05),
        "judge": Reliability(0.2),
    }
)
"""The sources of a user's comparisons.

`edit`: the user rewrote a text. `choice`: they picked one of several. `refusal`: they took none.
`ignored`: they went on without a word on what was shown. `rating`: they rated two texts
differently. `reaction`: their messages show what they thought of two replies, by rules;
`reaction_embedder`, `reaction_follow_ups`: by a guess of the embedder, or of the local model.
`repair`: a reply that mended another was welcome; `unopposed`: or met no objection. `imported`: an
event from elsewhere. `judge`: a language model compared the texts in the user's place.
"""


def reliability(source: str, sources: Sources = SOURCES) -> Reliability:
    """What is believed of a source; of one that nobody has heard of, as of an imported event."""
    return sources.get(source, sources.get("imported", SOURCES["imported"]))


def trusting(stated: Mapping[str, Reliability | float] | None = None) -> Sources:
    """The built-in beliefs, with others in their place or beside them.

    Args:
        stated: By source; a number is a flip rate.

    Raises:
        InputError: A rate or a worth is out of its range.
    """
    found = dict(SOURCES)
    for name, each in (stated or {}).items():
        belief = each if isinstance(each, Reliability) else Reliability(float(each))
        if not (0.0 <= belief.flip < 0.5 and 0.0 < belief.worth < float("inf")):
            raise InputError(
                f"source {name!r} is said to be {belief!r}; flip lies in [0, 0.5), worth above 0"
            )
        found[name] = belief
    return MappingProxyType(found)
