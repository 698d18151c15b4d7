from __future__ import annotations

from collections import Counter

from rapidfuzz import fuzz

from penchant.simulators.profiles import DOMAINS, library
from penchant.simulators.users import LeakCheck, hidden_of, secrets_of


def test_every_domain_has_people() -> None:
    counts = Counter(profile.domain for profile in library())
    assert sum(counts.values()) >= 60
    assert set(counts) == set(DOMAINS)
    assert min(counts.values()) >= 5


def test_an_aspect_is_the_same_in_all_profiles() -> None:
    known: dict[str, tuple[str, tuple[str, ...]]] = {}
    for profile in library():
        for each in profile.preferences:
            told = (each.name, tuple(sorted(each.options)))
            assert known.setdefault(each.aspect, told) == told, f"{profile.id}: {each.aspect}"


def test_people_differ_in_temper_and_some_change_their_mind() -> None:
    people = library()
    for field, values in (
        ("talk", {"terse", "chatty"}),
        ("patience", {"patient", "impatient"}),
    ):
        counts = Counter(getattr(each.temperament, field) for each in people)
        assert set(counts) == values
        assert min(counts.values()) >= len(people) / 4
    assert sum(bool(each.changes) for each in people) >= 10
    assert sum(each.temperament.noise == 0 for each in people) >= 5


def test_no_two_people_say_the_same() -> None:
    said = [each.in_words for profile in library() for each in profile.preferences]
    assert len(set(said)) == len(said)
    personas = [profile.persona for profile in library()]
    for place, one in enumerate(personas):
        for other in personas[place + 1 :]:
            assert fuzz.ratio(one, other) < 75, f"{one!r} and {other!r}"


def test_no_persona_gives_a_preference_away_in_words() -> None:
    for profile in library():
        check = LeakCheck(secrets=secrets_of(hidden_of(profile, seed=0)))
        assert check.find(profile.persona) == (), profile.id
