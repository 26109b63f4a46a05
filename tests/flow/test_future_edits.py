"""Future states by hand: queues and work that go off the map, and slots that a team shares."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.flow.test_future import NAMES, compared, network_of, node, one_path, stream_of
from vsm.features.bottlenecks.results import Bottlenecks, StageEvidence, TeamLoad
from vsm.features.map.future import work_out
from vsm.features.map.future_compare import Sides, growing
from vsm.features.map.future_figures import MeasuredFlow
from vsm.features.map.future_inputs import base_network
from vsm.features.map.future_network import Network, Node
from vsm.model.stream import Category, Stage, ValueStream, chain

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
