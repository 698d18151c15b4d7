"""`penchant doctor`: what works on this machine, what does not, and the fix."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import HomeOption, JsonOption
from .output import print_json, say

__all__ = ["doctor"]


def doctor(
    *,
    home: HomeOption = None,
    as_json: JsonOption = False,
    model: Annotated[str | None, typer.Option("--model", help="Check for this chat model.")] = None,
) -> None:
    """Check this machine; exit code 1 if something needed is missing, with the fix."""
    from ..health import examine

    checks = examine(home=home, model=model)
    healthy = all(check.state != "problem" for check in checks)
    if as_json:
        print_json({"healthy": healthy, "checks": checks})
    else:
        for check in checks:
            say(f"{check.state:<8} {check.name:<12} {check.detail}")
            if check.fix:
                say(f"{'':<8} {'':<12} fix: {check.fix}")
        say("Everything needed is here." if healthy else "Something needed is missing.")
    if not healthy:
        raise typer.Exit(1)
