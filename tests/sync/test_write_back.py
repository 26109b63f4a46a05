"""Moves and comments of people here are written into Jira, where that was allowed."""

from __future__ import annotations

import csv
import io
import signal
import threading
from collections.abc import Iterator

import pytest

from tests.sync.conftest import Program, made_issues
from tests.sync.fake import Asked, FakeJira, Record, Reply, jira_issue, move_issue, once


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waits are noted, not waited."""
    noted: list[float] = []
    monkeypatch.setattr("vsm.connect.sync.patience.pause", noted.append)
    return noted


@pytest.fixture
def written(vsm: Program, jira: FakeJira) -> Program:
    """The program with a source that is written into."""
    vsm.add(jira)
    vsm.ok("sync", "write", "jira", "moves", "--yes")
    return vsm


def status(jira: FakeJira, number: int) -> str:
    name: str = jira.issues[str(10_000 + number)]["fields"]["status"]["name"]
    return name


def sent(jira: FakeJira, what: str = "/transitions") -> list[Asked]:
    """What was written."""
    return [a for a in jira.asked if a.method != "GET" and a.path.endswith(what)]


def source(vsm: Program) -> Record:
    (row,) = vsm.json("sync", "status")["sources"]
    return dict(row)


def visits(vsm: Program, key: str) -> list[tuple[str, str]]:
    """The stages that an item entered, each with its moment."""
    rows = csv.DictReader(io.StringIO(vsm.ok("export", "events")))
    return [(row["activity"], row["time"]) for row in rows if row["case"] == key]


def outcomes(ran: Record) -> list[tuple[str, str, str]]:
    return [(w["key"], w["what"], w["outcome"]) for w in ran["written"]]


def test_nothing_is_written_unless_asked(vsm: Program, jira: FakeJira) -> None:
    vsm.add(jira)
    vsm.ok("item", "move", "WEB-3", "Review")
    vsm.ok("item", "comment", "WEB-3", "ready")
    ran = vsm.json("sync", "run")
    assert (ran["written"], source(vsm)["direction"]) == ([], "read")
    assert status(jira, 3) == "Doing" and not sent(jira) and not sent(jira, "/comment")


def test_it_has_to_be_agreed_to_and_says_what_follows(vsm: Program, jira: FakeJira) -> None:
    vsm.add(jira)
    result = vsm("sync", "write", "jira", "moves")
    assert "writes moves and comments that people make here into" in result.stderr
    assert "Nothing was changed yet" in result.stderr
    assert source(vsm)["direction"] == "read"
    vsm.ok("sync", "write", "jira", "moves", "--yes")
    assert source(vsm)["direction"] == "write"


def test_what_was_done_before_stays_here(vsm: Program, jira: FakeJira) -> None:
    vsm.add(jira)
    vsm.ok("item", "move", "WEB-3", "Review")
    vsm.ok("item", "comment", "WEB-3", "before")
    vsm.ok("sync", "write", "jira", "moves", "--yes")
    assert vsm.json("sync", "run")["written"] == []
    assert status(jira, 3) == "Doing" and not sent(jira, "/comment")


def test_a_move_is_written_and_its_echo_makes_no_event(written: Program, jira: FakeJira) -> None:
    written.ok("item", "move", "WEB-3", "Review")
    before = written.entries()
    ran = written.json("sync", "run")
    assert outcomes(ran) == [("WEB-3", "Doing → Review", "sent")]
    assert status(jira, 3) == "Review"
    assert (ran["changed"], ran["kept"]) == (0, []), "the echo is no news"
    rows = written.journal()[before:]
    assert [row["kind"] for row in rows] == ["change_written", "written_changed"]
    entries = written.entries()
    for args in ((), ("--full",)):
        ran = written.json("sync", "run", *args)
        assert (ran["written"], ran["changed"], ran["kept"]) == ([], 0, [])
    assert written.entries() == entries and len(sent(jira)) == 1


def test_an_item_whose_moves_were_written_is_read_again(written: Program, jira: FakeJira) -> None:
    written.ok("item", "move", "WEB-3", "Review")
    written.ok("sync", "run")
    at = visits(written, "WEB-3")[-1][1]
    move_issue(jira.issues["10003"], "Done", "ada", 3)
    jira.issues["10003"]["fields"]["summary"] = "A new title"
    ran = written.json("sync", "run")
    assert (ran["changed"], ran["kept"]) == (1, [])
    item = written.json("item", "show", "WEB-3")
    assert (item["stage"], item["title"]) == ("Done", "A new title")
    stays = visits(written, "WEB-3")
    assert [stage for stage, _ in stays] == ["To Do", "Doing", "Review", "Done"]
    assert stays[2][1] == at, "the move stands when it was made here, not when it was sent"
    entries = written.entries()
    assert written.json("sync", "run", "--full")["changed"] == 0
    assert written.entries() == entries
    assert "ok" in written.ok("doctor")


def test_several_moves_are_written_one_after_the_other(written: Program, jira: FakeJira) -> None:
    written.ok("item", "move", "WEB-4", "Doing")
    written.ok("item", "move", "WEB-4", "Review")
    ran = written.json("sync", "run")
    expected = [("WEB-4", "To Do → Doing", "sent"), ("WEB-4", "Doing → Review", "sent")]
    assert outcomes(ran) == expected
    log = jira.issues["10004"]["changelog"]["histories"]
    assert [h["items"][0]["toString"] for h in log] == ["Doing", "Review"]
    assert written.json("sync", "run")["changed"] == 0


def test_a_move_that_comes_too_late_is_refused(written: Program, jira: FakeJira) -> None:
    written.ok("item", "move", "WEB-3", "Review")
    move_issue(jira.issues["10003"], "Done", "ada", 3)
    ran = written.json("sync", "run")
    assert outcomes(ran) == [("WEB-3", "Doing → Review", "stale")]
    assert (status(jira, 3), sent(jira)) == ("Done", [])
    assert (ran["changed"], ran["kept"]) == (1, [])
    assert written.json("item", "show", "WEB-3")["stage"] == "Done", "it shows upstream's state"
    (refused,) = source(written)["refused"]
    assert refused["what"] == "Doing → Review" and "moved to Done upstream" in refused["why"]
    assert "WEB-3, Doing → Review by" in written.ok("sync", "status")
    moves = [row for row in written.journal() if row["kind"] == "item_moved"]
    assert len(moves) == 1, "the journal keeps what was done"
    assert "ok" in written.ok("doctor")


def test_the_same_move_upstream_is_not_repeated(written: Program, jira: FakeJira) -> None:
    written.ok("item", "move", "WEB-3", "Review")
    move_issue(jira.issues["10003"], "Review", "ada", 3)
    ran = written.json("sync", "run")
    assert outcomes(ran) == [("WEB-3", "Doing → Review", "there")]
    assert not sent(jira) and source(written)["refused"] == []
    assert written.json("item", "show", "WEB-3")["stage"] == "Review"


def test_a_move_that_was_undone_is_not_written_or_written_back(
    written: Program, jira: FakeJira
) -> None:
    written.ok("item", "move", "WEB-3", "Review")
    written.ok("undo")
    ran = written.json("sync", "run")
    assert {w["outcome"] for w in ran["written"]} == {"void"} and not sent(jira)
    move_issue(jira.issues["10003"], "Done", "ada", 3)
    assert written.json("sync", "run")["changed"] == 1, "nothing of it is left here"


def test_undoing_a_move_that_was_written_moves_it_back(written: Program, jira: FakeJira) -> None:
    written.ok("--as", "anna", "item", "move", "WEB-3", "Review")
    written.ok("sync", "run")
    written.ok("--as", "anna", "undo")
    ran = written.json("sync", "run")
    assert outcomes(ran) == [("WEB-3", "Review → Doing", "sent")]
    assert status(jira, 3) == "Doing"
    assert written.json("sync", "run", "--full")["changed"] == 0
    move_issue(jira.issues["10003"], "Done", "ada", 3)
    written.ok("sync", "run")
    stages = [stage for stage, _ in visits(written, "WEB-3")]
    assert stages == ["To Do", "Doing", "Done"], "what was undone never was"


def test_a_stage_without_a_status_stays_here_and_is_listed(
    written: Program, jira: FakeJira
) -> None:
    written.ok("stage", "add", "Verify", "--category", "active", "--after", "Review")
    written.ok("item", "move", "WEB-2", "Verify")
    for _ in range(2):
        ran = written.json("sync", "run")
        assert outcomes(ran) == [("WEB-2", "Review → Verify", "held")]
        (unsent,) = source(written)["unsent"]
        assert "no transition leads to Verify" in unsent["why"]
        assert written.json("item", "show", "WEB-2")["stage"] == "Verify"
    entries = written.entries()
    written.ok("sync", "run")
    assert written.entries() == entries, "trying again is no event"
    written.ok("item", "move", "WEB-2", "Done")
    ran = written.json("sync", "run")
    assert outcomes(ran)[-1] == ("WEB-2", "Verify → Done", "sent")
    assert (status(jira, 2), source(written)["unsent"]) == ("Done", [])
    jira.issues["10002"]["fields"]["summary"] = "A new title"
    assert written.json("sync", "run", "--full")["changed"] == 1
    stages = ["To Do", "Doing", "Review", "Verify", "Done"]
    kept = [stage for stage, _ in visits(written, "WEB-2")]
    assert kept == stages, "the stay that only vsm knows is not lost"


def test_a_status_of_another_stage_is_not_taken_for_its_name(vsm: Program, jira: FakeJira) -> None:
    mapping = vsm.folder / "mapping.toml"
    stages = ("To Do", "backlog"), ("Doing", "active"), ("Review", "active"), ("Done", "done")
    lines = [f'[[stage]]\nname = "{name}"\ncategory = "{kind}"\n' for name, kind in stages]
    lines[1] += 'statuses = ["Doing", "Review"]\n'
    lines[2] += 'statuses = ["QA"]\n'
    mapping.write_text("".join(lines))
    jira.issues["10009"] = jira_issue(9, (4, "QA"))
    vsm.add(jira, "jira", "--mapping", str(mapping))
    vsm.ok("sync", "write", "jira", "moves", "--yes")
    vsm.ok("item", "move", "WEB-3", "Review")
    assert outcomes(vsm.json("sync", "run")) == [("WEB-3", "Doing → Review", "sent")]
    assert status(jira, 3) == "QA", "Review of Jira is Doing here"


def test_a_workflow_without_the_way_is_named(written: Program, jira: FakeJira) -> None:
    jira.workflow["To Do"] = ["Doing"]
    written.ok("item", "move", "WEB-4", "Done")
    ran = written.json("sync", "run")
    (row,) = ran["written"]
    assert row["outcome"] == "held" and row["why"].endswith("from where it is (Doing)")
    del jira.workflow["To Do"]
    assert outcomes(written.json("sync", "run")) == [("WEB-4", "To Do → Done", "sent")]


def test_what_jira_declines_is_told_in_its_words(written: Program, jira: FakeJira) -> None:
    def decline(asked: Asked) -> Reply | None:
        is_it = asked.method == "POST" and asked.path.endswith("/transitions")
        return Reply({"errors": {"resolution": "Resolution is required."}}, 400) if is_it else None

    jira.faults.append(decline)
    written.ok("item", "move", "WEB-3", "Done")
    (row,) = written.json("sync", "run")["written"]
    assert row["outcome"] == "held" and "Resolution is required." in row["why"]
    entries = written.entries()
    assert written.json("sync", "run")["kept"] == []
    assert written.entries() == entries, "trying again is no event"
    assert written.json("item", "show", "WEB-3")["stage"] == "Done"
    jira.faults.clear()
    assert outcomes(written.json("sync", "run")) == [("WEB-3", "Doing → Done", "sent")]


def test_a_comment_is_written_once_with_its_author(written: Program, jira: FakeJira) -> None:
    written.ok("item", "comment", "WEB-3", "ready\n\n[~ada] {code}")
    ran = written.json("sync", "run")
    assert outcomes(ran) == [("WEB-3", "comment", "sent")]
    (comment,) = jira.comments["10003"]
    blocks = comment["body"]["content"]
    assert blocks[0]["content"] == [{"type": "text", "text": "ready"}]
    assert blocks[1]["content"] == [{"type": "text", "text": "[~ada] {code}"}]
    assert ", vsm " in blocks[2]["content"][0]["text"]
    assert written.json("sync", "run")["written"] == [] and len(jira.comments["10003"]) == 1


def test_comments_alone_leave_moves_here(vsm: Program, jira: FakeJira) -> None:
    vsm.add(jira)
    jira.allowed["TRANSITION_ISSUES"] = False
    vsm.ok("sync", "write", "jira", "comments", "--yes")
    vsm.ok("item", "move", "WEB-3", "Review")
    vsm.ok("item", "comment", "WEB-3", "ready")
    assert outcomes(vsm.json("sync", "run")) == [("WEB-3", "comment", "sent")]
    assert status(jira, 3) == "Doing"


def test_a_dry_run_shows_what_would_be_written(written: Program, jira: FakeJira) -> None:
    written.ok("item", "move", "WEB-4", "Doing")
    written.ok("item", "move", "WEB-4", "Review")
    written.ok("item", "comment", "WEB-3", "ready")
    entries = written.entries()
    ran = written.json("sync", "run", "jira", "--dry-run")
    assert [w["outcome"] for w in ran["written"]] == ["pending"] * 3
    assert "WEB-4, Doing → Review by" in written.ok("sync", "run", "--dry-run")
    assert written.entries() == entries and not sent(jira) and not sent(jira, "/comment")


def test_what_was_written_stays_known_when_a_source_is_added_anew(
    written: Program, jira: FakeJira
) -> None:
    written.ok("item", "move", "WEB-3", "Review")
    written.ok("sync", "run")
    before = visits(written, "WEB-3")
    written.ok("sync", "remove", "jira")
    ran = written.add(jira)
    assert (ran["changed"], ran["kept"]) == (0, [])
    assert visits(written, "WEB-3") == before
    assert source(written)["direction"] == "read"


def test_watch_writes_at_once(written: Program, jira: FakeJira) -> None:
    listed, moved = threading.Semaphore(0), threading.Semaphore(0)

    def note(asked: Asked) -> None:
        if asked.path.endswith("/search/jql"):
            listed.release()
        if asked.method == "POST" and asked.path.endswith("/transitions"):
            moved.release()

    jira.faults.append(note)
    child = written.start("sync", "watch")
    try:
        assert listed.acquire(timeout=60), "what is due is read when it begins"
        written.ok("item", "move", "WEB-3", "Review")
        assert moved.acquire(timeout=60), "a move does not wait for a quarter of an hour"
    finally:
        child.send_signal(signal.SIGTERM)
        child.communicate()


def test_an_item_that_was_moved_within_its_column_is_read(written: Program, jira: FakeJira) -> None:
    jira.issues["10009"] = jira_issue(9, (4, "Doing"))
    written.ok("sync", "run")
    written.ok("item", "order", "WEB-9", "--up", "1")
    written.ok("item", "order", "WEB-3", "--up", "1")
    jira.issues["10003"]["fields"]["summary"] = "A new title"
    ran = written.json("sync", "run", "--full")
    assert (ran["changed"], ran["kept"]) == (1, [])


def test_fields_that_people_edited_stay_and_the_rest_follows(
    written: Program, jira: FakeJira
) -> None:
    written.ok("team", "add", "Core")
    written.ok("item", "edit", "WEB-3", "--owner", "anna", "--team", "Core")
    written.ok("item", "move", "WEB-3", "Review")
    ran = written.json("sync", "run")
    assert (ran["changed"], ran["kept"]) == (0, []), "nothing is new upstream"
    move_issue(jira.issues["10003"], "Done", "ada", 3)
    jira.issues["10003"]["fields"] |= {"summary": "New", "assignee": {"displayName": "ben"}}
    assert written.json("sync", "run")["changed"] == 1

    def shown() -> tuple[str, ...]:
        item = written.json("item", "show", "WEB-3")
        return item["stage"], item["title"], item["owner"], item["team"]

    assert shown() == ("Done", "New", "anna", "Core")
    written.ok("item", "edit", "WEB-3", "--owner", "cleo")
    entries = written.entries()
    assert written.json("sync", "run", "--full")["changed"] == 0
    assert written.entries() == entries
    jira.issues["10003"]["fields"]["summary"] = "Newer"
    written.ok("sync", "write", "jira", "nothing")
    assert written.json("sync", "run", "--full")["kept"] == ["WEB-3"], "reading leaves it all"
    written.ok("sync", "write", "jira", "moves", "--yes")
    written.ok("sync", "run")
    assert shown() == ("Done", "Newer", "cleo", "Core")
    assert "ok" in written.ok("doctor")


def test_an_item_that_was_blocked_here_is_left_and_listed(written: Program, jira: FakeJira) -> None:
    written.ok("item", "block", "WEB-3", "--reason", "waits for parts")
    jira.issues["10003"]["fields"]["summary"] = "New"
    assert written.json("sync", "run", "--full")["kept"] == ["WEB-3"]


def test_undoing_a_run_that_took_moves_over_is_refused(written: Program, jira: FakeJira) -> None:
    written.ok("item", "move", "WEB-3", "Review")
    written.ok("sync", "run")
    move_issue(jira.issues["10003"], "Done", "ada", 3)
    written.ok("sync", "run")
    text = written.fails(1, "undo")
    assert "items of this import have changed" in text and "WEB-3" in text


# -- permissions and faults --------------------------------------------------------------


def test_a_missing_permission_is_named_before_anything_changes(
    vsm: Program, jira: FakeJira
) -> None:
    vsm.add(jira)
    jira.allowed["TRANSITION_ISSUES"] = False
    text = vsm.fails(3, "sync", "write", "jira", "moves", "--yes")
    assert "the token lacks Transition Issues in WEB" in text and "write:jira-work" in text
    assert source(vsm)["direction"] == "read"


def test_a_permission_that_was_taken_away_writes_nothing_and_is_named(
    written: Program, jira: FakeJira
) -> None:
    written.ok("item", "move", "WEB-3", "Review")
    jira.allowed["ADD_COMMENTS"] = False
    ran = written.json("sync", "run")
    assert ran["health"] == "partial" and not sent(jira)
    assert "lacks Add Comments in WEB" in ran["notes"][0]["why"]
    assert len(source(written)["unsent"]) == 1
    jira.allowed["ADD_COMMENTS"] = True
    assert outcomes(written.json("sync", "run")) == [("WEB-3", "Doing → Review", "sent")]


def test_403_on_one_item_holds_it_and_names_the_permission(
    written: Program, jira: FakeJira
) -> None:
    written.ok("item", "move", "WEB-3", "Review")
    written.ok("item", "move", "WEB-4", "Doing")
    jira.faults.append(once("10003/transitions", Reply({"message": "no"}, 403), 9))
    ran = written.json("sync", "run")
    assert [w["outcome"] for w in ran["written"]] == ["held", "sent"]
    assert "403" in ran["written"][0]["why"]


def test_a_refusal_for_now_is_sent_again(
    written: Program, jira: FakeJira, waits: list[float]
) -> None:
    def busy(asked: Asked) -> Reply | None:
        if asked.method == "POST" and asked.path.endswith("/transitions") and not waits:
            return Reply({}, 429, (("Retry-After", "7"),))
        return None

    jira.faults.append(busy)
    written.ok("item", "move", "WEB-3", "Review")
    assert outcomes(written.json("sync", "run")) == [("WEB-3", "Doing → Review", "sent")]
    assert len(waits) == 1 and 7 <= waits[0] < 8
    assert len(jira.issues["10003"]["changelog"]["histories"]) == 2


@pytest.mark.parametrize("arrived", [True, False])
def test_an_answer_that_is_lost_is_looked_up_and_not_sent_twice(
    written: Program, jira: FakeJira, arrived: bool
) -> None:
    def lose(asked: Asked) -> Reply | None:
        if asked.method == "POST" and asked.path.endswith(("/transitions", "/comment")):
            if arrived:
                jira.serve(asked)
            return Reply(b"<html>Bad Gateway</html>", 502)
        return None

    written.ok("item", "move", "WEB-3", "Review")
    written.ok("item", "comment", "WEB-3", "ready")
    jira.faults.append(lose)
    ran = written.json("sync", "run")
    assert [w["outcome"] for w in ran["written"]] == ["pending", "pending"]
    assert len(sent(jira)) == len(sent(jira, "/comment")) == 1, "it is not sent again blindly"
    assert written.json("item", "show", "WEB-3")["stage"] == "Review"
    jira.faults.clear()
    ran = written.json("sync", "run")
    assert [w["outcome"] for w in ran["written"]] == ["sent", "sent"]
    assert len(jira.issues["10003"]["changelog"]["histories"]) == 2
    assert len(jira.comments["10003"]) == 1
    assert written.json("sync", "run", "--full")["changed"] == 0


def test_reading_goes_on_where_writing_fails(written: Program, jira: FakeJira) -> None:
    def redirect(asked: Asked) -> Reply | None:
        if asked.method == "POST" and asked.path.endswith("/transitions"):
            return Reply(b"", 307, (("Location", "/elsewhere"),))
        return None

    jira.faults.append(redirect)
    written.ok("item", "move", "WEB-3", "Review")
    jira.issues["10004"]["fields"] |= {"summary": "New", "updated": "2026-02-02T10:00:00.000+0000"}
    ran = written.json("sync", "run")
    assert (ran["changed"], ran["health"]) == (1, "partial")
    assert "writing WEB-3" in ran["notes"][0]["why"]
    jira.faults.clear()
    assert outcomes(written.json("sync", "run")) == [("WEB-3", "Doing → Review", "sent")]


def test_a_comment_that_was_taken_out_is_not_written(written: Program, jira: FakeJira) -> None:
    written.ok("item", "comment", "WEB-3", "my password is 1234")
    seq = str(written.journal()[-1]["seq"])
    written.ok("log", "redact", seq, "--field", "text", "--reason", "a password", "--yes")
    assert written.json("sync", "run")["written"] == [] and not sent(jira, "/comment")


def test_a_token_that_expires_between_two_writes_loses_none(
    written: Program, jira: FakeJira
) -> None:
    written.ok("item", "move", "WEB-3", "Review")
    written.ok("item", "move", "WEB-4", "Doing")
    jira.faults.append(once("10004/transitions", Reply({}, 401)))
    assert "does not accept the token" in written.fails(3, "sync", "run")
    assert (status(jira, 3), status(jira, 4)) == ("Review", "To Do")
    assert outcomes(written.json("sync", "run")) == [("WEB-4", "To Do → Doing", "sent")]


# -- a run that is killed ----------------------------------------------------------------


@pytest.fixture
def killed() -> Iterator[FakeJira]:
    with FakeJira(made_issues()).running() as fake:
        assert isinstance(fake, FakeJira)
        yield fake


@pytest.mark.parametrize("arrived", [True, False])
@pytest.mark.parametrize("what", ["/transitions", "/comment"])
def test_killed_between_sending_and_noting(
    vsm: Program, killed: FakeJira, what: str, arrived: bool
) -> None:
    vsm.add(killed)
    vsm.ok("sync", "write", "jira", "moves", "--yes")
    vsm.ok("item", "move", "WEB-3", "Review")
    vsm.ok("item", "comment", "WEB-3", "ready")
    child = vsm.start("sync", "run")

    def kill(asked: Asked) -> Reply | None:
        if asked.method == "POST" and asked.path.endswith(what):
            if arrived:
                killed.serve(asked)
            child.send_signal(signal.SIGKILL)
            child.wait()
            return Reply({}, 500)  # nobody is there to read it
        return None

    killed.faults.append(kill)
    child.communicate()
    assert child.returncode == -signal.SIGKILL
    killed.faults.clear()
    ran = vsm.json("sync", "run")
    assert {w["outcome"] for w in ran["written"]} == {"sent"}
    assert status(killed, 3) == "Review"
    assert len(killed.issues["10003"]["changelog"]["histories"]) == 2, "the move came once"
    assert len(killed.comments["10003"]) == 1, "the comment came once"
    assert vsm.json("sync", "run", "--full")["changed"] == 0
    assert vsm.json("sync", "run")["written"] == []
    assert "ok" in vsm.ok("doctor")
