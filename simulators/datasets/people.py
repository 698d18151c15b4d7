"""Comparisons of many people, whatever file they come from, and what to keep of where from."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from ...errors import InputError
from .files import parse_json, read
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

_WANTED = (
    "give a file, or a folder of files, of JSON Lines that hold comparisons "
    '({"user", "prompt", "chosen", "rejected"}), ratings, choices or rated conversations'
)


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
        InputError: There is no such file, nothing is in it, or its first line is not JSON or has
            none of the telling fields.
    """
    files = _data_files(path)
    if not files:
        problem = "holds no *.jsonl or *.csv" if path.is_dir() else "does not exist"
        raise InputError(f"{str(path)!r} {problem}; {_WANTED}")
    file = files[0]
    if file.suffix == ".csv":
        return "choices"
    lines = enumerate(read(file).split("\n"), 1)
    number, first = next((each for each in lines if each[1].strip()), (0, ""))
    if not first:
        raise InputError(f"{str(file)!r} is empty; {_WANTED}")
    place = f"line {number} of {str(file)!r}"
    value = parse_json(first, place)
    if not isinstance(value, dict):
        raise InputError(f"{place} is {first.strip()[:60]!r}; it must be an object: {_WANTED}")
    for field, layout in _TELLING.items():
        if field in value:
            return layout
    raise InputError(
        f"{place} has none of {', '.join(_TELLING)}, but {', '.join(map(repr, value)) or 'nothing'}"
        f"; say what it is with --format, one of {', '.join(get_args(Format))}"
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
