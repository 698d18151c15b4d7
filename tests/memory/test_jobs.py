"""Inference that waits: queued with its event, done once, tried again, given up, told to go on."""

from __future__ import annotations

import threading

import pytest

from penchant.errors import InputError, NotFoundError
from penchant.memory import Context, Edit, PreferenceDraft, Statement

pytestmark = pytest.mark.backends("sqlite", "postgres")

EDIT = Edit(before="Dear all,", after="Hi,")
TEA = PreferenceDraft(description="likes tea", origin="inferred", confidence=0.5)


def queued(memory, user="ana", **options):
    return memory.record(user, EDIT, infer="edit", **options)


def test_a_job_is_queued_with_its_event(memory, clock):
    event = queued(memory, context=Context(text="an invitation"), details={"reply": "r1"})
    (job,) = memory.jobs("ana")
    assert (job.evidence_id, job.kind, job.details) == (event.id, "edit", {"reply": "r1"})
    assert (job.attempts, job.due_at, job.error) == (0, clock.now, "")
    assert memory.job_evidence("ana", job.id) == event
    assert memory.jobs("bo") == []
    assert memory.job_evidence("bo", job.id) is None


def test_learning_queues_too(memory):
    memory.learn("ana", Statement(text="maybe tea"), [TEA], infer="statements")
    (job,) = memory.jobs("ana", due=True)
    assert memory.job_evidence("ana", job.id).observation.text == "maybe tea"
    with pytest.raises(InputError):
        memory.learn("ana", Statement(text="x"), [], infer=" ")
    assert len(memory.evidence("ana")) == 1


def test_what_is_taught_finishes_the_job_and_only_once(memory):
    event = queued(memory)
    (job,) = memory.jobs("ana")
    assert memory.learn("ana", event, [TEA], finishes=job.id)
    assert memory.jobs("ana") == []
    assert memory.learn("ana", event, [TEA], finishes=job.id) == []
    (tea,) = memory.get_all("ana")
    assert tea.confidence == pytest.approx(0.5)
    assert len(memory.evidence("ana")) == 1


def test_a_job_of_an_erased_event_teaches_nothing(memory):
    event = queued(memory)
    (job,) = memory.jobs("ana")
    memory.delete_all("ana")
    assert memory.jobs("ana") == []
    assert memory.learn("ana", event, [TEA], finishes=job.id) == []
    assert memory.evidence("ana") == []


def test_nobody_finishes_the_jobs_of_another(memory):
    queued(memory)
    (job,) = memory.jobs("ana")
    assert not memory.finish_job("bo", job.id)
    with pytest.raises(NotFoundError):
        memory.fail_job("bo", job.id, "no")
    assert memory.learn("bo", EDIT, [TEA], finishes=job.id) == []
    assert memory.jobs("ana") == [job]
    assert memory.get_all("bo") == []


def test_failures_wait_longer_and_longer_and_end(memory, clock):
    queued(memory)
    (job,) = memory.jobs("ana")
    waits = []
    for _ in range(5):
        assert memory.jobs("ana", due=True)
        failed = memory.fail_job("ana", job.id, "the model timed out")
        assert memory.jobs("ana", due=True) == []
        waits.append((failed.due_at - clock.now).total_seconds())
        clock.pass_hours(3)
    assert waits == [30, 120, 480, 1920, 7680]
    (given_up,) = memory.jobs("ana")
    assert given_up.given_up
    assert given_up.error == "the model timed out"
    assert memory.jobs("ana", due=True) == []
    assert memory.retry_jobs("ana") == 1
    (again,) = memory.jobs("ana", due=True)
    assert again.attempts == 0


def test_jobs_about_the_same_thing_are_one(memory):
    queued(memory, details={"reply": "r1"})
    last = queued(memory, details={"reply": "r1"})
    other = queued(memory, details={"reply": "r2"})
    queued(memory, "bo", details={"reply": "r1"})
    bare = [queued(memory), queued(memory)]
    waiting = [job.evidence_id for job in memory.jobs("ana")]
    assert waiting == [last.id, other.id, *(each.id for each in bare)]
    assert len(memory.evidence("ana")) == 5


def test_jobs_outlive_the_store_object(memory, open_memory):
    queued(memory)
    memory.close()
    assert len(open_memory().jobs("ana", due=True)) == 1


def test_threads_that_finish_one_job_teach_once(memory):
    event = queued(memory)
    (job,) = memory.jobs("ana")
    taught = []

    def finish():
        taught.extend(memory.learn("ana", event, [TEA], finishes=job.id))

    threads = [threading.Thread(target=finish) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(taught) == 1


async def test_the_verbs_have_twins(memory):
    queued(memory)
    ana = memory.for_user("ana")
    (job,) = await ana.ajobs()
    await ana.afail_job(job.id, "prose")
    assert await ana.ajobs(due=True) == []
    assert await ana.aretry_jobs() == 1
    assert (await ana.ajob_evidence(job.id)).observation == EDIT
    assert await ana.afinish_job(job.id)
