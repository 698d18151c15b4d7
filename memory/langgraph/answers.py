"""What tools answer a model with: JSON that reads back the same, and holds no markup."""

from __future__ import annotations

import json
import re
import unicodedata

__all__ = ["as_data"]

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
# What fences, chat templates and Markdown give a meaning.
_MEANT = frozenset("<>[]{}|`#＜＞｜")
_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


def as_data(value: object) -> str:
    """A value as JSON on one line, in whose texts no markup stands as such.

    A stored text may hold a chat template's marks (`<|im_start|>`), and some servers read them
    wherever they stand. Escaped as JSON allows, they are only ever text.
    """
    plain = json.dumps(value, ensure_ascii=False)
    return _STRING.sub(lambda found: "".join(map(_escaped, found[0])), plain)


def _escaped(character: str) -> str:
    if character not in _MEANT and unicodedata.category(character) not in _HIDDEN:
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(
        f"\\u{int.from_bytes(units[at : at + 2], 'big'):04x}" for at in range(0, len(units), 2)
    )
