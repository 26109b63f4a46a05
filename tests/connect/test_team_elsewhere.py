"""The work of a team in other streams, as the reader gives it to the diagnosis, now and then."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench.streams.circumstances import draw
from bench.streams.simulate import Visit, other_stream, stages
from tests.cli.conftest import Vsm
from tests.cli.test_exports import valid
from tests.connect.test_past_fields import Past
from tests.connect.test_past_fields import past as past  # the fixture
from vsm.features.bottlenecks.reading import read_bottlenecks
from vsm.features.bottlenecks.results import OtherWork
from vsm.features.metrics.reading import read_figures
from vsm.model import command as c
from vsm.model.query_parser import parse
from vsm.model.query_tree import Query

if TYPE_CHECKING:
    from vsm.flow.flow_data import FlowData

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture
def shared(past: Past) -> Past:
    """Cards works in Build of Web; from day 4 to day 8 it works in Build of Pay too."""
    for stream in (past.web, past.pay):
        past.do(c.AddItem(stream.id, f"In {stream.name}"), day=0)
        ((item,),) = past.reader._conn.execute("SELECT max(id) FROM item").fetchall()
        past.do(c.MoveItem(item, stream.line[1].id), day=1)
    past.do(c.SetStage(past.web.line[1].id, {"team": past.cards}), day=0)
    past.do(c.SetStage(past.pay.line[1].id, {"team": past.cards}), day=4)
    past.do(c.SetStage(past.pay.line[1].id, {"team": past.ledger}), day=8)
    past.day = 10
    return past


def others(past: Past, day: float, *, present: bool = False) -> list[FlowData]:
    stream = past.reader.stream_named("Web")
    return past.reader.flows_of_teams(stream, past.at(day), present=present)


def test_the_streams_of_a_team_are_those_of_the_moment(shared: Past) -> None:
    assert [others(shared, day) for day in (3, 9)] == [[], []]
    assert others(shared, 10, present=True) == []
    (pay,) = others(shared, 5)
    assert (pay.stream.name, pay.last_activity) == ("Pay", shared.at(1))
    for day, works in ((3, ()), (5, (OtherWork("Pay", ("Build",), False),))):
        web = shared.reader.stream_named("Web")
        result = read_bottlenecks(shared.reader, web, as_of=shared.at(day))
        assert [team.elsewhere for team in result.teams] == ([works] if works else [])


def test_a_filter_does_not_choose_among_what_a_team_does(shared: Past) -> None:
    web = shared.reader.stream_named("Web")
    query = parse("In Web")
    result = read_bottlenecks(shared.reader, web, as_of=shared.at(5), query=query)
    assert result.teams[0].elsewhere


def test_the_other_streams_take_no_place_of_histories_that_are_kept(shared: Past) -> None:
    web = shared.reader.stream_named("Web")
    whole, _ = shared.reader.flow(web, Query(), shared.at(5))
    read_figures(shared.reader, web, as_of=shared.at(5))
    assert others(shared, 5)
    again, _ = shared.reader.flow(web, Query(), shared.at(5))
    assert again is whole


def write_log(path: Path, visits: list[Visit]) -> str:
    with path.open("w", newline="", encoding="utf-8") as file:
        log = csv.writer(file)
        log.writerow(["case", "activity", "time"])
        for visit in sorted(visits, key=lambda visit: (visit.item, visit.at)):
            moment = BEGIN + timedelta(days=visit.at)
            log.writerow([f"{path.stem}-{visit.item}", visit.stage, moment.isoformat()])
    return str(path)


def test_the_report_names_the_team_with_its_streams(tmp_path: Path) -> None:
    """A team of four whose work comes from two imported streams is seen over both."""
    case = draw("a team of two streams", 1)
    (at,) = case.constraint
    name = case.net.stations[at].name
    visits = case.observe().visits
    away = {visit.item for visit in visits if visit.stage == "Elsewhere"}
    vsm = Vsm(tmp_path / "work.db")
    for stream, net in (("Web", case.net), ("Pay", other_stream(case.net))):
        assert net is not None
        own = [visit for visit in visits if (visit.item in away) == (stream == "Pay")]
        listed = ",".join(f"{stage}:{category}" for stage, category in stages(net))
        log = write_log(tmp_path / f"{stream}.csv", own)
        vsm.ok("import", "csv", log, "--stream", stream, "--stages", listed)
    vsm.ok("team", "add", "Platform")
    vsm.ok("stage", "set", name, "--stream", "Web", "--team", "Platform")
    (alone,) = [vsm.json("bottlenecks", "--stream", "Web")]
    assert alone["teams"] == []
    vsm.ok("stage", "set", "Elsewhere", "--stream", "Pay", "--team", "Platform")
    report = valid(vsm.json("bottlenecks", "--stream", "Web"), "bottlenecks")
    assert report["finding"]["kind"] == "team"
    assert report["constraint"]["team"] == "Platform"
    assert report["constraint"]["stages"] == [name]
    (team,) = report["teams"]
    assert team["elsewhere"] == [{"stream": "Pay", "stages": ["Elsewhere"], "shares_slots": True}]
    assert team["parallel_places"] == case.net.pools["team"]
    text = " ".join(vsm.ok("bottlenecks", "--stream", "Web").split())
    assert f"Platform ({name}) limits the flow" in text
    assert f"arrive a week at {name} and at Elsewhere in Pay together" in text
    assert f"Agree in Platform which of {name} and Elsewhere in Pay goes first" in text
    assert f"Platform works on {name}, and with the same slots on Elsewhere in Pay: like" in text
    named = {key for action in report["actions"] for key in action["items"]}
    assert named and all(key.startswith("Web-") for key in named)
    assert [effect["change"] for effect in report["effects"]] == ["slot"]
