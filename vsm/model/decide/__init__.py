"""All rules on what people may do, and nothing else: command → events or a refusal.

``decide`` asks a read-only :class:`~vsm.model.view.View` and answers. Keyboard, drag, bulk
edit and command line obey the same rules because they live only here. What is allotted (ids,
ranks, keys, defaults) is allotted here and stands in the event.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vsm.model import command as c
from vsm.model import event as e
from vsm.model.decide import (
    controls,
    delivery,
    drafts,
    entities,
    evidence,
    gates,
    items,
    lead,
    links,
    people,
    portfolio,
    reports,
    restructuring,
    retiring,
    roles,
    served_keys,
    sprints,
    stages,
    standards,
    streams,
    transfer,
)
from vsm.model.decide.base import GAP, RuleViolation, answer
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.field_types import InvalidValue
from vsm.model.role import MANY, Right
from vsm.model.view import View

__all__ = [
    "GAP",
    "controls",
    "decide",
    "decide_again",
    "decisions",
    "delivery",
    "drafts",
    "entities",
    "evidence",
    "gates",
    "items",
    "lead",
    "links",
    "people",
    "permit",
    "permit_many",
    "portfolio",
    "reports",
    "restructuring",
    "retiring",
    "roles",
    "served_keys",
    "sprints",
    "stages",
    "standards",
    "streams",
    "transfer",
]


def decide(view: View, command: c.Command) -> list[e.Event] | Refusal:
    """Answer a command with the events that it leads to, or with a refusal."""
    try:
        roles.check(view, command)
        events = people.settle_people(view, answer(command, view))
        events = controls.settle_governance(view, events)
        events = standards.settle_standards(view, events)
        events = sprints.settle_sprints(view, events)
        events = delivery.settle_delivery(view, events)
        events = portfolio.settle_portfolio(view, events)
        events = reports.settle_reports(view, events)
        events = roles.with_first_admin(view, command, events)
        roles.check_grants(view, events)
        roles.check_absences(view, events)
        drafts.check_dropped(view, events)
        lead.check_lead(view, events)
        gates.check_stages(view, events)
        return events
    except RuleViolation as refused:
        return refused.refusal
    except InvalidValue as error:
        return Refusal(RefusalCode.INVALID, error.message, error.remedy)


def decisions(
    view: View, commands: Iterable[c.Command]
) -> Iterator[tuple[c.Command, list[e.Event] | Refusal]]:
    """Each command with the answer to it; one that stands for several is answered one by one.

    Lazy: each answer is to be recorded before the next is asked for.
    """
    for command in commands:
        if isinstance(command, c.MakeDraft):
            yield from drafts.make_real(view, command, decide)
        else:
            yield command, decide(view, command)


def permit(view: View, right: Right, stream: int | None = None) -> Refusal | None:
    """Why whoever acts has no such right (in a stream), if they have none."""
    try:
        roles.require(view, right, stream)
    except RuleViolation as refused:
        return refused.refusal
    return None


def permit_many(view: View, commands: int) -> Refusal | None:
    """Why whoever acts may not do so much at once, if they may not."""
    return permit(view, Right.MANY) if commands > MANY else None


def decide_again(view: View, event: e.Event) -> e.Event | Refusal:
    """The event that an undo or a redo records for one, with the verdicts of gates as they are now,
    or why whoever acts may not have it.
    """
    try:
        roles.require(view, roles.right_of_event(event), roles.stream_of_event(view, event))
        roles.check_grants(view, [event])
        roles.check_absences(view, [event])
        controls.check_again(view, event)
        lead.check_again(view, event)
        gates.check_stages(view, [event])
        return gates.judged_again(view, event)
    except RuleViolation as refused:
        return refused.refusal
