"""The figures that a decision was made on, in plain words with their units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from vsm.features.portfolio.records import facts_of
from vsm.features.portfolio.wording import in_unit, money, odds, returns
from vsm.model.plural import count
from vsm.model.portfolio import DelayProfile, IndicatorRole
from vsm.report.wording import day

_KNOWN = frozenset(
    (
        *("seq", "state", "items", "more_items", "finished", "cost_of_delay", "weeks", "forecast"),
        *("spent", "remaining", "roi", "cd3", "wsjf", "buffer_burn", "indicators", "stop_card"),
        *("flags", "p50", "p85", "budget", "team_days"),
    )
)


def fact_lines(text: str, currency: str) -> list[str]:
    """A line for each figure that was known; amounts are in the unit of the portfolio."""
    facts = facts_of(text)
    return [*_lines(facts, currency), *_others(facts)] if facts else []


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None


def _part(facts: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = facts.get(name)
    return value if isinstance(value, dict) else {}


def _list(facts: Mapping[str, Any], name: str) -> list[Any]:
    value = facts.get(name)
    return value if isinstance(value, list) else []


def _day(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        return day(date.fromisoformat(value))
    except ValueError:
        return value


def _lines(facts: Mapping[str, Any], currency: str) -> Iterable[str]:
    if facts.get("state"):
        yield f"State: {facts['state']}"
    items = _number(facts.get("items"))
    if items is not None:
        more, finished = (_number(facts.get(name)) for name in ("more_items", "finished"))
        text = f"Open items: {items:,.0f}"
        text += f", {more:,.0f} more expected" if more else ""
        yield text + (f", {finished:,.0f} finished" if finished else "")
    yield from _dates(facts)
    delay = _part(facts, "cost_of_delay")
    likely = _number(delay.get("likely"))
    if likely is not None:
        span = _span(_number(delay.get("low")), _number(delay.get("high")))
        once = delay.get("profile") == DelayProfile.DEADLINE
        how = "once its deadline has passed" if once else f"a week, {delay.get('profile')}"
        yield f"Delay costs: {in_unit(likely, currency)}{span} {how}"
    weeks, cd3 = _number(facts.get("weeks")), _number(facts.get("cd3"))
    if weeks is not None:
        value = "" if cd3 is None else f", CD3 {money(cd3)}"
        yield f"Work left: {weeks:.1f} weeks of the busiest stream{value}"
    if (wsjf := _number(facts.get("wsjf"))) is not None:
        yield f"WSJF: {wsjf:.1f}"
    yield from _money(facts, currency)
    if work := [one for one in _list(facts, "team_days") if isinstance(one, dict)]:
        days = ", ".join(f"{one.get('team')} {_number(one.get('days')) or 0:.0f}" for one in work)
        yield f"Work left, in days of work on items: {days}"
    if (burn := _number(facts.get("buffer_burn"))) is not None:
        yield f"Buffer used: {burn:.0%}"
    yield from map(_indicator, (one for one in _list(facts, "indicators") if isinstance(one, dict)))
    card = _part(facts, "stop_card")
    for name, words in (("reasons_for", "Spoke for stopping"), ("reasons_against", "Against it")):
        if reasons := _list(card, name):
            yield f"{words}: {'; '.join(map(str, reasons))}"
    if freed := [one for one in _list(card, "freed") if isinstance(one, dict)]:
        days = ", ".join(f"{one.get('team')} {_number(one.get('days')) or 0:.0f}" for one in freed)
        yield f"Stopping would free, in days of work on items: {days}"
    if flags := _list(facts, "flags"):
        yield f"Signs: {', '.join(map(str, flags))}"
    if (seq := _number(facts.get("seq"))) is not None:
        yield f"Journal: entry #{seq:,.0f}"


def _dates(facts: Mapping[str, Any]) -> Iterable[str]:
    forecast = _part(facts, "forecast")
    p50, p85 = (_day(facts.get(name)) or _day(forecast.get(name)) for name in ("p50", "p85"))
    if forecast.get("cannot"):
        yield f"No forecast: {forecast['cannot']}"
    elif p50 is not None:
        yield f"Over: 50% by {p50}, 85% {'later than foreseen' if p85 is None else f'by {p85}'}"
    elif forecast:
        yield "Over: later than can be foreseen"
    chance = _number(forecast.get("need_by_odds"))
    if chance is not None:
        yield f"Odds of the day it was needed by: {odds(chance)}"
    for one in _list(forecast, "streams"):
        if isinstance(one, dict):
            held = (_number(one.get(name)) or 0 for name in ("in_progress", "not_started"))
            texts = zip(held, ("in progress", "not started"), strict=True)
            parts = ", ".join(f"{n:,.0f} {what}" for n, what in texts)
            end = _day(one.get("p85"))
            yield f"  {one.get('stream')}: {parts}" + ("" if end is None else f", 85% by {end}")


def _span(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" ({money(low)} to {money(high)})"


def _money(facts: Mapping[str, Any], currency: str) -> Iterable[str]:
    if spent := _number(facts.get("spent")):
        yield f"Spent: {in_unit(spent, currency)} (sunk cost, which counts nothing)"
    if (left := _number(facts.get("remaining"))) is not None:
        yield f"Still to pay: {in_unit(left, currency)}"
    if (budget := _number(facts.get("budget"))) is not None:
        yield f"Budget: {in_unit(budget, currency)}"
    roi = _part(facts, "roi")
    likely, low, high = (_number(roi.get(name)) for name in ("likely", "low", "high"))
    if likely is not None:
        span = "" if low is None or high is None else f" ({returns(low)} to {returns(high)})"
        yield f"Return on what was still to pay: {returns(likely)}{span}"


def _indicator(one: Mapping[str, Any]) -> str:
    value, expected = _number(one.get("value")), _number(one.get("expected"))
    named = str(one.get("unit") or "")
    unit = named if named in ("", "%") else f" {named}"
    text = f"Indicator {one.get('name')} ({one.get('role')}): "
    if value is None:
        return f"{text}not read yet"
    guard = one.get("role") == IndicatorRole.GUARD
    meant = (
        "" if expected is None else f" ({'bound' if guard else 'expected'} {expected:.3g}{unit})"
    )
    on = _day(one.get("day"))
    behind = _number(one.get("behind"))
    late = f", behind for {count(int(behind), 'reading')}" if behind else ""
    return f"{text}{value:.4g}{unit}{meant}{'' if on is None else f' on {on}'}{late}"


def _others(facts: Mapping[str, Any]) -> Iterable[str]:
    """Figures that another version of vsm kept, as they stand there."""
    for name, value in facts.items():
        if name not in _KNOWN and value not in (None, [], {}, ""):
            yield f"{name.replace('_', ' ').capitalize()}: {value}"
