"""The workbook of the portfolio: odds as in texts, cells that stay empty, where it is from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.flow.test_portfolio_roadmap import PLAIN, portfolio_of
from vsm import __version__
from vsm.connect.exports.portfolio_xlsx import write_portfolio
from vsm.features.portfolio.results import InitiativeRow
from vsm.features.portfolio.wording import odds
from vsm.model.journal_head import Anchor
from vsm.model.portfolio import InitiativeState


def book_of(path: Path, row: InitiativeRow, last: Anchor | None = None) -> Any:
    write_portfolio(path, portfolio_of(row), last)
    return openpyxl.load_workbook(path)


def cells(sheet: Any) -> dict[str, Any]:
    heads, values = sheet.iter_rows(max_row=2, values_only=True)
    return dict(zip(heads, values, strict=True))


@pytest.mark.parametrize("share", [0.88997, 0.849999, 0.29, 1.0, 0.0])
def test_odds_are_those_of_texts(tmp_path: Path, share: float) -> None:
    dates = replace(PLAIN.forecast, need_by_odds=share)
    row = replace(PLAIN, need_by=date(2027, 1, 1), forecast=dates)
    book = book_of(tmp_path / "p.xlsx", row)
    for sheet in ("Initiatives", "Roadmap"):
        assert f"{cells(book[sheet])['Odds of that day']:.0%}" == odds(share)


def test_whether_an_amount_was_typed_is_said_of_amounts_alone(tmp_path: Path) -> None:
    over = replace(PLAIN, state=InitiativeState.DELIVERED, remaining_is_typed=True)
    for row, expected in (
        (over, (None, None)),
        (replace(PLAIN, remaining=5.0, remaining_is_typed=True), (5, "yes")),
        (replace(PLAIN, remaining=5.0), (5, "no")),
    ):
        values = cells(book_of(tmp_path / "p.xlsx", row)["Initiatives"])
        assert (values["Still to pay"], values["Still to pay was typed"]) == expected


def test_the_summary_says_where_it_is_from(tmp_path: Path) -> None:
    last = Anchor(48_213, "0123456789abcdef" * 4, 0)
    summary = dict(book_of(tmp_path / "p.xlsx", PLAIN, last)["Summary"].iter_rows(values_only=True))
    assert summary["Made by"] == f"vsm {__version__}"
    assert summary["Last entry of the journal, when written"] == 48_213
    assert summary["Hash of that entry, its beginning"] == "0123456789ab"
    alone = dict(book_of(tmp_path / "p.xlsx", PLAIN)["Summary"].iter_rows(values_only=True))
    assert "Made by" in alone and not any("Hash" in str(name) for name in alone)
