"""One document, drawn as lines of a screen, plain text, Markdown and HTML."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from rich.cells import cell_len

from vsm.model.journal_head import Anchor
from vsm.model.sanitise import HARMFUL
from vsm.report.charts import (
    AgeingChart,
    AreaChart,
    Bar,
    BarChart,
    Chart,
    Lane,
    Odds,
    OddsChart,
    Range,
    RangeChart,
    RoadmapChart,
    ScatterChart,
    Stop,
    WeekChart,
)
from vsm.report.document import (
    Cell,
    Column,
    Document,
    Section,
    Sentence,
    Table,
    Target,
    row,
)
from vsm.report.formats import Format, render
from vsm.report.html import draw_html
from vsm.report.markdown import draw_markdown
from vsm.report.svg import draw_svg
from vsm.report.terminal import draw_lines, draw_text

HOSTILE = "\x1b[2J<script>alert(1)</script> | **a** `b` [c](javascript:d) \u202egnp &amp; \"'"
STOP = (Stop("here"),)
CHARTS: tuple[Chart, ...] = (
    RoadmapChart(
        id="roadmap",
        title=HOSTILE,
        summary="s",
        about=(),
        stops=STOP * 4,
        begin=date(2026, 1, 1),
        end=date(2026, 7, 1),
        today=date(2026, 2, 1),
        periods=((date(2026, 1, 1), HOSTILE, 2026), (date(2026, 4, 1), "Q2", 2026)),
        lanes=(
            Lane(HOSTILE, HOSTILE, date(2026, 3, 1), date(2027, 1, 1), late=True),
            Lane("b", "c", date(2026, 5, 1), None, True, date(2025, 1, 1), date(2026, 3, 1), "1%"),
            Lane(
                "c", "d", ended=date(2026, 1, 5), begun=date(2026, 1, 2), need_by=date(2026, 6, 30)
            ),
            Lane("d", "", note=HOSTILE),
        ),
    ),
    ScatterChart(
        id="cycle",
        title=HOSTILE,
        summary="s",
        about=(),
        stops=STOP,
        begin=date(2026, 1, 1),
        days=3,
        points=((0, 2), (2, 400)),
        lines=(("50%", 2.0), ("85%", 9.0)),
        places=(0, 2),
    ),
    AreaChart(
        id="cfd",
        title="Cumulative flow",
        summary="",
        about=(),
        stops=STOP,
        begin=date(2026, 1, 1),
        lines=((HOSTILE, (1, 2, 3)), ("Done", (0, 1, 1))),
        held=(2, 1),
    ),
    AgeingChart(
        id="ageing",
        title="Ageing work",
        summary="",
        about=(),
        stops=STOP,
        stages=((HOSTILE, (1, 5), (1.0, 2.0, 3.0, 4.0)), ("Test", (), ())),
    ),
    WeekChart(
        id="throughput",
        title="Throughput",
        summary="",
        about=(),
        stops=STOP,
        weeks=((HOSTILE, 3, True, "▲"), ("5 Jan", 0, False, "")),
        limits=(1.5, 4.0, 0.0),
    ),
    BarChart(
        id="blockers",
        title="Blockers",
        summary="",
        about=(),
        stops=STOP,
        rows=(Bar(HOSTILE, (1.0, 2.0), HOSTILE), Bar("b", (0.0,), "0")),
        legend=("one", HOSTILE),
    ),
    OddsChart(
        id="odds",
        title=HOSTILE,
        summary="",
        about=(),
        stops=STOP,
        rows=(Odds(0.5, 8, 6), Odds(0.85, 20, 12), Odds(0.95, 0, 0)),
        beside=(Odds(0.5, 8, 2), Odds(0.85, 20, 20), Odds(0.95, 0, 0)),
        beside_name=HOSTILE,
    ),
    RangeChart(
        id="ranges",
        title="Finished",
        summary="",
        about=(),
        stops=STOP * 3,
        begin=date(2026, 1, 1),
        ranges=(Range(0, 1, 2, 6, 4), Range(14, 2, 3, 8, 1), Range(28, 0, 0, 5, 90)),
        said=HOSTILE,
    ),
)
FIRST, SECOND = Target("first", ((1, ""),)), Target("second", policy=2)
DOCUMENT = Document(
    HOSTILE,
    (HOSTILE,),
    (
        Section(
            HOSTILE,
            (
                Table(
                    (
                        Column(HOSTILE, shrinks=True),
                        Column("share", bar=True),
                        Column("seldom", right=True, wide=200),
                    ),
                    (
                        row(HOSTILE, Cell("50%", "bad", 0.5), "x", target=FIRST),
                        row("b", "none", Cell("y")),
                    ),
                ),
            ),
        ),
        Section(
            "What to do",
            (
                Sentence(HOSTILE, "strong", SECOND, lead="1."),
                Sentence(HOSTILE, target=SECOND, more=True),
                Sentence("Another", lead="2."),
                Sentence("A bullet", "faint", lead="•"),
                Sentence("In the end"),
                *CHARTS,
            ),
        ),
    ),
)


@pytest.mark.parametrize("width", [20, 40, 80, 120, 250])
def test_lines_fit_and_are_harmless_at_every_width(width: int) -> None:
    text = draw_text(DOCUMENT, width)
    assert not HARMFUL.search("".join(text))
    if width >= 40:
        assert all(cell_len(line) <= width for line in text)
    assert ("seldom" in "".join(text)) == (width >= 200)
    assert any("#" * 2 in line for line in text), "a bar"


ANCHOR = Anchor(48213, "3f2a" * 16, 1_773_273_600_000_000)


def test_lines_open_their_target_and_parts_may_share_one() -> None:
    assert DOCUMENT.targets == (FIRST, SECOND)
    opens = [line.opens for line in draw_lines(DOCUMENT, 60) if line.opens is not None]
    assert opens[0] == 0 and set(opens[1:]) == {1} and len(opens) >= 3


def test_markdown_shows_texts_as_they_are() -> None:
    text = draw_markdown(DOCUMENT)
    assert not HARMFUL.search(text)
    assert not re.search(r"(?<!\\)<script", text) and "[c](" not in text
    assert text.startswith("# \\[2J\\<script\\>")
    table = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(table) == 4 and all(len(re.findall(r"(?<!\\)\|", line)) == 4 for line in table)
    assert (
        "1. **" in text and "\n\n   " in text and "\n2. Another\n- A bullet\n\nIn the end" in text
    )


class _Tags(HTMLParser):
    """Collects tags and attributes, and checks that tags are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.open: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in ("meta", "line", "circle"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_html_is_one_file_without_scripts_in_which_all_is_escaped() -> None:
    page = draw_html(DOCUMENT)
    tags = _Tags()
    tags.feed(page)
    assert not tags.open and {"h1", "table", "svg", "polygon", "circle"} <= tags.names
    assert not tags.names & {"script", "link", "img", "iframe", "a", "object"}
    assert not any(name.startswith("on") or name in ("src", "href") for name in tags.attributes)
    assert not HARMFUL.search(page) and "url(" not in page and "@import" not in page
    assert "prefers-color-scheme: dark" in page and "default-src 'none'" in page


def test_html_counts_what_is_folded_opens_it_in_print() -> None:
    sentence = Sentence(
        "Due on 30 Mar 2027", lead="act", behind=("PAY-1, PAY-2",), behind_title="2 items behind"
    )
    page = draw_html(Document("Report", (), (Section("", (sentence,)),)))
    assert '<summary class="faint">2 items behind</summary>' in page
    printed = page.partition("@media print")[2].partition("</style>")[0]
    assert "details::details-content { content-visibility: visible" in printed
    assert "h2 + p { break-after: avoid; }" in printed


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: type(chart).__name__)
def test_a_chart_is_well_formed_svg_with_a_name(chart: Chart) -> None:
    drawn = ElementTree.fromstring(draw_svg(chart))
    assert drawn.get("role") == "img" and drawn.get("aria-label")
    width, height = (float(circle) for circle in (drawn.get("viewBox") or "").split()[2:])
    for circle in drawn.iter("circle"):
        assert 0 <= float(circle.get("cx") or -1) <= width
        assert 0 <= float(circle.get("cy") or -1) <= height


