"""The fields of an item in forms: how each is shown, parsed and completed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from vsm.model.dates import WORDS, read_day
from vsm.model.item import ClassOfService, FlowType, Item
from vsm.model.rules import local
from vsm.model.sanitise import inert, inert_line
from vsm.screens.completion import among, keys, labels
from vsm.widgets.date_text import long_day
from vsm.widgets.field import FieldSpec

if TYPE_CHECKING:
    from vsm.model.stream import ValueStream
    from vsm.model.team import Member, Team
    from vsm.reader import Reader
    from vsm.screens.host import Host

NONE = "none"
"""The word that empties a field of many items."""
DESCRIPTION = 6
"""Lines of the description."""


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to choose from in a stream, and the day that it is there."""

    me: str
    today: date
    types: tuple[str, ...]
    owners: tuple[str, ...]
    labels: tuple[str, ...]
    teams: tuple[Team, ...]
    members: tuple[Member, ...]

    def team(self, number: int | None) -> str:
        """The name of a team."""
        return next((team.name for team in self.teams if team.id == number), "")


async def known(host: Host, stream: ValueStream) -> Known:
    """Read what forms for a stream offer."""
    now, me = host.now(), host.actor

    def gather(reader: Reader) -> Known:
        used = reader.words("type", stream.id)
        return Known(
            me,
            local(now, stream.zone).date(),
            tuple(dict.fromkeys([*stream.types, *map(str, FlowType), *used])),
            tuple(reader.words("owner", stream.id)),
            tuple(reader.words("label", stream.id)),
            tuple(reader.teams()),
            tuple(reader.members()),
        )

    return await host.reading.call(gather)


# -- fields as texts ---------------------------------------------------------------------


def texts(item: Item, known: Known) -> dict[str, str]:
    """The fields of an item as a form shows them, harmless."""
    plain = {
        "title": item.title,
        "type": item.type,
        "owner": item.owner or "",
        "team": known.team(item.team),
        "due": item.due or "",
        "estimate": "" if item.estimate is None else f"{item.estimate:g}",
        "labels": ", ".join(item.labels),
        "parent": item.parent or "",
    }
    return {
        **{name: inert_line(text) for name, text in plain.items()},
        "class": str(item.service),
        "description": inert(item.description),
    }


class Reading:
    """Reads what is typed into each field; ``key`` is the item's own, ``many`` for several."""

    def __init__(self, host: Host, known: Known, key: str = "", *, many: bool = False) -> None:
        self._app = host
        self._known = known
        self._key = key.casefold()
        self._many = many

    def _none(self, text: str) -> bool:
        return not text or (self._many and text.casefold() == NONE)

    def title(self, typed: str) -> tuple[Any, str]:
        """Some words."""
        title = " ".join(typed.split())
        if not title:
            raise ValueError("An item needs a title.")
        return title, ""

    def type(self, typed: str) -> tuple[Any, str]:
        """A type that there is, or a new one."""
        word = " ".join(typed.split())
        if not word and not self._many:
            raise ValueError(f"An item has a type: {', '.join(self._known.types[:6])} …")
        same = [t for t in self._known.types if t.casefold() == word.casefold()]
        return (same[0], "") if same else (word, "a new type" if word else "")

    def owner(self, typed: str) -> tuple[Any, str]:
        """``me``, a member by login or name, or anybody else by login."""
        who = " ".join(typed.split())
        if self._none(who):
            return None, "unassigned" if who else ""
        if who.casefold() == "me":
            return self._known.me, f"= {self._known.me}"
        for member in self._known.members:
            if who.casefold() in (member.login.casefold(), member.name.casefold()):
                other = member.name if who.casefold() == member.login.casefold() else member.login
                return member.login, f"= {other}" if other != who else ""
        used = who.casefold() in (owner.casefold() for owner in self._known.owners)
        return who, "" if used else "a new name"

    def team(self, typed: str) -> tuple[Any, str]:
        """A team by its name or a unique beginning of it."""
        name = " ".join(typed.split())
        if self._none(name):
            return None, "no team" if name else ""
        folded = name.casefold()
        matches = [t for t in self._known.teams if t.name.casefold() == folded]
        matches = matches or [t for t in self._known.teams if t.name.casefold().startswith(folded)]
        if len(matches) == 1:
            exact = matches[0].name.casefold() == folded
            return matches[0].id, "" if exact else f"= {matches[0].name}"
        names = ", ".join(t.name for t in (matches or self._known.teams)[:8])
        if matches:
            raise ValueError(f"{name} is more than one team: {names}")
        there = f"there are {names}" if names else "there are none yet"
        raise ValueError(f"There is no team {name}: {there}")

    def due(self, typed: str) -> tuple[Any, str]:
        """A date in words or as ISO writes it."""
        if self._none(typed.strip()):
            return None, "no date" if typed.strip() else ""
        day = read_day(typed, self._known.today)
        return day.isoformat(), f"= {long_day(day)}"

    def estimate(self, typed: str) -> tuple[Any, str]:
        """A number of 0 or more."""
        text = typed.strip()
        if self._none(text):
            return None, "no estimate" if text else ""
        try:
            number = float(text)
        except ValueError:
            number = -1.0
        if not 0 <= number < 1e9:
            raise ValueError(f"{text} is no estimate: give a number of 0 or more")
        return number, ""

    def labels(self, typed: str) -> tuple[Any, str]:
        """Words with commas between them."""
        return tuple(word for part in typed.split(",") if (word := " ".join(part.split()))), ""

    def parent(self, typed: str) -> tuple[Any, str]:
        """The key of an item."""
        key = typed.strip()
        if self._none(key):
            return None, "no parent" if key else ""
        if key.casefold() == self._key:
            raise ValueError("An item cannot be its own parent.")
        item = self._app.reader.find_key(key) if self._app.reader is not None else None
        if item is None:
            raise ValueError(f"There is no item {key}.")
        return item.key, item.title


