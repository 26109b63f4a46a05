"""A sprint rebuilt from what is on record: worked examples, random histories, real iterations."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsm.model.sprint_ledger import Fate, Ledger, MemberRecord, Status, Stay, StepKind, rebuild

START, CLOSE = 100, 1000


def item(
    number: int,
    *estimates: tuple[int, float | None],
    entered: int = 0,
    left: int | None = None,
    statuses: tuple[tuple[int, Status], ...] = (),
) -> MemberRecord:
    """An item that came into the sprint once."""
    return MemberRecord(number, (Stay(entered, left),), estimates, statuses)


def closed(*records: MemberRecord, **more: object) -> Ledger:
    """The sprint at its end."""
    return rebuild(records, start=START, until=CLOSE, closed=True, **more)  # type: ignore[arg-type]


def line(ledger: Ledger) -> list[tuple[StepKind, float]]:
    """The burn-down: what changed, and what was left then."""
    return [(step.kind, step.remaining) for step in ledger.steps]


# -- worked examples: jirametrics' tests of sprint burn-downs, and ours -------------------


def test_points_done_on_the_second_day_burn_down() -> None:
    ledger = closed(item(1, (0, 5.0), statuses=((200, Status.DONE),)), item(2, (0, 7.0), entered=1))
    assert line(ledger) == [(StepKind.STARTED, 12), (StepKind.DONE, 7)]
    summary = ledger.summary
    assert (summary.started, summary.completed, summary.removed, summary.carried) == (12, 5, 0, 7)


def test_points_removed_on_the_second_day_are_not_completed() -> None:
    ledger = closed(item(1, (0, 5.0), left=200), item(2, (0, 7.0), entered=1))
    assert line(ledger) == [(StepKind.STARTED, 12), (StepKind.REMOVED, 7)]
    summary = ledger.summary
    assert (summary.started, summary.completed, summary.removed, summary.carried) == (12, 0, 5, 7)


def test_a_change_at_the_instant_of_the_start_is_added_not_committed() -> None:
    ledger = closed(item(1, (0, 5.0), entered=START))
    assert line(ledger) == [(StepKind.STARTED, 0), (StepKind.ADDED, 5)]
    assert (ledger.summary.started, ledger.summary.added) == (0, 5)


def test_estimates_of_finished_removed_and_foreign_items_change_nothing() -> None:
    done = item(1, (0, 5.0), (300, 8.0), statuses=((200, Status.DONE),))
    gone = item(2, (0, 3.0), (300, 9.0), left=200)
    late = item(3, (0, 1.0), (150, 4.0), entered=200)
    summary = closed(done, gone, late).summary
    assert (summary.completed, summary.removed, summary.added) == (5, 3, 4)
    assert summary.estimated == 0


def test_an_item_made_inside_the_sprint_enters_at_its_creation() -> None:
    ledger = closed(item(1, (200, 2.0), entered=200))
    assert [(s.at, s.kind, s.value) for s in ledger.steps[1:]] == [(200, StepKind.ADDED, 2)]


def test_a_reopened_item_comes_back_and_the_sum_holds() -> None:
    records = [
        item(1, (0, 5.0), (300, 8.0)),
        item(2, (0, 3.0), left=400),
        item(3, (0, 7.0), statuses=((200, Status.DONE),)),
        item(4, (0, 3.0), statuses=((210, Status.DONE), (500, Status.OPEN))),
        item(5, (0, 2.0)),
        item(6, (0, 5.0), entered=350),
    ]
    summary = closed(*records).summary
    assert summary[:6] == (20, 5, 3, 3, 7, 18)
    assert summary.difference == 0
    assert rebuild(records, start=START, until=499).summary.completed == 10, (
        "before it was reopened"
    )


# -- what else there is to it ---------------------------------------------------------------


def test_a_dropped_item_is_removed_and_not_completed() -> None:
    ledger = closed(item(1, (0, 5.0), statuses=((200, Status.DROPPED),)))
    assert ledger.summary[:6] == (5, 0, 5, 0, 0, 0)
    assert ledger.steps[-1].reason == "dropped"


def test_what_was_finished_before_the_start_is_no_commitment_until_it_is_reopened() -> None:
    early = item(1, (0, 5.0), statuses=((50, Status.DONE),))
    assert closed(early).summary == closed().summary
    again = item(1, (0, 5.0), statuses=((50, Status.DONE), (200, Status.OPEN)))
    assert closed(again).summary.added == 5


def test_leaving_at_the_instant_of_the_close_is_carrying_over() -> None:
    assert closed(item(1, (0, 5.0), left=CLOSE)).summary.carried == 5


def test_within_the_grace_scope_still_belongs_to_the_commitment() -> None:
    records = [item(1, (0, 5.0), entered=150), item(2, (0, 2.0), left=160), item(3, (0, 1.0))]
    summary = closed(*records, commits_until=200).summary
    assert summary[:3] == (6, 0, 0)
    assert closed(*records).summary[:3] == (3, 5, 2)


def test_the_commitment_of_the_event_stands_against_what_is_entered_late() -> None:
    late = item(1, (0, 5.0), (50, 9.0), statuses=((60, Status.DONE),))
    ledger = closed(late, commitment={1: 5.0})
    assert ledger.summary[:6] == (5, 0, 0, 0, 5, 0)
    assert ledger.steps[-1].at == START


def test_missing_estimates_count_nothing_and_are_counted() -> None:
    ledger = closed(item(1, (0, None)), item(2, (0, 3.0)), item(3, (0, None), left=200))
    assert ledger.summary.started == 3
    assert ledger.unestimated == 1
    assert closed(item(1, (0, None)), by_count=True).summary.started == 1


def test_say_and_do_count_what_was_committed_and_no_more() -> None:
    grown = item(1, (0, 5.0), (300, 8.0), statuses=((400, Status.DONE),))
    extra = item(2, (0, 9.0), entered=200, statuses=((400, Status.DONE),))
    summary = closed(grown, extra).summary
    assert (summary.committed_done, summary.completed) == (5, 17)


# -- random histories, against a count of every instant from nothing ------------------------

_SIZES = st.one_of(st.none(), st.integers(0, 16).map(lambda n: n / 2))


@st.composite
def histories(draw: st.DrawFn) -> MemberRecord:
    """An item with any stays, estimates and statuses, at moments that may coincide."""
    moments = st.integers(0, 30).map(lambda n: n * 50)
    ends = sorted(draw(st.sets(moments, max_size=5)))
    stays = tuple(Stay(a, b) for a, b in zip(ends[::2], [*ends[1::2], None], strict=False))
    sizes = {at: draw(_SIZES) for at in sorted(draw(st.sets(moments, max_size=4)))}
    turns = {
        at: draw(st.sampled_from(list(Status))) for at in sorted(draw(st.sets(moments, max_size=4)))
    }
    return MemberRecord(
        0, stays or (Stay(0),), tuple(sorted(sizes.items())), tuple(sorted(turns.items()))
    )


def _at(changes: tuple[tuple[int, object], ...], at: int, default: object) -> object:
    return next((value for moment, value in reversed(changes) if moment <= at), default)


def _inside(record: MemberRecord, at: int) -> bool:
    return any(s.entered <= at and (s.left is None or s.left > at) for s in record.stays)


@settings(max_examples=60)
@given(st.lists(histories(), max_size=6), st.integers(0, 1500), st.booleans())
def test_the_identity_holds_for_any_history_at_any_moment(
    records: list[MemberRecord], until: int, by_count: bool
) -> None:
    records = [_numbered(n, record) for n, record in enumerate(records)]
    ledger = rebuild(records, start=START, until=max(until, START), by_count=by_count)
    summary = ledger.summary
    assert summary.difference == pytest.approx(0)
    assert min(summary.started, summary.added, summary.removed, summary.carried) >= 0
    for step in ledger.steps:
        assert step.scope == pytest.approx(step.remaining + step.done)
    for earlier in ledger.steps:
        then = rebuild(records, start=START, until=earlier.at, by_count=by_count)
        last = [step for step in ledger.steps if step.at <= earlier.at][-1]
        assert then.steps[-1] == last, "the past does not depend on what came later"


def _numbered(number: int, record: MemberRecord) -> MemberRecord:
    return MemberRecord(number, record.stays, record.estimates, record.statuses)


@given(st.lists(histories(), max_size=6), st.integers(START, 1500))
def test_the_count_that_is_left_is_what_is_inside_and_open(
    records: list[MemberRecord], until: int
) -> None:
    records = [_numbered(n, record) for n, record in enumerate(records)]
    ledger = rebuild(records, start=START, until=until, by_count=True)
    left = [
        record.item
        for record in records
        if _inside(record, until) and _at(record.statuses, until, Status.OPEN) is Status.OPEN
    ]
    assert ledger.summary.carried == len(left)
    assert sorted(m.item for m in ledger.members if m.fate is Fate.OPEN) == left


@given(st.lists(histories(), max_size=6), st.data())
def test_nothing_that_happens_later_changes_a_commitment(
    records: list[MemberRecord], data: st.DataObject
) -> None:
    records = [_numbered(n, record) for n, record in enumerate(records)]
    started = rebuild(records, start=None, until=START - 1)
    frozen = {m.item: m.estimate for m in started.members if m.fate is Fate.OPEN}
    later = data.draw(st.lists(histories(), min_size=len(records), max_size=len(records)))
    changed = [
        MemberRecord(
            record.item,
            record.stays,
            tuple(sorted({**dict(other.estimates), **dict(record.estimates)}.items())),
            record.statuses,
        )
        for record, other in zip(records, later, strict=True)
    ]
    ledger = rebuild(changed, start=START, until=2000, commitment=frozen)
    assert ledger.summary.started == pytest.approx(started.summary.started)
    assert ledger.summary.difference == pytest.approx(0)


# -- real iterations -------------------------------------------------------------------------

_COLUMNS = ("starttime", "added", "removed", "todo", "inprogress", "done")


def _rows(folder: Path, project: str) -> Iterator[dict[str, str]]:
    """The iterations of a project; commas in names are unquoted, so columns count from the end."""
    with (folder / f"{project}_iteration_30.csv").open(encoding="latin-1", newline="") as file:
        reader = csv.reader(file)
        heads = next(reader)
        for row in reader:
            yield dict(zip(heads[3:], row[len(row) - len(heads) + 3 :], strict=True))


def _history(figures: dict[str, float]) -> list[MemberRecord]:
    """Items whose sprint has these totals: what came in is laid upon what became of it."""
    sources = [[0, figures["starttime"]], [200, figures["added"]]]
    sinks = [
        ["removed", figures["removed"]],
        ["done", figures["done"]],
        ["left", figures["todo"] + figures["inprogress"]],
    ]
    out: list[MemberRecord] = []

    def put(entered: float, size: float, last: float, fate: object) -> None:
        out.append(
            item(
                len(out),
                (0, size),
                *(((300, last),) if last != size else ()),
                entered=int(entered),
                left=400 if fate == "removed" else None,
                statuses=((400, Status.DONE),) if fate == "done" else (),
            )
        )

    for sink in sinks:
        for source in sources:
            part = min(source[1], float(sink[1]))
            if part:
                put(source[0], part, part, sink[0])
                source[1] -= part
                sink[1] = float(sink[1]) - part
        if sink[1]:
            put(0, 0, float(sink[1]), sink[0])
    for entered, size in sources:
        if size:
            put(entered, size, 0, "left")
    return out


@pytest.mark.parametrize(
    ("project", "iterations", "without_estimates"),
    [("apache", 348, 335), ("jboss", 372, 371), ("jira", 1873, 1870)],
)
def test_the_identity_holds_in_real_iterations(
    shared_data: Path, project: str, iterations: int, without_estimates: int
) -> None:
    rows, plain = 0, 0
    for row in _rows(shared_data / "tse2017_agile_sprints", project):
        counts = {name: float(row.get(f"no_issue_{name}") or row.get(f"no_issue{name}") or 0)
                  for name in _COLUMNS}  # fmt: skip
        points = {name: float(row[f"vel_{name}"]) for name in _COLUMNS}
        for figures in (counts, points):
            summary = closed(*_history(figures)).summary
            left = figures["todo"] + figures["inprogress"]
            known = (figures["starttime"], figures["added"], figures["removed"])
            assert summary[:3] == pytest.approx(known)
            assert (summary.completed, summary.carried) == pytest.approx((figures["done"], left))
            assert summary.difference == pytest.approx(0)
            if figures is counts:
                assert summary.estimated == 0, "a count has no estimate that could change"
            else:
                plain += summary.estimated == pytest.approx(0)
        rows += 1
    assert (rows, plain) == (iterations, without_estimates)
