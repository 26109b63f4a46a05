"""The bottlenecks of a stream, from what a reader knows of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from vsm.features.bottlenecks.results import Bottlenecks, ranked
from vsm.features.metrics.results import NAMED, Window
from vsm.flow_reader import FlowReader, data_end
from vsm.model.query_tree import Query
from vsm.model.stream import ValueStream

if TYPE_CHECKING:
    from vsm.flow.flow_data import FlowData


def read_bottlenecks(
    reader: FlowReader,
    stream: ValueStream,
    *,
    as_of: int,
    query: Query | None = None,
    present: bool = False,
) -> Bottlenecks:
    """What limits the flow of a stream, its confidence, and what would help; loads numpy.

    The diagnosis is of all items: a stage has the load that all of them are, whoever asks. A filter
    chooses the items that recommendations name. It looks at the 26 weeks before as-of, or before
    the last activity where that is long ago; at more where few items left any stage.
    """
    from vsm.features.bottlenecks.constraint import judge_recent
    from vsm.features.bottlenecks.effects import estimate_effects
    from vsm.features.bottlenecks.evidence import stage_evidence, team_loads
    from vsm.features.bottlenecks.intake import read_intake
    from vsm.features.bottlenecks.open_blockers import open_blockers
    from vsm.features.bottlenecks.practice import practice_of
    from vsm.features.bottlenecks.recommendations import recommend
    from vsm.features.bottlenecks.verdict import reach_verdict
    from vsm.features.metrics.figures import flow_figures_of
    from vsm.flow.days import local_day
    from vsm.flow.window import window

    known, facts = reader.flow(stream, Query(), as_of, present=present)
    end = data_end(known.last_activity, as_of)
    blocked = facts.blocks.open_now() if present else facts.blocks.open_at(end)
    judgement = judge_recent(known, end, facts.teams, reader.flows_of_teams(stream, as_of, present))
    observed = judgement.window
    intake = read_intake(judgement)
    verdict = reach_verdict(judgement, intake)
    among = reader.matching(stream, query, as_of, present=present) if query else None
    rows = reader.open_blockers(stream, None if present else end)
    blockers = open_blockers((row for row in rows if among is None or row.item in among), end)
    evidence = stage_evidence(judgement, _items_by_stage(known), facts.teams)
    figures = flow_figures_of(known, span := window(None, None, stream.zone, end))
    held_up = blocked, blockers
    actions = recommend(judgement, verdict, evidence, known, figures, *held_up, among, intake)
    named = {item for action in actions for item in action.items}
    return Bottlenecks(
        stream=stream.name,
        zone=stream.zone,
        as_of=as_of,
        watched=Window(local_day(observed.begin, stream.zone), local_day(end, stream.zone)),
        verdict=verdict,
        stages=evidence,
        teams=team_loads(judgement),
        min_cut=tuple(station.name for station in judgement.minimum_cut),
        actions=ranked(actions, {stage.id: stage.name for stage in known.stream.order}),
        keys=tuple(reader.keys_of(named | set(observed.backwards[:NAMED])).items()),
        effects=estimate_effects(judgement, known, figures, span),
        board_practice=practice_of(judgement),
        known_by_day=observed.is_coarse,
        set_aside=sum(observed.outliers_by_place.values()),
        backwards=observed.backwards,
        filter=query.text if query else None,
    )


def _items_by_stage(known: FlowData) -> dict[int, int]:
    """How many items are in each stage, by its id."""
    places = Counter(known.flow.stage.tolist())
    return {known.stream.order[place].id: number for place, number in places.items()}
