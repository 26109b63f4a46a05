"""Values that a board shows: filled by ``vsm.reader``, drawn by widgets.

Texts are as stored; whoever draws them makes them inert. Times are UTC microseconds, ages whole
days as in docs/metrics.md. Tuples, as thousands are made and compared at every change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from vsm.model.actor import ActorKind
from vsm.model.group_limit import GroupLimit, GroupWip
from vsm.model.item import BlockerKind, ClassOfService, Item, LinkKind, Visit
from vsm.model.rules import RUN_BACKWARDS
from vsm.model.stream import Stage, ValueStream

BACKWARDS = f"{RUN_BACKWARDS}: left out of times"
IN_FUTURE = "came here or started later than now: a clock was ahead"
"""What is said of an item whose times cannot be right."""


class StreamInfo(NamedTuple):
    """One line of the stream picker."""

    id: int
    name: str
    items: int
    wip: int
    last_activity: int | None


class Card(NamedTuple):
    """One item as a card. ``version`` changes whenever the item does.

    ``age`` counts days since the start for items in progress; ``cycle`` the days it took for
    finished ones (``None`` where it never started). ``waits_for`` counts unfinished items that
    block this one, ``waited_by`` unfinished items that this one blocks; ``waits_on`` names the
    other teams that have those it waits for. ``initials`` are a member's, where the owner is one.
    ``step`` counts the levels of the pace (p50, p70, p85, p95) that the age is above. ``clock_off``
    says that its times cannot be right, as somebody's clock was wrong: it seems to have started or
    come to its stage later than now, or it finished and its moves run backwards in time. ``idle``
    are its days in stage, counted as the age is; ``due_in`` the days to its due date, below 0 when
    that has passed. Both are ``None`` for finished items. ``is_at_risk`` says that it is late, or
    likelier late than in time, once that is known. ``people`` are the initials of those whose
    cursors are on it, ``times_carried`` counts sprints that ended with it not done. ``is_stopped``
    says that a control would refuse its next move, once that is known.
    """

    id: int
    key: str
    title: str
    stage: int
    version: int
    type: str
    service: ClassOfService
    owner: str | None
    team: str | None
    entered: int
    age: int | None
    cycle: int | None
    blocked: BlockerKind | None
    blocked_reason: str
    waits_for: int
    waited_by: int
    waits_on: tuple[str, ...] = ()
    initials: str = ""
    step: int = 0
    clock_off: bool = False
    idle: int | None = None
    due: str | None = None
    due_in: int | None = None
    is_at_risk: bool = False
    people: tuple[str, ...] = ()
    is_stopped: bool = False
    times_carried: int = 0

    @property
    def overdue(self) -> bool:
        """Whether the due date of an unfinished item has passed."""
        return self.due_in is not None and self.due_in < 0


class ItemSummary(NamedTuple):
    """What a change of many items needs to know of each; ``version`` is the one that was seen."""

    id: int
    key: str
    title: str
    stream: int
    stage: int
    version: int
    owner: str | None
    blocked: bool
    archived: bool = False


class ClassWip(NamedTuple):
    """Items of one class of service in a stage against that class's own limit there."""

    service: ClassOfService
    wip: int
    limit: int


class Column(NamedTuple):
    """The head of a column and how many cards it has to show.

    ``wip`` counts the unarchived items in the stage, ``shown`` those that fit the filter. In
    done and dropped stages both count only items of the last 14 days of the data. ``classes``
    are the stage's limits of classes of service, if it has any, ``group`` is the limit that it
    shares with other stages.
    """

    stage: Stage
    team: str | None
    wip: int
    shown: int
    classes: tuple[ClassWip, ...] = ()
    group: GroupLimit | None = None

    @property
    def exempt(self) -> int:
        """How many items do not count into the limit of the stage."""
        return sum(limit.wip for limit in self.classes if limit.service in self.stage.exempt)

    @property
    def counted(self) -> int:
        """How many items count into the limit of the stage."""
        return self.wip - self.exempt

    @property
    def over(self) -> bool:
        """Whether it holds more than its own limit allows."""
        return self.stage.over(self.counted)

    @property
    def classes_over(self) -> tuple[ClassWip, ...]:
        """The classes of service of which there are more than their limits allow."""
        return tuple(limit for limit in self.classes if limit.wip > limit.limit)


