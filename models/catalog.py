"""The catalogue: which models the store can fetch, what their bytes are, and where from."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..errors import ModelStoreError

__all__ = [
    "Catalog",
    "CatalogFile",
    "CatalogModel",
    "HubSpec",
    "PackagePart",
    "PackagesSpec",
    "load_catalog",
]

ModelRole = Literal["chat", "embedder"]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CatalogFile(_Entry):
    """One file of a model.

    Attributes:
        name: Path within the model's directory, and within the hub's repository.
        size: Length in bytes.
        sha256: Its digest, in hexadecimal.
    """

    name: str = Field(min_length=1)
    size: int = Field(gt=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")

    @model_validator(mode="after")
    def _stay_inside(self) -> CatalogFile:
        path = PurePosixPath(self.name)
        if path.is_absolute() or ".." in path.parts or "\\" in self.name or ":" in self.name:
            raise ValueError(f"file name {self.name!r} leaves the model's directory")
        return self


class HubSpec(_Entry):
    """A repository of the model hub."""

    kind: Literal["hub"]
    repo: str = Field(min_length=1)
    revision: str = "main"


class PackagePart(NamedTuple):
    """The package that carries one part of a file."""

    requirement: str
    member: str


class PackagesSpec(_Entry):
    """Python packages that carry the bytes as data.

    Attributes:
        kind: Tells this source from others.
        project: Name of the package; `{n}` stands for the number of the part, from 1.
        version: The version to fetch, exactly.
        member: Path of the data within the wheel; `{n}` and `{file}` are filled in.
        parts: How many packages share the file.
        part_size: Bytes in each part but the last; required with more than one part.
    """

    kind: Literal["packages"]
    project: str = Field(min_length=1)
    version: str = Field(min_length=1)
    member: str = Field(min_length=1)
    parts: int = Field(default=1, ge=1)
    part_size: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _know_part_size(self) -> PackagesSpec:
        if self.parts > 1 and self.part_size is None:
            raise ValueError("several parts need a part_size")
        return self

    def part(self, n: int, file: str) -> PackagePart:
        """Names the package that carries the n-th part, from 1, of a file."""
        return PackagePart(
            requirement=f"{self.project.format(n=n)}=={self.version}",
            member=self.member.format(n=n, file=file),
        )


class CatalogModel(_Entry):
    """One model: its files, and its sources in the order in which they are tried.

    Attributes:
        title: The model's own name.
        purpose: What it is for here, in a few words.
        role: Which part of Penchant runs it.
        licence: SPDX identifier of the weights' licence.
        files: Its files; the first are the weights.
        sources: Where to fetch from, best first.
        export: What is made from the weights once they are here.
    """

    title: str
    purpose: str
    role: ModelRole
    licence: str
    files: tuple[CatalogFile, ...] = Field(min_length=1)
    sources: tuple[Annotated[HubSpec | PackagesSpec, Field(discriminator="kind")], ...] = Field(
        min_length=1
    )
    export: Literal["onnx"] | None = None

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)


class Catalog(_Entry):
    """All models that can be fetched, by name."""

    models: dict[Annotated[str, Field(pattern=r"^[\w][\w.-]*$")], CatalogModel]

    def model(self, name: str) -> CatalogModel:
        """Looks a model up.

        Raises:
            ModelStoreError: The catalogue has no such model.
        """
        try:
            return self.models[name]
        except KeyError:
            known = ", ".join(sorted(self.models))
            raise ModelStoreError(f"no model is called {name!r}; there are: {known}") from None


def load_catalog(file: Path | None = None) -> Catalog:
    """Reads a catalogue.

    Args:
        file: A TOML file; None reads the one that ships with Penchant.

    Raises:
        ModelStoreError: The file cannot be read or does not fit.
    """
    source = file if file is not None else files(__package__).joinpath("catalog.toml")
    try:
        return Catalog.model_validate(tomllib.loads(source.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise ModelStoreError(f"cannot read the catalogue {str(source)!r}: {error}") from error
