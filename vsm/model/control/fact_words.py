"""Says facts in plain words: their names, their values, and elements of lists of facts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from vsm.model.dates import MONTHS
from vsm.model.rules import zone_of
from vsm.model.sanitise import inert_line

TEXT_MAX, LIST_MAX, HASH_DIGITS = 60, 5, 10
"""Most characters of a value, most elements of a list that are named, digits of a commit."""

NOUNS: dict[str, str] = {
    "change.history": "entry into",
    "change.approvals": "approval",
    "change.links": "link to",
    "change.pull_requests": "pull request",
    "change.pull_requests[].reviews": "review",
    "change.pull_requests[].commits": "commit",
    "change.builds": "build",
    "change.scans": "scan",
    "change.deployments": "deployment",
    "change.documents": "document",
}
"""What an element of each list is, as its description begins."""
_PLURALS = {"change.history": "stages entered", "change.links": "links"}

LABELS: dict[str, str] = {
    "now": "moment of the check",
    "stream.name": "value stream",
    "stream.mode": "mode of the stream",
    "stream.zone": "time zone of the stream",
    "change.class": "class of service",
    "change.target": "next stage",
    "change.created": "creation",
    "change.started": "commitment",
    "change.finished": "finish",
    "change.due": "due date",
    "change.history[].at": "entry",
    "change.history[].by": "who moved it",
    "change.approvals[].by": "approver",
    "change.approvals[].role": "role of the approver",
    "change.approvals[].at": "approval",
    "change.approvals[].kind": "kind of approval",
    "change.approvals[].pr": "approved pull request",
    "change.links[].kind": "kind of link",
    "change.links[].key": "linked item",
    "change.links[].state": "state of the linked item",
    "change.pull_requests[].id": "pull request",
    "change.pull_requests[].author": "author of the pull request",
    "change.pull_requests[].merged_at": "merge",
    "change.pull_requests[].merged_by": "who merged it",
    "change.pull_requests[].sha": "merged commit",
    "change.pull_requests[].reviews[].by": "reviewer",
    "change.pull_requests[].reviews[].state": "outcome of the review",
    "change.pull_requests[].reviews[].at": "review",
    "change.pull_requests[].commits[].sha": "commit",
    "change.pull_requests[].commits[].author": "author of the commit",
    "change.pull_requests[].commits[].at": "commit",
    "change.builds[].status": "status of the build",
    "change.builds[].at": "build",
    "change.builds[].sha": "built commit",
    "change.scans[].status": "status of the scan",
    "change.scans[].at": "scan",
    "change.scans[].tool": "scanner",
    "change.deployments[].env": "environment",
    "change.deployments[].at": "deployment",
    "change.deployments[].status": "status of the deployment",
    "change.deployments[].by": "deployer",
    "change.documents[].name": "document",
    "change.documents[].at": "document",
    "change.documents[].by": "who recorded the document",
    "change.data.personal": "personal data",
    "change.data.categories": "categories of data",
    "change.data.subjects": "categories of people",
    "change.data.measures": "security measures",
    "change.data.retention_days": "retention in days",
    "change.data.registered": "entry in the register",
    "change.dpia.criteria": "criteria of WP248",
    "change.dpia.always": "assessment always needed",
    "change.dpia.needed": "assessment needed",
    "change.dpia.done_at": "assessment",
    "change.dpia.by": "who assessed it",
    "change.incident.aware_at": "awareness",
    "change.incident.reported_at": "report to the authority",
    "change.incident.report_due": "end of the 72 hours",
    "change.incident.reason": "reason for a late report",
    "change.incident.follow_up": "follow-up item",
    "change.request.received_at": "request",
    "change.request.answer_due": "end of the time to answer",
    "change.request.extended_for": "reason for the extension",
    "change.review.emergency_at": "emergency",
    "change.review.emergency_reason": "reason for the emergency",
    "change.review.approved_at": "approval after the emergency",
    "change.review.due": "end of the time to approve an emergency",
}
"""What facts are called whose last name alone does not say it."""
_IDENTITIES = ("id", "sha", "key", "name", "stage", "tool")


_ABSENT = {"change.review.due": "no emergency is on record"}


def absent(path: str) -> str:
    """That a fact is not known."""
    return _ABSENT.get(path) or f"{label(path)} is not on record"


def label(path: str) -> str:
    """What a fact, or a list of facts, is called: ``owner``, ``author of the commit``."""
    if path in NOUNS:
        return plural(path)
    return LABELS.get(path) or path.rpartition(".")[2].replace("[]", "").replace("_", " ")


def plural(path: str) -> str:
    """The elements of a list: ``approvals``."""
    return _PLURALS.get(path) or f"{NOUNS[path]}s"


def none_of(path: str) -> str:
    """That a list has no element."""
    noun = {"change.history": "entry into a stage", "change.links": "link"}.get(path)
    return f"no {noun or NOUNS[path]} is on record"


def element_text(path: str, value: Mapping[str, Any], zone: str) -> str:
    """An element of a list: ``approval by anna (2 Mar 2026 13:00)``."""
    words = [NOUNS[path]]
    for name in _IDENTITIES:
        if value.get(name):
            text = str(value[name])[:HASH_DIGITS] if name == "sha" else value_text(value[name])
            words.append(f"of {text}" if path == "change.builds" else text)
            if name == "id":
                return " ".join(words)
            break
    if value.get("env"):
        words.append(f"to {value_text(value['env'])}")
    by = value.get("by") or value.get("author")
    if by:
        words.append(f"by {value_text(by)}")
    if value.get("pr"):
        words.append(f"of pull request {value_text(value['pr'])}")
    details = [value_text(value[name]) for name in ("status", "state", "kind") if value.get(name)]
    at = value.get("at") or value.get("merged_at")
    details += [moment_text(at, zone)] if isinstance(at, datetime) else []
    return " ".join(words) + (f" ({', '.join(details)})" if details else "")


def value_text(value: object, zone: str = "UTC") -> str:
    """A value on one harmless line, cut where it is long."""
    if isinstance(value, datetime):
        return moment_text(value, zone)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, timedelta):
        return f"{value.total_seconds() / 3600:g} hours"
    if isinstance(value, list):
        names = [value_text(one) for one in value[:LIST_MAX]]
        more = [f"{len(value) - LIST_MAX} more"] if len(value) > LIST_MAX else []
        return ", ".join([*names, *more]) or "empty"
    text = inert_line(str(value)).strip()
    return f"{text[: TEXT_MAX - 1]}…" if len(text) > TEXT_MAX else text or "empty"


def moment_text(at: datetime, zone: str, timespec: str = "minutes") -> str:
    """A moment in a zone: ``2 Mar 2026 13:00``; UTC is named."""
    when = at.astimezone(zone_of(zone))
    time = when.time().isoformat(timespec)
    suffix = " UTC" if zone == "UTC" else ""
    return f"{when.day} {MONTHS[when.month - 1]} {when.year} {time}{suffix}"


def moment_texts(first: datetime, second: datetime, zone: str) -> tuple[str, str]:
    """Two moments, as exactly as it takes to tell them apart."""
    texts = ("", "")
    for timespec in ("minutes", "seconds", "microseconds"):
        texts = moment_text(first, zone, timespec), moment_text(second, zone, timespec)
        if first == second or texts[0] != texts[1]:
            break
    return texts
