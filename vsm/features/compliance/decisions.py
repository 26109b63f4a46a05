"""Reads what was decided that reports rest on: modes, roles, and all changes of a window."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from vsm.features.compliance.results import ChangeRow, ModeRow, Population, RoleRow
from vsm.model.board import LogFilter
from vsm.model.control.control import Mode
from vsm.model.entities import GRANT
from vsm.model.governance_entities import CONTROL, GOVERNANCE, MODE
from vsm.model.role import GrantSpan
from vsm.model.stream import ValueStream
from vsm.reader import Reader


def read_modes(
    reader: Reader, streams: Iterable[ValueStream], first: date, last: date
) -> tuple[ModeRow, ...]:
    """Decisions on modes that held in a window, by stream and day."""
    names = {stream.id: stream.name for stream in streams}
    controls = {control.id: control.name for control in reader.entities(CONTROL)}
    modes = [
        mode
        for mode in reader.entities(MODE)
        if mode.only in names
        and mode.start <= last.isoformat()
        and (mode.until is None or mode.until >= first.isoformat())
    ]
    return tuple(
        ModeRow(
            stream=names[mode.only],
            control=controls.get(mode.control, "?") if mode.control is not None else None,
            mode=Mode(mode.value),
            start=date.fromisoformat(mode.start),
            until=date.fromisoformat(mode.until) if mode.until else None,
            decided_by=mode.decided_by,
            reason=mode.reason,
        )
        for mode in sorted(modes, key=lambda m: (names[m.only], m.start, m.id))
    )


def read_roles(
    reader: Reader, population: Population, spans: Iterable[GrantSpan]
) -> tuple[RoleRow, ...]:
    """The roles that were held in a window, by when they were given."""
    streams = {info.id: info.name for info in reader.streams()}
    return tuple(
        RoleRow(
            login=span.grant.login,
            role=span.grant.role,
            stream=streams.get(span.grant.only) if span.grant.only is not None else None,
            until=date.fromisoformat(span.grant.until) if span.grant.until else None,
            since=span.since,
            granted_by=span.by,
            seq=span.seq,
            ended=span.until,
            ended_by=span.ended_by or None,
            ended_seq=span.ended_seq,
        )
        for span in spans
        if span.since <= population.ends
        and (span.until is None or span.until >= population.begins)
        and (span.grant.until is None or span.grant.until >= population.start.isoformat())
    )


def read_changes(reader: Reader, population: Population) -> tuple[ChangeRow, ...]:
    """What was decided in a window about controls and who may do what, the earliest first."""
    kinds = tuple(kind for entity in (*GOVERNANCE, GRANT) for kind in entity.kinds)
    return _entries(reader, population, kinds, population.begins)


def read_checks(reader: Reader, population: Population) -> tuple[ChangeRow, ...]:
    """The checks by hand that were recorded in a window, the earliest first."""
    return _entries(reader, population, ("move_checked",), population.begins)


def read_reviews(reader: Reader, population: Population) -> tuple[ChangeRow, ...]:
    """The reviews of roles and keys up to the end of a window, the earliest first."""
    return _entries(reader, population, ("access_reviewed",), since=None)


def _entries(
    reader: Reader, population: Population, kinds: tuple[str, ...], since: int | None
) -> tuple[ChangeRow, ...]:
    window = LogFilter(kinds=kinds, since=since, until=population.ends + 1)
    entries = reader.log_entries(window)
    rows = [
        ChangeRow(seq=change.seq, at=change.at, by=change.actor, text=change.text)
        for change in (entry.change for entry in entries)
    ]
    return tuple(reversed(rows))
