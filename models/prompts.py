"""Prompts are whole Markdown files; this renders them and fences the data that goes in."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from string import Template

from ..errors import InputError

__all__ = ["fence", "one_line", "render", "without_tag"]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SPACE = re.compile(r"\s+")


@cache
def _template(package: str, name: str) -> Template:
    file = files(package) / "prompts" / f"{name}.md"
    return Template(file.read_text(encoding="utf-8").strip())


def render(package: str, name: str, **values: str) -> str:
    """Fills the prompt `prompts/{name}.md` of a package.

    Args:
        package: The package that holds the folder `prompts`, usually `__package__`.
        name: The file's name without `.md`.
        **values: A text for every `$placeholder` of the file. Texts that come from users,
            memories or models are passed through `fence` or `one_line` first.

    Returns:
        The prompt, without blank space at its ends.

    Raises:
        InputError: A placeholder has no value, or a value has no placeholder.
    """
    template = _template(package, name)
    wanted = set(template.get_identifiers())
    if wanted != set(values):
        raise InputError(
            f"prompt {name!r} of {package!r} takes {sorted(wanted)!r}, got {sorted(values)!r}"
        )
    return template.substitute(values).strip()


def fence(text: str, tag: str, *, limit: int = 8000) -> str:
    """Puts data between tags that the data itself cannot close.

    Args:
        text: Any text; control characters are dropped and the middle of a long one is cut out.
        tag: Name of the tag, such as `memory`.
        limit: Most characters kept.

    Returns:
        `<tag>`, the text and `</tag>`, each on lines of their own.
    """
    if len(text) > limit:
        half = limit // 2
        text = f"{text[:half]}\n[…]\n{text[-half:]}"
    clean = _CONTROL.sub("", text.replace("\r\n", "\n"))
    return f"<{tag}>\n{without_tag(clean, tag).strip()}\n</{tag}>"


def without_tag(text: str, tag: str) -> str:
    """A text that reads the same and can neither open nor close a tag.

    Args:
        text: Any text.
        tag: Name of the tag.
    """
    return re.sub(rf"[<＜﹤](?=\s*/?\s*{re.escape(tag)}\b)", "‹", text, flags=re.IGNORECASE)


def one_line(text: str, *, limit: int = 200) -> str:
    """Makes a text fit for one line of a prompt: no control characters, no line breaks.

    Args:
        text: Any text.
        limit: Most characters kept.

    Returns:
        The text on one line, with an ellipsis if it was cut.
    """
    clean = _SPACE.sub(" ", _CONTROL.sub(" ", text[: limit * 4])).strip()
    return clean if len(clean) <= limit else clean[: limit - 1].rstrip() + "…"
