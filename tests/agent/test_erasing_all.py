"""A home in which two people used everything: one is erased, of the other nothing has changed."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from penchant.agent import Agent
from penchant.agent.erasing import erase_user
from penchant.memory import Context, Edit, Memory, Statement
from penchant.models import HashEmbedder
from penchant.policies.offers import Offer

if TYPE_CHECKING:
    from conftest import Agents

    from penchant.agent import Reply

GONE, STAYS = "customer1", "customer10"
# A word of each, in everything that they say, get and name.
MARKS = {GONE: "zebrafruit", STAYS: "quinceblossom"}


def _uses_everything(agents: Agents, user: str) -> None:
    mark = MARKS[user]
    # What it says of events is no answer, so that inference goes on waiting.
    answering = agents.drafting(
        f"Tofu with {mark}.", f"A long roast with {mark}, dumplings, gravy and red cabbage."
    )
    agent = agents(user, answering)
    agent.send(f"I love {mark} tea. I'm allergic to {mark} seeds. For {mark} letters, be formal.")
    reply = _asked(agent, f"Write a short poem about {mark}.")
    agent.rate(reply, 1.0, reason=f"the {mark} is warm")
    agent.edit(reply, f"Roses and {mark}, all in one line.")
    chosen = agent.send(f"Write a toast to {mark}.", offer_choice=True)
    while chosen.question is not None:
        chosen = agent.answer(chosen.question, 0)
    if chosen.choosing is not None:
        agent.choose(chosen.choosing, 0, reason=f"more {mark}")
    agent.send(f"Too long! Less {mark} please, and shorter.")
    agent.prefer(f"{mark} in a bowl", f"{mark} on a plate", reason=f"a {mark} rolls")
    table = Offer(topic=f"book {mark}", text="Shall I?", context=Context(text=f"a day of {mark}"))
    agent.answer_offer(table, "never offer that again")
    items = [f"{mark} cake", f"{mark} soup", "plain rice with butter and salt"]
    agent.rank(f"dinner with {mark}", items)
    cached = agent.settings.home / f"catalogue-{user}.npz"
    agent.catalogue(items, cache=cached).rank(f"dinner with {mark}")
    cached.unlink()  # the app's own file: it told where to keep it
    shown = agent.learn_from(f"Dear {mark}, I am writing with regard to the {mark} order. " * 5)
    agent.confirm(shown, scope=f"{mark} orders")
    agent.learn_from(before=f"The {mark} is here, as I told you.", after=f"{mark} here.")
    for suggestion in agent.suggestions():
        agent.settle(suggestion, keep=True)
    memory = agent.memory
    line = memory.add(f"collects {mark} stamps")
    line = memory.update(line.id, f"collects old {mark} stamps")
    memory.delete(memory.add(f"owns a {mark} farm").id)
    memory.undo(memory.add(f"sells {mark} jam").id)
    memory.restore(memory.delete(line.id))
    memory.learn(Statement(text=f"Perhaps {mark}?"), [], infer="statements")
    memory.record(Edit(before=f"a {mark}", after=f"the {mark}"))
    memory.search(mark)
    memory.rename_session(agent.session_id, f"about {mark}")
    # One conversation waits with a contradiction, another with a question.
    assert agent.send(f"I can't stand {mark} tea.").conflict is not None
    other = agents(user, answering)
    assert other.send(f"Any ideas for dinner tonight with {mark}?").question is not None
    agent.close()
    other.close()


def _asked(agent: Agent, text: str) -> Reply:
    reply = agent.send(text)
    while reply.question is not None or reply.conflict is not None:
        if reply.conflict is not None:
            reply = agent.resolve(reply.conflict, "new")
        else:
            assert reply.question is not None
            reply = agent.answer(reply.question, 0)
    return reply


def _raw(home: Path) -> dict[str, bytes]:
    files = (file for file in sorted(home.rglob("*")) if file.is_file())
    return {str(file.relative_to(home)): file.read_bytes() for file in files}


def test_one_of_two_who_used_everything_goes_without_a_byte(agents: Agents) -> None:
    for user in MARKS:
        _uses_everything(agents, user)
    home = agents.settings.home
    with closing(Memory(home, HashEmbedder())) as memory:
        memory.reindex()
        before = list(memory.export(STAYS))
        kinds = {event.observation.kind for event in memory.evidence(GONE)}
        assert kinds >= {
            "statement", "edit", "choice", "rating", "reaction", "answer", "artefact", "command"
        }  # fmt: skip
        assert memory.jobs(GONE)
        where = [name for name, raw in _raw(home).items() if MARKS[GONE].encode() in raw]
        assert {"memory.db", "checkpoints.db"} <= set(where)
        erasure = erase_user(memory, GONE, verify=True)
        assert erasure.proven, erasure.scan
        assert erasure.open_turns == 2
        assert set(erasure.removed.rows) >= {
            "users", "sessions", "turns", "evidence", "preferences", "changes", "comparisons",
            "jobs", "posteriors", "decisions",
        }  # fmt: skip
        assert list(memory.export(STAYS)) == before
        assert memory.verify_index(STAYS).agrees
        assert memory.users() == [STAYS]
    for name, raw in _raw(home).items():
        if name.endswith("data_level0.bin"):
            # Chroma writes vectors at their capacity, with whatever this process's memory held
            # there: a word of anything that was in it, now and then. A new process holds nothing.
            continue
        assert MARKS[GONE].encode() not in raw, name
        assert MARKS[GONE].encode("utf-16-le") not in raw, name
        # "customer10" stays.
        assert raw.count(GONE.encode()) == raw.count(STAYS.encode()), name
    for each in agents(STAYS).memory.search("tea"):
        assert MARKS[GONE] not in each.preference.description
    waiting = [agents(STAYS, session_id=each.id).pending for each in agents(STAYS).sessions()]
    assert sum(each is not None for each in waiting) == 2
