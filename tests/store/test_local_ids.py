"""Files with no system behind them: ids are those of a stream, keys stay unique in the database."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.reliability.histories import history, plan_of
from tests.reliability.support import rows, sound
from vsm.model.history import ImportPlan, ItemHistory
from vsm.session import Session


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(tmp_path / "i.db", actor="anna")


def item(key: str, number: int = 1, **more: str) -> ItemHistory:
    return replace(history(number), source_key=key, key=key, links=(), **more)  # type: ignore[arg-type]


def local(stream: str, *histories: ItemHistory) -> ImportPlan:
    return replace(plan_of(histories, stream), format="csv", local=True)


def keys(session: Session) -> list[str]:
    return [key for (key,) in rows(session.path, "SELECT key FROM item ORDER BY id")]


def test_the_same_id_in_two_streams_is_two_items(session: Session) -> None:
    first = session.import_histories(local("Web", item("1"), item("NA", 2)))
    second = session.import_histories(local("Shop", item("1", 3), item("2", 4, parent="1")))
    assert (first.items, second.items, second.skipped) == (2, 2, ())
    assert keys(session) == ["1", "NA", "SHOP-1", "2"]
    assert rows(session.path, "SELECT parent FROM item WHERE key = '2'") == [("SHOP-1",)]
    again = session.import_histories(local("Shop", item("1", 3), item("2", 4, parent="1")))
    assert (again.items, again.already_known) == (0, 2)
    sound(session.path)
    session.close()


def test_ids_that_differ_by_letter_case_alone_are_two_items(session: Session) -> None:
    plan = local("Web", item("a"), item("A", 2))
    assert session.import_histories(plan).items == 2
    assert keys(session) == ["a", "WEB-A"]
    assert session.import_histories(plan).already_known == 2
    session.close()


def test_an_issue_key_is_the_same_item_wherever_it_is_told_of(session: Session) -> None:
    session.import_histories(plan_of([history(5)], "Tracker"))
    report = session.import_histories(local("Web", item("OLD-5"), item("OLD-6")))
    assert report.items == 1
    assert report.skipped[0].why == "the key OLD-5 belongs to another item in another stream"
    session.close()


def test_a_key_that_was_changed_here_is_kept_when_its_file_comes_again(session: Session) -> None:
    session.import_histories(local("Web", item("1")))
    session.import_histories(local("Shop", item("1")))
    longer = replace(item("1"), entries=history(5).entries)
    report = session.import_histories(local("Shop", longer))
    assert (report.items, report.restated) == (1, 1)
    assert keys(session) == ["1", "SHOP-1"]
    sound(session.path)
    session.close()


def test_a_key_stays_when_the_item_that_had_it_first_is_gone(session: Session) -> None:
    session.import_histories(local("Web", item("1")))
    other = Session(session.path, actor="bob")
    other.import_histories(local("Shop", item("1")))
    session.undo()
    assert keys(session) == ["SHOP-1"]
    report = other.import_histories(local("Shop", item("1")))
    assert (report.items, report.already_known) == (0, 1)
    assert keys(session) == ["SHOP-1"]
    other.close()
    session.close()


def test_entries_into_the_stage_that_an_item_is_in_are_counted(session: Session) -> None:
    entries = history(5).entries
    twice = tuple(e for entry in entries for e in (entry, entry))
    report = session.import_histories(local("Web", replace(item("1"), entries=twice)))
    assert (report.transitions, report.repeated) == (len(entries) - 1, len(entries))
    session.close()
