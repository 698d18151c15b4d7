"""The schema, and the page that describes it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

import penchant
from penchant.simulators.profiles import (
    DOMAINS,
    Change,
    Consent,
    EditStyle,
    Offer,
    Preference,
    Profile,
    Temperament,
    load_profiles,
)

GUIDE = Path(penchant.__file__).parent / "docs" / "simulated-users.md"


def test_the_guide_s_profile_is_one_and_uses_every_field(tmp_path: Path) -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    file = tmp_path / "renske.yaml"
    file.write_text(block, encoding="utf-8")
    (renske,) = load_profiles(file)
    assert renske.at(4).preferences[0].wants == "crackled"
    fields = {
        name.replace("_", " ")
        for part in (Profile, Temperament, Preference, EditStyle, Consent, Change)
        for name in part.model_fields
    }
    assert all(re.search(rf"^[\s-]*{field}:", block, re.MULTILINE) for field in fields)


def test_the_guide_names_every_domain_and_field() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    assert all(f"`{domain}`" in text for domain in DOMAINS)
    assert all(f"`{name.replace('_', ' ')}`" in text for name in Preference.model_fields)


def preference(**over: object) -> Preference:
    given: dict[str, object] = {
        "aspect": "pace",
        "name": "pace",
        "wants": "slow",
        "others": ["brisk", "hurried"],
        "weight": 0.5,
        "in_words": "no rush",
    }
    return Preference.model_validate({**given, **over})


def test_options_do_not_tell_which_value_is_wanted() -> None:
    assert preference().options == ("brisk", "hurried", "slow")
    slow = preference(ordered=True, values=["slow", "brisk", "hurried"])
    assert slow.options == ("slow", "brisk", "hurried")
    assert slow.wanting("hurried", "faster").options == slow.options


@pytest.mark.parametrize(
    "over",
    [
        {"values": ["slow", "brisk", "hurried"]},
        {"ordered": True},
        {"ordered": True, "values": ["slow", "brisk"]},
        {"others": []},
        {"in_words": "two\nlines"},
        {"aspect": "Pace of day"},
    ],
)
def test_what_does_not_fit_together_is_refused(over: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        preference(**over)


def test_an_offer_is_welcome_or_refused_but_not_both() -> None:
    offer = Offer(offer="call a taxi", in_words="fine")
    with pytest.raises(ValidationError, match="twice"):
        Consent(welcome=(offer,), refused=(offer,))
    with pytest.raises(ValidationError, match="names no offer"):
        Consent()
    at_night = offer.model_copy(update={"occasion": "at night"})
    assert Consent(welcome=(offer,), refused=(at_night,)).refused == (at_night,)
