"""The quick way of reading change logs says of every log what the general way says."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from vsm.connect.files import jira
from vsm.connect.files.jira_log import Log, Logged
from vsm.connect.files.parsed_file import ParsedFile
from vsm.model.errors import BadInput

Issue = dict[str, Any]
Draw = Any


class Quick(Log):
    """The log as it is, with counts of logs offered to the quick way and taken by it."""

    offered = taken = 0

    def _usual(self, *args: Any) -> Logged | None:
        logged = super()._usual(*args)
        self.offered += 1
        self.taken += logged is not None
        return logged


class General(Log):
    """Never the quick way."""

    def _usual(self, *args: Any) -> Logged | None:
        return None


def all_of(log: Log) -> tuple[Any, ...]:
    """Everything that a log remembers of a file."""
    return (
        dict(log._firsts),
        log._people,
        log.statuses._names,
        log.statuses._spans,
        log.statuses._categories,
        log.statuses._current,
        log.statuses._resolved,
        log.statuses.known,
    )


# -- real logs ----------------------------------------------------------------------------


def read_with(log: Log, path: Path) -> ParsedFile:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jira, "Log", lambda: log)
        return jira.read(path)


def test_both_ways_read_a_real_file_alike_and_the_quick_one_reads_most_of_it(
    shared_data: Path,
) -> None:
    path = shared_data / "duraspace_jira_dev" / "issues.jsonl.gz"
    quick, general = Quick(), General()
    parsed = read_with(quick, path)
    assert parsed == read_with(general, path)
    assert all_of(quick) == all_of(general)
    logs = sum(len(h.entries) > 1 for h in parsed.histories)
    assert quick.taken > 0.9 * logs


# -- made-up logs -------------------------------------------------------------------------

STATUSES = (("1", "Open"), ("3", "In Progress"), ("5", "In Review"), ("6", "Closed"))
NAMES = ("Open", "To  Do", " In Progress", "Fertig", "\x1b[31mred", "a\u202eb", "\u3000", "", "é")
ODD: tuple[Any, ...] = (None, "", " ", 0, 7, -1, 1.5, True, [], ["x"], {}, {"name": "x"}, "x" * 300)
MOMENTS = (
    "2024-01-05T00:00:00.000+0000",
    "2024-01-05T01:00:00.000+0100",
    "2024-01-05",
    "2024-01-05T00:00:00",
    "1704412800000",
    1704412800000,
    "0001-01-01T00:00:00+1200",
    "9999-12-31T23:00:00.000-0300",
    -62135600000000,
    "yesterday",
)
EVENT_IDS = ("7", "07", "007", "0", "-7", "+7", " 7", "7_0", "７", "²", "x7", "9" * 65, 7, "")
PEOPLE: tuple[Any, ...] = (
    {"name": "ada"},
    {"name": " ada  l "},
    {"name": "\x1b]0;x\x07"},
    {"name": ""},
    {"name": None, "displayName": "Ada"},
    {"name": ["ada"]},
    {"accountId": "5b10"},
    "ada",
)


def moment(hour: int) -> str:
    return f"2024-01-{1 + hour // 24:02}T{hour % 24:02}:00:00.000+0000"


def change(left: tuple[Any, Any], entered: tuple[Any, Any]) -> Issue:
    ends = {"from": left[0], "fromString": left[1], "to": entered[0], "toString": entered[1]}
    return {"field": "status", "fieldtype": "jira", **ends}


@st.composite
def plain_issues(draw: Draw, number: int) -> Issue:
    """An issue whose log has no trap."""
    way = draw(st.lists(st.sampled_from(STATUSES), min_size=1, max_size=6))
    start = draw(st.integers(0, 200))
    hours = [start + n * draw(st.integers(1, 30)) for n in range(len(way))]
    serial = draw(st.integers(1, 99)) * 1000 + number * 10
    histories = [
        {
            "id": str(serial + n),
            "author": {"name": draw(st.sampled_from(("ada", "bob")))},
            "created": moment(hour),
            "items": [{"field": "labels", "toString": "x"}, change(*ends)],
        }
        for n, (hour, ends) in enumerate(zip(sorted(hours)[1:], pairwise(way), strict=True))
    ]
    if draw(st.booleans()):
        histories.reverse()
    return {
        "id": str(1000 + number),
        "key": f"PAY-{number}",
        "fields": {
            "summary": "x",
            "created": moment(start),
            "status": {"id": way[-1][0], "name": way[-1][1]},
            "reporter": {"name": "ada"},
        },
        "changelog": {"total": len(histories), "histories": histories},
    }


def _spoil_issue(draw: Draw, issue: Issue) -> None:
    fields, changelog = issue["fields"], issue["changelog"]
    what = ("created", "now", "name", "id", "total", "people", "resolved", "updated", "cut")
    match draw(st.sampled_from(what)):
        case "created":
            fields["created"] = draw(st.sampled_from(MOMENTS))
        case "now":
            fields["status"] = dict(
                zip(("id", "name"), draw(st.sampled_from(STATUSES)), strict=True)
            )
        case "name":
            fields["status"]["name"] = draw(st.sampled_from((*NAMES, *ODD)))
        case "id":
            fields["status"]["id"] = draw(st.sampled_from((*ODD, 1, 3, 5, "9")))
        case "total":
            changelog["total"] = draw(st.sampled_from((None, 0, 3, 99, True, "3")))
        case "people":
            fields["reporter"] = draw(st.sampled_from((*PEOPLE, None)))
        case "resolved":
            fields["resolutiondate"] = draw(st.sampled_from(MOMENTS))
        case "updated":
            fields["updated"] = draw(st.sampled_from(MOMENTS))
        case "cut":
            changelog["histories"] = changelog["histories"][1:]


def _spoil_log(draw: Draw, histories: list[Any]) -> None:
    place = draw(st.integers(0, len(histories) - 1))
    one, other = histories[place], draw(st.sampled_from(histories))
    if not isinstance(one, dict) or not isinstance(other, dict):
        return
    what = "same-time same-id gap twice swap time id author items drop odd none"
    match draw(st.sampled_from(what.split())):
        case "same-time":
            one["created"] = other.get("created")
        case "same-id":
            one["id"] = other.get("id")
        case "gap":
            del histories[place]
        case "twice":
            histories.insert(place, json.loads(json.dumps(one)))
        case "swap":
            histories.reverse() if place % 2 else histories.append(histories.pop(0))
        case "time":
            one["created"] = draw(st.sampled_from(MOMENTS))
        case "id":
            one["id"] = draw(st.sampled_from((*EVENT_IDS, *ODD)))
        case "author":
            one["author"] = draw(st.sampled_from((*PEOPLE, *ODD)))
        case "items":
            one["items"] = draw(st.sampled_from((None, [], {}, "status", [None], [[]])))
        case "drop":
            one.pop(draw(st.sampled_from(("id", "author", "created", "items"))), None)
        case "odd":
            histories[place] = draw(st.sampled_from((None, [], "x", 3)))
        case "none":
            for history in histories:
                if isinstance(history, dict):
                    history.pop("id", None)


def _spoil_change(draw: Draw, history: Any) -> None:
    changes = history.get("items") if isinstance(history, dict) else None
    if not isinstance(changes, list) or not changes or not isinstance(changes[-1], dict):
        return
    one = changes[-1]
    match draw(st.sampled_from(["custom", "translated", "more", "name", "id", "end", "drop"])):
        case "custom":
            one["fieldtype"] = "custom"
        case "translated":
            one |= {"field": "Status (übersetzt)", "fieldId": "status"}
        case "more":
            ends = draw(st.tuples(st.sampled_from(STATUSES), st.sampled_from(STATUSES)))
            changes.append(change(*ends))
        case "name":
            end = draw(st.sampled_from(("fromString", "toString")))
            one[end] = draw(st.sampled_from((*NAMES, *ODD)))
        case "id":
            end = draw(st.sampled_from(("from", "to")))
            one[end] = draw(st.sampled_from((*ODD, 1, 3, "1", "9")))
        case "end":
            end = draw(st.sampled_from((("from", "fromString"), ("to", "toString"))))
            one |= dict(zip(end, draw(st.sampled_from(STATUSES)), strict=True))
        case "drop":
            one.pop(draw(st.sampled_from(("from", "fromString", "to", "toString", "field"))), None)


@st.composite
def files(draw: Draw) -> list[Issue]:
    """Issues without traps, then up to five of: a trap in an issue, in its log, in one change.

    A renamed status is one more: from some issue on, an id has another name everywhere.
    """
    issues = [draw(plain_issues(n)) for n in range(1, draw(st.integers(2, 6)) + 1)]
    text = json.dumps(issues)
    if draw(st.integers(0, 3)) == 0:
        cut = draw(st.integers(0, len(issues)))
        later = json.dumps(issues[cut:]).replace('"In Review"', '"Checking"')
        issues = [*json.loads(text)[:cut], *json.loads(later)]
    for _ in range(draw(st.integers(0, 5))):
        issue = draw(st.sampled_from(issues))
        histories = issue["changelog"]["histories"]
        match draw(st.integers(0, 3)):
            case 0:
                _spoil_issue(draw, issue)
            case 1 if histories:
                _spoil_log(draw, histories)
            case _ if histories:
                _spoil_change(draw, draw(st.sampled_from(histories)))
    return issues


def taken(log: Log, issues: list[Issue]) -> ParsedFile | str:
    """The result of reading these issues as a file, or its refusal."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jira, "Log", lambda: log)
        reader = jira._Reader()
        reader.begin("f")
    try:
        for line, issue in enumerate(json.loads(json.dumps(issues)), 1):
            reader.take(line, issue)
        reader.end("", (), 0)
        return reader.finish()
    except BadInput as refusal:
        return str(refusal)


