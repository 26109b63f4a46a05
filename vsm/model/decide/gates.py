"""The rule on gates: controls that a move calls for, which may refuse it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from vsm.model import command as c
from vsm.model import event as e
from vsm.model.control.control import (
    Control,
    Disposition,
    Mode,
    ModeSetting,
    Result,
    Waiver,
    settings_on,
)
from vsm.model.control.trigger import origins
from vsm.model.decide.base import RuleViolation, answer, live_item, stream_of
from vsm.model.decide.roles import require, who_may
from vsm.model.entities import MEMBER, TEAM
from vsm.model.errors import GateRefused, RefusalCode
from vsm.model.governance_entities import ALIAS, CONTROL, MODE, WAIVER
from vsm.model.item import ClassOfService, Item
from vsm.model.role import Right
from vsm.model.rules import finish_of, local, start_of
from vsm.model.stream import Category, Stage, ValueStream
from vsm.model.view import View

if TYPE_CHECKING:
    from vsm.model.control.facts import Record

EMERGENCY = "emergency"
"""Label of the item that asks for approval after an emergency."""


@answer.register
def _(command: c.RecordCheck, view: View) -> list[e.Event]:
    item = live_item(view, command.item, None)
    stream = stream_of(view, item.stream)
    source, target = stream.stage(item.stage), stream.by_id.get(command.stage)
    if target is None or target is source:
        where = "it is in that stage" if target is source else "its stream has no such stage"
        raise RuleViolation(
            RefusalCode.STATE, f"{item.key} cannot be checked: {where}", "name another stage"
        )
    is_called = _calling(view, item, stream, source, target)
    judged = _judged(view, item, stream, source, target, is_called)
    if judged is None:
        raise RuleViolation(
            RefusalCode.STATE,
            f"no control checks a move of {item.key} to {target.name}",
            "name another stage: --to STAGE",
            (item.key,),
        )
    _, _, results = judged
    return [
        e.MoveChecked(
            item=item.id,
            stream=stream.id,
            source=source.id,
            target=target.id,
            gates=tuple(e.GateFacts.of(result) for result in results),
        )
    ]


def check_gates(
    view: View,
    item: Item,
    stream: ValueStream,
    source: Stage | None,
    target: Stage,
    emergency: str = "",
) -> tuple[e.GateFacts, ...]:
    """The verdicts of the controls that a move calls for; refuses where one binds and fails.

    ``source`` is ``None`` for an item that is new in the stream. With the reason of an emergency an
    expedite item passes all the same.
    """
    is_called = _calling(view, item, stream, source, target)
    return _check(view, item, stream, source, target, is_called, emergency)


def _calling(
    view: View, item: Item, stream: ValueStream, source: Stage | None, target: Stage
) -> Callable[[str], bool]:
    """Whether a move calls for the controls with a trigger."""
    sources: tuple[Stage | None, ...] = (source,)
    if source is None or source.category is Category.DROPPED:
        sources = origins(stream, view.visits(item.id) if item.id else ())

    def is_called(trigger: str) -> bool:
        from vsm.model.control.evaluation import calls_for

        return any(calls_for(trigger, stream, origin, target) for origin in sources)

    return is_called


def check_transfer(
    view: View, item: Item, left: ValueStream, to: ValueStream, target: Stage
) -> tuple[tuple[e.GateFacts, ...], tuple[e.GateFacts, ...]]:
    """The verdicts of the controls of the stream that an item leaves, and of the one it comes to.

    A control that both ask counts where the item comes to.
    """
    source = left.stage(item.stage)

    def is_called(trigger: str) -> bool:
        from vsm.model.control.evaluation import is_left

        return is_left(trigger, source)

    at_exit = _check(view, item, left, source, target, is_called)
    at_entry = check_gates(view, item, to, None, target)
    twice = {gate.control for gate in at_entry}
    return tuple(gate for gate in at_exit if gate.control not in twice), at_entry


def _check(
    view: View,
    item: Item,
    stream: ValueStream,
    source: Stage | None,
    target: Stage,
    is_called: Callable[[str], bool],
    emergency: str = "",
) -> tuple[e.GateFacts, ...]:
    judged = _judged(view, item, stream, source, target, is_called, emergency)
    if judged is None:
        return ()
    record, controls, results = judged
    if any(result.disposition is Disposition.ENFORCED for result in results):
        raise _refusal(record, source, target, controls, results)
    return tuple(e.GateFacts.of(result) for result in results)


def _judged(
    view: View,
    item: Item,
    stream: ValueStream,
    source: Stage | None,
    target: Stage,
    is_called: Callable[[str], bool],
    emergency: str = "",
) -> tuple[Record, list[Control], list[Result]] | None:
    """What controls say of a move, and on which record; ``None`` where none checks it."""
    modes = view.where(MODE, "only", (stream.id,))
    if not modes:
        return None
    holding = settings_on(modes, stream.id, local(view.now, stream.zone).date().isoformat())
    if all(setting.value == Mode.OFF for setting in holding.values()):
        return None
    from vsm.model.control.evaluation import evaluate, named_facts

    general = _mode(holding.get(None))
    owner = None if item.team is None else view.get(TEAM, item.team)
    team = owner.name if owner is not None else ""
    called = [
        (control, mode)
        for control in _called(view, item, team, is_called)
        if (mode := _mode(holding.get(control.id), general)) is not Mode.OFF
    ]
    if not called:
        return None
    if emergency and item.service is not ClassOfService.EXPEDITE:
        raise RuleViolation(
            RefusalCode.STATE,
            f"{item.key} is {item.service}: only expedite items pass in an emergency",
            "change its class of service first",
            (item.key,),
        )
    named = named_facts(control for control, _ in called)
    record = record_of_move(view, item, stream, target, general, team, bool(emergency), named)
    results = evaluate(record, called, _waivers(view))
    return record, [control for control, _ in called], results


def judged_again(view: View, event: e.Event) -> e.Event:
    """A move that a redo records, with the verdicts of now; refuses where controls would now."""
    if isinstance(event, e.ItemTransferred):
        left, to = view.stream(event.stream), view.stream(event.to)
        item = view.item(event.item)
        if item is None or left is None or to is None:
            return event
        at_exit, at_entry = check_transfer(view, item, left, to, to.stage(event.target))
        return event.model_copy(update={"gates": at_entry, "left_gates": at_exit})
    if isinstance(event, e.ItemMoved):
        item, stream = view.item(event.item), view.stream(event.stream)
        if item is None or stream is None:
            return event
        source, target = stream.stage(event.source), stream.stage(event.target)
        gates = check_gates(view, item, stream, source, target, event.emergency)
        emergency = event.emergency if any(gate.needs_emergency for gate in gates) else ""
        return event.model_copy(update={"gates": gates, "emergency": emergency})
    if isinstance(event, e.ItemAdded) and not is_follow_up(event):
        stream = view.stream(event.stream)
        if stream is None:
            return event
        fields = event.fields.model_dump()
        title, now = fields.pop("title"), view.now
        new = Item(0, event.key, event.stream, event.stage, 0, title, 0, now, now, **fields)
        gates = check_gates(view, new, stream, None, stream.stage(event.stage))
        return event.model_copy(update={"gates": gates})
    return event


def is_follow_up(event: e.ItemAdded) -> bool:
    """Whether an item that was added before asks for approval after an emergency.

    Its label says nothing: anybody may give that. Entries of before this was noted are judged as
    any other item.
    """
    return event.approves is not None


def check_stages(view: View, events: Iterable[e.Event]) -> None:
    """Refuse to rename or retire a stage that a gate names, without the right to govern: controls
    know stages by their names of now, so that would switch the gate off.
    """
    for event in events:
        if isinstance(event, e.StageChanged) and ("name" in event.changes or _retires(event)):
            stream = view.stream(event.stream)
            stage = stream.by_id.get(event.stage) if stream is not None else None
            if stream is not None and stage is not None:
                _check_stage(view, stream, stage)


def _retires(event: e.StageChanged) -> bool:
    return bool(event.changes.get("retired", (False, False))[1])


def _check_stage(view: View, stream: ValueStream, stage: Stage) -> None:
    modes = view.where(MODE, "only", (stream.id,))
    today = local(view.now, stream.zone).date().isoformat()
    holding = settings_on(modes, stream.id, today)
    coming = {mode.control for mode in modes if mode.start > today and mode.value != Mode.OFF}
    if not modes:
        return
    from vsm.model.control.evaluation import trigger_of

    gates = [
        control.name
        for control in view.all(CONTROL)
        if trigger_of(control).names(stage)
        and (
            _mode(holding.get(control.id), _mode(holding.get(None))) is not Mode.OFF
            or coming & {None, control.id}
        )
    ]
    if not gates:
        return
    try:
        require(view, Right.GOVERN, stream.id)
    except RuleViolation:
        raise RuleViolation(
            RefusalCode.ROLE,
            f"{stage.name} has a gate ({', '.join(gates)}), which goes by its name",
            f"ask {who_may(view, Right.GOVERN, stream.id)}",
        ) from None


def _called(
    view: View, item: Item, team: str, is_called: Callable[[str], bool]
) -> Iterator[Control]:
    """The controls that a move calls for, of whatever mode; no other is read."""
    from vsm.model.control.evaluation import covers

    triggers = [text for text in view.distinct(CONTROL, "applies") if is_called(text)]
    if triggers:
        controls = view.where(CONTROL, "applies", triggers)
        yield from (control for control in controls if covers(control, item, team))


def _mode(setting: ModeSetting | None, otherwise: Mode = Mode.OFF) -> Mode:
    return otherwise if setting is None else Mode(setting.value)


def record_of_move(
    view: View,
    item: Item,
    stream: ValueStream,
    target: Stage,
    mode: Mode,
    team: str,
    is_emergency: bool,
    named: Collection[str],
) -> Record:
    """The record of an item that moves: what the named facts need of it, and no more."""
    from vsm.model.control.facts import (
        OnRecord,
        Record,
        logins_of,
        names_people,
        needs_visits,
        parts_of,
    )

    known, parts = OnRecord(author=view.actor), parts_of(named)
    if item.id:
        known = view.on_record(item.id, parts) if parts else OnRecord()
    visits = view.visits(item.id) if item.id and needs_visits(named) else []
    logins = logins_of(view.all(MEMBER), view.all(ALIAS)) if names_people(named) else {}
    return Record(
        item,
        stream,
        view.now,
        mode,
        team=team,
        target=target.name,
        started=start_of(visits, stream),
        finished=finish_of(visits, stream),
        known=known,
        logins=logins,
        emergency=is_emergency,
    )


def _waivers(view: View) -> Iterator[Waiver]:
    """The waivers, read only where they are asked for."""
    yield from view.all(WAIVER)


def _scope(item: Item, stream: ValueStream) -> str:
    """The options by which a waiver covers an item at a gate of a stream."""
    if not item.id:  # nothing has its key yet
        return f"--label NAME --stream {stream.name!r}"
    where = f" --stream {stream.name!r}" if item.stream != stream.id else ""
    return f"--item {item.key}{where}"


def _refusal(
    record: Record,
    source: Stage | None,
    target: Stage,
    controls: list[Control],
    results: list[Result],
) -> RuleViolation:
    from vsm.model.control.evaluation import describe

    item, stream = record.item, record.stream
    by_id = {control.id: control for control in controls}
    refused = [r for r in results if r.disposition is Disposition.ENFORCED]
    first = by_id[refused[0].control]
    others = [by_id[r.control].name for r in refused[1:]]
    beside = f" (nor {', '.join(others)})" if others else ""
    why = describe(refused[0], first, record)
    message = f"{item.key} does not pass {first.name}{beside}: {why}"
    help_ = first.remedy or (f"ask {first.owner}" if first.owner else "")
    before = f"{help_}; or " if help_ else ""
    verb = f"vsm gov waive {first.name} {_scope(item, stream)} --reason TEXT"
    return RuleViolation(
        RefusalCode.GATE,
        message,
        f"{before}ask for a waiver: {verb}",
        (item.key,) if item.id else (),
        by_key=f"{before}ask for a waiver: {{governance}}, then {{ask_waiver}} on {first.name}",
        gate=GateRefused(
            item.id,
            stream.id,
            source.id if source is not None else target.id,
            target.id,
            tuple(results),
        ),
    )
