"""Makes the facts of a change from what is on record about its item at one moment.

Lists of what only others record (builds, pull requests …) are left out while they are empty: that
nothing was recorded does not mean that nothing happened. Approvals and links are vsm's own, so
there an empty list means none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from vsm.model.control.control import Alias, Mode
from vsm.model.control.deadlines import (
    answer_due,
    breach_due,
    dpia_needed,
    working_days_later,
)
from vsm.model.control.evidence import AT_GITHUB, AT_GITLAB, DERIVED, Evidence, EvidenceKind
from vsm.model.control.fact_list import FACTS, TOPS, FactType
from vsm.model.item import Item
from vsm.model.rules import day_start, from_micros
from vsm.model.stream import ValueStream
from vsm.model.team import Member


class Entry(NamedTuple):
    """An item entered a stage: which, when, and who moved it there (empty: unknown)."""

    stage: str
    at: int
    by: str = ""


class Linked(NamedTuple):
    """Another item: how it is linked, its key and its state."""

    kind: str
    key: str
    state: str


class Part(StrEnum):
    """A part of the record of an item, which can be read without the others."""

    ENTRIES = "entries"
    EVIDENCE = "evidence"
    LINKS = "links"
    EMERGENCIES = "emergencies"
    AUTHOR = "author"


PARTS = frozenset(Part)
_FROM_EVIDENCE = frozenset(
    (
        *("approvals", "pull_requests", "builds", "scans", "deployments", "documents"),
        *("data", "dpia", "incident", "request", "review", "risk"),
    )
)
"""The facts right below ``change`` that come from evidence."""
_FROM = {
    "history": (Part.ENTRIES,),
    "links": (Part.LINKS,),
    "review": (Part.EMERGENCIES, Part.ENTRIES),
    "author": (Part.AUTHOR,),
}
"""The other facts that need more than the item, and the parts that they come from."""
_OF_VISITS = frozenset(("started", "finished"))
_OF_PEOPLE = frozenset(
    (
        *("author", "owner", "history", "approvals"),
        *("pull_requests", "deployments", "documents", "dpia", "review"),
    )
)
"""The facts that name people, who may be called otherwise elsewhere."""


def parts_of(named: Collection[str]) -> frozenset[Part]:
    """The parts of a record from which these facts right below ``change`` come."""
    parts = {part for name in named for part in _FROM.get(name, ())}
    return frozenset(parts if _FROM_EVIDENCE.isdisjoint(named) else {*parts, Part.EVIDENCE})


def needs_visits(named: Collection[str]) -> bool:
    """Whether any of these facts right below ``change`` comes from the visits of the item."""
    return not _OF_VISITS.isdisjoint(named)


def names_people(named: Collection[str]) -> bool:
    """Whether any of these facts right below ``change`` names people."""
    return not _OF_PEOPLE.isdisjoint(named)


class OnRecord(NamedTuple):
    """What is on record about an item beside its fields; ``author`` is empty where unknown.

    ``emergencies`` are moments and reasons, the earliest first. Parts that were not read are empty.
    """

    entries: Sequence[Entry] = ()
    evidence: Sequence[Evidence] = ()
    links: Sequence[Linked] = ()
    emergencies: Sequence[tuple[int, str]] = ()
    author: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What is on record about an item at a moment, whether it moves in an emergency.

    ``logins`` has the login of each member by its case-folded names, here and elsewhere.
    """

    item: Item
    stream: ValueStream
    now: int
    mode: Mode
    team: str = ""
    target: str = ""
    started: int | None = None
    finished: int | None = None
    known: OnRecord = field(default_factory=OnRecord)
    logins: Mapping[str, str] = field(default_factory=dict)
    emergency: bool = False


