"""Governance of a stream from what a reader knows: controls, modes, checks, costs, waivers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from statistics import median

from vsm.features.governance.figures import (
    PROVES_BAD,
    Wait,
    added_waits,
    interval,
    items_behind,
    proved_bad,
)
from vsm.features.governance.idle import idle_sentence, is_idle, missing_stages
from vsm.features.governance.past import controls_at, modes_at, waivers_at
from vsm.features.governance.results import (
    Announced,
    ControlCost,
    ControlResult,
    ControlRow,
    Evidence,
    GateCosts,
    Governance,
    MonthCost,
    MoveCheck,
    PmoQueue,
    WaiverRow,
)
from vsm.model.control.control import (
    Control,
    Mode,
    ModeSetting,
    Severity,
    Verdict,
    Waiver,
    WaiverState,
    mode_of,
    setting_of,
)
from vsm.model.control.deadlines import months_later
from vsm.model.control.evaluation import applies, describe, evaluate
from vsm.model.control.facts import Record, latest
from vsm.model.control.recorded import Recorded
from vsm.model.control.records import ChangeRecords
from vsm.model.control.trigger import origins
from vsm.model.governance_entities import CONTROL, MODE, WAIVER
from vsm.model.item import Item, Visit
from vsm.model.rules import DAY, as_of, day_start, local, nearest_rank
from vsm.model.stream import Stage, ValueStream
from vsm.reader import Reader

RECENT_DAYS = 30
"""Days that a list of controls counts verdicts over."""
ANNOUNCED_DAYS = 14
"""Days ahead that a mode is announced."""
COST_MONTHS = 6
"""Months that costs are shown for; in them a control has to find something that proves bad."""
COSTLY = 1.0
"""Item-days of wait a month from which a control that finds nothing is proposed to be retired."""


def read_governance(
    reader: Reader, stream: ValueStream, now: int, *, past: bool = False
) -> Governance:
    """The controls of a stream with what they found lately, its mode, what is announced.

    With ``past`` controls have their text of then, and those that were set later are marked.
    """
    controls, later = reader.entities(CONTROL), frozenset[int]()
    if past:
        known = {control.id: control for control in controls_at(reader, now)}
        later = frozenset(control.id for control in controls) - set(known)
        controls = [known.get(control.id, control) for control in controls]
    modes = modes_at(reader, now)
    day = local(now, stream.zone).date()
    start = day_start(day - timedelta(days=RECENT_DAYS - 1), stream.zone)
    recent = reader.evaluations(stream.id, since=start, until=now)
    by_control, blocked = _by_control(recent), reader.blocked_spans(stream.id)
    visits = _visits_of_refused(reader, stream, recent)
    iso = day.isoformat()
    setting = setting_of(modes, stream.id, None, iso)
    return Governance(
        stream=stream.name,
        as_of=now,
        mode=Mode.OFF if setting is None else Mode(setting.value),
        lead=None if setting is None else setting.lead,
        controls=tuple(
            _row(
                c,
                stream,
                mode_of(modes, stream.id, c.id, iso),
                verdicts := by_control.get(c.id, []),
                _waits(verdicts, blocked, visits, stream, now),
                is_later=c.id in later,
            )
            for c in controls
        ),
        announced=announced(controls, modes, stream, day),
        open_waivers=sum(
            waiver.state == WaiverState.ASKED and waiver.only in (None, stream.id)
            for waiver in waivers_at(reader, now)
        ),
    )


def announced(
    controls: Iterable[Control], modes: Iterable[ModeSetting], stream: ValueStream, today: date
) -> tuple[Announced, ...]:
    """The modes of a stream that begin within the next days, the nearest first."""
    names = {control.id: control.name for control in controls}
    until = (today + timedelta(days=ANNOUNCED_DAYS)).isoformat()
    coming = [m for m in modes if m.only == stream.id and today.isoformat() < m.start <= until]
    return tuple(
        Announced(
            control=names.get(m.control) if m.control is not None else None,
            mode=Mode(m.value),
            start=date.fromisoformat(m.start),
            until=date.fromisoformat(m.until) if m.until else None,
            reason=m.reason,
            decided_by=m.decided_by,
        )
        for m in sorted(coming, key=lambda m: (m.start, m.id))
    )


_Spans = dict[int, list[tuple[int, int | None]]]


def _by_control(verdicts: Iterable[Recorded]) -> dict[int, list[Recorded]]:
    by_control: dict[int, list[Recorded]] = defaultdict(list)
    for verdict in verdicts:
        by_control[verdict.control].append(verdict)
    return by_control


def _counts(verdicts: Sequence[Recorded]) -> dict[str, int]:
    return {
        "checked": len(verdicts),
        "failed": sum(v.verdict is Verdict.FAIL for v in verdicts),
        "indeterminate": sum(v.verdict is Verdict.INDETERMINATE for v in verdicts),
        "refused": sum(v.is_refused for v in verdicts),
        "waived": sum(v.verdict is Verdict.WAIVED for v in verdicts),
        "emergencies": sum(bool(v.emergency) for v in verdicts),
    }


def _waits(
    verdicts: Sequence[Recorded],
    blocked: _Spans,
    visits: Mapping[int, Sequence[Visit]],
    stream: ValueStream,
    now: int,
) -> list[Wait]:
    tries = [(v.item, v.judged_at, v.is_refused) for v in verdicts if v.item]
    refused = {v.item: v for v in verdicts if v.is_refused}

    def ended(item: int, since: int) -> int | None:
        last = refused[item]
        if item not in visits:
            return last.judged_at  # it is in another stream by now
        for visit in visits[item]:
            stage = stream.by_id.get(visit.stage)
            is_end = stage is not None and stage.category.ended
            if visit.entered >= since and (is_end or visit.stage == last.target):
                return visit.entered
        return None

    return added_waits(tries, blocked, ended, now)


def _visits_of_refused(
    reader: Reader, stream: ValueStream, verdicts: Iterable[Recorded]
) -> Mapping[int, Sequence[Visit]]:
    refused = {v.item for v in verdicts if v.is_refused and v.item}
    return reader.change_records(stream, refused).visits if refused else {}


def _row(
    control: Control,
    stream: ValueStream,
    mode: Mode,
    verdicts: list[Recorded],
    waits: Iterable[Wait],
    *,
    is_later: bool,
) -> ControlRow:
    missing = missing_stages(control, (stream,)) if is_idle(control, stream) else ()
    return ControlRow(
        id=control.id,
        control=control.name,
        title=control.title,
        severity=Severity(control.severity),
        applies=control.applies,
        filter=control.filter,
        idle=idle_sentence(control.name, missing, (stream,)) if missing else "",
        mode=mode,
        version=control.version,
        passed=sum(v.verdict is Verdict.PASS for v in verdicts),
        wait_days=sum(wait.took for wait in waits) / DAY,
        refs=control.refs,
        is_later=is_later,
        **_counts(verdicts),
    )


# -- checks ---------------------------------------------------------------------------------


def read_check(
    reader: Reader,
    item: Item,
    stream: ValueStream,
    target: Stage,
    now: int,
    recorded: int | None = None,
) -> MoveCheck:
    """The verdicts on moving an item into a stage now, which nobody has done yet.

    ``recorded`` is the entry that put them on record.
    """
    from dataclasses import replace

    records = reader.change_records(stream, [item.id])
    record = replace(records.record(item.id, now), target=target.name)
    return MoveCheck(
        item=item.key,
        id=item.id,
        stage_to=target.name,
        at=now,
        results=check_move(reader, records, record, target),
        recorded=recorded,
    )


def check_move(
    reader: Reader, records: ChangeRecords, record: Record, target: Stage
) -> tuple[ControlResult, ...]:
    """The results of all controls that a move calls for, as the next try would have them."""
    stream, item = record.stream, record.item
    day = local(record.now, stream.zone).date().isoformat()
    sources = origins(stream, as_of(records.visits[item.id], record.now))
    controls = reader.entities(CONTROL)
    called = [
        (control, mode)
        for control in controls
        if (mode := mode_of(records.modes, stream.id, control.id, day)) is not Mode.OFF
        and applies(control, stream, item, record.team, sources, target)
    ]
    results = evaluate(record, called, reader.entities(WAIVER))
    evidence = tuple(
        Evidence(kind=str(one.kind), ref=one.ref, at=one.at)
        for one in latest(record.known.evidence, record.now)
    )
    return tuple(
        ControlResult(
            control=control.name,
            title=control.title,
            version=result.version,
            mode=result.mode,
            verdict=result.verdict,
            disposition=result.disposition,
            message="" if result.verdict is Verdict.PASS else describe(result, control, record),
            missing=result.missing,
            evidence=evidence,
            remedy=control.remedy,
            template=control.template,
        )
        for (control, _), result in zip(called, results, strict=True)
    )


# -- costs ----------------------------------------------------------------------------------


def read_costs(reader: Reader, stream: ValueStream, now: int) -> GateCosts:
    """The running cost of every control of a stream, by month, and of the PMO's answers."""
    today = local(now, stream.zone).date()
    first = _month_before(today, COST_MONTHS - 1)
    start = day_start(first, stream.zone)
    by_control = _by_control(reader.evaluations(stream.id, since=start, until=now))
    blocked = reader.blocked_spans(stream.id)
    records = reader.change_records(stream)
    modes = reader.entities(MODE)
    costs = [
        _cost(
            control,
            modes,
            by_control[control.id],
            records,
            blocked,
            now,
            partial(_first_judged, reader, stream, control),
        )
        for control in reader.entities(CONTROL)
        if by_control.get(control.id)
    ]
    return GateCosts(
        stream=stream.name,
        as_of=now,
        controls=tuple(costs),
        pmo=read_pmo_queue(reader, stream, now),
    )


