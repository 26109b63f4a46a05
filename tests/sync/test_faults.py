"""Faults of services lead to a retry or to a clear word, never to half an import."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tests.sync.conftest import Program
from tests.sync.fake import TOKEN, Asked, FakeJira, Reply, jira_issue, once

ADD = ("--jql", "project = WEB", "--stream", "Web", "--yes")
SEARCH = "/rest/api/3/search/jql"


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waits are noted, not waited."""
    noted: list[float] = []
    monkeypatch.setattr("vsm.connect.sync.patience.pause", noted.append)
    return noted


def refused(vsm: Program, fake: FakeJira, *more: str) -> str:
    """What adding the source says; nothing was imported."""
    text = vsm.fails(3, "sync", "add", "jira", fake.base, *ADD, *more)
    assert not vsm.db.exists()
    assert text.count("\n") == 1 and TOKEN not in text
    return text


def test_429_waits_as_long_as_it_is_asked_to(
    vsm: Program, jira: FakeJira, waits: list[float]
) -> None:
    jira.faults.append(once(SEARCH, Reply({}, 429, (("Retry-After", "7"),))))
    ran = vsm.add(jira)
    assert ran["new"] == 8
    assert len(waits) == 1 and 7 <= waits[0] < 8


def test_a_date_to_wait_for_is_read_by_the_clock_of_the_service(
    vsm: Program, jira: FakeJira, waits: list[float]
) -> None:
    jira.now = 946_684_800  # 1 January 2000: whatever this computer says does not matter
    after = (("Retry-After", "Sat, 01 Jan 2000 00:00:30 GMT"),)
    jira.faults.append(once(SEARCH, Reply({}, 503, after)))
    vsm.add(jira)
    assert len(waits) == 1 and 30 <= waits[0] < 31


def test_502_midway_is_tried_again_with_longer_and_longer_waits(
    vsm: Program, jira: FakeJira, waits: list[float]
) -> None:
    jira.faults.append(once("issue/bulkfetch", Reply(b"<html>Bad Gateway</html>", 502), 3))
    assert vsm.add(jira)["new"] == 8
    assert len(waits) == 3 and 0.5 <= waits[0] <= 1 <= waits[1] <= 2 <= waits[2] <= 4


def test_a_service_that_stays_down_ends_the_run(
    vsm: Program, jira: FakeJira, waits: list[float]
) -> None:
    vsm.add(jira)
    before = vsm.entries()
    jira.faults.append(once("", Reply({}, 502), 99))
    assert "it answers 502, 6 times" in vsm.fails(3, "sync", "run")
    assert vsm.entries() == before
    (status,) = vsm.json("sync", "status")["sources"]
    assert (status["health"], len(waits)) == ("failing", 5)
    assert status["last_good"] < status["since"] == status["last_run"]


def test_a_wait_beyond_the_end_of_the_run_is_not_begun(vsm: Program, jira: FakeJira) -> None:
    vsm.add(jira)
    jira.faults.append(once(SEARCH, Reply({}, 429, (("Retry-After", "3600"),))))
    assert "asks to wait 60 min" in vsm.fails(3, "sync", "run")
    assert vsm.json("sync", "status")["sources"][0]["health"] == "late"


def test_a_token_that_expires_in_the_middle_stops_and_says_what_is_needed(
    vsm: Program, jira: FakeJira
) -> None:
    vsm.add(jira)
    before = vsm.entries()
    jira.issues["10009"] = jira_issue(9, (9, "Doing"))
    said = {"errorMessages": [f"Token {TOKEN} has expired"]}
    jira.faults.append(once("issue/bulkfetch", Reply(said, 401)))
    text = vsm.fails(3, "sync", "run")
    assert "does not accept the token (401)" in text and "Browse Projects" in text
    assert "[redacted]" in text
    assert vsm.entries() == before
    assert vsm.json("sync", "status")["sources"][0]["health"] == "auth"
    assert vsm.json("sync", "run")["new"] == 1
    assert vsm.json("sync", "status")["sources"][0]["health"] == "ok"


def test_403_says_which_permission(vsm: Program, jira: FakeJira) -> None:
    jira.faults.append(once(SEARCH, Reply({"message": "no"}, 403)))
    assert "may not read /rest/api/3/search/jql" in (text := refused(vsm, jira))
    assert "read:jira-work" in text


def test_the_old_search_of_jira_cloud_is_explained(vsm: Program, jira: FakeJira) -> None:
    text = vsm.fails(3, "sync", "add", "jira-dc", jira.base, *ADD)
    assert "410" in text and "CHANGE-2046" in text and "jira-cloud" in text


