"""The odds that what is left of a sprint is done by its planned end, by the stream's forecasts."""

from __future__ import annotations

from datetime import date

from vsm.features.sprints.results import Odds
from vsm.model.calendar import Calendar
from vsm.model.query_tree import Query
from vsm.model.rules import day_of, local
from vsm.model.sprint import Sprint, SprintState
from vsm.model.sprint_ledger import Fate, Ledger
from vsm.model.stream import ValueStream
from vsm.reader import Reader


def read_odds(
    reader: Reader,
    stream: ValueStream,
    ledger: Ledger,
    sprint: Sprint,
    calendar: Calendar,
    now: int,
) -> Odds | None:
    """The odds of an active sprint; ``None`` of any other. Loads numpy.

    ``count`` is that of as many items as are left, by the forecast of throughput; ``items`` that of
    these very items, by age and place in line.
    """
    if sprint.state is not SprintState.ACTIVE:
        return None
    left = [member.item for member in ledger.members if member.fate is Fate.OPEN]
    today, end = local(now, stream.zone).date(), date.fromisoformat(sprint.planned_end)
    days = calendar.working_days(today, end)
    if not left:
        return Odds(0, days, 1.0, 1.0)
    if end < today:
        return Odds(len(left), 0, 0.0, 0.0, "the planned end is over")
    from vsm.features.forecast.reading import read_basis, read_law
    from vsm.features.forecast.set_reading import read_set_forecast

    basis, history, number = read_basis(reader, stream, now, Query(), True)
    if basis.cannot is not None:
        return Odds(len(left), days, None, None, basis.cannot)
    law = read_law(history, number)
    horizon = (end - day_of(number)).days + 1
    count = law.odds_of(len(left) + history.finished_on(number), horizon) if horizon > 0 else 0.0
    these = read_set_forecast(reader, [stream], as_of=now, only=left, by=end, present=True)
    in_time = None if these.cannot is not None else these.dates.in_time
    return Odds(len(left), days, count, in_time)
