"""The layout of a map: boxes apart, edges around them, the same every time."""

from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from vsm.widgets.stream_map.grid import Place, crossings, place_stages
from vsm.widgets.stream_map.routes import Layout, Link, Point, lay_out, pack
from vsm.widgets.stream_map.strokes import cells_of

WIDTH = 20


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[int], list[Link], list[int], list[int], list[int]]:
    """Stages in order, edges both ways, a main path, stages apart, and rows of few lines."""
    count = draw(st.integers(1, 30))
    stages = list(range(1, count + 1))
    pairs = draw(st.sets(st.tuples(st.sampled_from(stages), st.sampled_from(stages)), max_size=45))
    links = [Link(a, b, back=b < a or draw(st.booleans())) for a, b in sorted(pairs) if a != b]
    main = sorted(draw(st.sets(st.sampled_from(stages), max_size=10)))
    apart = sorted(draw(st.sets(st.sampled_from(stages), max_size=3)))
    low = sorted(draw(st.sets(st.integers(0, 6))))
    return stages, links, main, apart, low


def laid_out(
    graph: tuple[list[int], list[Link], list[int], list[int], list[int]],
) -> tuple[dict[int, Place], Layout]:
    """The grid and the layout of a graph; the columns follow its forward edges and its path."""
    stages, links, main, apart, low = graph
    main = [stage for stage in main if stage not in apart]
    follows = [link.pair for link in links if not link.back] + list(pairwise(main))
    places = place_stages(stages, follows, main, apart)
    widths = {stage: 14 if stage % 3 == 0 else WIDTH for stage in stages}
    return places, lay_out(places, widths, links, low)


def inside(layout: Layout, point: Point) -> int | None:
    """The stage in whose box a cell is."""
    return next(
        (
            stage
            for stage, box in layout.boxes.items()
            if box.x <= point.x < box.right and box.y <= point.y < box.bottom
        ),
        None,
    )


def touches(layout: Layout, point: Point, stage: int) -> bool:
    """Whether a cell is beside the box of a stage."""
    box = layout.boxes[stage]
    beside = box.y <= point.y < box.bottom and point.x in (box.x - 1, box.right)
    across = box.x <= point.x < box.right and point.y in (box.y - 1, box.bottom)
    return beside or across


@given(graphs())
def test_every_stage_has_a_place_of_its_own(
    graph: tuple[list[int], list[Link], list[int], list[int], list[int]],
) -> None:
    places, layout = laid_out(graph)
    assert set(places) == set(graph[0]) == set(layout.boxes)
    assert len({(p.column, p.row) for p in places.values()}) == len(places)
    for one, other in combinations(layout.boxes.values(), 2):
        beside = one.right <= other.x or other.right <= one.x
        assert beside or one.bottom <= other.y or other.bottom <= one.y
    for box in layout.boxes.values():
        assert box.x >= 0 and box.right <= layout.width
        assert box.y >= 0 and box.bottom <= layout.height


@given(graphs())
def test_edges_touch_their_boxes_and_cross_none(
    graph: tuple[list[int], list[Link], list[int], list[int], list[int]],
) -> None:
    _, layout = laid_out(graph)
    assert {route.link for route in layout.routes} == set(graph[1])
    for route in layout.routes:
        assert all(a.x == b.x or a.y == b.y for a, b in pairwise(route.points))
        assert touches(layout, route.points[0], route.link.source)
        assert touches(layout, route.points[-1], route.link.target)
        for point, _ in cells_of(route.points):
            assert inside(layout, point) is None
            assert 0 <= point.x < layout.width and 0 <= point.y < layout.height


@given(graphs())
def test_the_same_graph_gives_the_same_layout(
    graph: tuple[list[int], list[Link], list[int], list[int], list[int]],
) -> None:
    stages, links, main, apart, low = graph
    again = stages, list(reversed(links)), main, apart, low
    assert laid_out(graph) == laid_out(again)


