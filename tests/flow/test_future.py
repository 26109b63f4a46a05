"""Future states of a map by hand: visits, loads, waits and lead time, and the edits of a draft."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from random import Random

import pytest

from vsm.features.map.future import State, calibrate, work_out
from vsm.features.map.future_compare import Sides, compare_states, headline, notes_of
from vsm.features.map.future_network import Network, Node, solve_visits
from vsm.features.map.future_play import MOST_STEPS, _Model, play_state
from vsm.flow.queueing import mean_wait
from vsm.model.decide.draft_map import apply_edits
from vsm.model.errors import BadInput
from vsm.model.stream import Category, Edge, EdgeKind, LimitKind, Stage, ValueStream, chain
from vsm.model.team import Team

NAMES = ("Analysis", "Build", "Review", "Test")
PROCESS, WAIT = (0.5, 2.0, 1.0, 0.25), (5.0, 1.5, 3.0, 0.5)


def stream_of(*names: str, edges: tuple[Edge, ...] = ()) -> ValueStream:
    """A stream of active stages, numbered from 1, and done."""
    stages = [Stage(n, name, Category.ACTIVE, n) for n, name in enumerate(names, 1)]
    stages.append(Stage(len(stages) + 1, "Done", Category.DONE, len(stages) + 1))
    return ValueStream(1, "Pay", "UTC", tuple(stages), (*chain(stages), *edges)).validate()


def network_of(
    nodes: list[Node], moves: dict[tuple[int, int], float], rate: float = 0.0, **slots: float
) -> Network:
    """A calibrated network that begins in its first node."""
    pools = {f"stage {name[1:]}": number for name, number in slots.items()}
    return calibrate(
        Network(
            nodes={node.id: node for node in nodes},
            entry={nodes[0].id: 1.0},
            moves=moves,
            slots=pools,
            rate=rate,
        )
    )


def node(number: int, name: str, service: float, wait: float | None, rate: float = 0.0) -> Node:
    """A stage of work that is measured."""
    return Node(
        id=number,
        name=name,
        category=Category.ACTIVE,
        service=service,
        shown=service,
        wait=wait,
        pool=f"stage {number}",
        rate=rate,
        source="measured",
    )


def one_path(rate: float = 0.0, **slots: float) -> Network:
    """The path of the first check value."""
    rows = zip(range(1, 5), NAMES, PROCESS, WAIT, strict=True)
    nodes = [node(n, name, service, wait, rate) for n, name, service, wait in rows]
    return network_of(nodes, {(n, n + 1): 1.0 for n in (1, 2, 3)}, rate, **slots)


def compared(
    base: Network, stream: ValueStream, *edits: str, teams: tuple[Team, ...] = ()
) -> Sides:
    """A network without and with edits."""
    return compare_states(base, apply_edits(stream, edits, teams))


def test_a_path_takes_the_sum_of_its_process_times_and_waits() -> None:
    state = work_out(one_path())
    assert state.process_days == pytest.approx(3.75)
    assert state.lead_days == pytest.approx(13.75)
    assert sum(state.waits.values()) == pytest.approx(10.0)
    assert state.process_days / state.lead_days == pytest.approx(0.273, abs=0.0005)


def test_a_branch_counts_by_its_shares() -> None:
    nodes = [node(1, "A", 1.0, 0.0), node(2, "B", 2.0, 0.0), node(3, "C", 6.0, 0.0)]
    state = work_out(network_of(nodes, {(1, 2): 0.7, (1, 3): 0.3}))
    assert state.visits == pytest.approx({1: 1.0, 2: 0.7, 3: 0.3})
    assert state.process_days == pytest.approx(4.2)


def rework(share: float) -> Network:
    """Build, and Test that sends a share back."""
    nodes = [node(1, "Build", 2.0, 1.0, 0.5), node(2, "Test", 1.0, 1.0, 0.5)]
    return network_of(nodes, {(1, 2): 1.0, (2, 1): share}, 0.5, s1=2.0)


def test_rework_multiplies_visits_and_so_the_load() -> None:
    stream = stream_of("Build", "Test", edges=(Edge(2, 1, EdgeKind.REWORK),))
    sides = compared(rework(0.2), stream, "edge Test -> Build rework 10%")
    assert sides.before.visits[1] == pytest.approx(1.25)
    assert sides.after.visits[1] == pytest.approx(1.1111, abs=1e-4)
    loads = [state.pools["stage 1"].load for state in (sides.before, sides.after)]
    assert loads[0] == pytest.approx(0.5 * 1.25 * 2.0)
    assert loads[1] / loads[0] - 1 == pytest.approx(-0.111, abs=0.0005)


def test_a_leave_back_to_the_stage_itself_has_the_visits_of_a_geometric_law() -> None:
    assert solve_visits([1], {1: 1.0}, {(1, 1): 0.2})[1] == pytest.approx(1.25)


def test_a_circle_without_a_way_out_is_refused() -> None:
    with pytest.raises(BadInput, match="go round without an end"):
        solve_visits([1, 2], {1: 1.0}, {(1, 2): 1.0, (2, 1): 1.0})


def test_a_wait_follows_the_load_with_the_variation_that_explains_it() -> None:
    base = one_path(0.4, s2=1.0)  # 80% used: by the formula 8 d of wait, 1.5 d measured
    by_load = mean_wait(1, 0.8, 2.0)
    assert by_load == pytest.approx(8.0)
    assert base.nodes[2].variation == pytest.approx(1.5 / by_load)
    sides = compared(base, stream_of(*NAMES), "set Build slots 2")
    assert sides.before.waits[2] == pytest.approx(1.5)
    assert sides.after.waits[2] == pytest.approx(1.5 / by_load * mean_wait(2, 0.4, 2.0))
    assert sides.after.waits[3] == 3.0  # its slots are not known
    assert headline(sides).startswith("LT 13.8 → 12.3 d (−10%), constraint Build → demand")


def test_a_wait_that_no_load_explains_stays() -> None:
    base = one_path(0.05, s3=5.0)  # next to no load, and 3 d of wait
    sides = compared(base, stream_of(*NAMES), "set Review slots 10")
    assert base.nodes[3].variation == 10.0
    assert sides.after.waits[3] == pytest.approx(3.0, abs=0.01)


def test_slots_that_cannot_keep_up_have_no_lead_time() -> None:
    base = one_path(0.45, s2=1.0)
    sides = compared(base, stream_of(*NAMES), "set Build process 2.5d")
    assert sides.after.lead_days == inf
    assert sides.after.pools["stage 2"].growth == pytest.approx((0.45 * 2.5 - 1) / 2.5 * 7)
    assert headline(sides).startswith("LT 13.8 → grows without end, constraint Build")


def test_slots_that_cannot_keep_up_today_wait_no_less_while_they_cannot() -> None:
    base = one_path(0.6, s2=1.0)
    assert base.nodes[2].variation is None
    sides = compared(base, stream_of(*NAMES), "set Build process 1.9d")
    assert sides.before.waits[2] == sides.after.waits[2] == 1.5
    relieved = compared(base, stream_of(*NAMES), "set Build slots 3")
    assert relieved.after.waits[2] == pytest.approx(mean_wait(3, 0.4, 2.0))


def test_process_time_is_meant_in_proportion_to_what_the_map_shows() -> None:
    base = one_path(0.4, s2=1.0)
    base = base.with_node(replace(base.nodes[2], shown=4.0))  # half of it takes a slot
    sides = compared(base, stream_of(*NAMES), "set Build process 2d")
    assert sides.after.network.nodes[2].service == 1.0


def test_an_inserted_stage_takes_what_it_is_declared_to_take() -> None:
    drafted = apply_edits(stream_of(*NAMES), ["insert Sign-off after Review"])
    sides = compare_states(one_path(), drafted)
    assert sides.after.lead_days == sides.before.lead_days
    assert any("Sign-off counts as 0 d" in note for note in notes_of(sides, drafted, 1.0))
    more = ("insert Sign-off after Review", "set Sign-off process 4h", "set Sign-off wait 1d")
    after = compared(one_path(), stream_of(*NAMES), *more).after
    assert after.lead_days == pytest.approx(13.75 + 4 / 24 + 1)


def test_a_split_stage_takes_as_long_with_the_same_slots() -> None:
    base = one_path(0.4, s2=1.0)
    sides = compared(base, stream_of(*NAMES), "split Build into Code,Self-test")
    assert sides.after.pools["stage 2"].load == pytest.approx(0.8)
    assert sides.after.process_days == pytest.approx(3.75)
    assert [sides.after.network.nodes[n].name for n in (2, -1)] == ["Code", "Self-test"]
    # Two waits of half the length: smaller batches of work, the same load.
    assert sides.after.lead_days == pytest.approx(13.75)


def test_merged_stages_have_the_work_and_the_slots_of_both() -> None:
    base = one_path(0.4, s2=1.0, s3=1.0)
    sides = compared(base, stream_of(*NAMES), "merge Build with Review as Make")
    merged = sides.after.network.nodes[3]
    assert 2 not in sides.after.network.nodes and merged.name == "Make"
    assert merged.service == pytest.approx(3.0)
    pool = sides.after.pool_of(3)
    assert pool is not None and pool.slots == 2.0
    assert pool.load == pytest.approx(1.2)
    assert sides.after.visits == pytest.approx({1: 1.0, 3: 1.0, 4: 1.0})


def test_a_merge_keeps_the_returns_of_both() -> None:
    stream = stream_of("Build", "Test", "Ship")
    nodes = [node(n, name, 1.0, 0.0) for n, name in enumerate(("Build", "Test", "Ship"), 1)]
    base = network_of(nodes, {(1, 2): 1.0, (2, 3): 1.0, (3, 1): 0.2})
    after = compared(base, stream, "merge Build with Test").after
    assert after.visits == pytest.approx({2: 1.25, 3: 1.25})
    assert after.process_days == pytest.approx(1.25 * 3)


def test_a_retired_stage_is_passed_by() -> None:
    stream = stream_of(*NAMES)
    sides = compared(one_path(), stream, "retire Review")
    assert sides.after.lead_days == pytest.approx(13.75 - 4.0)
    base = rework(0.2)
    two = stream_of("Build", "Test", edges=(Edge(2, 1, EdgeKind.REWORK),))
    drafted = apply_edits(two, ["retire Test"])
    after = compare_states(base, drafted).after
    assert after.visits == pytest.approx({1: 1.0})
    assert "20% of the items that left Test went back: nobody sends them." in after.network.notes


def test_a_queue_waits_with_the_stage_that_it_feeds() -> None:
    queue = Node(id=1, name="Ready", category=Category.QUEUE, wait=4.0, pool="stage 1", feeds=2)
    base = network_of([queue, node(2, "Build", 2.0, 1.0, 0.4)], {(1, 2): 1.0}, 0.4, s2=1.0)
    state = work_out(base)
    assert state.lead_days == pytest.approx(7.0)
    assert state.waits == pytest.approx({1: 0.0, 2: 5.0})


def test_an_edge_without_a_share_is_taken_by_nobody_and_says_so() -> None:
    drafted = apply_edits(stream_of(*NAMES), ["edge Test -> Build rework"])
    sides = compare_states(one_path(), drafted)
    assert sides.after.visits == sides.before.visits
    assert any("has no share" in note for note in notes_of(sides, drafted, 1.0))


def plain(rate: float, service: float, slots: float) -> State:
    """One stage that waits as the formula says."""
    wait = mean_wait(slots, rate * service / slots, service)
    return work_out(network_of([node(1, "Build", service, wait, rate)], {}, rate, s1=slots))


@pytest.mark.parametrize(("rate", "slots"), [(0.25, 1.0), (0.7, 3.0)])
def test_the_simulation_agrees_with_the_formula_where_its_assumptions_hold(
    rate: float, slots: float
) -> None:
    state = plain(rate, 2.0, slots)
    played = play_state(state, stream_of("Build"), seed=1)
    assert played is not None and played.runs > 100
    assert played.mean == pytest.approx(state.lead_days, rel=0.1)
    assert played == play_state(state, stream_of("Build"), seed=1)


def test_the_simulation_knows_limits() -> None:
    stream = stream_of("Build", "Test")
    limited = stream.with_stage(replace(stream.stage(2), limit=1, limit_kind=LimitKind.HARD))
    nodes = [node(1, "Build", 1.0, 1.0, 0.6), node(2, "Test", 1.0, 1.5, 0.6)]
    state = work_out(network_of(nodes, {(1, 2): 1.0}, 0.6, s1=1.0, s2=1.0))
    free, held = play_state(state, stream, 1), play_state(state, limited, 1)
    assert free is not None and held is not None and held.mean > 1.3 * free.mean


def test_nothing_is_played_where_a_queue_only_grows() -> None:
    assert play_state(work_out(one_path(0.6, s2=1.0)), stream_of(*NAMES)) is None


@pytest.mark.parametrize("edit", ["retire Analysis", "set Analysis category backlog"])
def test_items_that_leave_at_once_are_played_too(edit: str) -> None:
    names = ("Analysis", "Build")
    nodes = [node(1, "Analysis", 1.0, 0.0), node(2, "Build", 2.0, 0.0)]
    base = network_of(nodes, {(1, 2): 0.6}, 0.4)
    drafted = apply_edits(stream_of(*names), [edit])
    after = compare_states(base, drafted).after
    assert after.network.entry == pytest.approx({2: 0.6})
    played = play_state(after, drafted.stream, seed=1)
    assert played is not None
    assert played.mean == pytest.approx(after.lead_days, rel=0.1)


def test_a_wait_that_a_draft_gives_is_played_once() -> None:
    base = one_path(0.45, s2=1.0)  # 90% used: much would wait
    after = compared(base, stream_of(*NAMES), "set Build wait 1d").after
    played = play_state(after, stream_of(*NAMES), seed=1)
    assert played is not None and played.mean == pytest.approx(after.lead_days, rel=0.05)


def test_a_stream_of_many_items_is_played_for_fewer_days(monkeypatch: pytest.MonkeyPatch) -> None:
    played_days: list[float] = []
    run = _Model.run

    def counted(model: _Model, chance: Random, fill: float, days: float) -> list[float]:
        played_days.append(fill + days)
        return run(model, chance, fill, days)

    monkeypatch.setattr(_Model, "run", counted)
    state = work_out(network_of([node(1, "Build", 0.5, 0.0)], {}, 2_000.0))
    played = play_state(state, stream_of("Build"), seed=1)
    assert played is not None and played.mean == pytest.approx(0.5, rel=0.05)
    assert 2_000 * sum(played_days) <= 1.1 * MOST_STEPS
