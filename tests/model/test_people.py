"""Teams, members, saved views, working days and words of a stream's own."""

from __future__ import annotations

import pytest

from tests.model.conftest import Board
from vsm.model import command as c
from vsm.model.calendar import Calendar
from vsm.model.entities import MEMBER, TEAM, VIEW
from vsm.model.query_parser import parse
from vsm.model.query_tree import Query
from vsm.model.team import unique_initials
from vsm.session import ChangeGroup

BUILD = 3


def test_a_member_has_initials_from_the_name_and_they_stand_on_the_card(board: Board) -> None:
    board.done(
        c.AddEntity(TEAM, {"name": "Core"}),
        c.AddEntity(MEMBER, {"login": "anna.k", "name": "Anna Maria Kern", "teams": (1,)}),
    )
    (member,) = board.read.members()
    assert (member.initials, member.teams) == ("ak", (1,))
    board.done(c.EditItem(1, {"owner": "Anna.K"}))
    card = board.read.card(1, board.at)
    assert card is not None and card.initials == "ak"
    detail = board.read.detail(1, board.at)
    assert detail is not None and detail.owner == "Anna Maria Kern"
    result = board.read.items(board.stream, parse("owner:anna"), board.at)
    assert [c.key for c in result] == ["CI-1"]


def test_a_login_is_one_member_whatever_its_letter_case(board: Board) -> None:
    board.done(c.AddEntity(MEMBER, {"login": "anna"}))
    assert "there is a member" in board.refused(c.AddEntity(MEMBER, {"login": "ANNA"})).message
    assert "the login is empty" in board.refused(c.AddEntity(MEMBER, {"login": "  "})).message
    assert (
        "long for initials"
        in board.refused(c.AddEntity(MEMBER, {"login": "bo", "initials": "abcde"})).message
    )
    assert "no team 9" in board.refused(c.AddEntity(MEMBER, {"login": "bo", "teams": (9,)})).message


def test_members_are_changed_and_removed_and_each_is_undone(board: Board) -> None:
    board.done(c.AddEntity(TEAM, {"name": "Core"}), c.AddEntity(TEAM, {"name": "Risk"}))
    board.done(c.AddEntity(MEMBER, {"login": "anna", "name": "Anna Kern", "teams": (1,)}))
    board.done(c.ChangeEntity(MEMBER, 1, {"name": "Anna Berg", "initials": "", "teams": [2, 1]}))
    (member,) = board.read.members()
    assert (member.name, member.initials, member.teams) == ("Anna Berg", "ab", (1, 2))
    board.done(c.RemoveEntity(MEMBER, 1))
    assert board.read.members() == []
    for expected in ([member], [("Anna Kern", (1,))], []):
        assert isinstance(board.anna.undo(), ChangeGroup)
        result = board.read.members()
        plain = [(m.name, m.teams) for m in result]
        assert expected in (result, plain)


def test_a_team_goes_only_when_nothing_hangs_on_it(board: Board) -> None:
    board.done(
        c.AddEntity(TEAM, {"name": "Core"}), c.AddEntity(MEMBER, {"login": "anna", "teams": (1,)})
    )
    assert "members" in board.refused(c.RemoveEntity(TEAM, 1)).message
    board.done(c.ChangeEntity(MEMBER, 1, {"teams": []}), c.RemoveEntity(TEAM, 1))
    assert board.read.teams() == []
    assert isinstance(board.anna.undo(), ChangeGroup)
    assert board.read.teams()[0].name == "Core" and board.read.members()[0].teams == (1,)


def test_nobody_is_put_back_into_a_team_that_has_gone(board: Board) -> None:
    from vsm.session import Session

    board.done(c.AddEntity(TEAM, {"name": "Core"}))
    board.done(c.AddEntity(MEMBER, {"login": "anna", "teams": (1,)}))
    board.done(c.RemoveEntity(MEMBER, 1))
    bob = Session(board.path, actor="bob")
    assert isinstance(bob.do(c.RemoveEntity(TEAM, 1)), ChangeGroup)
    bob.close()
    assert not isinstance(board.anna.undo(), ChangeGroup)


def test_undo_removes_nothing_that_somebody_else_has_changed(board: Board) -> None:
    from vsm.session import Session

    board.done(c.AddEntity(TEAM, {"name": "Core"}))
    bob = Session(board.path, actor="bob")
    assert isinstance(bob.do(c.ChangeEntity(TEAM, 1, {"name": "Kernel"})), ChangeGroup)
    bob.close()
    refused = board.anna.undo()
    assert not isinstance(refused, ChangeGroup) and "the team has changed" in refused.message
    assert [team.name for team in board.read.teams()] == ["Kernel"]


def test_working_days_and_holidays_belong_to_streams_and_teams(board: Board) -> None:
    board.done(c.AddEntity(TEAM, {"name": "Core"}))
    board.done(c.SetStream(1, {"workdays": "mon-thu", "holidays": "2026-12-24..2026-12-26"}))
    board.done(c.ChangeEntity(TEAM, 1, {"workdays": "sun-thu", "holidays": ["2026-09-12"]}))
    assert board.stream.calendar.workdays == (1, 2, 3, 4)
    assert len(board.stream.holidays) == 3
    (team,) = board.read.teams()
    assert team.calendar(board.stream.calendar).workdays == (1, 2, 3, 4, 7)
    assert "no weekday" in board.refused(c.ChangeEntity(TEAM, 1, {"workdays": "someday"})).message
    assert "no date" in board.refused(c.SetStream(1, {"holidays": "Easter"})).message
    board.anna.undo()
    assert board.read.teams()[0].workdays is None
    board.anna.undo()
    assert board.stream.calendar == Calendar()


