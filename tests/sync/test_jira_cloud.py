"""Jira Cloud from its address to the board, and what later runs ask for."""

from __future__ import annotations

from tests.sync.conftest import Program
from tests.sync.fake import FakeJira, jira_issue


def test_one_command_leads_from_the_address_to_the_board(vsm: Program, jira: FakeJira) -> None:
    ran = vsm.add(jira)
    assert (ran["listed"], ran["new"], ran["changed"], ran["health"]) == (8, 8, 0, "ok")
    assert "/rest/api/2/search" not in jira.paths(), "the old search is gone from Jira Cloud"
    board = vsm.ok("board", "--stream", "Web")
    assert "WEB-2" in board and "Review" in board
    assert vsm.json("sync", "status")["sources"][0]["health"] == "ok"


def test_a_second_run_records_nothing_and_fetches_nothing(vsm: Program, jira: FakeJira) -> None:
    vsm.add(jira)
    before = vsm.journal()
    asked = len(jira.asked)
    ran = vsm.json("sync", "run")
    assert (ran["listed"], ran["fetched"], ran["new"], ran["changed"]) == (8, 0, 0, 0)
    assert [a.path for a in jira.asked[asked:]] == ["/rest/api/3/myself", "/rest/api/3/search/jql"]
    assert vsm.json("sync", "run", "--full")["fetched"] == 8
    assert vsm.journal() == before


def test_only_what_changed_is_fetched_and_restated(vsm: Program, jira: FakeJira) -> None:
    vsm.add(jira)
    jira.issues["10003"] = jira_issue(3, (3, "Doing"), (9, "Review"))
    jira.issues["10009"] = jira_issue(9, (9, "Doing"))
    asked = len(jira.asked)
    ran = vsm.json("sync", "run")
    assert (ran["fetched"], ran["new"], ran["changed"]) == (2, 1, 1)
    bulk = next(a for a in jira.asked[asked:] if a.path.endswith("issue/bulkfetch"))
    assert bulk.body["issueIdsOrKeys"] == ["10003", "10009"]
    (listing,) = [a.body["jql"] for a in jira.asked[asked:] if a.path.endswith("search/jql")]
    assert 'updated >= "-' in listing and listing.endswith("ORDER BY id ASC")


def test_the_window_of_a_listing_is_reckoned_by_the_clock_of_the_service(
    vsm: Program, jira: FakeJira
) -> None:
    jira.now = 1_768_300_000  # 13 January 2026 10:26:40 UTC, ten months behind this computer
    vsm.add(jira)
    vsm.ok("sync", "run")
    listing = jira.asked[-1].body["jql"]
    # the last change is of 11 January 10:00, and ten minutes overlap
    assert 'updated >= "-2917m"' in listing


def test_an_item_that_people_changed_is_left_as_it_is_and_listed(
    vsm: Program, jira: FakeJira
) -> None:
    vsm.add(jira)
    vsm.ok("item", "move", "WEB-3", "Review")
    jira.issues["10003"] = jira_issue(3, (3, "Doing"), (9, "Done"))
    ran = vsm.json("sync", "run")
    assert (ran["changed"], ran["kept"]) == (0, ["WEB-3"])
    assert vsm.json("item", "show", "WEB-3")["stage"] == "Review"
    assert vsm.json("sync", "run")["kept"] == ["WEB-3"], "it is listed as long as they differ"


def test_what_went_upstream_is_marked_and_stays_and_comes_back(
    vsm: Program, jira: FakeJira
) -> None:
    vsm.add(jira)
    lost = jira.issues.pop("10004")
    assert vsm.json("sync", "run")["gone"] == [], "only a listing of all ids can tell"
    assert vsm.json("sync", "run", "--full")["gone"] == ["WEB-4"]
    assert vsm.json("item", "show", "WEB-4")["title"] == "Item 4"
    assert vsm.json("sync", "status")["sources"][0]["gone"] == ["WEB-4"]
    before = vsm.entries()
    assert vsm.json("sync", "run", "--full")["gone"] == []
    assert vsm.entries() == before
    jira.issues["10004"] = lost
    assert vsm.json("sync", "run", "--full")["back"] == ["WEB-4"]
    assert vsm.json("sync", "status")["sources"][0]["gone"] == []


