"""Holds one episode: an arm lives through a timeline and is asked at its points."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ..runner.episodes import Json, Line
from ..tasks.timelines.truth import Quiz, ended, point_of, quizzes, target
from ..tasks.timelines.types import Fit, Probe, Timeline
from ..users.events import EventUser
from .arms import ALONE, Known, known_by_history, known_by_oracle, known_by_ours
from .asking import ReadBy, ask_open, ask_quiz
from .homes import Home, open_home
from .living import Lived, live, settle
from .outcomes import Item
from .state import Snapshot, floor_items, state_items, take_snapshot

if TYPE_CHECKING:
    from ...models.types import ChatModel
    from ..runner.tools import Tools

__all__ = ["Held", "Recipe", "floor_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How things are asked.

    Attributes:
        orders: In how many orders letters are put.
        read_by: How options are told; see `ask_quiz`.
        nearest: How many turns "raw retrieval" finds.
        reply_tokens: Most tokens of a reply.
        open_requests: Whether open requests are made, too.
    """

    orders: int
    read_by: ReadBy
    nearest: int
    reply_tokens: int
    open_requests: bool


class _Request(NamedTuple):
    """An open request, and which one it is."""

    name: str
    probe: Probe


def _requests(timeline: Timeline, after: int) -> list[_Request]:
    return [
        _Request(f"{place}/{after}", probe)
        for place, probe in enumerate(timeline.probes)
        if after in probe.open
    ]


def _stale(timeline: Timeline, probe: Probe, after: int) -> list[Fit]:
    """What a reply looks like that fits a value that has ended, as far as that can be checked."""
    now = target(timeline, probe, after)
    gone = {each.value for each in ended(timeline, after) if each.key == probe.about}
    return [fit for value, fit in probe.fits.items() if value in gone - {now.value}]


def _name(timeline: Timeline, quiz: Quiz) -> str:
    return f"{timeline.probes.index(quiz.probe)}/{quiz.after}"


