"""The figures on small histories that can be counted by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.flow.oracle import ItemRecord, history_of
from vsm.features.metrics.basic import metrics
from vsm.features.metrics.definitions import DEFINITIONS
from vsm.features.metrics.figures import figures as every_figure
from vsm.features.metrics.results import Metrics, Spread
from vsm.flow.facts import Facts
from vsm.flow.history import History
from vsm.model import rules
from vsm.model.errors import BadInput
from vsm.model.item import Quality
from vsm.model.stream import Category, Stage, ValueStream, chain
from vsm.report.publish import publish

BACKLOG, READY, BUILD, DONE, CLOSED, DROPPED = 1, 2, 3, 4, 5, 6
STAGES = (
    Stage(BACKLOG, "Backlog", Category.BACKLOG, 0),
    Stage(READY, "Ready", Category.QUEUE, 1),
    Stage(BUILD, "Build", Category.ACTIVE, 2),
    Stage(DONE, "Done", Category.DONE, 3),
    Stage(CLOSED, "Closed", Category.DONE, 4),
    Stage(DROPPED, "Dropped", Category.DROPPED, 5),
)


def stream_in(zone: str = "UTC", commitment: int | None = BUILD) -> ValueStream:
    return ValueStream(1, "Cards", zone, STAGES, chain(STAGES), commitment).validate()


def at(text: str, zone: str = "UTC") -> int:
    return rules.to_micros(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))


def item(*moves: tuple[str, int], zone: str = "UTC", quality: Quality = Quality.FULL) -> ItemRecord:
    return ItemRecord(rules.visits_of((at(when, zone), stage) for when, stage in moves), quality)


def figures(
    *items: ItemRecord,
    as_of: str = "2026-04-30T12:00",
    first: date | None = None,
    last: date | None = None,
    zone: str = "UTC",
    commitment: int | None = BUILD,
) -> Metrics:
    return metrics(
        history_of(dict(enumerate(items))),
        stream_in(zone, commitment),
        first=first,
        last=last,
        as_of=at(as_of, zone),
    )


def test_begun_and_finished_today_took_one_day() -> None:
    result = figures(
        item(("2026-04-07T09:00", BACKLOG), ("2026-04-08T09:00", BUILD), ("2026-04-08T15:00", DONE))
    )
    assert result.cycle_time_days == Spread(1, 1.0, 1, 1, 1, 1, 1)
    assert result.cycle_time_elapsed_days.p50 == 0.25
    assert result.lead_time_days.p50 == 2
    assert result.lead_time_elapsed_days.p50 == 1.25


def test_a_berlin_day_with_23_hours_is_a_day() -> None:
    noon_to_noon = item(
        ("2026-03-28T12:00", BUILD), ("2026-03-29T12:00", DONE), zone="Europe/Berlin"
    )
    result = figures(noon_to_noon, zone="Europe/Berlin")
    assert result.cycle_time_days.p50 == 2
    assert result.cycle_time_elapsed_days.p50 == 23 / 24


def test_the_zone_decides_the_day_and_the_week() -> None:
    late_sunday = item(("2026-04-12T21:00", BUILD), ("2026-04-12T22:30", DONE))
    in_utc = figures(late_sunday, first=date(2026, 4, 6), last=date(2026, 4, 19))
    in_berlin = figures(
        late_sunday, first=date(2026, 4, 6), last=date(2026, 4, 19), zone="Europe/Berlin"
    )
    assert [w.finished for w in in_utc.weeks] == [1, 0]
    assert [w.finished for w in in_berlin.weeks] == [0, 1]
    assert (in_utc.cycle_time_days.p50, in_berlin.cycle_time_days.p50) == (1, 2)


def test_start_never_moves_and_finish_is_the_last_entry_into_done_from_outside() -> None:
    result = figures(
        item(
            ("2026-04-01T09:00", BACKLOG),
            ("2026-04-02T09:00", BUILD),
            ("2026-04-03T09:00", BACKLOG),
            ("2026-04-06T09:00", DONE),
            ("2026-04-07T09:00", READY),
            ("2026-04-08T09:00", DONE),
            ("2026-04-20T09:00", CLOSED),
        )
    )
    assert result.cycle_time_days.p50 == 7  # 2 to 8 April: closing what is done is no new finish
    assert result.lead_time_days.p50 == 8


def test_a_reopened_item_leaves_the_week_in_which_it_first_finished() -> None:
    reopened = item(
        ("2026-04-01T09:00", BUILD), ("2026-04-02T09:00", DONE), ("2026-04-15T09:00", BUILD)
    )
    window = {"first": date(2026, 3, 30), "last": date(2026, 4, 12)}
    before = figures(reopened, as_of="2026-04-14T09:00", **window)
    after = figures(reopened, as_of="2026-04-16T09:00", **window)
    assert [w.finished for w in before.weeks] == [1, 0]
    assert [w.finished for w in after.weeks] == [0, 0]
    assert (before.items.finished, after.items.finished) == (1, 0)
    assert (before.wip.total, after.wip.total) == (0, 1)
    assert after.cycle_time_days == Spread(0)


def test_finished_without_a_start_counts_in_lead_time_and_throughput_only() -> None:
    result = figures(
        item(("2026-04-01T09:00", BACKLOG), ("2026-04-02T09:00", DONE)),
        item(("2026-04-01T09:00", READY), ("2026-04-02T09:00", DONE)),
        item(("2026-04-03T09:00", DONE)),
    )
    assert result.items.finished == result.items.finished_without_start == 3
    assert result.items.started == 0
    assert result.cycle_time_days.n == 0
    assert result.cycle_time_left_out.finished_without_start == 3
    assert result.lead_time_days.n == sum(w.finished for w in result.weeks) == 3
    assert result.lead_time_elapsed_days.p50 == 1  # of 0, 1, 1: first seen in done took no time


def test_without_a_named_commitment_the_first_working_stage_starts_the_clock() -> None:
    through_ready = item(
        ("2026-04-01T09:00", BACKLOG), ("2026-04-02T09:00", READY), ("2026-04-03T09:00", DONE)
    )
    assert figures(through_ready, commitment=None).cycle_time_days.p50 == 2


def test_counts_partition_by_the_stage_held_and_done_then_dropped_is_dropped() -> None:
    result = figures(
        item(("2026-04-01T09:00", BACKLOG)),
        item(("2026-04-01T09:00", BUILD), ("2026-04-02T09:00", BACKLOG)),
        item(("2026-04-01T09:00", BUILD), ("2026-04-02T09:00", DONE)),
        item(
            ("2026-04-01T09:00", BUILD), ("2026-04-02T09:00", DONE), ("2026-04-03T09:00", DROPPED)
        ),
        item(("2026-05-01T09:00", BACKLOG)),  # after as-of: not there yet
    )
    counts = result.items
    assert (counts.total, counts.not_started, counts.in_progress) == (4, 1, 1)
    assert (counts.finished, counts.dropped, counts.started) == (1, 1, 3)
    assert result.wip.total == 1
    assert dict(result.wip.by_stage) == {
        "Backlog": 2,
        "Ready": 0,
        "Build": 0,
        "Done": 1,
        "Closed": 0,
        "Dropped": 1,
    }


def test_a_truncated_history_keeps_finish_lead_time_and_throughput_and_is_counted() -> None:
    result = figures(
        item(
            ("2026-04-01T09:00", BACKLOG),
            ("2026-04-05T09:00", BUILD),
            ("2026-04-08T09:00", DONE),
            quality=Quality.TRUNCATED,
        ),
        item(("2026-04-01T09:00", BACKLOG), ("2026-04-08T09:00", DONE), quality=Quality.TRUNCATED),
        item(("2026-04-01T09:00", BACKLOG), ("2026-04-05T09:00", BUILD), quality=Quality.TRUNCATED),
    )
    assert result.cycle_time_days.n == 0
    assert result.cycle_time_left_out.truncated == 2
    assert result.lead_time_days.n == sum(w.finished for w in result.weeks) == 2
    assert (result.items.started, result.items.finished_without_start) == (0, 0)
    assert result.items.left_out == 3
    assert result.items.in_progress == result.wip.total == 1  # it stands in a stage of work


def test_endpoints_tell_the_start_where_they_have_one() -> None:
    result = figures(
        item(
            ("2026-04-05T09:00", BUILD), ("2026-04-08T09:00", DONE), quality=Quality.ENDPOINTS_ONLY
        ),
        item(
            ("2026-04-05T09:00", BACKLOG),
            ("2026-04-08T09:00", DONE),
            quality=Quality.ENDPOINTS_ONLY,
        ),
    )
    assert (result.cycle_time_days.n, result.cycle_time_days.p50) == (1, 4)
    assert result.cycle_time_left_out.endpoints_only == result.items.left_out == 1
    assert result.items.finished_without_start == 0
    assert result.lead_time_days.n == 2


def test_the_window_is_whole_local_days_cut_at_as_of() -> None:
    def done_at(when: str) -> ItemRecord:
        return item(("2026-01-01T09:00", BUILD), (when, DONE))

    items = (
        done_at("2026-04-05T23:59:59.999999"),
        done_at("2026-04-06T00:00"),
        done_at("2026-04-07T23:59:59.999999"),
        done_at("2026-04-08T00:00"),
    )
    days = {"first": date(2026, 4, 6), "last": date(2026, 4, 7)}
    assert figures(*items, **days).lead_time_days.n == 2
    assert figures(*items, **days, as_of="2026-04-06T00:00").lead_time_days.n == 1
    assert figures(*items, **days, as_of="2026-04-05T23:59").lead_time_days.n == 0


def test_the_default_window_is_90_days_that_end_on_the_day_of_as_of() -> None:
    result = figures(as_of="2026-04-30T00:00")
    assert (result.first, result.last) == (date(2026, 1, 31), date(2026, 4, 30))
    ended = figures(last=date(2026, 3, 31))
    assert (ended.first, ended.last) == (date(2026, 1, 1), date(2026, 3, 31))


def test_every_week_that_touches_the_window_is_listed_across_the_year() -> None:
    result = figures(
        item(("2025-12-30T09:00", BUILD), ("2026-01-02T09:00", DONE)),
        first=date(2025, 12, 28),
        last=date(2026, 1, 12),
    )
    assert [(w.label, w.finished) for w in result.weeks] == [
        ("2025-W52", 0),
        ("2026-W01", 1),
        ("2026-W02", 0),
        ("2026-W03", 0),
    ]
    assert result.weeks[0].monday == date(2025, 12, 22)


def test_weeks_after_as_of_are_not_claimed_to_be_empty() -> None:
    result = figures(first=date(2026, 4, 20), last=date(2026, 12, 31), as_of="2026-04-30T12:00")
    assert [w.label for w in result.weeks] == ["2026-W17", "2026-W18"]
    ahead = figures(first=date(2026, 5, 11), last=date(2026, 12, 31), as_of="2026-04-30T12:00")
    assert ahead.weeks == ()


def test_a_window_that_cannot_be_is_refused_with_its_days() -> None:
    with pytest.raises(BadInput, match="begins on 2026-04-02, after its end on 2026-04-01"):
        figures(first=date(2026, 4, 2), last=date(2026, 4, 1))
    with pytest.raises(BadInput, match="from 1900-01-01 on"):
        figures(first=date.min)
    with pytest.raises(BadInput, match="from 1900-01-01 on"):
        figures(last=date(40, 1, 1))
    assert figures(first=date(1900, 1, 1), last=date.max).last == date.max


def test_an_empty_stream_has_figures_too() -> None:
    result = publish(
        metrics(History.from_rows([]), stream_in(), first=None, last=None, as_of=at("2026-04-30"))
    )
    assert result["items"] == dict.fromkeys(result["items"], 0)
    assert result["cycle_time_days"] == {
        "n": 0,
        "mean": None,
        "p50": None,
        "p70": None,
        "p85": None,
        "p95": None,
        "max": None,
    }
    assert result["last_activity"] is None
    assert len(result["throughput"]["per_week"]) == 14


def test_a_blocker_that_ends_before_it_begins_is_in_no_blocked_time_and_counted() -> None:
    built = item(("2026-04-06T09:00", BUILD), ("2026-04-08T09:00", DONE))
    blocked = [
        (0, "people", None, at("2026-04-06T12:00"), at("2026-04-06T18:00")),
        (0, "people", None, at("2026-04-07T14:00"), at("2026-04-07T02:00")),
    ]
    result = every_figure(
        history_of({0: built}),
        Facts.from_rows(blocked),
        stream_in("UTC"),
        first=date(2026, 4, 6),
        last=date(2026, 4, 12),
        as_of=at("2026-04-30T12:00"),
    )
    assert result.blocked_days == 0.25
    assert [(row.n, row.total_days) for row in result.clusters] == [(1, 0.25)]
    assert result.efficiency.ratio == 1.75 / 2
    assert result.clock_skew.blockers == 1


def test_json_has_the_published_shape_and_names_every_definition() -> None:
    zone = "Europe/Berlin"
    built = item(("2026-04-06T09:00", BUILD), ("2026-04-08T09:00", DONE), zone=zone)
    blocked = [(0, "people", None, at("2026-04-06T12:00", zone), at("2026-04-07T12:00", zone))]
    result = publish(
        every_figure(
            history_of({0: built}),
            Facts.from_rows(blocked),
            stream_in(zone),
            first=date(2026, 4, 6),
            last=date(2026, 4, 12),
            as_of=at("2026-04-30T12:00", zone),
        )
    )
    assert list(result) == [
        "schema",
        "stream",
        "timezone",
        "as_of",
        "last_activity",
        "window",
        "items",
        "cycle_time_days",
        "cycle_time_elapsed_days",
        "cycle_time_left_out",
        "lead_time_days",
        "lead_time_elapsed_days",
        "lead_time_left_out",
        "age_days",
        "throughput",
        "arrivals",
        "departures",
        "wip",
        "littles_law",
        "flow_efficiency",
        "time_in_stage",
        "distribution",
        "blocked",
        "rework",
        "complete_accurate",
        "ageing_pace",
        "predictability",
        "cfd",
        "clock_skew",
        "definitions",
        "comparison",
        "filter",
    ]
    assert result["filter"] is None
    assert result["schema"] == "vsm.metrics/1"
    assert (result["stream"], result["timezone"]) == ("Cards", "Europe/Berlin")
    assert result["as_of"] == "2026-04-30T10:00:00Z"
    assert result["window"] == {"from": "2026-04-06", "to": "2026-04-12"}
    assert list(result["items"]) == [
        "total",
        "started",
        "in_progress",
        "finished",
        "finished_without_start",
        "dropped",
        "left_out",
    ]
    assert result["throughput"]["per_week"] == [
        {"week": "2026-W15", "start": "2026-04-06", "finished": 1}
    ]
    assert list(result["wip"]["by_stage"]) == [s.name for s in STAGES]
    assert result["throughput"]["per_day"][2] == {"day": "2026-04-08", "finished": 1}
    assert result["arrivals"]["per_day"][0] == {"day": "2026-04-06", "n": 1}
    assert result["flow_efficiency"]["ratio"] == 0.5
    assert result["blocked"] == {
        "days": 1.0,
        "clusters": [
            {"kind": "people", "team": None, "n": 1, "total_days": 1.0, "median_days": 1.0}
        ],
        "left_out": {"clock_skew": 0},
    }
    assert result["distribution"]["finished"]["feature"] == {"n": 1, "share": 1.0}
    assert result["ageing_pace"]["by_stage"]["Build"]["p85"] == 3
    assert result["time_in_stage"]["by_stage"]["Build"]["total"] == 2.0
    assert [c["holds"] for c in result["littles_law"]["conditions"]] == [True] * 5
    assert result["littles_law"]["predicted_cycle_time_days"] == 2.0
    assert json.loads(json.dumps(result, allow_nan=False)) == result

    paths = {
        name if name in DEFINITIONS else f"{name}.{part}"
        for name, value in result.items()
        if name not in {"schema", "stream", "timezone", "definitions"}
        for part in (value if isinstance(value, dict) else ())
    } | {"as_of", "last_activity"}
    assert paths == set(DEFINITIONS) == set(result["definitions"])


@pytest.mark.promise(15)
def test_the_same_figures_come_out_under_any_local_zone() -> None:
    script = (
        "import json; from tests.flow.test_metrics_by_hand import *\n"
        "print(json.dumps(publish(figures(item(('2026-03-28T12:00', BUILD),"
        " ('2026-03-29T12:00', DONE), zone='Europe/Berlin'), zone='Europe/Berlin'))))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"TZ": zone, "PATH": ""},
            capture_output=True,
            check=True,
        ).stdout
        for zone in ("UTC", "America/New_York", "Pacific/Apia")
    }
    assert len(outputs) == 1
    assert json.loads(outputs.pop())["cycle_time_days"]["p50"] == 2


def test_results_and_definitions_need_no_numpy() -> None:
    script = (
        "import sys, vsm.features.metrics.results;"
        " print(sorted({'numpy', 'networkx'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_moments_are_written_in_utc() -> None:
    moment = rules.to_micros(datetime(2026, 4, 30, 1, 2, 3, 500_000, tzinfo=UTC))
    result = metrics(History.from_rows([]), stream_in(), first=None, last=None, as_of=moment)
    assert publish(result)["as_of"] == "2026-04-30T01:02:03.500000Z"
