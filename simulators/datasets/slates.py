"""People's picks among several things shown, as comparisons."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ...errors import InputError
from .choices import Choices, load_choice_file
from .files import found, json_lines, named
from .pairs import Kind, UserPair

__all__ = ["load_slates"]


class _Item(BaseModel):
    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    text: str = ""
    features: dict[str, float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _says_what(self) -> _Item:
        if not (self.text or self.features):
            raise ValueError("there is no text and no features")
        return self


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore")

    user: str = Field(min_length=1)
    shown: list[str | _Item] = Field(min_length=1)
    picked: int | None
    prompt: str = ""
    source: str | None = None
    context: str | None = None
    kind: Kind | None = None

    @model_validator(mode="after")
    def _within(self) -> _Line:
        if self.picked is not None and not 0 <= self.picked < len(self.shown):
            raise ValueError(
                f"picked is {self.picked!r}; it must be null or one of 0 to {len(self.shown) - 1}"
            )
        return self


def load_slates(path: Path) -> tuple[UserPair, ...]:
    """Reads a file, or every `*.jsonl` and `*.csv` of a folder.

    What was picked is better than each other thing shown; where nothing was picked, each lost to
    an ordinary thing, whose utility is 0.

    Args:
        path: JSON Lines, each an object with `user`, `shown` (texts, or objects with `text` and
            `features`, numbers by name) and `picked` (a place from 0, or null), and perhaps
            `prompt`, `source`, `context` and `kind`; or tables as `load_choices` reads them.

    Raises:
        InputError: There is no such file, a line is malformed, or there is nothing to compare; the
            message names file, line and field.
    """
    pairs: list[UserPair] = []
    tables = found(path, ".csv") if path.is_dir() else (path,) if path.suffix == ".csv" else ()
    for file in tables:
        table = load_choice_file(file)
        if table is not None:
            pairs += _of_table(table)
        elif file == path:
            raise InputError(f"{str(path)!r} has no columns id and choice")
    what = 'JSON Lines with {"user", "shown", "picked"} or of tables with id and choice'
    if not (tables and not found(path, ".jsonl")):
        for file in named(path, ".jsonl", what):
            for entry in json_lines(file, _Line):
                pairs += _of_line(entry)
    if not pairs:
        raise InputError(f"{str(path)!r} holds no picks among different things")
    return tuple(pairs)


def _of_line(line: _Line) -> list[UserPair]:
    shown = [_Item(text=each) if isinstance(each, str) else each for each in line.shown]
    picked = None if line.picked is None else shown[line.picked]
    return [
        UserPair(
            user=line.user,
            prompt=line.prompt,
            chosen="" if picked is None else picked.text,
            rejected=other.text,
            source=line.source,
            context=line.context,
            kind=line.kind,
            chosen_features={} if picked is None else picked.features,
            rejected_features=other.features,
        )
        for other in shown
        if other != picked
    ]


def _of_table(table: Choices) -> list[UserPair]:
    """A table's rows are differences: the left thing has them, the right has nothing."""
    pairs = []
    for person, (rows, picked) in enumerate(zip(table.rows, table.picked, strict=True)):
        for row, left in zip(rows.tolist(), picked.tolist(), strict=True):
            features = dict(zip(table.attributes, row, strict=True))
            pairs.append(
                UserPair(
                    user=table.people[person],
                    prompt="",
                    chosen="",
                    rejected="",
                    chosen_features=features if left else {},
                    rejected_features={} if left else features,
                )
            )
    return pairs
