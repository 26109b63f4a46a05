"""Rules on the portfolio: one currency, weights up to the whole, states that are decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from vsm.model import command as c
from vsm.model import event as e
from vsm.model.decide.base import RuleViolation, answer
from vsm.model.decide.entities import unknown
from vsm.model.entities import TEAM
from vsm.model.errors import RefusalCode
from vsm.model.plural import count
from vsm.model.portfolio import (
    DecisionKind,
    DelayProfile,
    Initiative,
    InitiativeState,
    under_way_at_most,
)
from vsm.model.portfolio_entities import (
    CONTRIBUTION,
    DECISION,
    INDICATOR,
    INDICATOR_READING,
    INITIATIVE,
    OBJECTIVE,
    SPENDING,
)
from vsm.model.rules import from_micros
from vsm.model.team import TeamType
from vsm.model.view import View

REVIEW_AFTER, ASK_AGAIN = 90, 30
"""Days after which a decision is looked at again, and one to continue."""
_AMOUNTS = (
    *("delay_low", "delay_likely", "delay_high", "day_rate", "remaining", "budget"),
    *("benefit_low", "benefit_likely", "benefit_high"),
)
_RANGES = (("delay_low", "delay_likely", "delay_high"),
           ("benefit_low", "benefit_likely", "benefit_high"))  # fmt: skip
_BEFORE = (
    *(InitiativeState.FUNNEL, InitiativeState.REVIEWING, InitiativeState.ANALYSING),
    InitiativeState.READY,
)
"""States that are set; the others are decided."""
_ENDS = frozenset((DecisionKind.PIVOT, DecisionKind.STOP, DecisionKind.DELIVER))


def decisions_in(state: InitiativeState) -> frozenset[DecisionKind]:
    """The decisions that a state allows.

    What is over stays so, with its day, until it is started again: a slip that undo no longer
    reaches has a way back, and no later decision moves the day on which it ended. Ideas may end
    without a start; what is not under way cannot go on.
    """
    if state.is_over:
        return frozenset((DecisionKind.START, DecisionKind.PIN))
    if state is InitiativeState.IMPLEMENTING:
        return _ENDS | {DecisionKind.CONTINUE, DecisionKind.PARK, DecisionKind.PIN}
    if state is InitiativeState.READY:
        return _ENDS | {DecisionKind.START, DecisionKind.PIN}
    return _ENDS | {DecisionKind.START, DecisionKind.PARK, DecisionKind.PIN}


def settle_portfolio(view: View, events: Sequence[e.Event]) -> list[e.Event]:
    """The events, after the rules on the portfolio have been asked."""
    decided = {
        event.values["initiative"]
        for event in events
        if isinstance(event, e.EntityAdded) and event.entity is DECISION
    }
    for event in events:
        entity = getattr(event, "entity", None)
        if entity is INITIATIVE:
            _check_initiative(view, event, decided)
        elif entity is CONTRIBUTION:
            _check_contribution(view, event)
        elif entity is OBJECTIVE:
            _check_objective(view, event)
        elif entity is SPENDING:
            _check_spending(view, event)
        elif entity is INDICATOR:
            _check_indicator(view, event)
        elif entity is INDICATOR_READING and isinstance(event, e.EntityAdded):
            _check_reading(view, event)
        elif entity is DECISION and isinstance(event, e.EntityRemoved):
            raise RuleViolation(
                RefusalCode.STATE,
                "a decision stays on record",
                "decide anew: vsm initiative decide NAME",
            )
    return list(events)


def _values_after(view: View, event: e.Event) -> dict[str, Any] | None:
    """All values that an added or changed entity has then; ``None`` of a removed one."""
    if isinstance(event, e.EntityAdded):
        return {**_defaults(event), **event.values}
    if isinstance(event, e.EntityChanged):
        return {**event.entity.values(view.get(event.entity, event.id)), **event.after}
    return None


def _defaults(event: e.EntityAdded) -> dict[str, Any]:
    return {field.name: field.default for field in event.entity.fields if not field.is_required}


def _check_initiative(view: View, event: e.Event, decided: Iterable[int]) -> None:
    values = _values_after(view, event)
    if values is None:
        return
    changed = event.after if isinstance(event, e.EntityChanged) else values
    number = getattr(event, "id", 0)
    before = InitiativeState.FUNNEL
    if isinstance(event, e.EntityChanged):
        before = InitiativeState(_initiative(view, number).state)
    after = InitiativeState(values["state"])
    if after is not before and number not in decided and not {before, after} <= set(_BEFORE):
        raise RuleViolation(
            RefusalCode.STATE,
            f"{values['name']} is {before}: whether it becomes {after} is decided",
            "vsm initiative decide NAME start, park, pivot, stop or deliver --reason TEXT",
            by_key="{decide_initiative} decides",
        )
    for names in _RANGES:
        known = [values[name] for name in names if values[name] is not None]
        if known != sorted(known):
            raise RuleViolation(
                RefusalCode.INVALID,
                f"{names[0].partition('_')[0]}: low, likely and high are out of order",
                f"give them in order: --{names[0].replace('_', '-')} up to"
                f" --{names[2].replace('_', '-')}",
                by_key="give them in order",
            )
    _check_profile(values)
    first, last = values["delay_from"], values["delay_until"]
    if first and last and last < first:
        raise RuleViolation(
            RefusalCode.INVALID,
            f"the window would end on {last}, before it begins on {first}",
            "give --delay-from and --delay-until in order",
            by_key="give the days in order",
        )
    if {*_AMOUNTS, "currency"} & set(changed):
        _check_currency(view, number, values)


def _check_profile(values: dict[str, Any]) -> None:
    """Refuse a cost of delay or a benefit that nothing can be worked out from."""
    profile = DelayProfile(values["profile"])
    known = values["delay_likely"] is not None
    missing = None
    if known and profile is DelayProfile.DECAY and not values["half_life"]:
        missing = ("a cost that decays needs the weeks until half of it is left", "--half-life 8")
    elif known and profile is DelayProfile.DEADLINE:
        if not (values["delay_until"] or values["need_by"]):
            missing = ("a deadline needs its day", "--delay-until 2027-06-30")
    elif known and profile is DelayProfile.WINDOW and not values["delay_until"]:
        missing = ("a window needs its last day", "--delay-until 2027-06-30")
    if values["benefit_likely"] is not None and not values["benefit_until"]:
        missing = ("a benefit needs its last day", "--benefit-until 2028-01-31")
    if missing is not None:
        what, option = missing
        raise RuleViolation(
            RefusalCode.INVALID, what, f"give it too: {option}", by_key="give it too"
        )


def _check_currency(view: View, number: int, values: dict[str, Any]) -> None:
    if any(values[name] is not None for name in _AMOUNTS) and not values["currency"]:
        raise RuleViolation(
            RefusalCode.INVALID,
            "an amount without a unit says nothing",
            "name it once: --currency EUR, or --currency points",
            by_key="name it: EUR, or points",
        )
    unit = values["currency"]
    units = [one for one in view.distinct(INITIATIVE, "currency") if one and one != unit]
    for other in view.where(INITIATIVE, "currency", units) if unit and units else ():
        if other.id != number:
            raise RuleViolation(
                RefusalCode.INVALID,
                f"{other.name} is counted in {other.currency}, this in {unit}",
                "a portfolio has one unit: convert the amounts first",
            )


def _check_contribution(view: View, event: e.Event) -> None:
    values = _values_after(view, event)
    if values is None:
        return
    own = [
        one
        for one in view.where(CONTRIBUTION, "initiative", [values["initiative"]])
        if one.id != getattr(event, "id", 0)
    ]
    name = _initiative(view, values["initiative"]).name
    if any(one.objective == values["objective"] for one in own):
        raise RuleViolation(
            RefusalCode.STATE,
            f"{name} serves that objective already",
            f"change its weight: vsm initiative serves {name!r} OBJECTIVE WEIGHT",
        )
    total = sum(one.weight for one in own) + values["weight"]
    if total > 1 + 1e-9:
        raise RuleViolation(
            RefusalCode.INVALID,
            f"{name} would serve its objectives with {total:.0%} of its work",
            "lower the weight, or that of another objective first",
        )


def _check_objective(view: View, event: e.Event) -> None:
    if isinstance(event, e.EntityChanged):
        _check_parent(view, event)
    values = _values_after(view, event)
    if values is None or values["closed"] or values["share"] is None:
        return
    others = [
        one
        for one in view.all(OBJECTIVE)
        if one.id != getattr(event, "id", 0) and not one.closed and one.share is not None
    ]
    total = values["share"] + sum(one.share or 0 for one in others)
    if total > 1 + 1e-9:
        raise RuleViolation(
            RefusalCode.INVALID,
            f"the objectives would be meant to get {total:.0%} of the work",
            "lower the share, or that of another objective first",
        )


def _check_spending(view: View, event: e.Event) -> None:
    values = _values_after(view, event)
    if values is None:
        return
    one = _initiative(view, values["initiative"])
    if not one.currency:
        raise RuleViolation(
            RefusalCode.INVALID,
            f"{one.name} has no unit of money yet",
            f"name it: vsm initiative set {one.name!r} --currency EUR",
            by_key="name it first: {set_worth}",
        )
    _check_day(view, values["day"])


def _check_day(view: View, day: str) -> None:
    """Refuse a day to come, in any zone."""
    if day > (from_micros(view.now).date() + timedelta(days=1)).isoformat():
        raise RuleViolation(
            RefusalCode.INVALID, f"{day} is to come", "record it when it has happened"
        )


def _check_parent(view: View, event: e.EntityChanged) -> None:
    """Refuse an objective that would be part of itself."""
    seen, above = {event.id}, event.after.get("parent")
    while above is not None:
        if above in seen:
            raise RuleViolation(
                RefusalCode.INVALID, "an objective cannot be part of itself", "choose another one"
            )
        seen.add(above)
        parent = view.get(OBJECTIVE, above)
        above = None if parent is None else parent.parent


def _check_indicator(view: View, event: e.Event) -> None:
    values = _values_after(view, event)
    if values is None:
        return
    if (values["objective"] is None) == (values["initiative"] is None):
        raise RuleViolation(
            RefusalCode.INVALID,
            "an indicator belongs to an objective or to an initiative",
            "name one of them",
        )
    if values["last"] < values["first"]:
        raise RuleViolation(
            RefusalCode.INVALID,
            f"the indicator would end on {values['last']}, before it begins on {values['first']}",
            "give --from and --until in order",
            by_key="give the days in order",
        )


def _check_reading(view: View, event: e.EntityAdded) -> None:
    _check_day(view, event.values["day"])
    own = view.where(INDICATOR_READING, "indicator", [event.values["indicator"]])
    if any(one.day == event.values["day"] for one in own):
        raise RuleViolation(
            RefusalCode.STATE,
            f"it was read on {event.values['day']} already",
            "take that reading back first, with undo, or give another --day",
            by_key="take that reading back with {undo}, or give another day",
        )


def _initiative(view: View, number: int) -> Initiative:
    initiative = view.get(INITIATIVE, number)
    if initiative is None:
        raise unknown("initiative", number)
    return initiative


# -- decisions ---------------------------------------------------------------------------


@answer.register
def _(command: c.DecideInitiative, view: View) -> list[e.Event]:
    initiative = _initiative(view, command.initiative)
    _check_choice(view, initiative, command.choice)
    after = command.choice.leads_to
    if after is InitiativeState.IMPLEMENTING and not command.over_limit:
        _check_under_way(view, initiative)
    today = from_micros(view.now).date()
    after_days = ASK_AGAIN if command.choice is DecisionKind.CONTINUE else REVIEW_AFTER
    review = command.review_on or (today + timedelta(days=after_days)).isoformat()
    if command.review_on is not None and command.review_on <= today.isoformat():
        raise RuleViolation(
            RefusalCode.INVALID, f"{command.review_on} is over", "give a day to come"
        )
    raw = {
        "number": str(view.next_id(DECISION.name)),
        "initiative": initiative.id,
        "choice": command.choice.value,
        "decided_at": view.now,
        "by": view.actor,
        "reason": command.reason,
        "facts": command.facts,
        "review_on": None if command.choice is DecisionKind.PIN else review,
    }
    events: list[e.Event] = [
        e.added(DECISION, view.next_id(DECISION.name), **DECISION.read(raw, raw))
    ]
    if after is not None:
        events.append(
            e.changed(INITIATIVE, initiative.id, {"state": (initiative.state, after.value)})
        )
    return events


def _check_choice(view: View, initiative: Initiative, choice: DecisionKind) -> None:
    """Refuse a decision that the state does not allow, with the day since when it is so."""
    state, name = InitiativeState(initiative.state), initiative.name
    if choice in decisions_in(state):
        return
    if state.is_over:
        raise RuleViolation(
            RefusalCode.STATE,
            f"{name} was {state}{_decided_on(view, initiative)}",
            f"start it again first: vsm initiative decide {name!r} start --reason TEXT; pin keeps"
            " its figures, vsm undo takes a slip back",
            by_key="start it again first, or pin its figures; {undo} takes a slip back",
        )
    if choice is DecisionKind.CONTINUE:
        raise RuleViolation(
            RefusalCode.STATE,
            f"{name} is {state}: it is not under way",
            f"start it: vsm initiative decide {name!r} start --reason TEXT",
            by_key="start it",
        )
    raise RuleViolation(
        RefusalCode.STATE,
        f"{name} is {state} already",
        "decide something else, or keep the figures: vsm initiative decide NAME pin",
        by_key="decide something else, or pin its figures",
    )


def _decided_on(view: View, initiative: Initiative) -> str:
    """The day of the decision that led to the state; nothing where it was set."""
    days = [
        one.decided_at
        for one in view.where(DECISION, "initiative", [initiative.id])
        if DecisionKind(one.choice).leads_to == initiative.state
    ]
    return f" on {from_micros(max(days)).date()}" if days else ""


def _check_under_way(view: View, initiative: Initiative) -> None:
    under_way = [one for one in view.all(INITIATIVE) if one.state == InitiativeState.IMPLEMENTING]
    teams = sum(team.type == TeamType.STREAM for team in view.all(TEAM))
    most = under_way_at_most(teams)
    if most is not None and len(under_way) >= most:
        raise RuleViolation(
            RefusalCode.CROWDED,
            f"{count(len(under_way), 'initiative')} {'is' if len(under_way) == 1 else 'are'} under"
            f" way; with {count(teams, 'stream-aligned team')} {most} should be",
            f"finish or stop one first, or start {initiative.name!r} with --over-limit",
        )


@answer.register
def _(command: c.ReviewDecision, view: View) -> list[e.Event]:
    decision = view.get(DECISION, command.decision)
    if decision is None:
        raise unknown("decision", command.decision)
    values = DECISION.read(
        ("hindsight", "hindsight_note"),
        {"hindsight": command.hindsight.value, "hindsight_note": command.note},
    )
    values["reviewed_at"] = view.now
    before = DECISION.values(decision)
    return [
        e.changed(DECISION, decision.id, {name: (before[name], values[name]) for name in values})
    ]
