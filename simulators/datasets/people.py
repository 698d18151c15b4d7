"""Comparisons of many people, whatever file they come from, and what to keep of where from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from ...errors import InputError
from .files import read
from .pairs import UserPair, load_pairs
from .prism import load_prism
from .ratings import load_ratings
from .slates import load_slates

__all__ = ["Format", "data_hash", "load_people", "recognise"]

Format = Literal["pairs", "ratings", "choices", "prism"]

_LOADERS = {
    "pairs": load_pairs,
    "ratings": load_ratings,
    "choices": load_slates,
    "prism": load_prism,
}
_TELLING: dict[str, Format] = {
    "chosen": "pairs",
    "rating": "ratings",
    "shown": "choices",
    "conversation_history": "prism",
}


def load_people(path: Path, layout: str | None = None) -> tuple[UserPair, ...]:
    """People's comparisons out of a file or a folder.

    Args:
        path: The file, or a folder of such files.
        layout: One of `Format`; by default what the first line looks like.

    Raises:
        InputError: The layout is unknown or cannot be told, or as for the loader.
    """
    known = recognise(path) if layout is None else layout
    if known not in _LOADERS:
        raise InputError(f"format is {layout!r}; it must be one of {', '.join(get_args(Format))}")
    return _LOADERS[known](path)


def recognise(path: Path) -> Format:
    """Which layout a file, or the first of a folder, has.

    Raises:
        InputError: There is no such file, or its first line has none of the telling fields.
    """
    files = _data_files(path)
    if not files:
        raise InputError(
            f"{str(path)!r} holds no *.jsonl or *.csv; name a file of comparisons, ratings, "
            "choices or rated conversations"
        )
    if files[0].suffix == ".csv":
        return "choices"
    first = next((line for line in read(files[0]).split("\n") if line.strip()), "")
    try:
        keys = set(json.loads(first))
    except (ValueError, TypeError):
        keys = set()
    for field, layout in _TELLING.items():
        if field in keys:
            return layout
    raise InputError(
        f"the first line of {str(files[0])!r} has none of {', '.join(_TELLING)}; say what it is "
        f"with --format, one of {', '.join(get_args(Format))}"
    )


def data_hash(path: Path) -> str:
    """SHA-256 over the files that a loader reads, in the order of their names.

    Raises:
        InputError: A file cannot be read.
    """
    total = hashlib.sha256()
    for file in _data_files(path):
        try:
            total.update(hashlib.sha256(file.read_bytes()).digest())
        except OSError as error:
            raise InputError(f"cannot read {str(file)!r}: {error}") from error
    return total.hexdigest()


def _data_files(path: Path) -> Sequence[Path]:
    if not path.is_dir():
        return (path,) if path.is_file() else ()
    return sorted(each for each in path.iterdir() if each.suffix in {".jsonl", ".csv"})
