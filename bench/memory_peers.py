"""Penchant, mem0 and LangMem side by side: the same events, queries, embedder and chat model.

    python bench/memory_peers.py --run DIR [--model qwen2.5-coder-1.5b] [--timeout SECONDS]

Run it with a Python in which Penchant is installed. It makes an environment of its own for the
peers, serves one chat model and one embedder on loopback, feeds every system the same messages in
blocks, and asks the same queries after each block. A run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
import venv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from penchant import Settings, __version__
from penchant.models.embedder import OnnxEmbedder
from penchant.models.store import ModelStore

sys.path.insert(0, str(Path(__file__).parent))

from peers import report, workload
from peers.gateway import Gateway

HERE = Path(__file__).parent
SYSTEMS = ("penchant", "mem0", "langmem")
PEERS = (
    "mem0ai==2.2.1",
    "langmem==0.0.30",
    "langgraph-checkpoint-sqlite==3.1.2",
    "pysqlite3-binary==0.5.4.post2;sys_platform=='linux'",
)
TELLING = {
    "penchant": ("penchant", "chromadb"),
    "mem0": ("mem0ai", "qdrant-client", "openai"),
    "langmem": ("langmem", "trustcall", "langgraph", "langchain-openai"),
}
CONTEXT_WINDOW = 16_384
# What switches off everything that the libraries would send somewhere.
SILENT = {
    "MEM0_TELEMETRY": "False",
    "POSTHOG_DISABLED": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "DO_NOT_TRACK": "1",
    "HF_HUB_OFFLINE": "1",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "NO_PROXY": "127.0.0.1,localhost",
    "OPENAI_API_KEY": "none",
}


def main() -> None:
    """Runs what is missing of the run, and prints the table."""
    wanted = _arguments()
    systems = [name for name in SYSTEMS if name in wanted.systems.split(",")]
    _remember(wanted)
    for name in systems if wanted.fresh else ():
        _forget(wanted.run, name)
    if not wanted.table:
        _run(wanted, systems)
    measured = [name for name in SYSTEMS if (wanted.run / f"{name}-about.json").exists()]
    count = report.common_events(wanted.run, measured)
    if not count:
        sys.exit("no stretch is measured for every system yet; run it again with more time")
    _write(wanted, measured, count)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    cache = Settings.load().models_dir.parent
    parser.add_argument("--run", type=Path, required=True, help="the run's directory")
    parser.add_argument("--env", type=Path, default=cache / "peers-env", help="the peers' own")
    parser.add_argument("--systems", default=",".join(SYSTEMS))
    parser.add_argument("--model", default="qwen2.5-coder-1.5b", help="of the catalogue")
    parser.add_argument("--events", type=int, default=300)
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--block", type=int, default=25, help="events between two askings")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--timeout", type=float, default=4 * 3600, help="seconds for all of it")
    parser.add_argument("--call-timeout", type=float, default=600, help="seconds for one LLM call")
    parser.add_argument("--commit", help="what this Penchant is called where there is no git")
    parser.add_argument("--fresh", action="store_true", help="begin the named systems anew")
    parser.add_argument("--table", action="store_true", help="only write the table")
    parser.add_argument("--json", action="store_true", help="print one object")
    wanted = parser.parse_args()
    wanted.run = wanted.run.resolve()
    wanted.run.mkdir(parents=True, exist_ok=True)
    return wanted


def _remember(wanted: argparse.Namespace) -> None:
    """A run goes on only with the numbers that it began with."""
    mine = {name: getattr(wanted, name) for name in ("model", "events", "queries", "seed", "block")}
    file = wanted.run / "run.json"
    if not file.exists():
        file.write_text(json.dumps(mine), encoding="utf-8")
    began = json.loads(file.read_text(encoding="utf-8"))
    if began != mine:
        sys.exit(f"{wanted.run} began with {began}; go on with these, or name another directory")


def _forget(run: Path, name: str) -> None:
    shutil.rmtree(run / f"{name}-home", ignore_errors=True)
    for file in run.glob(f"{name}-*"):
        file.unlink()


def _run(wanted: argparse.Namespace, systems: list[str]) -> None:
    until = time.monotonic() + wanted.timeout
    if set(systems) - {"penchant"}:
        _make_environment(wanted.env)
    store = ModelStore(Settings.load().models_dir)
    gateway = Gateway(
        store.pull(wanted.model),
        OnnxEmbedder(store.pull("minilm"), threads=1),
        context_window=CONTEXT_WINDOW,
        timeout_s=wanted.call_timeout,
    )
    workers: dict[str, Worker] = {}
    try:
        for name in systems:
            _describe(wanted, name)
        for reached in _stops(wanted.events, wanted.block):
            for name in systems:
                if (wanted.run / f"{name}-at-{reached:04}.json").exists():
                    continue
                if name not in workers:
                    workers[name] = Worker(wanted, name, gateway.url)
                left = until - time.monotonic()
                if left <= 0 or not workers[name].reach(reached, left):
                    return
    finally:
        for worker in workers.values():
            worker.close()
        gateway.close()


def _stops(events: int, block: int) -> list[int]:
    return [*range(block, events, block), events]


class Worker:
    """A system in a process of its own, which goes on to one stop after the other."""

    def __init__(self, wanted: argparse.Namespace, name: str, url: str) -> None:
        self._name = name
        self._log = wanted.run / f"{name}-log.txt"
        self._file = self._log.open("a", encoding="utf-8")
        self._process = subprocess.Popen(
            [
                *(str(_python(wanted, name)), "-m", "peers.worker", "--system", name),
                *("--run", str(wanted.run), "--url", f"{url}/{name}"),
                *("--events", str(wanted.events), "--queries", str(wanted.queries)),
                *("--seed", str(wanted.seed)),
            ],
            cwd=HERE,
            env=_environment(wanted, name),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._file,
            text=True,
        )
        self._reader = ThreadPoolExecutor(max_workers=1)

    def reach(self, stop: int, left: float) -> bool:
        """Lets the system go on to a stop; False if that takes longer than is left."""
        print(f"{time.strftime('%H:%M:%S')} {self._name} to {stop}", file=sys.stderr, flush=True)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{stop}\n")
        self._process.stdin.flush()
        try:
            answer = self._reader.submit(self._process.stdout.readline).result(timeout=left)
        except TimeoutError:
            return False
        if answer.strip() != str(stop):
            sys.exit(f"{self._name} ended with {self._process.wait()}; see {self._log}")
        return True

    def close(self) -> None:
        """Lets it close its files, or ends it if it is in the middle of something."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.shutdown()
        self._file.close()


