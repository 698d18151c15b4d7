"""What a simulated user did wrong in an episode, told by code from what the episode kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from ..runner.episodes import Episode
from ..users.leaks import LeakCheck, Secret
from ..users.roles import role_slip

if TYPE_CHECKING:
    from ...models.types import Embedder

__all__ = ["KINDS", "Flag", "FlagKind", "audit_episode"]

FlagKind: TypeAlias = Literal["leaked", "volunteered", "role flip", "early stop", "contradicts"]
KINDS: tuple[FlagKind, ...] = ("leaked", "volunteered", "role flip", "early stop", "contradicts")

# Whoever is least patient bears a question passed over and another before they have had enough.
_FEWEST_TURNS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One thing that a simulated user did wrong.

    Attributes:
        kind: What kind of thing.
        turn: 0 for the opening message, then the number of the assistant's turn it answers; None
            for the episode as a whole.
        what: What was said or done, in words.
    """

    kind: FlagKind
    turn: int | None
    what: str


def audit_episode(episode: Episode, *, embedder: Embedder | None = None) -> tuple[Flag, ...]:
    """What the simulated user of an episode did wrong.

    - *leaked*: a disclosure that the gate logged as leaked, or a hidden value in a message before
      any disclosure of its aspect (by words, and by meaning with an embedder).
    - *volunteered*: something said unasked after the opening message, or by a user drawn as one who
      volunteers nothing (`detail["chatty"]` false), where the episode does not list it among its
      drawn changes of mind (`detail["changes"]`, each a turn, an aspect and what is held then).
    - *role flip*: a message that speaks as an assistant, answers the request, or is empty.
    - *early stop*: the user ended the episode by impatience before two of their own messages, which
      no temperament does.
    - *contradicts*: another value of the aspect disclosed than the hidden one, or indifference to
      an aspect that matters, where the episode does not list the aspect among its drawn answer
      errors (`detail["slips"]`): noise at a stated rate is no mistake.

    What a user makes of a draft is text to be judged by its rules, not talk, and is passed over.

    Args:
        episode: As the run kept it.
        embedder: Finds leaks in other words; None looks at words only.
    """
    return (
        *_disclosed(episode),
        *_said(episode, embedder),
        *_stopped(episode),
        *_contradicted(episode),
    )


def _disclosed(episode: Episode) -> Iterator[Flag]:
    terse = episode.detail.get("chatty") is False
    known = episode.detail.get("changes")
    listed = known if isinstance(known, list | tuple) else ()
    changes = [list(each[:2]) for each in listed if isinstance(each, list | tuple)]
    for each in episode.disclosures:
        told = each.aspect if each.value is None else f"{each.aspect}: {each.value}"
        if each.how == "leaked":
            yield Flag(kind="leaked", turn=each.turn, what=told)
        elif (
            each.how == "volunteered"
            and (each.turn > 0 or terse)
            and [each.turn, each.aspect] not in changes
        ):
            yield Flag(kind="volunteered", turn=each.turn, what=told)


def _said(episode: Episode, embedder: Embedder | None) -> Iterator[Flag]:
    """Leaks and role flips in what the user wrote."""
    written = {pair.chosen for pair in episode.pairs}
    secrets = _secrets(episode)
    # Only beside the other values of its aspect can a near meaning be told from mere nearness.
    checks = (
        LeakCheck(secrets=[each for each in secrets if not each.others]),
        LeakCheck(secrets=[each for each in secrets if each.others], embedder=embedder),
    )
    logged = {(each.turn, each.aspect) for each in episode.disclosures if each.how == "leaked"}
    public: list[str] = []
    turn, opened = 0, False
    for line in episode.transcript:
        if line.role == "assistant":
            turn += 1
            public.append(line.text)
        if line.role != "user":
            continue
        if not opened:
            # What they came for: it is theirs to say, and to repeat.
            opened = True
            said: Sequence[str] = ()
            public.append(line.text)
        else:
            said = public
        if line.text in written:
            continue
        slip = role_slip(line.text)
        if slip is not None:
            yield Flag(kind="role flip", turn=turn, what=f"{slip}: {line.text[:120]}")
        released = {each.aspect for each in episode.disclosures if each.turn <= turn}
        found = [leak for c in checks for leak in c.find(line.text, released=released, public=said)]
        for leak in found:
            if (turn, leak.aspect) not in logged:
                yield Flag(kind="leaked", turn=turn, what=f"{leak.aspect}: {leak.said[:120]}")


def _secrets(episode: Episode) -> tuple[Secret, ...]:
    """The hidden values as secrets, where a gate stands before them.

    `detail["values"]` holds all values of each aspect, where its track tells them.
    """
    if not episode.disclosures and not episode.detail.get("gated"):
        return ()
    found = []
    for aspect, value in episode.profile.items():
        if isinstance(value, str):
            others = tuple(each for each in _values(episode, aspect) if each != value)
            found.append(Secret(aspect, aspect.replace("_", " "), value, others))
    return tuple(found)


def _values(episode: Episode, aspect: str) -> tuple[str, ...]:
    """All values of an aspect, as far as the episode tells them."""
    told = episode.detail.get("values")
    every = told.get(aspect) if isinstance(told, Mapping) else None
    return tuple(map(str, every)) if isinstance(every, list | tuple) else ()


def _stopped(episode: Episode) -> Iterator[Flag]:
    if episode.stop != "patience":
        return
    turns = sum(line.role == "user" for line in episode.transcript) - 1
    if turns < _FEWEST_TURNS:
        yield Flag(kind="early stop", turn=None, what=f"had enough after {turns} answers")


def _contradicted(episode: Episode) -> Iterator[Flag]:
    known = episode.detail.get("slips")
    slips = set(known) if isinstance(known, list | tuple) else set()
    profile: Mapping[str, object] = episode.profile
    for each in episode.disclosures:
        wanted = profile.get(each.aspect)
        if each.aspect in slips or not isinstance(wanted, str):
            continue
        if each.what == "indifferent":
            yield Flag(
                kind="contradicts",
                turn=each.turn,
                what=f"says {each.aspect} does not matter; it is to be {wanted}",
            )
        elif each.value != wanted and each.value in _values(episode, each.aspect):
            yield Flag(
                kind="contradicts",
                turn=each.turn,
                what=f"says {each.aspect} is to be {each.value}; it is to be {wanted}",
            )
