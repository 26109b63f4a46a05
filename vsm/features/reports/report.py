"""Draws a report: at most seven facts first, then the rest, the lists, and what was left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from vsm.date_form import write_moment
from vsm.features.portfolio.wording import money, odds, returns
from vsm.features.reports.results import (
    Block,
    Fact,
    Kind,
    Listed,
    Report,
    Rules,
    RuleState,
    Value,
)
from vsm.model.plural import count
from vsm.model.rules import local
from vsm.report.document import Column, Document, Part, Row, Section, Sentence, Table, Target, Tone
from vsm.report.document import row as table_row
from vsm.report.wording import Hint, day, name_verb, number, percent

if TYPE_CHECKING:
    from vsm.report.charts import Chart

SHOWN = 12
"""Lines of a list, and items behind a sentence, that a file shows; the rest is counted."""
HASH = 12
"""Digits of a hash that are shown."""
SEVERITIES = ("know", "watch", "act", "decide")
_TONES: tuple[Tone, ...] = ("faint", "text", "warn", "bad")
VERBS = {
    "teams": "vsm teams",
    "portfolio": "vsm portfolio",
    "governance": "vsm gov list, vsm gov waivers, vsm standard diff",
    "delivery": "vsm delivery",
    "map": "vsm map",
    "log": "vsm log",
    "flow": "vsm metrics",
    "bottlenecks": "vsm bottlenecks",
}
"""The verb that shows more, by the screen that does."""
_SINGULAR = {"Initiatives": "Initiative", "Objectives": "Objective", "Load of teams": "Team"}
"""The head of the names in a list."""
_LEFT = (Kind.TEXT, Kind.DAY)
"""Figures that stand to the left of their columns."""
_OWN_WORDS = ("{what}",)
"""How templates begin that begin with words of their rule."""
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
MINUTES = (1, 2, 4, 8)
"""Minutes that an agenda gives a fact, by severity."""


@dataclass(frozen=True, slots=True)
class FactTarget(Target):
    """The line of a fact, by its id; ``screen`` is the tab that shows more of it."""

    fact: str = ""
    screen: str = ""


def report(result: Report, hint: Hint = name_verb, minutes: int | None = None) -> Document:
    """The report; of ``minutes`` only what needs a decision, as an agenda."""
    title = f"{result.kind.capitalize()} report: {result.subject}"
    if result.nothing_changed:
        text = f"Nothing changed since entry {result.window.from_seq:,} ({_moment(result, True)})"
        return Document(title, (), (Section("", (Sentence(text),)),))
    about = tuple(_about(result))
    if minutes is not None:
        parts = tuple(_agenda(result, minutes))
        return Document(f"Agenda: {result.subject}", about, (Section("", parts),))
    sections = [Section("", (*_first_page(result),))]
    if result.gone:
        gone = tuple(Sentence(one.text, "good", lead="over") for one in result.gone)
        sections.append(Section("No longer so", gone))
    rest = result.facts_below
    if rest:
        sections.append(Section("Further", tuple(_facts(rest, result))))
    sections += [_block(block, result) for block in result.lists]
    left = tuple(
        Sentence(
            f"{part.what}: {part.count:,}" if part.count > 1 or part.items else part.what,
            "faint",
            Target(part.what, tuple((item, "") for item in part.items)) if part.items else None,
            lead="•",
        )
        for part in result.left_out
    )
    if left:
        sections.append(Section("Left out", left))
    if result.rules and result.kind.of_stream:
        rules = hint("vsm report rules", "{report_rules} lists the rules")
        text = f"{len(result.rules)} rules make these sentences; how often each was right: {rules}"
        sections.append(Section("", (Sentence(text, "faint"),)))
    return Document(title, about, tuple(sections))


def with_charts(document: Document, charts: Sequence[Chart]) -> Document:
    """The document of an HTML file, with charts at its end."""
    added = (Section("Charts", tuple(charts)),) if charts else ()
    return replace(document, sections=(*document.sections, *added))


def _moment(result: Report, first: bool) -> str:
    at = result.window.since if first else result.window.until
    return write_moment(local(at, result.zone))


def _about(result: Report) -> Iterator[str]:
    """The window, how it was chosen, and the position of the journal."""
    span = result.window
    how = {"last": "since the last report", "given": "", "state": ""}.get(
        span.asked, f"the last {span.asked}: there is no report before this one"
    )
    yield (
        f"{_moment(result, True)} to {_moment(result, False)} {result.zone}"
        f"{f', {how}' if how else ''}"
    )
    entries = span.entries
    inside = (
        f"; {count(entries, 'entry') if entries == 1 else f'{entries:,} entries'} in the window"
    )
    yield f"journal at entry {span.to_seq:,}, hash {result.hash[:HASH]}{inside if entries else ''}"


def _first_page(result: Report) -> Iterator[Part]:
    if result.headline:
        yield Sentence(f"{result.headline}.", "strong")
    facts = result.first_page
    if not any(fact.severity for fact in facts):
        yield Sentence(result.calm, "good" if result.is_judged else "warn")
    yield from _facts(facts, result)


def _facts(facts: Iterable[Fact], result: Report) -> Iterator[Sentence]:
    for fact in facts:
        known = f" ({fact.acknowledged})" if fact.acknowledged else ""
        tone: Tone = "faint" if fact.acknowledged else _TONES[fact.severity]
        yield Sentence(
            f"{sentence_of(fact)}{_again(fact)}{known}",
            "faint" if fact.acknowledged or not fact.severity else "text",
            target_of(fact),
            lead=SEVERITIES[fact.severity],
            lead_tone=tone,
            behind=tuple(behind(fact, result)),
            behind_title=_behind_title(fact),
        )
        for sentence in fact.why:
            yield Sentence(sentence, "faint", more=True)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def sentence_of(fact: Fact) -> str:
    """The text of a fact; one that begins with a name keeps it as it is written."""
    starts_with_name = fact.template.startswith("{") and not fact.template.startswith(_OWN_WORDS)
    return fact.text if starts_with_name else _capital(fact.text)


def ordinal(number: int) -> str:
    """``2nd``, ``3rd``, ``11th``, ``21st``."""
    last = 0 if number % 100 in (11, 12, 13) else number % 10
    return f"{number}{_ENDINGS.get(last, 'th')}"


def _again(fact: Fact) -> str:
    """``(3rd report in a row, since 14 Nov 2026)``."""
    if not fact.repeats or not fact.severity:
        return ""
    new = f"; {fact.new_items} of them new" if fact.new_items else ""
    if fact.repeats == 1:
        return f" (also in the last report{new})"
    return f" ({ordinal(fact.repeats + 1)} report in a row, first on {day(fact.first_seen)}{new})"


def behind(fact: Fact, result: Report) -> Iterator[str]:
    """The items behind a fact with a remark on each, as files list them."""
    keys = dict(result.keys)
    for one in fact.evidence:
        names = [keys.get(item, "?") for item in one.items[:SHOWN]]
        more = [f"and {len(one.items) - SHOWN:,} more"] if len(one.items) > SHOWN else []
        if one.remarks:
            pairs = zip(names, one.remarks, strict=False)
            yield from (f"{name}: {remark}" if remark else name for name, remark in pairs)
            yield from more
        elif names:
            yield " ".join((", ".join(names), *more))
        yield from one.lines
        if not one.items and one.screen in VERBS:
            yield f"see {VERBS[one.screen]}"


def _behind_title(fact: Fact) -> str:
    """How many items are behind a fact."""
    items = len(fact.items)
    return f"{count(items, 'item')} behind this" if items else "evidence"


def target_of(fact: Fact) -> FactTarget:
    """What a fact opens: its items, or the screen that shows more."""
    items: dict[int, str] = {}
    for one in fact.evidence:
        remarks = one.remarks or ("",) * len(one.items)
        for item, remark in zip(one.items, remarks, strict=False):
            items.setdefault(item, remark)
    screen = next((one.screen for one in fact.evidence if one.screen), "")
    figure = next((one.figure for one in fact.evidence), "")
    return FactTarget(figure, tuple(items.items()), fact=fact.id, screen=screen)


def _figures(block: Block) -> list[Part]:
    """A list whose lines have figures as a table, and what is said of a line below it."""
    lines = block.lines[:SHOWN]
    columns = [Column(_SINGULAR.get(block.title, ""), shrinks=True)]
    columns += [
        Column(one.head, right=one.kind not in _LEFT, wide=one.wide) for one in block.columns
    ]
    rows = []
    for line in lines:
        known = dict(line.figures)
        cells = [write_figure(one.kind, known.get(one.name)) for one in block.columns]
        rows.append(table_row(line.name, *cells))
    notes = (line for line in lines if line.note)
    return [
        Table(tuple(columns), tuple(rows)),
        *(Sentence(f"{line.name}: {line.note}", "faint", lead="•") for line in notes),
    ]


def write_figure(kind: Kind, value: Value) -> str:
    """A figure of a line as a table shows it."""
    if value is None:
        return "-"
    if isinstance(value, date):
        return day(value)
    if isinstance(value, str):
        return value
    written = {Kind.SHARE: percent, Kind.ODDS: odds, Kind.RETURN: returns, Kind.AMOUNT: money}
    return written[kind](value) if kind in written else f"{value:,.0f}"


def _block(block: Block, result: Report) -> Section:
    """A list as a table, with the columns that it uses."""
    keys = dict(result.keys)
    lines = block.lines[:SHOWN]
    has = {
        "item": any(line.item is not None for line in lines),
        "stage": any(line.stage for line in lines),
        "team": any(line.team for line in lines),
        "days": any(line.days is not None for line in lines),
        "note": any(line.note for line in lines),
    }
    columns = [Column("Item")] if has["item"] else []
    columns.append(Column("Title" if has["item"] else "", shrinks=True))
    columns += [Column("Stage")] if has["stage"] else []
    columns += [Column("Team", wide=100)] if has["team"] else []
    columns += [Column("Days", right=True)] if has["days"] else []
    columns += [Column("Note")] if has["note"] else []
    about = [part for part in (block.about, f"Days: {block.days}" if block.days else "") if part]
    parts: list[Part] = [Sentence(f"{_capital('; '.join(about))}.", "faint")] if about else []
    if not parts and has["item"] and not block.columns:
        parts.append(Sentence("In the window, the latest first.", "faint"))
    if block.columns:
        parts += _figures(block)
    elif has["item"]:
        parts.append(Table(tuple(columns), tuple(_line(line, has, keys) for line in lines)))
    else:
        parts += [Sentence(_plain(line), lead="•") for line in lines]
    if len(block.lines) > SHOWN:
        parts.append(
            Sentence(
                f"and {len(block.lines) - SHOWN:,} more",
                "faint",
                Target(block.title, tuple((li.item, li.note) for li in block.lines if li.item)),
            )
        )
    title = block.title if block.is_part else f"{block.title} ({len(block.lines):,})"
    return Section(title, tuple(parts))


def _plain(line: Listed) -> str:
    """A line that is about no item, in words."""
    where = ", ".join(part for part in (line.stage, line.team) if part)
    days = "" if line.days is None else f"{number(line.days)} days"
    rest = "; ".join(part for part in (days, line.note) if part)
    return f"{line.name}{f' ({where})' if where else ''}{f': {rest}' if rest else ''}"


def _line(line: Listed, has: dict[str, bool], keys: dict[int, str]) -> Row:
    cells = [keys.get(line.item, "") if line.item else ""] if has["item"] else []
    cells.append(line.name)
    cells += [line.stage or ""] if has["stage"] else []
    cells += [line.team or ""] if has["team"] else []
    cells += ["" if line.days is None else number(line.days)] if has["days"] else []
    cells += [line.note] if has["note"] else []
    target = None if line.item is None else Target(line.name, ((line.item, line.note),))
    return table_row(*cells, target=target)


def _agenda(result: Report, minutes: int) -> Iterator[Sentence]:
    """What needs a decision, with minutes by severity, as far as they go."""
    facts = [fact for fact in result.facts if fact.needs_decision and fact.acknowledged is None]
    facts.sort(key=lambda fact: -fact.severity)
    these = "this minute" if minutes == 1 else f"these {minutes} minutes"
    if not facts:
        yield Sentence("Nothing needs a decision: the meeting is not needed.", "good")
        return
    left, later = minutes, list[Fact]()
    for fact in facts:
        takes = MINUTES[fact.severity]
        if later or takes > left:
            later.append(fact)
            continue
        left -= takes
        yield Sentence(
            f"{sentence_of(fact)}{_again(fact)}",
            "text",
            target_of(fact),
            lead=f"{takes} min",
            behind=tuple(behind(fact, result)),
            behind_title=_behind_title(fact),
        )
    if not later:
        verb = "is" if left == 1 else "are"
        yield Sentence(f"{left} of {count(minutes, 'minute')} {verb} left.", "faint")
        return
    yield Sentence(f"Not in {these}:", "warn")
    yield from (Sentence(sentence_of(fact), "text", target_of(fact), lead="•") for fact in later)


# -- rules -----------------------------------------------------------------------------------


def report_rules(result: Rules) -> Document:
    """All rules with how often their flags were right."""
    columns = (
        Column("Rule"),
        Column("Flags", right=True),
        Column("Right", right=True),
        Column("Precision"),
        Column("Recall", right=True),
        Column("", shrinks=True),
    )
    judged = [rule for rule in result.rules if rule.precision is not None]
    others = [rule for rule in result.rules if rule.precision is None]
    judged.sort(key=lambda rule: -(rule.precision or 0))
    parts: list[Part] = [
        Sentence(
            f"Flags of the last {result.weeks} weeks, and whether what they warn of came. With 20"
            " flags and a precision below 30% a rule is silent.",
            "faint",
        )
    ]
    if judged:
        parts.append(Table(columns, tuple(_rule_row(rule) for rule in judged)))
    meaning = [
        Sentence(f"{rule.threshold}. Right if {rule.outcome}.", lead=rule.id)
        for rule in judged
        if rule.outcome
    ]
    quiet = [
        Sentence(f"{rule.threshold}. Right if {rule.outcome}.", lead=rule.id)
        for rule in others
        if rule.outcome
    ]
    plain = [Sentence(f"{rule.threshold}.", lead=rule.id) for rule in others if not rule.outcome]
    sections = [Section("", tuple(parts))]
    if meaning:
        sections.append(Section("What makes a flag right", tuple(meaning)))
    if quiet:
        sections.append(Section("Without a flag in that time", tuple(quiet)))
    sections.append(Section("Rules that say what is so", tuple(plain)))
    return Document(f"Rules of reports: {result.stream}", (), tuple(sections))


def _rule_row(rule: RuleState) -> Row:
    flags = (rule.flagged or 0) + rule.wrong_marks
    share = f"{percent(rule.precision)} ({percent(rule.low)} to {percent(rule.high)})"
    notes = ["silent"] if rule.is_silent else []
    notes += [f"{rule.wrong_marks} marked as wrong"] if rule.wrong_marks else []
    return table_row(
        rule.id, str(flags), str(rule.right or 0), share, percent(rule.recall, unknown=""),
        "; ".join(notes),
    )  # fmt: skip
