"""Pairs of answers under a taste, with earlier pairs of the same person (P-Soups, as in AlignX)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, Field

from ...errors import InputError
from .files import found, parse_json, read, validated

__all__ = ["Pair", "Taste", "TasteItem", "load_tastes"]


class Pair(NamedTuple):
    """Two answers to one request, the preferred first."""

    prompt: str
    chosen: str
    rejected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TasteItem:
    """A pair to predict, and what the same person preferred before.

    Attributes:
        pair: The pair to predict.
        history: Earlier pairs.
        taste: The hidden taste, in words; never shown to a model.
    """

    pair: Pair
    history: tuple[Pair, ...]
    taste: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """One file: people of two opposed tastes."""

    name: str
    items: tuple[TasteItem, ...]


class _Pair(BaseModel):
    prompt: str
    chosen: str
    rejected: str


class _Item(_Pair):
    taste: str = Field(alias="ground_truth_persona")
    history: list[_Pair] = Field(alias="Pair-wise Comparative Feedback")


def load_tastes(folder: Path) -> tuple[Taste, ...]:
    """Reads every `*.json` of a folder.

    Args:
        folder: Each file is a list of objects with `prompt`, `chosen`, `rejected`,
            `ground_truth_persona` and, under `Pair-wise Comparative Feedback`, earlier pairs.

    Returns:
        One entry per file, named after it; nothing if the folder is missing.

    Raises:
        InputError: A file is malformed; the message says where.
    """
    return tuple(_load(path) for path in found(folder, ".json"))


def _load(path: Path) -> Taste:
    data = parse_json(read(path), repr(str(path)))
    if not isinstance(data, list) or not data:
        raise InputError(f"{str(path)!r} holds no list of items")
    items = []
    for number, value in enumerate(data, 1):
        place = f"item {number} of {str(path)!r}"
        item = validated(_Item, value, place)
        if not item.history:
            raise InputError(f"{place} has no earlier pairs")
        items.append(
            TasteItem(
                pair=Pair(item.prompt, item.chosen, item.rejected),
                history=tuple(Pair(p.prompt, p.chosen, p.rejected) for p in item.history),
                taste=item.taste,
            )
        )
    return Taste(name=path.stem, items=tuple(items))
