"""Saved views, dates in words, comments and transfers from the command line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from vsm.cli.main import cli
from vsm.cli.options import Complete, complete_columns, complete_filter, complete_owner

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


def test_items_are_listed_by_any_field_in_any_columns(team: Vsm) -> None:
    team.ok("item", "add", "Ledger split", "--due", "2000-01-31", "--estimate", "3")
    team.ok("item", "add", "Refunds", "--due", "2999-01-01")
    keys = [item["key"] for item in team.json("item", "list", "--sort", "-due,key")]
    due = {item["key"]: item["due"] for item in team.json("item", "list")}
    assert [due[key] for key in keys[:2]] == ["2999-01-01", "2000-01-31"]
    assert not any(due[key] for key in keys[2:]), "items without the field come last"
    lines = team.ok("item", "list", "--columns", "key,due,marks", "--sort", "due").splitlines()
    assert lines[0].split() == ["KEY", "DUE", "MARKS"]
    assert lines[1].split()[1:] == ["2000-01-31", "overdue"]
    (late,) = team.json("item", "list", "--filter", "overdue")
    assert late["overdue"] and late["state"] == "not started" and late["estimate"] == 3
    assert {"labels", "created", "updated", "started", "days_in_stage", "lead_days"} <= late.keys()
    (first,) = team.json("item", "list", "--sort=-due", "--limit", "1")
    assert first["due"] == "2999-01-01"
    line = team.fails(2, "item", "list", "--sort", "nope")
    assert "--sort: there is no column 'nope'; use key, stage" in line
    assert "--columns: there is no column" in team.fails(2, "item", "list", "--columns", "key,x")


def test_keys_are_sorted_by_their_numbers(team: Vsm) -> None:
    for n in range(9):
        team.ok("item", "add", f"Item {n}")
    keys = [item["key"] for item in team.json("item", "list", "--sort", "-key")]
    numbers = [int(key.partition("-")[2]) for key in keys]
    assert numbers == sorted(numbers, reverse=True) and numbers[0] >= 10


def test_lists_and_figures_of_the_past_take_a_filter(team: Vsm) -> None:
    team.ok("item", "block", "PAY-1", "--reason", "Legal")
    for verb in (("item", "list"), ("board",), ("metrics",)):
        result = team(*verb, "--filter", "blocked or stale", "--as-of", "2020-01-01")
        assert result.exit_code == 0 and "PAY-1" not in result.output
    assert team("item", "list", "--as-of", "2020-01-01", "--json").stdout.strip() == "[]"
    assert "was not there yet" in team.fails(2, "item", "show", "PAY-1", "--as-of", "2020-01-01")
    (now,) = team.json("item", "list", "--filter", "blocked", "--as-of", "2999-01-01")
    assert now["key"] == "PAY-1" and now["blocked"]["reason"] == "Legal"
    team.ok("view", "save", "Held", "blocked or stale")
    assert len(team.json("item", "list", "--view", "Held", "--filter", "key:pay-1")) == 1
    assert team("item", "list", "--view", "Held", "--filter", "key:x", "--json").stdout[:2] == "[]"


def test_a_term_that_is_not_understood_is_refused_with_its_column(team: Vsm) -> None:
    for text, words in (
        ("foo:bar", "no field 'foo'"),
        ("blocked xyz>3", "(column 9)"),
        ("(blocked", "no ) for this ("),
    ):
        assert words in team.fails(2, "item", "list", "--filter", text)


def test_shells_complete_filters_owners_and_columns(team: Vsm) -> None:
    team.ok("item", "add", "Odd", "--label", "q4")
    context = click.Context(cli, info_name="vsm")
    context.params = {"db": str(team.db)}

    def offered(complete: Complete, typed: str) -> list[str]:
        return [item.value for item in complete(context, context.command.params[0], typed)]

    assert offered(complete_filter, "blocked or te") == ["blocked or team:"]
    assert offered(complete_filter, "team:") == ["team:core", "team:risk", "team:none"]
    assert offered(complete_filter, "-stage:re") == ["-stage:Ready", "-stage:Review"]
    assert offered(complete_filter, "not is:o") == ["not is:open", "not is:overdue"]
    assert offered(complete_filter, "label:q4,n") == ["label:q4,none"]
    assert offered(complete_owner, "an") == ["anna.kern"]
    assert offered(complete_columns, "key,-cre") == ["key,-created"]
