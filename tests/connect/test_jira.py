"""Jira files: every shape and every trap of the change log."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from vsm.connect.files.jira import read
from vsm.model.errors import BadInput
from vsm.model.history import ItemHistory
from vsm.model.item import LinkKind, Quality
from vsm.model.rules import to_micros

Make = Callable[..., dict[str, Any]]
Write = Callable[..., Path]


def moves(history: ItemHistory) -> list[tuple[str, str]]:
    """Entries as (day of January 2024, status)."""
    day = 86_400_000_000
    zero = to_micros(datetime(2023, 12, 31, tzinfo=UTC))
    return [(f"{(e.at - zero) / day:g}", e.status) for e in history.entries]


def test_cloud_and_server_tell_the_same_history(samples: Path) -> None:
    cloud, other = read(samples / "cloud_page.json").histories
    (server,) = read(samples / "server_list.json").histories
    assert [(e.at, e.status, e.event_id) for e in cloud.entries] == [
        (e.at, e.status, e.event_id) for e in server.entries
    ]
    assert [e.status for e in cloud.entries] == ["To Do", "Selected", "In Progress", "Done"]
    assert [e.event_id for e in cloud.entries] == ["10101:created", "999", "2002", "2003"]
    assert cloud.entries[0].at == to_micros(datetime(2024, 3, 1, 8, tzinfo=UTC))
    assert cloud.entries[3].at == to_micros(datetime(2024, 3, 8, 15, 30, 0, 250_000, UTC))
    assert cloud.quality is server.quality is Quality.FULL
    assert cloud.description == server.description == "Rotate keys @Ada\n- every month"
    assert [e.by for e in server.entries] == ["", "ada", "ada", "bo"]
    assert (cloud.owner, server.owner) == ("Ada King", "ada")
    assert (cloud.labels, cloud.due, cloud.type) == (("vault", "q1"), "2024-03-31", "Story")
    assert (cloud.estimate, server.estimate) == (5.0, None)
    assert (cloud.parent, cloud.service.value) == ("PAY-7", "standard")
    assert cloud.links == other.links == ((LinkKind.BLOCKS, "PAY-1", "PAY-2"),)
    assert [e.status for e in other.entries] == ["To Do"]


def test_every_shape_of_file_tells_the_same(samples: Path, tmp_path: Path) -> None:
    page = json.loads((samples / "cloud_page.json").read_text())
    issues, names = page["issues"], page["names"]
    shapes: dict[str, str] = {
        "page.json": json.dumps(page),
        "list.json": json.dumps([i | {"names": names} for i in issues]),
        "spread.json": json.dumps([i | {"names": names} for i in issues], indent=1),
        "lines.jsonl": "\n\n".join(json.dumps(i | {"names": names}) for i in issues),
        "pages.jsonl": "\n".join(json.dumps({"issues": [i], "names": names}) for i in issues),
        "marked.jsonl": "\ufeff" + "\r\n".join(json.dumps(i | {"names": names}) for i in issues),
    }
    from dataclasses import replace

    expected = [replace(h, where="") for h in read(samples / "cloud_page.json").histories]
    for name, text in shapes.items():
        plain, packed = tmp_path / name, tmp_path / f"{name}.data"
        plain.write_text(text, encoding="utf-8", newline="")
        packed.write_bytes(gzip.compress(text.encode()))
        for path in (plain, packed):
            assert [replace(h, where="") for h in read(path).histories] == expected, path.name
    one = tmp_path / "one.json"
    one.write_text(json.dumps(issues[0] | {"names": names}, indent=2))
    assert [replace(h, where="") for h in read(one).histories] == expected[:1]


def test_where_names_the_line_of_each_issue(samples: Path) -> None:
    histories = read(samples / "cloud_page.json").histories
    text = (samples / "cloud_page.json").read_text().splitlines()
    for history in histories:
        line = int(history.where.removeprefix("cloud_page.json line "))
        assert f'"id": "{history.source_key}"' in text[line]


def test_the_hash_is_that_of_the_file(samples: Path, tmp_path: Path) -> None:
    import hashlib

    data = gzip.compress((samples / "cloud_page.json").read_bytes())
    path = tmp_path / "x"
    path.write_bytes(data)
    assert read(path).sha256 == hashlib.sha256(data).hexdigest()
    plain = (samples / "cloud_page.json").read_bytes()
    assert read(samples / "cloud_page.json").sha256 == hashlib.sha256(plain).hexdigest()


def test_progress_ends_at_the_size_of_the_file(samples: Path) -> None:
    seen: list[tuple[int, int]] = []
    path = samples / "cloud_page.json"
    read(path, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (path.stat().st_size,) * 2


# -- the change log --------------------------------------------------------------------


def test_a_log_that_is_cut_is_truncated_and_keeps_its_finish(issue: Make, lines: Write) -> None:
    late = (2, 9, "In Progress", "Closed")
    path = lines(issue("PAY-1", late, total=140, resolutiondate="2024-01-09T00:00:00.000+0000"))
    (history,) = read(path).histories
    assert history.quality is Quality.TRUNCATED
    assert moves(history) == [("1", "In Progress"), ("9", "Closed")]


def test_a_cut_log_that_begins_after_the_finish_takes_it_from_the_resolution(
    issue: Make, lines: Write
) -> None:
    resolved = "2024-01-05T00:00:00.000+0000"
    path = lines(
        issue("PAY-1", (2, 9, "Resolved", "Closed"), total=140, resolutiondate=resolved),
        issue("PAY-2", status="Closed", total=140, resolutiondate=resolved),
        issue("PAY-3", (1, 2, "Open", "Closed")),
    )
    first, second, _ = read(path).histories
    assert moves(first) == [("1", "Open"), ("5", "Resolved"), ("9", "Closed")]
    assert moves(second) == [("1", "Open"), ("5", "Closed")]
    assert len({e.event_id for e in first.entries}) == 3


def test_a_log_that_ends_elsewhere_than_the_issue_is_noted(issue: Make, lines: Write) -> None:
    late = {"updated": "2024-01-20T00:00:00.000+0000"}
    path = lines(issue("PAY-1", (1, 2, "Open", "In Progress"), status="Closed", **late))
    parsed = read(path)
    (history,) = parsed.histories
    assert moves(history) == [("1", "Open"), ("2", "In Progress"), ("20", "Closed")]
    assert history.quality is Quality.TRUNCATED
    assert "log ends in In Progress, but the issue is in Closed" in parsed.notes[0].why
    assert "by its updated" in parsed.notes[0].why


def test_a_gap_in_the_log_is_noted(issue: Make, lines: Write) -> None:
    path = lines(issue("PAY-1", (1, 2, "Open", "In Progress"), (2, 3, "In Review", "Closed")))
    parsed = read(path)
    assert parsed.histories[0].quality is Quality.TRUNCATED
    assert "no move from In Progress to In Review" in parsed.notes[0].why


def test_an_issue_changed_before_it_was_created_begins_with_that_change(
    issue: Make, lines: Write
) -> None:
    created = "2024-01-10T00:00:00.000+0000"
    parsed = read(lines(issue("PAY-1", (1, 2, "Open", "Closed"), created=created)))
    assert moves(parsed.histories[0]) == [("2", "Open"), ("2", "Closed")]
    assert "before it was created on 2024-01-10" in parsed.notes[0].why


def test_equal_times_are_ordered_by_the_number_of_the_history(issue: Make, lines: Write) -> None:
    path = lines(
        issue("PAY-1", (100, 2, "In Progress", "Closed"), (99, 2, "Open", "In Progress"),
              status="Closed")
    )  # fmt: skip
    parsed = read(path)
    assert [e.status for e in parsed.histories[0].entries] == ["Open", "In Progress", "Closed"]
    assert not parsed.notes


def test_histories_without_ids_keep_the_order_of_the_source(issue: Make, lines: Write) -> None:
    raw = issue(
        "PAY-1", (1, 2, "Open", "In Progress"), (2, 2, "In Progress", "In Review"),
        (3, 4, "In Review", "Closed"),
    )  # fmt: skip
    for history in raw["changelog"]["histories"]:
        del history["id"]
    newest_first = json.loads(json.dumps(raw))
    newest_first["changelog"]["histories"].reverse()
    one, other = (read(lines(t)).histories[0] for t in (raw, newest_first))
    assert one == other
    assert [e.event_id for e in one.entries] == ["1001:created", "1001:1", "1001:2", "1001:3"]


def test_several_changes_in_one_history_have_ids_of_their_own(issue: Make, lines: Write) -> None:
    raw = issue("PAY-1", (7, 2, "Open", "In Progress"), status="Closed")
    raw["changelog"]["histories"][0]["items"].append(
        {"field": "status", "from": "3", "fromString": "In Progress", "to": "6",
         "toString": "Closed"}
    )  # fmt: skip
    (history,) = read(lines(raw)).histories
    assert [e.event_id for e in history.entries[1:]] == ["7", "7.1"]


def test_a_change_that_stands_twice_counts_once(issue: Make, lines: Write) -> None:
    change = (7, 2, "Open", "Closed")
    parsed = read(lines(issue("PAY-1", change, change, total=1)))
    assert len(parsed.histories[0].entries) == 2 and not parsed.notes
    assert parsed.histories[0].quality is Quality.FULL


@pytest.mark.parametrize("total", [3, 5, None])
def test_a_log_with_a_doubled_entry_may_lack_others(
    issue: Make, lines: Write, total: int | None
) -> None:
    first, last = (7, 2, "Open", "In Progress"), (8, 3, "In Progress", "Closed")
    raw = issue("PAY-1", first, last, last, total=4)
    raw["changelog"]["total"] = total
    parsed = read(lines(raw))
    assert moves(parsed.histories[0]) == [("1", "Open"), ("2", "In Progress"), ("3", "Closed")]
    assert parsed.histories[0].quality is Quality.TRUNCATED
    assert "1 of 3 entries twice" in parsed.notes[0].why


def test_a_custom_field_called_status_is_no_status(issue: Make, lines: Write) -> None:
    raw = issue("PAY-1", status="Open")
    fake = {"field": "status", "from": "", "fromString": "red", "to": "", "toString": "green"}
    raw["changelog"]["histories"] = [
        {"id": "1", "created": "2024-01-02T00:00:00.000+0000", "items": [
            fake | {"fieldId": "customfield_1"}, fake | {"fieldtype": "custom"}]},
    ]  # fmt: skip
    assert [e.status for e in read(lines(raw)).histories[0].entries] == ["Open"]


def test_a_status_that_was_renamed_has_its_newest_name(issue: Make, lines: Write) -> None:
    old = issue("PAY-1", (1, 2, "Open", "In Progress"), (2, 3, "In Progress", "Closed"))
    new = issue("PAY-2", (3, 8, "Open", "Coding"), status="Coding")
    new["changelog"]["histories"][0]["items"][0]["to"] = "3"
    new["fields"]["status"]["id"] = "3"
    parsed = read(lines(old, new))
    assert [e.status for e in parsed.histories[0].entries] == ["Open", "Coding", "Closed"]
    assert parsed.renamed_from == {"Coding": ("In Progress",)}
    assert not parsed.notes


def test_two_statuses_under_one_id_stay_two(issue: Make, lines: Write) -> None:
    """Sites that were merged use an id twice; the names are then in use at the same time."""
    one = issue("PAY-1", (1, 2, "Open", "In Review"), (2, 9, "In Review", "Closed"))
    two = issue("OLD-2", (3, 5, "Received", "Closed"))
    two["changelog"]["histories"][0]["items"][0]["from"] = "5"
    parsed = read(lines(one, two))
    assert parsed.renamed_from == {}
    assert parsed.histories[1].entries[0].status == "Received"


def test_a_name_in_the_language_of_the_export_is_the_same_status(issue: Make, lines: Write) -> None:
    raw = issue("PAY-1", (1, 2, "Open", "Closed"))
    raw["fields"]["status"]["name"] = "Geschlossen"
    parsed = read(lines(raw))
    assert [e.status for e in parsed.histories[0].entries] == ["Open", "Geschlossen"]
    assert parsed.histories[0].quality is Quality.FULL


# -- fields ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outward", "inward", "expected"),
    [
        ("blocks", "is blocked by", ("blocks", "A-1", "B-1")),
        ("depends on", "required by", ("blocks", "B-1", "A-1")),
        ("depends on", "is depended on by", ("blocks", "B-1", "A-1")),
        ("has to be done before", "has to be done after", ("blocks", "A-1", "B-1")),
        ("is blocked by", "blocks", ("blocks", "B-1", "A-1")),
        ("blockiert", "wird blockiert von", ("blocks", "A-1", "B-1")),
        ("requires", "", ("blocks", "B-1", "A-1")),
        ("blocks", "blocks", ("relates", "A-1", "B-1")),
        ("duplicates", "is duplicated by", ("relates", "A-1", "B-1")),
        ("causes", "is caused by", ("relates", "A-1", "B-1")),
        ("", "", ("relates", "A-1", "B-1")),
    ],
)
def test_both_ends_of_a_link_state_the_same(
    issue: Make, lines: Write, outward: str, inward: str, expected: tuple[str, str, str]
) -> None:
    kind = {"name": "Link", "outward": outward, "inward": inward}
    path = lines(
        issue("A-1", issuelinks=[{"type": kind, "outwardIssue": {"key": "B-1"}}]),
        issue("B-1", issuelinks=[{"type": kind, "inwardIssue": {"key": "A-1"}}]) | {"id": "2"},
    )
    one, other = read(path).histories
    assert one.links == other.links == ((LinkKind(expected[0]), *expected[1:]),)


def test_a_parent_is_known_from_the_child_the_epic_or_the_subtasks(
    issue: Make, lines: Write
) -> None:
    path = lines(
        issue("PAY-1", subtasks=[{"key": "PAY-2"}, {"key": "PAY-3"}]),
        issue("PAY-2"),
        issue("PAY-3", parent={"key": "PAY-9"}),
        issue("PAY-4", customfield_1="PAY-8") | {"names": {"customfield_1": "Epic Link"}},
        issue("PAY-5", epic={"id": 5, "key": "PAY-8"}),
    )
    parents = [h.parent for h in read(path).histories]
    assert parents == [None, "PAY-1", "PAY-9", "PAY-8", "PAY-8"]


def test_a_project_is_chosen_by_field_or_key(issue: Make, lines: Write) -> None:
    path = lines(issue("PAY-1"), issue("OPS-2", project={"key": "PAY"}), issue("OPS-3"))
    assert [h.key for h in read(path, project="pay").histories] == ["PAY-1", "OPS-2"]
    with pytest.raises(BadInput, match=r"no issue of the project WEB.*PAY \(2\), OPS \(1\)"):
        read(path, project="WEB")


def test_the_newest_of_an_issue_that_stands_twice_counts(issue: Make, lines: Write) -> None:
    old = issue("PAY-1", updated="2024-01-01T00:00:00.000+0000")
    new = issue("PAY-1", (1, 2, "Open", "Closed"), updated="2024-01-02T00:00:00.000+0000")
    for path in (lines(old, new), lines(new, old)):
        parsed = read(path)
        assert [len(h.entries) for h in parsed.histories] == [2]
        assert "more than once" in parsed.skipped[0].why


def test_hostile_text_is_kept_and_can_be_stored(samples: Path) -> None:
    parsed = read(samples / "hostile.jsonl")
    first, second = parsed.histories
    assert first.title.startswith("\x1b]52;c;cm0gLXJm\x07[@click=app.quit]")
    assert first.labels == ("=cmd|' /C calc'!A0",)
    assert first.description == "a\ufffdb\ufffdc \U0001f600"
    assert (second.title, second.owner) == ("'); DROP TABLE item; --", "\ufffdroot")
    assert "2 texts had NUL" in parsed.notes[-1].why
    for history in parsed.histories:
        assert "\x00" not in repr(history).encode("utf-8").decode()


def test_overlong_texts_are_cut_and_noted(issue: Make, lines: Write) -> None:
    parsed = read(lines(issue("PAY-1", summary="x" * 501, description="y" * 200_001)))
    assert len(parsed.histories[0].title) == 500
    assert len(parsed.histories[0].description) == 200_000
    assert len(parsed.notes) == 2
