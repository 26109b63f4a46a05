"""The report for auditors: population, figures of controls, exceptions, texts, modes, roles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from vsm.date_form import write_moment
from vsm.features.compliance.results import (
    Compliance,
    Frameworks,
    Population,
    RoleRow,
    VerdictRow,
)
from vsm.model.control.audit import FRAMEWORKS, Counting, framework_of, requirement_of
from vsm.model.control.control import Verdict
from vsm.model.rules import local
from vsm.model.sanitise import inert_line
from vsm.report.document import (
    Cell,
    Column,
    Document,
    Part,
    Row,
    Section,
    Sentence,
    Table,
    Target,
    Tone,
    row,
)
from vsm.report.wording import count, day, percent

LISTED = 50
"""Exceptions that are listed; JSON and Excel have all."""
_SHOWN = 16
"""Digits of a hash that are shown."""
COUNTED: dict[Counting, str] = {
    Counting.DEPLOYED: "deployed to production",
    Counting.FINISHED: "finished",
    Counting.ACTIVE: "active",
}
"""What became of the items of a population, in words."""
TONES: dict[Verdict, Tone] = {
    Verdict.PASS: "good",
    Verdict.FAIL: "bad",
    Verdict.INDETERMINATE: "warn",
    Verdict.WAIVED: "accent",
}
"""The tone of each verdict."""


def report(result: Compliance) -> Document:
    """Everything that an auditor gets about a framework."""
    name = FRAMEWORKS.get(result.framework, result.framework)
    population = result.population
    return Document(
        f"Compliance: {name}",
        (f"{day(population.start)} to {day(population.end)}",),
        tuple(
            section
            for section in (
                Section("Population", tuple(_population(population))),
                Section("Controls", tuple(_controls(result))),
                Section("Exceptions", tuple(_exceptions(result))),
                Section("Texts of the controls", tuple(_texts(result))),
                Section("Modes", tuple(_modes(result))),
                Section("Roles", tuple(_roles(result))),
                Section("Changes in the window", tuple(_changes(result))),
            )
            if section.parts
        ),
    )


def _population(population: Population) -> Iterator[Part]:
    what = COUNTED[population.counted]
    streams = ", ".join(inert_line(name) for name in population.streams)
    target = Target("Population", items=tuple((m.id, "") for m in population.members))
    yield Sentence(f"{count(population.size, 'item')} {what}, of: {streams}", target=target)
    yield Sentence(f"hash of the sorted keys: {population.hash}", tone="faint")
    yield Sentence(f"query, for each stream: {population.query}", tone="faint")
    yield Sentence(checked(population), tone="faint")


def checked(population: Population) -> str:
    """Whether what is reported is known to follow from the journal, and how to check it."""
    if population.from_journal:
        return f"made from the journal alone, up to entry #{population.seq:,}"
    return (
        "the tables that this is read from were not compared with the journal: vsm doctor compares"
        f" them, and vsm --at-seq {population.seq} makes this from the journal alone"
    )


def _controls(result: Compliance) -> Iterator[Part]:
    if result.controls:
        yield _control_table(result)
    late = sum(figure.before_set for figure in result.controls)
    if late:
        yield Sentence(
            f"{count(late, 'verdict')} on items from before their control was set, by its first"
            " text",
            tone="warn",
        )
    for figure in result.controls:
        if figure.outside:
            yield Sentence(
                f"{figure.control} is about {count(figure.outside, 'item')} more that"
                f" {'was' if figure.outside == 1 else 'were'} active in the window and"
                f" {'is' if figure.outside == 1 else 'are'} not counted here: use --population"
                " active",
                tone="warn",
            )
    if result.not_set:
        names = " ".join(result.not_set)
        yield Sentence(f"Controls that come with vsm and are not set: {names}", tone="warn")
        yield Sentence(f"set them with: vsm gov add {names}", tone="faint")


def _control_table(result: Compliance) -> Table:
    """A line for each control with its verdicts."""
    columns = (
        *(Column("Control"), Column("Requirement", shrinks=True), Column("Pass", right=True)),
        *(Column("Fail", right=True), Column("Indeterminate", right=True, short="Indet.")),
        *(Column("Waived", right=True), Column("N.a.", right=True), Column("Rate", right=True)),
    )
    return Table(
        columns,
        tuple(
            row(
                figure.control,
                _requirements(figure.requirements, result.framework),
                str(figure.passed),
                Cell(str(figure.failed), "bad" if figure.failed else "text"),
                Cell(str(figure.indeterminate), "warn" if figure.indeterminate else "text"),
                str(figure.waived),
                str(figure.not_applicable),
                percent(figure.pass_rate),
            )
            for figure in result.controls
        ),
    )


def _requirements(refs: tuple[str, ...], framework: str) -> str:
    own = (requirement_of(ref) for ref in refs if framework_of(ref) == framework)
    return inert_line(", ".join(own))


def _exceptions(result: Compliance) -> Iterator[Part]:
    rows = [e for e in result.exceptions if e.verdict is not Verdict.INDETERMINATE]
    unknown = [e for e in result.exceptions if e.verdict is Verdict.INDETERMINATE]
    if not rows and not unknown:
        yield Sentence("No exceptions", tone="good")
        return
    if rows:
        heads = ("Exception", "Control", "Verdict", "At", "Entry")
        columns = (*map(Column, heads), Column("Why", shrinks=True))
        yield Table(columns, tuple(_exception(exception) for exception in rows[:LISTED]))
    if len(rows) > LISTED:
        yield Sentence(f"and {len(rows) - LISTED} more: --json and --xlsx have all", tone="faint")
    if unknown:
        yield Table(
            (Column("Cannot tell"), Column("Items", right=True), Column("Why", shrinks=True)),
            tuple(_unknown(unknown)),
        )


def _exception(exception: VerdictRow) -> Row:
    waiver = f"; waiver {exception.waiver}" if exception.waiver is not None else ""
    return row(
        inert_line(exception.item),
        exception.control,
        Cell(str(exception.verdict), TONES.get(exception.verdict, "text")),
        when(exception.at),
        f"#{exception.seq:,}",
        inert_line(f"{exception.message}{waiver}"),
        target=Target(exception.item, items=((exception.id, exception.control),)),
    )


def _unknown(rows: list[VerdictRow]) -> Iterator[Row]:
    """Indeterminate verdicts by control and what is missing, the most frequent first."""
    groups: dict[tuple[str, str], list[VerdictRow]] = defaultdict(list)
    for exception in rows:
        groups[exception.control, exception.message].append(exception)
    for (control, message), group in sorted(groups.items(), key=lambda g: (-len(g[1]), g[0])):
        items = tuple((exception.id, "") for exception in group)
        target = Target(control, items=items)
        yield row(control, str(len(group)), inert_line(message), target=target)


def when(at: int) -> str:
    """A moment in UTC."""
    return f"{write_moment(local(at, 'UTC'))} UTC"


def _texts(result: Compliance) -> Iterator[Part]:
    for text in result.texts:
        until = "" if text.until is None else f" to {when(text.until)}"
        yield Sentence(
            f"{text.title} ({text.control}; since {when(text.since)}{until}, set by"
            f" {inert_line(text.set_by)}, entry #{text.seq:,})",
            lead="•",
        )
        scope = f"{text.applies}; {text.filter}" if text.filter else text.applies
        rule = " ".join(text.rule.split())
        yield Sentence(f"applies: {inert_line(scope)}", more=True)
        yield Sentence(f"rule: {inert_line(rule)}", more=True)
        yield Sentence(f"sha256 {text.hash[:_SHOWN]}…", tone="faint", more=True)


def _modes(result: Compliance) -> Iterator[Part]:
    if not result.modes:
        yield Sentence("No mode was decided: nothing was refused, and nothing advised", tone="warn")
        return
    heads = ("Modes", "Control", "Mode", "From", "Until", "Decided by")
    yield Table(
        (*map(Column, heads), Column("Reason", shrinks=True)),
        tuple(
            row(
                inert_line(mode.stream),
                mode.control or "all",
                str(mode.mode),
                day(mode.start),
                day(mode.until) if mode.until else "open",
                inert_line(mode.decided_by),
                inert_line(mode.reason),
            )
            for mode in result.modes
        ),
    )


def _roles(result: Compliance) -> Iterator[Part]:
    since = result.roles_since
    if since is None or since > result.population.ends:
        yield Sentence("No roles were granted then: everybody could do everything", tone="warn")
        return
    if since > result.population.begins:
        text = f"Before {when(since)} no roles were granted: everybody could do everything"
        yield Sentence(text, tone="warn")
    heads = ("Roles", "Role", "Stream", "From", "Granted by", "Entry", "Until", "Ended by")
    yield Table(tuple(map(Column, heads)), tuple(_role(role) for role in result.roles))


def _role(role: RoleRow) -> Row:
    until = day(role.until) if role.until else "open"
    ended = "" if role.ended_seq is None else f"{role.ended_by} #{role.ended_seq:,}"
    return row(
        inert_line(role.login),
        role.role,
        inert_line(role.stream or "all"),
        when(role.since),
        inert_line(role.granted_by),
        f"#{role.seq:,}",
        until if role.ended is None else when(role.ended),
        inert_line(ended),
    )


def _changes(result: Compliance) -> Iterator[Part]:
    if not result.changes:
        yield Sentence("No control, mode, waiver or role was changed in the window")
        return
    yield Table(
        (Column("Decided"), Column("Entry"), Column("By"), Column("Change", shrinks=True)),
        tuple(
            row(when(one.at), f"#{one.seq:,}", inert_line(one.by), inert_line(one.text))
            for one in result.changes[-LISTED:]
        ),
    )
    if len(result.changes) > LISTED:
        left = len(result.changes) - LISTED
        yield Sentence(f"and {left} earlier: --json and --xlsx have all", tone="faint")


# -- the list of frameworks -----------------------------------------------------------------


def frameworks_report(result: Frameworks) -> Document:
    """Frameworks, their requirements, and the verdicts of the controls that serve them."""
    what = COUNTED[result.counted]
    about = (
        f"{count(result.size, 'item')} {what}, {day(result.start)} to {day(result.end)}"
        if result.size
        else f"nothing {what} from {day(result.start)} to {day(result.end)}",
    )
    heads = ("Pass", "Fail", "Indet.", "Waived", "Rate")
    numbers = [Column(head, right=True) for head in heads]
    sections = []
    for framework in result.frameworks:
        rows = []
        for requirement in framework.requirements:
            name = requirement.requirement
            for figure in requirement.controls:
                counts = (figure.passed, figure.failed, figure.indeterminate, figure.waived)
                cells = (*map(str, counts), percent(figure.pass_rate))
                rows.append(row(inert_line(name), figure.control, *cells))
                name = ""
            for control in requirement.not_set:
                rows.append(row(inert_line(name), Cell(f"{control} (not set)", "faint"), *[""] * 5))
                name = ""
        title = inert_line(f"{framework.name} ({framework.framework})")
        table = Table((Column(title), Column("Control"), *numbers), tuple(rows))
        sections.append(Section(title, (table,)))
    return Document("Frameworks", about, tuple(sections))
