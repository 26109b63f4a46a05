"""``vsm overview``: figures that agree with board and metrics, as a report and as valid JSON."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_exports import MARCH, demo, organisation, valid
from vsm.features.metrics.reading import read_figures
from vsm.features.overview.behind import Figure, read_behind
from vsm.features.overview.reading import limiting_of, read_overview
from vsm.features.overview.results import StreamRow
from vsm.model.query_parser import parse
from vsm.model.query_tree import Query
from vsm.model.rules import to_micros
from vsm.reader import Reader

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm

__all__ = ["demo", "organisation"]

NOW = to_micros(datetime.fromisoformat(MARCH))
WINTER = to_micros(datetime.fromisoformat("2026-01-20T11:00:00Z"))


def agree_with_metrics(reader: Reader, row: StreamRow, at: int, query: Query, past: bool) -> None:
    """What ``vsm metrics`` says of the same days, to the digit."""
    stream = reader.stream(row.id)
    assert stream is not None
    figures = read_figures(reader, stream, last=row.until, as_of=at, query=query, present=not past)
    basic = figures.basic
    assert (row.cycle_time.p85, row.cycle_time.n) == (
        basic.cycle_time_days.p85,
        basic.cycle_time_days.n,
    )
    assert row.throughput.weeks == basic.weeks
    assert (
        row.throughput.full
        == tuple(week for week in basic.weeks if week.monday >= basic.first)[: figures.xmr.weeks]
    )
    assert row.wip == basic.wip.total
    by_stage = dict(basic.wip.by_stage)
    assert [stage.wip for stage in row.stages] == [by_stage[stage.stage] for stage in row.stages]
    oldest = figures.ageing[0] if figures.ageing else None
    mine = row.oldest
    assert (mine and (mine.key, mine.age, mine.stage)) == (
        oldest and (oldest.key, oldest.age, oldest.stage)
    )
    is_signal = bool(figures.xmr.signals) and (
        figures.xmr.signals[-1].week == row.throughput.full[-1]
    )
    assert (row.throughput.trend is not None) <= is_signal


@pytest.mark.parametrize("filter", ["", "team:risk or team:ledger", "type:bug"])
@pytest.mark.parametrize("past", [False, True])
def test_figures_agree_with_board_and_metrics(demo: Vsm, filter: str, past: bool) -> None:
    reader = Reader(demo.db)
    at, query = (WINTER if past else NOW), parse(filter)
    overview = read_overview(reader, at, query, past=past)
    assert [row.stream for row in overview.streams] == [s.name for s in reader.all_streams()]
    for row in overview.streams:
        agree_with_metrics(reader, row, at, query, past)
        stream = reader.stream(row.id)
        assert stream is not None
        then = reader.past(stream, query, at) if past else None
        columns = then.columns if then is not None else reader.columns(stream, query, at)
        shown = [c.shown for c in columns if not c.stage.category.ended]
        assert [stage.wip for stage in row.stages] == shown
        if not filter:
            head = then.header if then is not None else reader.header(stream, at)
            assert (row.cycle_time.p85, row.cycle_time.n) == (head.p85, head.samples)
            assert (row.wip, row.limit) == (head.wip, head.limit)
            assert row.throughput.finished == head.finished
            over = [(s.stage, s.wip, s.limit) for s in row.stages if s.over_limit]
            assert sorted(over) == sorted(head.over)
        blocked = reader.matching(stream, parse("blocked is:open"), at, present=not past)
        if filter:
            blocked &= reader.matching(stream, query, at, present=not past)
        assert row.blocked == len(blocked)
    assert any(row.blocked for row in overview.streams) or filter or past
    reader.close()


def test_the_figures_are_those_that_the_verbs_print(demo: Vsm) -> None:
    report = valid(demo.json("overview", "--as-of", MARCH), "overview")
    assert len(report["streams"]) == 3
    for row in report["streams"]:
        name = row["stream"]
        metrics = demo.json("metrics", "--stream", name, "--as-of", MARCH)
        assert row["cycle_time"]["p85_days"] == metrics["cycle_time_days"]["p85"]
        assert row["throughput"]["per_week"] == metrics["throughput"]["per_week"]
        assert row["wip"] == metrics["wip"]["total"]
        oldest = metrics["age_days"]["oldest"][0]
        assert (row["oldest"]["key"], row["oldest"]["age_days"]) == (oldest["key"], oldest["days"])
        verdict = demo.json("bottlenecks", "--stream", name, "--as-of", MARCH)
        assert row["bottleneck"]["finding"] == verdict["finding"]["kind"]
        assert row["bottleneck"]["confidence"] == round(verdict["finding"]["confidence"], 2)
        shown = limiting_of(verdict)
        assert row["bottleneck"]["limits"] == shown.limits, "what screens read of that JSON"
        limit = verdict["constraint"]
        assert (row["bottleneck"]["limits"] is not None) == (
            limit is not None and limit["confidence"] >= 0.6
        )
    assert report["streams"][0]["bottleneck"]["limits"] == "Review"
    assert set(report["definitions"]) >= {"throughput.trend", "cycle_time.trend", "bottleneck"}


def test_as_text_markdown_and_html(demo: Vsm, tmp_path: Path) -> None:
    quick = demo.json("overview", "--as-of", MARCH, "--quick")
    assert {row["bottleneck"] for row in quick["streams"]} == {None}
    text = demo("overview", "--as-of", MARCH, "--quick").stdout
    for row in quick["streams"]:
        (line,) = [line for line in text.splitlines() if line.strip().startswith(row["stream"])]
        assert f"{row['wip']}/{row['wip_limit']}" in line
        assert f"{row['oldest']['key']} {row['oldest']['age_days']} d" in line
    page = demo("overview", "--as-of", MARCH, "--quick", "--format", "html").stdout
    assert "<h1>All value streams</h1>" in page and "Platform and incidents" in page
    marked = demo("overview", "--as-of", MARCH, "--quick", "--format", "md").stdout
    assert "| Card issuing |" in marked
    plain = demo("--ascii", "overview", "--as-of", MARCH, "--quick").stdout
    assert plain.isascii()


def test_one_stream_without_history_and_one_that_ended(vsm: Vsm, tmp_path: Path) -> None:
    vsm.ok("init", "--template", "kanban", "--name", "Web")
    (row,) = valid(vsm.json("overview", "--quick"), "overview")["streams"]
    assert (row["wip"], row["oldest"], row["cycle_time"]["p85_days"]) == (0, None, None)
    assert (row["throughput"]["trend"], row["ended"]) == (None, False)
    file = tmp_path / "old.csv"
    rows = "".join(f"OLD-{n},2019-03-{n:02},2019-03-{n + 2:02}\n" for n in range(1, 21))
    file.write_text("id,start,finish\n" + rows, encoding="utf-8")
    vsm.ok("import", str(file), "--stream", "Archive")
    ended = vsm.json("overview", "--quick")["streams"][0]
    assert (ended["stream"], ended["until"], ended["ended"]) == ("Archive", "2019-03-22", True)
    assert ended["cycle_time"] == {"p85_days": 3, "n": 20, "trend": None, "why": None}
    metrics = vsm.json("metrics", "--stream", "Archive", "--to", "2019-03-22")
    assert ended["throughput"]["per_week"] == metrics["throughput"]["per_week"]
    assert "Archive (since 22 Mar 2019)" in " ".join(vsm.ok("overview", "--quick").split())


def test_forty_streams_with_long_and_wide_names(vsm: Vsm) -> None:
    for n in range(40):
        vsm.ok("init", "--template", "kanban", "--name", f"Stream {n:02} " + "日本語" * (n % 9))
    text = vsm.ok("overview", "--quick")
    assert text.startswith("All value streams\n40 streams")
    from vsm.text_width import width_of

    assert max(width_of(line) for line in text.splitlines()) <= 100
    names = [row["stream"] for row in vsm.json("overview", "--quick")["streams"]]
    assert len(names) == 40 and names == sorted(names, key=str.casefold)


def test_a_wrong_filter_or_moment_is_one_line(vsm: Vsm) -> None:
    vsm.ok("init", "--template", "kanban", "--name", "Web")
    assert "cannot be read" in vsm.fails(2, "overview", "--where", "age>")
    assert "--as-of" in vsm.fails(2, "overview", "--as-of", "yesterdayish")


def test_items_of_all_streams_are_listed(vsm: Vsm) -> None:
    vsm.ok("init", "--template", "kanban", "--name", "Web", "--prefix", "WEB")
    vsm.ok("init", "--template", "kanban", "--name", "App", "--prefix", "APP")
    vsm.ok("item", "add", "Login", "--stream", "Web", "--owner", "anna", "--stage", "Build")
    vsm.ok("item", "add", "Logout", "--stream", "App", "--owner", "anna")
    vsm.ok("item", "add", "Reset", "--stream", "App", "--owner", "ben")
    mine = vsm.json("item", "list", "--all-streams", "--where", "owner:anna")
    assert [(row["key"], row["stream"]) for row in mine] == [("APP-1", "App"), ("WEB-1", "Web")]
    by_key = vsm.ok("item", "list", "--all-streams", "--sort", "-key", "--columns", "key,stream")
    assert [line.split() for line in by_key.splitlines()] == [
        ["KEY", "STREAM"],
        ["WEB-1", "Web"],
        ["APP-2", "App"],
        ["APP-1", "App"],
    ]
    assert len(vsm.json("item", "list", "--all-streams", "--limit", "2")) == 2
    assert "STREAM" in vsm.ok("item", "list", "--all-streams")
    assert "STREAM" not in vsm.ok("item", "list", "--stream", "App")
    assert "--all-streams" in vsm.fails(2, "item", "list", "--all-streams", "--stream", "App")
    none = vsm("item", "list", "--all-streams", "--where", "owner:zoe")
    assert (none.stdout, "of any stream match owner:zoe" in none.stderr) == ("", True)


def test_what_is_exempt_is_over_no_limit_and_a_limit_of_several_stages_can_be(team: Vsm) -> None:
    team.ok("stage", "set", "Build", "--limit", "1", "--hard", "--class-limit", "expedite=+1")
    team.ok("item", "move", "PAY-2", "Build")
    (row,) = team.json("overview", "--quick")["streams"]
    build = next(stage for stage in row["stages"] if stage["stage"] == "Build")
    assert build == {
        "stage": "Build",
        "category": "active",
        "wip": 2,
        "counted": 1,
        "wip_limit": 1,
        "over_limit": False,
        "canonical": None,
    }
    assert "over a WIP limit" not in team.ok("overview", "--quick")
    team.ok("stream", "limit", "Ready,Build", "1", "--soft")
    team.ok("item", "move", "PAY-1", "Ready", "--reason", "a promise")
    (row,) = valid(team.json("overview", "--quick"), "overview")["streams"]
    assert row["group_limits"] == [
        {
            "name": "Ready + Build",
            "stages": ["Ready", "Build"],
            "counted": 2,
            "wip_limit": 1,
            "over_limit": True,
        }
    ]
    assert "1 over a WIP limit" in team.ok("overview", "--quick")


def test_a_filter_leaves_limits_and_the_end_of_the_window_those_of_all_items(vsm: Vsm) -> None:
    vsm.ok("init", "--template", "kanban", "--name", "Web", "--prefix", "WEB")
    vsm.ok("stage", "set", "Build", "--limit", "1", "--soft")
    vsm.ok("item", "add", "Login", "--stage", "Build", "--type", "bug")
    vsm.ok("item", "add", "Logout", "--stage", "Build", "--reason", "a promise")
    (row,) = vsm.json("overview", "--quick", "--where", "type:bug")["streams"]
    build = next(stage for stage in row["stages"] if stage["stage"] == "Build")
    assert (build["wip"], build["counted"], build["over_limit"]) == (1, 2, True)
    assert "1 over a WIP limit" in vsm.ok("overview", "--quick", "--where", "type:bug")


def test_the_window_of_a_filter_ends_with_the_data_of_the_whole_stream(
    vsm: Vsm, tmp_path: Path
) -> None:
    vsm.ok("init", "--template", "kanban", "--name", "Web")
    today = date.today()

    def row(key: str, kind: str, finished: int) -> str:
        return f"{key},{today - timedelta(finished + 3)},{today - timedelta(finished)},{kind}\n"

    rows = [row(f"OLD-{n}", "bug", 100) for n in range(5)] + [row("NEW-1", "task", 2)]
    file = tmp_path / "work.csv"
    file.write_text("id,start,finish,type\n" + "".join(rows), encoding="utf-8")
    vsm.ok("import", str(file), "--stream", "Web")
    reader, query = Reader(vsm.db), parse("type:bug")
    (stream,) = reader.all_streams()
    now = to_micros(datetime.now(UTC))
    for at, past in ((now, False), (now - 86_400_000_000, True)):
        (row_of_bugs,) = read_overview(reader, at, query, past=past).streams
        assert (row_of_bugs.cycle_time.n, row_of_bugs.ended) == (0, False)
        assert sum(week.finished for week in row_of_bugs.throughput.weeks) == 0
        assert read_behind(reader, stream, Figure.THROUGHPUT, at, query, past=past) == []
    first = reader.stream_state(stream, Query(), now).first_finish
    of_tasks = reader.stream_state(stream, parse("type:task"), now).first_finish
    assert first and of_tasks and of_tasks > first, "a start is that of the items that match"
    reader.close()
