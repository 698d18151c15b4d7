"""A path without data: what belongs there, where to get it, under which licence."""

from __future__ import annotations

from pathlib import Path

import pytest

from penchant.simulators.datasets.sources import SOURCES, missing, where_from


@pytest.mark.parametrize("name", SOURCES)
def test_a_missing_path_says_where_to_get_the_set_and_under_which_licence(
    name: str, tmp_path: Path
) -> None:
    told = str(missing(tmp_path / "nowhere", name))
    assert told.startswith(f"'{tmp_path / 'nowhere'}' does not exist")
    for part in SOURCES[name]:
        assert part
        assert part in told


def test_a_folder_without_any_of_several_sets_names_all_of_them(tmp_path: Path) -> None:
    told = str(missing(tmp_path, "bank", "persona"))
    assert "does not hold it" in told
    assert told.endswith(where_from("bank", "persona"))
    assert "bank/" in told
    assert "GPL" in told
    assert "CC BY 4.0" in told
