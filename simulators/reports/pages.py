"""Pages of HTML that need nothing else: no network, no scripts, no fonts but the reader's own."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from .numbers import number

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["pretty", "render", "safe_text"]

_HERE = Path(__file__).parent
# Controls but tab and newline, and the marks that reorder or hide what stands around a text.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)


def render(template: str, **given: object) -> str:
    """A page from a template of this package, with everything given to it escaped.

    Args:
        template: The name of its file.
        **given: What it shows; drawings are the only markup, and are made of elements.
    """
    from markupsafe import Markup

    from ... import __version__

    # The style sheet is the package's own text.
    style = Markup((_HERE / "page.css").read_text("utf-8"))
    return _environment().get_template(template).render(version=__version__, style=style, **given)


def safe_text(text: object) -> str:
    """The text with what cannot be seen, or reorders what can, shown as a mark."""
    return _HIDDEN.sub("\ufffd", str(text).replace("\r\n", "\n"))


def pretty(value: object) -> str:
    """A value as JSON for people: what holds nothing that holds something stays on its line."""
    return _pretty(value, "\n")


def _pretty(value: object, gap: str) -> str:
    inner = gap + "  "
    if isinstance(value, Mapping) and any(map(_holds, value.values())):
        parts = [f"{_dump(str(name))}: {_pretty(each, inner)}" for name, each in value.items()]
        return "{" + inner + f",{inner}".join(parts) + gap + "}"
    if _holds(value) and isinstance(value, Sequence) and any(map(_holds, value)):
        parts = [_pretty(each, inner) for each in value]
        return "[" + inner + f",{inner}".join(parts) + gap + "]"
    return _dump(value)


def _holds(value: object) -> bool:
    return isinstance(value, Mapping | Sequence) and not isinstance(value, str)


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _told(shared: Mapping[str, str]) -> str:
    return "; ".join(f"{name}: {cell}" for name, cell in shared.items())


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Every value that is put into a page goes through here, whoever wrote it.
        finalize=_finalize,
    )
    made.filters.update(amount=number, told=_told)
    return made


def _finalize(value: object) -> object:
    from markupsafe import Markup

    if isinstance(value, str) and not isinstance(value, Markup):
        return safe_text(value)
    return value