def _environment(wanted: argparse.Namespace, name: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()}
    path = os.pathsep.join(filter(None, (str(HERE), os.environ.get("PYTHONPATH"))))
    mem0 = str(wanted.run / f"{name}-home" / "config")
    return {**kept, **SILENT, "MEM0_DIR": mem0, "PYTHONPATH": path}


def _python(wanted: argparse.Namespace, name: str) -> Path:
    return Path(sys.executable) if name == "penchant" else _program(wanted.env)


def _program(env: Path) -> Path:
    return env / "Scripts" / "python.exe" if os.name == "nt" else env / "bin" / "python"


def _make_environment(env: Path) -> None:
    stamp = env / "peers.txt"
    if stamp.exists() and stamp.read_text(encoding="utf-8").split() == list(PEERS):
        return
    print(f"making {env}", file=sys.stderr, flush=True)
    venv.create(env, with_pip=True)
    python = next(
        each for each in (env / "bin/python", env / "Scripts/python.exe") if each.exists()
    )
    subprocess.run(
        [
            *(str(python), "-m", "pip", "install", "--quiet", *PEERS),
            *("--constraint", str(HERE / "peers" / "constraints.txt")),
        ],
        check=True,
        stdout=sys.stderr,
    )
    stamp.write_text("\n".join(PEERS), encoding="utf-8")


def _describe(wanted: argparse.Namespace, name: str) -> None:
    """Keeps which versions of a system the run measures."""
    ask = (
        "import importlib.metadata as m, json; "
        f"print(json.dumps({{n: m.version(n) for n in {TELLING[name]!r}}}))"
    )
    said = subprocess.run(
        [str(_python(wanted, name)), "-c", ask], capture_output=True, text=True, check=True
    )
    about: dict[str, Any] = {"versions": json.loads(said.stdout)}
    if name == "penchant":
        about["commit"] = wanted.commit or _git("describe", "--always", "--dirty")
    file = wanted.run / f"{name}-about.json"
    if not file.exists():
        file.write_text(json.dumps(about), encoding="utf-8")


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=HERE, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def _write(wanted: argparse.Namespace, systems: list[str], count: int) -> None:
    stream = workload.events(wanted.events, wanted.seed)[:count]
    table = report.rows(wanted.run, systems, stream)
    about = {
        name: json.loads((wanted.run / f"{name}-about.json").read_text(encoding="utf-8"))
        for name in systems
    }
    asked = len(workload.queries(stream, wanted.queries))
    known = workload.facts(stream)
    command = (
        f"python bench/memory_peers.py --run DIR --model {wanted.model} --events {wanted.events} "
        f"--queries {wanted.queries} --seed {wanted.seed} --block {wanted.block}"
    )
    said = [
        f"The first {count} of {wanted.events} events (seed {wanted.seed}): {_kinds(stream)}.",
        f"{asked} queries on the {len(known)} preferences that then hold; "
        f"{sum(bool(fact.former) for fact in known)} of these had changed.",
        f"Chat model {wanted.model}, embedder all-MiniLM-L6-v2 (ONNX), both on loopback.",
        f"Versions: {'; '.join(_versions(about[name]) for name in systems)}.",
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} CPUs, measured {time.strftime('%Y-%m-%d')}.",
        f"Command: `{command}`.",
    ]
    text = report.as_markdown(table, systems, said)
    (wanted.run / "table.md").write_text(text, encoding="utf-8")
    figures = {f"{name}_{row.name}": row.values[name] for row in table for name in systems}
    whole = {
        "command": command,
        "version": __version__,
        "environment": {
            "python": platform.python_version(),
            "platform": f"{platform.system()} {platform.release()}",
            "machine": platform.machine(),
            "cpus": os.cpu_count(),
        },
        "seed": wanted.seed,
        "figures": {"events": count, "queries": asked, **figures},
        "rows": [{"measure": row.name, **row.values} for row in table],
        "about": about,
    }
    (wanted.run / "table.json").write_text(json.dumps(whole, indent=1), encoding="utf-8")
    sys.stdout.write(json.dumps(whole) + "\n" if wanted.json else text)


def _versions(about: dict[str, Any]) -> str:
    said = ", ".join(f"{package} {version}" for package, version in about["versions"].items())
    return f"{said}, at {about['commit']}" if "commit" in about else said


def _kinds(stream: list[workload.Event]) -> str:
    counts: dict[str, int] = {}
    for event in stream:
        counts[event.kind] = counts.get(event.kind, 0) + 1
    return ", ".join(f"{count} × {kind}" for kind, count in counts.items())


if __name__ == "__main__":
    main()
