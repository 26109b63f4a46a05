"""The file of keys: who may come in, from where, until when."""

from __future__ import annotations

import os
import stat
from datetime import date
from pathlib import Path

import pytest

from tests.serve.support import ed25519
from vsm.database_files import database_of
from vsm.model.errors import BadInput, EnvironmentProblem
from vsm.model.role import Role
from vsm.serve.keys import Keys, NewKey, keys_file
from vsm.serve.public_keys import read_one
from vsm.store.sqlite import sqlite3

NOON = 1_798_804_800_000_000
"""1 January 2027, 12:00 UTC."""
HOUR = 3_600_000_000


def new(number: int, name: str = "anna", **values: object) -> NewKey:
    key = read_one(ed25519(number), "it")
    settings = {"member": "anna", **values}
    return NewKey(
        name=name, fingerprint=key.fingerprint, kind=key.kind, public=key.text, **settings
    )  # type: ignore[arg-type]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "board.db"
    path.write_bytes(b"SQLite format 3\0")
    path.chmod(0o600)
    return path


@pytest.fixture
def keys(database: Path) -> Keys:
    return Keys(keys_file(database))


def test_without_a_file_nobody_comes_in(keys: Keys) -> None:
    assert keys.find("SHA256:x") is None
    assert (keys.all(), keys.version()) == ([], None)
    keys.used("SHA256:x", NOON)
    assert not keys.path.exists()


def test_a_key_comes_back_as_it_was_added(keys: Keys, database: Path) -> None:
    one = new(1, role=Role.MEMBER, until=date(2027, 1, 1), sources=("10.0.0.0/8",), comment="hi")
    added = keys.add(one, by="root", at=NOON, database=database)
    assert keys.find(one.fingerprint) == added == keys.all()[0]
    assert (added.name, added.member, added.role, added.until) == (
        *("anna", "anna", Role.MEMBER),
        date(2027, 1, 1),
    )
    assert (added.sources, added.comment, added.added_by) == (("10.0.0.0/8",), "hi", "root")
    assert (added.added_at, added.revoked_at, added.last_used) == (NOON, None, None)
    keys.used(one.fingerprint, NOON + HOUR)
    current = keys.find(one.fingerprint)
    assert current is not None and current.last_used == NOON + HOUR


def test_a_key_is_valid_up_to_its_day_and_from_its_networks(keys: Keys, database: Path) -> None:
    sources = ("10.0.0.0/8", "2001:db8::/32")
    one = keys.add(
        new(1, until=date(2027, 1, 1), sources=sources), by="root", at=NOON, database=database
    )
    for address in ("10.9.8.7", "2001:db8::1", "2001:db8::1%eth0", "::ffff:10.1.2.3"):
        assert keys.valid(one, NOON, address) is None, address
    for address in ("11.0.0.1", "::1", "::ffff:11.0.0.1", "host", ""):
        assert keys.valid(one, NOON, address) == "this key may not be used from your address"
    assert keys.valid(one, NOON + 11 * HOUR, "10.0.0.1") is None
    assert keys.valid(one, NOON + 12 * HOUR, "10.0.0.1") == "this key expired after 2027-01-01"


def test_revoking_holds_at_once_and_for_ever(keys: Keys, database: Path) -> None:
    one = keys.add(new(1), by="root", at=NOON, database=database)
    before = keys.version()
    keys.used(one.fingerprint, NOON)
    assert keys.version() == before, "that somebody came in changes nothing"
    revoked = keys.revoke(one.fingerprint, by="root", at=NOON)
    assert revoked is not None and keys.version() != before
    assert keys.valid(revoked, NOON, "10.0.0.1") == "this key was revoked"
    assert keys.revoke(one.fingerprint, by="root", at=NOON) is None
    with pytest.raises(BadInput, match=r"was revoked: anna, of anna\. make a new one"):
        keys.add(new(1, "again"), by="root", at=NOON, database=database)
    keys.add(new(2, "anna"), by="root", at=NOON, database=database)  # its name is free again


def test_duplicates_are_refused_naming_whose_they_are(keys: Keys, database: Path) -> None:
    keys.add(new(1), by="root", at=NOON, database=database)
    with pytest.raises(BadInput, match="is there already: anna, of anna"):
        keys.add(new(1, "ben", member="ben"), by="root", at=NOON, database=database)
    with pytest.raises(BadInput, match="there is a key called 'ANNA' already"):
        keys.add(new(2, "ANNA"), by="root", at=NOON, database=database)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o660, 0o644])
def test_the_file_is_for_those_who_may_use_the_database(
    keys: Keys, database: Path, mode: int
) -> None:
    database.chmod(mode)
    keys.add(new(1), by="root", at=NOON, database=database)
    assert stat.S_IMODE(keys.path.stat().st_mode) == mode
    names = sorted(path.name for path in database.parent.iterdir())
    assert names == ["board.db", "board.db.serve.db"]


def test_the_file_belongs_to_its_database(keys: Keys, database: Path) -> None:
    keys.add(new(1), by="root", at=NOON, database=database)
    assert keys.path.name == "board.db.serve.db"
    assert database_of(keys.path) == database


def test_what_is_no_file_of_keys_is_refused(keys: Keys, database: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    sqlite3.connect(other).execute("CREATE TABLE key(id)").connection.close()
    for put in (
        lambda: keys.path.symlink_to(other),
        lambda: keys.path.mkdir(),
        lambda: os.mkfifo(keys.path),
        lambda: keys.path.write_bytes(other.read_bytes()),
        lambda: keys.path.write_bytes(b"nonsense" * 1000),
    ):
        put()
        for call in (keys.all, keys.version, lambda: keys.find("x")):
            with pytest.raises(EnvironmentProblem):
                call()
        keys.path.rmdir() if keys.path.is_dir() else keys.path.unlink()


def test_a_locked_file_can_be_read_and_says_so_to_writers(
    keys: Keys, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = keys.add(new(1), by="root", at=NOON, database=database)
    monkeypatch.setattr("vsm.store.serve_keys.BUSY", 0.05)
    holder = sqlite3.connect(keys.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert keys.find(one.fingerprint) == one
    keys.used(one.fingerprint, NOON)  # left out
    with pytest.raises(EnvironmentProblem, match="locked by another program"):
        keys.revoke(one.fingerprint, by="root", at=NOON)
    holder.execute("ROLLBACK")
    holder.close()
    assert keys.find(one.fingerprint) == one


def test_who_is_forgotten_is_named_nowhere(keys: Keys, database: Path) -> None:
    keys.add(new(1, "anna kern", comment="anna@laptop"), by="root", at=NOON, database=database)
    keys.add(new(2, "ben", member="ben"), by="anna", at=NOON, database=database)
    assert keys.rename_member("anna", "former-1") == 1
    first, second = keys.all()
    assert (first.name, first.member, first.comment) == ("former-1 1", "former-1", "")
    assert (second.member, second.added_by) == ("ben", "former-1")