def groups_in(columns: Sequence[Column]) -> tuple[GroupWip, ...]:
    """The limits over several stages of a board, each with how many items count into it."""
    out = []
    for group in dict.fromkeys(column.group for column in columns if column.group is not None):
        among = [column for column in columns if column.stage.id in group.stages]
        label = group.name or " + ".join(column.stage.name for column in among)
        stages = tuple(column.stage.id for column in among)
        out.append(GroupWip(label, stages, sum(c.counted for c in among), group.limit))
    return tuple(out)


class Header(NamedTuple):
    """The figures at the top of a board.

    ``p85`` is the 85th percentile of inclusive cycle time in days over the 90 local days that end
    at ``until`` (``None`` where nothing with a start finished), from ``samples`` items;
    ``finished`` counts items finished in the 14 local days that end there. ``until`` is now, or
    the last activity where that is more than 14 days ago (``ended``).
    """

    stream: int
    name: str
    zone: str
    p85: int | None
    samples: int
    wip: int
    limit: int | None
    finished: int
    until: int
    ended: bool
    over: tuple[tuple[str, int, int], ...] = ()
    """The stages over their limits as (name, WIP, limit), those that are most over first."""


def stages_over(
    counts: Iterable[tuple[Stage, int]], groups: Iterable[GroupWip] = ()
) -> tuple[tuple[str, int, int], ...]:
    """Of stages with what counts in them those over their limits, as in :attr:`Header.over`."""
    over = [
        (stage.name, wip, stage.limit)
        for stage, wip in counts
        if stage.limit is not None and stage.over(wip)
    ]
    over += [(group.label, group.wip, group.limit) for group in groups if group.is_over]
    return tuple(sorted(over, key=lambda row: row[2] - row[1]))


class Line(NamedTuple):
    """One line of an item's history, in words; ``happened`` where it was entered late."""

    at: int
    text: str
    by: str
    happened: int | None = None

    @property
    def moment(self) -> int:
        """When it happened."""
        return self.at if self.happened is None else self.happened

    def written(self, entered: str) -> str:
        """The text with who did it, and with when it was ``entered`` where that was late."""
        who = [self.by] if self.by else []
        if self.happened is not None:
            who.append(entered)
        return f"{self.text} ({', '.join(who)})" if who else self.text


class LinkLine(NamedTuple):
    """A link as seen from one item: ``label`` reads ``blocks``, ``waits for``, ``parent of``…

    ``title`` and ``stage`` are ``None`` where the other item is not in this database. ``agreed``
    says what was agreed on of a dependency, in words. ``is_open`` says that the other item is
    neither done, dropped nor archived, and not delivered as agreed on: cards count those.
    """

    label: str
    kind: LinkKind
    key: str
    title: str | None
    stage: str | None
    done: bool
    agreed: str = ""
    is_open: bool = False


class BlockLine(NamedTuple):
    """One blocker of an item, open while ``ended`` is ``None``."""

    kind: BlockerKind
    reason: str
    by: str
    started: int
    ended: int | None


class CommentLine(NamedTuple):
    """What somebody said about an item."""

    at: int
    by: str
    text: str


class Detail(NamedTuple):
    """All about one item: fields, flow, blockers, links, history, comments (newest first).

    ``owner`` is the owner's name where the owner is a member. ``clock`` says why its times
    cannot be right (:data:`BACKWARDS`, :data:`IN_FUTURE`), empty where they can: of one whose moves
    run backwards in time cycle and lead time are not known. ``idle`` and ``due_in`` are as on a
    :class:`Card`.
    """

    item: Item
    stream: str
    stage: str
    team: str | None
    started: int | None
    finished: int | None
    age: int | None
    cycle: int | None
    lead: int | None
    blocks: tuple[BlockLine, ...]
    links: tuple[LinkLine, ...]
    history: tuple[Line, ...]
    comments: tuple[CommentLine, ...] = ()
    owner: str | None = None
    clock: str = ""
    idle: int | None = None
    due_in: int | None = None


class WholeItem(NamedTuple):
    """An item with every stay in a stage of its stream, and every blocker, the first ones first.

    ``is_known`` says whether its fields are those of the moment asked for: a source may not tell.
    """

    item: Item
    visits: tuple[Visit, ...]
    blocks: tuple[BlockLine, ...]
    is_known: bool = True


