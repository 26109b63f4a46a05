"""Measures dependencies and bottlenecks; prints a name and its milliseconds a line.

    dependencies.py DATABASE

link: one added where there are two for each item. path: the longest chains through all of them.
teams: the measures of 200 teams with 1,500 edges. stuck: the bottlenecks of the database's stream,
the first time with loading.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from vsm.features.bottlenecks.reading import read_bottlenecks
from vsm.model.command import LinkItems
from vsm.model.item import LinkKind
from vsm.reader import Reader
from vsm.session import ChangeGroup, Session
from vsm.store.sqlite import sqlite3

TEAMS, EDGES, TURNS = 200, 1_500, 30


def timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def pairs(ids: list[int], count: int, rng: random.Random) -> list[tuple[int, int]]:
    """Links that lead from an earlier item to a later one, so that none closes a cycle."""
    links: set[tuple[int, int]] = set()
    while len(links) < count:
        a, b = sorted(rng.sample(range(len(ids)), 2))
        links.add((ids[a], ids[b]))
    return sorted(links)


def main(path: Path) -> None:
    rng = random.Random(1)
    conn = sqlite3.connect(path)
    ids = [item for (item,) in conn.execute("SELECT id FROM item ORDER BY id LIMIT 10000")]
    conn.close()
    session = Session(path, actor="bench")
    links = pairs(ids, 2 * len(ids) + TURNS, rng)
    kept, added = links[:-TURNS], rng.sample(links, TURNS)
    kept = [link for link in links if link not in set(added)]
    for first in range(0, len(kept), 2_000):
        commands = [LinkItems(a, b, LinkKind.BLOCKS) for a, b in kept[first : first + 2_000]]
        assert isinstance(session.do_each(*commands), ChangeGroup)
    times = []
    for a, b in added:
        command = LinkItems(a, b, LinkKind.BLOCKS)
        times.append(timed(lambda command=command: session.do(command)))
    session.close()
    print("link", *times)

    from vsm.features.dependencies.figures import longest_chains, rank_teams
    from vsm.features.dependencies.results import TeamPair, Wait

    remaining = {item: rng.random() * 9 for item in ids}
    print("path", *(timed(lambda: longest_chains(links, remaining)) for _ in range(5)))
    names = [f"Team {n}" for n in range(TEAMS)]
    edges = {tuple(rng.sample(names, 2)) for _ in range(EDGES)}
    while len(edges) < EDGES:
        edges.add(tuple(rng.sample(names, 2)))
    matrix = [TeamPair(a, b, (Wait(blocker=1, waiting=2, days=3.0),)) for a, b in sorted(edges)]
    print("teams", *(timed(lambda: rank_teams(matrix)) for _ in range(5)))

    reader = Reader(path)
    stream = reader.stream(reader.streams()[0].id)
    assert stream is not None
    now = time.time_ns() // 1000
    print("stuck", *(timed(lambda: read_bottlenecks(reader, stream, as_of=now)) for _ in range(4)))


main(Path(sys.argv[1]))
