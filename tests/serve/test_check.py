"""The check of a set-up: each thing that is unsafe is named, with the command that mends it."""

from __future__ import annotations

import os
import resource
import socket
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.reliability.people import ANNA, needs_root
from tests.reliability.support import do, organisation
from tests.serve.support import ed25519
from vsm.database_files import host_key_path, network_file_system, served_keys_path
from vsm.model.command import AddEntity, AddItem
from vsm.model.entities import GRANT
from vsm.serve import check
from vsm.serve.check import Setup, examine
from vsm.serve.findings import Finding, Status
from vsm.serve.keys import Keys, NewKey
from vsm.serve.public_keys import read_one
from vsm.session import Session

UNIT = """\
[Service]
User=vsm
ExecStart=/opt/vsm/bin/vsm --db /var/lib/vsm/team.db serve
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
RestrictSUIDSGID=yes
CapabilityBoundingSet=
"""


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    """A set-up with nothing to mend: one key, roles in force, a unit, a free port."""
    folder = tmp_path / "served"
    folder.mkdir(mode=0o700)
    database = folder / "team.db"
    organisation(database, 1)
    session = Session(database, actor="anna")
    do(session, AddEntity(GRANT, {"login": "anna", "role": "admin"}))
    session.close()
    database.chmod(0o600)
    public = read_one(ed25519(1), "it")
    new = NewKey(
        name="anna",
        fingerprint=public.fingerprint,
        kind=public.kind,
        public=public.text,
        member="anna",
    )
    Keys.of(database).add(new, by="root", at=1, database=database)
    units = tmp_path / "units"
    units.mkdir()
    (units / "vsm-serve.service").write_text(UNIT)
    (units / "other.service").write_text("[Service]\nExecStart=/usr/bin/other\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    if os.geteuid() == 0:  # nothing is served as root
        for path in (folder, *folder.iterdir()):
            os.chown(path, ANNA, ANNA)
    return Setup(database=database, host="127.0.0.1", port=port, units=(units,))


def found_by(setup: Setup, name: str) -> list[Finding]:
    """What a check has to say, all but what is in order."""
    return [f for f in examine(setup) if f.check == name and f.status is not Status.OK]


def test_a_safe_setup_has_nothing_to_mend(setup: Setup) -> None:
    findings = list(examine(setup))
    assert [f for f in findings if f.status is not Status.OK] == []
    assert {f.check for f in findings} == {
        *("account", "folder", "database", "keys", "host key", "roles", "port", "clock"),
        *("SQLite", "asyncssh", "limits", "room", "unit"),
    }


@pytest.mark.parametrize(
    ("name", "mode", "said", "command"),
    [
        ("folder", 0o770, "others may write", "chmod go-w"),
        ("database", 0o660, "others may write", "chmod go="),
        ("database", 0o640, "others may read", "chmod go="),
        ("keys", 0o660, "others may write", "chmod go-w"),
        ("host key", 0o640, "others may read", "chmod go="),
    ],
)
def test_what_others_may_write_or_read_is_named(
    setup: Setup, name: str, mode: int, said: str, command: str
) -> None:
    path = {
        "folder": setup.folder,
        "database": setup.database,
        "keys": served_keys_path(setup.database),
        "host key": host_key_path(setup.database),
    }[name]
    path.touch()
    if os.geteuid() == 0:
        os.chown(path, ANNA, ANNA)
    path.chmod(mode)
    (finding,) = found_by(setup, name)
    assert finding.status is Status.FIX
    assert said in finding.text and f"mode {mode:04o}" in finding.text
    assert finding.command == f"{command} {path}"
    subprocess.run(finding.command.split(), check=True)
    assert found_by(setup, name) == [], "its command mends it"


def test_a_folder_above_that_everybody_may_write_is_named(setup: Setup) -> None:
    above = setup.folder.parent
    above.chmod(0o777)
    (finding,) = found_by(setup, "folder")
    assert f"everybody may write {above}" in finding.text
    above.chmod(0o1777)
    assert found_by(setup, "folder") == [], "in a sticky one nobody takes others' files away"


def test_a_folder_for_everybody_stays_as_it_is(setup: Setup) -> None:
    setup.folder.chmod(0o1777)
    (finding,) = found_by(setup, "folder")
    assert "is a folder for everybody" in finding.text
    assert finding.command.startswith("install -d -m 700") and "chmod" not in finding.command


@needs_root
def test_what_belongs_to_somebody_else_is_named(setup: Setup) -> None:
    os.chown(served_keys_path(setup.database), ANNA + 1, ANNA + 1)
    (finding,) = found_by(setup, "keys")
    assert f"belongs to {ANNA + 1}, not to {ANNA}" in finding.text
    os.chown(setup.folder, 0, 0)
    (finding,) = found_by(setup, "folder")
    assert finding.command == f"chown {ANNA} {setup.folder}"
    os.chown(setup.database, 0, 0)
    (finding,) = found_by(setup, "account")
    assert "belongs to root, and nothing is served as root" in finding.text
    assert finding.command.startswith("useradd --system")


@needs_root
def test_whoever_is_not_its_owner_does_not_serve_it(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: ANNA + 1)
    (finding,) = found_by(setup, "account")
    assert f"sudo -u {ANNA} vsm --db" in finding.command


def test_access_lists_are_named(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "_has_list", lambda path: path == setup.database)
    (finding,) = found_by(setup, "database")
    assert "has an access list" in finding.text
    assert finding.command == f"setfacl -b {setup.database}"


def test_nobody_can_come_in_without_a_valid_key(setup: Setup) -> None:
    keys = Keys.of(setup.database)
    keys.revoke(keys.all()[0].fingerprint, by="root", at=2)
    (finding,) = found_by(setup, "keys")
    assert (finding.status, finding.text) == (Status.FIX, "no key lets anybody in")
    served_keys_path(setup.database).write_bytes(b"nonsense" * 100)
    (finding,) = found_by(setup, "keys")
    assert finding.status is Status.FIX


def test_without_roles_everybody_may_do_everything(tmp_path: Path) -> None:
    database = tmp_path / "new.db"
    organisation(database, 1)
    (finding,) = found_by(Setup(database=database, units=()), "roles")
    assert finding.status is Status.NOTE and finding.command.endswith("role grant LOGIN admin")


@contextmanager
def listener(banner: bytes) -> Iterator[int]:
    """Something that listens, and introduces itself to the first that comes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(banner)

        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(5)


@pytest.mark.parametrize(
    ("banner", "said"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "another SSH server (OpenSSH_9.2) listens at port"),
        (b"HTTP/1.0 400\r\n", "cannot be used: Address already in use"),
        (b"SSH-2.0-\x1b[2J\r\n", "cannot be used"),
    ],
)
def test_a_port_that_is_taken_is_named(setup: Setup, banner: bytes, said: str) -> None:
    with listener(banner) as port:
        taken = Setup(database=setup.database, host="127.0.0.1", port=port, units=setup.units)
        (finding,) = found_by(taken, "port")
    assert said in finding.text and "\x1b" not in finding.text
    assert finding.command == f"vsm serve --port {port + 1}"


def test_a_server_of_ours_that_runs_already_is_in_order(setup: Setup) -> None:
    with listener(b"SSH-2.0-vsm\r\n") as port:
        running = Setup(database=setup.database, host="127.0.0.1", port=port, units=setup.units)
        assert found_by(running, "port") == []


def test_a_clock_behind_the_journal_is_named(setup: Setup) -> None:
    session = Session(
        setup.database, actor="anna", clock=lambda: int((time.time() + 7200) * 1_000_000)
    )
    do(session, AddItem(1, "From the future"))
    session.close()
    (finding,) = found_by(setup, "clock")
    assert "120 minutes ahead of the clock" in finding.text


def test_a_clock_of_long_ago_is_named(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_000_000_000.0)
    (finding,) = found_by(setup, "clock")
    assert "the clock says 2001-09-09, which is long over" in finding.text


def test_what_the_machine_lacks_is_named(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    def not_installed(_name: str) -> str:
        from importlib.metadata import PackageNotFoundError

        raise PackageNotFoundError

    monkeypatch.setattr(check, "wal_reset_bug", lambda: True)
    monkeypatch.setattr("importlib.metadata.version", not_installed)
    monkeypatch.setattr(resource, "getrlimit", lambda _what: (256, 4096))
    monkeypatch.setattr(check, "ROOM_LEAST", 2**62)
    monkeypatch.setattr(check, "network_file_system", lambda path: "nfs4")
    assert network_file_system(setup.database) is None
    unsafe = {f.check: f for f in examine(setup) if f.status is Status.FIX}
    assert set(unsafe) == {"SQLite", "asyncssh", "limits", "room", "disk"}
    assert "pip install 'vsm[serve]'" in unsafe["asyncssh"].command
    assert unsafe["limits"].text == "256 open files are too few for 100 sessions"
    assert all(finding.command for finding in unsafe.values())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("User=vsm", "User=root"), "serves as root"),
        (("User=vsm\n", ""), "serves as root"),
        (("NoNewPrivileges=yes\n", ""), "lacks NoNewPrivileges"),
        (("ProtectSystem=strict", "ProtectSystem=full"), "lacks ProtectSystem"),
        (("PrivateTmp=yes", "#PrivateTmp=yes"), "lacks PrivateTmp"),
        (("CapabilityBoundingSet=", "CapabilityBoundingSet=CAP_SYS_ADMIN"), "lacks Capab"),
    ],
)
def test_a_unit_without_its_safeguards_is_named(
    setup: Setup, change: tuple[str, str], said: str
) -> None:
    (folder,) = setup.units
    (folder / "vsm-serve.service").write_text(UNIT.replace(*change))
    (finding,) = found_by(setup, "unit")
    assert said in finding.text and finding.command == "systemctl edit --full vsm-serve.service"


def test_no_unit_is_nothing_unsafe(setup: Setup) -> None:
    nowhere = Setup(database=setup.database, port=setup.port, units=())
    (finding,) = found_by(nowhere, "unit")
    assert finding.status is Status.NOTE


def test_modes_are_looked_at_where_a_link_leads(setup: Setup, tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(setup.database)
    setup.database.chmod(0o666)
    linked = Setup(database=link, host=setup.host, port=setup.port, units=setup.units)
    (finding,) = found_by(linked, "database")
    assert finding.command == f"chmod go= {setup.database}"
    assert stat.S_IMODE(link.stat().st_mode) == 0o666
