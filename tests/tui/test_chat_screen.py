"""The chat as a user drives it, by keys and by mouse."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from rich.cells import cell_len
from textual import events
from textual.widgets import OptionList, Static, TextArea

from penchant.agent.types import DraftDelta, Finished, Learned, ReplyDelta, Status
from penchant.errors import ChatTimeoutError, EmbedderError, NoChatModelError, StoreLockedError
from penchant.memory.types import Turn
from penchant.tui.messages import LearnedLater
from penchant.tui.screens.editor import EditorScreen
from penchant.tui.screens.help import HelpScreen
from penchant.tui.screens.sessions import SessionsScreen
from penchant.tui.screens.why import WhyScreen
from penchant.tui.widgets.bubbles import Notice, UserMessage
from penchant.tui.widgets.choice_card import ChoiceCard
from penchant.tui.widgets.key_bar import KeyBar
from penchant.tui.widgets.learned_line import LearnedLine
from penchant.tui.widgets.memory_panel import MemoryPanel
from penchant.tui.widgets.question_card import QuestionCard
from penchant.tui.widgets.reply_message import ReplyMessage
from penchant.tui.widgets.status_bar import StatusBar

HOSTILE = "[bold red]not markup[/] [@click=app.quit]x[/] \x1b[31mred\x07\x00 [/nope] [["
CLEANED = "[bold red]not markup[/] [@click=app.quit]x[/] red [/nope] [["


async def test_a_message_is_answered(open_chat: Any, kit: ModuleType, size: Any) -> None:
    agent = kit.FakeAgent([kit.answer("Try **pasta**.")])
    async with open_chat(agent, size=size) as chat:
        await chat.ready()
        await chat.press(*"dinner?", "enter")
        await chat.replied("Try **pasta**.")
        assert agent.said == ["dinner?"]
        assert chat.texts(UserMessage) == ["dinner?"]
        assert chat.composer.text == ""


async def test_what_is_typed_while_loading_waits_its_turn(open_chat: Any, kit: ModuleType) -> None:
    agent = kit.FakeAgent(hold_load=True)
    async with open_chat(agent) as chat:
        await chat.until(lambda: chat.state == "loading language model…")
        await chat.send("first")
        await chat.send("second")
        assert [m.queued for m in chat.screen.query(UserMessage)] == [True, True]
        assert agent.said == []
        agent.load.set()
        await chat.until(lambda: agent.said == ["first", "second"])
        await chat.until(lambda: not any(m.queued for m in chat.screen.query(UserMessage)))


async def test_ctrl_c_takes_back_a_queued_message(open_chat: Any, kit: ModuleType) -> None:
    agent = kit.FakeAgent(hold_load=True)
    async with open_chat(agent) as chat:
        await chat.until(lambda: chat.state == "loading language model…")
        await chat.send("not yet")
        await chat.press("ctrl+c")
        await chat.until(lambda: chat.texts(UserMessage) == [])
        assert chat.composer.text == "not yet"


async def test_draft_then_reply_are_shown_as_they_come(open_chat: Any, kit: ModuleType) -> None:
    agent = kit.FakeAgent(
        [
            [
                Status(text="drafting"),
                DraftDelta(draft=0, text="first idea"),
                DraftDelta(draft=1, text="second idea"),
                Finished(reply=kit.reply_with("The reply.")),
            ]
        ],
        hold_turns=True,
    )
    async with open_chat(agent) as chat:
        await chat.ready()
        await chat.send("hi")
        await chat.until(lambda: "second idea" in str(chat.screen.query_one("#making").content))
        assert "draft 2" in str(chat.screen.query_one("#making").content)
        agent.go.set()
        await chat.replied("The reply.")
        assert not chat.screen.query_one("#making").display


async def test_a_reply_that_differs_from_what_streamed_wins(
    open_chat: Any, kit: ModuleType
) -> None:
    script = [ReplyDelta(text="with meat"), Finished(reply=kit.reply_with("without"))]
    async with open_chat(kit.FakeAgent([script])) as chat:
        await chat.ready()
        await chat.send("hi")
        await chat.replied("without")


async def test_a_question_is_answered_by_number(open_chat: Any, kit: ModuleType, size: Any) -> None:
    agent = kit.FakeAgent([kit.ask(), kit.answer("Lentils.")])
    async with open_chat(agent, size=size) as chat:
        await chat.ready()
        await chat.send("dinner?")
        await chat.until(lambda: isinstance(chat.app.focused, OptionList))
        await chat.press("2")
        await chat.replied("Lentils.")
        assert agent.said == ["dinner?", ("q1", 1)]
        assert chat.texts(UserMessage) == ["dinner?", "vegetarian"]
        assert not chat.screen.query(QuestionCard)


@pytest.mark.parametrize(
    ("keys", "value"),
    [(["down", "enter"], 1), (["escape"], None), (["5"], None), (["up", "enter"], None)],
)
async def test_a_question_is_answered_by_keys(
    open_chat: Any, kit: ModuleType, keys: list[str], value: int | None
) -> None:
    agent = kit.FakeAgent([kit.ask()])
    async with open_chat(agent) as chat:
        await chat.ready()
        await chat.send("dinner?")
        await chat.until(lambda: isinstance(chat.app.focused, OptionList))
        await chat.press(*keys)
        await chat.until(lambda: agent.said == ["dinner?", ("q1", value)])


async def test_a_question_is_answered_by_mouse(open_chat: Any, kit: ModuleType, size: Any) -> None:
    agent = kit.FakeAgent([kit.ask()])
    async with open_chat(agent, size=size) as chat:
        await chat.ready()
        await chat.send("dinner?")
        await chat.until(lambda: isinstance(chat.app.focused, OptionList))
        await chat.pilot.click("QuestionCard OptionList", offset=(4, 2))
        await chat.until(lambda: agent.said == ["dinner?", ("q1", 2)])


@pytest.mark.parametrize("how", ["slowly", "at once", "pasted"])
async def test_words_typed_at_the_options_are_the_answer(
    open_chat: Any, kit: ModuleType, how: str
) -> None:
    agent = kit.FakeAgent([kit.ask(), kit.answer("Okra, then.")])
    words = "so-so, but no soup 4 me"
    async with open_chat(agent) as chat:
        await chat.ready()
        await chat.send("dinner?")
        await chat.until(lambda: isinstance(chat.app.focused, OptionList))
        if how == "slowly":
            await chat.press(*("space" if each == " " else each for each in words), "enter")
        elif how == "at once":
            # Faster than the keyboard moves from the options to the composer.
            for each in words:
                chat.app.post_message(events.Key("space" if each == " " else each, each))
            chat.app.post_message(events.Key("enter", "\r"))
        else:
            chat.app.post_message(events.Paste(words))
            chat.app.post_message(events.Key("enter", "\r"))
        await chat.replied("Okra, then.")
        assert agent.said == ["dinner?", ("q1", words)]


async def test_something_else_is_answered_in_own_words(open_chat: Any, kit: ModuleType) -> None:
    agent = kit.FakeAgent([kit.ask()])
    async with open_chat(agent) as chat:
        await chat.ready()
        await chat.send("dinner?")
        await chat.until(lambda: isinstance(chat.app.focused, OptionList))
        await chat.press("4")
        await chat.until(lambda: chat.app.focused is chat.composer)
        await chat.press("escape")
        await chat.until(lambda: isinstance(chat.app.focused, OptionList))
        await chat.press("4")
        await chat.until(lambda: chat.app.focused is chat.composer)
        await chat.press(*"pescetarian", "enter")
        await chat.until(lambda: agent.said == ["dinner?", ("q1", "pescetarian")])


async def test_an_open_question_and_old_turns_come_back(open_chat: Any, kit: ModuleType) -> None:
    turns = [
        Turn(id=str(i), session_id="s1", role=role, text=f"turn {i}", created_at=kit.NOON)
        for i, role in enumerate(("user", "assistant") * 20)
    ]
    turns.append(Turn(id="q", session_id="s1", role="question", text="Diet?", created_at=kit.NOON))
    agent = kit.FakeAgent(turns=turns, pending=kit.QUESTION)
    async with open_chat(agent) as chat:
        await chat.ready()
        await chat.until(lambda: len(chat.screen.query(QuestionCard)) == 1)
        assert chat.texts(UserMessage)[-1] == "turn 38"
        assert chat.texts(Notice) == []
        assert "turn 0" not in chat.texts(UserMessage)
        chat.screen.query_one("#earlier").press()
        await chat.until(lambda: chat.texts(UserMessage)[0] == "turn 0")
        await chat.press("1")
        await chat.until(lambda: agent.said == [("q1", 0)])


async def test_one_of_several_candidates_is_picked(open_chat: Any, kit: ModuleType) -> None:
    offered = [Finished(reply=kit.reply_with("", choosing=kit.CHOOSING))]
    agent = kit.FakeAgent([offered, offered, kit.answer("Fine.")])
    async with open_chat(agent) as chat:
        await chat.ready()
        await chat.send("options?")
        await chat.until(lambda: chat.screen.query_one(ChoiceCard).has_focus_within)
        await chat.press("down", "enter")
        await chat.until(lambda: agent.said == ["options?", ("c1", 1)])
        await chat.until(lambda: chat.screen.query_one(ChoiceCard).has_focus_within)
        await chat.press("escape")
        await chat.until(lambda: agent.said[-1] == ("c1", None))


async def test_what_was_learned_is_shown_and_undone(
    open_chat: Any, kit: ModuleType, size: Any
) -> None:
    vegetarian = kit.preference("is vegetarian", hard=True)
    agent = kit.FakeAgent([kit.answer("Noted.", learned=(vegetarian,))])
    async with open_chat(agent, size=size) as chat:
        await chat.ready()
        await chat.send("I am vegetarian")
        await chat.until(lambda: len(chat.screen.query(LearnedLine)) == 1)
        line = chat.screen.query_one(LearnedLine)
        assert "must: is vegetarian" in str(line.content)
        await chat.pilot.click(LearnedLine)
        await chat.until(lambda: line.undone)
        assert agent.done == [("undo", vegetarian.id)]
        assert str(line.content) == "Forgotten: must: is vegetarian"


async def test_learned_lines_take_the_keyboard_and_come_once(
    open_chat: Any, kit: ModuleType
) -> None:
    likes = kit.preference("likes jazz")
    script = [Learned(preferences=(likes,)), *kit.answer("Nice.", learned=(likes,))]
    agent = kit.FakeAgent([script])
    async with open_chat(agent) as chat:
        await chat.ready()
        await chat.send("I like jazz")
        await chat.until(lambda: chat.texts(ReplyMessage) == ["Nice."] and chat.state == "ready")
        line = chat.screen.query_one(LearnedLine)
        line.focus()
        await chat.press("enter")
        await chat.until(lambda: line.undone)


async def test_the_last_reply_is_edited(open_chat: Any, kit: ModuleType, size: Any) -> None:
    agent = kit.FakeAgent([kit.answer("A long reply.")])
    async with open_chat(agent, size=size) as chat:
        await chat.ready()
        await chat.send("hi")
        await chat.replied("A long reply.")
        await chat.press("ctrl+e")
        await chat.until(lambda: isinstance(chat.screen, EditorScreen))
        assert chat.screen.query_one(TextArea).text == "A long reply."
        chat.screen.query_one(TextArea).text = "Short."
        await chat.press("ctrl+s")
        await chat.until(lambda: agent.done == [("edit", "Short.")])
        await chat.replied("Short.")
        await chat.until(lambda: len(chat.screen.query(LearnedLine)) == 1)


async def test_leaving_the_editor_learns_nothing(open_chat: Any, kit: ModuleType) -> None:
    agent = kit.FakeAgent([kit.answer("A reply.")])
    async with open_chat(agent) as chat:
        await chat.ready()
        await chat.send("hi")
        await chat.replied("A reply.")
        await chat.press("ctrl+e")
        await chat.until(lambda: isinstance(chat.screen, EditorScreen))
        await chat.press("x", "escape")
        await chat.until(lambda: not isinstance(chat.screen, EditorScreen))
        assert agent.done == []


async def test_replies_are_rated(open_chat: Any, kit: ModuleType) -> None:
    agent = kit.FakeAgent([kit.answer("A reply.")])
    async with open_chat(agent) as chat:
        await chat.ready()
        await chat.send("hi")
        await chat.replied("A reply.")
        await chat.press("f6")
        await chat.until(lambda: agent.done == [("rate", 1.0)])
        chat.screen.query_one(ReplyMessage).focus()
        await chat.press("minus")
        await chat.until(lambda: agent.done[-1] == ("rate", -1.0))


async def test_the_panel_corrects_memory(open_chat: Any, kit: ModuleType, size: Any) -> None:
    known = [
        kit.preference("is vegetarian", hard=True),
        kit.preference("dislikes olives", polarity="dislike", scope="pizza"),
    ]
    agent = kit.FakeAgent(known=known)
    async with open_chat(agent, size=size) as chat:
        await chat.ready()
        panel = chat.screen.query_one(MemoryPanel)
        assert panel.display == (size[0] >= 100)
        if not panel.display:
            await chat.press("f2")
        panel.focus()
        await chat.until(lambda: panel.query_one(OptionList).option_count == 4)
        await chat.press("down", "down", "e")
        await chat.until(lambda: isinstance(chat.screen, EditorScreen))
        area = chat.screen.query_one(TextArea)
        assert area.text == "dislikes olives (for pizza)"
        area.text = "dislikes black olives (for pizza and salads)"
        await chat.press("ctrl+s")
        wanted = ("dislikes black olives", "pizza and salads")
        await chat.until(
            lambda: wanted in [(p.description, p.scope) for p in agent.memory.known.values()]
        )
        await chat.until(
            lambda: panel.selected and panel.selected.description.endswith("black olives")
        )
        await chat.press("d")
        await chat.until(lambda: len(agent.memory.known) == 1)
        line = chat.screen.query_one(LearnedLine)
        line.focus()
        await chat.press("u")
        await chat.until(lambda: len(agent.memory.known) == 2)
        assert str(line.content).startswith("Kept:")


async def test_the_panel_follows_the_width_until_asked(open_chat: Any, kit: ModuleType) -> None:
    async with open_chat(kit.FakeAgent(), size=(120, 40)) as chat:
        await chat.ready()
        panel = chat.screen.query_one(MemoryPanel)
        assert panel.display
        await chat.pilot.resize_terminal(80, 24)
        await chat.until(lambda: not panel.display)
        await chat.press("f2")
        assert panel.display
        await chat.pilot.resize_terminal(120, 40)
        await chat.press("f2")
        assert not panel.display


async def test_sessions_are_opened_made_and_deleted(open_chat: Any, kit: ModuleType) -> None:
    old = Turn(id="t", session_id="s2", role="user", text="a party", created_at=kit.NOON)
    agents = [kit.FakeAgent(), kit.FakeAgent(turns=[old]), kit.FakeAgent(session_id="s3")]
    async with open_chat(*agents) as chat:
        await chat.ready()
        await chat.press("f4")
        await chat.until(lambda: isinstance(chat.screen, SessionsScreen))
        await chat.press("down", "enter")
        await chat.until(lambda: len(chat.agents) == 2 and chat.texts(UserMessage) == ["a party"])
        assert chat.agent.session_id == "s2"
        assert agents[0].closed
        await chat.ready()
        await chat.press("f4")
        await chat.until(lambda: isinstance(chat.screen, SessionsScreen))
        await chat.press("d", "d")
        await chat.until(lambda: agents[1].sessions_deleted == ["s1"])
        await chat.press("ctrl+n")
        await chat.until(lambda: len(chat.agents) == 3 and chat.texts(UserMessage) == [])
        await chat.ready()


async def test_ctrl_c_stops_a_turn_and_the_chat_goes_on(
    open_chat: Any, kit: ModuleType, size: Any
) -> None:
    agent = kit.FakeAgent([kit.answer("Too late."), kit.answer("In time.")], hold_turns=True)
    async with open_chat(agent, size=size) as chat:
        await chat.ready()
        await chat.send("slow")
        await chat.until(lambda: any("Too late." in t for t in chat.texts(ReplyMessage)))
        await chat.press("ctrl+c")
        await chat.until(lambda: any(t.startswith("Stopped.") for t in chat.texts(Notice)))
        await chat.ready()
        agent.go.set()
        await chat.press("up")
        assert chat.composer.text == "slow"
        await chat.press("enter")
        await chat.until(lambda: "In time." in chat.texts(ReplyMessage))


async def test_a_new_conversation_leaves_a_running_turn(open_chat: Any, kit: ModuleType) -> None:
    agents = [kit.FakeAgent(hold_turns=True), kit.FakeAgent(session_id="s2")]
    async with open_chat(*agents) as chat:
        await chat.ready()
        await chat.send("slow")
        await chat.until(lambda: chat.state == "thinking…")
        await chat.press("ctrl+n")
        await chat.until(lambda: len(chat.agents) == 2 and chat.state == "ready")
        assert agents[0].closed
        assert chat.texts(Notice) == chat.texts(UserMessage) == chat.texts(ReplyMessage) == []
        await chat.send("hello")
        await chat.until(lambda: agents[1].said == ["hello"])


async def test_ctrl_c_twice_quits_when_idle(open_chat: Any, kit: ModuleType) -> None:
    async with open_chat(kit.FakeAgent()) as chat:
        await chat.ready()
        await chat.press("ctrl+c")
        assert chat.app.is_running
        await chat.press("ctrl+c")
        await chat.until(lambda: not chat.app.is_running)


async def test_a_failing_turn_is_shown_and_the_chat_goes_on(
    open_chat: Any, kit: ModuleType
) -> None:
    agent = kit.FakeAgent([[ChatTimeoutError("no token for 120 s")], kit.answer("Back.")])
    async with open_chat(agent) as chat:
        await chat.ready()
        await chat.send("hello")
        await chat.until(lambda: any("no token for 120 s" in t for t in chat.texts(Notice)))
        assert chat.texts(UserMessage) == ["hello"]
        await chat.send("hello again")
        await chat.replied("Back.")


async def test_a_failed_answer_leaves_its_question_open(open_chat: Any, kit: ModuleType) -> None:
    agent = kit.FakeAgent([kit.ask(), [ChatTimeoutError("too slow")]])
    async with open_chat(agent) as chat:
        await chat.ready()
        await chat.send("dinner?")
        await chat.until(lambda: isinstance(chat.app.focused, OptionList))
        agent.keep_pending = True
        await chat.press("1")
        await chat.until(lambda: any("too slow" in t for t in chat.texts(Notice)))
        await chat.until(lambda: len(chat.screen.query(QuestionCard)) == 1)


async def test_without_a_model_the_chat_still_opens(open_chat: Any, kit: ModuleType) -> None:
    agent = kit.FakeAgent(load_error=NoChatModelError("no model: set a key, or pull one"))
    async with open_chat(agent) as chat:
        await chat.until(lambda: chat.state == "no language model")
        assert chat.texts(Notice) == ["no model: set a key, or pull one"]
        await chat.send("hello")
        await chat.until(lambda: len(chat.texts(ReplyMessage)) == 1)


async def test_a_locked_store_is_said_and_tried_again(open_chat: Any, kit: ModuleType) -> None:
    async with open_chat(kit.FakeAgent()) as chat:
        await chat.ready()
        opened = chat.app.engine._open_agent

        def refuse(session_id: str | None) -> Any:
            chat.app.engine._open_agent = opened
            raise StoreLockedError("process 7 holds the store")

        chat.app.engine._open_agent = refuse
        await chat.press("ctrl+n")
        await chat.until(lambda: any("process 7" in t for t in chat.texts(Notice)))


async def test_hostile_text_is_only_text(open_chat: Any, kit: ModuleType, size: Any) -> None:
    evil = kit.preference(HOSTILE, scope=HOSTILE)
    question = kit.Question(id="q1", text=HOSTILE, why=HOSTILE, aspect="x", options=(HOSTILE, "b"))
    agent = kit.FakeAgent(
        [kit.ask(question), kit.answer(HOSTILE, learned=(evil,), notice=HOSTILE)], known=[evil]
    )
    async with open_chat(agent, size=size) as chat:
        await chat.ready()
        await chat.send(HOSTILE)
        await chat.until(lambda: isinstance(chat.app.focused, OptionList))
        await chat.press("1")
        await chat.until(lambda: len(chat.screen.query(LearnedLine)) == 1)
        assert agent.said[0] == CLEANED
        assert chat.texts(UserMessage) == [CLEANED, CLEANED]
        assert chat.texts(ReplyMessage) == [CLEANED]
        for widget in chat.screen.query(Static):
            assert "\x1b" not in str(widget.content)
        await chat.press("f3")
        await chat.until(lambda: isinstance(chat.screen, WhyScreen))
        await chat.press("escape", "f2")
        assert chat.app.is_running


async def test_why_and_help_open_and_close(open_chat: Any, kit: ModuleType) -> None:
    async with open_chat(kit.FakeAgent([kit.answer("A reply.")])) as chat:
        await chat.ready()
        await chat.press("f1")
        await chat.until(lambda: isinstance(chat.screen, HelpScreen))
        await chat.press("escape")
        await chat.send("hi")
        await chat.replied("A reply.")
        await chat.send("/why")
        await chat.until(lambda: isinstance(chat.screen, WhyScreen))
        shown = "\n".join(str(s.content) for s in chat.screen.query(Static))
        assert "diet: 0.80 against 0.30" in shown
        assert "210 tokens read, 64 written" in shown


async def test_the_composer_keeps_lines_and_history(open_chat: Any, kit: ModuleType) -> None:
    agent = kit.FakeAgent()
    async with open_chat(agent) as chat:
        await chat.ready()
        await chat.press("a", "ctrl+j", "b", "enter")
        await chat.until(lambda: agent.said == ["a\nb"] and chat.state == "ready")
        pasted = "\n".join(f"line {i}" for i in range(30))
        chat.composer.post_message(events.Paste(pasted))
        await chat.until(lambda: chat.composer.text == pasted)
        assert chat.composer.outer_size.height == 10
        chat.composer.put("half a thou")
        await chat.press("up")
        assert chat.composer.text == "a\nb"
        await chat.press("down")
        assert chat.composer.text == "half a thou"


async def test_text_and_enter_in_one_burst_are_sent_whole(open_chat: Any, kit: ModuleType) -> None:
    agent = kit.FakeAgent()
    async with open_chat(agent) as chat:
        await chat.ready()
        for key in (*"dinner", "enter"):
            chat.app.post_message(events.Key(key, key if len(key) == 1 else "\r"))
        await chat.until(lambda: agent.said == ["dinner"])


async def test_light_and_dark(open_chat: Any, kit: ModuleType) -> None:
    async with open_chat(kit.FakeAgent()) as chat:
        await chat.ready()
        dark = chat.app.current_theme.dark
        await chat.press("f5")
        assert chat.app.current_theme.dark != dark


async def test_the_panel_follows_what_is_learned_at_once(open_chat: Any, kit: ModuleType) -> None:
    """While the turn still runs, and while a question is open."""
    first, second = kit.preference("is vegetarian", hard=True), kit.preference("likes rice")
    agent = kit.FakeAgent(
        [kit.ask(), [Learned(preferences=(first,)), *kit.ask()], kit.answer("Rice.")],
        hold_turns=True,
    )
    agent.memory.known = {first.id: first}
    async with open_chat(agent, size=(120, 40)) as chat:
        await chat.ready()
        panel = chat.screen.query_one(MemoryPanel)
        await chat.until(lambda: list(panel._by_id) == [first.id])
        agent.memory.known = {}
        agent.go.set()
        await chat.send("dinner?")
        await chat.until(lambda: chat.screen.query(QuestionCard) and not panel._by_id)
        agent.go.clear()
        agent.memory.known = {first.id: first}
        await chat.press("2")
        await chat.until(lambda: list(panel._by_id) == [first.id])
        assert chat.state == "thinking…"
        agent.go.set()
        await chat.until(lambda: chat.screen.query(QuestionCard) and chat.state == "ready")
        agent.memory.known[second.id] = second
        chat.screen.post_message(LearnedLater((second,)))
        await chat.until(lambda: set(panel._by_id) == {first.id, second.id})
        assert chat.screen.query_one(QuestionCard).has_focus_within


@pytest.mark.parametrize("width", [80, 40])
async def test_the_state_is_shown_whole_and_all_keys_fit(
    open_chat: Any, kit: ModuleType, width: int
) -> None:
    long = "local/" + "a-model-with-a-very-long-name-" * 3
    async with open_chat(size=(width, 24)) as chat:
        await chat.ready()
        status = chat.screen.query_one(StatusBar)
        status.model = long
        for state in ("ready", "loading SmolLM2-135M (98 MB)", "чтение 読み込み中…"):
            status.state = state
            shown = str(status.render())
            assert shown.startswith(state)
            assert cell_len(shown) <= width
        status.model = "local/scripted"
        status.state = "ready"
        assert str(status.render()).startswith("ready   ")
        assert "local/scripted" in str(status.render())
        status.model = "local//some/where/deep/in/the/disk/model.gguf"
        assert "   model.gguf · ana" in str(status.render())
        status.state = "x" * 200
        assert str(status.render()).endswith("…")
    keys = str(KeyBar().render())
    assert len(keys) + 2 <= 80
    assert keys.endswith("Quit")


async def test_a_missing_embedder_is_said_and_chatting_goes_on(
    open_chat: Any, kit: ModuleType
) -> None:
    error = EmbedderError("no ranking: `penchant models pull minilm`")
    agent = kit.FakeAgent([kit.answer("Rice.")], load_error=error)
    async with open_chat(agent) as chat:
        await chat.until(lambda: chat.state == "ready, without an embedder")
        assert "penchant models pull minilm" in chat.texts(Notice)[0]
        await chat.send("dinner?")
        await chat.replied("Rice.")
        await chat.until(lambda: chat.state == "ready, without an embedder")
