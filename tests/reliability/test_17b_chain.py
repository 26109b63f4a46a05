"""Promise 17: the first wrong entry is named with its moment, who made it, and what is wrong.

A file is changed as somebody with the rights to it can; a cut end shows against a hash or a file
that was kept elsewhere.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.reliability.damage import invoke
from tests.reliability.support import ROOT, do, environment, opened, organisation, rows, vsm
from tests.reliability.test_17_tampering_shows import REORDER, Conn, change, run
from vsm.model import command as c
from vsm.model.rules import iso
from vsm.session import Session
from vsm.store import journal
from vsm.store.chain import digest

pytestmark = pytest.mark.promise(17)

COLUMNS = journal.COLUMNS.split(", ")


def shift(first: int, by: int) -> tuple[str, str]:
    """Give the entries from ``first`` on other numbers."""
    return (
        f"UPDATE journal SET seq = -seq WHERE seq >= {first}",
        f"UPDATE journal SET seq = {by} - seq WHERE seq < 0",
    )


def put_in(place: int, count: int, *, fitting: bool) -> Callable[[Conn], None]:
    """Entries between others, whose numbers make room; ``fitting``: with hashes as vsm makes."""

    def tamper(conn: Conn) -> None:
        run(*shift(place, count))(conn)
        for seq in range(place, place + count):
            row = conn.execute(
                f"SELECT {journal.COLUMNS} FROM journal WHERE seq = ?", (seq - 1,)
            ).fetchone()
            new = [seq, seq, *row[2:17]]
            new[3:5] = None, None
            if fitting:
                new[16] = digest(row[16], new[:14], new[15])
            marks = ", ".join("?" * 17)
            conn.execute(f"INSERT INTO journal({journal.COLUMNS}) VALUES({marks})", new)

    return tamper


def rotate(first: int, last: int) -> tuple[str, ...]:
    """Put the last of some entries before the others."""
    return (
        f"UPDATE journal SET seq = -seq WHERE seq BETWEEN {first} AND {last}",
        f"UPDATE journal SET seq = {first} WHERE seq = -{last}",
        "UPDATE journal SET seq = 1 - seq WHERE seq < 0",
    )


EDITED = "UPDATE journal SET payload = replace(payload, 'Work', 'Play') WHERE seq = 7"
WRONG = {
    "content": (run(EDITED), 7, "edited", "its content was edited"),
    "who": (
        run("UPDATE journal SET actor = 'person:9' WHERE seq = 7"),
        7,
        "edited",
        "it was edited, or entry 6 was, with a new hash",
    ),
    "last entry": (run("UPDATE journal SET at = 0 WHERE seq = 15"), 15, "edited", "it was edited"),
    "one is missing": (
        run("DELETE FROM journal WHERE seq = 7"),
        7,
        "missing",
        "entry 7 is missing",
    ),
    "some are missing": (
        run("DELETE FROM journal WHERE seq BETWEEN 7 AND 9"),
        7,
        "missing",
        "entries 7 to 9 are missing, after entry 6 (",
    ),
    "missing, later ones renumbered": (
        run("DELETE FROM journal WHERE seq IN (7, 8)", *shift(9, -2)),
        7,
        "missing",
        "entries 7 to 8 are missing (those after them were given their numbers)",
    ),
    "exchanged": (
        run(*REORDER),
        7,
        "reordered",
        "it was put out of order: what was written as entry 7 is entry 8 now",
    ),
    "moved up": (
        run(*rotate(7, 11)),
        7,
        "reordered",
        "it was put out of order: what was written as entry 7 is entry 8 now",
    ),
    "given another number": (
        run("UPDATE journal SET seq = 99 WHERE seq = 7"),
        7,
        "reordered",
        "setup): it was put out of order: it is entry 99 now",
    ),
    "the last one given another number": (
        run("UPDATE journal SET seq = 99 WHERE seq = 15"),
        15,
        "reordered",
        "setup): it was put out of order: it is entry 99 now",
    ),
    "one put in": (put_in(7, 1, fitting=False), 7, "put in", "it was put in"),
    "some put in": (put_in(7, 3, fitting=False), 7, "put in", "it and the 2 after it were put in"),
    "put in with hashes that fit": (
        put_in(7, 2, fitting=True),
        7,
        "put in",
        "it and the 1 after it were put in",
    ),
    "put in before all": (
        run("INSERT INTO journal SELECT -1, 1, NULL, NULL, NULL, 0, 0, 'x', 's', 'c', NULL, NULL,"
            " kind, v, payload, payload_hash, hash FROM journal WHERE seq = 1"),
        -1,
        "put in",
        "it was put in: vsm counts from 1",
    ),
    "text taken out": (
        run(EDITED.replace("'Work', 'Play'", "'Work item 4', '[redacted]'")),
        7,
        "redacted without record",
        "texts were taken out of it, and no entry records that",
    ),
    "content taken out": (
        run("UPDATE journal SET payload = NULL WHERE seq = 7"),
        7,
        "redacted without record",
        "texts were taken out of it, and no entry records that",
    ),
    "name taken out": (
        run("UPDATE journal SET actor = 'person:1=former-1' WHERE seq = 1"),
        1,
        "redacted without record",
        "texts were taken out of it, and no entry records that",
    ),
}  # fmt: skip


def fault(db: Path, *words: str) -> dict[str, Any]:
    """The first wrong entry, as doctor says it."""
    report = json.loads(invoke(db, "doctor", "--chain", "--json", *words, code=3).stdout)
    assert report["ok"] is False
    wrong: dict[str, Any] = report["chain"]["fault"]
    return wrong


@pytest.mark.parametrize("name", WRONG)
def test_the_first_wrong_entry_and_its_kind_are_named(db: Path, name: str) -> None:
    tamper, seq, wrong, text = WRONG[name]
    change(db, tamper)
    there = rows(
        db, "SELECT recorded_at FROM journal WHERE seq = ?", 99 if "number" in name else seq
    )
    first = fault(db)
    assert (first["seq"], first["wrong"]) == (seq, wrong)
    assert text in first["text"]
    if wrong != "missing":
        assert first["at"] == iso(there[0][0])
        assert first["actor"] == {"who": "no. 9", "put in before all": "x"}.get(
            name, "former-1" if name == "name taken out" else "setup"
        )
    line = invoke(db, "doctor", "--chain", code=3).stdout.splitlines()[2]
    assert line.startswith("BAD  journal") and text in line


def test_a_redaction_whose_record_was_taken_away_shows(db: Path) -> None:
    session = Session(db, actor="anna")
    do(session, c.EditItem(1, {"description": "hunter2"}))
    session.take_out(16, "description", "a password")
    session.close()
    invoke(db, "doctor", "--chain")
    change(db, run("DELETE FROM journal WHERE seq = 17"))
    assert fault(db)["wrong"] == "redacted without record"
    assert fault(db)["seq"] == 16


def test_a_cut_end_shows_against_a_hash_that_was_kept(db: Path) -> None:
    report = json.loads(invoke(db, "doctor", "--chain", "--json").stdout)
    head = report["journal"]["hash"]
    assert (report["journal"]["seq"], report["chain"]["last"]) == (15, 15)
    (shown,) = rows(db, "SELECT lower(hex(hash)) FROM journal WHERE seq = 9")
    half = json.loads(
        invoke(db, "doctor", "--chain", "--json", "--until", f"{shown[0][:12]}…").stdout
    )["chain"]
    assert half == {"first": 1, "last": 9, "hash": shown[0], "fault": None}
    change(db, run("DELETE FROM journal WHERE seq > 10"))
    wrong = fault(db, "--until", head)
    assert (wrong["seq"], wrong["wrong"]) == (11, "cut at the end")
    assert "the journal ends at entry 10" in wrong["text"]
    assert fault(db, "--from", "12")["wrong"] == "cut at the end"


def test_the_chain_is_checked_from_an_entry_on(db: Path) -> None:
    change(db, run(EDITED))
    invoke(db, "doctor", "--chain", "--from", "8")
    assert fault(db, "--from", "7")["seq"] == 7
    change(db, run("DELETE FROM journal WHERE seq = 9"))
    assert fault(db, "--from", "10")["text"].startswith("entry 9 is missing")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--from", "3"), "--from and --until are of the chain alone; add --chain"),
        (("--until", "3f2a3f2a"), "--from and --until are of the chain alone; add --chain"),
        (("--chain", "--until", "3f2"), "--until '3f2' is no hash; give its first 8"),
        (("--chain", "--from", "0"), "--from"),
    ],
)
def test_wrong_use_is_refused_in_one_line(db: Path, words: tuple[str, ...], problem: str) -> None:
    refused = invoke(db, "doctor", *words, code=2)
    assert problem in refused.stderr and refused.stdout == ""


# -- a log of anchors, a backup, a report ---------------------------------------------------------


def test_a_log_of_anchors_shows_a_cut_end_and_a_rewritten_start(db: Path, tmp_path: Path) -> None:
    log = tmp_path / "anchors.log"
    anchors = [invoke(db, "doctor", "--anchor").stdout]
    assert anchors[0].count("\n") == 1 and set(json.loads(anchors[0])) == {"seq", "hash", "at"}
    invoke(db, "item", "add", "Sixteen")
    anchors.append(invoke(db, "doctor", "--anchor").stdout)
    log.write_text("".join(f"Nov 29 04:00:01 host vsm[17]: {line}" for line in anchors))
    assert "records, up to its entry 16" in invoke(db, "doctor", "--against", log).stdout
    invoke(db, "item", "add", "Seventeen")
    invoke(db, "doctor", "--chain", "--against", log)
    change(db, run("DELETE FROM journal WHERE seq > 15"))
    (at,) = rows(db, "SELECT recorded_at FROM journal WHERE seq = 15")
    Path(f"{db}.lock").unlink()
    cut = invoke(db, "doctor", "--chain", "--against", log, code=3).stdout
    day = invoke(db, "doctor", "--chain", "--json").stdout and iso(at[0])[:4]
    assert "cut by at least 1 entry: it ends at entry 15, anchors.log records entry 16 of" in cut
    assert f" {day}" in cut and "rewritten" not in cut
    for n in range(3):
        invoke(db, "item", "add", f"Another {n}")
    rewritten = invoke(db, "doctor", "--chain", "--against", log, code=3).stdout
    assert "its entry 16 is not the one that anchors.log records" in rewritten


def test_an_anchor_of_a_journal_that_was_changed_is_not_printed(db: Path) -> None:
    change(db, run(EDITED))
    refused = invoke(db, "doctor", "--anchor", code=3)
    assert refused.stdout == "", "it goes to a log"
    assert "not as it was written: entry 7 (" in refused.stderr and refused.stderr.count("\n") == 1


def test_a_backup_shows_what_was_cut_and_from_where_it_was_rewritten(
    db: Path, tmp_path: Path
) -> None:
    saved = tmp_path / "monday.db"
    report = json.loads(invoke(db, "backup", saved, "--json").stdout)
    assert report["journal"]["seq"] == 15
    assert "journal #15 · " in invoke(db, "backup", tmp_path / "again.db").stdout
    assert (
        "monday.db records, up to its entry 15" in invoke(db, "doctor", "--against", saved).stdout
    )
    change(db, run("DELETE FROM journal WHERE seq > 10"))
    cut = invoke(db, "doctor", "--chain", "--against", saved, code=3).stdout
    assert "cut by at least 5 entries: it ends at entry 10, monday.db records entry 15 of" in cut
    for n in range(6):
        invoke(db, "item", "add", f"Another {n}")
    wrong = invoke(db, "doctor", "--chain", "--against", saved, code=3).stdout
    assert "rewritten, from entry 11 on" in wrong


@pytest.mark.parametrize("content", ["garbage", "no vsm", "damaged"])
def test_a_file_that_is_no_backup_is_refused_in_one_line(
    db: Path, tmp_path: Path, content: str
) -> None:
    other = tmp_path / "other.db"
    if content == "no vsm":
        with opened(other) as conn:
            conn.execute("CREATE TABLE journal(seq)")
    else:
        start = db.read_bytes()[: 16 if content == "garbage" else 5000]
        other.write_bytes(start + b"\x01" * 3000)
    refused = invoke(db, "doctor", "--against", other, code=None)
    assert refused.exit_code in (2, 3) and refused.stdout == ""
    assert refused.stderr.startswith("vsm: ") and refused.stderr.count("\n") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_memory_does_not_grow_with_the_length_of_the_journal(tmp_path: Path) -> None:
    peaks = []
    for items in (20, 20_000):
        db = tmp_path / f"{items}.db"
        organisation(db, items)
        code = (
            "import sys; from vsm.store.doctor import ChainRange, examine;"
            " from pathlib import Path;"
            " r = examine(Path(sys.argv[1]), (), ChainRange()); assert r.ok, r;"
            " status = Path('/proc/self/status').read_text().partition('VmHWM:')[2];"
            " print(r.chain.last, status.split()[0])"
        )
        answer = subprocess.run(
            [sys.executable, "-c", code, str(db)],
            cwd=ROOT, env=environment(), capture_output=True, text=True, check=True,
        )  # fmt: skip
        last, peak = map(int, answer.stdout.split())
        assert last == items + 3
        peaks.append(peak)
    assert peaks[1] < peaks[0] * 1.25


def test_a_chain_is_checked_in_a_process_of_its_own_while_somebody_writes(db: Path) -> None:
    session = Session(db, actor="anna")
    do(session, c.MoveItem(1, 2))
    assert "16 entries" in vsm("--db", db, "doctor", "--chain").stdout
    session.close()
