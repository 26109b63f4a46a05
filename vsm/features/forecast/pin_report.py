"""The report on pinned forecasts: what was said, what has come, what is forecast now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from vsm.features.forecast.pin_results import Outcome, Pins, PinState
from vsm.features.forecast.results import ODDS, CameTrue
from vsm.features.forecast.targets import ForecastTarget
from vsm.model.pin import Question, Source
from vsm.model.sanitise import inert_line
from vsm.report.document import Document, Part, Section, Sentence, Tone
from vsm.report.wording import count, day, listed, percent

NONE = "No forecast is pinned yet."
TITLE = "Pinned forecasts"
MOST_OVER = 10
"""Pins whose day is over that are shown among other forecasts."""
_WORDS: dict[Outcome, tuple[str, Tone]] = {
    Outcome.OPEN: ("open", "faint"),
    Outcome.CAME_TRUE: ("true", "good"),
    Outcome.MISSED: ("missed", "bad"),
    Outcome.UNKNOWN: ("gone", "faint"),
}
_CAME: dict[Outcome, str] = {
    Outcome.OPEN: "It is open still.",
    Outcome.CAME_TRUE: "It came true.",
    Outcome.MISSED: "It did not come true.",
    Outcome.UNKNOWN: "Nothing is left of it.",
}


def pins_report(result: Pins) -> Document:
    """Each pinned forecast, and how many came true whose day is over."""
    parts = pin_parts(result)
    of = result.stream or "All streams"
    return Document(f"{of}: pinned forecasts", (), (Section("", parts or (Sentence(NONE),)),))


def pin_sections(result: Pins) -> tuple[Section, ...]:
    """The same as a section of another report, with the latest of those whose day is over; none
    where nothing is pinned.
    """
    over = [pin for pin in result.pins if pin.outcome is not Outcome.OPEN]
    old = {pin.id for pin in over[MOST_OVER:]}
    some = replace(result, pins=tuple(pin for pin in result.pins if pin.id not in old))
    parts = pin_parts(some)
    if old:
        text = f"{count(len(old), 'older one')}: vsm forecast pins lists them."
        parts = (*parts, Sentence(text, "faint"))
    return (Section(TITLE, parts),) if parts else ()


def pin_parts(result: Pins) -> tuple[Part, ...]:
    """A sentence and a remark for each pin, and the record."""
    parts: list[Part] = [*_record(result)]
    for pin in result.pins:
        word, tone = _WORDS[pin.outcome]
        target = ForecastTarget(said(pin), pin.behind, pin=pin.id)
        stream = f"{pin.stream}: " if pin.stream and result.stream is None else ""
        text = inert_line(f"{stream}{said(pin)}{_progress(pin)}")
        parts.append(Sentence(text, target=target, lead=word, lead_tone=tone))
        parts.append(Sentence(inert_line(_remark(pin)), "faint", more=True))
    return tuple(parts)


def said(pin: PinState) -> str:
    """What was said: ``20 items by 19 Dec 2026 with 85% odds``."""
    return f"{_what(pin)} by {day(pin.by)} with {percent(pin.odds)} odds"


def _what(pin: PinState) -> str:
    if pin.items is not None:
        of = f" of {pin.filter}" if pin.filter else ""
        return f"{count(pin.items, 'item')}{of}"
    if pin.keys:
        return listed(pin.keys, 3)
    return f"All of {pin.filter}"


def _progress(pin: PinState) -> str:
    if pin.of is None:
        return ": none of it is left."
    over = "finished" if pin.question is not Question.SET else "over"
    done = f"{pin.done:,} of {pin.of:,} {over}"
    if pin.outcome is Outcome.MISSED:
        return f": only {done} by then." if pin.done else f": {done} by then."
    if pin.came_on is not None:
        reached = {
            Question.THROUGHPUT: "reached",
            Question.ITEM: "finished",
            Question.SET: "all over",
        }[pin.question]
        return f": {reached} on {day(pin.came_on)}."
    return f": {done}; {_now(pin)}." if pin.now is not None else f": {done}."


def _now(pin: PinState) -> str:
    now = pin.now
    assert now is not None
    if now.cannot is not None:
        return now.cannot
    in_time = "<1%" if (now.odds or 0) < 0.005 else percent(now.odds, most=0.99)
    if now.by is None or now.by == pin.by:
        return f"now {in_time} by then"
    return f"now {percent(pin.odds)} by {day(now.by)}, {_later(now.by, pin.by)} ({in_time} by then)"


def _later(by: date, than: date) -> str:
    days = (by - than).days
    return f"{count(abs(days), 'day')} {'later' if days > 0 else 'earlier'}"


def _remark(pin: PinState) -> str:
    who = "Pinned" if pin.said_by is Source.VSM else "Said and pinned"
    parts = [f"{who} on {day(pin.pinned_on)}."]
    if pin.question is Question.SET:
        parts.append(
            "The set is these items." if pin.keys else "The set is all that match by its day."
        )
    if pin.came_of is not None and pin.came_of is not pin.outcome:
        parts.append(f"Since then: {_CAME[pin.came_of][0].lower()}{_CAME[pin.came_of][1:]}")
    if pin.note:
        parts.append(pin.note)
    return " ".join(parts)


def _record(result: Pins) -> Iterator[Sentence]:
    """How many came true of those whose day is over, by their odds."""
    if not result.pins:
        return
    if result.record:
        yield Sentence(f"Of pinned forecasts whose day is over {_came(result.record)}.", "strong")
    if result.said_by_people:
        text = f"Of those with odds that people gave {_came(result.said_by_people)}."
        yield Sentence(text, "strong")
    if not result.record and not result.said_by_people:
        yield Sentence("The day of none of them is over yet.", "faint")


def _came(record: tuple[CameTrue, ...]) -> str:
    """``4 of 5 that said 85% came true, and 1 of 2 that said 50%``; odds that are not usual are
    taken together.
    """
    usual = [one for one in reversed(record) if one.odds in ODDS]
    texts = [f"{one.came_true} of {one.said} that said {percent(one.odds)}" for one in usual]
    others = [one for one in record if one.odds not in ODDS]
    if others:
        number = sum(one.said for one in others)
        mean = sum(one.said * one.odds for one in others) / number
        average = f"{percent(mean)} on average" if number > 1 else percent(mean)
        texts.append(f"{sum(one.came_true for one in others)} of {number} that said {average}")
    return listed([f"{texts[0]} came true", *texts[1:]])
