"""Definitions of all figures in plain words: figure → definition.

Screens show the texts beside the figures, the JSON contains them, and so does docs/metrics.md; a
test keeps both equal. This module imports no numpy, so that any screen can load it fast.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_WINDOW = "Covers items whose finish, as known at as-of, lies in the window."
_PATH = "Leaves out items that finished without a start or whose path is known only in part."
_RANK = (
    "Percentiles use the nearest rank: p85 is the smallest value that at least 85% of the values"
    " do not exceed."
)

DEFINITIONS: Mapping[str, str] = MappingProxyType(
    {
        "as_of": "Figures use only what happened at or before this moment. For each item they use"
        " its entries up to the last recorded one with such a moment. If as-of is now, they use"
        " everything recorded, whatever the clocks showed: see clock_skew.",
        "last_activity": "The last recorded entry into a stage at or before as-of.",
        "window": "Whole calendar days in the stream's time zone, first and last included, cut"
        " at as-of. Without dates: the 90 days that end on the day of as-of.",
        "items.total": "Items created at or before as-of, including archived ones.",
        "items.started": "Items that had entered a queue or active stage at or after the"
        " commitment stage by as-of, wherever they are now. Excludes items whose start is not"
        " known: see items.left_out.",
        "items.in_progress": "Items that had started by as-of and are neither done nor dropped"
        " then. An item that moves back before the commitment stays in progress.",
        "items.finished": "Items in a done stage at as-of. The finish is the last entry into done"
        " from outside it, so a reopened item that is still open is not finished.",
        "items.finished_without_start": "Finished items that never entered a queue or active"
        " stage at or after the commitment. They count in throughput and lead time, but not in"
        " cycle time.",
        "items.dropped": "Items in a dropped stage at as-of: they ended undelivered.",
        "items.left_out": "Items with an incomplete history in the source (a truncated log, or"
        " endpoints without a start), so that their start is not known. Excluded from"
        " items.started, items.finished_without_start and cycle time.",
        "cycle_time_days": "Calendar days from start to finish in the stream's time zone, both"
        " days included: an item started and finished today took 1 day. The start is the first"
        " entry into a queue or active stage at or after the commitment; it never moves."
        f" {_WINDOW} {_RANK}",
        "cycle_time_elapsed_days": "The exact time from start to finish in days of 24 hours."
        f" {_WINDOW} {_RANK}",
        "cycle_time_left_out": "Items finished in the window that cycle time leaves out: those"
        " that finished without a start, those whose start is not known because the source has a"
        " truncated log or only endpoints, and those whose moves run backwards in time"
        " (clock_skew).",
        "lead_time_days": "Calendar days from creation to finish in the stream's time zone, both"
        f" days included. {_WINDOW} {_RANK}",
        "lead_time_elapsed_days": "The exact time from creation to finish in days of 24 hours."
        f" {_WINDOW} {_RANK}",
        "lead_time_left_out": "Items finished in the window that lead time leaves out: those whose"
        " moves run backwards in time (clock_skew).",
        "age_days": "Work item age: calendar days from start to as-of in the stream's time zone,"
        " both days included, of items in progress whose start is known. The oldest items are"
        " named. Items that seem to have started after as-of are left out and counted.",
        "throughput.per_day": "Items finished on each day of the window up to as-of; days without"
        " a finish count as 0.",
        "throughput.per_week": "Items finished in each ISO week (Monday to Sunday) in the"
        " stream's time zone, for the days of the week that lie in the window. Lists every week"
        " that touches the window; weeks without a finish count as 0.",
        "arrivals": "Arrival rate: items that started on each day of the window up to as-of, and"
        " the mean per day. Items whose start is not known are left out.",
        "departures": "Departure rate: items with a known start that finished on each day of the"
        " window up to as-of, and the mean per day. These are the departures that match arrivals;"
        " throughput also counts items without a known start.",
        "wip.total": "Items that had started by as-of and are neither done nor dropped then: the"
        " same as items.in_progress.",
        "wip.by_stage": "Items in each stage at as-of, including backlog, done and dropped, so"
        " their sum is not the WIP.",
        "littles_law": "Average WIP (exact, over the time of the window), items finished per day"
        " of 24 hours, and mean elapsed cycle time, all of items whose start is known. Predicted"
        " cycle time is WIP divided by throughput; deviation is predicted divided by measured,"
        " minus 1. WIP at the window's begin is that before its first moment, whose starts are"
        " arrivals. The two agree only if all assumptions are met: arrivals and departures, and WIP"
        " at both ends of the window, differ by at most 10% of the larger; the mean age of WIP"
        " changes by at most 20%; no item is dropped after its start, and none is reopened.",
        "flow_efficiency": "The share of the time between start and finish in which items were in"
        " an active stage and not blocked: a ratio of sums. All other time is waiting, listed by"
        " the stage in which the items waited. Time in another stream is neither."
        f" {_WINDOW} {_PATH}",
        "time_in_stage": "Elapsed days of each item in each stage over all its visits there,"
        " without done and dropped, and without time in another stream; n counts the items that"
        f" were there. {_WINDOW} Items whose"
        " path is known only in part, or whose moves run backwards in time, are left out and"
        " counted.",
        "distribution": "Work mix: items by flow type (feature, defect, risk, debt) among those"
        " finished in the window and among those in progress at as-of.",
        "blocked.days": "Time in the window in which started, unfinished items were blocked, in"
        " days of 24 hours. Simultaneous blockers of one item count once.",
        "blocked.clusters": "Blockers that touch the window, by kind and by the team that had the"
        " item while it was blocked (a blocker counts for each team that did): their"
        " number, their total days and the median, each cut to the window. The median"
        " of an even number of values is the mean of the middle two.",
        "blocked.left_out": "Blockers that count in no blocked time because they end before they"
        " begin, or begin later than now: a clock was wrong (clock_skew).",
        "rework": "Moves in the window from a stage back to one from which it can be reached,"
        " whatever happened to the item later, by pair of stages; and their number divided by the"
        " items finished in the window. Moves into or out of dropped do not count. Items with a"
        " truncated history or only endpoints are left out; left_out counts those that moved in"
        " the window.",
        "complete_accurate": "%C&A: of the items whose first forward move out of a stage lies in"
        " the window, the share that did not enter that stage or an earlier one again by as-of."
        " Rolled %C&A is the product along the main path: it begins at the stage in which most"
        " items started (the first one that an item entered at the moment of its start) and follows"
        " the most frequent forward move until done, over all history up to as-of. Items with a"
        " truncated history or only endpoints are left out; left_out counts those that moved in"
        " the window.",
        "ageing_pace": "Ages, in calendar days with both included, at which finished items last"
        " moved from the stage, or an earlier one, to a later one; 1 for items that made no such"
        " move after their start. The last working stage has the cycle time. A retired stage is"
        " listed where one of these items was in it. Compare the age of items in"
        " a stage with its percentiles."
        f" {_WINDOW} {_PATH} {_RANK}",
        "predictability.p85_over_p50": "The 85th percentile of cycle time divided by the median."
        " Near 1, the median is a reliable forecast; at 3 or more it is not.",
        "predictability.xmr": "Natural process limits of weekly throughput over the full weeks in"
        " the window: mean ± 2.66 times the mean moving range, the lower not below 0. A week beyond"
        " a limit, or the eighth and each further week in a row on one side of the mean, is a"
        " signal: something has changed. All else is usual variation.",
        "cfd": "Cumulative flow at the end of each day of the window, for each stage. reached"
        " counts the items that had reached that stage or a later one by then, so it never falls;"
        " a dropped item counts as past all stages. below counts those of them that are before the"
        " stage again. The items in a stage are reached minus below, minus the same of the next"
        " stage. corrections counts how often an item was below the furthest stage that it had"
        " reached. An entry counts from its moment on, or from the moment of a later recorded"
        " entry if that is earlier.",
        "clock_skew": "Records of clocks that differed, or that were imported out of order. The"
        " journal sets the order; a negative time is never cut to zero. backwards are the items"
        " with an entry whose moment is earlier than that of the entry recorded before it: they"
        " count in items, WIP, throughput and moves, but not in cycle and lead time, time in"
        " stage, flow efficiency, ageing pace, Little's Law, arrivals and departures. in_future are"
        " the other items with an entry whose moment is later than as-of, if as-of is now: such an"
        " entry does not lie in any window yet. blockers are those of blocked.left_out.",
    }
)
"""Figure (its path in the JSON form) → what it means."""
