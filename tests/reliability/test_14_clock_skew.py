"""Promise 14: clock skew is harmless. Order is that of the journal, negative times are flagged.

A team works for ten weeks from machines whose clocks differ: by two hours either way, by 30 days
and by ten years (a laptop with a dead battery). The same work done by true clocks stands beside it.
"""

from __future__ import annotations

import csv
import io
import json
import math
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.reliability.histories import HOUR, plan_of
from tests.reliability.support import STAGES, accepted, rows, sound, vsm
from tests.tui.conftest import Person
from vsm.app import VsmApp
from vsm.features.dependencies.reading import read_dependencies
from vsm.features.forecast.item_reading import read_item_forecasts
from vsm.features.metrics.reading import read_figures, read_items_behind, read_items_inside
from vsm.features.snapshots.snapshot import take
from vsm.model import rules
from vsm.model.command import (
    AddItem,
    BlockItem,
    Command,
    CommentItem,
    CreateStream,
    LinkItems,
    MoveItem,
    ReopenItem,
    UnblockItem,
)
from vsm.model.history import Entry, ItemHistory
from vsm.model.item import BlockerKind, LinkKind
from vsm.model.query_tree import Query
from vsm.model.rules import DAY
from vsm.model.stream import ValueStream
from vsm.reader import Reader
from vsm.report.publish import publish
from vsm.screens.bottlenecks import BottlenecksScreen
from vsm.screens.dependencies import DependenciesScreen
from vsm.screens.flow import FlowScreen
from vsm.session import Session

pytestmark = pytest.mark.promise(14)

IDEAS, READY, BUILD, REVIEW, DONE, DROPPED = range(1, 7)
OFFSETS = {
    "true": 0,
    "late": -2 * HOUR,
    "early": 2 * HOUR,
    "battery": -30 * DAY,
    "future": 3_652 * DAY,
}
DAYS = 70


@dataclass
class Team:
    """Writers with clocks of their own, at one database; ``now`` is the true time."""

    path: Path
    now: int
    skewed: bool
    sessions: dict[str, Session] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, offset in OFFSETS.items():
            self.sessions[name] = Session(self.path, actor=name, clock=self._clock(offset))

    def _clock(self, offset: int) -> Callable[[], int]:
        return lambda: self.now + (offset if self.skewed else 0)

    def does(self, who: str, *commands: Command) -> None:
        """One of them does something at the time that it is."""
        accepted(self.sessions[who].do(*commands))

    def close(self) -> None:
        """All go home."""
        for session in self.sessions.values():
            session.close()


