"""Promise 20: who comes in gets the board and nothing else, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import AsyncExitStack, suppress
from datetime import date
from pathlib import Path

import asyncssh
import pytest

from tests.reliability.support import rows
from tests.serve.conftest import make_board
from tests.serve.served import WITHIN, Server, beat, is_alive, memory, serving, until
from vsm.model.role import Role

pytestmark = pytest.mark.promise(20)


@pytest.fixture(autouse=True)
async def nobody_left(request: pytest.FixtureRequest) -> None:
    """Begin once the people of the test before have left."""
    if "server" in request.fixturenames:
        running: Server = request.getfixturevalue("server")
        await until(lambda: not running.sessions())


async def test_the_key_decides_who_it_is(server: Server) -> None:
    async with server.login("anna", env={"VSM_AS": "ben", "USER": "ben", "LOGNAME": "ben"}) as anna:
        await anna.sees("Backlog")
        assert "anna" in anna.text
        anna.press("nBrand new card\r")
        await anna.sees("CARD-5")
    ((actor, source, session),) = await until(lambda: server.entries("Brand new card"))
    start = server.logged("session_start")[-1]
    assert actor.endswith("=anna") and source == "ssh" and session == start["session"]
    assert server.logged("auth_ok")[-1]["user"] == "somebody"
    assert "Brand new" not in Path(server.database.with_suffix(".log")).read_text()


async def test_anything_but_the_board_is_refused(server: Server, tmp_path: Path) -> None:
    before = len(server.logged("session_start"))
    connection = await server.connect("anna", agent_forwarding=True)
    with pytest.raises(asyncssh.ChannelOpenError):
        await connection.run("id")
    with pytest.raises(asyncssh.ChannelOpenError):
        await connection.create_process(request_pty=False)
    with pytest.raises(asyncssh.ChannelOpenError):
        await connection.start_sftp_client()
    with pytest.raises(asyncssh.ChannelOpenError):
        await asyncssh.scp((connection, "/etc/hostname"), tmp_path)
    with pytest.raises(asyncssh.ChannelOpenError):
        await connection.open_connection("127.0.0.1", server.port)
    with pytest.raises(asyncssh.ChannelOpenError):
        await connection.open_unix_connection("/any/socket")
    with pytest.raises(asyncssh.ChannelListenError):
        await connection.start_server(lambda *_: None, "127.0.0.1", 0)
    with pytest.raises(asyncssh.ChannelListenError):
        await connection.start_unix_server(lambda *_: None, str(tmp_path / "socket"))
    with pytest.raises(asyncssh.ChannelOpenError):
        await connection.create_process(
            x11_forwarding=True, x11_display="127.0.0.1:0", request_pty=False
        )
    connection.abort()
    assert len(server.logged("session_start")) == before


async def test_unknown_revoked_expired_and_far_keys_are_refused(server: Server) -> None:
    server.keys["unknown"] = asyncssh.generate_private_key("ssh-ed25519")
    server.add("former")
    server.revoke("former")
    server.add("late", until=date(2020, 1, 1))
    server.add("far", sources=("10.0.0.0/8",))
    for name in ("unknown", "former", "late", "far", "nobody"):
        with pytest.raises(asyncssh.PermissionDenied):
            await server.connect(name)
    reasons = [line["reason"] for line in server.logged("auth_fail")][-4:]
    assert [reason.split()[2:4] for reason in reasons] == [
        ["is", "not"],
        ["was", "revoked"],
        ["expired", "after"],
        ["may", "not"],
    ]
    async with server.login("anna") as anna:
        await anna.sees("Backlog")


@pytest.mark.skipif(shutil.which("ssh") is None, reason="ssh is not installed (openssh-client)")
async def test_a_client_is_told_why_and_whom_to_ask(server: Server, tmp_path: Path) -> None:
    stranger = asyncssh.generate_private_key("ssh-ed25519")
    stranger.write_private_key(tmp_path / "key")
    (tmp_path / "key").chmod(0o600)
    options = ("IdentitiesOnly=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null")
    client = await asyncio.create_subprocess_exec(
        *("ssh", "-F", "none", "-p", str(server.port), "-i", str(tmp_path / "key")),
        *(word for option in options for word in ("-o", option)),
        "anna@127.0.0.1",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    said = (await client.communicate())[0].decode()
    assert said.count(stranger.get_fingerprint()) == 1
    assert "Send your public key (the file that ends in .pub) to dora." in said


async def test_a_key_that_was_only_named_lets_nobody_in(server: Server) -> None:
    """A client may name anna's key without having it, and prove its own one then."""
    stranger = asyncssh.generate_private_key("ssh-ed25519")
    public = asyncssh.import_public_key(server.keys["anna"].export_public_key())

    pair = asyncssh.load_keypairs([stranger])[0]
    pair.public_data = public.public_data
    before = len(server.logged("auth_ok"))
    with pytest.raises((asyncssh.PermissionDenied, asyncssh.DisconnectError)):
        await server.connect("", client_keys=[pair])
    assert len(server.logged("auth_ok")) == before