@settings(max_examples=400)
@given(files())
def test_both_ways_read_any_log_alike(issues: list[Issue]) -> None:
    quick, general = Quick(), General()
    parsed = taken(quick, issues)
    assert parsed == taken(general, issues)
    if isinstance(parsed, ParsedFile):
        assert all_of(quick) == all_of(general)
        event(f"the quick way took {'some' if quick.taken else 'none'} of {len(issues)}")


# -- one trap at a time ---------------------------------------------------------------------


def issue_of(number: int) -> Issue:
    """An issue that goes through all statuses, without a trap."""
    changes = [change(*ends) for ends in pairwise(STATUSES)]
    return {
        "id": str(number),
        "key": f"PAY-{number}",
        "fields": {"created": moment(0), "status": {"id": "6", "name": "Closed"}},
        "changelog": {
            "total": len(changes),
            "histories": [
                {"id": str(n), "created": moment(n), "author": {"name": "ada"}, "items": [one]}
                for n, one in enumerate(changes, 10 * number)
            ],
        },
    }


def test_the_quick_way_takes_plain_logs_whose_statuses_are_known() -> None:
    newest_first = issue_of(3)
    newest_first["changelog"]["histories"].reverse()
    log = Quick()
    assert isinstance(taken(log, [issue_of(1), issue_of(2), newest_first]), ParsedFile)
    assert (log.offered, log.taken) == (3, 2)


