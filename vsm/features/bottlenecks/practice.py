"""Says how a board is kept, as far as its log shows it: what the verdict takes the times for."""

from __future__ import annotations

from vsm.features.bottlenecks.constraint import Judgement
from vsm.features.bottlenecks.results import Practice
from vsm.flow.board_practice import WEEKLY_GAP, BoardPractice, Grain
from vsm.model.plural import count
from vsm.report.wording import listed, percent


def practice_of(judgement: Judgement) -> Practice:
    """How the board of a judged stream is kept, with a sentence that says it."""
    seen, order = judgement.window.practice, judgement.stream.order
    released = tuple(order[place].name for place in sorted(seen.released))
    ends = tuple(order[place].name for place in sorted(seen.ends))
    sentences = [_grain(seen)]
    if judgement.is_pull_board:
        sentences.append("Items are moved when their work begins: what waits is one stage before.")
    if released:
        verb = "lets" if len(released) == 1 else "let"
        sentences.append(f"{listed(released)} {verb} items go by the clock.")
    if seen.intake_days:
        sentences.append(f"New work is taken in every {count(round(seen.intake_days), 'day')}.")
    if ends:
        is_one = len(ends) == 1
        what = "a stage" if is_one else "stages"
        sentences.append(f"Work ends in {listed(ends)}, though {what} of work.")
    return Practice(
        grain=seen.grain.value,
        session_days=seen.session_days if seen.grain is Grain.SESSIONS else None,
        session_at=None if seen.session_at is None else _time(seen.session_at),
        pull=judgement.is_pull_board,
        released=released,
        ends=ends,
        intake_days=seen.intake_days or None,
        text=" ".join(sentences),
    )


def _grain(seen: BoardPractice) -> str:
    if seen.grain is Grain.DAYS:
        return "Only the days of moves are known."
    if seen.grain is Grain.EXACT:
        if seen.is_entered_late:
            share = percent(seen.passing_share)
            return (
                f"{share} of the stays are too short for work: moves seem to be entered late, and"
                " when work was done is known only roughly."
            )
        return "Moves are entered at once."
    if seen.session_days >= WEEKLY_GAP:
        gap = count(round(seen.session_days), "day")
        return f"Moves are entered every {gap}: what happened in between is not known."
    if seen.session_at is not None:
        return f"Moves are entered at a stand-up, from {_time(seen.session_at)}: times are by day."
    hours = count(max(1, round(24 * seen.session_days)), "hour")
    return f"Moves are entered in sessions, about {hours} apart: times in between are not known."


def _time(share: float) -> str:
    minutes = round(share * 1440) % 1440
    return f"{minutes // 60:02}:{minutes % 60:02}"
