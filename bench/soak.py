"""Works on a served board for ten minutes; sessions are killed and locks held meanwhile."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pyte

from bench.figure import Figure, at_most
from bench.place import Place, say
from bench.served import Server, serving
from bench.terminal import _PRIVATE, COLUMNS, ROWS, Terminal

PEOPLE = 6
WAIT = 40.0
"""Seconds that an acknowledgement is waited for; a lock is held for 3."""


@dataclass
class Tally:
    """What was acknowledged, and what was done to whom."""

    acknowledged: list[str] = field(default_factory=list)
    typed: int = 0
    ends: Counter[str] = field(default_factory=Counter)


class _Screen:
    """The screen of a terminal, kept up as its output comes."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._fed = 0

    def shows(self, pattern: str, within: float) -> bool:
        """Whether a text comes up in time that matches a pattern."""
        text = re.compile(pattern)
        until = time.perf_counter() + within
        while time.perf_counter() < until and not self._terminal.ended:
            self._terminal.rest(0.05)
            chunks = self._terminal.chunks[self._fed :]
            self._fed += len(chunks)
            for _, data in chunks:
                self._stream.feed(_PRIVATE.sub(b"", data))
            if any(text.search(line) for line in self._screen.display):
                return True
        return False


def soak(place: Place) -> Iterator[Figure]:
    """Ten minutes of work, then: is all there once, and did an idle session grow?"""
    seconds = 30.0 if place.quick else 600.0
    tally = Tally()
    with serving(place, 1_000, "soak") as server, server.open() as idle:
        idle.rest(3)
        (idle_process,) = server.sessions()
        until = time.perf_counter() + seconds
        say(f"{PEOPLE} people work for {seconds:g} s")
        with ThreadPoolExecutor(PEOPLE + 1) as pool:
            working = [pool.submit(_work, server, n, until, tally) for n in range(PEOPLE)]
            locking = pool.submit(_lock, server, until)
            idle.rest(min(60.0, seconds / 3))
            before = _own(idle_process)
            idle.rest(until - time.perf_counter())
            for work in (*working, locking):
                work.result()
        idle.rest(3)
        grown = _own(idle_process) / before
        left = len(server.sessions()) - 1
        yield from _judge(server, tally, left)
    name = f"own memory of an idle session after {seconds:g} s ÷ before"
    yield at_most(name, grown, 1.1, "×")


def _judge(server: Server, tally: Tally, left: int) -> Iterator[Figure]:
    place = server.place
    rows = json.loads(place.run(place.vsm, "--db", server.database, "item", "list", "--json"))
    titles = Counter(re.sub(r"\s+", " ", row["title"]) for row in rows)
    wrong = sum(titles[title] != 1 for title in tally.acknowledged)
    ends = ", ".join(f"{count} {how}" for how, count in sorted(tally.ends.items()))
    note = f"{len(tally.acknowledged)} acknowledged of {tally.typed} typed; {ends}"
    yield at_most("acknowledged items that are not there exactly once", wrong, 0, "", note)
    twice = sum(count > 1 for title, count in titles.items() if title.startswith("soak "))
    yield at_most("typed items that are there more than once", twice, 0, "")
    report = subprocess.run(
        [place.vsm, "--db", str(server.database), "doctor", "--json"],
        env=place.env,
        capture_output=True,
        text=True,
    )
    complaints = 0 if json.loads(report.stdout)["ok"] else 1
    yield at_most("doctor's complaints (journal, tables equal replay)", complaints, 0, "")
    yield at_most("sessions left behind", left, 0, "")


def _work(server: Server, number: int, until: float, tally: Tally) -> None:
    dice = random.Random(number)
    count = 0
    while time.perf_counter() < until:
        stay = time.perf_counter() + dice.uniform(5, 40)
        with server.open() as terminal:
            screen = _Screen(terminal)
            if not screen.shows("Organisation", 20):
                tally.ends["did not come up"] += 1
                continue
            for _ in range(3):  # what an earlier session had half typed may be in front
                terminal.press("escape")
                terminal.rest(0.2)
            while time.perf_counter() < min(stay, until) and not terminal.ended:
                count += 1
                title = f"soak {number} {count}"
                tally.typed += 1
                terminal.press(f"n{title}\r")
                # On a card it is acknowledged, in the field it is only typed.
                if screen.shows(rf"[█▌]{title}\b", WAIT):
                    tally.acknowledged.append(title)
                terminal.press("escape")
                for _ in range(dice.randrange(8)):
                    terminal.press(dice.choice(["up", "down", "left", "right"]))
                    terminal.rest(dice.uniform(0.02, 0.3))
            _end(server, terminal, dice, tally)


def _end(server: Server, terminal: Terminal, dice: random.Random, tally: Tally) -> None:
    how = dice.choice(["left", "client killed", "process killed"])
    tally.ends[how] += 1
    if how == "left":
        terminal.press("q")
        terminal.rest(1)
    elif how == "client killed":
        terminal.press("nhalf typed")
        terminal.rest(0.1)
        os.kill(terminal.pid, signal.SIGKILL)
    else:
        others = server.sessions()[1:]  # the first one is the idle one
        with contextlib.suppress(IndexError, ProcessLookupError):
            os.kill(dice.choice(others), signal.SIGKILL)


def _lock(server: Server, until: float) -> None:
    """Hold the lock for three seconds, again and again."""
    place = server.place
    pause = threading.Event()
    while not pause.wait(15) and time.perf_counter() < until:
        place.run(*place.child("hold_lock.py", server.database, "3"))


def _own(process: int) -> int:
    rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    return sum(map(int, re.findall(r"^Private_\w+:\s+(\d+) kB", rollup, re.M)))
