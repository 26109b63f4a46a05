"""The report on delay risk: which items are likelier late than in time, why, and how flags did."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import ceil

from vsm.features.forecast.item_report import needed_text, odds_cell
from vsm.features.forecast.risk_results import (
    Driver,
    FlagRecord,
    LateItem,
    RiskFlag,
    Risks,
    Rule,
    RuleRecord,
)
from vsm.report.document import (
    Column,
    Document,
    Part,
    Row,
    Section,
    Sentence,
    Table,
    Target,
    row,
)
from vsm.report.wording import count, day, days, filter_line, number, percent

FEW_FLAGS = 20
"""With fewer flags it is said that they are few."""
MOST_LATE = 20
"""So many items that are late already are listed, the others counted."""
IN_WORDS = 1
"""The sentence speaks of flags two weeks ahead, the second in the record."""
MEANS = (
    "Flagged: less than 50% odds to be finished by the due date, or else by the end of the SLE"
    " ({sle} from the start)."
)
RECORD_MEANS = (
    "Items that were in progress so long before they were needed, at moments of the last year, each"
    " with what was known then. Right: came late of those flagged. Seen: flagged of those that came"
    " late. Age > p85 is the plain rule on the same items."
)
_FLAGS = (
    Column("Item"),
    Column("Title", shrinks=True, wide=130),
    Column("in time", right=True),
    Column("needed by"),
    Column("50% by", wide=110),
    Column("why", shrinks=True),
)
_LATE = (
    Column("Late already"),
    Column("Title", shrinks=True),
    Column("Stage", shrinks=True),
    Column("needed by"),
    Column("days late", right=True),
)
_RECORD = (
    Column("Days before"),
    Column("items", right=True),
    Column("late", right=True),
    Column("flagged", right=True),
    Column("right", right=True),
    Column("seen", right=True),
    Column("age > p85: right", right=True, short="age: right"),
    Column("seen", right=True),
)


def risk_report(result: Risks) -> Document:
    """The flags with their drivers, what is late already, and what came of such flags."""
    sections = [Section("", tuple(_headline(result)))]
    if result.flags:
        sle = "the usual time" if result.sle_days is None else days(result.sle_days)
        table = Table(_FLAGS, tuple(map(_flag, result.flags)))
        sections.append(Section("", (table, Sentence(MEANS.format(sle=sle), "faint"))))
    if result.late:
        sections.append(Section("", tuple(_late_items(result.late))))
    if any(one.items for one in result.record):
        sections.append(Section("Are such flags right?", tuple(_record(result))))
    about = [f"{count(result.in_progress, 'item')} in progress"]
    if result.filter:
        about.append(filter_line(result.filter))
    return Document(f"{result.stream}: delay risk", tuple(about), tuple(sections))


def _headline(result: Risks) -> Iterator[Part]:
    if result.cannot is not None:
        yield Sentence(f"Cannot forecast: {result.cannot}.", "warn")
        return
    flags, late = result.flags, result.late
    if flags:
        be = "is" if len(flags) == 1 else "are"
        text = f"{count(len(flags), 'item')} {be} likelier late than in time"
        behind = Target(
            "Likelier late than in time", tuple((one.id, driver_text(one.driver)) for one in flags)
        )
        yield Sentence(f"{text}{_and_late(len(late))}.", "strong", behind)
    elif not result.unshown:
        text = "No item is likelier late than in time" if result.in_progress else "No item"
        end = _and_late(len(late)) if result.in_progress else " is in progress"
        yield Sentence(f"{text}{end}.", "strong")
    silent = [one for one in result.record if one.is_silent]
    if result.unshown:
        more = "item" if result.unshown == 1 else "items"
        yield Sentence(
            f"{result.unshown} {more} with odds below 50% {'is' if more == 'item' else 'are'} not"
            f" flagged: {_why_silent(silent)}.",
            "warn",
        )


def _and_late(late: int) -> str:
    return f"; {late:,} more {'is' if late == 1 else 'are'} late already" if late else ""


def _why_silent(silent: Sequence[FlagRecord]) -> str:
    one = silent[0]
    return (
        f"of {one.flags.flagged} such flags {days(one.days_ahead)} ahead in the last year only"
        f" {one.flags.hits} were right"
    )


def driver_text(one: Driver) -> str:
    """What drives a risk in a few words: ``blocked for 12 days (external)``."""
    return _TEXTS[one.rule](one)


def _waits(one: Driver) -> str:
    if not one.is_started:
        return f"waits for {one.key}, which has not started"
    if one.date is None:
        return f"waits for {one.key}, whose date cannot be foreseen"
    return f"waits for {one.key}: 50% by {day(one.date)}"


def _blocked(one: Driver) -> str:
    long = days(round(one.days)) if one.days and one.days >= 1 else "less than a day"
    return f"blocked for {long} ({one.blocker})"


def _stay(one: Driver) -> str:
    spent, usual = round(one.days or 0), max(1, ceil(round(one.usual or 0, 2)))
    return f"in {one.stage} for {days(spent)}; 85% left within {days(usual)}"


_TEXTS: dict[Rule, Callable[[Driver], str]] = {
    Rule.BLOCKED: _blocked,
    Rule.WAITS: _waits,
    Rule.QUEUE: lambda one: (
        f"{one.items} before it in {one.stage}, {number(round(one.a_week or 0, 1))} a week leave"
    ),
    Rule.STAY: _stay,
    Rule.REWORK: lambda one: f"went back to {one.stage} on {day(one.date)}" if one.date else "",
    Rule.AGE: lambda one: f"its age alone: {days(one.days)}",
}


def _flag(one: RiskFlag) -> Row:
    why = driver_text(one.driver)
    return row(
        one.key,
        one.title,
        odds_cell(one.in_time),
        needed_text(one.needed_by, one.needed_for),
        "later" if one.p50 is None else day(one.p50),
        why,
        target=Target(one.key, ((one.id, why), *one.driver.behind)),
    )


def _late_items(late: Sequence[LateItem]) -> Iterator[Part]:
    yield Table(_LATE, tuple(map(_late, late[:MOST_LATE])))
    more = late[MOST_LATE:]
    if more:
        named = tuple((one.id, f"needed by {day(one.needed_by)}") for one in more)
        text = f"{len(more):,} more {'is' if len(more) == 1 else 'are'} late already."
        yield Sentence(text, "faint", Target("Late already", named))


def _late(one: LateItem) -> Row:
    return row(
        one.key,
        one.title,
        one.stage,
        needed_text(one.needed_by, one.needed_for),
        f"{one.days_late}",
        target=Target(one.key, ((one.id, f"needed by {day(one.needed_by)}"),)),
    )


def _record(result: Risks) -> Iterator[Part]:
    yield Sentence(_in_words(result.record[IN_WORDS]))
    rows = tuple(_record_row(one) for one in result.record if one.items)
    yield Table(_RECORD, rows)
    yield Sentence(RECORD_MEANS, "faint")


def _in_words(one: FlagRecord) -> str:
    ahead, flags = days(one.days_ahead), one.flags
    if not one.late:
        return f"None of {count(one.items, 'item')} looked at {ahead} ahead came late."
    seen = f"of {one.late} that came late {flags.hits or 'none'} had been flagged"
    if not flags.flagged:
        return f"Nothing was flagged {ahead} ahead, of {count(one.late, 'item')} that came late."
    text = f"Of {count(flags.flagged, 'item')} flagged {ahead} ahead {flags.hits} came late; {seen}"
    if flags.flagged < FEW_FLAGS:
        text += ". That is too few to judge flags by"
    return f"{text}."


def _record_row(one: FlagRecord) -> Row:
    return row(
        f"{one.days_ahead}{' (silent)' if one.is_silent else ''}",
        f"{one.items:,}",
        f"{one.late:,}",
        f"{one.flags.flagged:,}",
        *_shares(one.flags),
        *_shares(one.age_rule),
    )


def _shares(rule: RuleRecord) -> tuple[str, str]:
    return percent(rule.precision), percent(rule.recall)
