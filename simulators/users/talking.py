"""Someone behind a gate, who hears a message and words what the gate releases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..runner.seeds import derive
from .gate import ELSEWHERE, Asked, Gate
from .hidden import Hidden
from .naming import Naming
from .types import Said
from .wording import Point, Release, Talk, Wording

__all__ = ["Talker"]


@dataclass(slots=True, kw_only=True)
class Talker:
    """Someone behind a gate, who words what it releases.

    Attributes:
        hidden: What they want and will answer.
        wording: Puts words to it.
        talk: Curt or talkative.
        seed: Of the words.
        naming: Tells which aspects a question in free words names.
        gate: Decides what each message discloses.
    """

    hidden: Hidden
    wording: Wording
    talk: Talk
    seed: int
    naming: Naming
    gate: Gate = field(init=False)
    _messages: int = 0
    _logged: int = 0

    def __post_init__(self) -> None:
        self.gate = Gate(self.hidden)

    async def open(self, request: str) -> Said:
        """See `SimulatedUser.open`."""
        said = self.gate.request()
        return await self._word([said] if said is not None else [], request=request)

    async def answer(self, message: str, *, about: str | None = None) -> Said:
        """See `SimulatedUser.answer`.

        A message that asks nothing is taken as the answer: the user thanks and stops ("done").
        """
        if about is not None:
            asked: tuple[Asked, ...] = (self.gate.ask(about),)
        else:
            asked = self.gate.hear(message, self.naming)
        if not asked:
            return await self._word([], message=message, closing=True, stop="done")
        stop = "patience" if asked[0].response == "stopped" else None
        return await self._word(asked, message=message, stop=stop)

    async def _word(
        self,
        asked: Sequence[Asked],
        *,
        request: str | None = None,
        message: str = "",
        closing: bool = False,
        stop: str | None = None,
    ) -> Said:
        release = Release(
            points=tuple(self._point(each) for each in asked),
            request=request,
            message=message,
            talk=self.talk,
            closing=closing,
            released=self.gate.released,
        )
        worded = await self.wording.word(release, seed=derive(self.seed, "words", self._messages))
        self._messages += 1
        for leak in worded.leaks:
            self.gate.leaked(leak.aspect, leak.value)
        new = tuple(self.gate.log[self._logged :])
        self._logged += len(new)
        return Said(text=worded.text, disclosures=new, stop=stop, failures=dict(worded.failures))

    def _point(self, asked: Asked) -> Point:
        if asked.question == ELSEWHERE:
            return Point(asked.response, ELSEWHERE)
        aspects = {aspect.key: aspect for aspect in self.hidden.aspects}
        about = aspects.get(asked.question)
        return Point(
            asked.response,
            asked.question,
            name=about.name if about is not None else "",
            value=asked.value,
            phrase=self._phrase(asked),
            names=tuple(aspects[key].name for key in asked.names),
            others=tuple(v for v in about.values if v != asked.value) if about is not None else (),
        )

    def _phrase(self, asked: Asked) -> str | None:
        """The person's own words, if what is said is what they want and not a slip."""
        for aspect, preference in zip(self.hidden.aspects, self.hidden.preferences, strict=True):
            if aspect.key == asked.question and preference is not None:
                return preference.in_words if asked.value == preference.wants else None
        return None
