"""Writes a made-up history as Jira JSON lines or as CSV: the same bytes for the same arguments.

    python -m bench.generate --items 10000 out.jsonl
    python -m bench.generate --moves 1000000 out.csv

Eight stages, about eight moves an item: work arrives all the time for two years (a month for fewer
than 1,000 items), stages take log-normal times, some items skip a stage, some come back, one in ten
is never picked up. Moves after the end are left out, so every stage has items.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

STAGES = ("Backlog", "Ready", "Analysis", "Development", "Review", "Test", "Deploy", "Done")
CATEGORIES = ("backlog", "queue", "active", "active", "active", "active", "active", "done")
MAPPING = ",".join(f"{n}:{c}" for n, c in zip(STAGES, CATEGORIES, strict=True))
"""The stage mapping for imports of such a file."""

_JIRA_CATEGORY = {"backlog": "new", "done": "done"}
_DAYS = (8.0, 2.0, 1.5, 3.0, 1.0, 2.0, 0.5)
"""Median days in each stage but the last."""

_BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
_DAY = 86_400.0
_FORGOTTEN = 0.1
_TYPES = ("Story", "Bug", "Task", "Security")
_WORDS = (
    "card",
    "ledger",
    "refund",
    "token",
    "fee",
    "report",
    "limit",
    "login",
    "dispute",
    "alert",
)


@dataclass(frozen=True, slots=True)
class GeneratedItem:
    """One item: its number, and its entries as (seconds since the beginning, place of stage)."""

    number: int
    entries: list[tuple[float, int]]


def histories(items: int | None, moves: int | None, seed: int) -> Iterator[GeneratedItem]:
    """Yield ``items`` items, or as many as make ``moves`` moves (the last one is cut to fit)."""
    rng = random.Random(seed)
    expected = items if items is not None else (moves or 0) // 8
    span = (730 if expected >= 1_000 else 30) * _DAY
    made = 0
    for number in count(1):
        if items is not None and number > items:
            return
        entries = _entries(rng, (number - rng.random()) / expected * span % span, span)
        if moves is not None:
            entries = entries[: moves - made + 1]
            made += len(entries) - 1
        yield GeneratedItem(number, entries)
        if made == moves:
            return


def _entries(rng: random.Random, at: float, span: float) -> list[tuple[float, int]]:
    entries, stage, returns = [(at, 0)], 0, 0
    if rng.random() < _FORGOTTEN:
        return entries
    while stage < len(STAGES) - 1:
        at += 60 + min(rng.lognormvariate(math.log(_DAYS[stage] * 54_000), 0.9), 60 * _DAY)
        if at > span:
            break
        draw = rng.random()
        if stage >= 3 and returns < 3 and draw < 0.15:
            stage, returns = stage - 1, returns + 1
        elif 0 < stage < 6 and draw > 0.98:
            stage += 2
        else:
            stage += 1
        entries.append((at, stage))
    return entries


def write(
    path: Path,
    *,
    items: int | None = None,
    moves: int | None = None,
    seed: int = 42,
    prefix: str = "SYN",
) -> int:
    """Write a file of so many items or moves; return the number of moves in it.

    A name that ends in ``.csv`` makes an event log, one entry into a stage a row, and as trackers
    write it: in the order of time, whatever the item.
    """
    if path.suffix == ".csv":
        return _write_csv(path, items, moves, seed, prefix)
    words = random.Random(seed + 1)
    serial = count(1)
    made = 0
    with path.open("w", encoding="utf-8") as out:
        for item in histories(items, moves, seed):
            made += len(item.entries) - 1
            issue = _issue(item, words, serial)
            issue["key"] = f"{prefix}-{item.number}"
            out.write(json.dumps(issue, separators=(",", ":")))
            out.write("\n")
    return made


def _write_csv(path: Path, items: int | None, moves: int | None, seed: int, prefix: str) -> int:
    words = random.Random(seed + 1)
    rows = sorted(
        (at, item.number, n, stage)
        for item in histories(items, moves, seed)
        for n, (at, stage) in enumerate(item.entries)
    )
    with path.open("w", encoding="utf-8") as out:
        out.write("case,activity,timestamp,resource\n")
        for at, number, _, stage in rows:
            person = f"u{words.randrange(40):03}"
            out.write(f"{prefix}-{number},{STAGES[stage]},{_moment(at)},{person}\n")
    return sum(n > 0 for _, _, n, _ in rows)


def _moment(at: float) -> str:
    return (_BEGIN + timedelta(seconds=at)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


def _issue(item: GeneratedItem, words: random.Random, serial: Iterator[int]) -> dict[str, object]:
    moments = [_moment(at) for at, _ in item.entries]
    stages = [stage for _, stage in item.entries]
    people = [f"u{words.randrange(40):03}" for _ in stages]
    return {
        "id": str(10_000 + item.number),
        "key": f"SYN-{item.number}",
        "fields": {
            "summary": " ".join(words.choices(_WORDS, k=4)).capitalize(),
            "created": moments[0],
            "resolutiondate": moments[-1] if stages[-1] == len(STAGES) - 1 else None,
            "issuetype": {"name": words.choice(_TYPES)},
            "status": _status(stages[-1]),
            "priority": {"name": "Major"},
            "assignee": {"name": people[0]},
            "labels": [],
            "duedate": None,
            "issuelinks": [],
        },
        "changelog": {
            "total": len(stages) - 1,
            "histories": [
                {
                    "id": str(next(serial)),
                    "author": {"name": person},
                    "created": moment,
                    "items": [_change(before, after)],
                }
                for person, moment, before, after in zip(
                    people[1:], moments[1:], stages, stages[1:], strict=False
                )
            ],
        },
    }


def _status(stage: int) -> dict[str, object]:
    key = _JIRA_CATEGORY.get(CATEGORIES[stage], "indeterminate")
    return {"id": str(stage + 1), "name": STAGES[stage], "statusCategory": {"key": key}}


def _change(before: int, after: int) -> dict[str, object]:
    return {
        "field": "status",
        "fieldtype": "jira",
        "from": str(before + 1),
        "fromString": STAGES[before],
        "to": str(after + 1),
        "toString": STAGES[after],
    }


def main() -> None:
    """Write one file from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument("--items", type=int)
    size.add_argument("--moves", type=int)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("file", type=Path)
    options = parser.parse_args()
    made = write(options.file, items=options.items, moves=options.moves, seed=options.seed)
    print(f"{made} moves")


if __name__ == "__main__":
    main()
