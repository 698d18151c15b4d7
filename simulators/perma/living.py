"""Plays a timeline's sessions to an agent, as its user would."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from ...memory.types import Context
from ..runner.episodes import Line
from ..tasks.timelines.types import Edited, Picked, Said
from ..users.events import EventUser

if TYPE_CHECKING:
    from ...agent.agent import Agent
    from ...agent.types import Reply
    from ...memory.types import Preference
    from .homes import Home

__all__ = ["Lived", "live", "picked_line", "settle"]

# So many contradictions in a row are put to the user; further ones leave the old in force.
_MOST_ASKED = 4


@dataclass(slots=True, kw_only=True)
class Lived:
    """What came of the sessions so far.

    Attributes:
        transcript: What was said.
        learned: Descriptions that were learned, in order.
    """

    transcript: list[Line] = field(default_factory=list)
    learned: list[str] = field(default_factory=list)


async def live(home: Home, user: EventUser, session: int, lived: Lived) -> None:
    """Plays one session, and waits until what it teaches is learned.

    Args:
        home: Whose memory hears it.
        user: Plays the turns.
        session: Its number, from 1.
        lived: Is added to.
    """
    from ...agent.agent import Agent

    home.calendar.begin(user.timeline, session)
    async with Agent(
        user.timeline.user, session_id=f"session-{session}", workspace=home.workspace
    ) as agent:
        reply: Reply | None = None
        for turn in user.play(session):
            home.calendar.tick()
            match turn:
                case Said():
                    home.chat.reply = turn.reply
                    reply = await agent.asend(turn.say)
                    lived.transcript += [
                        Line(role="user", text=turn.say),
                        Line(role="assistant", text=turn.reply),
                    ]
                    learned = list(reply.learned)
                    await settle(agent, user, session, reply, learned)
                case Edited():
                    assert reply is not None, "loading checks that there is a reply to edit"
                    learned = list(await agent.aedit(reply, turn.edit, reason=turn.because))
                    why = f" ({turn.because})" if turn.because else ""
                    lived.transcript.append(
                        Line(role="user", text=f"[edits the reply]{why} {turn.edit}")
                    )
                case Picked():
                    await agent.aprefer(
                        turn.pick,
                        turn.over,
                        reason=turn.because,
                        context=Context(text=turn.request),
                    )
                    learned = []
                    lived.transcript.append(Line(role="user", text=picked_line(turn)))
                case _:
                    assert_never(turn)
            learned += await agent.alearned()
            _note(lived, learned)
    home.chat.reply = None
    home.calendar.sleep()


async def settle(
    agent: Agent,
    user: EventUser,
    session: int,
    reply: Reply,
    learned: list[Preference] | None = None,
) -> str:
    """Has the user settle the contradictions that a reply puts to them.

    Args:
        agent: Whose reply.
        user: Settles them.
        session: After how many sessions.
        reply: The reply.
        learned: Gains what was learned.

    Returns:
        The text of the reply that follows; empty if something is open still.
    """
    for _ in range(_MOST_ASKED):
        if reply.conflict is None:
            break
        reply = await agent.aresolve(reply.conflict, user.settle(reply.conflict, session))
        if learned is not None:
            learned += reply.learned
    return reply.text


def picked_line(turn: Picked) -> str:
    """A pick in words, for those who remember words only."""
    why = f", because {turn.because}" if turn.because else ""
    return f"{turn.request} [picks “{turn.pick}” over “{turn.over}”{why}]"


def _note(lived: Lived, learned: list[Preference]) -> None:
    for each in learned:
        lived.learned.append(each.description)
        scope = f" ({each.scope})" if each.scope else ""
        lived.transcript.append(Line(role="note", text=f"learned: {each.description}{scope}"))
