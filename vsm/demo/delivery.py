"""Delivery in the demo: three services with their changes, releases and incidents.

Cards leave twice a week, the app every second week and so rarely that shares say little, the
platform whenever something is ready. All follows from what the simulation does to items.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zlib import crc32

from vsm.demo import acts as a
from vsm.demo.plan import APP, CARDS, PLATFORM, Line
from vsm.model import command as c
from vsm.model.delivery import CauseLink, DeploymentResult
from vsm.model.delivery_entities import INCIDENT, SERVICE
from vsm.model.rules import to_micros

RELEASE_WEEKS = 2
"""The app is released every second week."""
_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class DemoService:
    """A service of a line: the stages in which its items are built, proposed, merged and live.

    ``words`` are in titles of incidents that are its own.
    """

    line: Line
    name: str
    team: str
    environment: str
    stages: tuple[str, str, str, str]
    words: tuple[str, ...]


SERVICES = (
    DemoService(
        CARDS,
        "cards",
        "Cards",
        "production",
        ("Build", "To review", "Test", "Done"),
        ("Cash machines", "Fraud engine", "Partner", "Rate limit", "embosser", "Webhooks"),
    ),
    DemoService(
        APP,
        "mobile-app",
        "Mobile",
        "app-store",
        ("In progress", "Code review", "Acceptance", "Done"),
        ("Log-in", "Feature flags"),
    ),
    DemoService(
        PLATFORM,
        "ledger-platform",
        "Operations",
        "prod-eu",
        ("Build", "Roll out", "Roll out", "Closed"),
        ("Batch", "Postings", "Database", "Interest run", "Instant payments", "Direct debits"),
    ),
)
_BY_LINE = {one.line.code: (number, one) for number, one in enumerate(SERVICES, 1)}
_HELPED = ("Diagnose", "Build")
"""Stages in which users are helped: what is left is to keep it from coming back."""


def _part(key: str, what: str) -> float:
    """A number below 1 that stays the same for an item and a purpose."""
    return crc32(f"{key} {what}".encode()) % 1000 / 1000


def _commit(key: str) -> str:
    return f"{crc32(key.encode()):08x}0"


def request_of(piece: a.Piece) -> str:
    """The merge request in which an item was built."""
    return f"{piece.line.code}!{crc32(piece.key.encode()) % 9000}"


def services(streams: Mapping[str, int], teams: Mapping[str, int]) -> Iterator[c.Command]:
    """The commands that add the services."""
    for one in SERVICES:
        yield c.AddEntity(
            SERVICE,
            {
                "name": one.name,
                "team": teams[one.team],
                "only": streams[one.line.code],
                "repositories": (f"bank/{one.name}",),
                "environments": ("production", "prod-*", "app-store"),
            },
        )


def last_incident(moments: Iterable[a.Moment]) -> str:
    """The key of the last incident of any service."""
    added = (act.piece for one in moments for act in one.acts if isinstance(act, a.Add))
    incidents = [piece for piece in added if piece.type == "incident"]
    own = [one.key for one in incidents if any(_is_of(s, one) for s in SERVICES)]
    return own[-1] if own else ""


def _is_of(service: DemoService, piece: a.Piece) -> bool:
    return any(word in piece.title for word in service.words)


@dataclass(slots=True)
class _Course:
    """When an item was begun and proposed first."""

    begun: datetime | None = None
    proposed: datetime | None = None


@dataclass(slots=True)
class Delivery:
    """Turns moments of the simulation into what is recorded of delivery, moment by moment."""

    open_incident: str
    """The key of the incident that is not over."""
    _courses: dict[str, _Course] = field(default_factory=dict)
    _incidents: dict[str, tuple[int, DemoService, datetime]] = field(default_factory=dict)
    _deployments: int = 0
    _last: dict[str, int] = field(default_factory=dict)
    """The last deployment of each service, by number."""
    _waiting: list[a.Piece] = field(default_factory=list)
    """Items of the app that wait for a release."""
    _released: date | None = None
    _changes_of_app: int = 0

    def commands(
        self, entry: a.Moment, ids: Mapping[str, int], *, names_items: bool
    ) -> list[c.Command]:
        """What is recorded with a moment.

        With ``names_items`` deployments of cards name items, which gives them evidence; else
        changes alone do.
        """
        out: list[c.Command] = []
        live: dict[str, list[a.Piece]] = {}
        for act in entry.acts:
            if isinstance(act, a.Add) and act.piece.type == "incident":
                out += self._opened(act.piece, entry.at, ids)
            elif isinstance(act, a.Move):
                out += self._moved(act, entry.at, ids)
                _, service = _BY_LINE[act.line.code]
                if act.to == service.stages[3]:
                    live.setdefault(act.line.code, []).append(act.piece)
        self._waiting += live.pop(APP.code, [])
        if self._is_release(entry.at):
            live[APP.code], self._waiting = self._waiting, []
            self._released = entry.at.date()
        for code, pieces in live.items():
            number, service = _BY_LINE[code]
            is_named = names_items and code == CARDS.code
            named = [ids[one.key] for one in pieces] if is_named else []
            out += self._deploy(number, service, pieces, named, entry.at)
        return out

    def _is_release(self, at: datetime) -> bool:
        week = at.isocalendar().week
        is_day = at.weekday() == 2 and week % RELEASE_WEEKS == 0 and self._released != at.date()
        return is_day and bool(self._waiting)

    # -- changes -------------------------------------------------------------------------

    def _moved(self, act: a.Move, at: datetime, ids: Mapping[str, int]) -> Iterator[c.Command]:
        number, service = _BY_LINE[act.line.code]
        build, propose, merge, _ = service.stages
        key = act.piece.key
        course = self._courses.setdefault(key, _Course())
        if act.to == build:
            course.begun = course.begun or at
        if act.to == propose and course.begun is not None:
            kept = 1.0 if propose != merge else 0.5 + 0.4 * _part(key, "proposed")
            course.proposed = course.proposed or _between(course.begun, at, kept)
        if act.to == merge and course.begun is not None and course.proposed is not None:
            yield self._change(number, service, act.piece, course, at, ids)
        if key in self._incidents and act.to in _HELPED:
            yield from self._resolved(key, at)

    def _change(
        self,
        number: int,
        service: DemoService,
        piece: a.Piece,
        course: _Course,
        at: datetime,
        ids: Mapping[str, int],
    ) -> c.Command:
        assert course.begun is not None and course.proposed is not None
        key = piece.key
        first = _between(course.begun, course.proposed, 0.1 + 0.5 * _part(key, "first"))
        reviewed = _between(course.proposed, at, 0.2 + 0.7 * _part(key, "reviewed"))
        if service.line is APP:
            self._changes_of_app += 1
            if self._changes_of_app % 40 == 7:  # its commits were written anew after the merge
                first = min(at, course.proposed + _HOUR)
        return c.RecordChange(
            number,
            request_of(piece),
            to_micros(first),
            to_micros(course.proposed),
            to_micros(reviewed),
            to_micros(at),
            (_commit(key),),
            (ids[key],),
        )

    # -- deployments ---------------------------------------------------------------------

    def _deploy(
        self,
        number: int,
        service: DemoService,
        pieces: Iterable[a.Piece],
        items: Iterable[int],
        at: datetime,
    ) -> Iterator[c.Command]:
        listed = list(pieces)
        self._deployments += 1
        source = f"{service.name}-{self._deployments}"
        if _part(source, "failed") < 0.06:  # it reached nobody; the next try did
            yield self._run(number, service, f"{source}-1", DeploymentResult.FAILURE, at, 40)
            self._deployments += 1
        yield self._run(
            number,
            service,
            source,
            DeploymentResult.SUCCESS,
            at,
            8,
            commits=tuple(_commit(one.key) for one in listed),
            items=tuple(items),
            ref="main" if service.line is not APP else f"release/{at:%y.%V}",
        )
        self._last[service.name] = self._deployments

    def _run(
        self,
        number: int,
        service: DemoService,
        source: str,
        result: DeploymentResult,
        at: datetime,
        minutes: int,
        **more: object,
    ) -> c.RecordDeployment:
        begun = at - minutes * _MINUTE - _part(source, "took") * 6 * _MINUTE
        ended = at if result is DeploymentResult.SUCCESS else begun + 5 * _MINUTE
        values: dict[str, object] = {
            "finished_at": to_micros(ended),
            "started_at": to_micros(begun),
            "source_id": source,
            **more,
        }
        return c.RecordDeployment(number, service.environment, result, **values)  # type: ignore[arg-type]

    # -- incidents -----------------------------------------------------------------------

    def _opened(self, piece: a.Piece, at: datetime, ids: Mapping[str, int]) -> Iterator[c.Command]:
        for number, service in _BY_LINE.values():
            if _is_of(service, piece):
                self._incidents[piece.key] = (len(self._incidents) + 1, service, at)
                cause = self._last.get(service.name) if service.line is APP else None
                yield c.RecordIncident(
                    number,
                    piece.key,
                    to_micros(at),
                    piece.title,
                    "high" if piece.service == "expedite" else "medium",
                    caused_by=cause,
                    link=None if cause is None else CauseLink.NAMED,
                    work_item=ids[piece.key],
                )
                return

    def _resolved(self, key: str, at: datetime) -> Iterator[c.Command]:
        number, service, opened = self._incidents.pop(key)
        self._incidents[f"{key} over"] = (number, service, opened)
        if key == self.open_incident:
            return
        over = min(at, opened + (0.5 + 6.5 * _part(key, "over")) * _HOUR)
        is_outside = service.line is PLATFORM and _part(key, "outside") < 0.4
        values = {"resolved_at": to_micros(over), "no_cause": is_outside}
        yield c.ChangeEntity(INCIDENT, number, values)
        if service.line is CARDS and _part(key, "hotfix") < 0.6:
            self._deployments += 1
            source = f"{service.name}-{self._deployments}"
            yield self._run(
                _BY_LINE[CARDS.code][0],
                service,
                source,
                DeploymentResult.SUCCESS,
                over,
                6,
                because=number,
                ref=f"hotfix/{key.casefold()}",
            )
            self._last[service.name] = self._deployments


def _between(start: datetime, end: datetime, part: float) -> datetime:
    return start + part * (end - start)