def _first_judged(reader: Reader, stream: ValueStream, control: Control) -> int:
    return reader.evaluations(stream.id, control.id)[0].judged_at


def _month_before(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


def _cost(
    control: Control,
    modes: Sequence[ModeSetting],
    verdicts: list[Recorded],
    records: ChangeRecords,
    blocked: _Spans,
    now: int,
    first: Callable[[], int],
) -> ControlCost:
    stream = records.stream
    months: dict[str, list[Recorded]] = defaultdict(list)
    for verdict in verdicts:
        months[f"{local(verdict.judged_at, stream.zone):%Y-%m}"].append(verdict)
    waits = _waits(verdicts, blocked, records.visits, stream, now)
    by_month: dict[str, int] = defaultdict(int)
    for wait in waits:
        by_month[f"{local(wait.start, stream.zone):%Y-%m}"] += wait.took
    fixed = [wait.is_passed and wait.took <= DAY for wait in waits if wait.is_judged]
    fails = {v.item: v.at for v in reversed(verdicts) if v.verdict is Verdict.FAIL and v.item}
    judged = {item: at for item, at in fails.items() if at + PROVES_BAD <= now}
    bad = sum(
        bool(proved_bad(records.visits.get(i, []), at, stream, records.defects.get(i, ())))
        for i, at in judged.items()
    )
    costs = tuple(
        MonthCost(
            month=month,
            wait_days=by_month.get(month, 0) / DAY,
            behind=items_behind(of_month, stream),
            **_counts(of_month),
        )
        for month, of_month in sorted(months.items())
    )
    today = local(now, stream.zone).date()
    mode = mode_of(modes, stream.id, control.id, today.isoformat())
    return ControlCost(
        control=control.name,
        version=control.version,
        mode=mode,
        months=costs,
        waiting=sum(not wait.is_over for wait in waits),
        fixed_within_a_day=interval(sum(fixed), len(fixed)),
        precision=interval(bad, len(judged)),
        proposal=_proposal(
            costs, first, bad, mode, day_start(months_later(today, -COST_MONTHS), stream.zone)
        ),
    )


def _proposal(
    costs: Sequence[MonthCost], first: Callable[[], int], bad: int, mode: Mode, since: int
) -> str | None:
    """What to do with a control that binds, costs wait, and finds nothing that proves bad.

    ``first`` gives when it was first judged; it has to have had six months, from ``since`` on.
    """
    wait = sum(month.wait_days for month in costs) / COST_MONTHS
    if not mode.binds or bad or wait <= COSTLY or first() > since:
        return None
    return (
        f"retire it or make it supportive: in {COST_MONTHS} months nothing that it refused proved"
        f" bad, at {wait:.1f} item-days of wait a month"
    )


def read_pmo_queue(reader: Reader, stream: ValueStream, now: int) -> PmoQueue:
    """Waivers that were asked for by a moment, how many are open, and how long answers took."""
    asked = [w for w in waivers_at(reader, now) if w.only in (None, stream.id)]
    took = sorted(
        (w.answered_at - w.asked_at) / DAY
        for w in asked
        if w.answered_at is not None and w.state != WaiverState.WITHDRAWN
    )
    waiting = [(now - w.asked_at) / DAY for w in asked if w.state == WaiverState.ASKED]
    return PmoQueue(
        asked=len(asked),
        answered=len(took),
        withdrawn=sum(w.state == WaiverState.WITHDRAWN for w in asked),
        waiting=len(waiting),
        oldest_open_days=max(waiting, default=None),
        median_days=median(took) if took else None,
        p85_days=nearest_rank(took, 85) if took else None,
    )


# -- waivers --------------------------------------------------------------------------------


def read_waivers(
    reader: Reader, now: int, zone: str, stream: ValueStream | None = None
) -> list[WaiverRow]:
    """All waivers (of a stream), those first that wait for an answer, then by their last day.

    A waiver ends with a day of its stream; with one of ``zone`` where it has none.
    """
    known = (reader.stream(info.id) for info in reader.streams())
    zones = {one.id: one.zone for one in known if one is not None}
    controls = {control.id: control.name for control in reader.entities(CONTROL)}
    streams = {info.id: info.name for info in reader.streams()}
    used: dict[int, int] = defaultdict(int)
    for verdict in reader.evaluations(None if stream is None else stream.id, until=now):
        if verdict.waiver is not None:
            used[verdict.waiver] += 1
    every = waivers_at(reader, now)
    waivers = [w for w in every if stream is None or w.only in (None, stream.id)]
    waivers.sort(key=lambda w: (w.state != WaiverState.ASKED, w.until, w.id))
    return [
        WaiverRow(
            id=w.id,
            number=int(w.number),
            control=controls.get(w.control, "?"),
            scope=w.scope,
            stream=streams.get(w.only) if w.only is not None else None,
            reason=w.reason,
            start=date.fromisoformat(w.start),
            until=date.fromisoformat(w.until),
            state=WaiverState(w.state),
            asked_by=w.asked_by,
            asked_at=w.asked_at,
            answered_by=w.answered_by,
            answered_at=w.answered_at,
            used=used[w.id],
            expires_in_days=_expires(w, local(now, zones.get(w.only or 0, zone)).date()),
        )
        for w in waivers
    ]


def _expires(waiver: Waiver, today: date) -> int | None:
    days = (date.fromisoformat(waiver.until) - today).days
    return days if waiver.state == WaiverState.GRANTED and days >= 0 else None
