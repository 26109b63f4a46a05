"""Says in words how loaded a team is, when it is saturated, and whether to pivot or hire."""

from __future__ import annotations

from collections.abc import Sequence

from vsm.features.capacity.results import Basis, Option, Saturation, TeamCapacity, Way
from vsm.report.wording import day, days, listed, percent

_PARTS = {0.25: "a quarter of a person", 0.5: "half a person", 0.75: "three quarters of a person"}


def people_text(people: float) -> str:
    """``one person``, ``half a person``, ``1.5 people``."""
    if people == 1:
        return "one person"
    return _PARTS.get(people, f"{people:g} people")


def sentences(team: TeamCapacity) -> tuple[str, ...]:
    """Everything worth saying about a team, the load first."""
    out = [load_text(team)]
    if team.basis is not Basis.UNKNOWN and team.arrivals:
        out += [wait_text(team), saturation_text(team)]
    return tuple(filter(None, out))


def load_text(team: TeamCapacity) -> str:
    """How many slots the team has and how much they are used, or why that is not known."""
    if not team.stages:
        return "The team owns no active stage: give it one with vsm stage set STAGE --team."
    if not team.arrivals or team.in_stage is None:
        return "Nothing came to its stages in the last 12 weeks."
    if team.basis is Basis.UNKNOWN:
        return "Nobody is known to be in the team, so its load is not known."
    if team.basis is Basis.SEVERAL:
        at_once = (team.in_work or 0.0) / team.people
        return (
            f"{team.in_work or 0:.1f} items are in work for {_people(team)}: {at_once:.1f} at once"
            " for each. The queue does not grow, so that is no overload; how much more they could"
            " take is not known."
        )
    arrivals = f"{team.arrivals:.2f} visits a day"
    if team.basis is Basis.ASSUMED:
        return (
            f"At one item a person {percent(team.utilisation)} of the time is used at most:"
            f" {arrivals} of {days(team.work)} in the stage, for {_people(team)}. Items wait inside"
            " stages too, so the true load may be lower."
        )
    rough = "roughly " if team.basis is Basis.ROUGH else ""
    share = f", {team.slots_per_person:.2f} for each person" if team.people else ""
    slots = team.slots if team.people else team.slots_per_person
    return (
        f"The team works on {rough}{_items(slots or 0)} at a time{share}:"
        f" {percent(team.utilisation)} used by {arrivals} of {days(team.work)}."
    )


def _people(team: TeamCapacity) -> str:
    return "1 person" if team.people == 1 else f"{team.people:.3g} people"


def _items(slots: float) -> str:
    return "1 item" if slots == 1 else f"{slots:.3g} items"


def wait_days(value: float | None) -> str:
    """``4.2 days``, or that it is next to nothing."""
    return "less than 0.1 days" if value is not None and value < 0.05 else days(value)


def wait_text(team: TeamCapacity) -> str:
    """The expected wait beside the measured one, or how fast the queue grows."""
    measured = "" if team.measured_wait is None else f"measured {wait_days(team.measured_wait)}"
    if team.utilisation is None:
        return f"Items wait {wait_days(team.measured_wait)}." if measured else ""
    if team.utilisation >= 1:
        growth = team.queue_growth
        if growth is not None and growth <= 0.05:
            return (
                "More seems to arrive than it can do, yet its queue does not grow: people work on"
                " more items at once than this counts with."
            )
        by = "" if growth is None else f" by {growth:.1f} items a week"
        return f"More arrives than it can do: the queue grows{by}."
    if team.expected_wait is None:
        return ""
    return f"A visit waits {wait_days(team.expected_wait)} by the formula" + (
        f", {measured}." if measured else "."
    )


def saturation_text(team: TeamCapacity) -> str:
    """When the team is saturated, how sure that is, and why."""
    saturation = team.saturation
    if team.utilisation is None:
        return ""
    if team.is_saturated:
        return f"It is saturated now: {percent(team.utilisation)} is 85% or more."
    if saturation is None:
        ahead = sum(week.planned for week in team.weeks)
        return f"No saturation is foreseen in {ahead} weeks." if ahead else ""
    return f"Utilisation reaches 85% {when_text(saturation)} because {saturation.why}."


def when_text(saturation: Saturation) -> str:
    """``around 15 Feb 2027 (70% sure)``, or a range of weeks."""
    if saturation.week is not None:
        return f"around {day(saturation.week)} ({percent(saturation.probability)} sure)"
    latest = "later" if saturation.latest is None else day(saturation.latest)
    if saturation.earliest is None:
        return f"within 26 weeks ({percent(saturation.within)} sure)"
    return f"between {day(saturation.earliest)} and {latest} (80% sure)"


def option_text(option: Option, name: str) -> str:
    """What a pivot or a hire would do, for both teams."""
    wait = f"the wait of {name} from {option.wait_before:.1f} to {option.wait_after:.1f} d"
    if option.kind is Way.HIRE:
        who = people_text(option.delta)
        return (
            f"To hire {who} brings {wait} over the weeks ahead; it counts fully from"
            f" {day(option.productive_from)}."
        )
    who = people_text(option.delta).capitalize()
    used = f"{percent(option.donor_before)} → {percent(option.donor_after)} used"
    return (
        f"{who} from {option.donor} ({used}) brings {wait}; items of {option.donor} wait"
        f" {option.donor_loss:.0f} item-days longer."
    )


def skills_text(without: Sequence[str], skills: Sequence[str], *, has_pivot: bool) -> str:
    """Which teams have room but not the skills, or that skills are not known."""
    if without:
        return f"{listed(without)} could give people, but without these skills: {listed(skills)}."
    if has_pivot and not skills:
        return (
            "The skills that the work needs are not known: vsm team hire and vsm team allocate"
            " record them."
        )
    return "" if has_pivot else "No other team has room to give people."
