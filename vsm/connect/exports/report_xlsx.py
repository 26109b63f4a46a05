"""Writes a report as an Excel workbook: facts, the items behind them, lists, rules, what is left
out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vsm.connect.exports.workbook import Amount, Rows, Share, Sheet, moment, write_sheets
from vsm.features.portfolio.wording import floored
from vsm.features.reports.results import Block, Kind, Report

_FACTS = (
    *("Fact", "Severity", "About", "Subject", "Sentence", "Needs a decision", "Reports before"),
    *("First seen", "Confidence", "Noted", "Why", "Rule"),
)
_BEHIND = ("Fact", "Item", "Measured", "Remark")
_LISTS = ("List", "Item", "Name", "Stage", "Team", "Days", "Days are", "Note")
_RULES = (
    *("Rule", "Title", "Threshold", "A flag is right if", "Flags", "Right", "Marked as wrong"),
    *("Precision", "Low", "High", "Recall", "Silent"),
)


def write_report_workbook(path: Path, result: Report) -> None:
    """Write it to a file, which appears whole or not at all; raises :class:`BadInput`."""
    sheets = (
        Sheet("Summary", ("", ""), _summary(result)),
        Sheet("Facts", _FACTS, _facts(result)),
        Sheet("Behind", _BEHIND, _behind(result)),
        Sheet("Lists", _LISTS, _lists(result)),
        *(_figures(block) for block in result.lists if block.columns),
        Sheet("No longer so", ("Fact", "What"), ((one.id, one.text) for one in result.gone)),
        Sheet("Left out", ("What", "Count"), ((p.what, p.count) for p in result.left_out)),
        Sheet("Rules", _RULES, _rules(result)),
    )
    write_sheets(path, moment(result.as_of), sheets)


def _summary(result: Report) -> Rows:
    yield "Report", result.kind.value
    yield "Subject", result.subject
    yield "From (UTC)", moment(result.window.since)
    yield "To (UTC)", moment(result.window.until)
    yield "Journal entries after", result.window.from_seq
    yield "Journal entries up to", result.window.to_seq
    yield "Hash", result.hash
    yield "State", "nothing changed" if result.nothing_changed else result.headline


def _facts(result: Report) -> Rows:
    for one in result.facts:
        yield (
            *(one.id, one.severity, one.about, one.subject, one.text),
            *("yes" if one.needs_decision else "no", one.repeats, one.first_seen),
            None if one.confidence is None else Share(one.confidence),
            *(one.acknowledged, "; ".join(one.why), one.rule),
        )


def _behind(result: Report) -> Rows:
    keys = dict(result.keys)
    for fact in result.facts:
        for one in fact.evidence:
            remarks = one.remarks or ("",) * len(one.items)
            for item, remark in zip(one.items, remarks, strict=False):
                yield fact.id, keys.get(item), one.figure, remark


def _lists(result: Report) -> Rows:
    keys = dict(result.keys)
    for block in result.lists:
        for line in () if block.columns else block.lines:
            key = None if line.item is None else keys.get(line.item)
            days = None if line.days is None else round(line.days, 1)
            yield block.title, key, line.name, line.stage, line.team, days, block.days, line.note


def _figures(block: Block) -> Sheet:
    """A list whose lines have figures, as a sheet with a column for each."""
    heads = ("Name", *(one.head for one in block.columns), "Note")

    def rows() -> Rows:
        for line in block.lines:
            known = dict(line.figures)
            cells = (_cell(one.kind, known.get(one.name)) for one in block.columns)
            yield line.name, *cells, f"{line.note[:1].upper()}{line.note[1:]}"

    return Sheet(block.title, heads, rows())


def _cell(kind: Kind, value: Any) -> Any:
    if value is None:
        return None
    if kind is Kind.ODDS:
        return Share(floored(value))
    if kind in (Kind.SHARE, Kind.RETURN):
        return Share(value)
    return Amount(value) if kind is Kind.AMOUNT else value


def _rules(result: Report) -> Rows:
    for one in result.rules:
        shares = (one.precision, one.low, one.high, one.recall)
        yield (
            *(one.id, one.title, one.threshold, one.outcome, one.flagged, one.right),
            one.wrong_marks,
            *(None if share is None else Share(share) for share in shares),
            "yes" if one.is_silent else "no",
        )
