"""Lets twenty processes write on several hosts at once; prints how fast, and how soon it is seen.

    cluster_writers.py TURNS DATABASE...

One replica a host, kept current by its follower. Prints changes a second, then a line for each
change and other host: milliseconds from its acknowledgement until it could be read there.
"""

import multiprocessing
import sys
import threading
import time
from pathlib import Path

from vsm.model.command import MoveItem
from vsm.model.errors import Refusal
from vsm.model.query_tree import Query
from vsm.reader import Reader
from vsm.session import Session

WRITERS = 20
TURNS, HOSTS = int(sys.argv[1]), [Path(name) for name in sys.argv[2:]]
FORK = multiprocessing.get_context("fork")


def items_and_stages() -> tuple[list[int], tuple[int, int]]:
    """An item for each writer, and the stages it goes between."""
    reader = Reader(HOSTS[0])
    stream = reader.stream_named(None)
    first, second = stream.order[0].id, stream.order[1].id
    cards = reader.cards(stream, first, 0, WRITERS, Query(), time.time_ns() // 1_000)
    reader.close()
    return [card.id for card in cards], (second, first)


def write(number: int, item: int, stages: tuple[int, int], begin: object, out: object) -> None:
    """Move one item to and fro; put when each change was acknowledged, and its entry."""
    session = Session(HOSTS[number % len(HOSTS)], actor=f"writer-{number}")
    session.do(MoveItem(item, stages[0]))
    begin.wait()  # type: ignore[attr-defined]
    acknowledged = []
    for turn in range(TURNS):
        began = time.monotonic()
        done = session.do(MoveItem(item, stages[(turn + 1) % 2]))
        if isinstance(done, Refusal):
            raise SystemExit(str(done))
        acknowledged.append((done.grp, began, time.monotonic()))
    session.close()
    out.put((number % len(HOSTS), acknowledged))  # type: ignore[attr-defined]


def watch(host: int, seen: dict[tuple[int, int], float], stop: threading.Event) -> None:
    """Note when each entry can be read on a host."""
    reader = Reader(HOSTS[host])
    last = reader.position()
    version = reader.data_version()
    while not stop.wait(0.004):
        if (now := reader.data_version()) == version:
            continue
        version, at, top = now, time.monotonic(), reader.position()
        seen.update(((host, seq), at) for seq in range(last + 1, top + 1))
        last = top
    reader.close()


def main() -> None:
    """Measure, and print."""
    items, stages = items_and_stages()
    out, barrier = FORK.Queue(), FORK.Barrier(WRITERS + 1)
    writers = [
        FORK.Process(target=write, args=(n, items[n], stages, barrier, out)) for n in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    stop = threading.Event()
    seen: dict[tuple[int, int], float] = {}
    watchers = [
        threading.Thread(target=watch, args=(host, seen, stop)) for host in range(len(HOSTS))
    ]
    for watcher in watchers:
        watcher.start()
    barrier.wait()
    began = time.perf_counter()
    results = [out.get() for _ in writers]
    seconds = time.perf_counter() - began
    stop.wait(2)
    stop.set()
    for thread in [*writers, *watchers]:
        thread.join()
    print(WRITERS * TURNS / seconds)
    for host, acknowledged in results:
        for seq, asked, at in acknowledged:
            print("took", (at - asked) * 1000)
            for other in range(len(HOSTS)):
                if other != host:
                    print("lag", (seen.get((other, seq), at + 60) - at) * 1000)


main()
