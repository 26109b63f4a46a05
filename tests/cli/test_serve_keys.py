"""``vsm serve key``: add, list, revoke, import; what the log keeps of it; who may."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Vsm
from tests.serve.support import ed25519, rsa
from vsm.serve.keys import Keys
from vsm.serve.public_keys import read_one
from vsm.store.sqlite import sqlite3


@pytest.fixture
def pub(tmp_path: Path) -> Path:
    file = tmp_path / "anna.pub"
    file.write_text(ed25519(1) + "\n")
    return file


def fingerprint(number: int) -> str:
    return read_one(ed25519(number), "it").fingerprint


def test_a_key_is_added_listed_and_revoked(team: Vsm, pub: Path) -> None:
    words = ["--as", "anna", "--role", "member", "--until", "2999-01-01", "--from", "10.0.0.0/8"]
    out = team.ok("serve", "key", "add", "anna laptop", *words, str(pub))
    assert out == (
        f"added the key anna laptop ({fingerprint(1)}) for anna, at most member,"
        " until 2999-01-01, from 10.0.0.0/8\n"
    )
    (row,) = team.json("serve", "key", "list")
    assert {name: row[name] for name in ("name", "member", "role", "until", "from", "type")} == {
        "name": "anna laptop",
        "member": "anna",
        "role": "member",
        "until": "2999-01-01",
        "from": ["10.0.0.0/8"],
        "type": "ssh-ed25519",
    }
    listed = team.ok("serve", "key", "list")
    texts = ["anna laptop", "anna", "member", "until 1 Jan 2999", "10.0.0.0/8", "never"]
    assert re.split(" {2,}", listed.splitlines()[1]) == [*texts, fingerprint(1)]
    done = team.json("serve", "key", "revoke", "ANNA laptop")
    assert done["key"]["revoked_at"]
    result = team("serve", "key", "list")
    assert (result.stdout, result.stderr) == (
        "",
        "Nobody can come in yet: vsm serve key add NAME FILE\n",
    )
    assert "revoked" in team.ok("serve", "key", "list", "--all")
    assert "was revoked already" in team.fails(2, "serve", "key", "revoke", fingerprint(1))


def test_the_log_says_who_let_whom_in(team: Vsm, pub: Path) -> None:
    team.ok("--as", "ops", "serve", "key", "add", "anna", str(pub))
    team.ok("--as", "ops", "serve", "key", "revoke", fingerprint(1).removeprefix("SHA256:"))
    revoked, added = team.json("log", "--limit", "2")
    assert (added["actor"], added["text"]) == (
        "ops",
        f"added the key anna ({fingerprint(1)}) for anna",
    )
    assert (revoked["actor"], revoked["text"]) == (
        "ops",
        f"revoked the key anna ({fingerprint(1)}) of anna",
    )
    assert "nothing to undo" in team.fails(1, "--as", "ops", "undo")
    team.ok("doctor")
    team.ok("rebuild")


def test_the_journal_with_keys_is_exported_and_imported_whole(
    team: Vsm, pub: Path, tmp_path: Path
) -> None:
    team.ok("serve", "key", "add", "anna", str(pub))
    file = tmp_path / "journal.jsonl"
    file.write_text(team.ok("export", "journal"))
    other = Vsm(tmp_path / "other.db")
    other.ok("import", "journal", str(file))
    assert "added the key anna" in other.ok("log", "--limit", "1")


def test_only_an_admin_adds_and_revokes_once_there_are_roles(team: Vsm, pub: Path) -> None:
    team.ok("--as", "anna", "role", "grant", "anna", "admin")
    refused = team.fails(1, "--as", "ben", "serve", "key", "add", "ben", str(pub))
    assert "ben is a member here and may not grant roles" in refused
    assert team.json("serve", "key", "list") == []
    team.ok("--as", "anna", "serve", "key", "add", "anna", str(pub))
    for words in (("--as", "ben"), ("--as", "anna", "--role", "coach")):
        assert "may not grant roles" in team.fails(1, *words, "serve", "key", "revoke", "anna")
    assert team.json("serve", "key", "list")[0]["revoked_at"] is None
    team.ok("--as", "anna", "serve", "key", "revoke", "anna")


def test_revoking_does_not_wait_for_the_journal(
    team: Vsm, pub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.ok("serve", "key", "add", "anna", str(pub))
    monkeypatch.setattr("vsm.store.sqlite.BUSY_SECONDS", 0.1)
    holder = sqlite3.connect(team.db, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    said = team.fails(3, "serve", "key", "revoke", "anna")
    holder.execute("ROLLBACK")
    holder.close()
    assert "anna is revoked, but the log does not say so" in said
    (key,) = Keys.of(team.db).all()
    assert key.revoked_at is not None


def test_what_is_no_key_is_refused_and_nothing_is_stored(
    team: Vsm, pub: Path, tmp_path: Path
) -> None:
    private = tmp_path / "id_ed25519"
    private.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n")
    add = ("serve", "key", "add", "anna")
    said = team.fails(2, *add, str(private))
    assert "holds a PRIVATE key" in said and "c2VjcmV0" not in said
    assert "no public key" in team.fails(2, *add, "-", input="hello")
    assert "longer than 32 KiB" in team.fails(2, *add, "-", input="j" * 2_000_000)
    assert "too short" in team.fails(2, *add, "-", input=rsa(2048))
    assert "is a database" in team.fails(2, *add, str(team.db))
    assert "cannot be read" in team.fails(2, *add, str(tmp_path / "nowhere.pub"))
    assert "is no login" in team.fails(2, "serve", "key", "add", "anna laptop", str(pub))
    assert "is no name" in team.fails(2, "serve", "key", "add", "x" * 61, "--as", "a", str(pub))
    assert "which is over" in team.fails(2, *add, "--until", "2001-01-01", str(pub))
    assert "is no network" in team.fails(2, *add, "--from", "10.1.*", str(pub))
    assert team.json("serve", "key", "list") == []
    assert not Keys.of(team.db).path.exists()


def test_names_are_made_harmless(team: Vsm) -> None:
    name = "an\x1b]52;c;x\x07na\u202e"
    team.ok("serve", "key", "add", name, "--as", "anna", "-", input=ed25519(1, "\x1b[2Jhi"))
    (row,) = team.json("serve", "key", "list")
    assert (row["name"], row["comment"]) == ("an]52;c;xna", "[2Jhi")


def test_a_key_is_added_once_and_the_refusal_says_whose_it_is(team: Vsm, pub: Path) -> None:
    team.ok("serve", "key", "add", "anna", str(pub))
    entries = len(team.json("log"))
    assert "anna, of anna" in team.fails(2, "serve", "key", "add", "ben", str(pub))
    assert len(team.json("log")) == entries, "what is refused is not in the log"


def test_an_unknown_key_names_the_nearest(team: Vsm, pub: Path) -> None:
    team.ok("serve", "key", "add", "anna laptop", "--as", "anna", str(pub))
    said = team.fails(2, "serve", "key", "revoke", "anna")
    assert "there is no key 'anna'" in said and "anna laptop" in said, "names have to be whole"


AUTHORIZED = f"""
# the team
{ed25519(1, "anna@laptop")}
from="10.0.0.0/8",expiry-time="29990101",no-pty {ed25519(2, "ben@desk")}
{rsa(2048)}
command="ls" {ed25519(3, "carl@desk")}
{ed25519(1, "twice@desk")}
hello
"""


def test_a_file_of_keys_is_imported_line_by_line(team: Vsm, tmp_path: Path) -> None:
    file = tmp_path / "authorized_keys"
    file.write_text(AUTHORIZED)
    dry = team("serve", "key", "import", str(file), "--dry-run")
    assert dry.exit_code == 1 and "would add 2 keys; 0 there already; 4 refused" in dry.stdout
    assert team.json("serve", "key", "list") == []
    result = team("serve", "key", "import", str(file), "--role", "member")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"added the key anna@laptop ({fingerprint(1)}) for anna",
        f"added the key ben@desk ({fingerprint(2)}) for ben",
        "added 2 keys; 0 there already; 4 refused",
    ]
    reasons = [line for line in result.stderr.splitlines() if line.startswith("line ")]
    assert [line.split(":")[0] for line in reasons] == ["line 5", "line 6", "line 7", "line 8"]
    assert "2048 bits" in reasons[0] and "the option command cannot" in reasons[1]
    assert "line 4: no-pty means nothing for a board and is ignored" in result.stderr
    anna, ben = team.json("serve", "key", "list")
    assert (anna["member"], anna["role"], anna["until"], anna["from"]) == (
        *("anna", "member", None),
        [],
    )
    assert (ben["member"], ben["until"], ben["from"]) == ("ben", "2998-12-31", ["10.0.0.0/8"])
    again = team("serve", "key", "import", str(file))
    assert "added 0 keys; 3 there already; 3 refused" in again.stdout


def test_all_keys_of_a_file_may_be_one_persons(team: Vsm) -> None:
    text = f"{ed25519(1, '')}\n{ed25519(2, 'work')}\n"
    refused = team("serve", "key", "import", "-", input=text)
    assert "the key has no comment" in refused.stderr
    done = team.json("serve", "key", "import", "-", "--as", "carl", input=text)
    assert [(row["name"], row["member"]) for row in done["added"]] == [("carl 1", "carl")]
    assert {row["member"] for row in team.json("serve", "key", "list")} == {"work", "carl"}


def test_who_is_forgotten_cannot_come_in_any_more(team: Vsm, pub: Path) -> None:
    team.ok("serve", "key", "add", "anna.kern", str(pub))
    team.ok("member", "forget", "anna.kern", "--reason", "left", "--yes")
    (key,) = Keys.of(team.db).all()
    assert key.revoked_at is not None and "anna" not in f"{key.name}{key.member}{key.comment}"
    assert "anna.kern" not in team.ok("log", "--limit", "20")


def test_the_check_ends_with_3_while_something_must_be_mended(
    team: Vsm, pub: Path, tmp_path: Path
) -> None:
    team.db.chmod(0o666)
    result = team("serve", "--check", "--port", "0")
    assert result.exit_code == 3
    lines = result.stdout.splitlines()
    (at,) = [n for n, line in enumerate(lines) if f"others may write {team.db} (mode" in line]
    assert (
        lines[at].startswith("fix   database  ") and lines[at + 1].strip() == f"chmod go= {team.db}"
    )
    findings = json.loads(team("serve", "--check", "--port", "0", "--json").stdout)
    assert findings["ok"] is False
    (keys,) = [f for f in findings["findings"] if f["check"] == "keys"]
    assert keys["status"] == "fix" and keys["command"].endswith("serve key add NAME FILE")
    assert "--json belongs to --check" in team.fails(2, "serve", "--json")
