"""A map as it is drawn: which edges, what stands in boxes, the timeline, cells of a line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vsm.features.map.results import MapEdge, MapStage, Measure, Totals, ValueStreamMap
from vsm.features.metrics.results import Window
from vsm.model.declared import TimeBasis
from vsm.model.stream import Category
from vsm.widgets.glyphs import ASCII, UNICODE, Glyphs
from vsm.widgets.stream_map.boxes import BoxText, Pieces, rate_text, time_text
from vsm.widgets.stream_map.edges import choose_edges, path_of
from vsm.widgets.stream_map.picture import Picture
from vsm.widgets.stream_map.routes import Link
from vsm.widgets.stream_map.strokes import cut
from vsm.widgets.stream_map.timeline import Tooth, draw_teeth, teeth_of
from vsm.widgets.stream_map.totals import totals_line
from vsm.widgets.stream_map.wording import edge_line, stage_lines

READY, BUILD, REVIEW, DONE = range(1, 5)
FORWARD, REWORK = "forward", "rework"


def edge(source: int, target: int, kind: str = FORWARD, moves: int = 0, **more: object) -> MapEdge:
    names = {1: "Ready", 2: "Build", 3: "Review", 4: "Done"}
    values: dict[str, object] = {
        "source_name": names.get(source, f"S{source}"),
        "target_name": names.get(target, f"S{target}"),
        "drawn": True,
        "per_week": moves / 10,
    }
    return MapEdge(source=source, target=target, kind=kind, moves=moves, **(values | more))  # type: ignore[arg-type]


STAGES = (
    MapStage(id=READY, name="Ready", category=Category.QUEUE, wip=3, limit=4, feeds=BUILD),
    MapStage(
        id=BUILD,
        name="Build",
        category=Category.ACTIVE,
        team="core",
        wip=5,
        limit=4,
        is_over=True,
        process=Measure(1.0, 0.5, 31),
        wait=Measure(3.0, None, 31),
        complete_accurate=Measure(0.95, 0.95, 40),
        utilisation=0.9,
    ),
    MapStage(
        id=REVIEW,
        name="Review",
        category=Category.ACTIVE,
        process=Measure(0.25, None, 31),
        wait=Measure(None, 1.5),
        constraint=True,
        note="one laptop",
    ),
    MapStage(id=DONE, name="Done", category=Category.DONE, arrivals=3.1),
)
EDGES = (
    edge(READY, BUILD, moves=50, share=1.0),
    edge(BUILD, REVIEW, moves=53, share=1.0),
    edge(REVIEW, BUILD, REWORK, 6, share=0.12, extra_days=2.3),
    edge(REVIEW, DONE, moves=47, share=0.88),
)
MAP = ValueStreamMap(
    stream="Cards",
    zone="UTC",
    as_of=0,
    window=Window.__new__(Window),
    stages=STAGES,
    edges=EDGES,
    main_path=(BUILD, REVIEW),
    totals=Totals(
        process=Measure(1.25, 1.0),
        wait=Measure(4.5, None),
        lead_time=Measure(13.75, None),
        activity_ratio=Measure(0.273, None),
        rolled=Measure(0.57, None),
    ),
)


def picture(of: ValueStreamMap = MAP, glyphs: Glyphs = UNICODE, **more: bool) -> Picture:
    return Picture(of, choose_edges(of), glyphs, **more)


def text(pieces: Pieces) -> str:
    return "".join(part for part, _ in pieces)


def drawn(of: Picture, width: int = 200) -> list[str]:
    return [text(of.draw(y, 0, width)).rstrip() for y in range(of.height)]


# -- which edges ------------------------------------------------------------------------


def test_the_path_has_where_items_come_from_and_where_they_end() -> None:
    assert path_of(MAP) == (READY, BUILD, REVIEW, DONE)


def test_a_stage_that_was_inserted_since_stands_on_the_path() -> None:
    pilot = MapStage(id=9, name="Pilot", category=Category.ACTIVE)
    stages = (*STAGES[:2], pilot, *STAGES[2:])
    edges = (
        *(e for e in EDGES if (e.source, e.target) != (BUILD, REVIEW)),
        edge(BUILD, REVIEW, moves=53, drawn=False),
        *(edge(BUILD, 9), edge(9, REVIEW)),
    )
    of = replace(MAP, stages=stages, edges=edges)
    assert path_of(of) == (READY, BUILD, 9, REVIEW, DONE)
    assert path_of(of, strayed=True) == (READY, BUILD, REVIEW, DONE)
    boxes = picture(of).layout.boxes
    assert boxes[9].place.row == 0 and boxes[BUILD].right < boxes[9].x < boxes[REVIEW].x


def test_edges_of_the_stream_are_drawn_where_items_follow_them() -> None:
    chosen = choose_edges(MAP)
    assert {link.pair for link in chosen.links} == {(e.source, e.target) for e in EDGES}
    assert Link(REVIEW, BUILD, back=True) in chosen.links
    assert (chosen.hidden, chosen.strayed) == (0, False)


def log(count: int = 12) -> ValueStreamMap:
    """A chain, as imports make them, in which items go from the first to the last but two."""
    stages = tuple(
        MapStage(id=n, name=f"S{n}", category=Category.ACTIVE) for n in range(1, count + 1)
    )
    chain = tuple(edge(n, n + 1) for n in range(1, count))
    often = [
        (1, count - 1, 500),
        (count - 1, count, 490),
        *((1, n, 4) for n in range(3, count - 1)),
    ]
    moves = tuple(edge(a, b, moves=n, drawn=(b == a + 1)) for a, b, n in often)
    known = {(e.source, e.target) for e in moves}
    rest = tuple(e for e in chain if (e.source, e.target) not in known)
    return replace(MAP, stages=stages, edges=(*moves, *rest), main_path=(1, count - 1, count))


def test_where_items_go_other_ways_columns_follow_the_moves() -> None:
    chosen = choose_edges(log())
    assert chosen.strayed and (1, 11) in chosen.follows
    places = picture(log()).layout.boxes
    assert [places[n].place.column for n in (1, 11, 12)] == [0, 1, 2]
    assert {places[n].place.row for n in (1, 11, 12)} == {0}


def test_rare_edges_are_hidden_and_counted_until_all_are_asked_for() -> None:
    stages = tuple(MapStage(id=n, name=f"S{n}", category=Category.ACTIVE) for n in range(1, 9))
    chain = tuple(edge(n, n + 1, moves=1000) for n in range(1, 8))
    rare = tuple(edge(a, b, moves=1, drawn=False) for a in range(1, 6) for b in range(a + 2, a + 4))
    many = replace(MAP, stages=stages, edges=(*chain, *rare), main_path=tuple(range(1, 9)))
    assert choose_edges(many).hidden == len(rare)
    assert len(choose_edges(many, every=True).links) == len(chain) + len(rare)
    assert choose_edges(many, every=True).hidden == 0
    also = choose_edges(many, also=[(1, 3)])
    assert Link(1, 3) in also.links and also.hidden == len(rare) - 1


def test_retired_stages_and_moves_into_dropped_ones_are_left_out() -> None:
    retired = replace(STAGES[1], retired=True)
    dropped = MapStage(id=9, name="Dropped", category=Category.DROPPED)
    of = replace(
        MAP,
        stages=(STAGES[0], retired, STAGES[2], STAGES[3], dropped),
        edges=(*EDGES, edge(REVIEW, 9, "outside", 5, drawn=False)),
    )
    chosen = choose_edges(of)
    assert {link.pair for link in chosen.links} == {(REVIEW, DONE)}
    shown = picture(of)
    assert BUILD not in shown.layout.boxes and 9 in shown.layout.boxes


# -- boxes --------------------------------------------------------------------------------


def test_a_box_has_measured_beside_declared() -> None:
    lines = [text(line) for line in BoxText(UNICODE).lines(STAGES[1], 22)]
    assert lines == [
        "┌ Build ─────────────┐",
        "│core        WIP 5/4▲│",
        "│PT 1.0 d       ≠12 h│",
        "│wait 3.0 d          │",
        "│C&A 95%(95%)  ut 90%│",
        "└────────────────────┘",
    ]
    review = [text(line) for line in BoxText(UNICODE).lines(STAGES[2], 20)]
    assert review[0] == "┌ ◆ Review ✱ ──────┐"
    assert review[2:4] == ["│PT 6.0 h          │", "│wait (1.5 d)      │"]
    ascii_box = [text(line) for line in BoxText(ASCII).lines(STAGES[1], 22)]
    assert "<>12 h" in ascii_box[2]


def test_a_queue_is_a_triangle_and_a_low_box_has_four_lines() -> None:
    lines = [text(line) for line in BoxText(UNICODE).lines(STAGES[0], 14)]
    assert lines[:5] == [
        "      ╱╲      ",
        "     ╱3 ╲     ",
        "    ╱────╲    ",
        "    Ready     ",
        "   WIP 3/4    ",
    ]
    low = [text(line) for line in BoxText(UNICODE).lines(STAGES[1], 22, low=True)]
    assert (
        low[1:3] == ["│core        WIP 5/4▲│", "│PT 1.0 d ≠ wait 3.0 d│"[:21] + "│"]
        or len(low) == 4
    )
    for stage in STAGES:
        for width in (14, 20, 22):
            for is_low in (True, False):
                for chosen in (True, False):
                    box = BoxText(UNICODE).lines(stage, width, low=is_low, chosen=chosen)
                    assert {len(text(line)) for line in box} == {width}
                    assert len(box) == (4 if is_low else 6)


def test_a_name_that_is_too_long_or_wide_leaves_the_box_whole() -> None:
    for name in ("審査を待っている項目の列です", "x" * 80, "\x1b[31mred", ""):
        for category in (Category.ACTIVE, Category.QUEUE, Category.DONE):
            stage = replace(STAGES[1], name=name, category=category)
            for line in BoxText(UNICODE).lines(stage, 20):
                assert sum(2 if "\u3000" < char < "\uffef" else 1 for char in text(line)) == 20
                assert "\x1b" not in text(line)


@pytest.mark.parametrize(
    ("days", "hours", "words"),
    [
        (None, 24, ""),
        (0.0, 24, "0"),
        (12.4, 24, "12 d"),
        (3.25, 24, "3.2 d"),
        (0.5, 24, "12 h"),
        (0.5, 8, "4.0 h"),
        (0.25, 24, "6.0 h"),
        (1 / 48, 24, "30 m"),
    ],
)
def test_times_in_days_hours_and_minutes(days: float | None, hours: int, words: str) -> None:
    assert time_text(days, hours) == words


def test_rates() -> None:
    assert [rate_text(n) for n in (12.2, 5.33, 0.3, 0.04, 0.001, 0)] == [
        *("12", "5.3", "0.3", ".04", "<.01", "0")
    ]


# -- the picture --------------------------------------------------------------------------


def test_edges_have_their_figures_and_rework_its_share_below() -> None:
    lines = drawn(picture())
    assert "5.0/wk" in lines[1] and "5.3/wk" in lines[1]
    assert "━━▸│PT 1.0 d" in lines[2]
    below = lines[6]
    assert "▴" in below and "12%" in below and below.rstrip().endswith("┘")
    assert "88% 4.7/wk" not in "".join(lines), "one way forward only: no share"


def test_a_branch_shows_the_share_of_both_ways() -> None:
    stages = tuple(MapStage(id=n, name=f"S{n}", category=Category.ACTIVE) for n in (1, 2, 3))
    edges = (edge(1, 2, moves=70, share=0.7), edge(1, 3, moves=30, share=0.3))
    lines = "\n".join(drawn(picture(replace(MAP, stages=stages, edges=edges, main_path=(1, 2)))))
    assert "70%" in lines and "30%" in lines


def test_the_figure_of_a_branch_stands_behind_the_fork() -> None:
    stages = tuple(MapStage(id=n, name=f"S{n}", category=Category.ACTIVE) for n in (1, 2, 3))
    edges = (edge(1, 2, moves=98, share=0.98), edge(1, 3, moves=2, share=0.02))
    lines = drawn(picture(replace(MAP, stages=stages, edges=edges, main_path=(1, 2))))
    assert "98%" in lines[1] and "2%" not in lines[1].replace("98%", "")
    assert "2%" in "".join(lines[6:])


def test_only_what_is_asked_for_of_a_line_is_drawn() -> None:
    shown = picture()
    whole = text(shown.draw(2, 0, shown.width))
    for first in (0, 5, 17, 40):
        assert text(shown.draw(2, first, 30)) == whole[first : first + 30].ljust(30)
    assert text(cut([("ab審cd", "text")], 0, 3)) == "ab "
    assert text(cut([("ab審cd", "text")], 3, 6)) == " cd"


def test_the_chosen_box_and_edge_stand_out() -> None:
    shown = picture()
    inks = {ink for _, ink in shown.draw(0, 0, 200, stage=BUILD)}
    assert "cursor" in inks
    row = shown.draw(6, 0, 200, edge=(REVIEW, BUILD))
    assert any(ink == "accent" for _, ink in row) and "═" in text(row)


def test_without_colour_and_in_ascii_the_chosen_box_and_the_main_path_are_told_apart() -> None:
    plain = picture(glyphs=ASCII)
    chosen = [text(plain.draw(y, 0, 200, stage=BUILD)) for y in range(plain.height)]
    before = [text(plain.draw(y, 0, 200)) for y in range(plain.height)]
    assert any("# Build" in line for line in chosen)
    assert not any("#" in line for line in before)
    box = plain.layout.boxes[BUILD]
    assert "==" in before[box.line]
    assert "##" in text(plain.draw(6, 0, 200, edge=(REVIEW, BUILD)))


def test_a_note_and_where_dropped_items_come_from_can_be_read_in_ascii() -> None:
    noted = replace(STAGES[1], note="a laptop for two")
    assert "# Ready #" in text(BoxText(ASCII).lines(STAGES[0], 14, chosen=True)[3])
    assert "Build [n]" in text(BoxText(ASCII).lines(noted, 22)[0])
    dropped = MapStage(id=91, name="Dropped", category=Category.DROPPED, arrivals=0.4)
    lines = BoxText(UNICODE).lines(dropped, 16, low=True, origin="from Backlog")
    assert [text(line).strip("│ ") for line in lines[1:3]] == ["dropped 0.4/wk", "from Backlog"]


# -- the timeline and words ---------------------------------------------------------------


def test_the_timeline_goes_up_for_wait_and_down_for_process_time() -> None:
    shown = picture()
    boxes = shown.layout.boxes
    assert teeth_of(shown) == (
        Tooth(boxes[READY].x, boxes[BUILD].x, True, "3.0 d"),
        Tooth(boxes[BUILD].x, boxes[BUILD].right, False, "1.0 d"),
        Tooth(boxes[BUILD].right, boxes[REVIEW].x, True, "1.5 d", declared=True),
        Tooth(boxes[REVIEW].x, boxes[REVIEW].right, False, "6.0 h"),
    )
    upper, lower = (text(line) for line in draw_teeth(teeth_of(shown), 0, shown.width))
    assert upper.index("3.0 d") < upper.index("┐") < upper.index("┌") < upper.index("┐", 50)
    assert lower.index("└") == boxes[BUILD].x and lower.index("┘") == boxes[BUILD].right


def test_a_tooth_that_is_seen_in_part_keeps_its_figure() -> None:
    upper, _ = draw_teeth((Tooth(0, 60, True, "3.0 d"),), 40, 20)
    assert "3.0 d" in text(upper)


def test_totals_in_a_line_and_what_a_day_is() -> None:
    line = text(totals_line(MAP, UNICODE, 120))
    assert line.split(" · ") == [
        " PT 1.2 d (1 d)",
        "wait 4.5 d",
        "LT 13.8 d",
        "activity ratio 27%",
        "rolled C&A 57%",
        "elapsed days",
    ]
    assert len(text(totals_line(MAP, UNICODE, 60))) <= 60
    working = text(totals_line(replace(MAP, time=TimeBasis.WORKING), UNICODE, 120))
    assert working.endswith("working time")


DECLARED = replace(
    MAP,
    finished=0,
    totals=Totals(
        process=Measure(None, 3.75),
        wait=Measure(None, 10.0),
        lead_time=Measure(None, 13.75),
        activity_ratio=Measure(None, 3.75 / 13.75),
        rolled=Measure(None, 0.57),
    ),
)


def test_totals_that_are_only_declared_say_so() -> None:
    line = text(totals_line(DECLARED, UNICODE, 120))
    assert line == (
        " PT (3.8 d) · wait (10 d) · LT (13.8 d) · activity ratio (27%) · rolled C&A (57%)"
        " · declared, elapsed days"
    )
    assert "(13.8d)" in (line := text(totals_line(DECLARED, UNICODE, 80))) and "(57%)" in line
    assert "declared" in line and len(line) <= 80


def test_totals_drop_words_before_figures() -> None:
    both = replace(
        MAP,
        totals=Totals(
            process=Measure(4.2, 2.2, 63),
            wait=Measure(10.7, 5.0, 63),
            lead_time=Measure(17.0, 7.2, 63),
            activity_ratio=Measure(0.37, 0.3, 63),
            rolled=Measure(0.71, 0.81, 62),
        ),
    )
    for glyphs in (UNICODE, ASCII):
        line = text(totals_line(both, glyphs, 80))
        assert len(line) <= 80
        for figure in ("4.2d", "2.2d", "10.7d", "5d", "17d", "7.2d", "37%", "30%", "71%", "81%"):
            assert figure in line, line


def test_a_narrow_tooth_has_its_figure_without_blanks_and_declared_ones_are_in_brackets() -> None:
    narrow = (Tooth(0, 30, False, "1.2 d"), Tooth(30, 36, True, "2.5 h"))
    assert "2.5 h" in text(draw_teeth(narrow, 0, 40)[0])
    declared = (Tooth(0, 30, False, "1.2 d", True), Tooth(30, 36, True, "2.5 h", True))
    upper, lower = draw_teeth(declared, 0, 40)
    assert "(1.2 d)" in text(lower) and "2.5h" in text(upper)
    assert ("good" not in {ink for _, ink in lower}) and "faint" in {ink for _, ink in lower}


def test_words_about_a_stage_and_an_edge() -> None:
    lines = [text(line) for line in stage_lines(STAGES[1], EDGES, UNICODE, 24, 120)]
    assert lines[0] == " Build (active, core)"
    assert "PT 1.0 d of 31 items, ≠ declared 12 h" in lines[1]
    assert "from Ready 5.0/wk · Review 0.6/wk (rework, 2.3 d more each)" in lines[-2]
    assert lines[-1].strip() == "to   Review 5.3/wk 100%"
    about = text(edge_line(EDGES[2], UNICODE))
    assert about == (
        " Review → Build leads back (rework) · 0.6 a week · 12% of moves out of Review"
        " · each costs 2.3 d more"
    )
