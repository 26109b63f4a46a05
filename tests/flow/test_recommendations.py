"""Recommendations: what can still be acted on, by the team that is waited for."""

from __future__ import annotations

from vsm.features.bottlenecks.open_blockers import open_blockers, remove_blockers
from vsm.model.board import OpenBlocker
from vsm.model.rules import DAY

NOW = 20_000 * DAY


def blocker(item: int, days: float, waits_for: str = "", team: str = "", **more: object) -> object:
    values = {"kind": "dependency", "is_met": False, **more}
    return OpenBlocker(
        item=item,
        key=f"QX-{item}",
        since=NOW - round(days * DAY),
        waits_for=waits_for,
        team=team,
        **values,  # type: ignore[arg-type]
    )


ROWS = [
    blocker(1, 30, "PL-1", "Ledger", is_met=True),
    blocker(2, 19, "PL-2", "Ledger"),
    blocker(3, 12, "PL-3", "Ledger"),
    blocker(3, 12, "PL-1", "Ledger", is_met=True),
    blocker(4, 8, "PL-4", ""),
    blocker(5, 6, kind="environment"),
    blocker(6, 1, kind="environment"),
]


def test_open_blockers_are_grouped_by_the_team_that_is_waited_for() -> None:
    groups = open_blockers(ROWS, NOW)  # type: ignore[arg-type]
    assert [(g.team, g.kind == "environment", [it.key for it in g.items]) for g in groups] == [
        ("Ledger", False, ["QX-2", "QX-3"]),
        (None, False, ["QX-1"]),
        ("", False, ["QX-4"]),
        (None, True, ["QX-5", "QX-6"]),
    ]


def test_what_is_waited_for_is_named_and_what_is_there_already_is_not() -> None:
    actions = remove_blockers(open_blockers(ROWS, NOW), {5}, "Review")  # type: ignore[arg-type]
    assert [action.what for action in actions] == [
        "Remove the open blockers: environment",
        "Ask Ledger for PL-2 and PL-3",
        "Unblock QX-1",
        "Find a team for PL-4",
    ]
    assert [action.why for action in actions] == [
        "2 items, blocked for 7 item-days so far, QX-5 longest (6 days); 1 of them takes up"
        " capacity of Review, the constraint.",
        "2 items wait for them, blocked for 31 item-days so far, QX-2 longest (19 days).",
        "What it waited for is there: PL-1, blocked for 30 days so far.",
        "1 item waits for it, blocked for 8 days so far.",
    ]
    assert actions[1].behind == (
        (2, "blocked 19 d, waits for PL-2"),
        (3, "blocked 12 d, waits for PL-3"),
    )


def test_a_lone_blocker_of_another_kind_is_named_by_its_reason() -> None:
    lone = [blocker(1, 2, kind="other", reason="Waits for the\nnew \x1blicence.")]
    (action,) = remove_blockers(open_blockers(lone, NOW), (), "")  # type: ignore[arg-type]
    assert action.what == "Remove the open blocker: Waits for the new licence"
    assert action.why == "1 item, blocked for 2 days so far."
    assert action.behind == ((1, "blocked 2 d (Waits for the new licence)"),)
    long = [blocker(1, 2, kind="other", reason="a" * 200)]
    (action,) = remove_blockers(open_blockers(long, NOW), (), "")  # type: ignore[arg-type]
    assert len(action.what) < 90 and action.what.endswith("…")
    unexplained = [blocker(1, 2, kind="other")]
    (action,) = remove_blockers(open_blockers(unexplained, NOW), (), "")  # type: ignore[arg-type]
    assert action.what == "Remove the open blocker: other"
    known = [blocker(1, 2, kind="environment", reason="No test data")]
    (action,) = remove_blockers(open_blockers(known, NOW), (), "")  # type: ignore[arg-type]
    assert action.what == "Remove the open blocker: environment"


def test_all_items_open_though_only_the_first_are_named() -> None:
    rows = [blocker(n, 40 - n, "PL-1", "Ledger") for n in range(1, 9)]
    (action,) = remove_blockers(open_blockers(rows, NOW), (), "")  # type: ignore[arg-type]
    assert action.items == (1, 2, 3, 4, 5) and len(action.behind) == 8
