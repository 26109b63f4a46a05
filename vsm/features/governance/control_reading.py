"""Controls and modes one by one: the whole text, who decided what and when, the last verdicts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from vsm.features.governance.past import modes_at
from vsm.features.governance.reading import read_costs, read_waivers
from vsm.features.governance.results import (
    ControlDetail,
    ExampleRow,
    FactList,
    FactRow,
    HandCheck,
    Library,
    ModeRow,
    ModeState,
    RecordedVerdict,
    ShippedControl,
)
from vsm.model.control.control import Control, Mode, ModeSetting, Severity, Verdict, setting_of
from vsm.model.control.evaluation import describe, evaluate
from vsm.model.control.fact_list import FACTS, VERSION
from vsm.model.control.facts import recorded_in_time
from vsm.model.control.recorded import Recorded
from vsm.model.control.records import ChangeRecords
from vsm.model.governance_entities import CONTROL, MODE
from vsm.model.rules import local
from vsm.model.stream import ValueStream
from vsm.reader import Reader

LAST_VERDICTS = 20
"""Verdicts that are listed of a control."""


def make_control(values: Mapping[str, Any]) -> Control:
    """A control that is not set, from its values as people wrote them.

    Raises :class:`~vsm.model.field_types.InvalidValue` where it could not be set.
    """
    from vsm.model.control.examples import check_control

    names = [field.name for field in CONTROL.fields]
    defaults = {field.name: field.default for field in CONTROL.fields if not field.is_required}
    control = Control(0, **CONTROL.read(names, {**defaults, **values}))
    check_control(control)
    return control


# -- modes ----------------------------------------------------------------------------------


def read_mode(
    reader: Reader, stream: ValueStream, now: int, control: Control | None = None
) -> ModeState:
    """The mode of a stream, or of a control in it, with what is announced and what was before."""
    settings = [s for s in reader.entities(MODE) if s.only == stream.id]
    controls = reader.entities(CONTROL)
    names = {one.id: one.name for one in controls}
    today = local(now, stream.zone).date()
    number, iso = control.id if control is not None else None, today.isoformat()
    holds = setting_of(settings, stream.id, number, iso)
    own = []
    for one in controls if control is None else ():
        setting = setting_of(settings, stream.id, one.id, iso)
        if setting is not None and setting.control is not None:
            own.append(setting)
    about = [s for s in settings if control is None or s.control in (None, control.id)]
    past = [s for s in about if s.start <= iso and s not in (holds, *own)]

    def rows(chosen: Iterable[ModeSetting]) -> tuple[ModeRow, ...]:
        return tuple(_mode_row(s, stream.name, names) for s in chosen)

    return ModeState(
        stream=stream.name,
        control=control.name if control is not None else None,
        as_of=now,
        mode=Mode.OFF if holds is None else Mode(holds.value),
        decision=None if holds is None else _mode_row(holds, stream.name, names),
        own=rows(own),
        announced=rows(sorted((s for s in about if s.start > iso), key=lambda s: (s.start, s.id))),
        past=rows(sorted(past, key=lambda s: (s.start, s.id), reverse=True)),
    )


def _mode_row(setting: ModeSetting, stream: str, names: Mapping[int, str]) -> ModeRow:
    return ModeRow(
        stream=stream,
        control=names.get(setting.control) if setting.control is not None else None,
        mode=Mode(setting.value),
        start=date.fromisoformat(setting.start),
        until=date.fromisoformat(setting.until) if setting.until else None,
        lead=setting.lead,
        reason=setting.reason,
        decided_by=setting.decided_by,
        decided_at=setting.decided_at,
    )


# -- one control ----------------------------------------------------------------------------


def read_control_detail(
    reader: Reader | None, stream: ValueStream | None, control: Control, now: int
) -> ControlDetail:
    """A control with its text and, where it is set, with what came of it in a stream."""
    if reader is None or stream is None or not control.id:
        return _detail(control, stream)
    today = local(now, stream.zone).date()
    names = {control.id: control.name}
    settings = [s for s in modes_at(reader, now) if s.only == stream.id]
    holds = setting_of(settings, stream.id, control.id, today.isoformat())
    rows = read_waivers(reader, now, stream.zone, stream)
    costs = read_costs(reader, stream, now).controls
    return _detail(
        control,
        stream,
        mode=Mode.OFF if holds is None else Mode(holds.value),
        modes=tuple(
            _mode_row(s, stream.name, names)
            for s in sorted(settings, key=lambda s: (s.start, s.id), reverse=True)
            if s.control in (None, control.id)
        ),
        verdicts=_verdicts(
            reader, stream, control, reader.evaluations(stream.id, control.id, until=now)
        ),
        checks=_checks(reader, stream, control, now),
        waivers=tuple(row for row in rows if row.control == control.name),
        cost=next((cost for cost in costs if cost.control == control.name), None),
    )


def _detail(control: Control, stream: ValueStream | None, **more: Any) -> ControlDetail:
    lists = ("modes", "verdicts", "checks", "waivers")
    nothing: dict[str, Any] = {"mode": Mode.OFF, **dict.fromkeys(lists, ())}
    return ControlDetail(
        stream=stream.name if stream is not None else None,
        control=control.name,
        is_set=bool(control.id),
        title=control.title,
        why=control.why,
        applies=control.applies,
        filter=control.filter,
        rule=control.rule,
        remedy=control.remedy,
        severity=Severity(control.severity),
        owner=control.owner,
        refs=control.refs,
        template=control.template,
        version=control.version,
        examples=tuple(_example(line) for line in control.examples),
        **{**nothing, "cost": None, **more},
    )


def _example(line: str) -> ExampleRow:
    raw = json.loads(line)
    return ExampleRow(
        expect=Verdict(raw["expect"]), why=str(raw.get("why", "")), facts=raw["facts"]
    )


def _verdicts(
    reader: Reader, stream: ValueStream, control: Control, recorded: list[Recorded]
) -> tuple[RecordedVerdict, ...]:
    rows = []
    last = recorded[-LAST_VERDICTS:]
    failed = {v.item for v in last if v.verdict is Verdict.FAIL and v.item}
    records = reader.change_records(stream, failed, of_then=True) if failed else None
    for verdict in reversed(last):
        item = reader.item(verdict.item) if verdict.item else None
        stage = stream.by_id.get(verdict.target)
        rows.append(
            RecordedVerdict(
                id=verdict.item,
                item=item.key if item is not None else None,
                stage=stage.name if stage is not None else "",
                at=verdict.judged_at,
                verdict=verdict.verdict,
                disposition=verdict.disposition,
                mode=verdict.mode,
                version=verdict.version,
                missing=verdict.missing,
                problem=verdict.problem,
                why="" if records is None else _why_failed(records, control, verdict),
                emergency=verdict.emergency,
                is_refused=verdict.is_refused,
            )
        )
    return tuple(rows)


def _checks(
    reader: Reader, stream: ValueStream, control: Control, now: int
) -> tuple[HandCheck, ...]:
    checks = []
    for one in reversed(reader.checks_by_hand(stream.id, control.id, now)[-LAST_VERDICTS:]):
        item, stage = reader.item(one.item), stream.by_id.get(one.target)
        checks.append(
            HandCheck(
                id=one.item,
                item=item.key if item is not None else None,
                stage=stage.name if stage is not None else "",
                at=one.at,
                by=one.by,
                verdict=one.verdict,
                mode=one.mode,
                version=one.version,
                missing=one.missing,
                seq=one.seq,
            )
        )
    return tuple(checks)


def _why_failed(records: ChangeRecords, control: Control, verdict: Recorded) -> str:
    """Why a control failed at a move, by what was on record then.

    Empty where its text is another by now, or what is on record gives another verdict.
    """
    is_other = verdict.verdict is not Verdict.FAIL or verdict.version != control.version
    if is_other or verdict.item not in records.items:
        return ""
    at = verdict.judged_at if verdict.is_refused else verdict.at
    stage = records.stream.by_id.get(verdict.target)
    record = records.record(verdict.item, at, verdict.target)
    in_time = recorded_in_time(record.known.evidence, verdict.judged_at)
    record = replace(
        record,
        target=stage.name if stage is not None else "",
        known=record.known._replace(evidence=in_time),
        emergency=bool(verdict.emergency),
    )
    (result,) = evaluate(record, [(control, verdict.mode)])
    return describe(result, control, record) if result.verdict is verdict.verdict else ""


# -- lists ----------------------------------------------------------------------------------


def read_facts() -> FactList:
    """The frozen list of facts, in its order."""
    return FactList(
        version=VERSION,
        facts=tuple(
            FactRow(fact=path, type=fact.type.value, about=fact.text)
            for path, fact in FACTS.items()
        ),
    )


def read_library(shipped: Mapping[str, Mapping[str, Any]], controls: list[Control]) -> Library:
    """The controls that come with vsm (their values by name), and which of them are set."""
    known = {control.name.casefold() for control in controls}
    return Library(
        controls=tuple(
            ShippedControl(
                control=name,
                title=values["title"],
                applies=values["applies"],
                severity=Severity(values["severity"]),
                refs=tuple(values["refs"]),
                is_set=name.casefold() in known,
            )
            for name, values in shipped.items()
        )
    )
