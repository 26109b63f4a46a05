"""Definitions of the figures of the value stream map in plain words: figure → definition."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_RANK = "The median is the nearest-rank 50%."
_ITEMS = "Covers items that finished in the window and whose whole path is known."

DEFINITIONS: Mapping[str, str] = MappingProxyType(
    {
        "time": "Elapsed days are days of 24 hours. Working time counts 9:00 to 17:00 on the"
        " stream's working days; a working day is 8 hours. The stream chooses: vsm stream set"
        " --map-time.",
        "process": "Process time (PT): the time that an item was in an active stage and not"
        f" blocked, over all its visits there. {_ITEMS} {_RANK}",
        "wait": "Wait: the median time in the stage and in the queue stages that feed only it,"
        " less the process time; so PT + wait is the median time at the step. Of a queue stage"
        f" all of its time is wait. {_ITEMS}",
        "complete_accurate": "%C&A: of the items whose first forward leave of the stage lies in"
        " the window, the share not seen by as-of to enter it or an earlier stage again. Declared:"
        " what the next stage says that it can use as it comes.",
        "differs": "Marked with ≠: the declared value is more than 25% above or below the"
        " measured one.",
        "arrivals_per_week": "Visits of the stage that began in the window, ÷ its weeks. Of a"
        " stream that began in the window, the weeks since then, at least one.",
        "on_path": f"The share of items that were in the stage. {_ITEMS}",
        "utilisation": "The share of its parallel slots that the work of the stage takes: see vsm"
        " bottlenecks.",
        "constraint": "The stage that limits throughput, by vsm bottlenecks.",
        "edges": "Moves from one stage to another in the window, a week and as a share of all"
        " moves out of the first. Rework moves are those of items whose history is full, as in"
        " vsm metrics.",
        "extra_days": "The median length of the visits that rework moves began and that have"
        f" ended. {_RANK}",
        "main_path": "From the stage in which most items started always along the most travelled"
        " forward move, until done, over the whole history up to as-of. Before anything moved: the"
        " first forward edges.",
        "totals.process": "The sum over stages of process time × the share of items that were"
        " there: what an item takes of work on average, by medians.",
        "totals.wait": "The sum over working stages of wait × the share of items that were there;"
        " a queue stage that feeds one stage is in the wait of that stage.",
        "totals.lead_time": "The median time from start to finish of the items finished in the"
        " window: measured, and not the sum of the stages' medians, as no item is in the middle"
        " everywhere. From creation to finish: see lead time in vsm metrics.",
        "totals.activity_ratio": "Time in active stages and not blocked ÷ all time between start"
        " and finish, summed over the items that finished in the window: the flow efficiency of"
        " vsm metrics. Declared: process time ÷ (process time + wait).",
        "totals.rolled_ca": "The product of %C&A along the main path: the share of items that pass"
        " without a return, if returns at stages have nothing to do with each other.",
        "totals.sum_of_medians": "The sum over stages of process time and wait × the share of"
        " items that were there. It differs from lead_time, as medians do not add up.",
        "totals.longest_path": "The way along forward edges on which process time and wait of the"
        " stages add up to the most.",
    }
)