def facts_of(record: Record, named: Collection[str] = TOPS) -> dict[str, Any]:
    """The facts of a change: ``change`` with those named right below it, ``stream`` and ``now``."""
    item, stream = record.item, record.stream
    own: dict[str, Any] = {
        "key": item.key,
        "type": item.type,
        "class": str(item.service),
        "labels": list(item.labels),
        "stream": stream.name,
        "stage": stream.by_id[item.stage].name if item.stage in stream.by_id else "",
        "target": record.target,
        "created": from_micros(item.created),
        "started": _moment(record.started),
        "finished": _moment(record.finished),
        "author": record.known.author,
        "owner": item.owner or "",
        "team": record.team,
        "due": _end_of(item.due, stream.zone),
        "blocked": item.block is not None,
        "emergency": record.emergency,
    }
    change = {n: value for n, value in own.items() if n in named and value not in ("", None)}
    people = _People(record.logins)
    if "history" in named and record.known.entries:
        change["history"] = [
            _known(stage=e.stage, at=from_micros(e.at), by=people.of(e.by))
            for e in record.known.entries
        ]
    for name in ("author", "owner"):
        if name in change:
            change[name] = people.of(change[name])
    if "links" in named:
        change["links"] = [link._asdict() for link in record.known.links]
    if not _FROM_EVIDENCE.isdisjoint(named):
        recorded = _recorded(record, people)
        change |= {name: value for name, value in recorded.items() if name in named}
    return {
        "now": from_micros(record.now),
        "stream": {"name": stream.name, "mode": str(record.mode), "zone": stream.zone},
        "change": change,
    }


def latest(evidence: Iterable[Evidence], moment: int) -> list[Evidence]:
    """What counts at a moment, in order of time: of each piece what was recorded last of it.

    Evidence counts from when it happened, since pipelines record it later.
    """
    last: dict[tuple[str, ...], Evidence] = {}
    for one in sorted(evidence, key=lambda e: e.id):
        if one.at <= moment:
            last[one.identity] = one
    return sorted(last.values(), key=lambda e: (e.at, e.id))


_HAPPENED = (EvidenceKind.COMMIT, EvidenceKind.PULL_REQUEST, EvidenceKind.DEPLOYMENT)
"""Kinds that are about what happened elsewhere, not about what somebody or a check says of it."""


def recorded_in_time(evidence: Iterable[Evidence], moment: int) -> list[Evidence]:
    """The evidence that was on record by a moment, without what a later date of record heals.

    Approvals, checks and statements count from when they were recorded, so that none is in time
    because its moment was put back. What happened elsewhere keeps its moment.
    """
    return [
        one if one.kind in _HAPPENED else replace(one, at=max(one.at, one.recorded_at))
        for one in evidence
        if one.recorded_at <= moment
    ]


def logins_of(members: Iterable[Member], aliases: Iterable[Alias]) -> dict[str, str]:
    """The login of each member by its case-folded names, here and elsewhere."""
    by_id = {member.id: member.login for member in members}
    elsewhere = {a.name.casefold(): by_id[a.member] for a in aliases if a.member in by_id}
    return elsewhere | {login.casefold(): login for login in by_id.values()}


class _People:
    """One login for everybody: that of the member, or the name in small letters."""

    def __init__(self, logins: Mapping[str, str]) -> None:
        self._logins = logins

    def of(self, name: str) -> str:
        folded = name.casefold()
        login = folded.removesuffix(AT_GITHUB).removesuffix(AT_GITLAB)
        return self._logins.get(folded) or self._logins.get(login, folded)


def _recorded(record: Record, people: _People) -> dict[str, Any]:
    """The facts that come from evidence."""
    facts: dict[str, Any] = {"approvals": []}
    facts |= {name: {} for name in ("data", "dpia", "incident", "request")}
    requests: dict[str, dict[str, Any]] = {}
    for one in latest(record.known.evidence, record.now):
        at, by, details = from_micros(one.at), people.of(one.by), one.details
        if one.kind is EvidenceKind.APPROVAL:
            names = {name: details.get(name, "") for name in ("role", "kind")}
            facts["approvals"].append(_known(by=by, at=at, **names))
        elif one.kind is EvidenceKind.PULL_REQUEST:
            merged = details.get("merged_at")
            request = requests.setdefault(one.ref, {"id": one.ref})
            request |= _known(
                author=by,
                merged_at=datetime.fromisoformat(merged) if merged else None,
                merged_by=people.of(details.get("merged_by", "")),
                sha=details.get("sha", ""),
            )
        elif one.kind in (EvidenceKind.REVIEW, EvidenceKind.COMMIT):
            request = requests.setdefault(details["pr"], {"id": details["pr"]})
            if one.kind is EvidenceKind.REVIEW:
                request.setdefault("reviews", []).append(_known(by=by, state=one.status, at=at))
            else:
                commit = _known(sha=one.ref, author=by, at=at)
                request.setdefault("commits", []).append(commit)
        elif one.kind is EvidenceKind.BUILD:
            build = _known(status=one.status, at=at, sha=details.get("sha", ""))
            facts.setdefault("builds", []).append(build)
        elif one.kind is EvidenceKind.SCAN:
            scan = _known(status=one.status, at=at, tool=details.get("tool", ""))
            facts.setdefault("scans", []).append(scan)
        elif one.kind is EvidenceKind.DEPLOYMENT:
            deployment = _known(env=details["env"], at=at, status=one.status, by=by)
            facts.setdefault("deployments", []).append(deployment)
        elif one.kind is EvidenceKind.DOCUMENT:
            facts.setdefault("documents", []).append(_known(name=one.ref, at=at, by=by))
        else:
            _attest(facts, details)
    if requests:
        facts["pull_requests"] = list(requests.values())
        facts["approvals"] += [a for request in requests.values() for a in _approving(request)]
    if "by" in facts["dpia"]:
        facts["dpia"]["by"] = people.of(facts["dpia"]["by"])
    _derive(facts, record)
    facts["review"] = _review(facts, record, people)
    return facts


