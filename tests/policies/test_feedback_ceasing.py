"""What users say they gave up is read, and ends what memory held of it."""

from __future__ import annotations

import pytest

from penchant.memory.subject import gives_up
from penchant.policies.feedback import read_message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("I've stopped wearing ties.", ["has given up wearing ties"]),
        ("I no longer use Emacs, I use Helix now.", ["no longer uses Emacs", "uses Helix"]),
        ("I switched from milk to oats.", ["has given up milk", "has switched to oats"]),
        ("I stopped the car.", []),
        ("I stopped at the bakery.", []),
        ("I no longer know.", []),
        ("I use Helix now.", []),
    ],
)
def test_what_is_given_up_is_read(text: str, said: list[str]) -> None:
    assert [each.description for each in read_message(text, last_reply=None).preferences] == said


@pytest.mark.parametrize(
    ("gone", "live", "ends"),
    [
        ("no longer uses Emacs", "works in Emacs", True),
        ("has given up cocoa", "likes cocoa in the evening", True),
        ("has given up cocoa", "likes cocoa biscuits", False),
        ("never campsites", "usually stays in campsites", True),
        ("has given up cocoa", "likes milk", False),
    ],
)
def test_it_ends_the_very_thing_and_no_other(gone: str, live: str, ends: bool) -> None:
    assert gives_up(gone, "dislike", live, "like") is ends
