"""Profiles from files: what is read, and what each mistake in one is answered with."""

from __future__ import annotations

from pathlib import Path

import pytest

from penchant.errors import InputError
from penchant.simulators.profiles import library, load_profiles, profiles_to_yaml

GOOD = """\
id: bo
name: Bo
domain: home
persona: Lives above a shop and repairs what breaks.
temperament:
  talk: chatty
  noise: 0.1
preferences:
  - aspect: light
    name: lighting
    wants: no
    others: [lamps, daylight bulbs]
    weight: 0.5
    in words: no lamps near the bed
  - aspect: paint
    name: colour of the walls
    wants: ochre
    others: [white, grey]
    weight: 1
    hard: true
    in words: everything in ochre
changes:
  - from session: 3
    aspect: paint
    wants: grey
    in words: grey would be calmer
"""


def write(folder: Path, text: str, name: str = "bo.yaml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_a_file_is_read_whole_and_words_stay_words(tmp_path: Path) -> None:
    (bo,) = load_profiles(write(tmp_path, GOOD))
    assert (bo.name, bo.domain, bo.temperament.talk) == ("Bo", "home", "chatty")
    light, paint = bo.preferences
    # YAML would make a truth value of it.
    assert light.wants == "no"
    assert (paint.weight, paint.hard, paint.in_words) == (1.0, True, "everything in ochre")
    assert bo.shares["paint", None] == pytest.approx(2 / 3)


def test_changes_hold_from_their_session_on(tmp_path: Path) -> None:
    (bo,) = load_profiles(write(tmp_path, GOOD))
    assert bo.at(2).preferences[1].wants == "ochre"
    later = bo.at(3).preferences[1]
    assert (later.wants, later.in_words) == ("grey", "grey would be calmer")
    assert set(later.others) == {"ochre", "white"}
    assert bo.at(3).changes == ()


def test_what_is_written_reads_the_same(tmp_path: Path) -> None:
    text = profiles_to_yaml(library())
    assert load_profiles(write(tmp_path, text)) == library()


def test_a_folder_is_read_by_name_and_files_may_hold_several(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("id: bo", "id: z"), "b.yml")
    write(tmp_path, GOOD + "---\n" + GOOD.replace("id: bo", "id: a"), "a.yaml")
    write(tmp_path, "not: a profile", "c.txt")
    assert [each.id for each in load_profiles(tmp_path)] == ["bo", "a", "z"]


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("weight: 0.5", "weight: heavy", 13, r"preferences\.0\.weight: .*valid number.*'heavy'"),
        ("weight: 1\n", "weight: nan\n", 19, r"preferences\.1\.weight: .*finite"),
        ("weight: 1\n", "weight: 0\n", 19, r"preferences\.1\.weight: .*greater than 0"),
        ("domain: home", "domain: house", 3, r"domain: .*'travel'.*not 'house'"),
        ("  noise: 0.1", "  noise: 1.5", 7, r"temperament\.noise"),
        ("  noise: 0.1", "  mood: 1", 7, r"temperament\.mood: Extra inputs"),
        (
            "    in words: no lamps near the bed\n",
            "",
            9,
            r"preferences\.0\.in words: Field required",
        ),
        ("[white, grey]", "[white, Ochre]", 18, r"preferences\.1\.others: names a value twice"),
        ("aspect: paint\n    name", "aspect: light\n    name", 8, "'light' stands twice"),
        ("    wants: grey", "    wants: pink", 22, r"changes: 'pink' is no value of 'paint'"),
        ("session: 3", "session: 1", 23, r"changes\.0\.from session: .*equal to 2"),
        (
            "    aspect: paint\n    wants: grey",
            "    aspect: rug\n    wants: grey",
            22,
            "no preference",
        ),
        ("repairs what breaks", "has ochre walls", 4, "persona: gives away 'ochre'"),
        ("name: Bo", "name: Bo\nname: Bob", 3, "name: stands twice"),
        ("name: lighting", "name: [lighting", 11, "is not YAML"),
        ("name: Bo", "name: &it Bo\npet: *it", 3, "aliases are not used"),
        ("wants: no\n", "wants: [no]\n", 11, r"preferences\.0\.wants: .*valid string"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_field(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    assert GOOD.count(old) == 1
    file = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(InputError, match=said) as caught:
        load_profiles(file)
    assert str(caught.value).startswith(f"line {line} of {str(file)!r}")


def test_an_id_that_stands_twice_names_both_places(tmp_path: Path) -> None:
    write(tmp_path, GOOD, "a.yaml")
    write(tmp_path, "\n\n" + GOOD, "b.yaml")
    with pytest.raises(InputError, match=r"line 3 of .*b\.yaml': id: 'bo' .*line 1 of .*a\.yaml"):
        load_profiles(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no profile"),
        ("- a\n- b\n", "line 1 of .*: the document: .*dictionary"),
        ("? [a]\n: b\n", "a field's name is a word"),
        ("id: a\x07b\n", "line 1 of .* is not YAML"),
        ("[" * 1500, "nested too deeply"),
        ("id: !!python/object/apply:os.getcwd []\n", "id: Input should be a valid string"),
    ],
    ids=["empty", "a list", "a key that is no word", "control character", "nested", "a tag"],
)
def test_what_is_no_profile_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        load_profiles(write(tmp_path, text))


def test_a_path_without_profiles_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        load_profiles(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"holds no \*\.yaml"):
        load_profiles(tmp_path)


def test_the_library_is_valid_and_its_ids_differ() -> None:
    profiles = library()
    assert len(profiles) >= 3
    assert len({each.id for each in profiles}) == len(profiles)
    assert len({each.domain for each in profiles}) >= 3
