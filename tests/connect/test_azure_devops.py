"""Work items of Azure DevOps: states and columns of the board, by updates or by dates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from vsm.connect.files.azure_devops import read
from vsm.connect.files.detect import format_of
from vsm.connect.files.parsed_file import ParsedFile
from vsm.connect.files.resolutions import STAGE
from vsm.model.errors import BadInput
from vsm.model.item import LinkKind, Quality
from vsm.model.rules import to_micros

Saved = Callable[..., Path]
Step = tuple[int, str, dict[str, Any]]


def day(number: int) -> str:
    return f"2024-05-{number:02}T09:00:00.31Z"


def at(number: int) -> int:
    return to_micros(datetime(2024, 5, number, 9, 0, 0, 310_000, UTC))


def updates(item: int | None, *steps: Step) -> list[dict[str, Any]]:
    """Updates, each of (day, state, other new values); ``revisedDate`` is that of the next."""
    out: list[dict[str, Any]] = []
    before: str | None = None
    for n, (date, state, others) in enumerate(steps):
        fields: dict[str, Any] = {name: {"newValue": value} for name, value in others.items()}
        fields["System.ChangedDate"] = {"newValue": day(date)}
        if state != before:
            fields["System.State"] = {"newValue": state} | ({"oldValue": before} if before else {})
        later = day(steps[n + 1][0]) if n + 1 < len(steps) else "9999-01-01T00:00:00Z"
        out.append(
            {"id": n + 1, "rev": n + 1, "revisedDate": later, "fields": fields}
            | ({"workItemId": item} if item is not None else {})
            | {"revisedBy": {"displayName": "Kim", "name": "Kim <kim@kiln.example>"}}
        )
        before = state
    return out


def path_of(parsed: ParsedFile, key: str) -> list[tuple[str, int]]:
    (history,) = (h for h in parsed.histories if h.key == key)
    return [(e.status, e.at) for e in history.entries]


def quality_of(parsed: ParsedFile, key: str) -> Quality:
    return next(h.quality for h in parsed.histories if h.key == key)


FIRST: dict[str, Any] = {
    "System.Title": "Ledger split",
    "System.WorkItemType": "Bug",
    "System.CreatedDate": day(1),
    "System.AssignedTo": {"displayName": "Sam", "uniqueName": "sam@kiln.example"},
}
STEPS: tuple[Step, ...] = (
    (1, "New", FIRST),
    (3, "Active", {}),
    (5, "Resolved", {"System.Tags": "api; ledger"}),
    (8, "Closed", {"System.Reason": "Verified", "Microsoft.VSTS.Scheduling.StoryPoints": 5}),
)


def test_updates_of_a_work_item_are_its_history(saved: Saved, imported: Any) -> None:
    path = saved({"count": 4, "value": updates(100, *STEPS)}, indent=1)
    assert format_of(path) == "azure"
    parsed = read(path, zone="UTC")
    steps = [("New", at(1)), ("Active", at(3)), ("Resolved", at(5)), ("Closed", at(8))]
    (item,) = parsed.histories
    assert path_of(parsed, "100") == steps
    assert item.quality is Quality.FULL
    assert (item.title, item.type, item.owner) == ("Ledger split", "Bug", "Sam")
    assert (item.estimate, item.labels, item.entries[1].by) == (5.0, ("api", "ledger"), "Kim")
    report = imported(path)
    assert [(s["name"], s["category"]) for s in report["stages"]] == [
        *(("New", "backlog"), ("Active", "active"), ("Resolved", "queue"), ("Closed", "done"))
    ]
    again = imported(path)
    assert (again["items"], again["transitions"], again["already_known"]) == (0, 0, 1)


def test_updates_may_stand_in_their_work_item(saved: Saved) -> None:
    link = "https://dev.kiln.example/_apis/wit/workItems/"
    relations = [
        {"rel": "System.LinkTypes.Hierarchy-Reverse", "url": f"{link}90"},
        {"rel": "System.LinkTypes.Dependency-Forward", "url": f"{link}101"},
        {"rel": "ArtifactLink", "url": "vstfs:///Git/Commit/1"},
    ]
    fields = FIRST | {
        "System.State": "Closed",
        "System.ChangedDate": day(8),
        "System.Description": "<div>one &amp; two</div>",
        "System.IterationPath": "Web\\Sprint 3",
    }
    item = {"id": 100, "rev": 4, "fields": fields, "relations": relations}
    parsed = read(saved([item | {"updates": {"value": updates(None, *STEPS)}}]), zone="UTC")
    (history,) = parsed.histories
    assert [status for status, _ in path_of(parsed, "100")] == [
        *("New", "Active", "Resolved", "Closed")
    ]
    assert history.quality is Quality.FULL
    assert (history.description, history.labels) == ("one & two", ("Sprint 3",))
    assert (history.parent, history.links) == ("90", ((LinkKind.BLOCKS, "100", "101"),))


def test_columns_of_the_board_are_stages(saved: Saved) -> None:
    column = "System.BoardColumn"
    steps: tuple[Step, ...] = (
        (1, "New", FIRST | {column: "New"}),
        (3, "Active", {column: "Build", "System.BoardColumnDone": False}),
        (4, "Active", {"System.BoardColumnDone": True}),
        (5, "Active", {column: "Test", "System.BoardColumnDone": False}),
        (8, "Closed", {column: "Closed"}),
    )
    parsed = read(saved({"value": updates(100, *steps)}), zone="UTC")
    assert path_of(parsed, "100") == [
        *(("New", at(1)), ("Build", at(3)), ("Build done", at(4)), ("Test", at(5))),
        ("Closed", at(8)),
    ]
    assert parsed.hints["Build done"].category == "queue"


def test_work_that_is_removed_or_cut_is_not_delivered(saved: Saved) -> None:
    rows = [
        *updates(1, (1, "New", FIRST), (4, "Removed", {})),
        *updates(2, (1, "New", FIRST), (4, "Closed", {"System.Reason": "Duplicate"})),
        *updates(3, (1, "New", FIRST), (4, "Closed", {"System.Reason": "Cut"})),
    ]
    parsed = read(saved({"value": rows}), zone="UTC")
    assert path_of(parsed, "1")[-1] == ("Removed", at(4))
    assert path_of(parsed, "2")[-1] == path_of(parsed, "3")[-1] == (STAGE, at(4))
    assert parsed.hints["Removed"].category == parsed.hints[STAGE].category == "dropped"


def test_updates_that_begin_later_count_as_truncated(saved: Saved) -> None:
    rows = updates(100, *STEPS)[2:]
    rows[0]["fields"]["System.CreatedDate"] = {"newValue": day(1)}
    parsed = read(saved({"value": rows}), zone="UTC")
    assert path_of(parsed, "100") == [("Active", at(1)), ("Resolved", at(5)), ("Closed", at(8))]
    assert quality_of(parsed, "100") is Quality.TRUNCATED


def test_an_update_without_a_time_follows_the_one_before(saved: Saved) -> None:
    rows = updates(100, *STEPS)
    del rows[1]["fields"]["System.ChangedDate"]
    assert path_of(read(saved({"value": rows}), zone="UTC"), "100")[1] == ("Active", at(3))


def test_revisions_are_read(saved: Saved) -> None:
    rows = [
        {
            "id": 100,
            "rev": n,
            "fields": FIRST | {"System.State": state, "System.ChangedDate": day(date)},
        }
        for n, date, state in ((1, 1, "New"), (2, 3, "Active"), (3, 4, "Active"), (4, 8, "Closed"))
    ]
    parsed = read(saved({"value": rows}), zone="UTC")
    assert path_of(parsed, "100") == [("New", at(1)), ("Active", at(3)), ("Closed", at(8))]
    assert quality_of(parsed, "100") is Quality.FULL


def test_work_items_alone_have_their_dates(saved: Saved) -> None:
    def item(number: int, state: str, **dates: int) -> dict[str, Any]:
        names = {f"Microsoft.VSTS.Common.{name}": day(date) for name, date in dates.items()}
        fields = FIRST | {"System.State": state, "System.ChangedDate": day(20)}
        return {"id": number, "rev": 7, "fields": fields | names}

    parsed = read(
        saved(
            {
                "value": [
                    item(1, "New", StateChangeDate=1),
                    item(2, "Active", ActivatedDate=3, StateChangeDate=3),
                    item(3, "Closed", ActivatedDate=3, ClosedDate=8),
                    item(4, "Closed", ClosedDate=8),
                    item(5, "Active"),
                ]
            }
        ),
        zone="UTC",
    )
    assert path_of(parsed, "1") == [("New", at(1))]
    assert path_of(parsed, "2") == [("New", at(1)), ("Active", at(3))]
    assert path_of(parsed, "3") == [("New", at(1)), ("Active", at(3)), ("Closed", at(8))]
    assert path_of(parsed, "4") == [("New", at(1)), ("Closed", at(8))]
    assert path_of(parsed, "5") == [("New", at(1)), ("Active", at(20))]
    assert [quality_of(parsed, key) for key in "1234"] == [Quality.ENDPOINTS_ONLY] * 4
    assert quality_of(parsed, "5") is Quality.TRUNCATED


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        (lambda r: r.update(workItemId=[]), "workItemId"),
        (lambda r: r.update(rev="x"), "rev"),
        (lambda r: r.update(fields=7), "fields"),
        (lambda r: r["fields"].update({"System.ChangedDate": {"newValue": "x"}}), "ChangedDate"),
        (lambda r: r["fields"].update({"System.State": {"newValue": 7}}), "System.State"),
        (lambda r: r["fields"].pop("System.ChangedDate"), "System.ChangedDate"),
        (lambda r: r.update(revisedBy=7), "revisedBy"),
    ],
)
def test_a_malformed_update_is_refused_with_its_field(
    saved: Saved, spoil: Callable[[Any], Any], field: str
) -> None:
    rows = updates(100, *STEPS)
    rows[0]["fields"].pop("System.CreatedDate")
    spoil(rows[0])
    with pytest.raises(BadInput, match=r"export\.json line 1") as refusal:
        read(saved({"value": rows}), zone="UTC")
    assert field in str(refusal.value)
