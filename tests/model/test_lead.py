"""In a directive stream only its lead and the PMO rank, give work to teams, and allocate people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.model.conftest import Board
from tests.model.controls import add_control, set_mode
from tests.samples.streams import kanban
from vsm.model import command as c
from vsm.model.entities import GRANT, MEMBER, TEAM
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.people_entities import ALLOCATION
from vsm.model.rules import from_micros
from vsm.session import ChangeGroup, Session

LED = "Card issuing is directive: only lea and the PMO may "


class Led(Board):
    """A board that lea leads; cora is coach, pia PMO, mia nothing but a member."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._sessions: dict[str, Session] = {}
        for login, role in (("anna", "admin"), ("cora", "coach"), ("pia", "pmo")):
            self.done(c.AddEntity(GRANT, {"login": login, "role": role}))
        self.done(c.AddEntity(TEAM, {"name": "Core"}), c.AddEntity(TEAM, {"name": "Ledger"}))
        for login in ("mia", "lea"):
            self.done(c.AddEntity(MEMBER, {"login": login}))
        self.done(c.EditItem(1, {"team": 1}))

    @property
    def today(self) -> str:
        return from_micros(self.at).date().isoformat()

    def lead(self, lead: str | None = "lea") -> None:
        """Let the stream be directive from today on."""
        self.done(set_mode("directive", self.today, lead=lead))

    def by(self, login: str) -> Session:
        """The session of somebody."""
        if login not in self._sessions:
            self._sessions[login] = Session(self.path, actor=login, clock=lambda: self.at)
        return self._sessions[login]

    def said(self, login: str, *commands: c.Command) -> Refusal:
        """What somebody is refused."""
        result = self.by(login).do(*commands)
        assert isinstance(result, Refusal), result
        return result

    def may(self, login: str, *commands: c.Command) -> ChangeGroup:
        """What somebody may do."""
        result = self.by(login).do(*commands)
        assert isinstance(result, ChangeGroup), result
        return result

    def close(self) -> None:
        self.read.close()
        for session in (self.anna, *self._sessions.values()):
            session.close()


@pytest.fixture
def led(tmp_path: Path) -> Iterator[Led]:
    made = Led(tmp_path / "led.db")
    yield made
    made.close()


ALLOCATE = c.AddEntity(
    ALLOCATION, {"member": 1, "team": 1, "fraction": 0.5, "start": "2026-12-01", "end": None}
)
RESERVED: dict[str, c.Command] = {
    "rank items": c.ReorderItem(2, -1),
    "give items to teams": c.EditItem(2, {"team": 1}),
    "move the commitment point": c.SetStream(1, {"commitment": 3}),
    "change who works in its teams": ALLOCATE,
    "change at which stages work starts or finishes": c.SetStage(
        4, {"category": "backlog", "limit": None, "limit_kind": "none"}
    ),
}


@pytest.mark.parametrize("what", RESERVED)
def test_what_a_coach_may_not_do_in_a_directive_stream(led: Led, what: str) -> None:
    led.lead()
    refusal = led.said("cora", RESERVED[what])
    assert (refusal.code, refusal.message) == (RefusalCode.ROLE, f"{LED}{what}")
    assert refusal.remedy == "ask lea, anna (admin) or pia (pmo)"
    led.may("pia", RESERVED[what])


@pytest.mark.parametrize("what", RESERVED)
def test_without_the_mode_a_coach_may_do_all_of_it(led: Led, what: str) -> None:
    led.done(set_mode("controlling", led.today))
    led.may("cora", RESERVED[what])


def test_a_coach_may_not_move_the_start_by_the_order_of_stages(led: Led) -> None:
    led.lead()
    ready, build = led.stage("Ready"), led.stage("Build")
    what = "change at which stages work starts or finishes"
    refusal = led.said("cora", c.PlaceStage(ready.id, build.id))
    assert refusal.message == f"{LED}{what}"
    led.may("pia", c.PlaceStage(ready.id, build.id))


def test_changes_of_the_map_that_move_no_gate_stay_the_coaches(led: Led) -> None:
    led.lead()
    review, build = led.stage("Review"), led.stage("Build")
    led.may("cora", c.SetStage(review.id, {"category": "queue"}))
    led.may("cora", c.PlaceStage(build.id, review.id))
    led.may("cora", c.SetStage(build.id, {"name": "Make"}))


def test_the_lead_ranks_and_gives_items_to_teams_without_another_role(led: Led) -> None:
    led.lead()
    led.may("lea", c.ReorderItem(2, -1))
    led.may("lea", c.EditItem(2, {"team": 1}))
    led.may("lea", c.AddItem(1, "four", fields={"team": 1}))
    led.lead("max")
    assert "only max and the PMO may rank items" in led.said("lea", c.ReorderItem(3, -1)).message


def test_without_a_lead_the_pmo_alone_may(led: Led) -> None:
    led.lead(None)
    refusal = led.said("cora", c.ReorderItem(2, -1))
    assert refusal.message == "Card issuing is directive: only the PMO may rank items"
    assert refusal.remedy == "ask anna (admin) or pia (pmo)"


def test_a_new_item_comes_without_a_team(led: Led) -> None:
    led.lead()
    refusal = led.said("mia", c.AddItem(1, "four", fields={"team": 1}))
    assert refusal.message == f"{LED}give items to teams"
    assert refusal.remedy == "leave the team out, or ask lea, anna (admin) or pia (pmo)"
    led.may("mia", c.AddItem(1, "four"))
    label = {"team": 1, "labels": ("emergency",)}
    assert isinstance(led.by("mia").do(c.AddItem(1, "five", fields=label)), Refusal)


