"""Memory, the public face of the store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from .checks import check_user_id
from .history import HistoryVerbs
from .indexing import IndexVerbs
from .operations import OperationVerbs
from .profile import Profile
from .recall import RecallVerbs
from .removal import RemovalVerbs
from .sessions import SessionVerbs
from .transfer import TransferVerbs

if TYPE_CHECKING:
    from .user import UserMemory

__all__ = ["Memory"]

P = ParamSpec("P")
T = TypeVar("T")


def twin(verb: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """The same verb for asyncio: it runs in a thread, and the loop goes on."""

    @wraps(verb)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.to_thread(verb, *args, **kwargs)

    return run


class Verbs(
    OperationVerbs,
    RemovalVerbs,
    RecallVerbs,
    SessionVerbs,
    TransferVerbs,
    IndexVerbs,
    HistoryVerbs,
):
    """Every verb, as plain functions."""

    def profile(self, user_id: str) -> Profile:
        """The readable summary of a user's live preferences."""
        return Profile.of(user_id, self.get_all(user_id))


class Memory(Verbs):
    """What is known of each user: a SQLite file as the truth, a Chroma index beside it.

    Every verb names its user first, and touches nothing of any other. Each has an `a…` twin for
    asyncio. One process at a time writes to a store's directory; others open it read-only. With
    `database` and `index` the truth is on PostgreSQL and the index on a Chroma server, where
    several machines write at once. Use it from any number of threads, and close it, or use it as
    a context manager.
    """

    def for_user(self, user_id: str) -> UserMemory:
        """The same verbs bound to one user.

        Raises:
            InputError: The user id cannot be used.
        """
        from .user import UserMemory

        return UserMemory(self, check_user_id(user_id))

    aadd = twin(Verbs.add)
    aapply = twin(Verbs.apply)
    anear_evidence = twin(Verbs.near_evidence)
    asearch = twin(Verbs.search)
    arecall = twin(Verbs.recall)
    acontext = twin(Verbs.context)
    aget = twin(Verbs.get)
    aget_all = twin(Verbs.get_all)
    aupdate = twin(Verbs.update)
    adelete = twin(Verbs.delete)
    arestore = twin(Verbs.restore)
    adelete_all = twin(Verbs.delete_all)
    aerase = twin(Verbs.erase)
    atraces = twin(Verbs.traces)
    aremnants = twin(Verbs.remnants)
    ahistory = twin(Verbs.history)
    achain = twin(Verbs.chain)
    adrift = twin(Verbs.drift)
    aexport = twin(Verbs.export)
    aimport_ = twin(Verbs.import_)
    aexplain = twin(Verbs.explain)
    aprofile = twin(Verbs.profile)
    arecord = twin(Verbs.record)
    aevidence = twin(Verbs.evidence)
    alearn = twin(Verbs.learn)
    aresolve = twin(Verbs.resolve)
    aundo = twin(Verbs.undo)
    areindex = twin(Verbs.reindex)
    averify_index = twin(Verbs.verify_index)
    astart_session = twin(Verbs.start_session)
    asessions = twin(Verbs.sessions)
    asession = twin(Verbs.session)
    arename_session = twin(Verbs.rename_session)
    aadd_turn = twin(Verbs.add_turn)
    aturns = twin(Verbs.turns)
    alast_decision = twin(Verbs.last_decision)
    adelete_session = twin(Verbs.delete_session)
    aadd_comparison = twin(Verbs.add_comparison)
    aput_comparisons = twin(Verbs.put_comparisons)
    acomparisons = twin(Verbs.comparisons)
    aposterior = twin(Verbs.posterior)
    akeep_posterior = twin(Verbs.keep_posterior)
    ajobs = twin(Verbs.jobs)
    ajob_evidence = twin(Verbs.job_evidence)
    afinish_job = twin(Verbs.finish_job)
    afail_job = twin(Verbs.fail_job)
    aretry_jobs = twin(Verbs.retry_jobs)
