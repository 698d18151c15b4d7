"""Learning from an example, and what the user's events still wait to teach."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from ..options import HomeOption, JsonOption, UserOption, load_settings, user_or_default
from ..output import note, print_json, print_table, say
from .shared import app, kind_of, open_memory, scope_of

if TYPE_CHECKING:
    from ....memory.inference.artefact import Proposals

__all__: list[str] = []

# More than memory keeps of one event; nobody's example of style is as long.
_MOST_BYTES = 4_194_304
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}


@app.command()
def learn(
    *,
    file: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="A text you like, or a line “before”, a text, a line “after”, and another.",
        ),
    ] = None,
    before: Annotated[
        Path | None, typer.Option("--before", metavar="FILE", help="A text you changed.")
    ] = None,
    after: Annotated[
        Path | None, typer.Option("--after", metavar="FILE", help="What you made of it.")
    ] = None,
    scope: Annotated[
        str | None, typer.Option("--for", metavar="WHAT", help='When it applies: "work emails".')
    ] = None,
    keep: Annotated[
        str | None, typer.Option("--keep", metavar="NUMBERS", help="Keep these, without asking.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Keep all, without asking.")] = False,
    measure: Annotated[
        bool, typer.Option("--measure-only", help="Ask no chat model, only measure.")
    ] = False,
    user: UserOption = None,
    home: HomeOption = None,
    model: Annotated[str | None, typer.Option("--model", help="The chat model to ask.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Proposes what an example of yours shows, and keeps what you confirm.

    With --json it only proposes, unless --yes or --keep says what to keep.
    """
    from ....agent import Agent
    from ....agent.workspace import MissingChat
    from ....errors import NoChatModelError

    if (file is None) == (before is None) or (before is None) != (after is None):
        raise typer.BadParameter("give --from FILE, or --before FILE and --after FILE")
    texts = _Texts(_example(file), _example(before), _example(after))
    settings = load_settings(home=home, model=model)
    unasked = NoChatModelError("--measure-only was given")
    chat = MissingChat(settings.model, unasked) if measure else None
    with Agent(user_or_default(user), settings=settings, chat=chat) as agent:
        proposals = agent.learn_from(texts.file, before=texts.before, after=texts.after)
        if not as_json:
            _show(proposals)
        wanted = _wanted(proposals, keep, yes=yes, asks=not as_json)
        learned = agent.confirm(proposals, wanted, scope=scope, source="cli") if wanted else ()
    if as_json:
        print_json(
            {
                "example": proposals.example.kind,
                "proposals": [
                    {
                        "number": number,
                        "description": each.draft.description,
                        "aspect": each.draft.aspect,
                        "value": each.draft.value,
                        "part": each.part,
                        "measured": each.measured,
                        "quotes": each.quotes,
                        "kept": number - 1 in wanted,
                    }
                    for number, each in enumerate(proposals.items, start=1)
                ],
                "learned": learned,
                "llm_calls": proposals.usage.calls,
                "notice": proposals.notice,
            }
        )
        return
    for preference in learned:
        say(f"Learned: {preference.description}{scope_of(preference)} ({kind_of(preference)})")
    known = len(wanted) - len(learned)
    if known:
        say(f"{known} of them {'was' if known == 1 else 'were'} known already.")
    if proposals.items and not wanted:
        say("Nothing was kept.")


@app.command("jobs")
def jobs(
    *,
    user: UserOption = None,
    home: HomeOption = None,
    retry: Annotated[
        bool, typer.Option("--retry", help="Try what failed again at the next conversation.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """What your events still wait to teach: inference that is queued, or has failed."""
    user_id = user_or_default(user)
    with open_memory(home, write=retry) as memory:
        again = memory.retry_jobs(user_id) if retry else 0
        waiting = memory.jobs(user_id)
    if as_json:
        print_json({"user": user_id, "jobs": waiting, "retried": again})
        return
    if not waiting:
        say("Nothing is waiting.")
        return
    print_table(
        ("WHEN", "WHAT", "FAILED", "STATE", "WHY"),
        [
            (
                f"{job.due_at:%Y-%m-%d %H:%M:%S}",
                job.kind,
                str(job.attempts),
                "given up" if job.given_up else "waiting",
                job.error,
            )
            for job in waiting
        ],
    )
    if any(job.given_up for job in waiting):
        note("penchant memory jobs --retry tries what was given up again")


class _Texts(NamedTuple):
    file: str | None
    before: str | None
    after: str | None


def _example(file: Path | None) -> str | None:
    """The text of an example's file.

    Raises:
        InputError: It cannot be read, is no text, or is far too large.
    """
    import sys

    from ....errors import InputError

    if file is None:
        return None
    name = str(file)
    try:
        if name == "-":
            raw = sys.stdin.buffer.read(_MOST_BYTES + 1)
        else:
            with file.open("rb") as opened:
                raw = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot read {name!r}: {error.strerror or error}") from error
    if len(raw) > _MOST_BYTES:
        raise InputError(
            f"{name!r} is larger than {_MOST_BYTES // 1_048_576} MB; "
            "give a part of it as an example"
        )
    encoding = next((_MARKS[mark] for mark in _MARKS if raw.startswith(mark)), "utf-8")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name!r} is no UTF-8 text ({error.reason} at byte {error.start}); save it as UTF-8, "
            "or give a text file"
        ) from error
    if "\0" in text:
        raise InputError(f"{name!r} is no text: it holds NUL bytes; give a text file")
    if not text.strip():
        raise InputError(f"{name!r} is empty; give a text with some words")
    return text


def _show(proposals: Proposals) -> None:
    if proposals.notice:
        note(proposals.notice)
    if not proposals.items:
        say("This example shows nothing that could be learned.")
    for number, each in enumerate(proposals.items, start=1):
        say(f"{number:>2}. {each.draft.description}")
        if each.quotes:
            say("    " + " · ".join(f"“{quote}”" for quote in each.quotes))


def _wanted(proposals: Proposals, keep: str | None, *, yes: bool, asks: bool) -> list[int]:
    """The numbers, from 0, of the proposals to keep."""
    count = len(proposals.items)
    if not count:
        return []
    if keep is not None:
        wanted = _numbers(keep, count)
        if wanted is None:
            raise typer.BadParameter(f"--keep is {keep!r}; give numbers from 1 to {count}")
        return wanted
    if yes:
        return list(range(count))
    while asks:
        told = typer.prompt("Keep which? (numbers, all, none)", err=True)
        wanted = _numbers(told, count)
        if wanted is not None:
            return wanted
        note(f"Give numbers from 1 to {count}, all, or none.")
    return []


def _numbers(told: str, count: int) -> list[int] | None:
    """Places from 0 that "1 3", "2-4", "all" or "none" name; None if it names others."""
    words = re.split(r"[\s,;]+", told.strip().casefold())
    if words == ["all"]:
        return list(range(count))
    if words == ["none"]:
        return []
    found: list[int] = []
    for word in words:
        named = re.fullmatch(r"(\d{1,3})(?:-(\d{1,3}))?", word)
        if named is None:
            return None
        first = int(named[1])
        found += range(first - 1, int(named[2] or first))
    if not found or min(found) < 0 or max(found) >= count:
        return None
    return sorted(set(found))
