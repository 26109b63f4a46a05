"""Makes a report from two positions of the journal, from what a reader knows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from vsm.features.metrics.proportion import wilson
from vsm.features.reports.lists import (
    handover_lists,
    only_filled,
    retro_lists,
    weekly_lists,
)
from vsm.features.reports.on_record import is_unchanged, made_reports
from vsm.features.reports.precision import WEEKS, judge
from vsm.features.reports.registry import RULES, rules_of
from vsm.features.reports.results import (
    DECIDE,
    FIRST_PAGE,
    Block,
    Evidence,
    Fact,
    Gone,
    LeftOut,
    Report,
    Rules,
    RuleState,
    Span,
    Value,
    notes_in_words,
)
from vsm.features.reports.rule import Finding, Rule, Score
from vsm.features.reports.sources import ALL, Sources
from vsm.features.reports.wide_lists import (
    governance_headline,
    governance_lists,
    portfolio_headline,
    portfolio_lists,
    service_headline,
    service_lists,
)
from vsm.model.report import FactNote, MadeReport, NoteKind, ReportKind
from vsm.model.report_entities import FACT_NOTE
from vsm.model.rules import DAY, local
from vsm.model.stream import ValueStream
from vsm.reader import Reader
from vsm.report.wording import count, day, listed

USUAL_DAYS, RETRO_DAYS = 7, 28
"""Days that a report looks back without one before it; a retrospective looks further."""
_REPEATED, _COOLING = 0.6, 0.2
"""What a repeated fact counts in the order, and one within its cooldown."""
_LISTS: dict[ReportKind, Callable[[Sources], Iterator[Block]]] = {
    ReportKind.WEEKLY: weekly_lists,
    ReportKind.RETRO: retro_lists,
    ReportKind.HANDOVER: handover_lists,
    ReportKind.PORTFOLIO: portfolio_lists,
    ReportKind.SERVICE: service_lists,
    ReportKind.GOVERNANCE: governance_lists,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which report is asked for: of a stream, or without one of all, between two moments.

    Without ``since`` it begins where the last one of its kind ended, else seven days before;
    ``anew`` makes it also where nothing changed since then.
    """

    kind: ReportKind
    stream: ValueStream | None
    since: int | None
    until: int
    present: bool
    anew: bool = False


def read_report(reader: Reader, asked: Asked) -> Report:
    """Make a report: facts by rules, the most important first; loads numpy.

    The same journal position and the same moments give the same report.
    """
    stream, until = asked.stream, asked.until
    made = made_reports(reader, asked.kind, None if stream is None else stream.id)
    before = [one for one in made if one.until <= until]
    last = before[0] if before else None
    if asked.kind is ReportKind.HANDOVER and asked.since is None:
        since, how, last, before = until - RETRO_DAYS * DAY, "state", None, []
    elif asked.since is not None:
        since, how = asked.since, "given"
        before = [one for one in before if one.until <= since]
        last = before[0] if before else None
    elif last is not None:
        since, how = last.until, "last"
    else:
        days = RETRO_DAYS if asked.kind is ReportKind.RETRO else USUAL_DAYS
        since, how = until - days * DAY, f"{days} days"
    anchor_stream = stream or _first_stream(reader)
    anchor = reader.anchor()
    from_seq = reader.position_at(since)
    if how == "last" and last is not None and last.to_seq is not None:
        from_seq = last.to_seq
    inside = max(0, reader.position_at(until) - from_seq)
    span = Span(since, until, from_seq, anchor.seq, how, inside)
    zone = "UTC" if anchor_stream is None else anchor_stream.zone
    empty = Report(
        kind=asked.kind,
        subject=ALL if stream is None else stream.name,
        window=span,
        as_of=until,
        zone=zone,
        seq=anchor.seq,
        hash=anchor.hash,
        nothing_changed=False,
        headline="",
        facts=(),
        gone=(),
        lists=(),
        left_out=(),
        rules=(),
        last=None if last is None else last.id,
    )
    if how == "last" and not asked.anew and is_unchanged(reader, since, until, from_seq, zone):
        return replace(empty, nothing_changed=True)
    if anchor_stream is None:
        return replace(empty, headline="There are no streams yet")
    of = Sources(
        reader,
        anchor_stream,
        since,
        until,
        present=asked.present,
        last=last,
        is_of_stream=stream is not None,
    )
    return _Making(of, asked.kind, before, span).report(empty)


