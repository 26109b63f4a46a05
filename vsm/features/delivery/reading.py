"""Delivery of services, from what a reader knows: the list, and one of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from vsm.features.delivery.figures import median
from vsm.features.delivery.known import Known, known_at
from vsm.features.delivery.measuring import measure
from vsm.features.delivery.results import (
    Deliveries,
    Delivery,
    Impossible,
    Live,
    LiveItem,
    Rules,
    ServiceRow,
)
from vsm.features.delivery.rows import (
    ItemTimes,
    change_rows,
    deployment_rows,
    incident_rows,
    items_in,
    live_items,
)
from vsm.features.metrics.basic_results import Window as Days
from vsm.flow.window import WINDOW_DAYS, Window, window
from vsm.model.delivery import Service
from vsm.model.rules import DAY, local
from vsm.reader import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The days and the moment that are asked about.

    Without ``first`` it is a window of so many ``days``, or with ``None`` of them all that is on
    record. ``present`` says that the moment is now.
    """

    first: date | None = None
    last: date | None = None
    days: int | None = WINDOW_DAYS
    as_of: int
    present: bool


def zone_of_service(reader: Reader, service: Service) -> str:
    """The zone of the stream whose items it delivers, else UTC."""
    zones = {stream.id: stream.zone for stream in reader.all_streams()}
    return zones.get(service.only or 0, "UTC")


def read_known(reader: Reader, service: Service, asked: Asked) -> Known:
    """What is on record of a service up to the moment."""
    at = None if asked.present else asked.as_of
    return known_at(
        service,
        reader.deployments(service.id, at=at),
        reader.incidents(service.id, at=at),
        reader.changes_of_service(service.id, at=at),
        asked.as_of,
    )


def _window(asked: Asked, zone: str, known: Iterable[Known]) -> Window:
    first = asked.first
    if first is None and asked.days is not None:
        first = (asked.last or local(asked.as_of, zone).date()) - timedelta(days=asked.days - 1)
    elif first is None:
        began = [one.deployments[0].finished_at for one in known if one.deployments]
        first = min((local(at, zone).date() for at in began), default=None)
    return window(first, asked.last, zone, asked.as_of)


def read_deliveries(reader: Reader, asked: Asked, zone: str) -> Deliveries:
    """All services by name, in the same days; ``zone`` is that of the window without ``first``."""
    at = None if asked.present else asked.as_of
    teams = _teams(reader)
    known = [read_known(reader, service, asked) for service in reader.services(at)]
    span = _window(asked, zone, known)
    rows = []
    for one in known:
        own = window(span.first, span.last, zone_of_service(reader, one.service), asked.as_of)
        measures, weeks = measure(one, own)
        rows.append(
            ServiceRow(
                id=one.service.id,
                service=one.service.name,
                team=teams.get(one.service.team or 0),
                measures=measures,
                weeks=weeks,
            )
        )
    return Deliveries(as_of=asked.as_of, window=Days(span.first, span.last), services=tuple(rows))


def read_delivery(reader: Reader, number: int, asked: Asked) -> Delivery | None:
    """The delivery of one service; ``None`` where it was not on record then."""
    at = None if asked.present else asked.as_of
    service = next((one for one in reader.services(at) if one.id == number), None)
    if service is None:
        return None
    zone = zone_of_service(reader, service)
    known = read_known(reader, service, asked)
    span = _window(asked, zone, (known,))
    measures, weeks = measure(known, span)
    deployments, changes = deployment_rows(known, span), change_rows(known, span)
    incidents = incident_rows(known, span)
    items = live_items(known, span, _times(reader, items_in(known, span), asked))
    named = {row.item for row in items} | {row.item for row in incidents if row.item is not None}
    named |= {item for row in deployments for item in row.items}
    named |= {item for row in changes for item in row.items}
    facts = reader.item_facts(named)
    return Delivery(
        keys=tuple((item, fact.key) for item, fact in facts.items()),
        titles=tuple((item, fact.title) for item, fact in facts.items()),
        id=service.id,
        service=service.name,
        team=_teams(reader).get(service.team or 0),
        zone=zone,
        as_of=asked.as_of,
        window=Days(span.first, span.last),
        rules=Rules(
            service.environments, service.unplanned, service.cause_hours, service.repositories
        ),
        measures=measures,
        live=idea_to_live(items),
        weeks=weeks,
        deployments=deployments,
        changes=changes,
        incidents=incidents,
        items=items,
    )


def _teams(reader: Reader) -> dict[int, str]:
    return {team.id: team.name for team in reader.teams()}


def _times(reader: Reader, items: Sequence[int], asked: Asked) -> dict[int, ItemTimes]:
    listed = reader.listed_items(items, asked.as_of, not asked.present) if items else []
    return {one.card.id: ItemTimes(one.card.title, one.created, one.started) for one in listed}


def idea_to_live(items: Collection[LiveItem]) -> Live:
    """The cycle time of items from creation, and from commitment, until they were live."""
    created = [one.from_creation for one in items if one.from_creation is not None]
    committed = [one.from_commitment for one in items if one.from_commitment is not None]
    commits = [
        (one.first_commit_at - one.created_at) / DAY
        for one in items
        if not one.impossible and one.first_commit_at is not None
    ]
    before = [days for days in commits if days >= 0]
    return Live(
        n=len(created),
        p50=median(created),
        p85=median(created, 85),
        committed=len(committed),
        p50_committed=median(committed),
        p85_committed=median(committed, 85),
        with_commit=len(before),
        before_first_commit=median(before),
        begun_before=len(commits) - len(before),
        impossible=tuple(
            Impossible(what=one.title, why=one.impossible) for one in items if one.impossible
        ),
    )
