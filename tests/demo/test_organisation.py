"""The made-up organisation is as large and as varied as it says."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.demo.conftest import TODAY, Bank
from vsm.demo.acts import Add
from vsm.demo.calendar import first_day, holidays
from vsm.demo.external_events import simulate
from vsm.demo.people import TEAMS
from vsm.demo.plan import ITEMS, LINES, MONTHS, SLOWEST_TEAM, ZONE
from vsm.model.item import BlockerKind, ClassOfService
from vsm.model.rules import from_micros
from vsm.model.stream import Category, EdgeKind, LimitKind
from vsm.store.doctor import examine


def test_three_streams_of_different_shape_one_of_them_with_a_branch(bank: Bank) -> None:
    streams = [bank.stream(line.name) for line in LINES]
    assert len({tuple(s.category for s in stream.order) for stream in streams}) == 3
    for stream in streams:
        assert any(e.kind is EdgeKind.REWORK for e in stream.edges)
        assert all(s.policy for s in stream.stages)
    forward = Counter(
        (stream.name, e.source)
        for stream in streams
        for e in stream.edges
        if e.kind is EdgeKind.FORWARD
    )
    assert max(forward.values()) == 2
    queues = [s for s in streams[0].stages if s.category is Category.QUEUE]
    assert len(queues) == 3


def test_eight_teams_of_forty_members_with_initials_of_their_own(bank: Bank) -> None:
    assert {t.name for t in bank.reader.teams()} == set(TEAMS)
    assert len(TEAMS) == 8
    members = bank.rows("SELECT login, name, initials FROM member")
    assert len(members) == 40
    assert len({initials for _, _, initials in members}) == 40
    assert all(login and name for login, name, _ in members)
    assert bank.one("SELECT count(*) FROM membership") > 40


def test_about_400_items_are_finished_or_in_flight_and_a_backlog_waits(bank: Bank) -> None:
    started = bank.one("SELECT count(*) FROM item_flow WHERE start IS NOT NULL")
    assert abs(started - ITEMS) <= 0.07 * ITEMS
    backlog = bank.one(
        "SELECT count(*) FROM item i JOIN stage s ON s.id = i.stage WHERE s.category = 'backlog'"
    )
    assert 35 <= backlog <= 80


def test_its_history_covers_nine_months_and_ends_before_its_day(bank: Bank) -> None:
    first, last = bank.rows("SELECT min(at), max(at) FROM journal")[0]
    begins, ends = from_micros(first).date(), from_micros(last).date()
    assert MONTHS == 9
    assert begins - first_day(TODAY) < timedelta(days=14)
    assert timedelta(0) < TODAY - ends < timedelta(days=5)


def test_nobody_works_at_weekends_in_the_holidays_or_at_night(bank: Bank) -> None:
    closed = set(holidays(first_day(TODAY), TODAY))
    assert {date(2024, 8, 13), date(2024, 12, 30)} <= closed
    for (at,) in bank.rows("SELECT DISTINCT at FROM journal"):
        there = from_micros(at).astimezone(ZoneInfo(ZONE))
        assert there.weekday() < 5, there
        assert there.date() not in closed, there
        assert 9 <= there.hour < 18, there
    for line in LINES:
        assert "2024-12-30" in bank.stream(line.name).holidays


def test_titles_read_like_work_and_none_comes_twice(bank: Bank) -> None:
    titles = [title for (title,) in bank.rows("SELECT title FROM item")]
    assert len({t.casefold() for t in titles}) == len(titles) >= 400
    for title in titles:
        assert title == title.strip()
        assert not re.search(r"[{}|#]|\bpart \d|\(\d+\)|lorem", title), title
        assert 12 <= len(title) <= 80, title


def test_all_kinds_of_blockers_classes_and_types_occur(bank: Bank) -> None:
    kinds = dict(bank.rows("SELECT kind, count(*) FROM block GROUP BY kind"))
    assert set(kinds) == {kind.value for kind in BlockerKind}
    assert bank.one("SELECT count(DISTINCT reason) FROM block") > 30
    services = {s for (s,) in bank.rows("SELECT DISTINCT service FROM item")}
    assert services == {service.value for service in ClassOfService}
    types = {t for (t,) in bank.rows("SELECT DISTINCT type FROM item")}
    assert types == {"feature", "bug", "debt", "risk", "incident", "request", "initiative"}
    for field in ("due", "estimate", "parent", "owner", "team"):
        assert bank.one(f"SELECT count(*) FROM item WHERE {field} IS NOT NULL") >= 20, field
    assert bank.one("SELECT count(*) FROM item WHERE labels <> '[]'") >= 60
    assert bank.one("SELECT count(*) FROM item WHERE description <> ''") >= 60
    assert bank.one("SELECT count(*) FROM journal WHERE kind = 'item_commented'") >= 100


def test_initiatives_have_children_and_links_lead_within_and_across_streams(bank: Bank) -> None:
    children = bank.rows("SELECT parent, count(*) FROM item WHERE parent NOT NULL GROUP BY parent")
    assert len(children) >= 5
    assert all(count >= 3 for _, count in children)
    across = bank.rows(
        "SELECT a.stream, b.stream FROM link l JOIN item a ON a.key = l.source"
        " JOIN item b ON b.key = l.target WHERE l.kind = 'blocks'"
    )
    assert sum(a != b for a, b in across) >= 15
    kinds = {k for (k,) in bank.rows("SELECT DISTINCT kind FROM link")}
    assert kinds == {"blocks", "relates"}


def test_limits_are_mostly_soft_one_is_hard_and_expedite_has_its_own(bank: Bank) -> None:
    stages = [s for line in LINES for s in bank.stream(line.name).stages]
    kinds = Counter(s.limit_kind for s in stages)
    assert kinds[LimitKind.HARD] == 1
    assert kinds[LimitKind.SOFT] >= 10
    assert any(s.class_limit(ClassOfService.EXPEDITE) for s in stages)
    exceeded = [
        s.name
        for line in LINES
        for s in bank.stream(line.name).stages
        if s.over(bank.one("SELECT count(*) FROM item WHERE stage=? AND archived=0", s.id))
    ]
    assert "To review" in exceeded
    moves = bank.rows(
        "SELECT json_extract(payload, '$.override.reason') FROM journal"
        " WHERE kind = 'item_moved' AND json_extract(payload, '$.override.wip') IS NOT NULL"
    )
    assert len(moves) >= 30
    assert all(reason for (reason,) in moves)


def test_releases_leave_on_tuesdays_and_thursdays_at_ten(bank: Bank) -> None:
    stage = bank.stream("Card issuing").find("To release")
    assert stage is not None
    left = bank.rows(
        "SELECT v.left FROM visit v WHERE v.stage = ? AND v.left IS NOT NULL", stage.id
    )
    when = [from_micros(at).astimezone(ZoneInfo(ZONE)) for (at,) in left]
    assert {w.weekday() for w in when} == {1, 3}
    assert {w.hour for w in when} == {10}


def test_the_database_is_sound(bank: Bank) -> None:
    assert examine(bank.path).ok


@pytest.mark.parametrize("day", ["2024-02-29", "2026-01-02", "2026-08-14", "2027-10-31"])
@pytest.mark.parametrize("seed", [1, 7])
def test_any_day_and_seed_gives_an_organisation_of_the_same_kind(day: str, seed: int) -> None:
    today = date.fromisoformat(day)
    moments = simulate(seed, today)
    assert [m.at for m in moments] == sorted(m.at for m in moments)
    assert moments[-1].at.date() < today
    pieces = [act.piece for m in moments for act in m.acts if isinstance(act, Add)]
    titles = [p.title for p in pieces]
    assert len(set(titles)) == len(titles)
    assert 440 <= len(pieces) <= 560
    asked = [p for p in pieces if p.type == "request"]
    assert len(asked) >= 12
    assert all(p.team == SLOWEST_TEAM for p in asked)
    known = {login for people in TEAMS.values() for login, _ in people}
    assert {m.by for m in moments} <= known
    assert isinstance(moments[0].at, datetime)
