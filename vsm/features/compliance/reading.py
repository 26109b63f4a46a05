"""Reports on compliance from what a reader knows: populations, verdicts, texts, modes, roles."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType

from vsm.controls import shipped
from vsm.features.compliance.decisions import (
    read_changes,
    read_checks,
    read_modes,
    read_reviews,
    read_roles,
)
from vsm.features.compliance.evidence_changes import read_evidence_changes
from vsm.features.compliance.judging import Judge, Texts
from vsm.features.compliance.results import (
    Compliance,
    ControlFigures,
    FrameworkRow,
    Frameworks,
    LeftOutRow,
    Member,
    Population,
    RequirementRow,
    TextRow,
    VerdictRow,
)
from vsm.model.control.audit import (
    FRAMEWORKS,
    ControlText,
    Counting,
    framework_of,
    population_hash,
    requirement_of,
)
from vsm.model.control.control import Control, Severity, Verdict
from vsm.model.control.evaluation import covers
from vsm.model.control.expression import nearest
from vsm.model.control.recorded import Recorded
from vsm.model.errors import BadInput
from vsm.model.governance_entities import CONTROL, WAIVER
from vsm.model.rules import day_start
from vsm.model.stream import ValueStream
from vsm.reader import Reader

RECENT_DAYS = 90
"""Days that a report is about where none are named."""


def read_population(
    reader: Reader,
    counting: Counting,
    streams: Sequence[ValueStream],
    first: date,
    last: date,
    *,
    from_journal: bool = False,
) -> Population:
    """The items that a window of days holds, its days in the zone of each stream.

    ``from_journal`` says that the tables of the reader were made from the journal just now.
    """
    members: list[Member] = []
    left_out: dict[tuple[str, bool], int] = defaultdict(int)
    for stream in streams:
        start = day_start(first, stream.zone)
        end = day_start(last + timedelta(days=1), stream.zone)
        rows = reader.counted(counting, stream.id, start, end)
        keys = {b.id: b.key for b in reader.briefs([row.item for row in rows])}
        members += [
            Member(
                id=r.item,
                item=keys[r.item],
                stream=stream.name,
                at=r.at,
                seq=r.seq,
                dropped=r.dropped,
            )
            for r in rows
            if r.item in keys
        ]
        if counting is Counting.DEPLOYED:
            for one in reader.left_out(stream.id, start, end):
                left_out[one.environment, one.failed] += one.deployments
    members.sort(key=lambda member: (member.at, member.id))
    anchor = reader.anchor()
    return Population(
        counted=counting,
        start=first,
        end=last,
        streams=tuple(stream.name for stream in streams),
        begins=min(day_start(first, stream.zone) for stream in streams),
        ends=max(day_start(last + timedelta(days=1), stream.zone) for stream in streams) - 1,
        size=len(members),
        hash=population_hash(member.item for member in members),
        query=reader.counting_query(counting),
        seq=anchor.seq,
        journal_hash=anchor.hash,
        from_journal=from_journal,
        left_out=tuple(
            LeftOutRow(environment=environment, failed=failed, deployments=count)
            for (environment, failed), count in sorted(left_out.items())
        ),
        members=tuple(members),
    )


def count_population(
    reader: Reader,
    counting: Counting | None,
    streams: Sequence[ValueStream],
    first: date,
    last: date,
    *,
    from_journal: bool = False,
) -> Population:
    """The items of a window; where no counting is named those deployed to production, or those
    finished if no deployment is on record, of whichever day.
    """
    counted = counting or Counting.DEPLOYED
    if counting is None and not has_deployments(reader):
        counted = Counting.FINISHED
    return read_population(reader, counted, streams, first, last, from_journal=from_journal)


def refuse_empty(reader: Reader, population: Population) -> None:
    """Refuse a population without items, and say what to do: raises :class:`BadInput`."""
    if population.size:
        return
    if population.counted is not Counting.DEPLOYED:
        what = "finished" if population.counted is Counting.FINISHED else "was active"
        raise BadInput(
            f"population is empty: nothing {what} from {population.start} to {population.end}",
            "name another window: --from DATE --to DATE",
        )
    if population.left_out:
        names = ", ".join(dict.fromkeys(one.environment for one in population.left_out))
        raise BadInput(
            "population is empty: no deployments to production from"
            f" {population.start} to {population.end} that succeeded; those to {names:.200} do not"
            " count",
            "production is what begins with prod or live; or use --population finished",
        )
    if has_deployments(reader):
        raise BadInput(
            "population is empty: no deployments to production from"
            f" {population.start} to {population.end}",
            "name another window, or use --population finished",
        )
    raise BadInput(
        "population is empty: no deployments are recorded",
        "connect a pipeline (vsm comply record --kind deployment), or use --population finished",
    )


def has_deployments(reader: Reader) -> bool:
    """Whether any deployment to production is on record, of whichever day."""
    return any(reader.counted(Counting.DEPLOYED, info.id, 0, 2**62) for info in reader.streams())


def check_framework(reader: Reader, name: str) -> str:
    """The id of a framework; raises :class:`BadInput` that names those that there are."""
    names = {ref for refs in _refs(reader).values() for ref in map(framework_of, refs) if ref}
    word = name.strip().casefold().replace(" ", "")
    if word in names:
        return word
    close = nearest(word, names)
    hint = f"did you mean {close}? " if close else ""
    raise BadInput(
        f"there is no framework {name!r:.60}", f"{hint}there are: {', '.join(sorted(names))}"
    )


def _refs(reader: Reader) -> dict[str, tuple[str, ...]]:
    """References of every control by its name, of those that are set and of those shipped."""
    refs = {name: values["refs"] for name, values in shipped().items()}
    return refs | {control.name: control.refs for control in reader.entities(CONTROL)}


# -- reports --------------------------------------------------------------------------------


def read_report(
    reader: Reader,
    framework: str,
    population: Population,
    streams: Sequence[ValueStream],
    now: int,
) -> Compliance:
    """The report on a framework over a population."""

    def fits(control: Control) -> bool:
        return any(framework_of(ref) == framework for ref in control.refs)

    history, grants = reader.control_texts(), reader.grants()
    verdicts = judge_all(reader, history, population.members, streams, population.end, now, fits)
    fitting = [text for text in history if fits(text.control)]
    names = {text.control.name for text in fitting}
    used = {row.version for row in verdicts}
    missing = [
        name
        for name, refs in _refs(reader).items()
        if name not in names and any(framework_of(ref) == framework for ref in refs)
    ]
    return Compliance(
        framework=framework,
        as_of=now,
        population=population,
        controls=_figures(fitting, verdicts, _outside(reader, fitting, population, streams)),
        verdicts=tuple(verdicts),
        evidence_changes=read_evidence_changes(reader, population, streams),
        texts=tuple(_text(text) for text in fitting if _is_of(text, used)),
        modes=read_modes(reader, streams, population.start, population.end),
        roles=read_roles(reader, population, grants),
        roles_since=min((span.since for span in grants), default=None),
        changes=read_changes(reader, population),
        checks=read_checks(reader, population),
        access_reviews=read_reviews(reader, population),
        not_set=tuple(sorted(missing)),
    )


def _is_of(text: ControlText, used: set[str]) -> bool:
    return text.control.version in used or text.until is None


def judge_all(
    reader: Reader,
    history: Iterable[ControlText],
    population: Iterable[Member],
    streams: Sequence[ValueStream],
    end: date,
    now: int,
    fits: Callable[[Control], bool] = lambda control: True,
) -> list[VerdictRow]:
    """The verdicts of controls (those that fit) on items, up to the end of a day."""
    texts = _by_control(history)
    by_stream: dict[str, list[Member]] = defaultdict(list)
    for member in population:
        by_stream[member.stream].append(member)
    verdicts: list[VerdictRow] = []
    stages = {stage: stream for stream in reader.all_streams() for stage in stream.by_id}
    waivers, recorded = reader.entities(WAIVER), _recorded(reader.evaluations())
    for stream in streams:
        members = by_stream[stream.name]
        if not members:
            continue
        last = day_start(end + timedelta(days=1), stream.zone) - 1
        judge = Judge(
            reader.change_records(stream, [member.id for member in members], of_then=True),
            stages,
            texts,
            waivers,
            recorded,
            min(now, last),
            fits,
        )
        for member in members:
            verdicts += judge.verdicts(member)
    return verdicts


def _by_control(history: Iterable[ControlText]) -> Texts:
    texts: dict[str, list[ControlText]] = defaultdict(list)
    for text in history:
        texts[text.control.name].append(text)
    return texts


def _recorded(verdicts: Iterable[Recorded]) -> dict[tuple[int, int], list[Recorded]]:
    by_item: dict[tuple[int, int], list[Recorded]] = defaultdict(list)
    for verdict in verdicts:
        by_item[verdict.control, verdict.item].append(verdict)
    return by_item


def _outside(
    reader: Reader,
    texts: Iterable[ControlText],
    population: Population,
    streams: Iterable[ValueStream],
) -> Counter[str]:
    """By control with a filter how many items it covers that are active, but not counted."""
    filtered = [text.control for text in texts if text.until is None and text.control.filter]
    outside: Counter[str] = Counter()
    if not filtered or population.counted is Counting.ACTIVE:
        return outside
    counted = {member.id for member in population.members}
    for stream in streams:
        start = day_start(population.start, stream.zone)
        end = day_start(population.end + timedelta(days=1), stream.zone)
        active = {one.item for one in reader.counted(Counting.ACTIVE, stream.id, start, end)}
        records = reader.change_records(stream, sorted(active - counted))
        for item in records.items.values():
            team = records.teams.get(item.team or 0, "")
            outside.update(one.name for one in filtered if covers(one, item, team))
    return outside


def _figures(
    texts: Iterable[ControlText],
    verdicts: Iterable[VerdictRow],
    outside: Mapping[str, int] = MappingProxyType({}),
) -> tuple[ControlFigures, ...]:
    rows: dict[str, list[VerdictRow]] = defaultdict(list)
    for verdict in verdicts:
        rows[verdict.control].append(verdict)
    latest = {text.control.name: text.control for text in texts}
    return tuple(
        _figure(control, rows[name], outside.get(name, 0))
        for name, control in sorted(latest.items())
    )


def _figure(control: Control, rows: Sequence[VerdictRow], outside: int) -> ControlFigures:
    def count(verdict: Verdict) -> int:
        return sum(row.verdict is verdict for row in rows)

    applicable = [row for row in rows if row.verdict is not Verdict.NOT_APPLICABLE]
    return ControlFigures(
        control=control.name,
        title=control.title,
        requirements=control.refs,
        severity=Severity(control.severity),
        applicable=len(applicable),
        passed=count(Verdict.PASS),
        failed=count(Verdict.FAIL),
        indeterminate=count(Verdict.INDETERMINATE),
        waived=count(Verdict.WAIVED),
        not_applicable=count(Verdict.NOT_APPLICABLE),
        before_set=sum(row.before_set for row in applicable),
        outside=outside,
        late_evidence=sum(row.late_evidence for row in rows),
        differing=sum(row.differs for row in rows),
    )


def _text(text: ControlText) -> TextRow:
    import hashlib

    control = text.control
    return TextRow(
        control=control.name,
        version=control.version,
        hash=hashlib.sha256(control.text.encode()).hexdigest(),
        text=control.text,
        since=text.since,
        until=text.until,
        set_by=text.by,
        seq=text.seq,
        title=control.title,
        why=control.why,
        applies=control.applies,
        filter=control.filter,
        rule=control.rule,
        refs=control.refs,
    )


def read_enforced(
    reader: Reader, framework: str, streams: Iterable[ValueStream], first: date, end: date
) -> tuple[list[Recorded], dict[int, str]]:
    """Verdicts at moves from a day up to another of a framework's controls, and their names."""
    names: dict[int, str] = {}
    for text in reader.control_texts():
        if any(framework_of(ref) == framework for ref in text.control.refs):
            names[text.control.id] = text.control.name
    recorded = [
        verdict
        for stream in streams
        for verdict in reader.evaluations(stream.id, since=day_start(first, stream.zone))
        if verdict.control in names and verdict.judged_at < day_start(end, stream.zone)
    ]
    return sorted(recorded, key=lambda verdict: (verdict.seq, verdict.control)), names


