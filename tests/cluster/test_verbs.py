"""``vsm cluster`` and ``vsm replica`` as they are typed, and what other verbs do on a replica."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster.conftest import Cluster
from tests.cluster.postgres import until
from tests.reliability.support import ROOT, do, environment, journal, organisation, rows, vsm
from vsm.model.command import MoveItem


def test_from_one_file_to_two_hosts_and_back(cluster: Cluster, tmp_path: Path) -> None:
    name = f"own{os.urandom(4).hex()}"
    cluster.sql(f"CREATE DATABASE {name}")
    dsn = f"{cluster.dsn.rpartition('dbname=')[0]}dbname={name}"
    one, two = tmp_path / "one.db", tmp_path / "two.db"
    organisation(one, 3)
    said = vsm("--db", one, "cluster", "status").stdout
    assert "is a database of its own" in said
    assert "6 entries; " in vsm("--db", one, "cluster", "init", dsn).stdout
    assert "with all 6 entries" in vsm("--db", two, "cluster", "join", dsn).stdout
    vsm("--db", two, "--as", "ben", "item", "move", "PAY-1", "Ready")
    assert "Ready" in vsm("--db", one, "item", "show", "PAY-1").stdout
    status = vsm("--db", two, "cluster", "status").stdout
    assert "durability  none: fsync is off" in status
    shape = json.loads(vsm("--db", two, "cluster", "status", "--json").stdout)
    assert shape["server"]["same_history"] is True
    assert (shape["seq"], shape["server"]["seq"]) == (7, 7)
    assert "the same history" in vsm("--db", two, "doctor").stdout
    assert "with 7 entries" in vsm("--db", two, "cluster", "leave").stdout
    vsm("--db", two, "item", "move", "PAY-2", "Ready")
    assert "is a database of its own" in vsm("--db", two, "cluster", "status").stdout
    assert rows(one, "SELECT count(*) FROM journal") == [(7,)]


def test_a_verb_that_reads_says_from_when_it_reads_where_the_server_is_away(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VSM_JOURNAL", "host=127.0.0.1 port=1 dbname=vsm")
    os.utime(f"{cluster.path(1)}.replica", (1_700_000_000, 1_700_000_000))
    run = vsm("--db", cluster.path(1), "item", "list", env={"TZ": "UTC"})
    assert "PAY-1" in run.stdout
    assert (
        "what is shown is as of 2023-11-14 22:13:20: the journal server 127.0.0.1:1" in run.stderr
    )
    refused = vsm("--db", cluster.path(1), "item", "move", "PAY-1", "Ready", code=3)
    assert "nothing was changed" in refused.stderr
    vsm("--db", cluster.path(1), "cluster", "status", code=3)
    doctor = vsm("--db", cluster.path(1), "doctor", code=3)
    assert "?    server    not checked" in doctor.stdout


def test_a_backup_does_not_take_the_place_of_a_replica(cluster: Cluster, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    vsm("--db", cluster.path(1), "backup", copy)
    before = journal(cluster.path(1))
    refused = vsm("--db", cluster.path(1), "restore", copy, code=2)
    assert "is the replica of a journal server" in refused.stderr
    assert journal(cluster.path(1)) == before


def test_rebuild_and_salvage_say_what_they_did(cluster: Cluster, tmp_path: Path) -> None:
    path, script = cluster.path(1), tmp_path / "lost.sh"
    assert "nothing: the server has all" in vsm("--db", path, "replica", "salvage", script).stdout
    assert script.read_text().startswith("#!/bin/sh\n")
    said = vsm("--db", path, "replica", "rebuild").stdout
    assert "is a replica with all 15 entries" in said
    assert "is kept as" in said
    own = tmp_path / "own.db"
    organisation(own, 1)
    for words in (["rebuild"], ["salvage", script], ["follow"]):
        assert "is no replica" in vsm("--db", own, "replica", *words, code=2).stderr


def test_a_replica_of_a_vsm_without_psycopg_says_what_to_install(cluster: Cluster) -> None:
    code = "import sys; sys.modules['psycopg'] = None\nfrom vsm.cli.main import main; main()"
    for words, what in (
        (["item", "move", "PAY-1", "Ready"], "psycopg is not installed"),
        (["cluster", "status"], "psycopg, which is not installed"),
    ):
        run = subprocess.run(
            [sys.executable, "-c", code, "--db", str(cluster.path(0)), *words],
            cwd=ROOT, env=environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert run.returncode == 3, run.stderr
        assert what in run.stderr
        assert "pip install 'vsm[cluster]'" in run.stderr


def test_a_board_starts_a_follower_that_outlives_it_for_a_while(cluster: Cluster) -> None:
    from tests.reliability.screens import Screens, terminal_of
    from vsm.store.replica_state import is_followed

    with terminal_of("--db", cluster.path(1)) as terminal:
        board = Screens(terminal)
        board.until("PAY-1", "live")
        until(lambda: is_followed(cluster.path(1)), "a follower runs")
        do(cluster.session(0, "anna"), MoveItem(1, 2))
        board.until("#16", "Ready            1")
    subprocess.run(["pkill", "-f", f"{cluster.path(1)} replica follow"], check=True)
    until(lambda: not is_followed(cluster.path(1)), "it has ended")


def test_an_owner_who_may_not_make_roles_is_told_what_is_left(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vsm.store.server import setup, tables

    owner, name = f"own{os.urandom(4).hex()}", f"db{os.urandom(4).hex()}"
    monkeypatch.setattr(tables, "WRITER", f"{owner}_writer")
    monkeypatch.setattr(tables, "READER", f"{owner}_reader")
    cluster.sql(f"CREATE ROLE {owner} LOGIN")
    cluster.sql(f"CREATE DATABASE {name} OWNER {owner}")
    dsn = f"{cluster.dsn.rpartition(' user=')[0]} user={owner} dbname={name}"
    own = tmp_path / "own.db"
    organisation(own, 1)
    left = setup.initialise(own, dsn, "anna").left
    assert left[0] == f'CREATE ROLE "{owner}_writer" NOLOGIN'
    host = f"{owner}_host"
    there = Cluster(cluster.servers, tmp_path, f"dbname={name}")
    there.sql(f'{";".join(left)}; CREATE ROLE {host} LOGIN; GRANT "{owner}_writer" TO {host}')
    setup.join(tmp_path / "host.db", dsn.replace(f"user={owner}", f"user={host}"), "ben")
    moved = vsm("--db", tmp_path / "host.db", "item", "move", "PAY-1", "Ready").stdout
    assert "moved PAY-1" in moved


def test_a_host_has_one_follower(cluster: Cluster) -> None:
    from vsm.store.replica_state import is_followed

    one = subprocess.Popen(
        [sys.executable, "-m", "vsm", "--db", str(cluster.path(1)), "replica", "follow"],
        cwd=ROOT, env=environment(),
    )  # fmt: skip
    try:
        until(lambda: is_followed(cluster.path(1)), "it follows")
        said = vsm("--db", cluster.path(1), "replica", "follow", code=3).stderr
        assert "another process follows" in said
        vsm("--db", cluster.path(1), "replica", "follow", "--while-used")
        assert is_followed(cluster.path(1))
    finally:
        one.kill()
        one.wait()
