"""Compares a stream with a standard: a line for each difference, in plain words."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from vsm.features.standards.matching import Match, MatchedBy, in_order, match_stages
from vsm.features.standards.results import DriftLine, LineKind
from vsm.model.command import NewStage
from vsm.model.control.control import Mode
from vsm.model.item import ClassOfService
from vsm.model.plural import count
from vsm.model.standard import Deviation, PartKind, part_name
from vsm.model.stream import LimitKind, Stage, ValueStream
from vsm.templates.reading import Template

_STRENGTH = (LimitKind.NONE, LimitKind.SOFT, LimitKind.HARD)
_MODES = (Mode.OFF, Mode.SUPPORTIVE, Mode.CONTROLLING, Mode.DIRECTIVE)


@dataclass(frozen=True, slots=True)
class Lacking:
    """Items that need an artefact, and those of them that do not have it."""

    needing: int
    without: tuple[tuple[int, str], ...]
    """Their ids and keys."""


@dataclass(frozen=True, slots=True)
class Practice:
    """What a comparison asks about a stream beside its stages.

    ``modes`` are those of the controls that are set, by name in small letters; ``artefacts`` what
    items lack, by name.
    """

    modes: Mapping[str, Mode]
    artefacts: Mapping[str, Lacking]


def compare(
    standard: Template,
    stream: ValueStream,
    practice: Practice,
    agreed: Iterable[Deviation] = (),
) -> list[DriftLine]:
    """All differences, in the order of the standard."""
    matches = match_stages(standard, stream, agreed)
    by_asked = {match.asked.name: match for match in matches}
    lines: list[DriftLine] = []
    late = _out_of_order(matches, stream)
    for asked, names in in_order(standard):
        match = by_asked.get(asked.name)
        if match is None:
            note = f" ({names.canonical})" if names.canonical else ""
            lines.append(
                DriftLine(
                    part=part_name(PartKind.STAGE, asked.name),
                    kind=LineKind.MISSING,
                    text=f"no stage {asked.name}{note}",
                    standard_stage=asked.name,
                )
            )
        else:
            lines += _stage_lines(match, late.get(match.stage.id, ""))
    lines += _extra_stages(matches, stream)
    lines += _group_limits(standard, stream, by_asked)
    lines += _commitment(standard, stream, by_asked)
    lines += _words(standard, stream)
    lines += _controls(standard, practice.modes)
    lines += _artefacts(standard, practice.artefacts)
    return lines


def _stage_lines(match: Match, order: str) -> Iterator[DriftLine]:
    asked, stage = match.asked, match.stage

    def line(
        kind: LineKind, part: PartKind, text: str, name: str = asked.name, policies: str = ""
    ) -> DriftLine:
        return DriftLine(
            part=part_name(part, name),
            kind=kind,
            text=text,
            stage=stage.name,
            standard_stage=asked.name,
            stage_id=stage.id,
            policies=policies,
        )

    if match.by is not MatchedBy.NAME:
        is_alias = match.by is MatchedBy.ALIAS
        yield line(
            LineKind.RENAMED,
            PartKind.NAME,
            f"{asked.name} is called {stage.name}" + ("" if is_alias else ", a synonym"),
            f"{asked.name}={stage.name}" if is_alias else asked.name,
        )
    if order:
        yield line(LineKind.ORDER, PartKind.ORDER, order)
    if stage.category is not asked.category:
        text = f"{stage.name} is {stage.category}, not {asked.category}"
        yield line(LineKind.CATEGORY, PartKind.CATEGORY, text)
    if limit := _limit_text(asked, stage):
        yield line(LineKind.LIMIT, PartKind.LIMIT, limit)
    if asked.policy and _plain(asked.policy) != _plain(stage.policy):
        what = "another policy" if stage.policy.strip() else "no policy"
        own = stage.policy.strip() or "none"
        both = f"Policy of {stage.name} here:\n{own}\n\nIn the standard:\n{asked.policy.strip()}"
        text = f"{stage.name} has {what}"
        yield line(LineKind.POLICY, PartKind.POLICY, text, policies=both)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _limit_text(asked: NewStage, stage: Stage) -> str:
    """Where limits are laxer than those of the standard; empty where they are not."""
    wrong = []
    has_kind = stage.limit_kind
    if asked.limit is not None:
        is_softer = _STRENGTH.index(has_kind) < _STRENGTH.index(asked.limit_kind)
        if not stage.limited or stage.limit is None:
            wrong.append(f"no limit, not {asked.limit} {asked.limit_kind}")
        elif stage.limit > asked.limit or is_softer:
            has = f"limit {stage.limit} {has_kind}"
            wrong.append(f"{has}, not {asked.limit} {asked.limit_kind}")
    for service, most in asked.class_limits.items():
        local = stage.class_limit(service)
        if local is None or has_kind is LimitKind.NONE or local > most:
            has = "no limit" if local is None or has_kind is LimitKind.NONE else f"limit {local}"
            wrong.append(f"{has} for {service}, not {most}")
    more = [str(s) for s in stage.exempt if s not in asked.exempt and isinstance(s, ClassOfService)]
    if more and asked.limit is not None and stage.limited:
        wrong.append(f"{', '.join(more)} beside the limit")
    return f"{stage.name}: {'; '.join(wrong)}" if wrong else ""


def _out_of_order(matches: Sequence[Match], stream: ValueStream) -> dict[int, str]:
    """The fewest stages that stand in another order than in the standard, each with words.

    Matches are in the order of the standard: what is not in the longest run that ascends in the
    stream too is out of order.
    """
    working = [match for match in matches if not match.asked.category.ended]
    places = {stage.id: place for place, stage in enumerate(stream.line)}
    at = [places[match.stage.id] for match in working]
    kept = _longest_ascent(at)
    out = {}
    for number, match in enumerate(working):
        if number in kept:
            continue
        name, place = match.stage.name, at[number]
        after = next((m for n, m in enumerate(working) if n > number and at[n] < place), None)
        before = next((m for n, m in enumerate(working) if n < number and at[n] > place), None)
        if after is not None:
            where = f"comes after {after.stage.name}, in the standard before it"
        elif before is not None:
            where = f"comes before {before.stage.name}, in the standard after it"
        else:
            where = "stands in another place than in the standard"
        out[match.stage.id] = f"{name} {where}"
    return out


def _longest_ascent(values: Sequence[int]) -> set[int]:
    """The places of a longest ascending run of different values (patience sorting)."""
    tops: list[int] = []
    last: list[int] = []
    before: list[int | None] = []
    for place, value in enumerate(values):
        pile = bisect_left(tops, value)
        before.append(last[pile - 1] if pile else None)
        if pile == len(tops):
            tops.append(value)
            last.append(place)
        else:
            tops[pile], last[pile] = value, place
    run: set[int] = set()
    at: int | None = last[-1] if last else None
    while at is not None:
        run.add(at)
        at = before[at]
    return run


def _extra_stages(matches: Sequence[Match], stream: ValueStream) -> Iterator[DriftLine]:
    known = {match.stage.id for match in matches}
    for stage in stream.line:
        if stage.id not in known:
            yield DriftLine(
                part=part_name(PartKind.STAGE, stage.name),
                kind=LineKind.EXTRA,
                text=f"{stage.name} ({stage.category}) is no stage of the standard",
                stage=stage.name,
                stage_id=stage.id,
            )


def _group_limits(
    standard: Template, stream: ValueStream, by_asked: Mapping[str, Match]
) -> Iterator[DriftLine]:
    for asked in standard.group_limits:
        inside = [by_asked[name] for name in asked.stages if name in by_asked]
        if len(inside) < len(asked.stages):
            continue  # a stage is missing, which is a line of its own
        ids = {match.stage.id for match in inside}
        local = next((g for g in stream.group_limits if set(g.stages) == ids), None)
        name = "+".join(asked.stages)
        if local is None:
            has = "no limit"
        elif local.limit > asked.limit or (
            _STRENGTH.index(local.kind) < _STRENGTH.index(asked.kind)
        ):
            has = f"limit {local.limit} {local.kind}"
        else:
            continue
        yield DriftLine(
            part=part_name(PartKind.LIMIT, name),
            kind=LineKind.LIMIT,
            text=f"{name} together: {has}, not {asked.limit} {asked.kind}",
        )


def _commitment(
    standard: Template, stream: ValueStream, by_asked: Mapping[str, Match]
) -> Iterator[DriftLine]:
    match = by_asked.get(standard.commitment or "")
    local = stream.commitment_stage
    if match is not None and local is not None and local.id != match.stage.id:
        yield DriftLine(
            part=part_name(PartKind.COMMITMENT),
            kind=LineKind.COMMITMENT,
            text=f"commitment at {local.name}, not at {match.stage.name}",
        )


def _words(standard: Template, stream: ValueStream) -> Iterator[DriftLine]:
    for name, word in standard.vocabulary:
        local = stream.word(name)
        if local.casefold() != word.casefold():
            yield DriftLine(
                part=part_name(PartKind.WORD, name),
                kind=LineKind.WORD,
                text=f"the word for {name} is {local}, not {word}",
            )


def _controls(standard: Template, modes: Mapping[str, Mode]) -> Iterator[DriftLine]:
    for asked in standard.controls:
        mode = modes.get(asked.name.casefold())
        if mode is None:
            text = f"{asked.name} is not set here; the standard asks for {asked.mode}"
        elif _MODES.index(mode) < _MODES.index(asked.mode):
            text = f"{asked.name} is {mode}, not {asked.mode}"
        else:
            continue
        yield DriftLine(
            part=part_name(PartKind.CONTROL, asked.name), kind=LineKind.CONTROL, text=text
        )


def _artefacts(standard: Template, lacking: Mapping[str, Lacking]) -> Iterator[DriftLine]:
    for artefact in standard.artefacts:
        known = lacking.get(artefact.name)
        if known is None or not known.without:
            continue
        of = f"{len(known.without)} of {count(known.needing, 'item')}"
        entered = f"entered {artefact.at}" if artefact.at else "finished"
        yield DriftLine(
            part=part_name(PartKind.ARTEFACT, artefact.name),
            kind=LineKind.ARTEFACT,
            text=f"no {artefact.title} for {of} that {entered} in 90 days",
            standard_stage=artefact.at or None,
            items=tuple(key for _, key in known.without),
            item_ids=tuple(number for number, _ in known.without),
        )
