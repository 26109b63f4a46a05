"""Standards, who follows them, and how far streams have drifted, from what a reader knows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from vsm.features.standards.comparing import Lacking, Practice, compare
from vsm.features.standards.matching import match_stages, names_of
from vsm.features.standards.names import adopted_text
from vsm.features.standards.pricing import PRICE_DAYS, FollowerLines, Prices
from vsm.features.standards.results import (
    Agreement,
    ArtefactOfStandard,
    ControlOfStandard,
    Drift,
    DriftLine,
    Follower,
    LineKind,
    StageOfStandard,
    StandardList,
    StandardRow,
    StandardText,
)
from vsm.flow_reader import data_end
from vsm.model.control.control import Mode, mode_of
from vsm.model.control.evidence import EvidenceKind
from vsm.model.control.records import ChangeRecords
from vsm.model.errors import BadInput, VsmError
from vsm.model.governance_entities import CONTROL, MODE
from vsm.model.rules import day_start, local
from vsm.model.standard import Adoption, Artefact, Deviation
from vsm.model.standard_entities import ADOPTION, DEVIATION
from vsm.model.stream import ValueStream
from vsm.reader import Reader
from vsm.templates import find, named
from vsm.templates.reading import Template

ARTEFACT_DAYS = 90
"""Days within which an item came to a stage that asks for an artefact."""
_PRICED = (LineKind.ORDER, LineKind.CATEGORY, LineKind.LIMIT, LineKind.POLICY, LineKind.EXTRA)
"""Lines that may cost time: a name alone does not."""


# -- lists ------------------------------------------------------------------------------------


def read_standards(reader: Reader, now: int) -> StandardList:
    """All standards and who follows them, those too whose file is gone."""
    templates = find().good
    adoptions = reader.entities(ADOPTION)
    names = {template.name.casefold() for template in templates}
    gone = {a.standard.casefold(): a.standard for a in adoptions}
    rows = [
        StandardRow(
            name=t.name,
            title=t.title,
            about=t.about,
            version=t.version,
            path=t.path or None,
            stages=len(t.stages),
            controls=len(t.controls),
            artefacts=len(t.artefacts),
            followers=_followers(reader, adoptions, t.name, now, t.version),
        )
        for t in templates
    ]
    for fold, name in sorted(gone.items()):
        if fold not in names:
            rows.append(
                StandardRow(
                    name=name,
                    title=name,
                    about="",
                    version=None,
                    path=None,
                    stages=0,
                    controls=0,
                    artefacts=0,
                    followers=_followers(reader, adoptions, name, now, None),
                )
            )
    return StandardList(as_of=now, standards=tuple(rows))


def read_standard(reader: Reader, name: str, now: int) -> StandardText:
    """All parts of a standard, by the file that it has now."""
    standard = named(name)
    controls = reader.entities(CONTROL)
    adoptions = reader.entities(ADOPTION)
    is_set = {control.name.casefold() for control in controls}
    return StandardText(
        name=standard.name,
        title=standard.title,
        about=standard.about,
        version=standard.version,
        path=standard.path or None,
        commitment=standard.commitment,
        stages=tuple(
            StageOfStandard(
                name=stage.name,
                canonical=names.canonical or stage.name,
                category=stage.category,
                synonyms=names.synonyms,
                limit=stage.limit,
                limit_kind=stage.limit_kind,
                policy=stage.policy,
                text=names.text or None,
            )
            for stage, names in zip(standard.stages, names_of(standard), strict=True)
        ),
        vocabulary=dict(standard.vocabulary),
        controls=tuple(
            ControlOfStandard(control=c.name, mode=c.mode, is_set=c.name.casefold() in is_set)
            for c in standard.controls
        ),
        artefacts=tuple(
            ArtefactOfStandard(name=a.name, title=a.title, at=a.at or None, text=a.text or None)
            for a in standard.artefacts
        ),
        roles=standard.roles,
        followers=_followers(reader, adoptions, standard.name, now, standard.version),
    )


def _followers(
    reader: Reader,
    adoptions: Iterable[Adoption],
    name: str,
    now: int,
    version: str | None,
) -> tuple[Follower, ...]:
    out = []
    for adoption in adoptions:
        stream = reader.stream(adoption.only)
        if stream is None or adoption.standard.casefold() != name.casefold():
            continue
        try:
            agreed = _agreed_in(reader, stream)
            lines = _lines(reader, stream, adopted_text(adoption), now, agreed)
        except BadInput:
            lines = None
        out.append(
            Follower(
                stream=stream.name,
                version=adoption.version,
                is_current=adoption.version == version,
                reason=adoption.reason,
                decided_by=adoption.decided_by,
                drift=None if lines is None else sum(not line.agreed for line in lines),
                agreed=sum(line.agreed for line in lines or ()),
            )
        )
    return tuple(sorted(out, key=lambda one: one.stream.casefold()))


# -- drift ------------------------------------------------------------------------------------


def adoption_of(reader: Reader, stream: ValueStream) -> Adoption | None:
    """The standard that a stream follows."""
    return next((a for a in reader.entities(ADOPTION) if a.only == stream.id), None)


def read_drift(
    reader: Reader,
    stream: ValueStream,
    now: int,
    name: str | None = None,
    *,
    today: bool = False,
    price: bool = True,
    days: int = PRICE_DAYS,
) -> Drift:
    """A stream against the standard that it follows, or against one of this name.

    The text of the day on which it was adopted counts; ``today`` takes the file of now. Prices are
    measured over so many ``days``.
    """
    adoption = adoption_of(reader, stream)
    if adoption is None and name is None:
        raise BadInput(
            f"{stream.name} follows no standard",
            f"name one: vsm standard diff {stream.name!r} kanban; or adopt one: vsm standard adopt",
        )
    if adoption is not None and name is not None and not _is_called(adoption, name):
        adoption = None
    if adoption is not None and not today:
        standard = adopted_text(adoption)
    else:
        standard = named(adoption.standard if adoption is not None else name or "")
    agreed = [] if adoption is None else _agreed_in(reader, stream)
    lines = _lines(reader, stream, standard, now, agreed)
    if price:
        lines = _priced(reader, stream, standard, lines, now, days)
    parts = {line.part.casefold() for line in lines}
    return Drift(
        stream=stream.name,
        standard=standard.name,
        title=standard.title,
        version=standard.version,
        version_today=_version_today(standard.name),
        adopted=adoption is not None,
        as_of=now,
        days=days,
        lines=tuple(lines),
        unused=tuple(
            _agreement(one, stream, now) for one in agreed if one.part.casefold() not in parts
        ),
    )


def _is_called(adoption: Adoption, name: str) -> bool:
    return adoption.standard.casefold() == name.strip().casefold()


def _version_today(name: str) -> str | None:
    try:
        return named(name).version
    except VsmError:
        return None


def _agreed_in(reader: Reader, stream: ValueStream) -> list[Deviation]:
    return [one for one in reader.entities(DEVIATION) if one.only == stream.id]


def _lines(
    reader: Reader,
    stream: ValueStream,
    standard: Template,
    now: int,
    agreed: Sequence[Deviation],
) -> list[DriftLine]:
    by_part = {one.part.casefold(): _agreement(one, stream, now) for one in agreed}
    lines = compare(standard, stream, _practice(reader, stream, standard, agreed, now), agreed)
    return [replace(line, agreement=by_part.get(line.part.casefold())) for line in lines]


def _agreement(one: Deviation, stream: ValueStream, now: int) -> Agreement:
    day = local(now, stream.zone).date().isoformat()
    return Agreement(
        part=one.part,
        reason=one.reason,
        until=date.fromisoformat(one.until) if one.until else None,
        agreed_by=one.decided_by,
        is_over=not one.holds(day),
    )


def _practice(
    reader: Reader,
    stream: ValueStream,
    standard: Template,
    agreed: Sequence[Deviation],
    now: int,
) -> Practice:
    day = local(now, stream.zone).date()
    modes: dict[str, Mode] = {}
    if standard.controls:
        settings = reader.entities(MODE)
        for control in reader.entities(CONTROL):
            mode = mode_of(settings, stream.id, control.id, day.isoformat())
            modes[control.name.casefold()] = mode
    lacking: dict[str, Lacking] = {}
    if standard.artefacts:
        records = reader.change_records(stream)
        latest = reader.activity(stream)
        last = local(data_end(latest[1] if latest else None, now), stream.zone).date()
        start = day_start(last - timedelta(days=ARTEFACT_DAYS - 1), stream.zone)
        stages = {m.asked.name: m.stage.id for m in match_stages(standard, stream, agreed)}
        for artefact in standard.artefacts:
            at = {stages.get(artefact.at)} if artefact.at else set(stream.finished)
            lacking[artefact.name] = _lacking(records, artefact, at, start, now)
    return Practice(modes, lacking)


def _lacking(
    records: ChangeRecords, artefact: Artefact, stages: Iterable[int | None], start: int, now: int
) -> Lacking:
    """The items that came to one of these stages in a window, and those without the artefact."""
    at = set(stages)
    needing = [
        item
        for item, visits in records.visits.items()
        if any(visit.stage in at and start <= visit.entered <= now for visit in visits)
    ]
    without = [item for item in needing if not _has(records, item, artefact)]
    return Lacking(len(needing), tuple((item, records.items[item].key) for item in without))


def _has(records: ChangeRecords, item: int, artefact: Artefact) -> bool:
    """Whether evidence names an artefact, or a heading of the description is its title."""
    name, title = artefact.name.casefold(), artefact.title.casefold()
    if any(
        one.kind is EvidenceKind.DOCUMENT and name in one.ref.casefold()
        for one in records.known[item].evidence
    ):
        return True
    lines = records.items[item].description.splitlines()
    return any(
        line.startswith("#") and line.lstrip("#").strip().casefold() == title for line in lines
    )


# -- price ------------------------------------------------------------------------------------


def _priced(
    reader: Reader,
    stream: ValueStream,
    standard: Template,
    lines: list[DriftLine],
    now: int,
    days: int,
) -> list[DriftLine]:
    """The lines with how long their stages take against streams that conform in that part."""
    costly = [line for line in lines if line.kind in _PRICED and _is_worked(stream, line)]
    if not costly:
        return lines
    others = _followers_lines(reader, stream, standard, now)
    prices = Prices(reader, stream, others, now, days)
    return [replace(line, price=prices.of(line)) if line in costly else line for line in lines]


def _is_worked(stream: ValueStream, line: DriftLine) -> bool:
    stage = stream.by_id.get(line.stage_id or 0)
    return stage is not None and stage.category.working


def _followers_lines(
    reader: Reader, stream: ValueStream, standard: Template, now: int
) -> list[FollowerLines]:
    """The other streams that follow a standard, with where they differ from it."""
    out = []
    for adoption in reader.entities(ADOPTION):
        other = reader.stream(adoption.only)
        if other is None or other.id == stream.id or not _is_called(adoption, standard.name):
            continue
        try:
            own = adopted_text(adoption)
        except BadInput:
            continue
        agreed = _agreed_in(reader, other)
        stages = {match.asked.name: match.stage.id for match in match_stages(own, other, agreed)}
        out.append(FollowerLines(other, stages, _lines(reader, other, own, now, agreed)))
    return out
