"""Persona users: sparse weighted preferences over aspects, disclosed one question at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ...policies.types import Aspect
from ..profiles.schema import Profile
from ..runner.seeds import derive
from .gate import Gate
from .hidden import hidden_of
from .naming import Naming
from .talking import Talker
from .types import Said
from .wording import TemplateWording, Wording

if TYPE_CHECKING:
    from ...models.types import Embedder

__all__ = ["PersonaUser"]


class PersonaUser:
    """Someone of a profile, for one episode; follows `SimulatedUser`.

    After PREFDISCO (arXiv 2510.00177): few of many aspects matter, and a reply is worth the
    weighted mean of how well each serves. There a large model plays the person from a prompt that
    holds the whole profile, and judges; here code holds it, releases it, and scores.

    Args:
        profile: As it stands in the session, see `Profile.at` and `drifted`.
        seed: Of what they will answer and of the words.
        wording: Puts words to what is released; by default templates.
        occasion: The occasion of the request.
        others: Aspects that may be asked about and do not matter to them.
        embedder: Reads questions that share no words with an aspect; None leaves them out.

    Raises:
        InputError: No preference holds on this occasion.
    """

    def __init__(
        self,
        profile: Profile,
        *,
        seed: int,
        wording: Wording | None = None,
        occasion: str | None = None,
        others: Sequence[Aspect] = (),
        embedder: Embedder | None = None,
    ) -> None:
        self.id = profile.id
        self.hidden = hidden_of(
            profile, seed=derive(seed, profile.id), occasion=occasion, others=others
        )
        self._talker = Talker(
            hidden=self.hidden,
            wording=wording or TemplateWording(),
            talk=profile.temperament.talk,
            seed=derive(seed, profile.id, "talk"),
            naming=Naming(aspects=self.hidden.aspects, embedder=embedder),
        )

    @property
    def profile(self) -> Mapping[str, str]:
        """See `SimulatedUser.profile`: the aspects that matter."""
        return {each.aspect: each.wants for each in self.hidden.preferences if each is not None}

    @property
    def gate(self) -> Gate:
        """What was disclosed so far, and what patience is left."""
        return self._talker.gate

    async def open(self, request: str) -> Said:
        """See `SimulatedUser.open`; a chatty user may say one thing along with it."""
        return await self._talker.open(request)

    async def answer(self, message: str, *, about: str | None = None) -> Said:
        """See `SimulatedUser.answer`; stops by "patience", or "done" when nothing is asked."""
        return await self._talker.answer(message, about=about)

    def alignment(self, reply: Mapping[str, str]) -> float:
        """PrefAlign of a reply, in [0, 1].

        Args:
            reply: The value that it settles on, by the aspect's key; others serve nobody.
        """
        return self.hidden.alignment(
            [
                aspect.values.index(value)
                if (value := reply.get(aspect.key)) in aspect.values
                else None
                for aspect in self.hidden.aspects
            ]
        )
