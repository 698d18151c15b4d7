"""Tools by which an agent reads and writes the preferences that Penchant itself keeps.

They go through memory's own verbs, so that what contradicts is replaced as anywhere else, and
history, undo and erasure cover what the agent did.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, Field

from ...errors import InputError, NotFoundError
from ..types import Recalled
from .answers import as_data
from .templates import Template
from .tools import (
    Action,
    ManageInput,
    check_actions,
    check_manage,
    manage_schema,
    manage_text,
)

if TYPE_CHECKING:
    from ..store import Memory

__all__ = ["create_manage_preference_tool", "create_search_preference_tool"]

_WHEN = """Call this tool when the user says what they like, need or refuse in general, says that
what is known of them is wrong, or wants it forgotten. Put it as "likes ...", "dislikes ..." or
"is ...", and keep to what they said."""


def create_manage_preference_tool(
    memory: Memory,
    *,
    user_id: str = "{user_id}",
    instructions: str = _WHEN,
    actions_permitted: Sequence[Action] | None = ("create", "update", "delete"),
    name: str = "manage_preference",
) -> BaseTool:
    """A tool that adds, corrects and erases preferences of one user.

    It takes `content`, `action` and `id`, like `create_manage_memory_tool`'s. What it is called
    with counts as stated by the user.

    Args:
        memory: The open store of memories.
        user_id: Whose; a place such as `{user_id}` is filled from `config["configurable"]`.
        instructions: When to use it, for the model.
        actions_permitted: What it may do.
        name: What the model calls it.

    Raises:
        InputError: No action is permitted, or one is unknown; the user id is malformed.
    """
    actions = check_actions(actions_permitted)
    template = Template(user_id)

    def manage_preference(
        content: str | None = None,
        action: str = actions[0],
        id: str | None = None,  # noqa: A002
    ) -> str:
        check_manage("preference", actions, content, action, id)
        (owner,) = template.fill()
        try:
            if action == "delete":
                return f"Deleted preference {memory.delete(owner, str(id)).id}"
            if action == "update":
                return f"updated preference {id}, now {memory.update(owner, str(id), content).id}"
            added = memory.add(owner, str(content))
        except (InputError, NotFoundError) as error:
            raise ManageInput(str(error)) from error
        replaced = f", in place of {added.supersedes}" if added.supersedes else ""
        return f"created preference {added.id}{replaced}"

    return StructuredTool.from_function(
        manage_preference,
        name=name,
        description=manage_text("preference", actions, instructions),
        args_schema=manage_schema(name, str, str, actions),
        infer_schema=False,
        handle_tool_error=True,
    )


class _SearchInput(BaseModel):
    """What is looked for."""

    query: str = Field(description="The request at hand, in words.")
    limit: int = Field(8, ge=1, description="How many preferences at most.")


def create_search_preference_tool(
    memory: Memory,
    *,
    user_id: str = "{user_id}",
    instructions: str = "",
    response_format: Literal["content", "content_and_artifact"] = "content",
    name: str = "search_preferences",
) -> BaseTool:
    """A tool that finds what one user likes, needs or refuses.

    It takes `query` and `limit`, and answers with a JSON list.

    Args:
        memory: The open store of memories.
        user_id: As for `create_manage_preference_tool`.
        instructions: When to use it, for the model.
        response_format: With "content_and_artifact", the tool message's artifact is the list of
            `Recalled`.
        name: What the model calls it.

    Raises:
        InputError: The user id is malformed.
    """
    template = Template(user_id)

    def search_preferences(query: str, limit: int = 8) -> Any:
        (owner,) = template.fill()
        found = memory.search(owner, query, limit=limit)
        text = as_data([_shown(each) for each in found])
        return (text, found) if response_format == "content_and_artifact" else text

    return StructuredTool.from_function(
        search_preferences,
        name=name,
        description=f"Find what the user likes, needs or refuses. {instructions}".strip(),
        args_schema=_SearchInput,
        infer_schema=False,
        response_format=response_format,
    )


def _shown(recalled: Recalled) -> dict[str, object]:
    preference = recalled.preference
    return {
        "id": preference.id,
        "description": preference.description,
        "scope": preference.scope,
        "must_hold": preference.hard,
        "score": round(recalled.score, 4),
    }
