"""The rule on gates: controls that a move calls for, which may refuse it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

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
from vsm.model.decide.base import RuleViolation
from vsm.model.entities import MEMBER, TEAM
from vsm.model.errors import GateRefused, RefusalCode
from vsm.model.governance_entities import ALIAS, CONTROL, MODE, WAIVER
from vsm.model.item import ClassOfService, Item
from vsm.model.rules import finish_of, local, start_of
from vsm.model.stream import Stage, ValueStream
from vsm.model.view import View

if TYPE_CHECKING:
    from vsm.model.control.facts import Record

EMERGENCY = "emergency"
"""Label of the item that asks for approval after an emergency."""


def check_gates(
    view: View,
    item: Item,
    stream: ValueStream,
    source: Stage | None,
    target: Stage,
    emergency: str = "",
) -> tuple[e.GateFacts, ...]:
    """The verdicts of the controls that a move calls for; refuses where one binds and fails.

    ``source`` is ``None`` for a new item. With the reason of an emergency an expedite item passes
    all the same.
    """
    modes = view.where(MODE, "only", (stream.id,))
    if not modes:
        return ()
    holding = settings_on(modes, stream.id, local(view.now, stream.zone).date().isoformat())
    if all(setting.value == Mode.OFF for setting in holding.values()):
        return ()
    from vsm.model.control.evaluation import evaluate, named_facts

    general = _mode(holding.get(None))
    owner = None if item.team is None else view.get(TEAM, item.team)
    team = owner.name if owner is not None else ""
    called = [
        (control, mode)
        for control in _called(view, item, stream, team, source, target)
        if (mode := _mode(holding.get(control.id), general)) is not Mode.OFF
    ]
    if not called:
        return ()
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
    if any(result.disposition is Disposition.ENFORCED for result in results):
        raise _refusal(item, stream, source, target, [c for c, _ in called], results)
    return tuple(e.GateFacts.of(result) for result in results)


def check_again(view: View, event: e.Event) -> None:
    """Refuse to redo a move that controls would refuse now."""
    if isinstance(event, e.ItemMoved):
        stages, emergency = (event.source, event.target), event.emergency
        _check_again(view, view.item(event.item), event.stream, stages, emergency)
    elif isinstance(event, e.ItemTransferred):
        _check_again(view, view.item(event.item), event.to, (None, event.target))
    elif isinstance(event, e.ItemAdded) and not is_follow_up(event):
        fields = event.fields.model_dump()
        title, now = fields.pop("title"), view.now
        new = Item(0, event.key, event.stream, event.stage, 0, title, 0, now, now, **fields)
        _check_again(view, new, event.stream, (None, event.stage))


def _check_again(
    view: View,
    item: Item | None,
    number: int,
    stages: tuple[int | None, int],
    emergency: str = "",
) -> None:
    stream = view.stream(number)
    if item is None or stream is None:
        return
    source, target = stages
    before = None if source is None else stream.stage(source)
    check_gates(view, item, stream, before, stream.stage(target), emergency)


def is_follow_up(event: e.ItemAdded) -> bool:
    """Whether an item that was added before asks for approval after an emergency."""
    return EMERGENCY in event.fields.labels


def _called(
    view: View,
    item: Item,
    stream: ValueStream,
    team: str,
    source: Stage | None,
    target: Stage,
) -> Iterator[Control]:
    """The controls that a move calls for, of whatever mode; no other is read."""
    from vsm.model.control.evaluation import calls_for, covers

    triggers = view.distinct(CONTROL, "applies")
    triggers = [text for text in triggers if calls_for(text, stream, source, target)]
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


def _refusal(
    item: Item,
    stream: ValueStream,
    source: Stage | None,
    target: Stage,
    controls: list[Control],
    results: list[Result],
) -> RuleViolation:
    from vsm.model.control.evaluation import describe

    by_id = {control.id: control for control in controls}
    refused = [r for r in results if r.disposition is Disposition.ENFORCED]
    first = by_id[refused[0].control]
    others = [by_id[r.control].name for r in refused[1:]]
    beside = f" (nor {', '.join(others)})" if others else ""
    message = f"{item.key} does not pass {first.name}{beside} ({describe(refused[0], first)})"
    help_ = first.remedy or (f"ask {first.owner}" if first.owner else "")
    before = f"{help_}; or " if help_ else ""
    verb = f"vsm gov waive {first.name} --item {item.key} --reason TEXT"
    return RuleViolation(
        RefusalCode.GATE,
        message,
        f"{before}ask for a waiver: {verb}",
        (item.key,) if item.id else (),
        by_key=f"{before}ask for a waiver: {{governance}}, then {{ask_waiver}}",
        gate=GateRefused(
            item.id,
            stream.id,
            source.id if source is not None else target.id,
            target.id,
            tuple(results),
        ),
    )
