"""Texts by the people of the made-up bank: blockers, reasons, comments, descriptions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from vsm.model.item import BlockerKind

_CHOICE = re.compile(r"\{([^{}]*)\}")


def phrases(pattern: str) -> Iterator[tuple[str, str]]:
    """``(title, label)`` for each way to read a pattern: ``{a|b}`` is a choice, ``#x`` a label."""
    text, _, label = pattern.partition(" #")
    parts = _CHOICE.split(text)
    choices = [part.split("|") if n % 2 else [part] for n, part in enumerate(parts)]
    for chosen in product(*choices):
        yield "".join(chosen), label.strip()


BLOCKERS: dict[str, tuple[tuple[BlockerKind, str], ...]] = {
    "cards": (
        (BlockerKind.EXTERNAL, "the scheme has not sent the test certificate"),
        (BlockerKind.EXTERNAL, "the embosser's test line is down until their maintenance is over"),
        (BlockerKind.EXTERNAL, "Legal waits for the regulator's answer"),
        (BlockerKind.DECISION, "who pays the fee in the first year: product or marketing?"),
        (BlockerKind.DECISION, "wording towards the customer not agreed with Legal"),
        (BlockerKind.DECISION, "two teams disagree on where the limit is kept"),
        (BlockerKind.ENVIRONMENT, "the staging database is being restored"),
        (BlockerKind.ENVIRONMENT, "no test cards with the new account range"),
        (BlockerKind.ENVIRONMENT, "the simulator of the scheme rejects our messages"),
        (BlockerKind.PEOPLE, "the only one who knows the fee engine is on leave"),
        (BlockerKind.PEOPLE, "the fraud analyst is on a course until Thursday"),
        (BlockerKind.DEFECT, "a defect in the authorisation gateway hides the result"),
        (BlockerKind.DEFECT, "test data lost its currency in the last refresh"),
        (BlockerKind.OTHER, "order of new test phones still on its way"),
    ),
    "app": (
        (BlockerKind.DECISION, "product and design disagree on the second screen"),
        (BlockerKind.DECISION, "tone of the message not agreed with customer service"),
        (BlockerKind.EXTERNAL, "the app shop asks for more screenshots"),
        (BlockerKind.EXTERNAL, "the translation office delivers on Friday"),
        (BlockerKind.ENVIRONMENT, "the test back end has no accounts of minors"),
        (BlockerKind.ENVIRONMENT, "signing certificate of the test build has expired"),
        (BlockerKind.PEOPLE, "our accessibility tester is ill"),
        (BlockerKind.PEOPLE, "the designer works for another team this week"),
        (BlockerKind.DEFECT, "the new library crashes on Android 11"),
        (BlockerKind.DEFECT, "pending bookings come in the wrong order from the interface"),
    ),
    "platform": (
        (BlockerKind.EXTERNAL, "the vendor wants a memory dump before they help"),
        (BlockerKind.EXTERNAL, "the clearing house opens the firewall on its next change day"),
        (BlockerKind.EXTERNAL, "the network provider has not confirmed its repair"),
        (BlockerKind.DECISION, "change board has not agreed to the time of the switch"),
        (BlockerKind.DECISION, "who pays for the larger machines?"),
        (BlockerKind.ENVIRONMENT, "load test area is taken by the month-end rehearsal"),
        (BlockerKind.ENVIRONMENT, "restore runs until tomorrow morning"),
        (BlockerKind.PEOPLE, "the database administrator is on standby for the other site"),
        (BlockerKind.DEFECT, "the fault cannot be brought about with tracing on"),
        (BlockerKind.OTHER, "change freeze for the month-end close"),
    ),
}

WAITS = "waits for Ledger: {what} ({key})"
"""The reason of an item that waits for the platform."""

WAITS_SHORTLY = "needs {key} first: {title}"
"""The reason of an item that waits for another one close to its end."""

OVER_LIMIT = {
    "queue": (
        "Review is full; it is built, leaving it in Build would hide it",
        "nobody can pull it now, raised at the stand-up",
        "promised to the regulator for this month, must be next in line",
        "third week above the limit, on the list for the retrospective",
        "small, and the customer is waiting",
    ),
    "blocked": (
        "those blocked take up the limit, we go on with one more",
        "two wait for others; agreed at the stand-up to start this one",
        "blocked items fill the column, nobody here can move them",
    ),
    "expedite": (
        "expedite: customers cannot pay",
        "expedite: agreed with the head of cards",
        "expedite: the regulator wants an answer today",
    ),
    "rework": (
        "came back with findings, we finish it before anything new",
        "back from its next stage, the builder takes it at once",
    ),
}

REWORK = {
    "Review": (
        "Two findings: the card number stands in a log, and the four-eyes check can be skipped.",
        "Cannot sign off: no evidence that the limit also holds for additional cards.",
        "Threat model lacks the replay case. Otherwise fine.",
        "Retention period is missing from the design; see the data protection checklist.",
        "Rounding rule differs from the terms and conditions, section 7.",
    ),
    "Test": (
        "Fails for joint holders; steps and log are attached to the test run.",
        "Works on the happy path, times out with 500 bookings.",
        "The reversal of the same day is booked twice in the shared environment.",
        "Wrong amount after a partial refund, everything else passed.",
    ),
    "Code review": (
        "The retry can send the order twice. Let us pair on it tomorrow.",
        "Please split: the refactoring hides the change.",
        "No test for the empty list, and the error text names an internal code.",
    ),
    "Acceptance": (
        "Not what the customers in the test asked for: they look for it under Cards.",
        "Screen reader jumps over the amount. Sorry, has to go back.",
        "Texts are the old ones; the second step is still there.",
    ),
    "Roll out": (
        "Rolled back after ten minutes: error rate doubled on the second node.",
        "Canary fails its health check, cause not clear yet.",
        "Cured the symptom only; it came back at month's end.",
    ),
}