async def test_a_role_of_a_key_binds(server: Server) -> None:
    server.add("vera", role=Role.VIEWER)
    async with server.login("vera") as vera:
        await vera.sees("Backlog")
        vera.press("L")
        await vera.sees("viewer")
    assert not rows(server.database, "SELECT 1 FROM journal WHERE actor LIKE '%vera%'")


async def test_a_revoked_key_closes_its_sessions_within_a_second(own_server: Server) -> None:
    async with own_server.login("anna") as anna, own_server.login("ben") as ben:
        await anna.sees("Backlog")
        await ben.sees("Backlog")
        revoked = time.monotonic()
        own_server.revoke("anna")
        words = await anna.ends()
        assert time.monotonic() - revoked < 5  # a second where nothing else runs; see bench
        assert "this key was revoked" in words
        await until(lambda: len(own_server.sessions()) == 1)
        ben.press("?")
        await ben.sees("Keys")
    with pytest.raises(asyncssh.PermissionDenied):
        await own_server.connect("anna")


async def test_no_process_is_left_when_a_client_is_gone(server: Server) -> None:
    async with server.login("anna") as anna:
        await anna.sees("Backlog")
        anna.press("n")
        await anna.sees("New item")
        assert len(server.sessions()) == 1
    await until(lambda: not server.sessions())
    await until(lambda: server.logged("session_end"))


async def test_the_server_killed_takes_all_sessions_with_it(own_server: Server) -> None:
    async with own_server.login("anna") as anna, own_server.login("ben") as ben:
        await anna.sees("Backlog")
        await ben.sees("Backlog")
        warm = own_server.warm
        assert len(own_server.sessions()) == 2
        own_server.process.kill()
        await until(lambda: not own_server.sessions() and not is_alive(warm))


async def test_sessions_live_on_when_the_warm_process_is_killed(own_server: Server) -> None:
    async with own_server.login("anna") as anna:
        await anna.sees("Backlog")
        before = own_server.warm
        os.kill(before, signal.SIGKILL)
        await until(lambda: own_server.warm != before)
        anna.press("nStill here\r")
        await until(lambda: own_server.entries("Still here"))
        async with own_server.login("ben") as ben:
            await ben.sees("Still here")


async def test_a_new_version_is_taken_without_ending_sessions(own_server: Server) -> None:
    async with own_server.login("anna") as anna:
        await anna.sees("Backlog")
        before = own_server.warm
        own_server.process.send_signal(signal.SIGHUP)
        await until(lambda: own_server.warm != before)
        async with own_server.login("ben") as ben:
            await ben.sees("Backlog")
            anna.press("nOld and new\r")
            await ben.sees("Old and new")
        assert is_alive(before)
    await until(lambda: not is_alive(before))


@pytest.mark.parametrize(
    ("term", "size"),
    [
        ("x" * 5000, (0, 0)),
        ("xterm;rm -rf", (65535, 65535)),
        ("\x1b]52;c;AAAA\x07", (1, 1)),
        ("../../etc/passwd", (2**31, 2**31)),
        ("vt100", (100_000, 24)),
    ],
)
async def test_nonsense_terminals_get_a_board(
    server: Server, term: str, size: tuple[int, int]
) -> None:
    async with server.login("anna", term=term, size=size) as anna:
        await until(lambda: len(anna.sent) > 1000)
        anna.process.change_terminal_size(100_000, 0)
        anna.process.change_terminal_size(100, 30)
        await anna.sees("Backlog")
        anna.press(f"nFrom {size[0]}\r")
        await until(lambda: server.entries(f"From {size[0]}"))


async def test_a_dumb_terminal_is_told_so(server: Server) -> None:
    connection = await server.connect("anna")
    with pytest.raises(asyncssh.ChannelOpenError):
        await connection.create_process(term_type="dumb", request_pty=True)
    connection.abort()
    assert server.logged("refused")[-1]["reason"].startswith("this terminal cannot show a screen")


async def test_two_megabytes_of_keys_fill_no_memory(server: Server) -> None:
    async with server.login("anna") as anna, server.login("ben") as ben:
        await anna.sees("Backlog")
        await ben.sees("Backlog")
        master, (session, _) = server.process.pid, server.sessions()
        before = memory(master), memory(session)
        anna.press(b"j" * 2_000_000)
        ben.press("nMeanwhile\r")
        await ben.sees("Meanwhile")
        assert memory(master) < before[0] + 20
        assert memory(session) < before[1] + 40
    await until(lambda: not server.sessions())


