"""What each figure means, in the words that people read: figure → definition.

The texts are shown beside the figures, printed in JSON, and stand in docs/metrics.md, which a
test holds to them. No numpy here: whatever shows a figure may show its definition.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_WINDOW = "Of the items whose finish, as known at as-of, lies in the window."
_RANK = "Percentiles are nearest rank: p85 is the smallest value that at least 85% do not exceed."

DEFINITIONS: Mapping[str, str] = MappingProxyType(
    {
        "as_of": "Figures use what happened at or before this moment and nothing later.",
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
        " that finished without a start, and those whose start is not known because their log"
        " was truncated or only its endpoints were told.",
        "lead_time_days": "Calendar days from creation to finish in the stream's time zone, both"
        f" days included. {_WINDOW} {_RANK}",
        "lead_time_elapsed_days": "The exact time from creation to finish in days of 24 hours."
        f" {_WINDOW} {_RANK}",
        "throughput.per_week": "Items finished in each ISO week (Monday to Sunday) in the"
        " stream's time zone, as far as the week lies in the window. Every week that touches the"
        " window is listed, weeks without a finish as 0.",
        "wip.total": "Items that had started and at as-of are neither done nor dropped: the same"
        " as items.in_progress.",
        "wip.by_stage": "Items in each stage at as-of, backlog, done and dropped too, so their"
        " sum is not the WIP.",
    }
)
"""Figure (its path in the JSON form) → what it means."""
