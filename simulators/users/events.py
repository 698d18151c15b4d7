"""Event users: people whose preferences emerge and change over sessions, with distractions between.

After PERMA ("Event-Driven Preference and Realistic Task Environments"): events show what somebody
likes, memory is asked at points before, right after and long after, and a reply that misses is
answered once by what was wrong with it, so that success is counted at the first turn and within
two. There a language model writes the dialogues and plays the user; here both are written
timelines (`simulators/tasks/timelines`), what is said when is decided in code, and whether a reply
fits is checked by patterns, so that nothing is judged by a model.

The gate: a session discloses what its turns show, an objection the one value that the request was
about and that holds then, and nothing else is ever said.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, assert_never

from ...memory.types import Conflict, PreferenceDraft, Settled
from ..runner.episodes import Disclosure
from ..tasks.timelines.truth import holding, target
from ..tasks.timelines.types import Edited, Picked, Probe, Said, Taste, Timeline, Turn

__all__ = ["EventUser", "Verdict", "says_so"]

Verdict = Literal["satisfied", "objects"]


def says_so(taste: Taste, memory: PreferenceDraft | str) -> bool:
    """Whether a memory says what a taste says, by the taste's own patterns."""
    if isinstance(memory, str):
        return taste.said_by(memory)
    scope = f" ({memory.scope})" if memory.scope else ""
    return taste.said_by(memory.description + scope)


@dataclass(slots=True, kw_only=True)
class EventUser:
    """The user of a timeline, in one episode.

    Attributes:
        timeline: Their sessions, and what is true of them.
        log: What they let be known so far.
        questions: How many contradictions they settled.
        words: How many words they wrote.
    """

    timeline: Timeline
    log: list[Disclosure] = field(default_factory=list)
    questions: int = 0
    words: int = 0
    _turn: int = 0

    def play(self, session: int) -> tuple[Turn, ...]:
        """The turns of a session, numbered from 1; what they show is disclosed now."""
        turns = self.timeline.sessions[session - 1].turns
        for turn in turns:
            self.words += len(_written(turn).split())
            for key, value in turn.shows:
                self._disclose(key, value, "volunteered")
            self._turn += 1
        return turns

    def meet(self, probe: Probe, after: int, reply: str) -> Verdict:
        """What the user thinks of a reply to a probe's request."""
        wanted = target(self.timeline, probe, after)
        return "satisfied" if probe.fits[wanted.value].holds(reply) else "objects"

    def object(self, probe: Probe, after: int) -> str:
        """What was wrong with a reply that missed: the one value that it was about."""
        wanted = target(self.timeline, probe, after)
        said = probe.wrong[wanted.value]
        self.words += len(said.split())
        self._disclose(wanted.key, wanted.value, "volunteered")
        self._turn += 1
        return said

    def settle(self, conflict: Conflict, after: int) -> Settled | None:
        """Which of two contradicting memories holds, as the user knows after so many sessions.

        None, which leaves the old one in force, where neither is anything they ever said.
        """
        self.questions += 1
        now = holding(self.timeline, after).values()
        new = any(says_so(taste, conflict.new) for taste in now)
        old = any(says_so(taste, conflict.old.description) for taste in now)
        if new and old:
            return "both"
        if new or old:
            for taste in now:
                if says_so(taste, conflict.new.description if new else conflict.old.description):
                    self._disclose(taste.key, taste.value, "asked")
            return "new" if new else "old"
        return None

    def _disclose(self, key: str, value: str, how: Literal["asked", "volunteered"]) -> None:
        self.log.append(Disclosure(turn=self._turn, aspect=key, what="value", how=how, value=value))


def _written(turn: Turn) -> str:
    match turn:
        case Said():
            return turn.say
        case Edited():
            return f"{turn.edit} {turn.because or ''}"
        case Picked():
            return f"{turn.request} {turn.because or ''}"
        case _:
            assert_never(turn)
