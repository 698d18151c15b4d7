"""The events and queries, from a seeded generator, with what is right and wrong to remember."""

from __future__ import annotations

import random
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

Kind = Literal["statement", "duplicate", "change", "small talk", "junk"]

_USERS = ("ana", "ben", "chloe", "dmitri", "elif", "farid")
_EACH = 50
# Shares of the kinds among one user's events; changes and duplicates follow their statement.
_SHARES: dict[Kind, float] = {
    "statement": 17 / 50,
    "duplicate": 11 / 50,
    "change": 8 / 50,
    "small talk": 9 / 50,
    "junk": 5 / 50,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One message of one user.

    Attributes:
        number: Its place in the stream, from 0.
        user_id: Who says it.
        text: What they say.
        kind: What it is: "duplicate" says a known preference in other words, "change" replaces
            one.
        slot: What it is about; empty for small talk and junk.
        value: The place of the value that the user holds afterwards, in the slot's list.
    """

    number: int
    user_id: str
    text: str
    kind: Kind
    slot: str = ""
    value: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A request that one preference bears on; `pattern` finds it in a text of any system."""

    user_id: str
    text: str
    slot: str
    pattern: str


class Fact(NamedTuple):
    """What a user holds at some point of the stream, and what they held before."""

    user_id: str
    slot: str
    pattern: str
    former: tuple[str, ...]


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("workload.toml").read_text(encoding="utf-8"))


def domains() -> set[str]:
    """The domains that the stream touches."""
    return {slot["domain"] for slot in _tables()["slots"]}


def events(count: int, seed: int) -> list[Event]:
    """A stream of events; each user's changes and repetitions come after the first statement."""
    rng = random.Random(seed)
    # Whole streams, of which a shorter run takes the beginning.
    each = _EACH * -(-count // (_EACH * len(_USERS)))
    streams = [_of_user(user, each, rng) for user in _USERS]
    mixed: list[Event] = []
    while len(mixed) < count:
        stream = rng.choice([stream for stream in streams if stream])
        event = stream.pop(0)
        mixed.append(
            Event(
                number=len(mixed),
                user_id=event.user_id,
                text=event.text,
                kind=event.kind,
                slot=event.slot,
                value=event.value,
            )
        )
    return mixed


def _of_user(user_id: str, count: int, rng: random.Random) -> list[Event]:
    slots = {slot["name"]: slot for slot in _tables()["slots"]}
    numbers = {kind: round(share * count) for kind, share in _SHARES.items()}
    chosen = rng.sample(sorted(slots), min(numbers["statement"], len(slots)))
    plan: list[tuple[Kind, str]] = [("statement", name) for name in chosen]
    changeable = [name for name in chosen if slots[name]["changes"]]
    plan += [("change", name) for name in rng.sample(changeable, numbers["change"])]
    plan += [("duplicate", rng.choice(chosen)) for _ in range(numbers["duplicate"])]
    plan += [("small talk", "")] * numbers["small talk"] + [("junk", "")] * numbers["junk"]
    rng.shuffle(plan)
    held: dict[str, int] = {}
    said: dict[str, list[str]] = {name: [] for name in chosen}
    unused = {kind: _shuffled(kind, rng) for kind in ("small_talk", "junk")}
    stream: list[Event] = []
    for kind, name in _statement_first(plan):
        if not name:
            text = _filled(unused[kind.replace(" ", "_")].pop(), rng)
            stream.append(Event(number=0, user_id=user_id, text=text, kind=kind))
            continue
        slot = slots[name]
        former = held.get(name, -1)
        if kind == "statement":
            held[name] = rng.randrange(len(slot["values"]))
        elif kind == "change":
            others = [place for place in range(len(slot["values"])) if place != former]
            held[name] = rng.choice(others)
            said[name] = []
        forms = slot["changes"] if kind == "change" else slot["states"]
        fresh = [form for form in forms if form not in said[name]] or forms
        form = rng.choice(fresh)
        said[name].append(form)
        value = slot["values"][held[name]]["say"]
        old = slot["values"][former]["say"] if former >= 0 else ""
        text = form.replace("{v}", value).replace("{old}", old)
        stream.append(
            Event(
                number=0,
                user_id=user_id,
                text=text[:1].upper() + text[1:],
                kind=kind,
                slot=name,
                value=held[name],
            )
        )
    return stream


def _statement_first(plan: list[tuple[Kind, str]]) -> list[tuple[Kind, str]]:
    """The plan, with the statement of each slot in the place of the slot's first event."""
    kinds: dict[str, list[Kind]] = {}
    for kind, name in plan:
        kinds.setdefault(name, []).append(kind)
    for name, of_slot in kinds.items():
        if name:
            of_slot.sort(key=lambda kind: kind != "statement")
    return [(kinds[name].pop(0), name) for _, name in plan]


def _shuffled(kind: str, rng: random.Random) -> list[str]:
    texts: list[str] = list(_tables()[kind]["texts"])
    rng.shuffle(texts)
    return texts


def _filled(text: str, rng: random.Random) -> str:
    fills = {
        "{city}": rng.choice(_tables()["fill"]["cities"]),
        "{n}": str(rng.randrange(11, 90)),
        "{m}": str(rng.randrange(11, 90)),
        "{d}": str(rng.randrange(10, 28)),
    }
    for mark, value in fills.items():
        text = text.replace(mark, value)
    return text


def facts(stream: list[Event]) -> list[Fact]:
    """What holds after these events, in the order in which it was first said."""
    slots = {slot["name"]: slot for slot in _tables()["slots"]}
    held: dict[tuple[str, str], list[int]] = {}
    for event in stream:
        if event.slot:
            values = held.setdefault((event.user_id, event.slot), [])
            if event.value in values:
                values.remove(event.value)
            values.append(event.value)
    found = []
    for (user_id, name), values in held.items():
        patterns = [slots[name]["values"][value]["match"] for value in values]
        found.append(Fact(user_id, name, patterns[-1], tuple(patterns[:-1])))
    return found


def queries(stream: list[Event], count: int) -> list[Query]:
    """Requests on what holds after these events: each fact once, then again in other words."""
    slots = {slot["name"]: slot for slot in _tables()["slots"]}
    known = facts(stream)
    asked = [
        Query(
            user_id=fact.user_id,
            text=slots[fact.slot]["queries"][turn],
            slot=fact.slot,
            pattern=fact.pattern,
        )
        for turn in (0, 1)
        for fact in known
    ]
    return asked[:count]


def speaks_of(text: str, pattern: str) -> bool:
    """Whether an entry names a value."""
    return re.search(pattern, text, re.IGNORECASE) is not None
