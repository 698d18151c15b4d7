"""Agent: the public face of Penchant."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ..config import Settings
from ..errors import InputError, SessionError
from ..memory.ids import SortableIds
from ..memory.types import Conflict, Preference, SessionInfo, Settled, Turn
from ..models.types import Usage
from ..policies.types import Candidate, Question
from .conversation import Conversation
from .loop import LoopThread
from .types import Choosing, Event, Pending, Ranking, Reply
from .workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from ..memory import Memory, UserMemory
    from ..memory.inference.artefact import Proposals
    from ..memory.types import Context, Evidence, Source, Strength
    from ..models.types import ChatModel, Embedder
    from ..policies.offers import Initiative, Offer
    from ..policies.reward import Suggestion
    from ..policies.reward.cycles import Cycle
    from ..policies.slates import Slate
    from .ranking import AgentCatalogue

__all__ = ["Agent"]

_new_id = SortableIds()


class Agent:
    """An assistant in one conversation with one user, which learns what that user likes.

    Every method has a twin with the prefix `a` for async code; `stream` and its kin yield the
    events of a turn as they happen. One turn runs at a time; agents of different users or
    sessions run side by side. Usable as a (sync or async) context manager.

    Args:
        user_id: Whose assistant this is; nothing it reads or writes concerns anybody else.
        session_id: The conversation to continue, or the name for a new one; by default a new
            one with a name of its own.
        settings: The settings; by default `Settings.load()`.
        model: The chat model's name, instead of the one in the settings.
        chat: A chat model object of your own, instead of one named in the settings.
        embedder: An embedder of your own.
        memory: A store of memories of your own.
        workspace: What agents share; for apps that serve many users. Excludes the five above.

    Raises:
        InputError: The user id or session id is empty, too long or holds control characters, or
            a workspace is given along with what it holds.
        ConfigError: A setting is malformed.
        StoreLockedError: Another process writes to the same home.

    Example:
        >>> with Agent(user_id="ana") as agent:  # doctest: +SKIP
        ...     reply = agent.send("Any ideas for dinner?")
        ...     if reply.question:
        ...         reply = agent.answer(reply.question, "I'm vegetarian")
        ...     print(reply.text)
    """

    def __init__(
        self,
        user_id: str,
        *,
        session_id: str | None = None,
        settings: Settings | None = None,
        model: str | None = None,
        chat: ChatModel | None = None,
        embedder: Embedder | None = None,
        memory: Memory | None = None,
        workspace: Workspace | None = None,
    ) -> None:
        from ..memory.checks import check_user_id, clean_line

        check_user_id(user_id)
        if session_id is not None:
            session_id = clean_line(session_id, "session_id", 256)
        own = {"settings": settings, "model": model, "chat": chat, "embedder": embedder}
        given = [name for name, value in {**own, "memory": memory}.items() if value is not None]
        if workspace is not None and given:
            raise InputError(f"{', '.join(given)}: give these to the workspace, not to its agents")
        self._owns_workspace = workspace is None
        if workspace is None:
            chosen = settings if settings is not None else Settings.load(model=model)
            if settings is not None and model is not None:
                chosen = settings.model_copy(update={"model": model})
            workspace = Workspace(chosen, chat=chat, embedder=embedder, memory=memory)
        self._workspace = workspace
        self._conversation = Conversation(workspace, user_id, session_id or _new_id())

    @property
    def user_id(self) -> str:
        """Whose assistant this is."""
        return self._conversation.user_id

    @property
    def session_id(self) -> str:
        """The conversation; hand it to a new Agent to go on with it."""
        return self._conversation.session_id

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._workspace.settings

    @property
    def memory(self) -> UserMemory:
        """What is known of this user: search, correct, delete, export.

        What is deleted leaves open questions too. `Agent.erase` erases more than
        `memory.delete_all`: the user's id as well.
        """
        return self._workspace.memory.for_user(self.user_id)

    # A turn

    def send(self, text: str, *, offer_choice: bool = False) -> Reply:
        """Takes a message and answers it, or asks back.

        A question or choice that was open counts as skipped.

        Args:
            text: The message; control characters are dropped.
            offer_choice: Have the user pick between drafts, whatever the policy says.

        Returns:
            The reply; look at `question` and `choosing` before `text`.

        Raises:
            InputError: The message is empty or larger than a megabyte.
            NoChatModelError: Neither a key nor a local model; the message is kept.
            ChatTimeoutError: The model did not answer in time; the message is kept.
            ChatProviderError: The provider refused or failed; the message is kept.
            SessionBusyError: Another turn of this agent is running.
        """
        return self._run(lambda: self._conversation.send(text, offer_choice=offer_choice))

    async def asend(self, text: str, *, offer_choice: bool = False) -> Reply:
        """The async twin of `send`."""
        return await self._arun(lambda: self._conversation.send(text, offer_choice=offer_choice))

    def stream(self, text: str, *, offer_choice: bool = False) -> Iterator[Event]:
        """Like `send`, but yields the turn's events; the last is `Finished`.

        Leaving the iterator early cancels the turn; the message is kept.
        """
        return self._loop.iterate(lambda: self._conversation.send(text, offer_choice=offer_choice))

    def astream(self, text: str, *, offer_choice: bool = False) -> AsyncIterator[Event]:
        """The async twin of `stream`."""
        return self._loop.aiterate(lambda: self._conversation.send(text, offer_choice=offer_choice))

    def answer(self, question: Question | str, value: str | int | None) -> Reply:
        """Answers the open question.

        Args:
            question: The question (or its id) that a reply carried.
            value: The number of an option from 0, any text of the user's own, or None to skip.

        Returns:
            The reply that follows; it may carry another question.

        Raises:
            StaleQuestionError: This question is not open (any more).
            InputError: There is no such option, or the text is empty.
        """
        return self._run(lambda: self._conversation.answer(question, value))

    async def aanswer(self, question: Question | str, value: str | int | None) -> Reply:
        """The async twin of `answer`."""
        return await self._arun(lambda: self._conversation.answer(question, value))

    def stream_answer(self, question: Question | str, value: str | int | None) -> Iterator[Event]:
        """Like `answer`, but yields the turn's events."""
        return self._loop.iterate(lambda: self._conversation.answer(question, value))

    def astream_answer(
        self, question: Question | str, value: str | int | None
    ) -> AsyncIterator[Event]:
        """The async twin of `stream_answer`."""
        return self._loop.aiterate(lambda: self._conversation.answer(question, value))

    def resolve(
        self,
        conflict: Conflict | str,
        keep: Settled | None,
        *,
        scope: str | None = None,
    ) -> Reply:
        """Settles the open contradiction, and goes on with the turn.

        Args:
            conflict: `Reply.conflict` (or its id).
            keep: "old" or "new" for one of them, "both" where both hold, or None to leave the old
                one in force.
            scope: When the new one applies, for "both" ("work emails").

        Returns:
            The reply that follows; it may carry a question.

        Raises:
            StaleQuestionError: This contradiction is not open (any more).
            InputError: `keep` or `scope` cannot be used; it stays open.
        """
        return self._run(lambda: self._conversation.resolve(conflict, keep, scope))

    async def aresolve(
        self, conflict: Conflict | str, keep: Settled | None, *, scope: str | None = None
    ) -> Reply:
        """The async twin of `resolve`."""
        return await self._arun(lambda: self._conversation.resolve(conflict, keep, scope))

    def stream_resolve(
        self, conflict: Conflict | str, keep: Settled | None, *, scope: str | None = None
    ) -> Iterator[Event]:
        """Like `resolve`, but yields the turn's events."""
        return self._loop.iterate(lambda: self._conversation.resolve(conflict, keep, scope))

    def astream_resolve(
        self, conflict: Conflict | str, keep: Settled | None, *, scope: str | None = None
    ) -> AsyncIterator[Event]:
        """The async twin of `stream_resolve`."""
        return self._loop.aiterate(lambda: self._conversation.resolve(conflict, keep, scope))

    def choose(
        self,
        of: Choosing | Reply,
        index: int | None,
        *,
        strength: Strength | None = None,
        reason: str | None = None,
    ) -> Reply:
        """Picks among candidates: an open choice, or the drafts of a reply already given.

        Args:
            of: `Reply.choosing`, or a reply whose drafts the user compared afterwards.
            index: The number of the candidate picked, from 0; None for none of them.
            strength: How far it is ahead: "much better", "better", "slightly better" or "about the
                same"; the last with None says that all are as good.
            reason: Why, in the user's words ("shorter", "the others are too formal"); it moves the
                attributes that it names.

        Returns:
            The reply with the picked text.

        Raises:
            StaleQuestionError: This choice is not open (any more).
            NotFoundError: No reply of this session has that id.
            InputError: There is no such candidate or strength, or the reason is too long.
        """
        return self._run(lambda: self._conversation.choose(of, index, strength, reason))

    async def achoose(
        self,
        of: Choosing | Reply,
        index: int | None,
        *,
        strength: Strength | None = None,
        reason: str | None = None,
    ) -> Reply:
        """The async twin of `choose`."""
        return await self._arun(lambda: self._conversation.choose(of, index, strength, reason))

    def stream_choice(
        self,
        of: Choosing | Reply,
        index: int | None,
        *,
        strength: Strength | None = None,
        reason: str | None = None,
    ) -> Iterator[Event]:
        """Like `choose`, but yields the turn's events."""
        return self._loop.iterate(lambda: self._conversation.choose(of, index, strength, reason))

    def astream_choice(
        self,
        of: Choosing | Reply,
        index: int | None,
        *,
        strength: Strength | None = None,
        reason: str | None = None,
    ) -> AsyncIterator[Event]:
        """The async twin of `stream_choice`."""
        return self._loop.aiterate(lambda: self._conversation.choose(of, index, strength, reason))

    # Feedback

    def edit(
        self, reply: Reply | str, new_text: str, *, reason: str | None = None
    ) -> tuple[Preference, ...]:
        """Learns from the user's version of a reply.

        Args:
            reply: The reply (or its id) that was rewritten.
            new_text: What the user made of it.
            reason: Why, in their words ("too long"); it moves the attributes that it names.

        Returns:
            What the edit taught; nothing if the text is unchanged.

        Raises:
            NotFoundError: No reply of this session has that id.
            InputError: The new text is empty or larger than a megabyte.
        """
        return self._loop.run(self._conversation.edit(reply, new_text, reason))

    async def aedit(
        self, reply: Reply | str, new_text: str, *, reason: str | None = None
    ) -> tuple[Preference, ...]:
        """The async twin of `edit`."""
        return await self._loop.bridge(self._conversation.edit(reply, new_text, reason))

    def rate(self, reply: Reply | str, value: float, *, reason: str | None = None) -> None:
        """Records a rating of a reply, from -1 (bad) to 1 (good).

        Args:
            reply: The reply (or its id).
            value: The rating.
            reason: Why, in the user's words ("not friendly enough"); it moves the attributes that
                it names.

        Raises:
            InputError: The value lies outside.
            NotFoundError: No reply of this session has that id.
        """
        self._loop.run(self._conversation.rate(reply, value, reason))

    async def arate(self, reply: Reply | str, value: float, *, reason: str | None = None) -> None:
        """The async twin of `rate`."""
        await self._loop.bridge(self._conversation.rate(reply, value, reason))

    def prefer(
        self,
        preferred: str,
        other: str,
        *,
        strength: Strength | None = None,
        reason: str | None = None,
        context: Context | str | None = None,
        judge: str | None = None,
        source: Source = "api",
    ) -> Evidence:
        """Records that the user prefers one text to another: texts of the app's own, or captions.

        As after a choice in a conversation, what earlier events bear out is put into words in the
        background (`learned`), at the cost of one short call at most; ties, a judge's
        words and imported events are compared only.

        Args:
            preferred: The better one.
            other: The worse one.
            strength: How far it is ahead: "much better", "better", "slightly better" or "about the
                same".
            reason: Why, in the user's words ("warmer"); it moves the attributes that it names.
            context: What the texts are for.
            judge: The name of a language model that compared them in the user's place. Its word
                counts as that of a source of its own, whose reliability is stated beforehand and
                learned, and says nothing to what is inferred of the user in words.
            source: The door it came through.

        Returns:
            The event, as it is kept.

        Raises:
            InputError: The texts are equal, one is empty or too long, or there is no such strength.
        """
        return self._loop.run(
            self._conversation.prefer(
                preferred,
                other,
                strength=strength,
                reason=reason,
                context=context,
                judge=judge,
                source=source,
            )
        )

    async def aprefer(
        self,
        preferred: str,
        other: str,
        *,
        strength: Strength | None = None,
        reason: str | None = None,
        context: Context | str | None = None,
        judge: str | None = None,
        source: Source = "api",
    ) -> Evidence:
        """The async twin of `prefer`."""
        return await self._loop.bridge(
            self._conversation.prefer(
                preferred,
                other,
                strength=strength,
                reason=reason,
                context=context,
                judge=judge,
                source=source,
            )
        )

    def suggestions(self) -> tuple[Suggestion, ...]:
        """What the user's choices, edits, ratings and reasons show of their taste, in words.

        Proposals for memory, the surest first; `settle` takes the user's word on one. Nothing is
        proposed that memory says already or that the user declined, and stored preferences have no
        part in it.

        Raises:
            EmbedderError: The embedder cannot be loaded or run.
        """
        return self._loop.run(self._conversation.suggestions())

    async def asuggestions(self) -> tuple[Suggestion, ...]:
        """The async twin of `suggestions`."""
        return await self._loop.bridge(self._conversation.suggestions())

    def settle(
        self, suggestion: Suggestion, keep: bool, *, source: Source = "chat"
    ) -> tuple[Preference, ...]:
        """Takes the user's word on a suggestion.

        Args:
            suggestion: What `suggestions` proposed.
            keep: True to remember it as the user's own statement, False never to propose it again.
            source: The door it came through.

        Returns:
            What is new in memory.
        """
        return self._loop.run(self._conversation.settle(suggestion, keep=keep, source=source))

    async def asettle(
        self, suggestion: Suggestion, keep: bool, *, source: Source = "chat"
    ) -> tuple[Preference, ...]:
        """The async twin of `settle`."""
        return await self._loop.bridge(
            self._conversation.settle(suggestion, keep=keep, source=source)
        )

    def learn_from(
        self, text: str | None = None, *, before: str | None = None, after: str | None = None
    ) -> Proposals:
        """Reads an example of what the user likes, and proposes what to learn from it.

        Nothing is learned until `confirm`. Without a chat model, or if it fails, what can be
        measured is proposed, and `notice` says so.

        Args:
            text: A text that the user likes; a line "before" and one "after" make it a pair.
            before: A text that the user changed; goes with `after`.
            after: What they made of it.

        Returns:
            Preferences, each with the words of the example that support it.

        Raises:
            InputError: Neither a text nor a pair is given, or one is empty or too long.
        """
        return self._loop.run(self._conversation.learn_from(text, before, after))

    async def alearn_from(
        self, text: str | None = None, *, before: str | None = None, after: str | None = None
    ) -> Proposals:
        """The async twin of `learn_from`."""
        return await self._loop.bridge(self._conversation.learn_from(text, before, after))

    def confirm(
        self,
        proposals: Proposals,
        keep: Sequence[int] | None = None,
        *,
        scope: str | None = None,
        source: Source = "chat",
    ) -> tuple[Preference, ...]:
        """Learns what the user confirms of an example, with the example as evidence.

        Args:
            proposals: What `learn_from` proposed.
            keep: The numbers of those confirmed, from 0; None for all.
            scope: When they apply ("work emails"); None is always.
            source: The door it came through.

        Returns:
            What is new; what was known already is merely surer now.

        Raises:
            InputError: A number is none of a proposal's.
        """
        return self._loop.run(self._conversation.confirm(proposals, keep, scope, source))

    async def aconfirm(
        self,
        proposals: Proposals,
        keep: Sequence[int] | None = None,
        *,
        scope: str | None = None,
        source: Source = "chat",
    ) -> tuple[Preference, ...]:
        """The async twin of `confirm`."""
        return await self._loop.bridge(self._conversation.confirm(proposals, keep, scope, source))

    def consider(self, offer: Offer) -> Initiative:
        """Decides what to do about something that could be done unasked; records nothing.

        Args:
            offer: What could be done, and what the user is doing.

        Returns:
            "act", "ask" (put the offer to the user, then call `answer_offer`) or "silent", with
            the numbers and, where the user's own word decided, the preference.
        """
        return self._loop.run(self._conversation.consider(offer))

    async def aconsider(self, offer: Offer) -> Initiative:
        """The async twin of `consider`."""
        return await self._loop.bridge(self._conversation.consider(offer))

    def answer_offer(self, offer: Offer, answer: str | None) -> tuple[Preference, ...]:
        """Records what the user said to an offer; a refusal is respected in every later session.

        Args:
            offer: What was offered.
            answer: Their words ("yes", "not at work", "never"); None if they passed over it.

        Returns:
            What it taught about such offers: none, for a bare yes or no.
        """
        return self._loop.run(self._conversation.answer_offer(offer, answer))

    async def aanswer_offer(self, offer: Offer, answer: str | None) -> tuple[Preference, ...]:
        """The async twin of `answer_offer`."""
        return await self._loop.bridge(self._conversation.answer_offer(offer, answer))

    def learned(self) -> tuple[Preference, ...]:
        """Waits for inference in the background; returns what it taught since the last call."""
        return self._loop.run(self._conversation.background.drain())

    async def alearned(self) -> tuple[Preference, ...]:
        """The async twin of `learned`."""
        return await self._loop.bridge(self._conversation.background.drain())

    @property
    def background_usage(self) -> Usage:
        """What inference in the background has cost so far; it is in no turn's trace."""
        return self._conversation.background.usage

    def undo(self, preference: Preference | str) -> None:
        """Takes back something learned, as if it had never been; what it replaced lives again.

        Raises:
            NotFoundError: This user has no such preference.
        """
        self._loop.run(self._conversation.undo(preference))

    async def aundo(self, preference: Preference | str) -> None:
        """The async twin of `undo`."""
        await self._loop.bridge(self._conversation.undo(preference))

    # Ranking

    def rank(
        self,
        context: Context | str,
        candidates: Sequence[Candidate | str],
        *,
        explore: bool = False,
        seed: int | None = None,
        judge: bool = True,
    ) -> Ranking:
        """Orders candidates by this user's preference; needs no chat model.

        Args:
            context: What the candidates are for.
            candidates: At least one; plain texts, or items with features or embeddings of their
                own.
            explore: Give uncertain candidates a chance, by draws from the posterior.
            seed: Of those draws; None takes fresh ones.
            judge: Ask the chat model, once, where a hard constraint cannot be told from words
                ("nothing that needs an oven"); without, or if it fails, candidates say that it was
                not checked.

        Returns:
            All candidates, best first, with the memories that moved each; those that break a hard
            constraint come last and say so.

        Raises:
            InputError: There are none, or a feature is not finite.
        """
        return self._loop.run(
            self._conversation.rank(context, candidates, explore=explore, seed=seed, judge=judge)
        )

    async def arank(
        self,
        context: Context | str,
        candidates: Sequence[Candidate | str],
        *,
        explore: bool = False,
        seed: int | None = None,
        judge: bool = True,
    ) -> Ranking:
        """The async twin of `rank`."""
        return await self._loop.bridge(
            self._conversation.rank(context, candidates, explore=explore, seed=seed, judge=judge)
        )

    def catalogue(
        self, items: Sequence[Candidate | str], *, cache: Path | None = None
    ) -> AgentCatalogue:
        """Takes a catalogue of up to tens of thousands of items, to rank it again and again.

        Args:
            items: At least one; texts are captions, and embeddings may come with them.
            cache: A file to keep their descriptions in, so that another process need not embed
                them again.

        Returns:
            The catalogue; its `rank` filters, steers and ranks.

        Raises:
            InputError: There are none, or a feature is not finite.
            EmbedderError: The embedder cannot be loaded or run.
        """
        from ..policies.catalogue import Catalogue

        return self._conversation.catalogue(
            Catalogue(items, self._workspace.reward.features, cache=cache)
        )

    async def acatalogue(
        self, items: Sequence[Candidate | str], *, cache: Path | None = None
    ) -> AgentCatalogue:
        """The async twin of `catalogue`."""
        return await asyncio.to_thread(self.catalogue, items, cache=cache)

    def slate(
        self,
        context: Context | str,
        candidates: Sequence[Candidate | str],
        *,
        size: int = 3,
        explore: bool = False,
        seed: int = 0,
    ) -> Slate:
        """Chooses candidates to show side by side, so that one of them suits.

        Args:
            context: What the candidates are for.
            candidates: At least one.
            size: How many to show.
            explore: Choose by draws from the posterior.
            seed: Of all draws.

        Returns:
            The options, with the chance of each to be picked, and of none of them. Keep what the
            user does as `memory.record(Choice(shown=…, picked=…))`.

        Raises:
            InputError: There are none, or `size` is below 1.
            EmbedderError: The embedder cannot be loaded or run.
        """
        given = [Candidate(text=each) if isinstance(each, str) else each for each in candidates]
        return self._workspace.reward.offer(
            self.user_id, given, size=size, context=context, explore=explore, seed=seed
        )

    async def aslate(
        self,
        context: Context | str,
        candidates: Sequence[Candidate | str],
        *,
        size: int = 3,
        explore: bool = False,
        seed: int = 0,
    ) -> Slate:
        """The async twin of `slate`."""
        return await asyncio.to_thread(
            self.slate, context, candidates, size=size, explore=explore, seed=seed
        )

    def cycles(self) -> tuple[Cycle, ...]:
        """Where the user's choices go in circles: A over B, B over C, and C over A."""
        return self._workspace.reward.cycles(self.user_id)

    async def acycles(self) -> tuple[Cycle, ...]:
        """The async twin of `cycles`."""
        return await asyncio.to_thread(self.cycles)

    # The session

    @property
    def pending(self) -> Pending | None:
        """What waits for the user; it survives the process."""
        return self._loop.run(self._conversation.pending())

    async def apending(self) -> Pending | None:
        """The async twin of `pending`."""
        return await self._loop.bridge(self._conversation.pending())

    def turns(self) -> list[Turn]:
        """The messages of this conversation, oldest first."""
        return self._conversation.turns()

    async def aturns(self) -> list[Turn]:
        """The async twin of `turns`."""
        return await asyncio.to_thread(self.turns)

    def sessions(self) -> list[SessionInfo]:
        """This user's conversations, latest first."""
        return self._workspace.memory.sessions(self.user_id)

    async def asessions(self) -> list[SessionInfo]:
        """The async twin of `sessions`."""
        return await asyncio.to_thread(self.sessions)

    def delete_session(self, session_id: str) -> None:
        """Erases a conversation and what waits in it; what was learned from it stays.

        Raises:
            NotFoundError: This user has no such conversation.
            SessionBusyError: It is this agent's, and a turn is running.
        """
        self._loop.run(self._conversation.delete_session(session_id))

    async def adelete_session(self, session_id: str) -> None:
        """The async twin of `delete_session`."""
        await self._loop.bridge(self._conversation.delete_session(session_id))

    def erase(self) -> int:
        """Erases everything about this user: memories, conversations, open questions, the id.

        No file under the home holds a word of it afterwards; that it happened is kept (see
        `Memory.erase`). Waits for inference in the background first; the agent can go on, and
        begins anew.

        Returns:
            How many preferences were erased.

        Raises:
            SessionBusyError: A turn of this agent is running.
            MemoryStoreError: The checkpoint file stays locked; the message says what to do.
        """
        return self._loop.run(self._conversation.erase())

    async def aerase(self) -> int:
        """The async twin of `erase`."""
        return await self._loop.bridge(self._conversation.erase())

    def load(self, progress: Callable[[str], None] | None = None) -> None:
        """Loads the models now rather than at the first turn.

        Args:
            progress: Told in a few words what is happening, from another thread.

        Raises:
            NoChatModelError: Neither a key nor a local model.
            EmbedderError: The embedder cannot be loaded.
        """
        self._loop.run(self._conversation.load(progress))

    async def aload(self, progress: Callable[[str], None] | None = None) -> None:
        """The async twin of `load`."""
        await self._loop.bridge(self._conversation.load(progress))

    def close(self) -> None:
        """Finishes background inference and lets go of everything; safe to call twice.

        A turn that runs in another thread or task ends with InterruptedTurnError.
        """
        if self._conversation.closed:
            return
        try:
            # A workspace that was closed first has ended everything already.
            with suppress(SessionError):
                self._loop.run(self._conversation.close())
        finally:
            if self._owns_workspace:
                self._workspace.close()

    async def aclose(self) -> None:
        """The async twin of `close`."""
        await asyncio.to_thread(self.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    @property
    def _loop(self) -> LoopThread:
        return self._workspace.loop

    def _run(self, turn: Callable[[], AsyncGenerator[Event]]) -> Reply:
        return self._loop.run(self._conversation.outcome(turn()))

    async def _arun(self, turn: Callable[[], AsyncGenerator[Event]]) -> Reply:
        return await self._loop.bridge(self._conversation.outcome(turn()))
