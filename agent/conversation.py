"""One conversation of one user: runs its turns through the graph and takes its feedback.

Everything here runs on the workspace's loop; `Agent` is its sync and async face.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING, Any, Literal, cast

from ..errors import InputError, NotFoundError, SessionBusyError, SessionError, StaleQuestionError
from ..memory.conflict import settled_draft, settled_words
from ..memory.inference.artefact import Proposals, example
from ..memory.types import (
    Answer,
    Choice,
    Conflict,
    Context,
    Edit,
    Evidence,
    Preference,
    Rating,
    Recalled,
    Settled,
    Source,
    Strength,
    Turn,
)
from ..policies.catalogue import Catalogue
from ..policies.offers import Initiative, Offer
from ..policies.reward import Suggestion
from ..policies.types import Candidate, Decision, Question
from .background import Background
from .checkpoints import erase_checkpoints, thread_id
from .comparing import check_reason, check_strength, prefer, settle, suggestions
from .erasing import erase_user
from .examples import confirm, propose_from
from .history import as_edited, request_of
from .inferring import learn_edit, learn_said
from .offers import answer_offer, consider_offer
from .ranking import AgentCatalogue, rank_candidates
from .services import Services
from .state import Pick, Settlement, TurnState, pack, unpack, unpack_ranked
from .text import clean_message
from .types import Choosing, Event, Finished, Pending, Ranking, Reply, ReplyDelta, Step, Trace
from .workspace import MissingChat, Workspace, forget_thread, load_models

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langgraph.types import Command, StateSnapshot

    from .workspace import Graph

__all__ = ["Conversation"]

_TITLE = 60
# A rating from which on a reply counts as accepted.
_LIKED = 0.5


class Conversation:
    """The turns of one session."""

    def __init__(self, workspace: Workspace, user_id: str, session_id: str) -> None:
        self.user_id = user_id
        self.session_id = session_id
        self.background = Background()
        self.closed = False
        # Contradictions that edits brought up; the next turn puts them to the user.
        self._conflicts: list[Conflict] = []
        self._workspace = workspace
        self._memory = workspace.memory
        self._session = workspace.session(self._thread)
        self._running: asyncio.Task[object] | None = None

    # Turns

    async def send(self, text: str, *, offer_choice: bool = False) -> AsyncGenerator[Event]:
        """A turn that begins with a message."""
        message = clean_message(text)
        with self._turn():
            await self._skip_pending()
            await asyncio.to_thread(self._open_session, message)
            given: TurnState = {
                "text": message,
                "shown": list(self._session.shown),
                "used": [each for used in self._session.used.values() for each in used],
                "offer_choice": offer_choice,
                "conflicts": [pack(each) for each in self._conflicts],
            }
            self._conflicts.clear()
            async with aclosing(self._run(given)) as events:
                async for event in events:
                    yield event

    async def answer(
        self, question: Question | str, value: str | int | None
    ) -> AsyncGenerator[Event]:
        """A turn that goes on with the answer to its question."""
        with self._turn():
            pending = await self._find_pending()
            wanted = question if isinstance(question, str) else question.id
            if not isinstance(pending, Question) or pending.id != wanted:
                raise StaleQuestionError(
                    f"question {wanted!r} is not open in session {self.session_id!r}; "
                    "send the answer as a message instead"
                )
            async with aclosing(self._run(_resume(_answer(pending, value)))) as events:
                async for event in events:
                    yield event

    async def choose(
        self,
        of: Choosing | Reply,
        index: int | None,
        strength: Strength | None = None,
        reason: str | None = None,
    ) -> AsyncGenerator[Event]:
        """A turn that goes on with a pick, or a pick among the drafts of an earlier reply."""
        strength, reason = check_strength(strength, index), check_reason(reason)
        with self._turn():
            choosing = of if isinstance(of, Choosing) else of.choosing
            if choosing is None:
                assert isinstance(of, Reply)
                later = self._choose_later(of, index, strength, reason)
                async with aclosing(later) as events:
                    async for event in events:
                        yield event
                return
            pending = await self._find_pending()
            if not isinstance(pending, Choosing) or pending.id != choosing.id:
                raise StaleQuestionError(
                    f"choice {choosing.id!r} is not open in session {self.session_id!r}; "
                    "send a message instead"
                )
            _check_index(index, len(pending.candidates))
            pick: Pick = {"index": index, "strength": strength, "reason": reason}
            async with aclosing(self._run(_resume(pick))) as events:
                async for event in events:
                    yield event

    async def resolve(
        self, conflict: Conflict | str, keep: Settled | None, scope: str | None = None
    ) -> AsyncGenerator[Event]:
        """A turn that goes on with the user's word on a contradiction."""
        with self._turn():
            pending = await self._find_pending()
            wanted = conflict if isinstance(conflict, str) else conflict.id
            if not isinstance(pending, Conflict) or pending.id != wanted:
                raise StaleQuestionError(
                    f"contradiction {wanted!r} is not open in session {self.session_id!r}; "
                    "say what holds in a message instead"
                )
            if keep is not None:
                settled_words(keep, scope)
            settled_draft(pending, keep, scope)
            answer: Settlement = {"keep": keep, "scope": scope}
            async with aclosing(self._run(_resume(answer))) as events:
                async for event in events:
                    yield event

    async def _choose_later(
        self, reply: Reply, index: int | None, strength: Strength | None, reason: str | None
    ) -> AsyncGenerator[Event]:
        await self._find_reply(reply)
        _check_index(index, len(reply.candidates))
        if index is None and strength is None and reason is None:
            yield Finished(reply=reply)
            return
        shown = tuple(ranked.candidate.text for ranked in reply.candidates)
        lesson = await learn_said(
            self._services(),
            Choice(shown=shown, picked=index, strength=strength, reason=reason),
            await self._context_of(reply.id),
            infer="choice",
        )
        self._conflicts += lesson.conflicts
        self.background.wake(self._services())
        await asyncio.to_thread(self._workspace.reward.catch_up, self.user_id)
        if index is None:
            yield Finished(reply=reply)
            return
        text = shown[index]
        yield ReplyDelta(text=text)
        turn = await asyncio.to_thread(
            self._memory.add_turn, self.user_id, self.session_id, "assistant", text
        )
        picked = reply.candidates[index]
        rest = tuple(c for i, c in enumerate(reply.candidates) if i != index)
        yield Finished(
            reply=Reply(
                id=turn.id,
                session_id=self.session_id,
                text=text,
                candidates=(picked, *rest),
                recalled=reply.recalled,
                decision=reply.decision,
                trace=Trace(),
            )
        )

    async def outcome(self, turn: AsyncGenerator[Event]) -> Reply:
        """Runs a turn to its end."""
        async with aclosing(turn) as events:
            async for event in events:
                if isinstance(event, Finished):
                    return event.reply
        raise AssertionError("every turn ends with Finished or an error")

    async def _run(self, given: TurnState | Command[Any]) -> AsyncGenerator[Event]:
        services = self._services()
        config: RunnableConfig = {"configurable": {"thread_id": self._thread}}
        passed_over = isinstance(given, dict) and self._session.pending is not None
        self._session.known = False
        async with self._workspace.graph() as graph:
            if passed_over:
                await forget_thread(graph, self._thread)
            stream = graph.astream(
                given, config, context=services, stream_mode="custom", durability="exit"
            )
            try:
                async with aclosing(cast("AsyncGenerator[Event]", stream)) as events:
                    async for event in events:
                        yield event
            finally:
                snapshot = await self._settle(graph)
        reply = self._reply(snapshot)
        self._note_shown(reply)
        self.background.wake(services)
        yield Finished(reply=reply)

    def _note_shown(self, reply: Reply) -> None:
        """Keeps the drafts that "the second one" may mean next, and what they came from."""
        offered = self._session.shown
        if reply.text:
            self._session.used = {reply.id: tuple(each.id for each in reply.recalled)}
        if reply.choosing is not None:
            self._session.shown = tuple(each.text for each in reply.choosing.candidates)
        elif reply.candidates:
            texts = tuple(each.candidate.text for each in reply.candidates)
            # A pick moves to the front, but the user goes on counting as they were offered.
            if sorted(texts) != sorted(offered):
                self._session.shown = texts

    # What waits for the user

    async def pending(self) -> Pending | None:
        """What is open."""
        return await self._find_pending()

    async def _find_pending(self) -> Pending | None:
        if not self._session.known:
            async with self._workspace.graph() as graph:
                await self._settle(graph)
        return self._session.pending

    async def _settle(self, graph: Graph) -> StateSnapshot:
        """Notes what waits for the user; a turn for which nothing waits is dropped at once.

        History lives in memory: checkpoints hold open turns and nothing else.
        """
        config: RunnableConfig = {"configurable": {"thread_id": self._thread}}
        snapshot = await graph.aget_state(config)
        self._remember_pending(snapshot)
        if self._session.pending is None and snapshot.values:
            await forget_thread(graph, self._thread)
        return snapshot

    def _remember_pending(self, snapshot: StateSnapshot) -> None:
        self._session.known = True
        self._session.pending = None
        for waiting in snapshot.interrupts:
            if waiting.value["kind"] == "question":
                self._session.pending = unpack(Question, waiting.value["question"])
            elif waiting.value["kind"] == "conflict":
                self._session.pending = unpack(Conflict, waiting.value["conflict"])
            else:
                self._session.pending = Choosing(
                    id=waiting.value["choosing"],
                    candidates=tuple(
                        unpack_ranked(each).candidate for each in snapshot.values["ranked"]
                    ),
                )

    async def _skip_pending(self) -> None:
        """A new message passes over what was open; a question passed over is not asked again."""
        pending = await self._find_pending()
        if isinstance(pending, Question):
            await asyncio.to_thread(
                self._memory.record,
                self.user_id,
                Answer(
                    question=pending.text,
                    aspect=pending.aspect,
                    value=None,
                    options=pending.options,
                ),
                session_id=self.session_id,
                source="chat",
            )
        elif isinstance(pending, Conflict):
            # The old one stands.
            await asyncio.to_thread(
                self._memory.resolve,
                self.user_id,
                pending,
                None,
                session_id=self.session_id,
                source="chat",
            )
        elif pending is not None:
            shown = tuple(candidate.text for candidate in pending.candidates)
            await asyncio.to_thread(
                self._memory.record,
                self.user_id,
                Choice(shown=shown, picked=None, ignored=True),
                context=await self._context_of(pending.id),
                session_id=self.session_id,
                source="chat",
            )
            await asyncio.to_thread(self._workspace.reward.catch_up, self.user_id)

    # Feedback

    async def edit(
        self, reply: Reply | str, new_text: str, reason: str | None = None
    ) -> tuple[Preference, ...]:
        """Learns from the user's version of a reply."""
        after, reason = clean_message(new_text), check_reason(reason)
        turn = await self._find_reply(reply)
        edits = await self._evidence("edit")
        before = as_edited(turn.text, edits)
        if before.strip() == after:
            return ()
        context = await self._context_of(turn.id)
        edit = Edit(before=before, after=after, reason=reason)
        learned = await learn_edit(self._services(), edit, context, first=turn.text)
        await asyncio.to_thread(self._workspace.reward.catch_up, self.user_id)
        # Its reply is none that the user liked as it was.
        self._session.used.pop(turn.id, None)
        self._conflicts += learned.conflicts
        self.background.wake(self._services())
        return tuple(learned)

    async def rate(self, reply: Reply | str, value: float, reason: str | None = None) -> None:
        """Records a rating of a reply."""
        reason = check_reason(reason)
        if not isinstance(value, int | float) or not -1.0 <= value <= 1.0:
            raise InputError(f"a rating is a number in [-1, 1], not {value!r}")
        turn = await self._find_reply(reply)
        await learn_said(
            self._services(),
            Rating(text=turn.text, value=float(value), reason=reason),
            await self._context_of(turn.id),
            used=self._session.used.get(turn.id, ()) if value >= _LIKED else (),
        )
        await asyncio.to_thread(self._workspace.reward.catch_up, self.user_id)

    async def prefer(
        self,
        preferred: str,
        other: str,
        *,
        strength: Strength | None,
        reason: str | None,
        context: Context | str | None,
        judge: str | None,
        source: Source,
    ) -> Evidence:
        """Records a comparison of two texts of the app's own."""
        services = self._services()
        kept = await prefer(
            services,
            preferred,
            other,
            strength=strength,
            reason=reason,
            context=context,
            judge=judge,
            source=source,
        )
        self.background.wake(services)
        return kept

    async def suggestions(self) -> tuple[Suggestion, ...]:
        """What the user's choices show and nothing says yet."""
        return await suggestions(self._services())

    async def settle(
        self, suggestion: Suggestion, *, keep: bool, source: Source
    ) -> tuple[Preference, ...]:
        """Takes the user's word on a suggestion."""
        return await settle(self._services(), suggestion, keep=keep, source=source)

    async def learn_from(
        self, text: str | None, before: str | None, after: str | None
    ) -> Proposals:
        """What an example of what the user likes suggests."""
        return await propose_from(self._services(), example(text, before=before, after=after))

    async def confirm(
        self,
        proposals: Proposals,
        keep: Sequence[int] | None,
        scope: str | None,
        source: Source,
    ) -> tuple[Preference, ...]:
        """Learns what the user confirmed of an example."""
        return await confirm(self._services(), proposals, keep, scope=scope, source=source)

    async def consider(self, offer: Offer) -> Initiative:
        """What to do about something that could be done unasked."""
        return await consider_offer(self._services(), self._workspace.embedder, offer)

    async def answer_offer(self, offer: Offer, answer: str | None) -> tuple[Preference, ...]:
        """Records what the user said to an offer, and learns from it."""
        await asyncio.to_thread(self._open_session, offer.text)
        embedder = self._workspace.embedder
        return await answer_offer(self._services(), embedder, offer, answer)

    async def undo(self, preference: Preference | str) -> None:
        """Takes back something learned."""
        wanted = preference if isinstance(preference, str) else preference.id
        await asyncio.to_thread(self._memory.undo, self.user_id, wanted)

    async def rank(
        self,
        context: Context | str,
        candidates: Sequence[Candidate | str],
        *,
        explore: bool = False,
        seed: int | None = None,
        judge: bool = True,
    ) -> Ranking:
        """Orders candidates by this user's preference."""
        return await rank_candidates(
            self._services(), context, candidates, explore=explore, seed=seed, judge=judge
        )

    def catalogue(self, catalogue: Catalogue) -> AgentCatalogue:
        """A catalogue, ranked for this user."""
        return AgentCatalogue(catalogue, self._services(), self._workspace.loop)

    # The session

    def turns(self) -> list[Turn]:
        """The messages of this session; none while it has not begun."""
        try:
            return self._memory.turns(self.user_id, self.session_id)
        except NotFoundError:
            return []

    async def load(self, progress: Callable[[str], None] | None) -> None:
        """Loads the models now."""
        await load_models(self._workspace, self.user_id, progress)

    async def delete_session(self, session_id: str) -> None:
        """Erases a conversation of this user, with what waits in it."""
        if session_id == self.session_id:
            with self._turn():
                await self._erase_session(session_id)
                self._session.pending, self._session.known = None, True
        else:
            await self._erase_session(session_id)

    async def _erase_session(self, session_id: str) -> None:
        await asyncio.to_thread(self._memory.delete_session, self.user_id, session_id)
        home = self._workspace.settings.home
        await asyncio.to_thread(
            erase_checkpoints, home, self.user_id, session_id, database=self._memory.database
        )

    async def erase(self) -> int:
        """Erases everything kept about this user."""
        with self._turn():
            await self.background.finish(0.0)
            erased = await asyncio.to_thread(erase_user, self._memory, self.user_id)
            self._workspace.elicitor.forget(self.user_id)
            self._session.pending, self._session.known = None, True
        return erased.removed.preferences

    @property
    def _thread(self) -> str:
        return thread_id(self.user_id, self.session_id)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Holds the session for one turn."""
        if self.closed:
            raise SessionError("this agent is closed; make a new one")
        if not self._session.turn.acquire(blocking=False):
            raise SessionBusyError(
                f"a turn of session {self.session_id!r} is still running; wait for it or cancel it"
            )
        self._running = asyncio.current_task()
        try:
            yield
        finally:
            self._running = None
            self._session.turn.release()

    async def close(self) -> None:
        """Ends a turn that runs, and lets inference in the background finish."""
        self.closed = True
        running = self._running
        if running is not None:
            running.cancel()
            await asyncio.wait([running])
        await self.background.finish()

    def _open_session(self, message: str) -> None:
        try:
            self._memory.session(self.user_id, self.session_id)
        except NotFoundError:
            title = " ".join(message.split())[:_TITLE]
            self._memory.start_session(self.user_id, title, session_id=self.session_id)

    def _services(self) -> Services:
        chat = self._workspace.chat
        return Services(
            user_id=self.user_id,
            session_id=self.session_id,
            settings=self._workspace.settings,
            memory=self._memory,
            chat=chat,
            elicitor=self._workspace.elicitor,
            reward=self._workspace.reward,
            judge=self._workspace.judge,
            reactions=self._workspace.reactions,
            chat_missing=str(chat.error) if isinstance(chat, MissingChat) else "",
        )

    async def _find_reply(self, reply: Reply | str) -> Turn:
        wanted = reply if isinstance(reply, str) else reply.id
        for turn in reversed(await asyncio.to_thread(self.turns)):
            if turn.id == wanted and turn.role == "assistant":
                return turn
        raise NotFoundError(f"session {self.session_id!r} holds no reply {wanted!r}")

    async def _evidence(self, kind: Literal["answer", "edit"]) -> list[Evidence]:
        return await asyncio.to_thread(
            self._memory.evidence, self.user_id, kind=kind, session_id=self.session_id
        )

    async def _context_of(self, reply_id: str) -> Context | None:
        """The request that a reply answered."""
        turns = await asyncio.to_thread(self.turns)
        request = request_of(turns, reply_id, await self._evidence("answer"))
        return None if request is None else Context(text=request[:2000])

    def _reply(self, snapshot: StateSnapshot) -> Reply:
        values = cast("TurnState", snapshot.values)
        waiting = self._session.pending
        if isinstance(waiting, Conflict):
            decision = Decision(kind="ask", reason=waiting.reason)
        else:
            decision = unpack(Decision, values["decision"])
        return Reply(
            id=values.get("reply_id", ""),
            session_id=self.session_id,
            text="" if waiting is not None else values.get("reply", ""),
            question=waiting if isinstance(waiting, Question) else None,
            choosing=waiting if isinstance(waiting, Choosing) else None,
            conflict=waiting if isinstance(waiting, Conflict) else None,
            candidates=tuple(unpack_ranked(each) for each in values.get("ranked", [])),
            recalled=tuple(
                unpack(Recalled, each).preference for each in values.get("recalled", [])
            ),
            learned=tuple(unpack(Preference, each) for each in values.get("learned", [])),
            decision=decision,
            trace=Trace(steps=tuple(unpack(Step, each) for each in values.get("steps", []))),
            notice=values.get("notice", ""),
        )


def _answer(question: Question, value: str | int | None) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return clean_message(value)
    if _is_place(value, len(question.options)):
        return question.options[value]
    raise InputError(
        f"question {question.text!r} has no option {value!r}; "
        f"give 0 to {len(question.options) - 1}, a text, or None to skip"
    )


def _check_index(index: int | None, count: int) -> None:
    if index is not None and not _is_place(index, count):
        raise InputError(
            f"there is no candidate {index!r}; give 0 to {count - 1}, or None"
            if count
            else "this reply has no candidates to choose from"
        )


def _is_place(value: object, count: int) -> bool:
    """Whether a value is the number of one of `count` things; True and False are no numbers."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < count


def _resume(value: Any) -> Command[Any]:
    from langgraph.types import Command

    # LangGraph takes a bare None for "nothing to resume with", so that a skip travels wrapped.
    return Command(resume={"value": value})
