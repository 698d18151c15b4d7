"""Runs the README: its Python on the smallest real models, its commands in a shell."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import penchant

README = Path(penchant.__file__).parent / "README.md"
TEXT = README.read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
SHELL = [
    line
    for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    for line in block.splitlines()
    if not line.startswith("make ")
]


@pytest.fixture(scope="module")
def environment(
    tmp_path_factory: pytest.TempPathFactory, smollm_path: Path, minilm: object
) -> dict[str, str]:
    place = tmp_path_factory.mktemp("readme")
    scripts = Path(sys.executable).parent
    return {
        **os.environ,
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "PENCHANT_HOME": str(place),
        "PENCHANT_MODEL": f"local/{smollm_path}",
        "PENCHANT_REPLY_TOKENS": "32",
    }


def test_the_two_commands_come_first() -> None:
    first = re.search(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    assert first is not None
    assert TEXT.index(first[0]) < 40
    assert [line.split("#")[0].strip() for line in first[1].splitlines()] == [
        "make chat",
        "make test",
    ]


def test_the_python_api_fits_in_ten_lines() -> None:
    lines = [line for line in PYTHON[0].splitlines() if line.strip()]
    assert len(lines) <= 10


def test_python_runs_as_written(environment: dict[str, str], tmp_path: Path) -> None:
    assert len(PYTHON) == 6
    script = tmp_path / "readme.py"
    script.write_text("\n".join(PYTHON), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "- is vegetarian" in done.stdout
    assert "1 model call" in done.stdout
    ranked = re.findall(r"^\d\.\d\d (.*?) \[(.*)\]$", done.stdout, re.MULTILINE)
    assert ranked[-1][0] == "Chicken Caesar salad"
    assert "hicken" in ranked[-1][1]


def test_commands_run_as_written(environment: dict[str, str], tmp_path: Path) -> None:
    assert len(SHELL) >= 9
    outputs = {}
    for line in SHELL:
        done = subprocess.run(
            line,
            shell=True,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        outputs[line] = done.stdout
    listing = next(text for line, text in outputs.items() if "memory list" in line)
    assert "prefers short replies" in listing
    assert "vegan" in listing
    ranking = next(text for line, text in outputs.items() if "penchant rank" in line)
    assert ranking.count("walk") == 1
    assert "vegan" in (tmp_path / "ana.jsonl").read_text(encoding="utf-8")
    left = subprocess.run(
        "penchant memory list --user ana --json",
        shell=True,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "vegan" not in left


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        if not target.startswith("http"):
            assert (README.parent / target).is_file(), target
