"""Measures boards that are served over SSH, with the client of OpenSSH, beside plain starts."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from statistics import median

from bench.figure import Figure, at_most, percentile, ratio
from bench.place import Place, say
from bench.terminal import Terminal

QUIET = 0.4
CURSOR = ["down", "down", "up", "up", "right", "left"]
PEOPLE = 10


@dataclass
class Server:
    """A running server of one database, and how to log in."""

    place: Place
    database: Path
    keys: Iterator[Path]
    """The private keys of its people, in turn: each may have a few boards."""
    first_key: Path
    port: int
    warm: int
    pid: int

    def command(self, *options: str, key: Path | None = None) -> list[str]:
        """The client that logs in, with the next person's key."""
        return [
            *("ssh", "-F", "none", *options),  # of an option given twice the first one holds
            *("-tt", "-p", str(self.port), "-i", str(key or next(self.keys))),
            *("-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no"),
            *("-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"),
            "bench@127.0.0.1",
        ]

    def open(self, *options: str) -> Terminal:
        """A board over SSH."""
        return Terminal(self.command(*options), self.place.env)

    def open_of_first(self) -> Terminal:
        """A board of the first person: nobody else comes in, whom it would show."""
        return Terminal(self.command(key=self.first_key), self.place.env)

    def sessions(self) -> list[int]:
        """The processes of the sessions."""
        children = Path(f"/proc/{self.warm}/task/{self.warm}/children").read_text()
        return [int(word) for word in children.split()]


