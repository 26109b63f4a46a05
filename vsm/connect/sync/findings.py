"""Findings about the items of a run: gaps, observed moves, unknown statuses, strangers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from vsm.connect.files.planned_import import Plan
from vsm.connect.sync.results import Gap, UnknownStatus
from vsm.connect.sync.tracker import Record
from vsm.model.history import OBSERVED_LATE, ItemHistory, is_observed
from vsm.model.item import Quality
from vsm.model.rules import iso

_GUESSED = (":current", ":reopened", ":closed")
"""Ends of the ids of moves that follow from the present state and no log."""


def gaps(plan: Plan | None) -> tuple[Gap, ...]:
    """Where moves are missing, of each item whose history is truncated."""
    histories = plan.histories if plan is not None else ()
    return tuple(_gap(history) for history in histories if history.quality is Quality.TRUNCATED)


def _gap(history: ItemHistory) -> Gap:
    entries = history.entries
    for before, entry in pairwise(entries):
        if entry.event_id.startswith(OBSERVED_LATE):
            why = f"nobody looked before {entry.status} was seen"
            return Gap(history.key, before.at, entry.at, why)
    last = entries[-1]
    if len(entries) > 1 and last.event_id.endswith(_GUESSED):
        return Gap(history.key, entries[-2].at, last.at, f"no log of how it came to {last.status}")
    until = entries[1].at if len(entries) > 1 else last.at
    return Gap(history.key, entries[0].at, until, "the log begins later than the item")


def observed_total(plan: Plan | None) -> int:
    """How many moves were seen and never logged."""
    histories = plan.histories if plan is not None else ()
    return sum(is_observed(e.event_id) for h in histories for e in h.entries)


def observed_rows(
    observed: Mapping[str, Sequence[tuple[int, str, str]]],
) -> dict[str, list[Record]]:
    """Earlier observations as events of a timeline."""
    return {
        item: [
            {"event": "status_observed", "id": event, "created_at": iso(at), "status": stage}
            for at, stage, event in moves
        ]
        for item, moves in observed.items()
    }


def hold_back(plan: Plan) -> tuple[Plan, frozenset[str], tuple[UnknownStatus, ...]]:
    """The plan without items that were in a status of which nobody said where it belongs.

    Recorded without it they would stand in a stage that they have left.
    """
    unknown = {status for status in plan.unmapped if status not in plan.mapping}
    if plan.new or not unknown:
        return plan, frozenset(), ()
    counts: Counter[str] = Counter()
    held: set[str] = set()
    for history in plan.histories:
        statuses = unknown.intersection(entry.status for entry in history.entries)
        counts.update(statuses)
        if statuses:
            held.add(history.source_key)
    rest = [history for history in plan.histories if history.source_key not in held]
    listed = tuple(UnknownStatus(status, items) for status, items in counts.most_common())
    return replace(plan, histories=rest), frozenset(held), listed


def apply_aliases(plan: Plan, members: Mapping[str, str]) -> Plan:
    """The plan with people by the logins that they have here."""
    if not members:
        return plan

    def login(name: str) -> str:
        return members.get(name.casefold(), name)

    histories = [
        replace(
            history,
            owner=login(history.owner) if history.owner else history.owner,
            entries=tuple(e._replace(by=login(e.by)) if e.by else e for e in history.entries),
        )
        for history in plan.histories
    ]
    return replace(plan, histories=histories)


def strangers(
    plan: Plan | None, members: Mapping[str, str], logins: frozenset[str]
) -> tuple[str, ...]:
    """Owners and movers that are no members, nor known by another name."""
    names: set[str] = set()
    for history in plan.histories if plan is not None else ():
        names |= {history.owner or "", *(entry.by for entry in history.entries)}
    return tuple(sorted(n for n in names if n and n.casefold() not in logins | members.keys()))