def test_of_several_items_those_with_a_team_are_refused(led: Led) -> None:
    led.lead()
    items = c.AddItem(1, "four"), c.AddItem(1, "five", fields={"team": 1})
    done = led.by("mia").do_each(*items)
    assert isinstance(done, ChangeGroup)
    assert [(one, refusal.message) for one, refusal in done.refused] == [
        (items[1], f"{LED}give items to teams")
    ]


def test_an_item_is_not_brought_in_with_a_team_from_another_stream(led: Led) -> None:
    led.done(kanban("Ledger", "UTC", "LED"))
    led.done(c.AddItem(2, "elsewhere", fields={"team": 2}), c.AddItem(2, "free"))
    led.lead()
    refusal = led.said("mia", c.TransferItem(4, led.stage("Backlog").id))
    assert refusal.message == f"{LED}give items to teams"
    assert refusal.remedy.startswith("take its team away first, or ask lea")
    led.may("mia", c.TransferItem(5, led.stage("Backlog").id))


def test_people_of_teams_elsewhere_are_no_matter_of_the_lead(led: Led) -> None:
    led.lead()
    values = {**ALLOCATE.values, "team": 2}
    led.may("cora", c.AddEntity(ALLOCATION, values))
    led.done(c.EditItem(3, {"team": 2}))
    assert led.said("cora", c.RemoveEntity(ALLOCATION, 1)).message == (
        f"{LED}change who works in its teams"
    )
    assert isinstance(led.by("cora").undo(), Refusal)


def test_membership_of_a_team_is_an_allocation_too(led: Led) -> None:
    led.lead()
    refusal = led.said("cora", c.ChangeEntity(MEMBER, 1, {"teams": (1,)}))
    assert refusal.message == f"{LED}change who works in its teams"
    led.may("cora", c.ChangeEntity(MEMBER, 1, {"teams": (2,)}))


def test_undo_and_redo_are_for_the_lead_as_well(led: Led) -> None:
    led.may("mia", c.ReorderItem(2, -1))
    led.lead()
    refused = led.by("mia").undo()
    assert isinstance(refused, Refusal)
    assert refused.message == f"{LED}rank items"
    led.may("lea", c.AddItem(1, "four", fields={"team": 1}))
    assert isinstance(led.by("lea").undo(), ChangeGroup)
    led.lead("max")
    assert isinstance(led.by("lea").redo(), Refusal)


def test_an_emergency_gives_its_follow_up_to_the_team_of_its_item(led: Led) -> None:
    led.done(add_control(), c.EditItem(1, {"service": "expedite"}))
    led.lead()
    move = c.MoveItem(1, led.stage("Build").id, emergency="it burns")
    done = led.may("mia", move)
    assert len(done.changes) == 3
    assert led.item("CI-4").team == 1
    assert isinstance(led.by("mia").undo(), ChangeGroup)
    assert isinstance(led.by("mia").redo(), ChangeGroup)


def refused_gate(result: Any) -> str:
    """What a gate said that refused."""
    assert isinstance(result, Refusal), result
    assert result.code is RefusalCode.GATE
    return result.message


def test_a_redo_meets_the_gates_of_now(board: Board) -> None:
    build = board.stage("Build").id
    board.done(c.MoveItem(1, build))
    board.anna.undo()
    pia = Session(board.path, actor="pia", clock=lambda: board.at)
    day = from_micros(board.at).date().isoformat()
    assert isinstance(pia.do(add_control(), set_mode("controlling", day)), ChangeGroup)
    before = board.read.position()
    assert "CI-1 does not pass owned" in refused_gate(board.anna.redo())
    assert board.read.position() == before + 1  # the try is on record
    assert board.item("CI-1").stage != build
    assert isinstance(pia.do(c.EditItem(2, {"owner": "mia"})), ChangeGroup)
    pia.close()


def test_a_redo_of_a_new_item_meets_them_too(board: Board) -> None:
    board.done(c.AddItem(1, "late", stage=board.stage("Build").id))
    board.anna.undo()
    pia = Session(board.path, actor="pia", clock=lambda: board.at)
    day = from_micros(board.at).date().isoformat()
    assert isinstance(pia.do(add_control(), set_mode("controlling", day)), ChangeGroup)
    assert "CI-4 does not pass owned" in refused_gate(board.anna.redo())
    pia.close()


def test_a_stage_that_is_retired_or_merged_leads_its_items_past_no_gate(board: Board) -> None:
    day = from_micros(board.at).date().isoformat()
    ready, build = (stage.id for stage in board.stream.line[1:3])
    assert board.stream.stage(build).name == "Build"
    board.done(c.MoveItem(1, ready))
    board.done(add_control(), set_mode("controlling", day))
    retire, merge = c.RetireStage(ready, build), c.MergeStages(ready, build)
    assert "CI-1 does not pass owned" in refused_gate(board.anna.do(retire))
    assert "CI-1 does not pass owned" in refused_gate(board.anna.do(merge))
    board.done(c.EditItem(1, {"owner": "anna"}))
    board.done(merge)
    assert board.item("CI-1").stage == build


def test_items_in_the_second_half_of_a_split_stage_have_left_the_first(board: Board) -> None:
    day = from_micros(board.at).date().isoformat()
    build = board.stage("Build").id
    board.done(c.MoveItem(1, build), c.MoveItem(2, build))
    board.done(add_control(applies="leave Build"), set_mode("controlling", day))
    split = c.SplitStage(build, ("Build", "Check"), (1,))
    assert "CI-1 does not pass owned" in refused_gate(board.anna.do(split))
    board.done(c.EditItem(1, {"owner": "anna"}))
    board.done(split)
    assert board.item("CI-1").stage == board.stage("Check").id
