"""The made-up organisation in figures: streams, stages, teams, people, rates, days.

``tests/demo`` compares the result of the simulation (:mod:`vsm.demo.simulate`) with these figures:
utilisation, counts, dependencies between teams.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from vsm.model.stream import Category, LimitKind

MONTHS = 9
"""Length of the history; it ends on the working day before the demo's day."""

SEED = 7

ZONE = "Europe/Berlin"
"""The time zone of the bank and of the hours below."""

HOURS = (9.0, 9.5, 10.0, 10.5, 11.0, 11.5, 12.0, 13.0, 13.5, 14.0, 14.5, 15.0, 15.5, 16.0, 16.5)
"""Beginnings of the half-hours of a working day."""

TICKS = len(HOURS)
"""Half-hours of a working day."""

COMPANY_HOLIDAYS = (((8, 11), 7), ((12, 24), 9))
"""The bank is closed from (month, day) for so many days: one summer week, and around Christmas."""

PUBLIC_HOLIDAYS = ((1, 6), (5, 1), (10, 3))
"""(month, day) of other days on which nobody works."""

ITEMS = 400
"""The approximate number of items finished or in progress at the end."""


class Intake(Enum):
    """The days on which work is committed to."""

    TWICE_A_WEEK = "Mondays and Thursdays"
    SPRINT = "every second Monday"
    FLOW = "whenever there is room"


@dataclass(frozen=True, slots=True)
class Station:
    """A stage of a stream with the parameters of its simulation.

    At most ``servers`` items are worked on at a time; a visit takes ``service_days`` working days
    of work on average. ``back`` is a stage and the share of visits that return to it. Items leave
    only on the weekdays ``leaves`` (Monday is 0), if there are any. A ``pushed`` stage gets work
    even if it is full.
    """

    name: str
    category: Category
    team: str | None = None
    limit: int | None = None
    kind: LimitKind = LimitKind.SOFT
    servers: int = 0
    service_days: float = 0.0
    back: tuple[str, float] | None = None
    leaves: tuple[int, ...] = ()
    pushed: bool = False
    expedite: int | None = None
    policy: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """A path through a stream: its stages from backlog to done, and the size of its work.

    ``size`` multiplies the service time of the stages in it. ``team`` owns the items from beginning
    to end; without it they belong to the team of their stage.
    """

    stages: tuple[str, ...]
    weekly: float
    size: tuple[tuple[str, float], ...] = ()
    team: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A stream: its stages and routes, its intake and its blockers.

    ``teams`` share its building stage. ``surge`` multiplies the intake of the last
    ``surge_weeks`` weeks. ``blocked`` is the share of visits to an active stage in which the item
    gets blocked. ``backlog`` is the number of items in its backlog.
    """

    code: str
    name: str
    prefix: str
    zone: str
    commitment: str
    intake: Intake
    stations: tuple[Station, ...]
    routes: dict[str, Route]
    teams: tuple[str, ...]
    backlog: int
    blocked: float
    types: tuple[str, ...]
    surge: float = 1.0
    surge_weeks: int = 0


_B, _Q, _A = Category.BACKLOG, Category.QUEUE, Category.ACTIVE
_END = (
    Station("Done", Category.DONE, policy="In the hands of customers."),
    Station("Dropped", Category.DROPPED, policy="Left undelivered, with the reason."),
)

CARDS = Line(
    code="cards",
    name="Card issuing",
    prefix="CARD",
    zone=ZONE,
    commitment="Ready",
    intake=Intake.TWICE_A_WEEK,
    stations=(
        Station("Backlog", _B, "Cards", policy="Ideas and requests. Nothing is promised yet."),
        Station(
            "Ready",
            _Q,
            "Cards",
            7,
            policy="Committed: understood by two people, no longer than a week of work.",
        ),
        Station(
            "Build",
            _A,
            "Cards",
            4,
            servers=2,
            service_days=1.38,
            expedite=1,
            policy="A pair works on it. Blocked items count.",
        ),
        Station(
            "To review",
            _Q,
            "Risk",
            5,
            pushed=True,
            policy="Built, with evidence of the controls attached. Expedite first, then oldest.",
        ),
        Station(
            "Review",
            _A,
            "Risk",
            3,
            servers=2,
            service_days=1.76,
            back=("Build", 0.10),
            expedite=1,
            policy="Two people may sign off. Nothing goes on without their signature.",
        ),
        Station(
            "Test",
            _A,
            "Quality",
            4,
            servers=1,
            service_days=0.67,
            back=("Build", 0.08),
            policy="One item at a time in the shared environment.",
        ),
        Station(
            "To release",
            _Q,
            "Operations",
            8,
            leaves=(1, 3),
            policy="Released on Tuesdays and Thursdays at ten.",
        ),
        *_END,
    ),
    routes={
        "card": Route(
            (
                "Backlog",
                "Ready",
                "Build",
                "To review",
                "Review",
                "Test",
                "To release",
                "Done",
            ),
            weekly=4.25,
        )
    },
    teams=("Cards",),
    backlog=22,
    blocked=0.10,
    types=("feature", "bug", "debt", "risk", "initiative"),
    surge=1.35,
    surge_weeks=9,
)

APP = Line(
    code="app",
    name="Mobile app",
    prefix="APP",
    zone=ZONE,
    commitment="Sprint backlog",
    intake=Intake.SPRINT,
    stations=(
        Station("Product backlog", _B, "Mobile", policy="Ordered by value; refined on Wednesdays."),
        Station(
            "Sprint backlog",
            _Q,
            "Mobile",
            8,
            policy="Planned for this sprint on its first Monday.",
        ),
        Station(
            "In progress",
            _A,
            "Mobile",
            4,
            servers=2,
            service_days=2.2,
            expedite=1,
            policy="Designed and built by a pair of Mobile or Onboarding.",
        ),
        Station(
            "Code review",
            _A,
            "Mobile",
            4,
            servers=1,
            service_days=1.0,
            back=("In progress", 0.12),
            policy="By somebody who did not build it, within a day.",
        ),
        Station(
            "Acceptance",
            _A,
            "Quality",
            4,
            servers=1,
            service_days=1.15,
            back=("In progress", 0.10),
            policy="With product and a screen reader. Then it is behind no flag any more.",
        ),
        *_END,
    ),
    routes={
        "story": Route(
            (
                "Product backlog",
                "Sprint backlog",
                "In progress",
                "Code review",
                "Acceptance",
                "Done",
            ),
            weekly=2.75,
        )
    },
    teams=("Mobile", "Onboarding"),
    backlog=20,
    blocked=0.10,
    types=("feature", "bug", "debt", "risk", "initiative"),
)

PLATFORM = Line(
    code="platform",
    name="Platform and incidents",
    prefix="PLAT",
    zone="UTC",
    commitment="Triage",
    intake=Intake.FLOW,
    stations=(
        Station(
            "Inbox",
            _B,
            policy="Incidents at once; changes on intake days, every second"
            " Tuesday. Requests of other streams go into the second intake after they came.",
        ),
        Station(
            "Triage",
            _A,
            "Operations",
            3,
            servers=1,
            service_days=1.0,
            expedite=1,
            policy="Impact known, owner named. One person on duty.",
        ),
        Station(
            "Diagnose",
            _A,
            "Reliability",
            3,
            servers=1,
            service_days=1.45,
            expedite=1,
            policy="Until the cause is known or a workaround holds.",
        ),
        Station("Planned", _Q, "Ledger", 6, policy="Changes, in the order of the intake."),
        Station(
            "Design",
            _A,
            "Ledger",
            2,
            servers=1,
            service_days=3.1,
            policy="A page that the teams concerned have read.",
        ),
        Station(
            "Build",
            _A,
            "Ledger",
            5,
            servers=2,
            service_days=2.0,
            policy="Fixes before changes. Standby takes one of us every week.",
        ),
        Station(
            "Roll out",
            _A,
            "Reliability",
            3,
            LimitKind.HARD,
            servers=1,
            service_days=0.97,
            back=("Build", 0.07),
            policy="One change in production at a time, two prepared. No exception.",
        ),
        Station("Closed", Category.DONE, policy="It held for a day."),
        Station("Dropped", Category.DROPPED, policy="Not done, with the reason."),
    ),
    routes={
        "incident": Route(
            ("Inbox", "Triage", "Diagnose", "Build", "Roll out", "Closed"),
            weekly=2.25,
            size=(("Build", 0.75), ("Roll out", 0.9)),
        ),
        "change": Route(
            ("Inbox", "Triage", "Planned", "Design", "Build", "Roll out", "Closed"),
            weekly=1.05,
            size=(("Build", 1.4), ("Roll out", 1.15)),
            team="Ledger",
        ),
    },
    teams=("Ledger",),
    backlog=12,
    blocked=0.06,
    types=("incident", "feature", "debt", "risk", "request", "initiative"),
)

LINES = (CARDS, APP, PLATFORM)

CONSTRAINT = ("Card issuing", "Review")
"""The stage that limits its stream: its utilisation is about 0.95."""

OTHER_UTILISATIONS = (0.55, 0.87)
"""The range of the utilisation of all other active stages."""

SLOWEST_TEAM = "Ledger"
"""The team for which other streams wait longest."""

PLATFORM_WAIT_DAYS = {
    "cards": (3, 8, 17, 31, 48, 65, 83, 102, 122, 143, 163),
    "app": (5, 12, 42, 74, 103, 131),
}
"""Working days before the end on which an item starts to wait for the platform."""

REQUEST_DAYS = 4
"""The least number of days that a request of another stream waits in the platform's inbox."""

SHORT_WAIT_DAYS = (6, 21, 35, 49, 63, 77, 95, 112, 131, 150)
"""Working days before the end on which an item waits shortly for one of another stream."""

MISPLACED_BUG_DAYS = (27, 84, 140)
"""Working days before the end on which a bug moves from the card stream to the app's."""

EXPEDITE_DAYS = (2, 19, 36, 55, 70, 88, 104, 121, 137, 155, 171)
"""Working days before the end on which an expedite item comes into the card stream."""
