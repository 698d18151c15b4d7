"""A conversation by lines: for pipes, dumb terminals and scripts.

Replies and questions go to standard output; errors and notes to standard error. As JSON, every
event is one object on a line of standard output.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol, TextIO

from ..agent.types import (
    Choosing,
    DraftDelta,
    Event,
    Finished,
    Learned,
    Pending,
    Reply,
    ReplyDelta,
    Status,
)
from ..errors import PenchantError
from ..memory.types import Conflict
from ..policies.types import Question
from . import slash
from .answers import read_answer, read_pick, read_settled
from .commands.output import to_json
from .explain import explain
from .text import clean, describe, one_line

if TYPE_CHECKING:
    from ..memory.types import Preference, SessionInfo, Settled

__all__ = ["LineAgent", "PlainChat"]


class LineMemory(Protocol):
    """What is known of one user, as far as plain mode lists it."""

    def get_all(self) -> Sequence[Preference]:
        """The live preferences."""
        ...


class LineAgent(Protocol):
    """An agent as plain mode drives it; `penchant.Agent` fits."""

    @property
    def session_id(self) -> str:
        """The conversation."""
        ...

    @property
    def memory(self) -> LineMemory:
        """What is known of the user."""
        ...

    @property
    def pending(self) -> Pending | None:
        """What waits for the user."""
        ...

    def stream(self, text: str, *, offer_choice: bool = False) -> Iterator[Event]:
        """Takes a message."""
        ...

    def stream_answer(self, question: Question, value: str | int | None) -> Iterator[Event]:
        """Takes an answer."""
        ...

    def stream_choice(self, choosing: Choosing, index: int | None) -> Iterator[Event]:
        """Takes a pick."""
        ...

    def stream_resolve(
        self, conflict: Conflict, keep: Settled | None, *, scope: str | None = None
    ) -> Iterator[Event]:
        """Takes the user's word on a contradiction."""
        ...

    def edit(self, reply: Reply, new_text: str) -> tuple[Preference, ...]:
        """Learns from the user's version of a reply."""
        ...

    def learned(self) -> tuple[Preference, ...]:
        """Waits for what the last turn taught."""
        ...

    def undo(self, preference_id: str) -> object:
        """Takes back what was learned."""
        ...

    def load(self, progress: Callable[[str], None] | None = None) -> None:
        """Loads the models."""
        ...

    def sessions(self) -> Sequence[SessionInfo]:
        """The user's conversations, latest first."""
        ...

    def close(self) -> None:
        """Finishes background work and lets go of everything."""
        ...


