"""What a judge says, and what to make of it: never the truth, one more labelled source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ...errors import InputError
from ...models.types import Usage
from ..reward import Comparison

__all__ = ["Better", "Judgement", "Points", "Seen", "Tally", "as_comparison", "tally"]

Better = Literal["a", "b", "tie"]
Seen = Literal["first", "second", "tie"]


class Points(NamedTuple):
    """A text's points, from 1 to 10.

    Attributes:
        value: The points; None if the judge failed.
        reason: In the judge's words, or why it failed.
        usage: What it cost.
    """

    value: int | None
    reason: str
    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Which of two texts a person would like better, asked in both orders.

    Attributes:
        better: What both orders say; a tie where they contradict each other or either is a tie;
            None if the judge failed in one of them.
        shown_ab: What was said with text a first; None if the judge failed.
        shown_ba: What was said with text b first.
        reasons: In the judge's words, or why it failed, for each order.
        usage: What both calls cost.
    """

    better: Better | None
    shown_ab: Seen | None
    shown_ba: Seen | None
    reasons: tuple[str, str]
    usage: Usage

    @classmethod
    def of(
        cls, shown_ab: Seen | None, shown_ba: Seen | None, reasons: tuple[str, str], usage: Usage
    ) -> Judgement:
        """Puts both orders together."""
        better: Better | None = "tie"
        if shown_ab is None or shown_ba is None:
            better = None
        elif (shown_ab, shown_ba) == ("first", "second"):
            better = "a"
        elif (shown_ab, shown_ba) == ("second", "first"):
            better = "b"
        return cls(
            better=better, shown_ab=shown_ab, shown_ba=shown_ba, reasons=reasons, usage=usage
        )

    @property
    def problem(self) -> str:
        """Why the judge failed in the first order in which it did; empty if in none."""
        both = zip((self.shown_ab, self.shown_ba), self.reasons, strict=True)
        return next((reason for seen, reason in both if seen is None), "")


class Tally(NamedTuple):
    """How judgements went.

    Attributes:
        asked: How many pairs were judged.
        failed: Where the judge failed in one order or both.
        ties: Where both orders were judged and no text came out.
        contradicted: Of these, where each order picked what it showed first, or second.
        first_share: Of all single answers that picked a text, the share that picked the one shown
            first: 0.5 without position bias; None if nothing was picked.
        agreed: Where the truth was picked, if it is known.
        agreement: Share of all pairs where the truth was picked: failures and ties are wrong.
        agreement_decided: Share of the pairs that were decided.
    """

    asked: int
    failed: int
    ties: int
    contradicted: int
    first_share: float | None
    agreed: int | None = None
    agreement: float | None = None
    agreement_decided: float | None = None


def tally(
    judgements: Sequence[Judgement], truth: Sequence[Literal["a", "b"]] | None = None
) -> Tally:
    """Counts how judgements went.

    Args:
        judgements: Any number.
        truth: What the person said of each pair, if it is known.

    Raises:
        InputError: There are not as many truths as judgements.
    """
    if truth is not None and len(truth) != len(judgements):
        raise InputError(f"{len(truth)} truths and {len(judgements)} judgements; give one for each")
    single = [seen for each in judgements for seen in (each.shown_ab, each.shown_ba)]
    first, second = single.count("first"), single.count("second")
    decided = [each.better in {"a", "b"} for each in judgements]
    found = Tally(
        asked=len(judgements),
        failed=sum(each.better is None for each in judgements),
        ties=sum(each.better == "tie" for each in judgements),
        contradicted=sum(
            each.better == "tie" and each.shown_ab == each.shown_ba != "tie" for each in judgements
        ),
        first_share=first / (first + second) if first + second else None,
    )
    if truth is None:
        return found
    agreed = sum(each.better == known for each, known in zip(judgements, truth, strict=True))
    return found._replace(
        agreed=agreed,
        agreement=agreed / len(judgements) if judgements else None,
        agreement_decided=agreed / sum(decided) if any(decided) else None,
    )


def as_comparison(judgement: Judgement, a: str, b: str, *, reliability: float) -> Comparison | None:
    """A judgement as one more label, believed as far as the judge is reliable.

    Args:
        judgement: What was said of the texts.
        a: The text called a.
        b: The text called b.
        reliability: How often the judge says what the person would, in (0.5, 1].

    Returns:
        A comparison of the source "judge" with the flip rate `1 - reliability`, a tie as a tie;
        None if the judge failed.

    Raises:
        InputError: `reliability` is out of its range: a judge that is right half the time says
            nothing.
    """
    if not 0.5 < reliability <= 1.0:
        raise InputError(f"reliability is {reliability!r}; it must be above 0.5 and at most 1")
    if judgement.better is None:
        return None
    preferred, other = (b, a) if judgement.better == "b" else (a, b)
    return Comparison(
        preferred=preferred,
        other=other,
        target=0.5 if judgement.better == "tie" else 1.0,
        flip=1.0 - reliability,
        source="judge",
    )
