"""What memory recalls, and a reply repeats, never comes back as evidence of the user."""

from __future__ import annotations

from penchant.memory.types import Reaction

KNOWN = ("is vegetarian", "loves jazz from Ghent", "likes short replies")
QUOTING = (
    "You are vegetarian, you love jazz from Ghent, and you like short replies. "
    "I never eat seafood, I always want long poems, and I hate olives: lentil soup it is.",
    "As you said: 'I love jazz from Ghent and I'm vegan.' So: tofu, please remember that.",
)


def test_a_reply_that_quotes_memories_teaches_nothing(agents):
    agent = agents(answering=agents.drafting(*QUOTING))
    for text in KNOWN:
        agent.memory.add(text)
    before = (agent.memory.get_all(), agent.memory.evidence(), agent.memory.history())
    reply = agent.send("What does the word 'ephemeral' mean?")
    assert any(part in reply.text for part in ("lentil soup", "tofu"))
    agent.send("What does the word 'sonder' mean?")
    agent.close()
    again = agents()
    kept = again.memory.evidence()
    assert (again.memory.get_all(), again.memory.history()) == (before[0], before[2])
    new = [each for each in kept if each not in before[1]]
    # At most that the user took a reply well or badly, which quotes it, and teaches no preference.
    assert all(isinstance(each.observation, Reaction) for each in new)


def test_quoting_a_recalled_memory_does_not_strengthen_it(agents):
    agent = agents(answering=agents.drafting(*QUOTING))
    kept = agent.memory.add(KNOWN[1])
    for _ in range(3):
        agent.send("Tell me about jazz from Ghent, whatever it is")
    found = agent.memory.get(kept.id)
    assert (found.evidence_ids, found.supported_at) == (kept.evidence_ids, kept.supported_at)
    assert found.confidence == kept.confidence