def test_what_was_said_and_what_came_are_drawn_as_text_too() -> None:
    odds, ranges = CHARTS[-2:]
    assert isinstance(ranges, RangeChart)
    document = Document("", (), (Section("", (odds, replace(ranges, said="at least"))),))
    lines = draw_text(document, 70)
    half, most = (next(line for line in lines if f"  {said}  " in line) for said in ("50%", "85%"))
    assert "75%" in half and "6 of 8" in half and "60%" in most and "12 of 20" in most
    assert half.rindex("#") > half.index("|"), "more came true than was said"
    assert most.rindex("#") < most.index("|"), "less came true than was said"
    drawn = "\n".join(lines[lines.index("  Finished") :])
    assert re.findall("[xo]", drawn.rpartition("\n")[0]) == ["o", "o", "x"], "the second is less"
    assert "| at least  o came  x came to less" in drawn
    markdown = draw_markdown(document)
    assert markdown.count("```") == 4 and "12 of 20" in markdown
    assert draw_text(document, 30) == ["", ""], "there is no room"


def test_json_is_of_the_value_and_knows_only_finite_numbers() -> None:
    text = render(Format.JSON, lambda: DOCUMENT, lambda: {"title": HOSTILE}, anchor=ANCHOR)
    assert not HARMFUL.search(text)
    assert json.loads(text) == {
        "title": HOSTILE,
        "journal": {"seq": 48213, "hash": "3f2a" * 16, "at": "2026-03-12T00:00:00Z"},
    }
    with pytest.raises(ValueError):
        render(Format.JSON, lambda: DOCUMENT, lambda: {"x": float("nan")}, anchor=ANCHOR)


def test_every_format_ends_with_where_the_journal_stands() -> None:
    ends = {
        Format.TEXT: "\n\njournal #48,213 · 3f2a3f2a3f2a…\n",
        Format.MARKDOWN: "\n\njournal \\#48,213 · 3f2a3f2a3f2a…\n",
        Format.HTML: '<p class="faint">journal #48,213 · 3f2a3f2a3f2a…</p>\n</body>\n</html>\n',
    }
    for form, end in ends.items():
        assert render(form, lambda: DOCUMENT, dict, anchor=ANCHOR).endswith(end)
    text = render(Format.TEXT, lambda: DOCUMENT, dict, anchor=ANCHOR)
    assert text.splitlines()[:-2] == draw_text(DOCUMENT, 100)


def test_names_of_lines_that_are_close_together_do_not_cover_each_other() -> None:
    pace = (19.0, 20.0, 20.0, 41.0)
    chart = AgeingChart(
        id="ageing",
        title="Ageing work",
        summary="",
        about=(),
        stops=STOP,
        stages=(("Stage 1 of the long line " * 3, (1,), pace), ("Test", (2,), pace)),
    )
    places = [float(y) for y, _ in re.findall(r'y="([\d.]+)"[^>]*>(p\d\d)<', draw_svg(chart))]
    assert len(places) == 4
    assert all(abs(a - b) >= 14 for n, a in enumerate(places) for b in places[:n])
