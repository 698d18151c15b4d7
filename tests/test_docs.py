"""The guides' examples run as they stand, and print what they say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import penchant

GUIDES = sorted((Path(penchant.__file__).parent / "docs").glob("*.md"))
_BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
_SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)
_SAYS = re.compile(r"^\s*print\(.*\)  # (.+)$", re.MULTILINE)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_a_guide_runs_as_written(guide: Path, tmp_path: Path, minilm: object) -> None:
    text = guide.read_text(encoding="utf-8")
    script = "\n".join(_BLOCK.findall(text))
    says = _SAYS.findall(script)
    assert says
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PENCHANT_HOME": str(tmp_path / "home"),
    }
    file = tmp_path / "guide.py"
    file.write_text(script, encoding="utf-8")
    done = _run([sys.executable, str(file)], tmp_path, environment)
    lines = iter(done.splitlines())
    for said in says:
        assert any(said in line for line in lines), f"{said!r} is not in\n{done}"
    for block in _SHELL.findall(text):
        for line in block.strip().splitlines():
            _run(["sh", "-c", line], tmp_path, environment)


def _run(command: list[str], where: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        command,
        cwd=where,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout
