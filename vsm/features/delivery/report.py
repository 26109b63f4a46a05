"""The report on one service: its five measures, idea to live, the rules that count them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from vsm.date_form import write_moment
from vsm.features.delivery.begin import begin_section
from vsm.features.delivery.results import (
    Delivery,
    Frequency,
    LeadTimes,
    Live,
    Rate,
    Recovery,
    Turn,
    Week,
)
from vsm.features.delivery.targets import Behind, BehindTarget
from vsm.features.delivery.text import (
    DASH,
    days,
    part_text,
    rate_figure,
    rate_sentence,
    recovery_figure,
    took,
    within,
)
from vsm.features.metrics.process_limits import Trend
from vsm.model.plural import count
from vsm.model.rules import local
from vsm.report.document import Cell, Column, Document, Part, Row, Section, Sentence, Table, row
from vsm.report.symbols import sparkline
from vsm.report.wording import day

ARROWS = {Trend.UP: "↑", Trend.DOWN: "↓"}
MOST_WEEKS = 26
"""Weeks of a sparkline, the last ones."""
NAMES = {
    "lead_time": "Change lead time",
    "frequency": "Deployments",
    "change_fail": "Change fail rate",
    "recovery": "Recovery time",
    "rework": "Rework rate",
    "live": "Idea to live",
}


def report(result: Delivery, plain: bool = False) -> Document:
    """The report on a service; ``plain`` draws sparklines in ASCII."""
    about = [window_text(result.window.first, result.window.last)]
    if result.team:
        about.insert(0, f"Team {result.team}")
    title = f"Delivery of {result.service}"
    if result.measures.frequency.known_since is None and not result.changes:
        first = Sentence(f"No deployment of {result.service} is on record")
        return Document(title, tuple(about), (Section("", (first,)), begin_section(result.service)))
    sections = (
        Section("", (_table(result, plain),)),
        *_trends(result),
        Section(NAMES["lead_time"], _lead_time(result.measures.lead_time)),
        Section(NAMES["frequency"], _frequency(result)),
        Section(NAMES["change_fail"], _change_fail(result)),
        Section(NAMES["recovery"], _recovery(result)),
        Section(NAMES["rework"], _rework(result)),
        Section(NAMES["live"], _live(result.live)),
        Section("Rules of this service", tuple(Sentence(t, "faint") for t in rule_lines(result))),
    )
    return Document(title, tuple(about), sections)


def window_text(first: date, last: date) -> str:
    """``1 Sep 2026 to 29 Nov 2026 (90 days)``."""
    return f"{day(first)} to {day(last)} ({count((last - first).days + 1, 'day')})"


def rule_lines(result: Delivery) -> list[str]:
    """What of the service decides how its figures are counted."""
    rules = result.rules
    lines = [f"Production: environments called {' or '.join(rules.production) or 'nothing'}"]
    patterns = f", or from {' or '.join(rules.unplanned)}" if rules.unplanned else ""
    lines.append(f"Unplanned: marked so, made because of an incident{patterns}")
    lines.append(
        "Cause of an incident without a link: the last deployment that ended up to"
        f" {rules.cause_hours:g} h before it was opened (inferred)"
    )
    if rules.repositories:
        lines.append(f"Repositories: {', '.join(rules.repositories)}")
    return lines


# -- the table -----------------------------------------------------------------------------


def _table(result: Delivery, plain: bool) -> Table:
    columns = (
        Column(""),
        Column("Figure"),
        Column("Range"),
        Column("Of"),
        Column("By week", shrinks=True),
    )
    return Table(columns, tuple(_rows(result, plain)))


def _rows(result: Delivery, plain: bool) -> Iterable[Row]:
    five, weeks = result.measures, result.weeks[-MOST_WEEKS:]
    lead, frequency, live = five.lead_time, five.frequency, result.live
    yield _row(
        "lead_time",
        (within(lead.p50), within(lead.p85, 85), count(lead.n, "change")),
        _spark([week.lead_time for week in weeks], lead.trend, plain),
        Behind.CHANGES,
    )
    yield _row(
        "frequency",
        (f"{frequency.per_week:.1f} a week", f"{frequency.per_day:.2f} a day", _runs(frequency.n)),
        _spark([week.deployments for week in weeks], frequency.trend, plain),
        Behind.DEPLOYMENTS,
    )
    yield _row(
        "change_fail",
        (*rate_figure(five.change_fail), _of(five.change_fail)),
        _spark(_shares(weeks, failed=True), five.change_fail.trend, plain),
        Behind.FAILED,
    )
    recovery = five.recovery
    is_open = f"{recovery.censored:,} not over" if recovery.censored else ""
    yield _row(
        "recovery",
        (recovery_figure(recovery), is_open, f"{recovery.n:,} failed"),
        _spark([week.recovery for week in weeks], None, plain),
        Behind.FAILED,
    )
    yield _row(
        "rework",
        (*rate_figure(five.rework), _of(five.rework)),
        _spark(_shares(weeks, failed=False), five.rework.trend, plain),
        Behind.UNPLANNED,
    )
    half = DASH if live.p50 is None else f"50% in {days(live.p50)}"
    most = DASH if live.p85 is None else f"85% in {days(live.p85)}"
    yield _row("live", (half, most, count(live.n, "item")), "", Behind.ITEMS)


def _row(name: str, texts: tuple[str, str, str], weeks: str, behind: Behind) -> Row:
    figure, span, of = texts
    return row(
        Cell(NAMES[name], "strong"),
        Cell(figure, "accent" if figure != DASH else "faint"),
        span,
        Cell(of, "faint"),
        Cell(weeks, "faint"),
        target=BehindTarget(NAMES[name], behind=behind),
    )


def _runs(n: int) -> str:
    return f"{n:,} deployed"


def _of(rate: Rate) -> str:
    return "not known" if rate.unknown else f"{rate.count:,} of {rate.n:,}"


def _shares(weeks: Sequence[Week], failed: bool) -> list[float | None]:
    return [
        (week.failed if failed else week.unplanned) / week.deployments if week.deployments else None
        for week in weeks
    ]


def _spark(values: Sequence[float | None], trend: Turn | None, plain: bool) -> str:
    """The weeks, and an arrow where the latest is a signal."""
    if len(values) < 2 or all(value is None for value in values):
        return ""
    arrow = "" if trend is None else f" {ARROWS[trend.direction]}"
    return f"{sparkline(values, plain)}{arrow}"


def _trends(result: Delivery) -> tuple[Section, ...]:
    """What each arrow rests on."""
    five = result.measures
    turns = (
        ("lead_time", five.lead_time.trend),
        ("frequency", five.frequency.trend),
        ("change_fail", five.change_fail.trend),
        ("rework", five.rework.trend),
    )
    lines = tuple(
        Sentence(
            f"{NAMES[name]} {ARROWS[turn.direction]} {turn.why}, week of"
            f" {day(result.weeks[-1].week)}",
            "warn",
        )
        for name, turn in turns
        if turn is not None
    )
    return (Section("Signals", lines),) if lines else ()


# -- one measure each ----------------------------------------------------------------------


def _lead_time(lead: LeadTimes) -> tuple[Part, ...]:
    behind = BehindTarget(NAMES["lead_time"], behind=Behind.CHANGES)
    if lead.n:
        text = (
            f"Half of {count(lead.n, 'change')} went live within {took(lead.p50)} of the first"
            f" commit, 85% within {took(lead.p85)}"
        )
    else:
        text = "No change of this window has a lead time"
    out: list[Part] = [Sentence(text, "text", behind)]
    parts = lead.parts
    named = (
        ("code", parts.code),
        ("pick-up", parts.pick_up),
        ("review", parts.review),
        ("deploy", parts.deploy),
    )
    if any(part.n for _, part in named):
        listed = ", ".join(part_text(name, part) for name, part in named)
        out.append(Sentence(f"Median of each part (and of how many): {listed}"))
    if lead.inferred:
        verb = "is" if lead.inferred == 1 else "are"
        text = f"{lead.inferred:,} of {lead.n:,} {verb} put down to a deployment by time (inferred)"
        out.append(Sentence(text, "warn"))
    left_out = [
        (lead.reverts, "revert", "reverts"),
        (lead.without_first_commit, "without a known first commit", "without a known first commit"),
    ]
    texts = [f"{n:,} {one if n == 1 else many}" for n, one, many in left_out if n]
    if texts:
        out.append(Sentence(f"Left out: {', '.join(texts)}", "faint"))
    if lead.impossible:
        out.append(
            Sentence(
                f"{count(len(lead.impossible), 'change')} left out: the order of moments is"
                " impossible",
                "warn",
                BehindTarget(str(Behind.IMPOSSIBLE), behind=Behind.IMPOSSIBLE),
            )
        )
    if lead.merged_before_review:
        text = f"{count(lead.merged_before_review, 'change')} merged before the first review"
        out.append(Sentence(text, "faint"))
    return tuple(out)


def _frequency(result: Delivery) -> tuple[Part, ...]:
    frequency = result.measures.frequency
    behind = BehindTarget(NAMES["frequency"], behind=Behind.DEPLOYMENTS)
    text = f"{count(frequency.n, 'deployment')} in {count(frequency.days, 'day')}"
    if not frequency.n:
        text = "No deployment in this window"
        if frequency.latest is not None:
            text += (
                f"; the last on record ended {write_moment(local(frequency.latest, result.zone))}"
            )
    elif frequency.days_a_week is not None:
        days_a_week = count(frequency.days_a_week, "day")
        text += f"; on {days_a_week} a week (median of {count(frequency.weeks, 'full week')})"
    if frequency.gap is not None:
        text += f"; half of the gaps are at most {took(frequency.gap)}"
    out: list[Part] = [Sentence(text, "text", behind)]
    out += [Sentence(note, "faint") for note in _not_counted(frequency)]
    since = frequency.known_since
    if since is not None and local(since, result.zone).date() > result.window.first:
        first = day(local(since, result.zone).date())
        text = f"The first on record ended on {first}: days before it count as days without one"
        out.append(Sentence(text, "warn"))
    return tuple(out)


def _not_counted(frequency: Frequency) -> list[str]:
    """What is no deployment of its own, and why."""
    out = []
    if frequency.partly:
        out.append(f"{frequency.partly:,} of them got there only partly")
    if frequency.joined:
        out.append(f"{count(frequency.joined, 'run')} within 10 minutes of another counted with it")
    gone = [
        f"{n:,} {word}"
        for n, word in ((frequency.failed_runs, "failed"), (frequency.cancelled_runs, "cancelled"))
        if n
    ]
    if gone:
        runs = "run" if frequency.failed_runs + frequency.cancelled_runs == 1 else "runs"
        out.append(f"Not counted: {' and '.join(gone)} {runs} that reached nobody")
    if frequency.elsewhere:
        out.append(f"Not counted: {count(frequency.elsewhere, 'run')} to other environments")
    return out


def _change_fail(result: Delivery) -> tuple[Part, ...]:
    rate = result.measures.change_fail
    behind = BehindTarget(NAMES["change_fail"], behind=Behind.FAILED)
    out: list[Part] = [_rate(rate, "caused an incident", behind)]
    if rate.inferred:
        hours = f"{result.rules.cause_hours:g} h"
        text = f"{rate.inferred:,} of {rate.count:,} by inferred links alone: the last deployment"
        out.append(Sentence(f"{text} up to {hours} before", "warn"))
    if result.incidents:
        without = sum(one.link is None or bool(one.why_not) for one in result.incidents)
        text = count(len(result.incidents), "incident")
        if without:
            text += f", {without:,} of them put down to no deployment"
        target = BehindTarget(str(Behind.INCIDENTS), behind=Behind.INCIDENTS)
        out.append(Sentence(text, "text", target))
    return tuple(out)


def _rate(rate: Rate, words: str, behind: BehindTarget) -> Sentence:
    if rate.unknown:
        return Sentence(f"Not known: {rate.unknown}", "faint")
    if not rate.n:
        return Sentence("No deployment in this window", "faint")
    return Sentence(rate_sentence(rate, words), "text", behind)


def _recovery(result: Delivery) -> tuple[Part, ...]:
    recovery = result.measures.recovery
    if result.measures.change_fail.unknown:
        return (Sentence(f"Not known: {result.measures.change_fail.unknown}", "faint"),)
    out: list[Part] = []
    if recovery.n:
        out.append(_recovered(recovery))
    elif not recovery.impossible:
        out.append(Sentence("No deployment failed in this window", "faint"))
    if recovery.impossible:
        text = f"{len(recovery.impossible):,} left out: over before the deployment had ended"
        target = BehindTarget(str(Behind.IMPOSSIBLE), behind=Behind.IMPOSSIBLE)
        out.append(Sentence(text, "warn", target))
    return tuple(out)


def _recovered(recovery: Recovery) -> Sentence:
    behind = BehindTarget(NAMES["recovery"], behind=Behind.FAILED)
    failed = count(recovery.n, "failed deployment")
    if recovery.more_than is not None:
        over = f"{recovery.censored:,} of {failed} {'is' if recovery.censored == 1 else 'are'}"
        least = took(recovery.more_than, down=True)
        text = f"{over} not over: half take more than {least}, and how much more is not known yet"
        return Sentence(text, "warn", behind)
    text = f"Half of {failed} were over within {took(recovery.p50)}"
    if recovery.n == 1:
        text = f"1 failed deployment was over within {took(recovery.p50)}"
    if recovery.censored:
        text += f"; {recovery.censored:,} not over, counted with the time so far"
    return Sentence(text, "text", behind)


def _rework(result: Delivery) -> tuple[Part, ...]:
    rework = result.measures.rework
    behind = BehindTarget(NAMES["rework"], behind=Behind.UNPLANNED)
    return (_rate(rework, "was unplanned" if rework.count == 1 else "were unplanned", behind),)


def _live(live: Live) -> tuple[Part, ...]:
    out: list[Part] = []
    if not live.n and not live.impossible:
        return (Sentence("No deployment of this window names an item", "faint"),)
    if live.n:
        out += _live_times(live)
    if live.impossible:
        text = f"{count(len(live.impossible), 'item')} left out: the order is impossible"
        target = BehindTarget(str(Behind.IMPOSSIBLE), behind=Behind.IMPOSSIBLE)
        out.append(Sentence(text, "warn", target))
    return tuple(out)


def _live_times(live: Live) -> list[Part]:
    behind = BehindTarget(NAMES["live"], behind=Behind.ITEMS)
    text = (
        f"Half of {count(live.n, 'item')} went live within {days(live.p50)} of creation,"
        f" 85% within {days(live.p85)}"
    )
    out: list[Part] = [Sentence(text, "text", behind)]
    if live.committed:
        text = (
            f"From commitment ({live.committed:,}): half within {days(live.p50_committed)}, 85%"
            f" within {days(live.p85_committed)}"
        )
        out.append(Sentence(text))
    if live.with_commit:
        text = f"From creation to the first commit ({live.with_commit:,}): half within"
        out.append(Sentence(f"{text} {days(live.before_first_commit)}"))
    if live.begun_before:
        text = f"{count(live.begun_before, 'item')} created after the first commit"
        out.append(Sentence(text, "faint"))
    return out
