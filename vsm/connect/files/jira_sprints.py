"""Reads sprints of Jira: which there are, and from change logs which issues were in them when.

The field ``Sprint`` is a set: a change names all ids before and after (``"7, 9"``), and the id of a
closed sprint stays in it. An issue without such a change is in its sprints since its creation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from vsm.connect.files import json_fields as j
from vsm.connect.files.json_fields import Malformed
from vsm.model.history import Skipped, SprintFacts, SprintStay

_STATES = ("active", "closed", "future")
_OLD = re.compile(r"\[(?=[^\]]*\bid=)(.*)\]$", re.DOTALL)
"""A sprint as old servers print it: ``…Sprint@1f[id=7,state=CLOSED,name=EE 7,startDate=…]``."""
_OLD_FIELD = re.compile(r"(?:^|,)(\w+)=")
_POINTS = ("story points", "story point estimate")
Record = dict[str, Any]
Estimates = tuple[tuple[int, float | None], ...]


def is_sprint(record: Record) -> bool:
    """Whether a record that is no issue is a sprint."""
    if "fields" in record or "key" in record or "changelog" in record:
        return False
    state = record.get("state")
    is_known = isinstance(state, str) and state.casefold() in _STATES
    return is_known and "id" in record and isinstance(record.get("name"), str)


class SprintReader:
    """Gathers the sprints of all files of one import."""

    def __init__(self) -> None:
        self._sprints: dict[str, SprintFacts] = {}
        self._named: dict[str, str] = {}

    def take(self, record: Record, field: str = "sprint") -> str:
        """Note a sprint and return its id; raises :class:`Malformed`."""
        number = record.get("id")
        if isinstance(number, bool) or not isinstance(number, (int, str)) or number == "":
            raise Malformed(f"{field}.id", "is no id of a sprint")
        source_id = str(number)
        state = str(record.get("state") or "").casefold()
        start = _moment(record, ("activatedDate", "startDate"), field)
        planned = _moment(record, ("startDate", "activatedDate"), field)
        end = _moment(record, ("endDate",), field)
        closed = _moment(record, ("completeDate", "endDate"), field) if state == "closed" else None
        facts = SprintFacts(
            source_id,
            " ".join(j.text(record.get("name"), f"{field}.name").split())[:100]
            or f"Sprint {source_id}",
            j.text(record.get("goal") or "", f"{field}.goal"),
            planned,
            end,
            start if state in ("active", "closed") else None,
            closed,
        )
        known = self._sprints.get(source_id)
        if known is None or _told(facts) >= _told(known):
            self._sprints[source_id] = facts
        return source_id

    def read(
        self, fields: Record, histories: Iterable[Any], created: int
    ) -> tuple[tuple[SprintStay, ...], Estimates]:
        """When an issue was in which sprints, and its story points over time."""
        now = self._current(fields)
        moves: list[tuple[int, frozenset[str], frozenset[str]]] = []
        sizes: list[tuple[int, float | None, float | None]] = []
        for place, history in enumerate(histories):
            for item in history.get("items") or () if isinstance(history, dict) else ():
                name = str(item.get("field") or "").casefold() if isinstance(item, dict) else ""
                if name != "sprint" and name not in _POINTS:
                    continue
                at = j.moment(history.get("created"), f"changelog.histories[{place}].created")
                if name == "sprint":
                    before, after = self._ids(item, "from"), self._ids(item, "to")
                    moves.append((at, before, after))
                else:
                    sizes.append(
                        (at, _number(item.get("fromString")), _number(item.get("toString")))
                    )
        moves.sort(key=lambda move: move[0])
        sizes.sort(key=lambda size: size[0])
        return _stays(moves, now, created), _estimates(sizes, created)

    def _current(self, fields: Record) -> list[str]:
        """The sprints that the fields of an issue name, however the field is called."""
        ids: dict[str, None] = {}
        for name, value in fields.items():
            values = value if isinstance(value, list) else [value]
            for one in values:
                record = _old(one) if isinstance(one, str) and "Sprint@" in one else one
                if isinstance(record, dict) and is_sprint(record):
                    ids[self.take(record, f"fields.{name}")] = None
        return list(ids)

    def _ids(self, item: Record, side: str) -> frozenset[str]:
        """The ids of one side of a change; their names are kept for sprints of no file."""
        text = item.get(side)
        ids = [part.strip() for part in str(text or "").split(",") if part.strip()]
        names = str(item.get(f"{side}String") or "").split(", ")
        if len(ids) == len(names):
            self._named.update(zip(ids, names, strict=True))
        return frozenset(ids)

    def finish(self, stays: Iterable[SprintStay]) -> tuple[list[SprintFacts], list[Skipped]]:
        """All sprints, and which of those that change logs name are in no file."""
        missing = {stay.source_id for stay in stays} - self._sprints.keys()
        skipped = [
            Skipped(
                "sprints",
                f"change logs name the sprint {self._named.get(number, number)} ({number}), whose"
                " dates are in no file: import the sprints of the board with the issues",
            )
            for number in sorted(missing)
        ]
        return list(self._sprints.values()), skipped


def _told(facts: SprintFacts) -> tuple[bool, bool, bool]:
    """How far a sprint was when it was exported: a later export says more."""
    return facts.closed is not None, facts.started is not None, facts.end is not None


def _moment(record: Record, names: tuple[str, ...], field: str) -> int | None:
    for name in names:
        value = record.get(name)
        if value not in (None, "", "<null>"):
            return j.moment(value, f"{field}.{name}")
    return None


def _number(text: Any) -> float | None:
    try:
        number = float(str(text))
    except ValueError:
        return None
    return number if 0 <= number < 1e9 else None


def _old(text: str) -> Mapping[str, Any]:
    """The fields of a sprint as old servers print it."""
    inside = _OLD.search(text)
    if inside is None:
        return {}
    parts = _OLD_FIELD.split(inside[1])
    fields = dict(zip(parts[1::2], parts[2::2], strict=True))
    return {name: None if value == "<null>" else value for name, value in fields.items()}


def _stays(
    moves: list[tuple[int, frozenset[str], frozenset[str]]], now: list[str], created: int
) -> tuple[SprintStay, ...]:
    """Times in sprints, in the order in which they began."""
    first = moves[0][1] if moves else frozenset(now)
    inside: dict[str, int] = dict.fromkeys(sorted(first), created)
    out: list[SprintStay] = []
    for at, _, after in moves:
        for number in sorted(inside.keys() - after):
            out.append(SprintStay(number, inside.pop(number), at))
        for number in sorted(after - inside.keys()):
            inside[number] = max(at, created)
    out += [SprintStay(number, entered, None) for number, entered in inside.items()]
    return tuple(sorted(out, key=lambda stay: (stay.entered, stay.source_id)))


def _estimates(sizes: list[tuple[int, float | None, float | None]], created: int) -> Estimates:
    """Story points over time; empty where they never changed."""
    if not sizes:
        return ()
    return ((created, sizes[0][1]), *((max(at, created), after) for at, _, after in sizes))
