"""Each line of a column in lanes holds the card that counting gives it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vsm.model.lanes import Lane
from vsm.widgets.lane_layout import LaneLayout

STAGES = (1, 2, 3)
COUNTS = st.lists(st.tuples(*[st.integers(0, 4)] * len(STAGES)).filter(any), min_size=1, max_size=6)


def layout(counts: list[tuple[int, ...]], folded: set[int], card: int) -> LaneLayout:
    lanes = [
        Lane(f"{n}", f"lane {n}", dict(zip(STAGES, row, strict=True)))
        for n, row in enumerate(counts)
    ]
    made = LaneLayout(lanes, frozenset(f"{n}" for n in folded))
    made.set_card(card)
    return made


def counted(made: LaneLayout, stage: int) -> list[tuple[int, int] | None]:
    """By line the card and the line within it, by counting."""
    out: list[tuple[int, int] | None] = []
    index = 0
    for lane in made.lanes:
        out.append(None)
        if lane.key in made.folded:
            continue
        cells: list[tuple[int, int] | None] = []
        for _ in range(lane.counts[stage]):
            cells += [(index, line) for line in range(made.card)]
            index += 1
        height = max(lane.counts.values()) * made.card
        out += cells + [None] * (height - len(cells))
    return out


@given(COUNTS, st.sets(st.integers(0, 5)), st.integers(3, 5))
def test_lines_hold_the_cards_that_counting_gives(
    counts: list[tuple[int, ...]], folded: set[int], card: int
) -> None:
    made = layout(counts, folded, card)
    for stage in STAGES:
        lines = counted(made, stage)
        assert made.total == len(lines)
        assert [made.card_at(stage, line) for line in range(-1, made.total + 1)] == [
            None,
            *lines,
            None,
        ]
        places = [n for n, cell in enumerate(lines) if cell is not None and cell[1] == 0]
        assert made.shown(stage) == len(places)
        for index, line in enumerate(places):
            assert made.line_of(stage, index) == line
        for line in range(made.total):
            after = [n for n, at in enumerate(places) if at + card > line]
            assert made.first_from(stage, line) == (after[0] if after else len(places))


@given(COUNTS, st.integers(0, 200), st.integers(4, 30))
def test_a_card_that_is_reached_is_seen_whole_below_the_head_of_its_lane(
    counts: list[tuple[int, ...]], top: int, view: int
) -> None:
    made = layout(counts, set(), 3)
    made.top = made.fitting(top, view)
    for stage in STAGES:
        for index in range(made.shown(stage)):
            line = made.line_of(stage, index)
            first = made.reach(line, view)
            assert first < line and line + 3 <= first + view
            assert first == made.top or not (made.top < line and line + 3 <= made.top + view)


@given(COUNTS, st.integers(0, 80))
def test_the_nearest_card_is_one_of_the_same_lane_where_there_is_one(
    counts: list[tuple[int, ...]], line: int
) -> None:
    made = layout(counts, set(), 3)
    current = made.lane_at(line)
    for stage in STAGES:
        if made.shown(stage):
            near = made.nearest(stage, line)
            assert 0 <= near < made.shown(stage)
            if made.count(current, stage):
                assert made.lane_of(stage, near) == current
