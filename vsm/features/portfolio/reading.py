"""The results of the portfolio, from what the reader knows as of a moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from vsm.features.forecast.set_reading import StreamPace, forecast_set
from vsm.features.portfolio.alignment import alignment, in_several
from vsm.features.portfolio.economics import Job, cd3, mean_cost_a_week
from vsm.features.portfolio.records import (
    Records,
    decided,
    decision_due,
)
from vsm.features.portfolio.results import (
    Dates,
    Delay,
    InitiativeRow,
    InStream,
    ObjectiveRow,
    Portfolio,
    Served,
    TeamDays,
)
from vsm.features.portfolio.stop_card import flags_of, stop_card
from vsm.features.portfolio.whole import members_of, orders
from vsm.features.portfolio.work import StreamWork, read_works, team_days
from vsm.features.portfolio.worth import (
    buffer_used,
    cost_of_delay,
    dates_at_start,
    worth_of,
    wsjf_of,
)
from vsm.model.entities import TEAM
from vsm.model.plural import count
from vsm.model.portfolio import (
    DecisionKind,
    DelayProfile,
    Initiative,
    InitiativeState,
    under_way_at_most,
)
from vsm.model.query import depends_on_moment
from vsm.model.query_parser import parse
from vsm.model.query_tree import Query
from vsm.model.rules import from_micros
from vsm.model.team import TeamType
from vsm.reader import Reader

if TYPE_CHECKING:
    from vsm.features.forecast.set_reading import SetOdds
    from vsm.features.forecast.set_results import SetForecast

DISCOUNT, HURDLE = 0.10, 0.0
"""Yearly discount of benefit; forward ROI below which going on is asked about."""


def read_portfolio(
    reader: Reader,
    now: int,
    *,
    present: bool = True,
    discount: float = DISCOUNT,
    hurdle: float = HURDLE,
    stopped: frozenset[int] = frozenset(),
    first: frozenset[int] = frozenset(),
) -> Portfolio:
    """The portfolio as of a moment; ``present`` says that it is now. Loads numpy.

    ``stopped`` are ids of initiatives without whose open items everything is worked out; those of
    ``first`` stand before all others that wait.
    """
    today = from_micros(now).date()
    records = Records.of(reader, None if present else now, today)
    reading = _Reading(reader, records, now, present, discount, hurdle, stopped, first)
    rows = [reading.row(one) for one in records.initiatives]
    rows.sort(key=lambda row: (row.state.is_over, -(row.cd3 or 0.0), row.key.casefold()))
    whole = read_works(reader, now, present=present, departed=True)
    aligned = alignment(records, reading.members, whole, reading.facts, now)
    twice = reader.keys_of(in_several(records, reading.members))
    teams = sum(team.type == TeamType.STREAM for team in reader.entities(TEAM))
    return Portfolio(
        as_of=now,
        currency=next((one.currency for one in records.initiatives if one.currency), ""),
        discount=discount,
        hurdle=hurdle,
        under_way=sum(row.state is InitiativeState.IMPLEMENTING for row in rows),
        under_way_at_most=under_way_at_most(teams),
        spent_a_month=records.spent_a_month(today),
        initiatives=tuple(rows),
        objectives=tuple(
            ObjectiveRow(
                name=one.name,
                horizon=one.horizon,
                closed=one.closed,
                intended=one.share,
                share=None if aligned is None else aligned.share(one.name),
                initiatives=sum(
                    any(tie.objective == one.id for tie in ties)
                    for ties in records.contributions.values()
                ),
                key_results=records.states(one.id, "objective"),
                about=one.about,
                owner=one.owner,
                id=one.id,
            )
            for one in records.objectives.values()
        ),
        unaligned=None if aligned is None else aligned.unaligned_share,
        alignment=aligned,
        in_several=tuple(sorted(twice.values())),
        orders=orders(records, reading.jobs),
    )


class _Reading:
    """What the rows of one portfolio share."""

    def __init__(
        self,
        reader: Reader,
        records: Records,
        now: int,
        present: bool,
        discount: float,
        hurdle: float,
        stopped: frozenset[int],
        first: frozenset[int],
    ) -> None:
        self.reader, self.records, self.now, self.present = reader, records, now, present
        self.discount, self.hurdle = discount, hurdle
        self.today = from_micros(now).date()
        self.streams = reader.all_streams()
        self.members = {
            one.id: members_of(reader, self.streams, one.filter, now, present)
            for one in records.initiatives
        }
        needed = [one.id for one in records.initiatives if not InitiativeState(one.state).is_over]
        self.times_needed = Counter(item for n in needed for item in self.members[n])
        without = frozenset[int]().union(*(self.members.get(n, frozenset()) for n in stopped))
        for number in set(needed) - stopped:
            without -= self.members[number]  # what another one needs goes on
        ahead = frozenset[int]().union(*(self.members.get(n, frozenset()) for n in first))
        self.paces = [StreamPace(reader, s, now, present, without, ahead) for s in self.streams]
        teams = {team.id: team for team in reader.entities(TEAM)}
        self.work = [StreamWork(pace.known, teams, now) for pace in self.paces]
        self.facts = [reader.flow(s, Query(), now, present=present)[1] for s in self.streams]
        linked = reader.linked_items(now, past=not present)
        still_open = {row.id for row in linked.rows}
        self.waits = [
            (first, second)
            for first, second, *_ in linked.links
            if first in still_open and second in still_open
        ]
        at = None if present else now
        self.blocked = {b.item for s in self.streams for b in reader.open_blockers(s, at)}
        self.jobs: dict[int, tuple[str, Job]] = {}
        """By initiative the stream that it keeps busiest, and its work there."""

    def row(self, one: Initiative) -> InitiativeRow:
        """All that is worked out about an initiative; what is over has no odds and no worth."""
        members = self.members[one.id]
        is_over = InitiativeState(one.state).is_over
        more = 0 if is_over else one.more_items or 0
        need_by = None if one.need_by is None else date.fromisoformat(one.need_by)
        forecast, odds = forecast_set(
            self.reader,
            self.paces,
            members,
            query=Query(),
            by=need_by,
            may_grow=not depends_on_moment(parse(one.filter)),
            more=more,
        )
        row = self._recorded(one, members, forecast)
        if is_over:
            return replace(row, flags=flags_of(row, None))
        stream, weeks = self._weeks(forecast, more)
        dates = _dates(forecast, members, need_by, odds, more)
        left = team_days(self.work, row.open_items, dates.sizes, more)
        remaining = self._remaining(one, left)
        cost = cost_of_delay(one, self.today)
        per_week = None
        if cost is not None and weeks and stream is not None:
            self.jobs[one.id] = stream, Job(one.name, cost, weeks)
            per_week = mean_cost_a_week(cost, weeks)
        row = replace(
            row,
            more_items=more,
            weeks=weeks,
            forecast=dates,
            remaining=remaining,
            team_days=left,
            roi=worth_of(one, remaining, odds, self.today, self.discount),
            cd3=None if per_week is None or not weeks else cd3(per_week, weeks),
            buffer_burn=buffer_used(row.at_start, forecast.dates.p85),
        )
        return self._judged(row, members)

    def _recorded(
        self, one: Initiative, members: frozenset[int], forecast: SetForecast
    ) -> InitiativeRow:
        """What is on record of an initiative, and how far its items are."""
        finished, dropped = self._over(members)
        decisions = self.records.decisions.get(one.id, [])
        open_items = tuple(item for part in forecast.streams for item, _ in part.items)
        blocked = tuple(item for item in open_items if item in self.blocked)
        spending = self.records.spent_on(one.id)
        return InitiativeRow(
            id=one.id,
            key=one.name,
            state=InitiativeState(one.state),
            objectives=self._served(one),
            sponsor=one.sponsor,
            hypothesis=one.hypothesis,
            mvp=one.mvp,
            filter=one.filter,
            need_by=None if one.need_by is None else date.fromisoformat(one.need_by),
            items=len(open_items),
            more_items=0,
            blocked=len(blocked),
            finished=finished,
            dropped=dropped,
            cost_of_delay=Delay(
                DelayProfile(one.profile), one.delay_low, one.delay_likely, one.delay_high
            ),
            weeks=None,
            forecast=Dates(cannot=f"it is {one.state}"),
            spent=sum(amount.value for amount in spending),
            spending=spending,
            remaining=None,
            remaining_is_typed=one.remaining is not None,
            budget=one.budget,
            team_days=(),
            roi=None,
            cd3=None,
            wsjf=wsjf_of(one),
            buffer_burn=None,
            at_start=dates_at_start(decisions),
            place=one.place,
            indicators=self.records.states(one.id, "initiative"),
            decisions=tuple(map(decided, reversed(decisions))),
            stop_card=None,
            flags=(),
            decision_due=decision_due(decisions, self.today) is not None,
            open_items=open_items,
            own_items=tuple(item for item in open_items if self.times_needed[item] <= 1),
            waiting_items=self._waiting(members),
            awaited_items=self._awaited(members),
            blocked_items=blocked,
        )

    def _judged(self, row: InitiativeRow, members: frozenset[int]) -> InitiativeRow:
        closed = [
            self.records.objectives[tie.objective].closed
            for tie in self.records.contributions.get(row.id, ())
        ]
        moves = [moved for work in self.work if (moved := work.last_move(members)) is not None]
        card = stop_card(
            row,
            freed=self._freed(row),
            hurdle=self.hurdle,
            aimless=bool(closed) and all(closed),
            continued=self._is_continued(row.id),
            last_move=max(moves, default=None),
            now=self.now,
            dependants=tuple(sorted(self.reader.keys_of(row.waiting_items).values())),
        )
        return replace(row, stop_card=card, flags=flags_of(row, card))

    # -- parts of a row ------------------------------------------------------------------

    def _over(self, members: frozenset[int]) -> tuple[int, int]:
        """How many of these items are finished, and how many were dropped."""
        import numpy as np

        finished = dropped = 0
        for pace in self.paces:
            mine = np.isin(pace.known.history.item, list(members))
            finished += int(np.count_nonzero(pace.known.flow.finished & mine))
            dropped += int(np.count_nonzero(pace.known.flow.dropped & mine))
        return finished, dropped

    def _weeks(self, forecast: SetForecast, more: int) -> tuple[str, float] | tuple[None, None]:
        """The stream that the items that are left keep busiest, and for how many weeks."""
        paces = {work.data.stream.name: work.pace for work in self.work}
        parts = [(part.stream, part.in_progress + part.not_started) for part in forecast.streams]
        if not parts:
            return None, None
        most = max(parts, key=lambda part: part[1])[0]
        weeks = []
        for stream, items in parts:
            if paces[stream] <= 0:
                return None, None
            weeks.append(((items + (more if stream == most else 0)) / paces[stream], stream))
        longest, stream = max(weeks)
        return stream, longest

    def _freed(self, row: InitiativeRow) -> tuple[TeamDays, ...]:
        """The days of work that stopping it would free: what others need too goes on."""
        if len(row.own_items) == len(row.open_items):
            return row.team_days
        return team_days(self.work, row.own_items, row.forecast.sizes, row.more_items)

    def _remaining(self, one: Initiative, team_days: Sequence[TeamDays]) -> float | None:
        if one.remaining is not None:
            return one.remaining
        if one.day_rate is None or not team_days:
            return None
        return one.day_rate * sum(work.days for work in team_days)

    def _served(self, one: Initiative) -> tuple[Served, ...]:
        ties = self.records.contributions.get(one.id, [])
        return tuple(
            Served(self.records.objectives[tie.objective].name, tie.weight)
            for tie in ties
            if tie.objective in self.records.objectives
        )

    def _waiting(self, members: frozenset[int]) -> tuple[int, ...]:
        """Open items elsewhere that wait for an open item of these."""
        matches = {
            second for first, second in self.waits if first in members and second not in members
        }
        return tuple(sorted(matches))

    def _awaited(self, members: frozenset[int]) -> tuple[int, ...]:
        """Open items elsewhere that an open item of these waits for."""
        matches = {
            first for first, second in self.waits if second in members and first not in members
        }
        return tuple(sorted(matches))

    def _is_continued(self, number: int) -> bool:
        """Whether it was decided to go on, and not to ask again yet."""
        choices = [
            one for one in self.records.decisions.get(number, ()) if one.choice != DecisionKind.PIN
        ]
        last = choices[-1] if choices else None
        return (
            last is not None
            and last.choice == DecisionKind.CONTINUE
            and (last.review_on or "") > self.today.isoformat()
        )


def _dates(
    forecast: SetForecast,
    members: frozenset[int],
    need_by: date | None,
    odds: SetOdds | None,
    more: int,
) -> Dates:
    keys = dict(forecast.keys)
    # Without the remedy: of an earlier moment the initiative was not on record.
    cannot = None if forecast.cannot is None else forecast.cannot.partition("; --")[0]
    if more and not forecast.streams:
        cannot = (
            f"its {count(more, 'expected item')} {'is' if more == 1 else 'are'} on no board yet"
        )
    elif not members:
        cannot = "it has no items yet"
    elif not forecast.streams:
        cannot = "all of its items are over"
    sizes = [part.in_progress + part.not_started for part in forecast.streams]
    most = sizes.index(max(sizes)) if sizes else 0
    return Dates(
        forecast.dates.p50,
        forecast.dates.p85,
        None if forecast.growing is None else forecast.growing.p85,
        forecast.dates.in_time if need_by is not None and odds is not None else None,
        tuple(
            InStream(
                part.stream,
                part.in_progress,
                part.not_started,
                part.dates.p50,
                part.dates.p85,
                keys.get(part.last or 0),
                more if n == most else 0,
            )
            for n, part in enumerate(forecast.streams)
        ),
        cannot,
    )
