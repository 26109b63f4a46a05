"""All rules, in the order in which equal facts are listed; what they find is in ``*_rules.py``."""

from __future__ import annotations

from vsm.features.reports import (
    age_rules,
    flow_rules,
    load_rules,
    plan_rules,
    portfolio_rules,
    precision,
    steering_rules,
)
from vsm.features.reports.look import MIN_FINISHED
from vsm.features.reports.rule import Rule
from vsm.features.reports.sources import Sources
from vsm.model.report import ReportKind

_WEEKLY, _RETRO, _HANDOVER = ReportKind.WEEKLY, ReportKind.RETRO, ReportKind.HANDOVER
_PORTFOLIO = ReportKind.PORTFOLIO
_SERVICE, _GOVERNANCE = ReportKind.SERVICE, ReportKind.GOVERNANCE
_FLOW = frozenset((_WEEKLY, _RETRO))
_STATE = frozenset((_WEEKLY, _HANDOVER))
_BOARD = frozenset((_WEEKLY, _RETRO, _HANDOVER))


def _is_alive(of: Sources) -> bool:
    """Whether anything moved lately, and enough finished to hold ages against."""
    look = of.now
    return look.is_alive and look.finished_between(look.window.begin - 1, look.end).size >= (
        MIN_FINISHED
    )


def _is_now(of: Sources) -> bool:
    return of.present


