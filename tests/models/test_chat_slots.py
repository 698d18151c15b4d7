"""Who uses the one slot of a local model next."""

from __future__ import annotations

import asyncio
import threading

import pytest

from penchant.models.slots import SlotQueue


async def test_calls_somebody_waits_for_go_first() -> None:
    slots = SlotQueue()
    order: list[str] = []
    release = asyncio.Event()

    async def call(name: str, *, background: bool) -> None:
        async with slots.take(background=background):
            order.append(name)
            if name == "first":
                await release.wait()

    tasks = [asyncio.create_task(call("first", background=False))]
    await asyncio.sleep(0)
    for name, background in [("b1", True), ("b2", True), ("i1", False), ("i2", False)]:
        tasks.append(asyncio.create_task(call(name, background=background)))
    await asyncio.sleep(0)
    release.set()
    await asyncio.gather(*tasks)
    assert order == ["first", "i1", "i2", "b1", "b2"]


async def test_a_holder_is_asked_to_give_way_to_people_only() -> None:
    slots = SlotQueue()
    asked = asyncio.Event()
    async with slots.take(background=True, give_way=asked.set):
        behind = asyncio.create_task(_hold(slots, background=True))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not asked.is_set()
        ahead = asyncio.create_task(_hold(slots, background=False))
        await asyncio.wait_for(asked.wait(), 5)
    await asyncio.gather(behind, ahead)


async def test_a_waiter_that_gives_up_leaves_the_queue() -> None:
    slots = SlotQueue()
    async with slots.take():
        waiter = asyncio.create_task(_hold(slots, background=False))
        await asyncio.sleep(0)
        waiter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiter
    await asyncio.wait_for(_hold(slots, background=False), 5)


async def test_cancelled_at_the_moment_of_the_grant_passes_the_slot_on() -> None:
    slots = SlotQueue()
    async with slots.take():
        waiter = asyncio.create_task(_hold(slots, background=False))
        await asyncio.sleep(0)
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    await asyncio.wait_for(_hold(slots, background=False), 5)


async def test_several_event_loops_share_the_slot() -> None:
    slots = SlotQueue()
    inside: list[str] = []
    most = 0

    async def hold(name: str) -> None:
        nonlocal most
        for _ in range(50):
            async with slots.take():
                inside.append(name)
                most = max(most, len(inside))
                await asyncio.sleep(0)
                inside.remove(name)

    thread = threading.Thread(target=asyncio.run, args=(hold("other"),))
    thread.start()
    await hold("this")
    await asyncio.to_thread(thread.join)
    assert most == 1


async def _hold(slots: SlotQueue, *, background: bool) -> None:
    async with slots.take(background=background):
        pass
