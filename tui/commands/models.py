"""`penchant models`: the model files of this machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from .options import JsonOption, load_settings
from .output import note, print_json, print_table, say

if TYPE_CHECKING:
    from ...models.store import ModelStore

__all__ = ["app", "pull_with_progress", "size"]

app = typer.Typer(name="models", help="The model files of this machine.", no_args_is_help=True)


@app.command("list")
def list_(*, as_json: JsonOption = False) -> None:
    """All models of the catalogue, and which of them are here."""
    found = _store().list()
    if as_json:
        print_json({"models": found})
        return
    print_table(
        ("NAME", "HERE", "SIZE", "ROLE", "LICENCE", "WHAT FOR"),
        [
            (m.name, "yes" if m.installed else "no", size(m.size), m.role, m.licence, m.purpose)
            for m in found
        ],
    )


@app.command()
def pull(
    *,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME...", help="Names from the list; else what the chat needs."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Downloads models, goes on where a download broke off, and checks every byte."""
    from ...models.store import ModelStore, needed

    settings = load_settings()
    store = ModelStore(settings.models_dir)
    wanted = tuple(names) if names else needed(settings, store=store)
    paths = pull_with_progress(store, wanted)
    if as_json:
        print_json({"models": [{"name": n, "path": p} for n, p in zip(wanted, paths, strict=True)]})
        return
    for path in paths:
        say(path)
    if not wanted:
        note("All models that the chat needs are here.")


@app.command()
def path(
    *, name: Annotated[str, typer.Argument(metavar="NAME")], as_json: JsonOption = False
) -> None:
    """Prints where a model is."""
    found = _store().path(name)
    if as_json:
        print_json({"name": name, "path": found})
    else:
        say(str(found))


@app.command()
def verify(
    *,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Without it, all that are here.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Reads model files again and compares them with the catalogue."""
    results = _store().verify(name)
    if as_json:
        print_json({"ok": all(r.ok for r in results), "files": results})
    else:
        for result in results:
            say(f"{'ok     ' if result.ok else 'PROBLEM'}  {result.model}/{result.file}")
            if not result.ok:
                say(f"         {result.problem}; run `penchant models pull {result.model}`")
        if not results:
            say("No model files are here.")
    if not all(r.ok for r in results):
        raise typer.Exit(1)


def pull_with_progress(store: ModelStore, names: Sequence[str]) -> list[str]:
    """Pulls models with bars on standard error.

    Returns:
        Where each of them is.
    """
    from ...models.progress import RichProgress

    with RichProgress() as progress:
        return [str(store.pull(name, progress=progress)) for name in names]


def size(count: int) -> str:
    """Bytes in words: `98 MB`."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def _store() -> ModelStore:
    from ...models.store import ModelStore

    return ModelStore(load_settings().models_dir)
