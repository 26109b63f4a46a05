"""Future states by hand: queues and work that go off the map, and slots that a team shares."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.flow.oracle import history_of
from tests.flow.test_future import NAMES, compared, network_of, node, one_path, stream_of
from tests.flow.test_map import CHAIN, MONDAY, path
from vsm.features.bottlenecks.results import Bottlenecks, StageEvidence, TeamLoad
from vsm.features.map.future import work_out
from vsm.features.map.future_compare import Sides, growing, rolled_ca
from vsm.features.map.future_figures import MeasuredFlow, measure_flow
from vsm.features.map.future_inputs import base_network
from vsm.features.map.future_network import Network, Node
from vsm.features.map.results import MapStage, Measure, Totals, ValueStreamMap
from vsm.flow.facts import Facts
from vsm.flow.flow_data import FlowData
from vsm.flow.window import window
from vsm.model.decide.draft_map import apply_edits
from vsm.model.declared import TimeBasis
from vsm.model.rules import to_micros
from vsm.model.stream import Category, Stage, ValueStream, chain
from vsm.model.team import Team

QUEUE = ("merge Ready with Build", "retire Ready into Build", "retire Ready into Triage")


def queue_and_stage(*, fed: bool, rate: float = 0.4, back: float = 0.0) -> Network:
    """Triage, a queue of 4 days, and one slot for 2 days of work that waits a day more."""
    nodes = [
        node(1, "Triage", 0.5, 0.5),
        Node(id=2, name="Ready", category=Category.QUEUE, wait=4.0, feeds=3 if fed else None),
        node(3, "Build", 2.0, 1.0, rate),
    ]
    moves = {(1, 2): 1.0, (2, 3): 1.0 - back, (3, 2): 0.1}
    return network_of(nodes, moves | ({(2, 1): back} if back else {}), rate, s3=1.0)


def stream_with_queue() -> ValueStream:
    """The map of :func:`queue_and_stage`."""
    stages = [
        Stage(1, "Triage", Category.ACTIVE, 1),
        Stage(2, "Ready", Category.QUEUE, 2),
        Stage(3, "Build", Category.ACTIVE, 3),
        Stage(4, "Done", Category.DONE, 4),
    ]
    return ValueStream(1, "Pay", "UTC", tuple(stages), chain(stages)).validate()


@pytest.mark.parametrize("edit", QUEUE)
@pytest.mark.parametrize("fed", [True, False])
@pytest.mark.parametrize("rate", [0.3, 0.6])
@pytest.mark.parametrize("back", [0.0, 0.1])
def test_a_queue_off_the_map_saves_nobody_a_wait(
    edit: str, fed: bool, rate: float, back: float
) -> None:
    base = queue_and_stage(fed=fed, rate=rate, back=back)
    sides = compared(base, stream_with_queue(), edit)
    assert 2 in sides.before.visits and 2 not in sides.after.visits
    assert sides.after.lead_days == pytest.approx(sides.before.lead_days)
    assert sides.after.process_days == pytest.approx(sides.before.process_days)
    loads = [state.pools["stage 3"].load for state in (sides.before, sides.after)]
    assert loads[1] == pytest.approx(loads[0])
    assert growing(sides) == () or rate == 0.6


def test_a_queue_that_goes_where_nobody_waits_stays_in_the_lead_time() -> None:
    sides = compared(queue_and_stage(fed=False), stream_with_queue(), "retire Ready into Build")
    assert sides.after.network.notes == ("The wait of Ready stays: 4.4 d an item.",)
    base = queue_and_stage(fed=False)
    only = replace(base, nodes={n: one for n, one in base.nodes.items() if n != 1})
    only = replace(only, entry={2: 1.0}, moves={(2, 3): 1.0})
    gone = compared(only, stream_with_queue(), "retire Ready into Triage").after
    assert gone.network.other_days == 4.0
    assert gone.lead_days == pytest.approx(work_out(only).lead_days)


def test_a_stage_merged_into_a_queue_keeps_its_slots_and_variation() -> None:
    base = queue_and_stage(fed=False)
    base = base.with_node(replace(base.nodes[1], rate=0.4, pool="desk"))
    base = replace(base, slots={**base.slots, "desk": 1.0})
    sides = compared(base, stream_with_queue(), "merge Triage with Ready")
    pool = sides.after.pool_of(2)
    assert pool is not None and pool.slots == 1.0
    assert sides.after.lead_days == pytest.approx(sides.before.lead_days)


def left_out(*edits: str) -> tuple[str, ...]:
    """The work that edits of the path of the first check value drop."""
    return compared(one_path(), stream_of(*NAMES), *edits).after.network.left_out


def test_the_work_of_a_retired_stage_is_said_to_be_left_out() -> None:
    work = "The work of Review is left out: 1.0 d of service time an item, and with it 3.0 d of"
    assert left_out("retire Review into Test") == (
        f"{work} wait. To move it along: merge Review with Test.",
    )
    assert left_out("retire Review") == (
        f"{work} wait. To move it along: merge Build with Review.",
    )
    declared = left_out("retire Review into Test", "set Test process 1.25d")
    assert declared == (f"{work} wait. Test takes the process time that the draft gives.",)
    assert left_out("merge Review with Test") == ()


def test_merged_work_moves_along() -> None:
    base = one_path(0.4, s3=1.0, s4=1.0)
    sides = compared(base, stream_of(*NAMES), "merge Review with Test")
    assert sides.after.process_days == pytest.approx(sides.before.process_days)


# -- times that a draft gives or takes back ----------------------------------------------------


def test_the_wait_of_a_queue_takes_the_place_of_its_part_where_it_feeds() -> None:
    base = queue_and_stage(fed=True, rate=0.3)
    sides = compared(base, stream_with_queue(), "set Ready wait 1d")
    visits = sides.before.visits
    assert visits[2] == visits[3]
    assert sides.before.waits[3] == pytest.approx(4.0 + 1.0)
    assert (sides.after.waits[2], sides.after.waits[3]) == pytest.approx((1.0, 1.0))
    assert sides.after.lead_days == pytest.approx(sides.before.lead_days - 3.0 * visits[2])


@pytest.mark.parametrize("edits", [(), ("set Ready wait 9d",)])
def test_the_wait_of_a_stage_stands_for_the_queue_that_feeds_it(edits: tuple[str, ...]) -> None:
    base = queue_and_stage(fed=True, rate=0.3)
    sides = compared(base, stream_with_queue(), *edits, "set Build wait 2d")
    assert (sides.after.waits[2], sides.after.waits[3]) == pytest.approx((0.0, 2.0))


@pytest.mark.parametrize(
    "edits",
    [
        ("set Build process none", "set Build wait none"),
        ("set Build wait 9d", "set Build process 9d", "set Build wait none", "set Build process -"),
    ],
)
def test_a_time_that_is_taken_back_stays_as_it_was_measured(edits: tuple[str, ...]) -> None:
    sides = compared(one_path(0.4, s2=1.0), stream_of(*NAMES), *edits)
    assert sides.after.lead_days == pytest.approx(sides.before.lead_days)
    assert sides.after.process_days == pytest.approx(3.75)


def declared_network(stream: ValueStream, feeds: dict[int, int]) -> Network:
    """The load model of a stream in which nothing flowed."""
    nothing = MeasuredFlow(items=0, visits={}, active={}, stay={}, entry={}, moves={})
    return base_network(stream, nothing, None, feeds=feeds, shown={}, teams={})


def test_a_declared_time_that_is_taken_back_is_not_known() -> None:
    stream = stream_of("Code", "Review")
    stream = stream.with_stage(replace(stream.stage(1), process_days=2.0, wait_days=1.0))
    sides = compared(declared_network(stream, {}), stream, "set Code process none")
    assert (sides.before.lead_days, sides.after.lead_days) == (3.0, 1.0)
    assert sides.after.network.nodes[1].source == "not known"
    sides = compared(declared_network(stream, {}), stream, "set Code wait none")
    assert sides.after.lead_days == 2.0


def test_a_declared_wait_stands_for_the_queue_that_feeds_the_stage() -> None:
    stream = stream_with_queue()
    for number, days in ((2, 4.0), (3, 5.0)):
        stage = replace(stream.stage(number), wait_days=days, process_days=1.0)
        stream = stream.with_stage(stage)
    state = work_out(declared_network(stream, {2: 3}))
    assert sum(state.waits.values()) == 5.0


def test_a_queue_grows_by_working_weeks_where_the_map_counts_working_time() -> None:
    base = replace(one_path(0.6, s2=1.0), week_days=5.0)
    (growth,) = growing(compared(base, stream_of(*NAMES)))
    assert growth.before == pytest.approx((0.6 * 2.0 - 1) / 2.0 * 5)
    stream = replace(stream_of(*NAMES), map_time=TimeBasis.WORKING)
    assert declared_network(stream, {}).week_days == 5.0


@pytest.mark.parametrize(("basis", "week"), [(TimeBasis.ELAPSED, 7), (TimeBasis.WORKING, 5)])
def test_starts_a_day_do_not_count_the_time_before_the_first_item(
    basis: TimeBasis, week: int
) -> None:
    stream = replace(CHAIN, map_time=basis)
    first = MONDAY + timedelta(days=45.5)  # 14 days before the figures are of
    items = [path(first + timedelta(days=n), (2, 1.0)) for n in range(8)]
    data = FlowData.of(history_of(dict(enumerate(items))), stream)
    as_of = to_micros(first + timedelta(days=14))
    blocks = Facts.from_rows((), teams={}).blocks.up_to(data.history, as_of)
    measured = measure_flow(data, blocks, window(None, None, "UTC", as_of))
    assert measured.items == 8
    assert measured.rate == pytest.approx(8 / (2 * week), abs=1e-6)


# -- slots that a team shares ----------------------------------------------------------------


def evidence(number: int, name: str, service: float, used: float) -> StageEvidence:
    """What the diagnosis has of a stage with two slots of its own."""
    return StageEvidence(
        stage=number,
        name=name,
        category="active",
        team="Mobile",
        arrivals=3.0,
        departures=3.0,
        parallel_places=2.0,
        touch_days=service,
        delays=False,
        utilisation=used,
        chance=0.1,
        growth=0.0,
        share_of_waiting=0.1,
        wip=1,
        limit=None,
        limit_reached=None,
        blocked_share=None,
        starved_share=None,
    )


def shared(slots: float, used: float) -> Sides:
    """Code and Review, each fitted on its own, of a team with so many slots for both."""
    stream = stream_of("Code", "Review")
    fits = (evidence(1, "Code", 2.5, 0.5), evidence(2, "Review", 2.5, 0.5))
    team = TeamLoad(
        team="Mobile",
        stages=("Code", "Review"),
        parallel_places=slots,
        utilisation=used,
        chance=0.9,
    )
    diagnosis = object.__new__(Bottlenecks)
    for field, value in (("stages", fits), ("teams", (team,))):
        object.__setattr__(diagnosis, field, value)
    measured = MeasuredFlow(
        items=20,
        visits={1: 20, 2: 20},
        active={1: 3.0, 2: 3.0},
        stay={1: 5.0, 2: 3.0},
        entry={1: 1.0},
        moves={(1, 2): 1.0},
        lead_mean=8.0,
        rate=0.4,
    )
    base = base_network(stream, measured, diagnosis, feeds={}, shown={1: 2.2, 2: 1.8}, teams={})
    return compared(base, stream)


def test_stages_that_share_slots_load_them_as_the_diagnosis_says() -> None:
    sides = shared(1.0, 0.9)
    (pool,) = sides.before.pools.values()
    assert pool.utilisation == pytest.approx(0.9)
    assert growing(sides) == ()
    assert sides.before.lead_days == pytest.approx(8.0)
    code = sides.before.network.nodes[1]
    assert code.service == pytest.approx(2.5 * 0.9 / 2.0)
    assert code.source == "measured, slots of Mobile fitted"
    note = "Code and Review share the slots of Mobile: the rest of their time is wait for them."
    assert sides.before.network.notes == (note,)


def test_what_keeps_shared_slots_busy_beside_is_other_work() -> None:
    sides = shared(4.0, 0.75)
    (pool,) = sides.before.pools.values()
    assert pool.utilisation == pytest.approx(0.75)
    assert sides.before.network.extra_load == pytest.approx({"team Mobile": 1.0})
    assert sides.before.network.nodes[1].service == 2.5 and not sides.before.network.notes


CORE, OPS = Team(1, "Core"), Team(2, "Ops")


def of_a_team() -> Network:
    """The path of the first check value, Build and Review with the two slots of Ops."""
    base = one_path(0.4)
    for number in (2, 3):
        base = base.with_node(replace(base.nodes[number], pool="team Ops", team="Ops"))
    return replace(base, slots={"team Ops": 2.0, "team Core": 4.0})


def test_a_stage_works_with_the_slots_of_the_team_that_a_draft_gives_it() -> None:
    sides = compared(of_a_team(), stream_of(*NAMES), "set Build team CORE", teams=(CORE, OPS))
    build = sides.after.network.nodes[2]
    assert (build.team, build.pool) == ("Core", "team Core")
    assert sides.after.pools["team Ops"].load == pytest.approx(0.4 * 1.0)


@pytest.mark.parametrize("team", ["new", "none"])
def test_a_stage_leaves_the_slots_of_its_old_team(team: str) -> None:
    teams = (CORE, OPS, Team(3, "New"))
    sides = compared(of_a_team(), stream_of(*NAMES), f"set Build team {team}", teams=teams)
    assert sides.after.network.nodes[2].pool == "stage 2"
    assert sides.after.pools["team Ops"].load == pytest.approx(0.4 * 1.0)


# -- %C&A ----------------------------------------------------------------------------------------


def quality(*edits: str) -> float | None:
    """Rolled %C&A where Build (80%) and Test (measured 50%) are on the main path, Review is not."""
    shares = {1: Measure(), 2: Measure(declared=0.8), 3: Measure(0.9), 4: Measure(0.5)}
    stages = tuple(
        MapStage(
            id=number,
            name=NAMES[number - 1],
            category=Category.ACTIVE,
            complete_accurate=share,
            on_main_path=number != 3,
        )
        for number, share in shares.items()
    )
    figures = object.__new__(ValueStreamMap)
    object.__setattr__(figures, "stages", stages)
    object.__setattr__(figures, "totals", Totals(rolled=Measure(0.4)))
    return rolled_ca(figures, apply_edits(stream_of(*NAMES), edits)).after


@pytest.mark.parametrize(
    ("edits", "rolled"),
    [
        (("set Build ca 100%",), 0.5),
        (("set Review ca 10%",), 0.4),
        (("insert Lint after Review", "set Lint ca 10%"), 0.4),
        (("insert Lint after Build", "set Lint ca 50%"), 0.2),
        (("set Test ca 100%", "set Test ca none"), 0.4),
        (("set Build ca none",), 0.5),
    ],
)
def test_rolled_complete_and_accurate_is_of_the_main_path(
    edits: tuple[str, ...], rolled: float
) -> None:
    assert quality(*edits) == pytest.approx(rolled)