def work(path: Path, end: int, *, skewed: bool) -> None:
    """Ten weeks of work that end at a moment, always the same."""
    luck = random.Random(14)
    team = Team(path, end - DAYS * DAY, skewed)
    team.does("true", CreateStream("Payments", STAGES, zone="Europe/Berlin", prefix="PAY"))
    todo: list[tuple[int, int, str, tuple[Command, ...]]] = []

    def plan(at: int, who: str, *commands: Command) -> None:
        todo.append((at, len(todo), who, commands))

    free = {BUILD: 0, REVIEW: 0}
    for number in range(1, 131):
        at = end - DAYS * DAY + number * 12 * HOUR + luck.randrange(HOUR)
        usual = "true" if number % 2 else "late"
        strange = {20: "battery", 40: "future"}.get(number)

        def person(usual: str = usual) -> str:
            return luck.choice(("true", "late", "early", usual, usual, usual))

        plan(at, person(), AddItem(1, f"Work item {number}"))
        at += luck.randrange(HOUR, 10 * HOUR)
        plan(at, person(), MoveItem(number, READY))
        for stage, most in ((BUILD, 10), (REVIEW, 20)):
            at = max(at + HOUR // 2, free[stage])
            plan(at, strange or person(), MoveItem(number, stage))
            if number % 9 == 0:
                plan(at + HOUR // 4, person(), BlockItem(number, BlockerKind.EXTERNAL, "vendor"))
                plan(at + HOUR // 3, person(), UnblockItem(number))
            if number % 5 == 0:
                plan(at + HOUR // 5, person(), CommentItem(number, "looked at it"))
            at += luck.randrange(HOUR, most * HOUR)
            free[stage] = at
        plan(at, person(), MoveItem(number, DONE))
        if number % 13 == 0:
            plan(at + HOUR, person(), ReopenItem(number, REVIEW))
            plan(at + 3 * HOUR, person(), MoveItem(number, DONE))
    for at, _, who, commands in sorted(todo, key=lambda entry: entry[:2]):
        if at <= end - 6 * HOUR:
            team.now = at
            team.does(who, *commands)
    _today(team, end)
    team.close()


def _today(team: Team, end: int) -> None:
    """What is under way at the end: items 901 to 906 by their titles, each with its own trouble."""
    (last,) = rows(team.path, "SELECT max(id) FROM item")[0]
    team.now = end - 5 * HOUR
    team.does("true", *(AddItem(1, title, READY) for title in TODAY))
    ids = range(last + 1, last + 1 + len(TODAY))
    started_early, came_early, done_early, far, blocks, waits = ids
    team.does("true", MoveItem(came_early, BUILD), MoveItem(done_early, REVIEW))
    team.now = end - HOUR
    team.does("early", MoveItem(came_early, REVIEW), MoveItem(done_early, DONE))
    team.does("early", BlockItem(came_early, BlockerKind.PEOPLE, "ill"))
    team.does("future", MoveItem(far, BUILD))
    team.does("true", LinkItems(blocks, waits, LinkKind.BLOCKS))
    team.does("early", BlockItem(waits, BlockerKind.DEPENDENCY, "the other"))
    team.does("early", AddItem(1, "Made by the early one", BUILD))
    assert started_early


TODAY = ("Ready for long", "Came early", "Done early", "In ten years", "Blocks", "Waits")
"""Titles of the items that are under way at the end."""


@dataclass(frozen=True)
class World:
    """The database of the team, the same work by true clocks, and the true time."""

    skewed: Path
    true: Path
    now: int

    def reader(self) -> tuple[Reader, ValueStream]:
        """A reader of the team's database, and its stream."""
        reader = Reader(self.skewed)
        return reader, reader.stream_named("Payments")

    def id_of(self, title: str) -> int:
        """An item by its title."""
        ((item,),) = rows(self.skewed, "SELECT id FROM item WHERE title = ?", title)
        return int(item)

    def key_of(self, title: str) -> str:
        """An item's key by its title."""
        ((key,),) = rows(self.skewed, "SELECT key FROM item WHERE title = ?", title)
        return str(key)

    def visits(self) -> dict[str, list[tuple[int, int]]]:
        """Entries of each item by key, ``(moment, stage)`` in the order of the journal."""
        out: dict[str, list[tuple[int, int]]] = {}
        for key, at, stage in rows(
            self.skewed,
            "SELECT i.key, v.entered, v.stage FROM visit v JOIN item i ON i.id = v.item"
            " ORDER BY v.item, v.n",
        ):
            out.setdefault(key, []).append((at, stage))
        return out

    def backwards(self) -> set[str]:
        """Keys of the items with a negative time."""
        return {
            key
            for key, entries in self.visits().items()
            if any(b[0] < a[0] for a, b in pairwise(entries))
        }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("clocks")
    now = time.time_ns() // 1000
    made = World(folder / "skewed.db", folder / "true.db", now)
    work(made.skewed, now, skewed=True)
    work(made.true, now, skewed=False)
    return made


@pytest.fixture(scope="module")
def metrics(world: World) -> dict[str, Any]:
    return printed("--db", world.skewed, "metrics", "--json")


def printed(*words: str | Path) -> dict[str, Any]:
    """What the program prints as JSON, strictly read."""
    result = json.loads(vsm(*words).stdout, parse_constant=_refused)
    assert isinstance(result, dict)
    return result


def _refused(word: str) -> None:
    raise AssertionError(f"{word} is no JSON")


SIGNED = {"deviation", "lowered", "queue_growth_per_week"}
"""Numbers that may be negative."""
SHARES = {"ratio", "share", "rolled", "chance", "confidence"} | {
    *("share_of_waiting", "blocked_share", "starved_share", "betweenness"),
}
"""Numbers that are a share of a whole."""


def numbers(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], float]]:
    """Every number in a JSON value, with the names that lead to it."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from numbers(part, (*path, name))
    elif isinstance(value, list):
        for part in value:
            yield from numbers(part, path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, float(value)


def sane(value: object) -> None:
    """Fail unless no number is negative or not a number, and every share is from 0 to 1."""
    count = 0
    for path, number in numbers(value):
        count += 1
        assert math.isfinite(number), path
        assert number >= 0 or path[-1] in SIGNED, (path, number)
        assert number <= 1 or path[-1] not in SHARES, (path, number)
    assert count


# -- the journal --------------------------------------------------------------------------------


def test_the_work_has_every_kind_of_trouble(world: World) -> None:
    sound(world.skewed)
    sound(world.true)
    assert len(world.backwards()) >= 10
    assert rows(world.skewed, "SELECT count(*) FROM block WHERE ended < started")[0][0] >= 2
    late, early = rows(world.skewed, "SELECT min(at), max(at) FROM journal")[0]
    assert late < world.now - (DAYS - 5) * DAY and early > world.now + 3_600 * DAY
    moved = "SELECT item, stage FROM visit ORDER BY item, n"
    assert rows(world.skewed, moved) == rows(world.true, moved), "the same work"


def test_the_log_and_histories_are_in_the_order_of_the_journal(world: World) -> None:
    log = json.loads(vsm("--db", world.skewed, "log", "--limit", "100000", "--json").stdout)
    entries = log["entries"] if isinstance(log, dict) else log
    seqs = [entry["seq"] for entry in entries]
    assert seqs == sorted(seqs, reverse=True) and len(seqs) == seqs[0]
    moments = [entry["at"] for entry in entries]
    assert moments != sorted(moments, reverse=True), "by the clocks it would be another"
    reader, _ = world.reader()
    for item in (20, 40, 13):
        detail = reader.detail(item, world.now)
        assert detail is not None
        report = [line.text for line in detail.history]
        stages = rows(
            world.skewed,
            "SELECT s.name FROM visit v JOIN stage s ON s.id = v.stage WHERE v.item = ?"
            " ORDER BY v.n DESC",
            item,
        )
        named = [text.rpartition(" to ")[2] for text in report if " to " in text]
        assert named == [name for (name,) in stages][: len(named)] and len(named) >= 4


# -- figures ------------------------------------------------------------------------------------


def test_no_figure_is_negative_or_more_than_all(metrics: dict[str, Any]) -> None:
    sane(metrics)
    for count in ("cycle_time_days", "lead_time_days", "age_days"):
        assert metrics[count]["n"] > 0
        low = [metrics[count][name] for name in ("p50", "p70", "p85", "p95", "max")]
        assert low == sorted(low) and low[0] >= 1
    assert sum(s["n"] for s in metrics["distribution"]["finished"].values()) == sum(
        week["finished"] for week in metrics["throughput"]["per_week"]
    )


def test_counts_are_those_of_the_board(world: World, metrics: dict[str, Any]) -> None:
    items = metrics["items"]
    stages = Counter(
        name
        for (name,) in rows(
            world.skewed, "SELECT s.name FROM item i JOIN stage s ON s.id = i.stage"
        )
    )
    assert {name: n for name, n in metrics["wip"]["by_stage"].items() if n} == dict(stages)
    assert items["total"] == stages.total()
    assert items["finished"] == stages["Done"]
    last = {
        name: report["reached"][-1] - report["below"][-1] for name, report in _cfd(metrics).items()
    }
    order = list(last)
    for name, after in pairwise(order):
        assert last[name] - last[after] == stages[name], name

    reader, stream = world.reader()
    header = reader.header(stream, world.now)
    assert header.wip == items["in_progress"] == metrics["wip"]["total"]
    assert (header.p85, header.samples) == (
        metrics["cycle_time_days"]["p85"],
        metrics["cycle_time_days"]["n"],
    )


def _cfd(metrics: dict[str, Any]) -> dict[str, dict[str, list[int]]]:
    result: dict[str, dict[str, list[int]]] = metrics["cfd"]["by_stage"]
    return result


def test_items_with_a_negative_time_are_left_out_counted_and_named(
    world: World, metrics: dict[str, Any]
) -> None:
    skew, backwards = metrics["clock_skew"], world.backwards()
    assert set(skew["backwards"]["keys"]) == backwards
    assert skew["backwards"]["items"] == len(backwards)
    assert set(skew["in_future"]["keys"]) == {
        *(world.key_of(title) for title in ("Came early", "Done early", "In ten years")),
        world.key_of("Made by the early one"),
    }
    assert skew["items"] == len(backwards) + 4

    visits = {
        key: entries
        for key, entries in world.visits().items()
        if entries[-1][1] == DONE and entries[-1][0] <= world.now
    }
    finished = sum(day["finished"] for day in metrics["throughput"]["per_day"])
    assert finished == len(visits), "all that finished counts, also what is left out of times"
    left = len(backwards & set(visits))
    assert left >= 5
    assert metrics["lead_time_days"]["n"] == finished - left
    assert metrics["lead_time_left_out"] == {"clock_skew": left}
    assert metrics["cycle_time_left_out"]["clock_skew"] == left
    assert metrics["cycle_time_days"]["n"] == finished - left
    assert metrics["time_in_stage"]["clock_skew"] == metrics["time_in_stage"]["left_out"] == left
    elapsed = sorted(
        (entries[-1][0] - next(at for at, stage in entries if stage == READY)) / DAY
        for key, entries in visits.items()
        if key not in backwards and [stage for _, stage in entries].count(DONE) == 1
    )
    assert elapsed[0] > 0
    assert metrics["cycle_time_elapsed_days"]["max"] >= round(elapsed[-1], 6)
    assert metrics["age_days"]["left_out"]["clock_skew"] == 1, "what was made by the early one"
    reversed_blocks = rows(world.skewed, "SELECT count(*) FROM block WHERE ended < started")[0][0]
    to_come = rows(
        world.skewed, "SELECT count(*) FROM block WHERE started > ?", world.now + HOUR // 2
    )
    assert metrics["blocked"]["left_out"]["clock_skew"] == reversed_blocks + to_come[0][0]


def test_times_are_those_of_the_true_clocks(world: World, metrics: dict[str, Any]) -> None:
    true = printed("--db", world.true, "metrics", "--json")
    for name in ("cycle_time_elapsed_days", "lead_time_elapsed_days"):
        for level in ("p50", "p85"):
            # Two clocks differ by four hours at most; and fewer items are counted.
            assert metrics[name][level] == pytest.approx(true[name][level], abs=0.5)
    assert metrics["items"] == {**true["items"]}
    assert true["clock_skew"]["items"] == 0


def test_the_report_says_how_many_are_left_out_and_names_them(
    world: World, metrics: dict[str, Any]
) -> None:
    words = " ".join(vsm("--db", world.skewed, "metrics").stdout.split())
    left = metrics["lead_time_left_out"]["clock_skew"]
    assert f"Cycle time leaves out {left} whose moves run backwards in time" in words
    assert f"Lead time leaves out {left} whose moves run backwards in time" in words
    assert "Age leaves out 1 that started later than as-of" in words
    assert "Clocks that differed" in words
    assert metrics["clock_skew"]["backwards"]["keys"][0] in words.partition("Clocks that")[2]
    assert world.key_of("In ten years") in words.partition("Clocks that")[2]
    true = vsm("--db", world.true, "metrics").stdout
    assert "backwards" not in true and "Clocks" not in true


# -- bottlenecks and dependencies ---------------------------------------------------------------


def test_utilisations_are_possible_and_near_those_of_the_true_clocks(world: World) -> None:
    skewed = printed("--db", world.skewed, "bottlenecks", "--json")
    true = printed("--db", world.true, "bottlenecks", "--json")
    sane(skewed)
    assert set(skewed["clock_skew"]["keys"]) == world.backwards()
    assert skewed["clock_skew"]["items"] == len(world.backwards())
    assert true["clock_skew"] == {"items": 0, "keys": []}
    judged = 0
    for mine, other in zip(skewed["stages"], true["stages"], strict=True):
        assert mine["wip"] == other["wip"]
        if mine["utilisation"] is not None and other["utilisation"] is not None:
            judged += 1
            assert 0 < mine["utilisation"] <= other["utilisation"] + 0.15, mine["name"]
            assert 0 < mine["touch_days"] < 2 * other["touch_days"] + 0.2
    assert judged
    for action in skewed["actions"]:
        assert "-" not in action["why"].replace("-days", "").partition("longest there")[2]
    words = " ".join(vsm("--db", world.skewed, "bottlenecks").stdout.split())
    assert f"{len(world.backwards())} items are left out" in words
    assert skewed["clock_skew"]["keys"][0] in words


def test_a_wait_that_begins_later_than_now_counts_no_days_and_is_named(world: World) -> None:
    result = printed("--db", world.skewed, "deps", "--json")
    sane(result)
    (wait,) = result["open"]
    assert (wait["waiting"], wait["days"], wait["clock_skew"]) == (world.key_of("Waits"), 0.0, True)
    reader, _ = world.reader()
    took = sorted(
        entries[-1][0] - next(at for at, stage in entries if stage == READY)
        for key, entries in world.visits().items()
        if key not in world.backwards() and entries[-1][1] == DONE
    )
    parts = {part.key: part for part in read_dependencies(reader, world.now).parts}
    there = world.now - world.visits()[world.key_of("Blocks")][0][0]
    longer = [time - there for time in took if time > there]
    left = parts[world.key_of("Blocks")].remaining
    # The forecast of items gives those that are more alike more weight.
    assert left == pytest.approx(longer[(len(longer) - 1) // 2] / DAY, rel=0.05)
    words = vsm("--db", world.skewed, "deps").stdout
    assert "a clock was ahead" in words and world.key_of("Waits") in words
    assert "a clock was ahead" not in vsm("--db", world.true, "deps").stdout


def test_the_items_behind_a_figure_are_those_that_it_counts(
    world: World, metrics: dict[str, Any]
) -> None:
    reader, stream = world.reader()
    known = {"as_of": world.now, "present": True}
    for stage, report in metrics["time_in_stage"]["by_stage"].items():
        result = read_items_behind(reader, stream, "stage", stage, **known)
        assert len(result) == report["n"]
        assert all(entry.value is not None and entry.value >= 0 for entry in result)
    ages = read_items_behind(reader, stream, "wip", "", **known)
    assert len(ages) == metrics["wip"]["total"]
    assert sum(entry.value is None for entry in ages) == 1
    assert all(entry.value is None or entry.value >= 1 for entry in ages)
    kinds = read_items_behind(reader, stream, "type", "feature", **known)
    untimed = [entry for entry in kinds if entry.what == "moves run backwards in time"]
    assert len(untimed) == metrics["cycle_time_left_out"]["clock_skew"]
    there = {entry.item: entry for entry in read_items_inside(reader, stream, BUILD, **known)}
    assert there[world.id_of("In ten years")].value is None
    assert all(entry.value is None or entry.value >= 0 for entry in there.values())


# -- cards and details --------------------------------------------------------------------------


def test_ages_and_times_on_cards_are_never_negative_and_marked_where_unsure(world: World) -> None:
    reader, stream = world.reader()
    cards = reader.items(stream, Query(), world.now, limit=10_000)
    assert len(cards) == rows(world.skewed, "SELECT count(*) FROM item")[0][0]
    backwards, marked = world.backwards(), set()
    for card in cards:
        assert card.age is None or card.age >= 1
        assert card.cycle is None or card.cycle >= 1
        if card.stage == DONE:
            assert (card.cycle is None) == card.clock_off == (card.key in backwards) or (
                card.title == "Done early"
            )
        if card.clock_off:
            marked.add(card.key)
    assert {world.key_of("Came early"), world.key_of("In ten years")} <= marked
    assert world.key_of("Ready for long") not in marked

    ids = {stage.name: stage.id for stage in stream.order}
    assert reader.pace(stream, world.now) == {
        ids[entry.stage]: (entry.age.p50, entry.age.p70, entry.age.p85, entry.age.p95)
        for entry in read_figures(reader, stream, as_of=world.now, present=True).pace
    }
    words = vsm("--db", world.skewed, "item", "show", world.key_of("In ten years")).stdout
    assert "Clock" in words and "a clock was ahead" in words
    words = vsm("--db", world.skewed, "item", "show", next(iter(sorted(backwards)))).stdout
    assert "moves run backwards in time" in words
    shown = printed("--db", world.skewed, "item", "show", sorted(backwards)[0], "--json")
    assert shown["clock_skew"] is True
    assert shown["cycle_days"] is None and shown["lead_days"] is None


def test_items_whose_clock_was_wrong_have_no_forecast_and_say_why(world: World) -> None:
    reader, stream = world.reader()
    result = read_item_forecasts(reader, stream, as_of=world.now, present=True)
    assert result.cannot is None
    reasons = {one.key: one.cannot for one in result.items if one.cannot}
    for title in ("Came early", "In ten years"):
        assert "a clock was ahead" in (reasons[world.key_of(title)] or "")
    for key in world.backwards() & set(reasons):
        assert "moves run backwards in time" in (reasons[key] or "")
    sound = next(one for one in result.items if one.key == world.key_of("Ready for long"))
    assert sound.cannot is None and sound.p50 is not None


def test_whoever_looks_by_a_late_clock_sees_the_same_items(world: World) -> None:
    reader, stream = world.reader()
    current = read_figures(reader, stream, as_of=world.now, present=True)
    late = read_figures(reader, stream, as_of=world.now - 6 * HOUR, present=True)
    assert late.basic.items == current.basic.items
    assert late.basic.wip == current.basic.wip
    assert len(late.clock_skew.in_future) > len(current.clock_skew.in_future)
    for card in reader.items(stream, Query(), world.now - 30 * DAY, limit=10_000):
        assert card.age is None or card.age >= 1
    detail = reader.detail(world.id_of("Came early"), world.now)
    # It began five hours ago, which may have been yesterday.
    begun = reader.days(stream.zone).between(world.now - 5 * HOUR, world.now)
    assert detail is not None and detail.age == begun
    far = world.id_of("In ten years")
    before = reader.detail(far, world.now - 2 * HOUR, past=True)
    assert before is not None and (before.stage, before.clock) == ("Ready", "")
    detail = reader.detail(far, world.now)
    assert detail is not None and "a clock was ahead" in detail.clock


# -- the past and what leaves the program -------------------------------------------------------


def moments(world: World) -> list[int]:
    """Evenings of the past, and times of day between moves that contradict each other."""
    return [world.now - n * DAY - n * HOUR for n in (1, 2, 3, 7, 20, 40, 60)]


def test_the_board_of_the_past_has_every_item_once(world: World) -> None:
    reader, stream = world.reader()
    whole = untimed = 0
    for at in moments(world):
        past = reader.past(stream, Query(), at)
        figures = read_figures(reader, stream, as_of=at)
        assert past.header.wip == figures.basic.wip.total
        for stage in stream.line:
            ids = past.stood.by_stage[stage.id]
            cards = reader.past_cards(past, stage.id, 0, 10_000)
            assert [card.id for card in cards] == list(ids), "each once, in its order"
            assert {card.stage for card in cards} <= {stage.id}
            assert all(card.age is None or card.age >= 1 for card in cards)
            assert all(card.cycle is None or card.cycle >= 1 for card in cards)
            for card in cards if stage.id == DONE else ():
                then = rules.as_of(rules.visits_of(world.visits()[card.key]), at)
                backwards = rules.runs_backwards((v.entered, v.stage) for v in then)
                assert (card.cycle is None) == card.clock_off == backwards, card.key
                untimed += backwards
            whole += len(cards)
        for ages in reader.past_pace(stream, at).values():
            assert 1 <= ages[0] <= ages[1] <= ages[2] <= ages[3]
    assert whole > 50 and untimed


def test_figures_of_the_past_are_sane_and_the_snapshot_says_the_same(world: World) -> None:
    reader, stream = world.reader()
    for at in moments(world):
        snapshot = take(reader, [stream], at)
        report = publish(snapshot)["streams"][0]
        sane(report)
        items = report["metrics"]["items"]
        states = Counter(item["state"] for item in report["items"])
        assert states["in progress"] == items["in_progress"]
        assert states["finished"] == items["finished"]
        assert len(report["items"]) == items["total"]
        lead = [item["lead_days"] for item in report["items"] if item["lead_days"] is not None]
        assert all(days >= 1 for days in lead)
        stood = Counter(item["stage"] for item in report["items"])
        assert {n: c for n, c in report["metrics"]["wip"]["by_stage"].items() if c} == dict(stood)


def test_the_diagram_counts_what_was_where_at_each_evening(world: World) -> None:
    reader, stream = world.reader()
    figures = read_figures(reader, stream, as_of=world.now, present=True)
    report = figures.cfd
    for n, day in list(enumerate(report.days))[-60:-1]:
        evening = rules.day_start(day + timedelta(days=1), stream.zone) - 1
        at_work = dict(read_figures(reader, stream, as_of=evening).basic.wip.by_stage)
        for one, after in pairwise(report.stages):
            there = one.reached[n] - one.below[n] - after.reached[n] + after.below[n]
            assert there == at_work[one.stage], (day, one.stage)
    for line in report.stages:
        assert all(a <= b for a, b in pairwise(line.reached)), "lines never fall"


def test_exports_hold_all_that_is_recorded(world: World, tmp_path: Path) -> None:
    snapshot = printed("--db", world.skewed, "export", "snapshot")
    (stream,) = snapshot["streams"]
    sane(stream)
    count = rows(world.skewed, "SELECT count(*) FROM item")[0][0]
    assert len(stream["items"]) == stream["metrics"]["items"]["total"] == count
    far = next(item for item in stream["items"] if item["title"] == "In ten years")
    assert far["stage"] == "Build" and far["age_days"] >= 1
    for item in stream["items"]:
        if item["key"] in world.backwards():
            assert item["cycle_days"] is None and item["lead_days"] is None
    table = list(csv.DictReader(io.StringIO(vsm("--db", world.skewed, "export", "csv").stdout)))
    assert len(table) == count
    for row in table:
        assert all(not row[name].startswith("-") for name in row if name.endswith("_days"))
    (tmp_path / "now.json").write_text(json.dumps(snapshot))
    vsm("--db", world.skewed, "snapshot", "diff", tmp_path / "now.json")


# -- imports ------------------------------------------------------------------------------------


def out_of_order(number: int, *hours: int) -> ItemHistory:
    """An item that went the whole way, its entries at so many hours of January 2026."""
    begin = 1_767_225_600_000_000 + number * 8 * HOUR
    way = ("Open", "In Progress", "Review", "Closed")
    return ItemHistory(
        source_key=f"{number}",
        key=f"OUT-{number}",
        title=f"Imported {number}",
        entries=tuple(
            Entry(begin + at * HOUR, status, f"{number}.{n}", "anna")
            for n, (at, status) in enumerate(zip(hours, way, strict=True))
        ),
        where=f"item {number}",
    )


def test_an_imported_history_out_of_order_is_flagged_like_one_of_skewed_clocks(
    tmp_path: Path,
) -> None:
    db = tmp_path / "imported.db"
    good = [out_of_order(n, 0, 24, 48, 60) for n in range(1, 61)]
    bad = [
        out_of_order(61, 0, 48, 24, 72),  # reviewed before it was begun
        out_of_order(62, 0, 48, 72, 24),  # finished before it was begun
        out_of_order(63, 100, 24, 48, 72),  # begun before it was made
    ]
    Session(db, actor="anna").import_histories(plan_of([*good, *bad]))
    sound(db)
    result = printed("--db", db, "metrics", "--to", "2026-02-28", "--json")
    sane(result)
    assert result["clock_skew"]["backwards"]["keys"] == ["OUT-61", "OUT-62", "OUT-63"]
    assert result["items"]["finished"] == 63
    assert result["cycle_time_elapsed_days"]["n"] == 60
    assert (
        result["cycle_time_elapsed_days"]["max"] == result["cycle_time_elapsed_days"]["p50"] == 1.5
    )
    assert result["lead_time_elapsed_days"]["max"] == result["lead_time_elapsed_days"]["p50"] == 2.5
    assert result["time_in_stage"]["by_stage"]["Review"]["n"] == 60
    assert result["time_in_stage"]["by_stage"]["Review"]["max"] == 0.5
    assert result["time_in_stage"]["by_stage"]["In Progress"]["max"] == 1.0
    assert result["flow_efficiency"]["ratio"] == 1.0
    stuck = printed("--db", db, "bottlenecks", "--json")
    sane(stuck)
    assert stuck["clock_skew"]["keys"] == ["OUT-61", "OUT-62", "OUT-63"]
    shown = [printed("--db", db, "item", "show", f"OUT-{n}", "--json") for n in (60, 62)]
    assert [item["cycle_days"] for item in shown] == [2, None]
    assert [item["lead_days"] for item in shown] == [3, None]


# -- screens ------------------------------------------------------------------------------------


@pytest.fixture
def copy(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copy(world.skewed, tmp_path / "vsm.db"))


async def test_screens_say_what_is_left_out_and_open_the_items(world: World, copy: Path) -> None:
    app = VsmApp(copy, actor="anna", stream="Payments", now=lambda: world.now)
    async with app.run_test(size=(200, 60)) as pilot:
        person = Person(app, pilot)
        await person.settle()
        person.sees("clock?")
        await person.press("3")
        screen = app.screen
        assert isinstance(screen, FlowScreen)
        person.sees("Clocks that differed", "left out (clocks)")
        charts = [chart.id for chart in screen.dashboard.charts]
        await person.press(*["tab"] * charts.index("clocks"), "enter", "enter")
        person.sees(sorted(world.backwards(), key=lambda key: int(key[4:]))[0])
        await person.press("escape", "escape", "4")
        stuck = app.screen
        assert isinstance(stuck, BottlenecksScreen) and stuck.shown is not None
        await person.press("end")
        person.sees(f"{len(world.backwards())} items are left out")
        await person.press("enter")
        person.sees("Left out", "moves run backwards in time")
        await person.press("escape", "5")
        assert isinstance(app.screen, DependenciesScreen)
        person.sees("a clock was ahead", world.key_of("Waits"))


async def test_details_say_that_a_moment_is_ahead_of_this_clock(world: World, copy: Path) -> None:
    app = VsmApp(copy, actor="anna", stream="Payments", now=lambda: world.now)
    async with app.run_test(size=(160, 50)) as pilot:
        person = Person(app, pilot)
        await person.settle()
        await person.press("slash")
        await person.type('"In ten years"')
        await person.press("enter", "enter")
        person.sees("In ten years", "10 years ahead of this clock")
