"""Writes a compliance report as an Excel workbook: a sheet for each part."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from vsm.connect.exports.workbook import ROWS_MAX, Rows, Share, Sheet, moment, write_sheets
from vsm.features.compliance.report import checked
from vsm.features.compliance.results import ChangeRow, Compliance
from vsm.model.errors import BadInput

_SHEETS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Population", ("Item", "Stream", "At (UTC)", "Entry")),
    (
        "Controls",
        (
            *("Control", "Title", "Requirements", "Severity", "Applicable", "Pass", "Fail"),
            *("Indeterminate", "Waived", "Not applicable", "Pass rate", "Before it was set"),
            "Not in the population",
        ),
    ),
    (
        "Verdicts",
        (
            *("Item", "Stream", "Control", "Version", "Verdict", "At (UTC)", "Entry", "Why"),
            *("Missing", "Waiver", "Mode", "Recorded", "Recorded by entry", "Before it was set"),
        ),
    ),
    (
        "Texts",
        (
            *("Control", "Version", "SHA-256", "Since (UTC)", "Until (UTC)", "Set by", "Entry"),
            *("Title", "Why", "Applies", "Filter", "Rule", "References", "Hashed text"),
        ),
    ),
    ("Modes", ("Stream", "Control", "Mode", "From", "Until", "Decided by", "Reason")),
    (
        "Roles",
        (
            *("Login", "Role", "Stream", "Until", "Since (UTC)", "Granted by", "Entry"),
            *("Ended (UTC)", "Ended by", "Ended by entry"),
        ),
    ),
    ("Changes", ("At (UTC)", "Entry", "By", "Change")),
    ("Checks by hand", ("At (UTC)", "Entry", "By", "Check")),
)


def write_workbook(path: Path, result: Compliance) -> None:
    """Write it to a file, which appears whole or not at all; raises :class:`BadInput`."""
    if len(result.verdicts) > ROWS_MAX:
        raise BadInput(
            f"{len(result.verdicts):,} verdicts are more than a sheet of Excel holds",
            "report a shorter window, or one stream",
        )
    rows = (_population(result), _controls(result), _verdicts(result), _texts(result))
    entries = (_entries(result.changes), _entries(result.checks))
    parts = (*rows, _modes(result), _roles(result), *entries)
    sheets = [Sheet("Summary", ("", ""), _summary(result))]
    sheets += [
        Sheet(name, heads, content) for (name, heads), content in zip(_SHEETS, parts, strict=True)
    ]
    write_sheets(path, moment(result.as_of), sheets)


def _summary(result: Compliance) -> Rows:
    population = result.population
    yield "Framework", result.framework
    yield "From", population.start
    yield "To", population.end
    yield "Made (UTC)", moment(result.as_of)
    yield "Population", str(population.counted)
    yield "Items", population.size
    yield "Hash of the sorted keys (SHA-256)", population.hash
    yield "Query, for each stream", population.query
    yield "Streams", ", ".join(population.streams)
    yield "Journal, last entry", population.seq
    yield "Journal, hash of that entry", population.journal_hash
    yield "Checked", checked(population)
    yield "Controls that are not set", ", ".join(result.not_set)


def _population(result: Compliance) -> Rows:
    for member in result.population.members:
        yield member.item, member.stream, moment(member.at), member.seq


def _controls(result: Compliance) -> Rows:
    for one in result.controls:
        requirements = ", ".join(one.requirements)
        yield (
            *(one.control, one.title, requirements, str(one.severity), one.applicable, one.passed),
            *(one.failed, one.indeterminate, one.waived, one.not_applicable),
            *(Share(one.pass_rate) if one.pass_rate is not None else None, one.before_set),
            one.outside,
        )


def _verdicts(result: Compliance) -> Rows:
    for one in result.verdicts:
        yield (
            *(one.item, one.stream, one.control, one.version, str(one.verdict), moment(one.at)),
            *(one.seq, one.message, ", ".join(one.missing), one.waiver, str(one.mode)),
            *(str(one.recorded or ""), one.recorded_seq, "yes" if one.before_set else "no"),
        )


def _texts(result: Compliance) -> Rows:
    for one in result.texts:
        until = None if one.until is None else moment(one.until)
        yield (
            *(one.control, one.version, one.hash, moment(one.since), until, one.set_by, one.seq),
            *(one.title, one.why, one.applies, one.filter, one.rule, ", ".join(one.refs)),
            one.text,
        )


def _modes(result: Compliance) -> Rows:
    for one in result.modes:
        control = one.control or "all"
        yield (
            *(one.stream, control, str(one.mode), one.start, one.until, one.decided_by),
            one.reason,
        )


def _roles(result: Compliance) -> Rows:
    for one in result.roles:
        ended = None if one.ended is None else moment(one.ended)
        yield (
            *(one.login, one.role, one.stream or "all", one.until, moment(one.since)),
            *(one.granted_by, one.seq, ended, one.ended_by, one.ended_seq),
        )


def _entries(rows: Iterable[ChangeRow]) -> Rows:
    for one in rows:
        yield moment(one.at), one.seq, one.by, one.text
