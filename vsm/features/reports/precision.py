"""Judges rules by a stream's own past: how many of their flags were right.

Every rule is asked at weekly moments of the last half year, as known today, and held against what
came. An item counts once a rule, a stream once for weeks in a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from vsm.features.reports import age_rules as ages
from vsm.features.reports import flow_rules as flow
from vsm.features.reports.look import MIN_FINISHED, WEEK, Look
from vsm.features.reports.precision_dates import judge_due_dates
from vsm.features.reports.rule import Score
from vsm.features.reports.sources import Sources
from vsm.flow.history import Ints, Mask
from vsm.model.rules import DAY

WEEKS = 26
"""Weeks back that are looked at."""
HORIZON = 28
"""Days in which the outcome of a stream's flag has to come."""
LASTS = 1.5
"""So many times as much rework as before is more."""

LATE = "it was finished later than 85% of items, or is older than that now"
VERY_LATE = "it was finished later than 95% of items, or is older than that now"
LATE_OR_DROPPED = "it was finished later than 85% of items or dropped, or is older than that now"
STAYED = "the mean of the four weeks after was on the same side of the mean before"
LASTED = "p85 of the 28 days after was nearer to the new value than to the one before"
MORE_WIP = "more was in progress 28 days later"
WAITED = "items that left in the 28 days after had stayed longer (median) than those of 90 days"
CAME_LATE = "it was not finished by its due date; what was dropped before that does not count"
MORE_BACK = "in the 28 days after there was at least 1.5 times as much rework as before"


def judge(of: Sources) -> dict[str, Score]:
    """How the flags of each rule did that has an outcome, by the rule's id."""
    looks = [Look(of.data, of.until - week * WEEK * DAY) for week in range(WEEKS, 0, -1)]
    looks = [look for look in looks if look.is_alive and look.sle is not None]
    due = judge_due_dates(of, looks)
    dates = {} if due is None else {"due-odds": due}
    return {**_judge_items(of, looks), **_judge_streams(of, looks), **dates}


# -- items ---------------------------------------------------------------------------------


def _judge_items(of: Sources, looks: list[Look]) -> dict[str, Score]:
    rules: dict[str, tuple[Callable[[Look], Mask], int, bool]] = {
        "age-p85": (lambda look: ages.too_old(look, 0), 0, False),
        "age-p95": (lambda look: ages.too_old(look, 1), 1, False),
        "stale": (lambda look: ages.is_stale(look, of.facts.blocks), 0, True),
    }
    late = [[_late(look, level) for look in (*looks, of.now)] for level in (0, 1)]
    return {
        rule: _score(of, looks, find, late[level], drops)
        for rule, (find, level, drops) in rules.items()
    }


def _limit(look: Look, level: int) -> int:
    limit = look.rare if level else look.sle
    return int(np.iinfo(np.int64).max) if limit is None else limit


def _late(look: Look, level: int) -> Ints:
    """The items that were late by then, as places: older, or finished so in the week before."""
    limit = _limit(look, level)
    rows = look.finished_between(look.at - WEEK * DAY, look.at)
    return np.concatenate([look.rows[look.ages > limit], rows[look.data.cycle_days(rows) > limit]])


def _score(
    of: Sources,
    looks: list[Look],
    find: Callable[[Look], Mask],
    late: list[Ints],
    drops_count: bool,
) -> Score:
    flow_ = of.data.flow
    flagged, known, came = (np.zeros(len(of.data.history), dtype=np.bool_) for _ in range(3))
    for look, rows in zip(looks, late, strict=False):  # the last of ``late`` is now
        known[rows] = True
        chosen = look.rows[find(look)]
        flagged[chosen[~known[chosen]]] = True
    for rows in late:
        came[rows] = True
    came[late[0]] = False  # nothing could have been said of them before
    right = flagged & came
    score = Score(came=int(came.sum()), caught=int(right.sum()))
    if drops_count:
        right |= flagged & flow_.dropped & ~flow_.finished
    # What is open, or archived so, is not decided yet.
    wrong = flagged & ~right & flow_.finished
    score.right = int(right.sum())
    score.flagged = score.right + int(wrong.sum())
    return score


