"""Tools by which an agent keeps and finds memories in a LangGraph store.

Names, parameters and what is returned are those of LangMem 0.0.30's. What differs: an id that is
not of the tool's own namespace is refused rather than written or deleted, nothing is made without
content, and what the model did wrong comes back to it as the tool's answer.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

from langchain_core.tools import BaseTool, StructuredTool, ToolException
from langgraph.config import get_store
from langgraph.store.base import BaseStore, SearchItem
from pydantic import BaseModel, ConfigDict, Field, create_model

from ...errors import ConfigError, InputError
from .answers import as_data
from .templates import Template

__all__ = [
    "Action",
    "ManageInput",
    "check_actions",
    "check_manage",
    "create_manage_memory_tool",
    "create_search_memory_tool",
    "manage_schema",
    "manage_text",
]

Action = Literal["create", "update", "delete"]
_ACTIONS: tuple[Action, ...] = get_args(Action)
_WHEN = """Call this tool, without being asked to, when you:

1. Learn of a preference of the user.
2. Are asked to remember something, or to behave differently from now on.
3. Work on something and want to keep what matters of it.
4. See that a memory is wrong or out of date."""


def create_manage_memory_tool(
    namespace: tuple[str, ...] | str,
    *,
    instructions: str = _WHEN,
    schema: Any = str,
    actions_permitted: Sequence[Action] | None = _ACTIONS,
    store: BaseStore | None = None,
    name: str = "manage_memory",
) -> BaseTool:
    """A tool that creates, updates and deletes memories.

    It takes `content`, `action` and `id`, and answers with what it did to which id. A memory is an
    item whose value is `{"content": ...}`.

    Args:
        namespace: Where memories are kept; places such as `{user_id}` are filled from
            `config["configurable"]`.
        instructions: When to use it, for the model.
        schema: The type of `content`: str, or a pydantic model.
        actions_permitted: What it may do.
        store: The store; by default that of the graph in which it runs.
        name: What the model calls it.

    Raises:
        InputError: No action is permitted, or one is unknown; the namespace is malformed.
    """
    actions = check_actions(actions_permitted)
    template = Template(namespace)

    def prepare(content: Any, action: str, id: uuid.UUID | None) -> tuple[str, ...]:  # noqa: A002
        check_manage("memory", actions, content, action, id)
        return template.fill()

    def manage_memory(
        content: Any = None,
        action: str = actions[0],
        id: uuid.UUID | None = None,  # noqa: A002
    ) -> str:
        place = prepare(content, action, id)
        chosen = _store(store)
        if id is not None and chosen.get(place, str(id)) is None:
            raise _unknown(id)
        key = id or uuid.uuid4()
        if action == "delete":
            chosen.delete(place, str(key))
        else:
            chosen.put(place, str(key), {"content": _plain(content)})
        return _done(action, key)

    async def amanage_memory(
        content: Any = None,
        action: str = actions[0],
        id: uuid.UUID | None = None,  # noqa: A002
    ) -> str:
        place = prepare(content, action, id)
        chosen = _store(store)
        if id is not None and await chosen.aget(place, str(id)) is None:
            raise _unknown(id)
        key = id or uuid.uuid4()
        if action == "delete":
            await chosen.adelete(place, str(key))
        else:
            await chosen.aput(place, str(key), {"content": _plain(content)})
        return _done(action, key)

    return StructuredTool.from_function(
        manage_memory,
        amanage_memory,
        name=name,
        description=manage_text("memory", actions, instructions),
        args_schema=manage_schema(name, schema, uuid.UUID, actions),
        infer_schema=False,
        handle_tool_error=True,
    )


class _SearchInput(BaseModel):
    """What is looked for."""

    query: str = Field(description="What to look for, in words.")
    limit: int = Field(10, ge=1, description="How many memories at most.")
    offset: int = Field(0, ge=0, description="How many of the best to skip.")
    filter: dict[str, Any] | None = Field(None, description="Values that fields must have.")


def create_search_memory_tool(
    namespace: tuple[str, ...] | str,
    *,
    instructions: str = "",
    store: BaseStore | None = None,
    response_format: Literal["content", "content_and_artifact"] = "content",
    name: str = "search_memory",
) -> BaseTool:
    """A tool that finds memories in and below a namespace.

    It takes `query`, `limit`, `offset` and `filter`, and answers with a JSON list of items.

    Args:
        namespace: As for `create_manage_memory_tool`.
        instructions: When to use it, for the model.
        store: The store; by default that of the graph in which it runs.
        response_format: With "content_and_artifact", the tool message's artifact is the list of
            `SearchItem`s.
        name: What the model calls it.

    Raises:
        InputError: The namespace is malformed.
    """
    template = Template(namespace)

    def answer(found: list[SearchItem]) -> Any:
        text = as_data([item.dict() for item in found])
        return (text, found) if response_format == "content_and_artifact" else text

    def search_memory(
        query: str,
        limit: int = 10,
        offset: int = 0,
        filter: dict[str, Any] | None = None,  # noqa: A002
    ) -> Any:
        return answer(
            _store(store).search(
                template.fill(), query=query, filter=filter, limit=limit, offset=offset
            )
        )

    async def asearch_memory(
        query: str,
        limit: int = 10,
        offset: int = 0,
        filter: dict[str, Any] | None = None,  # noqa: A002
    ) -> Any:
        return answer(
            await _store(store).asearch(
                template.fill(), query=query, filter=filter, limit=limit, offset=offset
            )
        )

    return StructuredTool.from_function(
        search_memory,
        asearch_memory,
        name=name,
        description=f"Find what you remember that bears on the present. {instructions}".strip(),
        args_schema=_SearchInput,
        infer_schema=False,
        response_format=response_format,
    )


class ManageInput(ToolException, InputError):
    """What a model asked of a tool cannot be done; it is told so."""


def check_actions(actions: Sequence[Action] | None) -> tuple[Action, ...]:
    """Returns the permitted actions; the first is what is done if the model does not say.

    Raises:
        InputError: There is none, or one is unknown.
    """
    given = tuple(dict.fromkeys(actions or ()))
    if not given or any(each not in _ACTIONS for each in given):
        raise InputError(f"actions_permitted is {actions!r}; give some of {_ACTIONS}")
    return given if "create" not in given else ("create", *(a for a in given if a != "create"))


def check_manage(
    noun: str, actions: Sequence[Action], content: object, action: str, given: object
) -> None:
    """Checks what a model asks for.

    Raises:
        ManageInput: The action is not permitted, or content or id do not go with it.
    """
    if action not in actions:
        raise ManageInput(f"the action {action!r} is not permitted; use one of {tuple(actions)}")
    if action == "create" and given is not None:
        raise ManageInput(f"a new {noun} gets its id here; call again without one, or update")
    if action != "create" and given is None:
        raise ManageInput(f"give the id of the {noun} to {action}")
    if action != "delete" and content is None:
        raise ManageInput(f"give the content of the {noun} to {action}")


def manage_text(noun: str, actions: Sequence[Action], instructions: str) -> str:
    """What a managing tool says of itself to the model."""
    *rest, last = actions
    verbs = f"{', '.join(rest)} or {last}" if rest else last
    return (
        f"{verbs.capitalize()} a {noun} that lasts beyond this conversation. Give the id of a "
        f"{noun} to update or delete it; a new one gets its id here.\n{instructions}"
    ).strip()


def manage_schema(
    name: str, content: Any, identifier: Any, actions: tuple[Action, ...]
) -> type[BaseModel]:
    """The parameters of a managing tool."""
    action: Any = Literal[actions]
    made: type[BaseModel] = create_model(
        name,
        # Some providers want the list of what is required even where it is empty.
        __config__=ConfigDict(json_schema_extra={"required": []}),
        content=(content | None, Field(None, description="What to keep, new or instead.")),
        action=(action, Field(actions[0], description="What to do.")),
        id=(identifier | None, Field(None, description="Which one to update or delete.")),
    )
    return made


def _store(given: BaseStore | None) -> BaseStore:
    if given is not None:
        return given
    try:
        found: BaseStore | None = get_store()
    except (RuntimeError, KeyError):
        # Outside of a graph: in no runnable at all, or in one that is not LangGraph's.
        found = None
    if found is None:
        raise ConfigError(
            "a memory tool has no store; compile the graph with store=..., or give the tool one"
        )
    return found


def _unknown(given: uuid.UUID) -> ManageInput:
    return ManageInput(f"there is no memory with the id {str(given)!r} here; search for it first")


def _done(action: str, key: uuid.UUID) -> str:
    return f"Deleted memory {key}" if action == "delete" else f"{action}d memory {key}"


def _plain(content: object) -> object:
    if isinstance(content, BaseModel):
        return content.model_dump(mode="json")
    if isinstance(content, Mapping):
        return dict(content)
    return content
