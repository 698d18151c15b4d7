"""Inference that events still await: queued with the event, done once, tried again on failure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import RowMapping, select, update

from ..errors import InputError, NotFoundError
from . import schema
from .checks import MAX_TEXT, check_user_id, clean_line, clean_text
from .core import Core, Transaction
from .records import evidence_of
from .types import MOST_ATTEMPTS, Evidence, Job

__all__ = ["JobVerbs"]

_FIRST_WAIT = timedelta(seconds=30)
_LONGER = 4
_MOST_ERROR = 500


class JobVerbs(Core):
    """The verbs about inference that is yet to be done.

    A job is written in the transaction of its event and deleted in the transaction of what it
    teaches (`learn(…, finishes=job.id)`), so that a process may die at any moment: what was begun
    is begun again, and nothing is taught twice.
    """

    def jobs(self, user_id: str, *, due: bool = False) -> list[Job]:
        """What a user's events still await, in the order in which it will be done.

        Args:
            user_id: Whose.
            due: Only what may be tried now: neither waiting after a failure nor given up.
        """
        check_user_id(user_id)
        table = schema.jobs
        query = select(table).where(table.c.user_id == user_id)
        if due:
            query = query.where(table.c.due_at <= self._now(), table.c.attempts < MOST_ATTEMPTS)
        query = query.order_by(table.c.due_at, table.c.id)
        with self._read() as connection:
            return [_job(row) for row in connection.execute(query).mappings()]

    def job_evidence(self, user_id: str, job_id: str) -> Evidence | None:
        """The event that a job is about; None if the job is done, replaced or erased by now."""
        check_user_id(user_id)
        table = schema.evidence
        with self._read() as connection:
            row = (
                connection.execute(
                    select(table)
                    .join(schema.jobs, schema.jobs.c.evidence_id == table.c.id)
                    .where(schema.jobs.c.id == job_id, schema.jobs.c.user_id == user_id)
                )
                .mappings()
                .first()
            )
        return None if row is None else evidence_of(row)

    def finish_job(self, user_id: str, job_id: str) -> bool:
        """Takes a job that taught nothing off the queue; tells whether it was there."""
        with self._write(user_id, preferences=False) as transaction:
            return self._finish_job(transaction, job_id)

    def fail_job(self, user_id: str, job_id: str, error: str) -> Job:
        """Notes why a job failed, and when it is tried again.

        The waits are 30 s, 2, 8 and 32 minutes; after the fifth failure it is given up, stays in
        `jobs`, and waits for `retry_jobs`.

        Raises:
            NotFoundError: This user has no such job.
        """
        table = schema.jobs
        with self._write(user_id, preferences=False) as transaction:
            query = select(table).where(table.c.id == job_id, table.c.user_id == user_id)
            row = transaction.connection.execute(query).mappings().first()
            if row is None:
                raise NotFoundError(f"user {user_id!r} has no job {job_id!r}")
            attempts = row["attempts"] + 1
            changed: dict[str, Any] = {
                "attempts": attempts,
                "error": clean_text(error[:_MOST_ERROR], "error"),
                "due_at": transaction.now + _FIRST_WAIT * _LONGER ** (attempts - 1),
            }
            transaction.connection.execute(
                update(table).where(table.c.id == job_id).values(changed)
            )
            return replace(_job(row), **changed)

    def retry_jobs(self, user_id: str) -> int:
        """Makes everything that failed due now, with all its attempts; tells how many."""
        table = schema.jobs
        with self._write(user_id, preferences=False) as transaction:
            done = transaction.connection.execute(
                update(table)
                .where(table.c.user_id == user_id, table.c.attempts > 0)
                .values(attempts=0, due_at=transaction.now)
            )
            return done.rowcount

    def _enqueue(
        self, transaction: Transaction, evidence: Evidence, kind: str, details: Mapping[str, str]
    ) -> None:
        """Queues inference for an event, in the event's transaction.

        A job of the same kind with the same details, if there are any, awaits the same thing, and
        gives way: several edits of one reply cost one call.
        """
        table = schema.jobs
        label = clean_line(kind, "infer", 32)
        told = json.dumps(dict(details), sort_keys=True)
        if len(told) > 6 * MAX_TEXT:
            raise InputError(f"details take {len(told):,} characters; give less than {MAX_TEXT:,}")
        if details:
            transaction.connection.execute(
                table.delete().where(
                    table.c.user_id == transaction.user_id,
                    table.c.kind == label,
                    table.c.details == told,
                )
            )
        transaction.connection.execute(
            table.insert(),
            {
                "id": self._new_id(),
                "user_id": transaction.user_id,
                "evidence_id": evidence.id,
                "kind": label,
                "details": told,
                "attempts": 0,
                "due_at": transaction.now,
                "error": "",
                "created_at": transaction.now,
            },
        )

    def _finish_job(self, transaction: Transaction, job_id: str) -> bool:
        """Deletes a job; False if another has done it, or its event was erased meanwhile."""
        table = schema.jobs
        done = transaction.connection.execute(
            table.delete().where(table.c.id == job_id, table.c.user_id == transaction.user_id)
        )
        return done.rowcount > 0


def _job(row: RowMapping) -> Job:
    return Job(
        id=row["id"],
        user_id=row["user_id"],
        evidence_id=row["evidence_id"],
        kind=row["kind"],
        details=json.loads(row["details"]),
        attempts=row["attempts"],
        due_at=row["due_at"],
        error=row["error"],
        created_at=row["created_at"],
    )