def _first_stream(reader: Reader) -> ValueStream | None:
    return next(iter(reader.all_streams()), None)


def read_rules(reader: Reader, stream: ValueStream, at: int, *, present: bool) -> Rules:
    """All rules, with how their flags did in the last half year of a stream."""
    of = Sources(reader, stream, at - USUAL_DAYS * DAY, at, present=present)
    states = _rule_states(RULES, judge(of), reader.entities(FACT_NOTE), stream.id, at)
    return Rules(stream=stream.name, as_of=at, weeks=WEEKS, rules=tuple(states.values()))


def _rule_states(
    rules: Sequence[Rule],
    scores: Mapping[str, Score],
    notes: Sequence[FactNote],
    stream: int | None,
    at: int,
) -> dict[str, RuleState]:
    out = {}
    for rule in rules:
        score = scores.get(rule.id)
        marks = {
            (note.fact, note.noted_by)
            for note in notes
            if note.rule == rule.id
            and note.mark == NoteKind.WRONG
            and note.only == stream
            and at - WEEKS * 7 * DAY < note.noted_at <= at
        }
        wrong = len(marks)
        state = RuleState(
            id=rule.id,
            title=rule.title,
            version=rule.version,
            threshold=rule.threshold,
            cooldown_days=rule.cooldown_days,
            outcome=rule.outcome,
            wrong_marks=wrong,
        )
        if rule.outcome and (score is not None or wrong):
            flagged, right = (score.flagged, score.right) if score else (0, 0)
            share = wilson(right, flagged + wrong)
            came, caught = (score.came, score.caught) if score else (None, None)
            state = replace(
                state,
                flagged=flagged,
                right=right,
                came=came,
                caught=caught,
                precision=None if share is None else share.share,
                low=None if share is None else share.low,
                high=None if share is None else share.high,
                recall=None if not came or caught is None else caught / came,
            )
        out[rule.id] = state
    return out


def _rounded(value: Value) -> Value:
    """A value as it is published: four decimals are more than any sentence shows."""
    return round(value, 4) if isinstance(value, float) else value


