"""The parts of an e-mail or a summary, so that rules can change one and leave the others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Letter", "bullet_of", "is_bullet", "is_heading", "parse", "sentences"]

_SUBJECT = re.compile(r"^[*#\s]*subject(?: line)?\s*[:：]", re.IGNORECASE)
_HEADING = re.compile(r"^\s{0,3}(?:#{1,6}\s+\S.*|\*\*[^*\n]{2,70}\*\*:?)\s*$")
_GREETING = re.compile(
    r"^(?:hi|hello|hey|dear|good (?:morning|afternoon|evening))\b[^,.!?:;\n]{0,40}"
    r"(?:[,!:.](?=\s|$)|$)\s*",
    re.IGNORECASE,
)
_SIGN_OFF = re.compile(
    r"^(?:(?:best|kind|warm|warmest|many|with)?\s*(?:regards|wishes|thanks)|best|sincerely|"
    r"yours(?: \w+)?|cheers|thank you|thanks(?: (?:again|so much|a lot))?|warmly|take care|"
    r"all the best|see you(?: \w+)?|love)\b[\s,.!]*(?:[\w.'’-]+(?: [\w.'’-]+)?)?[\s,.!]*$",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"^\[[^\]\n]{2,60}\]$")
_TODO = re.compile(r"^\W*(?:next steps|action items|to do)\W*$", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:[-*•+]|\d{1,2}[.)])\s+(?=\S)")
_FAR = 6
# Full stops that end no sentence.
_SHORTENED = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|no|nr|approx|incl|vs|etc|e\.g|i\.e|a\.m|p\.m|jr|sr)|\b[A-Za-z])\.$",
    re.IGNORECASE,
)
_END = re.compile(r"[.!?…]+[\"”’)]*(?:\s+[\U0001f300-\U0001faff\u2600-\u27bf]+)*(?=\s|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A text in parts; each may be empty.

    Attributes:
        subject: The line that names the subject.
        heading: A heading at the start.
        greeting: Such as "Hi Ana,".
        body: Paragraphs and bullets, one a line.
        todo: What follows a line "Next steps:", one a line.
        sign_off: The closing, one line each ("Cheers,", "Mira").
    """

    subject: str = ""
    heading: str = ""
    greeting: str = ""
    body: tuple[str, ...] = ()
    todo: tuple[str, ...] = ()
    sign_off: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The text; bullets stand close together, everything else has a blank line between."""
        lines: list[str] = []
        for line in self.body:
            if lines and not (is_bullet(line) and is_bullet(lines[-1])):
                lines.append("")
            lines.append(line)
        parts = [
            self.subject,
            self.heading,
            self.greeting,
            "\n".join(lines),
            "\n".join(("Next steps:", *self.todo)) if self.todo else "",
            "\n".join(self.sign_off),
        ]
        return "\n\n".join(filter(None, parts))


def parse(text: str) -> Letter:
    """Takes a text apart."""
    lines = [line.strip() for line in text.strip().splitlines()]
    lines = [line for line in lines if line]
    subject = lines.pop(0) if lines and _SUBJECT.match(lines[0]) else ""
    heading = lines.pop(0) if lines and is_heading(lines[0]) else ""
    greeting = ""
    if lines and (found := _GREETING.match(lines[0])):
        greeting, rest = found[0].strip(), lines[0][found.end() :].strip()
        lines[:1] = [rest] if rest else []
    end = _sign_off_at(lines)
    lines, sign_off = lines[:end], lines[end:]
    start = next((i for i, line in enumerate(lines) if _TODO.match(line)), len(lines))
    return Letter(
        subject=subject,
        heading=heading,
        greeting=greeting,
        body=tuple(lines[:start]),
        todo=tuple(lines[start + 1 :]),
        sign_off=tuple(sign_off),
    )


def _sign_off_at(lines: Sequence[str]) -> int:
    """Where the closing begins; the number of lines if there is none."""
    for place in range(max(0, len(lines) - _FAR), len(lines)):
        after = lines[place + 1 :]
        short = all(len(line.split()) <= 5 and not is_bullet(line) for line in after)
        if short and (_SIGN_OFF.match(lines[place]) or _PLACEHOLDER.match(lines[place])):
            return place
    return len(lines)


def is_bullet(line: str) -> bool:
    """Whether a line is an item of a list."""
    return _BULLET.match(line) is not None


def is_heading(line: str) -> bool:
    """Whether a line is a heading."""
    return _HEADING.match(line) is not None


def bullet_of(line: str) -> str:
    """A line without the mark of its list."""
    return _BULLET.sub("", line).strip()


def sentences(line: str) -> list[str]:
    """The sentences of a line, without the mark of a list."""
    text = bullet_of(line)
    found: list[str] = []
    start = 0
    for match in _END.finditer(text):
        piece = text[start : match.end()]
        if _SHORTENED.search(piece) and match[0] == ".":
            continue
        found.append(piece.strip())
        start = match.end()
    found.append(text[start:].strip())
    return [each for each in found if any(c.isalnum() for c in each)]
