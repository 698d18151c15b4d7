"""Settings: order of their sources, and what is said of a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest

from penchant.config import DEFAULT_MODEL, Settings
from penchant.errors import ConfigError


def test_defaults(tmp_path: Path) -> None:
    settings = Settings.load(home=tmp_path)
    assert settings.model == DEFAULT_MODEL
    assert settings.home == tmp_path
    assert settings.models_dir.name == "models"


def test_an_argument_wins_over_the_environment_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.toml").write_text('model = "openai/from-file"\ndrafts = 3\n')
    assert Settings.load(home=tmp_path).model == "openai/from-file"
    monkeypatch.setenv("PENCHANT_MODEL", "openai/from-environment")
    assert Settings.load(home=tmp_path).model == "openai/from-environment"
    settings = Settings.load(home=tmp_path, model="openai/from-argument")
    assert settings.model == "openai/from-argument"
    assert settings.drafts == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("drafts = 9", ["drafts", "9", "config.toml"]),
        ("modle = 'x'", ["modle", "known settings", "config.toml"]),
        ("drafts = ", ["config.toml", "mend"]),
    ],
)
def test_a_wrong_file_is_named_with_its_value(tmp_path: Path, text: str, words: list[str]) -> None:
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(ConfigError) as raised:
        Settings.load(home=tmp_path)
    for word in words:
        assert word in str(raised.value)


def test_a_wrong_variable_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENCHANT_TIMEOUT_S", "soon")
    with pytest.raises(ConfigError, match=r"timeout_s.*environment.*soon"):
        Settings.load(home=tmp_path)


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = Settings.load(home=tmp_path)
    with pytest.raises(ValueError, match="frozen"):
        settings.drafts = 4
