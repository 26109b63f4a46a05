"""Value streams: graphs of the stages that work items flow through.

Decisions need only adjacency and reachability, which are kept here in plain Python;
analysis asks for :meth:`ValueStream.graph` and gets a ``networkx.DiGraph``.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import TYPE_CHECKING

from vsm.model.calendar import WORKDAYS, Calendar
from vsm.model.declared import TimeBasis
from vsm.model.item import ClassOfService
from vsm.model.practice import MoveEntry, StageBehaviour

if TYPE_CHECKING:
    import networkx as nx

    from vsm.model.group_limit import GroupLimit


class Category(StrEnum):
    """What happens to an item while it is in a stage."""

    BACKLOG = "backlog"
    QUEUE = "queue"
    ACTIVE = "active"
    DONE = "done"
    DROPPED = "dropped"

    @property
    def ended(self) -> bool:
        """Whether items here are no longer in progress (done or dropped)."""
        return self is Category.DONE or self is Category.DROPPED

    @property
    def working(self) -> bool:
        """Whether an item here can be in progress (waiting or being worked)."""
        return self is Category.QUEUE or self is Category.ACTIVE


class LimitKind(StrEnum):
    """How a WIP limit binds: a soft one asks for a reason, a hard one refuses."""

    NONE = "none"
    SOFT = "soft"
    HARD = "hard"


class EdgeKind(StrEnum):
    """Whether an edge of the map leads towards done or back."""

    FORWARD = "forward"
    REWORK = "rework"


class Direction(StrEnum):
    """What a move means in its stream; see METRICS in docs/metrics.md."""

    FORWARD = "forward"
    REWORK = "rework"
    SIDEWAYS = "sideways"
    OUTSIDE = "outside"
    """Into or out of a dropped stage: neither forward nor rework."""


class StreamError(ValueError):
    """A stream that cannot work; ``problems`` says what and names the stages."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a stream. ``position`` orders columns that the graph leaves open.

    ``limit_kind`` says how ``limit`` binds and ``class_limits``, each the most items of one
    class of service; items of ``exempt`` classes do not count into ``limit``. A ``retired`` stage
    is off the board and takes no items; it keeps its place in the map, so that past visits go on
    meaning what they meant. ``behaviour`` is what people set of what the log shows of it.
    ``process_days``, ``wait_days`` and ``complete_accurate`` are what people declare it to take
    and to get right, ``declared_note`` where that is from; ``note`` is a note on the map (a kaizen
    burst).
    """

    id: int
    name: str
    category: Category
    position: int
    team: int | None = None
    limit: int | None = None
    limit_kind: LimitKind = LimitKind.NONE
    policy: str = ""
    class_limits: tuple[tuple[ClassOfService, int], ...] = ()
    retired: bool = False
    behaviour: StageBehaviour = StageBehaviour.AS_LOGGED
    process_days: float | None = None
    wait_days: float | None = None
    complete_accurate: float | None = None
    declared_note: str = ""
    note: str = ""
    exempt: tuple[ClassOfService, ...] = ()
    agreed_name: str = ""
    """What the standard of the stream calls it, where another name is agreed; empty: the same."""

    def class_limit(self, service: ClassOfService) -> int | None:
        """The most items of a class of service here, ``None`` where it has no limit."""
        return next((limit for name, limit in self.class_limits if name is service), None)

    @property
    def limited(self) -> bool:
        """Whether a WIP limit is in force here."""
        return self.limit is not None and self.limit_kind is not LimitKind.NONE

    def over(self, wip: int) -> bool:
        """Whether ``wip`` items are more than the limit allows."""
        return self.limited and self.limit is not None and wip > self.limit


@dataclass(frozen=True, slots=True)
class Edge:
    """A move that the stream foresees, from one stage id to another, with a note on the map."""

    source: int
    target: int
    kind: EdgeKind = EdgeKind.FORWARD
    note: str = ""


@dataclass(frozen=True)
class ValueStream:
    """A named graph of stages with a zone and a commitment stage.

    ``zone`` is an IANA name and decides what a *day* is. ``commitment`` is a stage id;
    ``None`` means the first queue or active stage. ``version`` grows with each change of
    the configuration. ``workdays`` and ``holidays`` are for capacity and maps only. ``types`` are
    the types of work that forms offer first; ``vocabulary`` has the stream's own words for
    things (``item`` → ``story``); ``link`` is an address with ``{key}`` in it. ``move_entry`` is
    what people set of when moves are entered, ``map_time`` what the times of its map count.
    """

    id: int
    name: str
    zone: str
    stages: tuple[Stage, ...]
    edges: tuple[Edge, ...]
    commitment: int | None = None
    prefix: str = ""
    version: int = 1
    workdays: tuple[int, ...] = WORKDAYS
    holidays: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    vocabulary: tuple[tuple[str, str], ...] = ()
    link: str = ""
    move_entry: MoveEntry = MoveEntry.AS_LOGGED
    map_time: TimeBasis = TimeBasis.ELAPSED
    group_limits: tuple[GroupLimit, ...] = ()

    # -- look-ups ---------------------------------------------------------------

    @cached_property
    def by_id(self) -> dict[int, Stage]:
        """Stages by id."""
        return {s.id: s for s in self.stages}

    @cached_property
    def _by_name(self) -> dict[str, Stage]:
        return {s.name.casefold(): s for s in self.stages}

    def stage(self, stage_id: int) -> Stage:
        """Return the stage with this id; raises ``KeyError`` where there is none."""
        return self.by_id[stage_id]

    def named(self, name: str) -> Stage | None:
        """The stage of exactly this name, letter case and extra spaces ignored."""
        return self._by_name.get(" ".join(name.split()).casefold())

    def find(self, name: str) -> Stage | None:
        """Find a stage by name, letter case ignored, or by a unique beginning of it."""
        folded = " ".join(name.split()).casefold()
        exact = self._by_name.get(folded)
        if exact is not None or not folded:
            return exact
        starts = [s for n, s in self._by_name.items() if n.startswith(folded)]
        return starts[0] if len(starts) == 1 else None

    @property
    def calendar(self) -> Calendar:
        """On which days the stream is worked."""
        return Calendar(self.workdays, self.holidays)

    def word(self, name: str) -> str:
        """The stream's own word for ``item`` or ``items``, or the common one."""
        return dict(self.vocabulary).get(name, name)

    # -- order and direction ----------------------------------------------------

    @cached_property
    def order(self) -> tuple[Stage, ...]:
        """Stages in the order of the flow: topological, ties by position; done, dropped last."""

        def weight(stage: Stage) -> tuple[int, int, int]:
            last = {Category.DONE: 1, Category.DROPPED: 2}.get(stage.category, 0)
            return last, stage.position, stage.id

        sorter = self._sorter()
        with suppress(CycleError):  # what no circle keeps back comes first then
            sorter.prepare()
        ready: list[tuple[tuple[int, int, int], int]] = []
        out: list[Stage] = []
        while ready or sorter.is_active():
            for stage_id in sorter.get_ready():
                heapq.heappush(ready, (weight(self.by_id[stage_id]), stage_id))
            _, stage_id = heapq.heappop(ready)
            out.append(self.by_id[stage_id])
            sorter.done(stage_id)
        placed = {s.id for s in out}
        out += sorted((s for s in self.stages if s.id not in placed), key=weight)
        return tuple(sorted(out, key=lambda s: weight(s)[0]))

    @cached_property
    def line(self) -> tuple[Stage, ...]:
        """The stages that are on the board: :attr:`order` without the retired ones."""
        return tuple(stage for stage in self.order if not stage.retired)

    @property
    def working_teams(self) -> frozenset[int]:
        """The teams of the active stages that are on the board."""
        active = (s.team for s in self.line if s.category is Category.ACTIVE)
        return frozenset(team for team in active if team is not None)

    @cached_property
    def index(self) -> dict[int, int]:
        """Place of each stage id in :attr:`order`, from 0."""
        return {s.id: n for n, s in enumerate(self.order)}

    def _forward_edges(self) -> Iterable[Edge]:
        return (
            e
            for e in self.edges
            if e.kind is EdgeKind.FORWARD and e.source in self.by_id and e.target in self.by_id
        )

    @cached_property
    def _forward(self) -> dict[int, tuple[int, ...]]:
        out: dict[int, list[int]] = {}
        for edge in self._forward_edges():
            out.setdefault(edge.source, []).append(edge.target)
        return {k: tuple(v) for k, v in out.items()}

    @cached_property
    def _reach(self) -> dict[int, frozenset[int]]:
        out: dict[int, frozenset[int]] = {}
        for stage in self.stages:
            seen: set[int] = set()
            todo = list(self._forward.get(stage.id, ()))
            while todo:
                node = todo.pop()
                if node not in seen:
                    seen.add(node)
                    todo.extend(self._forward.get(node, ()))
            out[stage.id] = frozenset(seen)
        return out

    def following(self, stage_id: int) -> tuple[int, ...]:
        """Ids of the stages to which forward edges lead from one."""
        return self._forward.get(stage_id, ())

    def reaches(self, source: int, target: int) -> bool:
        """Whether forward edges lead from one stage id to another."""
        return target in self._reach[source]

    def direction(self, source: int, target: int) -> Direction:
        """Say what a move from one stage id to another means in this stream."""
        if Category.DROPPED in (self.stage(source).category, self.stage(target).category):
            return Direction.OUTSIDE
        if self.reaches(source, target):
            return Direction.FORWARD
        if self.reaches(target, source):
            return Direction.REWORK
        return Direction.SIDEWAYS

    # -- the commitment point ---------------------------------------------------

    @cached_property
    def commitment_stage(self) -> Stage | None:
        """The stage whose entry starts the clock; ``None`` where nothing is ever worked."""
        if self.commitment is not None and self.commitment in self.by_id:
            return self.by_id[self.commitment]
        return next((s for s in self.order if s.category.working), None)

    @cached_property
    def starting(self) -> frozenset[int]:
        """Ids of the stages whose entry starts an item: working, at or after the commitment."""
        first = self.commitment_stage
        if first is None:
            return frozenset()
        at = self.index[first.id]
        return frozenset(s.id for s in self.order[at:] if s.category.working)

    @cached_property
    def finished(self) -> frozenset[int]:
        """Ids of the done stages."""
        return self.ids(Category.DONE)

    def ids(self, *categories: Category) -> frozenset[int]:
        """Ids of the stages in any of these categories."""
        return frozenset(s.id for s in self.stages if s.category in categories)

    @cached_property
    def committed_limit(self) -> int | None:
        """Sum of the WIP limits of the working stages, or ``None`` where none is limited."""
        from vsm.model.group_limit import most_allowed

        return most_allowed(self)

    # -- validity ---------------------------------------------------------------

    def problems(self) -> list[str]:
        """All that is wrong with this stream, in sentences that name the stages."""
        from vsm.model.group_limit import limit_problems

        return [*self._stage_problems(), *limit_problems(self), *self._edge_problems()]

    def _stage_problems(self) -> list[str]:
        out: list[str] = []
        if not self.name.strip():
            out.append("the stream has no name")
        seen: set[str] = set()
        for stage in self.stages:
            key = stage.name.casefold()
            if not stage.name.strip():
                out.append(f"stage {stage.id} has no name")
            elif key in seen:
                out.append(f"two stages are called {stage.name!r}")
            seen.add(key)
            if stage.behaviour is not StageBehaviour.AS_LOGGED and not stage.category.working:
                out.append(
                    f"{stage.name!r} is {stage.category}: only queue and active stages"
                    f" can have a behaviour; leave it {StageBehaviour.AS_LOGGED}"
                )
        if not self.stages:
            out.append("the stream has no stages")
        elif not any(s.category is Category.DONE for s in self.stages if not s.retired):
            out.append("no stage has the category done")
        if self.commitment is not None:
            commit = self.by_id.get(self.commitment)
            if commit is None:
                out.append(f"the commitment stage {self.commitment} is not in the stream")
            elif not commit.category.working:
                out.append(
                    f"the commitment stage {commit.name!r} is {commit.category}:"
                    " it must be a queue or active stage"
                )
        return out

    def _edge_problems(self) -> list[str]:
        out: list[str] = []
        seen: set[tuple[int, int]] = set()
        for edge in self.edges:
            missing = [i for i in (edge.source, edge.target) if i not in self.by_id]
            if missing:
                out.append(f"an edge names stage {missing[0]}, which is not in the stream")
                continue
            a, b = self.by_id[edge.source], self.by_id[edge.target]
            if a is b:
                out.append(f"an edge leads from {a.name!r} to itself")
            if (edge.source, edge.target) in seen:
                out.append(f"two edges lead from {a.name!r} to {b.name!r}")
            seen.add((edge.source, edge.target))
            if edge.kind is EdgeKind.FORWARD and a.category.ended and not b.category.ended:
                out.append(
                    f"a forward edge leads out of {a.name!r}, which is {a.category}:"
                    " make it a rework edge"
                )
        cycle = self._forward_cycle()
        if cycle:
            path = " → ".join(self.by_id[i].name for i in cycle)
            out.append(f"forward edges go round in a circle: {path}")
            return out
        for edge in self.edges:
            if edge.kind is not EdgeKind.REWORK or not {edge.source, edge.target} <= set(
                self.by_id
            ):
                continue
            if edge.source != edge.target and not self.reaches(edge.target, edge.source):
                a, b = self.by_id[edge.source], self.by_id[edge.target]
                out.append(
                    f"the rework edge {a.name} → {b.name} does not lead back:"
                    f" {a.name!r} cannot be reached from {b.name!r}"
                )
        return out

    def _sorter(self) -> TopologicalSorter[int]:
        """The stages, each with those from which a forward edge leads to it."""
        sorter = TopologicalSorter({stage.id: () for stage in self.stages})
        for edge in self._forward_edges():
            sorter.add(edge.target, edge.source)
        return sorter

    def _forward_cycle(self) -> list[int]:
        try:
            self._sorter().prepare()
        except CycleError as error:
            cycle: list[int] = error.args[1]
            return cycle
        return []

    def validate(self) -> ValueStream:
        """Return this stream, or raise :class:`StreamError` with every problem."""
        problems = self.problems()
        if problems:
            raise StreamError(problems)
        return self

    # -- analysis and change ----------------------------------------------------

    def graph(self) -> nx.DiGraph[int]:
        """Build the graph for analysis: nodes are stage ids with ``stage``, edges have ``kind``."""
        import networkx as nx

        out: nx.DiGraph[int] = nx.DiGraph(name=self.name)
        for stage in self.order:
            out.add_node(stage.id, stage=stage)
        for edge in self.edges:
            out.add_edge(edge.source, edge.target, kind=edge.kind)
        return out

    def with_stage(self, stage: Stage) -> ValueStream:
        """Return a copy in which the stage with this id is replaced."""
        return replace(self, stages=tuple(stage if s.id == stage.id else s for s in self.stages))


def chain(stages: Sequence[Stage]) -> tuple[Edge, ...]:
    """Forward edges from each stage to the next, done ones last, dropped ones left out."""
    line = [s for s in stages if s.category is not Category.DROPPED]
    line.sort(key=lambda s: s.category is Category.DONE)
    return tuple(Edge(a.id, b.id) for a, b in pairwise(line))
