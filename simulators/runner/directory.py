"""A run's directory: its configuration, one line for each episode, and the summary."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ...errors import InputError
from .episodes import Episode, EpisodeKey, Json, episode_from_json

__all__ = ["CONFIG", "EPISODES", "SUMMARY", "RunDirectory", "config_hash", "read_episodes"]

CONFIG = "config.json"
EPISODES = "episodes.jsonl"
SUMMARY = "summary.json"
_LOCK = ".lock"


def config_hash(config: Mapping[str, Json]) -> str:
    """Names a configuration: a SHA-256 in hexadecimal of its JSON with sorted names."""
    text = json.dumps(config, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def read_episodes(file: Path) -> Iterator[Episode]:
    """The episodes of a file in its order; of several with one key, each comes.

    A last line without its line break was cut off while it was written, and is passed over.

    Raises:
        InputError: The file cannot be read, or a line is no episode; the message names it.
    """
    from pydantic import ValidationError

    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.endswith(b"\n"):
                    return
                try:
                    yield episode_from_json(line)
                except ValidationError as error:
                    first = error.errors()[0]
                    field = ".".join(map(str, first["loc"])) or "it"
                    raise InputError(
                        f"line {number} of {str(file)!r} is no episode: {field}: {first['msg']}"
                    ) from error
    except OSError as error:
        raise InputError(f"cannot read {str(file)!r}: {error}") from error


class RunDirectory:
    """The directory of one run, open for writing; one process at a time.

    Args:
        path: Made if it is missing.
        record: What `config.json` says of the run; its `config` is what outcomes depend on.

    Raises:
        InputError: The directory holds a run with another configuration, or something else, or
            another process writes to it.
    """

    def __init__(self, path: Path, record: Mapping[str, Any]) -> None:
        self.path = path
        self.resumed = False
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(path / _LOCK, timeout=0)
            self._lock.acquire()
        except Timeout as error:
            raise InputError(
                f"another process writes to the run {str(path)!r}; wait for it, or name another "
                "directory"
            ) from error
        except OSError as error:
            raise InputError(f"cannot write to {str(path)!r}: {error}") from error
        try:
            self._begin(record)
            self._out = (path / EPISODES).open("ab")
        except BaseException:
            self._lock.release()
            raise

    def _begin(self, record: Mapping[str, Any]) -> None:
        file = self.path / CONFIG
        if file.exists():
            try:
                known = json.loads(file.read_text("utf-8"))
                same = known["hash"] == record["hash"]
                told = _differences(known["config"], record["config"])
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise InputError(f"{str(file)!r} is no run's configuration: {error!r}") from error
            if not same:
                raise InputError(
                    f"{str(self.path)!r} holds a run with another configuration ({told}); name "
                    "another directory, or give the same options to go on with it"
                )
            self.resumed = True
            _mend(self.path / EPISODES)
            return
        if any(each.name != _LOCK for each in self.path.iterdir()):
            raise InputError(
                f"{str(self.path)!r} holds something that is no run; name a new directory"
            )
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
        os.replace(fresh, file)

    def done(self, *, failed: bool = True) -> dict[EpisodeKey, bool]:
        """The episodes that are held, each with whether it failed.

        Args:
            failed: Count those that failed too.
        """
        found: dict[EpisodeKey, bool] = {}
        with (self.path / EPISODES).open("rb") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    each = json.loads(line)
                    found[EpisodeKey(*each["key"])] = each["error"] is not None
                except (ValueError, KeyError, TypeError) as error:
                    raise InputError(
                        f"line {number} of {str(self.path / EPISODES)!r} is no episode: {error!r}"
                    ) from error
        return found if failed else {key: bad for key, bad in found.items() if not bad}

    def append(self, line: str) -> None:
        """Keeps an episode; it is on its way to the disk when this returns."""
        self._out.write(line.encode() + b"\n")
        self._out.flush()

    def episodes(self) -> list[Episode]:
        """Every episode once, the last of those with the same key, in the order of keys."""
        found = {each.key: each for each in read_episodes(self.path / EPISODES)}
        return list(found.values())

    def write_summary(self, summary: Mapping[str, Any]) -> None:
        """Writes `summary.json`, whole or not at all."""
        fresh = self.path / (SUMMARY + ".new")
        fresh.write_text(json.dumps(summary, indent=1, ensure_ascii=False) + "\n", "utf-8")
        os.replace(fresh, self.path / SUMMARY)

    def close(self) -> None:
        """Lets go of the directory; safe to call twice."""
        self._out.close()
        self._lock.release()


def _mend(file: Path) -> None:
    """Cuts off a last line that was not written whole."""
    if not file.exists():
        return
    with file.open("rb+") as out:
        size = out.seek(0, os.SEEK_END)
        end = size
        while end:
            start = max(0, end - 65536)
            out.seek(start)
            place = out.read(end - start).rfind(b"\n")
            if place >= 0:
                end = start + place + 1
                break
            end = start
        if end != size:
            out.truncate(end)


def _differences(known: Mapping[str, Json], given: Mapping[str, Json]) -> str:
    told = [
        f"{name} was {known.get(name)!r:.60} and is {given.get(name)!r:.60}"
        for name in dict.fromkeys([*known, *given])
        if known.get(name) != given.get(name)
    ]
    return "; ".join(told) or "other names or versions"
