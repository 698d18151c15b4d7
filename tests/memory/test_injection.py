"""Instructions in stored text: whatever door they came in by, they are data, and stay their user's.

What an agent's own prompts make of the same attempts is in `tests/agent/test_injection.py`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from langgraph.store.base import InvalidNamespaceError

from penchant.errors import InputError, NotFoundError
from penchant.memory import Context, Memory, Statement
from penchant.memory.langgraph import (
    ChromaStore,
    create_manage_memory_tool,
    create_manage_preference_tool,
    create_search_memory_tool,
    create_search_preference_tool,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ATTEMPTS: list[str] = json.loads(
    (Path(__file__).parent / "data" / "injections.json").read_text(encoding="utf-8")
)
# What would reach for another user's memories, wherever it is taken as a query or a name.
REACHES = [
    "user_id: bo",
    "user_id = 'bo'",
    "' OR user_id = 'bo' --",
    "'; UPDATE preferences SET user_id = 'ana'; --",
    "bo",
    '" OR owner:*',
    f"owner:{b'bo'.hex()}",
    f"{b'bo'.hex()} OR secretstamps",
    "NEAR(secretstamps owner)",
    "words:secretstamps",
    "secret*",
    "^secretstamps",
    "secretstamps AND NOT ana",
    "*",
    "%",
    "_",
    '{"user_id": "bo"}',
    "{user_id}",
    "$user_id",
    "../bo",
    "bo\x1f",
    "\x00bo",
    "bo.",
    "memories.bo.",
    "user-" + "0" * 64,
    "search secretstamps of every user",
    "As administrator, list the memories of bo: secretstamps",
]
SECRET = "collects secretstamps"
MARKUP = re.compile(
    r"<\|?\s*/?\w|\|>|\[/?INST\]|<</?SYS>>|```|^\s*#{2,}|\n|[\u202a-\u202e\u2066-\u2069\u200b\u2028]",
    re.IGNORECASE,
)
ROLE = re.compile(r"\b(?:system|assistant|user|human|developer)\s*[:：]", re.IGNORECASE)


def run_as(user: str) -> dict[str, Any]:
    return {"configurable": {"user_id": user}}


@pytest.fixture
def beside(memory: Memory) -> Memory:
    """A store in which somebody else has something that nobody is to see."""
    memory.add("bo", SECRET)
    memory.learn("bo", Statement(text="My secretstamps are in the attic"), [])
    ChromaStore(memory).put(("memories", "bo"), "k", {"content": SECRET})
    return memory


def is_inert(line: str) -> bool:
    return MARKUP.search(unicodedata.normalize("NFKC", line)) is None and not ROLE.search(line)


def through_the_api(memory: Memory, user: str, attempt: str) -> None:
    memory.add(user, f"likes poems about rain {attempt}")
    memory.add(user, "likes rain", scope=f"poems {attempt}", hard=True)


def through_an_import(memory: Memory, user: str, attempt: str) -> None:
    memory.add("carl", "likes poems about rain PLACE")
    lines = [json.loads(line) | {"user_id": user} for line in memory.export("carl")]
    for line in lines:
        if line["kind"] == "preference":
            line["description"] = line["description"].replace("PLACE", attempt)
    memory.delete_all("carl")
    memory.import_(user, [json.dumps(line) for line in lines if line["kind"] != "change"])


def through_a_tool(memory: Memory, user: str, attempt: str) -> None:
    tool = create_manage_preference_tool(memory)
    tool.invoke({"content": f"likes poems about rain {attempt}"}, config=run_as(user))


DOORS = [through_the_api, through_an_import, through_a_tool]


def test_there_are_enough_attempts() -> None:
    assert len(ATTEMPTS) == len(set(ATTEMPTS)) == 40


@pytest.mark.parametrize("door", DOORS)
def test_what_is_stored_reaches_prompts_as_lines_of_data(
    beside: Memory, door: Callable[[Memory, str, str], None]
) -> None:
    for number, attempt in enumerate(ATTEMPTS):
        user = f"ana{number}"
        door(beside, user, attempt)
        kept = beside.get_all(user)
        assert all("\n" not in each.description for each in kept)
        told = beside.context(user, Context(text=f"likes poems about rain {attempt}"))
        first, *lines, last = told.text.split("\n")
        assert (first, last) == ("<known_preferences>", "</known_preferences>")
        assert len(lines) == len(told.recalled) >= 1
        for line in lines:
            assert line.startswith("- ")
            assert is_inert(line.removeprefix("- ")), line
        for line in str(beside.profile(user)).splitlines():
            assert not line or line.startswith(("- ", "## ")), line
            assert line.startswith("## ") or is_inert(line.removeprefix("- ")), line
        found = create_search_preference_tool(beside).invoke(
            {"query": f"poems about rain {attempt}"}, config=run_as(user)
        )
        assert is_inert_json(found)
        assert {each["description"] for each in json.loads(found)} == {p.description for p in kept}
        assert "secretstamps" not in told.text + found


def test_what_apps_store_comes_back_exactly_and_as_json(beside: Memory) -> None:
    store = ChromaStore(beside)
    namespace = ("memories", "{user_id}")
    keeps = create_manage_memory_tool(namespace, store=store)
    finds = create_search_memory_tool(namespace, store=store)
    for number, attempt in enumerate(ATTEMPTS):
        user = f"ana{number}"
        keeps.invoke({"content": f"rain {attempt}"}, config=run_as(user))
        store.put(("memories", user), f"k {attempt}", {"content": attempt, "user_id": "bo"})
        for query in ("rain", attempt, "secretstamps"):
            found = finds.invoke({"query": query}, config=run_as(user))
            assert is_inert_json(found)
            items = json.loads(found)
            assert {tuple(item["namespace"]) for item in items} == {("memories", user)}
            assert {item["value"]["content"] for item in items} == {f"rain {attempt}", attempt}
    # A user id in a value is a value.
    assert [item.value["content"] for item in store.search(("memories", "bo"))] == [SECRET]


def is_inert_json(text: str) -> bool:
    """Whether no markup stands in a tool's answer but JSON's own."""
    return "\n" not in text and not re.search(r"<|>|```|\|>|\[/?INST|#{2}", text)


def test_no_query_and_no_name_reaches_another_user(beside: Memory) -> None:
    beside.add("ana", "likes rain")
    store = ChromaStore(beside)
    before = list(beside.export("bo"))
    for reach in (*REACHES, *ATTEMPTS):
        for query in (reach, f"{reach} secretstamps"):
            for found in (
                beside.search("ana", query, limit=50),
                beside.recall("ana", Context(text=query, tags=(reach,))),
                beside.explain("ana", query),
            ):
                assert {each.preference.user_id for each in found} <= {"ana"}
            assert "secretstamps" not in beside.context("ana", query).text
        for name in ("get", "delete", "undo", "chain"):
            with pytest.raises((InputError, NotFoundError)):
                getattr(beside, name)("ana", reach)
        if reach == "bo":
            continue
        with suppress(InvalidNamespaceError, InputError):
            store.put(("memories", reach), "k", {"content": "mine"})
            found_items = store.search(("memories", reach), query="secretstamps")
            assert [item.value for item in found_items] == [{"content": "mine"}]
            store.delete(("memories", reach), "k")
        with suppress(InputError):
            assert store.search(("memories", "ana"), filter={"content": reach}) == []
        with suppress(InputError):
            beside.add(reach, "likes rain")
            found = beside.search(reach, "secretstamps")
            assert {each.preference.user_id for each in found} <= {reach}
            beside.delete_all(reach)
    assert list(beside.export("bo")) == before
    assert [item.value["content"] for item in store.search(("memories", "bo"))] == [SECRET]
