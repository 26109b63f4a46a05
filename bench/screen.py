"""Measures the board in a real terminal: start, keys, bytes, memory, idling, other sessions."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.figure import Figure, at_most, percentile, ratio
from bench.place import Place, say
from bench.terminal import Terminal

QUIET = 0.4
"""Seconds of silence after which a screen is complete."""

MIB = 1 << 20


def _open(place: Place, database: Path) -> Terminal:
    return Terminal([place.vsm, "--db", str(database)], place.env)


def _started(terminal: Terminal) -> float:
    with terminal:
        terminal.settle(QUIET)
        return terminal.full_at()


def start(place: Place) -> Iterator[Figure]:
    """From the command to the full board, against a bare Textual application in turn with it."""
    sizes = (10, 1_000) if place.quick else (10, 10_000, 100_000)
    databases = [place.database(items) for items in sizes]
    hello: list[float] = []
    ours: dict[int, list[float]] = {items: [] for items in sizes}
    turns = 2 if place.quick else 9
    say(f"starting the board {turns} times with each size")
    for turn in range(turns + 1):
        times = [_started(Terminal(place.child("hello.py"), place.env))]
        times += [_started(_open(place, database)) for database in databases]
        if turn:  # the first one warms the disk cache
            hello.append(times[0])
            for items, seconds in zip(sizes, times[1:], strict=True):
                ours[items].append(seconds)
    floor = statistics.median(hello) * 1e3
    for items in sizes:
        note = f"{statistics.median(ours[items]) * 1e3:.0f} ms against {floor:.0f} ms"
        name = f"start to a full board, {items:,} items ÷ hello"
        yield at_most(name, ratio(ours[items], hello), 1.8, "×", note)
    few, many = sizes[-2:]
    name = f"start at {many:,} items ÷ at {few:,}"
    yield at_most(name, ratio(ours[many], ours[few]), 1.5, "×")


def _pressed(terminal: Terminal, keys: Sequence[str], quiet: float = 0.06) -> list[float]:
    """Milliseconds to the last byte of the answer to each key."""
    return [terminal.answer(key, quiet)[0] * 1e3 for key in keys]


def _bytes(terminal: Terminal, keys: Sequence[str]) -> float:
    """Median of the kilobytes that each key brings, what follows it from the poll included."""
    return statistics.median(terminal.answer(key, QUIET)[1] for key in keys) / 1_000


def keys(place: Place) -> Iterator[Figure]:
    """The cursor and a move: time from the key to the last byte, and bytes."""
    few, some, many = (1_000, 1_000, 10_000) if place.quick else (1_000, 10_000, 100_000)
    turns = 2 if place.quick else 10
    cursor = ["down", "down", "up", "up", "right", "left"]
    say("pressing keys")
    with _open(place, place.copy(some, "keys")) as terminal:
        terminal.settle(QUIET)
        moved = _pressed(terminal, cursor * turns)
        small = _bytes(terminal, cursor)
        scroll = _bytes(terminal, ["pagedown", "pagedown", "pageup", "pageup"])
        carried = _pressed(terminal, ["L", "H"] * 2 * turns, 0.3)
        large = _bytes(terminal, ["L", "H"] * 3)
    yield at_most(f"cursor key, {some:,} items, p50", percentile(moved, 50), 8, "ms")
    yield at_most(f"cursor key, {some:,} items, p95", percentile(moved, 95), 16, "ms")
    yield at_most("a card moved, committed, painted, p50", percentile(carried, 50), 16, "ms")
    yield at_most("a card moved, committed, painted, p95", percentile(carried, 95), 30, "ms")
    yield at_most("bytes of a cursor key", small, 1, "KB")
    yield at_most("bytes of a column scroll", scroll, 5, "KB")
    yield at_most("bytes of a move", large, 10, "KB")
    with (
        _open(place, place.database(few)) as low,
        _open(place, place.database(many)) as high,
    ):
        low.settle(QUIET)
        high.settle(QUIET)
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(turns):
            times[0].append(statistics.median(_pressed(low, cursor)))
            times[1].append(statistics.median(_pressed(high, cursor)))
    name = f"cursor key, {many:,} items ÷ {few:,}"
    yield at_most(name, ratio(times[1], times[0]), 1.3, "×")


def held(place: Place) -> Iterator[Figure]:
    """A key held down, 30 a second: the time after the last one until the screen is still."""
    presses = 30 if place.quick else 100
    lags = []
    with _open(place, place.database(1_000 if place.quick else 10_000)) as terminal:
        terminal.settle(QUIET)
        for key in ("down", "up"):
            for _ in range(presses):
                sent = terminal.press(key)
                terminal.rest(sent + 1 / 30 - time.perf_counter())
            terminal.settle(QUIET)
            lags.append(max(0.0, terminal.chunks[-1][0] - sent) * 1e3)
    yield at_most("a held key, lag after the last one", max(lags), 33, "ms")


def overview(place: Place) -> Iterator[Figure]:
    """All streams at a glance: from the key to the last row, and the cursor there."""
    items, turns = (200, 2) if place.quick else (10_000, 10)
    database = place.streams(6, items)
    opened = []
    say("opening the overview")
    for _ in range(turns):  # anew each time: the first opening loads its modules
        first = [place.vsm, "--db", str(database), "--stream", "Stream 1"]
        with Terminal(first, place.env) as terminal:
            terminal.settle(QUIET)
            opened.append(_pressed(terminal, ["0"], QUIET)[0])
            moved = _pressed(terminal, ["down", "up"] * turns)
    yield at_most(
        f"overview of 6 streams of {items:,} items, p50", percentile(opened, 50), 300, "ms"
    )
    yield at_most("cursor key on the overview, p50", percentile(moved, 50), 8, "ms")


def memory(place: Place) -> Iterator[Figure]:
    """Resident memory with the board open."""
    goals = ((1_000, 75),) if place.quick else ((10_000, 75), (100_000, 95))
    for items, goal in goals:
        with _open(place, place.database(items)) as terminal:
            terminal.settle(QUIET)
            terminal.rest(1)
            used = terminal.memory() / MIB
        yield at_most(f"memory, board open, {items:,} items", used, goal, "MiB")


def idle(place: Place) -> Iterator[Figure]:
    """CPU and bytes while nobody presses a key, once the board has named what limits the flow."""
    seconds = 3 if place.quick else 20
    with _open(place, place.database(1_000 if place.quick else 10_000)) as terminal:
        terminal.settle(QUIET)
        terminal.rest(2 if place.quick else 8)
        used, written = terminal.cpu(), terminal.written
        terminal.rest(seconds)
        share = (terminal.cpu() - used) / seconds * 100
        idle_bytes = terminal.written - written
    yield at_most("CPU at rest", share, 0.5, "%")
    yield at_most("bytes at rest", idle_bytes / seconds, 0, "B/s")


def seen(place: Place) -> Iterator[Figure]:
    """Another session's move: from its commit until the board has painted it."""
    turns = 3 if place.quick else 60
    database = place.copy(1_000 if place.quick else 10_000, "seen")
    delays = []
    with (
        _open(place, database) as terminal,
        subprocess.Popen(
            place.child("mover.py", database),
            env=place.env,
            cwd=place.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as other,
    ):
        if other.stdin is None or other.stdout is None:
            raise RuntimeError("the other session has no pipes")
        if other.stdout.readline().strip() != "ready":
            raise RuntimeError("the other session did not start")
        terminal.settle(QUIET)
        for turn in range(turns):
            other.stdin.write("\n")
            other.stdin.flush()
            terminal.rest(0.6 + turn % 15 * 0.013)  # so that the poll is met at other times
            committed = float(other.stdout.readline())
            delays.append((terminal.chunks[-1][0] - committed) * 1e3)
        other.stdin.close()
    if min(delays) < 0:
        raise RuntimeError("a move of the other session was not painted")
    yield at_most("another session's move seen, p50", percentile(delays, 50), 200, "ms")
    yield at_most("another session's move seen, p95", percentile(delays, 95), 300, "ms")
