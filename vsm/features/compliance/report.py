"""The report for auditors: population, figures of controls, exceptions, texts, modes, roles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from vsm.date_form import write_moment
from vsm.features.compliance.results import (
    Change,
    Compliance,
    LeftOutRow,
    Population,
    RoleRow,
    VerdictRow,
)
from vsm.features.compliance.targets import count_target
from vsm.model.control.audit import FRAMEWORKS, Counting, framework_of, requirement_of
from vsm.model.control.control import Verdict
from vsm.model.rules import DAY, local
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
from vsm.report.wording import Hint, count, day, name_verb, percent

LISTED = 50
"""Exceptions that are listed; JSON and Excel have all."""
ENVIRONMENTS = 5
"""Environments that are named of those left out; JSON has all."""
QUARTER_DAYS = 92
"""Days after which a review of roles and keys is due again."""
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


def report(result: Compliance, hint: Hint = name_verb) -> Document:
    """Everything that an auditor gets about a framework."""
    name = FRAMEWORKS.get(result.framework, result.framework)
    population = result.population
    return Document(
        f"Compliance: {name}",
        (),
        tuple(
            section
            for section in (
                Section("Population", tuple(_population(population, hint))),
                Section("Controls", tuple(_controls(result, hint))),
                Section("Exceptions", tuple(_exceptions(result, hint))),
                Section("Evidence replaced or withdrawn", tuple(_changes(result, hint))),
                Section("Texts of the controls", tuple(_texts(result))),
                Section("Modes", tuple(_modes(result))),
                Section("Roles", tuple(_roles(result, hint))),
                Section("Changes in the window", tuple(_decisions(result, hint))),
                Section("Checks by hand", tuple(_checks(result, hint))),
                how_counted(population),
            )
            if section.parts
        ),
    )


def _population(population: Population, hint: Hint) -> Iterator[Part]:
    what = COUNTED[population.counted]
    streams = ", ".join(inert_line(name) for name in population.streams)
    window = f"{day(population.start)} to {day(population.end)}"
    if not population.size:
        other = hint("--population finished or active", "{count_by} counts others")
        yield Sentence(f"No item {what}, {window}, of: {streams}; {other}", tone="warn")
        yield from _left_out(population.left_out)
        return
    target = Target("Population", items=tuple((m.id, "") for m in population.members))
    text = f"{count(population.size, 'item')} {what}, {window}, of: {streams}"
    yield Sentence(text, "strong", target=target)
    dropped = tuple((m.id, "dropped") for m in population.members if m.dropped)
    if dropped:
        target = Target("Dropped", items=dropped)
        yield Sentence(f"{count(len(dropped), 'item')} of them dropped in it", target=target)
    yield from _left_out(population.left_out)


def checked(population: Population) -> str:
    """Whether what is reported is known to follow from the journal, and how to check it."""
    if population.from_journal:
        return f"made from the journal alone, up to entry #{population.seq:,}"
    return (
        "the tables that this is read from were not compared with the journal: vsm doctor compares"
        f" them, and vsm --at-seq {population.seq} makes this from the journal alone"
    )


def _left_out(rows: Sequence[LeftOutRow]) -> Iterator[Part]:
    """Deployments that make no item count, the most frequent first."""
    ordered = sorted(rows, key=lambda one: (-one.deployments, one.environment))
    parts = [
        f"{count(one.deployments, 'deployment')} to {inert_line(one.environment)}"
        f"{' that failed' if one.failed else ''}"
        for one in ordered[:ENVIRONMENTS]
    ]
    more = len(ordered) - ENVIRONMENTS
    others = f", and {count(more, 'more environment')}" if more > 0 else ""
    if parts:
        yield Sentence(f"left out: {', '.join(parts)}{others}", tone="warn")


def how_counted(population: Population) -> Section:
    """What an auditor needs to count the population again."""
    return Section(
        "Counted by",
        (
            Sentence(f"hash of the sorted keys: {population.hash}", tone="faint"),
            Sentence(f"query, for each stream: {population.query}", tone="faint"),
            Sentence(checked(population), tone="faint"),
        ),
    )


def _controls(result: Compliance, hint: Hint) -> Iterator[Part]:
    if result.controls:
        yield _control_table(result)
    yield from _afterwards(result)
    late = sum(figure.before_set for figure in result.controls)
    if late:
        yield Sentence(
            f"{count(late, 'verdict')} on items from before their control was set, by its first"
            " text",
            tone="warn",
        )
    for figure in result.controls:
        if figure.outside:
            more = hint("--population active counts them", "{count_by} counts others")
            was, is_ = ("was", "is") if figure.outside == 1 else ("were", "are")
            yield Sentence(
                f"{figure.control} is about {count(figure.outside, 'item')} more that {was} active"
                f" in the window and {is_} not counted here: {more}",
                tone="warn",
            )
    if result.not_set:
        names = " ".join(result.not_set)
        yield Sentence(f"Controls that come with vsm and are not set: {names}", tone="warn")
        how = hint(f"vsm gov add {names}", "{add_control}")
        yield Sentence(f"set them with: {how}", tone="faint")


def _afterwards(result: Compliance) -> Iterator[Part]:
    """By control what evidence that was recorded later changed."""
    for figure in result.controls:
        rows = [row for row in result.verdicts if row.control == figure.control]
        if figure.late_evidence:
            items = tuple((row.id, row.message) for row in rows if row.late_evidence)
            verb = "rests" if figure.late_evidence == 1 else "rest"
            yield Sentence(
                f"{figure.control}: {figure.late_evidence} of {figure.passed} passes {verb} on"
                " evidence recorded later than it counts from",
                tone="warn",
                target=Target(figure.control, items=items),
            )
        if figure.differing:
            items = tuple((row.id, row.message) for row in rows if row.differs)
            verb = "differs" if figure.differing == 1 else "differ"
            yield Sentence(
                f"{figure.control}: {figure.differing} of {figure.applicable} verdicts {verb} from"
                " the one recorded at the move",
                tone="warn",
                target=Target(figure.control, items=items),
            )


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
                target=count_target(figure.control, result.verdicts),
            )
            for figure in result.controls
        ),
    )


def _requirements(refs: tuple[str, ...], framework: str) -> str:
    own = (requirement_of(ref) for ref in refs if framework_of(ref) == framework)
    return inert_line(", ".join(own))


def _exceptions(result: Compliance, hint: Hint) -> Iterator[Part]:
    if not any(figure.applicable for figure in result.controls):
        if result.population.size:
            yield Sentence("No control applies to any of these items", tone="warn")
        return
    decided = (e for e in result.exceptions if e.verdict is not Verdict.INDETERMINATE)
    rows = sorted(decided, key=lambda e: e.verdict is Verdict.PASS)
    unknown = [e for e in result.exceptions if e.verdict is Verdict.INDETERMINATE]
    if not rows and not unknown:
        yield Sentence("No exceptions", tone="good")
        return
    for one in rows[:LISTED]:
        yield from _exception(one)
    if len(rows) > LISTED:
        all_of_them = hint("--json and --xlsx have all", "the controls above list all")
        yield Sentence(f"and {len(rows) - LISTED} more: {all_of_them}", tone="faint")
    if unknown:
        yield Table(
            (Column("Cannot tell"), Column("Items", right=True), Column("Why", shrinks=True)),
            tuple(_unknown(unknown)),
        )


def _exception(exception: VerdictRow) -> Iterator[Sentence]:
    """An item, its verdict, and below it why."""
    waiver = f" by waiver {exception.waiver}" if exception.waiver is not None else ""
    is_pass = exception.verdict is Verdict.PASS
    tone: Tone = "warn" if is_pass else TONES.get(exception.verdict, "text")
    yield Sentence(
        f"{exception.control}: {exception.verdict}{waiver}, {when(exception.at)},"
        f" entry #{exception.seq:,}",
        lead=inert_line(exception.item),
        lead_tone=tone,
        target=Target(exception.item, items=((exception.id, exception.control),)),
    )
    if exception.message:
        yield Sentence(inert_line(exception.message), more=True)


def _unknown(rows: list[VerdictRow]) -> Iterator[Row]:
    """Indeterminate verdicts by control and what is missing, the most frequent first."""
    groups: dict[tuple[str, str], list[VerdictRow]] = defaultdict(list)
    for exception in rows:
        names = ", ".join(path.replace("[]", "") for path in exception.missing)
        why = f"not on record: {names}" if names else exception.message
        groups[exception.control, why].append(exception)
    for (control, message), group in sorted(groups.items(), key=lambda g: (-len(g[1]), g[0])):
        items = tuple((exception.id, exception.message) for exception in group)
        target = Target(control, items=items)
        yield row(control, str(len(group)), inert_line(message), target=target)


def moment(at: int) -> str:
    """A moment in UTC, below a head that says so."""
    return write_moment(local(at, "UTC"))


def _changes(result: Compliance, hint: Hint) -> Iterator[Part]:
    rows = result.evidence_changes
    if not rows:
        return
    members = {member.id for member in result.population.members}
    gone = [
        one
        for one in rows
        if one.change is Change.WITHDRAWN and one.kind == "deployment" and one.id not in members
    ]
    if gone:
        target = Target("Withdrawn", items=tuple((one.id, one.ref) for one in gone))
        what = count(len(gone), "deployment")
        text = f"{what} withdrawn of items that are not in the population"
        yield Sentence(text, tone="warn", target=target)
    heads = ("Changed evidence", "Kind", "Change", "At", "By", "Recorded by", "Entry")
    yield Table(
        (*map(Column, heads), Column("Reference", shrinks=True)),
        tuple(
            row(
                inert_line(one.item),
                f"{one.kind} {one.status}".strip(),
                Cell(str(one.change), "warn"),
                when(one.changed_at),
                inert_line(one.changed_by),
                inert_line(one.recorded_by),
                f"#{one.seq:,}",
                inert_line(one.ref),
                target=Target(one.item, items=((one.id, one.ref),)),
            )
            for one in rows[:LISTED]
        ),
    )
    if len(rows) > LISTED:
        all_of_them = hint(": --json has all", "")
        yield Sentence(f"and {len(rows) - LISTED} more{all_of_them}", tone="faint")


def when(at: int) -> str:
    """A moment in UTC, in a sentence."""
    return f"{moment(at)} UTC"


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


def _roles(result: Compliance, hint: Hint) -> Iterator[Part]:
    since = result.roles_since
    if since is None or since > result.population.ends:
        yield Sentence("No roles were granted then: everybody could do everything", tone="warn")
        return
    if since > result.population.begins:
        text = f"Before {when(since)} no roles were granted: everybody could do everything"
        yield Sentence(text, tone="warn")
    heads = ("Roles", "Role", "Stream", "From", "Granted by", "Entry", "Until", "Ended by")
    yield Table(tuple(map(Column, heads)), tuple(_role(role) for role in result.roles))
    yield _last_review(result, hint)


def _last_review(result: Compliance, hint: Hint) -> Sentence:
    """When roles and keys were reviewed last, and whether that is a quarter ago."""
    if not result.access_reviews:
        how = hint("vsm role review records one", "vsm role review records one")
        return Sentence(f"No review of roles and keys is on record: {how}", tone="warn")
    last = result.access_reviews[-1]
    since = (result.population.ends - last.at) // DAY
    held = sum(one.at >= result.population.begins for one in result.access_reviews)
    text = f"{last.by} {last.text}, {when(last.at)}, entry #{last.seq:,}"
    return Sentence(
        inert_line(f"Access was reviewed {count(held, 'time')} in the window; last: {text}"),
        tone="warn" if since > QUARTER_DAYS else "text",
    )


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


def _decisions(result: Compliance, hint: Hint) -> Iterator[Part]:
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
    yield from _earlier(len(result.changes), hint)


def _checks(result: Compliance, hint: Hint) -> Iterator[Sentence]:
    for one in result.checks[-LISTED:]:
        text = f"{one.by} {one.text}, {when(one.at)}, entry #{one.seq:,}"
        yield Sentence(inert_line(text), lead="•")
    yield from _earlier(len(result.checks), hint)


def _earlier(entries: int, hint: Hint) -> Iterator[Sentence]:
    if entries > LISTED:
        all_of_them = hint(": --json and --xlsx have all", "")
        yield Sentence(f"and {entries - LISTED} earlier{all_of_them}", tone="faint")