def _approving(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Approvals of one pull request: by each reviewer whose last word was to approve it."""
    last: dict[str, Mapping[str, Any]] = {}
    for review in request.get("reviews", ()):
        if review["state"] != "commented":
            last[review.get("by", "")] = review
    return [
        _known(by=by, at=review["at"], kind="review", pr=request["id"])
        for by, review in last.items()
        if review["state"] == "approved"
    ]


def _attest(facts: dict[str, Any], details: Mapping[str, Any]) -> None:
    """Put stated facts at their paths; what is stated later counts."""
    for path, value in details.items():
        if path in DERIVED:
            continue
        _, *inside, name = path.split(".")
        place = facts[inside[0]] if inside else facts
        is_moment = FACTS[path].type is FactType.MOMENT
        place[name] = datetime.fromisoformat(value) if is_moment else value


def _derive(facts: dict[str, Any], record: Record) -> None:
    """Add what follows from stated facts."""
    from vsm.model.rules import to_micros

    dpia, incident, request = facts["dpia"], facts["incident"], facts["request"]
    if "criteria" in dpia or "always" in dpia:
        criteria = frozenset(dpia.get("criteria", ()))
        dpia["needed"] = bool(dpia.get("always")) or dpia_needed(criteria)
    if "aware_at" in incident:
        incident["report_due"] = from_micros(breach_due(to_micros(incident["aware_at"])))
    if "received_at" in request:
        received = to_micros(request["received_at"])
        due = answer_due(received, record.stream.zone, extended=False)
        # corrected or not, the first statement is the one that had to come in time
        first = [
            e.at for e in record.known.evidence if e.details.get("change.request.extended_for")
        ]
        if request.get("extended_for") and min(first) <= due:
            due = answer_due(received, record.stream.zone, extended=True)
        request["answer_due"] = from_micros(due)


def _review(facts: Mapping[str, Any], record: Record, people: _People) -> dict[str, Any]:
    """The review of the first emergency that nobody approved in time, else of the last one.

    Whoever moved the item in an emergency or deployed it does not approve that.
    """
    review: dict[str, Any] = {}
    deployers = {deployment.get("by") for deployment in facts.get("deployments", ())}
    for at, reason in record.known.emergencies:
        own = deployers | {people.of(e.by) for e in record.known.entries if e.at == at}
        last = working_days_later(at, record.stream.zone, record.stream.calendar)
        review = {
            "emergency_at": from_micros(at),
            "emergency_reason": reason,
            "due": _end_of(last.isoformat(), record.stream.zone),
        }
        approved = [
            a["at"]
            for a in facts["approvals"]
            if a.get("kind") == "retrospective" and a["at"] >= from_micros(at)
            if "by" in a and a["by"] not in own
        ]
        if not approved:
            return review
        review["approved_at"] = min(approved)
        if review["approved_at"] > review["due"]:
            return review
    return review


def _known(**values: Any) -> dict[str, Any]:
    """The values without those that are unknown."""
    return {name: value for name, value in values.items() if value not in ("", None)}


def _moment(at: int | None) -> datetime | None:
    return None if at is None else from_micros(at)


def _end_of(day: str | None, zone: str) -> datetime | None:
    """The last moment of a day (ISO) in a zone."""
    if day is None:
        return None
    return from_micros(day_start(date.fromisoformat(day) + timedelta(days=1), zone) - 1)