# -- forms -------------------------------------------------------------------------------


def specs(
    host: Host, stream: ValueStream, known: Known, shown: dict[str, str], key: str = ""
) -> list[FieldSpec]:
    """The fields of one item; ``shown`` are their texts, ``key`` is the item's own."""
    read = Reading(host, known, key)
    teams = ", ".join(inert_line(team.name) for team in known.teams[:5])
    tags = ", ".join(inert_line(label) for label in known.labels[:4])
    return [
        FieldSpec("title", "Title", shown["title"], "title", read.title),
        _type(known, shown["type"], read),
        FieldSpec("class", "Class", shown["class"], choices=tuple(map(str, ClassOfService))),
        _owner(known, shown["owner"], 'unassigned ("me" = you)', read),
        _team(known, shown["team"], teams, read),
        FieldSpec("due", "Due", shown["due"], WORDS, read.due),
        FieldSpec("estimate", "Estimate", shown["estimate"], "a number", read.estimate),
        FieldSpec(
            "labels",
            "Labels",
            shown["labels"],
            f"{tags} … with commas between them" if tags else "words with commas between them",
            read.labels,
            labels(known.labels),
        ),
        FieldSpec(
            "parent",
            "Parent",
            shown["parent"],
            "a key, or words of a title",
            read.parent,
            keys(host, key),
        ),
        FieldSpec("description", "Description", shown["description"], lines=DESCRIPTION),
    ]


def _type(known: Known, text: str, read: Reading, hint: str = "") -> FieldSpec:
    options = among([(word, "") for word in known.types])
    return FieldSpec("type", "Type", text, hint, read.type, options)


def _owner(known: Known, text: str, hint: str, read: Reading) -> FieldSpec:
    people = [("me", known.me), *((m.login, m.name) for m in known.members)]
    seen = {login.casefold() for login, _ in people}
    people += [(owner, "") for owner in known.owners if owner.casefold() not in seen]
    return FieldSpec("owner", "Owner", text, hint, read.owner, among(people))


def _team(known: Known, text: str, hint: str, read: Reading) -> FieldSpec:
    options = among([(team.name, "") for team in known.teams])
    return FieldSpec("team", "Team", text, hint, read.team, options)


def common_specs(host: Host, known: Known) -> list[FieldSpec]:
    """The fields that several items can be given at once; empty ones leave them as they are."""
    read = Reading(host, known, many=True)
    same = 'unchanged ("none" clears)'
    return [
        _type(known, "", read, "unchanged"),
        FieldSpec("class", "Class", "", "unchanged", choices=("", *map(str, ClassOfService))),
        _owner(known, "", same, read),
        _team(known, "", same, read),
        FieldSpec("due", "Due", "", f"{same}; {WORDS}", read.due),
        FieldSpec("estimate", "Estimate", "", same, read.estimate),
        FieldSpec("labels", "+ Labels", "", "labels to add", read.labels, labels(known.labels)),
        FieldSpec(
            "no-labels", "- Labels", "", "labels to remove", read.labels, labels(known.labels)
        ),
        FieldSpec("parent", "Parent", "", same, read.parent, keys(host)),
    ]


def changes(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a form under the names that commands know."""
    out = {"service" if name == "class" else name: value for name, value in values.items()}
    if "service" in out:
        out["service"] = ClassOfService(out["service"])
    return out


def merged(have: Sequence[str], add: Sequence[str], drop: Sequence[str]) -> tuple[str, ...]:
    """Labels with some more and some fewer, letter case ignored."""
    gone = {word.casefold() for word in drop}
    there = {word.casefold() for word in have}
    kept = [word for word in have if word.casefold() not in gone]
    return (*kept, *(word for word in add if word.casefold() not in there | gone))
