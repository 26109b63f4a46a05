"""``--filter`` in every verb that reads: what it chooses, and what it leaves whole."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.test_exports import MARCH, demo, organisation, valid

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Vsm

__all__ = ["demo", "organisation"]

CARDS = ("--stream", "Card issuing", "--as-of", MARCH)


def keys_that_match(vsm: Vsm, text: str, *options: str) -> set[str]:
    listed = vsm.json("item", "list", "--filter", text, *(options or CARDS))
    return {item["key"] for item in listed}


def named(actions: list[Any]) -> set[str]:
    return {key for action in actions for key in action["items"]}


def test_a_filtered_diagnosis_has_the_same_verdict_and_stages(demo: Vsm) -> None:
    every = demo.json("bottlenecks", *CARDS)
    some = valid(demo.json("bottlenecks", *CARDS, "--filter", "team:risk"), "bottlenecks")
    assert (every["filter"], some["filter"]) == (None, "team:risk")
    for part in ("finding", "constraint", "stages", "teams", "min_cut", "watched"):
        assert some[part] == every[part], part
    fitting = keys_that_match(demo, "team:risk")
    assert named(some["actions"]) and named(some["actions"]) <= fitting
    assert not named(every["actions"]) <= fitting
    text = " ".join(demo.ok("bottlenecks", *CARDS, "--filter", "team:risk").split())
    assert "Names only items that match: team:risk. Verdict and stages are of all items." in text
    assert "Names only" not in demo.ok("bottlenecks", *CARDS)


def test_a_filter_that_nothing_fits_leaves_the_diagnosis(demo: Vsm) -> None:
    every = demo.json("bottlenecks", *CARDS)
    none = demo.json("bottlenecks", *CARDS, "--filter", '"no such words"')
    assert none["stages"] == every["stages"] and none["finding"] == every["finding"]
    assert named(none["actions"]) == set()


def test_dependencies_of_which_one_side_fits(demo: Vsm) -> None:
    every = demo.json("deps")
    some = valid(demo.json("deps", "--filter", "key:CARD"), "dependencies")
    assert some["filter"] == "key:CARD" and every["filter"] is None
    sides = [(wait["blocker"], wait["waiting"]) for wait in every["open"]]
    assert [(wait["blocker"], wait["waiting"]) for wait in some["open"]] == [
        pair for pair in sides if any(key.startswith("CARD-") for key in pair)
    ]
    assert 0 < len(some["open"]) < len(sides)
    by_pair = {(w["blocker"], w["waiting"]): w for w in every["open"]}
    assert all(w == by_pair[w["blocker"], w["waiting"]] for w in some["open"])
    assert "Only dependencies of which an item matches: key:CARD" in demo.ok(
        "deps", "--filter", "key:CARD"
    )
    none = demo.ok("deps", "--filter", "key:NOWHERE")
    assert "No open dependency has an item that matches the filter." in none
    assert "No unfinished item waits" not in none


def test_a_filtered_snapshot_has_the_items_that_fit_and_the_wip_of_all(
    demo: Vsm, tmp_path: Path
) -> None:
    every = json.loads(demo.ok("export", "snapshot", *CARDS))["streams"][0]
    report = valid(
        json.loads(demo.ok("export", "snapshot", *CARDS, "--filter", "team:risk")), "snapshot"
    )
    some = report["streams"][0]
    assert report["filter"] == some["metrics"]["filter"] == "team:risk"
    fitting = keys_that_match(demo, "team:risk")
    archived = {item["key"] for item in every["items"] if item["archived"]}
    assert {item["key"] for item in some["items"]} - archived == fitting - archived
    assert [stage["wip"] for stage in some["stages"]] == [s["wip"] for s in every["stages"]]
    assert some["metrics"]["items"]["total"] == len(fitting)
    whole = {item["key"]: item for item in every["items"]}
    assert all(item == whole[item["key"]] for item in some["items"])


@pytest.mark.parametrize(("form", "column"), [("csv", "key"), ("events", "case")])
def test_filtered_tables_have_the_rows_of_what_fits(demo: Vsm, form: str, column: str) -> None:
    def rows(*options: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(demo.ok("export", form, *CARDS, *options))))

    fitting = keys_that_match(demo, "type:bug is:open")
    some = rows("--filter", "type:bug is:open")
    assert some == [row for row in rows() if row[column] in fitting]
    assert {row[column] for row in some} == fitting


def test_what_is_written_says_its_filter(demo: Vsm, tmp_path: Path) -> None:
    out = tmp_path / "some.csv"
    said = demo("export", "csv", *CARDS, "--filter", "team:risk", "-o", str(out)).stderr
    count = len(list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8")))))
    assert said == f"wrote {count} items that match team:risk to {out}\n"
    aged = demo("export", "actionableagile", *CARDS, "--filter", "key:CARD-1").stdout
    assert all(line.startswith("CARD-1") for line in aged.splitlines()[1:])


def test_snapshots_of_different_filters_are_not_compared(demo: Vsm, tmp_path: Path) -> None:
    paths = {text: tmp_path / f"{n}.json" for n, text in enumerate(("", "team:risk"))}
    for text, path in paths.items():
        options = ("--filter", text) if text else ()
        demo("export", "snapshot", *CARDS, *options, "-o", str(path))
    line = demo.fails(2, "snapshot", "diff", *map(str, paths.values()))
    assert "of all items" in line and "items that match team:risk" in line
    now = demo.json("snapshot", "diff", str(paths["team:risk"]))
    assert valid(now, "snapshot-diff")["filter"] == "team:risk"
    said = demo.ok("snapshot", "diff", str(paths["team:risk"]))
    assert "Only items that match: team:risk" in said


def test_board_and_metrics_say_their_filter(demo: Vsm) -> None:
    assert "cards that match: team:risk" in demo.ok("board", *CARDS, "--filter", "team:risk")
    assert demo.json("board", *CARDS, "--filter", "team:risk")["filter"] == "team:risk"
    assert "Only items that match: team:risk" in demo.ok("metrics", *CARDS, "--filter", "team:risk")
    assert demo.json("metrics", *CARDS, "--filter", "team:risk")["filter"] == "team:risk"
    assert demo.json("metrics", *CARDS)["filter"] is None


@pytest.mark.parametrize("verb", [("bottlenecks",), ("deps",), ("export", "csv")])
def test_a_filter_that_cannot_be_read_is_refused(demo: Vsm, verb: tuple[str, ...]) -> None:
    assert "the filter cannot be read" in demo.fails(2, *verb, "--filter", "age>")


def test_a_saved_view_filters_too(demo: Vsm) -> None:
    demo.ok("view", "save", "Risky", "team:risk")
    some = demo.json("bottlenecks", *CARDS, "--view", "Risky")
    assert some["filter"] == "team:risk"
    assert demo.json("deps", "--view", "Risky", "--filter", "blocked")["filter"] == (
        "(team:risk) blocked"
    )
