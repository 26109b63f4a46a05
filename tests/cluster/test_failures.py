"""Every failure of a journal server has its behaviour: nothing is lost, nothing is pretended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster.conftest import Cluster
from tests.cluster.postgres import until
from tests.cluster.proxy import Wire
from tests.reliability.support import ROOT, do, environment, journal, rows
from vsm.model.command import AddItem, MoveItem
from vsm.model.errors import BadInput, EnvironmentProblem
from vsm.reader import Reader
from vsm.store.membership import ForkedReplica
from vsm.store.server import setup
from vsm.store.turn import Long, Unanswered

pytestmark = pytest.mark.promise(26)


@pytest.fixture
def wire(cluster: Cluster) -> Iterator[Wire]:
    """The wire by which host 1 reaches the server."""
    made = Wire(cluster.servers.ports["a"])
    there = cluster.dsn.replace(f"port={cluster.servers.ports['a']}", f"port={made.port}")
    setup.join(cluster.path(1), there, "setup")
    yield made
    made.close()


def stage_of(cluster: Cluster, host: int, item: int) -> int:
    """The stage that an item is in, as a host knows it."""
    ((stage,),) = rows(cluster.path(host), "SELECT stage FROM item WHERE id = ?", item)
    return int(stage)


# -- a commit without an answer ---------------------------------------------------------


def once(when: str) -> Callable[[bytes], str]:
    """Lose the commit of the next change, ``before`` it reaches the server or ``after``.

    A change is two messages of the host: the turn, and the entries with their commit.
    """
    messages: list[bytes] = []

    def lose(data: bytes) -> str:
        messages.append(data)
        return when if len(messages) == 2 else ""

    return lose


def test_a_commit_whose_answer_is_lost_is_found_to_be_saved(cluster: Cluster, wire: Wire) -> None:
    ben = cluster.session(1, "ben")
    do(ben, MoveItem(1, 2))
    wire.lose = once("after")
    do(ben, MoveItem(2, 2))
    assert stage_of(cluster, 1, 2) == 2
    assert cluster.sql("SELECT count(*) FROM vsm.journal WHERE kind = 'item_moved'") == "2"
    cluster.equal(0, 1)


def test_a_commit_that_never_reached_the_server_is_refused(cluster: Cluster, wire: Wire) -> None:
    ben = cluster.session(1, "ben")
    do(ben, MoveItem(1, 2))
    wire.lose = once("before")
    with pytest.raises(EnvironmentProblem, match="cannot be reached") as refused:
        ben.do(MoveItem(2, 2))
    assert not isinstance(refused.value, Unanswered)
    assert "nothing was changed" in refused.value.remedy
    do(ben, MoveItem(3, 2))
    cluster.equal(0, 1)
    assert [stage_of(cluster, 0, n) for n in (1, 2, 3)] == [2, 1, 2]


def test_as_long_as_nobody_can_say_it_is_said_that_nobody_can(cluster: Cluster, wire: Wire) -> None:
    ben = cluster.session(1, "ben")
    do(ben, MoveItem(1, 2))
    lose = once("after")

    def lose_all(data: bytes) -> str:
        how = lose(data)
        wire.refuses = wire.refuses or how == "after"
        return how

    wire.lose = lose_all
    with pytest.raises(Unanswered, match="while a change was being saved") as unknown:
        ben.do(MoveItem(2, 2))
    assert "not known" in unknown.value.remedy
    wire.refuses = False
    cluster.equal(0, 1)
    assert stage_of(cluster, 1, 2) == 2


# -- the server goes away ---------------------------------------------------------------


def test_the_standby_takes_over_and_nothing_acknowledged_is_lost(paired: Cluster) -> None:
    people = [paired.session(host, f"p{host}") for host in range(3)]
    for n, who in enumerate(people, 1):
        do(who, MoveItem(n, 2))
    paired.servers.kill("a")
    began = time.monotonic()
    with pytest.raises(EnvironmentProblem, match="cannot be reached"):
        people[0].do(MoveItem(1, 3))
    assert time.monotonic() - began < 6
    paired.servers.promote("b")
    for n, who in enumerate(people, 1):
        do(who, MoveItem(n, 3))  # the same sessions go on, without a restart
    paired.equal(0, 1, 2)
    assert [stage_of(paired, 0, n) for n in (1, 2, 3)] == [3, 3, 3]


def test_a_server_that_stands_still_is_given_up_within_six_seconds(paired: Cluster) -> None:
    anna = paired.session(0, "anna")
    do(anna, MoveItem(1, 2))
    before = journal(paired.path(0))
    paired.servers.signal("a", signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(EnvironmentProblem, match="cannot be reached"):
            anna.do(MoveItem(2, 2))
        assert time.monotonic() - began < 6
    finally:
        paired.servers.signal("a", signal.SIGCONT)
    assert journal(paired.path(0)) == before
    do(anna, MoveItem(3, 2))
    paired.equal(0, 1, 2)


def test_a_network_that_swallows_everything_is_given_up_within_six_seconds(
    cluster: Cluster, wire: Wire
) -> None:
    ben = cluster.session(1, "ben")
    do(ben, MoveItem(1, 2))
    wire.swallows = True
    began = time.monotonic()
    with pytest.raises(EnvironmentProblem, match="cannot be reached"):
        ben.do(MoveItem(2, 2))
    assert time.monotonic() - began < 6
    wire.swallows = False
    do(ben, MoveItem(3, 2))
    cluster.equal(0, 1)
    assert [stage_of(cluster, 0, n) for n in (1, 2, 3)] == [2, 1, 2]


def test_a_commit_that_no_standby_confirms_is_not_acknowledged(paired: Cluster) -> None:
    anna = paired.session(0, "anna")
    do(anna, MoveItem(1, 2))
    paired.servers.signal("b", signal.SIGSTOP)
    try:
        with pytest.raises(Unanswered, match="while a change was being saved"):
            anna.do(MoveItem(2, 2))
        assert stage_of(paired, 0, 2) == 1
    finally:
        paired.servers.signal("b", signal.SIGCONT)

    def is_there() -> bool:
        paired.catch_up(0)
        return stage_of(paired, 0, 2) == 2

    until(is_there, "it is in the journal, once the standby has it")
    paired.equal(0, 1, 2)


def test_reading_goes_on_while_the_server_is_away(paired: Cluster) -> None:
    paired.servers.kill("a")
    reader = Reader(paired.path(0))
    assert reader.stream_named(None).name == "Payments"
    reader.close()


# -- a server that lost what it had acknowledged ----------------------------------------


@pytest.fixture
def forked(paired: Cluster) -> Cluster:
    """Host 0 has four moves that were acknowledged and lost, as the standby was not waited for."""
    anna = paired.session(0, "anna")
    do(anna, MoveItem(1, 2))
    paired.servers.synchronise("a", "")
    paired.servers.stop("b")
    for n in (2, 3, 4):
        do(anna, MoveItem(n, 2))
    do(anna, AddItem(1, "Only here; rm -rf /"))
    paired.servers.kill("a")
    paired.servers.start("b")
    paired.servers.promote("b")
    return paired


def test_a_loss_is_noticed_by_the_chain_and_the_replica_is_read_only(forked: Cluster) -> None:
    anna = forked.session(0, "anna")
    with pytest.raises(ForkedReplica, match="lost 4 changes that were acknowledged here") as no:
        anna.do(MoveItem(5, 2))
    assert "replica salvage" in no.value.remedy
    reader = Reader(forked.path(0))
    assert reader.stream_named(None).name == "Payments"
    reader.close()
    ben = forked.session(1, "ben")
    for n in range(5, 11):  # the others go on, past what was lost
        do(ben, MoveItem(n, 2))
    with pytest.raises(ForkedReplica, match="differs on the server"):
        anna.do(MoveItem(5, 2))


def test_what_was_lost_is_salvaged_as_commands_and_done_again(
    forked: Cluster, tmp_path: Path
) -> None:
    from vsm.store.server.salvage import salvaged

    saved = salvaged(forked.path(0))
    assert (saved.groups, saved.last - saved.first + 1) == (4, 4)
    begin = f"vsm --db {forked.path(0)} --as anna item"
    assert f"{begin} move PAY-2 Ready || echo 'not done: entry 17'" in saved.lines
    assert any(
        line.startswith(f"{begin} add --stream Payments --stage Ideas --key PAY-13 --")
        and "'Only here; rm -rf /'" in line
        for line in saved.lines
    )
    entries, kept = setup.rebuild(forked.path(0), "anna")
    assert kept is not None
    assert entries == saved.first - 1
    script = tmp_path / "lost.sh"
    script.write_text("\n".join(saved.lines) + "\n")
    env = {**environment(), "PYTHONPATH": str(ROOT)}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    subprocess.run(["sh", str(script)], check=True, env={**env, "PATH": path}, cwd=tmp_path)
    forked.equal(0, 1, 2)
    assert [stage_of(forked, 1, n) for n in range(1, 5)] == [2, 2, 2, 2]
    assert rows(forked.path(1), "SELECT title FROM item WHERE key = 'PAY-13'") == [
        ("Only here; rm -rf /",)
    ]


def lose_tail(forked: Cluster) -> None:
    """Let host 0 lose what its server lost, too, but for the record of what was acknowledged."""
    from vsm.store.backup import backup

    lock = Path(f"{forked.path(0)}.lock").read_bytes()
    for name in ("", "-wal", "-shm"):
        Path(f"{forked.path(0)}{name}").unlink(missing_ok=True)
    forked.catch_up(1)
    backup(forked.path(1), forked.path(0))
    Path(f"{forked.path(0)}.lock").write_bytes(lock)


def test_a_loss_shows_even_where_the_replica_lost_the_same(forked: Cluster) -> None:
    lose_tail(forked)
    with pytest.raises(ForkedReplica, match="acknowledged here"):
        forked.session(0, "anna").do(MoveItem(5, 2))


# -- hosts that stand still or are old --------------------------------------------------

STAND_STILL = """
import os, signal, sys
from pathlib import Path
from vsm.store.writer import Writer
writer = Writer(Path(sys.argv[1]), actor="hung", session="", source="cli")
with writer.transaction() as tx:
    print("has the turn", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
"""


def test_a_host_that_stands_still_with_the_turn_holds_the_others_up_for_seconds_only(
    cluster: Cluster,
) -> None:
    hung = subprocess.Popen(
        [sys.executable, "-c", STAND_STILL, str(cluster.path(0))],
        cwd=ROOT, env=environment(), stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert hung.stdout is not None
        assert hung.stdout.readline() == b"has the turn\n"
        began = time.monotonic()
        do(cluster.session(1, "ben"), MoveItem(1, 2))
        assert 1 < time.monotonic() - began < 8
    finally:
        hung.kill()
        hung.communicate()
    do(cluster.session(0, "anna"), MoveItem(1, 3))
    cluster.equal(0, 1)


def test_a_server_that_asks_for_a_newer_vsm_is_read_only(cluster: Cluster) -> None:
    cluster.sql("UPDATE vsm.meta SET value = '9999' WHERE key = 'min_client'")
    with pytest.raises(EnvironmentProblem, match="asks for a newer vsm"):
        cluster.session(0, "anna").do(MoveItem(1, 2))
    reader = Reader(cluster.path(0))
    assert reader.streams()
    reader.close()


def test_an_entry_of_a_newer_vsm_stops_folding_and_writing(cluster: Cluster) -> None:
    from vsm.store.chain import digest

    before = journal(cluster.path(0))
    last = int(before[-1][0])
    import hashlib

    payload = '{"kind":"item_cloned","item":1}'
    body = hashlib.sha256(payload.encode()).digest()
    columns = (last + 1, last + 1, None, None, None, 1, 1, "person:1", "s", "cli", None, None,
               "item_cloned", 99)  # fmt: skip
    chained = digest(bytes(before[-1][16]), columns, body)
    cluster.sql(
        "INSERT INTO vsm.journal(seq, grp, at, recorded_at, actor, session, source, kind, v,"
        f" payload, payload_hash, hash) VALUES({last + 1}, {last + 1}, 1, 1, 'person:1', 's',"
        f" 'cli', 'item_cloned', 99, '{payload}', '\\x{body.hex()}', '\\x{chained.hex()}');"
        f" UPDATE vsm.head SET seq = {last + 1}, hash = '\\x{chained.hex()}'"
    )
    with pytest.raises(EnvironmentProblem, match="written by a newer one"):
        cluster.session(0, "anna").do(MoveItem(1, 2))
    assert journal(cluster.path(0)) == before


def test_another_journal_in_the_place_of_the_own_one_is_refused(cluster: Cluster) -> None:
    cluster.sql("UPDATE vsm.meta SET value = 'another' WHERE key = 'cluster'")
    with pytest.raises(ForkedReplica, match="keeps the journal of another cluster"):
        cluster.session(0, "anna").do(MoveItem(1, 2))


def test_an_entry_that_was_changed_at_the_server_is_noticed(cluster: Cluster) -> None:
    do(cluster.session(0, "anna"), MoveItem(1, 2))
    cluster.sql(
        "ALTER TABLE vsm.journal DISABLE TRIGGER ALL; UPDATE vsm.journal SET payload ="
        " replace(payload, '\"target\":2', '\"target\":3') WHERE kind = 'item_moved'"
    )
    with pytest.raises(ForkedReplica, match=r"the content of entry \d+ was changed"):
        setup.catch_up(cluster.path(1), "ben")


# -- texts taken out --------------------------------------------------------------------


def test_who_is_forgotten_is_forgotten_on_all_hosts(cluster: Cluster, tmp_path: Path) -> None:
    anna, ben = cluster.session(0, "anna"), cluster.session(1, "ben")
    do(ben, MoveItem(1, 2))
    cluster.catch_up(0)
    done = anna.forget("ben", "asked for it")
    assert getattr(done, "entries", 0) or done
    assert "ben" not in cluster.sql("SELECT actor, payload FROM vsm.journal")
    cluster.equal(0, 1)
    for host in (0, 1):
        assert "ben" not in str(journal(cluster.path(host)))
    setup.join(tmp_path / "new.db", cluster.dsn, "cleo")  # the chain holds for who comes later
    assert journal(tmp_path / "new.db") == journal(cluster.path(0))


# -- many items at once -----------------------------------------------------------------


def test_those_who_wait_for_an_import_are_told_by_whom(cluster: Cluster) -> None:
    from vsm.store import sqlite
    from vsm.store.server import connection, log
    from vsm.store.writer import Writer

    del sqlite
    writer = Writer(cluster.path(0), actor="anna", session="", source="cli")
    with writer.transaction(long=Long("an import of 100,000 items")):
        ben = cluster.session(1, "ben")
        patched = pytest.MonkeyPatch()
        try:
            patched.setattr(log, "BUSY_SECONDS", 1)
            patched.setattr(connection, "LOCK_SECONDS", 1)
            with pytest.raises(
                EnvironmentProblem, match=r"an import of 100,000 items by anna, at most \d+ s more"
            ):
                ben.do(MoveItem(1, 2))
        finally:
            patched.undo()
    writer.close()
    do(ben, MoveItem(1, 2))


def test_a_follower_keeps_a_replica_current_and_is_replaced_when_it_dies(
    cluster: Cluster,
) -> None:
    from vsm.store.replica_state import is_followed, read_state

    def follow() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "vsm", "--db", str(cluster.path(1)), "replica", "follow"],
            cwd=ROOT, env=environment(),
        )  # fmt: skip

    anna = cluster.session(0, "anna")
    one = follow()
    try:
        until(lambda: is_followed(cluster.path(1)), "it follows")
        do(anna, MoveItem(1, 2))
        until(lambda: stage_of(cluster, 1, 1) == 2, "the move is seen", 2)
        assert read_state(cluster.path(1)).is_fresh
        one.kill()
        one.wait()
        assert not is_followed(cluster.path(1))
        one = follow()
        do(anna, MoveItem(2, 2))
        until(lambda: stage_of(cluster, 1, 2) == 2, "the move is seen", 10)
        one.send_signal(signal.SIGTERM)
        assert one.wait(timeout=10) == 0
    finally:
        one.kill()
        one.wait()


# -- the same session goes on -----------------------------------------------------------


def test_a_session_goes_on_after_its_replica_was_rebuilt(forked: Cluster) -> None:
    anna = forked.session(0, "anna")
    with pytest.raises(ForkedReplica):
        anna.do(MoveItem(5, 2))
    setup.rebuild(forked.path(0), "anna")
    do(anna, MoveItem(5, 2))
    forked.equal(0, 1, 2)


def test_a_loss_that_the_replica_lost_too_shows_after_later_entries_came(forked: Cluster) -> None:
    """The record says 20, replica and server are at 16, and others went on to 17 there."""
    lose_tail(forked)
    do(forked.session(1, "ben"), MoveItem(5, 2))
    for _ in range(2):  # what was taken over meanwhile does not make it forget
        with pytest.raises(ForkedReplica, match="acknowledged here"):
            setup.catch_up(forked.path(0), "anna")


def test_without_its_library_a_replica_is_never_written_on_its_own(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = cluster.session(0, "anna")
    before = journal(cluster.path(0))
    monkeypatch.setitem(sys.modules, "vsm.store.server.log", None)
    for _ in range(2):
        with pytest.raises(EnvironmentProblem, match="psycopg is not installed"):
            anna.do(MoveItem(1, 2))
    assert journal(cluster.path(0)) == before


def test_a_replica_without_room_says_that_the_change_is_saved(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vsm.model.errors import SavedElsewhere
    from vsm.store.sqlite import sqlite3
    from vsm.store.writer import Writer

    anna = cluster.session(0, "anna")
    do(anna, MoveItem(1, 2))

    class NoRoom:
        """A connection whose commits have no room, but for those of a catch-up."""

        def execute(self, _sql: str) -> None:
            error = sqlite3.OperationalError("database or disk is full")
            raise error

    commit = Writer._commit
    monkeypatch.setattr(Writer, "_commit", lambda self, _conn: commit(self, NoRoom()))  # type: ignore[arg-type]
    with pytest.raises(SavedElsewhere, match="is saved on the journal server"):
        anna.do(MoveItem(2, 2))
    monkeypatch.undo()
    assert stage_of(cluster, 0, 2) == 1
    do(anna, MoveItem(3, 2))
    cluster.equal(0, 1)
    assert [stage_of(cluster, 0, n) for n in (1, 2, 3)] == [2, 2, 2]


def test_the_second_host_of_a_service_is_tried_where_the_first_is_silent(
    cluster: Cluster, wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "services.conf"
    port, name = cluster.servers.ports["a"], cluster.dsn.rpartition("dbname=")[2]
    file.write_text(
        f"[vsm]\nhost=127.0.0.1,127.0.0.1\nport={wire.port},{port}\nuser=vsm\ndbname={name}\n"
    )
    monkeypatch.setenv("PGSERVICEFILE", str(file))
    wire.swallows = True
    setup.join(tmp_path / "new.db", "service=vsm", "anna")
    assert journal(tmp_path / "new.db") == journal(cluster.path(0))
    with pytest.raises(BadInput, match="is in no service file"):
        setup.join(tmp_path / "other.db", "service=vms", "anna")


def test_a_service_over_a_network_is_verified_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vsm.store.server.dsn import read_dsn

    file = tmp_path / "services.conf"
    file.write_text("[vsm]\nhost=pg1.example,pg2.example\npassword=hunter2\n[bad]\nhost=a\n"
                    "sslmode=prefer\n")  # fmt: skip
    monkeypatch.setenv("PGSERVICEFILE", str(file))
    dsn = read_dsn("service=vsm", "DSN")
    assert dsn.parameters["sslmode"] == "verify-full"
    assert (dsn.text, dsn.servers) == ("service=vsm", "pg1.example:5432, pg2.example:5432")
    assert "hunter2" not in dsn.connection
    with pytest.raises(BadInput, match="sslmode is prefer"):
        read_dsn("service=bad", "DSN")


def test_text_keeps_its_letters_whatever_encoding_is_asked_for(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    do(cluster.session(0, "anna"), AddItem(1, "Grüße an 東京 ✓"))
    monkeypatch.delenv("PGCLIENTENCODING")
    cluster.equal(0, 1)
    assert rows(cluster.path(1), "SELECT title FROM item WHERE id = 13") == [("Grüße an 東京 ✓",)]
