"""Says in words how loaded a team is, when it is saturated, and whether to pivot or hire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from vsm.features.capacity.results import Basis, Dip, Option, Saturation, TeamCapacity, Way
from vsm.report.wording import count, day, days, listed, number, percent

_PARTS = {0.25: "a quarter of a person", 0.5: "half a person", 0.75: "three quarters of a person"}

MORE_IN_STAGE = 0.5
"""Items in the stages beyond those worked on, from which on it is said why they are more."""


def people_text(people: float) -> str:
    """``one person``, ``half a person``, ``1.5 people``."""
    if people == 1:
        return "one person"
    return _PARTS.get(people, f"{people:g} people")


def sentences(team: TeamCapacity) -> tuple[str, ...]:
    """Everything worth saying about a team, the load first."""
    out = [load_text(team)]
    if team.basis is not Basis.UNKNOWN and team.arrivals:
        out += [wait_text(team), *map(dip_text, team.dips), saturation_text(team)]
    return tuple(filter(None, out))


def load_text(team: TeamCapacity) -> str:
    """How many slots the team has and how much they are used, or why that is not known."""
    if not team.stages:
        return (
            "The team owns no active stage: give it one with e on the map (screen 2), or vsm stage"
            " set STAGE --team."
        )
    if not team.arrivals or team.in_stage is None:
        return "Nothing came to its stages in the last 12 weeks."
    if team.basis is Basis.UNKNOWN:
        return "Nobody is known to be in the team, so its load is not known."
    if not team.people and team.utilisation is None:
        return (
            "Nobody is there today: all are away, or nobody is in the team any more."
            f" {team.arrivals:.2f} visits a day came in the last 12 weeks."
        )
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
    rest = ""
    if team.in_work is not None and team.in_work >= (slots or 0) + MORE_IN_STAGE:
        rest = f" {team.in_work:.1f} are in its stages: the rest waits there or is blocked."
    return (
        f"The team works on {rough}{_items(slots or 0)} at a time{share}:"
        f" {percent(team.utilisation)} used by {arrivals} of {days(team.work)}.{rest}"
    )


def _people(team: TeamCapacity) -> str:
    return "1 person" if team.people == 1 else f"{team.people:.3g} people"


def _items(slots: float) -> str:
    return "1 item" if slots == 1 else f"{number(slots)} items"


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
    if team.utilisation is None and saturation is None:
        return ""
    if team.is_saturated:
        return f"It is saturated now: {percent(team.utilisation)} is 85% or more."
    if saturation is None:
        ahead = sum(week.planned for week in team.weeks)
        lasting = "lasting " if team.dips else ""
        return f"No {lasting}saturation is foreseen in {count(ahead, 'week')}." if ahead else ""
    return f"Utilisation reaches 85% {when_text(saturation)} because {saturation.why}."


def dip_text(dip: Dip) -> str:
    """How short leave makes a team busy for a while, and that this is over by itself."""
    weeks = f"the week of {day(dip.week)}"
    if dip.weeks > 1:
        weeks = f"the {dip.weeks} weeks from {day(dip.week)} on"
    used = "nobody is there" if dip.utilisation is None else f"{percent(dip.utilisation)} used"
    return (
        f"Leave takes it from {dip.usual_people:.1f} to {dip.people:.1f} people in {weeks}: {used}."
        " A dip, which ends by itself: plan less for it, nobody needs to move."
    )


def verdict_text(team: TeamCapacity) -> str:
    """When the team is saturated or short of people; nothing where neither is foreseen."""
    ahead = saturation_text(team) if team.is_saturated or team.saturation else ""
    return " ".join(filter(None, (*map(dip_text, team.dips), ahead)))


def when_text(saturation: Saturation) -> str:
    """``around 15 Feb 2027 (70% sure)``, or a range of weeks."""
    if saturation.week is not None:
        return f"around {day(saturation.week)} ({percent(saturation.probability)} sure)"
    latest = "later" if saturation.latest is None else day(saturation.latest)
    return f"between {day(saturation.earliest)} and {latest} (80% sure)"


def option_text(option: Option, name: str, receivers: Sequence[str] = ()) -> str:
    """What a pivot or a hire would do, for both teams.

    ``receivers`` are teams that the donor gives people to already.
    """
    wait = (
        f"the mean wait of {name} over the {count(option.weeks, 'week')} ahead from"
        f" {option.wait_before:.1f} to {option.wait_after:.1f} d"
    )
    who = people_text(option.delta)
    if option.kind is Way.HIRE:
        return (
            f"Hiring {who} brings {wait}; it counts fully from {day(option.productive_from)}, and"
            " is sized by the 13 weeks from then on."
        )
    who = who.capitalize()
    besides = f", besides the {option.lent:g} for {listed(receivers)}" if receivers else ""
    used = f"{percent(option.donor_before)} → {percent(option.donor_after)} used now"
    verb = "brings" if option.delta <= 1 else "bring"
    return (
        f"{who} from {option.donor}{besides} ({used}) {verb} {wait}; items of {option.donor} wait"
        f" {option.donor_loss:.0f} item-days longer."
    )


def given_away_text(donor: str, receivers: Sequence[str]) -> str:
    """That a donor has nobody left to give."""
    return f"{donor} is named for {listed(receivers)} already, and has nobody more to give."


def no_hire_text(full: date) -> str:
    """That a hire would come too late."""
    return (
        f"Nobody needs to be hired: a hire counts fully from {day(full)}, and in the 13 weeks from"
        " then on 80% is kept without."
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
