"""Delivery by hand: frequency, ranges, causes, recovery with open ones, lead times, trends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsm.features.delivery.figures import (
    full_weeks,
    gaps,
    median,
    median_recovery,
    trend_of_counts,
    trend_of_rates,
    trend_of_values,
)
from vsm.features.delivery.known import Known, known_at
from vsm.features.delivery.lead_times import lead_time
from vsm.features.delivery.measuring import measure
from vsm.features.delivery.reading import idea_to_live
from vsm.features.delivery.results import LiveItem, Measures, Rate
from vsm.features.delivery.rows import (
    ItemTimes,
    change_rows,
    deployment_rows,
    incident_rows,
    live_items,
)
from vsm.features.delivery.text import rate_figure, rate_sentence, took
from vsm.features.metrics.process_limits import Trend
from vsm.features.metrics.proportion import wilson
from vsm.flow.window import window
from vsm.model.delivery import (
    CauseLink,
    Change,
    Deployment,
    DeploymentResult,
    Incident,
    Service,
)
from vsm.model.rules import to_micros
from vsm.report.symbols import sparkline

SERVICE = Service(1, "Checkout")
NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
HOUR = 3_600_000_000
DAY = 24 * HOUR


def at(**ago: float) -> int:
    """A moment so long before now."""
    return to_micros(NOW - timedelta(**ago))


def deployed(number: int, when: int, **others: object) -> Deployment:
    return Deployment(number, 1, "production", when, **others)  # type: ignore[arg-type]


def incident(number: int, opened: int, **others: object) -> Incident:
    return Incident(number, f"INC-{number}", 1, opened, **others)  # type: ignore[arg-type]


def known(
    deployments: Sequence[Deployment] = (),
    incidents: Sequence[Incident] = (),
    changes: Sequence[Change] = (),
    service: Service = SERVICE,
    as_of: int | None = None,
) -> Known:
    return known_at(service, deployments, incidents, changes, as_of or to_micros(NOW))


def measured(of: Known, days: int = 90) -> Measures:
    last = NOW.date()
    return measure(of, window(last - timedelta(days=days - 1), last, "UTC", of.as_of))[0]


# -- the check values of the specification --------------------------------------------------


def test_a_rate_of_four_in_five_has_its_wilson_range() -> None:
    share, low, high = wilson(4, 5) or (0, 0, 0)
    assert (share, round(low, 3), round(high, 3)) == (0.8, 0.376, 0.964)
    share, low, high = wilson(1, 4) or (0, 0, 0)
    assert (round(100 * low), round(100 * high)) == (5, 70)


def middleware() -> Known:
    """Five deployments and four incidents, as in the test of another tool."""
    ago = ({"days": 7}, {"days": 6}, {"days": 4}, {"days": 2}, {"hours": 6})
    opened = ({"days": 5}, {"days": 3}, {"hours": 20}, {"hours": 1})
    return known(
        [deployed(n, at(**when)) for n, when in enumerate(ago, 1)],
        [incident(n, at(**when)) for n, when in enumerate(opened, 1)],
    )


def test_each_incident_is_put_down_to_the_last_deployment_before_it() -> None:
    of = middleware()
    caused = [len(of.failures[n].incidents) if n in of.failures else 0 for n in range(1, 6)]
    assert caused == [0, 1, 1, 1, 1]
    rate = measured(of).change_fail
    assert (rate.count, rate.n, rate.inferred) == (4, 5, 4)
    assert rate.rate == 0.8
    assert (round(rate.low or 0, 3), round(rate.high or 0, 3)) == (0.376, 0.964)


def test_frequency_counts_days_without_a_deployment() -> None:
    """40 deployments on 31 of 90 days: 0.44 a day, 3.1 a week."""
    first = NOW.date() - timedelta(days=89)
    chosen = [n * 89 // 30 for n in range(31)]
    assert len(set(chosen)) == 31
    moments = [
        to_micros(datetime(first.year, first.month, first.day, 8, tzinfo=UTC) + timedelta(days=n))
        for n in chosen
    ]
    moments += [moment + 2 * HOUR for moment in moments[:9]]
    frequency = measured(known([deployed(n, t) for n, t in enumerate(moments, 1)])).frequency
    assert (frequency.n, frequency.days) == (40, 90)
    assert (round(frequency.per_day, 2), round(frequency.per_week, 1)) == (0.44, 3.1)
    days = {datetime.fromtimestamp(moment / 1e6, UTC).date() for moment in moments}
    weeks = full_weeks(first, NOW.date(), "UTC", to_micros(NOW))
    by_hand = sorted(sum(monday + timedelta(days=n) in days for n in range(7)) for monday in weeks)
    assert frequency.days_a_week == by_hand[(len(by_hand) + 1) // 2 - 1] == 2
    assert frequency.weeks == len(weeks) == 12


# -- what counts as a deployment -------------------------------------------------------------


def test_two_runs_of_one_pipeline_within_ten_minutes_are_one_deployment() -> None:
    first = at(days=3)
    runs = [
        deployed(1, first, commits=("a" * 40,), items=(7,)),
        deployed(2, first + 10 * 60_000_000, commits=("a" * 40,), items=(8,)),
        deployed(3, first + 21 * 60_000_000, commits=("a" * 40,)),
        deployed(4, first + 22 * 60_000_000, commits=("b" * 40,)),
    ]
    live = known(runs).runs.live
    assert [one.runs for one in live] == [(1, 2), (3,), (4,)]
    assert (live[0].at, live[0].deployment.items) == (runs[1].finished_at, (7, 8))
    assert measured(known(runs)).frequency.joined == 1


def test_tags_of_one_hour_without_commits_are_deployments_of_their_own() -> None:
    first = at(days=3)
    tags = [deployed(n, first + n * 60_000_000, ref=f"v1.{n}") for n in range(4)]
    assert measured(known(tags)).frequency.n == 4
    again = [replace(one, ref="v1.0") for one in tags]
    assert measured(known(again)).frequency.n == 1


def test_runs_that_reached_nobody_count_in_no_figure() -> None:
    runs = [
        deployed(1, at(days=5)),
        deployed(2, at(days=4), result=DeploymentResult.FAILURE),
        deployed(3, at(days=3), result=DeploymentResult.CANCELLED),
        deployed(4, at(days=2), result=DeploymentResult.PARTLY),
        Deployment(5, 1, "staging", at(days=1)),
    ]
    of = known(runs, [incident(1, at(days=3, hours=12))])
    figures = measured(of)
    frequency = figures.frequency
    assert (frequency.n, frequency.partly, frequency.elsewhere) == (2, 1, 1)
    assert (frequency.failed_runs, frequency.cancelled_runs) == (1, 1)
    assert of.causes[1].live is not None and of.causes[1].live.id == 1, "not the failed run"
    assert (figures.change_fail.count, figures.change_fail.n) == (1, 2)
    assert figures.rework.n == 2
    rows = {row.id: row for row in deployment_rows(of, window(None, None, "UTC", of.as_of))}
    assert {number: row.counts for number, row in rows.items()} == {
        1: True, 2: False, 3: False, 4: True
    }  # fmt: skip


# -- causes ----------------------------------------------------------------------------------


def test_a_link_goes_before_what_would_be_inferred() -> None:
    runs = [deployed(1, at(days=5)), deployed(2, at(days=2))]
    one = incident(1, at(days=1), caused_by=1, link=CauseLink.LINKED)
    of = known(runs, [one])
    assert of.causes[1].live is not None
    assert (of.causes[1].live.id, of.causes[1].link) == (1, CauseLink.LINKED)
    assert measured(of).change_fail.inferred == 0
    named = known(runs, [replace(one, link=None)])
    assert named.causes[1].link is CauseLink.NAMED


def test_nothing_is_inferred_beyond_the_hours_of_the_service() -> None:
    opened = at(days=1)
    for hours, counts in ((72.0, True), (72.5, False)):
        of = known([deployed(1, opened - int(hours * HOUR))], [incident(1, opened)])
        assert (of.causes[1].live is not None) is counts
    longer = replace(SERVICE, cause_hours=100)
    of = known([deployed(1, opened - 99 * HOUR)], [incident(1, opened)], service=longer)
    assert of.causes[1].live is not None


def test_an_incident_before_any_deployment_has_no_cause() -> None:
    of = known([deployed(1, at(days=1))], [incident(1, at(days=2))])
    assert (of.causes[1].live, of.causes[1].why_not) == (None, "none before it")
    simultaneous = known([deployed(1, at(days=1))], [incident(1, at(days=1))])
    assert simultaneous.causes[1].live is None, "it did not end before"


def test_where_somebody_said_that_none_caused_it_none_is_inferred() -> None:
    of = known([deployed(1, at(days=2))], [incident(1, at(days=1), no_cause=True)])
    assert of.causes[1].live is None
    assert measured(of).change_fail.count == 0


def test_a_link_to_a_later_deployment_is_an_impossible_order() -> None:
    runs = [deployed(1, at(days=1), started_at=at(days=1, hours=1))]
    during = known(runs, [incident(1, at(days=1, minutes=30), caused_by=1)])
    assert during.causes[1].live is not None, "while it went out"
    before = known(runs, [incident(1, at(days=1, hours=2), caused_by=1)])
    assert before.causes[1].is_impossible and before.causes[1].live is None
    assert measured(before).change_fail.count == 0
    rows = incident_rows(before, window(None, None, "UTC", before.as_of))
    assert rows[0].why_not == "opened before it began"


def test_a_deployment_fails_by_inference_only_if_no_link_is_known() -> None:
    inferred = incident(1, at(days=1, hours=5))
    linked = incident(2, at(days=1), caused_by=1, link=CauseLink.LINKED)
    of = known([deployed(1, at(days=2))], [inferred, linked])
    assert (measured(of).change_fail.count, measured(of).change_fail.inferred) == (1, 0)


def test_a_deployment_that_caused_three_incidents_failed_once() -> None:
    of = known(
        [deployed(1, at(days=2)), deployed(2, at(hours=1))],
        [incident(n, at(days=1, hours=n)) for n in (3, 2, 1)],
    )
    assert (measured(of).change_fail.count, measured(of).change_fail.n) == (1, 2)


# -- recovery --------------------------------------------------------------------------------


def test_recovery_ends_with_the_last_incident_or_with_the_repair() -> None:
    failed, start = deployed(1, at(days=2)), at(days=2)
    resolved = incident(1, start + HOUR, resolved_at=start + 3 * HOUR)
    repaired = incident(2, start + 2 * HOUR)
    repair = deployed(2, start + 5 * HOUR, because=2)
    both = known([failed, repair], [resolved, repaired])
    assert measured(both).recovery.p50 == 5
    alone = known([failed], [resolved])
    assert measured(alone).recovery.p50 == 3


def test_a_failure_that_is_not_over_makes_the_median_a_bound() -> None:
    of = known([deployed(1, at(hours=6))], [incident(1, at(hours=5))])
    recovery = measured(of).recovery
    assert (recovery.n, recovery.censored, recovery.p50, recovery.more_than) == (1, 1, None, 6.0)


def test_what_is_resolved_after_the_moment_is_not_over_then() -> None:
    one = incident(1, at(hours=5), resolved_at=at(hours=1))
    runs = [deployed(1, at(hours=6))]
    assert measured(known(runs, [one])).recovery.p50 == 5
    then = measured(known(runs, [one], as_of=at(hours=3))).recovery
    assert (then.p50, then.more_than, then.censored) == (None, 3.0, 1)


def test_what_was_over_before_it_began_is_left_out_and_listed() -> None:
    of = known(
        [deployed(1, at(days=2)), deployed(2, at(days=1))],
        [
            incident(1, at(days=1, hours=12), resolved_at=at(days=1, hours=6)),
            incident(2, at(hours=20), resolved_at=at(days=1, hours=2)),
        ],
    )
    recovery = measured(of).recovery
    assert (recovery.n, recovery.p50) == (1, 18.0)
    assert [one.what for one in recovery.impossible] == ["INC-2"]
    assert measured(of).change_fail.count == 2, "both failed all the same"


def test_kaplan_and_meier_by_hand() -> None:
    assert median_recovery([]) == (None, None)
    assert median_recovery([(1, True), (2, True), (3, True)]) == (2, None)
    assert median_recovery([(1, True), (2, True)]) == (1, None), "nearest rank, as elsewhere"
    assert median_recovery([(1, False), (2, True), (3, True), (4, True)]) == (3, None)
    assert median_recovery([(1, True), (2, False), (3, False)]) == (None, 3)
    assert median_recovery([(1, False), (2, False), (3, True), (4, True)]) == (3, None)
    at_once = median_recovery([(1, True), (1, False), (2, False)])
    assert at_once == (None, 2), "of equal times what is over comes first"


times = st.lists(st.tuples(st.integers(0, 50).map(float), st.booleans()), min_size=1, max_size=30)


@given(times)
def test_the_median_is_no_shorter_than_among_those_that_are_over(
    recoveries: list[tuple[float, bool]],
) -> None:
    over = sorted(time for time, is_over in recoveries if is_over)
    middle, more_than = median_recovery(recoveries)
    assert (middle is None) != (more_than is None)
    if middle is not None:
        assert middle >= (median(over) or 0) and middle in over
    else:
        assert more_than == max(time for time, _ in recoveries)


@given(st.lists(st.integers(0, 50).map(float), min_size=1, max_size=30))
def test_where_all_are_over_it_is_the_plain_median(recoveries: list[float]) -> None:
    assert median_recovery([(time, True) for time in recoveries]) == (median(recoveries), None)


# -- rework ----------------------------------------------------------------------------------


def test_unplanned_is_what_was_said_else_what_the_rule_says() -> None:
    of = known(
        [
            deployed(1, at(days=9), ref="main"),
            deployed(2, at(days=8), ref="hotfix/fee", commits=("c" * 40,)),
            deployed(3, at(days=7), ref="hotfix/fee", planned=True, commits=("d" * 40,)),
            deployed(4, at(days=6), ref="main", planned=False, commits=("e" * 40,)),
            deployed(5, at(days=5), because=1, commits=("f" * 40,)),
        ],
        [incident(1, at(days=5, hours=1))],
    )
    rework = measured(of).rework
    assert (rework.count, rework.n) == (3, 5)
    assert [one.unplanned for one in of.runs.live] == [
        *("", "hotfix/fee", "", "marked", "repairs an incident")
    ]


# -- lead times ------------------------------------------------------------------------------


def change(number: int, **moments: object) -> Change:
    return Change(number, 1, f"#{number}", **moments)  # type: ignore[arg-type]


def test_a_revert_is_counted_and_in_no_median() -> None:
    live = deployed(1, at(days=1))
    slow = change(1, first_commit_at=at(days=11), merged_at=at(days=2), deployment=1)
    quick = change(
        2, first_commit_at=at(days=3), merged_at=at(days=2), deployment=1, is_revert=True
    )
    lead = measured(known([live], changes=[slow, quick])).lead_time
    assert (lead.n, lead.reverts, lead.p50) == (1, 1, 240.0)
    assert lead.parts.deploy.n == 1


def test_an_impossible_order_is_listed_and_never_clipped() -> None:
    live = deployed(1, at(days=2))
    later = change(1, first_commit_at=at(days=4), merged_at=at(days=1), deployment=1)
    good = change(2, first_commit_at=at(days=4), merged_at=at(days=3), deployment=1)
    of = known([live], changes=[later, good])
    lead = measured(of).lead_time
    assert (lead.n, lead.p50) == (1, 48.0)
    assert [(one.what, one.why) for one in lead.impossible] == [("#1", "deployed before merged")]
    row = change_rows(of, window(None, None, "UTC", of.as_of))[-1]
    assert (row.ref, row.total, row.deploy) == ("#1", None, None)


def test_a_change_without_a_first_commit_has_parts_and_no_total() -> None:
    live = deployed(1, at(days=1))
    one = change(1, proposed_at=at(days=4), reviewed_at=at(days=3), merged_at=at(days=2),
                 deployment=1)  # fmt: skip
    lead = measured(known([live], changes=[one])).lead_time
    assert (lead.n, lead.without_first_commit) == (0, 1)
    assert (lead.parts.pick_up.p50, lead.parts.code.n) == (24.0, 0)


def test_a_review_after_the_merge_is_none() -> None:
    one = lead_time(change(1, first_commit_at=1, proposed_at=2, merged_at=3, reviewed_at=9), 20)
    assert (one.impossible, one.pick_up, one.review, one.is_unreviewed) == ("", None, None, True)
    assert (one.total, one.code, one.deploy) == (19, 1, 17)


def test_moments_that_are_equal_are_in_order() -> None:
    one = lead_time(
        change(1, first_commit_at=5, proposed_at=5, reviewed_at=5, merged_at=5, deployment=1), 5
    )
    assert (one.total, one.pick_up, one.review, one.impossible) == (0, 0, 0, "")


moment = st.none() | st.integers(0, 10)


@given(moment, moment, moment, moment, moment)
def test_the_parts_add_up_to_the_whole_where_all_are_known(
    first: int | None,
    proposed: int | None,
    reviewed: int | None,
    merged: int | None,
    live: int | None,
) -> None:
    one = lead_time(
        change(
            1,
            first_commit_at=first,
            proposed_at=proposed,
            reviewed_at=reviewed,
            merged_at=merged,
        ),
        live,
    )
    parts = (one.code, one.pick_up, one.review, one.deploy)
    assert all(part >= 0 for part in parts if part is not None)
    if one.impossible:
        assert parts == (None,) * 4 and one.total is None
    elif all(part is not None for part in parts):
        assert one.total == sum(part for part in parts if part is not None)
    steps = [step for step in (first, proposed, merged, live) if step is not None]
    if steps != sorted(steps):
        assert one.impossible


# -- windows, weeks, trends ------------------------------------------------------------------


def test_the_window_is_of_whole_days_in_the_zone_of_the_service() -> None:
    midnight = datetime(2026, 3, 1, 23, tzinfo=UTC)  # 2 March, 00:00 in Vienna
    of = known([deployed(1, to_micros(midnight) - 1), deployed(2, to_micros(midnight))])
    days = date(2026, 3, 2), date(2026, 3, 8)
    assert measure(of, window(*days, "Europe/Vienna", of.as_of))[0].frequency.n == 1
    assert measure(of, window(*days, "UTC", of.as_of))[0].frequency.n == 0
    inside, weeks = measure(of, window(*days, "Europe/Vienna", of.as_of))
    assert [week.deployments for week in weeks] == [1] and inside.frequency.days == 7


def test_full_weeks_begin_on_mondays_inside_the_window() -> None:
    weeks = full_weeks(date(2026, 3, 4), date(2026, 3, 29), "UTC", to_micros(NOW))
    assert weeks == [date(2026, 3, 9), date(2026, 3, 16), date(2026, 3, 23)]
    sunday = to_micros(datetime(2026, 3, 29, 12, tzinfo=UTC))
    assert full_weeks(date(2026, 3, 2), date(2026, 3, 29), "UTC", sunday) == [
        *(date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16))
    ], "the last one is not over"


def weekly(*counts: int) -> Known:
    """Deployments in full weeks up to the last one before now."""
    last = datetime(2026, 3, 24, 6, tzinfo=UTC)
    moments = [
        to_micros(last - timedelta(weeks=len(counts) - 1 - week, minutes=-20 * n))
        for week, count in enumerate(counts)
        for n in range(count)
    ]
    return known([deployed(n, moment) for n, moment in enumerate(moments, 1)])


def test_the_week_of_the_first_deployment_is_in_no_trend() -> None:
    assert measured(weekly(3, 3, 3, 3, 3, 3, 3, 3, 30)).frequency.trend is not None
    assert measured(weekly(3, 3, 3, 3, 3, 3, 3, 30)).frequency.trend is None


def test_a_gap_belongs_to_the_window_in_which_it_ends() -> None:
    assert gaps([0, 10, 13], 11, 20) == [3]
    assert gaps([0, 10, 13], 10, 20) == [10, 3]
    assert gaps([5], 0, 10) == []


def test_a_trend_is_claimed_only_where_the_latest_week_is_a_signal() -> None:
    assert trend_of_counts([3, 4, 3, 4, 3, 4, 3, 4, 3]) is None
    assert trend_of_counts([3, 4, 3, 4, 3, 4, 3, 4, 20]) == (Trend.UP, "above the upper limit")
    assert trend_of_counts([3, 3, 3, 3, 30]) is None, "too few weeks"
    assert trend_of_counts([0, 1, 0, 0, 1, 0, 0, 0, 5]) is None, "too few deployments"
    assert trend_of_counts([2, 2, 3, 2, 2, 2, 2, 2, 2, 2, 3]) is None, "one more is no signal"
    run = trend_of_counts([1] * 8 + [2] * 8)
    assert run == (Trend.UP, "8 weeks in a row above the median"), "eight in a row are"
    assert trend_of_counts([1] * 8 + [2] * 7) is None
    assert trend_of_counts([2] * 8 + [1] * 8 + [2]) is None
    assert trend_of_counts([2] * 9 + [1] * 8) == (Trend.DOWN, "8 weeks in a row below the median")
    assert trend_of_counts([2, 0, 3, 1, 2, 2, 3, 2, 2, 2, 2, 2]) is None, "as ever"
    rare = [2, *[0] * 10]
    assert trend_of_rates(rare, [3] * 11) is None, "weeks without a rare thing are no signal"
    often = [2, 3, 2, 3, 2, 3, 2, 3, 9]
    assert trend_of_rates(often, [10] * 9) == (Trend.UP, "above the upper limit")
    assert trend_of_rates([], []) is None
    values = [5.0, 6.0, 5.0, 6.0, 5.0, 6.0, 5.0, 6.0, 40.0]
    assert trend_of_values(values, [9] * 9) == (Trend.UP, "above the upper limit")
    assert trend_of_values(values, [9] * 8 + [1]) is None, "one value's own"
    assert trend_of_values([*values, None], [9] * 10) is None, "nothing in the latest week"


def test_without_any_incident_on_record_no_rate_is_claimed() -> None:
    runs = [deployed(n, at(days=n)) for n in range(1, 9)]
    figures = measured(known(runs))
    for rate in (figures.change_fail, figures.rework):
        assert (rate.rate, rate.low, rate.high, rate.n) == (None, None, None, 8)
        assert rate.unknown
    marked = measured(known([*runs, deployed(9, at(days=9), planned=True)]))
    assert (marked.rework.rate, marked.change_fail.rate) == (0, None)
    recorded = measured(known(runs, [incident(1, at(days=20))]))
    assert (recorded.change_fail.rate, recorded.rework.rate) == (0, 0)


# -- items, words ----------------------------------------------------------------------------


def items_of(of: Known, **times: ItemTimes) -> list[LiveItem]:
    by_id = {int(name[1:]): time for name, time in times.items()}
    return list(live_items(of, window(None, None, "UTC", of.as_of), by_id))


def test_an_item_is_live_with_the_first_deployment_that_names_it() -> None:
    runs = [deployed(n, at(days=10 - n), items=(7,)) for n in (1, 2)]
    one = change(1, first_commit_at=at(days=12), merged_at=at(days=9), deployment=2)
    of = known(runs, changes=[replace(one, items=(8,))])
    rows = items_of(
        of, i7=ItemTimes("a", at(days=19), at(days=14)), i8=ItemTimes("b", at(days=10), None)
    )
    assert [(row.item, row.deployment, row.from_creation, row.from_commitment) for row in rows] == [
        *((7, 1, 10.0, 5.0), (8, 2, 2.0, None))
    ]
    live = idea_to_live(rows)
    assert (live.n, live.p50, live.committed, live.p50_committed) == (2, 2.0, 1, 5.0)
    assert (live.with_commit, live.begun_before) == (0, 1), "its commit is older than the item"


def test_an_item_that_was_live_before_it_was_there_is_left_out_and_listed() -> None:
    of = known([deployed(1, at(days=5), items=(7, 8, 9))])
    rows = items_of(
        of,
        i7=ItemTimes("late", at(days=4), None),
        i8=ItemTimes("begun late", at(days=9), at(days=1)),
        i9=ItemTimes("good", at(days=9), at(days=8)),
    )
    assert {row.item: row.impossible for row in rows} == {
        7: "live before it was created",
        8: "live before it was committed to",
        9: "",
    }
    live = idea_to_live(rows)
    assert (live.n, live.p50, [one.what for one in live.impossible]) == (
        1,
        4.0,
        ["late", "begun late"],
    )


@pytest.mark.parametrize(
    ("hours", "text", "at_least"),
    [
        (0, "0 min", "0 min"),
        (0.001, "< 1 min", "< 1 min"),
        (0.995, "1 h", "59 min"),
        (6.49, "6.5 h", "6.4 h"),
        (23.9, "24 h", "23 h"),
        (47.9, "48 h", "47 h"),
        (51, "2.1 d", "2.1 d"),
        (24 * 9.97, "10 d", "9 d"),
    ],
)
def test_how_long_something_took(hours: float, text: str, at_least: str) -> None:
    assert (took(hours), took(hours, down=True)) == (text, at_least)


@given(st.lists(st.none() | st.floats(0, 1e6), min_size=1, max_size=30))
def test_a_sparkline_has_a_height_for_every_value(values: list[float | None]) -> None:
    drawn = sparkline(values)
    most = max((value for value in values if value is not None), default=0)
    for value, character in zip(values, drawn, strict=True):
        assert (character == "·") is (value is None)
        if value is not None and most:
            assert (character == "█") >= (value == most)


def test_of_few_deployments_the_range_is_the_figure() -> None:
    def rate(count: int, n: int) -> Rate:
        share, low, high = wilson(count, n) or (None, None, None)
        return Rate(
            count=count, n=n, rate=share, low=low, high=high, inferred=0, unknown="", trend=None
        )

    assert rate_figure(rate(1, 4)) == ("5% to 70%", "")
    assert rate_figure(rate(2, 19)) == ("3% to 31%", "")
    assert rate_figure(rate(2, 20)) == ("10%", "3% to 30%")
    assert rate_sentence(rate(1, 4), "failed") == "1 of 4 deployments failed: between 5% and 70%"
    assert rate_sentence(rate(2, 20), "failed") == "2 of 20 deployments failed: 10% (3% to 30%)"


def test_nothing_is_known_of_a_service_without_records() -> None:
    figures = measured(known())
    assert figures.frequency.n == 0 and figures.frequency.per_day == 0
    assert (figures.change_fail.rate, figures.lead_time.p50) == (None, None)
    assert (figures.recovery.p50, figures.recovery.more_than) == (None, None)


moments = st.lists(st.integers(0, 60 * 24 * 89), max_size=25)


@given(moments, moments, st.data())
def test_rates_lie_in_their_ranges_and_count_each_deployment_once(
    ended: list[int], opened: list[int], data: st.DataObject
) -> None:
    results = st.sampled_from(DeploymentResult)
    runs = [
        deployed(n, at(minutes=ago), result=data.draw(results)) for n, ago in enumerate(ended, 1)
    ]
    of = known(runs, [incident(n, at(minutes=ago)) for n, ago in enumerate(opened, 1)])
    figures = measured(of)
    live = sum(one.result in (DeploymentResult.SUCCESS, DeploymentResult.PARTLY) for one in runs)
    assert figures.frequency.n == figures.change_fail.n == figures.rework.n == live
    for rate in (figures.change_fail, figures.rework):
        assert 0 <= rate.inferred <= rate.count <= rate.n
        if rate.rate is not None:
            assert 0 <= (rate.low or 0) <= rate.rate <= (rate.high or 0) <= 1
    assert figures.recovery.n + len(figures.recovery.impossible) == figures.change_fail.count
    assert figures.recovery.censored <= figures.recovery.n
