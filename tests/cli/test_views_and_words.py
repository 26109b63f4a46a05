"""Saved views, dates in words, comments and transfers from the command line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from .conftest import Vsm


def test_a_view_is_saved_listed_used_and_removed(team: Vsm) -> None:
    assert "Cores" in team.ok("view", "save", "Cores", "team:core -blocked")
    assert team.json("view", "list") == [
        {"name": "Cores", "filter": "team:core -blocked", "stream": None}
    ]
    assert "team:core -blocked" in team.ok("view", "list")
    (item,) = team.json("item", "list", "--view", "cor")
    assert item["key"] == "PAY-1"
    assert "[]" in team("item", "list", "--view", "Cores", "--where", "webhooks", "--json").stdout
    shown = {c["stage"]: c["shown"] for c in team.json("board", "--view", "Cores")["columns"]}
    assert sum(shown.values()) == 1
    team.ok("view", "save", "Cores", "team:risk", "--only", "Card issuing")
    assert team.json("view", "list")[0]["stream"] == "Card issuing"
    team.ok("view", "remove", "Cores")
    team.ok("undo")
    assert team.json("view", "list")[0]["filter"] == "team:risk"


def test_a_view_that_is_not_there_or_cannot_be_read_is_refused(team: Vsm) -> None:
    assert "there is no view 'Old'" in team.fails(2, "board", "--view", "Old")
    assert "cannot be read" in team.fails(2, "view", "save", "Odd", "nonsense:1")
    assert "there is no view" in team.fails(2, "view", "remove", "Old")
    assert "keeps one" in team("view", "list").stderr


def test_where_knows_ages_and_due_dates(team: Vsm) -> None:
    team.ok("item", "edit", "PAY-1", "--due", "tomorrow")
    (item,) = team.json("item", "list", "--where", "due<=+2d")
    assert item["key"] == "PAY-1"
    assert "[]" in team("item", "list", "--where", "age>100", "--json").stdout


def test_a_due_date_may_be_a_word(team: Vsm) -> None:
    team.ok("item", "edit", "PAY-1", "--due", "+3d")
    due = team.json("item", "show", "PAY-1")["due"]
    today = datetime.now(UTC).date()
    assert due in {(today + timedelta(days=n)).isoformat() for n in (2, 3, 4)}
    line = team.fails(2, "item", "edit", "PAY-1", "--due", "someday")
    assert "--due: 'someday' is no date" in line and "fri" in line


def test_a_comment_is_told_with_the_item(team: Vsm) -> None:
    team.ok("item", "comment", "PAY-1", "Legal", "has answered")
    team.ok("item", "comment", "PAY-1", "-", input="Two\nlines\n")
    shown = team.json("item", "show", "PAY-1")
    assert [said["text"] for said in shown["comments"]] == ["Two\nlines", "Legal has answered"]
    text = team.ok("item", "show", "PAY-1")
    assert "Comments" in text and "Legal has answered" in text
    assert "the comment is empty" in team.fails(2, "item", "comment", "PAY-1", " ")


def test_items_are_transferred_to_another_stream(team: Vsm) -> None:
    team.ok("init", "--template", "kanban", "--name", "Platform", "--prefix", "PLA")
    team.ok("item", "transfer", "PAY-1", "PAY-2", "--to", "Plat", "--stage", "Ready")
    shown = team.json("item", "show", "PAY-1")
    assert (shown["stream"], shown["stage"]) == ("Platform", "Ready")
    team.ok("undo")
    assert team.json("item", "show", "PAY-1")["stream"] == "Card issuing"
    assert "there is no stream" in team.fails(2, "item", "transfer", "PAY-1", "--to", "Nowhere")