# -- streams -------------------------------------------------------------------------------


def _judge_streams(of: Sources, looks: list[Look]) -> dict[str, Score]:
    settled = [look for look in looks if look.at + HORIZON * DAY <= of.until]
    return {
        "throughput": _runs(settled, _throughput),
        "cycle-time": _runs(settled, _cycle_time),
        "arrivals": _runs(settled, _arrivals),
        "rework": _runs(settled, _rework),
        "over-limit": _runs(settled, lambda look: _over_limit(of, look)),
    }


def _runs(looks: Iterable[Look], judge_one: Callable[[Look], dict[str, bool]]) -> Score:
    """Flags by what they are about, with whether each was right; weeks in a row count once."""
    score, before = Score(), frozenset[str]()
    for look in looks:
        flags = judge_one(look)
        for about, is_right in flags.items():
            if about not in before:
                score.flagged += 1
                score.right += is_right
        before = frozenset(flags)
    return score


def _after(look: Look) -> Look:
    return Look(look.data, look.at + HORIZON * DAY)


def _throughput(look: Look) -> dict[str, bool]:
    signal = flow.throughput_signal(look)
    if signal is None:
        return {}
    before = look.finished_a_week[:-1]
    after = _after(look).finished_a_week[-4:]
    if not after:
        return {}
    mean, then = sum(after) / len(after), sum(before) / len(before)
    return {"stream": mean > then if signal.is_high else mean < then}


def _cycle_time(look: Look) -> dict[str, bool]:
    known = flow.recent_shift(look)
    if known is None or not known[0].is_told:
        return {}
    shift, later = known[0], look.cycles(look.finished_between(look.at, look.at + HORIZON * DAY))
    if later.size < MIN_FINISHED:
        return {}
    value = int(later[int(np.ceil(0.85 * later.size)) - 1])
    return {"stream": abs(value - shift.after) < abs(value - shift.before)}


def _arrivals(look: Look) -> dict[str, bool]:
    if flow.arrivals_exceed(look) is None:
        return {}
    return {"stream": _after(look).count_wip() > look.count_wip()}


def _rework(look: Look) -> dict[str, bool]:
    out = {}
    data, scale = look.data, len(look.data.stream.order)
    moves, at = data.rework_by_time
    part = slice(*np.searchsorted(at, (look.at, look.at + HORIZON * DAY), "right").tolist())
    pairs = data.place[moves[part] - 1] * scale + data.place[moves[part]]
    for edge in flow.more_rework(look):
        usual = edge.before * flow.RECENT / flow.BEFORE
        count = int((pairs == edge.source * scale + edge.target).sum())
        out[f"{edge.source}-{edge.target}"] = count >= max(1.0, LASTS * usual)
    return out


def _over_limit(of: Sources, look: Look) -> dict[str, bool]:
    """Stages over their limit of today for longer than two days, and whether waits grew."""
    data, out = of.data, {}
    for place, stage in enumerate(data.stream.order):
        if not stage.limited or stage.limit is None or stage.retired:
            continue
        visits = np.flatnonzero(data.place == place)
        entered, left = data.entered[visits], data.left[visits]
        count = int(((entered <= look.at) & (left > look.at)).sum())
        since = flow.over_since(entered, left, stage.limit, count, look.at)
        if since is None or look.at - since <= flow.OVER_DAYS * DAY:
            continue
        after = _stays(entered, left, look.at, look.at + HORIZON * DAY)
        before = _stays(entered, left, look.at - 90 * DAY, look.at)
        if min(after.size, before.size) >= 5:
            out[stage.name] = float(np.median(after)) > float(np.median(before))
    return out


def _stays(entered: Ints, left: Ints, begin: int, end: int) -> Ints:
    inside = (left > begin) & (left <= end)
    stays: Ints = (left - entered)[inside]
    return stays
