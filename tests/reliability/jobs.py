"""Jobs of the processes that the tests start and kill; run as a module it is the nursery."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import random
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

# imported before the first fork, so that children start at once
import vsm.model.decide
import vsm.model.event
import vsm.model.undo  # noqa: F401
from vsm.model.command import AddItem, BlockItem, EditItem, MoveItem, UnblockItem
from vsm.model.errors import EnvironmentProblem, Refusal
from vsm.model.item import BlockerKind
from vsm.session import Session


def _ack(fd: int, *words: object) -> None:
    """Acknowledge in one write, so that a killed process leaves whole lines only."""
    os.write(fd, (json.dumps(words) + "\n").encode())


def move(db: str, acks: str, actor: str, moves: int, items: int, seed: int) -> None:
    """Make so many moves of random items, acknowledging each that was done."""
    chance = random.Random(seed)
    fd = os.open(acks, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    session = Session(Path(db), actor=actor)
    done = 0
    while done < moves:
        item, to = chance.randint(1, items), chance.randint(1, 6)
        try:
            answer = session.do(MoveItem(item, to))
        except EnvironmentProblem as error:
            assert "replaced by another database" in str(error)  # a restore; said once
            continue
        if isinstance(answer, Refusal):
            assert answer.code == "state", str(answer)  # it is in that stage already
            continue
        done += 1
        _ack(fd, answer.grp, item, to)
    session.close()


def edit(db: str, report: str, commits: int) -> None:
    """Edit an item so many times, each in a commit; reports how large the WAL was at most."""
    session = Session(Path(db), actor="editor")
    wal, largest = f"{db}-wal", 0
    for n in range(commits):
        answer = session.do(EditItem(1, {"title": f"Edition {n}"}))
        assert not isinstance(answer, Refusal), str(answer)
        largest = max(largest, os.stat(wal).st_size)
    session.close()
    Path(report).write_text(str(largest))


def work(db: str, acks: str, seed: int, items: int) -> None:
    """Change things at random, several events in a group, until somebody kills this process."""
    chance = random.Random(seed)
    fd = os.open(acks, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    session = Session(Path(db), actor="worker")
    while True:
        one, other = chance.sample(range(1, items + 1), 2)
        kind = chance.randrange(5)
        if kind == 0:
            answer = session.do(
                MoveItem(one, chance.randint(1, 4)), MoveItem(other, chance.randint(1, 4))
            )
        elif kind == 1:
            answer = session.do(
                BlockItem(one, BlockerKind.DECISION, "waits for the steering group")
            )
        elif kind == 2:
            answer = session.do(UnblockItem(one))
        elif kind == 3:
            title = {"title": f"Title {chance.random()}"}
            answer = session.do(
                EditItem(one, title), AddItem(1, "Follow-up"), EditItem(other, title)
            )
        else:
            answer = session.undo()
        if not isinstance(answer, Refusal):
            _ack(fd, answer.grp)


def import_all(db: str, items: int, kill_at: int | None = None) -> None:
    """Import a history; kill this very process when so many items are recorded."""
    from tests.reliability.histories import plan

    def progress(done: int, _total: int) -> None:
        if kill_at is not None and done >= kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    session = Session(Path(db), actor="importer")
    session.import_histories(plan(items), progress=progress)
    session.close()


def come_and_go(db: str, acks: str, actor: str, moves: int, items: int, seed: int) -> None:
    """Make so many moves, each with a session and a reader that open and close, as the CLI does."""
    from vsm.reader import Reader

    chance = random.Random(seed)
    fd = os.open(acks, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    done = 0
    while done < moves:
        reader = Reader(Path(db))
        item = chance.randint(1, items)
        result = reader.item(item)
        assert result is not None
        session = Session(Path(db), actor=actor)
        to = chance.randint(1, 6)
        answer = session.do(MoveItem(item, to))
        reader.close()
        session.close()
        if not isinstance(answer, Refusal):
            done += 1
            _ack(fd, answer.grp, item, to)


def look(db: str, times: int) -> None:
    """Open the database for reading, look at the board and at a header past it, close, again."""
    from vsm.model.query_tree import Query
    from vsm.reader import Reader

    for _ in range(times):
        one, other = Reader(Path(db)), Reader(Path(db))
        stream = one.stream_named(None)
        assert one.columns(stream, Query(), 0)
        other.close()
        one.position()
        one.close()


def back_up(db: str, folder: str, name: str, times: int) -> None:
    """Make so many backups."""
    from vsm.store.backup import backup

    for n in range(times):
        backup(Path(db), Path(folder, f"{name}-{n}.backup"))


def restore_saved(db: str, folder: str, name: str) -> None:
    """Make a backup, let others go on for a while, and restore it."""
    from vsm.store.backup import backup, restore

    saved = Path(folder, f"{name}.saved")
    backup(Path(db), saved)
    select.select([], [], [], 0.2)
    restore(saved, Path(db))


def crowd(jobs: list[tuple[str, dict[str, Any]]], kill: list[int], seed: int) -> None:
    """Run jobs at once, each in a process of its own; kill those with these numbers on the way."""
    chance = random.Random(seed)
    pids = []
    for job, arguments in jobs:
        pid = os.fork()
        if pid == 0:
            try:
                JOBS[job](**arguments)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        pids.append(pid)
    for number in kill:
        select.select([], [], [], chance.uniform(0.02, 0.15))
        os.kill(pids[number], signal.SIGKILL)
    for number, pid in enumerate(pids):
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        assert code == 0 or number in kill, (jobs[number], code)


def lose_the_log(db: str, end: str) -> None:
    """Have the database open while its log is deleted and others go on; then end, in some way."""
    import subprocess

    from vsm.reader import Reader
    from vsm.store.sqlite import connect

    path = Path(db)
    session, reader = Session(path, actor="anna"), Reader(path)
    assert not isinstance(session.do(MoveItem(1, 2)), Refusal)
    reader.position()
    # all of it is written back, and the last of it is in the log once more
    with contextlib.closing(connect(path, write=True)) as other:
        other.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    for suffix in ("-wal", "-shm"):
        Path(f"{db}{suffix}").unlink()
    titles = "\n".join(f"By somebody else {n}" for n in range(200))
    command = [sys.executable, "-m", "vsm", "--db", db, "item", "add", "-"]
    subprocess.run(command, input=titles, text=True, check=True, capture_output=True)
    if end == "closed":
        session.close()
        reader.close()
    elif end == "dropped":
        del session, reader
        gc.collect()
    elif end == "raised":
        raise RuntimeError("an error that nobody catches")


def open_and_close(db: str, seconds: float, seed: int) -> None:
    """Open, look or write, and close, again and again, as commands do; nothing is ever wrong."""
    from vsm.reader import Reader

    chance, until = random.Random(seed), time.monotonic() + seconds
    while time.monotonic() < until:
        if chance.random() < 0.3:
            session = Session(Path(db), actor=f"writer-{seed}")
            session.do(MoveItem(chance.randint(1, 12), chance.randint(1, 6)))
            session.close()
        reader = Reader(Path(db))
        reader.position()
        assert reader.loss is None, reader.loss
        reader.close()


def look_while_restored(db: str, seconds: float) -> None:
    """Have a board open, and open it anew, while restores come; nothing is ever missing."""
    from vsm.reader import Reader

    until = time.monotonic() + seconds
    board = Reader(Path(db))
    while time.monotonic() < until:
        board.position()
        other = Reader(Path(db))
        assert other.loss is None, other.loss
        other.close()
    board.close()


def restore_often(db: str, saved: str, seconds: float) -> None:
    """Restore and change, again and again."""
    from vsm.store.backup import restore

    until = time.monotonic() + seconds
    while time.monotonic() < until:
        restore(Path(saved), Path(db))
        session = Session(Path(db), actor="after")
        for item in (1, 2, 3):
            session.do(MoveItem(item, 2))
        session.close()


def upgrade(db: str) -> None:
    """Open a database for writing, and so migrate it."""
    session = Session(Path(db), actor="opener")
    session.open()
    session.close()


def _migrate(db: str, *steps: Callable[[Any], None]) -> None:
    """What a later vsm with these further migrations does when it opens a file."""
    from vsm.store import migrations, versions
    from vsm.store.lock import exclusive
    from vsm.store.sqlite import connect

    chosen = migrations.migrations()
    for number, step in enumerate(steps):
        chosen(name=f"m10{number}")(step)
    with exclusive(Path(db)):
        conn = connect(Path(db), write=True)
        if not versions.is_current(conn, versions.SCHEMA_VERSION + len(steps)):
            migrations.upgrade(conn, Path(db), chosen)
        conn.close()


def upgrade_to_the_next_schema(db: str) -> None:
    """Apply two migrations that no vsm has yet."""
    _migrate(
        db,
        lambda made: made.conn.execute("ALTER TABLE journal ADD COLUMN trace TEXT"),
        lambda made: made.conn.execute("CREATE TABLE note(id INTEGER PRIMARY KEY) STRICT"),
    )


def upgrade_and_die(db: str) -> None:
    """Be killed in the middle of a migration."""

    def die(made: Any) -> None:
        made.conn.execute("ALTER TABLE journal ADD COLUMN half TEXT")
        os.kill(os.getpid(), signal.SIGKILL)

    _migrate(db, die)


def _take_out(session: Session, what: str) -> None:
    """Forget somebody, or take a text out; ends with code 3 where vsm says that it cannot be."""
    from vsm.model.errors import VsmError

    try:
        if what == "forget":
            session.forget("anna.kern", "left")
        else:
            session.take_out(17, "description", "a password")
    except VsmError:
        os._exit(3)


def take_out_and_die(db: str, what: str, statement: int) -> None:
    """Take something out, and be killed before the database runs a statement of this number."""
    session = Session(Path(db), actor="chief")
    session.open()
    left = statement

    def count(_: str) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    conn = session._writer._conn
    assert conn is not None
    conn.set_trace_callback(count)
    _take_out(session, what)
    conn.set_trace_callback(None)
    session.close()


def take_out_where_files_stay_small(db: str, what: str, size: int) -> None:
    """Take something out where no file can grow over a size, as on a full disk."""
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    session = Session(Path(db), actor="chief")
    session.open()
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    _take_out(session, what)
    os._exit(0)


def hold_lock(db: str, who: str, pipe: str) -> None:
    """Hold the lock of a database until killed; say so down a pipe."""
    from vsm.store.lock import exclusive

    with exclusive(Path(db), who=who), open(pipe, "w") as ready:
        print("held", file=ready, flush=True)
        signal.pause()


JOBS: dict[str, Callable[..., None]] = {
    job.__name__: job
    for job in (
        move,
        edit,
        work,
        come_and_go,
        look,
        back_up,
        restore_saved,
        crowd,
        lose_the_log,
        look_while_restored,
        open_and_close,
        restore_often,
        import_all,
        upgrade,
        upgrade_to_the_next_schema,
        upgrade_and_die,
        hold_lock,
        take_out_and_die,
        take_out_where_files_stay_small,
    )
}


def nursery() -> None:
    """Fork a child for each order on standard input; tell its pid, then how it ended."""
    print("ready", flush=True)
    for line in sys.stdin:
        job, arguments = json.loads(line)
        pid = os.fork()
        if pid == 0:
            try:
                JOBS[job](**arguments)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        print("pid", pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print("end", pid, os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    nursery()
