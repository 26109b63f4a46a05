"""The threads that write and read: what leaving waits for, and what it gives up."""

from __future__ import annotations

import asyncio
import threading

import pytest

from vsm.screens.serial_executor import GivenUp, SerialExecutor, Unfinished, run_aside


class Thing:
    """What a lane owns here: it knows whether it was closed."""

    closed = False

    def close(self) -> None:
        """Remember it."""
        self.closed = True


async def let_tasks_begin() -> None:
    """Give the loop one turn, in which tasks that were made before reach their first wait."""
    turn = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(turn.set_result, None)
    await turn


async def test_a_call_that_has_not_begun_is_given_up_and_can_no_longer_begin() -> None:
    lane: SerialExecutor[Thing] = SerialExecutor("test", Thing)
    running, go_on = threading.Event(), threading.Event()
    ends: list[str] = []

    def change(_: Thing) -> None:
        running.set()
        go_on.wait()
        try:
            lane.begin()
        except GivenUp:
            ends.append("given up")
            raise
        ends.append("changed")

    call = asyncio.ensure_future(lane.call(change))
    await asyncio.to_thread(running.wait)
    lane.leave()
    assert lane.close() is Unfinished.GIVEN_UP
    go_on.set()
    thread = lane._thread
    assert thread is not None and thread.daemon
    thread.join()
    assert ends == ["given up"]
    with pytest.raises(asyncio.CancelledError):
        await call


async def test_a_call_that_has_begun_is_finished() -> None:
    lane: SerialExecutor[Thing] = SerialExecutor("test", Thing)
    running, go_on = threading.Event(), threading.Event()
    things: list[Thing] = []

    def change(thing: Thing) -> None:
        lane.begin()
        things.append(thing)
        running.set()
        go_on.wait()

    call = asyncio.ensure_future(lane.call(change))
    await asyncio.to_thread(running.wait)
    lane.leave()
    threading.Timer(0.5, go_on.set).start()  # longer than calls that have not begun are given
    assert lane.close() is Unfinished.NOTHING
    assert things[0].closed
    call.cancel()


async def test_a_call_that_waits_behind_another_is_lost_with_it_and_said_to_be() -> None:
    lane: SerialExecutor[Thing] = SerialExecutor("test", Thing)
    go_on = threading.Event()
    first = asyncio.ensure_future(lane.call(lambda _: go_on.wait(), optional=True))
    second = asyncio.ensure_future(lane.call(lambda _: None))
    await let_tasks_begin()
    lane.leave()
    second.cancel()  # as Textual does with all workers on the way out
    assert lane.close() is Unfinished.GIVEN_UP
    go_on.set()
    for call in (first, second):
        with pytest.raises(asyncio.CancelledError):
            await call


async def test_what_nobody_asked_for_is_not_said_to_be_lost() -> None:
    lane: SerialExecutor[Thing] = SerialExecutor("test", Thing)
    go_on = threading.Event()
    call = asyncio.ensure_future(lane.call(lambda _: go_on.wait(), optional=True))
    await let_tasks_begin()
    assert lane.close() is Unfinished.NOTHING
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await call


async def test_a_call_that_was_cancelled_by_whoever_asked_never_runs_and_is_not_lost() -> None:
    lane: SerialExecutor[Thing] = SerialExecutor("test", Thing)
    go_on, ran = threading.Event(), threading.Event()
    first = asyncio.ensure_future(lane.call(lambda _: go_on.wait()))
    second = asyncio.ensure_future(lane.call(lambda _: ran.set()))
    await let_tasks_begin()
    second.cancel()
    await let_tasks_begin()
    go_on.set()
    await first
    await lane.drain()
    assert lane.close() is Unfinished.NOTHING
    assert not ran.is_set()


async def test_errors_and_results_come_back_and_a_closed_lane_takes_no_calls() -> None:
    lane: SerialExecutor[Thing] = SerialExecutor("test", Thing)
    assert await lane.call(lambda thing: thing.closed) is False
    with pytest.raises(ZeroDivisionError):
        await lane.call(lambda _: 1 // 0)
    assert lane.close() is Unfinished.NOTHING
    with pytest.raises(asyncio.CancelledError):
        await lane.call(lambda _: None)


async def test_what_runs_aside_gives_its_result_or_its_error() -> None:
    assert await run_aside(lambda: threading.current_thread().daemon)
    with pytest.raises(ZeroDivisionError):
        await run_aside(lambda: 1 // 0)
