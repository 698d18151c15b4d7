"""The last resort for a text that breaks a hard constraint: cut what breaks it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..types import Violation

LineKind = Literal["blank", "heading", "item", "row", "rule_row", "code", "fence", "prose"]

_HEADING = re.compile(r"^ {0,3}(#{1,6})\s")
_ITEM = re.compile(
    r"^(?P<indent>\s*)(?P<mark>[-*+•]|(?P<number>\d{1,9})(?P<dot>[.)]))(?P<space>\s+)"
)
_RULE_ROW = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?\s*$")
_SENTENCE = re.compile(r"[^.!?…]*(?:[.!?…]+[\"'”’)\]*_]*(?:\s+|$)|$)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """A text without the parts that broke a constraint.

    Attributes:
        text: What is left, well-formed Markdown if it was before; possibly empty.
        removed: The parts cut, in order, as they stood.
    """

    text: str
    removed: tuple[str, ...]


@dataclass(slots=True)
class _Line:
    text: str
    start: int
    kind: LineKind
    level: int  # a heading's level; a list item's indentation; of other lines, their own
    keep: bool = True

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def repair(text: str, violations: Sequence[Violation]) -> Repaired:
    """Removes the list items, table rows, sections and sentences that break a constraint.

    A list item goes with what is nested under it, a heading with its section, a table's header
    with its table; ordered lists are numbered anew. An introduction ("Some ideas:") whose list is
    gone goes too. The result is deterministic, and cutting alone: no words are changed.

    Args:
        text: The text that was checked.
        violations: What the check found; their places refer to this text. One that has no place,
            since a chat model said it of the whole, leaves nothing.
    """
    if not violations:
        return Repaired(text=text, removed=())
    if any(each.end <= each.start for each in violations):
        return Repaired(text="", removed=())
    lines = _lines(text)
    cuts: list[tuple[int, str]] = []
    for each in sorted(violations, key=lambda found: found.start):
        for index, line in enumerate(lines):
            if line.start <= each.start < max(line.end, line.start + 1):
                _cut(lines, index, each, cuts)
                break
    for index, line in enumerate(lines):
        spans = [(at, part) for at, part in cuts if line.start <= at < line.end and line.keep]
        for at, part in sorted(spans, reverse=True):
            offset = at - line.start
            line.text = (line.text[:offset] + line.text[offset + len(part) :]).rstrip()
        if spans and not line.text.strip():
            line.keep = False
        del index
    removed = _removed(text, lines, cuts)
    _drop_hollow(lines)
    kept = _renumbered([line for line in lines if line.keep])
    body = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")
    if text.endswith("\n") and body:
        body += "\n"
    return Repaired(text=body if body.strip() else "", removed=removed)


def _lines(text: str) -> list[_Line]:
    lines: list[_Line] = []
    start = 0
    fenced = False
    for raw in text.split("\n"):
        stripped = raw.strip()
        indent = len(raw) - len(raw.lstrip())
        kind: LineKind
        level = indent
        heading = _HEADING.match(raw)
        if stripped.startswith(("```", "~~~")):
            kind, fenced = "fence", not fenced
        elif fenced:
            kind = "code"
        elif not stripped:
            kind = "blank"
        elif heading:
            kind, level = "heading", len(heading[1])
        elif _RULE_ROW.match(raw) and "|" in raw:
            kind = "rule_row"
        elif stripped.startswith("|") or (
            stripped.count("|") >= 2 and lines and lines[-1].kind in {"row", "rule_row"}
        ):
            kind = "row"
        elif _ITEM.match(raw):
            kind = "item"
        else:
            kind = "prose"
        lines.append(_Line(raw, start, kind, level))
        start += len(raw) + 1
    return lines


def _cut(lines: list[_Line], index: int, found: Violation, cuts: list[tuple[int, str]]) -> None:
    line = lines[index]
    if line.kind == "heading":
        line.keep = False
        for after in lines[index + 1 :]:
            if after.kind == "heading" and after.level <= line.level:
                break
            after.keep = False
    elif line.kind == "item":
        _cut_item(lines, index)
    elif line.kind == "row":
        if index + 1 < len(lines) and lines[index + 1].kind == "rule_row":
            for after in lines[index:]:
                if after.kind not in {"row", "rule_row"}:
                    break
                after.keep = False
        else:
            line.keep = False
    elif line.kind in {"code", "fence", "rule_row"}:
        line.keep = line.kind == "fence"
    elif (owner := _item_above(lines, index)) is not None:
        _cut_item(lines, owner)
    else:
        _cut_sentence(lines, index, found, cuts)


def _cut_item(lines: list[_Line], index: int) -> None:
    lines[index].keep = False
    for after in lines[index + 1 :]:
        if after.kind == "blank":
            continue
        if after.level <= lines[index].level or after.kind == "heading":
            # An unindented line right below an item belongs to it.
            place = lines.index(after)
            if (
                after.kind == "prose"
                and lines[place - 1].kind in {"item", "prose"}
                and (not lines[place - 1].keep)
            ):
                after.keep = False
                continue
            break
        after.keep = False


def _item_above(lines: list[_Line], index: int) -> int | None:
    """The list item that a line of prose continues, if it does."""
    line = lines[index]
    blank = False
    for place in range(index - 1, -1, -1):
        before = lines[place]
        if before.kind == "blank":
            blank = True
        elif before.kind == "item":
            return place if before.level < line.level or not blank else None
        elif before.kind != "prose" or (blank and line.level == 0):
            return None
    return None


def _cut_sentence(
    lines: list[_Line], index: int, found: Violation, cuts: list[tuple[int, str]]
) -> None:
    """Cuts the sentence around a place; a sentence may run over several lines of a paragraph."""
    first = last = index
    while first > 0 and lines[first - 1].kind == "prose":
        first -= 1
    while last + 1 < len(lines) and lines[last + 1].kind == "prose":
        last += 1
    base = lines[first].start
    paragraph = "\n".join(line.text for line in lines[first : last + 1])
    for match in _SENTENCE.finditer(paragraph):
        begin, end = base + match.start(), base + match.end()
        if begin <= found.start < end:
            for line in lines[first : last + 1]:
                left, right = max(begin, line.start), min(end, line.end)
                part = (left, line.text[left - line.start : right - line.start])
                if left < right and part not in cuts:
                    cuts.append(part)
            return


def _removed(text: str, lines: list[_Line], cuts: list[tuple[int, str]]) -> tuple[str, ...]:
    parts: list[tuple[int, str]] = []
    whole: list[_Line] = []
    for line in lines:
        original = text[line.start :].split("\n", 1)[0]
        gone = not line.keep and original.strip()
        if gone and not any(line.start <= at < line.start + len(original) for at, _ in cuts):
            parts.append((line.start, original.strip()))
            whole.append(line)
    parts += [(at, part.strip()) for at, part in cuts if part.strip()]
    return tuple(part for _, part in sorted(parts))


def _drop_hollow(lines: list[_Line]) -> None:
    """Drops introductions, headings and table frames that no longer hold anything."""
    for index, line in enumerate(lines):
        if not line.keep and line.kind == "row":
            start = index
            while start > 0 and lines[start - 1].kind in {"row", "rule_row"}:
                start -= 1
            table = []
            for each in lines[start:]:
                if each.kind not in {"row", "rule_row"}:
                    break
                table.append(each)
            body = table[2:] if len(table) > 1 and table[1].kind == "rule_row" else table
            if not any(each.keep for each in body):
                for each in table:
                    each.keep = False
    changed = True
    while changed:
        changed = False
        for index, line in enumerate(lines):
            if not line.keep or not _introduces(line):
                continue
            following = [each for each in lines[index + 1 :] if each.kind != "blank"]
            lost = bool(following) and not following[0].keep
            rest = next((each for each in following if each.keep), None)
            hollow = rest is None or (
                rest.level <= line.level if line.kind == "heading" and rest.kind == "heading"
                else line.kind != "heading" and rest.kind not in {"item", "row", "code", "fence"}
            )  # fmt: skip
            if lost and hollow:
                line.keep = False
                changed = True


def _introduces(line: _Line) -> bool:
    if line.kind == "heading":
        return True
    return line.kind in {"prose", "item"} and line.text.rstrip(" *_").endswith(":")


def _renumbered(lines: list[_Line]) -> list[str]:
    """Numbers ordered lists anew from their first number, each nesting level by itself."""
    texts: list[str] = []
    counters: dict[int, int] = {}
    for line in lines:
        match = _ITEM.match(line.text) if line.kind == "item" else None
        if match is None:
            if line.kind in {"heading", "row", "fence"} or (
                line.kind == "prose" and line.level == 0
            ):
                counters.clear()
            texts.append(line.text)
            continue
        level = line.level
        for deeper in [each for each in counters if each > level]:
            del counters[deeper]
        if match["number"] is None:
            counters.pop(level, None)
            texts.append(line.text)
            continue
        number = counters.get(level, 0) + 1
        counters[level] = number
        rest = line.text[match.end() :]
        texts.append(f"{match['indent']}{number}{match['dot']}{match['space']}{rest}")
    return texts