# -- the list of frameworks -----------------------------------------------------------------


def _in_order(requirement: tuple[tuple[str, str], list[str]]) -> tuple[str, list[tuple[int, str]]]:
    """By framework, then with numbers in their order: Art. 5 before Art. 12."""
    (framework, name), _ = requirement
    parts = re.findall(r"\d+|\D+", name)
    return framework, [(int(part) if part.isdigit() else -1, part) for part in parts]


def _known_first(row: tuple[str, object]) -> tuple[int, str]:
    """In the order of :data:`FRAMEWORKS`, then the others by their ids."""
    known = list(FRAMEWORKS)
    return (known.index(row[0]) if row[0] in known else len(known), row[0])


def read_frameworks(
    reader: Reader, population: Population, streams: Sequence[ValueStream], now: int
) -> Frameworks:
    """Every framework with its requirements, and the verdicts of their controls."""
    history = reader.control_texts()
    verdicts = judge_all(reader, history, population.members, streams, population.end, now)
    live = [text for text in history if text.until is None]
    figures = {figure.control: figure for figure in _figures(live, verdicts)}
    by_requirement: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, refs in sorted(_refs(reader).items()):
        for ref in refs:
            if framework_of(ref):
                by_requirement[framework_of(ref), requirement_of(ref)].append(name)
    rows: dict[str, list[RequirementRow]] = defaultdict(list)
    for (framework, requirement), names in sorted(by_requirement.items(), key=_in_order):
        rows[framework].append(
            RequirementRow(
                requirement=requirement,
                controls=tuple(figures[name] for name in names if name in figures),
                not_set=tuple(name for name in names if name not in figures),
            )
        )
    return Frameworks(
        as_of=now,
        counted=population.counted,
        start=population.start,
        end=population.end,
        size=population.size,
        frameworks=tuple(
            FrameworkRow(
                framework=framework,
                name=FRAMEWORKS.get(framework, framework),
                requirements=tuple(requirements),
            )
            for framework, requirements in sorted(rows.items(), key=_known_first)
        ),
        verdicts=tuple(verdicts),
    )
