"""Reports on one control, on the mode of a stream, on facts and on controls that ship."""

from __future__ import annotations

import json
from collections.abc import Sequence

from vsm.date_form import write_moment
from vsm.features.governance.cost_report import months_table
from vsm.features.governance.report import (
    TONES,
    mode_sentence,
    share_text,
    waivers_table,
)
from vsm.features.governance.results import (
    ControlDetail,
    ExampleRow,
    FactList,
    Library,
    ModeState,
    RecordedVerdict,
)
from vsm.model.control.control import Mode
from vsm.model.rules import local
from vsm.report.document import Cell, Column, Document, Part, Section, Sentence, Table, Target, row
from vsm.report.wording import listed, percent


def report_control(result: ControlDetail, zone: str = "UTC") -> Document:
    """The report on a control: its text, its examples, and what came of it."""
    about = [f"version {result.version}, severity {result.severity}"]
    if not result.is_set:
        about.append(f"it comes with vsm and is not set: vsm gov add {result.control}")
    elif result.stream:
        about.append(f"in {result.stream}: {result.mode}")
    sections = [
        Section("", _text(result)),
        Section("Rule", tuple(Sentence(line) for line in result.rule.splitlines() if line.strip())),
        Section("Examples", tuple(_example(example) for example in result.examples)),
    ]
    if result.modes:
        sections.append(Section("Modes", tuple(mode_sentence(mode) for mode in result.modes)))
    if result.verdicts:
        sections.append(Section("Last verdicts", (_verdicts(result.verdicts, zone),)))
    if result.waivers:
        sections.append(Section("Waivers", (waivers_table(result.waivers),)))
    if result.cost is not None:
        parts: list[Part] = [months_table(result.cost)]
        parts.append(Sentence(share_text(result.cost.precision), lead="Fails that proved bad"))
        fixed = percent(result.cost.fixed_within_a_day.share)
        parts.append(Sentence(fixed, lead="Fixed within a day"))
        if result.cost.proposal:
            parts.append(Sentence(result.cost.proposal, "warn", lead="Proposal"))
        sections.append(Section("Cost by month", tuple(parts)))
    return Document(f"{result.control}: {result.title}", tuple(about), tuple(sections))


def _text(result: ControlDetail) -> tuple[Part, ...]:
    parts: list[Part] = [Sentence(line) for line in result.why.splitlines() if line.strip()]
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
        parts.append(Sentence(result.template, lead="Template"))
    return tuple(parts)


def _example(example: ExampleRow) -> Sentence:
    why = f"{example.why}: " if example.why else ""
    facts = json.dumps(example.facts, ensure_ascii=False)
    lead = str(example.expect)
    return Sentence(f"{why}{facts}", lead=lead, lead_tone=TONES[example.expect])


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


def _why(one: RecordedVerdict) -> str:
    if one.emergency:
        return f"emergency: {one.emergency}"
    if one.missing:
        return f"not on record: {listed([path.replace('[]', '') for path in one.missing])}"
    return one.problem


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
