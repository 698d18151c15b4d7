"""Who edits, what they bring in which order, and the same for every arm."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import InputError
from ...memory.types import Context
from ..runner import derive
from ..tasks.notes import NoteLike
from ..users.edits import EditUser, edit_style, edit_styles

__all__ = ["Round", "context_of", "draw_user", "rounds_of"]

# Said in the request, so that a draft ends before its bound in tokens does.
_WORDS = 60
# What people call such notes; those of other collections are just notes.
_NOTES = {
    "meetings": "these meeting minutes",
    "travel": "these travel notes",
    "feedback": "these notes of product feedback",
    "field": "these field and lab notes",
    "research": "these reading notes on a study",
    "news": "this news ticker",
    "household": "these notes about home and family",
    "support": "this customer support case",
}
_NAMES = (
    "Mira", "Jonas", "Adaeze", "Teun", "Halina", "Kofi", "Saoirse", "Ravi", "Noor", "Emil",
    "Paloma", "Anselm", "Yuki", "Dario", "Wanjiru", "Lior",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One text to write.

    Attributes:
        number: From 0.
        note: What it is written from.
        context: What the hidden style depends on ("meetings/email"); no arm is told.
        seen: How many rounds of this context came before.
    """

    number: int
    note: NoteLike
    context: str
    seen: int

    @property
    def request(self) -> str:
        """What the user asks for, the same in every arm."""
        notes = _NOTES.get(self.note.domain, "these notes")
        if self.note.kind == "summary":
            asked = f"Write a summary of {notes} in at most {_WORDS} words"
        else:
            to = f" to {self.note.to}" if self.note.to else ""
            asked = f"Write an email{to} from {notes} in at most {_WORDS} words"
        return f"{asked}:\n\n{self.note.text}"

    @property
    def near(self) -> Context:
        """What contexts are compared by: the request, notes included."""
        return Context(text=self.request)


def context_of(note: NoteLike) -> str:
    """What a hidden style depends on: where the notes come from, and what is made of them."""
    return f"{note.domain}/{note.kind}"


def draw_user(
    index: int,
    notes: Sequence[NoteLike],
    *,
    rounds: int,
    contexts: int,
    seed: int,
    styles: Sequence[str] = (),
    with_chat: bool = False,
) -> EditUser:
    """Draws a user: contexts of both kinds as far as there are, and a style for each.

    Args:
        index: The user's number.
        notes: What there is to write from.
        rounds: How many notes the user brings in all.
        contexts: How many contexts they come from.
        seed: The run's.
        styles: Names of the styles to draw from; empty for all.
        with_chat: Whether styles may be drawn that a language model must edit for.

    Raises:
        InputError: There are too few notes of that many contexts, or too few styles.
    """
    rng = random.Random(derive(seed, "user", index))
    wanted = -(-rounds // contexts)
    counts: dict[str, int] = {}
    for note in notes:
        counts[context_of(note)] = counts.get(context_of(note), 0) + 1
    enough = sorted(context for context, count in counts.items() if count >= wanted)
    if len(enough) < contexts:
        raise InputError(
            f"{rounds!r} rounds over {contexts!r} contexts take {wanted} notes of each, and only "
            f"{len(enough)} contexts have as many; ask for fewer rounds, or give more notes"
        )
    rng.shuffle(enough)
    # Both kinds in turn, as far as there are.
    by_kind = {kind: [c for c in enough if c.endswith(f"/{kind}")] for kind in ("email", "summary")}
    kinds = rng.sample(["email", "summary"], 2)
    chosen: list[str] = []
    while len(chosen) < contexts:
        for kind in kinds:
            if by_kind[kind] and len(chosen) < contexts:
                chosen.append(by_kind[kind].pop())
    known = [edit_style(name) for name in styles] if styles else list(edit_styles().values())
    known = [style for style in known if with_chat or not style.needs_chat]
    rng.shuffle(known)
    found = {}
    for context in chosen:
        kind = context.rsplit("/", 1)[1]
        style = next((each for each in known if kind in each.kinds), None)
        if style is None:
            raise InputError(f"too few styles for {kind!r} are left; name more, or fewer contexts")
        known.remove(style)
        found[context] = style
    return EditUser(name=_NAMES[index % len(_NAMES)], styles=found)


def rounds_of(
    user: EditUser, notes: Sequence[NoteLike], *, rounds: int, seed: int
) -> tuple[Round, ...]:
    """A user's rounds: their contexts in passes, each pass in an order of its own.

    Args:
        user: The user.
        notes: What there is to write from.
        rounds: How many.
        seed: Of the order.
    """
    rng = random.Random(seed)
    piles = {
        context: [note for note in notes if context_of(note) == context] for context in user.styles
    }
    for pile in piles.values():
        rng.shuffle(pile)
    found: list[Round] = []
    seen = dict.fromkeys(piles, 0)
    while len(found) < rounds:
        for context in rng.sample(list(piles), len(piles)):
            if len(found) == rounds:
                break
            found.append(
                Round(
                    number=len(found),
                    note=piles[context].pop(),
                    context=context,
                    seen=seen[context],
                )
            )
            seen[context] += 1
    return tuple(found)
