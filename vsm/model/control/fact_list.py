"""The frozen list of facts that a control may read, with the type of each.

A fact that nothing is known of is left out: a control that names it answers *indeterminate*.
The list grows with :data:`VERSION`; nothing is taken out of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

VERSION = 1
"""Version of the list; reports print it."""


class FactType(StrEnum):
    """The type of a fact, by its name in CEL."""

    TEXT = "string"
    TEXTS = "list(string)"
    NUMBER = "double"
    FLAG = "bool"
    MOMENT = "timestamp"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: its type, and what it says."""

    type: FactType
    text: str


def _facts(prefix: str, **facts: tuple[FactType, str]) -> dict[str, Fact]:
    return {f"{prefix}.{name.rstrip('_')}": Fact(*fact) for name, fact in facts.items()}


_TEXT, _TEXTS, _NUMBER = FactType.TEXT, FactType.TEXTS, FactType.NUMBER
_FLAG, _MOMENT = FactType.FLAG, FactType.MOMENT

FACTS: dict[str, Fact] = {
    "now": Fact(_MOMENT, "the moment of the check"),
    **_facts(
        "stream",
        name=(_TEXT, "the value stream"),
        mode=(_TEXT, "its mode: off, supportive, controlling or directive"),
        zone=(_TEXT, "its time zone"),
    ),
    **_facts(
        "change",
        key=(_TEXT, "the key of the work item"),
        type=(_TEXT, "its type of work"),
        class_=(_TEXT, "its class of service"),
        labels=(_TEXTS, "its labels"),
        stream=(_TEXT, "the value stream that it is in"),
        stage=(_TEXT, "the stage that it is in"),
        target=(_TEXT, "the stage that it is to enter; only while it moves"),
        created=(_MOMENT, "when it was created"),
        started=(_MOMENT, "when it passed the commitment point"),
        finished=(_MOMENT, "when it was finished"),
        author=(_TEXT, "who created it"),
        owner=(_TEXT, "who owns it"),
        team=(_TEXT, "the team that it belongs to"),
        due=(_MOMENT, "the end of its due date"),
        risk=(_TEXT, "its risk, as attested"),
        blocked=(_FLAG, "whether it is blocked"),
        emergency=(_FLAG, "whether it passes as an emergency"),
    ),
    **_facts(
        "change.history[]",
        stage=(_TEXT, "a stage that it entered, the first one first"),
        at=(_MOMENT, "when it entered it"),
        by=(_TEXT, "who moved it there"),
    ),
    **_facts(
        "change.approvals[]",
        by=(_TEXT, "who approved"),
        role=(_TEXT, "in which role"),
        at=(_MOMENT, "when"),
        kind=(_TEXT, "what was approved: change, release, retrospective …; review: by one"),
        pr=(_TEXT, "the pull request, where a review approved no more than that"),
    ),
    **_facts(
        "change.links[]",
        kind=(_TEXT, "blocks, blocked-by, relates, parent or child"),
        key=(_TEXT, "the key of the other item"),
        state=(_TEXT, "its state: open, done, dropped or unknown"),
    ),
    **_facts(
        "change.pull_requests[]",
        id=(_TEXT, "its number or address"),
        author=(_TEXT, "who opened it"),
        merged_at=(_MOMENT, "when it was merged"),
        merged_by=(_TEXT, "who merged it"),
        sha=(_TEXT, "the commit that it was merged as"),
    ),
    **_facts(
        "change.pull_requests[].reviews[]",
        by=(_TEXT, "who reviewed"),
        state=(_TEXT, "approved, changes_requested, commented or dismissed"),
        at=(_MOMENT, "when"),
    ),
    **_facts(
        "change.pull_requests[].commits[]",
        sha=(_TEXT, "the commit"),
        author=(_TEXT, "who wrote it"),
        at=(_MOMENT, "when"),
    ),
    **_facts(
        "change.builds[]",
        status=(_TEXT, "pass or fail"),
        at=(_MOMENT, "when it finished"),
        sha=(_TEXT, "the commit that was built"),
    ),
    **_facts(
        "change.scans[]",
        status=(_TEXT, "pass or fail"),
        at=(_MOMENT, "when it finished"),
        tool=(_TEXT, "what scanned"),
    ),
    **_facts(
        "change.deployments[]",
        env=(_TEXT, "where to"),
        at=(_MOMENT, "when"),
        status=(_TEXT, "success, failure or rolled_back"),
        by=(_TEXT, "who deployed"),
    ),
    **_facts(
        "change.documents[]",
        name=(_TEXT, "the document, such as adr or test-plan"),
        at=(_MOMENT, "when it was recorded"),
        by=(_TEXT, "who recorded it"),
    ),
    **_facts(
        "change.data",
        personal=(_FLAG, "whether it handles personal data"),
        categories=(_TEXTS, "categories of personal data"),
        subjects=(_TEXTS, "categories of people whose data it is"),
        recipients=(_TEXTS, "categories of recipients"),
        measures=(_TEXT, "security measures in general terms"),
        purpose=(_TEXT, "purpose of the processing"),
        lawful_basis=(_TEXT, "lawful basis"),
        retention_days=(_NUMBER, "days that the data is kept"),
        transfer=(_TEXT, "countries that it is sent to, or none"),
        minimised=(_FLAG, "whether no more is collected than is needed"),
        registered=(_FLAG, "whether it is in the register of processing"),
    ),
    **_facts(
        "change.dpia",
        criteria=(_TEXTS, "which of the nine criteria of WP248 hold, by a word for each"),
        always=(_FLAG, "whether it is one of the cases in which it is always needed"),
        needed=(_FLAG, "whether an impact assessment is needed, by two or more criteria"),
        done_at=(_MOMENT, "when it was done"),
        by=(_TEXT, "who did it"),
    ),
    **_facts(
        "change.incident",
        aware_at=(_MOMENT, "when somebody became aware of it"),
        reported_at=(_MOMENT, "when the authority was informed"),
        report_due=(_MOMENT, "72 hours after awareness"),
        reason=(_TEXT, "why it was reported late or not at all"),
        cause=(_TEXT, "its cause"),
        follow_up=(_TEXT, "the key of the follow-up item"),
    ),
    **_facts(
        "change.request",
        received_at=(_MOMENT, "when a person's request came in"),
        answer_due=(_MOMENT, "a month later; three where it was extended within that month"),
        extended_for=(_TEXT, "why it was extended"),
    ),
    **_facts(
        "change.review",
        emergency_at=(_MOMENT, "when the emergency was used"),
        emergency_reason=(_TEXT, "why"),
        approved_at=(_MOMENT, "when it was approved afterwards"),
        due=(_MOMENT, "the end of the second working day after the emergency"),
    ),
}
"""Every fact by its path; ``[]`` stands for each element of a list."""


def parents() -> frozenset[str]:
    """Paths that hold other facts: objects (``change.data``) and lists of them (``…approvals``)."""
    above: set[str] = set()
    for path in FACTS:
        while "." in path:
            path = path.rpartition(".")[0]
            above.add(path)
    return frozenset(above | {path.removesuffix("[]") for path in above})


PARENTS = parents()
LISTS = frozenset(path.removesuffix("[]") for path in PARENTS if path.endswith("[]"))
"""Paths of lists of objects."""
TOPS = frozenset(
    path.split(".")[1].removesuffix("[]") for path in FACTS if path.startswith("change.")
)
"""The names right below ``change``."""
