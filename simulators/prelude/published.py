"""The prelude track on the paper's documents, with its styles as far as code can check them.

The paper's hidden preference depends on where a document comes from, and is a phrase that GPT-4
edits by. Here each phrase is put as those of this project's rules that it asks for; what it asks
for besides (to be immersive, or skilful) is in no rule and costs nothing, so that edit costs
compare within a run and not with the paper's.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ...errors import InputError
from ..runner import Json, derive
from ..tasks.notes import NoteLike
from ..users.edits import EditStyle, EditUser, made_style
from .rounds import context_of
from .track import PreludeTrack

__all__ = ["PUBLISHED_STYLES", "PublishedPreludeTrack"]

_RULES: Mapping[str, tuple[str, ...]] = {
    # A story for young children: short and playful sentences that ask something back.
    "cnn_dailymail/summary": ("simple_words", "question_end"),
    # Brief, and told to the reader.
    "slf5k/summary": ("three_sentences", "to_you"),
    # A brief list.
    "wikipedia/summary": ("three_sentences", "bullets"),
    # Like a tweet: plain, inquisitive, with emoji.
    "ML-ArXiv-Papers/summary": ("short_sentences", "emoji", "question_end"),
    # Questions and their answers.
    "imdb/summary": ("questions_answered",),
    # Informal talk that just ends.
    "slf5k/email": ("no_subject", "contractions", "no_sign_off"),
    # To the point and respectful, with a proper greeting and closing.
    "ccby/email": ("no_contractions", "no_pleasantries", "dear", "kind_regards"),
    # Casual and clear, with a call to action.
    "ampere/email": ("no_subject", "contractions", "action_items"),
    # Addressed to somebody, professional, with a polite closing.
    "paper_tweet/email": ("no_contractions", "dear", "kind_regards"),
}
PUBLISHED_STYLES: Mapping[str, EditStyle] = {
    context: made_style(context, (context.rsplit("/", 1)[1],), rules)
    for context, rules in _RULES.items()
}
"""By context, which is the source and what is written from it."""

_NAMES = ("Robin", "Asha", "Milo", "Greta", "Idris", "Lena", "Tariq", "Wren")


@dataclass(frozen=True, kw_only=True)
class PublishedPreludeTrack(PreludeTrack):
    """`PreludeTrack` on documents of the paper's sources: give them as `notes`.

    A user's contexts are drawn from those that have documents enough; the style of each is that of
    `PUBLISHED_STYLES`. Without `with_chat`, styles that take a language model to edit are left out.
    """

    @cached_property
    def _people(self) -> tuple[EditUser, ...]:
        return tuple(self._user(index) for index in range(self.users))

    def config(self) -> Mapping[str, Json]:
        """See `Track.config`."""
        return {**super().config(), "styles_from": "paper"}

    def _user(self, index: int) -> EditUser:
        least = -(-self.rounds // self.contexts)
        enough = _contexts(self.notes, least=least, with_chat=self.with_chat)
        if len(enough) < self.contexts:
            raise InputError(
                f"{self.rounds!r} rounds over {self.contexts!r} contexts take "
                f"{least} documents of each, and only {enough!r} have as many; ask for "
                "fewer rounds or contexts, give more sources, or allow styles that a chat model "
                "edits for"
            )
        random.Random(derive(self.seed, "user", index)).shuffle(enough)
        chosen = enough[: self.contexts]
        return EditUser(
            name=_NAMES[index % len(_NAMES)],
            styles={context: PUBLISHED_STYLES[context] for context in chosen},
        )


def _contexts(notes: Sequence[NoteLike], *, least: int, with_chat: bool) -> list[str]:
    counts = Counter(context_of(note) for note in notes)
    return sorted(
        context
        for context, style in PUBLISHED_STYLES.items()
        if counts[context] >= least and (with_chat or not style.needs_chat)
    )
