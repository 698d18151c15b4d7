"""The conversation: puts the widgets together and carries their wishes to the engine."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, assert_never

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from ...errors import EmbedderError, NoChatModelError
from .. import messages as told
from ..slash import Slash, parse
from ..widgets.bubbles import Notice, UserMessage
from ..widgets.composer import Composer
from ..widgets.key_bar import KeyBar
from ..widgets.status_bar import StatusBar
from ..widgets.transcript import Transcript
from .answering import TYPE_HERE, AnsweringScreen
from .base import Phase

if TYPE_CHECKING:
    from ...agent.types import Event, Reply
    from ...memory.types import SessionInfo
    from ..backend import ChatAgent
    from ..engine import Engine
    from ..widgets.reply_message import ReplyMessage

__all__ = ["ChatScreen"]

_TWICE_S = 2.0
"""Seconds within which a second Ctrl+C quits."""
_READY = "ready"


class ChatScreen(AnsweringScreen):
    """One conversation at a time with one user.

    Args:
        engine: Runs the agent; the screen hears from it through messages.
        user_id: Who is talking.
        model: The chat model's name, shown from the start.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "Help"),
        Binding("f4", "sessions", "Sessions"),
        Binding("ctrl+n", "new", "New", priority=True),
    ]

    def __init__(self, engine: Engine, *, user_id: str, model: str = "") -> None:
        super().__init__(engine)
        self._user_id = user_id
        self._model = model
        self._session_id = ""
        self._queue: list[UserMessage] = []
        self._making: ReplyMessage | None = None
        self._resting = _READY
        self._interrupted_at = float("-inf")

    def compose(self) -> ComposeResult:
        with Horizontal(id="main"), Vertical(id="talk"):
            yield Transcript(id="transcript")
            yield Vertical(id="tray")
            with Vertical(id="input"):
                yield Composer(placeholder=TYPE_HERE, id="composer")
        yield StatusBar(id="status")
        yield KeyBar()

    def on_mount(self) -> None:
        status = self.query_one(StatusBar)
        status.user, status.model = self._user_id, self._model
        self._composer.focus()
        self.call_after_refresh(self._furnish)

    # What the engine tells.

    async def on_agent_opened(self, event: told.AgentOpened) -> None:
        self._session_id = event.session_id
        status = self.query_one(StatusBar)
        status.session = event.session_id
        status.model = event.settings.model
        asked = sum(turn.role == "question" for turn in event.turns)
        status.questions_left = max(event.settings.questions_per_session - asked, 0)
        self._forget_conversation()
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
        self._resting = _resting(event.error)
        if event.error is not None:
            await self._complain(event.error)
        self._set_phase("idle", self._resting)
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
        if self._phase == "opening":
            # The turn was left behind with its conversation.
            return
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
        self._set_phase("idle", self._resting)
        if event.cancelled or event.error is not None:
            self._recover_card()
        self._refresh_panel()
        self._pump()

    async def on_learned_later(self, event: told.LearnedLater) -> None:
        await self._show_learned(event.preferences)

    # What the user does.

    async def on_composer_sent(self, event: Composer.Sent) -> None:
        command = parse(event.text)
        if command is not None:
            self._obey(command)
        elif not await self._take_answer(event.text):
            await self._enqueue(event.text)
            self._pump()

    def on_composer_scrolled(self, event: Composer.Scrolled) -> None:
        if event.pages < 0:
            self._transcript.scroll_page_up()
        else:
            self._transcript.scroll_page_down()

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
            await self._ask_engine(lambda agent: agent.adelete_session(doomed))
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
        elif not (reply.choosing or reply.conflict or reply.text or reply.notice):
            await self._transcript.add(Notice(reply.decision.reason or "Noted."))
        await self._show_card(reply.question or reply.choosing or reply.conflict)

    # The rest.

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


def _resting(error: Exception | None) -> str:
    """What the status bar says between turns, by what could not be loaded."""
    match error:
        case None:
            return _READY
        case NoChatModelError():
            return "no language model"
        case EmbedderError():
            return "ready, without an embedder"
        case _:
            return "not everything is loaded"