RULES: tuple[Rule, ...] = (
    Rule(
        id="constraint",
        is_moment=True,
        title="what limits throughput",
        threshold="at least 60% sure; to act on where it is another than in the last report",
        kinds=_BOARD,
        find=plan_rules.find_constraint,
        cooldown_days=28,
    ),
    Rule(
        id="cycle-time",
        is_moment=True,
        title="cycle time p85 changed",
        threshold="28 days against the 91 before, 95% range of the change (bootstrap) without 0,"
        " a day at least",
        kinds=_FLOW,
        find=flow_rules.find_cycle_time,
        cooldown_days=14,
        outcome=precision.LASTED,
    ),
    Rule(
        id="throughput",
        is_moment=True,
        title="finished in a week beyond the process limits",
        threshold="the last full week beyond the natural process limits (XmR) of the weeks before,"
        " or the eighth in a row on one side of the mean",
        kinds=_FLOW,
        find=flow_rules.find_throughput,
        outcome=precision.STAYED,
    ),
    Rule(
        id="arrivals",
        can_look=_is_alive,
        title="more starts than finishes",
        threshold="in each of the last 4 full weeks",
        kinds=_BOARD,
        find=flow_rules.find_arrivals,
        outcome=precision.MORE_WIP,
    ),
    Rule(
        id="age-p95",
        can_look=_is_alive,
        title="older than 95% of what passed the stage",
        threshold="work item age above p95 of the ages at which finished items passed its stage",
        kinds=_STATE,
        find=age_rules.find_very_old,
        outcome=precision.VERY_LATE,
    ),
    Rule(
        id="age-p85",
        can_look=_is_alive,
        title="older than 85% of what passed the stage",
        threshold="work item age above p85, not above p95, of the ages at which finished items"
        " passed its stage",
        kinds=frozenset((_WEEKLY,)),
        find=age_rules.find_old,
        outcome=precision.LATE,
    ),
    Rule(
        id="blocked",
        title="blocked for longer than the SLE",
        threshold="days blocked above the 85% of cycle time",
        kinds=_STATE,
        find=age_rules.find_blocked,
    ),
    Rule(
        id="over-limit",
        title="WIP limit exceeded",
        threshold="for more than 2 days",
        kinds=_STATE,
        find=flow_rules.find_over_limit,
        outcome=precision.WAITED,
    ),
    Rule(
        id="stale",
        can_look=_is_alive,
        title="not moved",
        threshold="in progress, without a move or a blocker for 14 days, and not too old yet",
        kinds=_STATE,
        find=age_rules.find_stale,
        cooldown_days=14,
        outcome=precision.LATE_OR_DROPPED,
    ),
    Rule(
        id="rework",
        can_look=_is_alive,
        title="rework over an edge doubled",
        threshold="28 days against the 91 before: twice as many moves back a day, 3 at least, and"
        " less than 5% likely by chance (Poisson)",
        kinds=_FLOW,
        find=flow_rules.find_rework,
        cooldown_days=14,
        outcome=precision.MORE_BACK,
    ),
    Rule(
        id="due-odds",
        is_moment=True,
        title="odds of due dates fell",
        threshold="by 15 points or more, or by 5 and below 50% or 85%",
        kinds=frozenset((_WEEKLY,)),
        find=plan_rules.find_odds,
        cooldown_days=0,
        outcome=precision.CAME_LATE,
    ),
    Rule(
        id="pin-odds",
        title="odds of a pinned forecast fell",
        threshold="below those it was pinned with by 15 points, or by 5 and below 50% or 85%",
        kinds=_STATE,
        find=plan_rules.find_pins_at_risk,
        cooldown_days=14,
    ),
    Rule(
        id="prediction",
        is_moment=True,
        title="a pinned forecast was decided",
        threshold="its day was in the window",
        kinds=_BOARD,
        find=plan_rules.find_pinned,
    ),
    Rule(
        id="sprint",
        can_look=_is_now,
        of_now=True,
        title="sprint at risk",
        threshold="odds below 50% that all that is left is done by the planned end",
        kinds=frozenset((_WEEKLY,)),
        find=plan_rules.find_sprint,
    ),
    Rule(
        id="dependency",
        title="dependency expected too late",
        threshold="even odds after the day by which it is needed",
        kinds=frozenset((_WEEKLY, _HANDOVER, _PORTFOLIO)),
        find=plan_rules.find_dependencies,
    ),
    Rule(
        id="holds-up",
        title="other teams wait for it",
        threshold="for more than 7 days",
        kinds=_STATE,
        find=plan_rules.find_holding_up,
    ),
    Rule(
        id="saturation",
        title="team near what it can do",
        threshold="85% used now, or saturated within 8 weeks, by the week that is likely or by the"
        " end of the range that is 80% sure",
        kinds=frozenset((_WEEKLY, _HANDOVER, _PORTFOLIO)),
        find=load_rules.find_saturation,
        cooldown_days=14,
    ),
    Rule(
        id="experiment",
        is_moment=True,
        title="a change of the map was judged",
        threshold="its 90 days ended in the window",
        kinds=_FLOW,
        find=plan_rules.find_experiments,
    ),
    Rule(
        id="history",
        title="histories are incomplete",
        threshold="a tenth of what finished in 90 days has no known start",
        kinds=_BOARD,
        find=flow_rules.find_history,
        cooldown_days=90,
    ),
    Rule(
        id="stop-card",
        is_moment=True,
        title="should it go on?",
        threshold="the reasons of the portfolio's question: return, indicators, odds, no moves",
        kinds=frozenset((_PORTFOLIO,)),
        find=portfolio_rules.find_stop_cards,
    ),
    Rule(
        id="initiative-odds",
        is_moment=True,
        title="odds of an initiative fell",
        threshold="by 15 points or more, or by 5 and below 50% or 85%",
        kinds=frozenset((_PORTFOLIO,)),
        find=portfolio_rules.find_dates,
        cooldown_days=0,
    ),
    Rule(
        id="initiative-late",
        title="initiative likelier late than in time",
        threshold="odds below 50% of the day it is needed by, or that day has passed; under way"
        " also without a forecast; those that are not under way in one sentence",
        kinds=frozenset((_PORTFOLIO,)),
        find=portfolio_rules.find_unlikely,
    ),
    Rule(
        id="scope",
        is_moment=True,
        title="scope grew",
        threshold="by 20% or more",
        kinds=frozenset((_PORTFOLIO,)),
        find=portfolio_rules.find_scope,
    ),
    Rule(
        id="buffer",
        title="buffer used up",
        threshold="above 100% at the beginning and at the end of the window; so it is where even"
        " odds are later than the 85% day was at its start",
        kinds=frozenset((_PORTFOLIO,)),
        find=portfolio_rules.find_buffer,
    ),
    Rule(
        id="decision-due",
        is_moment=True,
        title="decision to look at again",
        threshold="its day has come",
        kinds=frozenset((_PORTFOLIO,)),
        find=portfolio_rules.find_decisions_due,
    ),
    Rule(
        id="decided",
        is_moment=True,
        title="decided",
        threshold="in the window",
        kinds=frozenset((_PORTFOLIO,)),
        find=portfolio_rules.find_decided,
    ),
    Rule(
        id="alignment",
        title="share of work off what is intended",
        threshold="half of the work serves no objective, or one gets 10 points more or less than"
        " intended",
        kinds=frozenset((_PORTFOLIO,)),
        find=portfolio_rules.find_alignment,
        cooldown_days=28,
    ),
    Rule(
        id="order",
        title="order of initiatives costs more than the best",
        threshold="any regret",
        kinds=frozenset((_PORTFOLIO,)),
        find=portfolio_rules.find_order,
        cooldown_days=28,
    ),
    Rule(
        id="incident",
        title="incidents",
        threshold="new in the window, or not over",
        kinds=frozenset((_SERVICE,)),
        find=steering_rules.find_incidents,
    ),
    Rule(
        id="measures",
        title="a measure of delivery changed",
        threshold="beyond natural process limits (XmR) of the weeks, as screen D marks it",
        kinds=frozenset((_SERVICE,)),
        find=steering_rules.find_measures,
    ),
    Rule(
        id="gate-cost",
        title="a gate adds wait",
        threshold="more than 1 item-day a week over 30 days",
        kinds=frozenset((_SERVICE, _GOVERNANCE)),
        find=steering_rules.find_gate_cost,
        cooldown_days=14,
    ),
    Rule(
        id="fail",
        is_moment=True,
        title="controls failed or were gone past",
        threshold="any in the window",
        kinds=frozenset((_GOVERNANCE,)),
        find=steering_rules.find_fails,
    ),
    Rule(
        id="announced",
        title="a mode begins soon",
        threshold="announced for the next 14 days, as vsm gov lists it",
        kinds=frozenset((_GOVERNANCE,)),
        find=steering_rules.find_announced,
    ),
    Rule(
        id="waiver",
        title="waivers that end, and requests that wait",
        threshold="ends within 14 days; waits for an answer, first of all after 3 days",
        kinds=frozenset((_GOVERNANCE,)),
        find=steering_rules.find_waivers,
    ),
    Rule(
        id="access",
        is_moment=True,
        title="roles and keys changed",
        threshold="any in the window",
        kinds=frozenset((_GOVERNANCE,)),
        find=steering_rules.find_access,
    ),
    Rule(
        id="drift",
        can_look=_is_now,
        of_now=True,
        title="differences from a standard",
        threshold="any that nobody agreed",
        kinds=frozenset((_GOVERNANCE,)),
        find=steering_rules.find_drift,
        cooldown_days=28,
    ),
)


def rules_of(kind: ReportKind) -> tuple[Rule, ...]:
    """The rules that make a kind of report."""
    return tuple(rule for rule in RULES if kind in rule.kinds)