LAST_ID = {
    "the same id twice": "21",
    "the same number twice": "021",
    "the same number in other digits": "２１",
    "a number": 22,
    "no id": None,
    "an id that is too long": "9" * 65,
    "words": "x22",
}


@pytest.mark.parametrize("last", LAST_ID.values(), ids=LAST_ID)
def test_ids_that_need_care_are_left_to_the_general_way(last: Any) -> None:
    odd = issue_of(2)
    odd["changelog"]["histories"][-1]["id"] = last
    assert_left(odd)


LAST_TIME = {
    "equal": moment(21),
    "before the one before": moment(20),
    "before the creation": "2023-12-31T00:00:00.000+0000",
    "milliseconds": 1735689600000,
    "never": "9999-12-31T00:00:00.000+0000",
    "nothing": None,
}


@pytest.mark.parametrize("last", LAST_TIME.values(), ids=LAST_TIME)
def test_times_that_need_care_are_left_to_the_general_way(last: Any) -> None:
    odd = issue_of(2)
    odd["changelog"]["histories"][-1]["created"] = last
    assert_left(odd)


def test_a_change_before_the_creation_is_left_to_the_general_way() -> None:
    odd = issue_of(2)
    odd["changelog"]["histories"][0]["created"] = "2023-12-31T00:00:00.000+0000"
    assert_left(odd)


def test_equal_times_are_ordered_by_their_ids() -> None:
    odd = issue_of(2)
    first, second, _ = odd["changelog"]["histories"]
    second["created"] = first["created"]
    first["id"], second["id"] = second["id"], first["id"]
    assert_left(odd)


CHANGES: dict[str, Issue] = {
    "a gap": {"from": "1", "fromString": "Open"},
    "renamed": {"toString": "Done"},
    "no status id": {"to": None},
    "a number as status id": {"to": 6},
    "a list as a name": {"toString": ["Closed"]},
    "not where the issue is": {"to": "1", "toString": "Open"},
    "a custom field called status": {"fieldtype": "custom"},
}


@pytest.mark.parametrize("other", CHANGES.values(), ids=CHANGES)
def test_changes_that_need_care_are_left_to_the_general_way(other: Issue) -> None:
    odd = issue_of(2)
    odd["changelog"]["histories"][-1]["items"][0] |= other
    assert_left(odd)


def test_a_log_that_is_cut_is_left_to_the_general_way() -> None:
    odd = issue_of(2)
    odd["changelog"]["total"] = 9
    assert_left(odd)


def test_two_changes_at_once_are_left_to_the_general_way() -> None:
    odd = issue_of(2)
    histories = odd["changelog"]["histories"]
    histories[0]["items"] += histories.pop(1)["items"]
    assert_left(odd)


def assert_left(odd: Issue) -> None:
    """The quick way takes the plain issue about this one, not this one; both ways agree."""
    quick, general = Quick(), General()
    parsed = taken(quick, [issue_of(1), odd, issue_of(3)])
    assert quick.taken == (isinstance(parsed, ParsedFile))
    assert parsed == taken(general, [issue_of(1), odd, issue_of(3)])
    if isinstance(parsed, ParsedFile):
        assert all_of(quick) == all_of(general)
