"""Reading runs: what is missing, torn or malformed is told with file, line and field."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from penchant.errors import InputError
from penchant.simulators.reports import load_run
from penchant.simulators.runner import episode_to_json

from .conftest import make_episode, write_run


def test_a_run_is_read_as_it_was_written(run_directory: Path) -> None:
    run = load_run(run_directory)
    assert (run.track, run.seed, run.headline, run.version) == ("outing", 0, "fit", "0.1.0")
    assert list(run.higher_is_better) == ["fit", "regret", "offers accepted"]
    assert len(run.episodes) == 48
    assert episode_to_json(run.episodes[0]) == episode_to_json(make_episode("never ask", 0))
    assert run.figures["fit_ours"] == 0.75
    assert run.notes == ["The wishes were made up."]
    assert run.finished
    assert run.summed
    assert not run.torn


def test_a_run_that_goes_on_has_no_summary_and_maybe_no_episode(run_directory: Path) -> None:
    (run_directory / "summary.json").unlink()
    assert not load_run(run_directory).finished
    (run_directory / "episodes.jsonl").unlink()
    assert load_run(run_directory).episodes == ()


def test_a_summary_of_other_episodes_is_not_of_this_run(run_directory: Path) -> None:
    file = run_directory / "episodes.jsonl"
    lines = file.read_text("utf-8").splitlines(keepends=True)
    file.write_text("".join(lines[:40]), "utf-8")
    run = load_run(run_directory)
    assert not run.summed
    assert not run.finished


def test_a_torn_last_line_is_left_out(run_directory: Path) -> None:
    file = run_directory / "episodes.jsonl"
    file.write_bytes(file.read_bytes()[:-30])
    run = load_run(run_directory)
    assert run.torn
    assert len(run.episodes) == 47


def test_of_an_episode_held_again_the_last_stands(run_directory: Path) -> None:
    again = make_episode("ours", 3, seed=9)
    with (run_directory / "episodes.jsonl").open("a", encoding="utf-8") as out:
        out.write(episode_to_json(again) + "\n")
    run = load_run(run_directory)
    assert len(run.episodes) == 48
    (found,) = (each for each in run.episodes if each.key == again.key)
    assert episode_to_json(found) == episode_to_json(again)


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        load_run(tmp_path / "nowhere")
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is a file; give the directory"):
        load_run(tmp_path / "file")
    with pytest.raises(InputError, match=r"holds no config\.json, so it is no run"):
        load_run(tmp_path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"track": 7}, "track: input should be a valid string, not 7"),
        ({"arms": []}, "arms: "),
        ({"higher_is_better": {}}, "higher_is_better: "),
        ({"seed": "many"}, "not 'many'"),
        ({"episodes": "all"}, "episodes: "),
    ],
)
def test_a_malformed_configuration_names_file_and_field(
    tmp_path: Path, change: dict[str, object], said: str
) -> None:
    directory = write_run(tmp_path / "run", users=1, config=change)
    with pytest.raises(InputError, match=re.escape(said)) as caught:
        load_run(directory)
    assert "config.json" in str(caught.value)


def test_a_field_that_is_missing_is_named(run_directory: Path) -> None:
    file = run_directory / "config.json"
    head = json.loads(file.read_text())
    del head["hash"]
    file.write_text(json.dumps(head))
    with pytest.raises(InputError, match="hash: field required"):
        load_run(run_directory)


def test_broken_json_names_its_line(run_directory: Path) -> None:
    (run_directory / "summary.json").write_text('{"figures": {},\n"rows": [}')
    with pytest.raises(InputError, match=r"summary\.json', line 2: is not JSON"):
        load_run(run_directory)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"measures":', '"measured":', "measures: field required"),
        ('"turn":1', '"turn":"soon"', "disclosures.0.turn: "),
        ('["outing","ours"', '["outing","theirs"', "arm 'theirs' is not of this run"),
        ('["outing","ours"', '["elicit","ours"', "track 'elicit' is not of this run"),
    ],
)
def test_a_line_that_is_no_episode_of_the_run_is_named(
    run_directory: Path, old: str, new: str, said: str
) -> None:
    file = run_directory / "episodes.jsonl"
    lines = file.read_text().split("\n")
    assert old in lines[2]
    lines[2] = lines[2].replace(old, new, 1)
    file.write_text("\n".join(lines))
    with pytest.raises(InputError, match=re.escape(said)) as caught:
        load_run(run_directory)
    assert "line 3" in str(caught.value)