@contextmanager
def serving(place: Place, items: int, name: str) -> Iterator[Server]:
    """Serve a copy of a generated database."""
    database = place.copy(items, name)
    folder = place.folder / f"{name}.keys"
    folder.mkdir()
    with subprocess.Popen(
        place.child("serving.py", database, folder, str(PEOPLE)),
        env=place.env,
        cwd=place.folder,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        port, warm = map(int, process.stdout.readline().split())
        try:
            keys = [folder / f"{number}.key" for number in range(1, PEOPLE + 1)]
            yield Server(place, database, cycle(keys), keys[0], port, warm, process.pid)
        finally:
            process.terminate()


@contextmanager
def _all_open(server: Server, count: int) -> Iterator[list[Terminal]]:
    """So many boards, opened one after the other and read all the time."""
    with ExitStack() as stack:
        terminals = []
        for _ in range(count):
            terminals.append(stack.enter_context(server.open()))
            terminals[-1].rest(0.15)
        reading = threading.Event()

        def read(terminal: Terminal) -> None:
            while not (reading.is_set() or terminal.ended):
                terminal.rest(0.2)

        with ThreadPoolExecutor(count) as pool:
            stack.callback(reading.set)
            try:
                for terminal in terminals:
                    pool.submit(read, terminal)
                time.sleep(2)
                if any(terminal.ended for terminal in terminals):
                    raise EOFError("a board over SSH ended by itself")
                yield terminals
            finally:
                reading.set()


@contextmanager
def _moves(server: Server) -> Iterator[subprocess.Popen[str]]:
    """Another process that moves an item at each line."""
    place = server.place
    with subprocess.Popen(
        place.child("mover.py", server.database),
        env=place.env,
        cwd=place.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as mover:
        assert mover.stdin is not None and mover.stdout is not None
        if mover.stdout.readline().strip() != "ready":
            raise RuntimeError("the other session did not start")
        try:
            yield mover
        finally:
            mover.stdin.close()


def _move(mover: subprocess.Popen[str]) -> float:
    """Move once; the moment of the commit."""
    assert mover.stdin is not None and mover.stdout is not None
    mover.stdin.write("\n")
    mover.stdin.flush()
    return float(mover.stdout.readline())


def _full(terminals: Sequence[Terminal]) -> list[float]:
    """Seconds from the start of each until it was full; they were started at the same time."""

    def settle(terminal: Terminal) -> None:
        terminal.settle(QUIET)

    with ThreadPoolExecutor(len(terminals)) as pool:
        list(pool.map(settle, terminals))
    return [terminal.full_at() for terminal in terminals]


def served(place: Place) -> Iterator[Figure]:
    """First pictures, memory, keys, changes seen and bytes of boards over SSH."""
    with serving(place, 1_000 if place.quick else 10_000, "served") as server:
        yield from _paint(server)
        yield from _memory(server)
        yield from _keys(server)
        yield from _seen(server)
        yield from _bytes(server)
        yield from _abort(server)


def _paint(server: Server) -> Iterator[Figure]:
    place = server.place
    turns = 2 if place.quick else 9
    say(f"logging in and starting in turn, {turns} times")
    plain, over = [], []
    for turn in range(turns + 1):
        times = []
        for make in (
            lambda: Terminal([place.vsm, "--db", str(server.database)], place.env),
            server.open_of_first,
        ):
            with make() as terminal:
                times += _full([terminal])
        if turn:
            plain.append(times[0])
            over.append(times[1])
    note = f"{median(over) * 1e3:.0f} ms against {median(plain) * 1e3:.0f} ms"
    yield at_most("login to a full board ÷ plain start", ratio(over, plain), 0.4, "×", note)
    many = 3 if place.quick else 10
    say(f"{many} at once")
    medians = []
    for make in (
        lambda: Terminal([place.vsm, "--db", str(server.database)], place.env),
        server.open_of_first,
    ):
        with ExitStack() as stack:
            medians.append(median(_full([stack.enter_context(make()) for _ in range(many)])))
    note = f"{medians[1] * 1e3:.0f} ms against {medians[0] * 1e3:.0f} ms"
    name = f"{many} logins at once, median ÷ {many} plain starts"
    yield at_most(name, medians[1] / medians[0], 0.5, "×", note)


def _memory(server: Server) -> Iterator[Figure]:
    with _all_open(server, 3):
        own = []
        for pid in server.sessions():
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            own.append(sum(map(int, re.findall(r"^Private_\w+:\s+(\d+) kB", rollup, re.M))) / 1024)
    yield at_most("own memory of a session", max(own), 25, "MiB")


def _keys(server: Server) -> Iterator[Figure]:
    place = server.place
    turns = 2 if place.quick else 20
    many = 3 if place.quick else 30

    say(f"keys of one session, then of one among {many}")
    with server.open() as terminal:
        _to_top(terminal)
        alone = _first_answers(terminal, turns)
    stop = threading.Event()
    with (
        _all_open(server, many - 1),
        _moves(server) as mover,
        ThreadPoolExecutor(1) as pool,
        server.open() as terminal,
    ):

        def move() -> None:
            while not stop.wait(0.2):
                _move(mover)

        _to_top(terminal)
        moving = pool.submit(move)
        try:
            among = _first_answers(terminal, turns)
        finally:
            stop.set()
        moving.result()
    one, many_p95 = percentile(alone, 95) * 1e3, percentile(among, 95) * 1e3
    note = f"{many_p95:.0f} ms against {one:.0f} ms"
    name = f"key p95, {many} sessions and 5 moves/s ÷ one idle"
    yield at_most(name, many_p95 / one, 1.5, "×", note)


def _to_top(terminal: Terminal) -> None:
    """Go to the top of the column: a board opens where it was left, and there keys do nothing."""
    terminal.settle(QUIET)
    terminal.press("home")
    terminal.settle(QUIET)


def _first_answers(terminal: Terminal, turns: int) -> list[float]:
    """Seconds to the first byte after each key: others' moves are painted between them."""
    out = []
    for key in CURSOR * turns:
        known = len(terminal.chunks)
        pressed = terminal.press(key)
        while len(terminal.chunks) == known and time.perf_counter() < pressed + 3:
            terminal.rest(0.002)
        if len(terminal.chunks) == known:
            raise TimeoutError(f"nothing came back for {key!r}:\n{terminal.text()}")
        out.append(terminal.chunks[known][0] - pressed)
        terminal.rest(0.07)
    return out


def _seen(server: Server) -> Iterator[Figure]:
    place = server.place
    many, turns = (3, 3) if place.quick else (50, 12)
    say(f"moves seen by {many} sessions")
    delays = []
    with _all_open(server, many) as terminals, _moves(server) as mover:
        time.sleep(2 if place.quick else 8)
        for turn in range(turns):
            known = [len(terminal.chunks) for terminal in terminals]
            committed = _move(mover)
            time.sleep(1.5 + turn * 0.013)
            for terminal, before in zip(terminals, known, strict=True):
                answers = [at for at, _ in terminal.chunks[before:] if at > committed]
                delays.append((answers[0] - committed) * 1e3 if answers else 1_500.0)
    name = f"a move seen by {many} sessions, p95"
    yield at_most(name, percentile(delays, 95), 500, "ms", f"slowest {max(delays):.0f} ms")


def _bytes(server: Server) -> Iterator[Figure]:
    """Bytes on the line, by the client's own count, of a board with keys less one without."""
    place = server.place
    turns = 2 if place.quick else 10
    received = []
    for keys in ([], CURSOR * turns):
        log = place.folder / f"ssh-{len(keys)}.log"
        with server.open("-C", "-o", "LogLevel=DEBUG1", "-E", str(log)) as terminal:
            _to_top(terminal)
            for key in keys:
                terminal.answer(key, 0.1)
            terminal.press("q")
            terminal.rest(2)
        match = re.search(r"received (\d+) bytes", log.read_text())
        assert match is not None
        received.append(int(match[1]))
    bytes_a_key = (received[1] - received[0]) / len(CURSOR * turns)
    yield at_most("bytes of a cursor key on the line, compressed", bytes_a_key, 300, "B")


def _abort(server: Server) -> Iterator[Figure]:
    with _all_open(server, 3) as terminals:
        for terminal in terminals:
            os.kill(terminal.pid, signal.SIGKILL)
        ended = time.perf_counter()
        while server.sessions() and time.perf_counter() < ended + 10:
            time.sleep(0.05)
        left, took = len(server.sessions()), time.perf_counter() - ended
    yield at_most("sessions 5 s after an abort", left, 0, "", f"all gone after {took:.1f} s")
