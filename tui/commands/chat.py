"""`penchant chat`: a conversation, in a full-screen app or by lines."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from .options import HomeOption, UserOption, load_settings, user_or_default
from .output import note

if TYPE_CHECKING:
    from ...config import Settings

__all__ = ["chat"]


def chat(
    *,
    user: UserOption = None,
    session: Annotated[
        str | None, typer.Option("--session", help="Open this conversation.", metavar="ID")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--continue/--new", help="Open the last conversation, or a new one.")
    ] = False,
    model: Annotated[
        str | None,
        typer.Option("--model", help="local/NAME, local/PATH.gguf or any litellm model string."),
    ] = None,
    home: HomeOption = None,
    pull: Annotated[
        bool, typer.Option("--pull", help="Download missing models without asking.")
    ] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="By lines; the default without a terminal.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="By lines, every event as one JSON object.")
    ] = False,
) -> None:
    """Chat, and let the assistant learn what you like."""
    import os
    import sys

    if session is not None and resume:
        raise typer.BadParameter("give either --session or --continue, not both")
    settings = load_settings(home=home, model=model)
    _fetch_models(settings, without_asking=pull)
    user_id = user_or_default(user)
    # Textual draws on standard error, so that has to be a terminal too.
    on_terminal = all(s.isatty() for s in (sys.stdin, sys.stdout, sys.stderr))
    if plain or as_json or not on_terminal or os.environ.get("TERM") == "dumb":
        _chat_by_lines(settings, user_id, session, resume=resume, as_json=as_json)
    else:
        _chat_on_screen(settings, user_id, session, resume=resume)


def _chat_on_screen(settings: Settings, user_id: str, session: str | None, *, resume: bool) -> None:
    from ..app import ChatApp
    from ..opening import Opening

    opening = Opening(settings, user_id, resume=resume)
    app = ChatApp(opening, user_id=user_id, model=settings.model, session_id=session)
    try:
        app.run()
    finally:
        if not app.engine.close(timeout_s=0.5):
            note("Finishing what is being learned; Ctrl+C leaves at once.")
            app.engine.close()
        opening.close()
    raise typer.Exit(app.return_code or 0)


def _chat_by_lines(
    settings: Settings, user_id: str, session: str | None, *, resume: bool, as_json: bool
) -> None:
    import sys

    from ..opening import Opening
    from ..plain import PlainChat

    opening = Opening(settings, user_id, resume=resume)
    interactive = sys.stdin.isatty()
    try:
        conversation = PlainChat(
            opening,
            session_id=session,
            out=sys.stdout,
            err=sys.stderr,
            as_json=as_json,
            interruptible=interactive,
        )
        conversation.run(_typed_lines() if interactive else sys.stdin)
    finally:
        opening.close()


def _typed_lines() -> Iterator[str]:
    # readline gives `input` line editing; it is not there on every system.
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401
    while True:
        try:
            yield input("> ")
        except EOFError:
            return


def _fetch_models(settings: Settings, *, without_asking: bool) -> None:
    import sys

    from ...errors import ModelStoreError
    from ...models.store import ModelStore, needed
    from .models import pull_with_progress, size

    store = ModelStore(settings.models_dir)
    missing = needed(settings, store=store)
    if not missing:
        return
    if not without_asking:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            return
        note("These models are not here yet:")
        for info in store.list():
            if info.name in missing:
                note(f"  {info.name}: {size(info.size)}, {info.purpose} ({info.licence})")
        if not typer.confirm("Download them now?", default=True, err=True):
            return
    try:
        pull_with_progress(store, missing)
    except ModelStoreError as error:
        # The chat opens all the same: memory works without a language model.
        note(f"penchant: {error}")