def test_the_cap_of_40_histories_is_named_with_its_dates(vsm: Program) -> None:
    days = [(1 + n // 2, ("Doing", "Review")[n % 2]) for n in range(52)]
    long = jira_issue(1, *days)
    with FakeJira([long, jira_issue(2, (3, "Doing"))]).running() as fake:
        assert isinstance(fake, FakeJira)
        fake.has_bulk_logs = False
        ran = vsm.add(fake)
        (gap,) = ran["truncated"]
        assert gap["key"] == "WEB-1" and gap["after"].startswith("2026-01-01")
        assert gap["until"].startswith("2026-01-07"), "the 13th change is the first that is known"
        assert "40 entries" in ran["notes"][0]["why"]
        fake.has_bulk_logs = True
        ran = vsm.json("sync", "run", "--full")
        assert (ran["changed"], ran["truncated"]) == (1, [])


def test_truncated_json_is_asked_for_again(vsm: Program, jira: FakeJira) -> None:
    jira.faults.append(once("issue/bulkfetch", Reply(b'{"issues": [{"id": "10001", "ke')))
    assert vsm.add(jira)["new"] == 8


def test_json_that_stays_truncated_imports_nothing(vsm: Program, jira: FakeJira) -> None:
    jira.faults.append(once("issue/bulkfetch", Reply(b'{"issues": ['), 9))
    assert "the answer is no whole JSON, 6 times" in refused(vsm, jira)


def test_a_gzip_bomb_is_refused_before_it_unfolds(vsm: Program, jira: FakeJira) -> None:
    bomb = gzip.compress(b"0" * (64 << 20), 9)
    assert len(bomb) < 100_000
    jira.faults.append(once(SEARCH, Reply(bomb, 200, (("Content-Encoding", "gzip"),))))
    assert "more than 32 MiB" in refused(vsm, jira)


def test_deep_json_is_refused_before_it_is_parsed(vsm: Program, jira: FakeJira) -> None:
    deep = b'{"issues": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    jira.faults.append(once(SEARCH, Reply(deep)))
    assert "more than 100 levels" in refused(vsm, jira)


def test_packed_answers_are_read(vsm: Program, jira: FakeJira) -> None:
    jira.packed = True
    assert vsm.add(jira)["new"] == 8


def test_a_redirect_to_another_host_is_refused(vsm: Program, jira: FakeJira) -> None:
    elsewhere = (("Location", "http://127.0.0.2:1/steal"),)
    jira.faults.append(once("/myself", Reply(b"", 302, elsewhere)))
    assert "another host, http://127.0.0.2:1" in refused(vsm, jira)


def test_a_redirect_on_the_same_host_is_followed(vsm: Program, jira: FakeJira) -> None:
    moved = (("Location", "/rest/api/3/myself?again=1"),)
    jira.faults.append(once("/myself", Reply(b"", 302, moved)))
    assert vsm.add(jira)["new"] == 8


def test_a_page_that_changes_between_requests_is_read_again_later(
    vsm: Program, jira: FakeJira
) -> None:
    def change(asked: Asked) -> Reply | None:
        if asked.path.endswith("issue/bulkfetch"):
            jira.issues["10003"] = jira_issue(3, (3, "Doing"), (9, "Review"))
            jira.issues.pop("10004", None)
        return None

    jira.faults.append(change)
    assert vsm.add(jira)["new"] == 7, "one went after it was listed"
    jira.faults.clear()
    ran = vsm.json("sync", "run")
    assert (ran["fetched"], ran["changed"], ran["new"]) == (1, 0, 0)
    assert vsm.json("item", "show", "WEB-3")["stage"] == "Review"


def test_duplicates_over_pages_count_once(vsm: Program, jira: FakeJira) -> None:
    jira.page = 3
    first: list[Asked] = []

    def again(asked: Asked) -> Reply | None:
        if asked.path == SEARCH and asked.body.get("nextPageToken") == "3" and not first:
            first.append(asked)
            asked.body["nextPageToken"] = "2"  # one row of the page before comes once more
        return None

    jira.faults.append(again)
    ran = vsm.add(jira)
    assert first and (ran["listed"], ran["new"]) == (8, 8)


def test_a_token_of_pages_that_never_ends_is_noticed(vsm: Program, jira: FakeJira) -> None:
    page = {"issues": [{"id": "1", "key": "A-1", "fields": {"updated": "x"}}], "nextPageToken": "t"}
    jira.faults.append(once(SEARCH, Reply(page), 99))
    assert "one page again and again" in refused(vsm, jira)


def test_an_issue_that_makes_no_sense_imports_nothing(vsm: Program, jira: FakeJira) -> None:
    jira.issues["10003"]["fields"]["created"] = "yesterday"
    text = vsm.fails(2, "sync", "add", "jira", jira.base, *ADD)
    assert "WEB-3" in text and "created" in text
    assert not vsm.db.exists()


def test_everything_is_read_again_after_a_restore(vsm: Program, jira: FakeJira) -> None:
    vsm.add(jira)
    kept = vsm.folder / "backup.db"
    vsm.ok("backup", str(kept))
    jira.issues["10003"] = jira_issue(3, (3, "Doing"), (9, "Review"))
    assert vsm.json("sync", "run")["changed"] == 1
    vsm.ok("restore", str(kept))
    assert vsm.json("item", "show", "WEB-3")["stage"] == "Doing"
    ran = vsm.json("sync", "run")
    assert (ran["full"], ran["changed"]) == (True, 1)
    assert vsm.json("item", "show", "WEB-3")["stage"] == "Review"


def test_the_token_is_nowhere_on_the_disk(vsm: Program, jira: FakeJira) -> None:
    jira.issues["10003"]["fields"]["description"] = f"my token is {TOKEN}, and ghp_{'a' * 36}"
    vsm.add(jira)
    jira.faults.append(once("", Reply({"message": TOKEN}, 403)))
    vsm.fails(3, "sync", "run")
    vsm.ok("sync", "status")
    for path in vsm.folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
            assert TOKEN.encode() not in data and b"ghp_aaaa" not in data, path


def test_pages_are_for_their_owner_alone(vsm: Program, jira: FakeJira) -> None:
    vsm.add(jira)
    files = [p for p in vsm.cache.rglob("*") if p.is_file()]
    assert files and all(p.stat().st_mode & 0o077 == 0 for p in files)


def test_state_that_cannot_be_read_costs_one_full_run(vsm: Program, jira: FakeJira) -> None:
    vsm.add(jira)
    state = Path(f"{vsm.db}.sync")
    assert json.loads(state.read_text())["jira"]["health"] == "ok"
    state.write_text('{"jira": {"health": 7}')
    ran = vsm.json("sync", "run")
    assert (ran["full"], ran["new"], ran["changed"]) == (True, 0, 0)
