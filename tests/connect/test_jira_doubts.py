"""Jira files that lack something: statuses of one name, cut logs, flags, pages, own change logs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from vsm.connect.files.jira import read, read_all
from vsm.connect.files.parsed_file import Hint, end_undelivered
from vsm.connect.files.plan_import import plan_import
from vsm.connect.files.registry import READABLE
from vsm.model.errors import BadInput
from vsm.model.history import BlockSpan, ItemHistory
from vsm.model.item import BlockerKind, Quality
from vsm.model.rules import to_micros
from vsm.model.stream import Category

Make = Callable[..., dict[str, Any]]
Write = Callable[..., Path]


def day(number: int) -> int:
    return to_micros(datetime(2024, 1, number, tzinfo=UTC))


def statuses(history: ItemHistory) -> list[str]:
    return [entry.status for entry in history.entries]


def in_review(issue: Make, key: str, status_id: str, category: str) -> dict[str, Any]:
    """An issue in the status "Review" of this id."""
    raw = issue(key, (int(key[-1]), 2, "Open", "Review"))
    raw["changelog"]["histories"][0]["items"][0]["to"] = status_id
    raw["fields"]["status"] |= {"id": status_id, "statusCategory": {"key": category}}
    return raw


# -- statuses ------------------------------------------------------------------------------


def test_statuses_of_one_name_are_told_apart_by_their_ids(issue: Make, lines: Write) -> None:
    path = lines(
        in_review(issue, "PAY-1", "33", "done"), in_review(issue, "PAY-2", "3", "indeterminate")
    )
    parsed = read(path)
    assert [statuses(h)[-1] for h in parsed.histories] == ["Review (33)", "Review"]
    assert parsed.hints["Review (33)"].category == "done"
    assert parsed.hints["Review"].category == "indeterminate"
    plan = plan_import("jira", path, stream="Web")
    assert plan.stages == (
        ("Open", Category.BACKLOG), ("Review", Category.ACTIVE), ("Review (33)", Category.DONE),
    )  # fmt: skip


def test_one_project_may_go_through_both(issue: Make, lines: Write) -> None:
    raw = issue("PAY-1", (1, 2, "Open", "Review"), (2, 3, "Review", "Review"), status="Review")
    first, second = (history["items"][0] for history in raw["changelog"]["histories"])
    first["to"] = second["from"] = "3"
    second["to"] = raw["fields"]["status"]["id"] = "33"
    parsed = read(lines(raw))
    assert statuses(parsed.histories[0]) == ["Open", "Review", "Review (33)"]
    assert parsed.histories[0].quality is Quality.FULL


def test_each_project_may_have_its_own_id_for_a_status(issue: Make, lines: Write) -> None:
    """Team-managed projects have statuses of their own: one board has one column of them."""
    path = lines(
        in_review(issue, "PAY-1", "3", "indeterminate"),
        in_review(issue, "WEB-2", "33", "indeterminate"),
        in_review(issue, "OPS-3", "44", "done"),
    )
    assert [statuses(h)[-1] for h in read(path).histories] == ["Review", "Review", "Review (44)"]


def test_a_mapping_may_name_a_status_with_its_id(issue: Make, lines: Write) -> None:
    path = lines(in_review(issue, "PAY-2", "33", "done"))
    stages = "Open:backlog,Review:active,Review (33):done"
    plan = plan_import("jira", path, stream="Web", stages=stages)
    assert statuses(plan.histories[0]) == ["Open", "Review (33)"]


def test_the_number_of_a_category_is_believed_before_its_key(issue: Make, lines: Write) -> None:
    raw = issue("PAY-1", (1, 2, "Open", "Closed"))
    raw["fields"]["status"]["statusCategory"] = {"id": 3, "key": "new"}
    assert read(lines(raw)).hints["Closed"] == Hint("done", 1, 0)


# -- change logs ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "about", "quality"),
    [
        (40, {}, Quality.TRUNCATED),
        (100, {}, Quality.TRUNCATED),
        (39, {}, Quality.FULL),
        (40, {"total": 40}, Quality.FULL),
        (40, {"isLast": True}, Quality.FULL),
        (5, {"isLast": False}, Quality.TRUNCATED),
        (5, {"total": 6}, Quality.TRUNCATED),
    ],
)
def test_a_log_as_long_as_jira_lets_it_be_is_in_doubt(
    issue: Make, lines: Write, count: int, about: dict[str, Any], quality: Quality
) -> None:
    raw = issue("PAY-1", (1, 2, "Open", "Closed"))
    histories = raw["changelog"]["histories"]
    for number in range(2, count + 1):
        edit = {"field": "description", "fieldtype": "jira", "fromString": "a", "toString": "b"}
        histories.append(histories[0] | {"id": str(number), "items": [edit]})
    raw["changelog"] = {"histories": histories, **about}
    parsed = read(lines(raw))
    assert parsed.histories[0].quality is quality
    notes = [note.why for note in parsed.notes]
    assert ("does not say how many" in " ".join(notes)) is (count in (40, 100) and not about)


def test_the_log_of_the_endpoint_is_merged_into_its_issue(
    issue: Make, lines: Write, tmp_path: Path
) -> None:
    whole = issue(
        "PAY-1", (1, 2, "Open", "In Progress"), (2, 3, "In Progress", "In Review"),
        (3, 5, "In Review", "Closed"),
    )  # fmt: skip
    histories = whole["changelog"]["histories"]
    cut = whole | {"changelog": {"total": 3, "histories": histories[:1]}}
    bare = {name: value for name, value in whole.items() if name != "changelog"}
    pages = [
        {"self": "https://jira.example/rest/api/3/issue/PAY-1/changelog?startAt=0",
         "total": 3, "startAt": 0, "isLast": False, "values": histories[:2]},
        {"self": "https://jira.example/rest/api/3/issue/1001/changelog?startAt=2",
         "total": 3, "startAt": 2, "isLast": True, "values": histories[2:]},
    ]  # fmt: skip
    bulk = {"issueChangeLogs": [{"issueId": "1001", "changeHistories": histories}]}
    expected = read(lines(whole)).histories[0].entries
    logs = tmp_path / "logs.json"
    for raw in (cut, bare):
        for text in ("\n".join(json.dumps(page, indent=1) for page in pages), json.dumps(bulk)):
            logs.write_text(text)
            issues = lines(raw, name="page.jsonl")
            for paths in ((issues, logs), (logs, issues)):
                (history,) = read_all(paths).histories
                assert history.entries == expected
                assert history.quality is Quality.FULL


def test_a_log_is_of_the_issue_that_its_file_is_named_after(
    issue: Make, lines: Write, tmp_path: Path
) -> None:
    raw = issue("PAY-1", (1, 2, "Open", "Closed"))
    log = tmp_path / "PAY-1_changelog.json"
    log.write_text(json.dumps({"values": raw["changelog"]["histories"], "isLast": True}))
    del raw["changelog"]
    assert statuses(read_all((lines(raw), log)).histories[0]) == ["Open", "Closed"]


def test_a_log_within_an_issue_may_be_that_of_the_endpoint(issue: Make, lines: Write) -> None:
    raw = issue("PAY-1", (1, 2, "Open", "Closed"))
    log = raw["changelog"]
    raw["changelog"] = {"total": 1, "isLast": True, "values": log["histories"]}
    (history,) = read(lines(raw)).histories
    assert statuses(history) == ["Open", "Closed"] and history.quality is Quality.FULL


def test_logs_without_their_issues_are_refused_or_left_out(
    issue: Make, lines: Write, tmp_path: Path
) -> None:
    raw = issue("PAY-1", (1, 2, "Open", "Closed"))
    log = tmp_path / "log.json"
    log.write_text(json.dumps({"issueId": "77", "values": raw["changelog"]["histories"]}))
    with pytest.raises(BadInput, match="change logs without their issues"):
        read(log)
    parsed = read_all((lines(raw), log))
    assert parsed.skipped[0].where == "log.json line 1"
    assert "a change log of 77: the issue is not in these files" in parsed.skipped[0].why


# -- flags ---------------------------------------------------------------------------------


def flag(number: int, on: int, before: str, after: str, **more: Any) -> dict[str, Any]:
    change = {"field": "Flagged", "fieldtype": "custom", "fieldId": "customfield_10021"}
    return {
        "id": str(number),
        "created": f"2024-01-{on:02}T00:00:00.000+0000",
        "items": [change | {"fromString": before, "toString": after} | more],
    }


def flagged(issue: Make, *flags: dict[str, Any], **fields: Any) -> dict[str, Any]:
    raw = issue("PAY-1", (1, 2, "Open", "In Progress"), **fields)
    raw["changelog"]["histories"] += flags
    raw["changelog"]["total"] += len(flags)
    return raw


SET = flag(90, 4, "", "Impediment")
CLEARED = flag(91, 6, "Impediment", "")
VALUE = [{"value": "Impediment", "id": "10019"}]


def test_a_flag_is_a_blocker_until_it_is_cleared(issue: Make, lines: Write) -> None:
    again = flag(92, 9, "", "Impediment")
    raw = flagged(issue, CLEARED, again, SET, customfield_10021=VALUE)
    (history,) = read(lines(raw)).histories
    assert history.blocks == (
        BlockSpan(day(4), day(6), "Impediment", BlockerKind.OTHER),
        BlockSpan(day(9), None, "Impediment"),
    )
    assert statuses(history) == ["Open", "In Progress"]


@pytest.mark.parametrize(
    ("flags", "fields", "blocks", "note"),
    [
        ((), {"customfield_10021": VALUE}, ((1, None),), "since its creation"),
        ((), {"flagged": True}, ((1, None),), "since its creation"),
        ((CLEARED,), {}, ((1, 6),), "since its creation"),
        ((SET,), {"customfield_10021": None}, ((4, 4),), "does not say when"),
        ((SET, CLEARED), {"customfield_10021": VALUE}, ((4, 6), (2, None)), "its last move"),
        ((), {"labels": ["Impediment"], "customfield_10021": []}, (), ""),
        ((flag(90, 4, "", "Impediment", field="Sprint", fieldId="customfield_1"),), {}, (), ""),
    ],
)  # fmt: skip
def test_a_flag_whose_log_is_cut_is_noted(
    issue: Make, lines: Write, flags: Any, fields: dict[str, Any], blocks: Any, note: str
) -> None:
    parsed = read(lines(flagged(issue, *flags, **fields)))
    expected = [(day(a), b and day(b)) for a, b in blocks]
    if expected[1:]:
        expected[1] = (day(6), None)  # not before the end of the one before
    assert [(b.started, b.ended) for b in parsed.histories[0].blocks] == expected
    assert note in " ".join(n.why for n in parsed.notes)


def test_the_field_of_flags_is_known_by_its_name_in_the_export(issue: Make, lines: Write) -> None:
    raw = flagged(issue, customfield_7=[{"value": "Hindernis"}])
    raw["names"] = {"customfield_7": "Markiert"}
    (history,) = read(lines(raw)).histories
    assert [b.reason for b in history.blocks] == ["Hindernis"]


# -- resolutions ---------------------------------------------------------------------------


def test_an_issue_closed_undelivered_is_dropped_when_it_became_done(
    issue: Make, lines: Write
) -> None:
    declined = {"resolution": {"name": "Won't Do"}}
    raw = issue(
        "PAY-1", (1, 2, "Open", "Closed"), (2, 3, "Closed", "In Progress"),
        (3, 5, "In Progress", "Resolved"), (4, 7, "Resolved", "Closed"), **declined,
    )  # fmt: skip
    path = lines(
        raw,
        issue("PAY-2", (5, 2, "Open", "Closed"), resolution={"name": "Done"}),
        issue("PAY-3", (6, 2, "Open", "In Progress"), **declined),
    )
    first, second, third = end_undelivered(read(path)).histories
    assert statuses(first) == ["Open", "Closed", "In Progress", "Not delivered"]
    assert first.entries[-1].at == day(5)
    assert (statuses(second)[-1], statuses(third)[-1]) == ("Closed", "In Progress")
    plan = plan_import("jira", path, stream="Web")
    assert plan.stages[-1] == ("Not delivered", Category.DROPPED)
    own = plan_import("jira", path, stream="Web", not_delivered="Done")
    assert [statuses(h)[-1] for h in own.histories] == ["Closed", "Not delivered", "In Progress"]


def test_undelivered_issues_go_to_the_dropped_stage_that_is_there(
    issue: Make, lines: Write
) -> None:
    path = lines(issue("PAY-1", (1, 2, "Open", "Closed"), resolution={"name": "Duplicate"}))
    stages = "Open:backlog,Closed:done,Discarded:dropped"
    plan = plan_import("jira", path, stream="Web", stages=stages)
    assert statuses(plan.histories[0]) == ["Open", "Discarded"]
    without = plan_import("jira", path, stream="Web", stages="Open:backlog,Closed:done")
    assert statuses(without.histories[0]) == ["Open", "Closed"]
    assert "1 item with a resolution like Won't Do" in without.warnings[0].why


# -- pages ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pages", "says"),
    [
        ([{"isLast": False}], "more follow"),
        ([{"nextPageToken": "x"}], "more follow"),
        ([{"isLast": False, "nextPageToken": "x"}, {"isLast": True}], ""),
        ([{"startAt": 0, "total": 2}], "found 2 issues, 1 are here"),
        ([{"startAt": 0, "total": 2}, {"startAt": 1, "total": 2}], ""),
        ([{"startAt": 0, "total": 3}, {"startAt": 0, "total": 3}], "found 3 issues, 1 are here"),
        ([{"total": 1}, {"total": 1}], ""),
        ([{}], ""),
    ],
)
def test_a_page_that_says_there_is_more_is_incomplete(
    issue: Make, tmp_path: Path, pages: list[dict[str, Any]], says: str
) -> None:
    paths = []
    for number, about in enumerate(pages, 1):
        path = tmp_path / f"page{number}.json"
        path.write_text(json.dumps({**about, "issues": [issue(f"PAY-{number}")]}, indent=number))
        paths.append(path)
    parsed = read_all(paths)
    assert len(parsed.histories) == len(pages)
    assert [says in warning.why for warning in parsed.warnings] == ([True] if says else [])


def test_documents_may_follow_each_other(issue: Make, tmp_path: Path) -> None:
    path = tmp_path / "all.json"
    one, two = ({"issues": [issue(f"PAY-{n}")], "names": {f"f{n}": "Story Points"}} for n in (1, 2))
    one["issues"][0]["fields"]["f1"] = two["issues"][0]["fields"]["f2"] = 3
    three = issue("PAY-3")
    for indents in ((1, 1, 1), (None, 1, None), (1, None, None), (None, None, 1)):
        shown = [json.dumps(d, indent=n) for d, n in zip((one, two, three), indents, strict=True)]
        path.write_text("\n".join(shown))
        parsed = read(path)
        assert [(h.key, h.estimate) for h in parsed.histories] == [
            ("PAY-1", 3), ("PAY-2", 3), ("PAY-3", None),
        ]  # fmt: skip
        for history, before in zip(parsed.histories, ("", "PAY-2", "PAY-3"), strict=True):
            line = int(history.where.rpartition(" ")[2])
            assert before in "".join(path.read_text().splitlines()[line - 1 :])


def test_what_is_no_issue_is_named_with_what_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "board.json"
    path.write_text('{"id": "b1", "name": "Board", "cards": []}')
    with pytest.raises(BadInput) as caught:
        read(path)
    assert "board.json line 1 is no Jira issue: it has id, name, cards" in str(caught.value)
    assert f"vsm imports {READABLE}" in str(caught.value)