class _Making:
    """One report while it is made."""

    def __init__(
        self, of: Sources, kind: ReportKind, before: Sequence[MadeReport], span: Span
    ) -> None:
        self.of, self.kind, self.before, self.span = of, kind, before, span
        self.kept = [(made, made.kept) for made in before]
        self.first_pages = {made.id: frozenset([*facts][:FIRST_PAGE]) for made, facts in self.kept}
        self.stream = of.stream.id if of.is_of_stream else None
        notes = of.reader.entities(FACT_NOTE)
        self.notes = [
            note for note in notes if note.only == self.stream and note.noted_at <= of.until
        ]

    def report(self, empty: Report) -> Report:
        """The whole report."""
        rules = rules_of(self.kind)
        scores = judge(self.of) if self.kind.of_stream else {}
        states = _rule_states(rules, scores, self.notes, self.stream, self.of.until)
        facts = [
            self.fact(rule, finding)
            for rule in rules
            if not states[rule.id].is_silent
            for finding in rule.find(self.of)
        ]
        place = {rule.id: n for n, rule in enumerate(rules)}
        judging = {rule.id: rule for rule in rules if not states[rule.id].is_silent}
        cooldown = {rule.id: rule.cooldown_days for rule in rules}
        weights = {fact.id: self.weight(fact, cooldown[fact.rule]) for fact in facts}
        facts.sort(key=lambda fact: place[fact.rule])
        facts = in_order(facts, weights)
        lists = only_filled(_LISTS[self.kind](self.of))
        items = {item for fact in facts for item in fact.items}
        items |= {line.item for block in lists for line in block.lines if line.item is not None}
        left_out = tuple(self.left_out(states))
        items |= {item for part in left_out for item in part.items}
        keys = self.of.reader.keys_of(items)
        return replace(
            empty,
            headline=self.headline(),
            calm=self.calm(),
            is_judged=not self.kind.of_stream or self.of.now.is_alive,
            facts=tuple(facts),
            gone=tuple(self.gone(facts, judging)),
            lists=lists,
            left_out=left_out,
            rules=tuple(states.values()),
            keys=tuple(sorted(keys.items())),
        )

    def fact(self, rule: Rule, finding: Finding) -> Fact:
        """A finding as a fact: when it was first seen, how often since, whether it is known."""
        id = f"{rule.id}/{finding.at}"
        own = fact_items(finding) if finding.is_of_items else ()
        chain = self.chain(id, own)
        first = self.of.today if not chain else self.day(chain[-1].until)
        fact = Fact(
            id=id,
            rule=rule.id,
            severity=finding.severity,
            about=finding.about,
            subject=finding.subject,
            template=finding.template,
            values=tuple((name, _rounded(value)) for name, value in finding.values.items()),
            evidence=tuple(finding.evidence) or (Evidence(rule.title),),
            confidence=finding.confidence,
            first_seen=first,
            repeats=len(chain),
            new_items=len(set(own) - self.of.kept_then[id].items) if chain else 0,
            was_first=next((made.until for made in chain if id in self.first_pages[made.id]), None),
            is_of_items=finding.is_of_items,
            needs_decision=finding.needs_decision,
            size=finding.size,
            why=finding.why,
        )
        notes = self.notes_that_stand(fact, chain)
        return replace(fact, notes=notes, acknowledged=notes_in_words(notes))

    def day(self, at: int) -> date:
        """The local day of a moment."""
        moment: datetime = local(at, self.of.zone)
        return moment.date()

    def chain(self, id: str, items: Collection[int]) -> list[MadeReport]:
        """The reports before this one that had a fact, one after the other, the latest first.

        One about items is the same as long as it shares an item with the next.
        """
        chain, shared = [], set(items)
        for made, facts in self.kept:
            kept = facts.get(id)
            if kept is None or (shared and shared.isdisjoint(kept.items)):
                break
            chain.append(made)
            shared = set(kept.items)
        return chain

    def notes_that_stand(self, fact: Fact, chain: Sequence[MadeReport]) -> tuple[FactNote, ...]:
        """The notes on a fact, while it has stood since then and is not worse.

        It is worse with a higher severity, or another item.
        """
        without = self.before[len(chain)].until if len(chain) < len(self.before) else 0
        own = set(map(str, fact.items if fact.is_of_items else ()))
        return tuple(
            note
            for note in self.notes
            if note.fact == fact.id
            and note.noted_at >= without
            and fact.severity <= (note.severity or 0)
            and own <= set(note.items)
        )

    def weight(self, fact: Fact, cooldown: int) -> float:
        """How far up a fact stands: severity, how new it is, how much it is about.

        Once it was on a first page it is further down for the days of its rule's cooldown.
        """
        new = 1.0
        if fact.repeats and not fact.new_items:
            was, first = self.of.kept_then[fact.id].severity, fact.was_first
            is_cooling = first is not None and self.of.until - first < cooldown * DAY
            new = _COOLING if is_cooling and fact.severity <= was else _REPEATED
        return (fact.severity + 0.3) * new * (0.5 + fact.size / 2)

    def gone(self, facts: Sequence[Fact], rules: Mapping[str, Rule]) -> Iterator[Gone]:
        """Facts of the last report that are no more, of rules that could look."""
        last = self.of.last
        if last is None:
            return
        present = {fact.id for fact in facts}
        decided = {fact.id.partition("/")[2] for fact in facts if fact.rule == "prediction"}
        for id, kept in last.kept.items():
            name, _, at = id.partition("/")
            rule = rules.get(name)
            if rule is None or id in present or rule.is_moment or not kept.severity:
                continue
            if rule.can_look(self.of) and not (name == "pin-odds" and at in decided):
                yield Gone(id, name, f"{kept.subject}: {rule.title}")

    def left_out(self, states: Mapping[str, RuleState]) -> Iterator[LeftOut]:
        """What the report does not know or say."""
        of = self.of
        stream = of.stream.id if of.is_of_stream else None
        until = of.reader.position_at(of.until)
        late, imported = of.reader.entered_late(self.span.from_seq, until, of.since, stream)
        if late:
            yield LeftOut("entries in the window that happened before it", late)
        if imported:
            yield LeftOut("items imported in the window, with what happened before it", imported)
        unknown = [rule.title for rule in rules_of(self.kind) if rule.of_now and not of.present]
        if unknown:
            yield LeftOut(f"known of now only: {listed(unknown)}", 1)
        for state in states.values():
            if state.is_silent:
                flags = (state.flagged or 0) + state.wrong_marks
                yield LeftOut(
                    f"silent: {state.title} ({state.right} of {flags} flags were right)", 1
                )
        if self.kind.of_stream:
            yield from self.unknown_times()

    def unknown_times(self) -> Iterator[LeftOut]:
        """Items without times, and data that ended."""
        import numpy as np

        look, data = self.of.now, self.of.data
        if not look.is_alive and data.last_activity is not None:
            end = day(self.day(look.end))
            yield LeftOut(f"nothing moved since {end}: ages and weeks are not judged", 1)
        elif data.last_activity is None:
            yield LeftOut("nothing has moved yet", 1)
        rows, at = data.finishes
        rows = rows[(at > self.of.since) & (at <= self.of.until)]
        unknown = rows[~data.is_timed[rows]]
        if unknown.size:
            ids = tuple(int(item) for item in data.history.item[unknown])
            yield LeftOut("finished without a known start: no cycle time", len(ids), ids)
        skewed = data.history.item[np.flatnonzero(~data.is_ordered)]
        if skewed.size:
            ids = tuple(int(item) for item in skewed)
            yield LeftOut("items whose moves run backwards in time: no times", len(ids), ids)

    def headline(self) -> str:
        """The state in one line."""
        if self.kind.of_stream:
            return self.stream_headline()
        if self.kind is ReportKind.PORTFOLIO:
            return portfolio_headline(self.of)
        if self.kind is ReportKind.SERVICE:
            return service_headline(self.of)
        return governance_headline(self.of)

    def calm(self) -> str:
        """What to say where no fact asks for anything."""
        if self.kind.of_stream and not self.of.now.is_alive:
            known = self.of.data.last_activity is not None
            since = f"nothing moved since {day(self.day(self.of.now.end))}"
            return f"Nothing is judged: {since if known else 'nothing has moved yet'}."
        if self.kind is ReportKind.RETRO:
            return "Nothing changed by more than usual variation."
        return "Nothing needs attention."

    def stream_headline(self) -> str:
        """Finished, started, in progress, blocked, SLE."""
        of = self.of
        header = of.header
        flow = of.data.flow
        finished = int(((flow.finish > of.since) & (flow.finish <= of.until) & flow.finished).sum())
        started = int(((flow.start > of.since) & (flow.start <= of.until) & flow.started).sum())
        blocked = len({one.item for one in of.reader.open_blockers(of.stream, of.at)})
        sle = (
            ""
            if header.p85 is None
            else f"; 85% of what finished in 90 days took {count(header.p85, 'day')} at most"
        )
        return (
            f"{finished} finished, {started} started, {header.wip} in progress,"
            f" {blocked} blocked{sle}"
        )


def in_order(facts: Sequence[Fact], weights: Mapping[str, float]) -> list[Fact]:
    """Facts as they are read: the first page, then the others, each by severity and weight.

    All that asks for a decision comes first; which others are on the first page is a matter of
    weight alone. What is known comes last.
    """

    def by_severity(fact: Fact) -> tuple[int, float]:
        return -fact.severity, -weights[fact.id]

    quiet = [fact for fact in facts if fact.acknowledged is not None]
    loud = [fact for fact in facts if fact.acknowledged is None]
    loud.sort(key=lambda fact: (fact.severity < DECIDE, -weights[fact.id]))
    parts = (loud[:FIRST_PAGE], loud[FIRST_PAGE:], quiet)
    return [fact for part in parts for fact in sorted(part, key=by_severity)]


def fact_items(finding: Finding) -> tuple[int, ...]:
    """The ids of all items behind a finding."""
    return tuple(item for one in finding.evidence for item in one.items)