class Change(NamedTuple):
    """Something that was recorded: by whom, what in words, and which stages it touches.

    ``structure`` says that streams, stages or teams changed, or that so much did (an import)
    that a screen reads everything anew. ``at`` is when it was recorded, ``happened`` when it
    happened, where it was entered late.
    """

    seq: int
    grp: int
    at: int
    actor: str
    session: str
    stream: int | None
    item: int | None
    stages: tuple[int, ...]
    text: str
    structure: bool
    happened: int | None = None
    actor_kind: ActorKind = ActorKind.PERSON


class FieldEdit(NamedTuple):
    """Who wrote a field of an item, and when."""

    actor: str
    at: int


class LogFilter(NamedTuple):
    """Which entries of the journal are listed, and at most how many (``None``: all).

    ``since`` and ``until`` are moments of recording (UTC microseconds, the second excluded).
    """

    limit: int | None = None
    item: int | None = None
    stream: int | None = None
    by: str | None = None
    actor_kind: ActorKind | None = None
    kinds: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None
    late: bool = False


class LogEntry(NamedTuple):
    """An entry of the journal: what it says, its kind, from where it came, what it undoes.

    ``hash`` (hexadecimal) covers it and all before it.
    """

    change: Change
    kind: str
    source: str
    undoes: int | None
    hash: str


class FeedLine(NamedTuple):
    """A group of changes that somebody made: when, what in words, and the items that it is about.

    ``items`` are some of them where there are very many.
    """

    grp: int
    at: int
    actor: str
    actor_kind: ActorKind
    text: str
    items: tuple[int, ...]


class Redacted(NamedTuple):
    """What was taken out: from how many entries, what stands there now, which still mention it.

    Not ``is_wiped`` where somebody reads the file, which holds what was there until then.
    """

    entries: int
    alias: str
    mentions: tuple[int, ...] = ()
    is_wiped: bool = True


class Flowed(NamedTuple):
    """Start and finish of an item as known at a moment, and inclusive days of its cycle time, lead
    time and age.
    """

    start: int | None
    finish: int | None
    cycle: int | None
    lead: int | None
    age: int | None


class Stood(NamedTuple):
    """Where items stood at a moment: ids by stage in board order, and the flow of each of them."""

    by_stage: Mapping[int, tuple[int, ...]]
    flow: Mapping[int, Flowed]


class Past(NamedTuple):
    """A board at a moment: columns through a filter, the header, and what its cards are made of.

    ``mark`` says what is as of now, as it is not known of then. ``folded`` are the items of folded
    lanes, each with the key of its lane.
    """

    as_of: int
    stream: ValueStream
    columns: tuple[Column, ...]
    header: Header
    stood: Stood
    mark: str = ""
    folded: Mapping[int, str] = MappingProxyType({})

    @property
    def in_progress(self) -> tuple[int, ...]:
        """The ids of items in progress, the last stage first, the oldest first in each."""
        flow, stages = (
            self.stood.flow,
            [c.stage for c in self.columns if not c.stage.category.ended],
        )
        started = {item: flowed.start for item, flowed in flow.items() if flowed.start is not None}
        return tuple(
            item
            for stage in reversed(stages)
            for item in sorted(
                (i for i in self.stood.by_stage[stage.id] if i in started),
                key=lambda i: (-(flow[i].age or 0), started[i], i),
            )
        )

    def place(self, item: int) -> tuple[int, int] | None:
        """``(stage id, index in its column)`` of an item, ``None`` where it is not shown."""
        for stage, ids in self.stood.by_stage.items():
            if item in ids and item not in self.folded:
                return stage, self.shown(stage).index(item)
        return None

    def shown(self, stage: int) -> tuple[int, ...]:
        """The ids of the items in a column, without those of folded lanes."""
        ids = self.stood.by_stage.get(stage, ())
        return tuple(i for i in ids if i not in self.folded) if self.folded else ids


class OpenBlocker(NamedTuple):
    """An item that is blocked, and one of the items that it waits for, empty where it has none.

    ``is_met`` is whether that one is done, dropped or delivered as agreed on: it holds nothing up.
    """

    item: int
    key: str
    kind: str
    since: int
    waits_for: str
    team: str
    is_met: bool
    reason: str = ""