@given(graphs())
def test_edges_that_share_cells_have_an_end_in_common(
    graph: tuple[list[int], list[Link], list[int], list[int], list[int]],
) -> None:
    """Lines that run along one another would look like edges that are not there."""
    _, layout = laid_out(graph)
    along: dict[tuple[Point, bool], set[Link]] = {}
    for route in layout.routes:
        for a, b in pairwise(route.points):
            flat = a.y == b.y
            for point, _ in cells_of((a, b)):
                along.setdefault((point, flat), set()).add(route.link)
    for links in along.values():
        for one, other in combinations(links, 2):
            assert one.source == other.source or one.target == other.target


def test_a_chain_stands_in_one_row() -> None:
    places = place_stages([1, 2, 3], [(1, 2), (2, 3)], [1, 2, 3])
    assert [(p.column, p.row) for p in places.values()] == [(0, 0), (1, 0), (2, 0)]
    layout = lay_out(places, {1: 20, 2: 14, 3: 20}, [Link(1, 2), Link(2, 3), Link(3, 1, True)])
    assert [(b.x, b.right) for b in layout.boxes.values()] == [(0, 20), (27, 41), (48, 68)]
    assert layout.height == 7, "one line below the boxes is for what leads back"


def test_the_main_path_has_the_first_row_and_a_branch_the_second() -> None:
    edges = [(1, 2), (1, 3), (2, 4), (3, 4)]
    places = place_stages([1, 2, 3, 4], edges, [1, 3, 4])
    assert {stage: place.row for stage, place in places.items()} == {1: 0, 2: 1, 3: 0, 4: 0}
    assert places[2].column == places[3].column == 1


def test_an_edge_that_skips_a_stage_runs_above_it() -> None:
    places = place_stages([1, 2, 3], [(1, 2), (2, 3), (1, 3)], [1, 2, 3])
    layout = lay_out(places, dict.fromkeys((1, 2, 3), 20), [Link(1, 2), Link(2, 3), Link(1, 3)])
    over = next(route for route in layout.routes if route.link == Link(1, 3))
    assert {point.y for point in over.points} == {0}
    assert all(box.y == 1 for box in layout.boxes.values())


def test_stages_without_a_way_from_start_stand_apart_below() -> None:
    places = place_stages([1, 2, 3, 4], [(1, 2), (3, 4)], [1, 2], apart=[3, 4])
    assert places[3] == Place(0, 1, True) and places[4] == Place(1, 1, True)
    layout = lay_out(places, dict.fromkeys((1, 2, 3, 4), 20), [Link(1, 2), Link(3, 4)])
    assert layout.apart == layout.boxes[3].y - 1
    assert layout.boxes[3].y > layout.boxes[1].bottom


def test_the_order_within_columns_avoids_crossings() -> None:
    # 2 → 6 and 3 → 5 would cross as the ids stand.
    edges = [(1, 2), (1, 3), (2, 6), (3, 5), (6, 7), (5, 7)]
    places = place_stages([1, 2, 3, 5, 6, 7], edges)
    assert (places[2].row < places[3].row) is (places[6].row < places[5].row)
    assert crossings([[1, 2], [3, 4]], [(1, 4), (2, 3)]) == 1
    assert crossings([[1, 2], [3, 4]], [(1, 3), (2, 4), (1, 4)]) == 0


def test_nets_share_a_track_where_they_do_not_overlap() -> None:
    spans = {("a", 1): (0, 4), ("a", 2): (5, 9), ("a", 3): (3, 6)}
    tracks = pack(spans)
    assert tracks[("a", 1)] == tracks[("a", 2)] or len(set(tracks.values())) == 2
    assert max(tracks.values()) == 1


def test_nothing_and_one_stage() -> None:
    assert place_stages([], []) == {}
    assert lay_out({}, {}, []).boxes == {}
    layout = lay_out(place_stages([7], []), {7: 20}, [])
    assert (layout.width, layout.height) == (20, 6)
