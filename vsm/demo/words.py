"""The made-up organisation in words: streams, teams, people, titles, reasons."""

from __future__ import annotations

from dataclasses import dataclass

from vsm.model.item import BlockerKind
from vsm.model.stream import Category, LimitKind


@dataclass(frozen=True, slots=True)
class Station:
    """A stage of a demo stream and how it works.

    ``places`` items are worked on at a time and take ``touch`` half-days each on average; a
    queue has neither.
    """

    name: str
    category: Category
    team: str | None = None
    limit: int | None = None
    kind: LimitKind = LimitKind.SOFT
    places: int = 0
    touch: float = 0.0


@dataclass(frozen=True, slots=True)
class Plot:
    """A demo stream: its stations, how many items arrive a half-day, what they are called."""

    name: str
    prefix: str
    zone: str
    commitment: str
    arrivals: float
    stations: tuple[Station, ...]
    titles: tuple[str, ...]


_Q, _A = Category.QUEUE, Category.ACTIVE

PLOTS = (
    Plot(
        "Card issuing",
        "CARD",
        "Europe/Berlin",
        "Ready",
        0.62,
        (
            Station("Backlog", Category.BACKLOG),
            Station("Ready", _Q, "Core", 8),
            Station("Build", _A, "Core", 6, LimitKind.SOFT, 5, 5.0),
            Station("Review", _A, "Risk", 4, LimitKind.SOFT, 2, 3.4),
            Station("Test", _A, "Quality", 4, LimitKind.SOFT, 3, 2.4),
            Station("Release", _Q, "Operations", 3, LimitKind.HARD, 2, 0.8),
            Station("Done", Category.DONE),
            Station("Dropped", Category.DROPPED),
        ),
        (
            "3DS challenge flow for recurring payments",
            "Token vault key rotation",
            "Ledger split per legal entity",
            "Refund webhooks are sent twice",
            "Virtual cards for business customers",
            "Chargeback evidence upload",
            "PIN change in the app",
            "Limit checks time out on Mondays",
            "Card art for the student plan",
            "Strong authentication for address changes",
            "Settlement report in the merchant's currency",
            "Replace the embossing partner",
            "Fraud score on contactless payments",
            "Audit trail of manual limit changes",
            "Freeze and unfreeze a card",
            "Fee table for cash withdrawals abroad",
            "Wallet provisioning fails on old phones",
            "Purge card data after seven years",
            "Statement shows the original amount",
            "Instant replacement of a lost card",
        ),
    ),
    Plot(
        "Mobile app",
        "APP",
        "Europe/Berlin",
        "Next",
        0.5,
        (
            Station("Ideas", Category.BACKLOG),
            Station("Next", _Q, "Mobile", 6),
            Station("Design", _A, "Mobile", 3, LimitKind.SOFT, 2, 2.2),
            Station("Build", _A, "Mobile", 5, LimitKind.SOFT, 4, 4.4),
            Station("Test", _A, "Quality", 4, LimitKind.SOFT, 3, 2.0),
            Station("Done", Category.DONE),
            Station("Dropped", Category.DROPPED),
        ),
        (
            "Sign in with a passkey",
            "Search across all accounts",
            "Dark mode for the charts",
            "Onboarding in three steps",
            "Push message when salary arrives",
            "Crash when the keyboard is split",
            "Accessible names for all icons",
            "Share a receipt as a picture",
            "Savings goals with a date",
            "Offline list of the last payments",
            "Widget with the balance hidden",
            "Export a year as a table",
            "Large type cuts off amounts",
            "Remember the last used filter",
        ),
    ),
    Plot(
        "Payments platform",
        "PAY",
        "UTC",
        "Ready",
        0.4,
        (
            Station("Backlog", Category.BACKLOG),
            Station("Ready", _Q, "Platform", 6),
            Station("Build", _A, "Platform", 4, LimitKind.SOFT, 4, 5.0),
            Station("Review", _A, "Risk", 3, LimitKind.SOFT, 2, 2.4),
            Station("Done", Category.DONE),
            Station("Dropped", Category.DROPPED),
        ),
        (
            "Instant transfers to two more countries",
            "Idempotent retries for direct debits",
            "Move the clearing job off the old cluster",
            "Payment status as an event stream",
            "Reject codes in plain words",
            "Batch files above 50,000 lines",
            "Archive of the message journal",
            "Certificate renewal without downtime",
            "Duplicate bookings after failover",
            "Sanction screening on partial names",
            "Reconcile fees with the scheme's invoice",
            "Rate limit per partner",
        ),
    ),
)

PEOPLE = {
    "Core": ("anna.kern", "jonas.maas", "ines.roth", "tom.ude"),
    "Risk": ("lena.okoro", "piet.vos"),
    "Quality": ("petra.lang", "ravi.nair", "yuki.abe"),
    "Operations": ("tarek.aziz", "mia.holm"),
    "Mobile": ("sara.lind", "noah.weiss", "elif.demir", "kai.brandt"),
    "Platform": ("ulla.berg", "marek.nowak", "dana.cole"),
}

TYPES = ("feature", "feature", "feature", "bug", "bug", "debt", "risk")

BLOCKERS = (
    (BlockerKind.EXTERNAL, "the scheme has not sent the test certificate"),
    (BlockerKind.DECISION, "who pays for the second data centre?"),
    (BlockerKind.DEPENDENCY, "needs the new ledger interface"),
    (BlockerKind.ENVIRONMENT, "the staging database is being restored"),
    (BlockerKind.PEOPLE, "the only reviewer of this area is away"),
    (BlockerKind.DEFECT, "a defect in the gateway hides the result"),
)

OVERRULES = (
    "promised to the regulator for this month",
    "the release train leaves tomorrow",
    "small, and the customer is waiting",
)
