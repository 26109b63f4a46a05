"""Two windows side by side: each row adds up, and says what it has not."""

from __future__ import annotations

from datetime import date

import pytest

from vsm.features.metrics.basic_results import Window
from vsm.features.metrics.comparison import draw_comparison, window_of
from vsm.features.metrics.comparison_results import ComparedFigure, Comparison
from vsm.model.errors import BadInput
from vsm.report.document import Document
from vsm.report.terminal import draw_text

NOVEMBER = date(2026, 11, 1), date(2026, 11, 28)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("previous", (date(2026, 10, 4), date(2026, 10, 31))),
        ("2026-10", (date(2026, 10, 1), date(2026, 10, 31))),
        ("2026-02", (date(2026, 2, 1), date(2026, 2, 28))),
        ("2026-12", (date(2026, 12, 1), date(2026, 12, 31))),
        ("2026-01-05..2026-01-07", (date(2026, 1, 5), date(2026, 1, 7))),
    ],
)
def test_windows_in_words(text: str, days: tuple[date, date]) -> None:
    assert window_of(text, *NOVEMBER) == days


@pytest.mark.parametrize("text", ["last", "2026-13", "2026-01-07..2026-01-05", "1..2..3"])
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        window_of(text, *NOVEMBER)


def test_rows_show_the_difference_of_what_they_show() -> None:
    comparison = Comparison(
        Window(*NOVEMBER),
        Window(date(2026, 10, 1), date(2026, 10, 31)),
        (
            ComparedFigure("throughput", "a week", 4.76, 4.64, 0.12),
            ComparedFigure("flow efficiency", "share", 0.33, 0.434, -0.104),
            ComparedFigure("cycle time, 85%", "days", None, 20, None),
        ),
    )
    lines = draw_text(Document("T", (), (draw_comparison(comparison),)), 100)
    rows = [" ".join(line.split()) for line in lines]
    assert "throughput a week 4.6 4.8 +0.2" in rows
    assert "flow efficiency 43% 33% -10 points" in rows
    assert "cycle time, 85% 20 d – –" in rows
    assert any("The windows differ in length" in row for row in rows)
