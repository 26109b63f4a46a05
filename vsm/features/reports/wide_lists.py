"""The lists below the facts of reports on all streams: initiatives, services, controls."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor

from vsm.features.delivery.results import Rate
from vsm.features.overview.reading import read_row
from vsm.features.portfolio.results import InitiativeRow
from vsm.features.reports.results import Block, Figure, Kind, Listed, Value
from vsm.features.reports.sources import Sources
from vsm.model.control.control import Verdict
from vsm.model.plural import count
from vsm.model.query_tree import Query
from vsm.model.standard_entities import ADOPTION
from vsm.report.wording import days, listed, percent

PMO_TEMPLATE = "pmo-office"
"""The template of streams whose items are requests to the PMO."""


_INITIATIVES = (
    Figure("state", "State", Kind.TEXT),
    Figure("finished", "Done", Kind.COUNT, wide=130),
    Figure("open", "Open", Kind.COUNT, wide=130),
    Figure("expected", "More", Kind.COUNT, wide=130),
    Figure("p50", "50% by", Kind.DAY),
    Figure("p85", "85% by", Kind.DAY),
    Figure("need_by", "Needed by", Kind.DAY, wide=110),
    Figure("odds", "Odds", Kind.ODDS),
    Figure("odds_before", "Before", Kind.ODDS, wide=100),
    Figure("return", "ROI", Kind.RETURN),
    Figure("cd3", "CD3", Kind.AMOUNT, wide=110),
)
_SHARES = (
    Figure("share", "Share", Kind.SHARE),
    Figure("intended", "Intended", Kind.SHARE),
)
_LOADS = (
    Figure("utilisation", "Used", Kind.SHARE),
    Figure("earliest", "85% from", Kind.DAY),
    Figure("latest", "85% until", Kind.DAY),
)


def portfolio_lists(of: Sources) -> Iterator[Block]:
    """Initiatives, objectives with their share of work, teams by load."""
    portfolio = of.portfolio
    then = {row.id: row for row in of.portfolio_then.initiatives}
    lines = tuple(
        _initiative(row, then.get(row.id)) for row in portfolio.initiatives if not row.state.is_over
    )
    unit = f" in {portfolio.currency} a week" if portfolio.currency else ""
    about = (
        f"by cost of delay divided by duration (CD3){unit}; more: items that are expected and not"
        " written down; odds: of the day it is needed by"
    )
    yield Block("Initiatives", about, "", lines, columns=_INITIATIVES)
    shares = tuple(
        Listed(None, one.name, figures=(("share", _share(one.share)), ("intended", one.intended)))
        for one in portfolio.objectives
        if not one.closed
    )
    about = "share of the work of the last 90 days, and the one intended"
    yield Block("Objectives", about, "", shares, columns=_SHARES)
    about = "share of its time that a team uses, and when that is likely to reach 85% (80% sure)"
    yield Block("Load of teams", about, "", tuple(_loads(of)), columns=_LOADS)
    yield Block("Dependencies between teams", "", "item-days waited", tuple(_waits(of)))


def _loads(of: Sources) -> Iterator[Listed]:
    """Teams whose load is known, the most loaded first."""
    teams = () if of.capacity is None else of.capacity.teams
    for team in sorted(teams, key=lambda team: -(team.utilisation or 0)):
        if team.utilisation is not None:
            ahead = None if team.is_saturated else team.saturation
            yield Listed(
                None,
                team.name,
                figures=(
                    ("utilisation", round(team.utilisation, 4)),
                    ("earliest", None if ahead is None else ahead.earliest),
                    ("latest", None if ahead is None else ahead.latest),
                ),
            )


def portfolio_headline(of: Sources) -> str:
    """Initiatives under way, what is to be asked, decisions to look at again."""
    portfolio = of.portfolio
    asked = sum(row.stop_card is not None for row in portfolio.initiatives)
    due = sum(row.decision_due for row in portfolio.initiatives)
    most = portfolio.under_way_at_most
    return (
        f"{count(portfolio.under_way, 'initiative')} under way"
        f"{'' if most is None else f' (at most {most} should be)'}, {asked} to ask whether to go"
        f" on, {count(due, 'decision')} to look at again"
    )


def service_headline(of: Sources) -> str:
    """Deployments and incidents of the window."""
    at = None if of.present else of.until
    deployments = incidents = 0
    services = of.reader.services(at)
    for service in services:
        for one in of.reader.deployments(service.id, at=at):
            deployments += of.since < one.finished_at <= of.until
        for other in of.reader.incidents(service.id, at=at):
            incidents += of.since < other.opened_at <= of.until
    return (
        f"{count(len(services), 'service')}: {count(deployments, 'deployment')},"
        f" {count(incidents, 'incident')} in the window"
    )


def governance_headline(of: Sources) -> str:
    """Checks of the window, and what came of them."""
    checked = failed = refused = urgent = 0
    for stream in of.streams_here:
        for verdict in of.reader.evaluations(stream.id, since=of.since + 1, until=of.until):
            checked += 1
            failed += verdict.verdict is Verdict.FAIL
            refused += verdict.is_refused
            urgent += bool(verdict.emergency)
    if not checked:
        return "No checks in the window"
    return (
        f"{count(checked, 'check')} in the window: {failed} failed, {refused} refused,"
        f" {urgent} past a gate as an emergency"
    )


def _initiative(row: InitiativeRow, before: InitiativeRow | None) -> Listed:
    dates = row.forecast
    why = dates.cannot
    figures: tuple[tuple[str, Value], ...] = (
        ("state", str(row.state)),
        ("finished", row.finished),
        ("open", row.items),
        ("expected", row.more_items),
        ("p50", dates.p50),
        ("p85", dates.p85),
        ("need_by", row.need_by),
        ("odds", _rounded(dates.need_by_odds)),
        ("odds_before", _rounded(None if before is None else before.forecast.need_by_odds)),
        ("return", _share(None if row.roi is None else row.roi.likely)),
        ("cd3", None if row.cd3 is None else round(row.cd3, 2)),
    )
    note = f"no dates: {why}" if why else ""
    return Listed(None, row.key, stage=str(row.state), note=note, figures=figures)


def _share(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _rounded(share: float | None) -> float | None:
    """A share with four digits, rounded down as odds are where they are shown."""
    return None if share is None else floor(share * 10_000 + 1e-9) / 10_000


def _waits(of: Sources) -> Iterator[Listed]:
    for pair in of.dependencies.matrix:
        if not pair.waiting and not pair.blocking:
            continue
        name = f"{pair.waiting or 'No team'} waits for {pair.blocking or 'no team'}"
        yield Listed(None, name, days=pair.days, note=count(pair.open, "open dependency")
                     if pair.open == 1 else f"{pair.open} open dependencies")  # fmt: skip


def service_lists(of: Sources) -> Iterator[Block]:
    """The five measures of each service."""
    lines = []
    for service in of.deliveries.services:
        measures = service.measures
        hours, every = measures.lead_time, measures.frequency
        recovery = measures.recovery
        parts = [
            f"lead time {_time(hours.p50)} (median of {hours.n})"
            if hours.p50 is not None
            else "no lead time",
            f"{every.per_week:.1f} deployments a week",
            _rate("change fail rate", measures.change_fail),
            "no recovery" if recovery.p50 is None else f"recovery {_time(recovery.p50)} (median)",
            _rate("unplanned", measures.rework),
        ]
        lines.append(Listed(None, service.service, team=service.team, note="; ".join(parts)))
    yield Block("Services", "the five measures of the last 90 days", "", tuple(lines))
    yield Block(
        "Failed deployments", "of the window, with what they caused", "", tuple(_failed(of))
    )


def _failed(of: Sources) -> Iterator[Listed]:
    from vsm.features.delivery.reading import Asked, read_delivery

    asked = Asked(as_of=of.until, present=of.present)
    for service in of.deliveries.services:
        delivery = read_delivery(of.reader, service.id, asked)
        for row in () if delivery is None else delivery.deployments:
            inside = of.since < row.finished_at <= of.until
            if not inside or not (row.incidents or row.is_inferred):
                continue
            caused = f": {listed(list(row.incidents))}" if row.incidents else ""
            inferred = " (inferred)" if row.is_inferred else ""
            again = ", not recovered yet"
            if row.recovered_at is not None and row.recovery is not None:
                again = f", recovered after {_time(row.recovery)}"
            name = f"{service.service}, deployment {row.id}"
            yield Listed(None, name, note=f"failed{inferred}{caused}{again}")


def _time(hours: float) -> str:
    """Hours as ``6.5 hours``, from two days on as days."""
    return days(hours / 24) if hours >= 48 else f"{hours:.1f} hours"


def _rate(name: str, rate: Rate) -> str:
    if rate.rate is None:
        return f"{name} not known"
    return (
        f"{name} {percent(rate.rate)} ({percent(rate.low)} to {percent(rate.high)},"
        f" {rate.count} of {rate.n})"
    )


def governance_lists(of: Sources) -> Iterator[Block]:
    """Requests to the PMO first, then the controls of every stream."""
    from vsm.features.governance.reading import read_governance, read_pmo_queue

    requests, controls, unchecked = [], [], list[str]()
    for stream in of.streams_here:
        queue = read_pmo_queue(of.reader, stream, of.until)
        if queue.asked:
            answered = (
                ""
                if queue.median_days is None
                else (f", answers take {queue.median_days:.1f} days (median)")
            )
            requests.append(
                Listed(
                    None,
                    f"Waivers, {stream.name}",
                    days=queue.oldest_open_days,
                    note=f"{queue.waiting} open of {queue.asked} asked{answered}",
                )
            )
        result = read_governance(of.reader, stream, of.until, past=not of.present)
        for row in result.controls:
            if row.mode.value == "off" and not row.checked:
                continue
            if not row.checked:
                unchecked.append(f"{row.control} ({stream.name}, {row.mode})")
                continue
            note = f"{row.mode}: {row.failed} of {row.checked} failed, {row.refused} refused"
            note += f", {row.indeterminate} not known" if row.indeterminate else ""
            note += f", {row.waived} waived" if row.waived else ""
            note += (
                f", {count(row.emergencies, 'emergency')}"
                if row.emergencies == 1
                else (f", {row.emergencies} emergencies" if row.emergencies else "")
            )
            controls.append(
                Listed(None, row.control, stage=stream.name, days=row.wait_days, note=note)
            )
    requests += _pmo_streams(of)
    if unchecked:
        controls.append(Listed(None, "Not checked in 30 days", note=listed(unchecked)))
    yield Block("Requests to the PMO", "", "days that the oldest has waited", tuple(requests))
    yield Block(
        "Controls", "the last 30 days", "item-days of wait that gates added", tuple(controls)
    )


def _pmo_streams(of: Sources) -> Iterator[Listed]:
    """Streams that follow the template of the PMO's own work, with its cycle time."""
    adopted = {one.only for one in of.reader.entities(ADOPTION) if one.standard == PMO_TEMPLATE}
    for stream in of.streams_here:
        if stream.id not in adopted:
            continue
        header = of.reader.header_at(stream, of.until, present=of.present)
        row = read_row(of.reader, stream, of.until, Query(), past=not of.present)
        takes = "" if header.p85 is None else f", 85% are answered within {header.p85} days"
        oldest = row.oldest
        yield Listed(
            None if oldest is None else oldest.id,
            stream.name if oldest is None else f"{stream.name}: {oldest.title}",
            days=None if oldest is None else float(oldest.age),
            note=f"{header.wip} under way{takes}",
        )
