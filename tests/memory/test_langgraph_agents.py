"""The store and its tools inside LangGraph: nodes, agents, and a scripted model."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any, TypedDict

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langgraph.config import get_store
from langgraph.func import entrypoint
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.runtime import Runtime
from pydantic import BaseModel, Field

from penchant.errors import ConfigError, InputError
from penchant.memory.langgraph import (
    ChromaStore,
    create_manage_memory_tool,
    create_manage_preference_tool,
    create_search_memory_tool,
    create_search_preference_tool,
)

NAMESPACE = ("memories", "{user_id}")


def run_as(user_id: object) -> dict[str, Any]:
    return {"configurable": {"user_id": user_id}}


class Scripted(BaseChatModel):
    """A model that answers as told, and remembers what it was sent."""

    script: list[Any]
    sent: list[Any] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools, **_options):
        for each in tools:
            assert each.tool_call_schema.model_json_schema()["properties"]
        return self

    def _generate(self, messages, stop=None, run_manager=None, **_options):
        self.sent.append(messages)
        made = self.script.pop(0)
        if callable(made):
            made = made(messages)
        return ChatResult(generations=[ChatGeneration(message=made)])


def call(name: str, **arguments: object) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": name, "args": arguments, "id": uuid.uuid4().hex}])


def agent(model: Scripted, tools: list[Any], store: ChromaStore | None = None) -> Any:
    bound = model.bind_tools(tools)

    def think(state: MessagesState) -> dict[str, Any]:
        return {"messages": [bound.invoke(state["messages"])]}

    graph = StateGraph(MessagesState)
    graph.add_node("think", think)
    graph.add_node("tools", ToolNode(tools))
    graph.add_edge(START, "think")
    graph.add_conditional_edges("think", tools_condition)
    graph.add_edge("tools", "think")
    return graph.compile(store=store)


@pytest.fixture
def store(memory):
    return ChromaStore(memory, index={"fields": ["text", "content"]})


class State(TypedDict):
    said: str
    recalled: list[str]


@dataclass
class Who:
    user_id: str


class TestGraphs:
    def graph(self, store):
        def remember(state: State, runtime: Runtime[Who]) -> State:
            runtime.store.put(
                ("notes", runtime.context.user_id), state["said"][:20], {"text": state["said"]}
            )
            return state

        def recall(state: State, runtime: Runtime[Who]) -> dict[str, list[str]]:
            found = get_store().search(("notes", runtime.context.user_id), query=state["said"])
            return {"recalled": [item.value["text"] for item in found]}

        builder = StateGraph(State, context_schema=Who)
        builder.add_node("recall", recall)
        builder.add_node("remember", remember)
        builder.add_edge(START, "recall")
        builder.add_edge("recall", "remember")
        builder.add_edge("remember", END)
        return builder.compile(store=store)

    def test_nodes_read_and_write(self, store):
        graph = self.graph(store)

        def say(user_id: str, text: str) -> list[str]:
            return graph.invoke({"said": text, "recalled": []}, context=Who(user_id))["recalled"]

        assert say("ana", "I like green tea") == []
        assert say("bo", "I like green tea too") == []
        assert say("ana", "hiking in the alps") == ["I like green tea"]
        assert say("ana", "hiking the alps again") == ["hiking in the alps", "I like green tea"]

    async def test_async_nodes(self, store):
        graph = self.graph(store)
        await graph.ainvoke({"said": "green tea", "recalled": []}, context=Who("ana"))
        result = await graph.ainvoke({"said": "tea", "recalled": []}, context=Who("ana"))
        assert result["recalled"] == ["green tea"]

    async def test_entrypoints(self, store):
        tool = create_manage_memory_tool(NAMESPACE)

        @entrypoint(store=store)
        async def workflow(arguments: dict[str, Any]) -> str:
            return await tool.ainvoke(arguments)

        made = await workflow.ainvoke({"content": "likes tea"}, config=run_as("ana"))
        key = made.removeprefix("created memory ")
        assert store.get(("memories", "ana"), key).value == {"content": "likes tea"}


class TestMemoryTools:
    def test_an_agent_remembers_corrects_and_forgets(self, store):
        tools = [create_manage_memory_tool(NAMESPACE), create_search_memory_tool(NAMESPACE)]

        def known(messages):
            return json.loads(messages[-1].content)[0]["key"]

        model = Scripted(
            script=[
                call("manage_memory", content="is allergic to nuts"),
                call("search_memory", query="allergic nuts"),
                lambda sent: call(
                    "manage_memory", action="update", id=known(sent), content="is allergic to figs"
                ),
                AIMessage("Noted."),
            ]
        )
        graph = agent(model, tools, store)
        result = graph.invoke({"messages": [HumanMessage("hello")]}, config=run_as("ana"))
        assert result["messages"][-1].content == "Noted."
        (item,) = store.search(("memories",))
        assert item.namespace == ("memories", "ana")
        assert item.value == {"content": "is allergic to figs"}
        model.script = [call("manage_memory", action="delete", id=item.key), AIMessage("Gone.")]
        result = graph.invoke({"messages": [HumanMessage("forget")]}, config=run_as("ana"))
        assert result["messages"][-2].content == f"Deleted memory {item.key}"
        assert store.search(()) == []

    def test_ids_of_another_namespace_are_refused_and_the_model_is_told(self, store):
        tool = create_manage_memory_tool(NAMESPACE)
        key = str(uuid.uuid4())
        store.put(("memories", "bo"), key, {"content": "of bo"})
        model = Scripted(
            script=[
                call("manage_memory", action="delete", id=key),
                call("manage_memory", action="update", id=key, content="overwritten"),
                AIMessage("I cannot."),
            ]
        )
        result = agent(model, [tool], store).invoke(
            {"messages": [HumanMessage("hello")]}, config=run_as("ana")
        )
        told = [m for m in result["messages"] if m.type == "tool"]
        assert [m.status for m in told] == ["error", "error"]
        assert all("no memory with the id" in m.content for m in told)
        (item,) = store.search(())
        assert (item.namespace, item.value) == (("memories", "bo"), {"content": "of bo"})

    @pytest.mark.parametrize("config", [{}, run_as(None), run_as(""), run_as(" "), run_as(["a"])])
    def test_a_missing_user_is_an_error_and_never_a_shared_namespace(self, store, config):
        for tool, arguments in (
            (create_manage_memory_tool(NAMESPACE, store=store), {"content": "x"}),
            (create_search_memory_tool(NAMESPACE, store=store), {"query": "x"}),
        ):
            with pytest.raises(ConfigError, match="user_id"):
                tool.invoke(arguments, config=config)
        assert store.list_namespaces() == []

    def test_places_stand_anywhere_in_a_label(self, store):
        tool = create_manage_memory_tool(("{org}", "user-{user_id}", "facts"), store=store)
        tool.invoke({"content": "x"}, config={"configurable": {"org": "o", "user_id": 7}})
        assert store.list_namespaces() == [("o", "user-7", "facts")]
        for malformed in ("{user id}", "user_id}", ""):
            with pytest.raises(InputError):
                create_manage_memory_tool(("m", malformed))

    def test_without_a_store_says_so(self):
        with pytest.raises(ConfigError, match="store"):
            create_manage_memory_tool("memories").invoke({"content": "x"})

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ({"content": "x", "id": str(uuid.uuid4())}, "without one"),
            ({"action": "update", "content": "x"}, "give the id"),
            ({"action": "delete"}, "give the id"),
            ({"action": "create"}, "give the content"),
        ],
    )
    def test_what_does_not_go_together(self, store, arguments, said):
        tool = create_manage_memory_tool("memories", store=store)
        assert said in tool.invoke(arguments)
        assert store.search(()) == []

    def test_permitted_actions(self, store):
        tool = create_manage_memory_tool("m", store=store, actions_permitted=("update",))
        schema = tool.tool_call_schema.model_json_schema()
        assert schema["properties"]["action"]["default"] == "update"
        with pytest.raises(ValueError, match="update"):
            tool.invoke({"action": "create", "content": "x"})
        for unknown in ((), None, ("destroy",)):
            with pytest.raises(InputError, match="actions_permitted"):
                create_manage_memory_tool("m", actions_permitted=unknown)

    def test_a_schema_of_ones_own(self, store):
        class Person(BaseModel):
            name: str
            age: int | None = None

        tool = create_manage_memory_tool(NAMESPACE, store=store, schema=Person, name="person")
        assert tool.name == "person"
        tool.invoke({"content": {"name": "Ana", "age": 61}}, config=run_as("ana"))
        (item,) = store.search(("memories", "ana"))
        assert item.value == {"content": {"name": "Ana", "age": 61}}
        with pytest.raises(ValueError, match="name"):
            tool.invoke({"content": {"age": 3}}, config=run_as("ana"))

    async def test_searching(self, store):
        for number in range(4):
            store.put(("memories", "ana"), f"k{number}", {"content": f"tea {number}"})
        store.put(("memories", "ana2"), "other", {"content": "tea 2"})
        tool = create_search_memory_tool(
            NAMESPACE, store=store, response_format="content_and_artifact"
        )
        request = {"name": tool.name, "args": {"query": "tea 2"}, "id": "1", "type": "tool_call"}
        message = await tool.ainvoke(request, config=run_as("ana"))
        assert next(item.key for item in message.artifact) == "k2"
        assert {item.namespace for item in message.artifact} == {("memories", "ana")}
        shown = json.loads(message.content)
        assert set(shown[0]) == {"namespace", "key", "value", "created_at", "updated_at", "score"}
        plain = create_search_memory_tool(NAMESPACE, store=store)
        page = plain.invoke({"query": "tea", "limit": 1, "offset": 3}, config=run_as("ana"))
        assert len(json.loads(page)) == 1
        chosen = plain.invoke(
            {"query": "tea", "filter": {"content": "tea 3"}}, config=run_as("ana")
        )
        assert [each["key"] for each in json.loads(chosen)] == ["k3"]


class TestPreferenceTools:
    def test_an_agent_keeps_preferences_and_conflicts_are_settled(self, memory):
        tools = [create_manage_preference_tool(memory), create_search_preference_tool(memory)]
        model = Scripted(
            script=[
                call("manage_preference", content="likes green tea"),
                call("search_preferences", query="tea"),
                AIMessage("Noted."),
            ]
        )
        graph = agent(model, tools)
        result = graph.invoke({"messages": [HumanMessage("hello")]}, config=run_as("ana"))
        (kept,) = memory.get_all("ana")
        found = json.loads(result["messages"][-2].content)
        assert found[0]["id"] == kept.id
        assert found[0]["description"] == "likes green tea"
        model.script = [
            call("manage_preference", action="update", id=kept.id, content="likes black tea"),
            AIMessage("Noted."),
        ]
        graph.invoke({"messages": [HumanMessage("black")]}, config=run_as("ana"))
        (now,) = memory.get_all("ana")
        assert (now.description, now.supersedes) == ("likes black tea", kept.id)
        assert [c.operation for c in memory.history("ana")] == ["add", "retire", "revise"]

    def test_what_contradicts_replaces(self, memory):
        tool = create_manage_preference_tool(memory, user_id="ana")
        memory.add("ana", "likes short replies", aspect="length", value="short")
        before = memory.get_all("ana")
        tool.invoke({"content": "dislikes short replies"})
        assert [p.description for p in memory.get_all("ana")] == ["dislikes short replies"]
        assert memory.get("ana", before[0].id).valid_to is not None

    def test_others_are_out_of_reach(self, memory):
        tool = create_manage_preference_tool(memory)
        other = memory.add("bo", "likes jazz")
        for arguments in (
            {"action": "delete", "id": other.id},
            {"action": "update", "id": other.id, "content": "hates jazz"},
        ):
            assert "no preference" in tool.invoke(arguments, config=run_as("ana"))
        assert memory.get_all("bo") == [other]
        with pytest.raises(ConfigError):
            tool.invoke({"content": "likes tea"})

    def test_deleting_erases(self, memory):
        tool = create_manage_preference_tool(memory, user_id="ana")
        kept = memory.add("ana", "likes jazz")
        assert tool.invoke({"action": "delete", "id": kept.id}) == f"Deleted preference {kept.id}"
        assert memory.get_all("ana", live_only=False) == []