async def test_a_pasted_text_of_two_megabytes_harms_nobody(server: Server) -> None:
    async with server.login("anna") as anna, server.login("ben") as ben:
        await anna.sees("Backlog")
        await ben.sees("Backlog")
        anna.press(b"n\x1b[200~" + b"word " * 400_000 + b"\x1b[201~")
        ben.press("nBetween\r")
        await ben.sees("Between")
    await until(lambda: not server.sessions())


async def test_hostile_bytes_harm_nobody(server: Server) -> None:
    noise = random.Random(19)
    async with server.login("anna") as anna:
        await anna.sees("Backlog")
        for _ in range(20):
            with suppress(OSError):  # among the noise may be the key that leaves
                anna.press(noise.randbytes(2_000))
            await beat()
    await until(lambda: not server.sessions())
    for _ in range(20):
        _, writing = await asyncio.open_connection("127.0.0.1", server.port)
        writing.write(b"SSH-2.0-x\r\n" + noise.randbytes(3_000))
        with suppress(OSError):
            await writing.drain()
        writing.close()
    async with server.login("ben") as ben:
        await ben.sees("Backlog")


async def test_a_client_that_never_reads_is_closed(tmp_path: Path) -> None:
    with serving(make_board(tmp_path / "work.db"), unread=0.5, end=0.5) as server:
        server.add("anna")
        async with server.login("anna", window=4096) as anna:
            await anna.sees("Backlog")
            anna.reading.cancel()
            anna.process.stdout.channel.pause_reading()
            anna.press("?\x1b" * 400)
            await until(lambda: server.logged("session_end"))
            assert server.logged("session_end")[0]["reason"] == "what it was sent was not read"
            await until(lambda: not server.sessions())


async def test_whoever_presses_no_key_is_closed_and_told(tmp_path: Path) -> None:
    with serving(make_board(tmp_path / "work.db"), idle=1) as server:
        server.add("anna")
        async with server.login("anna") as anna:
            assert "no key was pressed" in await anna.ends()


async def test_limits_hold(tmp_path: Path) -> None:
    limits = {"sessions": 2, "sessions_of_connection": 1, "logins_of_address": 5, "login": 3}
    with serving(make_board(tmp_path / "work.db"), **limits) as server:
        server.add("anna")
        async with server.login("anna") as first, server.login("anna") as second:
            await first.sees("Backlog")
            await second.sees("Backlog")
            with pytest.raises(asyncssh.ChannelOpenError):
                await first.connection.create_process(request_pty=True, term_type="xterm")
            async with server.login("anna") as third:
                assert "all 2 places are taken" in await third.ends()
        await until(lambda: not server.sessions())
        silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(40)]
        await until(lambda: len(server.logged("limit")) > 10)
        # From elsewhere one comes in meanwhile, and from here once the silent ones are gone.
        connection = await server.connect("anna", local_addr=("127.0.0.2", 0))
        connection.abort()
        for one in silent:
            one.close()
        connected = None
        deadline = time.monotonic() + WITHIN
        while connected is None and time.monotonic() < deadline:
            await beat()
            with suppress(asyncssh.Error, OSError):
                connected = await server.connect("anna")
        assert connected is not None, "nobody came in any more"
        connected.abort()


async def test_many_people_lose_nothing(server: Server) -> None:
    count = 6
    async with AsyncExitStack() as stack:
        names = [f"crew-{n}" for n in range(count)]  # nobody with unsaved text of another test
        for name in names:
            server.add(name)
        people = [await stack.enter_async_context(server.login(name)) for name in names]
        for person in people:
            await person.sees("Backlog")
        for n, person in enumerate(people):
            person.press(f"nItem of {n}\r")
        for n in range(count):
            await until(lambda title=f"Item of {n}": server.entries(title))
    for n in range(count):
        assert len(server.entries(f"Item of {n}")) == 1


async def test_a_database_that_is_gone_is_said(own_server: Server) -> None:
    away = own_server.database.with_name("away.db")
    own_server.database.rename(away)
    async with own_server.login("anna") as anna:
        await until(lambda: anna.ended or len(anna.sent) > 1500)
        assert "Traceback" not in anna.text
    away.rename(own_server.database)
    async with own_server.login("anna") as anna:
        await anna.sees("Backlog")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be refused for being root")
def test_root_is_refused(tmp_path: Path) -> None:
    path = make_board(tmp_path / "work.db")
    done = subprocess.run(
        [sys.executable, "-m", "vsm", "--db", str(path), "serve", "--port", "0"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 3
    assert "does not run as root" in done.stderr