BLOCKED_STILL = (
    "Asked again, answer promised for tomorrow.",
    "Still nothing. Escalated to the team leads.",
    "They saw it, it is in their queue. Nothing that we can do meanwhile.",
    "Called them: will take at least until next week.",
)

WAITING_STILL = (
    "Asked in the planning of Ledger: not in this intake.",
    "Ledger has it on the board now, no date.",
    "Third week of waiting. Could we do with a stub? Not for the acceptance.",
    "Our release slips for this one. Raised with the heads of both areas.",
)

NOTES = {
    "cards": (
        "Agreed with customer service: they want to know the date beforehand.",
        "Spoke with Legal: fine, as long as the terms are linked.",
        "Figures of last month: about 1,200 customers call about this.",
        "Split off the part for company cards, it would have doubled the size.",
        "The scheme's bulletin allows this from the first of the month.",
        "Measured: 40 ms at the 99th percentile, well within the limit.",
    ),
    "app": (
        "Five customers tried the prototype; all found the button.",
        "Design is in the shared folder, the second variant it is.",
        "Left out landscape on purpose, see the usage figures.",
        "Feature flag is on for colleagues since this morning.",
        "Reviews in the shop mention this every week.",
        "Agreed in refinement: no new permission for this.",
    ),
    "platform": (
        "Error rate back to normal since 10:20, cause still open.",
        "Timeline is in the incident channel, customers were told.",
        "Load test passed with twice the volume of December.",
        "Runbook extended, the next one on standby will know.",
        "Rolled out to one node first, looks good after an hour.",
        "Vendor confirms the fault, a patch is announced for the quarter's end.",
    ),
}

DESCRIPTIONS = {
    "feature": (
        "Why: customers ask service for it. Done when: it works for main and additional holders,"
        " the help page is updated, service has seen it.",
        "Wanted by product for the autumn campaign. Left out for now: company customers.",
        "Done when: three of five test customers manage without help, and usage is measured.",
    ),
    "bug": (
        "Seen by customer service, log extract is with the service case. Happens about once in"
        " two hundred times.",
        "Steps: log in, open the latest entry, change it, save. Expected: the new value."
        " Seen: the old one until the next log-in.",
        "Found in the weekly look at complaints. Workaround is known to service.",
    ),
    "debt": (
        "Every change here takes a day longer than it should. No change that customers notice.",
        "Support by the vendor ends next year. Measured before and after: build time, restarts.",
    ),
    "risk": (
        "Finding of the internal audit, due date agreed with the second line. Evidence: a test"
        " record and a screenshot of the settings.",
        "Required by the scheme's rules. Four eyes: one of Risk signs.",
    ),
    "incident": (
        "Reported by monitoring. Impact and timeline follow in the comments.",
        "Reported by the service desk, several customers affected. No data lost so far.",
    ),
    "request": (
        "Asked for by another stream, which cannot go on without it. See the link for the item"
        " that waits.",
    ),
}

NO_LONGER = (
    "overtaken by the new product plan",
    "nobody asked for it in half a year",
    "solved by the vendor's update",
    "too dear for what it brings",
    "same as another item",
)

INITIATIVES: dict[str, tuple[str, str]] = {
    "instant": ("cards", "A card in the wallet within a minute"),
    "disputes": ("cards", "Disputes without paper"),
    "sca": ("cards", "Strong authentication wherever the law asks for it"),
    "onboarding": ("app", "An account in eight minutes"),
    "ledger": ("platform", "One ledger without a nightly stop"),
    "cluster": ("platform", "Leave the old cluster for good"),
}
"""Label of the children → the stream that the initiative is in, and its title."""

CONCLUSION = "Let small changes through with one signature from Risk"
"""The latest idea in the card stream."""

STRAYS = (
    "Push message about a declined payment opens the wrong screen",
    "Freeze button stays grey after an update",
    "Card picture is blurred on large tablets",
)
"""Bugs reported to the card stream that turn out to be the app's."""

EXPEDITES = (
    ("bug", "Payments declined for all cards of one account range"),
    ("risk", "Regulator's question on strong authentication, answer due this week"),
    ("bug", "Card numbers visible in a partner's log"),
    ("bug", "Refunds of a bankrupt airline fail in bulk"),
    ("risk", "Stolen account range on sale: block and replace"),
    ("bug", "Contactless payments fail in Berlin's buses"),
    ("feature", "Emergency cash for customers abroad after a storm"),
    ("bug", "Doubled hotel deposits over the weekend"),
    ("risk", "Scheme closes the old certificate a month early"),
    ("bug", "Limits of minors are not applied online"),
    ("bug", "PIN service answers with errors since the failover"),
)
"""Type and title of expedite items in the card stream."""
