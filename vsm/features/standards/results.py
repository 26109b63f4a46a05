"""Standards, and how far streams have drifted from them: frozen values without numpy.

Each line of a comparison is one difference; the drift of a stream is how many are not agreed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, ClassVar

from vsm.model.control.control import Mode
from vsm.model.stream import Category, LimitKind
from vsm.report.publish import HIDDEN, MOMENT, Name, follows

Days = Annotated[float, 2]
"""Days with two decimals."""

DEFINITIONS: Mapping[str, str] = MappingProxyType(
    {
        "lines": "Each difference between the stream and its standard, once. A limit that is"
        " tighter and a control that binds harder are no difference.",
        "drift": "Lines that are not agreed: no agreement covers their part, or it has ended.",
        "price": "Days that items spent in a stage over all their visits, of items that left it for"
        " the last time within price_days (182 unless chosen) up to now, or up to the last activity"
        " where that is over 14 days ago: the median in this stream against the median in the"
        " streams that follow the same standard and have no line of that kind about the stage."
        " difference_days is this stream less the others, with its 95% interval (bootstrap, 10,000"
        " resamples, fixed seed). With fewer than 20 items on a side there is no interval"
        " (too_few). A stage that the standard does not have is compared with nothing.",
        "price.is_clear": "Whether the interval leaves out zero. It shows that the streams differ,"
        " not that the deviation is the cause.",
        "canonical": "The name that all streams share of a stage, by their standards.",
    }
)
"""Figure (its path in the JSON form) → what it means."""


class LineKind(StrEnum):
    """The kinds of differences between a stream and its standard."""

    MISSING = "stage missing"
    EXTRA = "stage extra"
    RENAMED = "stage renamed"
    ORDER = "order"
    CATEGORY = "category"
    COMMITMENT = "commitment"
    POLICY = "policy"
    LIMIT = "limit"
    WORD = "vocabulary"
    CONTROL = "control"
    ARTEFACT = "artefact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """The time in a deviating stage against streams that conform there."""

    stage: str
    n: int
    median_days: Days | None
    others: tuple[str, ...]
    others_n: int
    others_median_days: Days | None
    difference_days: Days | None
    low: Annotated[Days | None, Name("low_days")]
    high: Annotated[Days | None, Name("high_days")]
    too_few: bool

    @property
    @follows("too_few")
    def is_clear(self) -> bool:
        """Whether the interval of the difference leaves out zero."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """An agreed deviation; ``is_over`` says that it has ended."""

    part: str
    reason: str
    until: date | None
    agreed_by: str
    is_over: Annotated[bool, Name("over")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftLine:
    """One difference: in which part, in words, and whether it is agreed.

    ``stage`` is that of the stream, ``standard_stage`` that of the standard; ``items`` lack an
    artefact.
    """

    part: str
    kind: LineKind
    text: str
    stage: str | None = None
    standard_stage: str | None = None
    agreement: Agreement | None = None
    price: Price | None = None
    items: tuple[str, ...] = ()
    stage_id: Annotated[int | None, HIDDEN] = None
    item_ids: Annotated[tuple[int, ...], HIDDEN] = ()
    policies: Annotated[str, HIDDEN] = ""
    """The policy of the stream and that of the standard, where they differ."""

    @property
    @follows("text")
    def agreed(self) -> bool:
        """Whether it is agreed, and still is."""
        return self.agreement is not None and not self.agreement.is_over


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A stream against a standard as of a moment.

    ``adopted`` says that it follows this standard, as it was then (``version``);
    ``version_today`` is that of its file now, null where there is none. ``unused`` are agreements
    on parts that do not differ (any more).
    """

    SCHEMA: ClassVar[str] = "vsm.standard.diff/1"

    stream: str
    standard: str
    title: str
    version: str
    version_today: str | None
    adopted: bool
    as_of: Annotated[int, MOMENT]
    days: Annotated[int, Name("price_days")]
    lines: tuple[DriftLine, ...]
    unused: tuple[Agreement, ...]

    @property
    @follows("days")
    def drift(self) -> int:
        """How many lines are not agreed."""
        return sum(not line.agreed for line in self.lines)

    @property
    @follows("unused")
    def definitions(self) -> Mapping[str, str]:
        """What each figure means."""
        return DEFINITIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class StageOfStandard:
    """A stage of a standard."""

    name: str
    canonical: str
    category: Category
    synonyms: tuple[str, ...]
    limit: Annotated[int | None, Name("wip_limit")]
    limit_kind: LimitKind
    policy: str
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlOfStandard:
    """A control of a standard, the least mode that it asks for, whether the database has it."""

    control: str
    mode: Mode
    is_set: Annotated[bool, Name("set")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtefactOfStandard:
    """A document that items need: from which stage on (null: once finished), and its text."""

    name: str
    title: str
    at: str | None
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """A stream that follows a standard; ``drift`` is null where its text cannot be read."""

    stream: str
    version: str
    is_current: Annotated[bool, Name("current")]
    reason: str
    decided_by: str
    drift: int | None
    agreed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardRow:
    """A standard in a list, with the streams that follow it; the version is null without a file."""

    name: str
    title: str
    about: str
    version: str | None
    path: str | None
    stages: int
    controls: int
    artefacts: int
    followers: tuple[Follower, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardList:
    """All standards, and who follows them."""

    SCHEMA: ClassVar[str] = "vsm.standard.list/1"

    as_of: Annotated[int, MOMENT]
    standards: tuple[StandardRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardText:
    """All parts of a standard."""

    SCHEMA: ClassVar[str] = "vsm.standard/1"

    name: str
    title: str
    about: str
    version: str
    path: str | None
    commitment: str | None
    stages: tuple[StageOfStandard, ...]
    vocabulary: Mapping[str, str]
    controls: tuple[ControlOfStandard, ...]
    artefacts: tuple[ArtefactOfStandard, ...]
    roles: tuple[str, ...]
    followers: tuple[Follower, ...]
