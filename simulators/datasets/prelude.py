"""The documents that PRELUDE's user writes summaries and e-mails from, source by source.

Gao et al. 2024, "Aligning LLM Agents by Learning Latent Preference from User Edits" (code
gao-g/prelude), takes them from public sets, whose rows `src/task/dataset_helpers.py` turns into
texts. The same is done here, from JSON Lines with the rows as those sets publish them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from .files import json_lines
from .sources import missing, placed

__all__ = ["PRELUDE_SOURCES", "PreludeDocument", "load_prelude"]

Kind: TypeAlias = Literal["email", "summary"]

_ARTICLE_WORDS = range(501, 700)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreludeDocument:
    """What something is to be written from; see `NoteLike` of the tasks.

    Attributes:
        id: Unique: source, kind and number.
        domain: The source.
        kind: What is to be written from it.
        text: The document.
        to: Nobody in particular.
    """

    id: str
    domain: str
    kind: Kind
    text: str
    to: str = ""


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Article(_Row):
    article: str = Field(min_length=1)


class _Post(_Row):
    post: str = Field(min_length=1)


class _Text(_Row):
    text: str = Field(min_length=1)


class _Abstract(_Row):
    abstract: str = Field(min_length=1)


class _Paper(_Row):
    title: str
    abstract: str
    author_highlights: list[str]


class _Review(_Row):
    text: list[str] = Field(min_length=1)


def _encyclopedia(row: _Row) -> str | None:
    assert isinstance(row, _Text)
    return row.text if len(row.text.split()) in _ARTICLE_WORDS else None


def _paper(row: _Row) -> str | None:
    assert isinstance(row, _Paper)
    if not row.author_highlights:
        return None
    highlights = ". ".join(row.author_highlights)
    return f"My title: {row.title}. My abstract: {row.abstract} My highlights: {highlights}"


def _tweet(row: _Row) -> str | None:
    """What stands between the first quotation mark and the last, with no list in it."""
    assert isinstance(row, _Text)
    start, end = row.text.find('"'), row.text.rfind('"')
    return None if "[" in row.text or end <= start else row.text[start + 1 : end].strip(' ",')


def _review(row: _Row) -> str | None:
    assert isinstance(row, _Review)
    return " ".join(row.text)


class _Source(NamedTuple):
    """One source: its rows, what is written from them, and how a row becomes a text."""

    row: type[_Row]
    kinds: tuple[Kind, ...]
    text: Callable[[_Row], str | None]


def _field(name: str) -> Callable[[_Row], str | None]:
    return lambda row: str(getattr(row, name))


PRELUDE_SOURCES: Mapping[str, _Source] = {
    "cnn_dailymail": _Source(_Article, ("summary",), _field("article")),
    "slf5k": _Source(_Post, ("summary", "email"), _field("post")),
    "wikipedia": _Source(_Text, ("summary",), _encyclopedia),
    "ML-ArXiv-Papers": _Source(_Abstract, ("summary",), _field("abstract")),
    "imdb": _Source(_Text, ("summary",), _field("text")),
    "ccby": _Source(_Paper, ("email",), _paper),
    "ampere": _Source(_Review, ("email",), _review),
    "paper_tweet": _Source(_Text, ("email",), _tweet),
}
"""By the name of the file, without its ending."""


def load_prelude(path: Path, *, most: int = 200) -> tuple[PreludeDocument, ...]:
    """Reads the sources that a folder holds.

    Rows that the paper's code leaves out are left out: articles of `wikipedia` without 501 to 699
    words, papers without highlights, and tweets with lists in them.

    Args:
        path: A folder with one or more of the sources as `NAME.jsonl`, or one that holds it as
            `prelude`.
        most: How many documents of each source and kind, the first of its file.

    Raises:
        InputError: There is none of the files, or a line does not fit; the message names file,
            line and field.
    """
    folder = placed(path, "prelude")
    found = [
        document
        for name, source in PRELUDE_SOURCES.items()
        if (folder / f"{name}.jsonl").is_file()
        for document in _documents(folder / f"{name}.jsonl", name, source, most)
    ]
    if not found:
        raise missing(path, "prelude")
    return tuple(found)


def _documents(path: Path, name: str, source: _Source, most: int) -> Iterator[PreludeDocument]:
    kept = 0
    for row in json_lines(path, source.row):
        text = source.text(row)
        if not text:
            continue
        for kind in source.kinds:
            yield PreludeDocument(
                id=f"{name}/{kind}/{kept}", domain=name, kind=kind, text=" ".join(text.split())
            )
        kept += 1
        if kept == most:
            break
