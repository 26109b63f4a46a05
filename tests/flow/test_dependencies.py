"""Dependencies: waiting time, blockers, the longest chain, cycles, risks, teams."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsm.features.dependencies.figures import (
    dependencies,
    find_cycles,
    longest_chains,
    rank_teams,
    waiting_days,
)
from vsm.features.dependencies.odds import at_share, finish_days, share_within
from vsm.features.dependencies.report import report
from vsm.features.dependencies.results import (
    Dependencies,
    DependentItem,
    Odds,
    RiskKind,
    TeamPair,
    Wait,
)
from vsm.model.rules import DAY
from vsm.report.terminal import draw_text

NOW = 20_000 * DAY
"""2024-10-04."""


def analyse(
    parts: list[DependentItem], links: list[tuple[int, int]], *selected: int
) -> Dependencies:
    """Analyse links without agreements."""
    return dependencies(parts, [(a, b, None, None) for a, b in links], NOW, "UTC", selected)


def part(number: int, team: str = "Core", **more: object) -> DependentItem:
    values = {
        "title": f"Item {number}",
        "stream": "Web",
        "stage": "Build",
        "created": NOW - 30 * DAY,
        "start": NOW - 10 * DAY,
        "due": None,
        "remaining": 5.0,
        **more,
    }
    return DependentItem(id=number, key=f"WEB-{number}", team=team, **values)  # type: ignore[arg-type]


def test_waiting_begins_when_the_item_had_started_and_both_were_there() -> None:
    blocker, waiting = part(1), part(2)
    assert waiting_days(blocker, waiting, NOW) == pytest.approx(10)
    assert waiting_days(replace(blocker, created=NOW - 4 * DAY), waiting, NOW) == pytest.approx(4)
    assert waiting_days(blocker, replace(waiting, since=NOW - 2 * DAY), NOW) == pytest.approx(2)
    assert waiting_days(blocker, replace(waiting, start=None), NOW) == 0


def test_teams_wait_for_teams_with_days_and_items() -> None:
    parts = [part(1, "Ledger"), part(2, "Cards"), part(3, "Cards"), part(4, "App", start=None)]
    result = analyse(parts, [(1, 2), (1, 3), (1, 4)])
    assert [(m.waiting, m.blocking, len(m.waits), round(m.days)) for m in result.matrix] == [
        ("Cards", "Ledger", 2, 20),
        ("App", "Ledger", 1, 0),
    ]
    ledger = result.teams[0]
    assert (ledger.team, ledger.holds_up, round(ledger.days_held_up)) == (
        "Ledger",
        ("App", "Cards"),
        20,
    )


def test_what_waits_behind_counts_what_waits_indirectly_once() -> None:
    parts = [part(n) for n in range(1, 6)]
    result = analyse(parts, [(1, 2), (2, 3), (1, 3), (3, 4)])
    first = result.blockers[0]
    assert (first.item, first.behind, round(first.days)) == (1, (2, 3, 4), 30)


def test_ends_that_are_not_open_are_no_dependency() -> None:
    result = analyse([part(1)], [(1, 2), (3, 1)])
    assert result.waits == () and result.blockers == () and result.matrix == ()


def test_the_critical_path_is_the_longest_and_late_where_it_ends_too_late() -> None:
    parts = [
        part(1, remaining=20.0),
        part(2, remaining=3.0),
        part(3, remaining=4.0, due=date(2024, 10, 20)),
        part(4, due=date(2025, 12, 1)),
    ]
    result = analyse(parts, [(1, 3), (2, 3), (2, 4)])
    late, fine = result.paths
    assert (late.items, late.days, late.ends, late.late) == ((1, 3), 24, date(2024, 10, 28), True)
    assert (fine.items, fine.days, fine.late) == ((2, 4), 8, False)
    (risk,) = [risk for risk in result.risks if risk.kind is RiskKind.LATE]
    assert (risk.item, risk.on) == (3, 1)
    assert "0% by then, 50% by 28 Oct 2024, 85% by 28 Oct 2024" in risk.why
    only = analyse(parts, [(1, 3), (2, 3), (2, 4)], 4, 99)
    assert [path.items for path in only.paths] == [(2, 4)]


def test_a_cycle_names_the_link_to_remove_and_the_rest_goes_on() -> None:
    parts = [part(n, created=NOW - (20 + n) * DAY) for n in range(1, 6)]
    parts[4] = replace(parts[4], due=date(2024, 12, 1))
    result = analyse(parts, [(1, 2), (2, 3), (3, 1), (3, 4), (4, 5)])
    (cycle,) = result.cycles
    assert cycle.items == (1, 2, 3)
    assert cycle.cut == (2, 3), "item 3 was made first of all"
    (path,) = result.paths
    assert path.items == (3, 4, 5)
    assert result.blockers[0].item not in result.blockers[0].behind


def test_risks_say_why() -> None:
    parts = [
        part(1, "Ledger", blocked="decision"),
        part(2, "Ledger", start=None),
        part(3, "Ledger", late=True),
        part(4),
        part(5, start=None),
    ]
    result = analyse(parts, [(1, 4), (2, 4), (3, 4), (3, 5)])
    assert [(risk.kind, risk.on) for risk in result.risks] == [
        (RiskKind.BLOCKED, 1),
        (RiskKind.NOT_STARTED, 2),
        (RiskKind.AGEING, 3),
    ]
    assert all("WEB-4 waits for" in risk.why and "Ledger" in risk.why for risk in result.risks)


def test_an_item_has_a_chain_both_ways() -> None:
    parts = [part(n) for n in range(1, 7)]
    result = analyse(parts, [(1, 2), (2, 3), (1, 3), (3, 4), (3, 5)])
    before, after = result.chain(3)
    assert before == [(1, 1), (1, 2), (2, 1)]
    assert after == [(1, 4), (1, 5)]
    assert result.chain(6) == ([], [])
    assert result.part(3).key == "WEB-3"
    with pytest.raises(KeyError):
        result.part(7)


def test_a_team_between_others_has_betweenness() -> None:
    def waits(a: str, b: str) -> TeamPair:
        return TeamPair(a, b, (Wait(blocker=1, waiting=2, days=3.0),))

    teams = {p.team: p for p in rank_teams([waits("A", "B"), waits("B", "C"), waits("D", "B")])}
    assert teams["B"].between > 0 == teams["A"].between
    assert teams["B"].waits_for == ("C",) and teams["B"].holds_up == ("A", "D")
    assert rank_teams([waits("A", "A"), waits("", "A")]) == ()


PAIRS = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 8)).filter(lambda pair: pair[0] != pair[1]),
    max_size=24,
)


@given(PAIRS, st.lists(st.integers(0, 20), min_size=9, max_size=9))
def test_the_longest_chain_is_that_of_every_path_tried(
    pairs: list[tuple[int, int]], took: list[int]
) -> None:
    down = sorted({(min(pair), max(pair)) for pair in pairs})
    remaining = {n: float(days) for n, days in enumerate(took)}
    finish, _ = longest_chains(down, remaining)

    def slow(item: int) -> float:
        return remaining[item] + max((slow(a) for a, b in down if b == item), default=0.0)

    assert finish == {item: slow(item) for item in remaining}


@given(PAIRS)
def test_every_cycle_is_a_cycle_and_removing_its_link_opens_it(
    pairs: list[tuple[int, int]],
) -> None:
    links = sorted(set(pairs))
    by_id = {n: part(n, created=n) for n in range(9)}
    cycles = find_cycles(links, by_id)
    graph = nx.DiGraph(links)
    knots = [knot for knot in nx.strongly_connected_components(graph) if len(knot) > 1]
    assert len(cycles) == len(knots)
    for cycle in cycles:
        around = list(zip(cycle.items, (*cycle.items[1:], cycle.items[0]), strict=True))
        assert set(around) <= set(links) and cycle.cut in around
        assert len(set(cycle.items)) == len(cycle.items)
    result = analyse(list(by_id.values()), links)
    assert len(result.waits) == len(links)


def test_odds_come_from_all_that_finished_and_say_50_and_85_percent() -> None:
    ten = tuple(float(n) for n in range(1, 11))
    parts = [part(1, takes=ten, remaining=5.0), part(2, takes=ten, remaining=5.0)]
    result = dependencies(parts, [(1, 2, "accepted", "2024-10-07")], NOW, "UTC", [2])
    (wait,) = result.waits
    assert wait.odds == Odds(date(2024, 10, 9), date(2024, 10, 13), 0.3)
    (risk,) = result.risks
    assert risk.kind is RiskKind.LATE
    assert risk.why == (
        "WEB-2 needs WEB-1 of Core by 7 Oct 2024: 30% by then, 50% by 9 Oct 2024, 85% by"
        " 13 Oct 2024"
    )
    (path,) = result.paths
    assert path.odds == Odds(date(2024, 10, 15), date(2024, 10, 19))
    assert (path.ends, path.days) == (date(2024, 10, 15), 11)
    text = " ".join(draw_text(report(result, asked=True), 200))
    assert "WEB-2 (Core, median 5 d): 50% by 15 Oct 2024, 85% by 19 Oct 2024" in text
    assert "expected" not in text


def test_what_waits_for_two_is_there_after_the_later_one() -> None:
    coin = (1.0, 9.0)
    finish = finish_days([(1, 3), (2, 3)], {1: coin, 2: coin, 3: (1.0,), 4: ()})
    assert finish[3] == [2.0, 10.0, 10.0, 10.0] and 4 not in finish
    assert at_share(finish[3], 0.5) == 10 and share_within(finish[3], 2) == 0.25


def test_agreements_can_be_at_risk() -> None:
    parts = [part(n, remaining=10.0) for n in range(1, 8)]
    links = [
        (1, 7, "broken", None),
        (2, 7, "accepted", "2024-10-10"),
        (3, 7, "proposed", "2024-10-16"),
        (4, 7, None, "2024-10-17"),
        (5, 7, "proposed", "2024-12-01"),
        (6, 7, "accepted", "2024-12-01"),
    ]
    result = dependencies(parts, links, NOW, "UTC")
    assert [(risk.kind, risk.on) for risk in result.risks] == [
        (RiskKind.BROKEN, 1),
        (RiskKind.LATE, 2),
        (RiskKind.UNAGREED, 3),
        (RiskKind.UNAGREED, 4),
    ]
    assert [risk.why for risk in result.risks[1:]] == [
        "WEB-7 needs WEB-2 of Core by 10 Oct 2024: 0% by then, 50% by 14 Oct 2024,"
        " 85% by 14 Oct 2024",
        "WEB-7 needs WEB-3 of Core by 16 Oct 2024: it was asked for, but not accepted",
        "WEB-7 needs WEB-4 of Core by 17 Oct 2024: nothing is agreed on",
    ]
    states = {wait.blocker: (wait.state, wait.need_by) for wait in result.waits}
    assert states[5] == ("proposed", date(2024, 12, 1)) and states[4][0] is None


def test_nothing_is_expected_where_nothing_finished_from_a_stage() -> None:
    parts = [part(1, remaining=None), part(2), part(3), part(4)]
    result = analyse(parts, [(1, 2), (2, 3), (4, 3)], 3, 4)
    by_end = {path.items[-1]: path for path in result.paths}
    assert by_end[3].ends is None and not by_end[3].late
    assert by_end[4].ends == date(2024, 10, 9)
    agreed = dependencies(parts, [(1, 2, "accepted", "2024-10-05")], NOW, "UTC")
    assert agreed.risks == ()


def test_no_path_leads_to_an_item_in_a_cycle() -> None:
    parts = [part(1, due=date(2024, 10, 20)), part(2), part(3, due=date(2024, 10, 20))]
    links = [(1, 2), (2, 1), (2, 3)]
    assert analyse(parts, links, 1).paths == ()
    assert [path.items[-1] for path in analyse(parts, links).paths] == [3]


def test_the_part_of_a_team_or_of_two_equals_that_of_all() -> None:
    parts = [
        part(1, "Ledger", remaining=20.0),
        part(2, "Cards", due=date(2024, 10, 6)),
        part(3, "App", start=None),
        part(4, "Web"),
        part(5, "Web"),
    ]
    result = analyse(parts, [(1, 2), (2, 3), (3, 4), (4, 5), (5, 4)])
    cards = result.among("Cards")
    assert [(w.blocker, w.waiting) for w in cards.waits] == [(1, 2), (2, 3)]
    assert {(m.waiting, m.blocking) for m in cards.matrix} == {
        ("Cards", "Ledger"),
        ("App", "Cards"),
    }
    assert {b.item: b.behind for b in cards.blockers} == {1: (2, 3, 4, 5), 2: (3, 4, 5)}
    assert [path.items for path in cards.paths] == [(1, 2)]
    assert cards.cycles == () and {risk.item for risk in cards.risks} == {2}
    web = result.between("Web", "Web")
    assert len(web.cycles) == 1 and len(web.waits) == 2 and web.paths == ()
    assert result.between("Ledger", "Web").waits == ()
