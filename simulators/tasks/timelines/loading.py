"""Reads timelines from YAML files, one each.

A file has `name` (as the file), `user`, `domain`, `part` ("open", or "aside": not to be looked at
while memory is worked on), and

- `preferences`: `key`, `value`, `says` (third person), and patterns for memories that say so:
  `told` for what such a memory says, `denies` for what it denies ("no longer eats meat"), or both;
  of one key, one value holds at a time;
- `decoys`: `what` and `told`, for what only looks like a preference;
- `sessions`: `date` and `turns`. A turn has `say` and `reply`, or `edit` (the user's version of
  the last reply), or `pick`, `over` and `for`; edits and picks may have `because`. `shows` and
  `ends` list preferences as `key/value` that begin and cease to hold with it; `how` they are shown
  is "stated", "passing", "choice", "complaint" or "edit". `distracts` says what a turn is that only
  looks like a preference: "other" people's, "once", or bound to an "occasion";
- `probes`: `about` (a key), `after` (numbers of sessions), `question`, and `options`: one for each
  value that is asked for, and under `other` those that fit none, four in all. `open`, `request`,
  `fits` (by value: `with` and `without`, patterns; `least_words`, `most_words`) and `wrong` (by
  value: what the user says to a reply that misses) are for open requests.

Patterns ignore case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ...datasets.files import named
from ...datasets.marked import Marked, load_marked
from .truth import true_of
from .types import (
    Decoy,
    Distraction,
    Edited,
    Fit,
    How,
    Part,
    Picked,
    Probe,
    Said,
    Session,
    Taste,
    Timeline,
    Turn,
)

__all__ = ["load_timelines", "timelines_folder"]

_Text = Annotated[str, Field(min_length=1)]
_OTHER = "other"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Taste(_Strict):
    key: _Text
    value: _Text
    says: _Text
    told: re.Pattern[str] | None = None
    denies: re.Pattern[str] | None = None


class _Decoy(_Strict):
    what: _Text
    told: re.Pattern[str]


class _Turn(_Strict):
    say: _Text | None = None
    reply: _Text | None = None
    edit: _Text | None = None
    pick: _Text | None = None
    over: _Text | None = None
    for_: _Text | None = Field(default=None, alias="for")
    because: _Text | None = None
    shows: tuple[_Text, ...] = ()
    ends: tuple[_Text, ...] = ()
    how: How | None = None
    distracts: Distraction | None = None


class _Session(_Strict):
    date: date
    turns: tuple[_Turn, ...] = Field(min_length=1)


class _Fit(_Strict):
    has: re.Pattern[str] | None = Field(default=None, alias="with")
    lacks: re.Pattern[str] | None = Field(default=None, alias="without")
    least_words: int | None = None
    most_words: int | None = None


class _Probe(_Strict):
    about: _Text
    after: tuple[Annotated[int, Field(ge=0)], ...] = Field(min_length=1)
    question: _Text
    options: dict[str, _Text | tuple[_Text, ...]]
    open: tuple[Annotated[int, Field(ge=0)], ...] = ()
    request: _Text | None = None
    fits: dict[str, _Fit] = Field(default_factory=dict)
    wrong: dict[str, _Text] = Field(default_factory=dict)


class _File(_Strict):
    name: _Text
    user: _Text
    domain: _Text
    part: Part
    preferences: tuple[_Taste, ...] = Field(min_length=1)
    decoys: tuple[_Decoy, ...] = ()
    sessions: tuple[_Session, ...] = Field(min_length=1)
    probes: tuple[_Probe, ...] = Field(min_length=1)


_Place = Sequence[str | int]


def timelines_folder() -> Path:
    """Where the timelines that were written for this project are."""
    return Path(str(files(__package__)))


@cache
def load_timelines(path: Path | None = None) -> tuple[Timeline, ...]:
    """Reads timelines.

    Args:
        path: A file, or a folder of files; by default those that come with the package.

    Returns:
        The timelines, in the order of their files' names.

    Raises:
        InputError: There are none, or a file does not fit; the message names file, line and field.
    """
    found = tuple(
        _timeline(*load_marked(file, _File))
        for file in named(path or timelines_folder(), ".yaml", "timelines")
    )
    return found


def _timeline(raw: _File, source: Marked) -> Timeline:
    if raw.name != source.path.stem:
        raise source.error(["name"], f"is {raw.name!r}; name it as its file")
    timeline = Timeline(
        name=raw.name,
        user=raw.user,
        domain=raw.domain,
        part=raw.part,
        tastes=tuple(_taste(each, source, place) for place, each in enumerate(raw.preferences)),
        decoys=tuple(Decoy(what=each.what, told=_loose(each.told)) for each in raw.decoys),
        sessions=tuple(
            _session(each, source, place, {(t.key, t.value) for t in raw.preferences})
            for place, each in enumerate(raw.sessions)
        ),
        probes=tuple(_probe(each, source, place) for place, each in enumerate(raw.probes)),
    )
    _check(timeline, source)
    return timeline


def _taste(raw: _Taste, source: Marked, number: int) -> Taste:
    taste = Taste(
        key=raw.key,
        value=raw.value,
        says=raw.says,
        told=None if raw.told is None else _loose(raw.told),
        denies=None if raw.denies is None else _loose(raw.denies),
    )
    if not taste.said_by(taste.says):
        raise source.error(
            ["preferences", number, "says"],
            f"{raw.says!r} is not what `told` finds said or `denies` finds denied; mend these",
        )
    return taste


def _loose(pattern: re.Pattern[str]) -> re.Pattern[str]:
    return re.compile(pattern.pattern, re.IGNORECASE)


def _session(raw: _Session, source: Marked, number: int, known: set[tuple[str, str]]) -> Session:
    place: _Place = ["sessions", number, "turns"]
    return Session(
        date=raw.date,
        turns=tuple(_turn(each, source, [*place, at], known) for at, each in enumerate(raw.turns)),
    )


def _turn(raw: _Turn, source: Marked, place: _Place, known: set[tuple[str, str]]) -> Turn:
    shows = _named(raw.shows, source, [*place, "shows"], known)
    ends = _named(raw.ends, source, [*place, "ends"], known)
    if shows and raw.how is None:
        raise source.error(place, "shows something; say how")
    kind: dict[str, Any] = {
        "shows": shows,
        "ends": ends,
        "how": raw.how,
        "distracts": raw.distracts,
    }
    given = {
        field
        for field in ("say", "reply", "edit", "pick", "over", "for_", "because")
        if getattr(raw, field) is not None
    }
    if given == {"say", "reply"}:
        return Said(say=raw.say or "", reply=raw.reply or "", **kind)
    if given - {"because"} == {"edit"}:
        return Edited(edit=raw.edit or "", because=raw.because, **kind)
    if given - {"because"} == {"pick", "over", "for_"}:
        return Picked(
            pick=raw.pick or "",
            over=raw.over or "",
            request=raw.for_ or "",
            because=raw.because,
            **kind,
        )
    raise source.error(
        place, "give `say` and `reply`, or `edit`, or `pick`, `over` and `for`; nothing besides"
    )


def _named(
    wanted: Iterable[str], source: Marked, place: _Place, known: set[tuple[str, str]]
) -> tuple[tuple[str, str], ...]:
    found = []
    for at, each in enumerate(wanted):
        key, _, value = each.partition("/")
        if (key, value) not in known:
            raise source.error([*place, at], f"{each!r} is no key/value of `preferences`")
        found.append((key, value))
    return tuple(found)


def _probe(raw: _Probe, source: Marked, number: int) -> Probe:
    place: _Place = ["probes", number]
    others = raw.options.get(_OTHER, ())
    if isinstance(others, str):
        raise source.error([*place, "options", _OTHER], "give a list of options")
    options = {}
    for value, text in raw.options.items():
        if value != _OTHER:
            if not isinstance(text, str):
                raise source.error([*place, "options", value], "give one option")
            options[value] = text
    if len({*options.values(), *others}) != 4:
        raise source.error([*place, "options"], "give four different options in all")
    return Probe(
        about=raw.about,
        after=tuple(sorted(set(raw.after))),
        question=raw.question,
        options=options,
        others=tuple(others),
        open=tuple(sorted(set(raw.open))),
        request=raw.request,
        fits={value: _fit(fit) for value, fit in raw.fits.items()},
        wrong=raw.wrong,
    )


def _fit(raw: _Fit) -> Fit:
    return Fit(
        has=None if raw.has is None else _loose(raw.has),
        lacks=None if raw.lacks is None else _loose(raw.lacks),
        least_words=raw.least_words,
        most_words=raw.most_words,
    )


def _check(timeline: Timeline, source: Marked) -> None:
    """Whether what is asked can be answered from what was said."""
    dates = [session.date for session in timeline.sessions]
    if dates != sorted(set(dates)):
        raise source.error(["sessions"], "their dates do not ascend")
    for number, session in enumerate(timeline.sessions):
        for at, turn in enumerate(session.turns):
            if isinstance(turn, Edited) and not any(
                isinstance(each, Said) for each in session.turns[:at]
            ):
                raise source.error(
                    ["sessions", number, "turns", at, "edit"], "there is no reply to edit before it"
                )
    ever = {key for session in timeline.sessions for turn in session.turns for key, _ in turn.shows}
    for number, probe in enumerate(timeline.probes):
        place: _Place = ["probes", number]
        if probe.about not in ever:
            raise source.error([*place, "about"], f"no turn shows {probe.about!r}")
        for field, points in (("after", probe.after), ("open", probe.open)):
            for after in points:
                _check_point(timeline, probe, after, source, [*place, field])
        if probe.open and probe.request is None:
            raise source.error([*place, "open"], "there is no `request`")


def _check_point(
    timeline: Timeline, probe: Probe, after: int, source: Marked, place: Sequence[str | int]
) -> None:
    if after > len(timeline.sessions):
        raise source.error(place, f"there are {len(timeline.sessions)} sessions, not {after}")
    taste = true_of(timeline, probe.about, after)
    if taste is None:
        raise source.error(place, f"nothing holds of {probe.about!r} after {after} sessions")
    value = taste.value
    needed: Mapping[Literal["options", "fits", "wrong"], Mapping[str, object]] = (
        {"options": probe.options}
        if place[-1] == "after"
        else {"fits": probe.fits, "wrong": probe.wrong}
    )
    for field, by_value in needed.items():
        if value not in by_value:
            raise source.error(
                [*place[:-1], field], f"has nothing for {value!r}, which holds after {after}"
            )
