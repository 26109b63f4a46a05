"""Reports on one control, on the mode of a stream, on facts and on controls that ship."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vsm.date_form import write_moment
from vsm.features.governance.cost_report import months_table
from vsm.features.governance.report import (
    TONES,
    mode_sentence,
    share_text,
    waiver_reasons,
    waivers_table,
)
from vsm.features.governance.results import (
    ControlCost,
    ControlDetail,
    ExampleRow,
    FactList,
    HandCheck,
    Library,
    ModeState,
    RecordedVerdict,
)
from vsm.model.control.control import Mode
from vsm.model.rules import local
from vsm.report.document import Cell, Column, Document, Part, Section, Sentence, Table, Target, row
from vsm.report.wording import Hint, listed, name_verb, percent


def report_control(result: ControlDetail, zone: str = "UTC", hint: Hint = name_verb) -> Document:
    """The report on a control: its text, its examples, and what came of it."""
    about = [f"version {result.version}, severity {result.severity}"]
    if not result.is_set:
        add = hint(f"vsm gov add {result.control}", "{add_control} sets it")
        about.append(f"it comes with vsm and is not set: {add}")
    elif result.stream:
        about.append(f"in {result.stream}: {result.mode}")
    sections = [
        Section("", _text(result, hint)),
        Section("Rule", tuple(Sentence(line) for line in result.rule.splitlines() if line.strip())),
        Section("Examples", tuple(_examples(result.examples))),
    ]
    if result.modes:
        sections.append(Section("Modes", tuple(mode_sentence(mode) for mode in result.modes)))
    if result.verdicts:
        parts: tuple[Part, ...] = (_verdicts(result.verdicts, zone), *_failed(result.verdicts))
        sections.append(Section("Last verdicts", parts))
    if result.checks:
        sections.append(Section("Checked by hand", (_checks(result.checks, zone),)))
    if result.waivers:
        parts = (waivers_table(result.waivers), *waiver_reasons(result.waivers))
        sections.append(Section("Waivers", parts))
    if result.cost is not None:
        sections.append(Section("Cost by month", tuple(_cost(result.cost))))
    return Document(f"{result.control}: {result.title}", tuple(about), tuple(sections))


def _text(result: ControlDetail, hint: Hint) -> tuple[Part, ...]:
    paragraphs = (" ".join(text.split()) for text in result.why.split("\n\n"))
    parts: list[Part] = [Sentence(text) for text in paragraphs if text]
    when = "reports alone" if result.applies == "report" else result.applies
    parts.append(Sentence(when, lead="Checked at"))
    parts.append(Sentence(result.filter or "all items", lead="Applies to"))
    if result.remedy:
        parts.append(Sentence(result.remedy, lead="What to do"))
    if result.owner:
        parts.append(Sentence(result.owner, lead="Owner"))
    if result.refs:
        parts.append(Sentence(listed(result.refs, 40), lead="Requirements"))
    if result.template:
        shows = hint(f"vsm standard text {result.template}", "{template_text} shows it")
        parts.append(Sentence(f"{result.template}; {shows}", lead="Template"))
    return tuple(parts)


def _examples(examples: Sequence[ExampleRow]) -> Iterator[Part]:
    """A sentence for each example with its verdict, then its facts as a table."""
    for n, example in enumerate(examples, 1):
        lead = str(example.expect)
        text = example.why or "with these facts"
        yield Sentence(f"{n}. {text}", lead=lead, lead_tone=TONES[example.expect])
        fact, value = ("Fact", "Value") if n == 1 else ("", "")
        rows = (row(Cell(f"  {name}", "faint"), text) for name, text in fact_rows(example.facts))
        yield Table((Column(fact), Column(value, shrinks=True)), tuple(rows))


def fact_rows(facts: Mapping[str, Any], parent: str = "") -> list[tuple[str, str]]:
    """The facts of an example by their paths; elements of lists are numbered."""
    rows: list[tuple[str, str]] = []
    for name, value in facts.items():
        path = f"{parent}.{name}" if parent else str(name)
        if isinstance(value, Mapping):
            rows += fact_rows(value, path)
        elif _holds_records(value):
            for n, element in enumerate(value, 1):
                rows += _record_rows(f"{path} {n}", element)
        else:
            rows.append((path, _value(value)))
    return rows


def _record_rows(path: str, record: Any) -> list[tuple[str, str]]:
    """An element of a list on one line, and lists of records in it on lines of their own."""
    if not isinstance(record, Mapping):
        return [(path, _value(record))]
    plain = {name: value for name, value in record.items() if not _holds_records(value)}
    texts = [f"{name} {_value(value)}" for name, value in plain.items()]
    inner = {name: value for name, value in record.items() if name not in plain}
    rows = [(path, ", ".join(texts))] if texts or not inner else []
    return rows + fact_rows(inner, path)


def _holds_records(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(one, Mapping) for one in value)


_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::00(?:\.0+)?)?(Z|[+-]\d\d:\d\d)")


def _value(value: Any) -> str:
    """The value of a fact as people read it: ``yes``, ``2026-03-02 13:00 UTC``."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_value, value)) or "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_value(inner)}" for name, inner in value.items()) or "nothing"
    moment = _MOMENT.fullmatch(str(value))
    if moment is None:
        return str(value) or "(empty)"
    zone = "UTC" if moment[3] in ("Z", "+00:00") else moment[3]
    return f"{moment[1]} {moment[2]} {zone}"


