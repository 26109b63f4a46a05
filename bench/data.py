"""Measures import, rebuild, cold and warm figures, many writers, chain and dependencies."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median

from bench import generate
from bench.figure import Figure, at_least, at_most, percentile, ratio
from bench.place import Place, numbers, say


def _rows(path: Path, moves: int) -> None:
    """Write the same moves as plain rows (item, from, to, microseconds), in order of time."""
    rows = sorted(
        (int(at * 1e6), generated.number, generate.STAGES[before], generate.STAGES[after])
        for generated in generate.histories(None, moves, 42)
        for (_, before), (at, after) in pairwise(generated.entries)
    )
    with path.open("w", encoding="utf-8") as out:
        out.writelines(f"{item}\t{before}\t{after}\t{at}\n" for at, item, before, after in rows)


def _seconds(place: Place, *argv: str | Path) -> float:
    start = time.perf_counter()
    place.run(*argv)
    return time.perf_counter() - start


def imports(place: Place) -> Iterator[Figure]:
    """Import of 1,000,000 moves, command to commit, against a bare insert; then a rebuild.

    The goal is for CSV; Jira JSON, five times the bytes, has none.
    """
    moves = 50_000 if place.quick else 1_000_000
    say(f"writing a history of {moves:,} moves")
    history, rows = place.folder / "import.csv", place.folder / "import.tsv"
    issues = place.folder / "import.jsonl"
    generate.write(history, moves=moves)
    generate.write(issues, moves=moves)
    _rows(rows, moves)
    bare, ours, rebuilt, jira = [], [], [], []
    for turn in range(1 if place.quick else 3):
        say(f"importing, turn {turn + 1}")
        target = place.folder / f"import-{turn}.db"
        bare += numbers(place.run(*place.child("bare_insert.py", rows, f"{target}.bare")))
        began = time.perf_counter()
        place.load(history, target)
        ours.append(time.perf_counter() - began)
        rebuilt.append(_seconds(place, place.vsm, "--db", target, "rebuild"))
        for path in place.folder.glob(f"{target.name}*"):
            path.unlink()
        began = time.perf_counter()
        place.load(issues, target)
        jira.append(time.perf_counter() - began)
        for path in place.folder.glob(f"{target.name}*"):
            path.unlink()
    for path in (history, issues, rows):
        path.unlink()
    note = f"{min(ours):.1f} s against {min(bare):.1f} s"
    name = f"import of {moves:,} moves"
    yield at_most(f"{name} from CSV ÷ bare insert", ratio(ours, bare), 8, "×", note)
    note = f"{ratio(jira, bare):,.2f} ×  ({min(jira):.1f} s)"
    yield Figure(f"{name} from Jira JSON ÷ bare insert", "", note)
    note = f"{min(rebuilt):.1f} s"
    yield at_most("rebuild ÷ import", ratio(rebuilt, ours), 1.2, "×", note)


def cold_metrics(place: Place) -> Iterator[Figure]:
    """All figures from the file in a new process, against a bare read and numpy pass."""
    items = 10_000 if place.quick else 100_000
    database = place.database(items)
    ours, bare = [], []
    for _ in range(3 if place.quick else 7):
        bare += numbers(place.run(*place.child("cold_metrics.py", "bare", database)))
        ours += numbers(place.run(*place.child("cold_metrics.py", "vsm", database)))
    note = f"{min(ours):.2f} s against {min(bare):.2f} s"
    name = f"all figures, {items:,} items, cold"
    yield at_most(f"{name} ÷ bare", ratio(ours, bare), 2.5, "×", note)
    yield at_most(name, median(ours), 1.0, "s", f"least {min(ours):.2f} s")
    warm = numbers(place.run(*place.child("warm_figures.py", database)))
    note = f"least {min(warm):.1f} ms"
    yield at_most(f"figures of 90 days, {items:,} items, warm", median(warm), 20, "ms", note)


def writers(place: Place) -> Iterator[Figure]:
    """Twenty processes write at once, against raw SQLite on the same file system."""
    turns = 20 if place.quick else 200
    ours, raw = [], []
    for turn in range(1 if place.quick else 3):
        target = place.folder / f"raw-{turn}.db"
        raw += numbers(place.run(*place.child("writers.py", "raw", target, str(turns))))
        copy = place.copy(1_000, f"writers-{turn}")
        ours += numbers(place.run(*place.child("writers.py", "vsm", copy, str(turns))))
    note = f"{max(ours):,.0f} against {max(raw):,.0f} a second"
    yield at_least("20 writers ÷ raw SQLite", ratio(ours, raw), 0.25, "×", note)


def chain(place: Place) -> Iterator[Figure]:
    """The chain of a journal of 1,000,000 entries, command to report."""
    entries = 20_000 if place.quick else 1_000_000
    database = place.folder / "long.db"
    place.run(*place.child("long_journal.py", database, str(entries)))
    taken = [_seconds(place, place.vsm, "--db", database, "doctor", "--chain") for _ in range(3)]
    yield at_most(f"chain of {entries:,} entries", median(taken), 15, "s")


def dependencies(place: Place) -> Iterator[Figure]:
    """Links, paths and team measures among 10,000 items, and the bottlenecks of their stream."""
    items = 1_000 if place.quick else 10_000
    copy = place.copy(items, "links")
    times = {}
    for text in place.run(*place.child("dependencies.py", copy)).splitlines():
        name, *values = text.split()
        times[name] = [float(value) for value in values]
    link = times["link"]
    note = f"95%: {percentile(link, 95):.1f} ms"
    yield at_most(f"a link at {items:,} items, {2 * items:,} links", median(link), 10, "ms", note)
    yield at_most(f"critical path of {items:,} items", median(times["path"]), 60, "ms")
    yield at_most("measures of 200 teams, 1,500 edges", median(times["teams"]), 250, "ms")
    cold, *warm = times["stuck"]
    name = f"bottlenecks of {items:,} items, warm"
    yield Figure(name, "", f"{median(warm):.0f} ms  (first {cold:.0f} ms, with loading)")