def test_working_days_change_no_figure(board: Board) -> None:
    board.done(c.MoveItem(1, BUILD))
    board.at += 10 * 24 * 3_600_000_000
    card = board.read.card(1, board.at)
    board.done(c.SetStream(1, {"workdays": "mon"}))
    assert board.read.card(1, board.at) == card and card is not None and card.age == 11


def test_a_stream_has_words_types_and_a_link_of_its_own(board: Board) -> None:
    link = "https://tracker.example/browse/{key}"
    words = {"item": "story", "items": "stories"}
    board.done(c.SetStream(1, {"vocabulary": words, "types": "story, bug, story", "link": link}))
    stream = board.stream
    assert (stream.word("item"), stream.word("items")) == ("story", "stories")
    assert stream.types == ("story", "bug") and stream.link == link
    assert isinstance(board.anna.undo(), ChangeGroup)
    assert board.stream.word("item") == "item" and board.stream.types == ()
    assert isinstance(board.anna.redo(), ChangeGroup)
    assert board.stream == stream.__class__(**{**vars_of(stream), "version": board.stream.version})


def vars_of(stream: object) -> dict[str, object]:
    from dataclasses import fields

    return {field.name: getattr(stream, field.name) for field in fields(stream)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "link", ["javascript:alert({key})", "https://x.example/", "https://x/{key}\x1b[2J", "{key}"]
)
def test_a_link_must_be_an_address_with_the_key_in_it(board: Board, link: str) -> None:
    assert "{key}" in board.refused(c.SetStream(1, {"link": link})).remedy


# -- saved views -------------------------------------------------------------------


def test_a_view_is_saved_changed_and_removed_by_name(board: Board) -> None:
    board.done(c.AddEntity(VIEW, {"name": "Old core", "filter": " team:core  age>p85 "}))
    board.done(c.AddEntity(VIEW, {"name": "Mine", "filter": "owner:me", "only": 1}))
    assert [(v.name, v.filter, v.only) for v in board.read.views(1)] == [
        ("Mine", "owner:me", 1),
        ("Old core", "team:core age>p85", None),
    ]
    assert [v.name for v in board.read.views(2)] == ["Old core"]
    board.done(c.AddEntity(VIEW, {"name": "OLD CORE", "filter": "age>20", "only": 1}))
    assert board.read.views()[1].filter == "age>20" and len(board.read.views()) == 2
    board.done(c.RemoveEntity(VIEW, 1))
    for expected in (2, 2, 1, 0):
        board.anna.undo()
        if expected == 2 and len(board.read.views()) == 2:
            continue
        assert len(board.read.views()) == expected


def test_a_view_needs_a_filter_that_can_be_read(board: Board) -> None:
    assert "empty" in board.refused(c.AddEntity(VIEW, {"name": "x", "filter": "  "})).message
    assert (
        "column 1" in board.refused(c.AddEntity(VIEW, {"name": "x", "filter": "tem:core"})).message
    )
    assert (
        "no stream 7"
        in board.refused(c.AddEntity(VIEW, {"name": "x", "filter": "blocked", "only": 7})).message
    )


def test_an_age_against_the_percentile_finds_what_is_older_than_most(board: Board) -> None:
    board.done(*(c.MoveItem(i, BUILD) for i in (1, 2, 3)))
    board.at += 4 * 24 * 3_600_000_000
    board.done(c.MoveItem(1, 5))  # took 5 days, so p85 is 5
    stream = board.stream
    columns = board.read.columns(stream, parse("age>p85"), board.at)
    assert sum(column.shown for column in columns) == 0
    columns = board.read.columns(stream, parse("age>=p85"), board.at)
    assert columns[2].shown == 2
    board.at += 24 * 3_600_000_000
    shown = board.read.cards(stream, BUILD, 0, 9, parse("age>p85"), board.at)
    assert [card.key for card in shown] == ["CI-2", "CI-3"]
    assert board.read.columns(stream, Query(), board.at)[2].shown == 2


def test_undo_gives_no_item_to_a_team_that_has_gone(board: Board) -> None:
    board.done(c.AddEntity(TEAM, {"name": "Core"}))
    board.done(c.EditItem(1, {"team": 1}))
    board.done(c.EditItem(1, {"team": None}))
    from vsm.session import Session

    bob = Session(board.path, actor="bob")
    assert isinstance(bob.do(c.RemoveEntity(TEAM, 1)), ChangeGroup)
    bob.close()
    refusal = board.anna.undo()
    assert not isinstance(refusal, ChangeGroup) and "a team has changed" in refusal.message


def test_initials_of_several_people_are_unique_and_of_one_kind() -> None:
    names = ["anna", "andreas", "ben.kern", "bea-klein", "ben", "ben2", "u056", "agent:tidy", "xy"]
    assert unique_initials({"xy": "BK"}, names) == {
        "xy": "BK",
        "anna": "ann",
        "andreas": "and",
        "ben.kern": "benk",
        "bea-klein": "beak",
        "ben": "be",
        "ben2": "be2",
        "u056": "u056",
        "agent:tidy": "ti",
    }
    assert unique_initials({"a": "X", "b": "X"}, ["a", "b"]) == {"a": "a", "b": "b"}
    assert len(set(unique_initials({}, ["a.b.c", "a.x.c", "a c", "a"]).values())) == 4
