"""Lets twenty processes write at once; prints the transactions a second.

    writers.py vsm|raw DATABASE TURNS

``vsm`` moves items through sessions and then counts that every move is in the journal. ``raw``
does one insert and one update a transaction (BEGIN IMMEDIATE) with the same settings.
"""

import multiprocessing
import sys
import time
from collections.abc import Callable
from pathlib import Path

from vsm.model.command import MoveItem
from vsm.model.errors import Refusal
from vsm.model.query_tree import Query
from vsm.reader import Reader
from vsm.session import Session
from vsm.store.sqlite import sqlite3

WRITERS = 20
WHICH, DATABASE, TURNS = sys.argv[1], sys.argv[2], int(sys.argv[3])
FORK = multiprocessing.get_context("fork")


def connect() -> sqlite3.Connection:
    """A bare connection with the settings that vsm uses."""
    conn = sqlite3.connect(DATABASE, isolation_level=None, timeout=10)
    conn.execute("PRAGMA journal_mode=WAL")
    conn.execute("PRAGMA synchronous=FULL")
    return conn


def raw(number: int, together: Callable[[], object]) -> None:
    """Insert a row and update another, over and over."""
    conn = connect()
    together()
    for turn in range(TURNS):
        conn.execute("BEGIN IMMEDIATE")
        conn.execute("INSERT INTO event(item, turn) VALUES(?, ?)", (number, turn))
        conn.execute("UPDATE item SET stage = ? WHERE id = ?", (turn, number))
        conn.execute("COMMIT")


def prepare_raw() -> None:
    """Make the two tables."""
    conn = connect()
    conn.execute("CREATE TABLE event(seq INTEGER PRIMARY KEY, item INTEGER, turn INTEGER) STRICT")
    conn.execute("CREATE TABLE item(id INTEGER PRIMARY KEY, stage INTEGER) STRICT")
    conn.executemany("INSERT INTO item VALUES(?, 0)", [(n,) for n in range(WRITERS)])
    conn.close()


def items_and_stages() -> tuple[list[int], tuple[int, int]]:
    """An item for each writer, and the stages it goes between."""
    reader = Reader(Path(DATABASE))
    stream = reader.stream_named(None)
    first, second = stream.order[0].id, stream.order[1].id
    cards = reader.cards(stream, first, 0, WRITERS, Query(), time.time_ns() // 1_000)
    reader.close()
    return [card.id for card in cards], (second, first)


def count_moves() -> int:
    """Count the moves in the journal."""
    conn = connect()
    count: int = conn.execute("SELECT count(*) FROM journal WHERE kind = 'item_moved'").fetchone()[
        0
    ]
    conn.close()
    return count


def measure(work: Callable[[int, Callable[[], object]], None]) -> float:
    """Let all writers begin together; return the transactions a second."""
    barrier = FORK.Barrier(WRITERS + 1)
    writers = [FORK.Process(target=work, args=(n, barrier.wait)) for n in range(WRITERS)]
    for writer in writers:
        writer.start()
    barrier.wait()
    began = time.perf_counter()
    for writer in writers:
        writer.join()
    seconds = time.perf_counter() - began
    if any(writer.exitcode for writer in writers):
        raise SystemExit("a writer failed")
    return WRITERS * TURNS / seconds


if WHICH == "raw":
    prepare_raw()
    print(measure(raw))
else:
    items, stages = items_and_stages()

    def through_sessions(number: int, together: Callable[[], object]) -> None:
        """Move one item to and fro."""
        session = Session(Path(DATABASE), actor=f"writer-{number}")
        session.open()
        together()
        for turn in range(TURNS):
            done = session.do(MoveItem(items[number], stages[turn % 2]))
            if isinstance(done, Refusal):
                raise SystemExit(str(done))
        session.close()

    before = count_moves()
    rate = measure(through_sessions)
    if count_moves() - before != WRITERS * TURNS:
        raise SystemExit("a move was lost")
    print(rate)
