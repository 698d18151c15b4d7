"""The conversation: puts the widgets together and carries their wishes to the engine."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal, TypeVar, assert_never

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from ...errors import PenchantError
from .. import messages as told
from ..answers import read_answer
from ..slash import Slash, parse
from ..widgets.bubbles import Notice, UserMessage
from ..widgets.composer import Composer
from ..widgets.key_bar import KeyBar
from ..widgets.status_bar import StatusBar
from ..widgets.transcript import Transcript

if TYPE_CHECKING:
    from ...agent.types import Choosing, Event, Reply
    from ...memory.types import Preference, SessionInfo
    from ...policies.types import Question
    from ..backend import ChatAgent
    from ..engine import Engine
    from ..widgets.choice_card import ChoiceCard
    from ..widgets.learned_line import LearnedLine
    from ..widgets.memory_panel import MemoryPanel
    from ..widgets.question_card import QuestionCard
    from ..widgets.reply_message import ReplyMessage

__all__ = ["ChatScreen"]

T = TypeVar("T")
Phase = Literal["opening", "loading", "idle", "running"]

_WIDE = 100
"""Columns from which the side panel shows without being asked for."""
_TWICE_S = 2.0
"""Seconds within which a second Ctrl+C quits."""
_TYPE_HERE = "Message (Enter sends, Ctrl+J new line, F1 help)"
_ANSWER_HERE = "Your own answer (Esc: back to the options)"


class ChatScreen(Screen[None]):
    """One conversation at a time with one user.

    Args:
        engine: Runs the agent; the screen hears from it through messages.
        user_id: Who is talking.
        model: The chat model's name, shown from the start.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "Help"),
        Binding("f2", "panel", "Memory"),
        Binding("f3", "why", "Why"),
        Binding("f4", "sessions", "Sessions"),
        Binding("ctrl+n", "new", "New", priority=True),
        Binding("ctrl+e", "edit", "Edit reply", priority=True),
        Binding("f6", "rate(1)", "Good", show=False, priority=True),
        Binding("f7", "rate(-1)", "Bad", show=False, priority=True),
    ]

    def __init__(self, engine: Engine, *, user_id: str, model: str = "") -> None:
        super().__init__()
        self._engine = engine
        self._user_id = user_id
        self._model = model
        self._session_id = ""
        self._phase: Phase = "opening"
        self._queue: list[UserMessage] = []
        self._card: QuestionCard | ChoiceCard | None = None
        self._question: Question | None = None
        self._making: ReplyMessage | None = None
        self._last: ReplyMessage | None = None
        self._last_outcome: Reply | None = None
        self._learned: list[LearnedLine] = []
        self._shown: set[str] = set()
        self._panel: MemoryPanel | None = None
        self._panel_wish: bool | None = None
        self._interrupted_at = float("-inf")

    def compose(self) -> ComposeResult:
        with Horizontal(id="main"), Vertical(id="talk"):
            yield Transcript(id="transcript")
            yield Vertical(id="tray")
            with Vertical(id="input"):
                yield Composer(placeholder=_TYPE_HERE, id="composer")
        yield StatusBar(id="status")
        yield KeyBar()

    def on_mount(self) -> None:
        status = self.query_one(StatusBar)
        status.user, status.model = self._user_id, self._model
        self._composer.focus()
        self.call_after_refresh(self._furnish)

    async def _furnish(self) -> None:
        """Adds what the first paint did not wait for."""
        from ..widgets.memory_panel import MemoryPanel

        self._panel = MemoryPanel(id="memory")
        await self.query_one("#main").mount(self._panel)
        self._lay_panel(self.size.width)
        self._refresh_panel()

    def on_resize(self, event: events.Resize) -> None:
        self._lay_panel(event.size.width)

    # What the engine tells.

    async def on_agent_opened(self, event: told.AgentOpened) -> None:
        self._session_id = event.session_id
        status = self.query_one(StatusBar)
        status.session = event.session_id
        status.model = event.settings.model
        asked = sum(turn.role == "question" for turn in event.turns)
        status.questions_left = max(event.settings.questions_per_session - asked, 0)
        self._last = self._last_outcome = None
        self._learned.clear()
        self._shown.clear()
        waiting = list(self._queue)
        turns = event.turns
        if event.pending is not None and turns and turns[-1].role == "question":
            # Its card shows it.
            turns = turns[:-1]
        await self._transcript.load(turns)
        if event.turns:
            self._composer.remember([t.text for t in event.turns if t.role == "user"])
        for message in waiting:
            self._queue.remove(message)
            await self._enqueue(message.text)
        await self._show_card(event.pending)
        self._set_phase("loading", "loading the models…")
        self._refresh_panel()

    async def on_open_failed(self, event: told.OpenFailed) -> None:
        self._set_phase("opening", "no conversation open")
        await self._complain(event.error, "Ctrl+N tries again.")

    def on_loading(self, event: told.Loading) -> None:
        if self._phase == "loading":
            self.query_one(StatusBar).state = event.text

    async def on_loaded(self, event: told.Loaded) -> None:
        if event.error is not None:
            await self._complain(event.error)
        self._set_phase("idle", "ready" if event.error is None else "no language model")
        self._pump()

    async def on_turn_step(self, event: told.TurnStep) -> None:
        # Here because it brings the agent along, which must not delay the first paint.
        from ...agent.types import Finished, Learned

        turn = event.event
        if isinstance(turn, Learned):
            await self._show_learned(turn.preferences)
        elif isinstance(turn, Finished):
            await self._finish(turn.reply)
        elif self._making is not None:
            await self._making.show(turn)

    async def on_turn_ended(self, event: told.TurnEnded) -> None:
        making, self._making = self._making, None
        if making is not None:
            if making.text:
                await making.settle("stopped" if event.cancelled else "incomplete")
            else:
                await making.remove()
        if event.cancelled:
            await self._transcript.add(Notice("Stopped. Your message is kept: Up brings it back."))
        elif event.error is not None:
            await self._complain(
                event.error, "Your message is kept: Up brings it back to send it again."
            )
        self._set_phase("idle", "ready")
        if event.cancelled or event.error is not None:
            self._recover_card()
        self._refresh_panel()
        self._pump()

    async def on_learned_later(self, event: told.LearnedLater) -> None:
        await self._show_learned(event.preferences)
        self._refresh_panel()

    # What the user does.

    async def on_composer_sent(self, event: Composer.Sent) -> None:
        command = parse(event.text)
        if command is not None:
            self._obey(command)
        elif self._question is not None and self._phase == "idle":
            question = self._question
            await self._answer(question, read_answer(question, event.text))
        else:
            await self._enqueue(event.text)
            self._pump()

    def on_composer_left(self) -> None:
        if self._card is not None:
            self._card.focus()

    def on_composer_scrolled(self, event: Composer.Scrolled) -> None:
        if event.pages < 0:
            self._transcript.scroll_page_up()
        else:
            self._transcript.scroll_page_down()

    async def on_question_card_answered(self, event: QuestionCard.Answered) -> None:
        if self._phase == "idle" and self._card is not None:
            await self._answer(event.question, event.value)

    def on_question_card_own_words(self) -> None:
        self._composer.placeholder = _ANSWER_HERE
        self._composer.focus()

    async def on_choice_card_chosen(self, event: ChoiceCard.Chosen) -> None:
        if self._phase != "idle" or self._card is None:
            return
        await self._show_card(None)
        choosing, index = event.choosing, event.index
        await self._run(lambda agent: agent.astream_choice(choosing, index))

    def on_learned_line_undo(self, event: LearnedLine.Undo) -> None:
        self._undo(event.line)

    def on_reply_message_acted(self, event: ReplyMessage.Acted) -> None:
        if event.deed == "edit":
            self._edit(event.reply_message)
        elif event.deed == "why":
            self._explain(event.reply_message.reply)
        else:
            self._rate(event.reply_message, 1.0 if event.deed == "good" else -1.0)

    def on_memory_panel_edit(self, event: MemoryPanel.Edit) -> None:
        self._reword(event.preference)

    def on_memory_panel_delete(self, event: MemoryPanel.Delete) -> None:
        self._forget(event.preference)

    def interrupt(self) -> None:
        """Stops the turn, or takes back a queued message, or quits if asked twice."""
        if self._phase == "running":
            self.query_one(StatusBar).state = "stopping…"
            self._engine.cancel()
        elif self._queue:
            message = self._queue.pop()
            message.remove()
            if not self._composer.text:
                self._composer.put(message.text)
        elif time.monotonic() - self._interrupted_at < _TWICE_S:
            self.app.exit()
        else:
            self._interrupted_at = time.monotonic()
            self.notify("Press Ctrl+C again to quit.", timeout=_TWICE_S)

    def action_help(self) -> None:
        from .help import HelpScreen

        self.app.push_screen(HelpScreen())

    def action_panel(self) -> None:
        if self._panel is None:
            return
        self._panel_wish = not self._panel.display
        self._lay_panel(self.size.width)
        if self._panel.display:
            self._panel.focus()
        else:
            self._composer.focus()

    def action_why(self) -> None:
        self._explain(self._last_outcome)

    def action_edit(self) -> None:
        if self._last is None:
            self._hint("There is no reply to edit yet.")
        else:
            self._edit(self._last)

    def action_rate(self, value: int) -> None:
        if self._last is None:
            self._hint("There is no reply to rate yet.")
        else:
            self._rate(self._last, float(value))

    def action_new(self) -> None:
        self._switch(None)

    @work
    async def action_sessions(self) -> None:
        from .sessions import SessionsScreen

        async def gather(agent: ChatAgent) -> Sequence[SessionInfo]:
            return agent.sessions()

        sessions = await self._ask_engine(gather)
        if sessions is None:
            return
        wish = await self.app.push_screen_wait(SessionsScreen(sessions, self._session_id))
        if wish is None:
            return
        if wish.deed == "delete" and wish.session_id is not None:
            doomed = wish.session_id
            await self._ask_engine(lambda agent: agent.memory.adelete_session(doomed))
            if doomed != self._session_id:
                return
        self._switch(wish.session_id if wish.deed == "open" else None)

    # Turns.

    async def _enqueue(self, text: str) -> None:
        message = UserMessage(text, queued=True)
        self._queue.append(message)
        await self._transcript.add(message)
        self._transcript.anchor()

    def _pump(self) -> None:
        """Sends the next queued message, if nothing else is going on."""
        if self._phase == "idle" and self._card is None and self._queue:
            message = self._queue.pop(0)
            message.queued = False
            self._set_phase("running", "thinking…")
            text = message.text
            self.call_later(self._run, lambda agent: agent.astream(text))

    async def _answer(self, question: Question, value: int | str | None) -> None:
        await self._show_card(None)
        await self._transcript.add(Notice(f"Question: {question.text}"))
        if value is None:
            said = "(skipped)"
        else:
            said = question.options[value] if isinstance(value, int) else value
        await self._transcript.add(UserMessage(said))
        await self._run(lambda agent: agent.astream_answer(question, value))

    async def _run(self, run: Callable[[ChatAgent], AsyncIterator[Event]]) -> None:
        from ..widgets.reply_message import ReplyMessage

        self._set_phase("running", "thinking…")
        self._making = ReplyMessage()
        await self._transcript.add(self._making)
        self._transcript.anchor()
        self._engine.turn(run)

    async def _finish(self, reply: Reply) -> None:
        self._last_outcome = reply
        making, self._making = self._making, None
        if making is not None:
            if reply.text:
                await making.finish(reply)
                self._last = making
            else:
                await making.remove()
        if reply.notice:
            await self._transcript.add(Notice(reply.notice))
        if reply.question is not None:
            status = self.query_one(StatusBar)
            if status.questions_left:
                status.questions_left -= 1
        elif reply.choosing is None and not reply.text and not reply.notice:
            await self._transcript.add(Notice(reply.decision.reason or "Noted."))
        await self._show_learned(reply.learned)
        await self._show_card(reply.question or reply.choosing)

    async def _show_card(self, pending: Question | Choosing | None) -> None:
        from ...policies.types import Question
        from ..widgets.choice_card import ChoiceCard
        from ..widgets.question_card import QuestionCard

        if self._card is not None:
            await self._card.remove()
            self._card = self._question = None
            self._composer.placeholder = _TYPE_HERE
            self._composer.focus()
        if pending is None:
            return
        if isinstance(pending, Question):
            self._question = pending
            self._card = QuestionCard(pending)
        else:
            self._card = ChoiceCard(pending)
        await self.query_one("#tray").mount(self._card)
        # Someone in the middle of a sentence keeps the keyboard.
        if not self._composer.text:
            self._card.focus()

    @work
    async def _recover_card(self) -> None:
        async def gather(agent: ChatAgent) -> Question | Choosing | None:
            return agent.pending

        pending = await self._ask_engine(gather)
        if pending is not None and self._card is None and self._phase == "idle":
            await self._show_card(pending)

    # Replies and memory.

    @work
    async def _edit(self, message: ReplyMessage) -> None:
        from .editor import EditorScreen

        reply = message.reply
        if reply is None:
            return
        text = await self.app.push_screen_wait(
            EditorScreen("Rewrite the reply as you would like it", message.text)
        )
        if text is None:
            return
        learned = await self._ask_engine(lambda agent: agent.aedit(reply, text))
        if learned is not None:
            await message.replace(text)
            message.mark("edited by you")
            await self._show_learned(learned)
            self._refresh_panel()

    @work
    async def _rate(self, message: ReplyMessage, value: float) -> None:
        reply = message.reply
        if reply is None:
            return

        async def rate(agent: ChatAgent) -> bool:
            await agent.arate(reply, value)
            return True

        if await self._ask_engine(rate):
            message.mark("rated good" if value > 0 else "rated bad")

    @work
    async def _undo(self, line: LearnedLine) -> None:
        preference = line.preference

        async def undo(agent: ChatAgent) -> bool:
            if line.change == "Deleted":
                await agent.memory.arestore(preference)
            else:
                await agent.aundo(preference.id)
            return True

        if await self._ask_engine(undo):
            line.show_undone()
            self._composer.focus()
            self._refresh_panel()

    @work
    async def _reword(self, preference: Preference) -> None:
        from .editor import EditorScreen

        text = await self.app.push_screen_wait(
            EditorScreen("What is true about you?", preference.description)
        )
        if text is None:
            return
        await self._ask_engine(lambda agent: agent.memory.aupdate(preference.id, text))
        self._refresh_panel()

    @work
    async def _forget(self, preference: Preference) -> None:
        async def delete(agent: ChatAgent) -> bool:
            await agent.memory.adelete(preference.id)
            return True

        if await self._ask_engine(delete):
            await self._add_learned(preference, "Deleted")
            self._refresh_panel()

    @work(exclusive=True, group="panel")
    async def _refresh_panel(self) -> None:
        if self._panel is None or self._phase == "opening":
            return
        known = await self._ask_engine(lambda agent: agent.memory.aget_all())
        if known is not None:
            self._panel.show(known)

    async def _show_learned(self, preferences: Sequence[Preference]) -> None:
        for preference in preferences:
            if preference.id not in self._shown:
                self._shown.add(preference.id)
                await self._add_learned(preference, "Learned")

    async def _add_learned(
        self, preference: Preference, change: Literal["Learned", "Deleted"]
    ) -> None:
        from ..widgets.learned_line import LearnedLine

        line = LearnedLine(preference, change=change)
        self._learned.append(line)
        await self._transcript.add(line)

    # The rest.

    @property
    def _composer(self) -> Composer:
        return self.query_one(Composer)

    @property
    def _transcript(self) -> Transcript:
        return self.query_one(Transcript)

    async def _ask_engine(self, work: Callable[[ChatAgent], Awaitable[T]]) -> T | None:
        """Runs something on the agent; None and an error in the transcript if it fails."""
        try:
            return await self._engine.call(work)
        except PenchantError as error:
            await self._complain(error)
            return None

    async def _complain(self, error: Exception, advice: str = "") -> None:
        text = (
            str(error) if isinstance(error, PenchantError) else f"{type(error).__name__}: {error}"
        )
        await self._transcript.add(Notice(f"{text}\n{advice}".strip(), kind="error"))

    def _hint(self, text: str) -> None:
        self.notify(text, markup=False, timeout=3)

    def _explain(self, reply: Reply | None) -> None:
        from .why import WhyScreen

        if reply is None:
            self._hint("There is no turn to explain yet.")
        else:
            self.app.push_screen(WhyScreen(reply))

    def _set_phase(self, phase: Phase, state: str) -> None:
        self._phase = phase
        self.query_one(StatusBar).state = state

    def _switch(self, session_id: str | None) -> None:
        for message in self._queue:
            message.remove()
        self._queue.clear()
        self._set_phase("opening", "opening the conversation…")
        self._engine.switch(session_id)
        self._composer.focus()

    def _lay_panel(self, width: int) -> None:
        if self._panel is not None:
            wish = self._panel_wish
            self._panel.display = width >= _WIDE if wish is None else wish

    def _obey(self, command: Slash) -> None:
        match command.name:
            case "help":
                self.action_help()
            case "quit":
                self.app.exit()
            case "new":
                self.action_new()
            case "sessions":
                self.action_sessions()
            case "why":
                self.action_why()
            case "memory":
                self.action_panel()
            case "undo":
                lines = [line for line in self._learned if not line.undone]
                if lines:
                    self._undo(lines[-1])
                else:
                    self._hint("There is nothing to undo.")
            case "edit":
                self.action_edit()
            case _:
                assert_never(command.name)
