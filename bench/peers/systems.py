"""The three systems behind one face; each imports its own libraries, and only when it is made."""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import urllib.request
from pathlib import Path
from typing import Any, Protocol

# The number of entries that any store of this run stays far below.
_ALL = 10_000


class System(Protocol):
    """A memory that takes messages and is searched."""

    def add(self, user_id: str, text: str) -> None:
        """Takes one message in, as far as a caller of the library waits for it."""

    def settle(self) -> None:
        """Finishes what the library does behind the caller's back."""

    def search(self, user_id: str, query: str, limit: int) -> list[str]:
        """The texts of the best entries for a query, best first."""

    def entries(self, user_id: str) -> dict[str, str]:
        """Every live entry of a user, by id."""

    def close(self) -> None:
        """Lets go of the files."""


def open_system(name: str, home: Path, url: str) -> System:
    """Opens a system on a directory of its own.

    Args:
        name: "penchant", "mem0" or "langmem".
        home: Where it keeps its files.
        url: The gateway's, with the system's name.
    """
    home.mkdir(parents=True, exist_ok=True)
    made: dict[str, Any] = {"penchant": Penchant, "mem0": Mem0, "langmem": LangMem}
    system: System = made[name](home, url)
    return system


class Penchant:
    """Rules read a message at once; what they leave unsure, the chat model reads behind."""

    def __init__(self, home: Path, url: str) -> None:
        from penchant.memory import Memory
        from penchant.models.chat import LiteLLMChat

        with urllib.request.urlopen(f"{url}/server") as answer:
            server = json.load(answer)
        self._chat = LiteLLMChat(
            "openai/local",
            name="local",
            api_base=f"{url}/v1",
            api_key="none",
            context_window=server["context_window"],
            timeout_s=600,
            max_retries=0,
            dialect=server["dialect"],
            on_loopback=True,
        )
        self._memory = Memory(home, Embedder(f"{url}/v1/embeddings"))
        self._loop = asyncio.new_event_loop()
        self._loop.run_until_complete(self._chat.load())
        self._unsure: list[Any] = []

    def add(self, user_id: str, text: str) -> None:
        from penchant.agent.nodes.read import said_in
        from penchant.memory import Statement
        from penchant.policies.feedback import read_message

        reading = read_message(text, last_reply=None)
        self._memory.learn(user_id, Statement(text=text), said_in(reading))
        if reading.uncertain:
            self._unsure.append((user_id, self._memory.evidence(user_id, limit=1)[-1]))

    def settle(self) -> None:
        from penchant.policies.feedback import infer_statements

        while self._unsure:
            user_id, evidence = self._unsure.pop(0)
            text = evidence.observation.text
            inferred = self._loop.run_until_complete(infer_statements(self._chat, text))
            if inferred.drafts:
                self._memory.learn(user_id, evidence, inferred.drafts)

    def search(self, user_id: str, query: str, limit: int) -> list[str]:
        found = self._memory.search(user_id, query, limit=limit)
        return [_worded(each.preference) for each in found]

    def entries(self, user_id: str) -> dict[str, str]:
        return {each.id: _worded(each) for each in self._memory.get_all(user_id)}

    def close(self) -> None:
        self._loop.run_until_complete(self._chat.aclose())
        self._loop.close()
        self._memory.close()


def _worded(preference: Any) -> str:
    scope = f" ({preference.scope})" if preference.scope else ""
    return f"{preference.polarity}: {preference.description}{scope}"


class Embedder:
    """The shared embedder, reached as the peers reach it."""

    id = "minilm-of-the-gateway"
    dimension = 384

    def __init__(self, url: str) -> None:
        self._url = url

    def embed(self, texts: Any) -> Any:
        import numpy as np

        body = json.dumps({"input": list(texts), "model": "minilm"}).encode()
        headers = {"Content-Type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(self._url, body, headers)) as answer:
            data = json.load(answer)["data"]
        return np.array([each["embedding"] for each in data], dtype=np.float32)


class Mem0:
    """mem0's open-source `Memory`, with its own default store (embedded Qdrant) on disk."""

    def __init__(self, home: Path, url: str) -> None:
        from mem0 import Memory

        base = f"{url}/v1"
        self._memory = Memory.from_config(
            {
                "llm": {
                    "provider": "openai",
                    "config": {"model": "local", "api_key": "none", "openai_base_url": base},
                },
                "embedder": {
                    "provider": "openai",
                    "config": {"model": "minilm", "api_key": "none", "openai_base_url": base},
                },
                "vector_store": {
                    "provider": "qdrant",
                    "config": {
                        "path": str(home / "qdrant"),
                        "on_disk": True,
                        "embedding_model_dims": 384,
                    },
                },
                "history_db_path": str(home / "history.db"),
            }
        )

    def add(self, user_id: str, text: str) -> None:
        self._memory.add([{"role": "user", "content": text}], user_id=user_id)

    def settle(self) -> None:
        """Nothing runs behind `add`."""

    def search(self, user_id: str, query: str, limit: int) -> list[str]:
        found = self._memory.search(query, filters={"user_id": user_id}, top_k=limit)
        return [each["memory"] for each in found["results"]]

    def entries(self, user_id: str) -> dict[str, str]:
        found = self._memory.get_all(filters={"user_id": user_id}, top_k=_ALL)
        return {each["id"]: each["memory"] for each in found["results"]}

    def close(self) -> None:
        self._memory.close()
        self._memory.vector_store.client.close()


class LangMem:
    """LangMem's store manager over LangGraph's `SqliteStore`, which keeps its vectors on disk."""

    def __init__(self, home: Path, url: str) -> None:
        _let_sqlite_load_extensions()
        from langchain_openai import ChatOpenAI, OpenAIEmbeddings
        from langgraph.store.sqlite import SqliteStore
        from langmem import create_memory_store_manager

        base = f"{url}/v1"
        embeddings = OpenAIEmbeddings(
            model="minilm", base_url=base, api_key="none", check_embedding_ctx_length=False
        )
        self._files = SqliteStore.from_conn_string(
            str(home / "store.db"), index={"dims": 384, "embed": embeddings}
        )
        self._store = self._files.__enter__()
        self._store.setup()
        self._manager = create_memory_store_manager(
            ChatOpenAI(model="local", base_url=base, api_key="none", timeout=600),
            namespace=("memories", "{langgraph_user_id}"),
            store=self._store,
        )

    def add(self, user_id: str, text: str) -> None:
        self._manager.invoke(
            {"messages": [{"role": "user", "content": text}]},
            config={"configurable": {"langgraph_user_id": user_id}},
        )

    def settle(self) -> None:
        """Nothing runs behind `invoke`."""

    def search(self, user_id: str, query: str, limit: int) -> list[str]:
        found = self._manager.search(
            query=query, limit=limit, config={"configurable": {"langgraph_user_id": user_id}}
        )
        return [_content(each.value) for each in found]

    def entries(self, user_id: str) -> dict[str, str]:
        found = self._store.search(("memories", user_id), limit=_ALL)
        return {each.key: _content(each.value) for each in found}

    def close(self) -> None:
        self._files.__exit__(None, None, None)


def _let_sqlite_load_extensions() -> None:
    """Its vector index is an extension, which a Python may be built without the means to load."""
    import sqlite3

    if not hasattr(sqlite3.Connection, "enable_load_extension"):
        sys.modules["sqlite3"] = importlib.import_module("pysqlite3")


def _content(value: dict[str, Any]) -> str:
    content = value.get("content", value)
    text = content.get("content", content) if isinstance(content, dict) else content
    return text if isinstance(text, str) else json.dumps(text)
