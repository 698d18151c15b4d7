"""Profiles from YAML files, with file, line and field in every error, and back into YAML."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import yaml

from ...errors import InputError
from ..datasets.marked import marked_documents
from .schema import Profile

__all__ = ["library", "load_profiles", "profiles_to_yaml"]

_SUFFIXES = (".yaml", ".yml")
_LIBRARY = Path(__file__).parent / "library"


def load_profiles(path: Path) -> tuple[Profile, ...]:
    """Loads profiles.

    Every scalar is read as text and then held to the schema, so that `wants: no` is the word "no"
    and nothing in a file is ever run. A file may hold several documents, parted by `---`.

    Args:
        path: A file, or a folder whose `.yaml` and `.yml` files are read in the order of their
            names.

    Returns:
        The profiles, in the order of the files; at least one.

    Raises:
        InputError: Nothing is there, a file is no YAML, a key or an id stands twice, or a field
            does not fit; the message names file, line and field.
    """
    found: dict[str, str] = {}
    profiles: list[Profile] = []
    for file in _files(path):
        for marked in marked_documents(file):
            profile = marked.fit(Profile, as_text=True)
            if profile.id in found:
                raise marked.error(
                    ["id"],
                    f"{profile.id!r} is already the profile in {found[profile.id]}; "
                    "give each an id of its own",
                )
            found[profile.id] = marked.place([])
            profiles.append(profile)
    if not profiles:
        raise InputError(f"{str(path)!r} holds no profile; see docs/simulated-users.md")
    return tuple(profiles)


@cache
def library() -> tuple[Profile, ...]:
    """The profiles that are shipped."""
    return load_profiles(_LIBRARY)


def profiles_to_yaml(profiles: Iterable[Profile]) -> str:
    """Profiles as YAML that `load_profiles` reads, one document each."""
    return yaml.safe_dump_all(
        (
            profile.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
            for profile in profiles
        ),
        sort_keys=False,
        allow_unicode=True,
        width=96,
    )


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError(f"{str(path)!r} does not exist; name a profile or a folder of profiles")
    found = sorted(each for each in path.iterdir() if each.suffix in _SUFFIXES)
    if not found:
        raise InputError(f"{str(path)!r} holds no *.yaml; name a profile or a folder of profiles")
    return found
