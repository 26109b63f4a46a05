"""Hosts write by turns: each sees what the others wrote before it decides."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cluster.conftest import Cluster
from tests.reliability.support import ROOT, do, environment, journal, organisation, refusal, rows
from vsm.model.command import AddItem, CommentItem, MoveItem, SetStage
from vsm.model.errors import BadInput, EnvironmentProblem, RefusalCode
from vsm.store.server import setup


def test_what_one_host_writes_is_decided_upon_by_the_next(cluster: Cluster) -> None:
    anna, ben = cluster.session(0, "anna"), cluster.session(1, "ben")
    do(anna, MoveItem(1, 2))
    do(ben, MoveItem(1, 3))
    assert rows(cluster.path(1), "SELECT stage FROM item WHERE id = 1") == [(3,)]
    do(anna, AddItem(1, "One more"))
    do(ben, AddItem(1, "And another"))
    keys = rows(cluster.path(1), "SELECT key FROM item ORDER BY id DESC LIMIT 2")
    assert keys == [("PAY-14",), ("PAY-13",)]
    cluster.equal(0, 1)


def test_a_stale_move_names_the_other_host_s_change(cluster: Cluster) -> None:
    anna, ben = cluster.session(0, "anna"), cluster.session(1, "ben")
    do(anna, MoveItem(1, 2))
    stale = refusal(ben.do(MoveItem(1, 3, expected_version=1)))
    assert stale.code is RefusalCode.STALE
    assert stale.overtaken is not None
    assert stale.overtaken.changes[0][0] == "anna"
    # what was taken over to find out stays
    assert journal(cluster.path(1)) == journal(cluster.path(0))


def test_a_refused_change_leaves_nothing_at_the_server(cluster: Cluster) -> None:
    anna = cluster.session(0, "anna")
    before = cluster.sql("SELECT count(*), max(seq) FROM vsm.journal")
    refusal(anna.do(MoveItem(1, 99)))
    assert cluster.sql("SELECT count(*), max(seq) FROM vsm.journal") == before
    assert cluster.sql("SELECT count(*) FROM pg_locks WHERE mode = 'RowShareLock'") == "0"


def test_undo_reaches_across_hosts_as_on_one(cluster: Cluster) -> None:
    anna, ben = cluster.session(0, "anna"), cluster.session(1, "ben")
    do(anna, MoveItem(1, 2))
    do(ben, MoveItem(1, 3))
    refused = refusal(anna.undo())
    assert "ben" in refused.message
    assert not isinstance(ben.undo(), type(refused))
    cluster.equal(0, 1)


def test_moments_are_those_of_the_server(cluster: Cluster) -> None:
    do(cluster.session(0, "anna", clock=lambda: 1), MoveItem(1, 2))
    ((at,),) = rows(cluster.path(0), "SELECT max(recorded_at) FROM journal")
    assert abs(at / 1e6 - time.time()) < 60


def test_a_replica_that_is_far_behind_catches_up_before_it_takes_a_turn(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vsm.store.server import log

    anna, ben = cluster.session(0, "anna"), cluster.session(1, "ben")
    for n in range(12):
        do(anna, CommentItem(1, f"comment {n}"))
    monkeypatch.setattr(log, "FAR", 3)
    do(ben, MoveItem(1, 2))
    cluster.equal(0, 1)


def test_the_journal_refuses_to_be_changed_at_the_server(cluster: Cluster) -> None:
    for statement in (
        "UPDATE vsm.journal SET actor = 'x' WHERE seq = 1",
        "UPDATE vsm.journal SET kind = 'x' WHERE seq = 1",
        "DELETE FROM vsm.journal WHERE seq = 1",
        "TRUNCATE vsm.journal",
    ):
        with pytest.raises(Exception, match="append-only"):
            cluster.sql(statement)


def test_a_host_s_role_may_add_entries_and_no_more(cluster: Cluster) -> None:
    name = f"host_{os.urandom(4).hex()}"
    cluster.sql(f"CREATE ROLE {name} LOGIN; GRANT vsm_writer TO {name}")
    dsn = cluster.dsn.replace("user=vsm", f"user={name}")
    setup.join(cluster.path(2), dsn, "setup")
    do(cluster.session(2, "cleo"), MoveItem(1, 2))
    for statement in (
        "UPDATE vsm.journal SET actor = 'x'",
        "DELETE FROM vsm.journal",
        "DROP TABLE vsm.journal",
        "UPDATE vsm.meta SET value = ''",
    ):
        with pytest.raises(Exception, match=r"permission denied|must be owner"):
            cluster.sql(f"SET ROLE {name}; {statement}")
    cluster.equal(0, 2)


def test_who_may_only_look_is_told_what_is_missing(cluster: Cluster) -> None:
    name = f"guest_{os.urandom(4).hex()}"
    cluster.sql(f"CREATE ROLE {name} LOGIN; GRANT vsm_reader TO {name}")
    setup.join(cluster.path(2), cluster.dsn.replace("user=vsm", f"user={name}"), "setup")
    with pytest.raises(EnvironmentProblem, match="may not do this") as refused:
        cluster.session(2, "cleo").do(MoveItem(1, 2))
    assert "GRANT vsm_writer" in refused.value.remedy


# -- joining and leaving ----------------------------------------------------------------


def test_a_journal_is_put_on_a_server_once(cluster: Cluster, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    organisation(other, 2)
    with pytest.raises(BadInput, match="has another journal already") as refused:
        setup.initialise(other, cluster.dsn, "anna")
    assert "cluster join" in refused.value.remedy
    with pytest.raises(BadInput, match="holds other work"):
        setup.join(other, cluster.dsn, "anna")
    with pytest.raises(BadInput, match="is a replica of a journal server already"):
        setup.initialise(cluster.path(0), cluster.dsn, "anna")


def test_the_backup_of_a_replica_joins_with_the_tail_alone(
    cluster: Cluster, tmp_path: Path
) -> None:
    from vsm.store.backup import backup

    anna = cluster.session(0, "anna")
    cluster.path(2).parent.mkdir()
    backup(cluster.path(0), cluster.path(2))
    do(anna, MoveItem(1, 2))
    setup.join(cluster.path(2), cluster.dsn, "cleo")
    cluster.equal(0, 2)


def test_who_leaves_writes_alone_from_then_on(cluster: Cluster) -> None:
    anna, ben = cluster.session(0, "anna"), cluster.session(1, "ben")
    do(anna, MoveItem(1, 2))
    do(ben, MoveItem(2, 2))
    setup.leave(cluster.path(1), "ben", as_it_is=False)
    do(ben, MoveItem(3, 2))  # the same session, which had the server's journal before
    do(anna, MoveItem(3, 3))
    assert rows(cluster.path(1), "SELECT stage FROM item WHERE id = 3") == [(2,)]
    assert rows(cluster.path(0), "SELECT stage FROM item WHERE id = 3") == [(3,)]


def test_a_session_that_was_open_when_its_journal_moved_writes_to_the_server(
    one_server: object, cluster: Cluster, tmp_path: Path
) -> None:
    del one_server
    setup.leave(cluster.path(0), "anna", as_it_is=False)
    anna = cluster.session(0, "anna")
    cluster.sql("DROP SCHEMA vsm CASCADE")
    do(anna, MoveItem(1, 2))
    setup.initialise(cluster.path(0), cluster.dsn, "setup")
    before = int(cluster.sql("SELECT max(seq) FROM vsm.journal"))
    do(anna, MoveItem(1, 3))
    assert int(cluster.sql("SELECT max(seq) FROM vsm.journal")) == before + 1


def test_a_vsm_that_knows_no_replicas_refuses_one(cluster: Cluster) -> None:
    ((version,),) = rows(cluster.path(0), "PRAGMA user_version")
    assert version > 100  # any version before refused what is newer than itself


# -- passwords and TLS ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dsn", "message"),
    [
        ("host=a.example password=hunter2", "has a password in it"),
        ("postgresql://u:hunter2@a.example/vsm", "has a password in it"),
        ("host=a.example sslmode=require", "sslmode is require"),
        ("host=a.example sslmode=disable", "sslmode is disable"),
        ("hostess=a", "is no connection string"),
    ],
)
def test_a_dsn_that_gives_secrets_away_is_refused(dsn: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=message) as refused:
        setup.join(tmp_path / "vsm.db", dsn, "anna")
    assert "hunter2" not in str(refused.value)
    assert not (tmp_path / "vsm.db").exists()


def test_over_a_network_the_server_is_always_verified() -> None:
    from vsm.store.server.dsn import read_dsn

    assert read_dsn("host=a.example,b.example dbname=vsm", "DSN").parameters["sslmode"] == (
        "verify-full"
    )
    for near in ("host=localhost", "host=127.0.0.1", "host=::1", "host=/run/postgresql", ""):
        assert "sslmode" not in read_dsn(near, "DSN").parameters


def test_a_password_in_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from vsm.store.server.dsn import read_dsn

    monkeypatch.setenv("PGPASSWORD", "hunter2")
    with pytest.raises(BadInput, match="PGPASSWORD is set"):
        read_dsn("host=localhost", "DSN")


# -- many at once -----------------------------------------------------------------------


def test_a_hard_limit_holds_on_all_hosts_together(cluster: Cluster) -> None:
    from vsm.model.stream import LimitKind

    anna = cluster.session(0, "anna")
    do(anna, SetStage(2, {"limit": 5, "limit_kind": LimitKind.HARD}))
    code = (
        "import sys; from pathlib import Path; from vsm.session import Session\n"
        "from vsm.model.command import MoveItem\n"
        "s = Session(Path(sys.argv[1]), actor=sys.argv[2])\n"
        "for n in range(1, 13): s.do(MoveItem(n, 2))\n"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(cluster.path(n % 2)), f"w{n}"],
                         cwd=ROOT, env=environment())
        for n in range(4)
    ]  # fmt: skip
    assert [writer.wait(timeout=60) for writer in writers] == [0] * 4
    cluster.equal(0, 1)
    assert rows(cluster.path(0), "SELECT count(*) FROM item WHERE stage = 2") == [(5,)]


def test_what_records_nothing_needs_no_server(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = cluster.session(0, "anna")
    do(anna, MoveItem(1, 2))
    anna.close()
    monkeypatch.setenv("VSM_JOURNAL", "host=127.0.0.1 port=1")  # nobody is there
    assert anna.rebuild() == 16
    preview = anna.preview_undo()
    assert getattr(preview, "grp", 0) == 16
    with pytest.raises(EnvironmentProblem, match="cannot be reached"):
        anna.undo()


def test_an_idle_writer_keeps_no_connection(cluster: Cluster) -> None:
    from tests.cluster.postgres import until

    do(cluster.session(0, "anna"), MoveItem(1, 2))
    name = cluster.dsn.rpartition("dbname=")[2]
    others = f"datname = '{name}' AND pid <> pg_backend_pid()"
    count = f"SELECT count(*) FROM pg_stat_activity WHERE {others}"
    assert cluster.sql(count) == "1"
    until(lambda: cluster.sql(count) == "0", "the server has closed it", 20)
    do(cluster.session(0, "anna"), MoveItem(2, 2))
