"""A value stream is a graph that either works or says which stages are wrong."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsm.model.stream import (
    Category,
    Direction,
    Edge,
    EdgeKind,
    LimitKind,
    Stage,
    StreamError,
    ValueStream,
    chain,
)

B, Q, A, D, X = Category.BACKLOG, Category.QUEUE, Category.ACTIVE, Category.DONE, Category.DROPPED


def stream(*stages: tuple[str, Category], edges: tuple[Edge, ...] | None = None) -> ValueStream:
    made = tuple(Stage(n, name, category, n) for n, (name, category) in enumerate(stages, 1))
    return ValueStream(1, "Work", "UTC", made, chain(made) if edges is None else edges)


PLAIN = (("Ideas", B), ("Ready", Q), ("Build", A), ("Review", A), ("Done", D), ("Dropped", X))


def test_the_commitment_is_the_first_working_stage_unless_it_is_chosen() -> None:
    work = stream(*PLAIN)
    assert work.commitment_stage is not None and work.commitment_stage.name == "Ready"
    chosen = replace(work, commitment=3)
    assert {chosen.stage(i).name for i in chosen.starting} == {"Build", "Review"}


def test_moves_are_forward_rework_sideways_or_outside() -> None:
    edges = (Edge(1, 2), Edge(2, 3), Edge(2, 4), Edge(3, 5), Edge(4, 5))
    work = stream(*PLAIN, edges=edges)
    assert work.direction(1, 5) is Direction.FORWARD
    assert work.direction(5, 2) is Direction.REWORK
    assert work.direction(3, 4) is Direction.SIDEWAYS
    assert work.direction(3, 6) is Direction.OUTSIDE
    assert work.direction(6, 3) is Direction.OUTSIDE


def test_the_order_follows_the_edges_then_positions_and_ends_with_done_and_dropped() -> None:
    stages = (
        Stage(1, "Done", D, 1),
        Stage(2, "Dropped", X, 2),
        Stage(3, "Test", A, 3),
        Stage(4, "Build", A, 4),
        Stage(5, "Ready", Q, 5),
    )
    work = ValueStream(1, "W", "UTC", stages, (Edge(5, 4), Edge(4, 3), Edge(3, 1)))
    assert [s.name for s in work.order] == ["Ready", "Build", "Test", "Done", "Dropped"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"edges": (Edge(1, 2), Edge(2, 3), Edge(3, 2))}, "Ready → Build → Ready"),
        ({"edges": (Edge(1, 99),)}, "stage 99"),
        ({"edges": (Edge(1, 2), Edge(2, 3, EdgeKind.REWORK))}, "Ready → Build does not lead back"),
        ({"edges": (Edge(2, 2),)}, "from 'Ready' to itself"),
        ({"edges": (Edge(5, 3),)}, "leads out of 'Done'"),
        ({"edges": (Edge(1, 2), Edge(1, 2))}, "two edges lead from 'Ideas' to 'Ready'"),
        ({"commitment": 5}, "'Done' is done"),
        ({"commitment": 77}, "stage 77"),
        ({"stages": ()}, "no stages"),
        ({"name": " "}, "no name"),
    ],
)
def test_what_is_wrong_is_said_and_names_the_stages(change: dict[str, object], words: str) -> None:
    broken = replace(stream(*PLAIN), **change)
    with pytest.raises(StreamError) as caught:
        broken.validate()
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        (Stage(9, "ready", Q, 9), "two stages are called"),
        (Stage(9, "New", A, 9, limit=0, limit_kind=LimitKind.HARD), "'New' is 0"),
        (Stage(9, "New", A, 9, limit_kind=LimitKind.SOFT), "soft limit without a number"),
        (Stage(9, "Over", D, 9, limit=3, limit_kind=LimitKind.SOFT), "'Over' is done"),
    ],
)
def test_a_bad_stage_is_named(stage: Stage, words: str) -> None:
    work = stream(*PLAIN)
    broken = replace(work, stages=(*work.stages, stage))
    assert any(words in p for p in broken.problems()), broken.problems()


def test_a_stream_without_done_cannot_finish_anything() -> None:
    assert "no stage has the category done" in stream(("Build", A)).problems()


def test_the_analysis_graph_has_the_same_reachability_as_the_decisions() -> None:
    work = stream(*PLAIN, edges=(Edge(1, 2), Edge(2, 4), Edge(4, 5), Edge(4, 2, EdgeKind.REWORK)))
    graph = work.graph()
    assert graph.nodes[2]["stage"].name == "Ready"
    forward = nx.DiGraph((a, b) for a, b, d in graph.edges(data=True) if d["kind"] == "forward")
    for a in (1, 2, 4, 5):
        for b in (1, 2, 4, 5):
            assert work.reaches(a, b) == (a != b and nx.has_path(forward, a, b))


@given(st.lists(st.tuples(st.integers(1, 7), st.integers(1, 7)), max_size=14, unique=True))
def test_any_set_of_forward_edges_is_valid_or_has_a_circle_that_is_there(
    pairs: list[tuple[int, int]],
) -> None:
    stages = tuple(Stage(n, f"S{n}", A if n < 7 else D, n) for n in range(1, 8))
    edges = tuple(Edge(a, b) for a, b in pairs if a != b and a != 7)
    work = ValueStream(1, "W", "UTC", stages, edges)
    graph = nx.DiGraph((x.source, x.target) for x in edges)
    circles = not nx.is_directed_acyclic_graph(graph) if edges else False
    assert any("circle" in p for p in work.problems()) == circles
    places = work.index
    assert sorted(places.values()) == list(range(7))
    if not circles:
        assert all(places[x.source] < places[x.target] for x in edges)


def test_find_takes_a_name_in_any_case_or_its_unique_beginning() -> None:
    work = stream(*PLAIN)
    assert work.find("BUILD") is work.stages[2]
    assert work.find("bu") is work.stages[2]
    assert work.find("re") is None  # Ready and Review
    assert work.find("") is None


def test_a_chain_ends_in_done_wherever_done_was_named() -> None:
    work = stream(("Open", B), ("Closed", D), ("Check", Q), ("Solved", D))
    assert [s.name for s in work.validate().order] == ["Open", "Check", "Closed", "Solved"]
