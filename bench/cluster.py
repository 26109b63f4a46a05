"""Measures a journal on a server: changes a second, lag, replicas, large imports, refusal."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from bench import generate
from bench.figure import Figure, at_least, at_most, percentile, ratio
from bench.place import Place, numbers, say
from tests.cluster.postgres import CannotRun, Servers, running, until

HOSTS = 3


def cluster(place: Place) -> Iterator[Figure]:
    """All of it, with a synchronous standby on the same disk and three hosts on one machine."""
    try:
        yield from _writing(place)
        yield from _replicas(place)
        yield from _imports(place)
    except CannotRun as reason:
        yield Figure("a journal on a server", "", f"not measured: {reason}")


@contextmanager
def _hosts(place: Place, database: Path) -> Iterator[tuple[Servers, list[Path]]]:
    """Servers with a journal, and a replica each for three hosts with a follower."""
    with ExitStack() as stack:
        servers = stack.enter_context(contextmanager(running)(standby=True, durable=True))
        place.run(place.vsm, "--db", database, "cluster", "init", servers.dsn)
        paths = [database]
        for host in range(1, HOSTS):
            paths.append(database.with_name(f"{database.stem}-{host}.db"))
            place.run(place.vsm, "--db", paths[-1], "cluster", "join", servers.dsn)
        for path in paths:
            command = [place.vsm, "--db", str(path), "replica", "follow"]
            follower = subprocess.Popen(command, env=place.env)
            stack.callback(follower.wait)
            stack.callback(follower.terminate)
            until(Path(f"{path}.replica").exists, "it follows")
        yield servers, paths


def _writing(place: Place) -> Iterator[Figure]:
    turns = 10 if place.quick else 100
    single, rates, lags, took = [], [], [], []
    for turn in range(1 if place.quick else 3):
        say(f"20 writers, turn {turn + 1}")
        alone = place.copy(1_000, f"alone-{turn}")
        single += numbers(place.run(*place.child("writers.py", "vsm", alone, str(turns))))
        with _hosts(place, place.copy(1_000, f"cluster-{turn}")) as (_, paths):
            output = place.run(*place.child("cluster_writers.py", str(turns), *paths))
        for line in output.splitlines():
            name, _, value = line.rpartition(" ")
            {"": rates, "lag": lags, "took": took}[name].append(float(value))
    note = f"{max(rates):,.0f} against {max(single):,.0f} a second"
    name = "20 writers on 3 hosts, a standby waited for"
    yield at_least(f"{name} ÷ one file", ratio(rates, single), 0.35, "×", note)
    note = f"p50 {median(lags):.0f} ms, most {max(lags):.0f} ms, of {len(lags):,}"
    yield at_most("lag to other hosts, p95", percentile(lags, 95), 300, "ms", note)
    note = f"p50 {median(took):.0f} ms, p95 {percentile(took, 95):.0f} ms"
    yield Figure("a change while 20 write", "", note)


def _replicas(place: Place) -> Iterator[Figure]:
    """A replica made from its server, against a local rebuild and the bare transfer."""
    entries = 20_000 if place.quick else 1_000_000
    database = place.folder / "lived.db"
    say(f"writing a journal of {entries:,} entries")
    place.run(*place.child("lived_journal.py", database, str(entries)))
    began = time.perf_counter()
    place.run(place.vsm, "--db", database, "rebuild")
    rebuilt = time.perf_counter() - began
    with ExitStack() as stack:
        servers = stack.enter_context(contextmanager(running)(durable=True))
        began = time.perf_counter()
        place.run(place.vsm, "--db", database, "cluster", "init", servers.dsn)
        initialised = time.perf_counter() - began
        began = time.perf_counter()
        rows = "COPY (SELECT * FROM vsm.journal ORDER BY seq) TO STDOUT"
        servers.sql("a", rows)
        moved = time.perf_counter() - began
        say("making a replica")
        began = time.perf_counter()
        place.run(place.vsm, "--db", place.folder / "joined.db", "cluster", "join", servers.dsn)
        joined = time.perf_counter() - began
    note = f"{joined:.1f} s against {rebuilt:.1f} s and {moved:.1f} s"
    name = f"a replica of {entries:,} entries ÷ (rebuild + transfer)"
    yield at_most(name, joined / (rebuilt + moved), 1.2, "×", note)
    yield Figure(f"{entries:,} entries put on a server", "", f"{initialised:.1f} s")


def _imports(place: Place) -> Iterator[Figure]:
    """A large import through the server: how long it keeps the turn."""
    items = 2_000 if place.quick else 100_000
    history = place.folder / "large.csv"
    generate.write(history, items=items)
    alone = place.folder / "large-alone.db"
    began = time.perf_counter()
    place.load(history, alone)
    single = time.perf_counter() - began
    with _hosts(place, place.copy(1_000, "large")) as (servers, paths):
        began = time.perf_counter()
        place.load(history, paths[0], "Large")
        taken = time.perf_counter() - began
        head = "SELECT seq FROM vsm.head"
        top = int(servers.sql("a", head))
        count = [*place.child("position.py", paths[1])]
        until(lambda: int(place.run(*count)) == top, "the other host has it", 120)
        seen = time.perf_counter() - began - taken
    note = f"{taken:.1f} s, {single:.1f} s into one file; on the other hosts {seen:.1f} s later"
    yield at_most(f"import of {items:,} items over the server", taken, 30, "s", note)
