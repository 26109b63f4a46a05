"""Writes out how the figures of a team follow from each other, with its numbers put in."""

from __future__ import annotations

from vsm.features.capacity.results import TeamCapacity
from vsm.flow.queueing import waiting_probability
from vsm.report.wording import percent


def arithmetic(team: TeamCapacity) -> tuple[str, ...]:
    """The sums behind the figures of a team, one a line; nothing where its slots are not known."""
    arrivals, work, slots_each = team.arrivals, team.work, team.slots_per_person
    if arrivals is None or work is None or slots_each is None or team.utilisation is None:
        return ()
    slots = team.people * slots_each if team.people else slots_each
    lines = [team.name]
    if team.people:
        lines.append(f"slots = {team.people:.2f} people × {slots_each:.2f} = {slots:.2f}")
    lines.append(
        f"used = {arrivals:.3f} visits a day × {work:.2f} days ÷ {slots:.2f} slots"
        f" = {percent(team.utilisation)}"
    )
    if team.utilisation >= 1:
        lines.append(
            f"queue grows by {arrivals:.3f} - {slots:.2f} ÷ {work:.2f}"
            f" = {arrivals - slots / work:.2f} items a working day"
        )
    elif team.expected_wait is not None:
        used = team.utilisation
        varies = (team.arrival_variation or 0.0, team.work_variation or 0.0)
        waits = waiting_probability(slots, used)
        lines += [
            f"wait = ({varies[0]:.2f} + {varies[1]:.2f}) ÷ 2 × {waits:.3f}"
            f" ÷ ({slots:.2f} × {1 - used:.3f}) × {work:.2f} = {team.expected_wait:.2f} days",
            f"where {waits:.3f} is the share of visits that wait (Erlang C)",
        ]
    return ("\n".join(lines),)
