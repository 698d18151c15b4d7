"""Reads catalogues, those that are shipped and anybody's own in the same form."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, StrictFloat

from ....errors import InputError
from ...datasets.marked import load_marked

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Catalogue", "Feature", "Item", "load_catalogue", "shipped_catalogues"]


class _FeatureEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: str = Field(min_length=1)
    about: str = Field(min_length=1)
    low: float = Field(allow_inf_nan=False)
    high: float = Field(allow_inf_nan=False)


class _ItemEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1)
    title: str = Field(min_length=1)
    values: list[StrictFloat]
    text: str = Field(min_length=1)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1)
    about: str = ""
    features: list[_FeatureEntry] = Field(min_length=1)
    items: list[_ItemEntry] = Field(min_length=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """Something in which items differ.

    Attributes:
        key: Its name ("spice").
        about: What it counts, and what its ends mean.
        low: The least value.
        high: The greatest.
    """

    key: str
    about: str
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something that can be recommended.

    Attributes:
        id: Names it, uniquely in its catalogue.
        title: What it is called.
        text: What is told about it.
        values: Of the catalogue's features, in their order.
    """

    id: str
    title: str
    text: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Items and their features.

    Attributes:
        name: Its name.
        about: What it holds.
        features: What items differ in.
        items: At least two.
    """

    name: str
    about: str
    features: tuple[Feature, ...]
    items: tuple[Item, ...]

    def scaled(self) -> Floats:
        """The items' features, each from -1, its low end, to 1, its high end; shape `(n, d)`."""
        import numpy as np

        low = np.array([feature.low for feature in self.features])
        high = np.array([feature.high for feature in self.features])
        values = np.array([item.values for item in self.items])
        return np.asarray(2.0 * (values - low) / (high - low) - 1.0)


def shipped_catalogues() -> tuple[str, ...]:
    """The names of the catalogues that come with the package."""
    found = (each.name for each in files(__package__).iterdir() if each.name.endswith(".yaml"))
    return tuple(sorted(name.removesuffix(".yaml") for name in found))


def load_catalogue(name_or_path: str | Path) -> Catalogue:
    """Reads a catalogue.

    Args:
        name_or_path: One of `shipped_catalogues()`, or a YAML file of the same form: a name, its
            features (each with `key`, `about`, `low` and `high`) and its items (each with `id`,
            `title`, `text`, and `values` in the order of the features).

    Raises:
        InputError: There is no such catalogue, or a field does not fit; the message names file,
            line and field.
    """
    path = _path(name_or_path)
    file, marked = load_marked(path, _File)
    keys: dict[str, int] = {}
    for place, feature in enumerate(file.features):
        if feature.key in keys:
            raise marked.error(
                ("features", place, "key"), f"{feature.key!r} is a feature already; name it anew"
            )
        if not feature.low < feature.high:
            raise marked.error(
                ("features", place, "low"),
                f"{feature.low!r} is not below the high end, {feature.high!r}",
            )
        keys[feature.key] = place
    ids: set[str] = set()
    for place, item in enumerate(file.items):
        if item.id in ids:
            raise marked.error(
                ("items", place, "id"), f"{item.id!r} is an item already; give each its own id"
            )
        ids.add(item.id)
        if len(item.values) != len(keys):
            raise marked.error(
                ("items", place, "values"),
                f"{len(item.values)} values for {len(keys)} features; give one to each of "
                f"{', '.join(keys)}",
            )
        for column, (feature, value) in enumerate(zip(file.features, item.values, strict=True)):
            if not feature.low <= value <= feature.high:
                raise marked.error(
                    ("items", place, "values", column),
                    f"{feature.key} is {value!r}; it lies from {feature.low:g} to {feature.high:g}",
                )
    return Catalogue(
        name=file.name,
        about=file.about,
        features=tuple(
            Feature(key=each.key, about=each.about, low=each.low, high=each.high)
            for each in file.features
        ),
        items=tuple(
            Item(id=each.id, title=each.title, text=each.text, values=tuple(each.values))
            for each in file.items
        ),
    )


def _path(name_or_path: str | Path) -> Path:
    if str(name_or_path) in shipped_catalogues():
        return Path(str(files(__package__).joinpath(f"{name_or_path}.yaml")))
    path = Path(name_or_path)
    if not path.is_file():
        raise InputError(
            f"no catalogue {str(name_or_path)!r}; name a YAML file, or one of "
            f"{', '.join(shipped_catalogues())}"
        )
    return path
