"""Judges flags of delay on the histories of a database, beside plain rules.

Every item in progress is looked at two, four and eight weeks before it was needed, by its due date
where that was known then, else by the SLE: flagged where its odds to be in time were below one
half. Beside it stand three plain rules on the same items: older than 85% of the finished items
(``age``), older than 85% of them were when they left the same stage (``pace``, the mark on cards),
and every item. What flags all or nothing has no skill.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, time

import numpy as np

from vsm.cli.times import day
from vsm.features.forecast.past_flags import (
    FlagHistory,
    FlagScore,
    Judged,
    Looks,
    days_ahead,
    judge_flags,
    judge_looks,
    past_looks,
)
from vsm.flow.as_of_stream import cycle_as_of, pace_as_of
from vsm.flow.days import day_numbers
from vsm.flow.flow_data import FlowData
from vsm.flow.history import FAR, Mask
from vsm.flow.remaining import RemainingTime
from vsm.flow.stays import Stays
from vsm.flow_reader import recent_window
from vsm.model.query_tree import Query
from vsm.model.rules import DAY, SLE_PERCENT, day_start
from vsm.model.stream import ValueStream
from vsm.reader import Reader


@dataclass(frozen=True, slots=True)
class Trial:
    """How flags of a stream did by a moment, and marks of pace; the seconds that flags took."""

    sle: int | None
    flags: FlagHistory
    pace: FlagHistory
    seconds: float


def judge(reader: Reader, stream: ValueStream, at: int) -> Trial:
    """Judge the flags of a stream by a moment."""
    data, facts = reader.flow(stream, Query(), at)
    whole = reader.flow_with_departed(stream, at)
    sle = cycle_as_of(data, recent_window(data, at), SLE_PERCENT)
    due, ahead = reader.due_dates(stream), days_ahead(sle)
    begin = perf_counter()
    law = RemainingTime(whole, at, facts.blocks)
    flags = judge_flags(whole, law, due, ahead)
    seconds = perf_counter() - begin
    looks = past_looks(whole, law, due, ahead)
    return Trial(sle, flags, judge_looks(looks, _behind_pace(whole, looks), ahead), seconds)


def _behind_pace(data: FlowData, looks: Looks) -> Mask:
    """Which items were older than 85% of the finished ones when they left the same stage."""
    stays, out = Stays.of(data), np.zeros(looks.stay.size, dtype=np.bool_)
    for moment in np.unique(looks.moment).tolist():
        rows, at = np.flatnonzero(looks.moment == moment), round(moment * DAY)
        then = FlowData.of(data.history.as_of(at), data.stream)
        pace = pace_as_of(then, recent_window(then, at), (SLE_PERCENT,))
        (today,) = day_numbers(np.array([at]), data.stream.zone).tolist()
        stay = looks.stay[rows]
        stages = [data.stream.order[place].id for place in stays.stage[stay].tolist()]
        limits = np.array([pace.get(stage, (FAR,))[0] for stage in stages])
        out[rows] = data.age_days(stays.item[stay], today) > limits
    return out


def _row(name: str, sle: int | None, judged: Judged, pace: FlagScore) -> str:
    flags, plain = judged.flags, judged.plain
    every = flags.late / flags.items if flags.items else None
    shares = [share for one in (flags, plain, pace) for share in (one.precision, one.recall)]
    text = " | ".join("-" if share is None else f"{share:.0%}" for share in (*shares, every))
    return f"| {name} | {sle or '-'} | {judged.ahead} | {flags.items} | {flags.flagged} | {text} |"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.forecasts.risks", description=__doc__)
    parser.add_argument("databases", type=Path, nargs="+", metavar="DB")
    parser.add_argument("--stream", nargs="*", default=[], help="only these streams")
    parser.add_argument("--as-of", help="judge as of the end of a date [default: its last entry]")
    options = parser.parse_args()
    print("| log | SLE (d) | ahead (d) | items | flagged | precision | recall", end="")
    print(" | age: precision | recall | pace: precision | recall | every | lead (d) | seconds |")
    print("|---|" + "--:|" * 13)
    for path in options.databases:
        reader = Reader(path)
        for info in reader.streams():
            stream = reader.stream(info.id)
            if stream is None or (options.stream and stream.name not in options.stream):
                continue
            data, _ = reader.flow(stream, Query(), int(time() * 1e6), present=True)
            at = data.last_activity or 0
            if options.as_of:
                at = min(at, day_start(day(options.as_of, "--as-of"), stream.zone))
            trial = judge(reader, stream, at)
            lead = "-" if trial.flags.lead is None else f"{trial.flags.lead:.0f}"
            for n, judged in enumerate(trial.flags.bands):
                end = " | |" if n else f" {lead} | {trial.seconds:.2f} |"
                pace = trial.pace.bands[n].flags
                print(_row(stream.name, trial.sle, judged, pace) + end, flush=True)
        reader.close()


if __name__ == "__main__":
    main()
