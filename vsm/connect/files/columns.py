"""Finds the roles of columns by the header names that tools use, or as the user chooses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vsm.connect.files.item_fields import shown
from vsm.model.errors import BadInput
from vsm.model.sanitise import inert_line


@dataclass(frozen=True, slots=True)
class Role:
    """A role of a column. ``name`` is also the option with which the user names the column.

    ``names`` are headers by which it is recognised, the best first, in their plain form (see
    :func:`plain`). ``needed`` says that no import is possible without it.
    """

    name: str
    what: str
    names: tuple[str, ...]
    needed: bool = False


def plain(header: str) -> str:
    """A header without letter case, spaces and signs: ``case:concept:name`` → the same letters."""
    return re.sub(r"[\W_]+", "", header.casefold())


TITLE = Role(
    "title", "title",
    ("title", "casetitle", "name", "summary", "subject", "taskname", "issuetitle", "storyname"),
)  # fmt: skip
TYPE = Role("type", "type of work", ("type", "workitemtype", "itemtype", "issuetype", "casetype"))
TEAM = Role("team", "team", ("team", "orggroup", "group", "workgroup", "assignedteam"))
OWNER = Role(
    "owner", "owner",
    ("owner", "assignee", "assignedto", "caseresponsible", "responsible", "assignees", "assign",
     "owners", "person", "people"),
)  # fmt: skip
LABELS = Role("labels", "labels", ("labels", "label", "tags", "tag"))
DUE = Role("due", "due date", ("duedate", "due", "targetdate", "deadline", "casedeadline"))
POINTS = Role(
    "points", "estimate",
    ("storypoints", "points", "storypoint", "storypointestimate", "estimate", "effort", "size",
     "customfieldstorypoints", "customfieldstorypointestimate"),
)  # fmt: skip
PARENT = Role(
    "parent", "parent",
    ("parentkey", "customfieldepiclink", "epiclink", "parent", "parentid", "parentissue", "epic"),
)  # fmt: skip
ABOUT = (TITLE, TYPE, TEAM, OWNER, LABELS, DUE, POINTS, PARENT)
"""Roles of the fields of items beside their history, which any table may have."""


def every(header: Sequence[str], names: Iterable[str]) -> list[int]:
    """The places of all columns with one of these names, also of a name that stands repeatedly."""
    known = frozenset(names)
    return [place for place, name in enumerate(header) if plain(name) in known]


def recognise(header: Sequence[str], roles: Sequence[Role]) -> dict[str, int]:
    """Role → place of the column with one of its names; each column has one role at most."""
    places: dict[str, int] = {}
    for place, name in enumerate(header):
        places.setdefault(plain(name), place)
    out: dict[str, int] = {}
    for role in roles:
        matches = (places[n] for n in role.names if n in places)
        place_of = next((p for p in matches if p not in out.values()), None)
        if place_of is not None:
            out[role.name] = place_of
    return out


def choose(
    file: str, header: Sequence[str], roles: Sequence[Role], chosen: Mapping[str, str | None]
) -> dict[str, int]:
    """Role → place of its column: as ``chosen`` by header, else recognised.

    An empty name says that there is no such column. Raises :class:`BadInput` with a list of the
    columns for an unknown name and for a needed role without a column.
    """
    named = {role: name for role, name in chosen.items() if name is not None}
    out = {role: _place(file, header, role, name) for role, name in named.items() if name}
    free = [name if n not in out.values() else "" for n, name in enumerate(header)]
    out |= recognise(free, [r for r in roles if r.name not in named])
    for role in roles:
        if role.needed and role.name not in out:
            raise BadInput(
                f"{file} line 1 has no column for the {role.what}",
                f"name it with --{role.name}: there are {listed(header)}",
            )
    return {role.name: out[role.name] for role in roles if role.name in out}


def _place(file: str, header: Sequence[str], role: str, name: str) -> int:
    cleaned = " ".join(name.split())
    for form in (str, str.casefold, plain):
        places = [n for n, title in enumerate(header) if form(title) == form(cleaned)]
        if len(places) > 1:
            raise BadInput(
                f"{file} line 1 has {len(places)} columns {shown(name)}, given with --{role}",
                "give each column a name of its own",
            )
        if places:
            return places[0]
    raise BadInput(
        f"{file} line 1 has no column {shown(name)}, given with --{role}",
        f"there are {listed(header)}",
    )


def listed(header: Sequence[str], most: int = 20) -> str:
    """The names of the columns, for messages."""
    names = [inert_line(name) or "(no name)" for name in header[:most]]
    more = f" and {len(header) - most} more" if len(header) > most else ""
    return ", ".join(name if len(name) <= 40 else f"{name[:39]}…" for name in names) + more