def _verdicts(verdicts: Sequence[RecordedVerdict], zone: str) -> Table:
    columns = (
        Column("Last verdicts"),
        Column("Item"),
        Column("Into", shrinks=True),
        Column("Verdict"),
        Column("Outcome"),
        Column("Why", shrinks=True, wide=90),
    )
    rows = (
        row(
            write_moment(local(one.at, zone)),
            Cell(one.item or "new", "strong"),
            one.stage,
            Cell(str(one.verdict), TONES[one.verdict]),
            "refused" if one.is_refused else str(one.disposition),
            Cell(_why(one), "faint"),
            target=Target(one.item or "", ((one.id, str(one.verdict)),)) if one.item else None,
        )
        for one in verdicts
    )
    return Table(columns, tuple(rows))


def _checks(checks: Sequence[HandCheck], zone: str) -> Table:
    heads = ("Checked by hand", "Item", "For", "Verdict", "By", "Entry")
    rows = (
        row(
            write_moment(local(one.at, zone)),
            Cell(one.item or "-", "strong"),
            one.stage,
            Cell(str(one.verdict), TONES[one.verdict]),
            one.by,
            f"#{one.seq:,}",
            target=Target(one.item or "", ((one.id, str(one.verdict)),)) if one.item else None,
        )
        for one in checks
    )
    return Table(tuple(map(Column, heads)), tuple(rows))


def _why(one: RecordedVerdict) -> str:
    if one.emergency:
        return f"emergency: {one.emergency}"
    if one.missing:
        return f"not on record: {listed([path.replace('[]', '') for path in one.missing])}"
    return one.problem


def _failed(verdicts: Sequence[RecordedVerdict]) -> Iterator[Sentence]:
    """Why items failed, each in full."""
    for one in verdicts:
        if one.why and one.item is not None:
            target = Target(one.item, ((one.id, str(one.verdict)),))
            yield Sentence(one.why, lead=one.item, lead_tone="bad", target=target)


def _cost(cost: ControlCost) -> Iterator[Part]:
    yield months_table(cost)
    yield Sentence(share_text(cost.precision), lead="Fails that proved bad")
    yield Sentence(percent(cost.fixed_within_a_day.share), lead="Fixed within a day")
    if cost.proposal:
        yield Sentence(cost.proposal, "warn", lead="Proposal")


def report_mode(result: ModeState) -> Document:
    """The report on the mode of a stream, or of a control in it."""
    if result.decision is None:
        hint = "" if result.control else ": no control checks anything in this stream"
        first = Sentence(f"off, as nobody decided otherwise{hint}")
        begin = "vsm gov mode supportive --reason TEXT"
        parts: list[Part] = [first, Sentence(f"Begin: {begin}", "faint")]
    else:
        parts = [mode_sentence(result.decision)]
        if result.control and result.decision.control is None:
            parts.append(Sentence("This is the mode of the stream; it has none of its own"))
    meaning = Sentence(MEANINGS[result.mode], "faint")
    sections = [Section(f"Now: {result.mode}", (*parts, meaning))]
    for title, rows in (
        ("Controls with a mode of their own", result.own),
        ("Announced", result.announced),
        ("Before", result.past),
    ):
        if rows:
            sections.append(Section(title, tuple(mode_sentence(mode) for mode in rows)))
    of = f"{result.control} in {result.stream}" if result.control else result.stream
    return Document(f"Mode of {of}", (), tuple(sections))


MEANINGS = {
    Mode.OFF: "Nothing is checked.",
    Mode.SUPPORTIVE: "Controls advise: every move goes through, verdicts are recorded.",
    Mode.CONTROLLING: "Moves that do not pass are refused, unless a waiver covers them.",
    Mode.DIRECTIVE: "Moves that do not pass are refused, and only who leads ranks items and gives"
    " them to teams.",
}
"""What a mode does, in a sentence."""


# -- lists ----------------------------------------------------------------------------------


def report_facts(result: FactList) -> Document:
    """The report on the facts that a control may read."""
    intro = Sentence(
        "A fact that nothing is known of is missing: a control that names it answers"
        " indeterminate, unless it asks has(…) first. [] stands for each element of a list."
    )
    by_parent: dict[str, list[Part]] = {}
    for one in result.facts:
        parent = one.fact.rpartition(".")[0] or "now"
        sentence = Sentence(f"{one.about} ({one.type})", lead=one.fact, lead_tone="strong")
        by_parent.setdefault(parent, []).append(sentence)
    sections = [Section(parent, tuple(parts)) for parent, parts in by_parent.items()]
    title = f"Facts of controls, version {result.version}"
    return Document(title, (), (Section("", (intro,)), *sections))


def report_library(result: Library) -> Document:
    """The report on the controls that come with vsm."""
    parts = []
    for one in result.controls:
        serves = f"; {listed(one.refs, 12)}" if one.refs else ""
        state = "; set" if one.is_set else ""
        text = f"{one.title} ({one.applies}, {one.severity}{state}{serves})"
        parts.append(Sentence(text, lead=one.control, lead_tone="strong"))
    hint = "vsm gov show NAME shows one, vsm gov shadow NAME replays it, vsm gov add NAME sets it"
    sections = (Section("", tuple(parts)), Section("", (Sentence(hint, "faint"),)))
    return Document("Controls that come with vsm", (), sections)
