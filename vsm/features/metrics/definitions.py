"""Definitions of all figures, in the words that people read: figure → definition.

The texts are shown beside the figures, printed in JSON, and stand in docs/metrics.md, which a
test holds to them. No numpy here: whatever shows a figure may show its definition.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_WINDOW = "Of the items whose finish, as known at as-of, lies in the window."
_PATH = "Items that finished without a start, or whose path is known only in part, are left out."
_RANK = "Percentiles are nearest rank: p85 is the smallest value that at least 85% do not exceed."

DEFINITIONS: Mapping[str, str] = MappingProxyType(
    {
        "as_of": "Figures use what happened at or before this moment and nothing later; of each"
        " item the entries up to the last one recorded that carries such a moment. Where as-of is"
        " now, all that is recorded, whatever clocks said: see clock_skew.",
        "last_activity": "The last recorded entry into a stage at or before as-of.",
        "window": "Whole calendar days in the stream's time zone, first and last included, cut"
        " at as-of; without dates, the 90 days that end on the day of as-of.",
        "items.total": "Items created at or before as-of, archived ones too.",
        "items.started": "Items that had by as-of entered a queue or active stage at or after"
        " the commitment stage, wherever they are now. Items of which the start is not known"
        " are not among them: see items.left_out.",
        "items.in_progress": "Items that had started and at as-of are neither done nor dropped;"
        " going back before the commitment does not end that.",
        "items.finished": "Items that are in a done stage at as-of. The finish is the last"
        " entry into done from outside it, so an item that was reopened and is open is not"
        " finished.",
        "items.finished_without_start": "Finished items that never entered a queue or active"
        " stage at or after the commitment. They count in throughput and lead time and are left"
        " out of cycle time.",
        "items.dropped": "Items that are in a dropped stage at as-of: left undelivered.",
        "items.left_out": "Items whose source told only part of their history, so that their"
        " start is not known (a truncated log, or endpoints without a start). They are left out"
        " of items.started, items.finished_without_start and cycle time.",
        "cycle_time_days": "Calendar days from start to finish in the stream's time zone, both"
        " days included: begun and finished today took 1 day. The start is the first entry into"
        f" a queue or active stage at or after the commitment; it never moves. {_WINDOW} {_RANK}",
        "cycle_time_elapsed_days": "The exact time from start to finish in days of 24 hours."
        f" {_WINDOW} {_RANK}",
        "cycle_time_left_out": "Items finished in the window that cycle time leaves out: those"
        " that finished without a start, those whose start is not known because their log was"
        " truncated or only its endpoints were told, and those whose moves run backwards in time"
        " (clock_skew).",
        "lead_time_days": "Calendar days from creation to finish in the stream's time zone, both"
        f" days included. {_WINDOW} {_RANK}",
        "lead_time_elapsed_days": "The exact time from creation to finish in days of 24 hours."
        f" {_WINDOW} {_RANK}",
        "lead_time_left_out": "Items finished in the window that lead time leaves out: those whose"
        " moves run backwards in time (clock_skew).",
        "age_days": "Calendar days from start to as-of in the stream's time zone, both days"
        " included, of the items in progress whose start is known; the oldest are named. Items that"
        " seem to have started later than as-of are left out, and counted.",
        "throughput.per_day": "Items finished on each day of the window up to as-of, days without"
        " one as 0.",
        "throughput.per_week": "Items finished in each ISO week (Monday to Sunday) in the"
        " stream's time zone, as far as the week lies in the window. Every week that touches the"
        " window is listed, weeks without a finish as 0.",
        "arrivals": "Items that started on each day of the window up to as-of, and the mean a"
        " day. Items whose start is not known are left out.",
        "departures": "Items that finished on each day of the window up to as-of and whose start is"
        " known, and the mean a day: what leaves of that which arrives. Throughput counts the"
        " others too.",
        "wip.total": "Items that had started and at as-of are neither done nor dropped: the same"
        " as items.in_progress.",
        "wip.by_stage": "Items in each stage at as-of, backlog, done and dropped too, so their"
        " sum is not the WIP.",
        "littles_law": "Average work in progress (exact, over the time of the window), items"
        " finished a day of 24 hours, and mean elapsed cycle time, all of items whose start is"
        " known. Predicted is WIP divided by throughput; deviation is predicted over measured, less"
        " 1. They agree only under the conditions told: arrivals and departures, and WIP at both"
        " ends of the window, differ by at most 10% of the larger; the mean age of WIP moves by at"
        " most 20%; nothing is dropped after its start and nothing reopened.",
        "flow_efficiency": "Of the time between start and finish the share in which items were in"
        " an active stage and not blocked: a ratio of sums. All other time is waiting, told by the"
        f" stage in which they waited. {_WINDOW} {_PATH}",
        "time_in_stage": "Elapsed days of each item in each stage over all its visits there, done"
        f" and dropped left out; n counts the items that were there. {_WINDOW} Items of which only"
        " part of the path is known, or whose moves run backwards in time, are left out, and"
        " counted.",
        "distribution": "Items by flow type (feature, defect, risk, debt) among those finished in"
        " the window and among those in progress at as-of.",
        "blocked.days": "Time in the window in which started items that had not finished were"
        " blocked, in days of 24 hours; blockers of one item at the same time count once.",
        "blocked.clusters": "Blockers that touch the window by their kind and the team that has the"
        " item: how many, their days in all and the median, each cut to the window. A median of an"
        " even number is the mean of the middle two.",
        "blocked.left_out": "Blockers that are in no blocked time, as they end before they begin or"
        " begin later than now: a clock was wrong (clock_skew).",
        "rework": "Moves in the window from a stage back to one from which it can be reached,"
        " whatever became of the item, by pair of stages; and their number divided by the items"
        " finished in the window. Moves into or out of dropped are none.",
        "complete_accurate": "Of the items whose first forward leave of a stage lies in the window,"
        " the share not seen by as-of to enter it or an earlier stage again. Rolled is the product"
        " along the main path: from the stage in which most items started, always the most"
        " travelled forward move, until done.",
        "ageing_pace": "Ages, in days with both included, at which finished items last passed from"
        " a stage or an earlier one to beyond it; 1 where they never were there. Items in a stage"
        f" can be held against it. {_WINDOW} {_PATH} {_RANK}",
        "predictability.p85_over_p50": "The 85th percentile of cycle time divided by the median:"
        " near 1 the usual time is a promise, at 3 and more it is none.",
        "predictability.xmr": "Natural process limits of weekly throughput over the full weeks in"
        " the window: mean ± 2.66 times the mean moving range, the lower not below 0. A week beyond"
        " a limit, or the eighth and each further week in a row on one side of the mean, is a"
        " signal: something has changed. All else is usual variation.",
        "cfd": "At the end of each day of the window, for each stage: reached counts the items that"
        " had by then reached that stage or a later one, so it never falls; a dropped item counts"
        " as gone past all. below counts those of them that are before it again. reached less"
        " below, less the same of the next stage, is what is in a stage. corrections counts the"
        " times in which an item was below the furthest stage that it had reached. An entry counts"
        " from its moment on, or from that of an entry recorded after it where that is earlier.",
        "clock_skew": "What was recorded by clocks that differed, or imported out of order. Order"
        " is that of the journal; a negative time is never cut to nothing. backwards are the items"
        " with an entry that carries an earlier moment than the one recorded before it: they count"
        " among items, WIP, throughput and moves, and are left out of cycle and lead time, time in"
        " stage, flow efficiency, ageing pace, Little's Law, arrivals and departures. in_future are"
        " the others with an entry that carries a later moment than as-of, where as-of is now: what"
        " carries it lies in no window yet. blockers are those of blocked.left_out.",
    }
)
"""Figure (its path in the JSON form) → what it means."""
