"""Records the simulation in a database, through a session for each person.

It is the same :class:`vsm.session.Session` that users have, with a clock of the demo's time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from functools import singledispatchmethod
from pathlib import Path
from typing import Any

from vsm.demo import acts as a
from vsm.demo.calendar import first_day, holidays, moment, working_days
from vsm.demo.delivery import Delivery, last_incident, services
from vsm.demo.external_events import simulate
from vsm.demo.futures import FuturePlan, days_of_futures, future_now
from vsm.demo.governance import (
    ASKS,
    PERSONAL,
    PMO,
    SINCE_DAYS,
    Decision,
    controls,
    days_of_decisions,
    evidence_of,
    mode,
    standards,
    waiver,
)
from vsm.demo.people import ALSO_IN, TEAMS
from vsm.demo.pins import PinPlan, days_of_pins, pin_now
from vsm.demo.plan import APP, CARDS, LINES, SEED, Line, Station
from vsm.demo.portfolio import STEERS, days_of_portfolio
from vsm.demo.portfolio import Step as PortfolioStep
from vsm.demo.portfolio import commands as portfolio_commands
from vsm.demo.reports import Monday, days_of_reports, reports_now
from vsm.demo.sprints import OWNER, SprintRun, Step, steps
from vsm.demo.sprints import TEAM as SPRINT_TEAM
from vsm.demo.team_plans import TEAM_FIELDS, PlanEntry, first_allocations, later_plans
from vsm.demo.workshops import Workshop, commands_of, days_of_workshops
from vsm.model import command as c
from vsm.model.entities import MEMBER, TEAM
from vsm.model.errors import Refusal
from vsm.model.group_limit import GroupLimit
from vsm.model.item import ClassOfService
from vsm.model.rules import to_micros
from vsm.model.stream import EdgeKind, LimitKind
from vsm.reader import Reader
from vsm.session import ChangeGroup, Session

SITTING = "demo"
"""Prefix of the sessions in the journal that created the demo: ``demo SEED DATE``."""

Progress = Callable[[int, int], None]


def make_demo(
    path: Path, *, today: date, seed: int = SEED, progress: Progress | None = None
) -> None:
    """Create the demo database, whose history ends on the last working day before ``today``.

    ``progress`` gets (moments done, moments in all).
    """
    moments = simulate(seed, today)
    with ExitStack() as stack:
        recorder = Recorder(path, f"{SITTING} {seed} {today.isoformat()}", stack)
        recorder.create_organisation(today)
        pins, plans = days_of_pins(today), later_plans(today)
        futures = days_of_futures(today)
        workshops = days_of_workshops(today)
        decisions, sprints = days_of_decisions(today), steps(today)
        portfolio, reports = days_of_portfolio(today), days_of_reports(today)
        recorder.governed_from = today - timedelta(days=SINCE_DAYS)
        recorder.delivery = Delivery(last_incident(moments))
        for n, entry in enumerate(moments, 1):
            recorder.record(entry)
            while workshops and workshops[0][0] <= entry.at.date():
                recorder.hold(workshops.pop(0)[1], entry)
            while pins and pins[0][0] <= entry.at.date():
                recorder.pin(pins.pop(0)[1], entry)
            while plans and plans[0].on <= entry.at.date():
                recorder.plan_people([plans.pop(0)], entry.at)
            while futures and futures[0][0] <= entry.at.date():
                recorder.draft(futures.pop(0)[1], entry)
            while decisions and decisions[0][0] <= entry.at.date():
                recorder.govern(decisions.pop(0)[1], today, entry)
            while portfolio and portfolio[0][0] <= entry.at.date():
                recorder.steer(portfolio.pop(0)[1], today, entry)
            while reports and reports[0].on <= entry.at.date():
                recorder.report(reports.pop(0), entry)
            while sprints and sprints[0].at <= entry.at:
                recorder.sprint(sprints.pop(0), entry)
            if progress is not None:
                progress(n, len(moments))
        recorder.sprint(None, moments[-1])
        recorder.ask_waiver(moments[-1])
        recorder.limit_together(moments[-1])


class Recorder:
    """Turns acts into commands and does them as the people who acted."""

    def __init__(self, path: Path, sitting: str, stack: ExitStack) -> None:
        self.path, self.sitting = path, sitting
        self._stack = stack
        self._sessions: dict[str, Session] = {}
        self._now = 0
        self._teams: dict[str, int] = {}
        self._members_by_login: dict[str, int] = {}
        self._streams: dict[str, int] = {}
        self._stages: dict[tuple[str, str], int] = {}
        self._ids: dict[str, int] = {}
        self.governed_from = date.max
        """The day from which evidence is recorded with moves."""
        self.delivery = Delivery("")

    def _do(self, by: str, at: datetime, *commands: c.Command) -> ChangeGroup:
        session = self._sessions.get(by)
        if session is None:
            session = Session(
                self.path, actor=by, source="demo", session=self.sitting, clock=lambda: self._now
            )
            self._sessions[by] = session
            self._stack.callback(session.close)
        self._now = to_micros(at)
        done = session.do(*commands)
        if isinstance(done, Refusal):
            raise RuntimeError(f"the demo's {by} was refused on {at}: {done.message}")
        return done

    # -- the organisation -------------------------------------------------------------

    def create_organisation(self, today: date) -> None:
        """Create teams, members and streams at the beginning of the first working day."""
        first = first_day(today)
        at = moment(working_days(first, today)[0], 0)
        closed = tuple(d.isoformat() for d in holidays(first, date(today.year, 12, 31)))
        teams = [c.AddEntity(TEAM, {"name": team, **TEAM_FIELDS[team]}) for team in TEAMS]
        self._do("anna.kern", at, *teams)
        with_reader = Reader(self.path)
        try:
            self._teams = {team.name: team.id for team in with_reader.teams()}
            self._do("anna.kern", at, *self._members())
            self._members_by_login = {m.login: m.id for m in with_reader.members()}
            self.plan_people(first_allocations(first), at)
            self._do("anna.kern", at, *[_stream(line, closed) for line in LINES])
            for line in LINES:
                stream = with_reader.stream_named(line.name)
                self._streams[line.code] = stream.id
                self._stages |= {(line.code, s.name): s.id for s in stream.stages}
            self._do("anna.kern", at, *services(self._streams, self._teams))
        finally:
            with_reader.close()

    def _members(self) -> Iterator[c.Command]:
        for team, people in TEAMS.items():
            for login, name in people:
                teams = [team, *([ALSO_IN[login]] if login in ALSO_IN else [])]
                yield c.AddEntity(
                    MEMBER,
                    {"login": login, "name": name, "teams": tuple(self._teams[t] for t in teams)},
                )

    # -- acts ---------------------------------------------------------------------------

    def record(self, entry: a.Moment) -> None:
        """Do what one person did at one moment, as one group."""
        for act in entry.acts:
            if isinstance(act, a.Add):  # the store numbers items in the order of their creation
                self._ids[act.piece.key] = len(self._ids) + 1
        commands: list[c.Command] = []
        is_governed = entry.at.date() >= self.governed_from
        for act in entry.acts:
            if isinstance(act, a.Move) and is_governed:
                commands += evidence_of(act, self._ids[act.piece.key], entry.by, entry.at)
            commands.append(self._command(act))
        commands += self.delivery.commands(entry, self._ids, names_items=is_governed)
        self._do(entry.by, entry.at, *commands)

    def plan_people(self, entries: Sequence[PlanEntry], at: datetime) -> None:
        """Record what one person plans with people, as one group."""
        commands = []
        for entry in entries:
            values = dict(entry.values)
            for name in ("team", "other"):
                if name in values:
                    values[name] = self._teams[values[name]]
            if "member" in values:
                values["member"] = self._members_by_login[values["member"]]
            commands.append(c.AddEntity(entry.entity, values))
        self._do(entries[0].by, at, *commands)

    def hold(self, workshop: Workshop, after: a.Moment) -> None:
        """Record what a mapping workshop declared, after a moment."""
        self._do(workshop.by, after.at, *commands_of(workshop, self._stages))

    def pin(self, plan: PinPlan, after: a.Moment) -> None:
        """Pin a forecast from what is known after a moment."""
        reader = Reader(self.path)
        try:
            command = pin_now(reader, plan, to_micros(after.at), after.at.date())
        finally:
            reader.close()
        self._do(plan.by, after.at, command)

    def draft(self, plan: FuturePlan, after: a.Moment) -> None:
        """Begin a future state of a map, or make it real, after a moment."""
        reader = Reader(self.path)
        try:
            command = future_now(reader, plan, to_micros(after.at))
        finally:
            reader.close()
        self._do(plan.by, after.at, command)

    def govern(self, decision: Decision, today: date, after: a.Moment) -> None:
        """Record a decision on a mode after a moment; with the first one set the controls."""
        stream = self._streams[CARDS.code]
        first = [*controls(), *standards(stream)] if decision.control is None else []
        self._do(PMO, after.at, *first, mode(decision, stream, today, after.at.date()))

    def steer(self, step: PortfolioStep, today: date, after: a.Moment) -> None:
        """Record what happens to the portfolio after a moment."""
        reader = Reader(self.path)
        try:
            done = portfolio_commands(reader, step, today, to_micros(after.at))
        finally:
            reader.close()
        self._do(STEERS, after.at, *done)

    def report(self, step: Monday, after: a.Moment) -> None:
        """Put the reports of a Monday on record."""
        reader = Reader(self.path)
        try:
            done = reports_now(reader, self._streams[CARDS.code], step, to_micros(after.at))
        finally:
            reader.close()
        self._do(STEERS, after.at, *done)

    def sprint(self, step: Step | None, after: a.Moment) -> None:
        """Do what happens to a sprint after a moment; without a step fill the next one."""
        app = SprintRun(self._streams[APP.code], self._teams[SPRINT_TEAM], self._stages)
        reader = Reader(self.path)
        try:
            commands = (
                app.fill_next(reader)
                if step is None
                else app.commands(reader, step, to_micros(after.at))
            )
        finally:
            reader.close()
        if commands:
            self._do(OWNER, after.at, *commands)

    def ask_waiver(self, after: a.Moment) -> None:
        """Ask for a waiver that nobody has answered yet; label work that lacks answers so far."""
        self._do(ASKS, after.at, waiver(self._streams[CARDS.code], after.at.date()))
        reader = Reader(self.path)
        try:
            backlog = self._stages[CARDS.code, CARDS.stations[0].name]
            ideas = sorted(reader.items_in([backlog]))[-2:]
        finally:
            reader.close()
        self._do(PMO, after.at, *[c.EditItem(item, {"labels": (PERSONAL,)}) for item in ideas])

    def limit_together(self, after: a.Moment) -> None:
        """Limit what the app team builds and reviews together; expedite stands beside it."""
        build, review = (self._stages[APP.code, name] for name in ("In progress", "Code review"))
        group = GroupLimit((build, review), 6, LimitKind.SOFT, "In work")
        self._do(
            "anna.kern",
            after.at,
            c.SetStream(self._streams[APP.code], {"group_limits": (group,)}),
            c.SetStage(build, {"exempt": (ClassOfService.EXPEDITE,)}),
        )

    @singledispatchmethod
    def _command(self, act: Any) -> c.Command:
        raise TypeError(f"nobody can {type(act).__name__}")

    @_command.register
    def _(self, act: a.Add) -> c.Command:
        return c.AddItem(
            self._streams[act.line.code],
            act.piece.title,
            self._stages[act.line.code, act.line.stations[0].name],
            key=act.piece.key,
            fields=self._fields(act.fields),
        )

    @_command.register
    def _(self, act: a.Edit) -> c.Command:
        return c.EditItem(self._ids[act.piece.key], self._fields(act.changes))

    @_command.register
    def _(self, act: a.Move) -> c.Command:
        to = self._stages[act.line.code, act.to]
        return c.MoveItem(self._ids[act.piece.key], to, reason=act.reason)

    @_command.register
    def _(self, act: a.Block) -> c.Command:
        return c.BlockItem(self._ids[act.piece.key], act.kind, act.reason)

    @_command.register
    def _(self, act: a.Unblock) -> c.Command:
        return c.UnblockItem(self._ids[act.piece.key])

    @_command.register
    def _(self, act: a.Drop) -> c.Command:
        return c.DropItem(self._ids[act.piece.key], act.reason)

    @_command.register
    def _(self, act: a.Comment) -> c.Command:
        return c.CommentItem(self._ids[act.piece.key], act.text)

    @_command.register
    def _(self, act: a.Archive) -> c.Command:
        return c.ArchiveItem(self._ids[act.piece.key])

    @_command.register
    def _(self, act: a.Transfer) -> c.Command:
        return c.TransferItem(self._ids[act.piece.key], self._stages[act.line.code, act.to])

    @_command.register
    def _(self, act: a.Link) -> c.Command:
        return c.LinkItems(self._ids[act.source.key], self._ids[act.target.key], act.kind)

    @_command.register
    def _(self, act: a.Agree) -> c.Command:
        ends = self._ids[act.source.key], self._ids[act.target.key]
        return c.AgreeDependency(*ends, act.state, act.need_by or c.UNCHANGED)

    def _fields(self, fields: Any) -> dict[str, Any]:
        out = dict(fields)
        if out.get("team"):
            out["team"] = self._teams[out["team"]]
        if "parent" in out:
            out["parent"] = out["parent"].key
        return out


def _stream(line: Line, closed: tuple[str, ...]) -> c.CreateStream:
    return c.CreateStream(
        name=line.name,
        stages=tuple(_stage(station) for station in line.stations),
        zone=line.zone,
        prefix=line.prefix,
        commitment=line.commitment,
        edges=_edges(line),
        types=line.types,
        holidays=closed,
    )


def _stage(station: Station) -> c.NewStage:
    classes = {} if station.expedite is None else {ClassOfService.EXPEDITE: station.expedite}
    kind = station.kind if station.limit else LimitKind.NONE
    return c.NewStage(
        station.name,
        station.category,
        station.limit,
        kind,
        station.team,
        station.policy,
        class_limits=classes,
    )


def _edges(line: Line) -> tuple[tuple[str, str, EdgeKind], ...]:
    """The edges that the routes go along, and those back."""
    out: dict[tuple[str, str], EdgeKind] = {}
    for route in line.routes.values():
        for pair in zip(route.stages, route.stages[1:], strict=False):
            out[pair] = EdgeKind.FORWARD
    for station in line.stations:
        if station.back is not None:
            out[station.name, station.back[0]] = EdgeKind.REWORK
    return tuple((source, target, kind) for (source, target), kind in out.items())
