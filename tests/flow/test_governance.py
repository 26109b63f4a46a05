"""Figures of governance: check values, costs by hand, the queue of waivers, a real history."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.model.conftest import Board
from tests.model.controls import add_control, example, set_mode
from tests.samples.streams import kanban
from vsm.cli.main import cli
from vsm.features.governance.control_reading import make_control
from vsm.features.governance.figures import interval
from vsm.features.governance.reading import read_costs, read_governance, read_waivers
from vsm.features.governance.report import report_shadow, share_text
from vsm.features.governance.shadow import read_shadow
from vsm.model import command as c
from vsm.model.control.control import Control, Verdict
from vsm.model.errors import Refusal
from vsm.model.governance_entities import CONTROL, WAIVER
from vsm.model.item import BlockerKind
from vsm.model.rules import DAY, from_micros, to_micros
from vsm.reader import Reader
from vsm.session import ChangeGroup, Session

HOUR = DAY // 24


def test_the_interval_of_wilson() -> None:
    """The check value of precision: 5 of 12."""
    share = interval(5, 12)
    assert share.share == pytest.approx(0.4167, abs=5e-5)
    assert share.low == pytest.approx(0.193, abs=5e-4)
    assert share.high == pytest.approx(0.680, abs=5e-4)
    assert interval(0, 0).share is None


@pytest.fixture
def board(tmp_path: Path) -> Board:
    board = Board(tmp_path / "test.db")
    board.at += 5 * HOUR  # within a working day
    return board


def owned(board: Board) -> Control:
    board.done(add_control())
    return board.read.entities(CONTROL)[0]


def enter(board: Board, number: int, *, owner: str | None) -> int:
    """A new item that enters Build; gives its id."""
    fields = {"owner": owner} if owner else {}
    board.done(c.AddItem(1, f"item {number}", board.stage("Ready").id, fields=fields))
    key = f"CI-{number + 4}"
    item = board.item(key).id
    board.done(c.MoveItem(item, board.stage("Build").id, reason="all at once"))
    return item


def test_the_check_values_of_a_replay(board: Board) -> None:
    """100 entries, 12 blocked, 5 of them bad later, 8 bad in all."""
    control = owned(board)
    board.done(c.SetStage(board.stage("Build").id, {"limit": None}))
    board.done(c.SetStage(board.stage("Ready").id, {"limit": None}))
    items = [enter(board, n, owner=None if n < 12 else "anna") for n in range(100)]
    board.at += 3 * DAY
    back = board.stage("Ready").id
    for item in (*items[:5], *items[12:15]):
        board.done(c.MoveItem(item, back))
    board.at += DAY
    for item in items[5:10]:  # their facts come true four days later
        board.done(c.EditItem(item, {"owner": "ben"}))
    shadow = read_shadow(board.read, board.stream, control, board.at)
    assert (shadow.entries, shadow.blocked, shadow.too_young) == (100, 12, 100)
    assert (shadow.bad, shadow.precision.share) == (0, None)  # nothing is 30 days old
    board.at += 30 * DAY
    shadow = read_shadow(board.read, board.stream, control, board.at)
    assert (shadow.too_young, shadow.judged_blocked) == (0, 12)
    assert (shadow.entries, shadow.blocked, shadow.bad, shadow.bad_blocked) == (100, 12, 8, 5)
    assert share_text(shadow.precision) == "41.7% (19.3–68.0%)"
    assert shadow.recall.share == 0.625
    assert shadow.wait_days == pytest.approx(5 * 4.0, abs=0.01)
    assert (shadow.never_passed, shadow.indeterminate) == (7, 0)
    assert not shadow.cannot_tell
    blocked = [entry for entry in shadow.listed if entry.verdict is Verdict.FAIL]
    assert {entry.why_bad for entry in blocked if entry.is_bad} == {"went back from Build to Ready"}


def test_a_rule_that_names_the_target_has_a_wait_too(board: Board) -> None:
    rule = {"rule": "change.target == 'Build' && has(change.owner)"}
    passes, fails = {"target": "Build", "owner": "a"}, {"target": "Build"}
    board.done(add_control(**rule, examples=(example("pass", passes), example("fail", fails))))
    item = enter(board, 0, owner=None)
    board.at += 2 * DAY
    board.done(c.EditItem(item, {"owner": "ben"}))
    control = board.read.entities(CONTROL)[0]
    shadow = read_shadow(board.read, board.stream, control, board.at)
    assert (shadow.blocked, shadow.never_passed) == (1, 0)
    assert shadow.wait_days == pytest.approx(2.0, abs=0.01)


def test_a_replay_that_cannot_tell_says_so(board: Board) -> None:
    control = make_control(
        {
            "name": "built",
            "title": "a build passed",
            "applies": "enter Build",
            "rule": "change.builds.exists(b, b.status == 'pass')",
            "examples": (
                example("pass", {"builds": [{"status": "pass"}]}),
                example("fail", {"builds": [{"status": "fail"}]}),
            ),
        }
    )
    item = enter(board, 0, owner="anna")
    enter(board, 1, owner="anna")
    shadow = read_shadow(board.read, board.stream, control, board.at)
    assert (shadow.entries, shadow.indeterminate, shadow.cannot_tell) == (2, 2, True)
    (section, *_) = report_shadow(shadow).sections
    texts = [getattr(part, "text", "") for part in section.parts]
    assert texts[0] == "Would have refused 2 of 2 entries: 0 failed, 2 lacked facts"
    assert any("Cannot tell" in text for text in texts)
    board.done(c.AddEvidence(item, "build", "ci/1", status="pass", happened=board.at - HOUR))
    shadow = read_shadow(board.read, board.stream, control, board.at)
    assert shadow.indeterminate == 1  # evidence counts from when it happened


def test_facts_that_come_true_after_the_finish_count_up_to_it(board: Board) -> None:
    control = owned(board)
    item = enter(board, 0, owner=None)
    never = enter(board, 1, owner=None)
    board.at += 2 * DAY
    for one in (item, never):
        board.done(c.MoveItem(one, board.stage("Done").id))
    board.at += 5 * DAY
    board.done(c.EditItem(item, {"owner": "ben"}), c.EditItem(never, {"title": "renamed"}))
    shadow = read_shadow(board.read, board.stream, control, board.at)
    assert (shadow.blocked, shadow.never_passed) == (2, 1)
    assert shadow.wait_days == pytest.approx(2.0, abs=0.01)


def today(board: Board, days: int = 0) -> str:
    day: date = from_micros(board.at).date() + timedelta(days=days)
    return day.isoformat()


def refused(board: Board, item: int) -> None:
    assert isinstance(board.anna.do(c.MoveItem(item, board.stage("Build").id)), Refusal)


def test_the_cost_of_a_gate_by_hand(board: Board) -> None:
    """Refused, blocked a day, refused again, passed after three days: two days of wait."""
    owned(board)
    board.done(set_mode("controlling", today(board)))
    one, two = board.item("CI-1").id, board.item("CI-2").id
    refused(board, one)
    refused(board, two)
    board.at += 12 * HOUR
    board.done(c.EditItem(two, {"owner": "ben"}))
    board.done(c.MoveItem(two, board.stage("Build").id))
    board.done(c.BlockItem(one, BlockerKind.OTHER, "waits for legal"))
    board.at += DAY
    board.done(c.UnblockItem(one))
    refused(board, one)
    board.at += 36 * HOUR
    board.done(c.EditItem(one, {"owner": "anna"}))
    board.done(c.MoveItem(one, board.stage("Build").id))
    (cost,) = read_costs(board.read, board.stream, board.at).controls
    (month,) = cost.months
    assert (month.checked, month.failed, month.refused) == (5, 3, 3)
    assert month.wait_days == pytest.approx(2.0 + 0.5, abs=0.01)
    assert cost.fixed_within_a_day.share == 0.5
    assert cost.precision.share is None  # nothing is 30 days old
    (row,) = read_governance(board.read, board.stream, board.at).controls
    assert (row.passed, row.failed, row.wait_days) == (2, 3, month.wait_days)
    board.done(c.MoveItem(one, board.stage("Ready").id))
    board.at += 31 * DAY
    (cost,) = read_costs(board.read, board.stream, board.at).controls
    assert cost.precision.share == 0.5  # one of two items went back
    assert cost.proposal is None


def test_a_gate_that_costs_and_finds_nothing_is_proposed_for_retirement(board: Board) -> None:
    owned(board)
    board.done(set_mode("controlling", today(board)))
    for key in ("CI-1", "CI-2", "CI-3"):
        item = board.item(key).id
        refused(board, item)
        board.at += 20 * DAY
        board.done(c.EditItem(item, {"owner": "anna"}))
        board.done(c.MoveItem(item, board.stage("Build").id))
        board.at += 42 * DAY
    (cost,) = read_costs(board.read, board.stream, board.at).controls
    assert cost.proposal is not None
    assert cost.proposal.startswith("retire it or make it supportive: in 6 months nothing")


def test_the_queue_of_waivers_by_hand(board: Board) -> None:
    owned(board)
    ben = Session(board.path, actor="ben", clock=lambda: board.at)
    waited = (1, 2, 3, 10)
    for number, days in enumerate(waited, 1):
        values = {"control": 1, "key": "CI-1", "reason": f"reason {number}"}
        values |= {"start": today(board), "until": today(board, 30)}
        board.done(c.AddEntity(WAIVER, values))
        board.at += days * DAY
        state = "refused" if days == 3 else "granted"
        assert isinstance(ben.do(c.ChangeEntity(WAIVER, number, {"state": state})), ChangeGroup)
    board.done(c.AddEntity(WAIVER, {**values, "start": today(board), "until": today(board, 9)}))
    board.at += DAY // 2
    queue = read_costs(board.read, board.stream, board.at).pmo
    assert (queue.asked, queue.answered, queue.waiting) == (5, 4, 1)
    assert (queue.median_days, queue.p85_days) == (2.5, 10.0)
    assert queue.oldest_open_days == 0.5
    board.done(c.ChangeEntity(WAIVER, 5, {"state": "withdrawn"}))
    queue = read_costs(board.read, board.stream, board.at).pmo
    assert (queue.asked, queue.answered, queue.withdrawn, queue.waiting) == (5, 4, 1, 0)


def test_a_waiver_ends_with_a_day_of_its_stream(board: Board) -> None:
    """9 September 2001, 06:46 in UTC: it is still the 8th in Honolulu."""
    board.done(add_control(), kanban("Other", "Pacific/Honolulu", "OT"))
    for number, only in enumerate((1, 2), 1):
        day = "2001-09-09" if only == 1 else "2001-09-08"
        values = {"control": 1, "only": only, "reason": "pilot", "start": day, "until": day}
        board.done(c.AddEntity(WAIVER, values))
        ben = Session(board.path, actor="ben", clock=lambda: board.at)
        granted = c.ChangeEntity(WAIVER, number, {"state": "granted"})
        assert isinstance(ben.do(granted), ChangeGroup)
        ben.close()
    rows = read_waivers(board.read, board.at, "UTC")
    assert {row.stream: row.expires_in_days for row in rows} == {"Card issuing": 0, "Other": 0}


REVIEWED = {
    "name": "reviewed",
    "title": "In Review before Closed",
    "applies": "enter Closed",
    "rule": "change.history.exists(h, h.stage == 'In Review')",
    "examples": (
        example("pass", {"history": [{"stage": "In Review"}]}),
        example("fail", {"history": [{"stage": "Open"}]}),
    ),
}
MONTH = 30 * DAY


def test_a_review_before_closing_replayed_on_a_real_history(
    tmp_path: Path, shared_data: Path
) -> None:
    """FCREPO of Duraspace's Jira, counted again without vsm's rules."""
    path = tmp_path / "fcrepo.db"
    log = shared_data / "duraspace_jira_dev" / "issues.jsonl.gz"
    args = ["--db", str(path), "import", "jira", str(log), "--stream", "FCREPO"]
    done = CliRunner().invoke(cli, [*args, "--project", "FCREPO"])
    assert done.exit_code == 0, done.output
    reader = Reader(path)
    stream = reader.stream_named("FCREPO")
    end = to_micros(from_micros(0).replace(year=2015, month=6))
    shadow = read_shadow(reader, stream, make_control(REVIEWED), end, days=3660)
    records = reader.change_records(stream)
    order = [stage.name for stage in stream.order]
    defects = {item: [at for at, _ in made] for item, made in records.defects.items()}
    entries = blocked = bad = both = 0
    for item, visits in records.visits.items():
        names = [stream.stage(visit.stage).name for visit in visits]
        for n, (name, visit) in enumerate(zip(names, visits, strict=True)):
            if name != "Closed":
                continue
            is_blocked = "In Review" not in names[:n]
            later = range(1, len(visits))
            went_back = any(
                visit.entered < visits[m].entered <= visit.entered + MONTH
                and order.index(names[m]) < order.index(names[m - 1])
                for m in later
            )
            made = defects.get(item, [])
            is_bad = went_back or any(visit.entered < at <= visit.entered + MONTH for at in made)
            entries, blocked, bad, both = (
                entries + 1,
                blocked + is_blocked,
                bad + is_bad,
                both + (is_blocked and is_bad),
            )
    reader.close()
    counted = (shadow.entries, shadow.blocked, shadow.bad, shadow.bad_blocked)
    assert counted == (entries, blocked, bad, both) == (641, 613, 22, 20)
    assert share_text(shadow.precision) == "3.3% (2.1–5.0%)"
