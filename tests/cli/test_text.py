"""Plain-text drawings: nothing is wider than asked, nothing hostile gets through."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from vsm.features.metrics.figures import figures
from vsm.features.metrics.report import report
from vsm.flow.facts import Facts
from vsm.flow.history import History
from vsm.model.board import Card, Column, Detail, Header, Line
from vsm.model.item import BlockerKind, ClassOfService, Item
from vsm.model.sanitise import HARMFUL
from vsm.model.stream import Category, LimitKind, Stage, ValueStream, chain
from vsm.report.board_text import draw_board
from vsm.report.item_text import draw_item
from vsm.report.symbols import ASCII
from vsm.report.terminal import draw_text
from vsm.report.text_table import Col, ends, fit, table, wrap
from vsm.text_width import clip, shown
from vsm.widgets.glyphs import ASCII as PLAIN
from vsm.widgets.glyphs import UNICODE

HEADER = Header(1, "Card issuing", "UTC", 9, 40, 27, 30, 31, 1_421_400_000_000_000, False)
READY = Stage(1, "Ready", Category.QUEUE, 1, None, 2, LimitKind.SOFT)
BUILD = Stage(2, "Build", Category.ACTIVE, 2)
DONE = Stage(3, "Done", Category.DONE, 3)
DROPPED = Stage(4, "Dropped", Category.DROPPED, 4)
CARD = Card(
    1,
    "PAY-131",
    "3DS challenge flow",
    1,
    1,
    "feature",
    ClassOfService.STANDARD,
    "anna.kern",
    "core",
    0,
    12,
    None,
    None,
    "",
    0,
    0,
)
HOSTILE = "\x1b]52;c;AAAA\x07 \x1b[2J \u202egnp.exe \x9b31m \u200b"


@given(st.text(max_size=60), st.integers(0, 40))
def test_a_fitted_text_takes_exactly_its_cells(text: str, cells: int) -> None:
    line = "".join(c for c in text if c.isprintable() and not HARMFUL.search(c))
    assert cell_len(clip(line, cells)) <= cells
    assert cell_len(fit(line, cells)) == cells
    assert cell_len(fit(line, cells, right=True)) == cells
    assert cell_len(ends(line, "12d", cells)) == cells


@given(st.text(alphabet="ab 漢字é👩‍💻", max_size=80), st.integers(8, 40))
def test_wrapping_loses_no_letter(text: str, cells: int) -> None:
    lines = wrap(text, cells)
    assert all(cell_len(line) <= cells for line in lines)
    assert "".join("".join(lines).split()) == "".join(shown(text).split())


def test_a_table_cuts_its_flexible_column_to_the_terminal() -> None:
    cols = (Col("KEY"), Col("TITLE", flexible=True), Col("N", right=True))
    lines = table(cols, [("PAY-1", "x" * 50, "1"), ("PAY-22", "漢字", "10")], 40)
    assert lines[0].split() == ["KEY", "TITLE", "N"]
    assert all(cell_len(line) <= 40 for line in lines)
    assert lines[1].endswith(" 1") and "…" in lines[1]
    assert table(cols, [("PAY-1", "x" * 50, "1")])[1].count("x") == 50


def test_a_table_makes_its_texts_harmless() -> None:
    (_, line) = table((Col("TITLE"),), [(HOSTILE,)])
    assert not HARMFUL.search(line)


def test_a_board_without_items_says_how_to_add_one() -> None:
    columns = [Column(READY, None, 0, 0), Column(BUILD, None, 0, 0), Column(DONE, None, 0, 0)]
    header = HEADER._replace(p85=None, wip=0, finished=0)
    lines = draw_board(header, columns, {}, 80, "add one: vsm item add TITLE")
    assert lines == [
        "Card issuing · no cycle times in 90 d · WIP 0/30 · 0 done in 14 d",
        "",
        "Ready                0/2 │ Build                  0 │ Done                   0",
        "─────────────────────────┼──────────────────────────┼─────────────────────────",
        "",
        "add one: vsm item add TITLE",
    ]


def test_cards_tell_age_who_dependencies_and_what_blocks_them() -> None:
    blocked = CARD._replace(
        service=ClassOfService.EXPEDITE,
        blocked=BlockerKind.DECISION,
        blocked_reason="waits for legal",
        waits_for=2,
        waited_by=1,
    )
    lines = draw_board(HEADER, [Column(READY, "core", 3, 3)], {1: [blocked]}, 40)
    assert lines[0] == "Card issuing · 85% finish within 9 d"
    assert lines[1] == "WIP 27/30 · 31 done in 14 d"
    assert lines[3].split() == ["Ready", "3/2", "▲"]
    assert lines[5].split() == ["PAY-131", "12d"]
    assert lines[6].strip() == "3DS challenge flow"
    assert lines[7].split() == ["!expedite", "·", "core", "·", "ak", "↧2", "↥1"]
    assert lines[8].strip() == "■ decision: waits for legal"
    assert lines[-1].strip() == "… 2 more"


@pytest.mark.parametrize("cells", [20, 33, 60, 80, 120, 200])
def test_no_line_of_a_board_is_wider_than_asked(cells: int) -> None:
    stages = [replace(BUILD, id=n, name=f"承認待ち {n}", position=n) for n in range(1, 10)]
    cards = [
        CARD._replace(title="決済の返金ウェブフックを実装する" * 3, owner="山田 太郎", team="決済"),
        CARD._replace(key="LONGPREFIX-123456", title="👩‍💻" * 30, age=1234),
    ]
    columns = [Column(s, None, 2, 2) for s in stages]
    lines = draw_board(HEADER, columns, {s.id: cards for s in stages}, cells)
    assert all(cell_len(line) <= cells for line in lines)
    assert sum(line.count("承認待ち") for line in lines) == 9


def test_a_narrow_column_gives_a_title_two_lines() -> None:
    card = CARD._replace(title="Purge card data when a customer has left us")
    lines = draw_board(HEADER, [Column(READY, None, 1, 1)], {1: [card]}, 20)
    at = next(n for n, line in enumerate(lines) if "Purge" in line)
    assert [line.rstrip() for line in lines[at : at + 2]] == [
        "Purge card data when",
        "a customer has left…",
    ]
    (wide,) = [
        line
        for line in draw_board(HEADER, [Column(READY, None, 1, 1)], {1: [card]}, 60)
        if "Purge" in line
    ]
    assert wide.rstrip().endswith("left us")


def test_a_dropped_stage_shows_only_when_it_holds_something() -> None:
    columns = [Column(BUILD, None, 0, 0), Column(DROPPED, None, 5, 0)]
    assert not any("Dropped" in line for line in draw_board(HEADER, columns, {}, 80))
    columns[1] = columns[1]._replace(shown=1)
    assert any("Dropped" in line for line in draw_board(HEADER, columns, {}, 80))


def test_a_stream_that_came_to_rest_says_since_when() -> None:
    lines = draw_board(HEADER._replace(ended=True), [], {}, 200)
    assert lines == [
        "Card issuing · 85% finish within 9 d · WIP 27/30"
        " · 31 done in 14 d to 16 Jan 2015, no activity since"
    ]


def test_heads_under_a_filter_say_how_many_of_how_many() -> None:
    columns = [Column(READY, None, 3, 1), Column(BUILD, None, 5, 0), Column(DONE, None, 31, 4)]
    heads = draw_board(HEADER, columns, {}, 80)[2].split("│")
    assert [" ".join(head.split()) for head in heads] == [
        "Ready 1 of 3/2 ▲",
        "Build 0 of 5",
        "Done 4 of 31",
    ]


def test_an_item_tells_its_zone_once() -> None:
    now = 1_421_400_000_000_000
    item = Item(1, "PAY-1", 1, 1, 1, "Ledger", 1, now, now)
    lines = (Line(now, "added in Ready", "anna"), Line(now, "blocked", "ben"))
    detail = Detail(item, "Cards", "Ready", None, None, None, None, None, None, (), (), lines)
    text = "\n".join(draw_item(detail, "Europe/Berlin"))
    assert text.count("Europe/Berlin") == 1 and "16 Jan 2015 10:20" in text


def test_both_boards_use_the_same_ascii_for_a_symbol() -> None:
    twins = dict(zip(UNICODE, PLAIN, strict=True))
    for code, plain in ASCII.items():
        if chr(code) in twins and chr(code) != UNICODE.separator:
            assert twins[chr(code)] == plain, chr(code)


def test_hostile_texts_are_inert_on_the_board() -> None:
    card = CARD._replace(
        title=HOSTILE,
        owner=HOSTILE,
        team=HOSTILE,
        key=f"A-1{HOSTILE}",
        blocked=BlockerKind.OTHER,
        blocked_reason=HOSTILE,
    )
    stage = replace(READY, name=f"Ready{HOSTILE}")
    header = HEADER._replace(name=HOSTILE)
    drawn = "\n".join(draw_board(header, [Column(stage, None, 1, 1)], {1: [card]}, 80))
    assert not HARMFUL.search(drawn)


def test_every_symbol_has_one_ascii_character() -> None:
    assert all(len(str(v)) == 1 and str(v).isascii() for v in ASCII.values())


def test_figures_of_data_that_ended_long_ago_say_how_to_see_its_last_days() -> None:
    stages = (Stage(1, "Build", Category.ACTIVE, 1), Stage(2, "Done", Category.DONE, 2))
    history = History.from_rows([(1, 1, 1_380_000_000_000_000), (1, 2, 1_390_000_000_000_000)])
    stream = ValueStream(1, "Cards", "UTC", stages, chain(stages))
    metrics = figures(history, Facts.from_rows(), stream, as_of=1_421_400_000_000_000)
    lines = draw_text(report(metrics, stream), 80)
    assert "for the last 90 days before it ended: --to 2014-01-17" in lines