class PlainChat:
    """Holds a conversation over lines.

    Args:
        open_agent: Makes the agent of a session, or of a new one (None).
        session_id: The session to begin with.
        out: Takes the conversation.
        err: Takes errors and notes.
        as_json: Write events as JSON.
        interruptible: Someone is typing: Ctrl+C stops a turn and the conversation goes on, and
            nobody waits for what is learned in the background.
    """

    def __init__(
        self,
        open_agent: Callable[[str | None], LineAgent],
        *,
        session_id: str | None = None,
        out: TextIO,
        err: TextIO,
        as_json: bool = False,
        interruptible: bool = False,
    ) -> None:
        self._open_agent = open_agent
        self._out = out
        self._err = err
        self._as_json = as_json
        self._interruptible = interruptible
        self._last: Reply | None = None
        self._last_outcome: Reply | None = None
        self._learned: list[Preference] = []
        self._announced: set[str] = set()
        self._waiting = ThreadPoolExecutor(1, "penchant-learning")
        self._learning: Future[tuple[Preference, ...]] | None = None
        self._open(session_id)

    def run(self, lines: Iterable[str]) -> None:
        """Takes lines until they end or `/quit` comes; a failing turn does not end it."""
        try:
            self._show_pending()
            for raw in lines:
                self._take_in()
                line = clean(raw).strip()
                if line and not self._take(line):
                    break
            self._take_in(wait=True)
        finally:
            self._agent.close()
            self._waiting.shutdown()

    def _open(self, session_id: str | None) -> None:
        self._agent = self._open_agent(session_id)
        try:
            self._agent.load(self._note)
        except PenchantError as error:
            # Memory and its commands work without a model; each turn says what is missing.
            self._fail(error)

    def _take(self, line: str) -> bool:
        command = slash.parse(line)
        try:
            if command is not None:
                return self._obey(command)
            pending = self._agent.pending
            if isinstance(pending, Question):
                self._turn(self._agent.stream_answer(pending, read_answer(pending, line)))
            elif isinstance(pending, Choosing):
                self._turn(self._agent.stream_choice(pending, read_pick(pending, line)))
            elif isinstance(pending, Conflict) and (settled := read_settled(line)) is not None:
                keep, scope = settled
                self._turn(self._agent.stream_resolve(pending, keep, scope=scope))
            else:
                self._turn(self._agent.stream(line))
        except PenchantError as error:
            self._fail(error, "your message is kept; send it again when you like")
        except ValueError as error:
            self._fail(error)
        except KeyboardInterrupt:
            if not self._interruptible:
                raise
            self._note("stopped")
        return True

    def _turn(self, events: Iterator[Event]) -> None:
        streamed = ""
        late: list[Preference] = []
        reply: Reply | None = None
        try:
            for event in events:
                if isinstance(event, Learned):
                    late += self._take_note(event.preferences)
                    if not streamed:
                        self._say_learned(late)
                        late = []
                    continue
                if isinstance(event, Finished):
                    reply = event.reply
                self._emit(event)
                if isinstance(event, ReplyDelta):
                    streamed += event.text
                    self._write(clean(event.text))
        except BaseException:
            if streamed:
                # What comes next begins on a line of its own.
                self._write("\n")
            raise
        if reply is not None:
            self._finish(reply, streamed, late)

    def _finish(self, reply: Reply, streamed: str, late: Sequence[Preference]) -> None:
        self._last_outcome = reply
        if reply.text:
            self._last = reply
            if reply.text.startswith(streamed):
                self._say(reply.text[len(streamed) :])
            else:
                self._say("\n" + reply.text)
        if reply.notice:
            self._note(reply.notice)
        self._say_learned(late)
        if not (reply.question or reply.choosing or reply.conflict):
            self._await_learning()
        self._show_pending()

    def _await_learning(self) -> None:
        """Takes in what is inferred in the background; someone typing is not kept waiting."""
        if not self._interruptible:
            self._announce(self._agent.learned())
        elif self._learning is None:
            self._learning = self._waiting.submit(self._agent.learned)

    def _take_in(self, *, wait: bool = False) -> None:
        learning = self._learning
        if learning is not None and (wait or learning.done()):
            self._learning = None
            self._announce(learning.result())

    def _announce(self, learned: Sequence[Preference]) -> None:
        self._say_learned(self._take_note(learned))

    def _take_note(self, learned: Sequence[Preference]) -> list[Preference]:
        """What of this was not announced before; as JSON it goes out at once."""
        new = {p.id: p for p in learned if p.id not in self._announced}
        if new:
            self._announced |= new.keys()
            self._learned += new.values()
            self._emit(Learned(preferences=tuple(new.values())))
        return list(new.values())

    def _say_learned(self, learned: Sequence[Preference]) -> None:
        for preference in learned:
            self._say(f"Learned: {describe(preference)} [undo: /undo]")

    def _show_pending(self) -> None:
        pending = self._agent.pending
        if isinstance(pending, Question):
            why = f" ({one_line(pending.why)})" if pending.why else ""
            self._say(f"Question: {one_line(pending.text)}{why}")
            for number, option in enumerate(pending.options, 1):
                self._say(f"  {number}. {one_line(option)}")
            self._say('Answer with a number, your own words, or "skip".')
        elif isinstance(pending, Choosing):
            self._say("Which one is best for you?")
            for number, candidate in enumerate(pending.candidates, 1):
                self._say(f"{number}. {candidate.text}")
            self._say('Answer with a number, or "none".')
        elif isinstance(pending, Conflict):
            self._say(f"Two things you said do not go together. {one_line(pending.reason)}")
            self._say(f"  1. Before: {describe(pending.old)}")
            self._say(f"  2. Now:    {describe(pending.new)}")
            self._say("  3. Both hold")
            self._say('Answer with a number, "both for" and when the new one holds, or "later".')

    def _obey(self, command: slash.Slash) -> bool:
        if command.name == "quit":
            return False
        deeds: dict[slash.SlashName, Callable[[str], None]] = {
            "edit": self._edit,
            "help": self._help,
            "memory": self._memory,
            "new": self._new,
            "sessions": self._sessions,
            "undo": self._undo,
            "why": self._why,
        }
        deeds[command.name](command.argument)
        return True

    def _help(self, _: str) -> None:
        for name, text in slash.COMMANDS.items():
            self._say(f"/{name:<9} {text}")

    def _memory(self, _: str) -> None:
        known = self._agent.memory.get_all()
        self._object("memory", preferences=known)
        for preference in known:
            self._say(f"- {describe(preference)}")
        if not known:
            self._say("Nothing is known about you yet.")

    def _undo(self, _: str) -> None:
        if not self._learned:
            raise ValueError("there is nothing to undo")
        preference = self._learned.pop()
        self._agent.undo(preference.id)
        self._object("undone", preference=preference)
        self._say(f"Forgotten: {describe(preference)}")

    def _edit(self, text: str) -> None:
        if self._last is None:
            raise ValueError("there is no reply to edit yet")
        if not text:
            raise ValueError("say what the reply should have been: /edit NEW TEXT")
        learned = self._agent.edit(self._last, text)
        self._announce(learned)

    def _why(self, _: str) -> None:
        if self._last_outcome is None:
            raise ValueError("there is no turn to explain yet")
        self._object("why", reply=self._last_outcome)
        self._say("\n\n".join(explain(self._last_outcome)))

    def _sessions(self, _: str) -> None:
        sessions = self._agent.sessions()
        self._object("sessions", sessions=sessions)
        for info in sessions:
            here = "*" if info.id == self._agent.session_id else " "
            self._say(f"{here} {info.id}  {one_line(info.title, 50)}  ({info.turns} turns)")

    def _new(self, _: str) -> None:
        self._take_in(wait=True)
        self._agent.close()
        self._open(None)
        self._last = self._last_outcome = None
        self._learned.clear()
        self._object("session", id=self._agent.session_id)
        self._note(f"new conversation {self._agent.session_id}")

    # Where things are written.

    def _say(self, text: str) -> None:
        self._write(clean(text) + "\n")

    def _write(self, text: str) -> None:
        if not self._as_json:
            self._out.write(text)
            self._out.flush()

    def _note(self, text: str) -> None:
        self._err.write(f"penchant: {clean(text)}\n")
        self._err.flush()

    def _fail(self, error: Exception, advice: str = "") -> None:
        self._object("error", error=type(error).__name__, message=str(error))
        self._note(f"{error} ({advice})" if advice else str(error))

    def _emit(self, event: Event) -> None:
        if self._as_json:
            fields = to_json(event)
            assert isinstance(fields, dict)
            self._object(_NAMES[type(event)], **fields)

    def _object(self, event_name: str, **fields: object) -> None:
        if self._as_json:
            document = {"event": event_name, **{k: to_json(v) for k, v in fields.items()}}
            self._out.write(json.dumps(document, ensure_ascii=False) + "\n")
            self._out.flush()


_NAMES: dict[type[object], str] = {
    Status: "status",
    DraftDelta: "draft_delta",
    ReplyDelta: "reply_delta",
    Learned: "learned",
    Finished: "finished",
}