@dataclass(slots=True, kw_only=True)
class Held:
    """An episode in the making.

    Attributes:
        recipe: How things are asked.
        arm: Who remembers, and how.
        timeline: What happens.
        tools: Models and seeds.
        user: Plays the timeline.
        lived: What was said and learned.
        items: What was measured.
        only_added: The state of the same memory, had it never retired anything.
        decisions: What was asked and answered, with the numbers.
        unread: Answers that could not be read.
    """

    recipe: Recipe
    arm: str
    timeline: Timeline
    tools: Tools
    user: EventUser = field(init=False)
    lived: Lived = field(default_factory=Lived)
    items: list[Item] = field(default_factory=list)
    only_added: list[Item] = field(default_factory=list)
    decisions: list[dict[str, Json]] = field(default_factory=list)
    unread: int = 0

    def __post_init__(self) -> None:
        self.user = EventUser(timeline=self.timeline)

    async def hold(self) -> None:
        """Lives through the sessions, and asks before the first and after each."""
        snapshots: list[Snapshot] = []
        asked = self.arm != ALONE
        with ExitStack() as stack:
            home: Home | None = None
            if self.arm in (ALONE, "ours"):
                chat: ChatModel | None = self.tools.chat if asked else None
                home = stack.enter_context(open_home(self.tools, self.timeline, chat=chat))
            if asked:
                await self._ask(home, 0)
            for session in range(1, len(self.timeline.sessions) + 1):
                if home is None:
                    self.user.play(session)
                else:
                    await live(home, self.user, session, self.lived)
                    memory = home.workspace.memory.for_user(self.timeline.user)
                    snapshots.append(take_snapshot(memory, session))
                if asked:
                    await self._ask(home, session)
        if snapshots:
            self.items += state_items(self.timeline, snapshots)
            adding = [each.without_retiring() for each in snapshots]
            self.only_added += state_items(self.timeline, adding)

    async def _ask(self, home: Home | None, after: int) -> None:
        for quiz in quizzes(self.timeline):
            if quiz.after == after:
                await self._quiz(home, quiz)
        if self.recipe.open_requests:
            for request in _requests(self.timeline, after):
                await self._request(home, request, after)

    async def _quiz(self, home: Home | None, quiz: Quiz) -> None:
        known = self._known(home, quiz.probe, quiz.after, quiz.probe.question)
        chosen = await ask_quiz(
            self.tools,
            quiz,
            known.block,
            orders=self.recipe.orders,
            read_by=self.recipe.read_by,
        )
        name = _name(self.timeline, quiz)
        right = chosen.picked == quiz.gold
        self.unread += chosen.picked is None
        self._add("mcq", name, float(right))
        self._add(f"mcq_{quiz.point.replace('-', '_')}", name, float(right))
        if quiz.stale:
            self._add("stale_use", f"quiz {name}", float(chosen.picked in quiz.stale))
        if known.hits is not None and quiz.point != "zero-memory":
            for most in (1, 5):
                self._add(f"recall_{most}", name, float(any(known.hits[:most])))
        self._add("prompt_tokens", name, float(chosen.tokens))
        self.decisions.append(
            {
                "quiz": name,
                "point": quiz.point,
                "question": quiz.probe.question,
                "known": known.block,
                "options": list(quiz.options),
                "gold": quiz.gold,
                "stale": list(quiz.stale),
                "picked": chosen.picked,
                "shares": list(chosen.shares),
                "read_by": chosen.read_by,
            }
        )

    def _known(self, home: Home | None, probe: Probe, after: int, asked: str) -> Known:
        if home is not None:
            return known_by_ours(home, self.timeline, probe, after, asked)
        if self.arm == "oracle":
            return known_by_oracle(self.timeline, after)
        if self.arm == "no memory":
            return Known()
        nearest = None if self.arm == "full history" else self.recipe.nearest
        return known_by_history(self.tools, self.timeline, probe, after, asked, nearest=nearest)

    async def _request(self, home: Home | None, request: _Request, after: int) -> None:
        """Makes an open request; a reply that misses is answered once."""
        probe = request.probe
        assert probe.request is not None, "loading checks that there is one"
        replies = await (
            self._apart(home, probe, after)
            if home is not None
            else self._plainly(probe, probe.request, after)
        )
        met = [self.user.meet(probe, after, reply) == "satisfied" for reply in replies]
        point = point_of(self.timeline, probe, after).replace("-", "_")
        for measure, hit in (("turn_1", met[0]), ("turn_2", any(met))):
            self._add(measure, request.name, float(hit))
            self._add(f"{measure}_{point}", request.name, float(hit))
        stale = _stale(self.timeline, probe, after)
        if stale:
            kept = not met[0] and any(fit.holds(replies[0]) for fit in stale)
            self._add("stale_reply", request.name, float(kept))
        self.decisions.append(
            {"request": request.name, "point": point, "replies": list(replies), "met": met}
        )

    async def _plainly(self, probe: Probe, wanted: str, after: int) -> list[str]:
        known = self._known(None, probe, after, wanted)
        said = await ask_open(self.tools, wanted, known.block, max_tokens=self.recipe.reply_tokens)
        replies = [said[-1].content]
        self._note(wanted, replies[0])
        if self.user.meet(probe, after, replies[0]) == "objects":
            wrong = self.user.object(probe, after)
            said = await ask_open(
                self.tools, wrong, "", so_far=said, max_tokens=self.recipe.reply_tokens
            )
            replies.append(said[-1].content)
            self._note(wrong, replies[1])
        return replies

    async def _apart(self, home: Home, probe: Probe, after: int) -> list[str]:
        """Asks an agent that remembers the same, and whose memory is thrown away afterwards."""
        from ...agent.agent import Agent

        wanted = probe.request or ""
        with open_home(
            self.tools,
            self.timeline,
            chat=self.tools.chat,
            like=home,
            reply_tokens=self.recipe.reply_tokens,
        ) as apart:
            async with Agent(self.timeline.user, workspace=apart.workspace) as agent:
                replies = [await settle(agent, self.user, after, await agent.asend(wanted))]
                self._note(wanted, replies[0])
                if self.user.meet(probe, after, replies[0]) == "objects":
                    wrong = self.user.object(probe, after)
                    apart.calendar.tick()
                    replies.append(await settle(agent, self.user, after, await agent.asend(wrong)))
                    self._note(wrong, replies[1])
        return replies

    def _add(self, measure: str, name: str, value: float) -> None:
        self.items.append(Item(measure=measure, name=name, value=value))

    def _note(self, said: str, reply: str) -> None:
        self.lived.transcript += [
            Line(role="user", text=said),
            Line(role="assistant", text=reply),
        ]


def floor_of(recipe: Recipe, arm: str, timeline: Timeline) -> list[Item]:
    """The items of an episode that could not be held: all wrong."""
    items = floor_items(timeline) if arm in (ALONE, "ours") else []
    if arm == ALONE:
        return items

    def add(measure: str, name: str, value: float = 0.0) -> None:
        items.append(Item(measure=measure, name=name, value=value))

    for quiz in quizzes(timeline):
        name = _name(timeline, quiz)
        add("mcq", name)
        add(f"mcq_{quiz.point.replace('-', '_')}", name)
        if quiz.stale:
            add("stale_use", f"quiz {name}", 1.0)
        if arm in ("ours", "raw retrieval") and quiz.point != "zero-memory":
            add("recall_1", name)
            add("recall_5", name)
    if recipe.open_requests:
        for after in range(len(timeline.sessions) + 1):
            for request in _requests(timeline, after):
                point = point_of(timeline, request.probe, after).replace("-", "_")
                for measure in ("turn_1", "turn_2"):
                    add(measure, request.name)
                    add(f"{measure}_{point}", request.name)
                if _stale(timeline, request.probe, after):
                    add("stale_reply", request.name, 1.0)
    return items
