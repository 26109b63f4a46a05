"""Kinds of attack that once got through, each held mended by a test."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import zlib
from contextlib import suppress
from pathlib import Path

import asyncssh
import pytest
from asyncssh import compression
from asyncssh.rsa import RSAKey

from tests.serve.conftest import make_board
from tests.serve.served import Server, beat, memory, serving, until
from vsm.serve import library
from vsm.serve.attempts import Attempts, site
from vsm.serve.settings import Limits
from vsm.store.sqlite import sqlite3

pytestmark = pytest.mark.promise(20)


def write_keys(server: Server, sql: str, *values: object) -> None:
    """Change the file of keys past vsm."""
    conn = sqlite3.connect(server.table.path, isolation_level=None)
    conn.execute(sql, values)
    conn.close()


async def test_a_row_of_keys_that_cannot_be_read_stops_no_revocation(own_server: Server) -> None:
    own_server.add("eve")
    async with own_server.login("ben") as ben:
        await ben.sees("Backlog")
        write_keys(own_server, "UPDATE key SET until = '2027-13-45' WHERE member = 'eve'")
        write_keys(own_server, "UPDATE key SET sources = 'no JSON' WHERE member = 'anna'")
        own_server.revoke("ben")
        assert "this key was revoked" in await ben.ends()
    for name in ("eve", "anna"):
        with pytest.raises(asyncssh.PermissionDenied):
            await own_server.connect(name)


async def test_a_damaged_file_of_keys_is_said_once_and_looked_at_again(own_server: Server) -> None:
    async with own_server.login("ben") as ben:
        await ben.sees("Backlog")
        write_keys(own_server, "DELETE FROM state")
        await until(lambda: own_server.logged("fault"))
        write_keys(own_server, "INSERT INTO state VALUES (1, 99)")
        own_server.revoke("ben")
        assert "this key was revoked" in await ben.ends()
    assert len(own_server.logged("fault")) <= 2


async def test_a_locked_file_of_keys_holds_up_no_board(own_server: Server) -> None:
    async with own_server.login("ben") as ben:
        await ben.sees("Backlog")
        conn = sqlite3.connect(own_server.table.path, isolation_level=None)
        conn.execute("BEGIN EXCLUSIVE")
        stranger = asyncio.create_task(own_server.connect("anna"))
        await beat()
        ben.press("?")
        await ben.sees("Keys")  # the other waits for the lock meanwhile
        conn.execute("ROLLBACK")
        conn.close()
        with suppress(asyncssh.PermissionDenied):
            (await stranger).abort()


async def test_a_warm_process_that_cannot_start_is_not_tried_again_and_again(
    own_server: Server,
) -> None:
    folder = own_server.database.parent / ".config" / "vsm"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("theme = [")
    before = own_server.warm
    async with own_server.login("ben") as ben:
        await ben.sees("Backlog")
        os.kill(before, signal.SIGKILL)
        failures = "did not come up"
        await until(lambda: any(failures in w.get("reason", "") for w in own_server.logged("warm")))
        (folder / "config.toml").unlink()
        await until(lambda: own_server.warm != before)
        tries = [w for w in own_server.logged("warm") if failures in w.get("reason", "")]
        assert len(tries) <= 3
        async with own_server.login("anna") as anna:
            await anna.sees("Backlog")


async def test_a_warm_process_that_hangs_is_replaced(
    own_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = own_server.warm
    os.kill(before, signal.SIGSTOP)
    try:
        async with own_server.login("ben") as ben:
            assert "try again" in await ben.ends()
        await until(lambda: own_server.warm != before)
        async with own_server.login("ben") as ben:
            await ben.sees("Backlog")
    finally:
        os.kill(before, signal.SIGCONT)


async def test_one_key_cannot_take_all_places(tmp_path: Path) -> None:
    with serving(make_board(tmp_path / "work.db"), sessions_of_key=1, without_session=1) as server:
        server.add("eve")
        server.add("ben")
        async with server.login("eve") as first:
            await first.sees("Backlog")
            with pytest.raises((asyncssh.Error, OSError)):
                async with server.login("eve") as second:
                    assert "has 1 boards open" in await second.ends()
                    raise OSError("closed, as it has to be")
            async with server.login("ben") as ben:
                await ben.sees("Backlog")
        await until(lambda: not server.sessions())
        idle = await server.connect("eve")
        await asyncio.wait_for(idle.wait_closed(), 20)
        assert server.logged("limit")[-1]["reason"] == "no board was opened"


async def test_the_environment_of_a_client_fills_no_memory(own_server: Server) -> None:
    before = memory(own_server.process.pid)
    connection = await own_server.connect("anna")
    environment = {f"V{n}": "x" * 30_000 for n in range(2_000)}
    process = await connection.create_process(
        request_pty=True, term_type="xterm", term_size=(100, 30), env=environment, encoding=None
    )
    await process.stdout.read(10)
    assert memory(own_server.process.pid) < before + 25
    connection.abort()


def test_a_packet_unpacks_to_no_more_than_it_may() -> None:
    library.harden()
    unpacking = compression.get_decompressor(b"zlib@openssh.com")
    assert unpacking is not None
    packing = zlib.compressobj()

    def packet(data: bytes) -> bytes:
        return packing.compress(data) + packing.flush(zlib.Z_SYNC_FLUSH)

    assert unpacking.decompress(packet(b"a key")) == b"a key"
    assert unpacking.decompress(packet(b"x" * 500_000)) == b"x" * 500_000
    assert unpacking.decompress(packet(b"another")) == b"another"
    assert unpacking.decompress(packet(b"x" * 5_000_000)) is None
    assert compression.get_decompressor(b"zlib@openssh.com").decompress(b"no zlib") is None  # type: ignore[union-attr]


def test_no_signature_by_sha_1_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RSAKey, "all_sig_algorithms", {b"ssh-rsa", b"rsa-sha2-256"})
    key = asyncssh.generate_private_key("ssh-rsa", key_size=3072)
    old, good = (key.sign(b"data", name) for name in (b"ssh-rsa", b"rsa-sha2-256"))
    library.harden()
    assert {b"rsa-sha2-256", b"rsa-sha2-512"} == RSAKey.all_sig_algorithms
    public = key.convert_to_public()
    assert public.verify(b"data", good) and not public.verify(b"data", old)


async def test_the_terminal_is_given_back_whole_when_a_session_is_killed(server: Server) -> None:
    async with server.login("anna") as anna:
        await anna.sees("Backlog")
        (process,) = await until(server.sessions)
        os.kill(process, signal.SIGKILL)
        words = await anna.ends()
        await anna.process.wait()
        assert anna.process.exit_status == 1
    assert "ended from outside (signal 9)" in words
    for mode in ("?1000l", "?1003l", "?2004l", "?1004l", "?1049l"):
        assert mode in words


async def test_silent_strangers_keep_nobody_out(tmp_path: Path) -> None:
    with serving(make_board(tmp_path / "work.db"), logins=16, logins_of_address=8) as server:
        server.add("ben")
        silent = [
            socket.create_connection(("127.0.0.1", server.port), source_address=(f"127.0.0.{n}", 0))
            for n in (2, 3, 4, 5)
            for _ in range(10)
        ]
        async with server.login("ben", local_addr=("127.0.0.9", 0)) as ben:
            await ben.sees("Backlog")
        async with server.login("ben", local_addr=("127.0.0.2", 0)) as ben:
            await ben.sees("Backlog")
        for one in silent:
            one.close()


def test_whoever_has_waited_for_longest_goes_for_somebody_new() -> None:
    attempts: Attempts[str] = Attempts(Limits(logins=5, logins_of_address=3))
    assert [attempts.begin("10.0.0.1", name) for name in "abc"] == [None] * 3
    assert attempts.begin("10.0.0.1", "d") == "a"
    assert [attempts.begin("10.0.0.2", name) for name in "ef"] == [None] * 2
    assert attempts.begin("10.0.0.3", "g") == "b", "of the address with the most"
    attempts.end("10.0.0.1", "b")
    attempts.end("10.0.0.1", "c")
    assert attempts.begin("10.0.0.3", "h") is None


def test_failures_cost_time_and_a_good_login_forgives_them() -> None:
    attempts: Attempts[str] = Attempts(Limits())
    delays = []
    for second in range(10):
        attempts.failed("10.0.0.1", second)
        delays.append(attempts.delay("10.0.0.1", second))
    assert delays == [0, 0, 0, 0.25, 0.5, 1, 2, 4, 4, 4]
    assert attempts.delay("10.0.0.2", 10) == 0
    assert attempts.delay("10.0.0.1", 1_000) == 0
    attempts.succeeded("10.0.0.1")
    assert attempts.delay("10.0.0.1", 10) == 0


@pytest.mark.parametrize(
    ("address", "counts_as"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_a_site_counts_as_one_address(address: str, counts_as: str) -> None:
    assert site(address) == counts_as
