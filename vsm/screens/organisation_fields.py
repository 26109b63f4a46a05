"""Fields of forms for streams and stages: filled, read and completed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vsm.model.calendar import holidays_text, read_holidays, read_workdays, workdays_text
from vsm.model.command import AddStage, NewStage
from vsm.model.declared import TimeBasis
from vsm.model.group_limit import group_text, read_groups
from vsm.model.limit_text import Limits, limits_of, read_limits
from vsm.model.practice import MoveEntry, StageBehaviour
from vsm.model.rules import zone_of
from vsm.model.sanitise import inert_line
from vsm.model.stream import Category, Stage, ValueStream
from vsm.model.team import Team
from vsm.screens.completion import among
from vsm.widgets.field import FieldSpec, Read
from vsm.widgets.pick_list import Row

FIRST = "first working stage"
"""The choice that leaves the start of the clock to the order of the stages."""
LIMITS = "such as: 5   5 hard   5 soft, expedite 1   5, expedite +1   none"
"""Limits as one types them."""


def needed(what: str) -> Read:
    """Read some words that must be there."""

    def read(typed: str) -> tuple[Any, str]:
        words = " ".join(typed.split())
        if not words:
            raise ValueError(f"{what} needs a name.")
        return words, ""

    return read


# -- time zones -----------------------------------------------------------------------


def zones() -> tuple[str, ...]:
    """The names of all time zones; reads a folder, so ask for it off the screen's own thread."""
    from zoneinfo import available_timezones

    return tuple(sorted(available_timezones()))


def zone_field(zone: str, known: Sequence[str]) -> FieldSpec:
    """In which zone days begin; completed by any part of a name."""

    async def complete(typed: str) -> list[Row]:
        folded = typed.strip().casefold().replace(" ", "_")
        if not folded:
            return []
        begins = [name for name in known if name.casefold().startswith(folded)]
        parts = [name for name in known if f"/{folded}" in f"/{name.casefold()}"]
        return [Row(name, name) for name in dict.fromkeys([*begins, *parts])][:50]

    def read(typed: str) -> tuple[Any, str]:
        name = typed.strip()
        same = next((zone for zone in known if zone.casefold() == name.casefold()), name)
        near = [zone for zone in known if zone.casefold().endswith(f"/{name.casefold()}")]
        try:
            zone_of(same)
        except ValueError:
            guess = near[0] if near else "Europe/Berlin, or UTC"
            raise ValueError(f"There is no time zone {name or 'without a name'}: {guess}") from None
        return same, f"= {same}" if same != name else ""

    return FieldSpec("zone", "Time zone", zone, "Europe/Berlin", read, complete)


# -- how a board is kept --------------------------------------------------------------


def practice_field(name: str, label: str, now: MoveEntry | StageBehaviour | TimeBasis) -> FieldSpec:
    """A choice among the words of a setting, each with what it means beside it."""
    settings = {setting.words: setting for setting in type(now)}

    def read(chosen: str) -> tuple[Any, str]:
        return settings[chosen], settings[chosen].help

    return FieldSpec(name, label, now.words, read=read, choices=tuple(settings))


# -- streams --------------------------------------------------------------------------


def read_prefix(typed: str) -> tuple[Any, str]:
    """What keys begin with; empty leaves it to the name."""
    prefix = typed.strip().upper()
    if not prefix:
        return "", "from the name"
    known = prefix.isascii() and prefix[0].isalpha() and prefix.replace("_", "").isalnum()
    if not known or len(prefix) > 20:
        raise ValueError(f"{prefix} is no key prefix: letters, digits and _, a letter first")
    return prefix, f"{prefix}-1, {prefix}-2 …"


def read_list(typed: str) -> tuple[Any, str]:
    """Read words with commas between them, each once."""
    words = [" ".join(word.split()) for word in typed.split(",")]
    return tuple(dict.fromkeys(word for word in words if word)), ""


def _link(typed: str) -> tuple[Any, str]:
    link = typed.strip()
    if link and not (link.startswith(("https://", "http://")) and "{key}" in link):
        raise ValueError("Give an address with {key} in it: https://tracker.example/browse/{key}")
    return link, ""


def _workdays(typed: str) -> tuple[Any, str]:
    days = read_workdays(typed)
    text = workdays_text(days)
    return days, "" if text == typed.strip().casefold() else f"= {text}"


def _holidays(typed: str) -> tuple[Any, str]:
    days = read_holidays(typed)
    return days, f"{len(days)} days" if len(days) > 1 else ""


