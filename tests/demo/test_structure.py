"""A stage that is split or inserted changes no load of the weeks before, now or as of then."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.demo.conftest import TODAY
from vsm.features.bottlenecks.reading import read_bottlenecks
from vsm.features.capacity.reading import read_capacity
from vsm.model.command import AddStage, Command, NewStage, SplitStage
from vsm.model.rules import day_start
from vsm.model.stream import Category, ValueStream
from vsm.reader import Reader
from vsm.session import ChangeGroup, Session

NOW = day_start(TODAY, "UTC")
WEEKS = 4

Loads = dict[tuple[str, int, str], object]


def loads(path: Path) -> Loads:
    """Utilisation by stage and by team, of now and as of the last Sundays."""
    reader = Reader(path)
    stream = reader.stream_named("Card issuing")
    sunday = TODAY - timedelta(days=TODAY.isoweekday())
    moments = [(0, NOW)]
    moments += [(n, day_start(sunday - timedelta(weeks=n - 1), "UTC")) for n in range(1, WEEKS + 1)]
    out: Loads = {}
    for week, at in moments:
        limits = read_bottlenecks(reader, stream, as_of=at, present=not week)
        out |= {("stage", week, s.name): s.utilisation for s in limits.stages if s.arrivals}
        out[("limits", week, "")] = limits.verdict.stages, limits.min_cut
        teams = read_capacity(reader, as_of=at, present=not week).teams
        out |= {("team", week, team.name): team.utilisation for team in teams}
    reader.close()
    return out


def split(stream: ValueStream) -> Command:
    build = stream.named("Build")
    assert build is not None
    return SplitStage(build.id, ("Build", "Self-test"))


def insert(stream: ValueStream) -> Command:
    review = stream.named("Review")
    assert review is not None
    return AddStage(stream.id, NewStage("Sign-off", Category.ACTIVE), review.id)


@pytest.mark.parametrize("change", [split, insert])
def test_loads_stay_when_a_stage_is_split_or_inserted(
    demo_file: Path, tmp_path: Path, change: Callable[[ValueStream], Command]
) -> None:
    path = tmp_path / "demo.db"
    shutil.copy(demo_file, path)
    before = loads(path)
    assert ("stage", 0, "Build") in before and ("team", WEEKS, "Cards") in before
    reader = Reader(path)
    command = change(reader.stream_named("Card issuing"))
    reader.close()
    session = Session(path, actor="coach", clock=lambda: NOW)
    assert isinstance(session.do(command), ChangeGroup)
    session.close()
    assert loads(path) == before
