"""Evaluations a second over the facts of real-looking items, and the time of a move with gates."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.samples.streams import kanban
from vsm.controls import shipped
from vsm.model import command as c
from vsm.model.control.control import Control, Mode
from vsm.model.control.evaluation import evaluate
from vsm.model.governance_entities import CONTROL, MODE
from vsm.model.rules import DAY
from vsm.reader import Reader
from vsm.session import ChangeGroup, Session

CONTROLS = 20
CALLS = 12
GOAL_A_SECOND = 1000
GOAL_RATIO = 1.2
_OWNED: dict[str, Any] = {
    "title": "somebody owns it",
    "rule": "has(change.owner) && change.owner != ''",
    "examples": (
        json.dumps({"expect": "pass", "facts": {"change": {"owner": "anna"}}}),
        json.dumps({"expect": "fail", "facts": {"change": {}}}),
    ),
}


@dataclass(frozen=True, slots=True)
class Speed:
    """Evaluations a second; milliseconds of moves: without controls, with 20 of which 4 check it,
    with 20 that all check it, with 20 of which 4 check it by evidence.

    ``moves`` are those of a session, in processor time; ``commands`` whole calls of
    ``vsm item move``.
    """

    evaluations: float
    moves: tuple[float, ...]
    commands: tuple[float, ...]


class Place:
    """A stream with items that have evidence, in a file of its own."""

    def __init__(self, path: Path, items: int) -> None:
        self.at = (int(time.time()) - 9 * 86400) * 1_000_000
        self.path = path
        self.session = Session(path, actor="bench", clock=lambda: self.at)
        self.do(kanban("Bench", "Europe/Berlin", "B"))
        for number in range(items):
            fields = {"owner": "anna", "labels": ("a", "b")}
            self.do(c.AddItem(1, f"Item {number}", fields=fields))
        self.read = Reader(path)
        self.stream = self.read.stream_named("Bench")
        for item in range(1, items + 1):
            self._record(item)

    def do(self, *commands: c.Command) -> None:
        """Do it, or fail."""
        done = self.session.do(*commands)
        assert isinstance(done, ChangeGroup), done
        self.at += 1_000_000

    def _record(self, item: int) -> None:
        pr = {"pr": str(item)}
        self.do(
            c.AddEvidence(item, "pull_request", str(item), by="anna"),
            *(c.AddEvidence(item, "commit", f"{item}-{n}", by="anna", details=pr) for n in "abc"),
            c.AddEvidence(item, "review", f"{item}-r", by="ben", status="approved", details=pr),
            c.AddEvidence(item, "build", f"{item}-1", status="pass"),
        )
        self.do(c.AddEvidence(item, "approval", f"{item}-1", by="lea"))

    def set_controls(self, stages: Sequence[str], by: Mapping[str, Any] = _OWNED) -> None:
        """Set controls like this one at the entry of these stages by turns, all of which pass."""
        for number in range(CONTROLS):
            applies = f"enter {stages[number % len(stages)]}"
            values = {**by, "name": f"gate-{number}", "applies": applies}
            self.do(c.AddEntity(CONTROL, values))
        day = time.strftime("%Y-%m-%d", time.gmtime(self.at / 1_000_000 + 86400))
        mode = {"only": 1, "value": "controlling", "start": day, "reason": "bench"}
        self.do(c.AddEntity(MODE, mode))
        self.at += 2 * DAY

    def move(self, item: int, stage: int) -> float:
        """Move an item; gives the milliseconds of processor time that it took.

        What a disk takes to commit would hide on a busy machine what controls add.
        """
        began = time.thread_time()
        self.do(c.MoveItem(item, stage))
        return (time.thread_time() - began) * 1000

    def close(self) -> None:
        """Give the files back."""
        self.read.close()
        self.session.close()


def evaluations_a_second(place: Place, seconds: float) -> float:
    """How many verdicts on items a second, their facts included, by controls that ship."""
    controls: list[Control] = []
    for number, values in enumerate(shipped().values(), 1):
        names = [field.name for field in CONTROL.fields]
        defaults = {f.name: f.default for f in CONTROL.fields if not f.is_required}
        controls.append(Control(number, **CONTROL.read(names, {**defaults, **values})))
    called = [(control, Mode.SUPPORTIVE) for control in controls]
    records = place.read.change_records(place.stream)
    items = list(records.items)
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        for item in items:
            count += len(evaluate(records.record(item, place.at), called))
    return count / (time.perf_counter() - began)


def moves(places: Sequence[Place], items: int) -> list[list[float]]:
    """Milliseconds of moves into a working stage at each place; what follows is not counted.

    Places take turns item by item, so that all meet the same machine.
    """
    times: list[list[float]] = [[] for _ in places]
    for item in range(1, items + 1):
        for place, taken in zip(places, times, strict=True):
            line = place.stream.line
            taken.append(place.move(item, line[2].id))
            place.move(item, line[0].id)
    return times


def commands(places: Sequence[Place], times: int) -> list[list[float]]:
    """Milliseconds of whole calls of ``vsm item move``, by turns at each place."""
    taken: list[list[float]] = [[] for _ in places]
    for item in range(1, times + 1):
        for place, own in zip(places, taken, strict=True):
            stage = place.stream.line[2].name
            args = [sys.executable, "-m", "vsm", "--db", str(place.path)]
            args += ["--as", "bench", "item", "move", f"B-{item}", stage]
            began = time.perf_counter()
            subprocess.run(args, check=True, capture_output=True)
            own.append((time.perf_counter() - began) * 1000)
            place.move(item, place.stream.line[0].id)
    return taken


def measure(folder: Path, items: int, seconds: float) -> Speed:
    """Measure all of it, by turns at a place of each kind."""
    plain, some, every, proven = places = [Place(folder / f"{n}.db", items) for n in range(4)]
    stages = [stage.name for stage in some.stream.line[:5]]
    some.set_controls(stages)
    every.set_controls([stages[2]])
    proven.set_controls(stages, shipped()["chg-approved"])
    speed = evaluations_a_second(plain, seconds)
    times: list[list[float]] = [[] for _ in places]
    for _ in range(3):
        gc.collect()
        for taken, more in zip(times, moves(places, items), strict=True):
            taken += more
    called = commands(places, CALLS)
    for place in places:
        place.close()
    return Speed(speed, *(tuple(median(own) for own in kind) for kind in (times, called)))
