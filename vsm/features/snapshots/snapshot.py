"""Takes a snapshot of streams as of a moment, for export as JSON."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from vsm.features.forecast.reading import read_forecast
from vsm.features.metrics.reading import read_figures
from vsm.features.snapshots.results import (
    Blocker,
    Edge,
    GroupLimit,
    Item,
    Link,
    Snapshot,
    Stage,
    Stream,
    Team,
    Visit,
)
from vsm.model import rules
from vsm.model.board import BlockLine, WholeItem
from vsm.model.calendar import weekday_names
from vsm.model.item import DependencyState, LinkKind
from vsm.model.item import Visit as ItemVisit
from vsm.model.query_tree import Query
from vsm.model.stream import Stage as StreamStage
from vsm.model.stream import ValueStream
from vsm.reader import Reader
from vsm.report.position import position_of

_SPLIT = re.compile(r"(\d+)")


def take(
    reader: Reader,
    streams: Sequence[ValueStream],
    as_of: int,
    *,
    query: Query | None = None,
    present: bool = False,
) -> Snapshot:
    """Take a snapshot of these streams in one read transaction, of the items that fit a filter.

    ``as_of`` is in UTC microseconds and not later than now. ``present`` says that it is now: then
    the snapshot has everything recorded, also entries later than now from a clock that was ahead.
    """
    with reader.still():
        position = position_of(reader.anchor())
        teams = reader.teams()
        names = {team.id: team.name for team in teams}
        at = None if present else as_of
        configured = streams if at is None else [reader.configured(s, at) for s in streams]
        taken = tuple(
            _stream(reader, stream, then, names, as_of, query or Query(), present)
            for stream, then in zip(streams, configured, strict=True)
        )
        keys = {item.key.casefold() for stream in taken for item in stream.items}
        owned: dict[int | None, list[str]] = {}
        for stream in configured:
            for stage in stream.line:
                owned.setdefault(stage.team, []).append(f"{stream.name}: {stage.name}")
        return Snapshot(
            as_of=rules.iso(as_of),
            journal=position,
            streams=taken,
            teams=tuple(
                Team(
                    name=team.name,
                    stages=tuple(owned.get(team.id, ())),
                    workdays=None if team.workdays is None else tuple(weekday_names(team.workdays)),
                    holidays=tuple(team.holidays),
                )
                for team in teams
            ),
            dependencies=tuple(
                Link(
                    LinkKind(kind),
                    source,
                    target,
                    None if state is None else DependencyState(state),
                    need_by,
                )
                for kind, source, target, state, need_by in reader.links(at)
                if source.casefold() in keys or target.casefold() in keys
            ),
            filter=query.text if query else None,
        )


def natural_order(key: str) -> tuple[Any, ...]:
    """The sort key by which ``PAY-9`` comes before ``PAY-10``."""
    parts = _SPLIT.split(key.casefold())
    return tuple(int(part) if n % 2 else part for n, part in enumerate(parts))


def _stream(
    reader: Reader,
    stream: ValueStream,
    then: ValueStream,
    teams: Mapping[int, str],
    as_of: int,
    query: Query,
    present: bool,
) -> Stream:
    """A stream as of a moment; ``then`` is the stream as it was.

    The WIP of a stage is of all items, whatever the filter: its limit is for all of them.
    """
    days = reader.days(stream.zone)
    among = reader.matching(stream, query, as_of, present=present) if query else None
    every = [
        (whole.item.id, item)
        for whole in reader.whole(stream, None if present else as_of)
        if (item := _item(whole, then, teams, days, as_of, present)) is not None
    ]
    wip = Counter(item.stage for _, item in every if not item.archived)
    counts = _counted(then, [item for _, item in every if not item.archived])
    items = [item for number, item in every if among is None or number in among]
    items.sort(key=lambda item: natural_order(item.key))
    commitment = then.commitment_stage
    return Stream(
        name=stream.name,
        timezone=stream.zone,
        commitment=None if commitment is None else commitment.name,
        workdays=tuple(weekday_names(stream.workdays)),
        holidays=tuple(stream.holidays),
        stages=tuple(_stage(s, teams, wip[s.name], counts[s.name]) for s in then.order),
        edges=tuple(
            Edge(then.stage(edge.source).name, then.stage(edge.target).name, edge.kind, edge.note)
            for edge in sorted(
                then.edges, key=lambda e: (then.index[e.source], then.index[e.target])
            )
        ),
        items=tuple(items),
        metrics=read_figures(reader, stream, as_of=as_of, query=query, present=present),
        stages_as_of_now=not present and not reader.knows_stages(stream, as_of),
        move_entry=then.move_entry,
        map_time=then.map_time,
        forecast=read_forecast(reader, stream, as_of=as_of, query=query, present=present),
        group_limits=_group_limits(then, counts),
    )


def _counted(stream: ValueStream, held: Sequence[Item]) -> Counter[str]:
    """By stage how many of these items count into its limit."""
    exempt = {stage.name: stage.exempt for stage in stream.order}
    return Counter(i.stage for i in held if i.service not in exempt.get(i.stage, ()))


def _group_limits(stream: ValueStream, counts: Mapping[str, int]) -> tuple[GroupLimit, ...]:
    return tuple(
        GroupLimit(
            stages=tuple(names := [s.name for s in stream.order if s.id in group.stages]),
            limit=group.limit,
            limit_kind=group.kind,
            wip=sum(counts[name] for name in names),
            name=group.name or None,
        )
        for group in stream.group_limits
    )


def _stage(stage: StreamStage, teams: Mapping[int, str], wip: int, counted: int) -> Stage:
    return Stage(
        name=stage.name,
        category=stage.category,
        team=None if stage.team is None else teams.get(stage.team),
        wip=wip,
        limit=stage.limit,
        limit_kind=stage.limit_kind,
        class_limits={str(name): most for name, most in stage.class_limits},
        over_limit=stage.over(counted),
        policy=stage.policy,
        retired=stage.retired,
        behaviour=stage.behaviour,
        process_days=stage.process_days,
        wait_days=stage.wait_days,
        complete_accurate=stage.complete_accurate,
        declared_note=stage.declared_note,
        note=stage.note,
        exempt=tuple(map(str, stage.exempt)),
    )


def _item(
    whole: WholeItem,
    stream: ValueStream,
    teams: Mapping[int, str],
    days: rules.Days,
    as_of: int,
    present: bool,
) -> Item | None:
    """An item as of a moment; ``None`` if it was not in the stream yet.

    An item whose moves run backwards in time has no cycle and no lead time.
    """
    item = whole.item
    visits = whole.visits if present else rules.as_of(whole.visits, as_of)
    if not visits or visits[-1].left is not None:
        return None
    latest, created = visits[-1], visits[0].entered
    state = rules.state_of(visits, stream)
    times = rules.times_of(
        [(visit.entered, visit.stage) for visit in visits],
        stream,
        days,
        item.quality,
        rules.absences_of(visits),
    )
    age_from = times.age_from if state == "in progress" else None
    return Item(
        key=item.key,
        title=item.title,
        description=item.description,
        type=item.type,
        service=item.service,
        owner=item.owner,
        team=None if item.team is None else teams.get(item.team),
        estimate=item.estimate,
        due=item.due,
        labels=tuple(item.labels),
        parent=item.parent,
        state=state,
        stage=stream.stage(latest.stage).name,
        since=rules.iso(latest.entered),
        created=rules.iso(created),
        started=rules.iso_or_none(times.start),
        finished=rules.iso_or_none(times.finish),
        cycle_days=times.cycle,
        lead_days=times.lead,
        age_days=None if age_from is None else days.between(age_from, max(age_from, as_of)),
        archived=item.archived,
        history=item.quality,
        visits=tuple(_visit(visit, stream) for visit in visits),
        blockers=tuple(
            _blocker(block, None if present else as_of)
            for block in whole.blocks
            if present or block.started <= as_of
        ),
        fields_as_of_now=not whole.is_known,
    )


def _blocker(block: BlockLine, as_of: int | None) -> Blocker:
    """A blocker, still open if it ended after ``as_of``."""
    has_ended = as_of is None or (block.ended is not None and block.ended <= as_of)
    return Blocker(
        block.kind,
        block.reason,
        rules.iso(block.started),
        rules.iso_or_none(block.ended if has_ended else None),
    )


def _visit(visit: ItemVisit, stream: ValueStream) -> Visit:
    left = rules.iso_or_none(visit.left)
    return Visit(stream.stage(visit.stage).name, rules.iso(visit.entered), left)
