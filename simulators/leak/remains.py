"""What was erased, what is cached, and what users would see had nobody else been here."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence

from ...models.types import Message, Usage
from ..runner.cache import Answer, ResponseCache, request_key
from .attempts import Attempt, found_in
from .world import OWNER, READER, World, open_world

__all__ = ["cached_answers", "erased", "influence"]


async def erased(world: World) -> AsyncIterator[Attempt]:
    """Deleted memories, conversations and users: gone from views, prompts and files."""
    owner = await world.teach()
    memory, said = world.memory, world.secrets
    for preference in memory.get_all(OWNER):
        word = next((each for each in said.words if each in preference.description), None)
        if word is None:
            continue
        memory.delete(OWNER, preference.id)
        world.forget_prompts()
        await world.agent(OWNER, f"after-{word}").asend("Write a short poem about rain.")
        views = [
            memory.get_all(OWNER, live_only=False),
            memory.search(OWNER, word, limit=50),
            str(memory.profile(OWNER)),
            memory.history(OWNER),
            world.prompts(),
        ]
        yield Attempt("a deleted preference", found_in(views, [word]))
    await owner.adelete_session("owners-question")
    views = [memory.sessions(OWNER), list(memory.export(OWNER))]
    yield Attempt("a deleted conversation", found_in(views, [said.asked]))
    scanned = _files(world, [said.asked])
    yield Attempt("files after a deleted conversation", scanned)
    # Only what was there before can be gone.
    there = [word for word in said.words if _files(world, [word]) is not None]
    await owner.aerase()
    for word in there:
        yield Attempt("files after erasing the user", _files(world, [word]))
    views = [memory.get_all(OWNER), list(memory.export(OWNER)), memory.sessions(OWNER)]
    yield Attempt("views after erasing the user", found_in(views, said.words))
    again = world.agent(OWNER, "owners-session")
    yield Attempt("the same name again", found_in(await again.aturns(), said.words))
    world.forget_prompts()
    await again.asend("What do you know about me?")
    yield Attempt("prompt of the same name again", found_in(world.prompts(), said.words))


def _files(world: World, words: Sequence[str]) -> str | None:
    """The first file of the home that holds a word."""
    if world.leaky:
        # Nobody's files are anybody's there; what was everybody's is still in use.
        return "the store is everybody's"
    for file in sorted(world.home.rglob("*")):
        if file.is_file():
            held = file.read_bytes()
            for word in words:
                if word.encode() in held or word.encode("utf-16-le") in held:
                    return f"{word} in {file.name}"
    return None


async def cached_answers(world: World) -> AsyncIterator[Attempt]:
    """A response cache shared by all users of a run: only the very same request finds an answer."""
    cache = ResponseCache(world.home / "answers.db")
    secret = world.secrets.liked
    block = f"<known_preferences>\n- likes {secret}\n</known_preferences>"
    asked = [
        Message(role="system", content="Be kind."),
        Message(role="user", content=f"{block}\nHi"),
    ]

    def key(messages: Sequence[Message], **rest: object) -> str:
        given = {"max_tokens": 64, "temperature": 0.0, "seed": 1, "schema": None, **rest}
        model = str(given.pop("model", "m@1"))
        return request_key(model, messages, **given)  # type: ignore[arg-type]

    def lookup(messages: Sequence[Message], **rest: object) -> object:
        if world.leaky:
            # Keyed by what the user typed, as if memories were no part of a request.
            return cache.get(key([Message(role="user", content=messages[-1].content[-2:])]))
        return cache.get(key(messages, **rest))

    usage = Usage(prompt_tokens=1, completion_tokens=1)
    kept = key([Message(role="user", content="Hi")]) if world.leaky else key(asked)
    cache.put(kept, Answer(f"You like {secret}.", usage, truncated=False))
    system, user = asked
    others: list[tuple[str, Sequence[Message], dict[str, object]]] = [
        ("without memories", [system, Message(role="user", content="Hi")], {}),
        ("with other memories", [system, Message(role="user", content=f"{block} \nHi")], {}),
        ("of another role", [system, Message(role="assistant", content=user.content)], {}),
        ("cut elsewhere", [Message(role="system", content=f"Be kind.{block}\nHi")], {}),
        ("in another order", [user, system], {}),
        ("joined", [Message(role="user", content=f"Be kind.\n{user.content}")], {}),
        ("with one more", [*asked, Message(role="user", content="Hi")], {}),
        ("of another model", asked, {"model": "m@2"}),
        ("of another seed", asked, {"seed": 2}),
        ("of another length", asked, {"max_tokens": 65}),
        ("of another temperature", asked, {"temperature": 0.1}),
    ]
    for what, messages, rest in others:
        yield Attempt(f"request {what}", found_in(lookup(messages, **rest), [secret]))
    cache.close()


async def influence(world: World) -> AsyncIterator[Attempt]:
    """The same conversation of a user, with an owner beside them and alone: nothing differs.

    Whatever is pooled (a prior, aspects, an index, a catalogue) shows here, whether or not any
    secret is said.
    """
    await world.teach()
    beside = await _course(world)
    async with open_world(world.tools, seed=world.seed, leaky=world.leaky, chat=None) as alone:
        by_oneself = await _course(alone)
    for mine, (what, theirs) in zip(beside, by_oneself, strict=True):
        same = mine[1] == theirs
        yield Attempt(f"influence on {what}", None if same else f"{mine[1][:150]} / {theirs[:150]}")


async def _course(world: World) -> list[tuple[str, str]]:
    """What a user sees of a fixed course of things, without ids and times."""
    from ...policies.offers import Offer

    world.forget_prompts()
    reader = world.agent(READER, "course")
    found: list[tuple[str, str]] = []
    for text in ("I like short poems.", "Write a short poem about rain.", "Any ideas for dinner?"):
        reply = await reader.asend(text)
        while reply.question is not None:
            asked = reply.question
            found.append((f"question after {text!r}", f"{asked.text} {asked.options}"))
            reply = await reader.aanswer(asked, None)
        found.append((f"decision after {text!r}", reply.decision.kind))
        found.append(
            (
                f"drafts after {text!r}",
                repr([(c.candidate.text, round(c.score, 9)) for c in reply.candidates]),
            )
        )
        found.append((f"recalled after {text!r}", repr([p.description for p in reply.recalled])))
    found.append(("prompts", json.dumps(world.prompts())))
    ranking = await reader.arank("a gift", ["a book of poems", "a box of tea", "a walk"])
    found.append(("ranking", repr([(e.candidate.text, round(e.score, 9)) for e in ranking.items])))
    offer = Offer(topic="order tea", text="Shall I order tea?")
    considered = await reader.aconsider(offer)
    found.append(("offers", f"{considered.kind} {considered.wanted} {considered.reason}"))
    found.append(("suggestions", repr([s.draft.description for s in await reader.asuggestions()])))
    return found
