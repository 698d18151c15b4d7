"""The verbs of memory bound to one user."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Concatenate, Generic, ParamSpec, TypeVar

from .store import Memory

__all__ = ["UserMemory"]

P = ParamSpec("P")
T = TypeVar("T")


class _Bound(Generic[P, T]):
    """A verb whose user is given already."""

    def __init__(self, verb: Callable[Concatenate[Memory, str, P], T]) -> None:
        self._verb = verb
        self.__doc__ = verb.__doc__

    def __get__(self, user: UserMemory, owner: type[UserMemory]) -> Callable[P, T]:
        return partial(self._verb, user.memory, user.user_id)


class UserMemory:
    """What is known of one user; every verb is `Memory`'s, without its `user_id`.

    Attributes:
        memory: The store.
        user_id: The user.
    """

    def __init__(self, memory: Memory, user_id: str) -> None:
        self.memory = memory
        self.user_id = user_id

    def __repr__(self) -> str:
        return f"UserMemory(user_id={self.user_id!r}, home={str(self.memory.home)!r})"

    add = _Bound(Memory.add)
    apply = _Bound(Memory.apply)
    near_evidence = _Bound(Memory.near_evidence)
    search = _Bound(Memory.search)
    recall = _Bound(Memory.recall)
    context = _Bound(Memory.context)
    get = _Bound(Memory.get)
    get_all = _Bound(Memory.get_all)
    update = _Bound(Memory.update)
    delete = _Bound(Memory.delete)
    restore = _Bound(Memory.restore)
    delete_all = _Bound(Memory.delete_all)
    erase = _Bound(Memory.erase)
    traces = _Bound(Memory.traces)
    remnants = _Bound(Memory.remnants)
    history = _Bound(Memory.history)
    chain = _Bound(Memory.chain)
    drift = _Bound(Memory.drift)
    export = _Bound(Memory.export)
    import_ = _Bound(Memory.import_)
    explain = _Bound(Memory.explain)
    profile = _Bound(Memory.profile)
    record = _Bound(Memory.record)
    evidence = _Bound(Memory.evidence)
    learn = _Bound(Memory.learn)
    resolve = _Bound(Memory.resolve)
    undo = _Bound(Memory.undo)
    reindex = _Bound(Memory.reindex)
    verify_index = _Bound(Memory.verify_index)
    start_session = _Bound(Memory.start_session)
    sessions = _Bound(Memory.sessions)
    session = _Bound(Memory.session)
    rename_session = _Bound(Memory.rename_session)
    add_turn = _Bound(Memory.add_turn)
    turns = _Bound(Memory.turns)
    last_decision = _Bound(Memory.last_decision)
    delete_session = _Bound(Memory.delete_session)
    add_comparison = _Bound(Memory.add_comparison)
    put_comparisons = _Bound(Memory.put_comparisons)
    comparisons = _Bound(Memory.comparisons)
    posterior = _Bound(Memory.posterior)
    keep_posterior = _Bound(Memory.keep_posterior)
    jobs = _Bound(Memory.jobs)
    job_evidence = _Bound(Memory.job_evidence)
    finish_job = _Bound(Memory.finish_job)
    fail_job = _Bound(Memory.fail_job)
    retry_jobs = _Bound(Memory.retry_jobs)

    aadd = _Bound(Memory.aadd)
    aapply = _Bound(Memory.aapply)
    anear_evidence = _Bound(Memory.anear_evidence)
    asearch = _Bound(Memory.asearch)
    arecall = _Bound(Memory.arecall)
    acontext = _Bound(Memory.acontext)
    aget = _Bound(Memory.aget)
    aget_all = _Bound(Memory.aget_all)
    aupdate = _Bound(Memory.aupdate)
    adelete = _Bound(Memory.adelete)
    arestore = _Bound(Memory.arestore)
    adelete_all = _Bound(Memory.adelete_all)
    aerase = _Bound(Memory.aerase)
    atraces = _Bound(Memory.atraces)
    aremnants = _Bound(Memory.aremnants)
    ahistory = _Bound(Memory.ahistory)
    achain = _Bound(Memory.achain)
    adrift = _Bound(Memory.adrift)
    aexport = _Bound(Memory.aexport)
    aimport_ = _Bound(Memory.aimport_)
    aexplain = _Bound(Memory.aexplain)
    aprofile = _Bound(Memory.aprofile)
    arecord = _Bound(Memory.arecord)
    aevidence = _Bound(Memory.aevidence)
    alearn = _Bound(Memory.alearn)
    aresolve = _Bound(Memory.aresolve)
    aundo = _Bound(Memory.aundo)
    areindex = _Bound(Memory.areindex)
    averify_index = _Bound(Memory.averify_index)
    astart_session = _Bound(Memory.astart_session)
    asessions = _Bound(Memory.asessions)
    asession = _Bound(Memory.asession)
    arename_session = _Bound(Memory.arename_session)
    aadd_turn = _Bound(Memory.aadd_turn)
    aturns = _Bound(Memory.aturns)
    alast_decision = _Bound(Memory.alast_decision)
    adelete_session = _Bound(Memory.adelete_session)
    aadd_comparison = _Bound(Memory.aadd_comparison)
    aput_comparisons = _Bound(Memory.aput_comparisons)
    acomparisons = _Bound(Memory.acomparisons)
    aposterior = _Bound(Memory.aposterior)
    akeep_posterior = _Bound(Memory.akeep_posterior)
    ajobs = _Bound(Memory.ajobs)
    ajob_evidence = _Bound(Memory.ajob_evidence)
    afinish_job = _Bound(Memory.afinish_job)
    afail_job = _Bound(Memory.afail_job)
    aretry_jobs = _Bound(Memory.aretry_jobs)