def test_when_most_vanish_at_once_a_lost_permission_is_suspected(vsm: Program) -> None:
    with FakeJira([jira_issue(n, (2, "Doing")) for n in range(1, 41)]).running() as fake:
        assert isinstance(fake, FakeJira)
        vsm.add(fake)
        for n in range(1, 31):
            del fake.issues[str(10_000 + n)]
        ran = vsm.json("sync", "run", "--full")
        assert (ran["gone"], ran["health"]) == ([], "partial")
        assert "lost permission" in ran["notes"][0]["why"]


def test_items_in_an_unknown_status_are_held_back_until_somebody_decides(
    vsm: Program, jira: FakeJira
) -> None:
    vsm.add(jira)
    jira.issues["10003"] = jira_issue(3, (3, "Doing"), (9, "QA"))
    jira.issues["10002"] = jira_issue(2, (3, "Doing"), (4, "Review"), (10, "Done"))
    ran = vsm.json("sync", "run")
    assert ran["unknown_statuses"] == [{"status": "QA", "items": 1}]
    assert (ran["changed"], ran["health"]) == (1, "partial")
    assert vsm.json("item", "show", "WEB-3")["stage"] == "Doing"
    assert vsm.json("sync", "run")["unknown_statuses"], "the next run tries it again"
    ran = vsm.json("sync", "run", "--add-stages")
    assert (ran["changed"], ran["health"]) == (1, "ok")
    assert vsm.json("item", "show", "WEB-3")["stage"] == "QA"


def test_undoing_the_import_makes_the_next_run_fetch_again(vsm: Program, jira: FakeJira) -> None:
    vsm.ok("init", "--template", "kanban", "--name", "Web")
    assert "--add-stages adds them" in vsm.fails(
        *(2, "sync", "add", "jira", jira.base, "--jql", "project = WEB", "--stream", "Web", "--yes")
    )
    vsm.add(jira, "jira", "--add-stages")
    jira.issues["10009"] = jira_issue(9, (9, "Doing"))
    assert vsm.json("sync", "run")["new"] == 1
    vsm.ok("undo")
    assert vsm.json("sync", "run")["new"] == 1


def test_a_dry_run_shows_the_stages_and_changes_nothing(vsm: Program, jira: FakeJira) -> None:
    scope = ("--jql", "project = WEB", "--stream", "Web")
    text = vsm.ok("sync", "add", "jira", jira.base, *scope, "--dry-run")
    assert "Doing" in text and "active" in text
    assert not vsm.db.exists()


def test_the_raw_pages_can_be_imported_as_files(vsm: Program, jira: FakeJira) -> None:
    vsm.add(jira)
    pages = vsm.json("sync", "raw", "jira")
    assert {p["method"] for p in pages["pages"]} == {"POST"}
    items = vsm.ok("sync", "raw", "jira", "--items").strip()
    report = vsm.json("import", "jira", items, "--stream", "Web", "--dry-run")
    assert (report["items"], report["already_known"]) == (0, 8)


def test_a_board_gives_stages_and_limits(vsm: Program, jira: FakeJira) -> None:
    jira.board = {
        "columnConfig": {
            "columns": [
                {"name": "Inbox", "statuses": [{"id": "1"}]},
                {"name": "Work", "statuses": [{"id": "3"}, {"id": "5"}], "max": 3},
                {"name": "Empty", "statuses": []},
                {"name": "Shipped", "statuses": [{"id": "6"}]},
            ]
        }
    }
    jira.statuses = [
        {"id": "1", "name": "To Do", "statusCategory": {"id": 2, "key": "new"}},
        {"id": "3", "name": "Doing", "statusCategory": {"id": 4, "key": "indeterminate"}},
        {"id": "5", "name": "Review", "statusCategory": {"id": 4, "key": "indeterminate"}},
        {"id": "6", "name": "Done", "statusCategory": {"id": 3, "key": "new"}},
    ]
    vsm.add(jira, "jira", "--board", "7")
    stages = vsm.json("stage", "list", "--stream", "Web")
    assert [(s["name"], s["category"], s["limit"]) for s in stages] == [
        ("Inbox", "backlog", None),
        ("Work", "active", 3),
        ("Shipped", "done", None),
    ]
