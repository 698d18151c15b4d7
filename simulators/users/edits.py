"""Edit users: they rewrite a draft until it keeps a hidden style, as PRELUDE's users do.

Gao et al. 2024, "Aligning LLM Agents by Learning Latent Preference from User Edits", has a
language model judge and rewrite every draft. Here code decides whether a draft keeps the style, and
rewrites it where rules can; a language model rewrites only what they cannot, and code checks what
it wrote.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel, ConfigDict

from ...errors import InputError
from ...models.prompts import fence, render
from ...models.structured import collect
from ...models.types import Message
from .letters import parse
from .rules import PLAIN, RULES, Pen, Rule

if TYPE_CHECKING:
    from ...models.types import ChatModel

__all__ = [
    "EditStyle",
    "EditUser",
    "Edited",
    "Violation",
    "edit_style",
    "edit_styles",
    "made_style",
]

_PASSES = 12
_TRIES = 3
_ROOM = 240
# A rewriting that is much longer or shorter has lost the matter.
_SHORTEST, _LONGEST = 0.3, 2.5
# What goes without saying, and the rule of a style that wants it otherwise.
_UNLESS = {"no_emoji": "emoji", "no_heading": "heading", "prose": "bullets"}


class Violation(NamedTuple):
    """A rule that a text breaks, and how."""

    rule: str
    what: str


class Edited(NamedTuple):
    """What a user made of a draft.

    Attributes:
        text: Their version; the draft itself if they found nothing to change.
        violations: What was wrong with the draft.
        fallbacks: Rules that a language model did not manage to apply, so that they stay broken.
        tries: Calls of the language model.
    """

    text: str
    violations: tuple[Violation, ...]
    fallbacks: int = 0
    tries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EditStyle:
    """A hidden style: rules, in the order in which they are applied.

    Attributes:
        name: Its key ("briefing").
        kinds: The kinds of text that it is for.
        rules: At least one.
        unsaid: Rules that go without saying: what the user takes out though their words do not
            speak of it (emoji, a heading, a list), unless the style asks for it.
    """

    name: str
    kinds: tuple[str, ...]
    rules: tuple[Rule, ...]
    unsaid: tuple[Rule, ...] = ()

    @property
    def words(self) -> str:
        """The style as its user would say it."""
        return ", ".join(rule.words for rule in self.rules)

    @property
    def needs_chat(self) -> bool:
        """Whether a language model must do the editing of some rule."""
        return any(rule.mend is None for rule in self.rules)

    def check(self, text: str, pen: Pen) -> tuple[Violation, ...]:
        """What breaks the style; nothing of a text that keeps it."""
        letter = parse(text)
        found = ((rule.name, rule.broken(letter, pen)) for rule in (*self.unsaid, *self.rules))
        return tuple(Violation(name, what) for name, what in found if what)

    def edit(self, text: str, pen: Pen) -> str:
        """The text with every rule applied that code can apply.

        A text that keeps these comes back as it is.

        Args:
            text: A draft.
            pen: Who edits it, and to whom it goes.
        """
        for _ in range(_PASSES):
            letter = parse(text)
            for rule in (*self.unsaid, *self.rules):
                if rule.mend is not None and rule.broken(letter, pen):
                    letter = rule.mend(letter, pen)
            changed = str(letter)
            if changed == str(parse(text)):
                break
            text = changed
        return text

    def named_in(self, description: str) -> float:
        """The share of the rules that a description names, in [0, 1]."""
        return sum(rule.told.search(description) is not None for rule in self.rules) / len(
            self.rules
        )


class _Style(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kinds: list[str]
    rules: list[str]


@cache
def edit_styles() -> Mapping[str, EditStyle]:
    """All styles by name; rules apply in the order of `RULES`."""
    data = tomllib.loads(files(__package__).joinpath("styles.toml").read_text("utf-8"))
    found = {}
    for name, entry in data.items():
        style = _Style.model_validate(entry)
        found[name] = made_style(name, style.kinds, style.rules)
    return found


def made_style(name: str, kinds: Sequence[str], rules: Sequence[str]) -> EditStyle:
    """A style out of rules, with what goes without saying.

    Args:
        name: Its key.
        kinds: The kinds of text that it is for.
        rules: Keys of `RULES`, in any order.
    """
    order = list(RULES)
    return EditStyle(
        name=name,
        kinds=tuple(kinds),
        rules=tuple(RULES[rule] for rule in sorted(rules, key=order.index)),
        unsaid=tuple(
            PLAIN[plain] for plain, wanted in _UNLESS.items() if not {plain, wanted} & set(rules)
        ),
    )


def edit_style(name: str) -> EditStyle:
    """A style by its name.

    Raises:
        InputError: There is none of that name.
    """
    try:
        return edit_styles()[name]
    except KeyError:
        known = ", ".join(edit_styles())
        raise InputError(f"there is no edit style {name!r}; the styles are {known}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditUser:
    """Somebody who edits drafts; how depends on what the draft is about.

    Attributes:
        name: Their first name.
        styles: The style for each context, such as "meetings/email".
    """

    name: str
    styles: Mapping[str, EditStyle]

    def style_for(self, context: str) -> EditStyle:
        """The style for a context.

        Raises:
            InputError: The user writes no such texts.
        """
        try:
            return self.styles[context]
        except KeyError:
            raise InputError(
                f"{self.name} has no style for {context!r}, only for {', '.join(self.styles)}"
            ) from None

    async def edit(
        self,
        draft: str,
        *,
        context: str,
        to: str = "",
        source: str = "",
        chat: ChatModel | None = None,
        seed: int = 0,
    ) -> Edited:
        """What the user makes of a draft.

        Args:
            draft: The draft; where it says nothing, the user writes from the source instead.
            context: What it is about.
            to: Its recipient.
            source: What the draft was to be written from.
            chat: Rewrites where rules cannot; it is shown the draft and the style, nothing else.
            seed: Of the rewriting.

        Raises:
            InputError: The style takes a language model, and there is none.
            ModelError: A call failed.
        """
        style = self.style_for(context)
        pen = Pen(name=self.name, to=to)
        violations = style.check(draft, pen)
        if draft.strip() and not violations:
            return Edited(draft, ())
        # What rules add to nothing (a closing question) is no text.
        text = style.edit(draft, pen) if draft.strip() else ""
        if not parse(text).body:
            # Nothing of it can be kept.
            text = style.edit(source or draft, pen)
        left = style.check(text, pen)
        if not left:
            return Edited(text, violations)
        if chat is None:
            raise InputError(
                f"the style {style.name!r} takes a language model to edit ({left[0].what}); "
                "give one, or styles that rules can apply"
            )
        tries = 0
        for tries in range(1, _TRIES + 1):
            rewritten = await _rewritten(chat, text, style, seed=seed + tries, again=tries > 1)
            candidate = style.edit(rewritten, pen)
            ratio = len(candidate.split()) / max(1, len(text.split()))
            if _SHORTEST <= ratio <= _LONGEST and not style.check(candidate, pen):
                return Edited(candidate, violations, tries=tries)
        return Edited(text, violations, fallbacks=len(left), tries=tries)


async def _rewritten(
    chat: ChatModel, text: str, style: EditStyle, *, seed: int, again: bool
) -> str:
    prompt = render(__package__, "edit", text=fence(text, "text"), style=style.words)
    answer = await collect(
        chat.stream(
            [Message(role="user", content=prompt)],
            max_tokens=_ROOM,
            temperature=0.7 if again else 0.0,
            seed=seed,
        )
    )
    return answer.text.strip()