def stream_fields(stream: ValueStream, known: Sequence[str]) -> list[FieldSpec]:
    """All about a stream beside its stages."""
    words = dict(stream.vocabulary)
    clock = stream.by_id[stream.commitment].name if stream.commitment in stream.by_id else FIRST
    working = [stage.name for stage in stream.line if stage.category.working]
    return [
        FieldSpec("name", "Name", inert_line(stream.name), read=needed("A value stream")),
        zone_field(stream.zone, known),
        FieldSpec("prefix", "Keys", stream.prefix, "PAY gives PAY-1", read_prefix),
        FieldSpec("commitment", "Clock at", clock, choices=(FIRST, *_with(working, clock))),
        FieldSpec("types", "Types", _shown(stream.types), "feature, bug, chore", read_list),
        FieldSpec("item", "Item is", inert_line(words.get("item", "")), "item"),
        FieldSpec("items", "Items are", inert_line(words.get("items", "")), "items"),
        FieldSpec("link", "Link", stream.link, "https://tracker.example/browse/{key}", _link),
        FieldSpec("workdays", "Works", workdays_text(stream.workdays), "mon-fri", _workdays),
        FieldSpec(
            "holidays",
            "Days off",
            holidays_text(stream.holidays),
            "2026-05-01, 2026-12-24..2026-12-26",
            _holidays,
        ),
        FieldSpec(
            "group_limits",
            "Together",
            "; ".join(inert_line(group_text(stream, group)) for group in stream.group_limits),
            "WIP limits over several stages: Build + Review 6 hard",
            lambda typed: (read_groups(stream, typed), ""),
        ),
        practice_field("map_time", "Map in", stream.map_time),
        practice_field("move_entry", "Moves", stream.move_entry),
    ]


def _with(names: list[str], name: str) -> list[str]:
    """The names, and one that is chosen although it is no longer on the board."""
    return names if name == FIRST or name in names else [*names, name]


def _shown(words: Sequence[str]) -> str:
    return inert_line(", ".join(words))


def stream_changes(stream: ValueStream, values: dict[str, Any]) -> dict[str, Any]:
    """The values of the form as ``SetStream`` takes them."""
    out = {name: value for name, value in values.items() if name not in ("item", "items")}
    if "commitment" in out:
        chosen = stream.named(out["commitment"])
        out["commitment"] = None if chosen is None else chosen.id
    if {"item", "items"} & set(values):
        words = {**dict(stream.vocabulary), **values}
        out["vocabulary"] = {name: words.get(name, "") for name in ("item", "items")}
    return out


# -- stages ---------------------------------------------------------------------------


def limits_field(now: Limits | None, hint: str = LIMITS, text: str = "") -> FieldSpec:
    """WIP limits in words; with ``now`` what is typed changes those, else it is all of them."""

    def read(typed: str) -> tuple[Any, str]:
        if not typed.strip():
            return now or Limits(), ""
        limits = read_limits(typed, now)
        return limits, "" if str(limits) == typed.strip() else f"= {limits}"

    return FieldSpec("limits", "WIP limit", text, hint, read)


def _team_field(team: str, teams: Sequence[Team], *, new: bool) -> FieldSpec:
    def read(typed: str) -> tuple[Any, str]:
        name = " ".join(typed.split())
        if not name:
            return None, ""
        folded = name.casefold()
        matches = [t for t in teams if t.name.casefold() == folded]
        matches = matches or [t for t in teams if t.name.casefold().startswith(folded)]
        if len(matches) == 1:
            (one,) = matches
            note = "" if one.name.casefold() == folded else f"= {one.name}"
            return (one.name if new else one.id), note
        if new and not matches:
            return name, "a new team"
        there = ", ".join(t.name for t in (matches or teams)[:6]) or "none yet"
        what = f"{name} is more than one team" if matches else f"There is no team {name}"
        raise ValueError(f"{what}: {there}")

    options = among([(t.name, "") for t in teams])
    return FieldSpec("team", "Team", team, "unassigned", read, options)


def stage_fields(stage: Stage, teams: Sequence[Team]) -> list[FieldSpec]:
    """All about a stage but its policy, which is a text of its own."""
    names = {team.id: team.name for team in teams}
    return [
        FieldSpec("name", "Name", inert_line(stage.name), read=needed("A stage")),
        FieldSpec("category", "Category", str(stage.category), choices=tuple(map(str, Category))),
        limits_field(None, LIMITS, limits_of(stage).shown),
        _team_field(inert_line(names.get(stage.team or 0, "")), teams, new=False),
        *(
            [practice_field("behaviour", "Behaviour", stage.behaviour)]
            if stage.category.working
            else []
        ),
    ]


def new_stage_fields(stream: ValueStream, after: str, teams: Sequence[Team]) -> list[FieldSpec]:
    """What a new stage begins with; ``after`` is the stage that it follows at first."""
    names = [stage.name for stage in stream.line if not stage.category.ended]
    return [
        FieldSpec("name", "Name", "", "what happens there", needed("A stage")),
        FieldSpec("category", "Category", str(Category.ACTIVE), choices=tuple(map(str, Category))),
        FieldSpec("after", "After", after if after in names else "", choices=("", *names)),
        limits_field(None),
        _team_field("", teams, new=True),
        FieldSpec("policy", "Policy", "", lines=3),
    ]


def stage_changes(values: dict[str, Any]) -> dict[str, Any]:
    """The values of the form as ``SetStage`` takes them."""
    out = {name: value for name, value in values.items() if name != "limits"}
    if "category" in out:
        out["category"] = Category(out["category"])
    if "limits" in values:
        out |= values["limits"].changes
    return out


def add_stage(stream: ValueStream, values: dict[str, Any], after: Stage | None) -> AddStage:
    """What the form of a new stage asks for; one in which items end stands behind all others."""
    limits = values.get("limits", Limits())
    new = NewStage(
        values.get("name", ""),
        Category(values.get("category", Category.ACTIVE)),
        limits.limit,
        limits.kind,
        values.get("team"),
        values.get("policy", ""),
        dict(limits.classes),
        exempt=limits.exempt,
    )
    return AddStage(stream.id, new, None if after is None or new.category.ended else after.id)
